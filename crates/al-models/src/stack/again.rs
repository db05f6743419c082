//! Parts that are fitted again with what came since, because they cannot be continued.

use al_core::Seed;

use crate::ensemble::Ensemble;
use crate::learner::{FitError, Labelled, Labels};

/// How much larger the error of a part may be after it was fitted again, of rows that it knew
/// before: as much as it is by chance.
const CHANCE: f64 = 1.05;

/// As [`CHANCE`], of the log loss of classes that are told nearly without one: what is added.
const CHANCE_OF_CLASSES: f64 = 0.02;

/// Fits with other draws until what is left out of the fit is told about as well as by the
/// ensemble before: a fit that finds other hyperparameters may be far off, and a part keeps its
/// weight. Of three fits the best; one where nothing tells how good it is.
pub(super) fn no_worse(
    before: &Ensemble,
    old: &Labelled,
    seed: Seed,
    fit: impl Fn(Seed) -> Result<Ensemble, FitError>,
) -> Result<Ensemble, FitError> {
    let mut best = fit(seed)?;
    let errors = (left_out_error(before, old), left_out_error(&best, old));
    let (Some(known), Some(mut error)) = errors else {
        return Ok(best);
    };
    let slack = match old.y {
        Labels::Values(_) => 0.0,
        Labels::Classes { .. } => CHANCE_OF_CLASSES,
    };
    for attempt in 1..=2 {
        if error <= CHANCE * known + slack {
            break;
        }
        let other = fit(seed.derive("fit again", attempt))?;
        match left_out_error(&other, old) {
            Some(found) if found < error => (best, error) = (other, found),
            _ => {}
        }
    }
    Ok(best)
}

/// The root mean squared error, or log loss, of the first rows that an ensemble was fitted
/// on, each told without itself; `None` where it does not tell.
fn left_out_error(ensemble: &Ensemble, rows: &Labelled) -> Option<f64> {
    ensemble.left_out()?;
    let error = match &rows.y {
        Labels::Values(_) => ensemble.out_of_bag_loss(rows).sqrt(),
        Labels::Classes { .. } => ensemble.out_of_bag_loss(rows),
    };
    error.is_finite().then_some(error)
}
