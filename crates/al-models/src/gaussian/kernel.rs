//! How alike two points are.
//!
//! ```text
//! k(x, x′) = a·m(r)·c + b·x·x′/p + d·c + t·T·c
//! r² = Σᵢ ((xᵢ − x′ᵢ)/ℓᵢ)²,  m(r) = (1 + √5·r + 5/3·r²)·exp(−√5·r)
//! c = exp(−Σⱼ [cⱼ ≠ c′ⱼ]/λⱼ)
//! ```
//!
//! A Matérn kernel of smoothness 5/2 with a length per number, times one for
//! categories; a linear trend, which goes on where the rows end; an effect of the
//! categories alone; and, where rows have structures, the Tanimoto similarity T of what
//! these consist of (Ralaivola, Swamidass, Saigo & Baldi 2005), which needs no length.
//! Hyperparameters are logarithms.

use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::points::{KernelPoints, SpaceShape};
use super::quick::exp_all;

const ROOT_5: f64 = 2.236_067_977_499_79;

/// Hyperparameters of a process. As a vector they are logarithms, in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct KernelParameters {
    /// ℓ, p.
    pub(super) lengths: Vec<f64>,
    /// λ, q.
    pub(super) category_lengths: Vec<f64>,
    /// a, the variance of the product.
    pub(super) amplitude: f64,
    /// b, the variance of the trend.
    pub(super) trend: f64,
    /// d, the variance of the categories alone.
    pub(super) offset: f64,
    /// t, the variance that structures explain; `None` without structures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) likeness: Option<f64>,
    /// The variance of a measurement of weight 1.
    pub(super) noise: f64,
}

impl KernelParameters {
    pub(super) fn from_logarithms(logs: &[f64], shape: SpaceShape) -> KernelParameters {
        let value = |at: usize| logs[at].exp();
        let last = shape.numbers + shape.categories;
        KernelParameters {
            lengths: (0..shape.numbers).map(value).collect(),
            category_lengths: (shape.numbers..last).map(value).collect(),
            amplitude: value(last),
            trend: value(last + 1),
            offset: value(last + 2),
            likeness: shape.structured.then(|| value(last + 3)),
            noise: value(logs.len() - 1),
        }
    }

    /// The variance of a function at a point, but for the trend.
    pub(super) fn variance(&self) -> f64 {
        self.amplitude + self.offset + self.likeness.unwrap_or(0.0)
    }

    /// Whether all are finite and above 0.
    pub(super) fn are_sound(&self) -> bool {
        let scalars = [self.amplitude, self.trend, self.offset, self.noise];
        let all = self
            .lengths
            .iter()
            .chain(&self.category_lengths)
            .chain(&self.likeness)
            .chain(&scalars);
        all.into_iter()
            .all(|value| *value > 0.0 && value.is_finite())
    }

    /// KernelPoints with their numbers in units of the lengths.
    fn scaled(&self, points: &KernelPoints) -> Array2<f64> {
        let mut scaled = points.numbers.clone();
        for (mut column, length) in scaled.axis_iter_mut(Axis(1)).zip(&self.lengths) {
            column /= *length;
        }
        scaled
    }

    /// k between all rows of `one` and of `other`, n × m.
    pub(super) fn between(&self, one: &KernelPoints, other: &KernelPoints) -> Array2<f64> {
        let mut out = self.without_trend(one, other);
        out.scaled_add(self.slope(), &one.numbers.dot(&other.numbers.t()));
        out
    }

    /// What the trend multiplies products of points by.
    pub(super) fn slope(&self) -> f64 {
        self.trend / self.lengths.len().max(1) as f64
    }

    /// As [`KernelParameters::between`], but for the trend.
    pub(super) fn without_trend(&self, one: &KernelPoints, other: &KernelPoints) -> Array2<f64> {
        let (left, right) = (self.scaled(one), self.scaled(other));
        let squares = |points: &Array2<f64>| -> Vec<f64> {
            points.rows().into_iter().map(|row| row.dot(&row)).collect()
        };
        let (left_squares, right_squares) = (squares(&left), squares(&right));
        let mut out = left.dot(&right.t()).as_standard_layout().into_owned();
        let codes = other.codes.t().as_standard_layout().into_owned();
        let n = other.numbers.nrows();
        let (mut near, mut alike) = (vec![0.0; n], vec![0.0; n]);
        let likeness = self.likeness.and_then(|_| one.likeness(other));
        for (row, mut values) in out.axis_iter_mut(Axis(0)).enumerate() {
            let values = values.as_slice_mut().expect("rows in one piece");
            alike.fill(0.0);
            for (at, length) in self.category_lengths.iter().enumerate() {
                let (here, rate) = (one.codes[[row, at]], 1.0 / length);
                for (alike, &code) in alike.iter_mut().zip(codes.row(at)) {
                    *alike -= if code == here { 0.0 } else { rate };
                }
            }
            let here = left_squares[row];
            let others = right_squares.iter().zip(&alike).zip(&mut near);
            for (value, ((there, alike), near)) in values.iter_mut().zip(others) {
                // Rounding may leave a difference of equal points below 0.
                let square = here + there - 2.0 * *value;
                let r = ROOT_5 * (if square > 0.0 { square } else { 0.0 }).sqrt();
                *value = r;
                *near = alike - r;
            }
            exp_all(&mut near);
            if self.category_lengths.is_empty() {
                alike.fill(1.0);
            } else {
                exp_all(&mut alike);
            }
            for ((value, near), alike) in values.iter_mut().zip(&near).zip(&alike) {
                let r = *value;
                *value = self.amplitude * (1.0 + r + r * r / 3.0) * near + self.offset * alike;
            }
            if let (Some(variance), Some(likeness)) = (self.likeness, &likeness) {
                let others = likeness[row].iter().zip(&alike);
                for (value, (likeness, alike)) in values.iter_mut().zip(others) {
                    *value += variance * likeness * alike;
                }
            }
        }
        out
    }

    /// k of each row with itself.
    #[cfg(test)]
    pub(super) fn own(&self, points: &KernelPoints) -> Vec<f64> {
        let p = self.lengths.len().max(1) as f64;
        let rows = points.numbers.rows().into_iter();
        rows.map(|row| self.variance() + self.trend * row.dot(&row) / p)
            .collect()
    }

    /// ½·Σᵢⱼ wᵢⱼ·∂kᵢⱼ/∂θ of the hyperparameters but the noise, with symmetric
    /// weights.
    pub(super) fn gradient(&self, points: &KernelPoints, weights: &Array2<f64>) -> Vec<f64> {
        let n = points.numbers.nrows();
        let (p, q) = (self.lengths.len(), self.category_lengths.len());
        let scaled = self.scaled(points);
        let rates: Vec<f64> = self
            .category_lengths
            .iter()
            .map(|length| 1.0 / length)
            .collect();
        let likeness = self.likeness.and_then(|_| points.likeness(points));
        let width = p + q + 3 + usize::from(self.likeness.is_some());
        let of_row = |row: usize| {
            let mut sums = vec![0.0; width];
            let (here, plain, codes) = (
                scaled.row(row),
                points.numbers.row(row),
                points.codes.row(row),
            );
            for column in 0..=row {
                // Both triangles, and the diagonal once.
                let weight = weights[[row, column]] * if column == row { 0.5 } else { 1.0 };
                let there = scaled.row(column);
                let square: f64 = here
                    .iter()
                    .zip(&there)
                    .map(|(a, b)| (a - b) * (a - b))
                    .sum();
                let others = points.codes.row(column);
                let alike = (-apart(codes, others, &rates)).exp();
                let smooth = self.amplitude * matern(square) * alike;
                let offset = self.offset * alike;
                let likeness = likeness.as_ref().map_or(0.0, |all| all[row][column]);
                let likeness = self.likeness.unwrap_or(0.0) * likeness * alike;
                let slope = weight * self.amplitude * alike * steepness(square);
                for (at, (a, b)) in here.iter().zip(&there).enumerate() {
                    sums[at] += slope * (a - b) * (a - b);
                }
                for (at, (a, b)) in codes.iter().zip(&others).enumerate() {
                    if a != b {
                        sums[p + at] += weight * (smooth + offset + likeness) * rates[at];
                    }
                }
                let linear = plain.dot(&points.numbers.row(column));
                sums[p + q] += weight * smooth;
                sums[p + q + 1] += weight * self.trend * linear / p.max(1) as f64;
                sums[p + q + 2] += weight * offset;
                if let Some(sum) = sums.get_mut(p + q + 3) {
                    *sum += weight * likeness;
                }
            }
            sums
        };
        // Summed in the order of the rows: the same on any number of threads.
        let rows: Vec<Vec<f64>> = (0..n).into_par_iter().map(of_row).collect();
        let mut total = vec![0.0; width];
        for row in rows {
            for (sum, value) in total.iter_mut().zip(row) {
                *sum += value;
            }
        }
        total
    }
}

/// Σⱼ [cⱼ ≠ c′ⱼ]/λⱼ.
fn apart(one: ArrayView1<'_, u32>, other: ArrayView1<'_, u32>, rates: &[f64]) -> f64 {
    let pairs = one.iter().zip(&other).zip(rates);
    pairs
        .filter(|((a, b), _)| a != b)
        .map(|(_, rate)| rate)
        .sum()
}

/// The Matérn 5/2 correlation at a squared distance.
fn matern(square: f64) -> f64 {
    let r = ROOT_5 * square.sqrt();
    (1.0 + r + r * r / 3.0) * (-r).exp()
}

/// What the derivative by ln ℓᵢ has in common: times ((xᵢ − x′ᵢ)/ℓᵢ)² it is it.
fn steepness(square: f64) -> f64 {
    let r = ROOT_5 * square.sqrt();
    5.0 / 3.0 * (1.0 + r) * (-r).exp()
}

#[cfg(test)]
mod tests {
    use al_core::Seed;
    use al_core::tanimoto::CountRows;
    use rand::RngExt;

    use super::super::points::PointStructures;
    use super::*;

    fn points(n: usize, seed: u64) -> KernelPoints {
        let mut rng = Seed(seed).stream("points", 0);
        KernelPoints {
            numbers: Array2::from_shape_fn((n, 2), |_| rng.random_range(-2.0..2.0)),
            codes: Array2::from_shape_fn((n, 2), |_| rng.random_range(0..3)),
            structures: None,
        }
    }

    fn shape(numbers: usize, categories: usize, structured: bool) -> SpaceShape {
        SpaceShape {
            numbers,
            categories,
            structured,
        }
    }

    const LOGS: [f64; 9] = [0.2, -0.5, 0.7, 0.1, 0.3, -1.0, -0.4, 0.6, -2.0];

    #[test]
    fn a_value_by_hand() {
        let parameters = KernelParameters::from_logarithms(
            &[0.0, 2.0_f64.ln(), 0.0, -20.0, -20.0, -20.0],
            shape(1, 1, false),
        );
        let at = |x: f64, code: u32| KernelPoints {
            numbers: Array2::from_elem((1, 1), x),
            codes: Array2::from_elem((1, 1), code),
            structures: None,
        };
        let same = parameters.between(&at(0.0, 1), &at(1.0, 1))[[0, 0]];
        let expected = (1.0 + ROOT_5 + 5.0 / 3.0) * (-ROOT_5).exp();
        assert!((same - expected).abs() < 1e-7);
        let other = parameters.between(&at(0.0, 1), &at(1.0, 0))[[0, 0]];
        assert!((other / same - (-0.5_f64).exp()).abs() < 1e-6);
        assert!((parameters.own(&at(0.3, 0))[0] - 1.0).abs() < 1e-7);
    }

    #[test]
    fn gradients_are_those_of_small_steps() {
        let mut points = points(7, 1);
        let mut rows = CountRows::default();
        (0..7_u32).for_each(|row| rows.push([(row / 2, 1 + row % 2), (9, 2), (10 + row, 1)]));
        points.structures = Some(PointStructures::of(rows));
        let shape = shape(2, 2, true);
        let mut rng = Seed(2).stream("weights", 0);
        let mut weights = Array2::from_shape_fn((7, 7), |_| rng.random_range(-1.0..1.0));
        weights = &weights + &weights.t();
        let value = |logs: &[f64]| {
            let kernel = KernelParameters::from_logarithms(logs, shape).between(&points, &points);
            0.5 * (&kernel * &weights).sum()
        };
        let gradient = KernelParameters::from_logarithms(&LOGS, shape).gradient(&points, &weights);
        for at in 0..8 {
            let step = |by: f64| {
                let mut logs = LOGS;
                logs[at] += by;
                value(&logs)
            };
            let numeric = (step(1e-5) - step(-1e-5)) / 2e-5;
            assert!(
                (gradient[at] - numeric).abs() < 1e-6,
                "{at}: {} {numeric}",
                gradient[at]
            );
        }
    }
}
