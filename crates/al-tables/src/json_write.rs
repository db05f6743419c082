//! Rows as JSON objects, one per line.

use std::io::{self, Write};

use polars_core::prelude::*;

use crate::as_text::as_text;

/// A column ready to be written cell by cell.
enum JsonColumn {
    Floats(Float64Chunked),
    Singles(Float32Chunked),
    Integers(Int64Chunked),
    Unsigned(UInt64Chunked),
    Booleans(BooleanChunked),
    Texts(StringChunked),
}

/// Writes all rows. Missing and NaN are `null`; infinities, which JSON has no
/// number for, are the texts `"inf"` and `"-inf"`.
pub(crate) fn write(data: &DataFrame, to: &mut impl Write) -> PolarsResult<()> {
    const CHUNK: usize = 1 << 16;
    let columns: Vec<(Vec<u8>, JsonColumn)> = data
        .columns()
        .iter()
        .map(|column| {
            let mut key = serde_json::to_vec(column.name().as_str()).map_err(io::Error::from)?;
            key.push(b':');
            Ok((key, json_column(column.as_materialized_series())?))
        })
        .collect::<PolarsResult<_>>()?;
    let mut line = Vec::with_capacity(2 * CHUNK);
    for row in 0..data.height() {
        for (at, (key, column)) in columns.iter().enumerate() {
            line.push(if at == 0 { b'{' } else { b',' });
            line.extend_from_slice(key);
            cell(column, row, &mut line)?;
        }
        line.extend_from_slice(b"}\n");
        if line.len() > CHUNK {
            to.write_all(&line)?;
            line.clear();
        }
    }
    Ok(to.write_all(&line)?)
}

fn json_column(series: &Series) -> PolarsResult<JsonColumn> {
    Ok(match series.dtype() {
        DataType::Float64 => JsonColumn::Floats(series.f64()?.clone()),
        DataType::Float32 => JsonColumn::Singles(series.f32()?.clone()),
        DataType::Boolean => JsonColumn::Booleans(series.bool()?.clone()),
        DataType::UInt64 => JsonColumn::Unsigned(series.u64()?.clone()),
        DataType::Int128 | DataType::UInt128 => JsonColumn::Texts(as_text(series)?),
        other if other.is_integer() => {
            JsonColumn::Integers(series.cast(&DataType::Int64)?.i64()?.clone())
        }
        other if other.is_numeric() => {
            JsonColumn::Floats(series.cast(&DataType::Float64)?.f64()?.clone())
        }
        _ => JsonColumn::Texts(as_text(series)?),
    })
}

fn cell(column: &JsonColumn, row: usize, line: &mut Vec<u8>) -> io::Result<()> {
    match column {
        JsonColumn::Floats(values) => match values.get(row) {
            Some(value) if value.is_infinite() => infinity(value > 0.0, line),
            // serde_json writes NaN as null.
            value => serde_json::to_writer(line, &value)?,
        },
        JsonColumn::Singles(values) => match values.get(row) {
            Some(value) if value.is_infinite() => infinity(value > 0.0, line),
            value => serde_json::to_writer(line, &value)?,
        },
        JsonColumn::Integers(values) => serde_json::to_writer(line, &values.get(row))?,
        JsonColumn::Unsigned(values) => serde_json::to_writer(line, &values.get(row))?,
        JsonColumn::Booleans(values) => serde_json::to_writer(line, &values.get(row))?,
        JsonColumn::Texts(values) => serde_json::to_writer(line, &values.get(row))?,
    }
    Ok(())
}

fn infinity(positive: bool, line: &mut Vec<u8>) {
    let text: &[u8] = if positive { b"\"inf\"" } else { b"\"-inf\"" };
    line.extend_from_slice(text);
}
