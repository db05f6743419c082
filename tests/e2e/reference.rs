//! The pages of `docs/` that the program writes, and its parts of others, are
//! those it would write now. `just references` writes them again.

use std::path::Path;
use std::process::Command;

use crate::common::blessing;

#[test]
fn the_reference_pages_are_those_of_the_program() {
    let _alone = blessing::alone();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let fresh = tempfile::tempdir().unwrap();
    // Pages of which the program writes parts only.
    let marked = ["FORMATS.md", "HARDWARE.md", "UNCERTAINTY.md"];
    for name in marked {
        std::fs::copy(docs.join(name), fresh.path().join(name)).unwrap();
    }
    let status = Command::new(env!("CARGO_BIN_EXE_altool"))
        .arg("reference")
        .arg(fresh.path())
        .current_dir(fresh.path())
        .status()
        .unwrap();
    assert!(status.success());
    let whole = ["CLI.md", "STRATEGIES.md", "LEARNERS.md"];
    for name in whole.into_iter().chain(marked) {
        let now = std::fs::read_to_string(fresh.path().join(name)).unwrap();
        let committed = docs.join(name);
        if blessing::asked() {
            std::fs::create_dir_all(&docs).unwrap();
            std::fs::write(&committed, now).unwrap();
            continue;
        }
        let before = std::fs::read_to_string(&committed).unwrap_or_default();
        assert!(
            before == now,
            "docs/{name} is not what the program writes: run just references"
        );
    }
}
