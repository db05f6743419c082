//! Text for people: lines wrapped between words, and nothing in them that a
//! terminal obeys.

use std::io::{IsTerminal, stderr, stdout};

pub(crate) use al_words::numbers::page::visible as harmless;
use al_words::units::UNITS;

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

/// Whether a line is not broken between what stands before a blank and what follows it: a
/// number and its unit stay together.
fn belong_together(before: &str, after: &str) -> bool {
    let next = after.split(' ').next().unwrap_or_default();
    let unit = next.trim_end_matches(['.', ',', ';', ':', ')', '?']);
    let is_unit = unit == "%" || UNITS.iter().any(|&(_, known)| known == unit);
    is_unit && before.ends_with(|letter: char| letter.is_ascii_digit())
}

/// The parts of a line between which it may be broken.
fn unbroken(line: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in line.match_indices(' ') {
        if !belong_together(&line[start..at], &line[at + 1..]) {
            parts.push(&line[start..at]);
            start = at + 1;
        }
    }
    parts.push(&line[start..]);
    parts
}

/// A line in lines of at most `width` letters, all but the first of which begin
/// with `indent` blanks. A word that is longer than that stays whole.
pub(crate) fn wrapped(line: &str, width: usize, indent: usize) -> String {
    let mut text = String::with_capacity(line.len());
    let (mut letters, mut is_fresh) = (0, true);
    for word in unbroken(line) {
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
    fn a_number_and_its_unit_stay_together() {
        assert_eq!(wrapped("about 1.35 % of it", 10, 0), "about\n1.35 % of\nit");
        assert_eq!(wrapped("took 12.5 ms, then", 12, 0), "took\n12.5 ms,\nthen");
        assert_eq!(wrapped("the 12 candidates", 7, 0), "the 12\ncandidates");
    }
}
