//! Tables of text: for the eye and as CSV.

use std::collections::BTreeSet;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, TableComponent, presets};

use crate::prose::{harmless, page_width, table_width, terminal_width, wrapped};

/// Between columns.
const GAP: usize = 2;

/// Longest text shown of a cell where a row is one line, and where that makes room for more
/// columns.
const LONGEST: usize = 28;
const SHORTER: usize = 20;

/// Columns kept where some are left out.
const KEPT: usize = 2;

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

    /// Without names above the columns.
    pub(crate) fn without_head(mut self) -> TextSheet {
        self.headers.fill(String::new());
        self
    }

    /// For the eye: as wide as the terminal, if there is one and the words
    /// can be wrapped so.
    pub(crate) fn pretty(&self) -> String {
        self.cleaned().within(Some(table_width()))
    }

    /// Sentences to read: wrapped to the terminal, or to a page where there is
    /// none.
    pub(crate) fn wrapped(&self) -> String {
        self.cleaned().within(Some(page_width()))
    }

    /// For the eye, without the last columns if they do not fit the terminal, of which those
    /// that are `kept` come last; how many those are.
    pub(crate) fn narrowed(&self, kept: &[usize]) -> (TextSheet, usize) {
        match terminal_width() {
            Some(width) => self.narrowed_to(width, kept),
            None => (self.clone(), 0),
        }
    }

    fn narrowed_to(&self, width: usize, kept: &[usize]) -> (TextSheet, usize) {
        let mut shown: Vec<usize> = (0..self.headers.len()).collect();
        let mut sheet = self.only(&shown);
        while shown.len() > KEPT && sheet.least_width() > width {
            let is_kept = |column: &usize| kept.contains(column);
            let columns = || shown[KEPT..].iter().copied().rev();
            // What tells no rows apart goes first.
            let constant = |column: &usize| self.is_same(*column) && !is_kept(column);
            let left_out = columns()
                .find(constant)
                .or_else(|| columns().find(|column| !is_kept(column)))
                .or_else(|| columns().next());
            shown.retain(|&column| Some(column) != left_out);
            sheet = self.only(&shown);
        }
        (sheet, self.headers.len() - shown.len())
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

    /// For the eye, a line per row: long texts are cut, and columns are left out
    /// until the rest fits the terminal, those first that stand first in `order`.
    /// What `remark` says of a row stands below it.
    pub(crate) fn lines(
        &self,
        order: &[usize],
        remark: impl Fn(usize) -> Option<String>,
    ) -> String {
        self.lines_within(Some(table_width()), order, remark)
    }

    fn lines_within(
        &self,
        width: Option<usize>,
        order: &[usize],
        remark: impl Fn(usize) -> Option<String>,
    ) -> String {
        let mut sheet = self.cleaned().cut(LONGEST);
        let mut shown = match width {
            None => (0..sheet.headers.len()).collect(),
            Some(width) => sheet.fitting(width, order),
        };
        if let Some(width) = width
            && shown.len() < sheet.headers.len()
        {
            // What tells rows apart is worth more than the ends of long names.
            let shorter = self.cleaned().cut(SHORTER);
            let more = shorter.fitting(width, order);
            if more.len() > shown.len() && shorter.tells_apart(&sheet, &more) {
                (sheet, shown) = (shorter, more);
            }
        }
        let sheet = sheet.only(&shown);
        let head_lines = match sheet.headers.iter().map(|head| head.lines().count()).max() {
            None | Some(0) => 0,
            Some(lines) => lines + 1,
        };
        let prose = width.unwrap_or_else(table_width);
        let mut text = String::new();
        for (at, line) in sheet.within(None).lines().enumerate() {
            text.push_str(&format!("{line}\n"));
            if let Some(remark) = at.checked_sub(head_lines).and_then(&remark) {
                let remark = format!("      {}", harmless(&remark));
                text.push_str(&format!("{}\n", wrapped(&remark, prose, 6)));
            }
        }
        for note in self.left_out(&shown) {
            text.push_str(&format!("{}\n", wrapped(&harmless(&note), prose, 2)));
        }
        text
    }

    /// With cells of at most so many letters, and heads that are not much wider.
    fn cut(mut self, longest: usize) -> TextSheet {
        for cell in self.rows.iter_mut().flatten() {
            if length(cell) > longest {
                *cell = cell.chars().take(longest - 1).chain(['…']).collect();
            }
        }
        for column in 0..self.headers.len() {
            let cells = self.rows.iter().map(|row| length(&row[column]));
            self.headers[column] = folded(&self.headers[column], cells.max().unwrap_or(0));
        }
        self
    }

    /// Whether each of the columns has as many different cells as in `other`.
    fn tells_apart(&self, other: &TextSheet, columns: &[usize]) -> bool {
        let different = |sheet: &TextSheet, column: usize| {
            let cells = sheet.rows.iter().map(|row| row[column].clone());
            cells.collect::<BTreeSet<String>>().len()
        };
        let mut columns = columns.iter();
        columns.all(|&column| different(self, column) == different(other, column))
    }

    /// The columns that fit, where those first in `order` are left out first; of
    /// these, the ones that fit beside the others after all.
    fn fitting(&self, width: usize, order: &[usize]) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.headers.len()).collect();
        let mut left_out = Vec::new();
        for &column in order {
            if self.width_of(&shown) <= width {
                break;
            }
            shown.retain(|&other| other != column);
            left_out.push(column);
        }
        while let Some(column) = left_out.pop() {
            let more = [&shown[..], &[column]].concat();
            if self.width_of(&more) <= width {
                shown = more;
            }
        }
        // A terminal too narrow for anything has some lines that are too long.
        let last = order.iter().rev().take(KEPT);
        for &column in last.take(KEPT.saturating_sub(shown.len())) {
            if !shown.contains(&column) {
                shown.push(column);
            }
        }
        shown.sort_unstable();
        shown
    }

    /// What is said of the columns that are not `shown`.
    fn left_out(&self, shown: &[usize]) -> Vec<String> {
        let left_out = (0..self.headers.len()).filter(|column| !shown.contains(column));
        let (same, differing): (Vec<usize>, Vec<usize>) =
            left_out.partition(|&column| self.is_same(column));
        let said = |columns: &[usize], of: &dyn Fn(usize) -> String| {
            let said: Vec<String> = columns.iter().map(|&column| of(column)).collect();
            said.join(", ")
        };
        let mut notes = Vec::new();
        if !same.is_empty() {
            let values = said(&same, &|column| {
                let value = self.rows[0][column].as_str();
                let value = if value.is_empty() { "—" } else { value };
                format!("{} = {value}", self.headers[column])
            });
            notes.push(format!("the same in all rows shown: {values}"));
        }
        if !differing.is_empty() {
            let names = said(&differing, &|column| self.headers[column].clone());
            notes.push(format!(
                "… columns not shown: {names}; give -o FILE for all of them"
            ));
        }
        notes
    }

    /// Whether a column has one value, in several rows.
    pub(crate) fn is_same(&self, column: usize) -> bool {
        let first = self.rows.first().map(|row| &row[column]);
        self.rows.len() > 1 && self.rows.iter().all(|row| Some(&row[column]) == first)
    }

    /// With names and cells that a terminal shows and does not obey.
    fn cleaned(&self) -> TextSheet {
        let clean = |cells: &Vec<String>| cells.iter().map(|cell| harmless(cell)).collect();
        TextSheet {
            headers: clean(&self.headers),
            right_aligned: self.right_aligned.clone(),
            rows: self.rows.iter().map(clean).collect(),
        }
    }

    /// The sheet with these columns only.
    fn only(&self, columns: &[usize]) -> TextSheet {
        let of = |cells: &[String]| {
            columns
                .iter()
                .map(|&column| cells[column].clone())
                .collect()
        };
        TextSheet {
            headers: of(&self.headers),
            right_aligned: columns
                .iter()
                .map(|&column| self.right_aligned[column])
                .collect(),
            rows: self.rows.iter().map(|row| of(row)).collect(),
        }
    }

    /// How wide the columns are without being wrapped.
    fn width_of(&self, columns: &[usize]) -> usize {
        let widths = columns.iter().map(|&column| {
            let cells = self.rows.iter().map(|row| length(&row[column]));
            let head = self.headers[column].lines().map(length).max();
            GAP + cells.max().max(head).unwrap_or(0)
        });
        widths.sum()
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
    fn lines_lose_columns_in_the_order_given() {
        let names = ["first", "second", "third", "fourth", "last"];
        let mut sheet = TextSheet::new(&names);
        sheet.push(names.map(str::to_owned));
        let order = [3, 1, 4, 0, 2];
        let why = |row: usize| (row == 0).then(|| "why\u{7} it is this row".to_owned());
        let text = sheet.lines_within(Some(22), &order, why);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "first  third  last", "{text}");
        assert_eq!(lines[3..5], ["      why\\x07 it is", "      this row"]);
        assert!(text.contains("not shown:\n  second, fourth;"), "{text}");
        assert!(lines.iter().all(|line| length(line) <= 22), "{text}");
        let whole = sheet.lines_within(None, &order, |_| None);
        assert!(whole.contains("third") && !whole.contains('…'), "{whole}");
        // One that is wide makes room for others that are not, and what is the same
        // in all rows is said once.
        let mut wide = TextSheet::new(&["a", "b", "long", "c"]);
        wide.push(["x", "y", "much longer than that", "1"].map(str::to_owned));
        wide.push(["x", "z", "and that", "2"].map(str::to_owned));
        let text = wide.lines_within(Some(12), &[0, 1, 2, 3], |_| None);
        assert!(text.starts_with("a  b  c\n"), "{text}");
        let text = wide.lines_within(Some(30), &[0, 1, 2, 3], |_| None);
        assert!(text.starts_with("b  long"), "{text}");
        let same = "\nthe same in all rows shown: a\n  = x\n";
        assert!(text.contains(same), "{text}");
        // Two columns stay in any case.
        let narrow = sheet.lines_within(Some(4), &order, |_| None);
        assert!(narrow.starts_with("first  third\n"), "{narrow}");
    }

    #[test]
    fn long_names_make_room_if_they_stay_different() {
        let mut sheet = TextSheet::new(&["name", "size"]);
        sheet.push(["meta-llama/Meta-Llama-3-8B".to_owned(), "1".to_owned()]);
        sheet.push(["mistralai/Mistral-7B-v0.1".to_owned(), "2".to_owned()]);
        let lines = |sheet: &TextSheet| sheet.lines_within(Some(29), &[1, 0], |_| None);
        let text = lines(&sheet);
        assert!(text.starts_with("name                  size\n"), "{text}");
        assert!(text.contains("\nmeta-llama/Meta-Lla…  1\n"), "{text}");
        sheet.push(["meta-llama/Meta-Llama-3-70B".to_owned(), "3".to_owned()]);
        assert!(
            lines(&sheet).contains("columns not shown: size"),
            "{sheet:?}"
        );
    }

    #[test]
    fn columns_that_are_kept_are_left_out_last() {
        let mut sheet = TextSheet::new(&["first", "second", "third", "fourth", "fifth"]);
        sheet.push(["1", "2", "3", "4", "5"].map(str::to_owned));
        sheet.push(["1", "2", "4", "4", "6"].map(str::to_owned));
        let shown = |width: usize, kept: &[usize]| {
            let (sheet, left_out) = sheet.narrowed_to(width, kept);
            (sheet.headers.join(" "), left_out)
        };
        assert_eq!(shown(99, &[]).1, 0);
        // The one that is the same in all rows goes first, then the last.
        assert_eq!(shown(30, &[]), ("first second third fifth".to_owned(), 1));
        assert_eq!(shown(22, &[]), ("first second third".to_owned(), 2));
        assert_eq!(shown(22, &[4]), ("first second fifth".to_owned(), 2));
        assert_eq!(shown(30, &[3]), ("first second third fourth".to_owned(), 1));
    }

    #[test]
    fn cells_are_shown_and_not_obeyed() {
        let mut sheet = TextSheet::new(&["name"]);
        sheet.push(["\u{1b}[2Jx".to_owned()]);
        assert!(sheet.pretty().contains("\\x1b[2Jx"));
        // Programs get what the cell holds.
        assert!(sheet.csv().contains("\u{1b}[2Jx"));
    }
}
