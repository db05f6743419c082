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
mod when;

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::condition::Condition;
use crate::draw::Sample;
use crate::entries::{Entry, in_order, place, type_name};
use crate::hosts::Place;
use crate::invalid::InvalidColumn;
use crate::space::Space;
use crate::space_error::{Problem, SpaceError};
use column::column;
use when::{Placed, conditions, sample};

/// A problem and the bytes of the text that it is about.
type Located = (Option<String>, Range<usize>, Problem);

impl Space {
    /// The space that a TOML text describes.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, with line, column and entry.
    pub fn parse(text: &str) -> Result<Space, SpaceError> {
        read(text).map_err(|(key, at, problem)| {
            let Place { line, column } = place(text, at.start);
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

fn read(text: &str) -> Result<Space, Located> {
    let document = DeTable::parse(text).map_err(|error| {
        let message = error.message().to_owned();
        (
            None,
            error.span().unwrap_or(0..0),
            Problem::Syntax { message },
        )
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
    let mut columns = Vec::new();
    let mut places = Vec::new();
    for entry in values.into_iter().flat_map(in_order) {
        match (entry.name, entry.value.get_ref()) {
            ("rules", DeValue::Array(list)) if list.iter().all(|rule| rule.get_ref().is_str()) => {
                if settings.rules.replace(rules(&entry)?).is_some() {
                    return Err(entry.problem(Problem::Twice));
                }
            }
            ("exclude", DeValue::String(_)) => {
                if settings.exclude.replace(exclude(&entry)?).is_some() {
                    return Err(entry.problem(Problem::Twice));
                }
            }
            ("when", DeValue::Table(columns)) if is_when(columns) => {
                if settings.when.replace(conditions(&entry)?).is_some() {
                    return Err(entry.problem(Problem::Twice));
                }
            }
            _ => {
                columns.push((entry.name.to_owned(), column(&entry)?));
                places.push(entry.place.clone());
            }
        }
    }
    if columns.is_empty() {
        return Err((None, 0..0, Problem::NoColumns));
    }
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let placed = settings.when.unwrap_or_default();
    let conditions: Vec<Condition> = placed.iter().map(|at| at.condition.clone()).collect();
    let stands: Vec<(usize, usize)> = places.iter().map(|at| pair(text, at.start)).collect();
    let fault = |invalid: &InvalidColumn| -> Range<usize> {
        let of_column = |at: &&Placed| at.condition.column == invalid.column;
        if let Some(on) = invalid.problem.on() {
            let mut at = placed.iter().filter(of_column);
            return at
                .find(|at| at.condition.on == on)
                .map_or(0..0, |at| at.on.clone());
        }
        let column = names.iter().position(|name| *name == invalid.column);
        match placed.iter().find(of_column) {
            Some(at) if invalid.problem.is_of_conditions() => at.column.clone(),
            _ => column.map_or(0..0, |at| places[at].clone()),
        }
    };
    let (rules, rules_at): (Vec<String>, Vec<Range<usize>>) =
        settings.rules.unwrap_or_default().into_iter().unzip();
    let rules_at: Vec<(usize, usize)> = rules_at.iter().map(|at| pair(text, at.start)).collect();
    Space::new(columns, rules, settings.exclude)
        .and_then(|space| space.with_conditions(&conditions))
        .map(|space| space.sampled(settings.sample).read_at(&stands, rules_at))
        .map_err(|invalid| {
            let fault = fault(&invalid);
            (
                Some(invalid.column),
                fault,
                Problem::Values(invalid.problem),
            )
        })
}

/// Whether a table below `values` is one of conditions: a range has numbers.
fn is_when(columns: &DeTable<'_>) -> bool {
    !columns.is_empty() && columns.values().all(|column| column.get_ref().is_table())
}

impl Entry<'_> {
    fn problem(&self, problem: Problem) -> Located {
        (Some(self.name.to_owned()), self.place.clone(), problem)
    }

    fn problem_at(&self, place: Range<usize>, problem: Problem) -> Located {
        (Some(self.name.to_owned()), place, problem)
    }

    fn wrong_type(&self, expected: &'static str, found: &DeValue<'_>) -> Located {
        let found = type_name(found);
        self.problem_at(self.value.span(), Problem::Type { expected, found })
    }
}

fn rules(entry: &Entry<'_>) -> Result<Vec<(String, Range<usize>)>, Located> {
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

fn exclude(entry: &Entry<'_>) -> Result<String, Located> {
    match entry.value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        other => Err(entry.wrong_type("the name of a file in quotes", other)),
    }
}

#[cfg(test)]
mod tests;
