//! Columns that a file has and altool cannot read.

use al_core::Messages;

use crate::input::Input;

/// What to say of columns that a file has and nobody can read, but for those
/// in `ignored`.
#[must_use]
pub fn left_out(input: &Input, ignored: &[String]) -> Messages {
    let mut sentences = Messages::default();
    let mut said: Vec<&str> = Vec::new();
    for column in input.left_out() {
        let name = column.name.as_str();
        if !said.contains(&name) && !ignored.contains(&column.name) {
            said.push(name);
            sentences.push(format!(
                "column '{name}' is excluded: it holds {}, which cannot be read; cast it to a 32-bit float to use it",
                column.kind
            ));
        }
    }
    sentences
}

/// The names in `ignored` that are columns to be read: what cannot be read is
/// ignored anyway.
pub fn ignored<'a>(input: &'a Input, ignored: &'a [String]) -> impl Iterator<Item = &'a str> {
    let unreadable = |name: &str| input.left_out().iter().any(|column| column.name == name);
    ignored
        .iter()
        .map(String::as_str)
        .filter(move |name| !unreadable(name))
}
