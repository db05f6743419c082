//! `igs`: rows that are new in their inputs and in their predicted values.
//!
//! The product is the distance that a weight multiplies the square of: √w.

use al_core::Seed;
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::kernel::{LANES, distances, fill_tile};
use crate::query::Pool;
use crate::strategies::farthest::{BoxedDistances, CandidateDistances, Farthest};
use crate::strategies::spread::weighted;
use crate::strategy::{DistanceSpace, Greedy, Strategy};
use crate::unit_scale::{power_of_two_to_one, scale};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row that is farthest from all measured ones, where the distance is that in \
        inputs times that in value: a row close to a measured one in either counts as close. For \
        pending rows and picks, the mean prediction stands in for the measured value. If nothing \
        is measured, the first pick is the row nearest the mean of the inputs.",
    score: "√w·minⱼ ‖x − xⱼ‖·|μ(x) − yⱼ| over anchors and picks j: standard deviations of the \
        inputs times the unit of the fitted target; for a first pick without anchors, −‖x − \
        mean‖²/w.",
    details: "Where every product is 0 (a constant model, no model, more picks than distinct \
        rows), distances between inputs are used instead, as in space-filling; the seed breaks the \
        remaining ties.",
    cost: "O(n·a·d) at the start and O(n·d) per pick; products obey no triangle inequality, so no \
        row is skipped.",
    reference: "iGS: Wu, Lin & Huang 2019, Active learning for regression using greedy sampling; \
        there the model is re-fitted after each row, whereas in a batch the mean prediction of a \
        pick stands in for its value.",
    use_when: "When the model is reasonably good and both inputs and values must be covered; it is \
        robust on small tables.",
    not_when: "Where many columns do not matter: distances between inputs count them all.",
};

/// Picks by improved greedy sampling; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Igs {}

impl Strategy for Igs {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        if pool.means().ncols() != 1 {
            // No model, or classes: there is no value to be far from.
            return Box::new(Farthest::in_points(pool));
        }
        let values = pool.anchor_values();
        let measured = (!values.is_empty()).then(|| {
            Box::new(Products::new(pool, pool.anchor_points(), values)) as BoxedDistances<'q>
        });
        let farthest = Farthest::new(pool, DistanceSpace::Points, measured, |pool, first| {
            let point = pool.points().select(Axis(0), &[first]);
            let mean = pool.means()[[first, 0]];
            Box::new(Products::new(pool, point.view(), &[mean]))
        });
        Box::new(farthest)
    }
}

/// Rows looked at together: their coordinates stay in the first cache.
const BLOCK: usize = 32 * LANES;
/// Centres compared at once: their sums fill the registers.
const GROUP: usize = 2;

/// For each candidate the smallest product of its distances to a centre, in
/// points space and in value. Both are kept with scaled coordinates, so that
/// products of very large or very small ones stay in range.
struct Products<'q> {
    pool: &'q Pool<'q>,
    point_scale: f32,
    value_scale: f32,
    blocks: Vec<IgsBlock>,
    /// √w · product, scaled.
    weighted: Vec<f32>,
}

/// [`BLOCK`] candidates, the last block fewer.
struct IgsBlock {
    /// Scaled points, tile after tile.
    tiles: Vec<f32>,
    /// Scaled mean predictions, in whole tiles.
    means: Vec<f32>,
    /// The square of the smallest product so far, in whole tiles.
    squared: Vec<f32>,
}

impl<'q> Products<'q> {
    /// The products with `centres`, k × d, at `values`, k; k is 1 at least.
    fn new(pool: &'q Pool<'q>, centres: ArrayView2<'_, f32>, values: &[f32]) -> Products<'q> {
        let (points, means) = (pool.points(), pool.means());
        let point_scale = scale(points, centres);
        let largest = means
            .iter()
            .chain(values)
            .fold(0.0, |a: f32, b| a.max(b.abs()));
        let value_scale = power_of_two_to_one(largest);
        let width = points.ncols();
        let centres: Vec<f32> = centres.iter().map(|value| value * point_scale).collect();
        let values: Vec<f32> = values.iter().map(|value| value * value_scale).collect();
        let blocks = (0..pool.len().div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let rows = block * BLOCK..pool.len().min((block + 1) * BLOCK);
                let padded = rows.len().next_multiple_of(LANES);
                let mut block = IgsBlock {
                    tiles: vec![0.0; padded * width],
                    means: vec![0.0; padded],
                    squared: vec![f32::INFINITY; padded],
                };
                for (at, row) in rows.clone().enumerate() {
                    block.means[at] = means[[row, 0]] * value_scale;
                }
                if width > 0 {
                    for (at, tile) in block.tiles.chunks_exact_mut(LANES * width).enumerate() {
                        let first = rows.start + at * LANES;
                        fill_tile(
                            tile,
                            points,
                            first..rows.end.min(first + LANES),
                            point_scale,
                        );
                    }
                }
                block.take_all(&centres, &values, width);
                block
            })
            .collect();
        let mut products = Products {
            pool,
            point_scale,
            value_scale,
            blocks,
            weighted: vec![0.0; pool.len()],
        };
        products.weigh();
        products
    }

    fn weigh(&mut self) {
        let (pool, blocks) = (self.pool, &self.blocks);
        self.weighted
            .par_chunks_mut(BLOCK)
            .zip(blocks)
            .enumerate()
            .for_each(|(block, (out, from))| {
                for (at, (out, &squared)) in out.iter_mut().zip(&from.squared).enumerate() {
                    *out = weighted(squared, pool.weight(block * BLOCK + at));
                }
            });
    }
}

impl CandidateDistances for Products<'_> {
    fn all(&self) -> &[f32] {
        &self.weighted
    }

    fn distance(&self, candidate: usize) -> f32 {
        let unit = f64::from(self.point_scale) * f64::from(self.value_scale);
        ((f64::from(self.weighted[candidate]) / unit) as f32).min(f32::MAX)
    }

    fn add(&mut self, candidate: usize) {
        let (pool, width) = (self.pool, self.pool.points().ncols());
        let points = pool.points();
        let scaled = points.row(candidate).map(|value| value * self.point_scale);
        let centre: Vec<f32> = scaled.into_iter().collect();
        let value = pool.means()[[candidate, 0]] * self.value_scale;
        self.blocks
            .par_iter_mut()
            .zip(self.weighted.par_chunks_mut(BLOCK))
            .enumerate()
            .with_min_len(8)
            .for_each(|(number, (block, out))| {
                block.take(&centre, value, width, |place, squared| {
                    let rows = out[place..].iter_mut().zip(squared);
                    for (row, (out, &squared)) in (number * BLOCK + place..).zip(rows) {
                        *out = weighted(squared, pool.weight(row));
                    }
                });
            });
    }
}

impl IgsBlock {
    fn tile(&self, tile: usize, width: usize) -> &[f32] {
        &self.tiles[tile * LANES * width..(tile + 1) * LANES * width]
    }

    /// Compares all rows with all centres.
    fn take_all(&mut self, centres: &[f32], values: &[f32], width: usize) {
        let coordinates = |number: usize| &centres[number * width..(number + 1) * width];
        for tile in 0..self.means.len() / LANES {
            let places = tile * LANES..(tile + 1) * LANES;
            let means: [f32; LANES] = whole(&self.means[places.clone()]);
            let mut squared: [f32; LANES] = whole(&self.squared[places.clone()]);
            let rows = self.tile(tile, width);
            for (group, values) in values.chunks(GROUP).enumerate() {
                let first = group * GROUP;
                if values.len() == GROUP {
                    let numbers: [usize; GROUP] = std::array::from_fn(|at| first + at);
                    let found = distances(rows, numbers.map(coordinates));
                    for (found, &value) in found.iter().zip(values) {
                        smaller(&mut squared, found, &means, value);
                    }
                } else {
                    for (number, &value) in (first..).zip(values) {
                        let [found] = distances(rows, [coordinates(number)]);
                        smaller(&mut squared, &found, &means, value);
                    }
                }
            }
            self.squared[places].copy_from_slice(&squared);
        }
    }

    /// Compares all rows with one centre; tells `changed` the first place and
    /// the squares of each tile in which a product is smaller now.
    fn take(
        &mut self,
        centre: &[f32],
        value: f32,
        width: usize,
        mut changed: impl FnMut(usize, &[f32]),
    ) {
        for tile in 0..self.means.len() / LANES {
            let places = tile * LANES..(tile + 1) * LANES;
            let means: [f32; LANES] = whole(&self.means[places.clone()]);
            let before: [f32; LANES] = whole(&self.squared[places.clone()]);
            let [found] = distances(self.tile(tile, width), [centre]);
            let mut squared = before;
            smaller(&mut squared, &found, &means, value);
            if squared != before {
                changed(places.start, &squared);
                self.squared[places].copy_from_slice(&squared);
            }
        }
    }
}

/// Lowers squared products to those with a centre at `value`, of which the
/// squared distances between points are `found`.
#[inline(always)]
fn smaller(squared: &mut [f32; LANES], found: &[f32; LANES], means: &[f32; LANES], value: f32) {
    for lane in 0..LANES {
        let apart = means[lane] - value;
        let product = found[lane] * (apart * apart);
        squared[lane] = if product < squared[lane] {
            product
        } else {
            squared[lane]
        };
    }
}

fn whole(places: &[f32]) -> [f32; LANES] {
    places.try_into().expect("a whole tile")
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "igs",
    summary: "rows far from measured ones in both inputs and predictions",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Igs {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::space_filling::SpaceFilling;
    use crate::strategies::tests::{Case, numbers};
    use ndarray::{Array2, array};

    #[test]
    fn the_score_is_the_smallest_product() {
        let mut case = Case::points(&[[3.0, 4.0], [0.0, 6.0], [1.0, 0.0]]);
        case.means = array![[2.0], [3.0], [9.0]];
        case.anchor_points = array![[0.0, 0.0], [0.0, 10.0]];
        case.anchor_values = vec![0.0, -1.0];
        let batch = case.select(&Igs {}, 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // To the first anchor 5·2, 6·3, 1·9; to the second √45·3, 4·4,
        // √101·10: 10, 16, 9. From row 1: √13·1 for row 0, √37·6 for row 2.
        assert_eq!(found[0], (1, 16.0));
        assert_eq!(found[1], (2, 9.0));
        assert_eq!(found[2].0, 0);
        assert!((found[2].1 - 13.0_f32.sqrt()).abs() < 1e-6);
        case.weights = Some(vec![4.0, 1.0, 1.0]);
        let batch = case.select(&Igs {}, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (0, 20.0));
    }

    #[test]
    fn without_anchors_the_most_central_row_comes_first() {
        let mut case = Case::points(&[[0.0], [4.5], [10.0], [3.0], [8.0]]);
        case.means = array![[1.0], [2.0], [2.5], [7.0], [5.0]];
        // From row 1: 4.5·1, 5.5·0.5, 1.5·5, 3.5·3.
        assert_eq!(case.picks(&Igs {}, 2), [1, 4]);
    }

    #[test]
    fn without_a_model_or_with_a_constant_one_it_fills_space() {
        let mut case = Case::points(&[[0.0; 2]; 60]);
        case.points = numbers(60, 2, 1);
        for anchors in [0, 4] {
            case.anchor_points = numbers(anchors, 2, 2);
            case.anchor_values = vec![3.0; anchors];
            let expected = case.picks(&SpaceFilling {}, 20);
            for outputs in [0, 1] {
                case.means = Array2::from_elem((60, outputs), 3.0);
                assert_eq!(case.picks(&Igs {}, 20), expected);
            }
        }
    }

    #[test]
    fn every_pick_has_the_largest_smallest_product() {
        // More than one block, a last tile that is not whole, an odd number
        // of anchors.
        let n = BLOCK + 3 * LANES + 5;
        for (unit, value_unit) in [(1.0, 1.0), (1e-30_f32, 1e30_f32), (1e30, 1e-30)] {
            let mut case = Case::points(&[[0.0; 3]; 1]);
            case.keys = (0..n)
                .map(|row| al_core::Key::of_id(&row.to_string()))
                .collect();
            case.scores = vec![0.0; n];
            case.features = Array2::zeros((n, 0));
            case.points = numbers(n, 3, 1) * unit;
            case.means = numbers(n, 1, 2) * value_unit;
            case.anchor_points = numbers(7, 3, 3) * unit;
            case.anchor_values = (numbers(7, 1, 4) * value_unit).into_iter().collect();
            case.weights = Some((0..n).map(|row| (1 + row % 3) as f32).collect());
            let mut centres: Vec<(Vec<f64>, f64)> = (0..7)
                .map(|at| {
                    (
                        wide(&case.anchor_points, at),
                        f64::from(case.anchor_values[at]),
                    )
                })
                .collect();
            for pick in case.select(&Igs {}, 30).picks {
                let product = |row: usize| {
                    let (x, y) = (wide(&case.points, row), f64::from(case.means[[row, 0]]));
                    let weight = f64::from(case.weights.as_ref().unwrap()[row]);
                    let products = centres.iter().map(|(point, value)| {
                        let squares = x.iter().zip(point).map(|(a, b)| (a - b).powi(2));
                        squares.sum::<f64>().sqrt() * (y - value).abs()
                    });
                    products.fold(f64::INFINITY, f64::min) * weight.sqrt()
                };
                let largest = (0..n).map(product).fold(0.0, f64::max);
                assert!((product(pick.row) / largest - 1.0).abs() < 1e-5);
                assert!((f64::from(pick.score) / largest - 1.0).abs() < 1e-5);
                let mean = f64::from(case.means[[pick.row, 0]]);
                centres.push((wide(&case.points, pick.row), mean));
            }
        }
    }

    fn wide(rows: &Array2<f32>, row: usize) -> Vec<f64> {
        rows.row(row)
            .iter()
            .map(|&value| f64::from(value))
            .collect()
    }
}
