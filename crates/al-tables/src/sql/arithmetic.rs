//! `+ - * / // % & |` and signs.
//!
//! Whole numbers are computed in 128 bits, and a result beyond them is an
//! error. `/` divides exactly and gives a number; by zero it gives an infinite
//! one, and 0 / 0 is missing. `//` rounds down, and `%` has the sign of the
//! divisor; with whole numbers both are missing where that is zero.

use super::checked::{Checked, Eval, Of, of};
use super::error::SqlError;
use super::kind::{DAY, ValueKind};
use super::meet::{converted, meet};
use super::syntax::Operator;
use super::values::RowValues;

/// `one operator other` of two values.
pub(super) fn arithmetic(
    at: usize,
    operator: Operator,
    one: &Checked,
    other: &Checked,
) -> Result<Checked, SqlError> {
    if let Some(node) = of_moments(at, operator, one, other) {
        return Ok(node);
    }
    match operator {
        Operator::BitAnd | Operator::BitOr => return bits(at, operator, one, other),
        Operator::WholeDivide => return whole_divide(at, one, other),
        _ => {}
    }
    let Some(kind) = numeric(one, other) else {
        return Err(no_numbers(at, operator.symbol(), &[one, other]));
    };
    match (kind, one.as_whole(), other.as_whole()) {
        (ValueKind::Whole, Some(left), Some(right)) if operator != Operator::Divide => {
            let eval = wholes(at, operator, left, right);
            Ok(Checked::whole(at, eval, &[one, other]))
        }
        (kind, ..) => {
            let single = kind == ValueKind::Number { single: true };
            let kind = ValueKind::Number { single };
            let (Some(Eval::Number(left)), Some(Eval::Number(right))) =
                (converted(one, &kind), converted(other, &kind))
            else {
                return Err(no_numbers(at, operator.symbol(), &[one, other]));
            };
            let eval = numbers(operator, left, right);
            Ok(Checked::number(at, single, eval, &[one, other]))
        }
    }
}

/// The kind in which two numbers meet, `None` if they are none.
fn numeric(one: &Checked, other: &Checked) -> Option<ValueKind> {
    let number = |node: &Checked| {
        node.kind.is_numeric() || [ValueKind::Null, ValueKind::Bool].contains(&node.kind)
    };
    if !number(one) || !number(other) {
        return None;
    }
    match meet(one, other)? {
        ValueKind::Null | ValueKind::Bool => Some(ValueKind::Whole),
        kind => Some(kind),
    }
}

pub(super) fn no_numbers(at: usize, name: &str, nodes: &[&Checked]) -> SqlError {
    let odd = nodes.iter().find(|node| !node.kind.is_numeric());
    let found = odd.map_or_else(String::new, |node| format!(" and finds {}", node.kind));
    SqlError::sense(at, format!("{name} needs numbers{found}"))
}

fn beyond(at: usize) -> SqlError {
    SqlError::sense(
        at,
        "a whole number leaves 128 bits; CAST(x AS DOUBLE) has more room",
    )
}

/// Rounds down.
fn floor_division(one: i128, other: i128) -> Option<(i128, i128)> {
    let (quotient, remainder) = (one.checked_div(other)?, one.checked_rem(other)?);
    match remainder != 0 && (remainder < 0) != (other < 0) {
        true => Some((quotient - 1, remainder + other)),
        false => Some((quotient, remainder)),
    }
}

/// What `//` leaves, exact where the quotient is not: 0 or of the sign of the
/// divisor. By an infinite divisor nothing is taken away from a number of its
/// sign.
fn floor_remainder(one: f64, other: f64) -> f64 {
    let remainder = one % other;
    match remainder != 0.0 && (remainder < 0.0) != (other < 0.0) {
        true => remainder + other,
        false => remainder,
    }
}

fn wholes(at: usize, operator: Operator, one: Of<i128>, other: Of<i128>) -> Of<i128> {
    of(move |block| {
        let (one, other) = (one(block)?, other(block)?);
        match operator {
            Operator::Plus => one.try_zip(other, |one, other| {
                one.checked_add(other).map(Some).ok_or_else(|| beyond(at))
            }),
            Operator::Minus => one.try_zip(other, |one, other| {
                one.checked_sub(other).map(Some).ok_or_else(|| beyond(at))
            }),
            Operator::Times => one.try_zip(other, |one, other| {
                one.checked_mul(other).map(Some).ok_or_else(|| beyond(at))
            }),
            _ => Ok(one.zip(other, |one, other| {
                floor_division(one, other).map(|(_, remainder)| remainder)
            })),
        }
    })
}

fn numbers(operator: Operator, one: Of<f64>, other: Of<f64>) -> Of<f64> {
    of(move |block| {
        let (one, other) = (one(block)?, other(block)?);
        Ok(match operator {
            Operator::Plus => one.zip(other, |one, other| Some(one + other)),
            Operator::Minus => one.zip(other, |one, other| Some(one - other)),
            Operator::Times => one.zip(other, |one, other| Some(one * other)),
            Operator::Divide => one.zip(other, |one, other| Some(one / other)),
            _ => one.zip(other, |one, other| Some(floor_remainder(one, other))),
        })
    })
}

fn whole_divide(at: usize, one: &Checked, other: &Checked) -> Result<Checked, SqlError> {
    if let (Some(left), Some(right)) = (one.as_whole(), other.as_whole()) {
        let eval = of(move |block| {
            let left: RowValues<i128> = left(block)?;
            Ok(left.zip(right(block)?, |left, right| {
                floor_division(left, right).map(|(quotient, _)| quotient)
            }))
        });
        return Ok(Checked::whole(at, eval, &[one, other]));
    }
    let (Some(left), Some(right)) = (one.as_number(), other.as_number()) else {
        return Err(no_numbers(
            at,
            Operator::WholeDivide.symbol(),
            &[one, other],
        ));
    };
    let eval = of(move |block| {
        Ok(left(block)?.zip(right(block)?, |left, right| {
            let quotient = (left / right).floor();
            let fits = quotient.abs() < i128::MAX as f64;
            fits.then_some(quotient as i128)
        }))
    });
    Ok(Checked::whole(at, eval, &[one, other]))
}

fn bits(
    at: usize,
    operator: Operator,
    one: &Checked,
    other: &Checked,
) -> Result<Checked, SqlError> {
    if one.kind == ValueKind::Bool && other.kind == ValueKind::Bool {
        let parts = [one.clone(), other.clone()];
        return match operator {
            Operator::BitAnd => super::logic::all(at, &parts),
            _ => super::logic::any(at, &parts),
        };
    }
    let (Some(left), Some(right)) = (one.as_whole(), other.as_whole()) else {
        let message = format!("{} needs whole numbers", operator.symbol());
        return Err(SqlError::sense(at, message));
    };
    let and = operator == Operator::BitAnd;
    let eval = of(move |block| {
        Ok(left(block)?.zip(right(block)?, |left, right| {
            Some(if and { left & right } else { left | right })
        }))
    });
    Ok(Checked::whole(at, eval, &[one, other]))
}

/// `-x` and `+x`.
pub(super) fn sign(at: usize, node: &Checked, negative: bool) -> Result<Checked, SqlError> {
    let whole = match (&node.kind, &node.eval) {
        (ValueKind::Whole | ValueKind::Duration, Eval::Whole(eval)) => Some(eval.clone()),
        _ => None,
    };
    if let Some(inner) = whole {
        let eval = match negative {
            false => inner,
            true => of(move |block| {
                inner(block)?
                    .try_map(|value| value.checked_neg().map(Some).ok_or_else(|| beyond(at)))
            }),
        };
        return Ok(Checked::new(
            at,
            node.kind.clone(),
            Eval::Whole(eval),
            &[node],
        ));
    }
    let symbol = if negative { "-" } else { "+" };
    let Some(inner) = node.as_number() else {
        return Err(no_numbers(at, symbol, &[node]));
    };
    let single = node.kind == ValueKind::Number { single: true };
    let eval = match negative {
        false => inner,
        true => of(move |block| Ok(inner(block)?.map(|value| Some(-value)))),
    };
    Ok(Checked::number(at, single, eval, &[node]))
}

/// Differences of dates and moments, and lengths of time added to them.
fn of_moments(at: usize, operator: Operator, one: &Checked, other: &Checked) -> Option<Checked> {
    let plus = operator == Operator::Plus;
    if !plus && operator != Operator::Minus {
        return None;
    }
    let kind = match (&one.kind, &other.kind) {
        (
            ValueKind::Date | ValueKind::Moment { .. },
            ValueKind::Date | ValueKind::Moment { .. },
        ) if !plus => {
            meet(one, other)?;
            ValueKind::Duration
        }
        (ValueKind::Duration, ValueKind::Duration) => ValueKind::Duration,
        (ValueKind::Moment { .. }, ValueKind::Duration) => one.kind.clone(),
        (ValueKind::Duration, ValueKind::Moment { .. }) if plus => other.kind.clone(),
        (ValueKind::Date, ValueKind::Duration) => moment(),
        (ValueKind::Duration, ValueKind::Date) if plus => moment(),
        _ => return None,
    };
    let factor = |node: &Checked| if node.kind == ValueKind::Date { DAY } else { 1 };
    let sign = if plus { 1 } else { -1 };
    let factors = (factor(one), sign * factor(other));
    let (Eval::Whole(left), Eval::Whole(right)) = (one.eval.clone(), other.eval.clone()) else {
        return None;
    };
    let eval = of(move |block| {
        Ok(left(block)?.zip(right(block)?, |left, right| {
            Some(left * factors.0 + right * factors.1)
        }))
    });
    Some(Checked::new(at, kind, Eval::Whole(eval), &[one, other]))
}

fn moment() -> ValueKind {
    ValueKind::Moment {
        unit: polars_core::prelude::TimeUnit::Microseconds,
        zone: None,
    }
}
