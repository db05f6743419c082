//! What is said of each row by processes that have not seen its fold, and whose
//! hyperparameters do not know it either: with few rows, or classes, they know each of them
//! too well.

use al_core::Seed;
use rayon::prelude::*;

use super::left_out::{TakenRows, folds};
use super::points::{GaussianData, KernelRows};
use super::process::GaussianProcess;
use super::search::{FoundParameters, mixed_by_value};
use crate::learner::LeftOutValue;

/// Parts of few rows, and of more, where each takes time and leaves enough.
const FOLDS: usize = 5;
const FOLDS_OF_MANY: usize = 3;
const MANY: usize = 150;

/// Draws of the process of a fold, which tell its variance.
const FOLD_DRAWS: usize = 32;

const NOTHING: LeftOutValue = LeftOutValue {
    mean: f64::NAN,
    variance: f64::NAN,
};

/// Fits a process; `None` if no hyperparameters give a covariance that has a factor.
pub(crate) fn fit(data: GaussianData<'_>, members: usize, seed: Seed) -> Option<GaussianProcess> {
    if data.values.len() > data.effort.folded {
        return Some(GaussianProcess::fit_once(data, members, seed, &[])?.0);
    }
    // What explains the rest well is tried on all rows: what is said of rows without them is
    // to be what the process says.
    let folded = Folded::of(data, seed);
    let (mut process, _) = GaussianProcess::fit_once(data, members, seed, &folded.found)?;
    process.say_left_out(&folded.said);
    Some(process)
}

/// What is said of rows without their fold.
struct Folded {
    /// The mean and the variance of each row; NaN where nothing is said.
    said: Vec<LeftOutValue>,
    /// What explained the other rows, of each fold.
    found: Vec<FoundParameters>,
}

impl Folded {
    fn of(data: GaussianData<'_>, seed: Seed) -> Folded {
        let (n, width) = (data.values.len(), data.columns.len());
        let wanted = if n > MANY { FOLDS_OF_MANY } else { FOLDS };
        let order = match data.effort.by_value {
            true => mixed_by_value(data.values, seed),
            false => (0..n).collect(),
        };
        let (fold_of, folds) = folds(data.groups, &order, wanted);
        let fitted = |fold: usize| {
            let (out, within): (Vec<usize>, Vec<usize>) =
                (0..n).partition(|&row| fold_of[row] == fold);
            let pick = |all: &[f64]| within.iter().map(|&row| all[row]).collect::<Vec<f64>>();
            let (values, weights) = (pick(data.values), pick(data.weights));
            let rows = TakenRows::of(data.rows, width, &within);
            let part = GaussianData {
                rows: rows.rows(),
                columns: data.columns,
                values: &values,
                weights: &weights,
                effort: data.effort,
                groups: &[],
            };
            // One row alone says nothing of the others.
            let fitted = (within.len() > 1)
                .then(|| GaussianProcess::fit_once(part, FOLD_DRAWS, seed, &[]))
                .flatten();
            let said = fitted.map(|(process, found)| {
                let out = TakenRows::of(data.rows, width, &out);
                (said_by(&process, out.rows()), found)
            });
            (out, said)
        };
        let all: Vec<_> = (0..folds).into_par_iter().map(fitted).collect();
        let mut folded = Folded {
            said: vec![NOTHING; n],
            found: Vec::with_capacity(folds),
        };
        for (out, said) in all {
            let Some((said, found)) = said else { continue };
            for (&row, said) in out.iter().zip(said) {
                folded.said[row] = said;
            }
            folded.found.push(found);
        }
        folded
    }
}

/// The mean and the variance of a process at rows, by its draws, whose mean is its own.
fn said_by(process: &GaussianProcess, rows: KernelRows<'_>) -> Vec<LeftOutValue> {
    let draws = process.draws(rows, 0..process.members());
    let m = draws.len() as f64;
    let n = draws.first().map_or(0, Vec::len);
    let of = |row: usize| {
        let values = || draws.iter().map(|draw| f64::from(draw[row]));
        let mean = values().sum::<f64>() / m;
        let squares = values().map(|value| (value - mean).powi(2)).sum::<f64>();
        LeftOutValue {
            mean,
            variance: squares / m,
        }
    };
    (0..n).map(of).collect()
}
