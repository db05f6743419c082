//! What the learners on smartcore share: its matrices, bags written out as
//! rows, and models saved as JSON.

use al_core::{Progress, Seed};
use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, LoadError, Model};

/// smartcore's matrix of `f64`.
pub(super) type SmartcoreMatrix = DenseMatrix<f64>;

/// A bag written out: the row numbers, each as often as it was drawn.
pub(super) fn written_out(bag: &Bag) -> Vec<usize> {
    bag.iter()
        .enumerate()
        .flat_map(|(row, &count)| std::iter::repeat_n(row, count.into()))
        .collect()
}

/// smartcore's form of `rows`, of which `keep` are taken.
pub(super) fn points(rows: &LearnerRows<'_>, keep: &[usize]) -> SmartcoreMatrix {
    let mut values = Vec::with_capacity(keep.len() * rows.width);
    for &row in keep {
        let row = &rows.values[row * rows.width..(row + 1) * rows.width];
        // smartcore assumes finite values; the dense layout has no NaN.
        debug_assert!(row.iter().all(|value| value.is_finite()));
        values.extend(row.iter().map(|&value| f64::from(value)));
    }
    DenseMatrix::new(keep.len(), rows.width, values, false).expect("n × width values")
}

/// All rows in blocks, each as smartcore's matrix, through `predict`.
pub(super) fn in_blocks(
    rows: &LearnerRows<'_>,
    predict: impl Fn(&SmartcoreMatrix, usize) -> Vec<f32> + Sync,
) -> Vec<f32> {
    const BLOCK: usize = 4096;
    let n = rows.n_rows();
    (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .flat_map_iter(|block| {
            let keep: Vec<usize> = (block * BLOCK..n.min((block + 1) * BLOCK)).collect();
            predict(&points(rows, &keep), keep.len())
        })
        .collect()
}

/// Fits one member per bag in parallel: `fit` gets the layout's rows, the
/// rows of the bag and the member's seed.
pub(super) fn members<M: Model>(
    name: &str,
    data: &Labelled,
    bags: &[Bag],
    seed: Seed,
    progress: &dyn Progress,
    fit: impl Fn(&LearnerRows<'_>, &[usize], Seed) -> Result<M, FitError> + Sync,
) -> Result<Vec<Box<dyn Model>>, FitError> {
    let rows = RowLayout::Dense.rows(&data.x);
    bags.par_iter()
        .enumerate()
        .map(|(at, bag)| {
            let model = fit(&rows, &written_out(bag), seed.derive(name, at as u64))?;
            progress.advance(1);
            Ok(Box::new(model) as Box<dyn Model>)
        })
        .collect()
}

/// The target of the rows `keep` as numbers; an error for classes.
pub(super) fn values(
    data: &Labelled,
    keep: &[usize],
    learner: &'static str,
    instead: &'static str,
) -> Result<Vec<f64>, FitError> {
    match &data.y {
        Labels::Values(values) => Ok(keep.iter().map(|&row| values[row]).collect()),
        Labels::Classes { .. } => Err(FitError::Task {
            learner,
            task: "classification",
            instead,
        }),
    }
}

/// n × c probabilities, row-major, from a count of votes per class.
pub(super) fn shares(votes: &Array2<f32>) -> Vec<f32> {
    votes
        .rows()
        .into_iter()
        .flat_map(|row| {
            let total: f32 = row.sum();
            row.iter().map(|vote| vote / total).collect::<Vec<_>>()
        })
        .collect()
}

pub(super) fn to_json(model: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(model).expect("a fitted model can be written")
}

pub(super) fn from_json<M: DeserializeOwned>(
    bytes: &[u8],
    learner: &'static str,
) -> Result<M, LoadError> {
    serde_json::from_slice(bytes).map_err(|error| LoadError {
        learner,
        reason: error.to_string(),
    })
}

/// smartcore's refusal as ours.
pub(super) fn refused(learner: &'static str) -> impl Fn(smartcore::error::Failed) -> FitError {
    move |failed| FitError::Library {
        learner,
        reason: failed.to_string(),
    }
}
