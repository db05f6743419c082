//! How good a version of a model is: on its validation rows, and out of bag.

use al_core::metrics::calibration_error;
use al_core::{Belief, Posterior, Role, Seed, metrics, posterior};
use al_pipeline::{Campaign, Labels};
use al_store::{ValidationKind, digest_of};
use rand::RngExt;
use serde_json::{Map, Value, json};

/// Resamplings of an interval, and how much is beyond it on each side.
const RESAMPLED: usize = 1000;
const TAIL: f64 = 0.025;

/// Shares of measurements that intervals are meant to cover, by which the calibration of
/// numbers is told (Kuleshov et al. 2018).
const LEVELS: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];

/// What a version is measured on, and the digest of those rows.
#[must_use]
pub(crate) fn validation_of(campaign: &Campaign) -> (ValidationKind, Option<String>) {
    let rows = campaign.observed().with(&[Role::Evaluation]);
    if rows.is_empty() {
        let kind = match campaign.metrics_out_of_bag() {
            Some(_) => ValidationKind::OutOfBag,
            None => ValidationKind::Unmeasured,
        };
        return (kind, None);
    }
    let observed = campaign.observed();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|&row| format!("{} {}", observed.keys()[row], observed.values()[row]))
        .collect();
    lines.sort();
    (
        ValidationKind::HeldOut,
        Some(digest_of(lines.join("\n").as_bytes())),
    )
}

/// The metrics of a version: those on its validation rows in `validation`, those out of
/// bag in `out_of_bag`, each `null` if there are none, and how honest its certainty is in
/// `calibration`.
#[must_use]
pub(crate) fn measured(campaign: &Campaign) -> Value {
    let held = !campaign.observed().with(&[Role::Evaluation]).is_empty();
    let validation = held.then(|| campaign.metrics()).flatten();
    let mut metrics = Map::new();
    metrics.insert("validation".to_owned(), json!(validation));
    metrics.insert(
        "out_of_bag".to_owned(),
        json!(campaign.metrics_out_of_bag()),
    );
    metrics.insert("calibration".to_owned(), calibration(campaign));
    Value::Object(metrics)
}

/// The calibration error on the validation rows, or out of bag without any, with the
/// interval of the bootstrap over rows.
fn calibration(campaign: &Campaign) -> Value {
    let Some(evaluation) = campaign.evaluation(LEVELS[4]) else {
        return Value::Null;
    };
    let seed = campaign.seed();
    match &evaluation.prediction.posterior {
        Posterior::Classes { draws } => {
            let Labels::Classes { codes, .. } = &evaluation.truth else {
                return Value::Null;
            };
            let p = posterior::mean_probabilities(draws);
            let of = |rows: &[usize]| {
                let codes: Vec<u32> = rows.iter().map(|&row| codes[row]).collect();
                calibration_error(&codes, &p.select(ndarray::Axis(0), rows))
            };
            told("expected calibration error", codes.len(), seed, of)
        }
        Posterior::Values { .. } => {
            let Labels::Values(truth) = &evaluation.truth else {
                return Value::Null;
            };
            let bounds: Vec<(f64, Vec<f64>, Vec<f64>)> = LEVELS
                .iter()
                .filter_map(|&level| {
                    let evaluation = campaign.evaluation(level)?;
                    let (low, high) = evaluation.prediction.interval?;
                    Some((level, low, high))
                })
                .collect();
            if bounds.len() < LEVELS.len() {
                return Value::Null;
            }
            let of = |rows: &[usize]| {
                let take =
                    |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
                let off = bounds.iter().map(|(level, low, high)| {
                    let covered = metrics::coverage(&take(truth), &take(low), &take(high));
                    (covered - level).abs()
                });
                Some(off.sum::<f64>() / bounds.len() as f64)
            };
            told("mean error of interval coverage", truth.len(), seed, of)
        }
    }
}

fn told(measure: &str, rows: usize, seed: Seed, of: impl Fn(&[usize]) -> Option<f64>) -> Value {
    let all: Vec<usize> = (0..rows).collect();
    let Some(error) = of(&all) else {
        return Value::Null;
    };
    let mut rng = seed.stream("calibration", rows as u64);
    let mut drawn: Vec<f64> = (0..RESAMPLED)
        .filter_map(|_| {
            let sample: Vec<usize> = (0..rows).map(|_| rng.random_range(0..rows)).collect();
            of(&sample)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * (drawn.len() as f64 - 1.0)).round() as usize;
        drawn.get(place).copied()
    };
    json!({
        "measure": measure,
        "error": error,
        "low": at(TAIL),
        "high": at(1.0 - TAIL),
        "rows": rows,
    })
}
