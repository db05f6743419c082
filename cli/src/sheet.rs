//! Tables of text: for the eye, as CSV and as JSON.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, TableComponent, presets};
use serde_json::{Map, Value};

/// Between columns.
const GAP: usize = 2;

/// Longest text shown of a cell where a row is one line.
const LONGEST: usize = 28;

/// Widest lines of sentences.
const PAGE: usize = 100;

/// Columns kept at the left where some are left out.
const KEPT: usize = 2;

/// Columns of the terminal that standard output is; a width too small to be
/// meant is none.
fn terminal_width() -> Option<usize> {
    comfy_table::Table::new()
        .width()
        .map(usize::from)
        .filter(|&width| width >= 40)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// A column's name on two lines, if it is wider than its cells and has a place
/// to be cut.
fn folded(head: &str, cells: usize) -> String {
    let middle = head.len() / 2;
    let cuts = head.match_indices('_').map(|(at, _)| at + 1);
    let cut = cuts
        .filter(|&at| at < head.len())
        .min_by_key(|at| at.abs_diff(middle));
    match cut {
        Some(at) if length(head) > cells => format!("{}\n{}", &head[..at], &head[at..]),
        _ => head.to_owned(),
    }
}

/// A small table of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextSheet {
    pub(crate) headers: Vec<String>,
    pub(crate) right_aligned: Vec<bool>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl TextSheet {
    pub(crate) fn new(headers: &[&str]) -> TextSheet {
        TextSheet {
            headers: headers.iter().map(|&head| head.to_owned()).collect(),
            right_aligned: vec![false; headers.len()],
            rows: Vec::new(),
        }
    }

    /// With these columns set flush right.
    pub(crate) fn right(mut self, columns: &[usize]) -> TextSheet {
        for &column in columns {
            self.right_aligned[column] = true;
        }
        self
    }

    pub(crate) fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// For the eye: as wide as the terminal, if there is one and the words
    /// can be wrapped so.
    pub(crate) fn pretty(&self) -> String {
        self.within(terminal_width())
    }

    /// Sentences to read: wrapped to the terminal, or to a page where there is
    /// none.
    pub(crate) fn wrapped(&self) -> String {
        self.within(Some(terminal_width().unwrap_or(PAGE).min(PAGE)))
    }

    /// For the eye, without the last columns if they do not fit the terminal;
    /// how many those are.
    pub(crate) fn narrowed(&self) -> (TextSheet, usize) {
        let mut sheet = self.clone();
        let Some(width) = terminal_width() else {
            return (sheet, 0);
        };
        let mut left_out = 0;
        while sheet.headers.len() > KEPT && sheet.least_width() > width {
            sheet.headers.pop();
            sheet.right_aligned.pop();
            sheet.rows.iter_mut().for_each(|row| {
                row.pop();
            });
            left_out += 1;
        }
        (sheet, left_out)
    }

    fn least_width(&self) -> usize {
        self.least_widths().iter().map(|least| least + GAP).sum()
    }

    fn within(&self, width: Option<usize>) -> String {
        let mut table = comfy_table::Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_style(TableComponent::VerticalLines, ' ')
            .set_content_arrangement(ContentArrangement::Disabled)
            .add_rows(&self.rows);
        if self.headers.iter().any(|head| !head.is_empty()) {
            table
                .set_header(&self.headers)
                .set_style(TableComponent::HeaderLines, '─')
                .set_style(TableComponent::MiddleHeaderIntersections, '─');
        }
        for (column, &right) in table.column_iter_mut().zip(&self.right_aligned) {
            column.set_padding((0, GAP as u16 - 1));
            if right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(width) = width
            && self.least_width() <= width
        {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width.min(usize::from(u16::MAX)) as u16);
            for (column, least) in table.column_iter_mut().zip(self.least_widths()) {
                let least = comfy_table::Width::Fixed((least + GAP) as u16 - 1);
                column.set_constraint(ColumnConstraint::LowerBoundary(least));
            }
        }
        let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
        lines.collect()
    }

    /// The least width of each column: heads wrap between words, and the cells
    /// of the widest column of texts do.
    fn least_widths(&self) -> Vec<usize> {
        let words = |text: &str| text.split(' ').map(length).max().unwrap_or(0);
        let cells = |column: usize| self.rows.iter().map(move |row| row[column].as_str());
        let natural: Vec<usize> = (0..self.headers.len())
            .map(|column| cells(column).map(length).max().unwrap_or(0))
            .collect();
        let wrapped = (0..natural.len())
            .filter(|&column| !self.right_aligned[column])
            .max_by_key(|&column| natural[column]);
        (0..natural.len())
            .map(|column| {
                let cells = match wrapped {
                    Some(wrapped) if wrapped == column => cells(column).map(words).max(),
                    _ => Some(natural[column]),
                };
                cells.unwrap_or(0).max(words(&self.headers[column]))
            })
            .collect()
    }

    /// For the eye, a line per row: long texts are cut, and columns after the
    /// first ones are left out until the rest fits the terminal. What `remark`
    /// says of a row stands below it.
    pub(crate) fn lines(&self, remark: impl Fn(usize) -> Option<String>) -> String {
        self.lines_within(terminal_width(), remark)
    }

    fn lines_within(
        &self,
        width: Option<usize>,
        remark: impl Fn(usize) -> Option<String>,
    ) -> String {
        let mut sheet = self.clone();
        for cell in sheet.rows.iter_mut().flatten() {
            if length(cell) > LONGEST {
                *cell = cell.chars().take(LONGEST - 1).chain(['…']).collect();
            }
        }
        for column in 0..sheet.headers.len() {
            let cells = sheet.rows.iter().map(|row| length(&row[column]));
            sheet.headers[column] = folded(&sheet.headers[column], cells.max().unwrap_or(0));
        }
        let mut left_out = 0;
        while let Some(width) = width
            && sheet.headers.len() > KEPT + 2
            && sheet.natural_width() > width
        {
            if left_out == 0 {
                sheet.headers[KEPT] = "…".to_owned();
                sheet.right_aligned[KEPT] = false;
                sheet
                    .rows
                    .iter_mut()
                    .for_each(|row| row[KEPT] = "…".to_owned());
            } else {
                sheet.headers.remove(KEPT + 1);
                sheet.right_aligned.remove(KEPT + 1);
                sheet.rows.iter_mut().for_each(|row| {
                    row.remove(KEPT + 1);
                });
            }
            left_out += 1;
        }
        let head_lines = match sheet.headers.iter().map(|head| head.lines().count()).max() {
            None | Some(0) => 0,
            Some(lines) => lines + 1,
        };
        let mut text = String::new();
        for (at, line) in sheet.within(None).lines().enumerate() {
            text.push_str(&format!("{line}\n"));
            if let Some(remark) = at.checked_sub(head_lines).and_then(&remark) {
                text.push_str(&format!("      {remark}\n"));
            }
        }
        if left_out > 0 {
            text.push_str(&format!(
                "… columns not shown: {left_out}; give -o FILE for all of them\n"
            ));
        }
        text
    }

    fn natural_width(&self) -> usize {
        (0..self.headers.len())
            .map(|column| {
                let cells = self.rows.iter().map(|row| length(&row[column]));
                let head = self.headers[column].lines().map(length).max();
                GAP + cells.max().max(head).unwrap_or(0)
            })
            .sum()
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
pub(crate) fn values(sheet: &TextSheet) -> Value {
    sheet
        .rows
        .iter()
        .map(|row| {
            let value = match (row[1].as_str(), row[1].parse::<serde_json::Number>()) {
                (_, Ok(number)) => Value::Number(number),
                ("true", _) => Value::Bool(true),
                ("false", _) => Value::Bool(false),
                (text, _) => Value::String(text.to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_reads_well_in_each_form() {
        let mut sheet = TextSheet::new(&["name", "value"]).right(&[1]);
        sheet.push(["a, b".to_owned(), "1".to_owned()]);
        sheet.push(["c".to_owned(), "100".to_owned()]);
        assert_eq!(sheet.csv(), "name,value\n\"a, b\",1\nc,100\n");
        assert_eq!(
            sheet.pretty(),
            "name  value\n────────────\na, b      1\nc       100\n"
        );
        assert_eq!(values(&sheet)["c"], 100);
    }

    #[test]
    fn words_are_wrapped_and_numbers_are_not() {
        let mut sheet = TextSheet::new(&["name", "what it is", "Log-scale RMSE"]).right(&[2]);
        sheet.push([
            "x".to_owned(),
            "a rather long summary".to_owned(),
            "0.123456".to_owned(),
        ]);
        let text = sheet.within(Some(40));
        assert!(text.lines().all(|line| length(line) <= 40), "{text}");
        assert!(
            text.contains("0.123456") && text.contains("rather"),
            "{text}"
        );
        // Nothing can be done for a terminal that narrow.
        assert_eq!(sheet.within(Some(10)), sheet.within(None));
    }

    #[test]
    fn long_names_are_folded() {
        assert_eq!(folded("ensemble_variance", 9), "ensemble_\nvariance");
        assert_eq!(folded("in_out_len", 4), "in_\nout_len");
        assert_eq!(folded("in_out_len", 12), "in_out_len");
        assert_eq!(folded("uncertainty", 4), "uncertainty");
        assert_eq!(folded("x_", 1), "x_");
    }

    #[test]
    fn lines_lose_columns_from_the_middle() {
        let names = ["first", "second", "third", "fourth", "last"];
        let mut sheet = TextSheet::new(&names);
        sheet.push(names.map(str::to_owned));
        let text = sheet.lines_within(Some(30), |row| (row == 0).then(|| "why".to_owned()));
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("first") && lines[0].ends_with("last"),
            "{text}"
        );
        assert!(
            lines[0].contains('…') && !lines[0].contains("third"),
            "{text}"
        );
        assert_eq!(lines[3], "      why");
        assert!(lines[4].starts_with("… columns not shown: 2"), "{text}");
        let whole = sheet.lines_within(None, |_| None);
        assert!(whole.contains("third") && !whole.contains('…'), "{whole}");
    }
}
