//! What is said below a table of verdicts.

use crate::prose;
use crate::sheet::TextSheet;

/// A table and, below it, a sentence per line.
pub(super) fn with_sentences<'a>(
    sheet: &TextSheet,
    sentences: impl Iterator<Item = &'a str>,
) -> String {
    let mut text = sheet.pretty();
    text.push('\n');
    for sentence in sentences {
        let sentence = format!("{sentence}.");
        text.push_str(&prose::wrapped(&sentence, prose::page_width(), 2));
        text.push('\n');
    }
    text
}
