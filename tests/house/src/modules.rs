//! The modules of a crate, as its root reaches them by `mod`.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta};

use crate::files::{folder_of, joined};
use crate::source::{SourceFile, only_in_tests, without_tests};

/// One module of the product: a file's, or an inline one.
#[derive(Clone)]
pub struct ModuleNode {
    /// The names from the crate's root; empty for the root itself.
    pub path: Vec<String>,
    /// The module that declares it; none for the root.
    pub parent: Option<usize>,
    /// The modules that it declares, by name.
    pub children: BTreeMap<String, usize>,
    /// Its items, without tests; the items of inline modules are in their nodes
    /// as well.
    pub items: Vec<Item>,
}

impl ModuleNode {
    /// Returns the path as code writes it, as in `choose::weights`; the root is
    /// `crate`.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.path.is_empty() {
            "crate".to_owned()
        } else {
            self.path.join("::")
        }
    }
}

/// All modules of a crate.
#[derive(Clone, Default)]
pub struct ModuleTree {
    /// The modules of the product; the first is the root.
    pub modules: Vec<ModuleNode>,
    /// The files of the product's modules.
    pub files: BTreeSet<String>,
    /// The files that only modules of tests reach.
    pub test_files: BTreeSet<String>,
}

impl ModuleTree {
    /// Follows the modules from the file `root`. A module whose file is not
    /// among `files` is left out.
    #[must_use]
    pub fn read(files: &BTreeMap<String, SourceFile>, root: &str) -> ModuleTree {
        let mut builder = TreeBuilder {
            files,
            tree: ModuleTree::default(),
        };
        if let Some(file) = files.get(root) {
            builder.tree.files.insert(root.to_owned());
            builder.add(None, "", file.product.clone());
            builder.children(Some(0), &file.items, &FileLocation::of_root(root));
        }
        builder.tree
    }

    /// Whether `above` is a module that `module` lies in.
    #[must_use]
    pub fn is_above(&self, above: usize, module: usize) -> bool {
        let (above, module) = (&self.modules[above].path, &self.modules[module].path);
        above.len() < module.len() && module.starts_with(above)
    }

    /// Returns the room of a module: its first name, or `crate` for the root.
    #[must_use]
    pub fn room(&self, module: usize) -> &str {
        self.modules[module]
            .path
            .first()
            .map_or("crate", String::as_str)
    }
}

/// Where the text of a module is, and where the files of its children are.
struct FileLocation {
    file: String,
    children: String,
}

impl FileLocation {
    fn of_root(file: &str) -> FileLocation {
        FileLocation {
            file: file.to_owned(),
            children: folder_of(file).to_owned(),
        }
    }

    fn of(file: &str) -> FileLocation {
        if file.ends_with("/mod.rs") {
            return FileLocation::of_root(file);
        }
        FileLocation {
            file: file.to_owned(),
            children: file.trim_end_matches(".rs").to_owned(),
        }
    }

    fn inline(&self, name: &str) -> FileLocation {
        FileLocation {
            file: self.file.clone(),
            children: joined(&self.children, name),
        }
    }

    /// The file of a module that is declared here.
    fn file_of(&self, files: &BTreeMap<String, SourceFile>, module: &ItemMod) -> Option<String> {
        let name = module.ident.to_string();
        let candidates = match stated_path(&module.attrs) {
            Some(path) => vec![joined(folder_of(&self.file), &path)],
            None => vec![
                joined(&self.children, &format!("{name}.rs")),
                joined(&self.children, &format!("{name}/mod.rs")),
            ],
        };
        candidates
            .into_iter()
            .find(|candidate| files.contains_key(candidate))
    }
}

/// The value of `#[path = "…"]`.
fn stated_path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) if pair.path.is_ident("path") => Some(text.value()),
            _ => None,
        }
    })
}

struct TreeBuilder<'a> {
    files: &'a BTreeMap<String, SourceFile>,
    tree: ModuleTree,
}

impl TreeBuilder<'_> {
    fn add(&mut self, parent: Option<usize>, name: &str, items: Vec<Item>) -> usize {
        let added = self.tree.modules.len();
        let mut path = Vec::new();
        if let Some(parent) = parent {
            let parent = &mut self.tree.modules[parent];
            parent.children.insert(name.to_owned(), added);
            path.clone_from(&parent.path);
            path.push(name.to_owned());
        }
        self.tree.modules.push(ModuleNode {
            path,
            parent,
            children: BTreeMap::new(),
            items,
        });
        added
    }

    /// Adds the modules that `items` declare; without a parent they are modules
    /// of tests, of which only the files are noted.
    fn children(&mut self, parent: Option<usize>, items: &[Item], here: &FileLocation) {
        let files = self.files;
        for item in items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            let parent = parent.filter(|_| !only_in_tests(&module.attrs));
            if let Some((_, inner)) = &module.content {
                let node = parent.map(|parent| self.add(Some(parent), &name, without_tests(inner)));
                self.children(node, inner, &here.inline(&name));
            } else if let Some(file) = here.file_of(files, module) {
                let source = &files[&file];
                let node =
                    parent.map(|parent| self.add(Some(parent), &name, source.product.clone()));
                self.children(node, &source.items, &FileLocation::of(&file));
                let noted = match node {
                    Some(_) => &mut self.tree.files,
                    None => &mut self.tree.test_files,
                };
                noted.insert(file);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The tree of a crate whose files are given as path below `src` and text.
    pub(crate) fn tree_of(files: &[(&str, &str)]) -> ModuleTree {
        let files: BTreeMap<String, SourceFile> = files
            .iter()
            .map(|(path, text)| {
                let path = format!("src/{path}");
                let file = SourceFile::parse(&path, text).expect("Rust");
                (path, file)
            })
            .collect();
        ModuleTree::read(&files, "src/lib.rs")
    }

    fn shown(tree: &ModuleTree) -> Vec<String> {
        tree.modules.iter().map(ModuleNode::shown).collect()
    }

    #[test]
    fn modules_are_found_in_all_places() {
        let tree = tree_of(&[
            ("lib.rs", "mod a; mod b; mod c { mod d; mod e {} }"),
            ("a.rs", "mod x;"),
            ("a/x.rs", ""),
            ("b/mod.rs", "mod y; #[path = \"far.rs\"] mod z;"),
            ("b/y.rs", ""),
            ("b/far.rs", ""),
            ("c/d.rs", ""),
            ("forgotten.rs", ""),
        ]);
        let expected = [
            "crate", "a", "a::x", "b", "b::y", "b::z", "c", "c::d", "c::e",
        ];
        assert_eq!(shown(&tree), expected);
        assert!(!tree.files.contains("src/forgotten.rs"));
        assert_eq!(tree.room(2), "a");
        assert_eq!(tree.room(0), "crate");
        assert!(tree.is_above(0, 2) && tree.is_above(1, 2) && !tree.is_above(2, 2));
    }

    #[test]
    fn modules_of_tests_are_left_out_with_all_below_them() {
        let tree = tree_of(&[
            (
                "lib.rs",
                "#[cfg(test)] mod tests; #[cfg(test)] mod more { mod deep; } mod a;",
            ),
            ("tests.rs", "mod inner;"),
            ("tests/inner.rs", ""),
            ("more/deep.rs", ""),
            ("a.rs", "#[cfg(test)] mod tests { fn f() {} }"),
        ]);
        assert_eq!(shown(&tree), ["crate", "a"]);
        let tests: Vec<&String> = tree.test_files.iter().collect();
        assert_eq!(
            tests,
            ["src/more/deep.rs", "src/tests.rs", "src/tests/inner.rs"]
        );
    }
}
