//! The sources of all members of a workspace, parsed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::HouseError;
use crate::files;
use crate::manifests::{self, WorkspaceMember};
use crate::modules::ModuleTree;
use crate::source::SourceFile;

/// A member with its parsed files.
#[derive(Clone)]
pub struct CrateSources {
    /// The member and its manifest.
    pub member: WorkspaceMember,
    /// Its Rust files by their paths from the workspace's root.
    pub files: BTreeMap<String, SourceFile>,
    /// The modules of each of its roots: of the library, of each binary.
    pub trees: Vec<ModuleTree>,
}

impl CrateSources {
    /// Finds the modules of a member whose files are read.
    #[must_use]
    pub fn new(member: WorkspaceMember, files: BTreeMap<String, SourceFile>) -> CrateSources {
        let source = format!("{}/src/", member.folder);
        let is_root = |path: &str| {
            path.strip_prefix(&source).is_some_and(|path| {
                path == "lib.rs"
                    || path == "main.rs"
                    || path
                        .strip_prefix("bin/")
                        .is_some_and(|name| !name.contains('/'))
            })
        };
        let trees = files
            .keys()
            .filter(|path| is_root(path))
            .map(|root| ModuleTree::read(&files, root))
            .collect();
        CrateSources {
            member,
            files,
            trees,
        }
    }

    /// Returns the files of the product: those of the modules that a root
    /// reaches, tests left out.
    pub fn product(&self) -> impl Iterator<Item = &SourceFile> {
        let reached: BTreeSet<&String> = self.trees.iter().flat_map(|tree| &tree.files).collect();
        self.files
            .iter()
            .filter(move |(path, _)| reached.contains(path))
            .map(|(_, file)| file)
    }

    /// Returns the files in `src` that no root reaches: nothing compiles them.
    #[must_use]
    pub fn forgotten(&self) -> Vec<&str> {
        let source = format!("{}/src/", self.member.folder);
        let reached: BTreeSet<&String> = self
            .trees
            .iter()
            .flat_map(|tree| tree.files.iter().chain(&tree.test_files))
            .collect();
        let unreached = self.files.keys().filter(|path| !reached.contains(path));
        unreached
            .map(String::as_str)
            .filter(|path| path.starts_with(&source))
            .collect()
    }
}

/// Returns the root of the checkout that this crate was built in.
#[must_use]
pub fn this_checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads and parses the sources of the workspace at `root`, one entry per member.
///
/// # Errors
///
/// If a manifest or a source cannot be read or parsed.
pub fn read(root: &Path) -> Result<Vec<CrateSources>, HouseError> {
    let members = manifests::members(root)?;
    let folders: Vec<PathBuf> = members
        .iter()
        .map(|member| root.join(&member.folder))
        .collect();
    members
        .into_iter()
        .map(|member| {
            let own = root.join(&member.folder);
            let elsewhere = member.folders_elsewhere();
            let mut found = files::below(&own, ".rs")?;
            for folder in elsewhere {
                found.extend(files::below(&root.join(folder), ".rs")?);
            }
            let of_others = |path: &Path| {
                let mut others = folders.iter().filter(|folder| **folder != own);
                others.any(|folder| path.starts_with(folder))
            };
            let parsed = found
                .into_iter()
                .filter(|path| !of_others(path))
                .map(|path| {
                    let shown = files::shown(root, &path);
                    let file = SourceFile::parse(&shown, &files::text(&path)?)?;
                    Ok((shown, file))
                })
                .collect::<Result<_, HouseError>>()?;
            Ok(CrateSources::new(member, parsed))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_product_tests_or_forgotten() {
        let member = WorkspaceMember {
            name: "a".to_owned(),
            folder: "crates/a".to_owned(),
            manifest: toml::Table::new(),
        };
        let files = [
            ("src/lib.rs", "mod b; #[cfg(test)] mod c;"),
            ("src/main.rs", ""),
            ("src/bin/d.rs", "mod e;"),
            ("src/bin/e.rs", ""),
            ("src/b.rs", ""),
            ("src/c.rs", ""),
            ("src/f.rs", ""),
            ("tests/g.rs", ""),
        ];
        let files = files
            .map(|(path, text)| {
                let path = format!("crates/a/{path}");
                let file = SourceFile::parse(&path, text).expect("Rust");
                (path, file)
            })
            .into_iter()
            .collect();
        let sources = CrateSources::new(member, files);
        let product: Vec<&str> = sources.product().map(|file| &*file.path).collect();
        let expected = ["b.rs", "bin/d.rs", "bin/e.rs", "lib.rs", "main.rs"];
        assert_eq!(product, expected.map(|path| format!("crates/a/src/{path}")));
        assert_eq!(sources.forgotten(), ["crates/a/src/f.rs"]);
    }
}
