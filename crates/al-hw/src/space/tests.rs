//! Tests of spaces: products, conditions, numbers of combinations.

use al_core::TextKind;
use proptest::prelude::*;

use super::*;
use crate::condition::Choice;
use crate::value::Value;

fn integers(values: impl IntoIterator<Item = i64>) -> Vec<Value> {
    values.into_iter().map(Value::Integer).collect()
}

fn texts<const N: usize>(values: [&str; N]) -> Vec<Value> {
    values.map(|text| Value::Text(text.to_owned())).to_vec()
}

fn space(columns: Vec<(&str, Vec<Value>)>) -> Result<ConfigSpace, InvalidColumn> {
    let columns = columns
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values))
        .collect();
    ConfigSpace::new(columns, Vec::new(), None)
}

fn column(table: &Table, name: &str) -> Vec<String> {
    let data = table.column(name).expect("a column");
    (0..table.n_rows())
        .map(|row| data.text(row).expect("no value is missing"))
        .collect()
}

#[test]
fn the_first_column_varies_slowest() {
    let space = space(vec![("z", texts(["b", "a"])), ("a", integers([3, 1, 2]))]).unwrap();
    assert_eq!(space.size(), Some(6));
    let table = space.rows(0..6);
    assert_eq!(table.names().collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(column(&table, "z"), ["b", "b", "b", "a", "a", "a"]);
    assert_eq!(column(&table, "a"), ["3", "1", "2", "3", "1", "2"]);
}

#[test]
fn values_keep_their_kind_and_their_digits() {
    let huge = 9_007_199_254_740_993;
    let space = space(vec![
        ("flag", vec![Value::Bool(true), Value::Bool(false)]),
        ("day", vec![Value::Date("2024-02-29".into())]),
        ("n", vec![Value::Number(0.1), Value::Integer(huge)]),
    ])
    .unwrap();
    let table = space.rows(0..4);
    assert_eq!(column(&table, "flag"), ["true", "true", "false", "false"]);
    assert_eq!(column(&table, "n")[..2], ["0.1", "9007199254740993"]);
    let kind = |name| match table.column(name) {
        Some(ColumnData::Text(texts)) => texts.kind.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (kind("flag"), kind("day")),
        (TextKind::Bool, TextKind::Date)
    );
}

#[test]
fn a_space_beyond_memory_is_counted_and_its_last_row_made() {
    let names: Vec<String> = (0..12).map(|at| format!("c{at}")).collect();
    let columns = names.iter().map(|name| (&name[..], integers(0..1000)));
    let space = space(columns.collect()).unwrap();
    let size = 10_u128.pow(36);
    assert_eq!(space.size(), Some(size));
    let last = space.rows(size - 2..size);
    assert_eq!(column(&last, "c0"), ["999", "999"]);
    assert_eq!(column(&last, "c11"), ["998", "999"]);
    let early = space.rows(1000..1001);
    assert_eq!(column(&early, "c9"), ["0"]);
    assert_eq!(column(&early, "c10"), ["1"]);
}

#[test]
fn what_a_column_cannot_be() {
    let problem = |columns| space(columns).unwrap_err();
    let error = problem(vec![("a", integers([1])), ("b", Vec::new())]);
    assert_eq!(error.problem, InvalidValues::Empty);
    assert!(error.to_string().starts_with("column 'b' has no values"));

    let twice = vec![Value::Integer(2), Value::Integer(1), Value::Number(2.0)];
    let error = problem(vec![("a", twice)]);
    let (at, value) = (2, "2".to_owned());
    assert_eq!(error.problem, InvalidValues::Repeated { at, value });
    let zeros = vec![Value::Number(0.0), Value::Number(-0.0)];
    let error = problem(vec![("a", zeros)]);
    let (at, value) = (1, "0".to_owned());
    assert_eq!(error.problem, InvalidValues::Repeated { at, value });

    let mixed = vec![Value::Integer(1), Value::Text("2".into())];
    let error = problem(vec![("a", mixed)]);
    assert_eq!(
        error.to_string(),
        "column 'a' mixes numbers and texts; write them all as one kind"
    );
    let error = problem(vec![("a", vec![Value::Number(f64::INFINITY)])]);
    assert!(matches!(
        error.problem,
        InvalidValues::NotFinite { at: 0, .. }
    ));

    let error = problem(vec![("a", integers([1])), ("a", integers([2]))]);
    assert_eq!(error.problem, InvalidValues::RepeatedColumn);

    let names: Vec<String> = (0..13).map(|at| format!("c{at}")).collect();
    let many: Vec<_> = names.iter().map(|n| (&n[..], integers(0..1000))).collect();
    assert_eq!(
        problem(many).problem,
        InvalidValues::TooManyCombinations,
        "10^39 > 2^128"
    );
}

#[test]
fn no_columns_make_no_rows() {
    let empty = space(Vec::new()).unwrap();
    assert_eq!(empty.size(), Some(0));
    assert_eq!(empty.blocks(10).count(), 0);
}

proptest! {
    #[test]
    fn blocks_put_together_are_the_whole(
        counts in prop::collection::vec(1_i64..6, 1..6),
        rows in 1_usize..50,
    ) {
        let names: Vec<String> = (0..counts.len()).map(|at| format!("c{at}")).collect();
        let columns = names.iter().zip(&counts);
        let space = space(columns.map(|(n, &c)| (&n[..], integers(0..c))).collect()).unwrap();
        let size = counts.iter().product::<i64>() as u128;
        prop_assert_eq!(space.size(), Some(size));
        let whole = space.rows(0..size);
        let blocks: Vec<Table> = space.blocks(rows).map(|block| space.table(&block)).collect();
        prop_assert!(blocks.iter().all(|block| block.n_rows() <= rows));
        for name in &names {
            let parts = blocks.iter().flat_map(|block| column(block, name));
            prop_assert_eq!(parts.collect::<Vec<_>>(), column(&whole, name));
        }
        // A row's values are the digits of its number, the last the lowest.
        let mut numbers = vec![0; whole.n_rows()];
        for (name, count) in names.iter().zip(&counts) {
            for (number, digit) in numbers.iter_mut().zip(column(&whole, name)) {
                *number = *number * count + digit.parse::<i64>().unwrap();
            }
        }
        prop_assert!(numbers.into_iter().eq(0..whole.n_rows() as i64));
    }
}

/// A condition on some of a column's values.
fn when(column: &str, on: &str, values: Vec<Value>) -> ColumnCondition {
    ColumnCondition {
        column: column.to_owned(),
        on: on.to_owned(),
        choice: Choice::OneOf(values),
    }
}

/// All rows as text, missing values as `-`, in the order of their numbers.
fn all(space: &ConfigSpace) -> Vec<String> {
    let table = space.rows(0..space.size().unwrap());
    (0..table.n_rows())
        .map(|row| {
            let cells = table.columns().iter();
            let cells = cells.map(|column| column.data.text(row).unwrap_or_else(|| "-".to_owned()));
            cells.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn a_column_is_missing_where_its_condition_does_not_hold() {
    let space = space(vec![
        ("tile", integers([8, 16])),
        ("kernel", texts(["direct", "tiled", "fft"])),
        ("inner", integers([1, 2])),
    ])
    .unwrap()
    .with_conditions(&[
        when("tile", "kernel", texts(["tiled"])),
        when("inner", "tile", integers([16])),
    ])
    .unwrap();
    assert_eq!(space.size(), Some(5));
    // The order of the columns stays; they vary in the order they depend in.
    let rows = [
        "- direct -",
        "8 tiled -",
        "16 tiled 1",
        "16 tiled 2",
        "- fft -",
    ];
    assert_eq!(all(&space), rows);
    let conditional: Vec<bool> = space.columns().iter().map(|c| c.is_conditional()).collect();
    assert_eq!(conditional, [true, false, true]);
}

#[test]
fn several_conditions_must_all_hold() {
    let columns = || {
        space(vec![
            ("a", integers([1, 2, 3])),
            ("b", integers([1, 2, 3])),
            ("c", integers(0..10)),
        ])
        .unwrap()
    };
    let bounds = |from, to| ColumnCondition {
        column: "c".to_owned(),
        on: "b".to_owned(),
        choice: Choice::Between { from, to },
    };
    let of = |conditions: &[ColumnCondition]| columns().with_conditions(conditions).unwrap().size();
    assert_eq!(of(&[when("c", "a", integers([2, 3]))]), Some(3 + 60));
    let both = [when("c", "a", integers([2, 3])), bounds(Some(2.0), None)];
    assert_eq!(of(&both), Some(5 + 40));
    let two = [bounds(Some(2.0), None), bounds(None, Some(2.5))];
    assert_eq!(of(&two), Some(6 + 30));
}

#[test]
fn many_columns_with_conditions_of_their_own_are_counted() {
    // Each of 40 pairs has 1 + 3 combinations.
    let names: Vec<(String, String)> = (0..40)
        .map(|at| (format!("f{at}"), format!("v{at}")))
        .collect();
    let flags = names.iter().map(|(flag, _)| (&flag[..], integers([0, 1])));
    let values = names
        .iter()
        .map(|(_, value)| (&value[..], integers([1, 2, 3])));
    let conditions: Vec<ColumnCondition> = names
        .iter()
        .map(|(flag, value)| when(value, flag, integers([1])))
        .collect();
    let space = space(flags.chain(values).collect()).unwrap();
    let space = space.with_conditions(&conditions).unwrap();
    assert_eq!(space.size(), Some(4_u128.pow(40)));
    let last = space.rows(4_u128.pow(40) - 1..4_u128.pow(40));
    assert_eq!(column(&last, "v39"), ["3"]);
}

#[test]
fn what_conditions_cannot_be() {
    let refuse = |conditions: &[ColumnCondition]| {
        let space = space(vec![
            ("a", integers([1, 2])),
            ("b", texts(["x", "y"])),
            ("c", integers([1, 2])),
        ]);
        let error = space.unwrap().with_conditions(conditions).unwrap_err();
        al_core::Fault::from(error).to_string()
    };
    let circle = [
        when("a", "b", texts(["x"])),
        when("b", "c", integers([1])),
        when("c", "a", integers([1])),
    ];
    assert_eq!(
        refuse(&circle),
        "column 'a' depends on itself: a on b on c on a; take one of these conditions away"
    );
    assert!(refuse(&[when("a", "a", integers([1]))]).contains("a on a"));
    assert_eq!(
        refuse(&[when("d", "a", integers([1]))]),
        "column 'd' has a condition and is no column; the columns are 'a', 'b', 'c'"
    );
    assert!(refuse(&[when("a", "d", integers([1]))]).contains("depends on 'd', which is no"));
    assert_eq!(
        refuse(&[when("a", "b", texts(["z"]))]),
        "column 'a' depends on 'z' of 'b', which has no such value; it has 'x', 'y'"
    );
    // The text 1 is not the number 1.
    assert!(refuse(&[when("b", "a", texts(["1"]))]).contains("no such value; write it as"));
    assert!(refuse(&[when("a", "b", Vec::new())]).contains("none of its values meets"));
    let bounds = |column: &str, on: &str| ColumnCondition {
        column: column.to_owned(),
        on: on.to_owned(),
        choice: Choice::Between {
            from: Some(7.0),
            to: None,
        },
    };
    assert!(refuse(&[bounds("a", "b")]).contains("which holds texts; list the values"));
    assert!(refuse(&[bounds("a", "c")]).contains("none of its values meets"));
    let never = [
        when("b", "a", integers([1])),
        when("c", "b", texts(["x"])),
        when("c", "a", integers([2])),
    ];
    assert_eq!(
        refuse(&never),
        "column 'c' is never there: its conditions cannot hold together"
    );
}

#[test]
fn conditions_that_cross_too_often_are_refused() {
    // Which of 20 columns are there must be remembered over 20 others.
    let names: Vec<String> = (0..40).map(|at| format!("c{at}")).collect();
    let columns = names.iter().map(|name| (&name[..], integers([0, 1])));
    let conditions: Vec<ColumnCondition> = (20..40)
        .flat_map(|at| {
            let own = when(&names[at], &names[at - 20], integers([1]));
            [own, when(&names[at], &names[19], integers([1]))]
        })
        .collect();
    let error = space(columns.collect())
        .unwrap()
        .with_conditions(&conditions)
        .unwrap_err();
    assert!(
        error.to_string().contains("more than 65536 ways"),
        "{error}"
    );
}

#[test]
fn rows_of_a_table_are_found() {
    let space = space(vec![
        ("kernel", texts(["direct", "tiled"])),
        ("tile", integers([8, 16])),
        ("flag", vec![Value::Bool(true), Value::Bool(false)]),
    ])
    .unwrap()
    .with_conditions(&[when("tile", "kernel", texts(["tiled"]))])
    .unwrap();
    let text = |name: &str, rows: [&str; 6]| Column {
        name: name.to_owned(),
        data: ColumnData::Text(al_core::Texts::from_rows(rows.map(Some))),
    };
    let table = Table::new(vec![
        text("flag", ["true", "false", "true", "true", "true", "true"]),
        Column {
            name: "tile".to_owned(),
            data: ColumnData::Number(vec![f64::NAN, 99.0, 8.0, 99.0, f64::NAN, 16.0].into()),
        },
        text(
            "kernel",
            ["direct", "direct", "tiled", "tiled", "tiled", "other"],
        ),
    ]);
    let found = space.find(&table).unwrap();
    let numbers: Vec<u128> = (0..found.n_rows())
        .map(|row| space.number(&found, row).unwrap())
        .collect();
    // direct true, direct false whatever its tile says, tiled 8 true; a tile
    // that is none, one that is missing and another kernel are not in it.
    assert_eq!(numbers, [0, 1, 2]);
}

/// A condition: column, on, allowed.
type Drawn = (usize, usize, Vec<bool>);

/// A space of up to six columns with conditions on columns before them, and
/// the conditions.
fn conditional() -> impl Strategy<Value = (Vec<i64>, Vec<Drawn>)> {
    prop::collection::vec(1_i64..4, 1..7).prop_flat_map(|counts| {
        let n = counts.len();
        let condition = (0..n, 0..n, prop::collection::vec(any::<bool>(), 3));
        (Just(counts), prop::collection::vec(condition, 0..5))
    })
}

proptest! {
    #[test]
    fn every_combination_is_there_once_and_has_its_number(
        (counts, conditions) in conditional(),
        start in 0.0..1.0_f64,
        rows in 1_usize..20,
    ) {
        let names: Vec<String> = (0..counts.len()).map(|at| format!("c{at}")).collect();
        let columns = names.iter().zip(&counts);
        let plain = space(columns.map(|(n, &c)| (&n[..], integers(0..c))).collect()).unwrap();
        // Only on columns before or only on columns after: no circles.
        let conditions: Vec<ColumnCondition> = conditions
            .iter()
            .filter(|(column, on, _)| column > on)
            .map(|(column, on, allowed)| {
                let chosen = (0..counts[*on]).filter(|&v| allowed[v as usize]);
                when(&names[*column], &names[*on], integers(chosen))
            })
            .collect();
        let Ok(space) = plain.with_conditions(&conditions) else {
            return Ok(());
        };
        // All of the product, with what is not there taken away.
        let mut expected = std::collections::BTreeSet::new();
        let product: i64 = counts.iter().product();
        for mut number in 0..product {
            let mut row = vec![None; counts.len()];
            for at in (0..counts.len()).rev() {
                row[at] = Some(number % counts[at]);
                number /= counts[at];
            }
            for at in 0..counts.len() {
                let held = conditions.iter().filter(|c| c.column == names[at]).all(|c| {
                    let on = names.iter().position(|name| *name == c.on).unwrap();
                    let Choice::OneOf(values) = &c.choice else { unreachable!() };
                    row[on].is_some_and(|value| values.contains(&Value::Integer(value)))
                });
                if !held {
                    row[at] = None;
                }
            }
            expected.insert(row.iter().map(|v| v.map_or("-".to_owned(), |v| v.to_string())).collect::<Vec<_>>().join(" "));
        }
        let size = space.size().unwrap();
        let rows_of_space = all(&space);
        prop_assert_eq!(rows_of_space.len(), expected.len());
        prop_assert!(rows_of_space.iter().cloned().collect::<std::collections::BTreeSet<_>>() == expected);
        // Any block is a part of the whole, and a row tells its number.
        let from = (start * size as f64) as u128;
        let block = space.points(from..size.min(from + rows as u128));
        let found = space.find(&space.table(&block)).unwrap();
        prop_assert_eq!(&found, &block);
        for row in 0..block.n_rows() {
            prop_assert_eq!(space.number(&block, row), Some(from + row as u128));
        }
        let whole = space.points(0..size);
        prop_assert_eq!(whole.slice(from as usize, rows), block);
    }
}
