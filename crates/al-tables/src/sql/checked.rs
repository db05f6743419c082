//! Parts of a checked expression: each has a kind and can be computed.

use std::sync::Arc;

use super::error::SqlError;
use super::kind::ValueKind;
use super::values::{RowBlock, RowValues, Text};

pub(super) type Computed<T> = Result<RowValues<T>, SqlError>;

/// Computes a part of an expression for a block.
pub(super) type Of<T> = Arc<dyn Fn(RowBlock<'_>) -> Computed<T> + Send + Sync>;

/// The same of texts, which may be those of the block.
pub(super) type OfText = Arc<dyn for<'b> Fn(RowBlock<'b>) -> Computed<Text<'b>> + Send + Sync>;

/// `compute` as a part of an expression.
pub(super) fn of<T>(
    compute: impl Fn(RowBlock<'_>) -> Computed<T> + Send + Sync + 'static,
) -> Of<T> {
    Arc::new(compute)
}

/// `compute` as a part of an expression.
pub(super) fn of_text(
    compute: impl for<'b> Fn(RowBlock<'b>) -> Computed<Text<'b>> + Send + Sync + 'static,
) -> OfText {
    Arc::new(compute)
}

/// Missing everywhere.
pub(super) fn nothing<T: 'static>() -> Of<T> {
    of(|_| Ok(RowValues::Same(None)))
}

/// How values are computed, by what they are in memory.
#[derive(Clone)]
pub(super) enum Eval {
    Bool(Of<bool>),
    /// Whole numbers, and days and nanoseconds.
    Whole(Of<i128>),
    /// Never NaN: that is missing.
    Number(Of<f64>),
    Text(OfText),
    /// Only whether there is a value.
    Presence(Of<()>),
}

/// A part of a checked expression.
#[derive(Clone)]
pub(super) struct Checked {
    /// Where it stands, in bytes.
    pub(super) at: usize,
    pub(super) kind: ValueKind,
    pub(super) eval: Eval,
    /// Whether no column is in it. A number without a column takes on the
    /// precision of what it meets.
    pub(super) constant: bool,
}

impl Checked {
    pub(super) fn new(at: usize, kind: ValueKind, eval: Eval, from: &[&Checked]) -> Checked {
        Checked {
            at,
            kind,
            eval,
            constant: from.iter().all(|node| node.constant),
        }
    }

    pub(super) fn bool(at: usize, eval: Of<bool>, from: &[&Checked]) -> Checked {
        Checked::new(at, ValueKind::Bool, Eval::Bool(eval), from)
    }

    pub(super) fn whole(at: usize, eval: Of<i128>, from: &[&Checked]) -> Checked {
        Checked::new(at, ValueKind::Whole, Eval::Whole(eval), from)
    }

    pub(super) fn text(at: usize, eval: OfText, from: &[&Checked]) -> Checked {
        Checked::new(at, ValueKind::Text, Eval::Text(eval), from)
    }

    /// A number in the precision given: NaN becomes missing.
    pub(super) fn number(at: usize, single: bool, eval: Of<f64>, from: &[&Checked]) -> Checked {
        let eval: Of<f64> = of(move |block| {
            Ok(eval(block)?.map(|value| {
                let value = match single {
                    true => f64::from(value as f32),
                    false => value,
                };
                (!value.is_nan()).then_some(value)
            }))
        });
        Checked::new(at, ValueKind::Number { single }, Eval::Number(eval), from)
    }

    /// The value of a constant text.
    pub(super) fn constant_text(&self) -> Option<String> {
        match (&self.eval, self.constant) {
            (Eval::Text(text), true) => match text(RowBlock { columns: &[] }) {
                Ok(RowValues::Same(text)) => text.map(Text::into_owned),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value of a constant whole number.
    pub(super) fn constant_whole(&self) -> Option<i128> {
        match (&self.eval, self.constant) {
            (Eval::Whole(number), true) => match number(RowBlock { columns: &[] }) {
                Ok(RowValues::Same(number)) => number,
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether values are missing.
    pub(super) fn is_missing(&self) -> Of<bool> {
        fn missing<T>(cells: RowValues<T>) -> RowValues<bool> {
            cells.map_all(|value| Some(value.is_none()))
        }
        match self.eval.clone() {
            Eval::Bool(eval) => of(move |block| Ok(missing(eval(block)?))),
            Eval::Whole(eval) => of(move |block| Ok(missing(eval(block)?))),
            Eval::Number(eval) => of(move |block| Ok(missing(eval(block)?))),
            Eval::Text(eval) => of(move |block| Ok(missing(eval(block)?))),
            Eval::Presence(eval) => of(move |block| Ok(missing(eval(block)?))),
        }
    }

    /// As a number, if it is one; true is 1 and false 0.
    pub(super) fn as_number(&self) -> Option<Of<f64>> {
        match (&self.kind, self.eval.clone()) {
            (ValueKind::Null, _) => Some(nothing()),
            (ValueKind::Number { .. }, Eval::Number(eval)) => Some(eval),
            (ValueKind::Whole, Eval::Whole(eval)) => Some(of(move |block| {
                Ok(eval(block)?.map(|value| Some(value as f64)))
            })),
            (_, Eval::Bool(eval)) => Some(of(move |block| {
                Ok(eval(block)?.map(|value| Some(f64::from(u8::from(value)))))
            })),
            _ => None,
        }
    }

    /// As a whole number, if it is one; true is 1 and false 0.
    pub(super) fn as_whole(&self) -> Option<Of<i128>> {
        match (&self.kind, self.eval.clone()) {
            (ValueKind::Null, _) => Some(nothing()),
            (ValueKind::Whole, Eval::Whole(eval)) => Some(eval),
            (_, Eval::Bool(eval)) => Some(of(move |block| {
                Ok(eval(block)?.map(|value| Some(i128::from(value))))
            })),
            _ => None,
        }
    }

    /// As text, if it is text.
    pub(super) fn as_text(&self) -> Option<OfText> {
        match (&self.kind, self.eval.clone()) {
            (ValueKind::Null, _) => Some(of_text(|_| Ok(RowValues::Same(None)))),
            (_, Eval::Text(eval)) => Some(eval),
            _ => None,
        }
    }

    /// As true or false, if it is that.
    pub(super) fn as_bool(&self) -> Option<Of<bool>> {
        match (&self.kind, self.eval.clone()) {
            (ValueKind::Null, _) => Some(nothing()),
            (_, Eval::Bool(eval)) => Some(eval),
            _ => None,
        }
    }
}
