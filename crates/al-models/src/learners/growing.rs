//! How many trees the members of an ensemble grow: as many as lower the
//! out-of-bag loss (early stopping by the rows that each member left out).
//!
//! Members grow together, a stage at a time, and are judged together: what counts
//! is the loss of the mean of those members that have not seen a row. Their mean
//! overfits later than each of them, so a member alone would stop too early. Within a
//! stage they are judged several times, and what is kept are the best of them.

use al_core::{Matrix, workers};

use super::trees::{Trees, layout};
use crate::learner::{Bag, FitError, Labelled, Labels};

/// Trees of the first stage.
const FIRST: usize = 60;

/// How much more trees each stage has than the one before, and each look than the
/// one before.
const STAGE: f64 = 2.0;
const LOOK: f64 = 1.15;

/// A look counts as better if its loss is lower by this share.
const BETTER: f64 = 0.002;

/// Growing ends once so many times as many trees are no better.
const PATIENCE: f64 = 1.6;

/// Most trees of a member.
const MOST: usize = 800;

/// Members grown by `grow`, which continues the given ones by so many trees.
pub(super) fn grown(
    data: &Labelled,
    bags: &[Bag],
    grow: impl Fn(Option<&Vec<Trees>>, usize) -> Result<Vec<Trees>, FitError>,
) -> Result<Vec<Trees>, FitError> {
    let mut unseen = UnseenRows::of(data, bags);
    let mut members = grow(None, FIRST)?;
    let (mut trees, mut looked) = (FIRST, 0);
    // The least loss and its trees, and the trees of the last that was clearly better.
    let (mut best, mut clearly) = ((f64::INFINITY, FIRST), (f64::INFINITY, FIRST));
    'growing: loop {
        while looked < trees {
            let next = ((looked as f64 * LOOK).ceil() as usize).clamp(FIRST, trees);
            unseen.look(&members, looked, next);
            looked = next;
            let loss = unseen.loss();
            if loss < best.0 {
                best = (loss, looked);
            }
            if loss < clearly.0 * (1.0 - BETTER) {
                clearly = (loss, looked);
            } else if looked as f64 >= PATIENCE * clearly.1 as f64 {
                break 'growing;
            }
        }
        if trees >= MOST {
            break;
        }
        let next = ((trees as f64 * STAGE).ceil() as usize).min(MOST);
        members = grow(Some(&members), next - trees)?;
        trees = next;
    }
    let cut = members.into_iter().map(|member| member.first(best.1));
    cut.collect()
}

/// The rows that some member has not seen.
struct UnseenRows<'a> {
    labels: &'a Labels,
    weights: &'a [f32],
    members: Vec<UnseenBy>,
}

/// The rows that a member left out.
struct UnseenBy {
    rows: Vec<usize>,
    x: Matrix,
    /// What its trees say of them so far, before it is a probability.
    margins: Vec<f32>,
}

impl<'a> UnseenRows<'a> {
    fn of(data: &'a Labelled, bags: &[Bag]) -> UnseenRows<'a> {
        let members = bags.iter().map(|bag| {
            let rows: Vec<usize> = (0..bag.len()).filter(|&row| bag[row] == 0).collect();
            UnseenBy {
                x: data.x.take(&rows),
                rows,
                margins: Vec::new(),
            }
        });
        UnseenRows {
            labels: &data.y,
            weights: &data.weights,
            members: members.collect(),
        }
    }

    /// Adds what the trees from `from` to `to` say.
    fn look(&mut self, members: &[Trees], from: usize, to: usize) {
        let layout = layout(self.labels.outputs());
        let unseen = &self.members;
        let added = workers::each(members.len(), |at| match unseen[at].rows.is_empty() {
            true => Vec::new(),
            false => members[at].margins(&layout.rows(&unseen[at].x), from, to),
        });
        for (unseen, added) in self.members.iter_mut().zip(added) {
            match from {
                0 => unseen.margins = added,
                _ => {
                    let pairs = unseen.margins.iter_mut().zip(added);
                    pairs.for_each(|(margin, added)| *margin += added);
                }
            }
        }
    }

    /// Mean loss of the mean prediction of the members that left a row out:
    /// squared error, or log loss.
    fn loss(&self) -> f64 {
        let outputs = self.labels.outputs();
        let n = self.weights.len();
        let mut sums = vec![0.0_f64; n * outputs];
        let mut counts = vec![0_u32; n];
        for unseen in &self.members {
            let width = match unseen.rows.len() {
                0 => continue,
                rows => unseen.margins.len() / rows,
            };
            for (&row, margins) in unseen.rows.iter().zip(unseen.margins.chunks_exact(width)) {
                counts[row] += 1;
                add_outputs(margins, &mut sums[row * outputs..(row + 1) * outputs]);
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

/// Adds the outputs that follow from margins: a value as it is, probabilities of two
/// classes by the logistic function of one margin, of more by their softmax.
fn add_outputs(margins: &[f32], sums: &mut [f64]) {
    match (margins, sums.len()) {
        ([value], 1) => sums[0] += f64::from(*value),
        ([margin], _) => {
            let second = 1.0 / (1.0 + (-f64::from(*margin)).exp());
            sums[0] += 1.0 - second;
            sums[1] += second;
        }
        _ => {
            let largest = margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let power = |margin: &f32| f64::from(margin - largest).exp();
            let total: f64 = margins.iter().map(power).sum();
            let pairs = sums.iter_mut().zip(margins);
            pairs.for_each(|(sum, margin)| *sum += power(margin) / total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_follow_from_margins() {
        let outputs = |margins: &[f32], n: usize| {
            let mut sums = vec![0.0; n];
            add_outputs(margins, &mut sums);
            sums
        };
        assert_eq!(outputs(&[2.5], 1), [2.5]);
        let two = outputs(&[3.0_f32.ln()], 2);
        assert!((two[0] - 0.25).abs() < 1e-6 && (two[1] - 0.75).abs() < 1e-6);
        let three = outputs(&[0.0, 0.0, 2.0_f32.ln()], 3);
        assert!((three[0] - 0.25).abs() < 1e-6 && (three[2] - 0.5).abs() < 1e-6);
    }
}
