//! In which kind values of different kinds meet.

use polars_core::prelude::TimeUnit;

use super::cast;
use super::checked::{Checked, Eval, nothing, of};
use super::kind::{DAY, ValueKind};

/// The value of `node` as one of the kind `kind`, in which it meets another by
/// [`meet`]; `None` if it cannot be that.
pub(super) fn converted(node: &Checked, kind: &ValueKind) -> Option<Eval> {
    Some(match kind {
        ValueKind::Bool => Eval::Bool(node.as_bool()?),
        ValueKind::Whole => Eval::Whole(node.as_whole()?),
        ValueKind::Number { single: true } if node.kind != (ValueKind::Number { single: true }) => {
            let eval = node.as_number()?;
            Eval::Number(of(move |block| {
                Ok(eval(block)?.map(|value| Some(f64::from(value as f32))))
            }))
        }
        ValueKind::Number { .. } => Eval::Number(node.as_number()?),
        ValueKind::Text => Eval::Text(node.as_text().or_else(|| cast::to_text(node))?),
        ValueKind::Null => node.eval.clone(),
        ValueKind::Moment { .. } if node.kind == ValueKind::Date => {
            let Eval::Whole(eval) = node.eval.clone() else {
                return None;
            };
            Eval::Whole(of(move |block| {
                Ok(eval(block)?.map(|days| Some(days * DAY)))
            }))
        }
        ValueKind::Date | ValueKind::Moment { .. } | ValueKind::Time | ValueKind::Duration => {
            match node.eval.clone() {
                Eval::Whole(eval) => Eval::Whole(eval),
                _ if node.kind == ValueKind::Null => Eval::Whole(nothing()),
                _ => return None,
            }
        }
        ValueKind::Other(_) => match node.eval.clone() {
            Eval::Presence(eval) => Eval::Presence(eval),
            _ => return None,
        },
    })
}

/// The kind in which values of two parts can be compared, `None` if there is
/// none. What is true or false meets numbers as 1 and 0, and texts as `true`
/// and `false`.
pub(super) fn meet(one: &Checked, other: &Checked) -> Option<ValueKind> {
    let single = |single: &Checked, other: &Checked| match (&single.kind, &other.kind) {
        (
            ValueKind::Number { single: true },
            ValueKind::Whole | ValueKind::Number { single: false },
        ) => {
            let single = other.constant && !single.constant;
            Some(ValueKind::Number { single })
        }
        _ => None,
    };
    match (&one.kind, &other.kind) {
        (one, other) if one == other => Some(one.clone()),
        (ValueKind::Null, kind) | (kind, ValueKind::Null) => Some(kind.clone()),
        (ValueKind::Bool, kind) | (kind, ValueKind::Bool)
            if kind.is_numeric() || *kind == ValueKind::Text =>
        {
            Some(kind.clone())
        }
        (one_kind, other_kind) if one_kind.is_numeric() && other_kind.is_numeric() => {
            let double = ValueKind::Number { single: false };
            Some(
                single(one, other)
                    .or_else(|| single(other, one))
                    .unwrap_or(double),
            )
        }
        (ValueKind::Date, ValueKind::Moment { zone: None, .. }) => Some(other.kind.clone()),
        (ValueKind::Moment { zone: None, .. }, ValueKind::Date) => Some(one.kind.clone()),
        (
            ValueKind::Moment { unit, zone },
            ValueKind::Moment {
                unit: other,
                zone: also,
            },
        ) if zone == also => {
            let unit = finer(*unit, *other);
            let zone = zone.clone();
            Some(ValueKind::Moment { unit, zone })
        }
        _ => None,
    }
}

fn finer(one: TimeUnit, other: TimeUnit) -> TimeUnit {
    match (one, other) {
        (TimeUnit::Nanoseconds, _) | (_, TimeUnit::Nanoseconds) => TimeUnit::Nanoseconds,
        (TimeUnit::Microseconds, _) | (_, TimeUnit::Microseconds) => TimeUnit::Microseconds,
        _ => TimeUnit::Milliseconds,
    }
}
