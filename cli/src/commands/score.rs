//! `altool score`: what a model says of each candidate.

use std::path::PathBuf;

use al_pipeline::{ScoreOptions, UncertaintyWeights, counted};
use clap::Args;

use super::{Context, load, source};
use crate::args::{Filter, TableOutput};
use crate::exit::Outcome;
use crate::options;

/// Predict every candidate, with its uncertainty: all columns in, more columns out
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool score candidates.csv --model model.altool -o scored.parquet
  altool score 'parts/*.parquet' --model model.altool --where \"batch_size <= 8\" -o scored.parquet
  altool score candidates.csv --model model.altool --format jsonl | head")]
pub(crate) struct Score {
    /// Tables with candidates, patterns, or - for standard input. Several are read as one
    #[arg(required = true, value_name = "CANDIDATES")]
    candidates: Vec<String>,
    /// Model file that train wrote
    #[arg(short, long, value_name = "FILE")]
    model: PathBuf,
    /// Put before the names of the columns that are added
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Nearest learned rows that the distance is the mean over
    #[arg(long, value_name = "K", default_value = "5", value_parser = options::neighbours)]
    neighbours: usize,
    /// How much each measure counts in the uncertainty, as in variance=2,interval=1,distance=0
    /// (of a class: entropy and distance) [default: 1 each]
    #[arg(long, value_name = "NAME=W", value_parser = options::uncertainty_weights)]
    uncertainty_weights: Option<UncertaintyWeights>,
    /// Which gain is called information gain; none leaves out all columns of what a row would
    /// teach, which are two thirds of the work [default: epig]
    #[arg(long, value_name = "NAME", value_parser = options::gains_or_none())]
    gain: Option<String>,
    /// Column that names the hardware, if the model was trained without --hardware: values of it
    /// with few measurements, or none, borrow from the others
    #[arg(long, value_name = "COL")]
    hardware: Option<String>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    output: TableOutput,
}

impl Score {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let place = self.output.place_beside(&self.candidates)?;
        let progress = context.progress();
        let mut campaign = load(&self.model, &progress)?;
        if let Some(column) = &self.hardware {
            campaign.set_hardware(column)?;
        }
        let stream = place.stream()?;
        let options = ScoreOptions {
            prefix: self.prefix.clone(),
            neighbours: self.neighbours,
            gain: match self.gain.as_deref() {
                Some("none") => None,
                name => Some(options::gain(name)),
            },
            weights: self.uncertainty_weights.unwrap_or_default(),
        };
        let scored = al_pipeline::score(
            &campaign,
            &source(&self.candidates, self.filter.filter.as_ref()),
            &options,
            || stream.writer(),
            &progress,
        )?;
        drop(progress);
        stream.show()?;
        context.log.warnings(&scored.warnings);
        if let Some(name) = place.name() {
            context
                .log
                .note(&format!("{name}: {} scored", counted(scored.rows, "row")));
        }
        Ok(Outcome::Done)
    }
}
