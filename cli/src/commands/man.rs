//! `altool man`: the manual pages.

use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use clap_mangen::roff::{Roff, bold, roman};

use super::CommandContext;
use crate::exit::Outcome;
use crate::{help, output};

const EXAMPLES: &str = "\
altool man man1
altool man man1 && man -l man1/altool-select.1
altool man ~/.local/share/man/man1 && man altool-train";

/// Write the manual pages, one per command
#[derive(Debug, Args)]
#[command(before_help = help::examples(EXAMPLES))]
pub(crate) struct ManArgs {
    /// Directory to write altool.1, altool-train.1 and so on to; made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl ManArgs {
    /// Writes the pages of `tree`, the command line.
    pub(crate) fn run(
        &self,
        tree: clap::Command,
        context: &CommandContext,
    ) -> anyhow::Result<Outcome> {
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("{}: cannot be made", self.directory.display()))?;
        let mut command = tree.disable_help_subcommand(true);
        command.build();
        let mut pages = 0;
        for (name, command) in with_verbs("altool", &command) {
            let page = page(command.name(name.clone()))?;
            let path = self.directory.join(format!("{name}.1"));
            output::write_file(&path, &String::from_utf8_lossy(&page))?;
            pages += 1;
        }
        context.log.note(&format!(
            "{}: {pages} manual pages written",
            self.directory.display()
        ));
        Ok(Outcome::Done)
    }
}

/// A command and all below it, each by the name of its page.
fn with_verbs(name: &str, command: &clap::Command) -> Vec<(String, clap::Command)> {
    let mut all = vec![(name.to_owned(), command.clone())];
    let shown = command.get_subcommands();
    for verb in shown.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        all.extend(with_verbs(&format!("{name}-{}", verb.get_name()), verb));
    }
    all
}

/// Letters of a line of examples and tables: a terminal of 80 columns less the margins of a
/// page.
pub(crate) const WIDTH: usize = 72;

/// The page of a command, of which examples and tables keep their lines.
fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let examples = help::examples_of(&command);
    let notes = command.get_after_long_help().or(command.get_after_help());
    let notes = notes.map(ToString::to_string);
    let usage = command.clone().render_usage().to_string();
    let has_subcommands = command.has_subcommands();
    let version = format!("altool {}", env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command)
        .source(version.as_str())
        .manual("altool manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(&usage, &mut page)?;
    man.render_description_section(&mut page)?;
    verbatim("EXAMPLES", examples, &mut page)?;
    man.render_options_section(&mut page)?;
    if has_subcommands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(notes) = notes {
        paragraphs("NOTES", &notes, &mut page)?;
    }
    let mut roff = Roff::new();
    roff.control("SH", ["VERSION"]).text([roman(version)]);
    roff.to_writer(&mut page)?;
    Ok(page)
}

/// How the command is called: what must be given, with its values.
fn synopsis(usage: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let usage = usage.trim().trim_start_matches("Usage: ");
    let words: Vec<&str> = usage.split_whitespace().collect();
    let of_name = words
        .iter()
        .take_while(|word| word.starts_with(char::is_lowercase))
        .count();
    let (name, rest) = words.split_at(of_name);
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"])
        .text([bold(name.join(" ")), roman(format!(" {}", rest.join(" ")))]);
    roff.to_writer(page)
}

/// A section of paragraphs, which are filled, and of tables, which are not.
fn paragraphs(title: &str, text: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (at, part) in text.split("\n\n").enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        let is_table = part.lines().any(|line| line.starts_with(' '));
        if is_table {
            roff.control("nf", []);
        }
        for line in part.lines() {
            roff.text([roman(line)]);
        }
        if is_table {
            roff.control("fi", []);
        }
    }
    roff.to_writer(page)
}

/// A section of lines that are not filled.
fn verbatim(title: &str, text: Option<String>, page: &mut Vec<u8>) -> io::Result<()> {
    let Some(text) = text else { return Ok(()) };
    let mut roff = Roff::new();
    roff.control("SH", [title]).control("nf", []);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.to_writer(page)
}
