//! How many trees the members of an ensemble grow: as many as lower the
//! out-of-bag loss (early stopping by the rows that each member left out).
//!
//! Members grow together, a stage at a time, and are judged together: what counts
//! is the loss of the mean of those members that have not seen a row. Their mean
//! overfits later than each of them, so a member alone would stop too early.

use super::trees::{Trees, layout};
use crate::learner::{Bag, FitError, Labelled, Labels, Model};

/// Trees of the first stage.
const FIRST: usize = 60;

/// How much more trees each stage has than the one before.
const FACTOR: f64 = 1.4;

/// A stage counts as better if its loss is lower by this share.
const BETTER: f64 = 0.002;

/// Stages that are not better, after which growing ends.
const PATIENCE: usize = 2;

/// Most trees of a member.
const MOST: usize = 2000;

/// Members grown by `grow`, which continues the given ones by so many trees.
pub(super) fn grown(
    data: &Labelled,
    bags: &[Bag],
    grow: impl Fn(Option<&Vec<Trees>>, usize) -> Result<Vec<Trees>, FitError>,
) -> Result<Vec<Trees>, FitError> {
    let unseen = UnseenRows::of(data, bags);
    let mut trees = FIRST;
    let mut members = grow(None, trees)?;
    let mut best = (unseen.loss(&members), members.clone());
    let mut waited = 0;
    while trees < MOST && waited < PATIENCE {
        let next = ((trees as f64 * FACTOR).ceil() as usize).min(MOST);
        members = grow(Some(&members), next - trees)?;
        trees = next;
        let loss = unseen.loss(&members);
        if loss < best.0 * (1.0 - BETTER) {
            waited = 0;
        } else {
            waited += 1;
        }
        if loss < best.0 {
            best = (loss, members.clone());
        }
    }
    Ok(best.1)
}

/// The rows that some member has not seen.
struct UnseenRows<'a> {
    labels: &'a Labels,
    weights: &'a [f32],
    /// Per member the rows that it left out, and these rows.
    rows: Vec<(Vec<usize>, al_core::Matrix)>,
}

impl<'a> UnseenRows<'a> {
    fn of(data: &'a Labelled, bags: &[Bag]) -> UnseenRows<'a> {
        let rows = bags
            .iter()
            .map(|bag| {
                let out: Vec<usize> = (0..bag.len()).filter(|&row| bag[row] == 0).collect();
                let x = data.x.take(&out);
                (out, x)
            })
            .collect();
        UnseenRows {
            labels: &data.y,
            weights: &data.weights,
            rows,
        }
    }

    /// Mean loss of the mean prediction of the members that left a row out:
    /// squared error, or log loss.
    fn loss(&self, members: &[Trees]) -> f64 {
        let outputs = self.labels.outputs();
        let n = self.weights.len();
        let mut sums = vec![0.0_f64; n * outputs];
        let mut counts = vec![0_u32; n];
        let layout = layout(outputs);
        for (member, (rows, x)) in members.iter().zip(&self.rows) {
            if rows.is_empty() {
                continue;
            }
            let predicted = member.predict(&layout.rows(x));
            for (&row, values) in rows.iter().zip(predicted.chunks_exact(outputs)) {
                counts[row] += 1;
                for (sum, &value) in sums[row * outputs..].iter_mut().zip(values) {
                    *sum += f64::from(value);
                }
            }
        }
        let (mut loss, mut total) = (0.0, 0.0);
        for row in (0..n).filter(|&row| counts[row] > 0) {
            let weight = f64::from(self.weights[row]);
            let mean = |output: usize| sums[row * outputs + output] / f64::from(counts[row]);
            loss += weight
                * match self.labels {
                    Labels::Values(values) => (values[row] - mean(0)).powi(2),
                    Labels::Classes { codes, .. } => -mean(codes[row] as usize).max(1e-12).ln(),
                };
            total += weight;
        }
        if total > 0.0 { loss / total } else { 0.0 }
    }
}
