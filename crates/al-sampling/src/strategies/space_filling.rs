//! `space-filling`: rows spread evenly over the inputs; needs no model.

use std::borrow::Cow;

use al_core::Seed;
use ndarray::{ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::clusters::column_means;
use crate::cover::Cover;
use crate::query::Pool;
use crate::registry::{StrategyDoc, StrategyEntry};
use crate::strategies::farthest::{Distances, Farthest};
use crate::strategy::{Greedy, Strategy, maximum};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row farthest from all that is measured, pending or picked: the greedy form of \
        the maximin design. With nothing measured the first pick is the row nearest the column \
        means.",
    score: "√w·minⱼ ‖x − xⱼ‖ over anchors and picks j, between inputs (in standard deviations; \
        two different categories are 1 apart); of a first pick without anchors −‖x − mean‖²/w.",
    details: "Rows that all coincide with what is chosen are in the order of the seed.",
    cost: "O(n·a·d) at first and at most O(n·d) per pick; most rows are skipped by the triangle \
        inequality.",
    reference: "Kennard & Stone 1969; as a 2-approximation of the k-centre problem Gonzalez 1985; \
        with anchors GSx of Wu, Lin & Huang 2019 and the core set of Sener & Savarese 2018.",
    use_when: "For the first batch, before there is a model.",
    not_when: "With many columns that do not matter: it spreads over those as well. It takes \
        outliers first.",
};

/// Picks a space-filling design; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpaceFilling {}

impl Strategy for SpaceFilling {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Farthest::in_points(pool))
    }
}

/// How far each of many rows is from a growing set of centres.
pub(crate) struct Spread<'q> {
    cover: Cover<'q>,
    weights: Option<Cow<'q, [f32]>>,
    /// √w · distance, in the cover's scale.
    pub(crate) distances: Vec<f32>,
}

impl<'q> Spread<'q> {
    /// The candidates' distances to `centres`, of which there is one at least,
    /// in points space.
    pub(crate) fn new(pool: &'q Pool<'q>, centres: ArrayView2<'_, f32>) -> Spread<'q> {
        let weights = pool.weights().map(Cow::Borrowed);
        Spread::over(pool.points(), weights, centres)
    }

    /// The distances of any rows, with a weight each or all of weight 1, to
    /// `centres`, of which there is one at least.
    pub(crate) fn over(
        rows: impl Into<CowArray<'q, f32, Ix2>>,
        weights: Option<Cow<'q, [f32]>>,
        centres: ArrayView2<'_, f32>,
    ) -> Spread<'q> {
        let cover = Cover::new(rows, centres);
        let mut distances = cover.squared();
        for (row, distance) in distances.iter_mut().enumerate() {
            *distance = weighted(*distance, weight(&weights, row));
        }
        Spread {
            cover,
            weights,
            distances,
        }
    }

    /// The largest √w · distance, in the cover's scale.
    pub(crate) fn farthest(&self) -> f32 {
        maximum(&self.distances)
    }

    /// √w · distance of a row, in the rows' unit.
    pub(crate) fn distance(&self, row: usize) -> f32 {
        let unit = self.cover.squared_scale().sqrt();
        ((f64::from(self.distances[row]) / unit) as f32).min(f32::MAX)
    }

    /// Makes a row one of the centres.
    pub(crate) fn add(&mut self, row: usize) {
        for change in self.cover.add(row) {
            let row = change.row as usize;
            self.distances[row] = weighted(change.squared, weight(&self.weights, row));
        }
    }
}

impl Distances for Spread<'_> {
    fn all(&self) -> &[f32] {
        &self.distances
    }

    fn distance(&self, candidate: usize) -> f32 {
        Spread::distance(self, candidate)
    }

    fn add(&mut self, candidate: usize) {
        Spread::add(self, candidate);
    }
}

fn weight(weights: &Option<Cow<'_, [f32]>>, row: usize) -> f32 {
    weights.as_ref().map_or(1.0, |weights| weights[row])
}

/// √w · distance, kept finite.
pub(crate) fn weighted(squared: f32, weight: f32) -> f32 {
    ((f64::from(squared) * f64::from(weight)).sqrt() as f32).min(f32::MAX)
}

/// −‖x − mean‖²/w of each candidate, in points space: the row nearest the mean
/// has the largest.
pub(crate) fn centrality(pool: &Pool<'_>) -> Vec<f32> {
    let points = pool.points();
    let mean = column_means(points);
    (0..points.nrows())
        .into_par_iter()
        .with_min_len(4096)
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
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "space-filling",
    summary: "rows spread evenly over the inputs; needs no model",
    doc: DOC,
    needs_model: false,
    regression: true,
    classification: true,
    anytime: true,
    options: &[],
    make: |options| ENTRY.plain(options, SpaceFilling {}),
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
