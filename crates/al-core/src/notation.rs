//! Texts that stand where numbers are wanted: what they are, and what to do about them.

use std::collections::HashMap;

use crate::fault::{Message, setting};
use crate::spelling::{is_missing, without_spelling};
use crate::table::{ColumnData, Table, TextKind, Texts};

/// What a text is that stands where a number is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// A number as it is read, or a mark that there is none.
    Plain,
    /// A number whose comma may be its decimal point or stand between groups of digits:
    /// `1,280`.
    Comma,
    /// A number with a decimal comma: `2,5`.
    DecimalComma,
    /// A number with groups of digits: `1,234.5`.
    Grouped,
    /// A number with blanks or apostrophes between groups of digits: `1 234`, `1'234`.
    Blanks,
    /// A number with something around it: `45%`, `$12`, `5 GB`.
    Unit,
    /// No number at all.
    Word,
}

/// Returns what a text is.
#[must_use]
pub fn notation(text: &str) -> Notation {
    let text = text.trim();
    if is_missing(text.as_bytes()) || text.parse::<f64>().is_ok() {
        return Notation::Plain;
    }
    let number = |text: &str| text.parse::<f64>().is_ok();
    let bare = text.trim_start_matches(['-', '+']);
    let groups: Vec<&str> = bare.split(',').collect();
    let grouped = groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && groups[..groups.len() - 1]
            .iter()
            .all(|g| g.bytes().all(|c| c.is_ascii_digit()))
        && groups[1..groups.len() - 1]
            .iter()
            .all(|group| group.len() == 3)
        && groups.last().is_some_and(|group| {
            let whole = group.split('.').next().unwrap_or(group);
            whole.len() == 3 && number(group) && whole.bytes().all(|c| c.is_ascii_digit())
        });
    let comma = groups.len() == 2 && !bare.contains('.') && number(&bare.replace(',', "."));
    match (grouped, comma) {
        (true, true) => return Notation::Comma,
        (true, false) => return Notation::Grouped,
        (false, true) => return Notation::DecimalComma,
        (false, false) => {}
    }
    if is_grouped_by_blanks(bare) {
        return Notation::Blanks;
    }
    let inner = bare.trim_matches(|c: char| !c.is_ascii_digit() && c != '.');
    let around = bare.chars().count() - inner.chars().count();
    // A short word around one number is a unit; more is a name with digits in it.
    let letters_before = bare.chars().next().is_some_and(char::is_alphabetic);
    let commas = inner.matches(',').count();
    match !inner.is_empty()
        && around > 0
        && commas < 2
        && number(&inner.replace(',', ""))
        && around <= 6
        && !letters_before
    {
        true => Notation::Unit,
        false => Notation::Word,
    }
}

/// Whether groups of three digits have blanks or apostrophes between them.
fn is_grouped_by_blanks(text: &str) -> bool {
    let is_mark = |c: char| c == ' ' || c == '\u{a0}' || c == '\u{202f}' || c == '\'';
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
    let groups: Vec<&str> = whole.split(is_mark).collect();
    groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && groups[1..].iter().all(|group| group.len() == 3)
        && groups.iter().all(|group| digits(group))
        && digits(fraction)
}

/// Returns what to do about a text where a number is wanted.
#[must_use]
pub fn number_remedy(text: &str) -> Message {
    if text.trim_start().starts_with(['<', '>', '≤', '≥']) {
        return "a bound is no measured value: leave the row out, or measure it in range".into();
    }
    let comma = || setting::DECIMAL.to(",");
    let groups = || setting::THOUSANDS.to(",");
    match notation(text) {
        Notation::Comma => Message::from("give ")
            .setting(comma())
            .text(" if the comma begins the fraction, or ")
            .setting(groups())
            .text(" if it groups digits"),
        Notation::DecimalComma => Message::from("give ")
            .setting(comma())
            .text(" for decimal commas"),
        Notation::Grouped => Message::from("give ")
            .setting(groups())
            .text(" for digits in groups"),
        Notation::Blanks => Message::from("give ")
            .setting(setting::THOUSANDS.to(match text.contains('\'') {
                true => "'",
                false => "space",
            }))
            .text(" for digits in groups"),
        Notation::Unit => Message::from("write the number alone, in one unit"),
        Notation::Plain | Notation::Word => Message::from("give ")
            .setting(setting::NA.to(text.trim()))
            .text(" if that means a missing value"),
    }
}

/// A column of texts most of which are numbers, as they are read or in another notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddCells {
    /// The column.
    pub column: String,
    /// The first row whose text is not read as a number.
    pub row: usize,
    /// That text.
    pub text: String,
    /// Rows with such a text.
    pub odd: usize,
    /// Rows with any value.
    pub present: usize,
}

impl OddCells {
    /// Whether all are numbers, and the first shown has a zero before it: a code.
    #[must_use]
    pub fn is_code(&self) -> bool {
        let digits = self.text.trim().trim_start_matches(['-', '+']);
        self.odd == 0 && digits.len() > 1 && digits.starts_with('0') && !digits.contains('.')
    }
}

/// Whether a text is a number in some notation. A unit behind it does not make it one: `7b`
/// and `16GB` are names of sizes.
fn is_number_in_a_way(text: &str) -> bool {
    match notation(text) {
        Notation::Word => false,
        Notation::Unit => text.contains(['%', '$', '€', '£', '¥']),
        _ => true,
    }
}

/// Returns the columns of `table` that are texts because of a few of their cells, or because
/// of how their numbers are written: more than half of the values are numbers in some
/// notation. Where all are read as numbers `odd` is 0: they were texts to their writer, or
/// zeros before them make them codes.
#[must_use]
pub fn odd_cells(table: &Table) -> Vec<OddCells> {
    let odd = |(name, texts): (&str, &Texts)| {
        let plain: Vec<bool> = texts
            .levels
            .iter()
            .map(|level| notation(level) == Notation::Plain)
            .collect();
        let numbers: Vec<bool> = texts
            .levels
            .iter()
            .map(|level| is_number_in_a_way(level))
            .collect();
        let coded = |code: u32| {
            let text = texts.levels[code as usize].trim();
            text.len() > 1 && text.starts_with('0') && !text.contains('.')
        };
        let (mut odd, mut words, mut present) = (0, 0, 0);
        let (mut first, mut any) = (None, None);
        for (row, &code) in texts.codes.iter().enumerate() {
            if code == Texts::MISSING {
                continue;
            }
            present += 1;
            words += usize::from(!numbers[code as usize]);
            if any.is_none()
                || (coded(code) && !any.is_some_and(|row: usize| coded(texts.codes[row])))
            {
                any = Some(row);
            }
            if !plain[code as usize] {
                odd += 1;
                first.get_or_insert(row);
            }
        }
        let row = first.or(any)?;
        (2 * words < present).then(|| OddCells {
            column: name.to_owned(),
            row,
            text: texts.get(row).unwrap_or_default().to_owned(),
            odd,
            present,
        })
    };
    let texts = table
        .columns()
        .iter()
        .filter_map(|column| match &column.data {
            ColumnData::Text(texts) if texts.kind == TextKind::Text => {
                Some((column.name.as_str(), texts))
            }
            _ => None,
        });
    texts.filter_map(odd).collect()
}

/// Most levels of a column that are compared letter by letter.
const MOST_LEVELS: usize = 2000;

/// How many times as often a word is met as what may be a slip of it.
const USUAL: usize = 10;

/// Whether two words without digits are the same but for one letter, or for two that
/// have changed places.
fn one_letter_apart(one: &str, other: &str) -> bool {
    const LEAST: usize = 5;
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let is_code = |text: &[char]| text.iter().any(|c| c.is_numeric());
    if a.len().min(b.len()) < LEAST || is_code(&a) || is_code(&b) {
        return false;
    }
    let same = |(x, y): &(&char, &char)| x == y;
    let before = a.iter().zip(&b).take_while(same).count();
    let (a, b) = (&a[before..], &b[before..]);
    let after = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (&a[..a.len() - after], &b[..b.len() - after]);
    let letters = a.iter().chain(b).all(|c| c.is_alphabetic());
    letters
        && match (a, b) {
            ([], []) => false,
            ([a, c], [b, d]) => a == d && b == c,
            _ => a.len() <= 1 && b.len() <= 1,
        }
}

/// Returns pairs of texts of a column that differ in case, blanks, `-` and `_` only, or
/// of which one is rare and like the other but for a letter: the rarer first.
#[must_use]
pub fn near_texts(texts: &Texts) -> Vec<(String, String)> {
    let mut counts = vec![0_usize; texts.levels.len()];
    for &code in &texts.codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut pairs = Vec::new();
    let mut order: Vec<usize> = (0..counts.len()).filter(|&at| counts[at] > 0).collect();
    order.sort_by(|&a, &b| {
        let by_name = texts.levels[a].cmp(&texts.levels[b]);
        counts[b].cmp(&counts[a]).then(by_name)
    });
    for at in order {
        let level = &texts.levels[at];
        let folded = without_spelling(level);
        // Signs alone, such as - and _, are no spelling of each other, and -1 is none of 1.
        if folded.is_empty() || level.parse::<f64>().is_ok() {
            continue;
        }
        match first.get(&folded) {
            Some(&other) => pairs.push((level.clone(), texts.levels[other].clone())),
            None => {
                first.insert(folded, at);
            }
        }
    }
    pairs.extend(slips(texts, &counts));
    pairs.sort_unstable();
    pairs.dedup_by(|a, b| a.0 == b.0);
    pairs
}

/// Rare texts that are a usual one but for a letter.
fn slips(texts: &Texts, counts: &[usize]) -> Vec<(String, String)> {
    let met: Vec<usize> = (0..counts.len()).filter(|&at| counts[at] > 0).collect();
    if met.len() > MOST_LEVELS {
        return Vec::new();
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let rare = met.iter().filter(|&&at| USUAL * counts[at] <= most);
    let pair = |&at: &usize| {
        let level = &texts.levels[at];
        let usual = met.iter().map(|&other| &texts.levels[other]);
        let mut usual = usual.zip(met.iter().map(|&other| counts[other]));
        let other = usual.find(|(other, count)| {
            USUAL * counts[at] <= *count && one_letter_apart(level, other)
        })?;
        Some((level.clone(), other.0.clone()))
    };
    rare.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    #[test]
    fn texts_are_told_by_their_form() {
        for (text, form) in [
            ("1.5", Notation::Plain),
            ("NA", Notation::Plain),
            ("2,5", Notation::DecimalComma),
            ("-12,75", Notation::DecimalComma),
            ("1,280", Notation::Comma),
            ("1,234.5", Notation::Grouped),
            ("1,234,567", Notation::Grouped),
            ("45%", Notation::Unit),
            ("$12", Notation::Unit),
            ("5 GB", Notation::Unit),
            ("1 234", Notation::Blanks),
            ("1'234'567.5", Notation::Blanks),
            ("12 34", Notation::Word),
            ("-", Notation::Word),
            ("auto", Notation::Word),
            ("A100", Notation::Word),
            ("1,2,3", Notation::Word),
        ] {
            assert_eq!(notation(text), form, "{text}");
        }
        assert!(number_remedy(" - ").to_string().contains("'na' = -"));
        assert!(
            number_remedy("1 234")
                .to_string()
                .contains("'thousands' = space")
        );
        assert!(number_remedy("2,5").to_string().contains("'decimal' = ,"));
    }

    #[test]
    fn one_odd_cell_among_numbers_is_found() {
        let column = |name: &str, cells: &[&str]| Column {
            name: name.to_owned(),
            data: ColumnData::Text(Texts::from_rows(cells.iter().map(|cell| Some(*cell)))),
        };
        let table = Table::new(vec![
            column("regs", &["16", "32", "-", "NA"]),
            column("gpu", &["A", "B", "7", "C"]),
            column("code", &["007", "010", "1", "2"]),
        ]);
        let found = odd_cells(&table);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].row, found[0].odd, found[0].present), (2, 1, 4));
        assert_eq!((found[1].text.as_str(), found[1].odd), ("007", 0));
        assert!(found[1].is_code() && !found[0].is_code());
        let others = Table::new(vec![
            column("share", &["45%", "30%", "12%"]),
            column("size", &["7b", "13b", "70b"]),
            column("text", &["16", "32", "16"]),
            column("comma", &["2,5", "3,5", "4"]),
        ]);
        let found = odd_cells(&others);
        let names: Vec<&str> = found.iter().map(|odd| odd.column.as_str()).collect();
        assert_eq!(names, ["share", "text", "comma"]);
        assert!(found[1].odd == 0 && !found[1].is_code());
    }

    #[test]
    fn spellings_that_mean_the_same_are_near() {
        let rows = ["A100", "a100", "A100", "MI-210", "MI210", "L40", "MI210"];
        let near = near_texts(&Texts::from_rows(rows.map(Some)));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(near, [pair("MI-210", "MI210"), pair("a100", "A100")]);
    }

    #[test]
    fn a_rare_word_that_lacks_a_letter_is_near() {
        let usual = ["plastic"; 20];
        let near = |rare: &str| {
            let rows = usual.iter().copied().chain([rare]);
            near_texts(&Texts::from_rows(rows.map(Some))).len()
        };
        for slip in ["plastc", "plasticc", "plactic", "plsatic"] {
            assert_eq!(near(slip), 1, "{slip}");
        }
        for other in ["plas", "elastics", "plastic2", "static"] {
            assert_eq!(near(other), 0, "{other}");
        }
        // As frequent as the other it is a word of its own.
        let rows = ["metal"; 9].into_iter().chain(["metals"; 9]);
        assert!(near_texts(&Texts::from_rows(rows.map(Some))).is_empty());
    }
}
