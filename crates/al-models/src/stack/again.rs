//! Parts that are fitted again with what came since, because they cannot be continued.

use al_core::Seed;

use crate::ensemble::Ensemble;
use crate::learner::{FitError, Labelled, Labels};

/// How much larger the error of a part may be after it was fitted again, of rows that it knew
/// before: as much as it is by chance.
const CHANCE: f64 = 1.05;

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
    for attempt in 1..=2 {
        if error <= CHANCE * known {
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

/// The root mean squared error of the first rows that an ensemble was fitted on, each told
/// without itself; `None` where it does not tell, or of classes.
fn left_out_error(ensemble: &Ensemble, rows: &Labelled) -> Option<f64> {
    let Labels::Values(values) = &rows.y else {
        return None;
    };
    let told = ensemble.left_out()?;
    let squares = values.iter().zip(&told);
    let squares = squares.map(|(&value, told)| (value - told.mean).powi(2));
    let squares: Vec<f64> = squares.filter(|square| square.is_finite()).collect();
    (!squares.is_empty()).then(|| (squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
}
