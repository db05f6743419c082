//! `linear`: ridge regression, by the smartcore crate.
//!
//! Hoerl & Kennard 1970, penalty 1 on standardised columns, solved by the
//! Cholesky decomposition. Categories are one-hot. Row weights act through
//! the bootstrap. Cost: O(n · d²) per member for d columns. When not to use
//! it: where effects are not additive; it is the strongest learner with very
//! few rows of a nearly additive target.

use al_core::{MatrixColumn, Progress, Seed};
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters};

use super::smart;
use crate::layout::{Layout, Rows};
use crate::learner::{Bag, FitError, Labelled, Learner, LoadError, Model};
use crate::registry::Entry;

/// Registry entry.
pub(crate) const ENTRY: Entry = Entry {
    name: NAME,
    summary: "ridge regression (smartcore)",
    regression: true,
    classification: false,
    make: |_| Box::new(Linear),
};

const NAME: &str = "linear";

struct Linear;

/// A linear form: intercept and one coefficient per column.
#[derive(Serialize, Deserialize)]
struct Member {
    intercept: f64,
    coefficients: Vec<f64>,
}

impl Learner for Linear {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> Layout {
        Layout::Dense
    }

    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        smart::members(NAME, data, bags, seed, progress, |rows, keep, _| {
            let y = smart::values(data, keep, NAME, "logistic, boosted, forest or tree")?;
            // smartcore wants more rows than columns; a ridge needs no more
            // than one, and repeating all rows leaves its solution where the
            // penalty is repeated too.
            let times = (rows.width + 1).div_ceil(keep.len()).max(1);
            let keep = keep.repeat(times);
            let mean = y.iter().sum::<f64>() / y.len() as f64;
            let centred: Vec<f64> = y.iter().map(|value| value - mean).collect();
            let fitted = RidgeRegression::fit(
                &smart::points(rows, &keep),
                &centred.repeat(times),
                RidgeRegressionParameters::default()
                    .with_alpha(times as f64)
                    .with_normalize(false),
            )
            .map_err(smart::refused(NAME))?;
            Ok(Member {
                intercept: mean + fitted.intercept(),
                coefficients: fitted.coefficients().iterator(0).copied().collect(),
            })
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<Member>(bytes, NAME)?))
    }
}

impl Model for Member {
    fn predict(&self, rows: &Rows<'_>) -> Vec<f32> {
        rows.values
            .chunks_exact(rows.width.max(1))
            .map(|row| (self.intercept + dot(&self.coefficients, row)) as f32)
            .collect()
    }

    fn to_bytes(&self) -> Vec<u8> {
        smart::to_json(self)
    }

    fn importance(&self) -> Vec<f64> {
        self.coefficients.iter().map(|c| c.abs()).collect()
    }
}

/// Σ cⱼ·xⱼ in f64.
pub(super) fn dot(coefficients: &[f64], row: &[f32]) -> f64 {
    coefficients
        .iter()
        .zip(row)
        .map(|(c, &x)| c * f64::from(x))
        .sum()
}
