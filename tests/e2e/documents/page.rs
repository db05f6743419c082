//! The fenced blocks of a page, and the comments that say how they are run.
//!
//! A comment on a line of its own tells the test what readers need not see:
//!
//! - `<!-- run: LINE -->` runs a line of shell, such as one that makes a table
//!   which the next block reads;
//! - `<!-- file: NAME -->` writes the next block to a file;
//! - `<!-- not run: REASON -->` keeps the next block from being run.

use std::collections::VecDeque;

/// Why a block may be left out.
pub(super) const REASONS: [&str; 5] = [
    "builds with cargo",
    "needs the full table",
    "needs b3sum",
    "takes an hour",
    "needs Python packages",
];

/// What a block of a language is.
const TEXTS: [&str; 3] = ["text", "toml", "rust"];

/// A part of a page that is run, or says why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Commands.
    Shell(String),
    /// Commands with what they print.
    Session(Vec<Command>),
    /// A file that later commands read.
    File(String, String),
    /// A block that is not run, and why.
    NotRun(String),
}

/// A command of a session, with the lines shown below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) line: String,
    /// The number of the page's line, from 0, and its text.
    pub(super) shown: Vec<(usize, String)>,
}

/// A part and the line that it begins on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) line: usize,
    pub(super) part: Part,
}

/// What a comment says of the next block.
#[derive(Debug)]
enum Note {
    File(String),
    NotRun(String),
}

/// The parts of a page, in order. What is not understood is an error that names
/// its line.
pub(super) fn parts(page: &str) -> Result<Vec<Placed>, String> {
    let mut lines: VecDeque<(usize, &str)> = page.lines().enumerate().collect();
    let mut parts = Vec::new();
    let mut note = None;
    while let Some((at, text)) = lines.pop_front() {
        let number = at + 1;
        let mut push = |part| parts.push(Placed { line: number, part });
        if let Some(said) = comment(text, "run") {
            push(Part::Shell(said.to_owned()));
        } else if let Some(name) = comment(text, "file") {
            note = Some(Note::File(name.to_owned()));
        } else if let Some(reason) = comment(text, "not run") {
            if !REASONS.contains(&reason) {
                return Err(format!("line {number}: '{reason}' is none of {REASONS:?}"));
            }
            note = Some(Note::NotRun(reason.to_owned()));
        } else if let Some(language) = text.strip_prefix("```") {
            let mut body = Vec::new();
            loop {
                match lines.pop_front() {
                    None => return Err(format!("line {number}: the block is not closed")),
                    Some((_, "```")) => break,
                    Some(line) => body.push(line),
                }
            }
            if let Some(part) = block(number, language, &body, note.take())? {
                push(part);
            }
        } else if text.starts_with("    ") && is_after_a_blank(page, at) {
            return Err(format!("line {number}: a block stands between fences"));
        } else if note.is_some() && !text.is_empty() {
            return Err(format!("line {number}: the comment above is of a block"));
        }
    }
    Ok(parts)
}

/// What a comment of this kind says.
fn comment<'a>(line: &'a str, kind: &str) -> Option<&'a str> {
    let said = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    said.strip_prefix(kind)?.strip_prefix(": ")
}

/// Whether an indented line begins a block: in a list it goes on with an item.
fn is_after_a_blank(page: &str, at: usize) -> bool {
    let before = page.lines().take(at).collect::<Vec<&str>>();
    let paragraph = before.iter().rev().find(|line| !line.is_empty());
    before.last().is_some_and(|line| line.is_empty())
        && !paragraph.is_some_and(|line| line.starts_with([' ', '-', '*', '1']))
}

fn block(
    number: usize,
    language: &str,
    body: &[(usize, &str)],
    note: Option<Note>,
) -> Result<Option<Part>, String> {
    let text: String = body.iter().map(|(_, line)| format!("{line}\n")).collect();
    match (note, language) {
        (Some(Note::NotRun(reason)), "sh" | "console") => Ok(Some(Part::NotRun(reason))),
        (Some(Note::NotRun(_)), _) => Err(format!("line {number}: this is not run anyway")),
        (Some(Note::File(name)), _) => Ok(Some(Part::File(name, text))),
        (None, "sh") => Ok(Some(Part::Shell(text))),
        (None, "console") => session(number, body).map(|session| Some(Part::Session(session))),
        (None, language) if TEXTS.contains(&language) => Ok(None),
        (None, _) => Err(format!(
            "line {number}: a block is marked sh, console, text, toml or rust"
        )),
    }
}

fn session(number: usize, body: &[(usize, &str)]) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    for (at, line) in body {
        let last = commands.last_mut();
        match (line.strip_prefix("$ "), last) {
            (Some(line), _) => commands.push(Command {
                line: line.to_owned(),
                shown: Vec::new(),
            }),
            (None, None) => return Err(format!("line {number}: a session begins with '$ '")),
            (None, Some(last)) if last.shown.is_empty() && last.line.ends_with('\\') => {
                last.line.push_str(&format!("\n{line}"));
            }
            (None, Some(last)) => last.shown.push((*at, (*line).to_owned())),
        }
    }
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_in_order() {
        let page = "# A\n\n```sh\na\n```\n\n<!-- run: b -->\n<!-- file: c.toml -->\n```toml\nd\n\
                    ```\n<!-- not run: needs b3sum -->\n\n```sh\ne\n```\n```text\nf\n```\n\
                    ```console\n$ g \\\n  h\ni\n$ j\n```\n- an item\n\n    goes on\n";
        let parts = parts(page).unwrap();
        let lines: Vec<usize> = parts.iter().map(|placed| placed.line).collect();
        assert_eq!(lines, [3, 7, 9, 14, 20]);
        let parts: Vec<Part> = parts.into_iter().map(|placed| placed.part).collect();
        let command = |line: &str, shown: &[(usize, &str)]| Command {
            line: line.to_owned(),
            shown: shown
                .iter()
                .map(|(at, text)| (*at, (*text).to_owned()))
                .collect(),
        };
        assert_eq!(
            parts,
            [
                Part::Shell("a\n".to_owned()),
                Part::Shell("b".to_owned()),
                Part::File("c.toml".to_owned(), "d\n".to_owned()),
                Part::NotRun("needs b3sum".to_owned()),
                Part::Session(vec![command("g \\\n  h", &[(22, "i")]), command("j", &[])]),
            ]
        );
    }

    #[test]
    fn what_would_not_be_run_unnoticed_is_an_error() {
        for (page, line) in [
            ("```\na\n```\n", "line 1"),
            ("\n```sh\na\n", "line 2"),
            ("<!-- not run: no time -->\n```sh\na\n```\n", "line 1"),
            ("<!-- not run: needs b3sum -->\n```text\na\n```\n", "line 2"),
            (
                "<!-- not run: needs b3sum -->\ntext\n```sh\na\n```\n",
                "line 2",
            ),
            ("```console\na\n```\n", "line 1"),
            ("text\n\n    altool a\n", "line 3"),
        ] {
            let error = parts(page).unwrap_err();
            assert!(error.starts_with(line), "{page}: {error}");
        }
    }
}
