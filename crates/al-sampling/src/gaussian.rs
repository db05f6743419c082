//! A joint Gaussian belief over rows, and what measuring some of them leaves
//! of it.
//!
//! A row is a vector φ of e columns, and the covariance of two rows is φ·A·φ′.
//! Before any measurement A is the identity; measuring a row with noise τ²
//! takes (Aφ)(Aφ)ᵀ/(τ² + φAφ) away from it. A has e × e numbers, so what is
//! known costs O(e²) per measurement however many rows there are.
//!
//! This module knows rows, matrices and how to find the largest of many numbers
//! of 64 bits; it knows no pool, no strategy and no weight.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::unit_scale::power_of_two_to_one;

/// Rows looked at together. Sums over rows are sums of the blocks' sums, so
/// that they come out the same on any number of threads.
const BLOCK: usize = 2048;

/// The least noise, as a share of the candidates' mean variance.
const LEAST_NOISE: f64 = 1e-6;

/// Candidates of one space, multiplied by a power of two that keeps fourth
/// powers of their coordinates in range.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GaussianRows<'q> {
    values: &'q [f32],
    n: usize,
    width: usize,
    scale: f64,
}

impl<'q> GaussianRows<'q> {
    /// The candidates, n × e in standard layout; `anchors` are considered in
    /// the choice of the scale.
    pub(crate) fn new(rows: ArrayView2<'q, f32>, anchors: ArrayView2<'_, f32>) -> GaussianRows<'q> {
        let (n, width) = rows.dim();
        let values = rows.to_slice().expect("standard layout");
        let largest = values
            .par_chunks(1 << 16)
            .map(|values| values.iter().fold(0.0_f32, |a, b| a.max(b.abs())))
            .reduce(|| 0.0, f32::max);
        let largest = anchors.iter().fold(largest, |a, b| a.max(b.abs()));
        GaussianRows {
            values,
            n,
            width,
            scale: f64::from(power_of_two_to_one(largest)),
        }
    }

    /// Number of columns, e.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The factor by which variances here are larger than the true ones.
    pub(crate) fn squared_scale(&self) -> f64 {
        self.scale * self.scale
    }

    /// A candidate, scaled.
    pub(crate) fn row(&self, candidate: usize) -> Vec<f64> {
        let values = &self.values[candidate * self.width..][..self.width];
        self.scaled(values.iter())
    }

    /// A row of the same space, scaled.
    pub(crate) fn scaled<'a>(&self, values: impl IntoIterator<Item = &'a f32>) -> Vec<f64> {
        let values = values.into_iter();
        values.map(|&value| f64::from(value) * self.scale).collect()
    }

    /// The variance of a measurement, scaled: `noise`, in the unit of squared
    /// coordinates, but no less than a millionth of the candidates' mean
    /// variance, and 1 where both are 0.
    pub(crate) fn noise(&self, noise: f32) -> f64 {
        let noise = f64::from(noise) * self.squared_scale();
        let moment = self.second_moment();
        let total: f64 = (0..self.width).map(|at| moment[at * self.width + at]).sum();
        let noise = noise.max(LEAST_NOISE * total / self.n.max(1) as f64);
        if noise > 0.0 { noise } else { 1.0 }
    }

    /// The sum of φφᵀ over the candidates, e × e, scaled.
    pub(crate) fn second_moment(&self) -> Vec<f64> {
        let width = self.width;
        let mut sum = vec![0.0; width * width];
        if width == 0 {
            return sum;
        }
        let blocks: Vec<Vec<f64>> = self
            .values
            .par_chunks(BLOCK * width)
            .map(|values| {
                let mut sum = vec![0.0; width * width];
                for row in values.chunks_exact(width) {
                    add_square(&mut sum, &self.scaled(row));
                }
                sum
            })
            .collect();
        for block in blocks {
            sum.iter_mut().zip(block).for_each(|(a, b)| *a += b);
        }
        sum
    }

    /// Hands each candidate's inner products with some vectors to `update`,
    /// together with the candidate's value.
    pub(crate) fn project<V: Send, const N: usize>(
        &self,
        vectors: [&[f64]; N],
        values: &mut [V],
        update: impl Fn(&mut V, [f64; N]) + Sync,
    ) {
        // The scale goes into the few vectors instead of the many rows.
        let vectors: [Vec<f64>; N] =
            vectors.map(|vector| vector.iter().map(|value| value * self.scale).collect());
        self.each(values, |value, row| {
            let products = std::array::from_fn(|at| {
                let parts = vectors[at].iter().zip(row);
                parts.map(|(a, &b)| a * f64::from(b)).sum()
            });
            update(value, products);
        });
    }

    /// Hands each candidate's φMφ, for some symmetric matrices M, to `update`,
    /// together with the candidate's value.
    pub(crate) fn quadratic<V: Send, const N: usize>(
        &self,
        matrices: [&[f64]; N],
        values: &mut [V],
        update: impl Fn(&mut V, [f64; N]) + Sync,
    ) {
        self.each(values, |value, row| {
            let row = self.scaled(row);
            update(value, matrices.map(|matrix| quadratic(matrix, &row)));
        });
    }

    /// Hands each candidate's coordinates, not scaled, to `update`.
    fn each<V: Send>(&self, values: &mut [V], update: impl Fn(&mut V, &[f32]) + Sync) {
        if self.width == 0 {
            values.iter_mut().for_each(|value| update(value, &[]));
            return;
        }
        values
            .par_chunks_mut(BLOCK)
            .zip(self.values.par_chunks(BLOCK * self.width))
            .for_each(|(values, rows)| {
                for (value, row) in values.iter_mut().zip(rows.chunks_exact(self.width)) {
                    update(value, row);
                }
            });
    }
}

/// What is believed after some measurements.
#[derive(Debug, Clone)]
pub(crate) struct GaussianBelief {
    width: usize,
    /// A, e × e, symmetric.
    pub(crate) matrix: Vec<f64>,
}

/// What a measurement changes: A loses `along`·`along`ᵀ/`total`.
#[derive(Debug)]
pub(crate) struct GaussianMeasurement {
    /// Aφ of the row measured.
    pub(crate) along: Vec<f64>,
    /// τ² + φAφ, the variance of the measurement, > 0.
    pub(crate) total: f64,
}

impl GaussianBelief {
    /// Before any measurement.
    pub(crate) fn new(width: usize) -> GaussianBelief {
        let mut matrix = vec![0.0; width * width];
        matrix.iter_mut().step_by(width + 1).for_each(|a| *a = 1.0);
        GaussianBelief { width, matrix }
    }

    /// Aφ.
    pub(crate) fn times(&self, row: &[f64]) -> Vec<f64> {
        times(&self.matrix, row)
    }

    /// What measuring `row` with variance `noise`, > 0, would change.
    pub(crate) fn measured(&self, row: &[f64], noise: f64) -> GaussianMeasurement {
        let along = self.times(row);
        let total = noise + dot(&along, row).max(0.0);
        GaussianMeasurement { along, total }
    }

    /// Takes a measurement in.
    pub(crate) fn take(&mut self, measured: &GaussianMeasurement) {
        self.add(&measured.along, -1.0 / measured.total);
    }

    /// Forgets the measurement of a row; the noise, > 0, is that of when it
    /// was taken in.
    pub(crate) fn forget(&mut self, row: &[f64], noise: f64) {
        let along = self.times(row);
        let left = remaining(noise, dot(&along, row));
        self.add(&along, 1.0 / left);
    }

    fn add(&mut self, vector: &[f64], factor: f64) {
        let width = self.width.max(1);
        for (row, &a) in self.matrix.chunks_exact_mut(width).zip(vector) {
            for (cell, &b) in row.iter_mut().zip(vector) {
                *cell += factor * (a * b);
            }
        }
    }
}

/// τ² − φAφ of a row that was measured: > 0 but for rounding errors.
pub(crate) fn remaining(noise: f64, variance: f64) -> f64 {
    (noise - variance).max(1e-12 * noise)
}

/// M·v.
pub(crate) fn times(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    let rows = matrix.chunks_exact(vector.len().max(1));
    rows.map(|row| dot(row, vector)).collect()
}

/// M·N of two symmetric matrices of this width.
pub(crate) fn product(left: &[f64], right: &[f64], width: usize) -> Vec<f64> {
    let rows = left.chunks_exact(width.max(1));
    rows.flat_map(|row| times(right, row)).collect()
}

/// vMv.
pub(crate) fn quadratic(matrix: &[f64], vector: &[f64]) -> f64 {
    let rows = matrix.chunks_exact(vector.len().max(1));
    rows.zip(vector).map(|(row, a)| a * dot(row, vector)).sum()
}

/// Inner product.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// M + vvᵀ.
pub(crate) fn add_square(matrix: &mut [f64], vector: &[f64]) {
    let rows = matrix.chunks_exact_mut(vector.len().max(1));
    for (row, &a) in rows.zip(vector) {
        row.iter_mut().zip(vector).for_each(|(m, &b)| *m += a * b);
    }
}

/// The candidate with the largest value among the open ones, the first of
/// equals.
pub(crate) fn largest_of(open: &[bool], value: impl Fn(usize) -> f64 + Sync) -> Option<usize> {
    open.par_chunks(BLOCK)
        .enumerate()
        .filter_map(|(block, open)| {
            let first = block * BLOCK;
            let candidates = (first..).zip(open).filter(|&(_, &open)| open);
            let values = candidates.map(|(candidate, _)| (value(candidate), candidate));
            values.reduce(|a, b| if b.0 > a.0 { b } else { a })
        })
        .reduce_with(|a, b| {
            if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) {
                b
            } else {
                a
            }
        })
        .map(|(_, candidate)| candidate)
}

/// As close as a score of 32 bits comes.
pub(crate) fn as_score(value: f64) -> f32 {
    value.min(f64::from(f32::MAX)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn measuring_and_forgetting() {
        // Variance 4, noise 1: 4/5 is left. A second time: 4/9.
        let mut belief = GaussianBelief::new(2);
        let row = [2.0, 0.0];
        let variance = |belief: &GaussianBelief| quadratic(&belief.matrix, &row);
        assert_eq!(variance(&belief), 4.0);
        let first = belief.measured(&row, 1.0);
        assert_eq!(first.total, 5.0);
        belief.take(&first);
        assert!((variance(&belief) - 0.8).abs() < 1e-15);
        let second = belief.measured(&row, 1.0);
        belief.take(&second);
        assert!((variance(&belief) - 4.0 / 9.0).abs() < 1e-15);
        // The other direction is as unknown as before.
        assert_eq!(quadratic(&belief.matrix, &[0.0, 1.0]), 1.0);
        belief.forget(&row, 1.0);
        assert!((variance(&belief) - 0.8).abs() < 1e-14);
    }

    #[test]
    fn rows_are_scaled_and_the_noise_floored() {
        let values = array![[4.0_f32, 0.0], [0.0, 2.0]];
        let nothing = Array2::zeros((0, 2));
        let rows = GaussianRows::new(values.view(), nothing.view());
        assert_eq!(rows.squared_scale(), 1.0 / 16.0);
        assert_eq!(rows.row(0), [1.0, 0.0]);
        assert_eq!(rows.second_moment(), [1.0, 0.0, 0.0, 0.25]);
        assert_eq!(rows.noise(8.0), 0.5);
        assert_eq!(rows.noise(0.0), 1e-6 * 1.25 / 2.0);
        let mut products = [0.0; 2];
        rows.project([&[3.0, 4.0]], &mut products, |p, [dot]| *p = dot);
        assert_eq!(products, [3.0, 2.0]);
        let zeros = Array2::zeros((2, 2));
        let flat = GaussianRows::new(zeros.view(), nothing.view());
        assert_eq!(flat.noise(0.0), 1.0);
        assert_eq!(flat.noise(0.25), 0.25);
    }

    #[test]
    fn matrices() {
        let m = [2.0, 1.0, 1.0, 3.0];
        assert_eq!(times(&m, &[1.0, -1.0]), [1.0, -2.0]);
        assert_eq!(product(&m, &m, 2), [5.0, 5.0, 5.0, 10.0]);
        assert_eq!(quadratic(&m, &[1.0, 2.0]), 18.0);
        assert!(product(&[], &[], 0).is_empty());
    }

    #[test]
    fn the_first_of_the_largest_wins() {
        let mut values = vec![1.0; 3 * BLOCK];
        let mut open = vec![true; 3 * BLOCK];
        let found = |values: &[f64], open: &[bool]| largest_of(open, |at| values[at]);
        assert_eq!(found(&values, &open), Some(0));
        values[BLOCK + 3] = 2.0;
        values[2 * BLOCK] = 2.0;
        assert_eq!(found(&values, &open), Some(BLOCK + 3));
        open[BLOCK + 3] = false;
        assert_eq!(found(&values, &open), Some(2 * BLOCK));
        assert_eq!(found(&values, &vec![false; 3 * BLOCK]), None);
    }
}
