//! The values of a column as they are written: a list or a range.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::located::LocatedProblem;
use crate::domain::{Domain, ValueRange};
use crate::entries::{TomlEntry, type_name};
use crate::invalid::InvalidValues;
use crate::range::{self, Decimal};
use crate::space_error::Problem;
use crate::value::{self, Value};

/// The values of a column: a list or a range.
pub(super) fn column(entry: &TomlEntry<'_>) -> Result<Domain, LocatedProblem> {
    match entry.value.get_ref() {
        DeValue::Array(list) => {
            let values = list
                .iter()
                .map(|item| value(entry, item))
                .collect::<Result<Vec<_>, LocatedProblem>>()?;
            value::check(&values).map_err(|problem| {
                let place = match problem {
                    InvalidValues::Mixed { at, .. }
                    | InvalidValues::Repeated { at, .. }
                    | InvalidValues::NotFinite { at, .. } => list.get(at).map(Spanned::span),
                    _ => None,
                };
                let place = place.unwrap_or_else(|| entry.value.span());
                entry.problem_at(place, Problem::Values(problem))
            })?;
            Ok(Domain::Listed(values))
        }
        DeValue::Table(parts) => range(entry, parts),
        other => Err(entry.wrong_type("a list [..] or a range { from, to, step }", other)),
    }
}

pub(super) fn value(
    entry: &TomlEntry<'_>,
    item: &Spanned<DeValue<'_>>,
) -> Result<Value, LocatedProblem> {
    match item.get_ref() {
        DeValue::Integer(_) => Ok(Value::Integer(integer(entry, item)?)),
        // Infinities and NaN are read too, and refused with their column.
        DeValue::Float(float) => Ok(Value::Number(float.as_str().parse().unwrap_or(f64::NAN))),
        DeValue::String(text) => Ok(Value::Text(text.to_string())),
        DeValue::Boolean(flag) => Ok(Value::Bool(*flag)),
        DeValue::Datetime(date) => Ok(Value::Date(date.to_string())),
        other @ (DeValue::Array(_) | DeValue::Table(_)) => {
            let (expected, found) = ("a list of plain values", type_name(other));
            Err(entry.problem_at(item.span(), Problem::Type { expected, found }))
        }
    }
}

pub(super) fn integer(
    entry: &TomlEntry<'_>,
    item: &Spanned<DeValue<'_>>,
) -> Result<i64, LocatedProblem> {
    let DeValue::Integer(integer) = item.get_ref() else {
        let (expected, found) = ("a whole number", type_name(item.get_ref()));
        return Err(entry.problem_at(item.span(), Problem::Type { expected, found }));
    };
    i64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| {
        let number = integer.to_string();
        entry.problem_at(item.span(), Problem::Integer { number })
    })
}

/// A number of a range.
pub(super) fn number(
    entry: &TomlEntry<'_>,
    item: &Spanned<DeValue<'_>>,
) -> Result<Decimal, LocatedProblem> {
    let number = match item.get_ref() {
        DeValue::Integer(_) => Some(Decimal::integer(integer(entry, item)?)),
        DeValue::Float(float) => Decimal::float(float.as_str()),
        other => {
            let (expected, found) = ("a range of numbers", type_name(other));
            return Err(entry.problem_at(item.span(), Problem::Type { expected, found }));
        }
    };
    number.ok_or_else(|| entry.problem_at(item.span(), Problem::RangeDigits))
}

fn range(entry: &TomlEntry<'_>, parts: &DeTable<'_>) -> Result<Domain, LocatedProblem> {
    let part = |name: &str| -> Result<Option<Decimal>, LocatedProblem> {
        parts.get(name).map(|item| number(entry, item)).transpose()
    };
    let log = match parts.get("log").map(|item| (item.span(), item.get_ref())) {
        None => None,
        Some((_, DeValue::Boolean(log))) => Some(*log),
        Some((place, other)) => {
            let (expected, found) = ("a range whose log is true or false", type_name(other));
            return Err(entry.problem_at(place, Problem::Type { expected, found }));
        }
    };
    let parts = (
        part("from")?,
        part("to")?,
        part("step")?,
        part("factor")?,
        parts.len() - usize::from(log.is_some()),
    );
    let domain = match parts {
        (Some(from), Some(to), Some(step), None, 3) if log.is_none() => {
            range::linear(from, to, step).map(Domain::Listed)
        }
        (Some(from), Some(to), None, Some(factor), 3) if log.is_none() => {
            range::geometric(from, to, factor).map(Domain::Listed)
        }
        (Some(from), Some(to), None, None, 2) => {
            let domain = Domain::Between(ValueRange {
                from: from.number(),
                to: to.number(),
                log: log.unwrap_or(false),
                whole: from.is_integer() && to.is_integer(),
            });
            let checked = domain.check().map_err(Problem::Values);
            checked.map(|()| domain)
        }
        _ => Err(Problem::RangeParts),
    };
    domain.map_err(|problem| entry.problem_at(entry.value.span(), problem))
}
