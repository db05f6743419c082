//! `linear`: ridge regression, by the smartcore crate.
//!
//! The normal equations are solved by smartcore's Cholesky decomposition. Its own
//! ridge multiplies matrices element by element and took 30 times as long.

use al_core::{MatrixColumn, Progress, Seed};
use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::cholesky::CholeskyDecomposable;

use super::smart;
use crate::entry::{LearnerDoc, LearnerEntry};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Learner, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "ridge regression (smartcore)",
    doc: LearnerDoc {
        method: "Ridge regression with penalty 1 on standardised columns, by the normal \
            equations. Categories are one-hot. Row weights act through the bootstrap.",
        cost: "O(n·d²) per member.",
        reference: "Hoerl & Kennard 1970.",
        use_when: "With very few rows of a nearly additive target, where it is the strongest \
            learner.",
        not_when: "Where effects are not additive.",
    },
    reads: &[],
    regression: true,
    classification: false,
    make: |_| Box::new(Linear),
};

const NAME: &str = "linear";

/// What is added to the diagonal of XᵀX.
const PENALTY: f64 = 1.0;

struct Linear;

/// A linear form: intercept and one coefficient per column.
#[derive(Serialize, Deserialize)]
struct LinearMember {
    intercept: f64,
    coefficients: Vec<f64>,
}

impl Learner for Linear {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> RowLayout {
        RowLayout::Dense
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
            let mean = y.iter().sum::<f64>() / y.len() as f64;
            let x = points(rows, keep);
            let centred: Array1<f64> = y.iter().map(|value| value - mean).collect();
            let mut gram = x.t().dot(&x);
            gram.diag_mut().mapv_inplace(|value| value + PENALTY);
            let solved = dense(gram)
                .cholesky_solve_mut(dense(x.t().dot(&centred).insert_axis(Axis(1))))
                .map_err(smart::refused(NAME))?;
            Ok(LinearMember {
                intercept: mean,
                coefficients: solved.iterator(0).copied().collect(),
            })
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<LinearMember>(bytes, NAME)?))
    }
}

impl Model for LinearMember {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
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

/// The rows `keep`, n × d.
fn points(rows: &LearnerRows<'_>, keep: &[usize]) -> Array2<f64> {
    let width = rows.width;
    let cells = keep
        .iter()
        .flat_map(|&row| &rows.values[row * width..(row + 1) * width])
        .map(|&value| f64::from(value));
    Array2::from_shape_vec((keep.len(), width), cells.collect()).expect("n × d values")
}

/// smartcore's form of a matrix.
fn dense(matrix: Array2<f64>) -> DenseMatrix<f64> {
    let (n, d) = matrix.dim();
    let values = matrix.iter().copied().collect();
    DenseMatrix::new(n, d, values, false).expect("n × d values")
}

/// Σ cⱼ·xⱼ in f64.
pub(super) fn dot(coefficients: &[f64], row: &[f32]) -> f64 {
    coefficients
        .iter()
        .zip(row)
        .map(|(c, &x)| c * f64::from(x))
        .sum()
}
