//! The posterior: what a model believes of some rows, as joint draws.
//!
//! Everything that chooses rows reads this and never a model. A draw is one
//! joint possibility for all rows: a member of an ensemble, say. Two rows
//! whose values move together over the draws tell the same story.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// Joint draws of a model's belief on n rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Posterior {
    /// A number per row.
    Values {
        /// The draws, m × n, on the fitted scale.
        draws: Array2<f32>,
        /// Per row the variance of a measurement around the truth, on the
        /// fitted scale squared.
        noise: Vec<f32>,
    },
    /// Class probabilities per row.
    Classes {
        /// Per draw n × c probabilities; each row sums to 1.
        draws: Vec<Array2<f32>>,
    },
}

impl Posterior {
    /// Number of rows, n.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Posterior::Values { draws, .. } => draws.ncols(),
            Posterior::Classes { draws } => draws.first().map_or(0, Array2::nrows),
        }
    }

    /// Number of draws, m.
    #[must_use]
    pub fn n_draws(&self) -> usize {
        match self {
            Posterior::Values { draws, .. } => draws.nrows(),
            Posterior::Classes { draws } => draws.len(),
        }
    }

    /// The rows' features Φ: n × m, or n × m·c for classes. Row i holds the
    /// deviations of its draws from their mean, divided by √m, so that
    /// squared lengths are (total) variances and inner products covariances.
    #[must_use]
    pub fn features(&self) -> Array2<f32> {
        match self {
            Posterior::Values { draws, .. } => centred(draws.view()),
            Posterior::Classes { draws } => {
                let (n, c, m) = (
                    self.n_rows(),
                    draws.first().map_or(0, Array2::ncols),
                    draws.len(),
                );
                let mut features = Array2::zeros((n, m * c));
                let mean = mean_probabilities(draws);
                let scale = 1.0 / (m as f32).sqrt();
                features
                    .axis_iter_mut(Axis(0))
                    .into_par_iter()
                    .enumerate()
                    .for_each(|(row, mut out)| {
                        for (draw, probabilities) in draws.iter().enumerate() {
                            for class in 0..c {
                                out[draw * c + class] = scale
                                    * (probabilities[[row, class]] - mean[[row, class]] as f32);
                            }
                        }
                    });
                features
            }
        }
    }
}

fn centred(draws: ndarray::ArrayView2<'_, f32>) -> Array2<f32> {
    let (m, n) = draws.dim();
    let mut features = Array2::zeros((n, m));
    let scale = 1.0 / (m as f64).sqrt();
    features
        .axis_iter_mut(Axis(0))
        .into_par_iter()
        .enumerate()
        .for_each(|(row, mut out)| {
            let column = draws.column(row);
            let mean = column.iter().map(|&v| f64::from(v)).sum::<f64>() / m as f64;
            for (cell, &value) in out.iter_mut().zip(column) {
                *cell = ((f64::from(value) - mean) * scale) as f32;
            }
        });
    features
}

/// Mean over the draws, per row; `draws` is m × n.
#[must_use]
pub fn mean(draws: &Array2<f32>) -> Vec<f64> {
    per_row(draws, |column, m| {
        column.iter().map(|&v| f64::from(v)).sum::<f64>() / m
    })
}

/// Population variance (ddof 0) over the draws, per row; `draws` is m × n.
#[must_use]
pub fn variance(draws: &Array2<f32>) -> Vec<f64> {
    per_row(draws, |column, m| {
        let mean = column.iter().map(|&v| f64::from(v)).sum::<f64>() / m;
        column
            .iter()
            .map(|&v| (f64::from(v) - mean).powi(2))
            .sum::<f64>()
            / m
    })
}

fn per_row(
    draws: &Array2<f32>,
    of: impl Fn(ndarray::ArrayView1<'_, f32>, f64) -> f64 + Sync,
) -> Vec<f64> {
    let m = draws.nrows() as f64;
    (0..draws.ncols())
        .into_par_iter()
        .with_min_len(1024)
        .map(|row| of(draws.column(row), m))
        .collect()
}

/// Mean class probabilities over the draws, n × c.
#[must_use]
pub fn mean_probabilities(draws: &[Array2<f32>]) -> Array2<f64> {
    let shape = draws.first().map_or((0, 0), Array2::dim);
    let mut mean = Array2::<f64>::zeros(shape);
    for draw in draws {
        mean.zip_mut_with(draw, |sum, &p| *sum += f64::from(p));
    }
    mean /= draws.len().max(1) as f64;
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn features_hold_variances_and_covariances() {
        let draws = array![[1.0_f32, 2.0, 5.0], [3.0, 6.0, 5.0]];
        assert_eq!(mean(&draws), [2.0, 4.0, 5.0]);
        assert_eq!(variance(&draws), [1.0, 4.0, 0.0]);
        let features = Posterior::Values {
            draws,
            noise: vec![0.0; 3],
        }
        .features();
        let dot = |a: usize, b: usize| features.row(a).dot(&features.row(b));
        assert!((dot(0, 0) - 1.0).abs() < 1e-6);
        assert!((dot(1, 1) - 4.0).abs() < 1e-6);
        assert!((dot(0, 1) - 2.0).abs() < 1e-6, "covariance of rows 0 and 1");
        assert_eq!(dot(2, 2), 0.0);
    }

    #[test]
    fn class_features_hold_the_total_variance() {
        let draws = vec![array![[0.2_f32, 0.8]], array![[0.6, 0.4]]];
        let features = Posterior::Classes { draws }.features();
        assert_eq!(features.dim(), (1, 4));
        let total: f32 = features.iter().map(|v| v * v).sum();
        assert!(
            (total - 0.08).abs() < 1e-6,
            "0.2² per class over two classes"
        );
    }
}
