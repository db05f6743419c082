//! The columns that altool writes, one declaration each: their names, units,
//! what they are and what is in them, table by table.
//!
//! From the declarations follow the names in tables, the help, the tables of
//! `docs/`, and [`written`]: which columns of a table are altool's own. A results
//! file usually still carries them, so they are features only if somebody names
//! them.

mod advice;
mod batch;
mod replay;
mod report;
mod score;

use std::collections::HashSet;

pub use advice::*;
pub use batch::*;
pub use replay::*;
pub use report::*;
pub use score::*;

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Numbers.
    Float,
    /// Whole numbers.
    Integer,
    /// Texts, any.
    Text,
    /// Texts out of a few, such as a class or a hardware.
    Label,
    /// Truth values.
    Boolean,
}

impl Data {
    /// Returns what it is called in documents.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Data::Float => "number",
            Data::Integer => "whole number",
            Data::Text => "text",
            Data::Label => "name",
            Data::Boolean => "true or false",
        }
    }
}

/// When a column of that name is altool's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Whenever a table has it.
    Always,
    /// If the table has the columns of these names too: the name is one that
    /// others use as well. In the names of a pattern `<…>` stands for the same.
    Beside(&'static [&'static str]),
    /// Never by its name alone: it repeats what another column says.
    Copy,
}

/// A column that altool writes.
#[derive(Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name. Of several columns of a kind a pattern: `p_<class>` is one
    /// column per class.
    pub name: &'static str,
    /// Its unit or range, as in `nats`; empty where there is none.
    pub unit: &'static str,
    /// What it is, in Markdown on one line.
    pub doc: &'static str,
    /// What is in it.
    pub data: Data,
    /// When a column of that name is altool's own.
    pub own: Own,
}

impl OutputColumn {
    const fn new(name: &'static str, data: Data, doc: &'static str) -> OutputColumn {
        OutputColumn {
            name,
            unit: "",
            doc,
            data,
            own: Own::Always,
        }
    }

    const fn float(name: &'static str, unit: &'static str, doc: &'static str) -> OutputColumn {
        OutputColumn {
            unit,
            ..OutputColumn::new(name, Data::Float, doc)
        }
    }

    const fn beside(self, names: &'static [&'static str]) -> OutputColumn {
        OutputColumn {
            own: Own::Beside(names),
            ..self
        }
    }

    /// Whether the name is a pattern.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.name.contains('<')
    }

    /// Returns the name for what the pattern stands for; the name itself of a
    /// column that is none.
    #[must_use]
    pub fn named(&self, value: &str) -> String {
        filled(self.name, value)
    }

    /// Whether a column of this name is this one, or one of its kind.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        name == self.name || self.value(name).is_some()
    }

    /// Returns the tables that have this column.
    pub fn tables(&'static self) -> impl Iterator<Item = &'static OutputTable> {
        let has = |table: &&OutputTable| table.columns.iter().any(|&one| std::ptr::eq(one, self));
        TABLES.iter().copied().filter(has)
    }

    /// Returns for what this column's pattern stands in `name`, if it is of it.
    fn value<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (before, after) = parts(self.name)?;
        let value = name.strip_prefix(before)?.strip_suffix(after)?;
        (!value.is_empty()).then_some(value)
    }
}

/// The parts of a pattern before and after what it stands for.
fn parts(pattern: &str) -> Option<(&str, &str)> {
    let (before, rest) = pattern.split_once('<')?;
    let (_, after) = rest.split_once('>')?;
    Some((before, after))
}

fn filled(pattern: &str, value: &str) -> String {
    match parts(pattern) {
        None => pattern.to_owned(),
        Some((before, after)) => format!("{before}{value}{after}"),
    }
}

/// A table that altool writes, or the columns that it adds to one.
#[derive(Debug, PartialEq, Eq)]
pub struct OutputTable {
    /// Its name in the marks of documents.
    pub name: &'static str,
    /// What writes it.
    pub by: &'static str,
    /// Its columns, in their order. Some are there only where what they tell is
    /// known.
    pub columns: &'static [&'static OutputColumn],
}

/// All tables.
pub static TABLES: &[&OutputTable] = &[
    &SCORED_VALUES,
    &SCORED_CLASSES,
    &RANKED_TESTS,
    &BATCH,
    &ADVICE,
    &PAIRS,
    &FRONT,
    &FRONT_PAIRS,
    &INTEGRATION,
    &CURVES,
    &VERDICTS,
    &ROUNDS,
];

/// Columns that altool does not write, and that say yet nothing of what a row is.
const NO_FEATURES: [&str; 1] = ["availability"];

/// Returns which of a table's columns, by their `names`, are altool's own. The
/// `classes` are those of the target; none for numbers.
#[must_use]
pub fn written(names: &[String], classes: &[String]) -> Vec<String> {
    let there: HashSet<&str> = names.iter().map(String::as_str).collect();
    let all: Vec<&OutputColumn> = TABLES
        .iter()
        .flat_map(|table| table.columns.iter().copied())
        .collect();
    let is_class = |value: &str| classes.iter().any(|class| class == value);
    let is_own = |column: &OutputColumn, name: &str| {
        if !column.is_called(name) {
            return false;
        }
        let value = column.value(name);
        match column.own {
            Own::Copy => false,
            // Of a pattern any text would do: it takes a class that there is.
            Own::Always => value.is_none_or(is_class),
            Own::Beside(others) => others
                .iter()
                .all(|other| there.contains(filled(other, value.unwrap_or_default()).as_str())),
        }
    };
    names
        .iter()
        .filter(|name| {
            NO_FEATURES.contains(&name.as_str()) || all.iter().any(|column| is_own(column, name))
        })
        .cloned()
        .collect()
}

/// Returns the names that are altool's own in every table, sorted.
#[must_use]
pub fn reserved() -> Vec<&'static str> {
    let columns = TABLES.iter().flat_map(|table| table.columns.iter());
    let mut names: Vec<&str> = columns
        .filter(|column| column.own == Own::Always && !column.is_pattern())
        .map(|column| column.name)
        .chain(NO_FEATURES)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the columns of a table as a table in Markdown.
#[must_use]
pub fn markdown(table: &OutputTable) -> String {
    let mut text =
        String::from("| column | holds | unit or range | what it is |\n|---|---|---|---|\n");
    for column in table.columns {
        let cells = [column.data.words(), column.unit, column.doc];
        text.push_str(&format!("| `{}`", column.name));
        for cell in cells {
            let space = if cell.is_empty() { "" } else { " " };
            text.push_str(&format!(" |{space}{cell}"));
        }
        text.push_str(" |\n");
    }
    text
}

#[cfg(test)]
mod tests;
