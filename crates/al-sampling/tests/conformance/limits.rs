//! What every strategy must hold under limits.

use al_core::{Key, Seed};
use al_sampling::{Budget, Groups, Quota, STRATEGIES, Selection, SelectionLimits};
use proptest::prelude::*;

use super::case::{Case, cases, permutation};

/// Rows by the remainder of their key, so that the groups go with the rows.
fn groups(case: &Case, column: &str, values: u8) -> Groups {
    let names: Vec<String> = (0..values).map(|value| value.to_string()).collect();
    let of = case.keys.iter().map(|key| {
        let value = Seed(0).order(*key) % u64::from(values);
        Some(names[value as usize].as_str())
    });
    Groups::new(column, of)
}

/// What is drawn from a row's key, 1 to 4.
fn cost(key: Key) -> f64 {
    (Seed(1).order(key) % 4 + 1) as f64
}

fn budget(case: &Case, total: f64) -> Option<Budget> {
    let costs = case.keys.iter().map(|&key| cost(key)).collect();
    Some(Budget { costs, total })
}

/// Rows of each value.
fn counts(groups: &Groups, batch: &Selection) -> Vec<usize> {
    let mut counts = vec![0; groups.names.len()];
    for pick in &batch.picks {
        counts[groups.of[pick.row] as usize] += 1;
    }
    counts
}

fn spent(case: &Case, batch: &Selection) -> f64 {
    batch
        .picks
        .iter()
        .map(|pick| cost(case.keys[pick.row]))
        .sum()
}

#[test]
fn every_strategy_keeps_to_the_limits() {
    let case = Case::random(300, 8, 13);
    let (hardware, driver) = (groups(&case, "hardware", 4), groups(&case, "driver", 5));
    for entry in STRATEGIES {
        let name = entry.name;
        let most = SelectionLimits {
            quotas: vec![Quota::at_most(3, hardware.clone())],
            ..SelectionLimits::first(20)
        };
        let batch = case.select(entry, &most, 0);
        assert_eq!(counts(&hardware, &batch), [3; 4], "{name}");
        let least = SelectionLimits {
            quotas: vec![
                Quota::at_least(3, hardware.clone()),
                Quota::at_least(2, driver.clone()),
            ],
            ..SelectionLimits::first(13)
        };
        let batch = case.select(entry, &least, 0);
        assert_eq!(batch.picks.len(), 13, "{name}");
        assert!(counts(&hardware, &batch).iter().all(|&n| n >= 3), "{name}");
        assert!(counts(&driver, &batch).iter().all(|&n| n >= 2), "{name}");
        let money = SelectionLimits {
            budget: budget(&case, 40.0),
            ..SelectionLimits::first(usize::MAX)
        };
        let batch = case.select(entry, &money, 0);
        // A row of cost 1 always fits until nothing is left.
        assert_eq!(spent(&case, &batch), 40.0, "{name}");
        let together = SelectionLimits {
            together: Some(hardware.clone()),
            ..SelectionLimits::first(25)
        };
        let batch = case.select(entry, &together, 0);
        assert_eq!(counts(&hardware, &batch).iter().max(), Some(&25), "{name}");
        let all = SelectionLimits {
            budget: budget(&case, 30.0),
            quotas: vec![Quota::at_least(2, driver.clone())],
            ..together
        };
        let batch = case.select(entry, &all, 0);
        let of = counts(&hardware, &batch);
        assert_eq!(of.iter().filter(|&&n| n > 0).count(), 1, "{name}");
        assert!(counts(&driver, &batch).iter().all(|&n| n >= 2), "{name}");
        assert!(spent(&case, &batch) <= 30.0, "{name}");
    }
}

#[test]
fn a_limit_that_closes_nothing_changes_nothing() {
    let case = Case::random(60, 5, 14);
    let limits = SelectionLimits {
        quotas: vec![Quota::at_most(60, groups(&case, "hardware", 3))],
        budget: budget(&case, 1000.0),
        ..SelectionLimits::first(12)
    };
    for entry in STRATEGIES {
        let batch = case.select(entry, &limits, 2);
        assert_eq!(batch, case.select(entry, &SelectionLimits::first(12), 2));
    }
}

#[test]
fn under_at_most_a_larger_batch_begins_with_the_smaller_one() {
    let case = Case::random(120, 6, 15);
    for entry in STRATEGIES.iter().filter(|entry| entry.anytime) {
        let limits = |n| SelectionLimits {
            quotas: vec![Quota::at_most(4, groups(&case, "hardware", 6))],
            ..SelectionLimits::first(n)
        };
        let large = case.keys_of(&case.select(entry, &limits(20), 0));
        for n in [1, 7, 13] {
            let small = case.keys_of(&case.select(entry, &limits(n), 0));
            assert!(large.starts_with(&small), "{}", entry.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn permuting_the_rows_permutes_the_picks_under_limits(
        case in cases(), n in 4_usize..20, seed: u64, shuffle: u64,
    ) {
        let rows = permutation(case.n(), shuffle);
        let permuted = case.take(&rows);
        let limits = |case: &Case| SelectionLimits {
            quotas: vec![
                Quota::at_least(1, groups(case, "hardware", 3)),
                Quota::at_most(4, groups(case, "driver", 2)),
            ],
            budget: budget(case, 16.0),
            together: Some(groups(case, "host", 2)),
            ..SelectionLimits::first(n)
        };
        for entry in STRATEGIES {
            let batch = case.try_select(entry, &limits(&case), seed);
            let other = permuted.try_select(entry, &limits(&permuted), seed);
            let other = other.map(|mut other| {
                other.picks.iter_mut().for_each(|pick| pick.row = rows[pick.row]);
                other
            });
            prop_assert_eq!(other, batch, "{}", entry.name);
        }
    }
}
