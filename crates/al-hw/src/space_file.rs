//! How a space is written: a TOML text with the table `values`, and `when`,
//! `sample`, `rules` and `exclude` beside it.
//!
//! ```toml
//! rules = ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
//! exclude = "measured.csv"
//!
//! [values]
//! hardware = ["cuda", "webgpu"]
//! batch_size = { from = 1, to = 1024, factor = 2 }
//! kernel = ["direct", "tiled"]
//! tile = [8, 16, 32]
//!
//! [when]
//! tile = { kernel = "tiled" }
//!
//! [sample]
//! rows = 100
//! method = "latin-hypercube"
//! ```
//!
//! In TOML a line after `[values]` belongs to `values`, wherever one thinks it
//! stands. So `rules` there is taken for the rules if it is a list of texts,
//! `exclude` for the table's name if it is a text, and `when` for conditions
//! if it is a table of tables; anything else is a column of that name.

mod column;
mod located;
mod when;

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::condition::ColumnCondition;
use crate::domain::Domain;
use crate::entries::{TomlEntry, in_order, place, type_name};
use crate::hosts::TextPlace;
use crate::invalid::InvalidColumn;
use crate::sample::Sample;
use crate::space::ConfigSpace;
use crate::space_error::{Problem, SpaceError};
use column::column;
use located::LocatedProblem;
use when::{Placed, conditions, sample};

impl ConfigSpace {
    /// The space that a TOML text describes.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, with line, column and entry.
    pub fn parse(text: &str) -> Result<ConfigSpace, SpaceError> {
        read(text).map_err(|(key, at, problem)| {
            let TextPlace { line, column } = place(text, at.start);
            SpaceError {
                line,
                column,
                key,
                problem,
            }
        })
    }
}

/// Line and character, from 1, of a byte of the text.
fn pair(text: &str, byte: usize) -> (usize, usize) {
    let place = place(text, byte);
    (place.line, place.column)
}

/// The entries beside `values`, from wherever they stand.
#[derive(Default)]
struct Settings {
    /// With where they stand.
    rules: Option<Vec<(String, Range<usize>)>>,
    exclude: Option<String>,
    when: Option<Vec<Placed>>,
    sample: Option<Sample>,
}

/// The columns, with where each is named.
type Columns = Vec<((String, Domain), Range<usize>)>;

fn read(text: &str) -> Result<ConfigSpace, LocatedProblem> {
    let document = DeTable::parse(text).map_err(|error| {
        let message = error.message().to_owned();
        let at = error.span().unwrap_or(0..0);
        (None, at, Problem::Syntax { message })
    })?;
    let mut settings = Settings::default();
    let mut values = None;
    for entry in in_order(document.get_ref()) {
        match entry.name {
            "values" => match entry.value.get_ref() {
                DeValue::Table(table) => values = Some(table),
                other => return Err(entry.wrong_type("a table of columns", other)),
            },
            "rules" => settings.rules = Some(rules(&entry)?),
            "exclude" => settings.exclude = Some(exclude(&entry)?),
            "when" => settings.when = Some(conditions(&entry)?),
            "sample" => settings.sample = Some(sample(&entry)?),
            _ => return Err(entry.problem(Problem::Unknown)),
        }
    }
    let columns = match values {
        Some(values) => columns(values, &mut settings)?,
        None => Vec::new(),
    };
    if columns.is_empty() {
        return Err((None, 0..0, Problem::NoColumns));
    }
    let (columns, places): (Vec<(String, Domain)>, Vec<Range<usize>>) = columns.into_iter().unzip();
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let placed = settings.when.unwrap_or_default();
    let conditions: Vec<ColumnCondition> = placed.iter().map(|at| at.condition.clone()).collect();
    let (rules, rules_at): (Vec<String>, Vec<Range<usize>>) =
        settings.rules.unwrap_or_default().into_iter().unzip();
    let pairs = |places: &[Range<usize>]| -> Vec<(usize, usize)> {
        places.iter().map(|at| pair(text, at.start)).collect()
    };
    let (columns_at, rules_at) = (pairs(&places), pairs(&rules_at));
    ConfigSpace::new(columns, rules, settings.exclude)
        .and_then(|space| space.with_conditions(&conditions))
        .map(|space| {
            space
                .sampled(settings.sample)
                .read_at(&columns_at, rules_at)
        })
        .map_err(|invalid| {
            let column = names.iter().position(|name| *name == invalid.column);
            let named = column.map_or(0..0, |at| places[at].clone());
            let at = at_fault(&invalid, &placed).unwrap_or(named);
            (Some(invalid.column), at, Problem::Values(invalid.problem))
        })
}

/// The columns of `values`; what stands there and is none goes to the settings.
fn columns(values: &DeTable<'_>, settings: &mut Settings) -> Result<Columns, LocatedProblem> {
    let mut columns = Vec::new();
    for entry in in_order(values) {
        let twice = match (entry.name, entry.value.get_ref()) {
            ("rules", DeValue::Array(list)) if list.iter().all(|rule| rule.get_ref().is_str()) => {
                settings.rules.replace(rules(&entry)?).is_some()
            }
            ("exclude", DeValue::String(_)) => settings.exclude.replace(exclude(&entry)?).is_some(),
            ("when", DeValue::Table(columns)) if is_when(columns) => {
                settings.when.replace(conditions(&entry)?).is_some()
            }
            _ => {
                let named = (entry.name.to_owned(), column(&entry)?);
                columns.push((named, entry.place.clone()));
                false
            }
        };
        if twice {
            return Err(entry.problem(Problem::Twice));
        }
    }
    Ok(columns)
}

/// Where the condition stands that is at fault; `None` if it is the column
/// itself.
fn at_fault(invalid: &InvalidColumn, placed: &[Placed]) -> Option<Range<usize>> {
    let mut of_column = placed
        .iter()
        .filter(|at| at.condition.column == invalid.column);
    if let Some(on) = invalid.problem.on() {
        let at = of_column.find(|at| at.condition.on == on);
        return Some(at.map_or(0..0, |at| at.on.clone()));
    }
    match of_column.next() {
        Some(at) if invalid.problem.is_of_conditions() => Some(at.column.clone()),
        _ => None,
    }
}

/// Whether a table below `values` is one of conditions: a range has numbers.
fn is_when(columns: &DeTable<'_>) -> bool {
    !columns.is_empty() && columns.values().all(|column| column.get_ref().is_table())
}

fn rules(entry: &TomlEntry<'_>) -> Result<Vec<(String, Range<usize>)>, LocatedProblem> {
    let expected = "a list of SQL expressions in quotes";
    let DeValue::Array(list) = entry.value.get_ref() else {
        return Err(entry.wrong_type(expected, entry.value.get_ref()));
    };
    list.iter()
        .map(|rule| match rule.get_ref() {
            DeValue::String(text) => Ok((text.to_string(), rule.span())),
            other => {
                let found = type_name(other);
                Err(entry.problem_at(rule.span(), Problem::Type { expected, found }))
            }
        })
        .collect()
}

fn exclude(entry: &TomlEntry<'_>) -> Result<String, LocatedProblem> {
    match entry.value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        other => Err(entry.wrong_type("the name of a file in quotes", other)),
    }
}

#[cfg(test)]
mod tests;
