//! A configuration space: named columns, the values each may take, and their
//! Cartesian product, block by block.
//!
//! How a space is written down, `space_file` knows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use al_core::key::canonical_number;
use al_core::{Column, ColumnData, Numbers, Table, TextKind, Texts};
use thiserror::Error;

/// Columns, their values, and which combinations are meant.
///
/// Every column has a value at least, all values of a column are of one kind
/// and distinct, and the product of their numbers fits 128 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    columns: Vec<(String, Vec<Value>)>,
    rules: Vec<String>,
    exclude: Option<String>,
    size: u128,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number; finite.
    Number(f64),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A date or time, as written.
    Date(String),
}

/// What is wrong with the values of a column; `at` counts them from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidValues {
    /// No value.
    #[error("has no values; every column needs one at least")]
    Empty,
    /// The same value twice.
    #[error("holds {value} twice")]
    Repeated {
        /// The second of the two.
        at: usize,
        /// The value, as text.
        value: String,
    },
    /// Values of different kinds.
    #[error("mixes {first} and {other}; write them all as one kind")]
    Mixed {
        /// The first value of another kind than those before.
        at: usize,
        /// The kind of the first value.
        first: &'static str,
        /// The kind of this one.
        other: &'static str,
    },
    /// Infinity or not a number.
    #[error("holds {value}, which is not a finite number")]
    NotFinite {
        /// Which value.
        at: usize,
        /// The value, as text.
        value: String,
    },
    /// The number of combinations does not fit.
    #[error("makes more than 2^128 combinations with the columns before it")]
    TooManyCombinations,
    /// Another column has this name.
    #[error("is there twice")]
    RepeatedColumn,
}

/// A column that a space cannot have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column '{column}' {problem}")]
pub struct InvalidColumn {
    /// The column's name.
    pub column: String,
    /// What is wrong with it.
    pub problem: InvalidValues,
}

impl Space {
    /// A space of `columns`, the first of which varies slowest.
    ///
    /// # Errors
    ///
    /// A column without values, with repeated, mixed or infinite ones, with
    /// the name of another, or one too many for the product to be counted.
    pub fn new(
        columns: Vec<(String, Vec<Value>)>,
        rules: Vec<String>,
        exclude: Option<String>,
    ) -> Result<Space, InvalidColumn> {
        let mut size = 1_u128;
        for (at, (name, values)) in columns.iter().enumerate() {
            let invalid = |problem| InvalidColumn {
                column: name.clone(),
                problem,
            };
            if columns[..at].iter().any(|(other, _)| other == name) {
                return Err(invalid(InvalidValues::RepeatedColumn));
            }
            check(values).map_err(invalid)?;
            size = size
                .checked_mul(values.len() as u128)
                .ok_or_else(|| invalid(InvalidValues::TooManyCombinations))?;
        }
        if columns.is_empty() {
            size = 0;
        }
        Ok(Space {
            columns,
            rules,
            exclude,
            size,
        })
    }

    /// The columns and their values.
    #[must_use]
    pub fn columns(&self) -> &[(String, Vec<Value>)] {
        &self.columns
    }

    /// Boolean SQL expressions over the columns; a combination is meant if all
    /// of them hold. [`Space::size`] and [`Space::rows`] do not know them.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// A table whose rows are to be left out, as the user named it.
    #[must_use]
    pub fn exclude(&self) -> Option<&str> {
        self.exclude.as_deref()
    }

    /// Number of combinations, before any rule.
    #[must_use]
    pub fn size(&self) -> u128 {
        self.size
    }

    /// The combinations whose numbers are in `numbers`, one per row. They are
    /// numbered from 0, the last column varies fastest.
    ///
    /// # Panics
    ///
    /// If the range ends beyond [`Space::size`] or is longer than memory: both
    /// are bugs of the caller.
    #[must_use]
    pub fn rows(&self, numbers: Range<u128>) -> Table {
        assert!(numbers.start <= numbers.end && numbers.end <= self.size);
        let n = usize::try_from(numbers.end - numbers.start).expect("a block fits in memory");
        // Every value of a column comes so many times in a row.
        let mut run = self.size;
        let columns = self
            .columns
            .iter()
            .map(|(name, values)| {
                run /= values.len() as u128;
                Column {
                    name: name.clone(),
                    data: data(values, &places(numbers.start, n, run, values.len())),
                }
            })
            .collect();
        Table::new(columns)
    }

    /// All combinations in blocks of at most `rows` rows (at least 1).
    pub fn blocks(&self, rows: usize) -> impl Iterator<Item = Table> + '_ {
        let rows = rows.max(1) as u128;
        let mut from = 0;
        std::iter::from_fn(move || {
            let to = self.size.min(from + rows);
            let block = (from < to).then(|| self.rows(from..to));
            from = to;
            block
        })
    }
}

/// The indices of a column's values in `n` rows from row `start` on, if each of
/// `count` values comes `run` times in a row, over and over.
fn places(start: u128, n: usize, run: u128, count: usize) -> Vec<u32> {
    let mut places = Vec::with_capacity(n);
    let mut value = (start / run % count as u128) as usize;
    let mut left = run - start % run;
    while places.len() < n {
        let missing = n - places.len();
        let repeat = usize::try_from(left).map_or(missing, |left| left.min(missing));
        places.extend(std::iter::repeat_n(value as u32, repeat));
        value = (value + 1) % count;
        left = run;
    }
    places
}

/// A column that holds, per row, the value at that place of `values`.
fn data(values: &[Value], places: &[u32]) -> ColumnData {
    let kind = match values[0] {
        Value::Integer(_) | Value::Number(_) => return ColumnData::Number(numbers(values, places)),
        Value::Text(_) => TextKind::Text,
        Value::Bool(_) => TextKind::Bool,
        Value::Date(_) => TextKind::Date,
    };
    ColumnData::Text(Texts {
        codes: places.to_vec(),
        levels: values.iter().map(Value::to_string).collect(),
        kind,
    })
}

fn numbers(values: &[Value], places: &[u32]) -> Numbers {
    let floats: Vec<f64> = values.iter().map(Value::number).collect();
    let inexact: HashMap<u32, i128> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| match *value {
            Value::Integer(integer) if floats[at] as i128 != i128::from(integer) => {
                Some((at as u32, i128::from(integer)))
            }
            _ => None,
        })
        .collect();
    let exact: BTreeMap<usize, i128> = if inexact.is_empty() {
        BTreeMap::new()
    } else {
        places
            .iter()
            .enumerate()
            .filter_map(|(row, place)| Some((row, *inexact.get(place)?)))
            .collect()
    };
    Numbers {
        values: places.iter().map(|&place| floats[place as usize]).collect(),
        exact,
    }
}

impl Value {
    /// The values of a column, of one kind as an array is:
    /// `Value::list([1, 2, 4])`, `Value::list(["cuda", "cpu"])`.
    pub fn list<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Vec<Value> {
        values.into_iter().map(Into::into).collect()
    }

    /// The number, NaN of what is none.
    fn number(&self) -> f64 {
        match self {
            Value::Integer(integer) => *integer as f64,
            Value::Number(number) => *number,
            Value::Text(_) | Value::Bool(_) | Value::Date(_) => f64::NAN,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Value::Integer(_) | Value::Number(_) => "numbers",
            Value::Text(_) => "texts",
            Value::Bool(_) => "booleans",
            Value::Date(_) => "dates",
        }
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Value::Integer(integer)
    }
}

impl From<i32> for Value {
    fn from(integer: i32) -> Self {
        Value::Integer(integer.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

/// As a table holds it: whole numbers without a fraction.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(integer) => integer.fmt(f),
            Value::Number(number) => f.write_str(&canonical_number(*number)),
            Value::Text(text) | Value::Date(text) => f.write_str(text),
            Value::Bool(flag) => flag.fmt(f),
        }
    }
}

/// What a column's values must hold.
pub(crate) fn check(values: &[Value]) -> Result<(), InvalidValues> {
    let Some(first) = values.first() else {
        return Err(InvalidValues::Empty);
    };
    let mut seen = HashSet::new();
    for (at, value) in values.iter().enumerate() {
        if value.kind() != first.kind() {
            return Err(InvalidValues::Mixed {
                at,
                first: first.kind(),
                other: value.kind(),
            });
        }
        let text = value.to_string();
        if matches!(value, Value::Number(number) if !number.is_finite()) {
            return Err(InvalidValues::NotFinite { at, value: text });
        }
        if !seen.insert(text) {
            return Err(InvalidValues::Repeated {
                at,
                value: value.to_string(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn integers(values: impl IntoIterator<Item = i64>) -> Vec<Value> {
        values.into_iter().map(Value::Integer).collect()
    }

    fn texts<const N: usize>(values: [&str; N]) -> Vec<Value> {
        values.map(|text| Value::Text(text.to_owned())).to_vec()
    }

    fn space(columns: Vec<(&str, Vec<Value>)>) -> Result<Space, InvalidColumn> {
        let columns = columns
            .into_iter()
            .map(|(name, values)| (name.to_owned(), values))
            .collect();
        Space::new(columns, Vec::new(), None)
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
        assert_eq!(space.size(), 6);
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
        assert_eq!(space.size(), 10_u128.pow(36));
        let last = space.rows(space.size() - 2..space.size());
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
        assert_eq!(empty.size(), 0);
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
            prop_assert_eq!(space.size(), counts.iter().product::<i64>() as u128);
            let whole = space.rows(0..space.size());
            let blocks: Vec<Table> = space.blocks(rows).collect();
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
}
