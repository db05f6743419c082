//! What the binary says in more than one test, each sentence once: transcripts
//! have its name and what differs, such as `<column missing, near: mss, ms>`,
//! and assertions ask for it by name. A better sentence is one changed line.
//!
//! What only one transcript says stands there.

use std::ops::Range;

/// A name, and the sentence or the part of one: a star is what differs. A
/// sentence comes before those that are a part of it.
pub(crate) const SENTENCES: &[(&str, &str)] = &[
    // tables
    (
        "column missing, near",
        "column '*' is missing; did you mean '*'?",
    ),
    ("column missing", "column '*' is missing; the columns are *"),
    ("not a number", "column '*' must be a number, but holds '*'"),
    (
        "infinite",
        "column '*' holds an infinite value; remove the row or leave the cell empty",
    ),
    (
        "too many texts",
        "column '*' is excluded from the features: more than half of its texts are distinct (* of *); name it in --features or --categorical to use it",
    ),
    (
        "a missing value",
        "give --na * if that means a missing value",
    ),
    ("column left out", "column '*' is excluded"),
    (
        "column there",
        "there is a column '*' already; give --prefix TEXT to name the new columns differently",
    ),
    (
        "never measured",
        "column '*' holds *, never measured: these rows count as unknown and are more uncertain",
    ),
    (
        "beyond the range",
        "column '*' was measured from * to * only: * of * are outside by up to * this range, where predictions are guesses",
    ),
    (
        "targets missing",
        "the target '*' is missing in * of * rows, first here",
    ),
    (
        "drop or fail",
        "give --drop-missing-target to exclude them, or --status COL if they failed",
    ),
    ("an id each", "give each configuration an id of its own"),
    ("file missing", "no such file; did you mean '*'?"),
    (
        "two rows of an id",
        "the id '*' stands for two different rows",
    ),
    ("name of a table", "this is the name of a table"),
    ("whole number", "a whole number from * to * is needed"),
    ("one of them", "give one of them"),
    ("a directory", "cannot be written: it is a directory"),
    ("nowhere to write", "there is no directory *"),
    // models
    (
        "too few rows",
        "labelled rows are too few to hold some out: metrics are out of bag, if there are any",
    ),
    (
        "endless intervals",
        "intervals are infinite: a coverage of * needs * out-of-bag labelled rows, there are *",
    ),
    (
        "cut short",
        "it does not end as a model file does; it may be cut short",
    ),
    ("no model", "not a model file, or a damaged one"),
    (
        "newer model",
        "this model has format *, written by altool *, and this altool reads up to format *; install a newer altool",
    ),
    (
        "busy",
        "another process is using it; try again when it has finished",
    ),
    (
        "known file",
        "is in the model already; nothing changed (give --again to add it anyway)",
    ),
    // batches
    ("batch", "* of * candidates, chosen by *"),
    ("batch short", "asked for * rows, and the batch has *:"),
    ("repeats", "excluded as duplicates of another candidate"),
    (
        "medians",
        "the median predictive standard deviation is * in the batch and * in all candidates",
    ),
    (
        "region",
        "where * measured rows lie (* %); * % of the candidates do",
    ),
    ("earlier run", "of an earlier run"),
    ("gain", "expected error reduction: about * %, at most * %"),
    (
        "before, grown",
        "before: the model as it was, grown by as many trees as were added; the trees alone *",
    ),
    (
        "nothing left",
        "no candidate is left: all are measured, pending or excluded",
    ),
    ("nothing read", "there are no candidates: no row was read"),
    (
        "include fewer",
        "so it cannot be included; remove it from the list",
    ),
    ("not to include", "this row cannot be included"),
    (
        "budget of what",
        "a budget needs to know what a row costs; give --cost COL",
    ),
    // hosts
    ("rate", "'*' reads as a rate, not as a time"),
    (
        "which time",
        "name the column with the time: --duration COL, with --time-unit if its name has no unit",
    ),
    ("time asked", "--duration needs the column with the time"),
    (
        "no time",
        "units missing: the cost '*' does not say that it is a time",
    ),
    (
        "unit of what",
        "units missing: nothing says in which unit '*' is; give --time-unit (ms, s, min or h), or call the column by its unit, as in *",
    ),
    (
        "no share",
        "the availability of '*' is *; it must be from 0 to 1",
    ),
    (
        "hardware of what",
        "--availability names values of a column; say which one: --hardware COL",
    ),
    (
        "no feature, near",
        "--hardware names '*', which is no feature; did you mean '*'?",
    ),
    (
        "number as hardware",
        "--hardware names '*', which the model knows as a number; train it with --categorical *",
    ),
    ("not above 0", "is *; it must be above 0"),
    ("takes", "a row takes as long as '*' says, in *"),
    (
        "takes as expected",
        "a row takes as long as the model expects of '*', in *",
    ),
    ("host's part", "runs * rows in *, done after *"),
    ("room needed", "rows on '*' need *, and '*' has * free"),
    ("hosts down", "rows on '*' (* down)"),
    (
        "nothing runs",
        "for a host that runs nothing write down = true",
    ),
    ("number alone", "units missing: '*' is a number alone"),
    (
        "time in quotes",
        "write a time with its unit in quotes, as in \"30 min\", \"2 h\" or \"90 s\"",
    ),
    ("shortest", "no plan is shorter"),
    // spaces
    (
        "unknown entry, near",
        "'*' is not known here; did you mean '*'?",
    ),
    (
        "column in two settings",
        "column '*' stands in both * and *; leave it in one of them",
    ),
    ("no such column", "names a column '*' that is not there"),
    ("columns", "the columns are *"),
    ("left out", "* excluded by the rules"),
    ("allowed about", "the rules allow an estimated"),
    ("allowed", "the rules allow * of *"),
    // advice
    ("price", "is *; it must be a finite number above 0"),
    (
        "latency or max",
        "give --optimize-for latency, or train a model with --direction max",
    ),
];

/// The sentence of this name with what differs filled in.
#[track_caller]
pub(crate) fn sentence(name: &str, differs: &[&str]) -> String {
    let known = SENTENCES.iter().find(|(known, _)| *known == name);
    let (_, sentence) = known.unwrap_or_else(|| panic!("no sentence '{name}'"));
    let mut parts = sentence.split('*');
    let mut text = parts.next().unwrap_or_default().to_owned();
    assert_eq!(parts.clone().count(), differs.len(), "{sentence}");
    for (differs, part) in differs.iter().zip(parts) {
        text.push_str(differs);
        text.push_str(part);
    }
    text
}

/// The text with the names of sentences in place of these.
pub(crate) fn shortened(text: &str) -> String {
    let mut short = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for (name, sentence) in SENTENCES {
            while let Some((place, differs)) = find(&line, sentence) {
                let colon = if differs.is_empty() { "" } else { ": " };
                let told = format!("<{name}{colon}{}>", differs.join(", "));
                line.replace_range(place, &told);
            }
        }
        short.push_str(&line);
        short.push('\n');
    }
    short
}

/// Where a sentence stands in a line, and what its stars stand for.
fn find(line: &str, sentence: &str) -> Option<(Range<usize>, Vec<String>)> {
    let parts: Vec<&str> = sentence.split('*').collect();
    // A star at the beginning stands for a word.
    let first = if parts[0].is_empty() { 1 } else { 0 };
    line.match_indices(parts[first]).find_map(|(at, found)| {
        let mut differs = Vec::new();
        let mut start = at;
        if first == 1 {
            start = line[..at].rfind(' ').map_or(0, |space| space + 1);
            differs.push(line[start..at].to_owned());
        }
        let mut end = at + found.len();
        for part in &parts[first + 1..] {
            let rest = &line[end..];
            let length = match part.chars().next() {
                None => rest.len(),
                // What is in quotes ends with the next one.
                Some(quote @ ('\'' | '"')) => rest
                    .find(quote)
                    .filter(|&at| rest[at..].starts_with(part))?,
                Some(_) => rest.find(part)?,
            };
            differs.push(rest[..length].to_owned());
            end += length + part.len();
        }
        let told = differs.iter().all(|text| !text.is_empty());
        told.then_some((start..end, differs))
    })
}

#[test]
fn sentences_are_found_with_what_differs() {
    let near = "column '*' is missing; did you mean '*'?";
    let line = "error: a.csv: column 'b c' is missing; did you mean 'd'?";
    let differs = ["b c", "d"].map(str::to_owned).to_vec();
    assert_eq!(find(line, near), Some((14..line.len(), differs)));
    assert_eq!(
        find("column 'a' is there; column 'b' is missing", near),
        None
    );
    let count = find(
        "b.csv: 2 of 30 candidates, chosen by lcmd",
        "* of * candidates, chosen by *",
    );
    assert_eq!(count.unwrap().1, ["2", "30", "lcmd"]);
    assert_eq!(
        sentence("column missing, near", &["x", "y"]),
        "column 'x' is missing; did you mean 'y'?"
    );
    assert_eq!(
        shortened("a: column 'x' is missing; did you mean 'y'?"),
        "a: <column missing, near: x, y>\n"
    );
}
