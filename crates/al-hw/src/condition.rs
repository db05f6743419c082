//! Columns that only make sense where others have some values.
//!
//! A condition names a column and the values of it that are meant. All
//! conditions of a column must hold; where one does not, the column is
//! missing. A condition on a column that is missing itself does not hold.

use crate::points::{MISSING, PointCells};
use crate::value::Value;

/// That a column is there only where another has some values.
///
/// ```
/// use al_hw::{Choice, ColumnCondition, ConfigSpace, Value};
///
/// let space = ConfigSpace::new(
///     vec![
///         ("kernel".to_owned(), Value::list(["direct", "tiled"])),
///         ("tile".to_owned(), Value::list([8, 16, 32])),
///     ],
///     Vec::new(),
///     None,
/// )?
/// .with_conditions(&[ColumnCondition {
///     column: "tile".to_owned(),
///     on: "kernel".to_owned(),
///     choice: Choice::OneOf(Value::list(["tiled"])),
/// }])?;
/// assert_eq!(space.size(), Some(1 + 3));
/// assert!(space.rows(0..1).column("tile").unwrap().is_missing(0));
/// # Ok::<(), al_hw::InvalidColumn>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnCondition {
    /// The column that is there or missing.
    pub column: String,
    /// The column that decides.
    pub on: String,
    /// Its values for which the condition holds.
    pub choice: Choice,
}

/// Some values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// These.
    OneOf(Vec<Value>),
    /// Numbers between bounds, which are among them.
    Between {
        /// The lower bound.
        from: Option<f64>,
        /// The upper bound.
        to: Option<f64>,
    },
}

/// A condition, in places of columns and values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    /// The column that decides.
    pub(crate) on: usize,
    pub(crate) allowed: AllowedValues,
}

/// For which values a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AllowedValues {
    /// Per value of a list.
    Places(Vec<bool>),
    /// Of a column that may be any number.
    Between(f64, f64),
}

impl Test {
    /// Whether it holds in a row of the column that decides.
    pub(crate) fn holds(&self, cells: &PointCells, row: usize) -> bool {
        match (&self.allowed, cells) {
            (AllowedValues::Places(allowed), PointCells::Places(places)) => {
                places[row] != MISSING && allowed[places[row] as usize]
            }
            // NaN, which is missing, is between no bounds.
            (AllowedValues::Between(from, to), PointCells::Numbers(numbers)) => {
                (*from..=*to).contains(&numbers[row])
            }
            _ => unreachable!("a test is made for the domain of its column"),
        }
    }
}
