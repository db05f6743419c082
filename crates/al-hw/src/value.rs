//! Values of a space's columns, and what they must hold.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use al_core::key::canonical_number;
use al_core::{ColumnData, Numbers, TextKind, Texts};

use crate::invalid::InvalidValues;

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

/// A column that holds, per row, the value at that place of `values`, and is
/// missing where the place is [`Texts::MISSING`].
pub(crate) fn data(values: &[Value], places: &[u32]) -> ColumnData {
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
        values: places
            .iter()
            .map(|&place| floats.get(place as usize).copied().unwrap_or(f64::NAN))
            .collect(),
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
    pub(crate) fn number(&self) -> f64 {
        match self {
            Value::Integer(integer) => *integer as f64,
            Value::Number(number) => *number,
            Value::Text(_) | Value::Bool(_) | Value::Date(_) => f64::NAN,
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
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
