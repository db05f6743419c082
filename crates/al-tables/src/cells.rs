//! Cells of text: what kind of value each is, and columns made of them.

use std::borrow::Cow;

use polars_core::prelude::*;
use rayon::prelude::*;

use crate::cell_rules::CellRules;
use crate::error::TableError;
use crate::guard::corrupt;
use crate::kinds::{Seen, Tag};

/// Rows of cells, in one buffer, row after row.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) n_columns: usize,
    bytes: Vec<u8>,
    /// The end of each cell in `bytes`.
    ends: Vec<usize>,
    /// The tag of each cell; empty if all are fields.
    tags: Vec<Tag>,
    /// The offset of each row in its file, in bytes after decompression.
    starts: Vec<u64>,
}

impl Cells {
    pub(crate) fn new(n_columns: usize) -> Cells {
        Cells {
            n_columns,
            ..Cells::default()
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.starts.len()
    }

    /// Bytes of text so far.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The offset of a row in its file.
    pub(crate) fn start(&self, row: usize) -> u64 {
        self.starts[row]
    }

    /// Begins a row; `n_columns` cells must follow.
    pub(crate) fn begin_row(&mut self, offset: u64) {
        self.starts.push(offset);
    }

    /// Adds a CSV field to the current row.
    pub(crate) fn push_field(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    /// Adds a JSON value to the current row. Not to be mixed with fields.
    pub(crate) fn push_tagged(&mut self, tag: Tag, text: &str) {
        self.push_field(text.as_bytes());
        self.tags.push(tag);
    }

    /// The first row that is not UTF-8, if any.
    pub(crate) fn first_not_text(&self) -> Option<usize> {
        let whole = std::str::from_utf8(&self.bytes)
            .is_ok_and(|text| self.ends.iter().all(|&end| text.is_char_boundary(end)));
        if whole {
            return None;
        }
        (0..self.n_rows()).find(|&row| {
            (0..self.n_columns).any(|column| std::str::from_utf8(self.cell(row, column)).is_err())
        })
    }

    fn cell(&self, row: usize, column: usize) -> &[u8] {
        let at = row * self.n_columns + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    fn tag(&self, row: usize, column: usize) -> Tag {
        match self.tags.get(row * self.n_columns + column) {
            Some(&tag) => tag,
            None => Tag::Field,
        }
    }

    fn text(&self, row: usize, column: usize) -> &str {
        // `first_not_text` has been asked before.
        std::str::from_utf8(self.cell(row, column)).unwrap_or_default()
    }

    /// Adds what is in each column to what has been seen before.
    pub(crate) fn survey(&self, seen: &mut [Seen], rules: &CellRules) {
        let usual = rules.are_usual();
        seen.par_iter_mut().enumerate().for_each(|(column, seen)| {
            for row in 0..self.n_rows() {
                let (tag, cell) = (self.tag(row, column), self.cell(row, column));
                match usual {
                    true => seen.add_usual(tag, cell),
                    false => seen.add(tag, cell, rules),
                }
            }
        });
    }

    /// The columns, each of the type asked for. Text that does not fit the
    /// type, which a survey of the same cells rules out, is missing.
    pub(crate) fn columns(
        &self,
        path: &str,
        fields: &[(String, DataType)],
        rules: &CellRules,
    ) -> Result<DataFrame, TableError> {
        let columns: Result<Vec<Column>, PolarsError> = fields
            .par_iter()
            .enumerate()
            .map(|(column, (name, data_type))| self.column(column, name, data_type, rules))
            .collect();
        columns
            .and_then(|columns| DataFrame::new(self.n_rows(), columns))
            .map_err(|error| corrupt(path, &error))
    }

    fn column(
        &self,
        column: usize,
        name: &str,
        data_type: &DataType,
        rules: &CellRules,
    ) -> PolarsResult<Column> {
        let rows = 0..self.n_rows();
        let name = PlSmallStr::from_str(name);
        let usual = rules.are_usual();
        let present = |row: usize| -> Option<&str> {
            let text = self.text(row, column);
            match self.tag(row, column) {
                Tag::Null => None,
                Tag::Field if text.is_empty() => None,
                _ if !usual && rules.is_na(text.as_bytes()) => None,
                _ => Some(text),
            }
        };
        if rules.are_usual() && *data_type == DataType::Int64 {
            let rows = rows.map(|row| integer(present(row)?));
            return Ok(Int64Chunked::from_iter_options(name, rows).into_column());
        }
        if rules.are_usual() && *data_type == DataType::Float64 {
            let rows = rows.map(|row| number(present(row)?));
            return Ok(Float64Chunked::from_iter_options(name, rows).into_column());
        }
        let plain = |row: usize| -> Option<Cow<'_, str>> {
            let text = present(row)?;
            Some(match self.tag(row, column) {
                Tag::Field => rules.plain(text),
                _ => Cow::Borrowed(text),
            })
        };
        let series = match data_type {
            DataType::Null => Series::new_null(name, self.n_rows()),
            DataType::String => {
                StringChunked::from_iter_options(name, rows.map(present)).into_series()
            }
            DataType::Boolean => {
                BooleanChunked::from_iter_options(name, rows.map(|row| boolean(present(row)?)))
                    .into_series()
            }
            DataType::Int64 => {
                Int64Chunked::from_iter_options(name, rows.map(|row| integer(&plain(row)?)))
                    .into_series()
            }
            DataType::UInt64 => {
                UInt64Chunked::from_iter_options(name, rows.map(|row| integer(&plain(row)?)))
                    .into_series()
            }
            DataType::Float64 => {
                Float64Chunked::from_iter_options(name, rows.map(|row| number(&plain(row)?)))
                    .into_series()
            }
            DataType::Int128 => {
                Int128Chunked::from_iter_options(name, rows.map(|row| integer(&plain(row)?)))
                    .into_series()
            }
            // A type that another file gives the column.
            other => {
                return self
                    .column(column, name.as_str(), &narrow(other), rules)?
                    .cast(other);
            }
        };
        Ok(series.into_column())
    }
}

/// The type to parse for a column that another file makes `data_type`.
fn narrow(data_type: &DataType) -> DataType {
    if data_type.is_integer() {
        DataType::Int64
    } else if data_type.is_numeric() {
        DataType::Float64
    } else {
        DataType::String
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim_ascii() {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn integer<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.trim_ascii().parse().ok()
}

fn number(text: &str) -> Option<f64> {
    let value: f64 = text.trim_ascii().parse().ok()?;
    (!value.is_nan()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_the_survey_accepts_can_be_parsed() {
        for text in [
            "1",
            "+1",
            ".5",
            "5.",
            "1e5",
            "1E-5",
            "-1.5e+3",
            "inf",
            "-Infinity",
            "1e999",
        ] {
            assert!(
                crate::kinds::number_kind(text.as_bytes()).is_some(),
                "{text}"
            );
            assert!(number(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_character_split_over_two_cells_is_not_text() {
        let mut cells = Cells::new(2);
        cells.begin_row(0);
        cells.push_field("ä".as_bytes());
        cells.push_field(b"x");
        assert_eq!(cells.first_not_text(), None);
        cells.begin_row(10);
        cells.push_field(&"ä".as_bytes()[..1]);
        cells.push_field(&"ä".as_bytes()[1..]);
        assert_eq!(cells.first_not_text(), Some(1));
    }
}
