//! Functions of numbers. What has no value, such as the root of −1, is
//! missing.

use super::arithmetic::no_numbers;
use super::cast;
use super::checked::{Checked, of};
use super::error::SqlError;
use super::kind::ValueKind;
use super::syntax::{Literal, Operator};

/// A function of one number that gives a number.
pub(super) fn unary(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "SQRT" => f64::sqrt,
        "CBRT" => f64::cbrt,
        "EXP" => f64::exp,
        "LN" => f64::ln,
        "LOG2" => f64::log2,
        "LOG10" => f64::log10,
        "LOG1P" => f64::ln_1p,
        "SIN" => f64::sin,
        "COS" => f64::cos,
        "TAN" => f64::tan,
        "COT" => |x| 1.0 / x.tan(),
        "ASIN" => f64::asin,
        "ACOS" => f64::acos,
        "ATAN" => f64::atan,
        "SIND" => |x| x.to_radians().sin(),
        "COSD" => |x| x.to_radians().cos(),
        "TAND" => |x| x.to_radians().tan(),
        "COTD" => |x| 1.0 / x.to_radians().tan(),
        "ASIND" => |x| x.asin().to_degrees(),
        "ACOSD" => |x| x.acos().to_degrees(),
        "ATAND" => |x| x.atan().to_degrees(),
        "DEGREES" => f64::to_degrees,
        "RADIANS" => f64::to_radians,
        _ => return None,
    })
}

/// `function` of a number.
pub(super) fn apply(
    at: usize,
    name: &str,
    node: &Checked,
    function: fn(f64) -> f64,
) -> Result<Checked, SqlError> {
    let number = node
        .as_number()
        .ok_or_else(|| no_numbers(at, name, &[node]))?;
    let single = node.kind == ValueKind::Number { single: true };
    let eval = of(move |block| Ok(number(block)?.map(|value| Some(function(value)))));
    Ok(Checked::number(at, single, eval, &[node]))
}

/// `function` of two numbers.
pub(super) fn apply_two(
    at: usize,
    name: &str,
    nodes: [&Checked; 2],
    function: fn(f64, f64) -> f64,
) -> Result<Checked, SqlError> {
    let single = |node: &Checked| node.kind == ValueKind::Number { single: true } || node.constant;
    let single = nodes.iter().all(|node| single(node)) && !nodes.iter().all(|node| node.constant);
    let numbers = nodes[0].as_number().zip(nodes[1].as_number());
    let (one, other) = numbers.ok_or_else(|| no_numbers(at, name, &nodes))?;
    let eval = of(move |block| {
        let one = one(block)?;
        Ok(one.zip(other(block)?, |one, other| Some(function(one, other))))
    });
    Ok(Checked::number(at, single, eval, &nodes))
}

/// A function that leaves whole numbers whole: `whole` of them, `number` of
/// the others.
fn keeping(
    at: usize,
    name: &str,
    node: &Checked,
    whole: fn(i128) -> Option<i128>,
    number: fn(f64) -> f64,
) -> Result<Checked, SqlError> {
    match node.as_whole() {
        Some(inner) => {
            let eval = of(move |block| Ok(inner(block)?.map(whole)));
            Ok(Checked::whole(at, eval, &[node]))
        }
        None => apply(at, name, node, number),
    }
}

/// `ABS(node)`.
pub(super) fn abs(at: usize, node: &Checked) -> Result<Checked, SqlError> {
    keeping(at, "ABS", node, i128::checked_abs, f64::abs)
}

/// `SIGN(node)`: −1, 0 or 1.
pub(super) fn sign(at: usize, node: &Checked) -> Result<Checked, SqlError> {
    let of_number = |value: f64| if value == 0.0 { value } else { value.signum() };
    keeping(at, "SIGN", node, |value| Some(value.signum()), of_number)
}

/// `FLOOR(node)`.
pub(super) fn floor(at: usize, node: &Checked) -> Result<Checked, SqlError> {
    keeping(at, "FLOOR", node, Some, f64::floor)
}

/// `CEIL(node)`.
pub(super) fn ceil(at: usize, node: &Checked) -> Result<Checked, SqlError> {
    keeping(at, "CEIL", node, Some, f64::ceil)
}

/// `ROUND` and `TRUNC`, with a number of digits after the point. Halves are
/// rounded to the even neighbour.
pub(super) fn round(at: usize, name: &str, nodes: &[Checked]) -> Result<Checked, SqlError> {
    let digits = match nodes {
        [_, digits] => {
            let digits = digits.constant_whole();
            let digits = digits.and_then(|digits| u32::try_from(digits).ok());
            digits.ok_or_else(|| {
                let message = format!("{name} needs its digits as a whole number from 0");
                SqlError::sense(at, message)
            })?
        }
        _ => 0,
    };
    let round = if name == "ROUND" {
        f64::round_ties_even
    } else {
        f64::trunc
    };
    let node = &nodes[0];
    if node.kind == ValueKind::Whole {
        return Ok(node.clone());
    }
    let number = node
        .as_number()
        .ok_or_else(|| no_numbers(at, name, &[node]))?;
    let single = node.kind == ValueKind::Number { single: true };
    Ok(Checked::number(
        at,
        single,
        cast::rounded(number, digits, round),
        &[node],
    ))
}

/// `POW(base, exponent)`: whole if both are and the exponent is a constant
/// from 0.
pub(super) fn power(at: usize, base: &Checked, exponent: &Checked) -> Result<Checked, SqlError> {
    let whole = base.as_whole().filter(|_| base.kind == ValueKind::Whole);
    let constant = exponent.constant_whole();
    let constant = constant.and_then(|exponent| u32::try_from(exponent).ok());
    let (Some(whole), Some(constant)) = (whole, constant) else {
        return apply_two(at, "POW", [base, exponent], f64::powf);
    };
    let beyond = move || {
        let message = "a whole number leaves 128 bits; CAST(x AS DOUBLE) has more room";
        SqlError::sense(at, message)
    };
    let eval = of(move |block| {
        whole(block)?.try_map(|value| value.checked_pow(constant).map(Some).ok_or_else(beyond))
    });
    Ok(Checked::whole(at, eval, &[base, exponent]))
}

/// `LOG(node, base)`.
pub(super) fn log(at: usize, node: &Checked, base: &Checked) -> Result<Checked, SqlError> {
    apply_two(at, "LOG", [node, base], |value, base| match base {
        2.0 => value.log2(),
        10.0 => value.log10(),
        _ => value.log(base),
    })
}

/// `MOD` and `DIV`.
pub(super) fn divide(
    at: usize,
    name: &str,
    one: &Checked,
    other: &Checked,
) -> Result<Checked, SqlError> {
    let operator = match name {
        "MOD" => Operator::Remainder,
        _ => Operator::WholeDivide,
    };
    super::arithmetic::arithmetic(at, operator, one, other)
}

/// `PI()`.
pub(super) fn pi(at: usize) -> Checked {
    super::leaves::literal(at, &Literal::Number(std::f64::consts::PI))
}
