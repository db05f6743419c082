//! Text for people: lines wrapped between words, and nothing in them that a
//! terminal obeys.

use std::io::{IsTerminal, stderr, stdout};

/// Widest lines of sentences.
const PAGE: usize = 100;

/// Longest lines where no terminal says how wide they may be.
const PIPE: usize = 590;

/// Narrowest terminal whose width is meant.
const NARROWEST: usize = 40;

/// Columns of the terminal that standard output is; a width too small to be
/// meant is none.
pub(crate) fn terminal_width() -> Option<usize> {
    match stdout().is_terminal() {
        true => width(&comfy_table::Table::new()),
        false => None,
    }
}

fn width(table: &comfy_table::Table) -> Option<usize> {
    let width = table.width().map(usize::from);
    width.filter(|&width| width >= NARROWEST)
}

/// Width of sentences on standard output.
pub(crate) fn page_width() -> usize {
    terminal_width().unwrap_or(PAGE).min(PAGE)
}

/// Width of tables on standard output: where there is no terminal, lines stay as
/// long as they are, within reason.
pub(crate) fn table_width() -> usize {
    terminal_width().unwrap_or(PIPE)
}

/// Width of messages on standard error: one line each where there is no terminal,
/// within reason.
pub(crate) fn message_width() -> usize {
    let mut table = comfy_table::Table::new();
    table.use_stderr();
    match stderr().is_terminal() {
        true => width(&table).unwrap_or(PIPE),
        false => PIPE,
    }
}

/// A line in lines of at most `width` letters, all but the first of which begin
/// with `indent` blanks. A word that is longer than that stays whole.
pub(crate) fn wrapped(line: &str, width: usize, indent: usize) -> String {
    let mut text = String::with_capacity(line.len());
    let (mut letters, mut is_fresh) = (0, true);
    for word in line.split(' ') {
        let length = word.chars().count();
        let needed = if is_fresh { length } else { length + 1 };
        if !is_fresh && letters > indent && letters + needed > width {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            letters = indent;
        } else if !is_fresh {
            text.push(' ');
            letters += 1;
        }
        text.push_str(word);
        letters += length;
        is_fresh = false;
    }
    text
}

/// A text in parts of at most `width` letters, cut between words.
pub(crate) fn parts(text: &str, width: usize) -> Vec<String> {
    let text = wrapped(text, width, 0);
    text.split('\n').map(str::to_owned).collect()
}

/// Text that a terminal shows and does not obey: what a cell holds may end lines,
/// change colours or the direction of writing. Such letters are shown by their
/// codes.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(letter.escape_unicode());
            }
            letter if letter.is_control() => shown.push_str(&format!("\\x{:02x}", letter as u32)),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 8, 2), "one two\n  three");
        assert_eq!(wrapped("one two three", 80, 2), "one two three");
        assert_eq!(
            wrapped("a much-too-long-word b", 6, 0),
            "a\nmuch-too-long-word\nb"
        );
        assert_eq!(wrapped("", 6, 0), "");
        // Blanks at the start are the line's own.
        assert_eq!(wrapped("  a b c", 5, 4), "  a b\n    c");
    }

    #[test]
    fn letters_that_a_terminal_obeys_are_shown() {
        let cell = "\u{1b}[31mred\u{7}\nnext\t\u{9b}\u{202e}é";
        let shown = "\\x1b[31mred\\x07\\nnext\\t\\x9b\\u{202e}é";
        assert_eq!(harmless(cell), shown);
    }
}
