//! How far rows are from what is measured or chosen, by distances between
//! points, and how central they are.

use std::borrow::Cow;

use ndarray::{ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::clusters::column_means;
use crate::cover::Cover;
use crate::query::Pool;
use crate::strategy::maximum;

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
