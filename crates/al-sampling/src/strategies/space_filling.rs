//! `space-filling`: rows spread evenly over the table, whatever a model says.
//!
//! **Prefers** the row farthest from all that is measured, pending or picked:
//! the greedy form of the maximin design. Without anything measured the first
//! pick is the row nearest the column means.
//!
//! **Score** √w · minⱼ ‖x − xⱼ‖ over anchors and picks j, in points space
//! (standard deviations; two different categories are 1 apart); of a first
//! pick without anchors −‖x − mean‖²/w. Rows that all coincide with what is
//! chosen are in the seed's order. **Cost** O(n·a·d) at first and O(n·d) per
//! pick at most; most rows are skipped by the triangle inequality.
//!
//! Kennard & Stone 1969; as a 2-approximation of the k-centre problem Gonzalez
//! 1985; with anchors, "GSx" of Wu, Lin & Huang 2019 and the core set of Sener
//! & Savarese 2018.
//!
//! **Use it** for the first batch, before there is a model. **Not** with many
//! columns that do not matter: it spreads over those as well; and it seeks
//! outliers.

use al_core::Seed;
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use serde::Deserialize;

use crate::cover::Cover;
use crate::query::Pool;
use crate::registry::Entry;
use crate::strategy::{Greedy, Strategy, largest, maximum};

/// Picks a space-filling design; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpaceFilling {}

impl Strategy for SpaceFilling {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let anchors = pool.anchor_points();
        let state = if anchors.is_empty() {
            State::First(centrality(pool))
        } else {
            State::Later(Spread::new(pool, anchors))
        };
        Box::new(Filling { pool, state })
    }
}

struct Filling<'q> {
    pool: &'q Pool<'q>,
    state: State<'q>,
}

enum State<'q> {
    /// Nothing is measured or chosen: how central each candidate is.
    First(Vec<f32>),
    Later(Spread<'q>),
}

impl Greedy for Filling<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        match &self.state {
            State::First(centrality) => largest(centrality, open),
            State::Later(spread) => largest(&spread.distances, open),
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        match &self.state {
            State::First(centrality) => centrality[candidate],
            State::Later(spread) => spread.distance(candidate),
        }
    }

    fn chosen(&mut self, candidate: usize) {
        match &mut self.state {
            State::First(_) => {
                let first = self.pool.points().select(Axis(0), &[candidate]);
                self.state = State::Later(Spread::new(self.pool, first.view()));
            }
            State::Later(spread) => spread.add(candidate),
        }
    }
}

/// How far each candidate is from what is measured or chosen, in points space.
pub(crate) struct Spread<'q> {
    pool: &'q Pool<'q>,
    cover: Cover<'q>,
    /// √w · distance, in the cover's scale.
    pub(crate) distances: Vec<f32>,
}

impl<'q> Spread<'q> {
    /// The distances to `centres`, of which there is one at least.
    pub(crate) fn new(pool: &'q Pool<'q>, centres: ArrayView2<'_, f32>) -> Spread<'q> {
        let cover = Cover::new(pool.points(), centres);
        let mut distances = cover.squared();
        for (candidate, distance) in distances.iter_mut().enumerate() {
            *distance = weighted(*distance, pool.weight(candidate));
        }
        Spread {
            pool,
            cover,
            distances,
        }
    }

    /// √w · distance of a candidate, in the points' unit.
    fn distance(&self, candidate: usize) -> f32 {
        let unit = self.cover.squared_scale().sqrt();
        ((f64::from(self.distances[candidate]) / unit) as f32).min(f32::MAX)
    }

    /// The largest √w · distance, in the cover's scale.
    pub(crate) fn farthest(&self) -> f32 {
        maximum(&self.distances)
    }

    /// Makes a candidate one of the centres.
    pub(crate) fn add(&mut self, candidate: usize) {
        for change in self.cover.add(candidate) {
            let row = change.row as usize;
            self.distances[row] = weighted(change.squared, self.pool.weight(row));
        }
    }
}

fn weighted(squared: f32, weight: f32) -> f32 {
    ((f64::from(squared) * f64::from(weight)).sqrt() as f32).min(f32::MAX)
}

/// −‖x − mean‖²/w of each candidate, in points space: the row nearest the mean
/// has the largest.
pub(crate) fn centrality(pool: &Pool<'_>) -> Vec<f32> {
    const BLOCK: usize = 4096;
    let points = pool.points();
    // Partial sums over fixed blocks, added in order: the same on any number
    // of threads.
    let sums: Vec<Vec<f64>> = points
        .axis_chunks_iter(Axis(0), BLOCK)
        .into_par_iter()
        .map(|block| {
            let mut sums = vec![0.0; block.ncols()];
            for row in block.rows() {
                for (sum, &value) in sums.iter_mut().zip(row) {
                    *sum += f64::from(value);
                }
            }
            sums
        })
        .collect();
    let mut mean = vec![0.0_f64; points.ncols()];
    for block in &sums {
        for (mean, sum) in mean.iter_mut().zip(block) {
            *mean += sum / points.nrows() as f64;
        }
    }
    (0..points.nrows())
        .into_par_iter()
        .with_min_len(BLOCK)
        .map(|candidate| {
            let squared: f64 = points
                .row(candidate)
                .iter()
                .zip(&mean)
                .map(|(&value, mean)| (f64::from(value) - mean).powi(2))
                .sum();
            (-squared / f64::from(pool.weight(candidate))).max(f64::from(f32::MIN)) as f32
        })
        .collect()
}

/// This strategy in the registry.
pub static ENTRY: Entry = Entry {
    name: "space-filling",
    summary: "rows spread evenly over the table; needs no model",
    needs_model: false,
    regression: true,
    classification: true,
    anytime: true,
    options: &[],
    make: |options| Ok(Box::new(options.read::<SpaceFilling>("space-filling")?)),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::array;

    #[test]
    fn the_middle_comes_first_then_the_ends() {
        let case = Case::points(&[[0.0], [4.5], [10.0], [3.0], [8.0]]);
        let batch = case.select(&SpaceFilling {}, 5);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        // Mean 5.1. Then 5.5 from 4.5, then 4.5; then 3 (1.5) and 8 (2).
        assert_eq!(rows, [1, 2, 0, 4, 3]);
        let scores: Vec<f32> = batch.picks.iter().map(|pick| pick.score).collect();
        assert!((scores[0] - -0.36).abs() < 1e-6, "{scores:?}");
        assert_eq!(scores[1..], [5.5, 4.5, 2.0, 1.5]);
        let nearest: Vec<Option<f32>> = batch.picks.iter().map(|pick| pick.nearest).collect();
        let expected = [None, Some(5.5), Some(4.5), Some(2.0), Some(1.5)];
        assert_eq!(nearest, expected);
    }

    #[test]
    fn anchors_count_as_chosen_and_weights_multiply_squared_distance() {
        let mut case = Case::points(&[[1.0], [3.0], [-2.0]]);
        case.anchor_points = array![[0.0]];
        // Distances 1, 3, 2; then row 0 is 1 from the anchor, row 2 still 2.
        assert_eq!(case.picks(&SpaceFilling {}, 3), [1, 2, 0]);
        case.weights = Some(vec![1.0, 1.0, 4.0]);
        let batch = case.select(&SpaceFilling {}, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (2, 4.0));
        assert_eq!(batch.picks[0].nearest, Some(2.0));
    }
}
