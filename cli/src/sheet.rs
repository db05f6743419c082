//! Tables of text: for the eye, as CSV and as JSON.

use comfy_table::{CellAlignment, ContentArrangement, presets};
use serde_json::{Map, Value};

/// A small table of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) headers: Vec<String>,
    pub(crate) right_aligned: Vec<bool>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(crate) fn new(headers: &[&str]) -> Sheet {
        Sheet {
            headers: headers.iter().map(|&head| head.to_owned()).collect(),
            right_aligned: vec![false; headers.len()],
            rows: Vec::new(),
        }
    }

    /// With these columns set flush right.
    pub(crate) fn right(mut self, columns: &[usize]) -> Sheet {
        for &column in columns {
            self.right_aligned[column] = true;
        }
        self
    }

    pub(crate) fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// For the eye, as wide as the terminal if there is one.
    pub(crate) fn pretty(&self) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(&self.headers)
            .add_rows(&self.rows);
        for (column, &right) in table.column_iter_mut().zip(&self.right_aligned) {
            column.set_padding((0, 2));
            if right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut text = String::new();
        for (at, line) in table.lines().enumerate() {
            let line = line.trim_end();
            text.push_str(line);
            text.push('\n');
            if at == 0 && self.headers.iter().any(|head| !head.is_empty()) {
                let width = table
                    .lines()
                    .map(|line| line.trim_end().chars().count())
                    .max();
                text.push_str(&"─".repeat(width.unwrap_or(0)));
                text.push('\n');
            }
        }
        text
    }

    /// As CSV (RFC 4180, lines end in a line feed).
    pub(crate) fn csv(&self) -> String {
        let mut text = String::new();
        for cells in std::iter::once(&self.headers).chain(&self.rows) {
            let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}

/// A table of names and values as one JSON object; what reads as a number is
/// one.
pub(crate) fn values(sheet: &Sheet) -> Value {
    sheet
        .rows
        .iter()
        .map(|row| {
            let value = match row[1].parse::<serde_json::Number>() {
                Ok(number) => Value::Number(number),
                Err(_) => Value::String(row[1].clone()),
            };
            (row[0].clone(), value)
        })
        .collect::<Map<String, Value>>()
        .into()
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A number for the eye: six significant digits.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = value.abs().log10().floor() as i32;
    if !(-5..9).contains(&digits) {
        return format!("{value:.4e}");
    }
    let decimals = (5 - digits).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_reads_well_in_each_form() {
        let mut sheet = Sheet::new(&["name", "value"]).right(&[1]);
        sheet.push(["a, b".to_owned(), "1".to_owned()]);
        sheet.push(["c".to_owned(), "100".to_owned()]);
        assert_eq!(sheet.csv(), "name,value\n\"a, b\",1\nc,100\n");
        assert_eq!(
            sheet.pretty(),
            "name  value\n───────────\na, b      1\nc       100\n"
        );
        assert_eq!(values(&sheet)["c"], 100);
    }

    #[test]
    fn numbers_are_shortened() {
        assert_eq!(short(1234.567_891), "1234.57");
        assert_eq!(short(0.000_123_456_78), "0.000123457");
        assert_eq!(short(3.0), "3");
        assert_eq!(short(1e12), "1.0000e12");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(123_456_789.0), "123456789");
    }
}
