//! What every strategy of the registry must hold.

#[path = "conformance/case.rs"]
mod case;
#[path = "conformance/inputs.rs"]
mod inputs;
#[path = "conformance/limits.rs"]
mod limits;

use std::collections::HashSet;

use al_core::{Key, Seed};
use al_sampling::{STRATEGIES, SelectError, Selection, SelectionLimits, Shortfall, rescored};
use proptest::prelude::*;

use case::{Case, cases, permutation};

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
        let one = on_threads(1, || case.select(entry, &SelectionLimits::first(80), 3));
        let two = on_threads(2, || case.select(entry, &SelectionLimits::first(80), 3));
        assert_eq!(one, two, "{}", entry.name);
    }
}

#[test]
fn several_targets_in_any_order_of_rows_on_any_number_of_threads() {
    let n = 300;
    let mut case = Case::random(n, 12, 5);
    let mut number = case::uniform(6);
    case.means = ndarray::Array2::from_shape_fn((n, 2), |_| number());
    case.anchor_values = (0..24).map(|_| number()).collect();
    let turned = case.take(&permutation(n, 7));
    let several = STRATEGIES.iter().filter(|entry| entry.several);
    let mut seen = 0;
    for entry in several {
        let picked = case.picked(entry, 20, 3);
        let threads = on_threads(1, || case.picked(entry, 20, 3));
        assert_eq!(picked, threads, "{}", entry.name);
        let again = turned.picked(entry, 20, 3);
        assert_eq!(picked, again, "{}", entry.name);
        seen += 1;
    }
    assert!(seen > 10, "only {seen} strategies serve several targets");
}

#[test]
fn one_row() {
    for anchors in [0, 3] {
        let case = Case::random(1, anchors, 3);
        for entry in STRATEGIES {
            let batch = case.select(entry, &SelectionLimits::first(10), 0);
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
        let batch = case.select(entry, &SelectionLimits::first(0), 0);
        assert_eq!((batch.picks.len(), batch.available), (0, 9));
        let none = case.take(&[]);
        assert_eq!(
            none.select(entry, &SelectionLimits::first(3), 0),
            Selection {
                short: Some(Shortfall::default()),
                ..Selection::default()
            }
        );
        let all_measured = SelectionLimits {
            excluded: case.keys.iter().copied().collect(),
            ..SelectionLimits::first(3)
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
        let batch = doubled.select(entry, &SelectionLimits::first(12), 0);
        assert_eq!(
            batch,
            Selection {
                duplicates: 32,
                ..case.select(entry, &SelectionLimits::first(12), 0)
            }
        );
        assert!(batch.picks.iter().all(|pick| pick.row < 30));
    }
}

#[test]
fn excluded_rows_are_as_if_they_were_not_there() {
    let case = Case::random(60, 6, 7);
    let limits = SelectionLimits {
        excluded: case.keys[..20].iter().copied().collect(),
        ..SelectionLimits::first(15)
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
        let batch = case.select(entry, &SelectionLimits::first(60), 1);
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
        let limits = SelectionLimits {
            included: vec![case.keys[31], case.keys[2]],
            excluded: case.keys[40..].iter().copied().collect(),
            ..SelectionLimits::first(12)
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
        let limits = SelectionLimits {
            included: [31, 2, 17].map(|row| plain.keys[row]).to_vec(),
            ..SelectionLimits::first(8)
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
    let limits = SelectionLimits::first(3);
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
        let limits = |n| SelectionLimits {
            included: wanted.to_vec(),
            ..SelectionLimits::first(n)
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
            let limits = SelectionLimits {
                excluded: HashSet::from([measured]),
                included: vec![case.keys[0], key],
                ..SelectionLimits::first(5)
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn permuting_the_rows_permutes_the_picks(
        case in cases(), n in 1_usize..20, seed: u64, shuffle: u64,
    ) {
        let rows = permutation(case.n(), shuffle);
        let permuted = case.take(&rows);
        for entry in STRATEGIES {
            let batch = case.select(entry, &SelectionLimits::first(n), seed);
            let mut other = permuted.select(entry, &SelectionLimits::first(n), seed);
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
                permuted.select(entry, &SelectionLimits::first(n), seed),
                case.select(entry, &SelectionLimits::first(n), seed),
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
