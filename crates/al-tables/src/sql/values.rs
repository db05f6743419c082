//! Values of the rows of a block.

use std::borrow::Cow;

use polars_core::prelude::Series;

/// Some rows of the columns that an expression reads.
#[derive(Clone, Copy)]
pub(super) struct RowBlock<'b> {
    /// The columns, in the expression's order.
    pub(super) columns: &'b [Series],
}

/// One value per row, missing where `None`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values<T> {
    /// The same in all rows.
    Same(Option<T>),
    Each(Vec<Option<T>>),
}

pub(super) type Text<'b> = Cow<'b, str>;

impl<T> Values<T> {
    /// `f` of every value; missing stays missing.
    pub(super) fn map<R>(self, f: impl Fn(T) -> Option<R>) -> Values<R> {
        self.map_all(|value| f(value?))
    }

    /// `f` of every value and of what is missing.
    pub(super) fn map_all<R>(self, f: impl Fn(Option<T>) -> Option<R>) -> Values<R> {
        match self {
            Values::Same(value) => Values::Same(f(value)),
            Values::Each(values) => Values::Each(values.into_iter().map(f).collect()),
        }
    }

    /// `f` of every value; missing stays missing, and an error ends it.
    pub(super) fn try_map<R, E>(
        self,
        f: impl Fn(T) -> Result<Option<R>, E>,
    ) -> Result<Values<R>, E> {
        let f = |value: Option<T>| value.map_or(Ok(None), &f);
        Ok(match self {
            Values::Same(value) => Values::Same(f(value)?),
            Values::Each(values) => {
                Values::Each(values.into_iter().map(f).collect::<Result<_, E>>()?)
            }
        })
    }

    /// The value of row `row`.
    pub(super) fn get(&self, row: usize) -> Option<&T> {
        match self {
            Values::Same(value) => value.as_ref(),
            Values::Each(values) => values[row].as_ref(),
        }
    }

    /// The number of rows, `None` if all are the same.
    pub(super) fn rows(&self) -> Option<usize> {
        match self {
            Values::Same(_) => None,
            Values::Each(values) => Some(values.len()),
        }
    }
}

impl<T: Clone> Values<T> {
    /// `f` of both values; missing if one is.
    pub(super) fn zip<U: Clone, R>(
        self,
        other: Values<U>,
        f: impl Fn(T, U) -> Option<R>,
    ) -> Values<R> {
        self.zip_all(other, |one, other| f(one?, other?))
    }

    /// `f` of both values and of what is missing.
    pub(super) fn zip_all<U: Clone, R>(
        self,
        other: Values<U>,
        f: impl Fn(Option<T>, Option<U>) -> Option<R>,
    ) -> Values<R> {
        match (self, other) {
            (Values::Same(one), Values::Same(other)) => Values::Same(f(one, other)),
            (Values::Each(one), Values::Same(other)) => {
                let rows = one.into_iter();
                Values::Each(rows.map(|one| f(one, other.clone())).collect())
            }
            (Values::Same(one), Values::Each(other)) => {
                let rows = other.into_iter();
                Values::Each(rows.map(|other| f(one.clone(), other)).collect())
            }
            (Values::Each(one), Values::Each(other)) => {
                let rows = one.into_iter().zip(other);
                Values::Each(rows.map(|(one, other)| f(one, other)).collect())
            }
        }
    }

    /// `f` of both values; missing if one is, and an error ends it.
    pub(super) fn try_zip<U: Clone, R, E>(
        self,
        other: Values<U>,
        f: impl Fn(T, U) -> Result<Option<R>, E>,
    ) -> Result<Values<R>, E> {
        let pairs = self.zip(other, |one, other| Some((one, other)));
        pairs.try_map(|(one, other)| f(one, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stays_missing() {
        let each = || Values::Each(vec![Some(1), None, Some(3)]);
        let add = |one: i32, other: i32| Some(one + other);
        assert_eq!(
            each().zip(Values::Same(Some(1)), add),
            Values::Each(vec![Some(2), None, Some(4)])
        );
        assert_eq!(
            Values::Same(Some(1)).zip(each(), add),
            Values::Each(vec![Some(2), None, Some(4)])
        );
        assert_eq!(
            each().zip(each(), add),
            Values::Each(vec![Some(2), None, Some(6)])
        );
        assert_eq!(
            Values::Same(None).zip(each(), add),
            Values::Each(vec![None; 3])
        );
        let odd = |value: i32| {
            if value == 3 {
                Err("three")
            } else {
                Ok(Some(value))
            }
        };
        assert_eq!(each().try_map(odd), Err("three"));
    }
}
