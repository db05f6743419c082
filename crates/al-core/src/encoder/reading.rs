//! Columns of a table read as what a schema says they are.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;

use crate::error::DataError;
use crate::key::{Key, KeyBuilder, canonical_number};
use crate::schema::{Kind, Schema};
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
            Kind::Categorical { .. } => Ok(Hashed::Texts(texts(table, &feature.name)?)),
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
            let parsed: Vec<Option<f64>> = texts
                .levels
                .iter()
                .map(|level| level.trim().parse::<f64>().ok())
                .collect();
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
    match numbers
        .values
        .par_iter()
        .position_first(|v| v.is_infinite())
    {
        None => Ok(numbers),
        Some(row) => Err(DataError::Infinite {
            row,
            column: name.to_owned(),
        }),
    }
}

/// A column read as texts, numbers in canonical form.
///
/// # Errors
///
/// The column is missing.
pub fn texts<'a>(table: &'a Table, name: &str) -> Result<Cow<'a, Texts>, DataError> {
    Ok(match column(table, name)? {
        ColumnData::Text(texts) => Cow::Borrowed(texts),
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
                    let canonical = if value == 0.0 { 0.0 } else { value };
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

fn column<'a>(table: &'a Table, name: &str) -> Result<&'a ColumnData, DataError> {
    table.column(name).ok_or_else(|| DataError::MissingColumn {
        column: name.to_owned(),
    })
}
