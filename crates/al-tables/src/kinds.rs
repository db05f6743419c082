//! What kind of value each cell of a text file is, and the type of a column of them.

use al_core::spelling::is_missing;
use polars_core::prelude::DataType;

use crate::cell_rules::CellRules;

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
    /// A mark such as `None`, which is a missing number but beside `True` and `False` a
    /// third word.
    const MARK: u16 = 2048;
    /// A number with points, where commas begin fractions.
    const POINT: u16 = 4096;
    /// A number whose comma can only begin its fraction.
    const COMMA: u16 = 1024;

    /// Adds a cell that is read as it stands.
    #[inline]
    pub(crate) fn add_usual(&mut self, tag: Tag, cell: &[u8]) {
        if self.0 & Seen::TEXT == 0 {
            self.0 |= match tag {
                Tag::Null => 0,
                Tag::Text => text_kind(cell),
                Tag::Field | Tag::Literal => field_kind(cell),
            };
            // Asked of the first text of a column only.
            if self.0 & Seen::TEXT != 0 && CellRules::has_number_with_comma(cell) {
                self.0 |= Seen::COMMA;
            }
        }
    }

    /// Adds a cell.
    pub(crate) fn add(&mut self, tag: Tag, cell: &[u8], rules: &CellRules) {
        // Nothing more can be learnt about a column of text.
        if self.0 & Seen::TEXT != 0 {
            return;
        }
        self.0 |= match tag {
            Tag::Null => 0,
            _ if rules.is_na(cell) => 0,
            Tag::Text => text_kind(cell),
            Tag::Field if rules.has_comma() && CellRules::needs_comma(cell) => {
                let grouped = !rules.has_groups_by_points() && CellRules::needs_groups(cell);
                let kind = Seen::COMMA | field_kind(&rules.plain_bytes(cell));
                kind | if grouped { Seen::POINT } else { 0 }
            }
            Tag::Field if rules.has_comma() && cell.contains(&b'.') => {
                let plain = rules.plain_bytes(cell);
                let other =
                    number_kind(&plain).is_none() && number_kind(cell.trim_ascii()).is_some();
                field_kind(&plain) | if other { Seen::POINT } else { 0 }
            }
            Tag::Field => field_kind(&rules.plain_bytes(cell)),
            Tag::Literal => field_kind(cell),
        };
    }

    /// Whether all that was seen are numbers, some of them with a fraction.
    pub(crate) fn has_fractions(self) -> bool {
        self.0 & Seen::FLOAT != 0 && self.data_type() == DataType::Float64
    }

    /// Whether a comma can only begin a fraction; by the usual rules, whether the first text
    /// is a number with a comma.
    pub(crate) fn has_comma(self) -> bool {
        self.0 & Seen::COMMA != 0
    }

    /// Whether some number has a point where others have a comma.
    pub(crate) fn has_points(self) -> bool {
        self.0 & Seen::POINT != 0
    }

    /// The type if zeros before numbers mean nothing.
    pub(crate) fn number_type(self) -> DataType {
        Seen(self.0 & !Seen::CODE).data_type()
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
        if self.0 & !(Seen::COMMA | Seen::MARK) == 0 {
            DataType::Null
        } else if has(Seen::TEXT) || has(Seen::BOOLEAN) && has(numbers | Seen::SPECIAL | Seen::MARK)
        {
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

/// What a JSON string is: a text, but for infinities.
fn text_kind(cell: &[u8]) -> u16 {
    match number_kind(cell) {
        Some(Seen::SPECIAL) => Seen::SPECIAL,
        _ => Seen::TEXT,
    }
}

#[inline]
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
        b"" => 0,
        _ if is_missing(cell) => Seen::MARK,
        b"true" | b"false" | b"True" | b"False" | b"TRUE" | b"FALSE" => Seen::BOOLEAN,
        _ => Seen::TEXT,
    }
}

/// The kind of number a text is, `None` if it is none.
#[inline]
pub(crate) fn number_kind(text: &[u8]) -> Option<u16> {
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
        assert_eq!(type_of(&["True", "false", ""]), DataType::Boolean);
        assert_eq!(type_of(&["True", "false", "None"]), DataType::String);
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
}
