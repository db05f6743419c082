//! Whether another batch is worth it.
//!
//! A belief that is right moves by what it did not know: the mean squared error
//! falls by the mean square δ² of the predictions' movement (the law of total
//! variance), from e² + δ² to e². The root falls by 1 − e/√(e² + δ²): the *gain*.
//! Of a batch, δ² is expected and e² + δ² is the error now. Of an update, δ² has
//! happened and e² is the error after it: that gain says whether predictions
//! have come to rest (stabilising predictions, Bloodgood & Vijay-Shanker 2009,
//! there by the agreement of classifiers).
//!
//! δ² of a batch is the sum over its rows of their squared expected model
//! change: rows of a batch are chosen to tell different things.

use al_core::Matrix;
use al_models::Fitted;

use crate::gain::{Informant, Wanted};

/// The relative fall of the error from a movement of mean square `movement`
/// where the mean squared error after it is `error`; in [0, 1].
pub(crate) fn gain(movement: f64, error: f64) -> f64 {
    if movement.is_nan() || movement <= 0.0 {
        return 0.0;
    }
    1.0 - (error.max(0.0) / (error.max(0.0) + movement)).sqrt()
}

/// The gain expected of measuring the rows of `batch`, over the rows of
/// `reference`. `error` is the mean squared error now, in the units that the
/// model sees.
pub(crate) fn expected(fitted: &Fitted, reference: &Matrix, batch: &Matrix, error: f64) -> f64 {
    if batch.n_rows() == 0 || reference.n_rows() == 0 {
        return 0.0;
    }
    let informant = Informant::of(fitted, 1.0, reference);
    let belief = fitted.posterior(batch);
    let change = informant.information(batch, &belief, Wanted::All).change;
    let movement: f64 = change.iter().map(|change| change * change).sum();
    // What is moved by cannot be more than what is wrong.
    gain(movement, (error - movement).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movement_of_the_size_of_the_rest_takes_the_error_down_by_its_root() {
        // From √(1 + 1) to 1.
        assert!((gain(1.0, 1.0) - (1.0 - 0.5_f64.sqrt())).abs() < 1e-12);
        assert_eq!(gain(0.0, 1.0), 0.0);
        assert_eq!(gain(1.0, 0.0), 1.0);
        assert_eq!(gain(f64::NAN, 1.0), 0.0);
        assert_eq!(gain(0.0, 0.0), 0.0);
        // Small movements: half their ratio.
        assert!((gain(1e-6, 1.0) - 0.5e-6).abs() < 1e-11);
    }
}
