//! How well hyperparameters explain what was measured: minus the logarithm of
//! the marginal likelihood and of the priors, and its gradient.
//!
//! Priors on lengths grow with the square root of the number of columns, so that
//! a process in many columns does not begin as white noise (Hvarfner, Hellsten &
//! Nardi 2024); theirs are for columns from 0 to 1, ours have variance 1.

use ndarray::{Array1, Array2, Axis};

use super::cholesky::CholeskyFactor;
use super::kernel::KernelParameters;
use super::points::{KernelPoints, SpaceShape};

/// Standard deviation of a column from 0 to 1 whose values are equally likely.
const UNIFORM_DEVIATION: f64 = 0.288_675;

/// Hyperparameters stay within e to the power of ± this, and the noise above e to the
/// power of the second: what is simulated has hardly any.
const FARTHEST: f64 = 7.0;
const LEAST_NOISE: f64 = -10.0;

/// What is explained: points with values of mean 0 and variance 1 or so.
pub(super) struct MarginalLikelihood<'a> {
    pub(super) points: &'a KernelPoints,
    pub(super) values: &'a [f64],
    /// How much each row counts; its noise is divided by that.
    pub(super) weights: &'a [f64],
}

/// A normal prior on a logarithm, as a density of the value itself if `by_value`.
struct LogPrior {
    mean: f64,
    deviation: f64,
    by_value: bool,
}

impl LogPrior {
    /// Minus its logarithm, up to a constant, and the derivative of that.
    fn cost(&self, log: f64) -> (f64, f64) {
        let z = (log - self.mean) / self.deviation;
        let (slope, tilt) = if self.by_value {
            (1.0, log)
        } else {
            (0.0, 0.0)
        };
        (z * z / 2.0 + tilt, z / self.deviation + slope)
    }

    /// Where it is largest.
    fn mode(&self) -> f64 {
        match self.by_value {
            true => self.mean - self.deviation * self.deviation,
            false => self.mean,
        }
    }
}

fn priors(shape: SpaceShape) -> Vec<LogPrior> {
    let (numbers, categories) = (shape.numbers, shape.categories);
    let columns = (numbers + categories).max(1) as f64;
    let by_value = |mean, deviation| LogPrior {
        mean,
        deviation,
        by_value: true,
    };
    let plain = |mean, deviation| LogPrior {
        mean,
        deviation,
        by_value: false,
    };
    let length = 2.0_f64.sqrt() + 0.5 * columns.ln() - UNIFORM_DEVIATION.ln();
    let mut all = Vec::new();
    all.extend((0..numbers).map(|_| by_value(length, 3.0_f64.sqrt())));
    all.extend((0..categories).map(|_| plain((categories as f64).ln(), 1.2)));
    all.extend([plain(0.0, 1.0), plain(-3.0, 2.0), plain(-2.0, 1.5)]);
    all.extend(shape.structured.then(|| plain(0.0, 1.0)));
    all.push(by_value(-4.0, 1.0));
    all
}

/// Where a search may begin: at the priors' modes, and with all lengths longer by
/// a factor of e to the power of `longer`.
pub(super) fn start(shape: SpaceShape, longer: f64) -> Vec<f64> {
    let priors = priors(shape);
    let lengths = shape.numbers + shape.categories;
    priors
        .iter()
        .enumerate()
        .map(|(at, prior)| prior.mode() + if at < lengths { longer } else { 0.0 })
        .collect()
}

/// Between which values the logarithms are searched.
pub(super) fn bounds(shape: SpaceShape) -> Vec<(f64, f64)> {
    let mut all = vec![(-FARTHEST, FARTHEST); priors(shape).len() - 1];
    all.push((LEAST_NOISE, FARTHEST));
    all
}

/// The covariance of measurements: k with the noise on the diagonal.
pub(super) fn covariance(
    parameters: &KernelParameters,
    points: &KernelPoints,
    weights: &[f64],
) -> Array2<f64> {
    let mut matrix = parameters.between(points, points);
    for (at, weight) in weights.iter().enumerate() {
        // A hair more keeps equal rows apart where hardly any noise is found.
        let hair = 1e-8 * (parameters.variance() + parameters.trend);
        matrix[[at, at]] += parameters.noise / weight + hair;
    }
    matrix
}

impl MarginalLikelihood<'_> {
    /// The cost of these logarithms and its gradient; infinite where the
    /// covariance has no factor.
    pub(super) fn cost(&self, logs: &[f64]) -> (f64, Vec<f64>) {
        let shape = SpaceShape {
            numbers: self.points.numbers.ncols(),
            categories: self.points.codes.ncols(),
            structured: self.points.structures.is_some(),
        };
        let parameters = KernelParameters::from_logarithms(logs, shape);
        let matrix = covariance(&parameters, self.points, self.weights);
        let Some(factor) = CholeskyFactor::of(matrix) else {
            return (f64::INFINITY, vec![0.0; logs.len()]);
        };
        let values = Array1::from(self.values.to_vec()).insert_axis(Axis(1));
        let inverse = factor.inverse();
        let alpha = inverse.dot(&values);
        let fit = alpha
            .iter()
            .zip(self.values)
            .map(|(a, y)| a * y)
            .sum::<f64>();
        let mut cost = 0.5 * (fit + factor.log_determinant());
        let weights = inverse - alpha.dot(&alpha.t());
        let mut gradient = parameters.gradient(self.points, &weights);
        let diagonal = weights.diag();
        let noise = diagonal.iter().zip(self.weights);
        gradient.push(0.5 * parameters.noise * noise.map(|(w, weight)| w / weight).sum::<f64>());
        let all = priors(shape);
        for (at, prior) in all.iter().enumerate() {
            let (value, slope) = prior.cost(logs[at]);
            cost += value;
            gradient[at] += slope;
        }
        (cost, gradient)
    }
}

#[cfg(test)]
mod tests {
    use al_core::Seed;
    use rand::RngExt;

    use super::*;

    fn shape(numbers: usize, categories: usize) -> SpaceShape {
        SpaceShape {
            numbers,
            categories,
            structured: false,
        }
    }

    #[test]
    fn gradients_are_those_of_small_steps() {
        let mut rng = Seed(3).stream("evidence", 0);
        let points = KernelPoints {
            numbers: Array2::from_shape_fn((9, 2), |_| rng.random_range(-1.5..1.5)),
            codes: Array2::from_shape_fn((9, 1), |_| rng.random_range(0..3)),
            structures: None,
        };
        let values: Vec<f64> = points
            .numbers
            .rows()
            .into_iter()
            .map(|row| row[0] - row[1])
            .collect();
        let weights: Vec<f64> = (0..9).map(|row| 1.0 + f64::from(row % 2)).collect();
        let evidence = MarginalLikelihood {
            points: &points,
            values: &values,
            weights: &weights,
        };
        let logs = start(shape(2, 1), 0.3);
        let (_, gradient) = evidence.cost(&logs);
        for at in 0..logs.len() {
            let step = |by: f64| {
                let mut logs = logs.clone();
                logs[at] += by;
                evidence.cost(&logs).0
            };
            let numeric = (step(1e-5) - step(-1e-5)) / 2e-5;
            assert!(
                (gradient[at] - numeric).abs() < 1e-5,
                "{at}: {} {numeric}",
                gradient[at]
            );
        }
    }

    #[test]
    fn lengths_begin_longer_in_more_columns() {
        assert!(start(shape(20, 0), 0.0)[0] > start(shape(2, 0), 0.0)[0] + 1.0);
    }
}
