//! Information gain: how much measuring one row is expected to teach about
//! others, from joint draws of the belief.
//!
//! For values the draws are taken as a joint Gaussian with covariance φ·φ′
//! (see [`crate::Posterior::features`]) and measurement noise of variance τ².
//! For classes all sums over outcomes are exact for the draws: a label y of
//! row x makes each draw as probable as it said y was.
//!
//! m draws have rank m − 1. Covariances with a far-away row are then never
//! quite 0, but of the order of 1/m; they tell rows apart, not independence
//! from dependence.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::information::class_uncertainty;
use crate::posterior::mean_probabilities;

/// Rows whose covariances with all reference rows are in memory at a time.
const BLOCK: usize = 128;

/// Noise below this share of the reference rows' mean variance is raised to
/// it: a measurement without any noise would settle all it correlates with.
const LEAST_NOISE: f64 = 1e-6;

/// What measuring each row is expected to bring, one value per row each, in
/// nats unless said otherwise, at least 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gains {
    /// Mutual information of the row's own outcome and the model:
    /// ½ ln(1 + v/τ²); for classes BALD (Houlsby et al. 2011).
    pub mutual_information: Vec<f64>,
    /// Expected reduction of the joint entropy of the reference outcomes,
    /// ½ ln[(v + τ²)/(v_R + τ²)] with v_R the row's variance given all of
    /// them (MacKay 1992). For classes, where the joint outcomes are too
    /// many, the reduction of their mean entropy (Roy & McCallum 2001).
    pub entropy_reduction: Vec<f64>,
    /// Expected predictive information gain: the mean over the reference rows
    /// of the mutual information of the two outcomes, −½ ln(1 − ρ²) with
    /// noise in both variances (Bickford Smith et al. 2023).
    pub epig: Vec<f64>,
    /// Expected reduction of the reference rows' mean variance,
    /// cov²/(v + τ²), in the squared unit of the draws (Cohn 1996).
    pub variance_reduction: Vec<f64>,
}

/// Rows that what is learnt should be about, with what the draws say of them.
#[derive(Debug, Clone)]
pub struct GainReference {
    belief: ReferenceDraws,
}

#[derive(Debug, Clone)]
enum ReferenceDraws {
    Values {
        /// m × r.
        features: Array2<f64>,
        /// Variances of the outcomes, noise included, r.
        variances: Vec<f64>,
        noise: f64,
        /// (I + ΦᵀΦ/τ²)⁻¹, m × m.
        given: Array2<f64>,
    },
    /// Per reference row the probabilities, draws × classes, and their mean.
    Classes(Vec<(Array2<f64>, Array1<f64>)>),
}

impl GainReference {
    /// Reference rows of a value, by their features, r × m, and the variance
    /// τ² of a measurement in the features' squared unit.
    #[must_use]
    pub fn of_values(features: ArrayView2<'_, f32>, noise: f64) -> GainReference {
        let features = features.mapv(f64::from).reversed_axes();
        let own: Vec<f64> = features
            .axis_iter(Axis(1))
            .map(|row| row.dot(&row))
            .collect();
        let mean = own.iter().sum::<f64>() / own.len().max(1) as f64;
        let noise = match noise.max(LEAST_NOISE * mean) {
            // Neither noise nor doubt: nothing is to be gained by any unit.
            noise if noise > 0.0 && noise.is_finite() => noise,
            _ => 1.0,
        };
        let mut precision = features.dot(&features.t()) / noise;
        precision.diag_mut().mapv_inplace(|value| value + 1.0);
        GainReference {
            belief: ReferenceDraws::Values {
                given: inverse(&precision),
                variances: own.iter().map(|variance| variance + noise).collect(),
                features,
                noise,
            },
        }
    }

    /// Reference rows of classes: draws of r × c probabilities.
    #[must_use]
    pub fn of_classes(draws: &[Array2<f32>]) -> GainReference {
        let rows = draws.first().map_or(0, Array2::nrows);
        let belief = (0..rows)
            .map(|row| {
                let probabilities = of_row(draws, row);
                let mean = mean_of(&probabilities);
                (probabilities, mean)
            })
            .collect();
        GainReference {
            belief: ReferenceDraws::Classes(belief),
        }
    }

    /// The noise variance that is reckoned with; 0 for classes.
    #[must_use]
    pub fn noise(&self) -> f64 {
        match &self.belief {
            ReferenceDraws::Values { noise, .. } => *noise,
            ReferenceDraws::Classes(_) => 0.0,
        }
    }

    /// The gains of rows of a value, by their features, n × m.
    ///
    /// # Panics
    ///
    /// If the reference rows are of classes.
    #[must_use]
    pub fn gains_of_values(&self, features: ArrayView2<'_, f32>) -> Gains {
        let ReferenceDraws::Values {
            features: reference,
            variances,
            noise,
            given,
        } = &self.belief
        else {
            panic!("reference rows of a value")
        };
        let (n, r) = (features.nrows(), variances.len());
        let precisions: Vec<f64> = variances.iter().map(|variance| 1.0 / variance).collect();
        let rows: Vec<[f64; 4]> = (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .flat_map_iter(|block| {
                let end = n.min((block + 1) * BLOCK);
                let phi = features.slice(s![block * BLOCK..end, ..]).mapv(f64::from);
                let mut covariances = Array2::zeros((phi.nrows(), r));
                general_mat_mul(1.0, &phi, reference, 0.0, &mut covariances);
                let conditional = phi.dot(given);
                let gains: Vec<[f64; 4]> = (0..phi.nrows())
                    .map(|row| {
                        let own = phi.row(row);
                        let variance = own.dot(&own);
                        let left = conditional.row(row).dot(&own).clamp(0.0, variance);
                        let outcome = variance + noise;
                        let (epig, squares) =
                            of_pairs(covariances.row(row), &precisions, 1.0 / outcome);
                        let per_row = 1.0 / r.max(1) as f64;
                        [
                            0.5 * (variance / noise).ln_1p(),
                            0.5 * ((variance - left) / (left + noise)).ln_1p(),
                            epig * per_row,
                            squares * per_row / outcome,
                        ]
                    })
                    .collect();
                gains
            })
            .collect();
        Gains::from_rows(&rows)
    }

    /// The gains of rows of classes: draws of n × c probabilities.
    ///
    /// # Panics
    ///
    /// If the reference rows are of a value.
    #[must_use]
    pub fn gains_of_classes(&self, draws: &[Array2<f32>]) -> Gains {
        let ReferenceDraws::Classes(reference) = &self.belief else {
            panic!("reference rows of classes")
        };
        let n = draws.first().map_or(0, Array2::nrows);
        let bald = class_uncertainty(draws).mutual_information;
        let mean = mean_probabilities(draws);
        let rows: Vec<[f64; 4]> = (0..n)
            .into_par_iter()
            .with_min_len(64)
            .map(|row| {
                let own = of_row(draws, row);
                let own_mean = mean.row(row);
                let m = own.nrows().max(1) as f64;
                let (mut epig, mut variance) = (0.0, 0.0);
                for (other, other_mean) in reference {
                    let joint = own.t().dot(other) / m;
                    for ((y, z), &together) in joint.indexed_iter() {
                        let apart = own_mean[y] * other_mean[z];
                        if together > 0.0 && apart > 0.0 {
                            epig += together * (together / apart).ln();
                        }
                        if own_mean[y] > 0.0 {
                            variance += (together - apart).powi(2) / own_mean[y];
                        }
                    }
                }
                let r = reference.len().max(1) as f64;
                let epig = (epig / r).max(0.0);
                [bald[row], epig, epig, variance / r]
            })
            .collect();
        Gains::from_rows(&rows)
    }
}

impl Gains {
    fn from_rows(rows: &[[f64; 4]]) -> Gains {
        let column = |at: usize| rows.iter().map(|row| row[at]).collect();
        Gains {
            mutual_information: column(0),
            entropy_reduction: column(1),
            epig: column(2),
            variance_reduction: column(3),
        }
    }

    /// `self` followed by `other`.
    pub fn extend(&mut self, other: Gains) {
        self.mutual_information.extend(other.mutual_information);
        self.entropy_reduction.extend(other.entropy_reduction);
        self.epig.extend(other.epig);
        self.variance_reduction.extend(other.variance_reduction);
    }
}

/// Σ −½ ln(1 − ρ²) and Σ cov² of one row with all reference rows; `precision`
/// is 1/(v + τ²) of the row.
fn of_pairs(covariances: ArrayView1<'_, f64>, precisions: &[f64], precision: f64) -> (f64, f64) {
    // A logarithm costs more than all the rest: one is taken of the product of
    // a few factors, which stays far above the smallest f64.
    const FACTORS: usize = 16;
    let covariances = covariances
        .as_slice()
        .expect("one row of a standard layout");
    let (mut log, mut squares) = (0.0, 0.0);
    for (covariances, precisions) in covariances.chunks(FACTORS).zip(precisions.chunks(FACTORS)) {
        let mut product = 1.0;
        for (covariance, other) in covariances.iter().zip(precisions) {
            let square = covariance * covariance;
            squares += square;
            product *= (1.0 - square * other * precision).max(1e-18);
        }
        log += product.ln();
    }
    ((-0.5 * log).max(0.0), squares)
}

/// The draws' probabilities of one row, m × c.
fn of_row(draws: &[Array2<f32>], row: usize) -> Array2<f64> {
    let classes = draws.first().map_or(0, Array2::ncols);
    Array2::from_shape_fn((draws.len(), classes), |(draw, class)| {
        f64::from(draws[draw][[row, class]])
    })
}

fn mean_of(probabilities: &Array2<f64>) -> Array1<f64> {
    probabilities
        .mean_axis(Axis(0))
        .unwrap_or_else(|| Array1::zeros(probabilities.ncols()))
}

/// The inverse of a symmetric positive definite matrix, by Cholesky's
/// factorisation.
fn inverse(matrix: &Array2<f64>) -> Array2<f64> {
    let m = matrix.nrows();
    let mut lower = Array2::<f64>::zeros((m, m));
    for row in 0..m {
        for column in 0..=row {
            let known = lower
                .slice(s![row, ..column])
                .dot(&lower.slice(s![column, ..column]));
            let rest = matrix[[row, column]] - known;
            lower[[row, column]] = if row == column {
                rest.max(f64::MIN_POSITIVE).sqrt()
            } else {
                rest / lower[[column, column]]
            };
        }
    }
    // Columns of the inverse of the factor; their products are the inverse.
    let mut factor = Array2::<f64>::zeros((m, m));
    for column in 0..m {
        for row in column..m {
            let unit = f64::from(u8::from(row == column));
            let known = lower
                .slice(s![row, column..row])
                .dot(&factor.slice(s![column..row, column]));
            factor[[row, column]] = (unit - known) / lower[[row, row]];
        }
    }
    factor.t().dot(&factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Posterior, Seed};
    use ndarray::array;
    use rand::RngExt;

    fn random(rows: usize, columns: usize, stream: &str) -> Array2<f32> {
        let mut rng = Seed(7).stream(stream, 0);
        Array2::from_shape_fn((rows, columns), |_| rng.random::<f32>() * 2.0 - 1.0)
    }

    /// ln det by Gaussian elimination, the slow and plain way.
    fn ln_det(mut a: Array2<f64>) -> f64 {
        let n = a.nrows();
        let mut sum = 0.0;
        for k in 0..n {
            sum += a[[k, k]].ln();
            for i in k + 1..n {
                let factor = a[[i, k]] / a[[k, k]];
                for j in k..n {
                    a[[i, j]] -= factor * a[[k, j]];
                }
            }
        }
        sum
    }

    fn covariance(features: &Array2<f32>, noise: f64) -> Array2<f64> {
        let features = features.mapv(f64::from);
        let mut covariance = features.dot(&features.t());
        covariance.diag_mut().mapv_inplace(|v| v + noise);
        covariance
    }

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-9 * (1.0 + expected.abs()),
            "{found} instead of {expected}"
        );
    }

    #[test]
    fn two_rows_that_move_together() {
        // Both rows have variance 1 and are the same: ρ² = (1/1.5)².
        let features = array![[1.0_f32, 0.0]];
        let reference = GainReference::of_values(features.view(), 0.5);
        let gains = reference.gains_of_values(features.view());
        close(gains.mutual_information[0], 0.5 * 3.0_f64.ln());
        close(gains.epig[0], -0.5 * (1.0 - 4.0 / 9.0_f64).ln());
        close(gains.variance_reduction[0], 1.0 / 1.5);
        // With one reference row, joint and mean information are one.
        close(gains.entropy_reduction[0], gains.epig[0]);
        // A row that has nothing to do with it teaches nothing about it.
        let other = reference.gains_of_values(array![[0.0_f32, 3.0]].view());
        assert_eq!((other.epig[0], other.variance_reduction[0]), (0.0, 0.0));
        assert_eq!(other.entropy_reduction[0], 0.0);
        close(other.mutual_information[0], 0.5 * 19.0_f64.ln());
    }

    #[test]
    fn values_agree_with_the_definitions() {
        let (pool, rows) = (random(300, 6, "pool"), random(40, 6, "reference"));
        let noise = 0.3;
        let gains = GainReference::of_values(rows.view(), noise).gains_of_values(pool.view());
        for at in (0..300).step_by(13) {
            let own = pool.slice(s![at..=at, ..]).to_owned();
            let both = ndarray::concatenate(Axis(0), &[own.view(), rows.view()]).unwrap();
            let k = covariance(&both, noise);
            // I(y; y_R) = H(y) + H(y_R) − H(y, y_R).
            let joint = 0.5
                * (k[[0, 0]].ln() + ln_det(k.slice(s![1.., 1..]).to_owned()) - ln_det(k.clone()));
            close(gains.entropy_reduction[at], joint);
            let (mut epig, mut reduction) = (0.0, 0.0);
            for r in 1..=40 {
                let pair = array![[k[[0, 0]], k[[0, r]]], [k[[r, 0]], k[[r, r]]]];
                epig += 0.5 * (k[[0, 0]].ln() + k[[r, r]].ln() - ln_det(pair)) / 40.0;
                // Variance before minus variance after conditioning.
                let before = k[[r, r]] - noise;
                let after = before - k[[0, r]] * k[[0, r]] / k[[0, 0]];
                reduction += (before - after) / 40.0;
            }
            close(gains.epig[at], epig);
            close(gains.variance_reduction[at], reduction);
        }
    }

    #[test]
    fn classes_agree_with_reweighted_draws() {
        let draws: Vec<Array2<f32>> = (0..5)
            .map(|draw| {
                let mut p = random(9, 3, &format!("draw {draw}")).mapv(|v| v + 1.001);
                for mut row in p.rows_mut() {
                    let sum = row.sum();
                    row.mapv_inplace(|v| v / sum);
                }
                p
            })
            .collect();
        let few: Vec<Array2<f32>> = draws
            .iter()
            .map(|d| d.slice(s![..4, ..]).to_owned())
            .collect();
        let gains = GainReference::of_classes(&few).gains_of_classes(&draws);
        let mean = mean_probabilities(&draws);
        for row in 0..9 {
            let (mut entropy, mut variance) = (0.0, 0.0);
            for r in 0..4 {
                for y in 0..3 {
                    // The draws as probable as they said y was.
                    let total: f64 = draws.iter().map(|d| f64::from(d[[row, y]])).sum();
                    let after = Array1::from_shape_fn(3, |z| {
                        let sum: f64 = draws
                            .iter()
                            .map(|d| f64::from(d[[row, y]]) * f64::from(d[[r, z]]))
                            .sum();
                        sum / total
                    });
                    let p = total / 5.0;
                    let before = crate::information::entropy(mean.row(r));
                    entropy += p * (before - crate::information::entropy(after.view())) / 4.0;
                    let moved = &after - &mean.row(r);
                    variance += p * moved.dot(&moved) / 4.0;
                }
            }
            close(gains.epig[row], entropy);
            close(gains.variance_reduction[row], variance);
        }
        let bald = class_uncertainty(&draws).mutual_information;
        assert_eq!(gains.mutual_information, bald);
    }

    #[test]
    fn a_sure_model_gains_nothing() {
        let flat = Posterior::Values {
            draws: Array2::ones((4, 3)),
            noise: vec![0.0; 3],
        };
        let features = flat.features();
        let gains = GainReference::of_values(features.view(), 0.0).gains_of_values(features.view());
        assert_eq!(gains.epig, [0.0; 3]);
        assert_eq!(gains.mutual_information, [0.0; 3]);
        let nothing = GainReference::of_values(features.slice(s![..0, ..]), 1.0);
        let gains = nothing.gains_of_values(features.view());
        assert_eq!(gains.epig, [0.0; 3]);
    }

    #[test]
    fn without_noise_the_floor_keeps_gains_finite() {
        let features = array![[1.0_f32, -1.0], [2.0, -2.0]];
        let reference = GainReference::of_values(features.view(), 0.0);
        assert!(reference.noise() > 0.0);
        let gains = reference.gains_of_values(features.view());
        assert!(
            gains
                .epig
                .iter()
                .all(|gain| gain.is_finite() && *gain > 1.0)
        );
    }
}
