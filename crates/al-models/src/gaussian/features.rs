//! Draws of functions from the prior, as finite sums: random features (Rahimi &
//! Recht 2007), whose frequencies follow a t distribution for a Matérn kernel, for
//! categories signs per level that are equal as often as the kernel says, and for
//! structures signs that are equal as often as these are alike.

use al_core::Seed;
use al_core::tanimoto::SignSketch;
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

/// Features of structures.
const SIGNS: usize = 512;

/// The features of points.
#[derive(Debug, Clone)]
pub(super) struct RandomFeatures {
    /// p × waves.
    frequencies: Array2<f64>,
    /// One per wave.
    phases: Vec<f64>,
    /// Per category levels × (waves + offsets + signs).
    levels: Vec<Array2<f64>>,
    /// What waves, trends, offsets and signs are multiplied by.
    scales: [f64; 4],
    numbers: usize,
    offsets: usize,
    /// Draws the signs of structures, if there are any.
    sketch: Option<SignSketch>,
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
        let sketch = parameters.likeness.map(|_| SignSketch::drawn(SIGNS, seed));
        let signs = sketch.as_ref().map_or(0, SignSketch::width);
        let levels = levels.iter().zip(&parameters.category_lengths);
        let levels = levels
            .map(|(&levels, length)| {
                let common = (-1.0 / length).exp();
                let mut values = Array2::zeros((levels as usize, WAVES + offsets + signs));
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
                share(parameters.likeness.unwrap_or(0.0), signs),
            ],
            numbers,
            offsets,
            sketch,
        }
    }

    /// Features per point.
    pub(super) fn width(&self) -> usize {
        let signs = self.sketch.as_ref().map_or(0, SignSketch::width);
        WAVES + self.numbers + self.offsets + signs
    }

    /// n × width.
    pub(super) fn of(&self, points: &KernelPoints) -> Array2<f64> {
        let n = points.numbers.nrows();
        let mut out = Array2::zeros((n, self.width()));
        let angles = points.numbers.dot(&self.frequencies);
        let [wave_scale, trend_scale, offset_scale, sign_scale] = self.scales;
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
            let mut rest = values.slice_mut(s![WAVES + self.numbers..]);
            rest.slice_mut(s![..self.offsets]).fill(offset_scale);
            if let (Some(sketch), Some(structures)) = (&self.sketch, &points.structures) {
                let signs = sketch.signs(structures.rows.row(row));
                let mut places = rest.slice_mut(s![self.offsets..]);
                for (place, sign) in places.iter_mut().zip(signs) {
                    *place = sign_scale * f64::from(sign);
                }
            }
            for (levels, &code) in self.levels.iter().zip(points.codes.row(row)) {
                let level = levels.row(code as usize);
                rest *= &level.slice(s![WAVES..]);
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
    use al_core::tanimoto::CountRows;

    use super::super::points::{PointStructures, SpaceShape};
    use super::*;

    #[test]
    fn features_are_as_alike_as_the_kernel() {
        let logs: [f64; 8] = [0.3, -0.2, 0.4, 0.0, -1.0, -1.0, -0.5, -2.0];
        let shape = SpaceShape {
            numbers: 2,
            categories: 1,
            structured: true,
        };
        let parameters = KernelParameters::from_logarithms(&logs, shape);
        let mut rows = CountRows::default();
        (0..12_u32).for_each(|row| rows.push([(row / 3, 2), (20 + row % 2, 1), (30 + row, 1)]));
        let mut rng = Seed(4).stream("points", 0);
        let points = KernelPoints {
            numbers: Array2::from_shape_fn((12, 2), |_| rng.random_range(-1.5..1.5)),
            codes: Array2::from_shape_fn((12, 1), |_| rng.random_range(0..3)),
            structures: Some(PointStructures::of(rows)),
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
