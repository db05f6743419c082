//! That no file of these tests is forgotten, and what no test names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common::SNAPSHOTS;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a folder whose names end in `ending`.
pub(crate) fn files(folder: &Path, ending: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.insert(path);
        }
    }
    found
}

/// The modules that a source declares in files of their own: `mod name;`.
fn declared(source: &str) -> Vec<&str> {
    let lines = source.lines().filter_map(|line| line.strip_suffix(';'));
    lines
        .filter_map(|line| line.rsplit_once("mod "))
        .filter(|(before, _)| before.is_empty() || before.starts_with("pub"))
        .map(|(_, name)| name)
        .collect()
}

/// The file of each module that is reached from `file`, whose modules lie in
/// `folder`; the file itself too.
fn reached(file: &Path, folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::from([file.to_owned()]);
    for name in declared(&text(file)) {
        let module = folder.join(format!("{name}.rs"));
        // A file from elsewhere is declared with its path.
        if module.exists() {
            found.extend(reached(&module, &folder.join(name)));
        }
    }
    found
}

#[test]
fn every_file_is_a_module_of_this_program() {
    let folder = root().join("tests/e2e");
    let there = files(&folder, ".rs");
    let reached = reached(&folder.join("main.rs"), &folder);
    let forgotten: Vec<_> = there.difference(&reached).collect();
    assert!(forgotten.is_empty(), "no `mod` for {forgotten:?}");
}

#[test]
fn every_snapshot_is_compared_with() {
    let sources = files(&root().join("tests/e2e"), ".rs");
    let sources: String = sources.iter().map(|path| text(path)).collect();
    for snapshot in files(Path::new(SNAPSHOTS), ".snap") {
        let folder = snapshot.parent().and_then(Path::file_name).unwrap();
        let (folder, name) = (folder.to_string_lossy(), snapshot.file_stem().unwrap());
        let used = format!("\"{folder}\" / \"{}\"", name.to_string_lossy());
        assert!(
            sources.contains(&used),
            "nothing is compared with {}",
            snapshot.display()
        );
    }
}

/// The folder beside the repository is not there for those who clone it.
#[test]
fn no_source_names_what_lies_beside_the_repository() {
    let outside = ["..", "shared"].join("/");
    for folder in ["tests", "cli", "crates", "benches", "fixtures", ".ci"] {
        for path in files(&root().join(folder), "") {
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            assert!(!text.contains(&outside), "{} names it", path.display());
        }
    }
}

#[test]
fn the_reader_of_this_test_finds_modules() {
    let source = "mod a;\n#[path = \"../b.rs\"]\npub(crate) mod b;\nmod c {\n    mod d;\n}\n// mod e;\nuse x;\n";
    assert_eq!(declared(source), ["a", "b"]);
}
