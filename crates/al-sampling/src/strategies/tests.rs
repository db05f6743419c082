//! What the strategies' tests share: a small query that owns its data.

use al_core::{Key, Seed};
use ndarray::Array2;

use crate::query::{Pool, Query};
use crate::select::{Limits, Selection, select};
use crate::strategy::Strategy;

pub(crate) struct Case {
    pub(crate) keys: Vec<Key>,
    pub(crate) scores: Vec<f32>,
    pub(crate) features: Array2<f32>,
    pub(crate) points: Array2<f32>,
    pub(crate) anchor_features: Array2<f32>,
    pub(crate) anchor_points: Array2<f32>,
    pub(crate) weights: Option<Vec<f32>>,
    pub(crate) seed: Seed,
}

impl Case {
    /// Candidates with these points and nothing else.
    pub(crate) fn points<const D: usize>(points: &[[f32; D]]) -> Case {
        let n = points.len();
        Case {
            keys: (0..n).map(|row| Key::of_id(&row.to_string())).collect(),
            scores: vec![0.0; n],
            features: Array2::zeros((n, 0)),
            points: Array2::from(points.to_vec()),
            anchor_features: Array2::zeros((0, 0)),
            anchor_points: Array2::zeros((0, D)),
            weights: None,
            seed: Seed(0),
        }
    }

    /// Candidates with these features and nothing else.
    pub(crate) fn features<const D: usize>(features: &[[f32; D]]) -> Case {
        let case = Case::points(features);
        Case {
            features: case.points,
            anchor_features: case.anchor_points,
            points: case.features,
            anchor_points: case.anchor_features,
            ..Case::points(features)
        }
    }

    fn with_query<T>(&self, then: impl FnOnce(&Query<'_>) -> T) -> T {
        // A test fills in the anchors of one space: the other has as many
        // rows, without a place.
        let rows = self.anchor_features.nrows().max(self.anchor_points.nrows());
        let filled = |anchors: &Array2<f32>| {
            if anchors.nrows() == rows {
                anchors.clone()
            } else {
                Array2::zeros((rows, anchors.ncols()))
            }
        };
        let (features, points) = (filled(&self.anchor_features), filled(&self.anchor_points));
        then(&Query {
            keys: &self.keys,
            scores: &self.scores,
            features: self.features.view(),
            points: self.points.view(),
            anchor_features: features.view(),
            anchor_points: points.view(),
            weights: self.weights.as_deref(),
        })
    }

    /// The pool of all rows, in their order.
    pub(crate) fn with_pool<T>(&self, then: impl FnOnce(&Pool<'_>) -> T) -> T {
        self.with_query(|query| {
            let rows = (0..self.keys.len() as u32).collect();
            then(&Pool::new(query, rows, self.seed))
        })
    }

    pub(crate) fn select(&self, strategy: &dyn Strategy, n: usize) -> Selection {
        self.with_query(|query| {
            select(strategy, query, &Limits::first(n), self.seed).expect("a valid query")
        })
    }

    pub(crate) fn picks(&self, strategy: &dyn Strategy, n: usize) -> Vec<usize> {
        let batch = self.select(strategy, n);
        batch.picks.iter().map(|pick| pick.row).collect()
    }
}
