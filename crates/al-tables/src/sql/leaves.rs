//! Columns and literals: where values come from.

use polars_core::prelude::{ChunkedArray, DataType, PolarsNumericType, PolarsResult, Series};

use super::checked::{Checked, Eval, Of, of, of_text};
use super::error::SqlError;
use super::kind::{ValueKind, nanoseconds};
use super::syntax::Literal;
use super::values::{RowBlock, RowValues, Text};

/// The column at `index` of the expression's, of the type given.
pub(super) fn column(at: usize, index: usize, data_type: &DataType) -> Checked {
    let kind = ValueKind::of(data_type);
    let eval = match &kind {
        ValueKind::Bool => Eval::Bool(reading(index, |series| {
            Ok(RowValues::Each(series.bool()?.iter().collect()))
        })),
        ValueKind::Whole => Eval::Whole(reading(index, whole)),
        ValueKind::Number { .. } => Eval::Number(reading(index, number)),
        ValueKind::Text => Eval::Text(of_text(move |block| text(series(block, index)?))),
        ValueKind::Date | ValueKind::Moment { .. } | ValueKind::Time | ValueKind::Duration => {
            Eval::Whole(reading(index, moment))
        }
        ValueKind::Null => Eval::Presence(of(|_| Ok(RowValues::Same(None)))),
        ValueKind::Other(_) => Eval::Presence(reading(index, |series| {
            let there = series.is_not_null();
            let rows = there
                .iter()
                .map(|there| (there == Some(true)).then_some(()));
            Ok(RowValues::Each(rows.collect()))
        })),
    };
    Checked {
        at,
        kind,
        eval,
        constant: false,
    }
}

fn series<'b>(block: RowBlock<'b>, index: usize) -> Result<&'b Series, SqlError> {
    let missing = || SqlError::whole("is of other columns".to_owned());
    block.columns.get(index).ok_or_else(missing)
}

fn reading<T: 'static>(
    index: usize,
    read: impl Fn(&Series) -> PolarsResult<RowValues<T>> + Send + Sync + 'static,
) -> Of<T> {
    of(move |block| read(series(block, index)?).map_err(|error| unlike(&error)))
}

/// The columns are not those that the expression was checked for.
fn unlike(error: &polars_core::prelude::PolarsError) -> SqlError {
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default();
    SqlError::whole(format!("cannot be computed: {line}"))
}

fn text(series: &Series) -> Result<RowValues<Text<'_>>, SqlError> {
    let column = series.str().map_err(|error| unlike(&error))?;
    let rows = column.iter().map(|text| text.map(Text::Borrowed));
    Ok(RowValues::Each(rows.collect()))
}

fn wholes<T>(column: &ChunkedArray<T>, factor: i128) -> RowValues<i128>
where
    T: PolarsNumericType,
    T::Native: Into<i128>,
{
    let rows = column
        .iter()
        .map(|value| value.map(|value| value.into() * factor));
    RowValues::Each(rows.collect())
}

fn whole(series: &Series) -> PolarsResult<RowValues<i128>> {
    Ok(match series.dtype() {
        DataType::Int8 => wholes(series.i8()?, 1),
        DataType::Int16 => wholes(series.i16()?, 1),
        DataType::Int32 => wholes(series.i32()?, 1),
        DataType::Int64 => wholes(series.i64()?, 1),
        DataType::UInt8 => wholes(series.u8()?, 1),
        DataType::UInt16 => wholes(series.u16()?, 1),
        DataType::UInt32 => wholes(series.u32()?, 1),
        DataType::UInt64 => wholes(series.u64()?, 1),
        DataType::Decimal(..) => wholes(series.decimal()?.physical(), 1),
        _ => wholes(series.cast(&DataType::Int128)?.i128()?, 1),
    })
}

fn number(series: &Series) -> PolarsResult<RowValues<f64>> {
    fn some(value: f64) -> Option<f64> {
        (!value.is_nan()).then_some(value)
    }
    Ok(RowValues::Each(match series.dtype() {
        DataType::Float32 => {
            let rows = series.f32()?.iter();
            rows.map(|value| some(f64::from(value?))).collect()
        }
        DataType::Float64 => series.f64()?.iter().map(|value| some(value?)).collect(),
        _ => {
            let numbers = series.cast(&DataType::Float64)?;
            numbers.f64()?.iter().map(|value| some(value?)).collect()
        }
    }))
}

fn moment(series: &Series) -> PolarsResult<RowValues<i128>> {
    Ok(match series.dtype() {
        DataType::Date => wholes(series.date()?.physical(), 1),
        DataType::Datetime(unit, _) => wholes(series.datetime()?.physical(), nanoseconds(*unit)),
        DataType::Duration(unit) => wholes(series.duration()?.physical(), nanoseconds(*unit)),
        _ => wholes(series.time()?.physical(), 1),
    })
}

/// A literal.
pub(super) fn literal(at: usize, literal: &Literal) -> Checked {
    let (kind, eval) = match literal.clone() {
        Literal::Null => {
            let eval = of(|_| Ok(RowValues::Same(None)));
            (ValueKind::Null, Eval::Presence(eval))
        }
        Literal::Bool(value) => {
            let eval = of(move |_| Ok(RowValues::Same(Some(value))));
            (ValueKind::Bool, Eval::Bool(eval))
        }
        Literal::Whole(value) => (ValueKind::Whole, Eval::Whole(same(value))),
        Literal::Number(value) => {
            let eval = of(move |_| Ok(RowValues::Same(Some(value))));
            (ValueKind::Number { single: false }, Eval::Number(eval))
        }
        Literal::Text(value) => {
            let eval = of_text(move |_| Ok(RowValues::Same(Some(Text::Owned(value.clone())))));
            (ValueKind::Text, Eval::Text(eval))
        }
    };
    Checked::new(at, kind, eval, &[])
}

/// The same number in all rows.
pub(super) fn same(value: i128) -> Of<i128> {
    of(move |_| Ok(RowValues::Same(Some(value))))
}
