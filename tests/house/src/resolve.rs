//! From a path to the module where the named thing is defined.

use std::collections::BTreeSet;

use crate::modules::ModuleTree;
use crate::scope::{ModuleScope, UseBinding};

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedThing {
    /// A module.
    Module(usize),
    /// A thing that is defined in this module.
    ItemOf(usize),
}

/// Resolves the paths of one crate.
pub struct PathResolver<'a> {
    tree: &'a ModuleTree,
    scopes: &'a [ModuleScope],
}

/// The names that are being looked up: re-exports may lead in a circle.
type AlreadyAsked = BTreeSet<(usize, String, bool)>;

impl<'a> PathResolver<'a> {
    /// Takes the modules of a crate and the scope of each.
    #[must_use]
    pub fn new(tree: &'a ModuleTree, scopes: &'a [ModuleScope]) -> PathResolver<'a> {
        PathResolver { tree, scopes }
    }

    /// Returns what `path` names in the code of `module`; nothing if it leads
    /// out of the crate or to a name that is no item (a type parameter, say).
    /// What follows a type (a variant, an associated function) is the type's.
    #[must_use]
    pub fn resolve(&self, module: usize, path: &[String]) -> Option<NamedThing> {
        self.walk(module, path, false, &mut BTreeSet::new())
    }

    /// `as_container`: whether something follows the path, so that a module is
    /// meant where a function has the same name.
    fn walk(
        &self,
        from: usize,
        path: &[String],
        as_container: bool,
        asked: &mut AlreadyAsked,
    ) -> Option<NamedThing> {
        let mut at = from;
        let mut rest = path;
        loop {
            match rest.first().map(String::as_str) {
                Some("crate") => at = 0,
                Some("self") => {}
                Some("super") => at = self.tree.modules[at].parent?,
                _ => break,
            }
            rest = &rest[1..];
        }
        for (index, name) in rest.iter().enumerate() {
            let container = as_container || index + 1 < rest.len();
            match self.named_in(at, name, container, asked)? {
                NamedThing::Module(module) => at = module,
                item @ NamedThing::ItemOf(_) => return Some(item),
            }
        }
        Some(NamedThing::Module(at))
    }

    /// What `name` is in a module: a module or an item of its own, what a `use`
    /// calls so, or what a `use …::*` brings in.
    fn named_in(
        &self,
        module: usize,
        name: &str,
        as_container: bool,
        asked: &mut AlreadyAsked,
    ) -> Option<NamedThing> {
        if !asked.insert((module, name.to_owned(), as_container)) {
            return None;
        }
        let child = self.tree.modules[module].children.get(name);
        let child = child.map(|&child| NamedThing::Module(child));
        let scope = &self.scopes[module];
        let defined = scope.defined.contains(name);
        let own = defined.then_some(NamedThing::ItemOf(module));
        let found = if as_container { child.or(own) } else { own };
        found
            .or_else(|| {
                let mut named = scope.bindings.iter();
                named.find_map(|binding| {
                    let meant = binding.name.as_deref() == Some(name);
                    meant.then(|| self.walk(module, &binding.path, as_container, asked))?
                })
            })
            .or(child)
            .or_else(|| {
                let mut all = scope.bindings.iter().filter(|binding| binding.all);
                all.find_map(|binding| {
                    let source = self.all_of(module, binding, asked)?;
                    self.named_in(source, name, as_container, asked)
                })
            })
    }

    /// The module whose names a `use …::*` brings in.
    fn all_of(
        &self,
        module: usize,
        binding: &UseBinding,
        asked: &mut AlreadyAsked,
    ) -> Option<usize> {
        match self.walk(module, &binding.path, true, asked)? {
            NamedThing::Module(source) => Some(source),
            NamedThing::ItemOf(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::tests::tree_of;

    /// What `path` names in `module`: `m` for a module, `in m` for an item.
    fn named(files: &[(&str, &str)], module: &str, path: &str) -> Option<String> {
        let tree = tree_of(files);
        let scopes: Vec<ModuleScope> = tree
            .modules
            .iter()
            .map(|module| ModuleScope::read(&module.items))
            .collect();
        let mut modules = tree.modules.iter();
        let from = modules.position(|node| node.shown() == module)?;
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        let thing = PathResolver::new(&tree, &scopes).resolve(from, &path)?;
        Some(match thing {
            NamedThing::Module(module) => tree.modules[module].shown(),
            NamedThing::ItemOf(module) => format!("in {}", tree.modules[module].shown()),
        })
    }

    const CRATE: [(&str, &str); 5] = [
        (
            "lib.rs",
            "mod train; mod rows; mod all; pub use train::{train, Trained}; pub use all::*;",
        ),
        (
            "train.rs",
            "pub fn train() {} pub struct Trained; pub struct Options;",
        ),
        (
            "rows.rs",
            "mod deep; pub use deep::Row as Line; use crate::train; fn f() {}",
        ),
        ("rows/deep.rs", "pub struct Row; use super::*;"),
        ("all.rs", "pub struct Any; pub use crate::*;"),
    ];

    #[test]
    fn re_exports_lead_to_the_definition() {
        for (module, path, expected) in [
            ("rows", "crate::Trained", Some("in train")),
            ("rows", "crate::train", Some("in train")),
            ("rows", "crate::train::Options", Some("in train")),
            ("rows", "train::train", Some("in train")),
            ("rows", "Line::new", Some("in rows::deep")),
            ("crate", "rows::Line", Some("in rows::deep")),
            ("rows::deep", "super::super::Any", Some("in all")),
            ("rows::deep", "f", Some("in rows")),
            ("rows::deep", "self::Row", Some("in rows::deep")),
            ("rows", "crate::rows::deep", Some("rows::deep")),
            ("rows", "std::fs::read", None),
            ("rows", "T", None),
            ("all", "crate::Nothing", None),
        ] {
            let found = named(&CRATE, module, path);
            assert_eq!(found.as_deref(), expected, "{path} in {module}");
        }
    }
}
