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
//!
//! What a batch *will* bring is told best by what earlier ones brought: a
//! [`TrackRecord`] goes on along the learning curve of the campaign itself.

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

/// What a batch was measured to bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brought {
    /// Labels before the batch, > 0.
    pub labels: usize,
    /// Labels of the batch, > 0.
    pub batch: usize,
    /// The error before and after it, on rows that neither model had seen.
    pub errors: [f64; 2],
}

/// What the batches of a campaign have brought so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrackRecord {
    /// How many batches there were.
    pub batches: usize,
    /// The same, where a batch counts [`FADING`] times as much as the one after it.
    weight: f64,
    /// The exponent α ≥ 0 of the learning curve: the error falls as labels^−α, as errors of
    /// learners do over long stretches (Hestness et al. 2017).
    rate: f64,
}

/// How much less each earlier batch counts: campaigns saturate.
const FADING: f64 = 0.8;

/// The share of the largest gain that batches bring before any has told, in the mean of
/// backtests (docs/MEASUREMENTS.md). It counts as much as one batch does.
const USUAL_SHARE: f64 = 0.3;

impl TrackRecord {
    /// That of batches in their order. Batches without finite errors above 0 tell nothing.
    #[must_use]
    pub fn of(batches: impl IntoIterator<Item = Brought>) -> TrackRecord {
        let (mut record, mut fall, mut growth) = (TrackRecord::default(), 0.0, 0.0);
        for brought in batches {
            let [before, after] = brought.errors;
            let known = before > 0.0 && after > 0.0 && (before / after).is_finite();
            if !known || brought.labels == 0 || brought.batch == 0 {
                continue;
            }
            record.batches += 1;
            record.weight = FADING * record.weight + 1.0;
            fall = FADING * fall + (before / after).ln();
            growth = FADING * growth + growth_of(brought.labels, brought.batch);
        }
        if growth > 0.0 {
            record.rate = (fall / growth).max(0.0);
        }
        record
    }

    /// The relative fall of the error, 0 to 1, to be expected of `batch` labels beside
    /// `labels`, which can be `largest` at most.
    #[must_use]
    pub fn forecast(&self, largest: f64, labels: usize, batch: usize) -> f64 {
        let gone_on = match labels {
            0 => 0.0,
            _ => 1.0 - (-self.rate * growth_of(labels, batch)).exp(),
        };
        let told = USUAL_SHARE * largest + self.weight * gone_on;
        (told / (1.0 + self.weight)).min(largest)
    }
}

/// By how much the logarithm of the number of labels grows.
fn growth_of(labels: usize, batch: usize) -> f64 {
    (batch as f64 / labels as f64).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(labels: usize, batch: usize, errors: [f64; 2]) -> Brought {
        Brought {
            labels,
            batch,
            errors,
        }
    }

    #[test]
    fn a_campaign_goes_on_along_its_learning_curve() {
        // The error is 1/√labels: twice the labels take 29 % off.
        let error = |labels: usize| 1.0 / (labels as f64).sqrt();
        let curve = (1..40).map(|n| brought(10 * n, 10, [error(10 * n), error(10 * n + 10)]));
        let record = TrackRecord::of(curve);
        assert!((record.rate - 0.5).abs() < 1e-12);
        assert_eq!(record.batches, 39);
        let told = record.forecast(0.9, 400, 400);
        // Nearly five batches against one part of what batches usually bring.
        let expected = (0.27 + 5.0 * (1.0 - 0.5_f64.sqrt())) / 6.0;
        assert!((told - expected).abs() < 1e-3, "{told} {expected}");
        // Never more than the batch can bring.
        assert_eq!(record.forecast(0.01, 400, 400), 0.01);
    }

    #[test]
    fn without_batches_the_usual_share_is_expected() {
        let none = TrackRecord::of([]);
        assert!((none.forecast(0.5, 100, 10) - 0.15).abs() < 1e-12);
        assert_eq!(none.forecast(0.5, 0, 10), 0.15);
        let unknown = [f64::NAN, 0.0, f64::INFINITY].map(|error| brought(10, 10, [error, 1.0]));
        assert_eq!(TrackRecord::of(unknown), none);
    }

    #[test]
    fn batches_that_bring_nothing_take_the_forecast_down() {
        let flat = |batches| TrackRecord::of(vec![brought(500, 10, [1.0, 1.01]); batches]);
        let told: Vec<f64> = (0..6).map(|n| flat(n).forecast(0.3, 500, 10)).collect();
        assert!(told.windows(2).all(|pair| pair[1] < pair[0]), "{told:?}");
        assert!(told[0] == 0.09 && told[3] < 0.03, "{told:?}");
        // What comes last counts most.
        let woken = [
            vec![brought(500, 10, [1.0, 1.0]); 5],
            vec![brought(550, 10, [1.0, 0.9]); 2],
        ];
        let woken = TrackRecord::of(woken.concat());
        let lulled = [
            vec![brought(500, 10, [1.0, 0.9]); 2],
            vec![brought(520, 10, [1.0, 1.0]); 5],
        ];
        let lulled = TrackRecord::of(lulled.concat());
        assert!(woken.forecast(0.3, 570, 10) > 1.5 * lulled.forecast(0.3, 570, 10));
    }

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
