//! The columns that altool writes, one declaration each: their names, units,
//! what they are and what is in them, table by table.
//!
//! From the declarations follow the names in tables, the help, the tables of
//! `docs/`, and [`written`]: which columns of a table are altool's own. A results
//! file usually still carries them, so they are features only if somebody names
//! them.

mod advice;
mod batch;
mod declaration;
mod own;
mod replay;
mod report;
mod score;

use std::collections::HashSet;

use declaration::filled;

pub use advice::*;
pub use batch::*;
pub use declaration::{CellKind, OutputColumn, OutputTable, Ownership};
pub use own::own_columns;
pub use replay::*;
pub use report::*;
pub use score::*;

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
    &SEARCHES,
    &ROUNDS,
    &CLASSES,
    &CONFUSION,
    &COMPARISON,
];

/// Returns the tables that have a column.
pub fn tables_of(column: &'static OutputColumn) -> impl Iterator<Item = &'static OutputTable> {
    let has =
        move |table: &&OutputTable| table.columns.iter().any(|&one| std::ptr::eq(one, column));
    TABLES.iter().copied().filter(has)
}

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
            Ownership::Copy => false,
            // Of a pattern any text would do: it takes a class that there is.
            Ownership::Always => value.is_none_or(is_class),
            Ownership::Beside(others) => others
                .iter()
                .all(|other| there.contains(filled(other, value.unwrap_or_default()).as_str())),
        }
    };
    names
        .iter()
        .filter(|name| {
            let prefixed = name.strip_prefix(OWN_PREFIX);
            let is_prefixed = prefixed.is_some_and(|bare| {
                let mut patterns = all.iter().filter(|own| own.is_pattern());
                all.iter().any(|own| own.name == bare) || patterns.any(|own| is_own(own, bare))
            });
            let own = is_prefixed || all.iter().any(|column| is_own(column, name));
            own || NO_FEATURES.contains(&name.as_str())
        })
        .cloned()
        .collect()
}

/// Returns the names that are altool's own in every table, sorted.
#[must_use]
pub fn reserved() -> Vec<&'static str> {
    let columns = TABLES.iter().flat_map(|table| table.columns.iter());
    let mut names: Vec<&str> = columns
        .filter(|column| column.own == Ownership::Always && !column.is_pattern())
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
