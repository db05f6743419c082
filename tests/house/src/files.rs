//! Folders and the files in them, in the order of their names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::HouseError;

/// Returns what is in a folder, sorted.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, HouseError> {
    let failed = |source| HouseError::Unreadable {
        path: folder.display().to_string(),
        source,
    };
    let mut found = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect::<Result<Vec<_>, _>>()?;
    found.sort();
    Ok(found)
}

/// Returns the files below a folder whose names end in `ending`, without those
/// that builds and tools keep there (`target`, names that begin with a dot).
///
/// # Errors
///
/// If a folder cannot be read.
pub fn below(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, HouseError> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            found.extend(below(&path, ending)?);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Reads a file as text.
///
/// # Errors
///
/// If it cannot be read or is not UTF-8.
pub fn text(path: &Path) -> Result<String, HouseError> {
    fs::read_to_string(path).map_err(|source| HouseError::Unreadable {
        path: path.display().to_string(),
        source,
    })
}

/// Returns the path below `root`, with slashes on every system.
#[must_use]
pub fn shown(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

/// Joins two paths with slashes, and resolves `.` and `..`.
#[must_use]
pub fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the folder of a file: what is before the last slash.
#[must_use]
pub fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined() {
        assert_eq!(joined("cli", "../tests/a.rs"), "tests/a.rs");
        assert_eq!(joined("", "a/./b"), "a/b");
        assert_eq!(joined("a", "../../b"), "../b");
        assert_eq!(folder_of("a/b/c.rs"), "a/b");
        assert_eq!(folder_of("c.rs"), "");
    }
}
