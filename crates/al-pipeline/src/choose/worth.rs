//! Whether a batch is worth it, and why there is none.

use al_sampling::Selection;
use ndarray::Axis;

use super::candidates::{Block, Candidates};
use super::reasons::short;
use super::{NO_CANDIDATES, SelectOptions, left_to_spend};
use crate::campaign::{Campaign, LEARNED};
use crate::stop;

/// Rows over which the gain of a batch is expected.
pub(crate) const REFERENCE: usize = 2000;

/// Labels below which no campaign is stopped: members that have seen little
/// agree on little more than the mean.
const FEW: usize = 32;

/// The relative fall of the error that measuring the rows `batch` may bring.
pub(super) fn gain(
    campaign: &Campaign,
    candidates: &Candidates,
    sample: &Block,
    batch: &[usize],
    noise: f32,
) -> f64 {
    let few: Vec<usize> = (0..sample.keys.len().min(REFERENCE)).collect();
    let metrics = campaign
        .rounds
        .last()
        .and_then(|round| round.after.as_ref());
    let unit = campaign.scales.spread * campaign.scales.spread;
    stop::expected(
        sample.features.select(Axis(0), &few).view(),
        candidates.features.select(Axis(0), batch).view(),
        f64::from(noise),
        campaign.squared_error(metrics) / unit,
    )
}

/// Why a batch of gain `expected` is not worth it, if it is not: it may not
/// bring `least`, and the last update did not.
pub(super) fn stops(campaign: &Campaign, expected: f64, least: Option<f64>) -> Option<String> {
    let least = least?;
    let moved = campaign.rounds.iter().rev().find_map(|round| round.moved);
    let enough = campaign.rows.with(&LEARNED).len() >= FEW;
    if !enough || expected >= least || moved.is_some_and(|moved| moved >= least) {
        return None;
    }
    let last = match moved {
        None => "there was no update yet to say more".to_owned(),
        Some(moved) => format!(
            "the last update moved predictions by as much as takes {:.1} % off",
            100.0 * moved
        ),
    };
    Some(format!(
        "another batch is not worth it: it may take up to {:.1} % off the error, less than the {} % of --min-gain; {last}",
        100.0 * expected,
        short(100.0 * least),
    ))
}

/// Why there is no row in the batch.
pub(super) fn why_empty(
    campaign: Option<&Campaign>,
    candidates: &Candidates,
    selection: &Selection,
    stopped: Option<String>,
    options: &SelectOptions,
) -> String {
    if candidates.seen == 0 {
        return NO_CANDIDATES.to_owned();
    }
    if let Some(stopped) = stopped {
        return stopped;
    }
    match (left_to_spend(campaign, options), options.total_budget) {
        (Some(left), Some(total)) if left <= 0.0 => format!(
            "the budget of {} is spent: measurements have cost {}",
            short(total),
            short(campaign.map_or(0.0, Campaign::spent))
        ),
        (Some(left), _) if selection.available > 0 => format!(
            "no candidate{} costs as little as the {} there is to spend",
            if options.stream.is_some() {
                " that --stream kept"
            } else {
                ""
            },
            short(left)
        ),
        _ if selection.unavailable > 0 => format!(
            "no candidate is left that may work: {}",
            super::limits::unavailable(selection.unavailable, options)
        ),
        _ => "no candidate is left: all are measured, pending or excluded".to_owned(),
    }
}
