//! How much rows correlate with many others, the targets: the inner loop of
//! predictive information.
//!
//! This module knows vectors whose inner product is a correlation, or a squared
//! one; it knows no pool and no belief.

use rayon::prelude::*;

/// Targets looked at together.
const LANES: usize = 8;
/// Tiles whose factors are multiplied before one logarithm is taken of them.
const FACTORS: usize = 16;
/// Each factor is at least this, so that no product is 0.
const LEAST_FACTOR: f64 = 1e-15;

/// What an inner product with a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    /// A correlation, ρ.
    Correlation,
    /// ρ².
    Square,
}

/// The targets' vectors.
#[derive(Debug)]
pub(crate) struct Targets {
    product: Product,
    width: usize,
    count: usize,
    /// Tiles of [`LANES`] targets, coordinate after coordinate; places beyond
    /// the targets are 0.
    tiles: Vec<[f64; LANES]>,
}

impl Targets {
    /// `count` targets with vectors of `width` numbers.
    pub(crate) fn new(
        product: Product,
        count: usize,
        width: usize,
        vector: impl Fn(usize) -> Vec<f64> + Sync,
    ) -> Targets {
        let tiles = (0..count.div_ceil(LANES))
            .into_par_iter()
            .flat_map_iter(|tile| {
                let mut lanes = vec![[0.0; LANES]; width];
                for target in tile * LANES..count.min((tile + 1) * LANES) {
                    let vector = vector(target);
                    let cells = lanes.iter_mut().map(|lanes| &mut lanes[target % LANES]);
                    cells.zip(vector).for_each(|(cell, value)| *cell = value);
                }
                lanes
            })
            .collect();
        Targets {
            product,
            width,
            count,
            tiles,
        }
    }

    /// −½ mean ln(1 − ρ²) over the targets, in nats.
    pub(crate) fn gain(&self, vector: &[f64]) -> f64 {
        if self.width == 0 || self.count == 0 {
            return 0.0;
        }
        let mut total = 0.0;
        for tiles in self.tiles.chunks(FACTORS * self.width) {
            // What is left of 1 by factors of 1 − ρ², and what is lost: the
            // one is exact where ρ² is near 1, the other where it is near 0.
            let (mut left, mut lost) = ([1.0; LANES], [0.0; LANES]);
            for tile in tiles.chunks_exact(self.width) {
                let mut sums = [0.0; LANES];
                for (a, lanes) in vector.iter().zip(tile) {
                    for lane in 0..LANES {
                        sums[lane] += a * lanes[lane];
                    }
                }
                if self.product == Product::Correlation {
                    sums = sums.map(|sum| sum * sum);
                }
                for lane in 0..LANES {
                    let square = sums[lane].clamp(0.0, 1.0 - LEAST_FACTOR);
                    left[lane] *= 1.0 - square;
                    lost[lane] += square * (1.0 - lost[lane]);
                }
            }
            for (left, lost) in left.into_iter().zip(lost) {
                total -= if lost < 0.5 {
                    (-lost).ln_1p()
                } else {
                    f64::ln(left)
                };
            }
        }
        0.5 * total / self.count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain(product: Product, targets: &[f64], value: f64) -> f64 {
        Targets::new(product, targets.len(), 1, |at| vec![targets[at]]).gain(&[value])
    }

    #[test]
    fn gains_are_the_formulas() {
        let expected = |squares: &[f64]| {
            let logarithms = squares.iter().map(|square| (-square).ln_1p());
            -0.5 * logarithms.sum::<f64>() / squares.len() as f64
        };
        let cases = [
            vec![0.5],
            vec![0.5, -0.25, 0.0],
            vec![1e-9; 7],
            vec![1.0 - 1e-9; 300],
            (0..523).map(|at| f64::from(at) / 523.0).collect(),
        ];
        for rhos in cases {
            let squares: Vec<f64> = rhos.iter().map(|rho| rho * rho).collect();
            let expected = expected(&squares);
            for found in [
                gain(Product::Correlation, &rhos, 1.0),
                gain(Product::Square, &squares, 1.0),
            ] {
                assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
            }
        }
    }

    #[test]
    fn what_rounding_takes_beyond_one_is_finite() {
        for value in [1.0, 1.0 + 1e-12] {
            let found = gain(Product::Correlation, &[1.0; 200], value);
            assert!((17.0..18.0).contains(&found), "{found}");
        }
        assert_eq!(gain(Product::Square, &[1.0], -1e-18), 0.0);
        assert_eq!(gain(Product::Square, &[], 1.0), 0.0);
    }
}
