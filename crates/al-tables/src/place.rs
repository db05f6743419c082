//! Where a row of an input stands in its file.

use std::ops::ControlFlow;

use crate::csv_file::CsvFile;
use crate::error::TableError;
use crate::format::Format;
use crate::json_lines::JsonLines;
use crate::part::{Part, PartRows};
use crate::source::Source;
use crate::unified::UnifiedTable;

const PORTION: usize = 1 << 16;

/// The place of row `row` of the filtered table.
pub(crate) fn place(table: &UnifiedTable, row: usize) -> Option<String> {
    let mut left = row;
    for part in &table.parts {
        match unfiltered(table, part, left).ok()? {
            Found::At(row) => return in_part(part, row).ok(),
            Found::Rows(rows) => left -= rows,
        }
    }
    None
}

enum Found {
    /// The row's number in the file, from 0.
    At(usize),
    /// The file has only that many rows that pass the filter.
    Rows(usize),
}

/// Finds the row `left` of those rows of the file that pass the filter.
fn unfiltered(table: &UnifiedTable, part: &Part, left: usize) -> Result<Found, TableError> {
    let n_rows = part.contents.n_rows;
    let Some(filter) = &table.filter else {
        return Ok(if left < n_rows {
            Found::At(left)
        } else {
            Found::Rows(n_rows)
        });
    };
    let mut kept = 0;
    let mut seen = 0;
    let mut at = None;
    part.read(&table.filter_fields(), PORTION, &mut |frame| {
        for keep in filter.truth(&table.seen_by_filter(&frame)?)? {
            if keep == Some(true) {
                if kept == left {
                    at = Some(seen);
                    return Ok(ControlFlow::Break(()));
                }
                kept += 1;
            }
            seen += 1;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(at.map_or(Found::Rows(kept), Found::At))
}

fn in_part(part: &Part, row: usize) -> Result<String, TableError> {
    match &part.rows {
        PartRows::File(source) => in_file(source, row),
        PartRows::Memory(name, _) => Ok(format!("{name}, row {}", row + 1)),
    }
}

fn in_file(source: &Source, row: usize) -> Result<String, TableError> {
    let name = &source.name;
    let line = match source.format {
        Format::Csv | Format::Tsv => match CsvFile::open(source)?.offset_of(row)? {
            Some(offset) => Some(source.line_at(offset)?),
            None => None,
        },
        Format::JsonLines => JsonLines::open(source)?.line_of(row)?,
        Format::Parquet | Format::Arrow => None,
    };
    Ok(match line {
        Some(line) => format!("{name}, line {line}"),
        None => format!("{name}, row {}", row + 1),
    })
}
