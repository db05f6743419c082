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
//! δ² of a batch is how much it is expected to take off the mean variance of
//! some reference rows, all its rows together (Cohn 1996), in the joint Gaussian
//! of the members' predictions: what the members do not disagree about, no
//! batch is expected to change. Trees make less of a batch than that Gaussian
//! would: in backtests the error fell by a quarter to two fifths of the gain
//! expected. It bounds what a batch may bring, so that a threshold on it seldom
//! stops too early.

use ndarray::{Array1, Array2, ArrayView2};

/// The relative fall of the error from a movement of mean square `movement`
/// where the mean squared error after it is `error`; in [0, 1].
#[must_use]
pub fn gain(movement: f64, error: f64) -> f64 {
    if movement.is_nan() || movement <= 0.0 {
        return 0.0;
    }
    1.0 - (error.max(0.0) / (error.max(0.0) + movement)).sqrt()
}

/// The squared error of the bulk of the rows: that of a normal distribution with
/// their mean absolute error, or their own if it is smaller. A few rows that are
/// far out, which no batch mends, would make every gain look small.
#[must_use]
pub fn squared(rmse: Option<f64>, mae: Option<f64>) -> Option<f64> {
    let bulk = mae.map(|mae| mae * (std::f64::consts::PI / 2.0).sqrt());
    let error = match (rmse, bulk) {
        (Some(rmse), Some(bulk)) => rmse.min(bulk),
        (rmse, bulk) => rmse.or(bulk)?,
    };
    Some(error * error)
}

/// The gain expected of measuring the rows of `batch`, b × f, over those of
/// `reference`, n × f: centred member predictions both. `noise` is the variance
/// of a measurement and `error` the mean squared error now, in their units.
#[must_use]
pub fn expected(
    reference: ArrayView2<'_, f32>,
    batch: ArrayView2<'_, f32>,
    noise: f64,
    error: f64,
) -> f64 {
    let n = reference.nrows();
    if batch.nrows() == 0 || n == 0 {
        return 0.0;
    }
    let width = batch.ncols();
    let reference = reference.mapv(f64::from);
    let variance = reference.iter().map(|f| f * f).sum::<f64>() / n as f64;
    let noise = noise.max(1e-6 * variance);
    // What the batch leaves of the identity, row after row.
    let mut left = Array2::<f64>::eye(width);
    for row in batch.rows() {
        let row: Array1<f64> = row.mapv(f64::from);
        let along = left.dot(&row);
        let doubt = row.dot(&along) + noise;
        if doubt > 0.0 {
            for i in 0..width {
                for j in 0..width {
                    left[[i, j]] -= along[i] * along[j] / doubt;
                }
            }
        }
    }
    let kept = (&reference.dot(&left) * &reference).sum() / n as f64;
    let movement = (variance - kept).max(0.0);
    // What is moved by cannot be more than what is wrong.
    gain(movement, (error - movement).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_off_what_it_is_correlated_with() {
        use ndarray::array;
        let reference = array![[2.0_f32, 0.0], [0.0, 2.0]];
        // cov²/(v + τ²) of one row, 16/(4 + 4), is 1 in the mean of two; of an
        // error of 8, 7 is left.
        let found = expected(reference.view(), array![[2.0_f32, 0.0]].view(), 4.0, 8.0);
        assert!((found - (1.0 - (7.0_f64 / 8.0).sqrt())).abs() < 1e-12);
        // The same row twice: as one of half the noise, 16/(4 + 2).
        let twice = array![[2.0_f32, 0.0], [2.0, 0.0]];
        let found = expected(reference.view(), twice.view(), 4.0, 8.0);
        let left = (8.0 - 16.0 / 6.0 / 2.0) / 8.0_f64;
        assert!((found - (1.0 - left.sqrt())).abs() < 1e-12);
        let none = array![[0.0_f32, 0.0]];
        assert_eq!(expected(reference.view(), none.view(), 4.0, 8.0), 0.0);
        let all = array![[9.0_f32, 0.0], [0.0, 9.0]];
        assert_eq!(expected(reference.view(), all.view(), 0.0, 1.0), 1.0);
    }

    #[test]
    fn a_movement_of_the_size_of_the_rest_takes_the_error_down_by_its_root() {
        // From √(1 + 1) to 1.
        assert!((gain(1.0, 1.0) - (1.0 - 0.5_f64.sqrt())).abs() < 1e-12);
        assert_eq!(gain(0.0, 1.0), 0.0);
        assert_eq!(gain(1.0, 0.0), 1.0);
        assert_eq!(gain(f64::NAN, 1.0), 0.0);
        assert_eq!(gain(0.0, 0.0), 0.0);
    }

    #[test]
    fn a_few_rows_far_out_do_not_count() {
        // Of a normal distribution the mean absolute error is √(2/π) σ.
        let normal = squared(Some(1.0), Some(0.797_884_560_8)).unwrap();
        assert!((normal - 1.0).abs() < 1e-9);
        assert!(squared(Some(10.0), Some(0.797_884_560_8)).unwrap() < 1.01);
        assert_eq!(squared(Some(2.0), None), Some(4.0));
        assert_eq!(squared(None, None), None);
    }

    #[test]
    fn small_movements_take_half_their_ratio() {
        // Small movements: half their ratio.
        assert!((gain(1e-6, 1.0) - 0.5e-6).abs() < 1e-11);
    }
}
