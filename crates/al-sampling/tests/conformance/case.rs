//! Candidates with what is known of them, drawn from a seed.

use std::collections::HashSet;

use al_core::{Direction, Key, Seed};
use al_sampling::{
    Pick, Query, SelectError, Selection, SelectionLimits, StrategyEntry, rescored, select,
};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

/// A query that owns its data.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) keys: Vec<Key>,
    pub(crate) scores: Vec<f32>,
    pub(crate) gains: Vec<f32>,
    /// What a model of four members believes of a value.
    pub(crate) features: Array2<f32>,
    pub(crate) means: Array2<f32>,
    /// What a model of two members believes of two classes.
    pub(crate) class_features: Array2<f32>,
    pub(crate) class_means: Array2<f32>,
    pub(crate) points: Array2<f32>,
    pub(crate) anchor_features: Array2<f32>,
    pub(crate) anchor_points: Array2<f32>,
    pub(crate) anchor_values: Vec<f32>,
    pub(crate) weights: Option<Vec<f32>>,
}

/// Uniform numbers in [0, 1) from a seed.
pub(crate) fn uniform(seed: u64) -> impl FnMut() -> f32 {
    let mut step = 0;
    move || {
        step += 1;
        (Seed(seed).derive("number", step).0 >> 40) as f32 / (1 << 24) as f32
    }
}

pub(crate) fn keys(n: usize) -> Vec<Key> {
    (0..n)
        .map(|row| Key::of_id(&format!("row {row}")))
        .collect()
}

impl Case {
    pub(crate) fn random(n: usize, anchors: usize, seed: u64) -> Case {
        let mut number = uniform(seed);
        let mut matrix = |rows, columns| Array2::from_shape_fn((rows, columns), |_| number());
        let case = Case {
            keys: keys(n),
            features: matrix(n, 4),
            points: matrix(n, 3),
            anchor_features: matrix(anchors, 4),
            anchor_points: matrix(anchors, 3),
            scores: matrix(n, 1).into_iter().collect(),
            gains: matrix(n, 1).into_iter().collect(),
            means: matrix(n, 1),
            class_features: matrix(n, 0),
            class_means: matrix(n, 0),
            anchor_values: matrix(anchors, 1).into_iter().collect(),
            weights: None,
        };
        let first = matrix(n, 2);
        case.with_classes(&first)
    }

    /// With members that give the first class these probabilities, n × 2.
    pub(crate) fn with_classes(mut self, first: &Array2<f32>) -> Case {
        let draws = first
            .columns()
            .into_iter()
            .map(|p| ndarray::stack![Axis(1), p, p.mapv(|p| 1.0 - p)])
            .collect::<Vec<_>>();
        self.class_means = al_core::posterior::mean_probabilities(&draws).mapv(|p| p as f32);
        self.class_features = al_core::Posterior::Classes { draws }.features();
        self
    }

    /// Nothing tells the rows apart but their keys.
    pub(crate) fn flat(n: usize, width: usize, anchors: usize) -> Case {
        let case = Case {
            keys: keys(n),
            scores: vec![0.0; n],
            gains: vec![0.0; n],
            features: Array2::zeros((n, width)),
            means: Array2::zeros((n, width.min(1))),
            class_features: Array2::zeros((n, 0)),
            class_means: Array2::zeros((n, 0)),
            points: Array2::ones((n, width)),
            anchor_features: Array2::zeros((anchors, width)),
            anchor_points: Array2::ones((anchors, width)),
            anchor_values: vec![0.0; anchors],
            weights: None,
        };
        if width == 0 {
            return case;
        }
        let case = case.with_classes(&Array2::from_elem((n, 1), 0.5));
        assert_eq!(case.class_features.ncols(), width);
        case
    }

    pub(crate) fn n(&self) -> usize {
        self.keys.len()
    }

    /// The rows in another order: row i becomes the old row `rows[i]`.
    pub(crate) fn take(&self, rows: &[usize]) -> Case {
        let take = |values: &[f32]| rows.iter().map(|&row| values[row]).collect();
        Case {
            keys: rows.iter().map(|&row| self.keys[row]).collect(),
            scores: take(&self.scores),
            gains: take(&self.gains),
            features: self.features.select(Axis(0), rows),
            means: self.means.select(Axis(0), rows),
            class_features: self.class_features.select(Axis(0), rows),
            class_means: self.class_means.select(Axis(0), rows),
            points: self.points.select(Axis(0), rows),
            weights: self.weights.as_deref().map(take),
            ..self.clone()
        }
    }

    pub(crate) fn take_anchors(&self, anchors: &[usize]) -> Case {
        Case {
            anchor_features: self.anchor_features.select(Axis(0), anchors),
            anchor_points: self.anchor_points.select(Axis(0), anchors),
            anchor_values: anchors.iter().map(|&at| self.anchor_values[at]).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn try_select(
        &self,
        entry: &StrategyEntry,
        limits: &SelectionLimits,
        seed: u64,
    ) -> Result<Selection, SelectError> {
        self.asked(entry, |query| {
            select(entry.with_defaults().as_ref(), query, limits, Seed(seed))
        })
    }

    /// What `ask` says of the query that a strategy of that kind has.
    pub(crate) fn asked<T>(&self, entry: &StrategyEntry, ask: impl FnOnce(&Query<'_>) -> T) -> T {
        let (features, means, anchor_values) = if entry.regression {
            (&self.features, &self.means, self.anchor_values.as_slice())
        } else {
            (&self.class_features, &self.class_means, [].as_slice())
        };
        let query = Query {
            scores: &self.scores,
            gains: &self.gains,
            features: features.view(),
            means: means.view(),
            noise: 0.25,
            points: self.points.view(),
            anchor_features: self.anchor_features.view(),
            anchor_points: self.anchor_points.view(),
            anchor_values,
            direction: Some(Direction::Min),
            weights: self.weights.as_deref(),
            ..Query::new(&self.keys)
        };
        ask(&query)
    }

    /// The picks' scores had the candidates the weights of this case.
    pub(crate) fn rescored(
        &self,
        entry: &StrategyEntry,
        limits: &SelectionLimits,
        picks: &[Pick],
        seed: u64,
    ) -> Vec<f32> {
        let strategy = entry.with_defaults();
        self.asked(entry, |query| {
            rescored(strategy.as_ref(), query, limits, picks, Seed(seed)).expect(entry.name)
        })
    }

    /// A batch that holds what every batch holds.
    pub(crate) fn select(
        &self,
        entry: &StrategyEntry,
        limits: &SelectionLimits,
        seed: u64,
    ) -> Selection {
        let name = entry.name;
        let batch = self.try_select(entry, limits, seed).expect(name);
        if limits.quotas.is_empty() && limits.budget.is_none() && limits.together.is_none() {
            assert_eq!(batch.picks.len(), limits.n.min(batch.available), "{name}");
        }
        let short = batch.picks.len() < limits.n;
        assert_eq!(batch.short.is_some(), short, "{name}");
        let left_out = batch.duplicates + batch.excluded + batch.unavailable;
        assert_eq!(batch.available + left_out, self.n(), "{name}");
        let mut seen = HashSet::new();
        for pick in &batch.picks {
            let key = self.keys[pick.row];
            assert!(seen.insert(key), "{name}: {key} twice");
            assert!(!limits.excluded.contains(&key), "{name}");
            assert!(pick.score.is_finite(), "{name}: {}", pick.score);
            assert!(pick.nearest.is_none_or(f32::is_finite), "{name}");
            assert_eq!(pick.included, limits.included.contains(&key), "{name}");
        }
        batch
    }

    pub(crate) fn picked(&self, entry: &StrategyEntry, n: usize, seed: u64) -> Vec<Key> {
        self.keys_of(&self.select(entry, &SelectionLimits::first(n), seed))
    }

    pub(crate) fn keys_of(&self, batch: &Selection) -> Vec<Key> {
        batch.picks.iter().map(|pick| self.keys[pick.row]).collect()
    }
}

/// A case with ties, duplicates and weights, as real tables have.
pub(crate) fn cases() -> impl proptest::strategy::Strategy<Value = Case> {
    (
        1_usize..80,
        0_usize..12,
        any::<u64>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(n, anchors, seed, coarse, weighted)| {
            let mut case = Case::random(n, anchors, seed);
            if coarse {
                for matrix in [
                    &mut case.features,
                    &mut case.points,
                    &mut case.anchor_features,
                    &mut case.anchor_points,
                ] {
                    matrix.mapv_inplace(|value| (value * 2.0).floor());
                }
                case.scores
                    .iter_mut()
                    .for_each(|s| *s = (*s * 3.0).floor() / 3.0);
            }
            if weighted {
                case.weights = Some((0..n).map(|row| (row % 4) as f32 / 2.0).collect());
            }
            case
        })
}

/// A permutation of n places.
pub(crate) fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..n).collect();
    places.sort_by_key(|&place| Seed(seed).derive("place", place as u64).0);
    places
}
