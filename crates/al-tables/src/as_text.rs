//! Values of any type as text.

use polars_core::prelude::{
    AnyValue, DataType, NewChunkedArray, PolarsResult, Series, StringChunked,
};

/// The values of a column of any type as text.
pub(crate) fn as_text(series: &Series) -> PolarsResult<StringChunked> {
    // Nested types and durations have no cast to text.
    let castable = !series.dtype().is_nested()
        && !matches!(series.dtype(), DataType::Duration(_) | DataType::Binary);
    if castable && let Ok(text) = series.cast(&DataType::String) {
        return Ok(text.str()?.clone());
    }
    let rows: Vec<Option<String>> = (0..series.len())
        .map(|row| Ok(any_text(&series.get(row)?)))
        .collect::<PolarsResult<_>>()?;
    Ok(StringChunked::from_iter_options(
        series.name().clone(),
        rows.into_iter(),
    ))
}

/// One value as text, `None` if missing: lists as `[1, 2]`, structures as
/// `{1, a}`, binary data in hexadecimal.
fn any_text(value: &AnyValue<'_>) -> Option<String> {
    let inner = |value: AnyValue<'_>| any_text(&value).unwrap_or_else(|| "null".to_owned());
    match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some((*text).to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        AnyValue::Binary(bytes) => Some(hexadecimal(bytes)),
        AnyValue::BinaryOwned(bytes) => Some(hexadecimal(bytes)),
        AnyValue::List(series) | AnyValue::Array(series, _) => {
            let parts: Vec<String> = series.iter().map(inner).collect();
            Some(format!("[{}]", parts.join(", ")))
        }
        AnyValue::Struct(..) => {
            let parts: Vec<String> = value._iter_struct_av().map(inner).collect();
            Some(format!("{{{}}}", parts.join(", ")))
        }
        AnyValue::StructOwned(fields) => {
            let parts: Vec<String> = fields.0.iter().cloned().map(inner).collect();
            Some(format!("{{{}}}", parts.join(", ")))
        }
        other => Some(other.to_string()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
