//! Frames as [`al_core::Table`]s, and back.

use std::collections::BTreeMap;

use al_core::key::shortest_single;
use al_core::{Column, ColumnData, Numbers, Table, TextKind, Texts};
use polars_core::prelude::{
    BooleanChunked, ChunkedArray, DataFrame, DataType, Int64Chunked, Int128Chunked, IntoColumn,
    IntoSeries, NewChunkedArray, PlHashMap, PlSmallStr, PolarsNumericType, PolarsResult, Series,
    StringChunked, UInt64Chunked,
};
use rayon::prelude::*;

use crate::as_text::as_text;
use crate::error::TableError;
use crate::frame::{Frame, MEMORY};
use crate::guard::{corrupt, guarded};
use crate::new_column::float_series;

impl Frame {
    /// The columns `columns` (all if `None`), in that order, as numbers and
    /// texts. NaN and null are both missing; dates and nested values become
    /// text of that kind.
    ///
    /// # Errors
    ///
    /// [`TableError::UnknownColumn`].
    pub fn table(&self, columns: Option<&[&str]>) -> Result<Table, TableError> {
        let selected;
        let data = match columns {
            None => &self.data,
            Some(names) => {
                selected = self.select(names)?;
                &selected.data
            }
        };
        converted(MEMORY, data)
    }

    /// The table as a frame: columns of whole numbers only as such, booleans as
    /// such, all other texts as text.
    #[must_use]
    pub fn from_table(table: &Table) -> Frame {
        let columns = table.columns().iter();
        let columns = columns.map(|column| series(column).into_column());
        let data = DataFrame::new(table.n_rows(), columns.collect())
            .expect("a table's columns have one length and different names");
        Frame { data }
    }
}

/// All columns of `frame` as a table; `path` is for messages.
fn converted(path: &str, frame: &DataFrame) -> Result<Table, TableError> {
    let convert = |column: &polars_core::prelude::Column| {
        // Guarded on the thread that does it: impossible dates panic.
        let data = guarded(path, || {
            data(column.as_materialized_series()).map_err(|error| corrupt(path, &error))
        })?;
        Ok(Column {
            name: column.name().to_string(),
            data,
        })
    };
    let columns: Result<Vec<Column>, TableError> =
        frame.columns().par_iter().map(convert).collect();
    Ok(Table::new(columns?))
}

fn data(series: &Series) -> PolarsResult<ColumnData> {
    let numbers = |numbers: Numbers| Ok(ColumnData::Number(numbers));
    match series.dtype() {
        DataType::Null => numbers(vec![f64::NAN; series.len()].into()),
        DataType::Float64 => numbers(floats(series.f64()?, |value| value)),
        DataType::Float32 => numbers(floats(series.f32()?, shortest_single)),
        DataType::Int8 => numbers(floats(series.i8()?, f64::from)),
        DataType::Int16 => numbers(floats(series.i16()?, f64::from)),
        DataType::Int32 => numbers(floats(series.i32()?, f64::from)),
        DataType::UInt8 => numbers(floats(series.u8()?, f64::from)),
        DataType::UInt16 => numbers(floats(series.u16()?, f64::from)),
        DataType::UInt32 => numbers(floats(series.u32()?, f64::from)),
        DataType::Int64 => numbers(integers(series.i64()?, i128::from)),
        DataType::UInt64 => numbers(integers(series.u64()?, i128::from)),
        DataType::Int128 => numbers(integers(series.i128()?, |value| value)),
        DataType::Decimal(_, 0) => numbers(integers(series.decimal()?.physical(), |value| value)),
        other if other.is_numeric() => {
            let cast = series.cast(&DataType::Float64)?;
            numbers(floats(cast.f64()?, |value| value))
        }
        DataType::Boolean => {
            let rows = series.bool()?.iter();
            let text = rows.map(|row| row.map(|value| if value { "true" } else { "false" }));
            Ok(texts(text, TextKind::Bool))
        }
        DataType::String => Ok(texts(series.str()?.iter(), TextKind::Text)),
        other => {
            let kind = match other {
                DataType::Categorical(..) | DataType::Enum(..) => TextKind::Text,
                other if other.is_temporal() => TextKind::Date,
                other => TextKind::Other(other.to_string()),
            };
            Ok(texts(as_text(series)?.iter(), kind))
        }
    }
}

fn floats<T: PolarsNumericType>(
    column: &ChunkedArray<T>,
    float: impl Fn(T::Native) -> f64,
) -> Numbers {
    let mut values = Vec::with_capacity(column.len());
    for chunk in column.downcast_iter() {
        match chunk.validity() {
            Some(_) => values.extend(
                chunk
                    .iter()
                    .map(|value| value.map_or(f64::NAN, |value| float(*value))),
            ),
            None => values.extend(chunk.values().iter().map(|&value| float(value))),
        }
    }
    values.into()
}

fn integers<T: PolarsNumericType>(
    column: &ChunkedArray<T>,
    integer: impl Fn(T::Native) -> i128,
) -> Numbers {
    const EXACT: i128 = 1 << 53;
    let mut values = Vec::with_capacity(column.len());
    let mut exact = BTreeMap::new();
    for value in column.iter() {
        let Some(value) = value.map(&integer) else {
            values.push(f64::NAN);
            continue;
        };
        let float = value as f64;
        if !(-EXACT..=EXACT).contains(&value) && float as i128 != value {
            exact.insert(values.len(), value);
        }
        values.push(float);
    }
    Numbers { values, exact }
}

fn texts<'a>(rows: impl Iterator<Item = Option<&'a str>>, kind: TextKind) -> ColumnData {
    let mut index: PlHashMap<&str, u32> = PlHashMap::default();
    let mut levels: Vec<&str> = Vec::new();
    let codes = rows
        .map(|row| match row {
            None => Texts::MISSING,
            Some(text) => *index.entry(text).or_insert_with(|| {
                levels.push(text);
                levels.len() as u32 - 1
            }),
        })
        .collect();
    ColumnData::Text(Texts {
        codes,
        levels: levels.into_iter().map(str::to_owned).collect(),
        kind,
    })
}

/// A column of a table as a column of polars.
fn series(column: &Column) -> Series {
    let name = PlSmallStr::from_str(&column.name);
    match &column.data {
        ColumnData::Number(numbers) => number_series(name, numbers),
        ColumnData::Text(texts) if texts.kind == TextKind::Bool && all_booleans(&texts.levels) => {
            let rows = (0..texts.codes.len()).map(|row| texts.get(row).map(|text| text == "true"));
            BooleanChunked::from_iter_options(name, rows).into_series()
        }
        ColumnData::Text(texts) => {
            let rows = (0..texts.codes.len()).map(|row| texts.get(row));
            StringChunked::from_iter_options(name, rows).into_series()
        }
    }
}

fn all_booleans(levels: &[String]) -> bool {
    levels
        .iter()
        .all(|level| level == "true" || level == "false")
}

/// Whole numbers are written as such.
fn number_series(name: PlSmallStr, numbers: &Numbers) -> Series {
    const EXACT: f64 = (1_u64 << 53) as f64;
    let whole = |(row, value): (usize, &f64)| {
        value.is_nan()
            || numbers.exact.contains_key(&row)
            || (value.fract() == 0.0
                && value.abs() <= EXACT
                && !(*value == 0.0 && value.is_sign_negative()))
    };
    let some = numbers.values.iter().any(|value| !value.is_nan());
    if some && numbers.values.iter().enumerate().all(whole) {
        let integer = |row: usize| -> Option<i128> {
            match numbers.exact.get(&row) {
                Some(&exact) => Some(exact),
                None if numbers.values[row].is_nan() => None,
                None => Some(numbers.values[row] as i128),
            }
        };
        let rows = 0..numbers.values.len();
        let fits = |low: i128, high: i128| {
            numbers
                .exact
                .values()
                .all(|value| (low..=high).contains(value))
        };
        let negative = numbers.values.iter().any(|value| *value < 0.0);
        if fits(i64::MIN.into(), i64::MAX.into()) {
            let rows = rows.map(|row| integer(row).map(|value| value as i64));
            return Int64Chunked::from_iter_options(name, rows).into_series();
        }
        if !negative && fits(0, u64::MAX.into()) {
            let rows = rows.map(|row| integer(row).map(|value| value as u64));
            return UInt64Chunked::from_iter_options(name, rows).into_series();
        }
        return Int128Chunked::from_iter_options(name, rows.map(integer)).into_series();
    }
    float_series(name, numbers.values.clone())
}
