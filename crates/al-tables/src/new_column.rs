//! Columns to add to a frame.

use polars_core::prelude::{
    BooleanChunked, Float32Chunked, Float64Chunked, Int64Chunked, IntoSeries, NewChunkedArray,
    PlSmallStr, Series, StringChunked,
};

/// A column to add to a [`Frame`](crate::Frame).
#[derive(Debug, Clone, PartialEq)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// Its values.
    pub data: NewData,
}

/// The values of a new column.
#[derive(Debug, Clone, PartialEq)]
pub enum NewData {
    /// Numbers; NaN is missing, infinities stay.
    Float(Vec<f64>),
    /// Numbers in single precision; NaN is missing, infinities stay.
    Single(Vec<f32>),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// Texts.
    Text(Vec<Option<String>>),
    /// Texts out of a few: per row the index of its text in `levels`; an index
    /// beyond them is missing.
    Labels {
        /// Per row the index of its text.
        codes: Vec<u32>,
        /// The texts.
        levels: Vec<String>,
    },
    /// Truth values.
    Bool(Vec<bool>),
}

impl NewData {
    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            NewData::Float(values) => values.len(),
            NewData::Single(values) => values.len(),
            NewData::Integer(values) => values.len(),
            NewData::Text(values) => values.len(),
            NewData::Labels { codes, .. } => codes.len(),
            NewData::Bool(values) => values.len(),
        }
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A new column.
pub(crate) fn new_series(name: &str, data: NewData) -> Series {
    let name = PlSmallStr::from_str(name);
    match data {
        NewData::Float(values) => float_series(name, values),
        NewData::Single(values) => {
            let rows = values
                .into_iter()
                .map(|value| (!value.is_nan()).then_some(value + 0.0));
            Float32Chunked::from_iter_options(name, rows).into_series()
        }
        NewData::Integer(values) => Int64Chunked::from_vec(name, values).into_series(),
        NewData::Text(rows) => {
            StringChunked::from_iter_options(name, rows.into_iter()).into_series()
        }
        NewData::Labels { codes, levels } => {
            let rows = codes
                .into_iter()
                .map(|code| levels.get(code as usize).map(String::as_str));
            StringChunked::from_iter_options(name, rows).into_series()
        }
        NewData::Bool(values) => {
            BooleanChunked::from_iter_options(name, values.into_iter().map(Some)).into_series()
        }
    }
}

/// Numbers, missing where NaN; −0 is 0.
pub(crate) fn float_series(name: PlSmallStr, mut values: Vec<f64>) -> Series {
    values.iter_mut().for_each(|value| *value += 0.0);
    if values.iter().any(|value| value.is_nan()) {
        let rows = values
            .into_iter()
            .map(|value| (!value.is_nan()).then_some(value));
        Float64Chunked::from_iter_options(name, rows).into_series()
    } else {
        Float64Chunked::from_vec(name, values).into_series()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_have_no_sign() {
        let double = new_series("a", NewData::Float(vec![-0.0, f64::NAN, -1.0]));
        let double = double.f64().unwrap();
        assert_eq!(double.get(0).map(f64::to_bits), Some(0));
        assert_eq!([double.get(1), double.get(2)], [None, Some(-1.0)]);
        let single = new_series("a", NewData::Single(vec![-0.0]));
        let first = single.f32().unwrap().get(0);
        assert_eq!(first.map(f32::to_bits), Some(0));
    }
}
