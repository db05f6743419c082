//! Rows that belong together, and which rows a model is evaluated on.

use std::collections::HashMap;

use al_core::{ColumnData, DataError, Fault, Key, Message, Table, encoder, setting};
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

/// Per row of `table` a hash of its value in `column`, which is not 0.
///
/// # Errors
///
/// A missing value.
fn hashes(input: &Input, table: &Table, column: &str) -> Result<Vec<u64>, Fault> {
    let texts = encoder::texts(table, column).map_err(|error: DataError| input.fault(&error))?;
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
    let hashes = hashes(input, table, column)?;
    Ok(source.iter().map(|&row| hashes[row]).collect())
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
            (false, _) => format!("no row has a '{column}' above {value}"),
        };
        let remedy = Message::from("give another value to ").setting(setting::EVAL_AFTER);
        return Err(Fault::data(problem).remedy(remedy).at(input.name()));
    }
    match (&options.holdout_by, &options.group) {
        (Some(column), _) => Ok(EvaluationRows::Whole(of(&hashes(input, table, column)?))),
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
                .find(|text| !is_date(text.trim()));
            if let Some(odd) = odd {
                let problem = format!("'{odd}' has no order among the values of '{column}'");
                return Err(wrong(problem, "use numbers, or dates such as 2026-05-31"));
            }
            let bound = comparable(value);
            let later = |row| texts.get(row).is_some_and(|text| comparable(text) > bound);
            Ok((0..texts.codes.len()).map(later).collect())
        }
    }
}

/// Dates as texts that sort as they follow each other: a date is the end of its day.
fn comparable(text: &str) -> String {
    let text = text.trim().replace('T', " ");
    match text.len() {
        10 => text + " ~",
        _ => text,
    }
}

/// Whether a text begins with a date of ISO 8601, such as 2026-05-31.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        let part = bytes.get(from..to);
        part.is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    digits(0, 4) && digits(5, 7) && digits(8, 10) && bytes[4] == b'-' && bytes[7] == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_each_other() {
        assert!(is_date("2026-05-31") && is_date("2026-05-31T12:00:00Z"));
        for odd in ["31.05.2026", "2026-5-31", "v1.10", "", "2026-05"] {
            assert!(!is_date(odd), "{odd}");
        }
        let ordered = [
            "2026-05-30",
            "2026-05-31 00:00:00",
            "2026-05-31T12:00:00",
            "2026-05-31",
            "2026-06-01T00:00:00",
        ];
        assert!(ordered.is_sorted_by_key(|text| comparable(text)));
    }
}
