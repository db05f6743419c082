//! What is said of each of a few rows by processes that have not seen its fold, and whose
//! hyperparameters do not know it either: with few rows they know each of them too well.

use al_core::Seed;
use rayon::prelude::*;

use super::left_out::{TakenRows, folds};
use super::points::GaussianData;
use super::process::GaussianProcess;
use super::search::FoundParameters;

/// Parts of the rows.
const FOLDS: usize = 5;

/// Rows up to which hyperparameters are found without each row for what is said of it.
const FOLDED: usize = 150;

/// Fits a process; `None` if no hyperparameters give a covariance that has a factor.
pub(crate) fn fit(data: GaussianData<'_>, members: usize, seed: Seed) -> Option<GaussianProcess> {
    if data.values.len() > FOLDED {
        return Some(GaussianProcess::fit_once(data, members, seed, &[])?.0);
    }
    // What explains the rest well is tried on all rows: what is said of rows without them is
    // to be what the process says.
    let folded = Folded::of(data, seed);
    let (mut process, _) = GaussianProcess::fit_once(data, members, seed, &folded.found)?;
    process.say_left_out(&folded.means);
    Some(process)
}

/// What is said of rows without their fold.
struct Folded {
    /// The mean of each row; NaN where nothing is said.
    means: Vec<f64>,
    /// What explained the other rows, of each fold.
    found: Vec<FoundParameters>,
}

impl Folded {
    fn of(data: GaussianData<'_>, seed: Seed) -> Folded {
        let (n, width) = (data.values.len(), data.columns.len());
        let (fold_of, folds) = folds(data.groups, n, FOLDS);
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
                groups: &[],
            };
            // One row alone says nothing of the others.
            let fitted = (within.len() > 1)
                .then(|| GaussianProcess::fit_once(part, 1, seed, &[]))
                .flatten();
            let said = fitted.map(|(process, found)| {
                let out = TakenRows::of(data.rows, width, &out);
                let mut draws = process.draws(out.rows(), 0..1);
                (draws.pop().unwrap_or_default(), found)
            });
            (out, said)
        };
        let all: Vec<_> = (0..folds).into_par_iter().map(fitted).collect();
        let mut folded = Folded {
            means: vec![f64::NAN; n],
            found: Vec::with_capacity(folds),
        };
        for (out, said) in all {
            let Some((means, found)) = said else { continue };
            for (&row, &mean) in out.iter().zip(&means) {
                folded.means[row] = f64::from(mean);
            }
            folded.found.push(found);
        }
        folded
    }
}
