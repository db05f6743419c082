//! Rows whose structure cannot be read.

use std::collections::BTreeSet;

use al_core::structure::StructureProblem;
use al_core::{Column, ColumnData, Fault, KnownColumns, Numbers, StructureKind, Table, Texts};
use al_tables::{TableSource, check_columns};

/// Rows whose file and line are told: each takes a look into the file.
const PLACED: usize = 100;

/// Rows of which only a part is read at a time.
const BLOCK: usize = 1 << 16;

/// A source without rows whose structure cannot be read.
#[derive(Debug, Clone)]
pub struct SkippedRows {
    /// The source without them.
    pub kept: TableSource,
    /// The rows: their number in what was read, from 1, where the first hundred stand, their
    /// text, and what is wrong with it.
    pub table: Table,
    /// Where the first of them stands; none without any.
    pub first: Option<String>,
}

/// Finds the rows of `source` whose `column` holds no structure that can be read; `known` is
/// how a model reads its tables.
///
/// # Errors
///
/// Files that cannot be read, or that can be read once only; no row with a structure.
pub fn skip_unreadable(
    source: &TableSource,
    column: &str,
    kind: &StructureKind,
    known: &KnownColumns,
) -> Result<SkippedRows, Fault> {
    if source.is_standard_input() {
        let problem = "rows to skip are looked for first, and standard input can be read once";
        return Err(Fault::usage(problem).remedy("write it to a file and name that"));
    }
    let known = known.clone().and_texts([column]);
    let input = source.open_knowing(&known)?;
    check_columns(&input, [column].into_iter())?;
    let (mut rows, mut texts, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut unreadable: BTreeSet<String> = BTreeSet::new();
    let mut before = 0;
    for frame in input.blocks(BLOCK, Some(&[column]))? {
        let table = frame?.table(None)?;
        let data = table.column(column).expect("it was asked for");
        let written: Vec<Option<String>> = (0..data.len()).map(|row| data.text(row)).collect();
        let spelled = written.iter().flatten().map(|text| text.trim());
        let distinct: BTreeSet<&str> = spelled.collect();
        let distinct: Vec<&str> = distinct.into_iter().collect();
        let read = kind.read(&distinct);
        for (row, text) in written.iter().enumerate() {
            let problem = match text {
                None => StructureProblem::missing().problem,
                Some(text) => {
                    let at = distinct.binary_search(&text.trim()).expect("one of them");
                    match &read[at] {
                        Ok(_) => continue,
                        Err(error) => error.problem.clone(),
                    }
                }
            };
            unreadable.extend(text.clone());
            rows.push(before + row);
            texts.push(text.clone());
            problems.push(Some(problem));
        }
        before += written.len();
    }
    let first = rows.first().map(|&row| input.place(row));
    if rows.len() == before && before > 0 {
        let (place, problem) = (input.place(0), problems[0].clone().unwrap_or_default());
        let said = format!("no value of the column '{column}' can be read: {problem}");
        return Err(Fault::data(said)
            .remedy("name the column of molecules")
            .at(place));
    }
    let places = rows
        .iter()
        .enumerate()
        .map(|(at, &row)| (at < PLACED).then(|| input.place(row)));
    let numbers = rows
        .iter()
        .map(|&row| row as f64 + 1.0)
        .collect::<Vec<f64>>();
    // The column of structures may have a name of ours.
    let named = |name: &str, data| Column {
        name: match name == column {
            true => format!("{name}_"),
            false => name.to_owned(),
        },
        data,
    };
    let own = Column {
        name: column.to_owned(),
        data: ColumnData::Text(Texts::from_rows(texts)),
    };
    let table = Table::new(vec![
        named("row", ColumnData::Number(Numbers::from(numbers))),
        named("place", ColumnData::Text(Texts::from_rows(places))),
        own,
        named("problem", ColumnData::Text(Texts::from_rows(problems))),
    ]);
    let kept = match first {
        None => source.clone(),
        Some(_) => without(source, column, &unreadable),
    };
    Ok(SkippedRows { kept, table, first })
}

/// The source without rows with these texts, or with none.
fn without(source: &TableSource, column: &str, texts: &BTreeSet<String>) -> TableSource {
    let name = format!("\"{}\"", column.replace('"', "\"\""));
    let quoted: Vec<String> = texts
        .iter()
        .map(|text| format!("'{}'", text.replace('\'', "''")))
        .collect();
    let mut filter = format!("{name} IS NOT NULL");
    if !quoted.is_empty() {
        filter = format!("{filter} AND {name} NOT IN ({})", quoted.join(", "));
    }
    if let Some(own) = source.filter() {
        filter = format!("({own}) AND {filter}");
    }
    source.clone().filtered(filter)
}
