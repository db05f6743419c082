//! How the cells of a text file are read: what separates them, how numbers look, and
//! which texts mean that a value is missing.

use std::borrow::Cow;

use al_core::Dialect;

/// How the cells of one text file are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellRules {
    /// What comes before the fraction.
    decimal: u8,
    /// What stands between groups of three digits.
    thousands: Option<char>,
    /// Texts that mean a missing value.
    na: Vec<String>,
}

impl Default for CellRules {
    fn default() -> Self {
        CellRules::of(&Dialect::default())
    }
}

impl CellRules {
    pub(crate) fn of(dialect: &Dialect) -> CellRules {
        CellRules {
            decimal: if dialect.fraction_mark() == Some(',') {
                b','
            } else {
                b'.'
            },
            thousands: dialect.thousands,
            na: dialect
                .na
                .iter()
                .map(|text| text.trim().to_owned())
                .collect(),
        }
    }

    /// The same with a decimal comma.
    pub(crate) fn with_comma(&self) -> CellRules {
        CellRules {
            decimal: b',',
            ..self.clone()
        }
    }

    /// The same with a decimal comma, and points between groups of digits.
    pub(crate) fn with_comma_and_groups(&self) -> CellRules {
        CellRules {
            thousands: Some('.'),
            ..self.with_comma()
        }
    }

    /// Whether cells are read as they stand: with a decimal point, without groups, and
    /// nothing but the empty field is missing.
    pub(crate) fn are_usual(&self) -> bool {
        self.decimal == b'.' && self.thousands.is_none() && self.na.is_empty()
    }

    /// Whether `cell` is a number with a comma.
    pub(crate) fn has_number_with_comma(cell: &[u8]) -> bool {
        let cell = cell.trim_ascii();
        let digits = cell
            .iter()
            .all(|byte| byte.is_ascii_digit() || b",.-+eE".contains(byte));
        digits && cell.contains(&b',')
    }

    /// Whether a number in `cell` must have a decimal comma, as its comma cannot stand
    /// between groups of three digits.
    pub(crate) fn needs_comma(cell: &[u8]) -> bool {
        let cell = cell.trim_ascii();
        let digits = cell.strip_prefix(b"-").unwrap_or(cell);
        let mut parts = digits.split(|&byte| byte == b',');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(whole), Some(fraction), None) => {
                fraction.len() != 3 || whole.len() > 3 || whole == b"0"
            }
            _ => false,
        }
    }

    /// Whether `cell` is a number with points between groups of digits and a comma before
    /// its fraction, such as `1.234,5`, which is a number in no other notation.
    pub(crate) fn needs_groups(cell: &[u8]) -> bool {
        let Ok(cell) = std::str::from_utf8(cell.trim_ascii()) else {
            return false;
        };
        cell.split_once(',').is_some_and(|(whole, fraction)| {
            let digits = !fraction.is_empty() && fraction.bytes().all(|c| c.is_ascii_digit());
            digits && whole.contains('.') && ungrouped(whole, '.').is_some()
        })
    }

    /// Whether numbers have a decimal comma.
    pub(crate) fn has_comma(&self) -> bool {
        self.decimal == b','
    }

    /// Whether numbers have points between groups of digits.
    pub(crate) fn has_groups_by_points(&self) -> bool {
        self.thousands == Some('.')
    }

    /// Whether a text means a missing value.
    pub(crate) fn is_na(&self, cell: &[u8]) -> bool {
        !self.na.is_empty() && {
            let cell = cell.trim_ascii();
            self.na.iter().any(|text| text.as_bytes() == cell)
        }
    }

    /// The text of a number as numbers are parsed; any other text as it is.
    pub(crate) fn plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let comma = self.decimal == b',' && text.contains([',', '.']);
        let grouped = self.thousands.is_some_and(|mark| text.contains(mark));
        if !comma && !grouped {
            return Cow::Borrowed(text);
        }
        match self.number(text.trim()) {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(text),
        }
    }

    /// [`CellRules::plain`] of bytes, which need not be text.
    pub(crate) fn plain_bytes<'a>(&self, cell: &'a [u8]) -> Cow<'a, [u8]> {
        if self.decimal == b'.' && self.thousands.is_none() {
            return Cow::Borrowed(cell);
        }
        match std::str::from_utf8(cell).map(|text| self.plain(text)) {
            Ok(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            _ => Cow::Borrowed(cell),
        }
    }

    /// A number of these rules with a decimal point and without groups. Texts that are
    /// no numbers, or numbers by other rules, come out as no number.
    fn number(&self, text: &str) -> Option<String> {
        let (whole, rest) = match text.find(char::from(self.decimal)) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let whole = match self.thousands.filter(|&mark| whole.contains(mark)) {
            None => whole.to_owned(),
            Some(mark) => match ungrouped(whole, mark) {
                Some(whole) => whole,
                // What would be a number elsewhere is none here.
                None if mark == '.' => return Some(format!("'{text}")),
                None => return None,
            },
        };
        let plain = match rest {
            None => whole,
            Some(fraction) => format!("{whole}.{fraction}"),
        };
        // A point where commas separate fractions is none of a number.
        let points = plain.matches('.').count();
        let other = self.decimal == b',' && points > usize::from(rest.is_some());
        Some(if other { format!("'{text}") } else { plain })
    }
}

/// The digits of `1,234,567` with `mark` between its groups: the first of one to three
/// digits, the others of three.
fn ungrouped(text: &str, mark: char) -> Option<String> {
    let unsigned = text.trim_start_matches(['-', '+']);
    let mut groups = unsigned.split(mark);
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next()?;
    // Nobody writes zero thousands.
    let grouped = (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && digits(group));
    grouped.then(|| text.chars().filter(|&c| c != mark).collect())
}

/// What separates the fields of a file that begins with `head`, which `usual` does if
/// nothing speaks against it.
pub(crate) fn delimiter_of(head: &[u8], usual: u8) -> u8 {
    let records = records(head);
    let Some(header) = records.first() else {
        return usual;
    };
    if let Some(said) = said_delimiter(header) {
        return said;
    }
    let others = [b',', b';', b'\t', b'|'];
    let candidates = std::iter::once(usual).chain(others.into_iter().filter(|&c| c != usual));
    let mut best = (0, usual);
    let mut commas = false;
    for candidate in candidates {
        let count = |record: &Vec<u8>| record.iter().filter(|&&c| c == candidate).count();
        let in_header = count(header);
        let fits = in_header > 0 && records.iter().all(|record| count(record) == in_header);
        // Commas between digits may be those of numbers.
        let in_numbers = candidate == b','
            && records[1..].iter().all(|record| {
                let inside = record.windows(3).filter(|part| part[1] == b',');
                inside
                    .filter(|part| part[0].is_ascii_digit() && part[2].is_ascii_digit())
                    .count()
                    == in_header
            })
            && records.len() > 1;
        if fits && candidate == usual && !in_numbers {
            return usual;
        }
        if fits && in_numbers {
            commas = true;
        } else if fits && in_header > best.0 {
            best = (in_header, candidate);
        }
    }
    if best.0 > 0 {
        return best.1;
    }
    if commas {
        return b',';
    }
    // Lines that do not agree: by the header alone, unless that says nothing.
    let in_header = |c: u8| header.iter().filter(|&&other| other == c).count();
    if in_header(usual) > 0 {
        return usual;
    }
    let most = others.into_iter().max_by_key(|&c| in_header(c));
    most.filter(|&c| in_header(c) > 0).unwrap_or(usual)
}

/// The delimiter of a line such as `sep=;`, which spreadsheets write above the header.
pub(crate) fn said_delimiter(line: &[u8]) -> Option<u8> {
    match line {
        [name @ .., delimiter] if name.eq_ignore_ascii_case(b"sep=") => Some(*delimiter),
        _ => None,
    }
}

/// The first records of a file without what is quoted. The last is left out where it
/// may be cut off.
fn records(head: &[u8]) -> Vec<Vec<u8>> {
    const MOST: usize = 32;
    let mut records = vec![Vec::new()];
    let mut quoted = false;
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'\n' => records.push(Vec::new()),
            b'\r' => {}
            other => records.last_mut().expect("never empty").push(other),
        }
    }
    if records.len() > 2 {
        records.pop();
    }
    records.retain(|record| !record.trim_ascii().is_empty());
    records.truncate(MOST);
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found() {
        let of = |text: &str| char::from(delimiter_of(text.as_bytes(), b','));
        assert_eq!(of("a,b\n1,2\n"), ',');
        assert_eq!(of("a;b\n1,5;2\n"), ';');
        assert_eq!(of("a\tb\n1\t2\n"), '\t');
        assert_eq!(of("a|b|c\n1|2|3\n"), '|');
        assert_eq!(of("a\n1\n"), ',');
        assert_eq!(of("a,b\n\"x;y\",2\n"), ',');
        assert_eq!(of("\"a,b\";c\n1;2\n"), ';');
        assert_eq!(of("a;b\n"), ';');
        assert_eq!(of("gpu;latency, ms\nA0;6,6\n"), ';');
        assert_eq!(of("a,b\n1,2\n3,4\n"), ',');
        assert_eq!(of(""), ',');
        // One broken line does not change what separates the others.
        assert_eq!(of("a,b\n1,2\n1;2,3,4\n"), ',');
        assert_eq!(delimiter_of(b"a\tb\n1\t2\n", b'\t'), b'\t');
        assert_eq!(delimiter_of(b"a,b\n1,2\n", b'\t'), b',');
        assert_eq!(of("sep=;\na,x;b\n1,2;3\n"), ';');
        assert_eq!(of("SEP=|\r\na|b\r\n"), '|');
    }

    fn plain(rules: &CellRules, text: &str) -> String {
        rules.plain(text).into_owned()
    }

    #[test]
    fn numbers_of_other_countries_become_plain() {
        for (cell, needs) in [
            ("1.234,5", true),
            (" -12.345.678,90", true),
            ("1.234", false),
            ("1,5", false),
            ("1.23,4", false),
            ("1.234,", false),
            ("v1.234,5", false),
        ] {
            assert_eq!(CellRules::needs_groups(cell.as_bytes()), needs, "{cell}");
        }
        let dialect = |decimal, thousands| {
            CellRules::of(&Dialect {
                decimal,
                thousands,
                ..Dialect::default()
            })
        };
        let comma = dialect(Some(','), None);
        assert_eq!(plain(&comma, "2,5"), "2.5");
        assert_eq!(plain(&comma, "-1,5e3"), "-1.5e3");
        assert_eq!(plain(&comma, "7"), "7");
        assert_ne!(plain(&comma, "2.5"), "2.5");
        let both = dialect(Some(','), Some('.'));
        assert_eq!(plain(&both, "1.234,5"), "1234.5");
        assert_eq!(plain(&both, "1.234.567"), "1234567");
        assert_eq!(plain(&both, "12.34,5"), "'12.34,5");
        assert_ne!(plain(&both, "1.5"), "1.5");
        let grouped = dialect(None, Some(','));
        assert_eq!(plain(&grouped, "-1,234.5"), "-1234.5");
        assert_eq!(plain(&grouped, "1,2"), "1,2");
        assert_eq!(plain(&CellRules::default(), "1,2"), "1,2");
    }

    #[test]
    fn what_means_missing_is_said() {
        let rules = CellRules::of(&Dialect {
            na: vec!["-".to_owned(), "n/a".to_owned()],
            ..Dialect::default()
        });
        assert!(rules.is_na(b" - ") && rules.is_na(b"n/a"));
        assert!(!rules.is_na(b"-1") && !CellRules::default().is_na(b"-"));
    }
}
