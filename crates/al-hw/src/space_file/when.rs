//! Conditions and samples as they are written.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::column::{integer, number, value};
use super::located::LocatedProblem;
use crate::condition::{Choice, ColumnCondition};
use crate::entries::{TomlEntry, in_order, type_name};
use crate::sample::{Method, Sample};
use crate::space_error::Problem;

/// A condition and where it stands.
pub(super) struct Placed {
    pub(super) condition: ColumnCondition,
    /// Where its column is named.
    pub(super) column: Range<usize>,
    /// Where the column it depends on is named.
    pub(super) on: Range<usize>,
}

/// The conditions of `when`, a table of tables.
pub(super) fn conditions(when: &TomlEntry<'_>) -> Result<Vec<Placed>, LocatedProblem> {
    let DeValue::Table(columns) = when.value.get_ref() else {
        let expected = "a table of conditions, as in: tile = { kernel = [\"tiled\"] }";
        return Err(when.wrong_type(expected, when.value.get_ref()));
    };
    let mut conditions = Vec::new();
    for column in in_order(columns) {
        let DeValue::Table(tests) = column.value.get_ref() else {
            let expected = "a table of columns and their values, as in: { kernel = [\"tiled\"] }";
            return Err(column.wrong_type(expected, column.value.get_ref()));
        };
        for on in in_order(tests) {
            conditions.push(Placed {
                condition: ColumnCondition {
                    column: column.name.to_owned(),
                    on: on.name.to_owned(),
                    choice: choice(&column, &on)?,
                },
                column: column.place.clone(),
                on: on.place.clone(),
            });
        }
    }
    Ok(conditions)
}

/// A value, a list of them, or bounds.
fn choice(column: &TomlEntry<'_>, on: &TomlEntry<'_>) -> Result<Choice, LocatedProblem> {
    match on.value.get_ref() {
        DeValue::Array(list) => {
            let values = list.iter().map(|item| value(column, item));
            Ok(Choice::OneOf(
                values.collect::<Result<_, LocatedProblem>>()?,
            ))
        }
        DeValue::Table(bounds) => {
            let bound = |name: &str| -> Result<Option<f64>, LocatedProblem> {
                let number = |item: &Spanned<DeValue<'_>>| Ok(number(column, item)?.number());
                bounds.get(name).map(number).transpose()
            };
            let (from, to) = (bound("from")?, bound("to")?);
            let known = usize::from(from.is_some()) + usize::from(to.is_some());
            if known == 0 || known != bounds.len() {
                let on_name = on.name.to_owned();
                return Err(column.problem_at(on.value.span(), Problem::Choice { on: on_name }));
            }
            Ok(Choice::Between { from, to })
        }
        _ => Ok(Choice::OneOf(vec![value(column, on.value)?])),
    }
}

/// The sample of `sample`: a number of rows, or a table with it.
pub(super) fn sample(entry: &TomlEntry<'_>) -> Result<Sample, LocatedProblem> {
    let rows = |item: &Spanned<DeValue<'_>>| -> Result<u64, LocatedProblem> {
        let number = integer(entry, item)?;
        match u64::try_from(number) {
            Ok(rows) if rows > 0 => Ok(rows),
            _ => Err(entry.problem_at(item.span(), Problem::SampleSize { number })),
        }
    };
    let parts: &DeTable<'_> = match entry.value.get_ref() {
        DeValue::Table(parts) => parts,
        _ => {
            return Ok(Sample {
                rows: rows(entry.value)?,
                method: Method::default(),
            });
        }
    };
    let mut sample = Sample {
        rows: 0,
        method: Method::default(),
    };
    for part in in_order(parts) {
        match (part.name, part.value.get_ref()) {
            ("rows", _) => sample.rows = rows(part.value)?,
            ("method", DeValue::String(name)) => {
                sample.method = name.parse().map_err(|_| {
                    let known = Method::ALL.iter().map(|(_, name, _)| *name).collect();
                    let name = name.to_string();
                    entry.problem_at(part.value.span(), Problem::Method { name, known })
                })?;
            }
            ("method", other) => {
                let (expected, found) = ("a sample whose method is a name", type_name(other));
                let problem = Problem::Type { expected, found };
                return Err(entry.problem_at(part.value.span(), problem));
            }
            (other, _) => {
                let entry_name = other.to_owned();
                let problem = Problem::SampleEntry { entry: entry_name };
                return Err(entry.problem_at(part.place, problem));
            }
        }
    }
    match sample.rows {
        0 => Err(entry.problem(Problem::SampleRows)),
        _ => Ok(sample),
    }
}
