//! What measuring a candidate is expected to teach: the gains of `al-core`
//! and the model change of `al-models` for the rows of a table.

use std::sync::Arc;

use al_core::gain::{GainReference, Gains};
use al_core::{ExpectedChange, Matrix, MatrixColumn, Posterior, Seed, Tabular, posterior};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Reference rows of a value.
const VALUES: usize = 256;

/// Which gain is called `information_gain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// Expected predictive information gain.
    #[default]
    Epig,
    /// Expected reduction of the reference rows' entropy.
    EntropyReduction,
    /// Expected reduction of the reference rows' mean variance.
    VarianceReduction,
    /// Mutual information of a row's own outcome and the model.
    MutualInformation,
    /// Expected model change.
    ModelChange,
}

/// How much is to be said of what a row would teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing.
    Nothing,
    /// All but the model change, which costs more than the rest.
    Gains,
    /// All of it.
    All,
}

/// Gains of some rows, one value per row each.
#[derive(Debug, Clone, Default)]
pub struct Information {
    /// The gains that joint draws tell.
    pub gains: Gains,
    /// Expected model change on the fitted scale; of probabilities for
    /// classes.
    pub change: Vec<f64>,
}

impl Information {
    /// The gain of that name.
    pub fn of(&self, gain: Gain) -> &[f64] {
        match gain {
            Gain::Epig => &self.gains.epig,
            Gain::EntropyReduction => &self.gains.entropy_reduction,
            Gain::VarianceReduction => &self.gains.variance_reduction,
            Gain::MutualInformation => &self.gains.mutual_information,
            Gain::ModelChange => &self.change,
        }
    }

    /// Of every measure the values that `pick` takes.
    pub fn pick(&self, pick: impl Fn(&[f64]) -> Vec<f64>) -> Information {
        let gains = &self.gains;
        Information {
            gains: Gains {
                mutual_information: pick(&gains.mutual_information),
                entropy_reduction: pick(&gains.entropy_reduction),
                epig: pick(&gains.epig),
                variance_reduction: pick(&gains.variance_reduction),
            },
            change: pick(&self.change),
        }
    }

    /// Puts the gains of `other` rows below these.
    pub fn extend(&mut self, other: Information) {
        self.gains.extend(other.gains);
        self.change.extend(other.change);
    }
}

/// Reference rows, ready to say what a row would teach about them.
pub struct Informant<'a> {
    reference: GainReference,
    change: Option<Box<dyn ExpectedChange + 'a>>,
    noise: f64,
    /// Deviation of the target on the fitted scale.
    spread: f64,
}

impl<'a> Informant<'a> {
    /// With the rows of `x` as reference rows.
    pub fn new(belief: &'a dyn Tabular, x: &Matrix) -> Informant<'a> {
        let (reference, change) = match belief.posterior(x) {
            posterior @ Posterior::Values { .. } => (
                GainReference::of_values(posterior.features().view(), belief.noise()),
                belief.change(x),
            ),
            Posterior::Classes { draws } => (GainReference::of_classes(&draws), None),
        };
        Informant {
            noise: reference.noise(),
            reference,
            change,
            spread: belief.scale().spread,
        }
    }

    /// The gains of rows of which the model believes `posterior`.
    pub fn gains(&self, posterior: &Posterior) -> Gains {
        match posterior {
            Posterior::Values { .. } => self.reference.gains_of_values(posterior.features().view()),
            Posterior::Classes { draws } => self.reference.gains_of_classes(draws),
        }
    }

    /// What measuring the rows of `x`, of which the model believes
    /// `posterior`, would teach.
    pub fn information(&self, x: &Matrix, posterior: &Posterior, wanted: Wanted) -> Information {
        if wanted == Wanted::Nothing {
            return Information::default();
        }
        let gains = self.gains(posterior);
        match posterior {
            Posterior::Values { draws, .. } => {
                let change = match &self.change {
                    Some(change) if wanted == Wanted::All => {
                        let mean = posterior::mean(draws);
                        let variance: Vec<f64> = posterior::variance(draws)
                            .into_iter()
                            .map(|variance| variance + self.noise)
                            .collect();
                        change.expected(x, &mean, &variance)
                    }
                    _ => moved(&gains),
                };
                Information {
                    gains,
                    change: change.into_iter().map(|c| c * self.spread).collect(),
                }
            }
            Posterior::Classes { .. } => Information {
                change: moved(&gains),
                gains,
            },
        }
    }
}

/// The expected change of any model that has joint draws: an outcome changes
/// the mean of the draws at the reference rows by the regression on it, whose
/// mean square over simulated outcomes is the reduction of their variance.
fn moved(gains: &Gains) -> Vec<f64> {
    gains.variance_reduction.iter().map(|v| v.sqrt()).collect()
}

/// Takes the reference rows out of many: a random sample that depends on the
/// seed and on what the rows are, never on their order.
#[derive(Debug)]
pub struct ReferenceRows {
    seed: u64,
    most: usize,
    /// The smallest hashes of rows so far, ascending.
    hashes: Vec<u64>,
    /// The rows with these hashes; none before the first look.
    rows: Option<Matrix>,
    columns: Arc<[MatrixColumn]>,
}

impl ReferenceRows {
    /// For rows of a model's encoding, of so many classes or, if 0, of a
    /// value.
    pub fn new(seed: Seed, columns: Arc<[MatrixColumn]>, classes: usize) -> ReferenceRows {
        ReferenceRows {
            seed: seed.derive("reference", 0).0,
            // The joint probabilities of two rows are as many as pairs of
            // classes.
            most: match classes {
                0 => VALUES,
                classes => (400 / (classes * classes)).clamp(10, 100),
            },
            hashes: Vec::new(),
            rows: None,
            columns,
        }
    }

    /// Looks at the rows of `x`.
    pub fn look(&mut self, x: &Matrix) {
        let hash = |row: usize| {
            let values = x.values.row(row).into_iter().map(|value| {
                // Missing values are NaN of any kind, and −0 is 0.
                if value.is_nan() {
                    u32::MAX
                } else {
                    (value + 0.0).to_bits()
                }
            });
            let counts = x.counts.iter().flat_map(|counts| counts.rows.row(row));
            let words = values.chain(counts.flat_map(|(id, n)| [id, n]));
            words.fold(self.seed, |hash, word| mixed(hash ^ u64::from(word)))
        };
        // Rows of `x` behind those taken so far.
        let mut taken: Vec<(u64, usize)> = self.hashes.iter().copied().zip(0..).collect();
        let before = taken.len();
        let mut new = false;
        for row in 0..x.n_rows() {
            let hash = hash(row);
            let full = taken.len() == self.most;
            if full && taken.last().is_some_and(|&(worst, _)| hash >= worst) {
                continue;
            }
            let at = taken.partition_point(|&(other, _)| other <= hash);
            taken.insert(at, (hash, before + row));
            taken.truncate(self.most);
            new = true;
        }
        if !new {
            return;
        }
        let fresh: Vec<usize> = taken
            .iter()
            .filter_map(|&(_, row)| row.checked_sub(before))
            .collect();
        let fresh_rows = x.take(&fresh);
        let all = match &self.rows {
            Some(rows) => rows.stack(&fresh_rows),
            None => fresh_rows,
        };
        // Where each of the fresh rows stands in `all`.
        let mut next = before;
        let order: Vec<usize> = taken
            .iter()
            .map(|&(_, row)| match row < before {
                true => row,
                false => {
                    next += 1;
                    next - 1
                }
            })
            .collect();
        self.rows = Some(all.take(&order));
        self.hashes = taken.into_iter().map(|(hash, _)| hash).collect();
    }

    /// The rows that were taken.
    pub fn matrix(&self) -> Matrix {
        let none = || {
            let values = Array2::zeros((0, self.columns.len()));
            Matrix::new(values, Arc::clone(&self.columns))
        };
        self.rows.clone().unwrap_or_else(none)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Variance of an outcome that is not the model's doubt: of a class the mean
/// over rows of what is left of the labels' variance, 1 − Σp̄² − v.
pub fn noise(belief: &dyn Tabular, posterior: &Posterior) -> f32 {
    let Posterior::Classes { draws } = posterior else {
        return belief.noise() as f32;
    };
    let mean = posterior::mean_probabilities(draws);
    let n = mean.nrows().max(1) as f64;
    let squares: f64 = mean.iter().map(|p| p * p).sum::<f64>() / n;
    let features = posterior.features();
    let doubt: f64 = features.iter().map(|&f| f64::from(f).powi(2)).sum::<f64>() / n;
    (1.0 - squares - doubt).max(0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_rows_do_not_depend_on_the_order() {
        let columns: Arc<[MatrixColumn]> = [MatrixColumn::Numeric; 2].into();
        let matrix = |rows: &[usize]| Matrix {
            values: Array2::from_shape_fn((rows.len(), 2), |(at, column)| {
                (rows[at] * (column + 1)) as f32
            }),
            columns: Arc::clone(&columns),
            counts: None,
        };
        let taken = |seed: u64, parts: &[Vec<usize>]| {
            let mut reference = ReferenceRows::new(Seed(seed), Arc::clone(&columns), 0);
            parts.iter().for_each(|part| reference.look(&matrix(part)));
            reference.matrix()
        };
        let ascending: Vec<usize> = (0..2000).collect();
        let one = taken(1, std::slice::from_ref(&ascending));
        assert_eq!(one.n_rows(), VALUES);
        let (left, right) = ascending.split_at(700);
        let reversed = |part: &[usize]| part.iter().rev().copied().collect::<Vec<_>>();
        assert_eq!(one, taken(1, &[reversed(right), reversed(left)]));
        assert_ne!(one, taken(2, std::slice::from_ref(&ascending)));
        assert_eq!(taken(1, &[left[..10].to_vec()]).n_rows(), 10);
    }
}
