//! That what the binary says is pinned once: in `common/sentences.rs`, or in
//! one transcript.

use std::collections::BTreeMap;

use crate::common::SNAPSHOTS;
use crate::common::sentences::SENTENCES;
use crate::tree::{files, root, text};

/// Words of others: clap, the system.
const OF_OTHERS: [&str; 2] = [
    "a similar value exists",
    "No such file or directory os error",
];

/// The clauses of a line of four words and more, by their words: without what
/// stands in quotes or angle brackets, names of files and options, numbers.
fn clauses(line: &str) -> Vec<String> {
    let mut clauses = vec![Vec::new()];
    // The mark that ends what is left out.
    let mut until = None;
    for token in line.split_inclusive([' ', '>']) {
        let word = token.trim_end();
        let bare = word.trim_matches(|c: char| "()[],;:.?>".contains(c));
        let opened = word.trim_start_matches('(').chars().next();
        if until.is_none() {
            until = match opened {
                Some(quote @ ('\'' | '"')) => Some(quote),
                Some('<') => Some('>'),
                _ => None,
            };
            let is_word = bare.chars().all(|c| c.is_alphabetic() || "-’'".contains(c));
            if until.is_none() && is_word && !bare.starts_with('-') && !bare.is_empty() {
                clauses.last_mut().unwrap().push(bare);
            }
        }
        if until.is_some_and(|end| {
            word.trim_end_matches([')', ',', ';', ':', '.', '?'])
                .ends_with(end)
        }) {
            until = None;
        }
        if until.is_none() && word.ends_with([';', ':', '.', '?', '>']) {
            clauses.push(Vec::new());
        }
    }
    let clauses = clauses.into_iter().filter(|words| words.len() > 3);
    clauses.map(|words| words.join(" ")).collect()
}

#[test]
fn what_two_transcripts_say_is_one_of_the_sentences() {
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files(SNAPSHOTS.as_ref(), ".snap") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = text(&path);
        let messages = text
            .lines()
            .skip(3)
            .filter(|line| !line.starts_with(['$', '[', '{']));
        for clause in messages.flat_map(clauses) {
            said.entry(clause).or_default().push(name.clone());
        }
    }
    said.retain(|clause, names| names.len() > 1 && !OF_OTHERS.contains(&clause.as_str()));
    assert!(
        said.is_empty(),
        "give these a name in sentences.rs: {said:#?}"
    );
}

#[test]
fn every_sentence_is_said_and_stands_nowhere_else() {
    let mut sources = String::new();
    for path in files(&root().join("tests/e2e"), ".rs") {
        if !path.ends_with("common/sentences.rs") {
            sources.push_str(&text(&path));
        }
    }
    let snapshots = files(SNAPSHOTS.as_ref(), ".snap");
    let snapshots: String = snapshots.iter().map(|path| text(path)).collect();
    let mut faults = Vec::new();
    for (name, sentence) in SENTENCES {
        let told = [format!("<{name}>"), format!("<{name}: ")];
        let used = told.iter().any(|told| snapshots.contains(told));
        if !used && !sources.contains(&format!("\"{name}\"")) {
            faults.push(format!("nothing says '{name}'"));
        }
        let parts = sentence.split('*').map(str::trim);
        for part in parts.filter(|part| part.split(' ').count() > 3) {
            if sources.contains(part) || snapshots.contains(part) {
                faults.push(format!("ask for '{name}' where \"{part}\" stands"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_reader_of_this_test_finds_clauses() {
    let line = "error: a.csv, line 3: the target 'y of z' is 1e60 and beyond; <name: x, y> give --status COL for these rows";
    assert_eq!(
        clauses(line),
        ["the target is and beyond", "give COL for these rows"]
    );
}
