//! What the strategies' tests share: a small query that owns its data.

use al_core::{Direction, Key, Seed};
use ndarray::Array2;

use crate::limits::SelectionLimits;
use crate::query::{Pool, Query};
use crate::select::{Selection, select};
use crate::strategy::Strategy;

pub(crate) struct Case {
    pub(crate) keys: Vec<Key>,
    pub(crate) scores: Vec<f32>,
    pub(crate) gains: Vec<f32>,
    pub(crate) features: Array2<f32>,
    pub(crate) means: Array2<f32>,
    pub(crate) noise: f32,
    pub(crate) points: Array2<f32>,
    pub(crate) anchor_features: Array2<f32>,
    pub(crate) anchor_points: Array2<f32>,
    pub(crate) anchor_values: Vec<f32>,
    pub(crate) direction: Option<Direction>,
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
            gains: Vec::new(),
            features: Array2::zeros((n, 0)),
            means: Array2::zeros((n, 0)),
            noise: 0.0,
            points: Array2::from(points.to_vec()),
            anchor_features: Array2::zeros((0, 0)),
            anchor_points: Array2::zeros((0, D)),
            anchor_values: Vec::new(),
            direction: None,
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

    /// Candidates with features from −1 to 1, drawn from a seed.
    pub(crate) fn random_features<const D: usize>(n: usize, seed: u64) -> Case {
        let number = |at: usize| (Seed(seed).derive("feature", at as u64).0 >> 40) as f32;
        let features: Vec<[f32; D]> = (0..n)
            .map(|row| std::array::from_fn(|at| number(row * D + at) / (1 << 23) as f32 - 1.0))
            .collect();
        Case::features(&features)
    }

    /// Candidates with these member predictions of a value, m per row.
    pub(crate) fn draws<const M: usize>(draws: &[[f32; M]]) -> Case {
        let n = draws.len();
        let draws = Array2::from(draws.to_vec()).reversed_axes();
        let means = draws
            .mean_axis(ndarray::Axis(0))
            .expect("one draw at least");
        let posterior = al_core::Posterior::Values {
            draws: draws.as_standard_layout().into_owned(),
            noise: vec![0.0; n],
        };
        let nowhere: Vec<[f32; 0]> = vec![[]; n];
        Case {
            features: posterior.features(),
            means: means.insert_axis(ndarray::Axis(1)),
            anchor_features: Array2::zeros((0, M)),
            ..Case::points(&nowhere)
        }
    }

    /// Candidates with these class probabilities of m members each.
    pub(crate) fn classes<const M: usize, const C: usize>(rows: &[[[f32; C]; M]]) -> Case {
        let draws: Vec<Array2<f32>> = (0..M)
            .map(|member| Array2::from_shape_fn((rows.len(), C), |(row, c)| rows[row][member][c]))
            .collect();
        let nowhere: Vec<[f32; 0]> = vec![[]; rows.len()];
        Case {
            means: al_core::posterior::mean_probabilities(&draws).mapv(|p| p as f32),
            features: al_core::Posterior::Classes { draws }.features(),
            anchor_features: Array2::zeros((0, M * C)),
            ..Case::points(&nowhere)
        }
    }

    pub(crate) fn with_query<T>(&self, then: impl FnOnce(&Query<'_>) -> T) -> T {
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
            scores: &self.scores,
            gains: &self.gains,
            features: self.features.view(),
            means: self.means.view(),
            noise: self.noise,
            points: self.points.view(),
            anchor_features: features.view(),
            anchor_points: points.view(),
            anchor_values: &self.anchor_values,
            direction: self.direction,
            weights: self.weights.as_deref(),
            ..Query::new(&self.keys)
        })
    }

    /// The pool of all rows, in their order.
    pub(crate) fn with_pool<T>(&self, then: impl FnOnce(&Pool<'_>) -> T) -> T {
        self.with_query(|query| {
            let rows = (0..self.keys.len() as u32).collect();
            then(&Pool::new(query, rows, self.keys.len(), self.seed))
        })
    }

    pub(crate) fn select(&self, strategy: &dyn Strategy, n: usize) -> Selection {
        self.with_query(|query| {
            select(strategy, query, &SelectionLimits::first(n), self.seed).expect("a valid query")
        })
    }

    pub(crate) fn picks(&self, strategy: &dyn Strategy, n: usize) -> Vec<usize> {
        let batch = self.select(strategy, n);
        batch.picks.iter().map(|pick| pick.row).collect()
    }
}

/// Random numbers in [0, 1), n × width.
pub(crate) fn numbers(n: usize, width: usize, seed: u64) -> Array2<f32> {
    Array2::from_shape_fn((n, width), |(row, column)| {
        let at = (row * width + column) as u64;
        (Seed(seed).derive("number", at).0 >> 40) as f32 / (1 << 24) as f32
    })
}

/// Probabilities of two classes from those of the first, one per member.
pub(crate) fn two_classes<const M: usize>(first: [f32; M]) -> [[f32; 2]; M] {
    first.map(|p| [p, 1.0 - p])
}
