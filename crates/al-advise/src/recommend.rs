//! Recommends hardware.

use al_core::{Fault, Messages, Progress, Tabular};
use al_tables::{Frame, TableSource};

use crate::advice::Regrets;
use crate::options::RecommendOptions;
use crate::pair_view::PairView;

/// What is recommended.
#[derive(Debug)]
pub struct Advice {
    /// A row per workload; where it was asked what it runs on now, a row per
    /// job, or per workload and current hardware of pairs. With several models
    /// as many rows of each as its Pareto set has hardware.
    pub frame: Frame,
    /// A row per pair, where that was asked for.
    pub pairs: Option<Frame>,
    /// Number of different workloads.
    pub workloads: usize,
    /// Number of times that advice was asked for: once per workload, or per job that says
    /// where it runs now.
    pub asked: usize,
    /// How many of those run on another hardware than the recommended one.
    pub flagged: usize,
    /// How many of those have no hardware to recommend.
    pub undecided: usize,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Recommends a hardware for each workload of the candidates; with several
/// models the hardware that no other beats in all objectives.
///
/// # Errors
///
/// Objectives that the models do not have or that disagree with their
/// direction, columns that are not there, candidates that do not fit a model,
/// and specs that make no sense.
pub fn recommend(
    models: &[&dyn Tabular],
    candidates: &TableSource,
    options: &RecommendOptions,
    progress: &dyn Progress,
) -> Result<Advice, Fault> {
    let regrets = match options.every_pair {
        true => Regrets::All,
        false => Regrets::Needed,
    };
    let view = PairView::at(models, candidates, options, regrets, progress)?;
    match models {
        [_] => view.advice(options),
        _ => view.pareto(options),
    }
}
