//! Cells of text: what kind of value each is, and columns made of them.

use std::borrow::Cow;

use al_core::spelling::is_missing;
use polars_core::prelude::*;
use rayon::prelude::*;

use crate::cell_rules::CellRules;
use crate::error::TableError;
use crate::guard::corrupt;

/// What a cell was in its file. CSV knows only text; JSON knows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// A CSV field: whatever its text looks like.
    Field,
    /// Missing.
    Null,
    /// A JSON number or boolean.
    Literal,
    /// A JSON string: text even if it looks like a number.
    Text,
}

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
        seen.par_iter_mut().enumerate().for_each(|(column, seen)| {
            for row in 0..self.n_rows() {
                seen.add(self.tag(row, column), self.cell(row, column), rules);
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
        let present = |row: usize| -> Option<&str> {
            let text = self.text(row, column);
            match self.tag(row, column) {
                Tag::Null => None,
                Tag::Field if text.is_empty() => None,
                _ if rules.is_na(text.as_bytes()) => None,
                _ => Some(text),
            }
        };
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

/// The kinds of value seen in a column, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen(u16);

impl Seen {
    const BOOLEAN: u16 = 1;
    /// A whole number that fits `i64`.
    const INTEGER: u16 = 2;
    /// A whole number that fits `u64` only.
    const UNSIGNED: u16 = 4;
    /// A whole number below zero.
    const NEGATIVE: u16 = 8;
    /// A whole number that fits `i128` only.
    const WIDE: u16 = 16;
    /// A longer whole number.
    const LONG: u16 = 32;
    const FLOAT: u16 = 64;
    /// A JSON string that says infinity or not-a-number.
    const SPECIAL: u16 = 128;
    const TEXT: u16 = 256;
    /// Digits with a zero before them: a code, such as `007`.
    const CODE: u16 = 512;

    /// Adds a cell.
    pub(crate) fn add(&mut self, tag: Tag, cell: &[u8], rules: &CellRules) {
        // Nothing more can be learnt about a column of text.
        if self.0 & Seen::TEXT != 0 {
            return;
        }
        self.0 |= match tag {
            Tag::Null => 0,
            _ if rules.is_na(cell) => 0,
            Tag::Text => match number_kind(cell) {
                Some(Seen::SPECIAL) => Seen::SPECIAL,
                _ => Seen::TEXT,
            },
            Tag::Field => field_kind(&rules.plain_bytes(cell)),
            Tag::Literal => field_kind(cell),
        };
    }

    /// Whether all that was seen are numbers, some of them with a fraction.
    pub(crate) fn has_fractions(self) -> bool {
        self.0 & Seen::FLOAT != 0 && self.data_type() == DataType::Float64
    }

    /// Whether some text was seen.
    pub(crate) fn has_text(self) -> bool {
        self.0 & Seen::TEXT != 0
    }

    /// The narrowest type that holds all that was seen.
    pub(crate) fn data_type(self) -> DataType {
        let has = |kinds: u16| self.0 & kinds != 0;
        let integers = Seen::INTEGER | Seen::UNSIGNED | Seen::NEGATIVE | Seen::WIDE | Seen::LONG;
        let numbers = integers | Seen::FLOAT;
        if self.0 == 0 {
            DataType::Null
        } else if has(Seen::TEXT) || has(Seen::BOOLEAN) && has(numbers | Seen::SPECIAL) {
            DataType::String
        } else if has(Seen::BOOLEAN) {
            DataType::Boolean
        } else if has(Seen::FLOAT) || has(Seen::SPECIAL) {
            DataType::Float64
        } else if has(Seen::LONG | Seen::CODE) {
            DataType::String
        } else if has(Seen::WIDE) || has(Seen::UNSIGNED) && has(Seen::NEGATIVE) {
            DataType::Int128
        } else if has(Seen::UNSIGNED) {
            DataType::UInt64
        } else {
            DataType::Int64
        }
    }
}

fn field_kind(cell: &[u8]) -> u16 {
    let cell = cell.trim_ascii();
    if let Some(kind) = number_kind(cell) {
        return if kind == Seen::SPECIAL {
            Seen::FLOAT
        } else {
            kind
        };
    }
    match cell {
        _ if is_missing(cell) => 0,
        b"true" | b"false" | b"True" | b"False" | b"TRUE" | b"FALSE" => Seen::BOOLEAN,
        _ => Seen::TEXT,
    }
}

/// The kind of number a text is, `None` if it is none.
fn number_kind(text: &[u8]) -> Option<u16> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    match digits.first()? {
        b'0'..=b'9' | b'.' => {}
        b'i' | b'I' => {
            let infinite =
                digits.eq_ignore_ascii_case(b"inf") || digits.eq_ignore_ascii_case(b"infinity");
            return infinite.then_some(Seen::SPECIAL);
        }
        _ => return None,
    }
    let mut sign = if negative { Seen::NEGATIVE } else { 0 };
    let whole = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if whole == digits.len() {
        if whole > 1 && digits[0] == b'0' {
            sign |= Seen::CODE;
        }
        if whole <= 18 {
            return Some(Seen::INTEGER | sign);
        }
        return Some(sign | wide_integer_kind(std::str::from_utf8(text).ok()?));
    }
    let mut rest = &digits[whole..];
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = after
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return None;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let exponent = match after {
            [b'+' | b'-', exponent @ ..] => exponent,
            _ => after,
        };
        if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
            return None;
        }
        rest = &[];
    }
    rest.is_empty().then_some(Seen::FLOAT)
}

fn wide_integer_kind(text: &str) -> u16 {
    if text.parse::<i64>().is_ok() {
        Seen::INTEGER
    } else if text.parse::<u64>().is_ok() {
        Seen::UNSIGNED
    } else if text.parse::<i128>().is_ok() {
        Seen::WIDE
    } else {
        Seen::LONG
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

    fn type_of(cells: &[&str]) -> DataType {
        let mut seen = Seen::default();
        for cell in cells {
            seen.add(Tag::Field, cell.as_bytes(), &CellRules::default());
        }
        seen.data_type()
    }

    #[test]
    fn types_follow_from_every_cell() {
        assert_eq!(type_of(&["1", "", "-2", "+3"]), DataType::Int64);
        assert_eq!(type_of(&["1", "007"]), DataType::String);
        assert_eq!(type_of(&["0", "0.5", "-0"]), DataType::Float64);
        assert_eq!(type_of(&["1", "NA", "2.5", " 3e-4 "]), DataType::Float64);
        assert_eq!(type_of(&["1", ".5", "5.", "inf"]), DataType::Float64);
        assert_eq!(type_of(&["-Infinity", "nan"]), DataType::Float64);
        assert_eq!(type_of(&["True", "false", "None"]), DataType::Boolean);
        assert_eq!(type_of(&["", "NA", "null"]), DataType::Null);
        assert_eq!(type_of(&["1", "2", "oops"]), DataType::String);
        assert_eq!(type_of(&["true", "1"]), DataType::String);
        for text in [
            "1_000", "0x10", "1e", "--1", ".", "-", "1.2.3", "1 2", "e5", "i",
        ] {
            assert_eq!(type_of(&[text]), DataType::String, "{text}");
        }
    }

    #[test]
    fn long_integers_stay_whole() {
        assert_eq!(type_of(&["9223372036854775807", "-1"]), DataType::Int64);
        assert_eq!(type_of(&["9223372036854775808", "1"]), DataType::UInt64);
        assert_eq!(type_of(&["9223372036854775808", "-1"]), DataType::Int128);
        assert_eq!(type_of(&["100000000000000000001"]), DataType::Int128);
        assert_eq!(type_of(&["1".repeat(40).as_str(), "1"]), DataType::String);
        assert_eq!(
            type_of(&["100000000000000000001", "0.5"]),
            DataType::Float64
        );
    }

    #[test]
    fn json_strings_are_text_but_for_infinities_among_numbers() {
        let mut seen = Seen::default();
        let rules = CellRules::default();
        seen.add(Tag::Literal, b"1.5", &rules);
        seen.add(Tag::Text, b"-inf", &rules);
        assert_eq!(seen.data_type(), DataType::Float64);
        seen.add(Tag::Text, b"2.5", &rules);
        assert_eq!(seen.data_type(), DataType::String);
    }

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
            assert!(number_kind(text.as_bytes()).is_some(), "{text}");
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
