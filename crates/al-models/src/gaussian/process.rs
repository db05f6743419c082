//! A fitted process: its mean, what it says of each training row without it, and
//! joint draws.
//!
//! Draws are made by pathwise conditioning (Wilson et al. 2020): a function drawn
//! from the prior, plus what moves it to the measurements. A draw of a million
//! rows costs a million times that of one.

use al_core::Seed;
use ndarray::{Array1, Array2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cholesky::CholeskyFactor;
use super::draws::{DrawParts, DrawWeights};
use super::evidence::covariance;
use super::features::RandomFeatures;
use super::kernel::KernelParameters;
use super::left_out::without_own;
use super::points::{GaussianData, KernelPoints, KernelRows, PointSpace};
use super::search::{FoundParameters, learned};
use crate::learner::LeftOutValue;
use crate::normal::normal;

/// Rows predicted at once.
const BLOCK: usize = 512;

/// What of a fitted process is saved beside its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ProcessHead {
    pub(super) space: PointSpace,
    pub(super) parameters: KernelParameters,
    /// Mean and standard deviation of the values.
    pub(super) centre: f64,
    pub(super) unit: f64,
    pub(super) seed: Seed,
    pub(super) rows: usize,
    pub(super) members: usize,
}

/// A fitted process with `members` joint draws, whose mean is its own.
#[derive(Debug)]
pub(crate) struct GaussianProcess {
    pub(super) head: ProcessHead,
    pub(super) training: KernelPoints,
    pub(super) features: RandomFeatures,
    /// K⁻¹·y, n.
    pub(super) alpha: Array1<f64>,
    /// Per draw K⁻¹ of what its prior function misses, n × m.
    pub(super) corrections: Array2<f64>,
    /// Per draw the weights of its prior function, features × m.
    pub(super) prior_weights: Array2<f64>,
    /// Per training row the mean and the variance of the function there without
    /// its group, n × 2.
    pub(super) left_out: Array2<f64>,
}

impl GaussianProcess {
    /// Fits a process, where the searches may begin `elsewhere`, too; with what was found.
    /// `None` if no hyperparameters give a covariance that has a factor.
    pub(super) fn fit_once(
        data: GaussianData<'_>,
        members: usize,
        seed: Seed,
        elsewhere: &[FoundParameters],
    ) -> Option<(GaussianProcess, FoundParameters)> {
        let total: f64 = data.weights.iter().sum();
        let weighted = |value: &dyn Fn(f64) -> f64| {
            let pairs = data.values.iter().zip(data.weights);
            pairs.map(|(&y, &weight)| value(y) * weight).sum::<f64>() / total
        };
        let centre = weighted(&|y| y);
        let unit = weighted(&|y| (y - centre) * (y - centre)).sqrt();
        // Equal values differ by rounding alone.
        let unit = if unit > 1e-9 * centre.abs() {
            unit
        } else {
            0.0
        };
        let safe = if unit > 0.0 { unit } else { 1.0 };
        let values: Vec<f64> = data.values.iter().map(|y| (y - centre) / safe).collect();
        let mean_weight = total / data.weights.len() as f64;
        let weights: Vec<f64> = data
            .weights
            .iter()
            .map(|weight| weight / mean_weight)
            .collect();
        let (space, found) = learned(data, &values, &weights, seed, elsewhere);
        let parameters = KernelParameters::from_logarithms(&found.logarithms, space.shape());
        let points = space.points(data.rows);
        let head = ProcessHead {
            space,
            parameters,
            centre,
            unit,
            seed,
            rows: values.len(),
            members,
        };
        let process = conditioned(head, points, &values, &weights, data.groups)?;
        Some((process, found))
    }

    /// Says these of the training rows without them.
    pub(super) fn say_left_out(&mut self, said: &[LeftOutValue]) {
        let unit = if self.head.unit > 0.0 {
            self.head.unit
        } else {
            1.0
        };
        for (row, said) in said.iter().enumerate() {
            self.left_out[[row, 0]] = (said.mean - self.head.centre) / unit;
            self.left_out[[row, 1]] = said.variance / (unit * unit);
        }
    }

    /// Number of draws.
    pub(crate) fn members(&self) -> usize {
        self.head.members
    }

    /// Values per row.
    pub(crate) fn width(&self) -> usize {
        self.head.space.width()
    }

    /// Per training row the mean and the variance of the function there, by the rows
    /// of other groups.
    pub(crate) fn left_out(&self) -> Vec<LeftOutValue> {
        let unit = if self.head.unit > 0.0 {
            self.head.unit
        } else {
            1.0
        };
        let rows = self.left_out.rows().into_iter();
        rows.map(|row| LeftOutValue {
            mean: self.head.centre + unit * row[0],
            variance: unit * unit * row[1],
        })
        .collect()
    }

    /// How much each column matters: the inverse squares of the lengths.
    pub(crate) fn importance(&self) -> Vec<f64> {
        let (numbers, categories) = self.head.space.origins();
        let mut shares = vec![0.0; self.width()];
        for (at, length) in numbers.into_iter().zip(&self.head.parameters.lengths) {
            shares[at] += 1.0 / (length * length);
        }
        for (at, length) in categories
            .into_iter()
            .zip(&self.head.parameters.category_lengths)
        {
            shares[at] += 1.0 / length;
        }
        let parameters = &self.head.parameters;
        if let (Some(at), Some(likeness)) = (self.head.space.structure(), parameters.likeness) {
            shares[at] += likeness / parameters.variance();
        }
        shares
    }

    /// The draws `which` of rows: n values per draw.
    pub(crate) fn draws(
        &self,
        rows: KernelRows<'_>,
        which: std::ops::Range<usize>,
    ) -> Vec<Vec<f32>> {
        let width = self.width().max(1);
        let parts = DrawParts {
            training: &self.training.numbers,
            slope: self.head.parameters.slope(),
            alpha: &self.alpha,
            corrections: &self.corrections,
            prior_weights: &self.prior_weights,
        };
        let weights = DrawWeights::of(parts, which.clone());
        let blocks: Vec<Array2<f64>> = rows
            .values
            .par_chunks(BLOCK * width)
            .enumerate()
            .map(|(at, values)| {
                let first = at * BLOCK;
                let block: Vec<usize> = (first..first + values.len() / width).collect();
                let counts = rows.counts.map(|counts| counts.take(&block));
                let block = KernelRows {
                    values,
                    counts: counts.as_ref(),
                };
                self.block(block, &weights)
            })
            .collect();
        (0..which.len())
            .into_par_iter()
            .map(|draw| {
                let values = blocks.iter().flat_map(|block| block.column(draw).to_vec());
                values.map(|value| value as f32).collect()
            })
            .collect()
    }

    fn block(&self, rows: KernelRows<'_>, weights: &DrawWeights) -> Array2<f64> {
        let points = self.head.space.points(rows);
        if self.head.unit == 0.0 {
            return Array2::from_elem((points.numbers.nrows(), weights.len()), self.head.centre);
        }
        let parameters = &self.head.parameters;
        let cross = parameters.without_trend(&points, &self.training);
        let draws = weights.draws(&cross, &points.numbers, &self.features.of(&points));
        draws * self.head.unit + self.head.centre
    }
}

/// The process of these hyperparameters, moved to the measurements.
fn conditioned(
    mut head: ProcessHead,
    training: KernelPoints,
    values: &[f64],
    weights: &[f64],
    groups: &[u64],
) -> Option<GaussianProcess> {
    // More noise where rounding leaves no factor.
    let factor = (0..6).find_map(|_| {
        let factor = CholeskyFactor::of(covariance(&head.parameters, &training, weights));
        if factor.is_none() {
            head.parameters.noise = (head.parameters.noise * 10.0).max(1e-6);
        }
        factor
    })?;
    let (n, m) = (values.len(), head.members);
    let inverse = factor.inverse();
    let alpha = inverse.dot(&Array1::from(values.to_vec()));
    let features = RandomFeatures::drawn(&head.parameters, &head.space.levels, head.seed);
    let mut rng = head.seed.stream("draws of a process", 0);
    let prior_weights = centred(Array2::from_shape_simple_fn((features.width(), m), || {
        normal(&mut rng)
    }));
    let mut errors = centred(Array2::from_shape_simple_fn((n, m), || normal(&mut rng)));
    for (mut row, weight) in errors.rows_mut().into_iter().zip(weights) {
        row *= (head.parameters.noise / weight).sqrt();
    }
    let missed = features.of(&training).dot(&prior_weights) + errors;
    let corrections = factor.solve(-missed);
    let noise = weights.iter().map(|weight| head.parameters.noise / weight);
    let noise: Vec<f64> = noise.collect();
    let left_out = without_own(&inverse, &alpha, values, &noise, groups);
    Some(GaussianProcess {
        head,
        training,
        features,
        alpha,
        corrections,
        prior_weights,
        left_out,
    })
}

/// Columns of mean 0 with the covariance that they had: the mean of the draws is
/// the mean of the process.
fn centred(mut draws: Array2<f64>) -> Array2<f64> {
    let m = draws.ncols();
    if m < 2 {
        draws.fill(0.0);
        return draws;
    }
    let scale = (m as f64 / (m - 1) as f64).sqrt();
    for mut row in draws.rows_mut() {
        let mean = row.mean().unwrap_or(0.0);
        row.mapv_inplace(|value| (value - mean) * scale);
    }
    draws
}

#[cfg(test)]
mod tests {
    use al_core::{MatrixColumn, posterior};
    use rand::RngExt;

    use super::super::folded::fit;
    use super::super::search::OF_VALUES;
    use super::*;

    const COLUMNS: [MatrixColumn; 2] = [MatrixColumn::Numeric, MatrixColumn::Numeric];

    fn plain(values: &[f32]) -> KernelRows<'_> {
        KernelRows {
            values,
            counts: None,
        }
    }

    fn rows(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Seed(seed).stream("rows", 0);
        (0..2 * n)
            .map(|_| rng.random_range(-2.0_f32..2.0))
            .collect()
    }

    fn truth(rows: &[f32]) -> Vec<f64> {
        rows.chunks_exact(2)
            .map(|row| 5.0 + 3.0 * f64::from(row[0]).sin() + f64::from(row[1]))
            .collect()
    }

    fn fitted(rows: &[f32], values: &[f64], members: usize) -> GaussianProcess {
        let weights = vec![1.0; values.len()];
        let data = GaussianData {
            rows: plain(rows),
            columns: &COLUMNS,
            values,
            weights: &weights,
            effort: OF_VALUES,
            groups: &[],
        };
        fit(data, members, Seed(1)).unwrap()
    }

    fn table(draws: Vec<Vec<f32>>) -> Array2<f32> {
        let n = draws[0].len();
        Array2::from_shape_vec((draws.len(), n), draws.concat()).unwrap()
    }

    #[test]
    fn a_smooth_function_is_found() {
        let (train, test) = (rows(60, 1), rows(200, 2));
        let process = fitted(&train, &truth(&train), 10);
        let mean = posterior::mean(&table(process.draws(plain(&test), 0..10)));
        let error: f64 = mean
            .iter()
            .zip(truth(&test))
            .map(|(m, y)| (m - y).powi(2))
            .sum();
        let error = (error / 200.0).sqrt();
        assert!(error < 0.15, "{error}");
    }

    #[test]
    fn a_target_that_turns_often_is_no_noise() {
        for n in [60, 100, 140, 180] {
            let (train, test) = (rows(n, 11), rows(200, 12));
            let waves = |rows: &[f32]| -> Vec<f64> {
                rows.chunks(2)
                    .map(|row| (8.0 * f64::from(row[0])).sin())
                    .collect()
            };
            let process = fitted(&train, &waves(&train), 10);
            let mean = posterior::mean(&table(process.draws(plain(&test), 0..10)));
            let found = mean.iter().zip(waves(&test));
            let error: f64 = found.map(|(m, y)| (m - y).powi(2)).sum();
            assert!((error / 200.0).sqrt() < 0.35, "{n}: {error}");
        }
    }

    #[test]
    fn leaving_a_row_out_is_what_a_fit_without_it_says() {
        let train = rows(30, 3);
        let values = truth(&train);
        let weights = vec![1.0; values.len()];
        let data = GaussianData {
            rows: plain(&train),
            columns: &COLUMNS,
            values: &values,
            weights: &weights,
            effort: OF_VALUES,
            groups: &[],
        };
        let (process, _) = GaussianProcess::fit_once(data, 4, Seed(1), &[]).unwrap();
        // The same hyperparameters without the last row.
        let head = ProcessHead {
            rows: 29,
            ..process.head.clone()
        };
        let (centre, unit) = (head.centre, head.unit);
        let standard: Vec<f64> = values[..29].iter().map(|y| (y - centre) / unit).collect();
        let points = head.space.points(plain(&train[..58]));
        let without = conditioned(head, points, &standard, &[1.0; 29], &[]).unwrap();
        let mean = posterior::mean(&table(without.draws(plain(&train[58..]), 0..4)))[0];
        assert!((mean - process.left_out()[29].mean).abs() < 1e-4 * unit);
    }

    #[test]
    fn draws_have_the_variance_of_the_process() {
        let train = rows(40, 5);
        let process = fitted(&train, &truth(&train), 400);
        let far = rows(50, 6);
        let variance = posterior::variance(&table(process.draws(plain(&far), 0..400)));
        // The variance in closed form.
        let points = process.head.space.points(plain(&far));
        let parameters = &process.head.parameters;
        let matrix = covariance(parameters, &process.training, &[1.0; 40]);
        let factor = CholeskyFactor::of(matrix).unwrap();
        let cross = parameters.between(&process.training, &points);
        let root = factor.forward(cross);
        let own = parameters.own(&points);
        let unit = process.head.unit * process.head.unit;
        let exact: Vec<f64> = own
            .iter()
            .zip(root.columns())
            .map(|(own, column)| unit * (own - column.dot(&column)))
            .collect();
        let ratio = variance.iter().sum::<f64>() / exact.iter().sum::<f64>();
        assert!((0.6..1.6).contains(&ratio), "{ratio}");
    }

    #[test]
    fn equal_values_leave_no_doubt() {
        let train = rows(10, 8);
        let process = fitted(&train, &[4.0; 10], 3);
        for draw in process.draws(plain(&rows(5, 9)), 0..3) {
            assert_eq!(draw, [4.0; 5]);
        }
    }
}
