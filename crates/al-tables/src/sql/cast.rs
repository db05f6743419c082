//! `CAST`: values as ones of another kind.
//!
//! Texts are read and written as polars does it in files, so that a text of a
//! value here is the text of it there.

use polars_core::prelude::{
    DataType, Float32Chunked, Float64Chunked, Int64Chunked, Int128Chunked, IntoSeries,
    NewChunkedArray, PlSmallStr, PolarsResult, Series, StringChunked, TimeUnit,
};

use super::calendar::parse_moment;
use super::checked::{Checked, Computed, Eval, Of, OfText, nothing, of, of_text};
use super::error::SqlError;
use super::kind::{DAY, ValueKind, nanoseconds};
use super::leaves;
use super::moments::kind_of;
use super::syntax::CastTarget;
use super::values::{RowBlock, RowValues, Text};

/// `node` as `to`. What cannot be converted is missing if `lenient`, else an
/// error.
pub(super) fn cast(
    at: usize,
    node: &Checked,
    to: CastTarget,
    lenient: bool,
) -> Result<Checked, SqlError> {
    let kind = kind_of(to);
    if node.kind == kind && !matches!(to, CastTarget::Whole { .. }) {
        let mut node = node.clone();
        node.at = at;
        return Ok(node);
    }
    let refused = || {
        let message = format!("CAST makes no {} of {}", name(to), node.kind);
        SqlError::sense(at, message)
    };
    let eval = match (&node.eval, to) {
        _ if node.kind == ValueKind::Null => nothing_of(&kind),
        (_, CastTarget::Text) => Eval::Text(to_text(node).ok_or_else(refused)?),
        (Eval::Text(text), _) => of_a_text(at, text.clone(), to, lenient),
        (_, CastTarget::Bool) => {
            let number = node.as_number().ok_or_else(refused)?;
            Eval::Bool(of(move |block| {
                Ok(number(block)?.map(|value| Some(value != 0.0)))
            }))
        }
        (_, CastTarget::Whole { .. }) => {
            Eval::Whole(to_whole(at, node, to, lenient).ok_or_else(refused)?)
        }
        (_, CastTarget::Single | CastTarget::Double) => {
            let number = match &node.eval {
                Eval::Bool(inner) => {
                    let inner = inner.clone();
                    of(move |block| Ok(inner(block)?.map(|value| Some(f64::from(u8::from(value))))))
                }
                _ => node.as_number().ok_or_else(refused)?,
            };
            let single = to == CastTarget::Single;
            return Ok(Checked::number(at, single, number, &[node]));
        }
        (Eval::Whole(value), _) => {
            Eval::Whole(between_days(node, value.clone(), to).ok_or_else(refused)?)
        }
        _ => return Err(refused()),
    };
    Ok(Checked::new(at, kind, eval, &[node]))
}

/// Missing throughout.
fn nothing_of(kind: &ValueKind) -> Eval {
    match kind {
        ValueKind::Bool => Eval::Bool(nothing()),
        ValueKind::Number { .. } => Eval::Number(nothing()),
        ValueKind::Text => Eval::Text(of_text(|_| Ok(RowValues::Same(None)))),
        _ => Eval::Whole(nothing()),
    }
}

/// `number` with so many digits after the point; where that is more than it
/// has, as it is.
pub(super) fn rounded(number: Of<f64>, digits: u32, round: fn(f64) -> f64) -> Of<f64> {
    let factor = 10_f64.powi(digits.min(300) as i32);
    of(move |block| {
        Ok(number(block)?.map(|value| {
            let rounded = round(value * factor) / factor;
            Some(if rounded.is_finite() { rounded } else { value })
        }))
    })
}

/// What a target is called.
fn name(to: CastTarget) -> &'static str {
    match to {
        CastTarget::Bool => "truth value",
        CastTarget::Whole { .. } => "whole number",
        CastTarget::Single | CastTarget::Double => "number",
        CastTarget::Text => "text",
        CastTarget::Date => "date",
        CastTarget::Moment(_) => "moment",
        CastTarget::Time => "time of day",
    }
}

fn failed(at: usize, value: &str, to: CastTarget) -> SqlError {
    let name = name(to);
    let message = format!("CAST finds '{value}', which is no {name}; TRY_CAST makes it missing");
    SqlError::sense(at, message)
}

/// Dates, moments and times of day as one another.
fn between_days(node: &Checked, value: Of<i128>, to: CastTarget) -> Option<Of<i128>> {
    let local = |zone: &Option<String>| zone.as_deref().is_none_or(|zone| zone == "UTC");
    let convert: fn(i128) -> i128 = match (&node.kind, to) {
        (ValueKind::Date, CastTarget::Moment(_)) => |days| days * DAY,
        (ValueKind::Moment { zone, .. }, CastTarget::Date) if local(zone) => {
            |value| value.div_euclid(DAY)
        }
        (ValueKind::Moment { zone, .. }, CastTarget::Time) if local(zone) => {
            |value| value.rem_euclid(DAY)
        }
        (ValueKind::Moment { zone, .. }, CastTarget::Moment(_)) if local(zone) => |value| value,
        _ => return None,
    };
    Some(of(move |block| {
        Ok(value(block)?.map(|value| Some(convert(value))))
    }))
}

/// The least and the greatest whole number of a target.
fn range(to: CastTarget) -> (i128, i128) {
    match to {
        CastTarget::Whole { bits, signed: true } if bits < 128 => {
            let end = 1_i128 << (bits - 1);
            (-end, end - 1)
        }
        CastTarget::Whole {
            bits,
            signed: false,
        } if bits < 127 => (0, (1 << bits) - 1),
        CastTarget::Whole { signed: false, .. } => (0, i128::MAX),
        _ => (i128::MIN, i128::MAX),
    }
}

fn to_whole(at: usize, node: &Checked, to: CastTarget, lenient: bool) -> Option<Of<i128>> {
    let (least, greatest) = range(to);
    let fits = move |value: i128| (least..=greatest).contains(&value);
    let checked = move |value: Option<i128>, shown: &dyn std::fmt::Display| match value
        .filter(|value| fits(*value))
    {
        None if !lenient => Err(failed(at, &shown.to_string(), to)),
        value => Ok(value),
    };
    match &node.eval {
        Eval::Bool(inner) => {
            let inner = inner.clone();
            Some(of(move |block| {
                Ok(inner(block)?.map(|value| Some(i128::from(value))))
            }))
        }
        Eval::Whole(inner) if node.kind == ValueKind::Whole => {
            let inner = inner.clone();
            Some(of(move |block| {
                inner(block)?.try_map(|value| checked(Some(value), &value))
            }))
        }
        Eval::Number(inner) => {
            let inner = inner.clone();
            Some(of(move |block| {
                inner(block)?.try_map(|value| {
                    // Beyond 128 bits the conversion would saturate.
                    let whole = (value.abs() < 2_f64.powi(127)).then(|| value.trunc() as i128);
                    checked(whole, &value)
                })
            }))
        }
        _ => None,
    }
}

/// The type of polars for values read from text.
fn type_of(to: CastTarget) -> DataType {
    match to {
        CastTarget::Bool => DataType::Boolean,
        CastTarget::Whole { .. } => DataType::Int128,
        CastTarget::Single => DataType::Float32,
        CastTarget::Double => DataType::Float64,
        CastTarget::Text => DataType::String,
        CastTarget::Date => DataType::Date,
        CastTarget::Moment(_) => DataType::Datetime(TimeUnit::Nanoseconds, None),
        CastTarget::Time => DataType::Time,
    }
}

/// Reads texts.
fn of_a_text(at: usize, text: OfText, to: CastTarget, lenient: bool) -> Eval {
    let reader = TextReader { at, to, lenient };
    let (least, greatest) = range(to);
    match leaves::column(at, 0, &type_of(to)).eval {
        Eval::Bool(read) => Eval::Bool(reader.reading(text, read, |text| {
            let is = |word| text.eq_ignore_ascii_case(word);
            is("true").then_some(true).or(is("false").then_some(false))
        })),
        Eval::Number(read) => Eval::Number(reader.reading(text, read, |_| None)),
        Eval::Whole(read) if kind_of(to) == ValueKind::Whole => {
            let whole = reader.reading(text, read, |_| None);
            Eval::Whole(of(move |block| {
                whole(block)?.try_map(|value| match (least..=greatest).contains(&value) {
                    true => Ok(Some(value)),
                    false if lenient => Ok(None),
                    false => Err(failed(at, &value.to_string(), to)),
                })
            }))
        }
        Eval::Whole(read) => Eval::Whole(match to {
            CastTarget::Moment(_) => reader.reading(text, read, parse_moment),
            _ => reader.reading(text, read, |_| None),
        }),
        other => other,
    }
}

/// Reads values from texts.
#[derive(Clone, Copy)]
struct TextReader {
    at: usize,
    to: CastTarget,
    lenient: bool,
}

impl TextReader {
    /// By polars, which `read` takes the values from; `also` reads what polars
    /// does not.
    fn reading<T: Clone + 'static>(
        self,
        text: OfText,
        read: Of<T>,
        also: fn(&str) -> Option<T>,
    ) -> Of<T> {
        of(move |block| {
            let texts = text(block)?;
            let converted = match text_series(&texts).cast(&type_of(self.to)) {
                Ok(series) => read(RowBlock { columns: &[series] })?,
                Err(_) => RowValues::Same(None),
            };
            let value = |row: usize| {
                let Some(text) = texts.get(row) else {
                    return Ok(None);
                };
                match converted.get(row).cloned().or_else(|| also(text)) {
                    None if !self.lenient => Err(failed(self.at, text, self.to)),
                    value => Ok(value),
                }
            };
            Ok(match texts.rows() {
                None => RowValues::Same(value(0)?),
                Some(rows) => RowValues::Each((0..rows).map(value).collect::<Result<_, _>>()?),
            })
        })
    }
}

fn engine(at: usize, error: &polars_core::prelude::PolarsError) -> SqlError {
    let message = error.to_string();
    SqlError::sense(at, message.lines().next().unwrap_or_default())
}

fn text_series(cells: &RowValues<Text<'_>>) -> Series {
    let rows = cells.rows().unwrap_or(1);
    let rows = (0..rows).map(|row| cells.get(row).map(AsRef::as_ref));
    StringChunked::from_iter_options(PlSmallStr::EMPTY, rows).into_series()
}

/// Values as text, `None` of what has no text.
pub(super) fn to_text(node: &Checked) -> Option<OfText> {
    let kind = node.kind.clone();
    match node.eval.clone() {
        Eval::Text(inner) => Some(inner),
        Eval::Bool(inner) => Some(of_text(move |block| {
            let text = |value| Some(Text::Borrowed(if value { "true" } else { "false" }));
            Ok(inner(block)?.map(text))
        })),
        Eval::Whole(inner) if kind == ValueKind::Whole => Some(of_text(move |block| {
            Ok(inner(block)?.map(|value| Some(Text::Owned(value.to_string()))))
        })),
        Eval::Whole(_) if matches!(kind, ValueKind::Moment { zone: Some(_), .. }) => None,
        Eval::Whole(inner) => Some(of_text(move |block| {
            let series = |cells: &RowValues<i128>| moments(cells, &kind);
            written(inner(block)?, series)
        })),
        Eval::Number(inner) => {
            let single = kind == ValueKind::Number { single: true };
            Some(of_text(move |block| {
                let series = |cells: &RowValues<f64>| Ok(floats(cells, single));
                written(inner(block)?, series)
            }))
        }
        Eval::Presence(_) if kind == ValueKind::Null => {
            Some(of_text(|_| Ok(RowValues::Same(None))))
        }
        Eval::Presence(_) => None,
    }
}

/// The texts of values, by way of a series of them.
fn written<'b, T>(
    cells: RowValues<T>,
    series: impl Fn(&RowValues<T>) -> PolarsResult<Series>,
) -> Computed<Text<'b>> {
    let texts = || -> PolarsResult<Vec<Option<Text<'b>>>> {
        let text = series(&cells)?.cast(&DataType::String)?;
        let rows = text.str()?.iter();
        Ok(rows
            .map(|text| text.map(|text| Text::Owned(text.to_owned())))
            .collect())
    };
    let mut texts = texts().map_err(|error| engine(0, &error))?;
    Ok(match cells.rows() {
        None => RowValues::Same(texts.pop().flatten()),
        Some(_) => RowValues::Each(texts),
    })
}

fn floats(cells: &RowValues<f64>, single: bool) -> Series {
    let rows = (0..cells.rows().unwrap_or(1)).map(|row| cells.get(row).copied());
    let name = PlSmallStr::EMPTY;
    match single {
        true => {
            let rows = rows.map(|value| value.map(|value| value as f32));
            Float32Chunked::from_iter_options(name, rows).into_series()
        }
        false => Float64Chunked::from_iter_options(name, rows).into_series(),
    }
}

fn moments(cells: &RowValues<i128>, kind: &ValueKind) -> PolarsResult<Series> {
    let rows = (0..cells.rows().unwrap_or(1)).map(|row| cells.get(row).copied());
    let (data_type, factor) = match kind {
        ValueKind::Date => (DataType::Date, 1),
        ValueKind::Time => (DataType::Time, 1),
        ValueKind::Moment { unit, .. } => (DataType::Datetime(*unit, None), nanoseconds(*unit)),
        ValueKind::Duration => (DataType::Duration(TimeUnit::Nanoseconds), 1),
        _ => {
            let whole = Int128Chunked::from_iter_options(PlSmallStr::EMPTY, rows);
            return Ok(whole.into_series());
        }
    };
    let rows = rows.map(|value| i64::try_from(value?.div_euclid(factor)).ok());
    let whole = Int64Chunked::from_iter_options(PlSmallStr::EMPTY, rows).into_series();
    match kind {
        ValueKind::Date => whole.cast(&DataType::Int32)?.cast(&data_type),
        _ => whole.cast(&data_type),
    }
}
