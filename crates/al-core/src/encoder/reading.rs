//! Columns of a table read as what a schema says they are.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;

use super::cells::column;
use super::structures::structures;
use crate::error::DataError;
use crate::key::{Key, KeyBuilder, canonical_number, to_twelve_digits};
use crate::schema::{Feature, Kind, Schema};
use crate::spelling::{canonical_text, is_missing};
use crate::table::{ColumnData, Numbers, Table, Texts};

/// The identity of each row of `table`: the hash of the values of `schema`'s
/// features in their order.
///
/// # Errors
///
/// As [`Encoder::fit`](super::Encoder::fit).
pub fn feature_keys(schema: &Schema, table: &Table) -> Result<Vec<Key>, DataError> {
    enum Hashed<'a> {
        Numbers(Cow<'a, Numbers>),
        Texts(Cow<'a, Texts>),
    }
    let columns = schema
        .features
        .iter()
        .map(|feature| match feature.kind {
            Kind::Numeric => Ok(Hashed::Numbers(numbers(table, &feature.name)?)),
            _ => Ok(Hashed::Texts(feature_texts(table, feature)?)),
        })
        .collect::<Result<Vec<_>, DataError>>()?;
    Ok((0..table.n_rows())
        .into_par_iter()
        .with_min_len(1024)
        .map_init(KeyBuilder::new, |builder, row| {
            for column in &columns {
                match column {
                    Hashed::Numbers(numbers) => match numbers.exact.get(&row) {
                        Some(&exact) => builder.wide_integer(exact),
                        None => builder.number(numbers.values[row]),
                    },
                    Hashed::Texts(texts) => match texts.get(row) {
                        Some(text) => builder.text(text),
                        None => builder.missing(),
                    },
                }
            }
            builder.finish()
        })
        .collect())
}

/// A feature that is no number, read as the texts that tell its values apart: categories in
/// their canonical spelling, structures in theirs.
///
/// # Errors
///
/// The column is missing, or a value is no structure.
pub fn feature_texts<'a>(table: &'a Table, feature: &Feature) -> Result<Cow<'a, Texts>, DataError> {
    match &feature.kind {
        Kind::Structure(kind) => {
            let read = structures(table, &feature.name, kind)?;
            Ok(Cow::Owned(read.canonical()))
        }
        _ => texts(table, &feature.name),
    }
}

/// A column read as numbers.
///
/// # Errors
///
/// The column is missing, holds a text that is no number, or an infinite
/// number.
pub fn numbers<'a>(table: &'a Table, name: &str) -> Result<Cow<'a, Numbers>, DataError> {
    let numbers = match column(table, name)? {
        ColumnData::Number(numbers) => Cow::Borrowed(numbers),
        ColumnData::Text(texts) => {
            let number = |level: &String| match level.trim() {
                text if is_missing(text.as_bytes()) => Some(f64::NAN),
                text => text.parse::<f64>().ok(),
            };
            let parsed: Vec<Option<f64>> = texts.levels.iter().map(number).collect();
            let mut values = Vec::with_capacity(texts.codes.len());
            for (row, &code) in texts.codes.iter().enumerate() {
                values.push(match code {
                    Texts::MISSING => f64::NAN,
                    code => parsed[code as usize].ok_or_else(|| DataError::NotANumber {
                        row,
                        column: name.to_owned(),
                        text: texts.levels[code as usize].clone(),
                    })?,
                });
            }
            Cow::Owned(Numbers::from(values))
        }
    };
    match numbers.values.iter().position(|v| v.is_infinite()) {
        None => Ok(numbers),
        Some(row) => Err(DataError::Infinite {
            row,
            column: name.to_owned(),
        }),
    }
}

/// A column read as texts in their canonical spelling, numbers in canonical form.
///
/// # Errors
///
/// The column is missing.
pub fn texts<'a>(table: &'a Table, name: &str) -> Result<Cow<'a, Texts>, DataError> {
    Ok(match column(table, name)? {
        ColumnData::Text(texts) => spelled(texts),
        ColumnData::Number(numbers) if numbers.exact.is_empty() => {
            // Few distinct numbers are written often: each is formatted once.
            let mut index: HashMap<u64, u32> = HashMap::new();
            let mut levels = Vec::new();
            let codes = numbers
                .values
                .iter()
                .map(|&value| {
                    if value.is_nan() {
                        return Texts::MISSING;
                    }
                    let canonical = to_twelve_digits(value);
                    *index.entry(canonical.to_bits()).or_insert_with(|| {
                        levels.push(canonical_number(canonical));
                        levels.len() as u32 - 1
                    })
                })
                .collect();
            Cow::Owned(Texts {
                codes,
                levels,
                kind: crate::table::TextKind::Text,
            })
        }
        data @ ColumnData::Number(_) => {
            Cow::Owned(Texts::from_rows((0..data.len()).map(|row| data.text(row))))
        }
    })
}

/// The texts in their canonical spelling.
fn spelled(texts: &Texts) -> Cow<'_, Texts> {
    let canonical = texts.levels.iter().map(|level| canonical_text(level));
    let same = |(a, b): (Cow<'_, str>, &String)| !b.is_empty() && a == b.as_str();
    if canonical.clone().zip(&texts.levels).all(same) {
        return Cow::Borrowed(texts);
    }
    let mut index: HashMap<Cow<'_, str>, u32> = HashMap::new();
    let mut levels = Vec::new();
    let codes: Vec<u32> = canonical
        .map(|level| {
            // No CSV file can tell an empty text from none.
            if level.is_empty() {
                return Texts::MISSING;
            }
            *index.entry(level).or_insert_with_key(|level| {
                levels.push(level.clone().into_owned());
                levels.len() as u32 - 1
            })
        })
        .collect();
    let code = |&code: &u32| codes.get(code as usize).copied();
    Cow::Owned(Texts {
        codes: texts
            .codes
            .iter()
            .map(|old| code(old).unwrap_or(Texts::MISSING))
            .collect(),
        levels,
        kind: texts.kind.clone(),
    })
}
