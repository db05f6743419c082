//! Comparisons: `=`, `<`, `IS DISTINCT FROM`, `BETWEEN`, `IN`.

use std::cmp::Ordering;

use al_core::Message;

use super::checked::{Checked, Eval, of};
use super::error::SqlError;
use super::kind::ValueKind;
use super::logic;
use super::meet::{converted, meet};
use super::syntax::Operator;
use super::values::{RowBlock, RowValues};

/// Two values as ones of the same kind.
fn paired(at: usize, one: &Checked, other: &Checked) -> Result<(Eval, Eval), SqlError> {
    let kind = meet(one, other).ok_or_else(|| unequal_kinds(at, one, other))?;
    let evals = converted(one, &kind).zip(converted(other, &kind));
    evals.ok_or_else(|| unequal_kinds(at, one, other))
}

fn unequal_kinds(at: usize, one: &Checked, other: &Checked) -> SqlError {
    let kinds = [&one.kind, &other.kind];
    let text = kinds.contains(&&ValueKind::Text);
    let constant = [one, other].map(|node| node.kind == ValueKind::Text && node.constant);
    let help = if text && kinds.iter().any(|kind| kind.has_day()) {
        Some("write a date as DATE '2020-01-05', a moment as TIMESTAMP '2020-01-05 12:00:00'")
    } else if text && kinds.iter().any(|kind| kind.is_numeric()) {
        Some(match constant.contains(&true) {
            true => "a number stands without quotes",
            false => "a text stands in single quotes, and CAST(x AS DOUBLE) makes a number of it",
        })
    } else {
        None
    };
    let (one, other) = (&one.kind, &other.kind);
    SqlError::sense(at, format!("it compares {one} with {other}")).remedy(help.map(Message::from))
}

fn compared<T: PartialOrd + Clone>(
    operator: Operator,
    one: RowValues<T>,
    other: RowValues<T>,
) -> RowValues<bool> {
    match operator {
        Operator::Unequal => one.zip(other, |one, other| Some(one != other)),
        Operator::Less => one.zip(other, |one, other| Some(one < other)),
        Operator::LessEqual => one.zip(other, |one, other| Some(one <= other)),
        Operator::Greater => one.zip(other, |one, other| Some(one > other)),
        Operator::GreaterEqual => one.zip(other, |one, other| Some(one >= other)),
        _ => one.zip(other, |one, other| Some(one == other)),
    }
}

/// `one = other`, `one < other` and so on.
pub(super) fn compare(
    at: usize,
    operator: Operator,
    one: &Checked,
    other: &Checked,
) -> Result<Checked, SqlError> {
    let eval = match paired(at, one, other)? {
        (Eval::Bool(one), Eval::Bool(other)) => {
            of(move |block| Ok(compared(operator, one(block)?, other(block)?)))
        }
        (Eval::Whole(one), Eval::Whole(other)) => {
            of(move |block| Ok(compared(operator, one(block)?, other(block)?)))
        }
        (Eval::Number(one), Eval::Number(other)) => {
            of(move |block| Ok(compared(operator, one(block)?, other(block)?)))
        }
        (Eval::Text(one), Eval::Text(other)) => {
            of(move |block| Ok(compared(operator, one(block)?, other(block)?)))
        }
        _ if one.kind == ValueKind::Null && other.kind == ValueKind::Null => {
            of(|_| Ok(RowValues::Same(None)))
        }
        _ => return Err(unequal_kinds(at, one, other)),
    };
    Ok(Checked::bool(at, eval, &[one, other]))
}

/// `IS [NOT] DISTINCT FROM`: missing values are equal to one another.
pub(super) fn distinct(
    at: usize,
    one: &Checked,
    other: &Checked,
    not: bool,
) -> Result<Checked, SqlError> {
    fn differ<T: PartialEq + Clone>(
        one: RowValues<T>,
        other: RowValues<T>,
        not: bool,
    ) -> RowValues<bool> {
        one.zip_all(other, |one, other| Some((one != other) != not))
    }
    let eval = match paired(at, one, other)? {
        (Eval::Bool(one), Eval::Bool(other)) => {
            of(move |block| Ok(differ(one(block)?, other(block)?, not)))
        }
        (Eval::Whole(one), Eval::Whole(other)) => {
            of(move |block| Ok(differ(one(block)?, other(block)?, not)))
        }
        (Eval::Number(one), Eval::Number(other)) => {
            of(move |block| Ok(differ(one(block)?, other(block)?, not)))
        }
        (Eval::Text(one), Eval::Text(other)) => {
            of(move |block| Ok(differ(one(block)?, other(block)?, not)))
        }
        (Eval::Presence(one), Eval::Presence(other)) => {
            of(move |block| Ok(differ(one(block)?, other(block)?, not)))
        }
        _ => return Err(unequal_kinds(at, one, other)),
    };
    Ok(Checked::bool(at, eval, &[one, other]))
}

/// `value [NOT] BETWEEN low AND high`, both ends included.
pub(super) fn between(
    at: usize,
    value: &Checked,
    low: &Checked,
    high: &Checked,
    not: bool,
) -> Result<Checked, SqlError> {
    if not {
        let below = compare(at, Operator::Less, value, low)?;
        let above = compare(at, Operator::Greater, value, high)?;
        return logic::any(at, &[below, above]);
    }
    let above = compare(at, Operator::GreaterEqual, value, low)?;
    let below = compare(at, Operator::LessEqual, value, high)?;
    logic::all(at, &[above, below])
}

/// `value [NOT] IN (list)`.
pub(super) fn is_in(
    at: usize,
    value: &Checked,
    list: &[Checked],
    not: bool,
) -> Result<Checked, SqlError> {
    let found = match constants(at, value, list)? {
        Some(node) => node,
        None => {
            let equal: Result<Vec<Checked>, SqlError> = list
                .iter()
                .map(|item| compare(item.at, Operator::Equal, value, item))
                .collect();
            logic::any(at, &equal?)?
        }
    };
    match not {
        true => logic::not(at, &found),
        false => Ok(found),
    }
}

/// Values to be found in, and whether one is missing.
struct ConstantSet<T> {
    sorted: Vec<T>,
    missing: bool,
}

impl<T: PartialOrd> ConstantSet<T> {
    fn new(
        values: impl Iterator<Item = Result<Option<T>, SqlError>>,
    ) -> Result<ConstantSet<T>, SqlError> {
        let mut missing = false;
        let mut sorted: Vec<T> = Vec::new();
        for value in values {
            match value? {
                Some(value) => sorted.push(value),
                None => missing = true,
            }
        }
        sorted.sort_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal));
        Ok(ConstantSet { sorted, missing })
    }

    /// Whether `order` finds one equal; missing if it might be the missing one.
    fn has(&self, order: impl Fn(&T) -> Ordering) -> Option<bool> {
        match self.sorted.binary_search_by(order) {
            Ok(_) => Some(true),
            Err(_) => (!self.missing).then_some(false),
        }
    }
}

/// The search in a list of constants of one kind, `None` if it is none.
fn constants(at: usize, value: &Checked, list: &[Checked]) -> Result<Option<Checked>, SqlError> {
    let kinds: Option<Vec<ValueKind>> = list.iter().map(|item| meet(value, item)).collect();
    let kind = match kinds.as_deref() {
        Some([kind, others @ ..]) if others.iter().all(|other| other == kind) => kind,
        _ => return Ok(None),
    };
    if !list.iter().all(|item| item.constant) {
        return Ok(None);
    }
    let block = RowBlock { columns: &[] };
    let items = list.iter().map(|item| converted(item, kind));
    let eval = match converted(value, kind) {
        Some(Eval::Whole(value)) => {
            let set = ConstantSet::new(items.map(|item| match item {
                Some(Eval::Whole(item)) => Ok(item(block)?.get(0).copied()),
                _ => Ok(None),
            }))?;
            of(move |block| Ok(value(block)?.map(|value| set.has(|item| item.cmp(&value)))))
        }
        Some(Eval::Number(value)) => {
            let set = ConstantSet::new(items.map(|item| match item {
                Some(Eval::Number(item)) => Ok(item(block)?.get(0).copied()),
                _ => Ok(None),
            }))?;
            let order = |item: &f64, value: f64| item.partial_cmp(&value);
            let order = move |item: &f64, value| order(item, value).unwrap_or(Ordering::Less);
            of(move |block| Ok(value(block)?.map(|value| set.has(|item| order(item, value)))))
        }
        Some(Eval::Text(value)) => {
            let set = ConstantSet::new(items.map(|item| match item {
                Some(Eval::Text(item)) => Ok(item(block)?.get(0).map(ToString::to_string)),
                _ => Ok(None),
            }))?;
            of(move |block| {
                let cells = value(block)?;
                Ok(cells.map(|value| set.has(|item| item.as_str().cmp(&value))))
            })
        }
        _ => return Ok(None),
    };
    Ok(Some(Checked::bool(at, eval, &[value])))
}
