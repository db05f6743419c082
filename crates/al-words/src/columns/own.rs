//! Which columns of a table altool wrote.

use al_core::Table;

use super::{
    COMBINED_SCORE, HARDWARE, HARDWARE_JOIN, MODEL_NAME, OutputColumn, RECOMMENDED_HARDWARE,
    written,
};

/// The columns of a results table that altool wrote: a model would learn its own
/// predictions from them. `classes` are those of the target; none for numbers.
#[must_use]
pub fn own_columns(table: &Table, classes: &[String]) -> Vec<String> {
    let names: Vec<String> = table.names().map(str::to_owned).collect();
    let mut own = written(&names, classes);
    if repeats_hardware(table, &own) {
        own.push(HARDWARE.name.to_owned());
    }
    own
}

/// Whether the table is one of pairs to measure, and its column `hardware` says
/// what one other column says, or several joined, in every row. Where no other
/// does, it is the user's.
fn repeats_hardware(table: &Table, own: &[String]) -> bool {
    let beside = [&MODEL_NAME, &RECOMMENDED_HARDWARE, &COMBINED_SCORE];
    let is_there = |column: &&OutputColumn| table.column(column.name).is_some();
    let (true, Some(hardware)) = (
        beside.iter().all(is_there),
        table.column(HARDWARE.name).filter(|data| !data.is_empty()),
    ) else {
        return false;
    };
    let is_other = |name: &str| name != HARDWARE.name && !own.iter().any(|other| other == name);
    let others = table
        .columns()
        .iter()
        .filter(|column| is_other(&column.name));
    let others: Vec<_> = others.map(|column| &column.data).collect();
    let texts: Vec<String> = (0..hardware.len())
        .map(|row| hardware.text(row).unwrap_or_default())
        .collect();
    let says = |part: usize, row: usize| texts[row].split(HARDWARE_JOIN).nth(part);
    let n_parts = texts[0].split(HARDWARE_JOIN).count();
    (0..n_parts).all(|part| {
        others.iter().any(|other| {
            let same = |row| says(part, row) == other.text(row).as_deref();
            (0..texts.len()).all(same)
        })
    })
}
