//! Conditions: `NOT`, `AND`, `OR`, `IS`, in three-valued logic.

use super::checked::{Checked, Of, of};
use super::error::SqlError;
use super::values::RowValues;

/// As a condition; `of_what` says whose it is.
pub(super) fn condition(node: &Checked, of_what: &str) -> Result<Of<bool>, SqlError> {
    node.as_bool().ok_or_else(|| {
        let message = format!("{of_what} needs a condition and finds {}", node.kind);
        SqlError::sense(node.at, message)
    })
}

/// True unless `node` is. Of a number: whether it is zero.
pub(super) fn not(at: usize, node: &Checked) -> Result<Checked, SqlError> {
    let negated = match node.as_number() {
        Some(number) if node.kind.is_numeric() => {
            of(move |block| Ok(number(block)?.map(|value| Some(value == 0.0))))
        }
        _ => {
            let inner = condition(node, "NOT")?;
            of(move |block| Ok(inner(block)?.map(|value| Some(!value))))
        }
    };
    Ok(Checked::bool(at, negated, &[node]))
}

/// Whether all are true (`AND`): false if one is false, whatever is missing.
pub(super) fn all(at: usize, parts: &[Checked]) -> Result<Checked, SqlError> {
    chain(at, parts, "AND", false)
}

/// Whether one is true (`OR`): true if one is true, whatever is missing.
pub(super) fn any(at: usize, parts: &[Checked]) -> Result<Checked, SqlError> {
    chain(at, parts, "OR", true)
}

/// Conditions one of which decides for all if it is `decisive`.
fn chain(at: usize, parts: &[Checked], name: &str, decisive: bool) -> Result<Checked, SqlError> {
    let conditions: Result<Vec<Of<bool>>, SqlError> =
        parts.iter().map(|part| condition(part, name)).collect();
    let conditions = conditions?;
    let eval = of(move |block| {
        let mut result = RowValues::Same(Some(!decisive));
        for condition in &conditions {
            result = result.zip_all(condition(block)?, |one, other| match (one, other) {
                (Some(one), _) if one == decisive => Some(decisive),
                (_, Some(other)) if other == decisive => Some(decisive),
                (Some(_), Some(_)) => Some(!decisive),
                _ => None,
            });
        }
        Ok(result)
    });
    let from: Vec<&Checked> = parts.iter().collect();
    Ok(Checked::bool(at, eval, &from))
}

/// `IS [NOT] NULL`.
pub(super) fn is_null(at: usize, node: &Checked, not: bool) -> Checked {
    let missing = node.is_missing();
    let eval = of(move |block| Ok(missing(block)?.map(|missing| Some(missing != not))));
    Checked::bool(at, eval, &[node])
}

/// `IS [NOT] TRUE` and `IS [NOT] FALSE`: never missing.
pub(super) fn is_truth(
    at: usize,
    node: &Checked,
    truth: bool,
    not: bool,
) -> Result<Checked, SqlError> {
    let inner = condition(node, if truth { "IS TRUE" } else { "IS FALSE" })?;
    let eval = of(move |block| {
        let cells = inner(block)?;
        Ok(cells.map_all(|value| Some((value == Some(truth)) != not)))
    });
    Ok(Checked::bool(at, eval, &[node]))
}
