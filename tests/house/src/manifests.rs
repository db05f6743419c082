//! The members of the workspace and what their manifests say.

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use crate::error::HouseError;
use crate::files;

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceMember {
    /// The package's name.
    pub name: String,
    /// Its folder, from the workspace's root, with slashes.
    pub folder: String,
    /// Its `Cargo.toml`.
    pub manifest: Table,
}

impl WorkspaceMember {
    /// Whether it is one of the product's libraries.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.folder.starts_with("crates/")
    }

    /// Returns the names of all dependencies: of the library, of its tests and
    /// of its build script, on any system; a renamed one by its package's name.
    #[must_use]
    pub fn dependencies(&self) -> BTreeSet<String> {
        let mut tables = vec![&self.manifest];
        let targets = self.manifest.get("target").and_then(Value::as_table);
        tables.extend(
            targets
                .into_iter()
                .flat_map(|targets| targets.values().filter_map(Value::as_table)),
        );
        let mut found = BTreeSet::new();
        for table in tables {
            for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let listed = table.get(kind).and_then(Value::as_table);
                for (name, how) in listed.into_iter().flatten() {
                    let package = how.get("package").and_then(Value::as_str);
                    found.insert(package.unwrap_or(name).to_owned());
                }
            }
        }
        found
    }

    /// Returns the folders outside of the member's own in which targets of its
    /// manifest lie.
    #[must_use]
    pub fn folders_elsewhere(&self) -> BTreeSet<String> {
        let kinds = ["bin", "test", "bench", "example"];
        let targets = kinds
            .iter()
            .filter_map(|kind| self.manifest.get(*kind).and_then(Value::as_array))
            .flatten();
        targets
            .filter_map(|target| target.get("path").and_then(Value::as_str))
            .map(|path| files::joined(&self.folder, path))
            .filter(|path| !path.starts_with(&format!("{}/", self.folder)))
            .map(|path| files::folder_of(&path).to_owned())
            .collect()
    }
}

/// Reads a manifest.
///
/// # Errors
///
/// If the file cannot be read or is not TOML.
pub fn manifest(path: &Path) -> Result<Table, HouseError> {
    files::text(path)?
        .parse()
        .map_err(|source| HouseError::Manifest {
            path: path.display().to_string(),
            source: Box::new(source),
        })
}

/// Reads the members of the workspace at `root`, in the order in which its
/// manifest lists them.
///
/// # Errors
///
/// If a manifest cannot be read, or lacks what all have.
pub fn members(root: &Path) -> Result<Vec<WorkspaceMember>, HouseError> {
    let path = root.join("Cargo.toml");
    let workspace = manifest(&path)?;
    let listed = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("members"))
        .and_then(Value::as_array)
        .ok_or_else(|| HouseError::Lacking {
            path: path.display().to_string(),
            key: "workspace.members",
        })?;
    let mut folders = Vec::new();
    for entry in listed.iter().filter_map(Value::as_str) {
        match entry.strip_suffix("/*") {
            None => folders.push(root.join(entry)),
            Some(parent) => folders.extend(
                files::entries(&root.join(parent))?
                    .into_iter()
                    .filter(|folder| folder.join("Cargo.toml").is_file()),
            ),
        }
    }
    folders
        .into_iter()
        .map(|folder| member(root, &folder))
        .collect()
}

fn member(root: &Path, folder: &Path) -> Result<WorkspaceMember, HouseError> {
    let path = folder.join("Cargo.toml");
    let manifest = manifest(&path)?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(Value::as_str)
        .ok_or_else(|| HouseError::Lacking {
            path: path.display().to_string(),
            key: "package.name",
        })?;
    Ok(WorkspaceMember {
        name: name.to_owned(),
        folder: files::shown(root, folder),
        manifest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member_of(manifest: &str) -> WorkspaceMember {
        WorkspaceMember {
            name: "a".to_owned(),
            folder: "cli".to_owned(),
            manifest: manifest.parse().expect("TOML"),
        }
    }

    #[test]
    fn dependencies_of_every_kind_and_system_are_found() {
        let member = member_of(
            "[dependencies]\none = '1'\nalias = { package = 'two' }\n\
             [dev-dependencies]\nthree.workspace = true\n\
             [target.'cfg(unix)'.build-dependencies]\nfour = '1'",
        );
        let found: Vec<String> = member.dependencies().into_iter().collect();
        assert_eq!(found, ["four", "one", "three", "two"]);
    }

    #[test]
    fn targets_elsewhere_bring_their_folders() {
        let member = member_of(
            "[[bin]]\npath = 'src/main.rs'\n[[test]]\npath = '../tests/a.rs'\n\
             [[test]]\npath = '../tests/b.rs'\n[[bench]]\nname = 'c'",
        );
        let found: Vec<String> = member.folders_elsewhere().into_iter().collect();
        assert_eq!(found, ["tests"]);
    }
}
