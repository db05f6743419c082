//! Draws of functions from the prior, as finite sums: random features (Rahimi &
//! Recht 2007), whose frequencies follow a t distribution for a Matérn kernel, and
//! for categories signs per level that are equal as often as the kernel says.

use al_core::Seed;
use ndarray::{Array2, s};
use rand::{Rng, RngExt};

use super::kernel::KernelParameters;
use super::points::KernelPoints;
use super::quick::cos_all;
use crate::normal::normal;

/// Features of the product kernel.
const WAVES: usize = 512;

/// Features of the categories alone.
const OFFSETS: usize = 64;

/// The features of points.
#[derive(Debug, Clone)]
pub(super) struct RandomFeatures {
    /// p × waves.
    frequencies: Array2<f64>,
    /// One per wave.
    phases: Vec<f64>,
    /// Per category levels × (waves + offsets).
    levels: Vec<Array2<f64>>,
    /// What waves, trends and offsets are multiplied by.
    scales: [f64; 3],
    numbers: usize,
    offsets: usize,
}

impl RandomFeatures {
    /// The features of a kernel for categories of so many `levels`.
    pub(super) fn drawn(
        parameters: &KernelParameters,
        levels: &[u32],
        seed: Seed,
    ) -> RandomFeatures {
        let mut rng = seed.stream("random features", 0);
        let numbers = parameters.lengths.len();
        // Without categories the offset is a constant.
        let offsets = if levels.is_empty() { 1 } else { OFFSETS };
        let mut frequencies = Array2::zeros((numbers, WAVES));
        for wave in 0..WAVES {
            let squares: f64 = (0..5).map(|_| normal(&mut rng).powi(2)).sum();
            let spread = (5.0 / squares.max(1e-12)).sqrt();
            for (number, length) in parameters.lengths.iter().enumerate() {
                frequencies[[number, wave]] = normal(&mut rng) * spread / length;
            }
        }
        let phases = (0..WAVES).map(|_| std::f64::consts::TAU * rng.random::<f64>());
        let phases = phases.collect();
        let levels = levels.iter().zip(&parameters.category_lengths);
        let levels = levels
            .map(|(&levels, length)| {
                let common = (-1.0 / length).exp();
                let mut values = Array2::zeros((levels as usize, WAVES + offsets));
                // Signs, so that products of many categories keep their size.
                for mut column in values.columns_mut() {
                    let shared = rng.random::<f64>() < common;
                    let one = sign(&mut rng);
                    column.mapv_inplace(|_| if shared { one } else { sign(&mut rng) });
                }
                values
            })
            .collect();
        let share = |variance: f64, parts: usize| (variance / parts.max(1) as f64).sqrt();
        RandomFeatures {
            frequencies,
            phases,
            levels,
            scales: [
                share(2.0 * parameters.amplitude, WAVES),
                share(parameters.trend, numbers),
                share(parameters.offset, offsets),
            ],
            numbers,
            offsets,
        }
    }

    /// Features per point.
    pub(super) fn width(&self) -> usize {
        WAVES + self.numbers + self.offsets
    }

    /// n × width.
    pub(super) fn of(&self, points: &KernelPoints) -> Array2<f64> {
        let n = points.numbers.nrows();
        let mut out = Array2::zeros((n, self.width()));
        let angles = points.numbers.dot(&self.frequencies);
        let [wave_scale, trend_scale, offset_scale] = self.scales;
        for row in 0..n {
            let mut values = out.row_mut(row);
            let mut angles = angles.row(row).to_vec();
            let phases = angles.iter_mut().zip(&self.phases);
            phases.for_each(|(angle, phase)| *angle += phase);
            cos_all(&mut angles);
            for (value, cosine) in values.iter_mut().zip(&angles) {
                *value = wave_scale * cosine;
            }
            let trend = &points.numbers.row(row) * trend_scale;
            values
                .slice_mut(s![WAVES..WAVES + self.numbers])
                .assign(&trend);
            let mut offsets = values.slice_mut(s![WAVES + self.numbers..]);
            offsets.fill(offset_scale);
            for (levels, &code) in self.levels.iter().zip(points.codes.row(row)) {
                let level = levels.row(code as usize);
                offsets *= &level.slice(s![WAVES..]);
            }
            let mut waves = values.slice_mut(s![..WAVES]);
            for (levels, &code) in self.levels.iter().zip(points.codes.row(row)) {
                let level = levels.row(code as usize);
                waves *= &level.slice(s![..WAVES]);
            }
        }
        out
    }
}

fn sign(rng: &mut impl Rng) -> f64 {
    if rng.random::<bool>() { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_as_alike_as_the_kernel() {
        let logs: [f64; 7] = [0.3, -0.2, 0.4, 0.0, -1.0, -1.0, -2.0];
        let parameters = KernelParameters::from_logarithms(&logs, 2);
        let mut rng = Seed(4).stream("points", 0);
        let points = KernelPoints {
            numbers: Array2::from_shape_fn((12, 2), |_| rng.random_range(-1.5..1.5)),
            codes: Array2::from_shape_fn((12, 1), |_| rng.random_range(0..3)),
        };
        let exact = parameters.between(&points, &points);
        // The mean over several draws: one alone is a rough estimate.
        let mut sum = Array2::<f64>::zeros((12, 12));
        for draw in 0..40 {
            let features = RandomFeatures::drawn(&parameters, &[3], Seed(draw)).of(&points);
            sum += &features.dot(&features.t());
        }
        let far = (sum / 40.0 - exact)
            .iter()
            .fold(0.0_f64, |most, d| most.max(d.abs()));
        assert!(far < 0.1, "{far}");
    }
}
