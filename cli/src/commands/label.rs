//! `altool label`: labelling from a terminal, on a database or against a server.

mod args;
mod batches;
#[cfg(feature = "server")]
mod files;
#[cfg(feature = "server")]
mod requests;
#[cfg(feature = "server")]
mod run;
#[cfg(feature = "server")]
mod show;

use clap::Args;

use super::CommandContext;
#[cfg(not(feature = "server"))]
use crate::args::store::built_without;
use crate::exit::Outcome;
use crate::help;
use args::LabelVerb;

const EXAMPLES: &str = "\
altool label init solubility --target log_s --molecules --data labels
altool label import fixtures/esol/candidates.csv --dataset esol --name name --data labels
altool label select solubility -n 20 --data labels
altool label next --data labels
altool label submit ITEM -2.5 --data labels
altool label retrain solubility --data labels";

/// Label what a model chooses, and retrain it on the labels
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    disable_help_subcommand = true,
    after_help = "\
All of it works on a data folder (--data), on a PostgreSQL (--database) or against a server
(--server). docs/LABELLING.md walks through a whole cycle."
)]
pub(crate) struct LabelArgs {
    #[command(subcommand)]
    verb: LabelVerb,
}

#[cfg(feature = "server")]
pub(crate) use show::{show_check, show_users};

impl LabelArgs {
    #[cfg(feature = "server")]
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        run::run(&self.verb, context)
    }

    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "the command is there in every build")]
    pub(crate) fn run(&self, _: &CommandContext) -> anyhow::Result<Outcome> {
        built_without()
    }
}
