//! How large residuals are where: what intervals of one width would hide.
//!
//! Shallow boosted trees learn the logarithm of the absolute residuals of rows that
//! were predicted without themselves (locally weighted conformal prediction: Lei,
//! G'Sell, Rinaldo, Tibshirani & Wasserman 2018). What they say of a row counts to
//! the power of a strength in [0, 1], the one that makes intervals narrowest on
//! rows that the trees have not seen; 0 leaves one width for all.

use al_core::{Matrix, MatrixColumn, Seed};

use crate::calibration::conformal_quantile;
use crate::learner::{FitError, Labelled, Labels, LearnerOptions, LoadError};
use crate::learners::boosted::{SharedRows, builder, refused};
use crate::learners::trees::{Trees, layout};

/// Fewest residuals from which anything is learned.
const LEAST: usize = 80;

/// Parts of the rows, each judged by trees of the others.
const FOLDS: usize = 5;

/// Strengths that are tried.
const STRENGTHS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// A stronger spread must make intervals narrower by this share.
const BETTER: f64 = 0.01;

/// Largest logarithm of a spread, and minus the smallest.
const FARTHEST: f64 = 2.5;

/// The trees, and how little each of them says.
const TREES: usize = 60;
const OPTIONS: LearnerOptions = LearnerOptions {
    trees: TREES,
    depth: 3,
    learning_rate: 0.1,
    early_stopping: false,
    symmetric: true,
    least_reduction: 0.0,
};

/// A learned spread.
#[derive(Debug)]
pub(crate) struct LocalSpread {
    trees: Trees,
    strength: f64,
}

impl LocalSpread {
    /// The spread of the residuals of rows `x` with the given `groups`, if any, and per
    /// row what it is by trees that have not seen its group; `None` where one width is as
    /// good.
    ///
    /// # Errors
    ///
    /// The library refused the rows.
    pub(crate) fn learn(
        x: &Matrix,
        residuals: &[f64],
        groups: &[u64],
        coverage: f64,
        seed: Seed,
    ) -> Result<Option<(LocalSpread, Vec<f64>)>, FitError> {
        let n = residuals.len();
        let mut sorted = residuals.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        if n < LEAST || sorted[n / 2] <= 0.0 {
            return Ok(None);
        }
        // Residuals near 0 are small by chance, and their logarithms far away.
        let least = 0.1 * sorted[n / 2];
        let logs: Vec<f64> = residuals.iter().map(|r| (r.abs() + least).ln()).collect();
        let mean = logs.iter().sum::<f64>() / n as f64;
        let centred: Vec<f64> = logs.iter().map(|log| log - mean).collect();
        let together = |row: usize| groups.get(row).copied().unwrap_or(row as u64);
        let fold = |row: usize| seed.word(together(row)) as usize % FOLDS;
        let mut unseen = vec![0.0; n];
        for part in 0..FOLDS {
            let (out, within): (Vec<usize>, Vec<usize>) =
                (0..n).partition(|&row| fold(row) == part);
            if out.is_empty() || within.is_empty() {
                continue;
            }
            let trees = fitted(x, &centred, &within, seed.derive("spread", part as u64))?;
            for (&row, value) in out.iter().zip(said(&trees, &x.take(&out))) {
                unseen[row] = value;
            }
        }
        let width = |strength: f64| -> f64 {
            let scale = |row: usize| (strength * unseen[row]).exp();
            let mut scores: Vec<f64> = (0..n)
                .map(|row| residuals[row].abs() / scale(row))
                .collect();
            scores.sort_unstable_by(f64::total_cmp);
            conformal_quantile(&scores, coverage) * (0..n).map(scale).sum::<f64>() / n as f64
        };
        let (mut strength, mut best) = (0.0, width(0.0));
        for tried in STRENGTHS {
            let width = width(tried);
            if width < best * (1.0 - BETTER) {
                (strength, best) = (tried, width);
            }
        }
        if strength == 0.0 {
            return Ok(None);
        }
        let all: Vec<usize> = (0..n).collect();
        let trees = fitted(x, &centred, &all, seed.derive("spread", FOLDS as u64))?;
        let scales = unseen.iter().map(|log| (strength * log).exp()).collect();
        Ok(Some((LocalSpread { trees, strength }, scales)))
    }

    /// The spread of each row of `x`, 1 on average in the geometric sense.
    pub(crate) fn of(&self, x: &Matrix) -> Vec<f64> {
        let said = said(&self.trees, x).into_iter();
        said.map(|log| (self.strength * log).exp()).collect()
    }

    /// The strength, in [0, 1].
    pub(crate) fn strength(&self) -> f64 {
        self.strength
    }

    /// The trees as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.trees.to_bytes()
    }

    /// A spread from its bytes and its strength.
    ///
    /// # Errors
    ///
    /// Bytes that are not those of such trees.
    pub(crate) fn load(
        bytes: &[u8],
        strength: f64,
        columns: &[MatrixColumn],
    ) -> Result<LocalSpread, LoadError> {
        let trees = Trees::from_bytes(bytes)?;
        let width = layout(1).origins(columns).len();
        let sound = trees.model.n_outputs() == 1
            && trees.model.n_features() == width
            && (0.0..=1.0).contains(&strength);
        match sound {
            true => Ok(LocalSpread { trees, strength }),
            false => Err(LoadError {
                learner: "spread",
                reason: "it does not fit the columns".to_owned(),
            }),
        }
    }
}

fn said(trees: &Trees, x: &Matrix) -> Vec<f64> {
    if x.n_rows() == 0 {
        return Vec::new();
    }
    let values = trees.outputs(&layout(1).rows(x)).into_iter();
    values
        .map(|value| f64::from(value).clamp(-FARTHEST, FARTHEST))
        .collect()
}

/// Trees of the given rows.
fn fitted(x: &Matrix, logs: &[f64], rows: &[usize], seed: Seed) -> Result<Trees, FitError> {
    let data = Labelled {
        x: x.take(rows),
        y: Labels::Values(rows.iter().map(|&row| logs[row]).collect()),
        weights: vec![1.0; rows.len()],
        groups: Vec::new(),
    };
    let parameters = builder(OPTIONS, OPTIONS.learning_rate, seed)
        .min_child_weight((rows.len() as f64 / 20.0).max(5.0))
        .build()
        .map_err(refused)?;
    let once = vec![1.0; rows.len()];
    SharedRows::new(&data)?.train(&once, &parameters, TREES, None)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::RngExt;

    use super::*;

    fn rows(n: usize) -> Matrix {
        let mut rng = Seed(1).stream("rows", 0);
        Matrix {
            values: Array2::from_shape_fn((n, 2), |_| rng.random_range(-1.0_f32..1.0)),
            columns: [MatrixColumn::Numeric, MatrixColumn::Numeric].into(),
            counts: None,
        }
    }

    fn residuals(x: &Matrix, spread: impl Fn(f32) -> f64) -> Vec<f64> {
        let mut rng = Seed(2).stream("residuals", 0);
        let rows = x.values.rows().into_iter();
        rows.map(|row| spread(row[0]) * rng.random_range(0.0..2.0))
            .collect()
    }

    #[test]
    fn residuals_that_grow_are_seen() {
        let x = rows(400);
        let residuals = residuals(&x, |at| if at < 0.0 { 0.1 } else { 1.0 });
        let (spread, scales) = LocalSpread::learn(&x, &residuals, &[], 0.8, Seed(3))
            .unwrap()
            .unwrap();
        assert!(spread.strength() > 0.5);
        let mean = |scales: &[f64], right: bool| {
            let side = |row: &usize| (x.values[[*row, 0]] > 0.0) == right;
            let rows: Vec<usize> = (0..400).filter(side).collect();
            rows.iter().map(|&row| scales[row]).sum::<f64>() / rows.len() as f64
        };
        for scales in [scales, spread.of(&x)] {
            let ratio = mean(&scales, true) / mean(&scales, false);
            assert!((3.0..20.0).contains(&ratio), "{ratio}");
        }
        let read = LocalSpread::load(&spread.to_bytes(), spread.strength(), &x.columns).unwrap();
        assert_eq!(read.of(&x), spread.of(&x));
        assert!(LocalSpread::load(&spread.to_bytes(), 0.5, &x.columns[..1]).is_err());
    }

    #[test]
    fn equal_spreads_and_few_rows_have_one_width() {
        let x = rows(400);
        let equal = residuals(&x, |_| 1.0);
        assert!(
            LocalSpread::learn(&x, &equal, &[], 0.8, Seed(3))
                .unwrap()
                .is_none()
        );
        let few = rows(40);
        let growing = residuals(&few, |at| f64::from(at.exp()));
        assert!(
            LocalSpread::learn(&few, &growing, &[], 0.8, Seed(3))
                .unwrap()
                .is_none()
        );
        assert!(
            LocalSpread::learn(&x, &[0.0; 400], &[], 0.8, Seed(3))
                .unwrap()
                .is_none()
        );
    }
}
