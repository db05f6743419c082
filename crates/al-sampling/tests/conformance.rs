//! What every strategy of the registry must hold.

#[path = "conformance/limits.rs"]
mod limits;

use std::collections::HashSet;

use al_core::{Direction, Key, Seed};
use al_sampling::{
    Limits, Pick, Query, STRATEGIES, SelectError, Selection, Shortfall, StrategyEntry, rescored,
    select,
};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

/// A query that owns its data.
#[derive(Debug, Clone)]
struct Case {
    keys: Vec<Key>,
    scores: Vec<f32>,
    gains: Vec<f32>,
    /// What a model of four members believes of a value.
    features: Array2<f32>,
    means: Array2<f32>,
    /// What a model of two members believes of two classes.
    class_features: Array2<f32>,
    class_means: Array2<f32>,
    points: Array2<f32>,
    anchor_features: Array2<f32>,
    anchor_points: Array2<f32>,
    anchor_values: Vec<f32>,
    weights: Option<Vec<f32>>,
}

/// Uniform numbers in [0, 1) from a seed.
fn uniform(seed: u64) -> impl FnMut() -> f32 {
    let mut step = 0;
    move || {
        step += 1;
        (Seed(seed).derive("number", step).0 >> 40) as f32 / (1 << 24) as f32
    }
}

fn keys(n: usize) -> Vec<Key> {
    (0..n)
        .map(|row| Key::of_id(&format!("row {row}")))
        .collect()
}

impl Case {
    fn random(n: usize, anchors: usize, seed: u64) -> Case {
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
    fn with_classes(mut self, first: &Array2<f32>) -> Case {
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
    fn flat(n: usize, width: usize, anchors: usize) -> Case {
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

    fn n(&self) -> usize {
        self.keys.len()
    }

    /// The rows in another order: row i becomes the old row `rows[i]`.
    fn take(&self, rows: &[usize]) -> Case {
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

    fn take_anchors(&self, anchors: &[usize]) -> Case {
        Case {
            anchor_features: self.anchor_features.select(Axis(0), anchors),
            anchor_points: self.anchor_points.select(Axis(0), anchors),
            anchor_values: anchors.iter().map(|&at| self.anchor_values[at]).collect(),
            ..self.clone()
        }
    }

    fn try_select(
        &self,
        entry: &StrategyEntry,
        limits: &Limits,
        seed: u64,
    ) -> Result<Selection, SelectError> {
        self.asked(entry, |query| {
            select(entry.with_defaults().as_ref(), query, limits, Seed(seed))
        })
    }

    /// What `ask` says of the query that a strategy of that kind has.
    fn asked<T>(&self, entry: &StrategyEntry, ask: impl FnOnce(&Query<'_>) -> T) -> T {
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
    fn rescored(
        &self,
        entry: &StrategyEntry,
        limits: &Limits,
        picks: &[Pick],
        seed: u64,
    ) -> Vec<f32> {
        let strategy = entry.with_defaults();
        self.asked(entry, |query| {
            rescored(strategy.as_ref(), query, limits, picks, Seed(seed)).expect(entry.name)
        })
    }

    /// A batch that holds what every batch holds.
    fn select(&self, entry: &StrategyEntry, limits: &Limits, seed: u64) -> Selection {
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

    fn picked(&self, entry: &StrategyEntry, n: usize, seed: u64) -> Vec<Key> {
        self.keys_of(&self.select(entry, &Limits::first(n), seed))
    }

    fn keys_of(&self, batch: &Selection) -> Vec<Key> {
        batch.picks.iter().map(|pick| self.keys[pick.row]).collect()
    }
}

fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads")
        .install(run)
}

#[test]
fn same_seed_same_batch_on_any_number_of_threads() {
    // Enough rows for the layouts of the distance search.
    let mut case = Case::random(20_000, 60, 1);
    case.weights = Some((0..20_000).map(|row| (row % 5) as f32).collect());
    for entry in STRATEGIES {
        let one = on_threads(1, || case.select(entry, &Limits::first(80), 3));
        let two = on_threads(2, || case.select(entry, &Limits::first(80), 3));
        assert_eq!(one, two, "{}", entry.name);
    }
}

#[test]
fn one_row() {
    for anchors in [0, 3] {
        let case = Case::random(1, anchors, 3);
        for entry in STRATEGIES {
            let batch = case.select(entry, &Limits::first(10), 0);
            assert_eq!(batch.picks.len(), 1, "{}", entry.name);
            assert_eq!(batch.picks[0].nearest.is_some(), anchors > 0);
        }
    }
}

#[test]
fn a_batch_as_large_as_the_pool_or_larger_takes_it_all() {
    let case = Case::random(40, 5, 4);
    for entry in STRATEGIES {
        for n in [39, 40, 41, 1000] {
            assert_eq!(case.picked(entry, n, 0).len(), n.min(40), "{}", entry.name);
        }
    }
}

#[test]
fn nothing_asked_for_or_nothing_there_is_an_empty_batch() {
    for entry in STRATEGIES {
        let case = Case::random(9, 2, 5);
        let batch = case.select(entry, &Limits::first(0), 0);
        assert_eq!((batch.picks.len(), batch.available), (0, 9));
        let none = case.take(&[]);
        assert_eq!(
            none.select(entry, &Limits::first(3), 0),
            Selection {
                short: Some(Shortfall::default()),
                ..Selection::default()
            }
        );
        let all_measured = Limits {
            excluded: case.keys.iter().copied().collect(),
            ..Limits::first(3)
        };
        let batch = case.select(entry, &all_measured, 0);
        assert_eq!((batch.picks.len(), batch.excluded), (0, 9));
    }
}

#[test]
fn duplicates_collapse_to_the_first_row() {
    let case = Case::random(30, 4, 6);
    let doubled: Vec<usize> = (0..30).chain(0..30).chain([7, 7]).collect();
    let doubled = case.take(&doubled);
    for entry in STRATEGIES {
        let batch = doubled.select(entry, &Limits::first(12), 0);
        assert_eq!(
            batch,
            Selection {
                duplicates: 32,
                ..case.select(entry, &Limits::first(12), 0)
            }
        );
        assert!(batch.picks.iter().all(|pick| pick.row < 30));
    }
}

#[test]
fn excluded_rows_are_as_if_they_were_not_there() {
    let case = Case::random(60, 6, 7);
    let limits = Limits {
        excluded: case.keys[..20].iter().copied().collect(),
        ..Limits::first(15)
    };
    let rest: Vec<usize> = (20..60).collect();
    for entry in STRATEGIES {
        let batch = case.select(entry, &limits, 1);
        assert_eq!(batch.excluded, 20);
        assert_eq!(case.keys_of(&batch), case.take(&rest).picked(entry, 15, 1));
    }
}

#[test]
fn rows_of_weight_zero_are_never_picked() {
    let mut case = Case::random(60, 6, 8);
    case.weights = Some((0..60).map(|row| f32::from(row >= 20)).collect());
    let mut rest = case.take(&(20..60).collect::<Vec<_>>());
    rest.weights = None;
    for entry in STRATEGIES {
        let batch = case.select(entry, &Limits::first(60), 1);
        assert_eq!((batch.picks.len(), batch.unavailable), (40, 20));
        assert_eq!(case.keys_of(&batch), rest.picked(entry, 60, 1));
    }
    case.weights = Some(vec![0.0; 60]);
    for entry in STRATEGIES {
        assert!(case.picked(entry, 5, 1).is_empty());
    }
}

#[test]
fn picks_are_worth_the_same_with_the_weights_they_were_picked_with() {
    for anchors in [0, 6] {
        let mut case = Case::random(60, anchors, 18);
        case.weights = Some((0..60).map(|row| (row % 4) as f32 * 0.5).collect());
        let limits = Limits {
            included: vec![case.keys[31], case.keys[2]],
            excluded: case.keys[40..].iter().copied().collect(),
            ..Limits::first(12)
        };
        for entry in STRATEGIES {
            let picks = case.select(entry, &limits, 3).picks;
            let scores: Vec<f32> = picks.iter().map(|pick| pick.score).collect();
            assert_eq!(
                case.rescored(entry, &limits, &picks, 3),
                scores,
                "{}",
                entry.name
            );
        }
    }
}

#[test]
fn what_an_included_row_is_worth_without_its_weight_is_what_it_is_worth_unweighted() {
    for anchors in [0, 6] {
        let plain = Case::random(60, anchors, 19);
        let mut weighed = plain.clone();
        weighed.weights = Some((0..60).map(|row| 0.01 * (1 + row % 9) as f32).collect());
        let limits = Limits {
            included: [31, 2, 17].map(|row| plain.keys[row]).to_vec(),
            ..Limits::first(8)
        };
        for entry in STRATEGIES {
            let name = entry.name;
            let unweighted = plain.select(entry, &limits, 3).picks;
            let picks = weighed.select(entry, &limits, 3).picks;
            let scores = plain.rescored(entry, &limits, &picks, 3);
            assert!(scores.iter().all(|score| score.is_finite()), "{name}");
            for at in 0..3 {
                assert_eq!(scores[at], unweighted[at].score, "{name}");
            }
        }
    }
}

#[test]
fn a_pick_that_is_not_on_offer_has_no_worth() {
    let mut case = Case::random(9, 2, 20);
    let entry = STRATEGIES[0];
    let limits = Limits::first(3);
    let picks = case.select(entry, &limits, 0).picks;
    let rows = case.weights.insert(vec![1.0; 9]);
    rows[picks[1].row] = 0.0;
    let found = case.asked(entry, |query| {
        let strategy = entry.with_defaults();
        rescored(strategy.as_ref(), query, &limits, &picks, Seed(0))
    });
    let key = case.keys[picks[1].row];
    assert_eq!(found, Err(SelectError::IncludedUnavailable { key }));
}

#[test]
fn included_rows_come_first_in_the_order_given() {
    let case = Case::random(50, 5, 9);
    let wanted = [case.keys[31], case.keys[2], case.keys[31], case.keys[17]];
    for entry in STRATEGIES {
        let limits = |n| Limits {
            included: wanted.to_vec(),
            ..Limits::first(n)
        };
        let batch = case.select(entry, &limits(8), 0);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        assert_eq!(rows[..3], [31, 2, 17], "{}", entry.name);
        assert_eq!(case.select(entry, &limits(3), 0).picks.len(), 3);
        assert_eq!(
            case.try_select(entry, &limits(2), 0),
            Err(SelectError::TooManyIncluded { included: 3, n: 2 })
        );
    }
}

#[test]
fn a_row_that_cannot_be_included_is_named() {
    let mut case = Case::random(10, 0, 10);
    case.weights = Some((0..10).map(|row| f32::from(row != 4)).collect());
    let (stranger, measured, gone) = (Key::of_id("stranger"), case.keys[3], case.keys[4]);
    for entry in STRATEGIES {
        let include = |key| {
            let limits = Limits {
                excluded: HashSet::from([measured]),
                included: vec![case.keys[0], key],
                ..Limits::first(5)
            };
            case.try_select(entry, &limits, 0).unwrap_err()
        };
        assert_eq!(
            include(stranger),
            SelectError::IncludedMissing { key: stranger }
        );
        assert_eq!(
            include(measured),
            SelectError::IncludedExcluded { key: measured }
        );
        assert_eq!(
            include(gone),
            SelectError::IncludedUnavailable { key: gone }
        );
        assert!(
            include(stranger)
                .to_string()
                .contains(&stranger.to_string())
        );
    }
}

#[test]
fn inputs_that_are_no_numbers_or_do_not_fit_are_refused() {
    let case = Case::random(5, 2, 11);
    let n = Limits::first(2);
    type Spoil = (fn(&mut Case), &'static str, usize);
    let spoil: [Spoil; 9] = [
        (|case| case.scores[3] = f32::NAN, "the score", 3),
        (|case| case.scores[2] = -0.5, "the score", 2),
        (
            |case| case.weights = Some(vec![1.0, f32::INFINITY, 1.0, 1.0, 1.0]),
            "the weight",
            1,
        ),
        (
            |case| {
                case.features[[4, 1]] = f32::NAN;
                case.class_features[[4, 1]] = f32::NAN;
            },
            "the features",
            4,
        ),
        (
            |case| {
                case.means[[2, 0]] = f32::NAN;
                case.class_means[[2, 0]] = f32::NAN;
            },
            "the means",
            2,
        ),
        (|case| case.gains[1] = f32::NAN, "the gain", 1),
        (|case| case.points[[0, 2]] = f32::INFINITY, "the points", 0),
        (
            |case| case.anchor_features[[1, 0]] = f32::NAN,
            "the anchors' features",
            1,
        ),
        (
            |case| case.anchor_points[[1, 0]] = f32::NAN,
            "the anchors' points",
            1,
        ),
    ];
    for entry in STRATEGIES {
        for (spoil, name, at) in spoil {
            let mut bad = case.clone();
            spoil(&mut bad);
            match bad.try_select(entry, &n, 0) {
                Err(SelectError::NotANumber { what, row, .. }) => {
                    assert_eq!((what, row), (name, at));
                }
                other => panic!("{}: {other:?}", entry.name),
            }
        }
        let mut short = case.clone();
        short.scores.pop();
        assert_eq!(
            short.try_select(entry, &n, 0),
            Err(SelectError::Shape {
                what: "scores",
                expected: 5,
                found: 4
            })
        );
    }
}

#[test]
fn where_nothing_tells_rows_apart_the_seed_does() {
    for entry in STRATEGIES {
        for (width, anchors) in [(0, 0), (0, 3), (2, 0), (2, 3)] {
            let case = Case::flat(100, width, anchors);
            let batches: HashSet<Vec<Key>> =
                (0..20).map(|seed| case.picked(entry, 5, seed)).collect();
            assert_eq!(batches.len(), 20, "{} with {width} columns", entry.name);
            // Every row has its chance, wherever it stands in the file.
            let firsts: HashSet<Key> = (0..1000)
                .map(|seed| case.picked(entry, 1, seed)[0])
                .collect();
            assert!(firsts.len() > 90, "{}: {}", entry.name, firsts.len());
        }
    }
}

#[test]
fn extreme_numbers_give_finite_scores() {
    for unit in [f32::MIN_POSITIVE, 1e-30, 1e30, f32::MAX / 2.0] {
        let mut case = Case::random(50, 5, 12);
        for matrix in [
            &mut case.features,
            &mut case.points,
            &mut case.anchor_features,
            &mut case.anchor_points,
            &mut case.means,
        ] {
            matrix.mapv_inplace(|value| value * unit);
        }
        for weight in [1e-30, 1e30] {
            case.weights = Some((0..50).map(|row| weight * (1 + row % 3) as f32).collect());
            for entry in STRATEGIES {
                assert_eq!(case.picked(entry, 20, 0).len(), 20, "{}", entry.name);
            }
        }
    }
}

/// A case with ties, duplicates and weights, as real tables have.
fn cases() -> impl proptest::strategy::Strategy<Value = Case> {
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
fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..n).collect();
    places.sort_by_key(|&place| Seed(seed).derive("place", place as u64).0);
    places
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn permuting_the_rows_permutes_the_picks(
        case in cases(), n in 1_usize..20, seed: u64, shuffle: u64,
    ) {
        let rows = permutation(case.n(), shuffle);
        let permuted = case.take(&rows);
        for entry in STRATEGIES {
            let batch = case.select(entry, &Limits::first(n), seed);
            let mut other = permuted.select(entry, &Limits::first(n), seed);
            other.picks.iter_mut().for_each(|pick| pick.row = rows[pick.row]);
            prop_assert_eq!(other, batch, "{}", entry.name);
        }
    }

    #[test]
    fn permuting_the_anchors_changes_nothing(
        case in cases(), n in 1_usize..20, seed: u64, shuffle: u64,
    ) {
        let anchors = permutation(case.anchor_points.nrows(), shuffle);
        let permuted = case.take_anchors(&anchors);
        for entry in STRATEGIES {
            prop_assert_eq!(
                permuted.select(entry, &Limits::first(n), seed),
                case.select(entry, &Limits::first(n), seed),
                "{}", entry.name
            );
        }
    }

    #[test]
    fn a_larger_batch_begins_with_the_smaller_one(
        case in cases(), n in 1_usize..20, more in 1_usize..20, seed: u64,
    ) {
        for entry in STRATEGIES.iter().filter(|entry| entry.anytime) {
            let (small, large) = (case.picked(entry, n, seed), case.picked(entry, n + more, seed));
            prop_assert!(large.starts_with(&small), "{}", entry.name);
        }
    }
}
