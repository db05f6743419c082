//! `altool score`: what a model says of each candidate.

use std::path::PathBuf;

use al_core::Tabular;
use al_pipeline::{ScoreOptions, TableSource, UncertaintyWeights, counted};
use clap::Args;

use super::{CommandContext, load};
use crate::args::files::{InputArgs, TableArgs};
use crate::args::molecules::{SkipArgs, SkippedFile, skipping};
use crate::args::names::GainOrNone;
use crate::args::values;
use crate::exit::Outcome;
use crate::help;
use crate::output::Destination;

const EXAMPLES: &str = "\
altool score fixtures/llm/candidates.csv --model m.altool -o scored.csv
altool score fixtures/llm/candidates.csv --model m.altool \\
    --where \"batch_size <= 8\" -o small.parquet
altool score fixtures/llm/candidates.csv --model m.altool --gain none --format jsonl | head -n 3";

/// Predict every candidate, with its uncertainty
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "All columns of the candidates are written, and columns are added."
)]
pub(crate) struct ScoreArgs {
    /// Tables with candidates, patterns, or - for standard input. Several are read as one
    #[arg(required = true, value_name = "CANDIDATES")]
    candidates: Vec<String>,
    /// Model file that train wrote
    #[arg(short, long, value_name = "FILE", help_heading = "Input")]
    model: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    skip: SkipArgs,
    #[command(flatten)]
    scores: ScoringArgs,
    #[command(flatten)]
    output: TableArgs,
}

/// What is computed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scores")]
struct ScoringArgs {
    /// Text to put before the names of the added columns
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Training rows over which the distance is the mean, 1 to 1000: the nearest
    #[arg(
        long,
        value_name = "K",
        default_value_t = ScoreOptions::default().neighbours,
        value_parser = values::neighbours
    )]
    neighbours: usize,
    /// Weights of the measures in the combined uncertainty, each 0 or more, as in
    /// variance=2,interval=1,distance=0 (of a class: entropy and distance) [default: 1 each]
    #[arg(long, value_name = "NAME=W", value_parser = values::uncertainty_weights)]
    uncertainty_weights: Option<UncertaintyWeights>,
    /// Gain that is called information gain; none computes no gains, which are two thirds of the
    /// work, and writes none of their columns
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    gain: GainOrNone,
    /// Column with the hardware, if the model was trained without --hardware; values with few
    /// measurements, or none, borrow from the others
    #[arg(long, value_name = "COL")]
    hardware: Option<String>,
}

/// What is to be scored, how, and where it goes.
#[derive(Debug)]
struct CheckedScore {
    candidates: TableSource,
    skipped: Option<SkippedFile>,
    options: ScoreOptions,
    destination: Destination,
}

impl ScoreArgs {
    fn check(&self) -> anyhow::Result<CheckedScore> {
        let scores = &self.scores;
        Ok(CheckedScore {
            candidates: self.input.source(&self.candidates),
            skipped: {
                let model = self.model.display().to_string();
                let read = [&self.candidates[..], &[model]].concat();
                self.skip.check(&read, self.output.path())?
            },
            options: ScoreOptions {
                prefix: scores.prefix.clone(),
                neighbours: scores.neighbours,
                gain: scores.gain.into(),
                weights: scores.uncertainty_weights.unwrap_or_default(),
            },
            destination: {
                let model = self.model.display().to_string();
                let read = [&self.candidates[..], &[model]].concat();
                self.output.check_beside(&read)?
            },
        })
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let CheckedScore {
            candidates,
            skipped,
            options,
            destination,
        } = self.check()?;
        let progress = context.progress();
        let mut campaign = load(&self.model, &progress)?;
        if let Some(column) = &self.scores.hardware {
            campaign.set_hardware(column)?;
        }
        let structure = campaign.encoder().schema.structure();
        let known = campaign.known_columns();
        let candidates = skipping(skipped.as_ref(), candidates, structure, &known, context.log)?;
        let stream = destination.stream()?;
        let scored = al_pipeline::score(
            &campaign,
            &candidates,
            &options,
            || stream.writer(),
            &progress,
        )?;
        drop(progress);
        stream.show()?;
        context.log.warnings(&scored.warnings);
        if let Some(name) = destination.name() {
            context
                .log
                .note(&format!("{name}: {} scored", counted(scored.rows, "row")));
        }
        Ok(Outcome::Done)
    }
}
