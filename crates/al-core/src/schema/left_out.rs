//! Columns that say nothing of what a row is.

use std::collections::HashSet;

use crate::table::{ColumnData, TextKind, Texts};

/// Fewest values of which the share of distinct texts tells names from categories: of
/// five rows three may well be of different hardware.
const MANY: usize = 20;

/// Names that writers of tables give to the numbers of rows, whatever stands there.
const NUMBERS: [&str; 2] = ["Unnamed: ", "__index_level_"];

/// Names that they give to them, too, and that may mean something else: they number the
/// rows if no number comes twice.
const PERHAPS_NUMBERS: [&str; 13] = [
    "index",
    "row_nr",
    "row_number",
    "row_index",
    "rownames",
    "rowid",
    "level_0",
    "...1",
    "row",
    "idx",
    "#",
    "no",
    "no.",
];

/// How many of them, the first, number rows also where counting begins anew, as in tables
/// that were put one below the other. The `row` of a grid may count so, too.
const ANEW: usize = 8;

/// Why a column that nobody named is not a feature.
pub(super) fn left_out(name: &str, data: &ColumnData, written: &[String]) -> Option<String> {
    if written.iter().any(|other| other == name) {
        return Some("altool writes a column of this name".to_owned());
    }
    if numbers_rows(name, data) {
        return Some("it numbers the rows".to_owned());
    }
    let ColumnData::Text(texts) = data else {
        return None;
    };
    match &texts.kind {
        TextKind::Bool => None,
        TextKind::Date => Some("it holds dates or times".to_owned()),
        TextKind::Other(kind) => Some(format!("it holds values of type {kind}")),
        TextKind::Text if dates(texts) => Some("it holds dates or times".to_owned()),
        TextKind::Text => {
            let used: HashSet<u32> = texts.codes.iter().copied().collect();
            let present = texts
                .codes
                .iter()
                .filter(|&&code| code != Texts::MISSING)
                .count();
            let distinct = used.len() - usize::from(present < texts.codes.len());
            (present >= MANY && 2 * distinct > present).then(|| {
                format!("more than half of its texts are distinct ({distinct} of {present})")
            })
        }
    }
}

/// Whether all texts are dates or times in ISO 8601, as a CSV writes them.
fn dates(texts: &Texts) -> bool {
    !texts.levels.is_empty() && texts.levels.iter().all(|level| is_date(level.trim()))
}

/// `2024-01-31`, with or without `T12:00`, seconds, and a zone.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let is_day = matches!(parts[..], [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2));
    is_day
        && time.is_none_or(|time| {
            let clock = time.trim_end_matches('Z');
            let clock = clock.split(['+', '-']).next().unwrap_or(clock);
            let clock = clock.split('.').next().unwrap_or(clock);
            let parts: Vec<&str> = clock.split(':').collect();
            (2..=3).contains(&parts.len()) && parts.iter().all(|part| digits(part, 2))
        })
}

/// Whether a column holds the numbers of the rows, as pandas, polars and R write them
/// beside the data.
fn numbers_rows(name: &str, data: &ColumnData) -> bool {
    let numbered = |prefix: &&str| {
        let rest = name
            .strip_prefix(*prefix)
            .map(|rest| rest.trim_end_matches('_'));
        let digits = |c: u8| c.is_ascii_digit() || c == b'.';
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(digits))
    };
    if name.is_empty() || NUMBERS.iter().any(numbered) {
        return true;
    }
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    (PERHAPS_NUMBERS.iter().any(|other| is(other)) && all_differ(data))
        || (PERHAPS_NUMBERS[..ANEW].iter().any(|other| is(other)) && counts_anew(data))
        || (is("id") && counts_up(data))
}

/// Whether the values are whole numbers of which none comes twice.
fn all_differ(data: &ColumnData) -> bool {
    let ColumnData::Number(numbers) = data else {
        return false;
    };
    let mut values = numbers.values.clone();
    let whole = values
        .iter()
        .all(|value| value.fract() == 0.0 && *value >= 0.0);
    values.sort_unstable_by(f64::total_cmp);
    whole && values.len() > 1 && values.windows(2).all(|pair| pair[0] < pair[1])
}

/// Whether the values are 0, 1, 2 and so on, or begin with 1.
fn counts_up(data: &ColumnData) -> bool {
    let ColumnData::Number(numbers) = data else {
        return false;
    };
    let first = numbers.values.first().copied().unwrap_or(f64::NAN);
    let mut rows = numbers.values.iter().enumerate();
    numbers.values.len() > 1
        && (first == 0.0 || first == 1.0)
        && rows.all(|(row, &value)| value == first + row as f64)
}

/// Whether the values count up from 0 or from 1 and begin anew now and then.
fn counts_anew(data: &ColumnData) -> bool {
    let ColumnData::Number(numbers) = data else {
        return false;
    };
    let values = &numbers.values;
    let first = values.first().copied().unwrap_or(f64::NAN);
    let begins = values.iter().filter(|&&value| value == first).count();
    (first == 0.0 || first == 1.0)
        && 2 * begins <= values.len()
        && values
            .windows(2)
            .all(|pair| pair[1] == pair[0] + 1.0 || pair[1] == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Numbers;

    fn number(values: &[f64]) -> ColumnData {
        ColumnData::Number(Numbers::from(values.to_vec()))
    }

    #[test]
    fn numbers_of_rows_are_told_by_name_and_by_counting() {
        let any = number(&[60.0, 7.0, 7.0]);
        let counting = number(&[0.0, 1.0, 2.0]);
        for name in ["", "Unnamed: 0", "Unnamed: 0.1", "__index_level_0__"] {
            assert!(numbers_rows(name, &any), "{name}");
        }
        for name in ["index", "Id"] {
            assert!(
                numbers_rows(name, &counting) && !numbers_rows(name, &any),
                "{name}"
            );
        }
        assert!(numbers_rows("index", &number(&[4.0, 0.0, 60.0])));
        assert!(!numbers_rows("id", &number(&[4.0, 0.0, 60.0])));
        // Two tables, one below the other.
        let anew = number(&[0.0, 1.0, 2.0, 0.0, 1.0]);
        assert!(numbers_rows("index", &anew) && numbers_rows("Row_Nr", &anew));
        assert!(!numbers_rows("row", &anew) && !numbers_rows("id", &anew));
        for other in [
            &[0.0, 0.0, 1.0, 1.0],
            &[2.0, 3.0, 2.0, 3.0],
            &[0.0, 2.0, 0.0, 2.0],
        ] {
            assert!(!numbers_rows("index", &number(other)), "{other:?}");
        }
        for name in ["n", "x", "Unnamed: x", "__index_level_"] {
            assert!(!numbers_rows(name, &counting), "{name}");
        }
    }

    #[test]
    fn few_rows_do_not_tell_names_from_categories() {
        let names = |n: usize| {
            let rows = (0..n).map(|row| Some(format!("gpu{row}")));
            left_out("gpu", &ColumnData::Text(Texts::from_rows(rows)), &[])
        };
        assert_eq!(names(5), None);
        assert!(names(20).is_some());
    }

    #[test]
    fn dates_of_a_csv_are_left_out() {
        for text in [
            "2024-01-31",
            "2024-01-31T12:00",
            "2024-01-31 12:00:05.25",
            "2024-01-31T12:00:05Z",
            "2024-01-31T12:00:05+01:00",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in ["2024-01", "llama-2-7b", "12:00", "2024-01-31Tnoon", ""] {
            assert!(!is_date(text), "{text}");
        }
    }
}
