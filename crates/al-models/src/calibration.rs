//! Intervals that hold what they say: conformal calibration.
//!
//! With calibration rows: conformalized quantile regression (Romano,
//! Patterson & Candès 2019). For rows exchangeable with the calibration rows
//! the interval covers a new measurement with at least the stated
//! probability, on average over rows.
//!
//! With few labels: jackknife+-after-bootstrap (Kim, Xu & Barber 2020) on the
//! members' out-of-bag residuals, which needs no rows of its own. With stated
//! coverage 1 − α it guarantees 1 − 2α and usually gives about 1 − α.
//!
//! Rows that a strategy chose are not exchangeable with the rest. They are
//! never calibration rows; where the model has learned from them its
//! intervals are still calibrated by the others.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The `ceil((n + 1)·coverage)`-th smallest of n sorted scores: the finite
/// sample quantile of conformal prediction. Infinite where n is too small
/// for the coverage.
#[must_use]
pub fn conformal_quantile(sorted: &[f64], coverage: f64) -> f64 {
    let rank = rank_above(sorted.len(), coverage);
    match rank.checked_sub(1) {
        None => f64::NEG_INFINITY,
        Some(at) => sorted.get(at).copied().unwrap_or(f64::INFINITY),
    }
}

/// Fewest calibration rows for a finite bound at `coverage`.
#[must_use]
pub fn rows_needed(coverage: f64) -> usize {
    // ceil((n + 1) · c) ≤ n is n ≥ c / (1 − c), with the slack of the rank.
    (((coverage - 1e-9) / (1.0 - coverage)).ceil() as usize).max(1)
}

fn rank_above(n: usize, coverage: f64) -> usize {
    // 0.9 · 10 is 9.000000000000002 in binary: without the slack a tenth of
    // all sample sizes would ask for one rank too many.
    (((n + 1) as f64 * coverage) - 1e-9).ceil().max(0.0) as usize
}

/// Conformity scores of calibration rows: by how much the measurement lies
/// outside the quantile pair, negative inside. Sorted.
#[must_use]
pub fn quantile_scores(truth: &[f64], low: &[f32], high: &[f32]) -> Vec<f64> {
    let mut scores: Vec<f64> = truth
        .iter()
        .zip(low.iter().zip(high))
        .map(|(&y, (&low, &high))| (f64::from(low) - y).max(y - f64::from(high)))
        .collect();
    scores.sort_unstable_by(f64::total_cmp);
    scores
}

/// What jackknife+-after-bootstrap needs to know of each training row used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OutOfBagResiduals {
    /// Per row the members that did not see it, as bits; never 0. All bits stand
    /// for all draws, of models that see every row.
    pub masks: Vec<u64>,
    /// Per row |measured − mean of those members' predictions|.
    pub residuals: Vec<f64>,
}

impl OutOfBagResiduals {
    /// From the members' predictions of the training rows (m × n), what was
    /// measured, and the members that left each row out. Rows in every
    /// sample are skipped.
    #[must_use]
    pub fn new(draws: &Array2<f32>, truth: &[f64], out_of_bag: &[u64]) -> OutOfBagResiduals {
        let mut all = OutOfBagResiduals::default();
        for (row, (&mask, &y)) in out_of_bag.iter().zip(truth).enumerate() {
            if mask != 0 {
                let column: Vec<f32> = draws.column(row).to_vec();
                all.masks.push(mask);
                all.residuals.push((y - mean_of(&column, mask)).abs());
            }
        }
        all
    }

    /// Whether every row has a residual and names members that there are.
    pub(crate) fn check(&self, members: usize) -> Result<(), String> {
        let most = 1_u64
            .checked_shl(members as u32)
            .map_or(u64::MAX, |bit| bit - 1);
        if self.masks.len() != self.residuals.len()
            || self
                .masks
                .iter()
                .any(|&mask| mask == 0 || (mask > most && mask != u64::MAX))
        {
            return Err("the out-of-bag residuals do not fit the members".to_owned());
        }
        Ok(())
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.residuals.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.residuals.is_empty()
    }

    /// Mean squared residual; `None` without rows.
    #[must_use]
    pub fn mean_square(&self) -> Option<f64> {
        (!self.is_empty())
            .then(|| self.residuals.iter().map(|r| r * r).sum::<f64>() / self.len() as f64)
    }

    /// Only the given rows.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> OutOfBagResiduals {
        OutOfBagResiduals {
            masks: rows.iter().map(|&row| self.masks[row]).collect(),
            residuals: rows.iter().map(|&row| self.residuals[row]).collect(),
        }
    }

    /// Bounds for new rows from the members' predictions of them, m × n.
    /// Infinite where there are too few rows for the coverage.
    ///
    /// `spread` is how large residuals are at each of them, in the unit in which
    /// they are here; 1 without.
    ///
    /// Cost: O(n · rows · m).
    ///
    /// # Panics
    ///
    /// If there is a spread, but not of every row: a bug of the caller.
    #[must_use]
    pub fn intervals(
        &self,
        draws: &Array2<f32>,
        coverage: f64,
        spread: Option<&[f64]>,
    ) -> (Vec<f64>, Vec<f64>) {
        let above = rank_above(self.len(), coverage);
        // The lower bound is the mirror image of the upper one.
        let below = (self.len() + 1).saturating_sub(above);
        (0..draws.ncols())
            .into_par_iter()
            .with_min_len(256)
            .map_init(
                || (Vec::new(), Vec::new()),
                |(low, high), row| {
                    let column = draws.column(row).to_vec();
                    let spread = spread.map_or(1.0, |spread| spread[row]);
                    low.clear();
                    high.clear();
                    for (&mask, &residual) in self.masks.iter().zip(&self.residuals) {
                        let mean = mean_of(&column, mask);
                        low.push(mean - spread * residual);
                        high.push(mean + spread * residual);
                    }
                    (
                        nth(low, below).unwrap_or(f64::NEG_INFINITY),
                        nth(high, above).unwrap_or(f64::INFINITY),
                    )
                },
            )
            .unzip()
    }
}

/// The `rank`-th smallest value, from 1; `None` outside the values.
fn nth(values: &mut [f64], rank: usize) -> Option<f64> {
    let at = rank.checked_sub(1)?;
    (at < values.len()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// Mean of the draws whose bit is set.
fn mean_of(draws: &[f32], mask: u64) -> f64 {
    if mask == u64::MAX {
        let sum: f64 = draws.iter().map(|&value| f64::from(value)).sum();
        return sum / draws.len() as f64;
    }
    let (mut sum, mut count) = (0.0, 0_u32);
    let mut rest = mask;
    while rest != 0 {
        sum += f64::from(draws[rest.trailing_zeros() as usize]);
        count += 1;
        rest &= rest - 1;
    }
    sum / f64::from(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_finite_sample_quantile() {
        let scores = [1.0, 2.0, 3.0, 4.0];
        // ceil(5 · 0.8) = 4, ceil(5 · 0.5) = 3, ceil(5 · 0.9) = 5 > 4.
        assert_eq!(conformal_quantile(&scores, 0.8), 4.0);
        assert_eq!(conformal_quantile(&scores, 0.5), 3.0);
        assert_eq!(conformal_quantile(&scores, 0.9), f64::INFINITY);
        assert_eq!(conformal_quantile(&[], 0.5), f64::INFINITY);
        assert_eq!(rows_needed(0.8), 4);
        assert_eq!(rows_needed(0.9), 9);
        assert_eq!(rows_needed(0.99), 99);
        for percent in 1..=99 {
            let coverage = f64::from(percent) / 100.0;
            let n = rows_needed(coverage);
            assert!(rank_above(n, coverage) <= n, "{coverage}");
            assert!(n == 1 || rank_above(n - 1, coverage) > n - 1, "{coverage}");
        }
        assert!(rows_needed(1.0 - 1e-10) > 1_000_000_000);
    }

    #[test]
    fn scores_are_signed_distances_to_the_pair() {
        let scores = quantile_scores(&[0.0, 5.0, 2.0], &[1.0, 1.0, 1.0], &[4.0, 4.0, 4.0]);
        assert_eq!(scores, [-1.0, 1.0, 1.0]);
    }

    #[test]
    fn jackknife_after_bootstrap_by_hand() {
        // Two members; row 0 left out by member 0, row 1 by member 1, row 2
        // by both, row 3 by none.
        let train = array![[1.0_f32, 9.0, 2.0, 0.0], [7.0, 3.0, 4.0, 0.0]];
        let residuals =
            OutOfBagResiduals::new(&train, &[2.0, 3.5, 3.0, 8.0], &[0b01, 0b10, 0b11, 0]);
        assert_eq!(residuals.residuals, [1.0, 0.5, 0.0]);
        // A new row predicted 10 and 20: means 10, 20, 15.
        let (low, high) = residuals.intervals(&array![[10.0_f32], [20.0]], 0.5, None);
        // ranks: ceil(4 · 0.5) = 2 of {11, 20.5, 15}, 2 of {9, 19.5, 15}.
        assert_eq!((low[0], high[0]), (15.0, 15.0));
        let (low, high) = residuals.intervals(&array![[10.0_f32], [20.0]], 0.75, None);
        assert_eq!((low[0], high[0]), (9.0, 20.5));
        let (low, high) = residuals.intervals(&array![[10.0_f32], [20.0]], 0.75, Some(&[2.0]));
        assert_eq!((low[0], high[0]), (8.0, 21.0));
        let (low, high) = residuals.intervals(&array![[10.0_f32], [20.0]], 0.9, None);
        assert_eq!((low[0], high[0]), (f64::NEG_INFINITY, f64::INFINITY));
    }
}
