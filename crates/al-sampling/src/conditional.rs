//! What remains of each candidate's variance once others are measured.
//!
//! Features Φ are a posterior: cov(x, x') = φₓ·φₓ'. A measurement of p with
//! noise variance τ² turns the covariance of a Gaussian with it into
//!
//!   cov(x, x') − cov(x, p)·cov(p, x') / (τ² + var(p)).
//!
//! In features that is φₓ·A·φₓ' with one matrix A of f × f, at first the
//! identity, that loses a·aᵀ / (τ² + φₚ·a), a = A·φₚ, per measurement; each
//! candidate's variance loses (φₓ·a)² / (τ² + φₚ·a). Means change only with an
//! outcome: this module knows none, nor what a variance is good for.
//!
//! Anchors are measured already, and the model has learnt from them: it is
//! the batch's own rows that are conditioned on. All numbers are `f64`, in
//! whose range products of four `f32` stay, so nothing need be scaled.

use ndarray::{ArrayView2, Axis, CowArray, Ix2};
use rayon::prelude::*;

use crate::query::Pool;

/// Rows worked on together. Sums run over blocks of this size, so that they
/// are the same on any number of threads.
const BLOCK: usize = 4096;

/// The least noise as a share of the mean variance, and the least variance to
/// trust as a share of the noise: below it, conditioning loses more digits to
/// rounding than it gains in truth.
const LEAST_SHARE: f64 = 1e-6;

/// The candidates' variances, given the measurement of some of them.
#[derive(Debug)]
pub(crate) struct Conditional<'q> {
    features: CowArray<'q, f32, Ix2>,
    noise: f64,
    rounding: f64,
    /// A, f × f.
    metric: Vec<f64>,
    /// Per candidate φ·A·φ.
    variances: Vec<f64>,
}

impl<'q> Conditional<'q> {
    /// Nothing is conditioned on yet. Takes O(n·f).
    pub(crate) fn new(pool: &'q Pool<'q>) -> Conditional<'q> {
        Conditional::of(pool.features().into(), pool.noise())
    }

    /// As [`Conditional::new`], of one of several targets alone.
    pub(crate) fn of_output(pool: &'q Pool<'q>, output: usize) -> Conditional<'q> {
        let (features, outputs) = (pool.features(), pool.means().ncols().max(1));
        let own: Vec<usize> = (output..features.ncols()).step_by(outputs).collect();
        Conditional::of(features.select(Axis(1), &own).into(), pool.noise_of(output))
    }

    fn of(features: CowArray<'q, f32, Ix2>, noise: f32) -> Conditional<'q> {
        let features = match features.is_standard_layout() {
            true => features,
            false => features.as_standard_layout().into_owned().into(),
        };
        let width = features.ncols();
        let variances = squared_lengths(features.view());
        let mut metric = vec![0.0; width * width];
        metric.iter_mut().step_by(width + 1).for_each(|a| *a = 1.0);
        let noise = at_least(noise, &variances);
        let mean = mean(&variances);
        Conditional {
            features,
            noise,
            rounding: LEAST_SHARE * if mean > 0.0 { mean.min(noise) } else { noise },
            metric,
            variances,
        }
    }

    /// The variance that is left of each candidate, ≥ 0, without noise.
    pub(crate) fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Variances below this one, > 0, may be rounding errors: 10⁻⁶ of the
    /// noise or of the mean variance at the start, whichever is less (of the
    /// noise if there was no variance).
    pub(crate) fn rounding(&self) -> f64 {
        self.rounding
    }

    /// Counts `candidate` as measured, once more. Takes O(n·f + f²).
    pub(crate) fn condition(&mut self, candidate: usize) {
        let width = self.features.ncols();
        if width == 0 {
            return;
        }
        let values = self.features.as_slice().expect("standard layout");
        let row = &values[candidate * width..][..width];
        let direction: Vec<f64> = self
            .metric
            .chunks_exact(width)
            .map(|a| dot(row, a))
            .collect();
        let total = self.noise + dot(row, &direction).max(0.0);
        self.variances
            .par_chunks_mut(BLOCK)
            .zip(values.par_chunks(BLOCK * width))
            .for_each(|(variances, rows)| {
                for (variance, row) in variances.iter_mut().zip(rows.chunks_exact(width)) {
                    let covariance = dot(row, &direction);
                    *variance = (*variance - covariance * (covariance / total)).max(0.0);
                }
            });
        for (a, &left) in self.metric.chunks_exact_mut(width).zip(&direction) {
            for (a, &right) in a.iter_mut().zip(&direction) {
                // Grouped so that A stays symmetric to the last bit.
                *a -= left * right / total;
            }
        }
    }
}

/// The variance of each candidate as the pool has it, ‖φ‖²: of classes the
/// sum over them, 0 without features.
pub(crate) fn variances(pool: &Pool<'_>) -> Vec<f64> {
    squared_lengths(pool.features())
}

/// ‖φ‖² of each row, in standard layout.
fn squared_lengths(features: ArrayView2<'_, f32>) -> Vec<f64> {
    let mut variances = vec![0.0; features.nrows()];
    if features.ncols() > 0 {
        let values = features.as_slice().expect("standard layout");
        variances
            .par_chunks_mut(BLOCK)
            .zip(values.par_chunks(BLOCK * features.ncols()))
            .for_each(|(variances, rows)| {
                for (variance, row) in variances
                    .iter_mut()
                    .zip(rows.chunks_exact(features.ncols()))
                {
                    *variance = row.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
                }
            });
    }
    variances
}

/// The pool's noise τ², but at least 10⁻⁶ of the mean of the candidates'
/// `variances`; 1 if both are 0.
pub(crate) fn noise(pool: &Pool<'_>, variances: &[f64]) -> f64 {
    at_least(pool.noise(), variances)
}

fn at_least(noise: f32, variances: &[f64]) -> f64 {
    let noise = f64::from(noise).max(LEAST_SHARE * mean(variances));
    if noise > 0.0 { noise } else { 1.0 }
}

fn mean(values: &[f64]) -> f64 {
    let sums: Vec<f64> = values
        .par_chunks(BLOCK)
        .map(|block| block.iter().sum())
        .collect();
    sums.iter().sum::<f64>() / values.len().max(1) as f64
}

fn dot(row: &[f32], other: &[f64]) -> f64 {
    row.iter().zip(other).map(|(&a, b)| f64::from(a) * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn closed_forms() {
        // Two rows that move together, one on its own. τ² = 1.
        let mut case = Case::features(&[[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]]);
        case.noise = 1.0;
        case.with_pool(|pool| {
            let mut conditional = Conditional::new(pool);
            assert_eq!(conditional.variances(), [1.0, 4.0, 9.0]);
            conditional.condition(1);
            // 1 − 2²/(4 + 1), 4 − 4²/(4 + 1).
            let expected = [0.2, 0.8, 9.0];
            for (found, expected) in conditional.variances().iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found}");
            }
            // Measured again: 1/(1/0.8 + 1) of a mean of two measurements.
            conditional.condition(1);
            assert!((conditional.variances()[1] - 4.0 / 9.0).abs() < 1e-12);
        });
    }

    #[test]
    fn the_noise_is_never_0() {
        let mut case = Case::features(&[[1.0], [3.0]]);
        let noise_of = |case: &Case| case.with_pool(|pool| noise(pool, &variances(pool)));
        // A millionth of the mean variance, 5.
        assert!((noise_of(&case) - 5e-6).abs() < 1e-18);
        case.noise = 0.5;
        assert_eq!(noise_of(&case), 0.5);
        case.noise = 0.0;
        case.features.fill(0.0);
        assert_eq!(noise_of(&case), 1.0);
        assert_eq!(noise_of(&Case::points(&[[0.0]])), 1.0);
    }

    /// A Gaussian with covariance ΦΦᵀ after measuring `measured` one after the
    /// other with noise, by the n × n matrix.
    fn brute(features: &Array2<f32>, measured: &[usize], noise: f64) -> Vec<f64> {
        let features = features.mapv(f64::from);
        let mut covariance = features.dot(&features.t());
        for &p in measured {
            let column = covariance.column(p).to_owned();
            let total = column[p] + noise;
            for (at, mut row) in covariance.rows_mut().into_iter().enumerate() {
                row.scaled_add(-column[at] / total, &column);
            }
        }
        covariance.diag().to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn as_conditioning_the_whole_covariance(
            n in 1_usize..60,
            width in 1_usize..8,
            measured in prop::collection::vec(0_usize..60, 0..30),
            noise in 1e-3_f32..10.0,
            exponent in -15_i32..15,
            seed: u64,
        ) {
            let unit = 10.0_f32.powi(exponent);
            let number = |at: usize| {
                (al_core::Seed(seed).derive("number", at as u64).0 >> 40) as f32 / (1 << 24) as f32
            };
            let features = Array2::from_shape_fn((n, width), |(row, column)| {
                (number(row * width + column) - 0.5) * unit
            });
            let mut case = Case::points(&vec![[0.0; 1]; n]);
            case.noise = noise * unit * unit;
            case.anchor_features = Array2::zeros((0, width));
            case.features = features;
            case.with_pool(|pool| {
                let mut conditional = Conditional::new(pool);
                let measured: Vec<usize> = measured.iter().map(|at| at % n).collect();
                measured.iter().for_each(|&at| conditional.condition(at));
                let expected = brute(&case.features, &measured, f64::from(case.noise));
                let first = brute(&case.features, &[], 1.0);
                for at in 0..n {
                    let error = (conditional.variances()[at] - expected[at]).abs();
                    assert!(error <= 1e-11 * first[at].max(f64::MIN_POSITIVE), "{error:e}");
                }
            });
        }
    }
}
