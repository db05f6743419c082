//! The commands, one file each.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod grid;
pub(crate) mod inspect;
pub(crate) mod learners;
pub(crate) mod man;
pub(crate) mod recommend;
pub(crate) mod reference;
pub(crate) mod report;
pub(crate) mod score;
pub(crate) mod select;
pub(crate) mod simulate;
pub(crate) mod strategies;
pub(crate) mod train;
pub(crate) mod update;

use std::path::Path;

use al_pipeline::{Campaign, TableSource};

use crate::args::Command;
use crate::exit::Outcome;
use crate::log::Log;
use crate::progress::Reporter;

/// What every command is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub(crate) log: Log,
    pub(crate) seed: Option<u64>,
}

impl Context {
    fn progress(&self) -> Reporter {
        Reporter::new(self.log)
    }
}

/// Runs one command.
pub(crate) fn run(command: &Command, context: &Context) -> anyhow::Result<Outcome> {
    match command {
        Command::Demo(command) => command.run(context),
        Command::Grid(command) => command.run(context),
        Command::Train(command) => command.run(context),
        Command::Score(command) => command.run(context),
        Command::Select(command) => command.run(context),
        Command::Recommend(command) => command.run(context),
        Command::Update(command) => command.run(context),
        Command::Report(command) => command.run(context),
        Command::Inspect(command) => command.run(context),
        Command::Simulate(command) => command.run(context),
        Command::Strategies(command) => command.run(),
        Command::Learners(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(context),
        Command::Reference(command) => command.run(),
    }
}

/// The tables that files and a filter stand for.
fn source(paths: &[String], filter: Option<&String>) -> TableSource {
    let source = TableSource::files(paths);
    match filter {
        None => source,
        Some(filter) => source.filtered(filter),
    }
}

fn one(path: &str) -> TableSource {
    source(&[path.to_owned()], None)
}

/// Reads a model file.
fn load(path: &Path, progress: &Reporter) -> anyhow::Result<Campaign> {
    use al_core::Progress as _;
    progress.stage("reading the model", 0);
    Ok(Campaign::load(path)?)
}
