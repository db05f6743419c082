//! The posterior: what a model believes of some rows, as joint draws.
//!
//! Everything that chooses rows reads this and never a model. A draw is one
//! joint possibility for all rows: a member of an ensemble, say. Two rows
//! whose values move together over the draws tell the same story.

use ndarray::{Array1, Array2, ArrayView2, Axis};
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

/// What a model says of some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPredictions {
    /// Joint draws.
    pub posterior: Posterior,
    /// Lower and upper bound per row on the scale of the draws; `None` for
    /// classes, and where there are no intervals.
    pub interval: Option<(Vec<f64>, Vec<f64>)>,
}

impl RowPredictions {
    /// Those of the given rows.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> RowPredictions {
        let pick = |all: &Vec<f64>| rows.iter().map(|&row| all[row]).collect();
        RowPredictions {
            posterior: match &self.posterior {
                Posterior::Values { draws, noise } => Posterior::Values {
                    draws: draws.select(Axis(1), rows),
                    noise: rows.iter().map(|&row| noise[row]).collect(),
                },
                Posterior::Classes { draws } => Posterior::Classes {
                    draws: draws
                        .iter()
                        .map(|draw| draw.select(Axis(0), rows))
                        .collect(),
                },
            },
            interval: self
                .interval
                .as_ref()
                .map(|(low, high)| (pick(low), pick(high))),
        }
    }

    /// What is predicted of these rows and then of those of `other`, as a single draw: the
    /// means, which joint draws of two models would not be.
    ///
    /// # Panics
    ///
    /// If one is of values and the other of classes.
    #[must_use]
    pub fn means_with(&self, other: &RowPredictions) -> RowPredictions {
        let posterior = match (&self.posterior, &other.posterior) {
            (
                Posterior::Values { draws: a, noise: n },
                Posterior::Values { draws: b, noise: m },
            ) => {
                let means = mean(a).into_iter().chain(mean(b)).map(|mean| mean as f32);
                Posterior::Values {
                    draws: Array1::from_iter(means).insert_axis(Axis(0)),
                    noise: [n.as_slice(), m].concat(),
                }
            }
            (Posterior::Classes { .. }, Posterior::Classes { .. }) => {
                let (a, b) = (self.posterior.means(), other.posterior.means());
                let all = ndarray::concatenate(Axis(0), &[a.view(), b.view()]);
                Posterior::Classes {
                    draws: vec![all.expect("of the same classes")],
                }
            }
            _ => panic!("predictions of one task"),
        };
        let joined = |a: &[f64], b: &[f64]| [a, b].concat();
        let interval = self.interval.as_ref().zip(other.interval.as_ref());
        RowPredictions {
            posterior,
            interval: interval.map(|(a, b)| (joined(&a.0, &b.0), joined(&a.1, &b.1))),
        }
    }
}

/// What is said of each row learned from by the draws that did not see it
/// (out-of-bag estimation: Breiman 1996).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutOfBag {
    /// How many draws they are, k; of a bootstrap ensemble often about m/e.
    pub members: Vec<usize>,
    /// The mean of their predictions; NaN where k is 0.
    pub mean: Vec<f64>,
    /// The unbiased variance (ddof 1) of their predictions; NaN where k < 2.
    pub variance: Vec<f64>,
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

impl Posterior {
    /// Returns the mean of the draws: a value per row (n × 1), or its class
    /// probabilities (n × c); n × 0 without draws.
    #[must_use]
    pub fn means(&self) -> Array2<f32> {
        match self {
            _ if self.n_draws() == 0 => Array2::zeros((self.n_rows(), 0)),
            Posterior::Values { draws, .. } => {
                let means = mean(draws).into_iter().map(|value| value as f32);
                Array1::from_iter(means).insert_axis(Axis(1))
            }
            Posterior::Classes { draws } => {
                mean_probabilities(draws).mapv(|probability| probability as f32)
            }
        }
    }
}

/// Rows whose draws are looked at together: draws lie row after row, and a
/// column at a time would miss the cache at every value.
const BLOCK: usize = 2048;

fn centred(draws: ArrayView2<'_, f32>) -> Array2<f32> {
    let (m, n) = draws.dim();
    let mut features = vec![0.0_f32; n * m];
    let scale = 1.0 / (m as f64).sqrt();
    features
        .par_chunks_mut((BLOCK * m).max(1))
        .enumerate()
        .for_each(|(block, out)| {
            let first = block * BLOCK;
            let means = block_mean(draws, first, out.len() / m);
            for (draw, values) in draws.rows().into_iter().enumerate() {
                let values = values.iter().skip(first).zip(&means);
                for (row, (&value, mean)) in out.chunks_exact_mut(m).zip(values) {
                    row[draw] = ((f64::from(value) - mean) * scale) as f32;
                }
            }
        });
    Array2::from_shape_vec((n, m), features).expect("n × m values")
}

/// Mean over the draws of the `len` rows from `first` on.
fn block_mean(draws: ArrayView2<'_, f32>, first: usize, len: usize) -> Vec<f64> {
    let mut sums = vec![0.0_f64; len];
    for values in draws.rows() {
        for (sum, &value) in sums.iter_mut().zip(values.iter().skip(first)) {
            *sum += f64::from(value);
        }
    }
    let m = draws.nrows() as f64;
    sums.iter_mut().for_each(|sum| *sum /= m);
    sums
}

/// Mean over the draws, per row; `draws` is m × n.
#[must_use]
pub fn mean(draws: &Array2<f32>) -> Vec<f64> {
    in_blocks(draws, |first, len| block_mean(draws.view(), first, len))
}

/// Population variance (ddof 0) over the draws, per row; `draws` is m × n.
#[must_use]
pub fn variance(draws: &Array2<f32>) -> Vec<f64> {
    let m = draws.nrows() as f64;
    in_blocks(draws, |first, len| {
        let means = block_mean(draws.view(), first, len);
        let mut sums = vec![0.0_f64; len];
        for values in draws.rows() {
            let values = values.iter().skip(first).zip(&means);
            for (sum, (&value, mean)) in sums.iter_mut().zip(values) {
                *sum += (f64::from(value) - mean).powi(2);
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= m);
        sums
    })
}

/// What `of` gives for blocks of rows, one after the other.
fn in_blocks(draws: &Array2<f32>, of: impl Fn(usize, usize) -> Vec<f64> + Sync) -> Vec<f64> {
    let n = draws.ncols();
    (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .flat_map_iter(|block| of(block * BLOCK, BLOCK.min(n - block * BLOCK)))
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
