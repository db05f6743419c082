//! How a space is written: a TOML text with the table `values`, and `rules`
//! and `exclude` beside it.
//!
//! ```toml
//! rules = ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
//! exclude = "measured.csv"
//!
//! [values]
//! hardware = ["cuda", "webgpu"]
//! batch_size = { from = 1, to = 1024, factor = 2 }
//! learning_rate = { from = 0.1, to = 0.5, step = 0.1 }
//! ```
//!
//! In TOML a line after `[values]` belongs to `values`, wherever one thinks it
//! stands. So `rules` there is taken for the rules if it is a list of texts,
//! and `exclude` for the table's name if it is a text; anything else is a
//! column of that name.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::range::{self, Decimal};
use crate::space::{self, InvalidValues, Space, Value};
use crate::space_error::{Problem, SpaceError};

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
            let before = text.get(..at.start).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            SpaceError {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                key,
                problem,
            }
        })
    }
}

/// The entries of `rules` and `exclude`, from wherever they stand.
#[derive(Default)]
struct Settings {
    rules: Option<Vec<String>>,
    exclude: Option<String>,
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
    Space::new(
        columns,
        settings.rules.unwrap_or_default(),
        settings.exclude,
    )
    .map_err(|invalid| {
        let at = names.iter().position(|name| *name == invalid.column);
        let place = at.map_or(0..0, |at| places[at].clone());
        (
            Some(invalid.column),
            place,
            Problem::Values(invalid.problem),
        )
    })
}

/// An entry of a table.
struct Entry<'a> {
    name: &'a str,
    /// Where the name stands.
    place: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

/// A table's entries in the order of the text.
fn in_order<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = table
        .iter()
        .map(|(name, value)| Entry {
            name: name.get_ref(),
            place: name.span(),
            value,
        })
        .collect();
    entries.sort_by_key(|entry| entry.place.start);
    entries
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

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn rules(entry: &Entry<'_>) -> Result<Vec<String>, Located> {
    let expected = "a list of SQL expressions in quotes";
    let DeValue::Array(list) = entry.value.get_ref() else {
        return Err(entry.wrong_type(expected, entry.value.get_ref()));
    };
    list.iter()
        .map(|rule| match rule.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
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

/// The values of a column: a list or a range.
fn column(entry: &Entry<'_>) -> Result<Vec<Value>, Located> {
    match entry.value.get_ref() {
        DeValue::Array(list) => {
            let values = list
                .iter()
                .map(|item| value(entry, item))
                .collect::<Result<Vec<_>, Located>>()?;
            space::check(&values).map_err(|problem| {
                let place = match problem {
                    InvalidValues::Mixed { at, .. }
                    | InvalidValues::Repeated { at, .. }
                    | InvalidValues::NotFinite { at, .. } => list.get(at).map(Spanned::span),
                    _ => None,
                };
                let place = place.unwrap_or_else(|| entry.value.span());
                entry.problem_at(place, Problem::Values(problem))
            })?;
            Ok(values)
        }
        DeValue::Table(parts) => range(entry, parts),
        other => Err(entry.wrong_type("a list [..] or a range { from, to, step }", other)),
    }
}

fn value(entry: &Entry<'_>, item: &Spanned<DeValue<'_>>) -> Result<Value, Located> {
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

fn integer(entry: &Entry<'_>, item: &Spanned<DeValue<'_>>) -> Result<i64, Located> {
    let DeValue::Integer(integer) = item.get_ref() else {
        return Err(entry.wrong_type("a whole number", item.get_ref()));
    };
    i64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| {
        let number = integer.to_string();
        entry.problem_at(item.span(), Problem::Integer { number })
    })
}

fn range(entry: &Entry<'_>, parts: &DeTable<'_>) -> Result<Vec<Value>, Located> {
    let part = |name: &str| -> Result<Option<Decimal>, Located> {
        let Some(item) = parts.get(name) else {
            return Ok(None);
        };
        let number = match item.get_ref() {
            DeValue::Integer(_) => Some(Decimal::integer(integer(entry, item)?)),
            DeValue::Float(float) => Decimal::float(float.as_str()),
            other => {
                let (expected, found) = ("a range of numbers", type_name(other));
                return Err(entry.problem_at(item.span(), Problem::Type { expected, found }));
            }
        };
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(entry.problem_at(item.span(), Problem::RangeDigits)),
        }
    };
    let parts = (
        part("from")?,
        part("to")?,
        part("step")?,
        part("factor")?,
        parts.len(),
    );
    let values = match parts {
        (Some(from), Some(to), Some(step), None, 3) => range::linear(from, to, step),
        (Some(from), Some(to), None, Some(factor), 3) => range::geometric(from, to, factor),
        _ => Err(Problem::RangeParts),
    };
    values.map_err(|problem| entry.problem_at(entry.value.span(), problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Space::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_space_as_documented() {
        let space = Space::parse(
            r#"
            rules = ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
            exclude = "measured.csv"
            [values]
            model = ["llama"]
            hardware = ["cuda", "webgpu"]
            batch_size = [1, 2, 0x10, 1_000]
            fp16 = [true, false]
            lr = { from = 0.1, to = 0.5, step = 0.1 }
            block = { from = 1, to = 1024, factor = 2 }
            day = [2024-02-29]
            "#,
        )
        .unwrap();
        assert_eq!(space.size(), 2 * 4 * 2 * 5 * 11);
        assert_eq!(
            space.rules(),
            ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
        );
        assert_eq!(space.exclude(), Some("measured.csv"));
        let names: Vec<&str> = space.columns().iter().map(|(name, _)| &name[..]).collect();
        let expected = [
            "model",
            "hardware",
            "batch_size",
            "fp16",
            "lr",
            "block",
            "day",
        ];
        assert_eq!(names, expected, "the order of the text");
        let values = |at: usize| &space.columns()[at].1;
        assert_eq!(*values(2), [1, 2, 16, 1000].map(Value::Integer));
        assert_eq!(*values(4), [0.1, 0.2, 0.3, 0.4, 0.5].map(Value::Number));
        assert_eq!(*values(6), [Value::Date("2024-02-29".into())]);
    }

    #[test]
    fn rules_and_exclude_may_stand_after_the_values() {
        let space =
            Space::parse("[values]\na = [1, 2]\nrules = ['a > 1']\nexclude = 'measured.csv'\n")
                .unwrap();
        assert_eq!(space.columns().len(), 1);
        assert_eq!(space.rules(), ["a > 1"]);
        assert_eq!(space.exclude(), Some("measured.csv"));

        let space = Space::parse("[values]\nrules = [1, 2]\nexclude = ['x', 'y', 'z']").unwrap();
        assert_eq!(space.size(), 6, "columns, as no setting looks like that");
        assert!(space.rules().is_empty() && space.exclude().is_none());

        for setting in ["rules = ['a > 1']", "exclude = 'x.csv'"] {
            let name = setting.split(' ').next().unwrap();
            assert_eq!(
                error(&format!("{setting}\n[values]\na = [1]\n  {setting}")),
                format!(
                    "line 4, column 3: '{name}' stands both above [values] and in it; \
                     leave it in one place"
                )
            );
        }
    }

    #[test]
    fn errors_name_the_place_and_the_entry() {
        let starts = |text: &str, start: &str| {
            let found = error(text);
            assert!(found.starts_with(start), "{found}");
        };
        starts("[values]\na = [1, 2", "line 2, column ");
        starts(
            "[values]\na = [1]\na = [2]",
            "line 3, column 1: duplicate key",
        );
        starts("value = 1", "line 1, column 1: 'value' is not known here");
        starts(
            "values = [1]",
            "line 1, column 10: 'values' must be a table of columns, not a list",
        );
        starts("", "line 1, column 1: the space has no columns");
        starts("[values]\n", "line 1, column 1: the space has no columns");
        starts(
            "rules = 'a'\n[values]",
            "line 1, column 9: 'rules' must be a list of SQL",
        );
        starts(
            "rules = ['a', 1]\n[values]",
            "line 1, column 15: 'rules' must be a list of SQL",
        );
        starts(
            "exclude = 1\n[values]",
            "line 1, column 11: 'exclude' must be the name of a file",
        );
        starts("[values]\nä = []", "line 2, column 1");
        starts(
            "[values]\n\"ä\" = []",
            "line 2, column 7: 'ä' has no values",
        );
        starts(
            "[values]\na = 'cuda'",
            "line 2, column 5: 'a' must be a list [..] or a range",
        );
        starts(
            "[values]\na = [1, 2, 1.0]",
            "line 2, column 12: 'a' holds 1 twice",
        );
        starts(
            "[values]\na = [1, '2']",
            "line 2, column 9: 'a' mixes numbers and texts",
        );
        starts(
            "[values]\na = [true, 1]",
            "line 2, column 12: 'a' mixes booleans and numbers",
        );
        starts(
            "[values]\na = [inf]",
            "line 2, column 6: 'a' holds inf, which is not a finite",
        );
        starts(
            "[values]\na = [1, [2]]",
            "line 2, column 9: 'a' must be a list of plain values",
        );
        starts(
            "[values]\na = [99999999999999999999]",
            "line 2, column 6: 'a' holds 99999999999999999999, which is beyond 64 bits",
        );
    }

    #[test]
    fn errors_of_ranges() {
        let with = |range: &str| error(&format!("[values]\na = {range}"));
        let start = "line 2, column 5: 'a'";
        for range in [
            "{ from = 1, to = 2 }",
            "{ from = 1, to = 2, step = 1, factor = 2 }",
            "{ from = 1, to = 2, step = 1, by = 2 }",
            "{}",
        ] {
            assert!(
                with(range).starts_with(&format!("{start} must be a range")),
                "{range}"
            );
        }
        assert_eq!(
            with("{ from = 1, to = 2, step = -1 }"),
            format!("{start} has a step that leads away from its end")
        );
        assert_eq!(
            with("{ from = 1, to = 2, factor = 1 }"),
            format!("{start} has a factor that leads nowhere")
        );
        assert_eq!(
            with("{ from = 1, to = 'x', step = 1 }"),
            "line 2, column 22: 'a' must be a range of numbers, not a text"
        );
        assert!(with("{ from = 1, to = inf, step = 1 }").contains("infinite"));
    }

    #[test]
    fn a_product_beyond_counting_names_its_column() {
        let columns: Vec<String> = (0..13)
            .map(|at| format!("c{at} = {{ from = 1, to = 1000, step = 1 }}"))
            .collect();
        assert_eq!(
            error(&format!("[values]\n{}", columns.join("\n"))),
            "line 14, column 1: 'c12' makes more than 2^128 combinations with the columns before it"
        );
    }
}
