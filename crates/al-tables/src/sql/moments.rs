//! Dates and moments: literals, their parts, lengths of time added to them.

use super::calendar::{
    CalendarDay, TimeSpan, iso_week, parse_date, parse_moment, parse_span, parse_time, weekday,
};
use super::checked::{Checked, Eval, Of, of};
use super::error::SqlError;
use super::kind::{DAY, ValueKind};
use super::leaves::same;
use super::syntax::CastTarget;

const SECOND: i128 = 1_000_000_000;

/// `DATE '2020-01-05'` and the like.
pub(super) fn literal(at: usize, target: CastTarget, text: &str) -> Result<Checked, SqlError> {
    let (value, example) = match target {
        CastTarget::Date => (parse_date(text), "DATE '2020-01-05'"),
        CastTarget::Time => (parse_time(text), "TIME '12:00:00'"),
        _ => (parse_moment(text), "TIMESTAMP '2020-01-05 12:00:00'"),
    };
    let Some(value) = value else {
        let message = format!("'{text}' is not written as in {example}");
        return Err(SqlError::syntax(at, message));
    };
    Ok(Checked::new(
        at,
        kind_of(target),
        Eval::Whole(same(value)),
        &[],
    ))
}

/// The kind of what is converted to `target`.
pub(super) fn kind_of(target: CastTarget) -> ValueKind {
    match target {
        CastTarget::Date => ValueKind::Date,
        CastTarget::Time => ValueKind::Time,
        CastTarget::Moment(digits) => ValueKind::Moment {
            unit: match digits {
                0..=3 => polars_core::prelude::TimeUnit::Milliseconds,
                4..=6 => polars_core::prelude::TimeUnit::Microseconds,
                _ => polars_core::prelude::TimeUnit::Nanoseconds,
            },
            zone: None,
        },
        CastTarget::Bool => ValueKind::Bool,
        CastTarget::Whole { .. } => ValueKind::Whole,
        CastTarget::Single => ValueKind::Number { single: true },
        CastTarget::Double => ValueKind::Number { single: false },
        CastTarget::Text => ValueKind::Text,
    }
}

/// The length of time that `text` says.
pub(super) fn span(at: usize, text: &str) -> Result<TimeSpan, SqlError> {
    parse_span(text).ok_or_else(|| {
        let message = format!("'{text}' is not written as in INTERVAL '2 days 12 hours'");
        SqlError::syntax(at, message)
    })
}

/// A length of time by itself.
pub(super) fn length(at: usize, text: &str) -> Result<Checked, SqlError> {
    let span = span(at, text)?;
    if span.months != 0 {
        let message = "months and years have no fixed length: add them to a date";
        return Err(SqlError::sense(at, message));
    }
    Ok(Checked::new(
        at,
        ValueKind::Duration,
        Eval::Whole(same(span.nanoseconds)),
        &[],
    ))
}

/// `node` and a length of time of which some is in months.
pub(super) fn later(at: usize, node: &Checked, span: TimeSpan) -> Result<Checked, SqlError> {
    let Eval::Whole(inner) = node.eval.clone() else {
        return Err(no_day(at, "INTERVAL", node));
    };
    let date = node.kind == ValueKind::Date;
    let kind = match &node.kind {
        ValueKind::Date if span.nanoseconds % DAY == 0 => ValueKind::Date,
        ValueKind::Date => kind_of(CastTarget::Moment(6)),
        ValueKind::Moment { zone: None, .. } => node.kind.clone(),
        _ => return Err(no_day(at, "INTERVAL", node)),
    };
    let in_days = kind == ValueKind::Date;
    let eval = of(move |block| {
        Ok(inner(block)?.map(|value| {
            let (day, time) = match date {
                true => (value, 0),
                false => (value.div_euclid(DAY), value.rem_euclid(DAY)),
            };
            let day = CalendarDay::of(day).after_months(span.months).days();
            Some(match in_days {
                true => day + span.nanoseconds / DAY,
                false => day * DAY + time + span.nanoseconds,
            })
        }))
    });
    Ok(Checked::new(at, kind, Eval::Whole(eval), &[node]))
}

fn no_day(at: usize, name: &str, node: &Checked) -> SqlError {
    let message = format!("{name} needs a date or a moment and finds {}", node.kind);
    SqlError::sense(at, message)
}

/// Days and nanoseconds of the day of a date or a moment.
fn split(at: usize, name: &str, node: &Checked) -> Result<Of<(i128, i128)>, SqlError> {
    let Eval::Whole(inner) = node.eval.clone() else {
        return Err(no_day(at, name, node));
    };
    match &node.kind {
        ValueKind::Date => Ok(of(move |block| {
            Ok(inner(block)?.map(|days| Some((days, 0))))
        })),
        ValueKind::Time => Ok(of(move |block| {
            Ok(inner(block)?.map(|time| Some((0, time))))
        })),
        ValueKind::Moment { zone, .. } if zone.as_deref().is_none_or(|zone| zone == "UTC") => {
            Ok(of(move |block| {
                Ok(inner(block)?.map(|value| Some((value.div_euclid(DAY), value.rem_euclid(DAY)))))
            }))
        }
        _ => Err(no_day(at, name, node)),
    }
}

/// A part of a day and the nanoseconds in it.
type DatePart = fn(i128, i128) -> i128;

fn part(name: &str) -> Option<DatePart> {
    fn century(year: i128, years: i128) -> i128 {
        (year - 1).div_euclid(years) + 1
    }
    Some(match name {
        "millennium" | "millennia" => |days, _| century(CalendarDay::of(days).year, 1_000),
        "century" | "centuries" | "c" => |days, _| century(CalendarDay::of(days).year, 100),
        "decade" | "decades" => |days, _| CalendarDay::of(days).year.div_euclid(10),
        "isoyear" => |days, _| iso_week(days).0,
        "year" | "years" | "y" => |days, _| CalendarDay::of(days).year,
        "quarter" | "quarters" => |days, _| (CalendarDay::of(days).month - 1) / 3 + 1,
        "month" | "months" | "mon" | "mons" => |days, _| CalendarDay::of(days).month,
        "week" | "weeks" | "isoweek" => |days, _| iso_week(days).1,
        "dayofyear" | "doy" => |days, _| CalendarDay::of(days).of_year(),
        "dayofweek" | "dow" => |days, _| weekday(days) % 7,
        "isodow" => |days, _| weekday(days),
        "day" | "days" | "dayofmonth" | "d" => |days, _| CalendarDay::of(days).day,
        "hour" | "hours" | "h" => |_, time| time / (3_600 * SECOND),
        "minute" | "minutes" | "mins" | "min" | "m" => |_, time| time / (60 * SECOND) % 60,
        "second" | "seconds" | "secs" | "sec" | "s" => |_, time| time / SECOND % 60,
        _ => return None,
    })
}

/// Nanoseconds per unit of a part that has fractions.
fn fraction(name: &str) -> Option<f64> {
    match name {
        "millisecond" | "milliseconds" | "ms" => Some(1e6),
        "microsecond" | "microseconds" | "us" => Some(1e3),
        "nanosecond" | "nanoseconds" | "ns" => Some(1.0),
        _ => None,
    }
}

/// All names of parts, for messages.
const PARTS: &str = "year, quarter, month, week, day, dow, doy, hour, minute, second and epoch";

/// `EXTRACT(name FROM node)`.
pub(super) fn extract(at: usize, name: &str, node: &Checked) -> Result<Checked, SqlError> {
    let name = name.to_ascii_lowercase();
    let inner = split(at, "EXTRACT", node)?;
    if let Some(part) = part(&name) {
        let eval = of(move |block| Ok(inner(block)?.map(|(days, time)| Some(part(days, time)))));
        return Ok(Checked::whole(at, eval, &[node]));
    }
    let eval = match fraction(&name) {
        Some(unit) => of(move |block| {
            let cells = inner(block)?;
            Ok(cells.map(|(_, time)| Some((time % (60 * SECOND)) as f64 / unit)))
        }),
        None if name == "epoch" => of(move |block| {
            let cells = inner(block)?;
            Ok(cells.map(|(days, time)| {
                let seconds = days * 86_400 + time / SECOND;
                Some(seconds as f64 + (time % SECOND) as f64 / 1e9)
            }))
        }),
        None => {
            let message = format!("dates have no {name}; there are {PARTS}");
            return Err(SqlError::sense(at, message));
        }
    };
    Ok(Checked::number(at, false, eval, &[node]))
}
