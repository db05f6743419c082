//! What a test needs and not every machine has: a browser, later a server. A
//! variable says where it is. Without the variable the test does nothing;
//! `.ci/run` sets it, and `ALTOOL_RAN`, a folder in which it then looks for a
//! file of the variable's name.

use std::path::Path;

/// Runs a test with what the variable names, and notes in `ALTOOL_RAN` that it
/// came to its end.
pub(crate) fn with(variable: &str, test: impl FnOnce(&Path)) {
    let Some(named) = value(variable) else {
        super::tell(&format!("{variable} is not set: its test is left out"));
        return;
    };
    test(Path::new(&named));
    if let Some(folder) = value("ALTOOL_RAN") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join(variable), "").unwrap();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says what there is"
)]
fn value(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}
