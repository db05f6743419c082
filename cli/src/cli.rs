//! The command line as a whole: its commands, and how each is run.

use std::ffi::OsString;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum as _};

use crate::args::files::TextFormat;
use crate::args::global::GlobalArgs;
use crate::commands::{self, CommandContext};
use crate::exit::Outcome;
use crate::prose::page_width;
use crate::{columns, help};

const EXAMPLES: &str = "\
altool demo                                       # the whole loop on a small real table
altool train fixtures/llm/measured.csv --target throughput_tok_s --log-target --direction max \\
    --ignore latency_s -o m.altool
altool select fixtures/llm/candidates.csv --model m.altool -n 10 -o batch.csv
altool update fixtures/llm/results.csv --model m.altool
altool report m.altool --html report.html";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "altool",
    version,
    about = "Choose which benchmarks to run next: learn from measured rows, rank the others",
    before_help = help::examples(EXAMPLES),
    after_help = "\
altool COMMAND --help explains a command; docs/GLOSSARY.md explains the terms.

Options may stand in altool.toml too: global ones at the top, those of a command under its name,
as in [train] target = \"latency_ms\". The command line wins.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad data, 4 nothing left or not worth another batch,
5 a model of a newer format or a file in use.",
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A command with its options.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(commands::demo::DemoArgs),
    Grid(commands::grid::GridArgs),
    Train(Box<commands::train::TrainArgs>),
    Score(commands::score::ScoreArgs),
    Select(Box<commands::select::SelectArgs>),
    Update(commands::update::UpdateArgs),
    Report(commands::report::ReportArgs),
    Inspect(commands::inspect::InspectArgs),
    Recommend(Box<commands::recommend::RecommendArgs>),
    Simulate(Box<commands::simulate::SimulateArgs>),
    Label(Box<commands::label::LabelArgs>),
    Serve(commands::serve::ServeArgs),
    User(commands::user::UserArgs),
    Db(commands::db::DbArgs),
    Strategies(commands::strategies::StrategiesArgs),
    Learners(commands::learners::LearnersArgs),
    Complete(commands::complete::CompleteArgs),
    Completions(commands::completions::CompletionsArgs),
    Man(commands::man::ManArgs),
    Reference(commands::reference::ReferenceArgs),
}

/// The tree of commands and options, with its help.
pub(crate) fn tree() -> clap::Command {
    tree_at(page_width())
}

/// The same, with a help of so many letters a line.
pub(crate) fn tree_at(width: usize) -> clap::Command {
    let fitted = help::fitted(Cli::command().term_width(width), width);
    help::dressed(columns::told(fitted, width))
}

/// The tree of commands and options for a line and a file of options, in colour if
/// one of them asks for that: errors of a line that cannot be parsed are coloured,
/// too.
pub(crate) fn tree_for(arguments: &[OsString], file: Option<&str>) -> clap::Command {
    let in_file = || {
        file?
            .parse::<toml::Table>()
            .ok()?
            .get("color")?
            .as_str()
            .map(str::to_owned)
    };
    let asked = typed_color(arguments).or_else(in_file);
    let asked = asked.and_then(|value| ColorChoice::from_str(&value, true).ok());
    tree().color(asked.unwrap_or_default())
}

/// What the option for colours is set to in a line; the last one counts.
fn typed_color(arguments: &[OsString]) -> Option<String> {
    const OPTION: &str = "--color";
    let value = |at: usize, word: &str| match word.strip_prefix(OPTION)? {
        "" => arguments.get(at + 1)?.to_str().map(str::to_owned),
        rest => rest.strip_prefix('=').map(str::to_owned),
    };
    let words = arguments.iter().enumerate();
    words
        .filter_map(|(at, word)| value(at, word.to_str()?))
        .next_back()
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        match self {
            Command::Demo(command) => command.run(&|line| shown(line, context)),
            Command::Grid(command) => command.run(context),
            Command::Train(command) => command.run(context),
            Command::Score(command) => command.run(context),
            Command::Select(command) => command.run(context),
            Command::Update(command) => command.run(context),
            Command::Report(command) => command.run(context),
            Command::Inspect(command) => command.run(context),
            Command::Recommend(command) => command.run(context),
            Command::Simulate(command) => command.run(context),
            Command::Label(command) => command.run(context),
            Command::Serve(command) => command.run(context),
            Command::User(command) => command.run(context),
            Command::Db(command) => command.run(context),
            Command::Strategies(command) => command.run(),
            Command::Learners(command) => command.run(),
            Command::Complete(command) => command.run(tree()),
            Command::Completions(command) => command.run(&mut tree()),
            Command::Man(command) => command.run(tree_at(commands::man::WIDTH), context),
            Command::Reference(command) => command.run(tree_at(commands::reference::WIDTH)),
        }
    }
}

/// Runs a command line of the demo. Results are tables to read, also in a pipe.
fn shown(line: &str, context: &CommandContext) -> anyhow::Result<()> {
    let matches = tree().try_get_matches_from(line.split_whitespace())?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    let table = Some(TextFormat::Table);
    match &mut cli.command {
        Command::Train(command) => command.format.format = table,
        Command::Update(command) => command.format.format = table,
        Command::Report(command) if command.html.is_none() => command.format.format = table,
        _ => {}
    }
    cli.command.run(context)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_asked_for_last() {
        let asked = |line: &str, file: Option<&str>| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            tree_for(&words, file).get_color()
        };
        let (always, never) = (ColorChoice::Always, ColorChoice::Never);
        assert_eq!(asked("altool train --color always", None), always);
        assert_eq!(asked("altool --color=always --color never", None), never);
        for line in ["altool train", "altool --color", "altool --color=loud"] {
            assert_eq!(asked(line, None), ColorChoice::Auto, "{line}");
        }
        let file = Some("color = 'never'");
        assert_eq!(asked("altool train", file), never);
        assert_eq!(asked("altool train --color always", file), always);
        assert_eq!(
            asked("altool train", Some("threads = 4")),
            ColorChoice::Auto
        );
    }
}
