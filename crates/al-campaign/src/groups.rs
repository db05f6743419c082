//! Rows that belong together, and which rows a model is evaluated on.

use std::borrow::Cow;
use std::collections::HashMap;

use al_core::{
    ColumnData, DataError, Fault, Key, Message, Observed, Role, Table, encoder, setting,
};
use al_tables::Input;

use crate::options::TrainOptions;

/// From what evaluation rows are chosen, if some are set aside.
#[derive(Debug, Clone, PartialEq)]
pub enum EvaluationRows {
    /// Single configurations.
    Random,
    /// Whole values of a column: a hash per row.
    Whole(Vec<u64>),
    /// Nothing is chosen: these rows are.
    These(Vec<bool>),
}

impl EvaluationRows {
    /// The hashes of the values of which rows were set aside, if whole values were.
    pub(crate) fn held_out(&self, rows: &Observed) -> Vec<u64> {
        let EvaluationRows::Whole(hashes) = self else {
            return Vec::new();
        };
        let held = rows.with(&[Role::Evaluation]).into_iter();
        let mut held: Vec<u64> = held.map(|row| hashes[row]).collect();
        held.sort_unstable();
        held.dedup();
        held
    }
}

/// The values of a column of which all rows were held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOutValues {
    /// The column.
    pub column: String,
    /// The values, as they first stand in the table.
    pub values: Vec<String>,
    /// How many values there are, with those that were not held out.
    pub of: usize,
}

/// The values of the rows `held` of a table, in which rows are told apart by a column;
/// `None` where they are not. `source` are the rows that could be held out.
pub(crate) fn held_out_values(
    table: &Table,
    source: &[usize],
    held: &[bool],
    options: &TrainOptions,
) -> Option<HeldOutValues> {
    let column = options.holdout_by.as_ref().or(options.group.as_ref())?;
    let texts = encoder::texts(table, column).ok()?;
    let mut known: HashMap<u32, bool> = HashMap::new();
    let mut values = Vec::new();
    for (&row, &is_held) in source.iter().zip(held) {
        let is_new = known.insert(texts.codes[row], is_held).is_none();
        if is_held && is_new {
            values.extend(texts.get(row).map(str::to_owned));
        }
    }
    (!values.is_empty()).then(|| HeldOutValues {
        column: column.clone(),
        values,
        of: known.len(),
    })
}

/// Per row of `table` a hash of its value in `column`, which is not 0.
///
/// # Errors
///
/// A missing value.
fn hashes(
    input: &Input,
    table: &Table,
    column: &str,
    options: &TrainOptions,
) -> Result<Vec<u64>, Fault> {
    let fault = |error: DataError| input.fault(&error);
    let structure = options
        .structure
        .as_ref()
        .filter(|(name, _)| name == column);
    let texts = match structure {
        // Spellings of one structure belong together.
        Some((_, kind)) => {
            let read = encoder::structures(table, column, kind).map_err(fault)?;
            Cow::Owned(read.canonical())
        }
        None => encoder::texts(table, column).map_err(fault)?,
    };
    let mut known: HashMap<u32, u64> = HashMap::new();
    (0..table.n_rows())
        .map(|row| {
            let name = texts.get(row).ok_or_else(|| {
                Fault::data(format!("the column '{column}' is empty here"))
                    .remedy("fill it in: it says which rows belong together")
                    .at(input.place(row))
            })?;
            let hash = || {
                let bytes = Key::of_id(name).bytes();
                let (half, _) = bytes.split_at(8);
                u64::from_le_bytes(half.try_into().expect("eight bytes")).max(1)
            };
            Ok(*known.entry(texts.codes[row]).or_insert_with(hash))
        })
        .collect()
}

/// The group of each of the rows `source`; 0 of all without groups.
pub(crate) fn groups(
    input: &Input,
    table: &Table,
    source: &[usize],
    options: &TrainOptions,
) -> Result<Vec<u64>, Fault> {
    let Some(column) = &options.group else {
        return Ok(vec![0; source.len()]);
    };
    let hashes = hashes(input, table, column, options)?;
    Ok(source.iter().map(|&row| hashes[row]).collect())
}

/// Per row of `table` a number that differs where measurements of one configuration are not
/// repeats of each other: they are of two groups or, in a table to train on, on the two
/// sides of what is held out.
pub(crate) fn apart(
    input: &Input,
    table: &Table,
    options: &TrainOptions,
    trains: bool,
) -> Result<Vec<u64>, Fault> {
    let mut apart = vec![0_u64; table.n_rows()];
    let held = options.holdout_by.as_ref().filter(|_| trains);
    for column in options.group.iter().chain(held) {
        for (all, hash) in apart.iter_mut().zip(hashes(input, table, column, options)?) {
            *all = all.rotate_left(1) ^ hash;
        }
    }
    if let Some((column, value)) = options.eval_after.as_ref().filter(|_| trains) {
        for (all, is_after) in apart.iter_mut().zip(after(input, table, column, value)?) {
            *all = all.rotate_left(1) ^ u64::from(is_after);
        }
    }
    if !trains {
        for (all, held) in apart.iter_mut().zip(held_out(input, table, options)?) {
            *all = all.rotate_left(1) ^ u64::from(held);
        }
    }
    Ok(apart)
}

/// Per row of new results whether it is of a value that is held out for evaluation; of
/// results without the column that tells, none is.
pub(crate) fn held_out(
    input: &Input,
    table: &Table,
    options: &TrainOptions,
) -> Result<Vec<bool>, Fault> {
    let by = options.held_out_by();
    match by.filter(|column| table.column(column).is_some()) {
        None => Ok(vec![false; table.n_rows()]),
        Some(column) => {
            let hashes = hashes(input, table, column, options)?;
            let held = |hash: &u64| options.held_out.binary_search(hash).is_ok();
            Ok(hashes.iter().map(held).collect())
        }
    }
}

/// Results from which evaluation rows are chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choosable<'a> {
    /// The row of the table that each came from.
    pub source: &'a [usize],
    /// The group of each.
    pub groups: &'a [u64],
    /// Those that worked.
    pub worked: &'a [usize],
}

/// From what evaluation rows are to be chosen among `results`.
pub(crate) fn evaluation_rows(
    input: &Input,
    table: &Table,
    results: Choosable<'_>,
    options: &TrainOptions,
) -> Result<EvaluationRows, Fault> {
    let of = |rows: &[u64]| results.source.iter().map(|&row| rows[row]).collect();
    if let Some((column, value)) = &options.eval_after {
        let after = after(input, table, column, value)?;
        let these: Vec<bool> = results.source.iter().map(|&row| after[row]).collect();
        let worked = || results.worked.iter().map(|&row| these[row]);
        let problem = match (worked().any(|is| is), worked().all(|is| is)) {
            (true, false) => return Ok(EvaluationRows::These(these)),
            (_, true) => {
                format!("every row has a '{column}' above {value}: none is left to learn from")
            }
            (false, _) if after.contains(&true) => {
                format!("no row that worked has a '{column}' above {value}")
            }
            (false, _) => format!("no row has a '{column}' above {value}"),
        };
        let remedy = Message::from("give another value to ").setting(setting::EVAL_AFTER);
        return Err(Fault::data(problem).remedy(remedy).at(input.name()));
    }
    match (&options.holdout_by, &options.group) {
        (Some(column), _) => Ok(EvaluationRows::Whole(of(&hashes(
            input, table, column, options,
        )?))),
        (None, Some(_)) => Ok(EvaluationRows::Whole(results.groups.to_vec())),
        (None, None) => Ok(EvaluationRows::Random),
    }
}

/// Per row of `table` whether its value in `column` is above `value`: as numbers, or as
/// dates of ISO 8601. A missing value is not.
fn after(input: &Input, table: &Table, column: &str, value: &str) -> Result<Vec<bool>, Fault> {
    let wrong = |problem: String, remedy: &'static str| {
        Fault::data(problem).remedy(remedy).at(input.name())
    };
    match table.column(column) {
        None => Err(input.fault(&DataError::MissingColumn {
            column: column.to_owned(),
        })),
        Some(ColumnData::Number(numbers)) => {
            let bound: f64 = value.trim().parse().map_err(|_| {
                let problem = format!("the column '{column}' has numbers, and '{value}' is none");
                wrong(problem, "give a number")
            })?;
            Ok(numbers.values.iter().map(|&value| value > bound).collect())
        }
        Some(ColumnData::Text(texts)) => {
            let odd = std::iter::once(value)
                .chain((0..texts.codes.len()).filter_map(|row| texts.get(row)))
                .find(|text| moment(text).is_none());
            if let Some(odd) = odd {
                let problem = format!("'{odd}' has no order among the values of '{column}'");
                return Err(wrong(problem, "use numbers, or dates such as 2026-05-31"));
            }
            let bound = moment(value);
            let later = |row| texts.get(row).is_some_and(|text| moment(text) > bound);
            Ok((0..texts.codes.len()).map(later).collect())
        }
    }
}

/// Nanoseconds to the moment that a text of ISO 8601 names, such as 2026-05-31,
/// 2026-05-31 12:00 or 2026-05-31T12:00:00.5+02:00; a date alone is the end of its day, and a
/// time without a zone is taken as one of UTC.
fn moment(text: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    let text = text.trim();
    let date = text.get(..10)?;
    let part = |from: usize, to: usize| whole(date.get(from..to)?);
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let parted = date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-';
    if !parted || !(1..=days).contains(&day) {
        return None;
    }
    let day = i128::from(days_to(year, month, day)) * 86_400;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some((day + 86_400) * SECOND - 1);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    let mut parts = clock.trim_end().splitn(3, ':');
    let (hour, minute) = (whole(parts.next()?)?, whole(parts.next()?)?);
    let (second, fraction) = parts.next().map_or(("0", ""), |second| {
        second.split_once('.').unwrap_or((second, ""))
    });
    let second = whole(second)?;
    let fraction = match fraction.len() {
        0 => 0,
        1..=9 => i128::from(whole(&format!("{fraction:0<9}"))?),
        _ => return None,
    };
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let offset = match zone.trim_end().split_at_checked(1) {
        None | Some(("Z" | "z", "")) => 0,
        Some((sign, hours)) => {
            let hours = hours.replace(':', "");
            let minutes = match hours.len() {
                2 => 60 * whole(&hours)?,
                4 => 60 * whole(&hours[..2])? + whole(&hours[2..])?,
                _ => return None,
            };
            if sign == "-" { -minutes } else { minutes }
        }
    };
    let seconds = day + i128::from(3600 * hour + 60 * (minute - offset) + second);
    Some(seconds * SECOND + fraction)
}

/// The number of a text of digits.
fn whole(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Days from 1 March of the year 0 to a date (the years of the Gregorian calendar begin in
/// March, so that leap days come last).
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_each_other() {
        for odd in [
            "31.05.2026",
            "2026-5-31",
            "v1.10",
            "",
            "2026-05",
            "2026-99-99",
            "2026-02-29",
            "2026-05-31T",
            "2026-05-31 12",
            "2026-05-31 12:00 noon",
            "2026-05-31x",
        ] {
            assert_eq!(moment(odd), None, "{odd}");
        }
        let ordered = [
            "2024-02-29",
            "2026-05-30",
            "2026-05-31 00:00:00",
            "2026-05-31T12:00:00",
            "2026-05-31T12:00:00.000001",
            "2026-05-31",
            "2026-06-01T00:00:00",
            "2026-06-01T01:30+01:00",
            "2027-01-01",
        ];
        assert!(ordered.is_sorted_by(|a, b| moment(a).unwrap() < moment(b).unwrap()));
        for (one, other) in [
            ("2026-05-31 12:00", "2026-05-31T12:00:00.000000"),
            ("2026-05-31T23:30+02:00", "2026-05-31T21:30:00Z"),
            ("2026-05-31T23:30-0130", "2026-06-01 01:00:00+00:00"),
        ] {
            assert_eq!(moment(one), moment(other), "{one}");
        }
    }
}
