//! Each limit by hand, each collision by its words.

mod exhaustive;
mod room;

use al_core::{Key, Seed};

use super::*;
use crate::query::Query;
use crate::select::{Selection, select};
use crate::select_error::SelectError;
use crate::strategies::uncertainty::Uncertainty;

/// Rows whose scores fall from the first to the last, so that the batch
/// without limits is the first ones.
fn falling(n: usize) -> Vec<f32> {
    (0..n).map(|row| 1.0 - row as f32 / n as f32).collect()
}

fn keys(n: usize) -> Vec<Key> {
    let rows = 0..n;
    rows.map(|row| Key::of_id(&row.to_string())).collect()
}

fn batch(scores: &[f32], limits: &SelectionLimits) -> Result<Selection, SelectError> {
    let keys = keys(scores.len());
    let query = Query {
        scores,
        ..Query::new(&keys)
    };
    select(&Uncertainty {}, &query, limits, Seed(0))
}

fn picks(n: usize, limits: &SelectionLimits) -> Vec<usize> {
    rows_of(&batch(&falling(n), limits).expect("limits that can be met"))
}

fn rows_of(batch: &Selection) -> Vec<usize> {
    batch.picks.iter().map(|pick| pick.row).collect()
}

fn refused(n: usize, limits: &SelectionLimits) -> String {
    match batch(&falling(n), limits) {
        Err(SelectError::Collision(collision)) => collision.to_string(),
        other => panic!("{other:?}"),
    }
}

fn short(n: usize, limits: &SelectionLimits) -> String {
    let batch = batch(&falling(n), limits).expect("limits that can be met");
    batch.short.expect("a short batch").to_string()
}

/// One letter per row; '-' is missing.
fn column(name: &str, letters: &str) -> Groups {
    let letters: Vec<String> = letters.chars().map(String::from).collect();
    let value = |letter: &'static str| (letter != "-").then_some(letter);
    Groups::new(name, letters.into_iter().map(|letter| value(letter.leak())))
}

fn quotas<const N: usize>(n: usize, quotas: [Quota; N]) -> SelectionLimits {
    SelectionLimits {
        quotas: quotas.to_vec(),
        ..SelectionLimits::first(n)
    }
}

fn at_most(n: usize, letters: &str) -> Quota {
    Quota::at_most(n, column("hardware", letters))
}

fn at_least(n: usize, letters: &str) -> Quota {
    Quota::at_least(n, column("hardware", letters))
}

fn budget(total: f64, costs: &[f64]) -> Option<Budget> {
    let costs = costs.to_vec();
    Some(Budget { costs, total })
}

#[test]
fn groups_number_values_as_they_come() {
    let groups = column("hardware", "ba-b");
    assert_eq!(groups.names, ["b", "a"]);
    assert_eq!(groups.of, [0, 1, Groups::MISSING, 0]);
    assert_eq!((groups.group(2), groups.name(2)), (2, "(missing)"));
    assert_eq!((groups.group(1), groups.name(1)), (1, "a"));
}

#[test]
fn at_most_closes_a_value() {
    assert_eq!(picks(6, &quotas(4, [at_most(2, "aaaabb")])), [0, 1, 4, 5]);
    // Three of each of two values in a batch of ten.
    let limits = quotas(10, [at_most(3, "aaaaaabbbbbb")]);
    assert_eq!(picks(12, &limits), [0, 1, 2, 6, 7, 8]);
    assert_eq!(
        short(12, &limits),
        "the other 6 candidates would break: at most 3 rows for each value of 'hardware'"
    );
    assert_eq!(picks(3, &quotas(3, [at_most(0, "aab")])), [0; 0]);
    // A missing value is a value, and of two columns each has its own limit.
    assert_eq!(picks(4, &quotas(3, [at_most(1, "--ab")])), [0, 2, 3]);
    let driver = Quota::at_most(2, column("driver", "xxxxy"));
    assert_eq!(
        picks(5, &quotas(5, [at_most(2, "aabbb"), driver])),
        [0, 1, 4]
    );
}

#[test]
fn at_least_keeps_slots_back_and_no_more() {
    // The best three, and the last slot for b.
    assert_eq!(picks(6, &quotas(4, [at_least(1, "aaaabb")])), [0, 1, 2, 4]);
    assert_eq!(picks(6, &quotas(4, [at_least(2, "aaaabb")])), [0, 1, 4, 5]);
    // Met by the best rows anyway.
    assert_eq!(picks(6, &quotas(3, [at_least(1, "abaaab")])), [0, 1, 2]);
    assert_eq!(picks(3, &quotas(2, [at_least(1, "aa-")])), [0, 2]);
    assert_eq!(picks(6, &quotas(6, [at_least(1, "aaaabb")])).len(), 6);
}

#[test]
fn rows_to_include_count() {
    let include = |row: usize, limits: SelectionLimits| SelectionLimits {
        included: vec![keys(6)[row]],
        ..limits
    };
    let least = include(5, quotas(3, [at_least(1, "aaaabb")]));
    assert_eq!(picks(6, &least), [5, 0, 1]);
    let most = include(3, quotas(3, [at_most(1, "aaaabb")]));
    assert_eq!(picks(6, &most), [3, 4]);
    let money = include(3, SelectionLimits::first(3));
    let money = SelectionLimits {
        budget: budget(5.0, &[3.0, 2.0, 2.0, 2.0, 1.0, 1.0]),
        ..money
    };
    assert_eq!(picks(6, &money), [3, 0]);
}

#[test]
fn rows_not_on_offer_ask_for_nothing() {
    let limits = SelectionLimits {
        excluded: HashSet::from([keys(4)[3]]),
        ..quotas(2, [at_least(1, "aaab")])
    };
    assert_eq!(picks(4, &limits), [0, 1]);
    let keys = keys(4);
    let query = Query {
        weights: Some(&[1.0, 1.0, 1.0, 0.0]),
        ..Query::new(&keys)
    };
    let limits = quotas(2, [at_least(1, "aaab")]);
    let batch = select(&Uncertainty {}, &query, &limits, Seed(0)).unwrap();
    assert_eq!(batch.picks.len(), 2);
    // And where there is nothing there is nothing to meet.
    let limits = quotas(0, [at_least(1, "")]);
    assert_eq!(picks(0, &limits), [0; 0]);
}

#[test]
fn at_least_of_two_columns_is_met_by_rows_that_serve_both() {
    // Two rows must meet four requirements: (a, y) and (b, x).
    let driver = |letters| Quota::at_least(1, column("driver", letters));
    let limits = quotas(2, [at_least(1, "aabb"), driver("xyxx")]);
    assert_eq!(picks(4, &limits), [1, 2]);
    // Once a row of (a, x) is picked, (b, y) has to follow.
    let limits = quotas(2, [at_least(1, "aabbb"), driver("xyxxy")]);
    assert_eq!(picks(5, &limits), [0, 4]);
}

#[test]
fn at_least_of_three_columns_is_found_by_search() {
    let quota = |name, letters| Quota::at_least(1, column(name, letters));
    let columns = |a, b, c| [quota("a", a), quota("b", b), quota("c", c)];
    // Only the last two rows together have all six values; with a third row
    // the best may come first.
    let limits = quotas(2, columns("11112", "12212", "12121"));
    assert_eq!(picks(5, &limits), [3, 4]);
    assert_eq!(picks(5, &SelectionLimits { n: 3, ..limits }), [0, 1, 4]);
    // No two rows have all six.
    let limits = quotas(2, columns("1122", "1212", "1221"));
    assert_eq!(
        refused(4, &limits),
        "no batch found that meets all of: at least 1 row for each value of 'a'; at least 1 row \
         for each value of 'b'; at least 1 row for each value of 'c'; 2 rows in the batch"
    );
}

#[test]
fn a_budget_closes_what_does_not_fit() {
    let costs = [4.0, 4.0, 3.0, 1.0, 2.0];
    let limits = |n, total| SelectionLimits {
        budget: budget(total, &costs),
        ..SelectionLimits::first(n)
    };
    assert_eq!(picks(5, &limits(5, 8.0)), [0, 1]);
    assert_eq!(picks(5, &limits(usize::MAX, 9.5)), [0, 1, 3]);
    assert_eq!(picks(5, &limits(1, 9.5)), [0]);
    assert_eq!(
        short(5, &limits(5, 9.5)),
        "the other 2 candidates would break: a budget of 9.5 (of which 0.5 is left)"
    );
    assert_eq!(picks(5, &limits(5, 0.5)), [0; 0]);
    assert_eq!(picks(5, &limits(9, 14.0)), [0, 1, 2, 3, 4]);
    assert_eq!(short(5, &limits(9, 14.0)), "there are no more candidates");
    // Three times 0.1 is more than 0.3 in binary.
    let limits = SelectionLimits {
        budget: budget(0.3, &[0.1; 5]),
        ..SelectionLimits::first(usize::MAX)
    };
    assert_eq!(picks(5, &limits), [0, 1, 2]);
    // Nothing to spend, and rows for nothing.
    let limits = SelectionLimits {
        budget: budget(0.0, &[1.0, 0.0, 1e-300, 0.0]),
        ..SelectionLimits::first(9)
    };
    assert_eq!(picks(4, &limits), [1, 3]);
}

#[test]
fn a_budget_keeps_money_back_for_what_is_required() {
    // b costs 5 at least: of 8, 3 may be spent on a.
    let limits = SelectionLimits {
        budget: budget(8.0, &[4.0, 2.0, 2.0, 1.0, 6.0, 5.0]),
        ..quotas(9, [at_least(1, "aaaabb")])
    };
    assert_eq!(picks(6, &limits), [1, 3, 5]);
    // The dearer b can be paid for if it comes first.
    let limits = SelectionLimits {
        budget: budget(8.0, &[6.0, 2.0, 2.0, 1.0, 4.0, 5.0]),
        ..quotas(9, [at_least(1, "baaaab")])
    };
    assert_eq!(picks(6, &limits), [0, 1]);
}

#[test]
fn together_goes_to_a_value_that_fills_the_batch() {
    let together = |n, letters| SelectionLimits {
        together: Some(column("host", letters)),
        ..SelectionLimits::first(n)
    };
    assert_eq!(picks(6, &together(2, "abbabb")), [0, 3]);
    assert_eq!(picks(6, &together(3, "abbabb")), [1, 2, 4]);
    let five = together(5, "abbabb");
    assert_eq!(picks(6, &five), [1, 2, 4, 5]);
    assert_eq!(
        short(6, &five),
        "the other 2 candidates would break: all rows with the value 'b' of 'host'"
    );
    let included = SelectionLimits {
        included: vec![keys(6)[3]],
        ..together(5, "abbabb")
    };
    assert_eq!(picks(6, &included), [3, 0]);
    // Under a limit on drivers host a has more.
    let limits = SelectionLimits {
        quotas: vec![Quota::at_most(1, column("driver", "zxxyxx"))],
        ..together(2, "abbabb")
    };
    assert_eq!(picks(6, &limits), [0, 3]);
    // The budget pays for three of host b.
    let limits = SelectionLimits {
        budget: budget(3.0, &[2.0, 1.0, 1.0, 2.0, 1.0, 1.0]),
        ..together(usize::MAX, "abbabb")
    };
    assert_eq!(picks(6, &limits), [1, 2, 4]);
    // Host b alone has both drivers.
    let limits = SelectionLimits {
        quotas: vec![Quota::at_least(1, column("driver", "xxxxyx"))],
        ..together(2, "abbabb")
    };
    assert_eq!(picks(6, &limits), [1, 4]);
}

#[test]
fn collisions_seen_at_once_say_their_numbers() {
    let n = |limits: &SelectionLimits, n| refused(n, limits);
    assert_eq!(
        n(&quotas(10, [at_least(3, "abcdeabcdeabcde")]), 15),
        "at least 3 rows for each of the 5 values of 'hardware' are 15 rows, and the batch has 10"
    );
    assert_eq!(
        n(&quotas(4, [at_least(3, "aab"), at_most(1, "aab")]), 3),
        "at least 3 and at most 1 row for each value of 'hardware' exclude each other"
    );
    assert_eq!(
        n(&quotas(9, [at_least(2, "aab-")]), 4),
        "at least 2 rows for each value of 'hardware' cannot be had: '(missing)' has 1 to pick from"
    );
    let include = |limits: SelectionLimits| SelectionLimits {
        included: keys(3)[..2].to_vec(),
        ..limits
    };
    assert_eq!(
        n(&include(quotas(3, [at_most(1, "aab")])), 3),
        "2 rows with the value 'a' of 'hardware' are to be included, and at most 1 row of a value \
         may be picked"
    );
    let limits = include(SelectionLimits::first(3));
    let limits = SelectionLimits {
        budget: budget(5.0, &[4.0, 3.0, 1.0]),
        ..limits
    };
    assert_eq!(
        n(&limits, 3),
        "the rows to include cost 7, and the budget is 5"
    );
    let together = |limits: SelectionLimits| SelectionLimits {
        together: Some(column("hardware", "aba")),
        ..limits
    };
    assert_eq!(
        n(&together(include(SelectionLimits::first(3))), 3),
        "all rows are to have one value of 'hardware', and rows with 'a' and with 'b' are to be \
         included"
    );
    assert_eq!(
        n(&together(quotas(3, [at_least(1, "aba")])), 3),
        "all rows are to have one value of 'hardware', and at least 1 row for each of its 2 values"
    );
}

#[test]
fn other_collisions_name_the_limits_it_takes() {
    let driver = |letters| Quota::at_least(1, column("driver", letters));
    let limits = quotas(2, [at_least(1, "aab"), driver("xyx"), at_most(2, "aab")]);
    assert_eq!(picks(3, &limits), [1, 2]);
    let limits = SelectionLimits {
        budget: budget(5.0, &[1.0, 3.0, 3.0]),
        ..limits
    };
    assert_eq!(
        refused(3, &limits),
        "the cheapest rows that meet at least 1 row for each value of 'hardware'; at least 1 row \
         for each value of 'driver' cost 6, and the budget is 5"
    );
    let limits = SelectionLimits {
        included: vec![keys(4)[0]],
        ..quotas(
            2,
            [
                at_least(1, "aabc"),
                Quota::at_most(9, column("driver", "xyxx")),
            ],
        )
    };
    assert_eq!(
        refused(4, &limits),
        "at least 1 row for each of the 3 values of 'hardware' are 3 rows, and the batch has 2"
    );
    let limits = SelectionLimits {
        included: keys(4)[..2].to_vec(),
        ..quotas(3, [at_least(1, "aabc")])
    };
    assert_eq!(
        refused(4, &limits),
        "no batch found that meets all of: at least 1 row for each value of 'hardware'; 2 rows to \
         include; 3 rows in the batch"
    );
    let limits = SelectionLimits {
        together: Some(column("host", "ppq")),
        ..quotas(3, [driver("xyx"), at_least(1, "aab")])
    };
    assert_eq!(
        refused(3, &limits),
        "no batch found that meets all of: at least 1 row for each value of 'hardware'; all rows \
         with one value of 'host'"
    );
}

#[test]
fn limits_that_belong_to_other_rows_are_refused() {
    let error = |limits: &SelectionLimits| batch(&falling(3), limits).unwrap_err().to_string();
    let costs = |costs: &[f64], total| SelectionLimits {
        budget: budget(total, costs),
        ..SelectionLimits::first(2)
    };
    assert_eq!(error(&costs(&[1.0], 1.0)), "costs: 1 instead of 3");
    assert_eq!(
        error(&costs(&[1.0, -1.0, 1.0], 1.0)),
        "the cost of row 1 must be a finite number, 0 or more"
    );
    assert_eq!(
        error(&costs(&[1.0; 3], f64::NAN)),
        "the budget must be a finite number, 0 or more, not NaN"
    );
    assert_eq!(
        error(&quotas(2, [at_most(1, "ab")])),
        "values of a column with a limit: 2 instead of 3"
    );
    let mut groups = column("hardware", "aba");
    groups.of[2] = 2;
    assert_eq!(
        error(&quotas(2, [Quota::at_most(1, groups)])),
        "row 2 has a value of column 'hardware' that is not among the column's values"
    );
}

#[test]
fn the_number_of_rows_expected_is_one_that_can_be_had() {
    let expected = |n: usize, limits: &SelectionLimits, included: &[usize]| {
        let rows: Vec<u32> = (0..n as u32).collect();
        let gate = Gate::new(limits, &rows, included);
        gate.map(|gate| gate.batch())
            .expect("limits that can be met")
    };
    assert_eq!(expected(5, &SelectionLimits::first(usize::MAX), &[]), 5);
    assert_eq!(
        expected(12, &quotas(10, [at_most(3, "aaaaaabbbbbb")]), &[]),
        6
    );
    let money = SelectionLimits {
        budget: budget(6.0, &[4.0, 3.0, 2.0, 1.0]),
        ..SelectionLimits::first(usize::MAX)
    };
    assert_eq!(expected(4, &money, &[]), 3);
    assert_eq!(expected(4, &money, &[0]), 2);
    let together = SelectionLimits {
        together: Some(column("host", "abbb")),
        ..money
    };
    assert_eq!(expected(4, &together, &[]), 3);
    assert_eq!(expected(4, &together, &[0]), 1);
}
