//! `altool complete`, hidden: what may stand at the end of a command line. The
//! scripts of `altool completions` ask it.
//!
//! The first line of the answer says whether a word is done (`whole`) or goes on
//! (`open`), as a list does behind a comma; then follows a line for each word. No
//! word at all means that the name of a file is expected.

use std::io::{Read as _, Write as _};
use std::path::Path;

use al_pipeline::{Format, Input, ReadOptions};
use clap::{Arg, Args, Command};

use crate::exit::Outcome;
use crate::output;

/// Bytes of a long text file in which its header is looked for.
const START: u64 = 1 << 16;

/// Print what may stand at the end of a command line
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct CompleteArgs {
    /// The words of the line behind altool, the last of which is to be completed
    #[arg(value_name = "WORDS", last = true)]
    words: Vec<String>,
}

impl CompleteArgs {
    pub(crate) fn run(&self, mut tree: Command) -> anyhow::Result<Outcome> {
        tree.build();
        let found = Completions::of(&tree, &self.words);
        let kind = if found.open { "open" } else { "whole" };
        let words: String = found.words.iter().map(|word| format!("{word}\n")).collect();
        output::text(&format!("{kind}\n{words}"))?;
        Ok(Outcome::Done)
    }
}

/// What a word may become.
#[derive(Debug, Default, PartialEq, Eq)]
struct Completions {
    words: Vec<String>,
    /// Whether more may follow in the same word.
    open: bool,
}

impl Completions {
    fn of(tree: &Command, words: &[String]) -> Completions {
        let Some((current, before)) = words.split_last() else {
            return Completions::default();
        };
        // The command that is typed, or its verb.
        let command = before.iter().fold(None, |found: Option<&Command>, word| {
            found.unwrap_or(tree).find_subcommand(word).or(found)
        });
        let takes_value = |arg: &&Arg| arg.get_action().takes_values();
        let here = command.unwrap_or(tree);
        if let Some((name, value)) = current.split_once('=')
            && let Some(arg) = option(here, name).filter(takes_value)
        {
            return TypedValue { arg, before }.completions(&format!("{name}="), value);
        }
        let last = before.last().and_then(|name| option(here, name));
        if let Some(arg) = last.filter(takes_value) {
            return TypedValue { arg, before }.completions("", current);
        }
        let names = match command {
            _ if current.starts_with('-') => options(here),
            None => commands(tree),
            Some(command) if command.get_name() == "help" => commands(tree),
            Some(command) if command.has_subcommands() => commands(command),
            Some(command) => command.get_positionals().flat_map(values).collect(),
        };
        Completions {
            words: beginning(names, current),
            open: false,
        }
    }
}

fn beginning(names: Vec<String>, start: &str) -> Vec<String> {
    let mut names = names;
    names.retain(|name| name.starts_with(start));
    names
}

fn commands(tree: &Command) -> Vec<String> {
    let shown = tree
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    shown.map(|command| command.get_name().to_owned()).collect()
}

fn options(command: &Command) -> Vec<String> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    shown
        .filter_map(|arg| Some(format!("--{}", arg.get_long()?)))
        .collect()
}

/// The option that is typed as `name`.
fn option<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut arguments = command.get_arguments();
    match name.strip_prefix("--") {
        Some(long) => arguments.find(|arg| arg.get_long() == Some(long)),
        None => {
            let short = name.strip_prefix('-')?;
            arguments.find(|arg| {
                arg.get_short()
                    .is_some_and(|letter| short == letter.to_string())
            })
        }
    }
}

/// The values that an argument is restricted to.
fn values(arg: &Arg) -> Vec<String> {
    let values = arg.get_possible_values();
    let shown = values.iter().filter(|value| !value.is_hide_set());
    shown.map(|value| value.get_name().to_owned()).collect()
}

/// A value of an option.
struct TypedValue<'a> {
    arg: &'a Arg,
    /// The words before it.
    before: &'a [String],
}

impl TypedValue<'_> {
    /// The words that begin with `start` and whose value begins with `value`.
    fn completions(&self, start: &str, value: &str) -> Completions {
        let delimiter = self.arg.get_value_delimiter();
        let (list, item) = match delimiter.and_then(|delimiter| value.rfind(delimiter)) {
            Some(at) => value.split_at(at + 1),
            None => ("", value),
        };
        let (names, end) = self.names();
        let listed: Vec<&str> = match delimiter {
            Some(delimiter) => list.split(delimiter).collect(),
            None => Vec::new(),
        };
        let fresh = beginning(names, item).into_iter();
        let fresh = fresh.filter(|name| !listed.contains(&name.as_str()));
        Completions {
            words: fresh
                .map(|name| format!("{start}{list}{name}{end}"))
                .collect(),
            open: delimiter.is_some() || !end.is_empty(),
        }
    }

    /// What the value, or an item of it, may be, and what follows it.
    fn names(&self) -> (Vec<String>, &'static str) {
        let values = values(self.arg);
        if !values.is_empty() {
            return (values, "");
        }
        let names = self.arg.get_value_names().unwrap_or_default();
        match names.first().map(clap::builder::Str::as_str) {
            Some("COL" | "A,B") => (self.columns(), ""),
            Some(name) if name.starts_with("COL=") => (self.columns(), "="),
            _ => (Vec::new(), ""),
        }
    }

    /// The columns of the tables that are named before, each once.
    fn columns(&self) -> Vec<String> {
        let mut columns = Vec::new();
        for path in self.before.iter().map(Path::new) {
            for name in header(path).unwrap_or_default() {
                if !columns.contains(&name) {
                    columns.push(name);
                }
            }
        }
        columns
    }
}

/// The names of a table's columns, if it is one. Who waits for a completion does
/// not wait for all of a long file.
fn header(path: &Path) -> Option<Vec<String>> {
    let about = std::fs::metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?;
    let name = path.to_str()?;
    let is_text = matches!(
        Format::from_path(path),
        Some(Format::Csv | Format::Tsv | Format::JsonLines)
    );
    let ending = path.extension()?.to_str()?;
    if !is_text || about.len() <= START || matches!(ending, "gz" | "zst") {
        return names(name);
    }
    let mut start = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(START).read_to_end(&mut start).ok()?;
    let whole_lines = start.iter().rposition(|&byte| byte == b'\n')?;
    let suffix = format!(".{ending}");
    let mut copy = tempfile::Builder::new().suffix(&suffix).tempfile().ok()?;
    copy.write_all(&start[..=whole_lines]).ok()?;
    names(copy.path().to_str()?)
}

fn names(path: &str) -> Option<Vec<String>> {
    let input = Input::open(&[path.to_owned()], &ReadOptions::default()).ok()?;
    Some(input.names().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    fn completed(words: &[&str]) -> Completions {
        let mut tree = cli::tree();
        tree.build();
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        Completions::of(&tree, &words)
    }

    #[test]
    fn commands_options_and_values_are_completed() {
        assert_eq!(completed(&["sel"]).words, ["select"]);
        assert_eq!(completed(&["help", "up"]).words, ["update"]);
        assert!(!completed(&[""]).words.contains(&"complete".to_owned()));
        assert_eq!(completed(&["select", "--min-f"]).words, ["--min-feasible"]);
        assert_eq!(completed(&["train", "--dir"]).words, ["--direction"]);
        assert_eq!(
            completed(&["train", "x", "--direction", "m"]).words,
            ["min", "max"]
        );
        assert_eq!(
            completed(&["train", "--direction=ma"]).words,
            ["--direction=max"]
        );
        assert_eq!(completed(&["strategies", "lc"]).words, ["lcmd"]);
        let listed = completed(&["simulate", "x", "--strategies", "lcmd,bai"]);
        assert_eq!(listed.words, ["lcmd,bait", "lcmd,bait-fb"]);
        assert!(listed.open);
        // A file is expected.
        assert_eq!(completed(&["train", "mea"]), Completions::default());
        assert_eq!(
            completed(&["select", "x", "--model", ""]),
            Completions::default()
        );
    }

    #[test]
    fn columns_are_those_of_the_tables_named_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rows.csv");
        let row = "1,2,3\n".repeat(40_000);
        std::fs::write(&path, format!("gpu,batch,tile width\n{row}")).unwrap();
        let table = path.to_str().unwrap();
        let at = |words: &[&str]| completed(&[&["train", table], words].concat());
        assert_eq!(at(&["--target", ""]).words, ["gpu", "batch", "tile width"]);
        let list = at(&["--ignore", "gpu,"]);
        assert_eq!(list.words, ["gpu,batch", "gpu,tile width"]);
        assert!(list.open);
        assert_eq!(at(&["--ignore=gpu,b"]).words, ["--ignore=gpu,batch"]);
        let quota = completed(&["select", table, "--at-most", "g"]);
        assert_eq!(quota.words, ["gpu="]);
        assert!(
            quota.open
                && completed(&["train", "none.csv", "--target", ""])
                    .words
                    .is_empty()
        );
    }
}
