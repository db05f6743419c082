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
pub(super) enum RowValues<T> {
    /// The same in all rows.
    Same(Option<T>),
    Each(Vec<Option<T>>),
}

pub(super) type Text<'b> = Cow<'b, str>;

impl<T> RowValues<T> {
    /// `f` of every value; missing stays missing.
    pub(super) fn map<R>(self, f: impl Fn(T) -> Option<R>) -> RowValues<R> {
        self.map_all(|value| f(value?))
    }

    /// `f` of every value and of what is missing.
    pub(super) fn map_all<R>(self, f: impl Fn(Option<T>) -> Option<R>) -> RowValues<R> {
        match self {
            RowValues::Same(value) => RowValues::Same(f(value)),
            RowValues::Each(values) => RowValues::Each(values.into_iter().map(f).collect()),
        }
    }

    /// `f` of every value; missing stays missing, and an error ends it.
    pub(super) fn try_map<R, E>(
        self,
        f: impl Fn(T) -> Result<Option<R>, E>,
    ) -> Result<RowValues<R>, E> {
        let f = |value: Option<T>| value.map_or(Ok(None), &f);
        Ok(match self {
            RowValues::Same(value) => RowValues::Same(f(value)?),
            RowValues::Each(values) => {
                RowValues::Each(values.into_iter().map(f).collect::<Result<_, E>>()?)
            }
        })
    }

    /// The value of row `row`.
    pub(super) fn get(&self, row: usize) -> Option<&T> {
        match self {
            RowValues::Same(value) => value.as_ref(),
            RowValues::Each(values) => values[row].as_ref(),
        }
    }

    /// The number of rows, `None` if all are the same.
    pub(super) fn rows(&self) -> Option<usize> {
        match self {
            RowValues::Same(_) => None,
            RowValues::Each(values) => Some(values.len()),
        }
    }
}

impl<T: Clone> RowValues<T> {
    /// `f` of both values; missing if one is.
    pub(super) fn zip<U: Clone, R>(
        self,
        other: RowValues<U>,
        f: impl Fn(T, U) -> Option<R>,
    ) -> RowValues<R> {
        self.zip_all(other, |one, other| f(one?, other?))
    }

    /// `f` of both values and of what is missing.
    pub(super) fn zip_all<U: Clone, R>(
        self,
        other: RowValues<U>,
        f: impl Fn(Option<T>, Option<U>) -> Option<R>,
    ) -> RowValues<R> {
        match (self, other) {
            (RowValues::Same(one), RowValues::Same(other)) => RowValues::Same(f(one, other)),
            (RowValues::Each(one), RowValues::Same(other)) => {
                let rows = one.into_iter();
                RowValues::Each(rows.map(|one| f(one, other.clone())).collect())
            }
            (RowValues::Same(one), RowValues::Each(other)) => {
                let rows = other.into_iter();
                RowValues::Each(rows.map(|other| f(one.clone(), other)).collect())
            }
            (RowValues::Each(one), RowValues::Each(other)) => {
                let rows = one.into_iter().zip(other);
                RowValues::Each(rows.map(|(one, other)| f(one, other)).collect())
            }
        }
    }

    /// `f` of both values; missing if one is, and an error ends it.
    pub(super) fn try_zip<U: Clone, R, E>(
        self,
        other: RowValues<U>,
        f: impl Fn(T, U) -> Result<Option<R>, E>,
    ) -> Result<RowValues<R>, E> {
        let pairs = self.zip(other, |one, other| Some((one, other)));
        pairs.try_map(|(one, other)| f(one, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stays_missing() {
        let each = || RowValues::Each(vec![Some(1), None, Some(3)]);
        let add = |one: i32, other: i32| Some(one + other);
        assert_eq!(
            each().zip(RowValues::Same(Some(1)), add),
            RowValues::Each(vec![Some(2), None, Some(4)])
        );
        assert_eq!(
            RowValues::Same(Some(1)).zip(each(), add),
            RowValues::Each(vec![Some(2), None, Some(4)])
        );
        assert_eq!(
            each().zip(each(), add),
            RowValues::Each(vec![Some(2), None, Some(6)])
        );
        assert_eq!(
            RowValues::Same(None).zip(each(), add),
            RowValues::Each(vec![None; 3])
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
