//! Choices among values: `CASE`, `COALESCE`, `GREATEST`, `LEAST`, `NULLIF`.

use super::cast::to_text;
use super::checked::{Checked, Computed, Eval, Of, OfText, of, of_text};
use super::compare::compare;
use super::error::SqlError;
use super::kind::ValueKind;
use super::logic::condition;
use super::meet::{converted, meet};
use super::syntax::Operator;
use super::values::{RowBlock, RowValues, Text};

/// Which of several values is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preference {
    /// The first that is there.
    First,
    Greatest,
    Least,
}

/// The kind in which all parts meet; what meets nowhere else does so in text,
/// if one is text.
fn common(parts: &[Checked], name: &str) -> Result<ValueKind, SqlError> {
    let mut kind = ValueKind::Null;
    let mut constant = true;
    for part in parts {
        let so_far = Checked {
            at: part.at,
            kind: kind.clone(),
            eval: part.eval.clone(),
            constant,
        };
        let text = [&kind, &part.kind].contains(&&ValueKind::Text) && to_text(part).is_some();
        let met = meet(&so_far, part).or(text.then_some(ValueKind::Text));
        kind = met.ok_or_else(|| {
            let message = format!("{name} mixes {kind} with {}", part.kind);
            SqlError::sense(part.at, message)
        })?;
        constant &= part.constant;
    }
    Ok(kind)
}

/// All parts as ones of the same kind.
enum EvalList {
    Bool(Vec<Of<bool>>),
    Whole(Vec<Of<i128>>),
    Number(Vec<Of<f64>>),
    Text(Vec<OfText>),
    Presence(Vec<Of<()>>),
}

fn same(parts: &[Checked], kind: &ValueKind) -> Result<EvalList, SqlError> {
    let as_kind = |part: &Checked| {
        converted(part, kind).ok_or_else(|| {
            let message = format!("{} stands beside {kind}", part.kind);
            SqlError::sense(part.at, message)
        })
    };
    let evals: Result<Vec<Eval>, SqlError> = parts.iter().map(as_kind).collect();
    let evals = evals?;
    macro_rules! all {
        ($variant:ident) => {
            EvalList::$variant(
                evals
                    .into_iter()
                    .filter_map(|eval| match eval {
                        Eval::$variant(eval) => Some(eval),
                        _ => None,
                    })
                    .collect(),
            )
        };
    }
    Ok(match evals.first() {
        Some(Eval::Bool(_)) => all!(Bool),
        Some(Eval::Whole(_)) => all!(Whole),
        Some(Eval::Number(_)) => all!(Number),
        Some(Eval::Text(_)) => all!(Text),
        _ => all!(Presence),
    })
}

fn pick<T: PartialOrd>(choice: Preference, one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(match choice {
            Preference::Greatest if other > one => other,
            Preference::Least if other < one => other,
            _ => one,
        }),
        (one, other) => one.or(other),
    }
}

fn picked<T: PartialOrd + Clone>(
    choice: Preference,
    parts: impl Iterator<Item = Computed<T>>,
) -> Computed<T> {
    let mut result: RowValues<T> = RowValues::Same(None);
    for part in parts {
        result = result.zip_all(part?, |one, other| pick(choice, one, other));
    }
    Ok(result)
}

/// `COALESCE`, `GREATEST`, `LEAST`: what is missing is never chosen.
pub(super) fn choice(
    at: usize,
    choice: Preference,
    name: &str,
    parts: &[Checked],
) -> Result<Checked, SqlError> {
    let kind = common(parts, name)?;
    let eval = match same(parts, &kind)? {
        EvalList::Bool(parts) => Eval::Bool(of(move |block| {
            picked(choice, parts.iter().map(|part| part(block)))
        })),
        EvalList::Whole(parts) => Eval::Whole(of(move |block| {
            picked(choice, parts.iter().map(|part| part(block)))
        })),
        EvalList::Number(parts) => Eval::Number(of(move |block| {
            picked(choice, parts.iter().map(|part| part(block)))
        })),
        EvalList::Text(parts) => Eval::Text(of_text(move |block| {
            picked(choice, parts.iter().map(|part| part(block)))
        })),
        EvalList::Presence(parts) => Eval::Presence(of(move |block| {
            picked(choice, parts.iter().map(|part| part(block)))
        })),
    };
    let from: Vec<&Checked> = parts.iter().collect();
    Ok(Checked::new(at, kind, eval, &from))
}

/// The first result whose condition is true, else the last.
fn select<T: Clone>(conditions: &[RowValues<bool>], results: &[RowValues<T>]) -> RowValues<T> {
    let at = |row: usize| {
        let chosen = conditions
            .iter()
            .position(|cells| cells.get(row) == Some(&true));
        results[chosen.unwrap_or(conditions.len())]
            .get(row)
            .cloned()
    };
    let rows = conditions.iter().find_map(RowValues::rows);
    match rows.or_else(|| results.iter().find_map(RowValues::rows)) {
        None => RowValues::Same(at(0)),
        Some(rows) => RowValues::Each((0..rows).map(at).collect()),
    }
}

fn computed<T>(parts: &[Of<T>], block: RowBlock<'_>) -> Result<Vec<RowValues<T>>, SqlError> {
    parts.iter().map(|part| part(block)).collect()
}

fn texts<'b>(parts: &[OfText], block: RowBlock<'b>) -> Result<Vec<RowValues<Text<'b>>>, SqlError> {
    parts.iter().map(|part| part(block)).collect()
}

/// `CASE`: `results` has one more than `conditions`, the value of `ELSE`.
pub(super) fn case(
    at: usize,
    conditions: &[Checked],
    results: &[Checked],
) -> Result<Checked, SqlError> {
    let kind = common(results, "CASE")?;
    let tests: Result<Vec<Of<bool>>, SqlError> = conditions
        .iter()
        .map(|node| condition(node, "WHEN"))
        .collect();
    let tests = tests?;
    let eval = match same(results, &kind)? {
        EvalList::Bool(results) => Eval::Bool(of(move |block| {
            Ok(select(
                &computed(&tests, block)?,
                &computed(&results, block)?,
            ))
        })),
        EvalList::Whole(results) => Eval::Whole(of(move |block| {
            Ok(select(
                &computed(&tests, block)?,
                &computed(&results, block)?,
            ))
        })),
        EvalList::Number(results) => Eval::Number(of(move |block| {
            Ok(select(
                &computed(&tests, block)?,
                &computed(&results, block)?,
            ))
        })),
        EvalList::Text(results) => Eval::Text(of_text(move |block| {
            Ok(select(&computed(&tests, block)?, &texts(&results, block)?))
        })),
        EvalList::Presence(results) => Eval::Presence(of(move |block| {
            Ok(select(
                &computed(&tests, block)?,
                &computed(&results, block)?,
            ))
        })),
    };
    let from: Vec<&Checked> = conditions.iter().chain(results).collect();
    Ok(Checked::new(at, kind, eval, &from))
}

/// `NULLIF(one, other)`: missing where they are equal, else the first.
pub(super) fn null_if(at: usize, one: &Checked, other: &Checked) -> Result<Checked, SqlError> {
    let equal = compare(at, Operator::Equal, one, other)?;
    let nothing = super::leaves::literal(at, &super::syntax::Literal::Null);
    case(at, &[equal], &[nothing, one.clone()])
}
