//! Rows beyond the range of what was learned from, where intervals are wider.
//!
//! Residuals of measured rows say nothing of places where no row was measured: there
//! trees go on as constants, and a trend may go on as it does or bend. How far a
//! prediction can be off is told by how much the target changes towards that end of
//! the range: per column, the rows nearest to the end are predicted with its outermost
//! value and with values before it, and an interval grows by the steepest of these
//! slopes times how far a row is beyond.
//!
//! Within the ranges there are places without rows too: gaps, hardware that was never
//! measured, values that were never missing. There the draws disagree more than they do
//! about rows that they have not seen, and an interval is at least as wide as the normal
//! one of what their variance has more than that.

use std::sync::OnceLock;

use al_core::{Matrix, Posterior, Seed, normal, posterior};
use ndarray::ArrayView1;

use crate::fitted::Fitted;

/// Rows that tell the slope at an end.
const ROWS: usize = 64;

/// Share of the range over which a slope is taken.
const INNER: f32 = 0.25;

/// Share of those rows whose slope is at most the one that counts.
const QUANTILE: f64 = 0.8;

/// Least distance over which a slope is taken, in ranges.
const LEAST: f32 = 0.05;

/// Most columns beyond whose ranges the interval of a row grows: those it is farthest
/// beyond.
const COLUMNS: usize = 8;

/// How far a number must be from a constant to be another one.
const APART: f64 = 1e-3;

/// Share of measured rows about which draws that have not seen them disagree at most as
/// much as is usual.
const USUAL: f64 = 0.98;

/// Most rows that tell what is usual: of 200 000 rows all took most of the time of an update,
/// and of the first block of candidates.
const MOST_ASKED: usize = 5000;

/// Farthest that a slope is followed beyond a range, in ranges.
const FARTHEST: f64 = 1.0;

/// The range of each numeric column, and how steep the target is at its ends.
#[derive(Debug)]
pub struct Beyond {
    columns: Vec<Option<ColumnRange>>,
    /// The variance of draws about rows that they have not seen, as far as it is usual.
    usual: OnceLock<f64>,
    /// The standard deviation of what is predicted of the rows learned from.
    deviation: OnceLock<f64>,
}

#[derive(Debug)]
struct ColumnRange {
    low: f32,
    high: f32,
    /// Change of the target per unit of the column, below and above.
    slopes: [OnceLock<f64>; 2],
}

impl Beyond {
    /// The ranges of the rows that were learned from.
    #[must_use]
    pub fn of(learned: &Matrix) -> Beyond {
        let range = |(low, high)| ColumnRange {
            low,
            high,
            slopes: Default::default(),
        };
        let ranges = learned.ranges().into_iter();
        Beyond {
            columns: ranges.map(|ends| ends.map(range)).collect(),
            usual: OnceLock::new(),
            deviation: OnceLock::new(),
        }
    }

    /// Widens the intervals `low` to `high` of those rows of `x` that are beyond the
    /// range of a column. `learned` gives the rows that `fitted` learned from, which
    /// are only needed if there are such rows.
    pub fn widen(
        &self,
        fitted: &Fitted,
        learned: &dyn Fn() -> Matrix,
        x: &Matrix,
        (low, high): (&mut [f64], &mut [f64]),
    ) {
        let rows = OnceLock::new();
        let learned = || -> &Matrix { rows.get_or_init(learned) };
        for (row, values) in x.values.rows().into_iter().enumerate() {
            let mut beyond = self.beyond(values);
            beyond.truncate(COLUMNS);
            let mut margin = 0.0;
            let mut constants = false;
            for (at, end, excess) in beyond {
                let Some(column) = &self.columns[at] else {
                    continue;
                };
                if column.low == column.high {
                    constants = true;
                    continue;
                }
                // Worked out before it is kept: predictions run on all threads, one of
                // which might come here again and wait for itself.
                let slope = match column.slopes[end].get() {
                    Some(slope) => *slope,
                    None => {
                        let slope = column.slope(fitted, learned(), at, end);
                        *column.slopes[end].get_or_init(|| slope)
                    }
                };
                margin += slope * excess;
            }
            // Nothing is known of how a constant matters; of several no more.
            if constants {
                margin += self.deviation(fitted, learned());
            }
            low[row] -= margin;
            high[row] += margin;
        }
    }

    /// Widens the intervals `low` to `high`, of so much coverage, where the variance of
    /// draws is beyond what is usual of rows that they have not seen.
    pub fn widen_unfamiliar(
        &self,
        fitted: &Fitted,
        learned: &dyn Fn() -> Matrix,
        posterior: &Posterior,
        coverage: f64,
        (low, high): (&mut [f64], &mut [f64]),
    ) {
        let Posterior::Values { draws, .. } = posterior else {
            return;
        };
        let usual = match self.usual.get() {
            Some(usual) => *usual,
            None => {
                let found = usual_variance(fitted, &learned());
                *self.usual.get_or_init(|| found)
            }
        };
        let z = central_quantile(coverage);
        for (row, variance) in posterior::variance(draws).into_iter().enumerate() {
            let more = variance - usual;
            let half = (high[row] - low[row]) / 2.0;
            if more > 0.0 && half.is_finite() {
                let margin = (half * half + z * z * more).sqrt() - half;
                low[row] -= margin;
                high[row] += margin;
            }
        }
    }

    /// The columns beyond whose range a row is, the farthest first: the column, the end and
    /// how far it counts.
    fn beyond(&self, values: ArrayView1<'_, f32>) -> Vec<(usize, usize, f64)> {
        let mut found: Vec<(f64, (usize, usize, f64))> = Vec::new();
        for (at, (column, &value)) in self.columns.iter().zip(values).enumerate() {
            let Some(column) = column else { continue };
            if let Some((end, excess)) = column.beyond(value) {
                let range = f64::from(column.high) - f64::from(column.low);
                found.push((excess / range, (at, end, excess)));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.0.cmp(&b.1.0)));
        found.into_iter().map(|(_, found)| found).collect()
    }

    fn deviation(&self, fitted: &Fitted, learned: &Matrix) -> f64 {
        if let Some(deviation) = self.deviation.get() {
            return *deviation;
        }
        let deviation = match fitted.posterior(&learned.take(&some(learned.n_rows()))) {
            Posterior::Values { draws, .. } => {
                let said = posterior::mean(&draws);
                let mean = said.iter().sum::<f64>() / said.len().max(1) as f64;
                let squares: f64 = said.iter().map(|value| (value - mean).powi(2)).sum();
                (squares / said.len().max(1) as f64).sqrt()
            }
            Posterior::Classes { .. } => 0.0,
        };
        *self.deviation.get_or_init(|| deviation)
    }
}

/// The variance of draws about rows that they have not seen, which the share
/// [`USUAL`] of the rows learned from does not exceed; infinite if none is known.
fn usual_variance(fitted: &Fitted, learned: &Matrix) -> f64 {
    let rows = some(learned.n_rows());
    let said = fitted.out_of_bag_of(&learned.take(&rows), &rows);
    let mut known: Vec<f64> = said
        .variance
        .into_iter()
        .filter(|v| v.is_finite())
        .collect();
    known.sort_unstable_by(f64::total_cmp);
    let rank = (USUAL * known.len() as f64).ceil() as usize;
    known
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::INFINITY)
}

/// At most [`MOST_ASKED`] of `n` rows, always the same.
fn some(n: usize) -> Vec<usize> {
    if n <= MOST_ASKED {
        return (0..n).collect();
    }
    let mut rng = Seed(0).stream("usual", 0);
    let mut rows = rand::seq::index::sample(&mut rng, n, MOST_ASKED).into_vec();
    rows.sort_unstable();
    rows
}

/// How many standard deviations to each side hold so much of a normal distribution.
fn central_quantile(coverage: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        match 2.0 * normal::cdf(middle) - 1.0 < coverage {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

impl ColumnRange {
    /// Beyond which end a value is (0 below, 1 above), and how far it counts.
    fn beyond(&self, value: f32) -> Option<(usize, f64)> {
        let (end, excess) = match value {
            v if v < self.low => (0, f64::from(self.low) - f64::from(v)),
            v if v > self.high => (1, f64::from(v) - f64::from(self.high)),
            _ => return None,
        };
        let range = f64::from(self.high) - f64::from(self.low);
        Some(match range > 0.0 {
            true => (end, excess.min(FARTHEST * range)),
            false if excess < APART => return None,
            false => (end, excess),
        })
    }

    /// How much the prediction changes per unit of the column at an end.
    fn slope(&self, fitted: &Fitted, learned: &Matrix, at: usize, end: usize) -> f64 {
        let values = learned.values.column(at);
        let outer = if end == 0 { self.low } else { self.high };
        let distance = |row: &usize| (values[*row] - outer).abs();
        let mut rows: Vec<usize> = (0..values.len())
            .filter(|&row| values[row].is_finite())
            .collect();
        rows.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
        // Measured values nearer to the middle: a quarter of the range away, and a
        // quarter of the rows, where many lie close to the end.
        let enough = INNER * (self.high - self.low);
        let of_range = rows.iter().find(|row| distance(row) >= enough);
        let of_rows = rows
            .iter()
            .skip(rows.len() / 4)
            .find(|row| distance(row) >= LEAST * (self.high - self.low));
        let mut inner: Vec<f32> = of_range
            .iter()
            .chain(&of_rows)
            .map(|&&row| values[row])
            .collect();
        inner.dedup();
        rows.truncate(ROWS);
        let mut there = learned.take(&rows);
        let mut said = |value: f32| {
            there.values.column_mut(at).fill(value);
            match fitted.posterior(&there) {
                Posterior::Values { draws, .. } => posterior::mean(&draws),
                Posterior::Classes { .. } => vec![0.0; there.n_rows()],
            }
        };
        let outermost = said(outer);
        let slopes = inner.into_iter().map(|inner| {
            let before = said(inner);
            let changes = outermost.iter().zip(&before).map(|(a, b)| (a - b).abs());
            let mut changes: Vec<f64> = changes.collect();
            changes.sort_unstable_by(f64::total_cmp);
            let rank = (QUANTILE * changes.len() as f64).ceil() as usize;
            let change = changes.get(rank.saturating_sub(1)).copied().unwrap_or(0.0);
            change / f64::from((outer - inner).abs())
        });
        slopes.fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use al_core::{MatrixColumn, Seed, Silent};
    use ndarray::Array2;

    use super::*;
    use crate::fitted::TrainingRows;
    use crate::learner::{Labelled, Labels, LearnerOptions};
    use crate::recipe::Recipe;

    #[test]
    fn intervals_grow_by_the_slope_at_the_end_and_only_beyond_it() {
        // y = 3·x, of columns of mean 0 and variance 1; the second does not matter.
        let x = Matrix {
            values: Array2::from_shape_fn((80, 2), |(row, column)| match column {
                0 => (row as f32 - 39.5) / 23.09,
                _ => ((row * 7 % 11) as f32 - 5.0) / 3.2,
            }),
            columns: [MatrixColumn::Numeric, MatrixColumn::Numeric].into(),
            counts: None,
        };
        let y = x
            .values
            .column(0)
            .iter()
            .map(|&x| 3.0 * f64::from(x))
            .collect();
        let data = Labelled {
            x: x.clone(),
            y: Labels::Values(y),
            weights: vec![1.0; 80],
            groups: Vec::new(),
        };
        let recipe = Recipe {
            learner: "linear".to_owned(),
            options: LearnerOptions::default(),
            ..Recipe::default()
        };
        let rows = TrainingRows {
            data: &data,
            calibration: &[],
            replicate_noise: None,
        };
        let fitted = Fitted::fit(&recipe, rows, Seed(1), &Silent).unwrap();
        let mut asked = x.take(&[0, 79, 79, 79]);
        asked.values[[2, 0]] = 39.5 / 23.09 + 0.5;
        asked.values[[3, 0]] = 90.0;
        let beyond = Beyond::of(&x);
        let (mut low, mut high) = (vec![0.0; 4], vec![0.0; 4]);
        beyond.widen(&fitted, &|| x.clone(), &asked, (&mut low, &mut high));
        // What stands beside a row does not matter.
        let alone = asked.take(&[2]);
        let (mut below, mut above) = (vec![0.0], vec![0.0]);
        beyond.widen(&fitted, &|| x.clone(), &alone, (&mut below, &mut above));
        assert_eq!((below[0], above[0]), (low[2], high[2]));
        assert_eq!((low[0], high[1]), (0.0, 0.0));
        // Half a unit beyond, and farther than the range of 3.42, which counts as that.
        assert!((high[2] - 1.5).abs() < 0.15, "{high:?}");
        assert!(
            (high[3] - 10.26).abs() < 1.0 && low[3] == -high[3],
            "{high:?}"
        );
    }
}
