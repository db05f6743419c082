//! What keeps a batch from being chosen.

use al_core::{Fault, Key};
use thiserror::Error;

use crate::limits::Collision;

/// What keeps a batch from being chosen.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SelectError {
    /// A row to include is not among the candidates.
    #[error("row {key} is to be included, but is not among the candidates")]
    IncludedMissing {
        /// The row.
        key: Key,
    },
    /// A row to include is excluded too.
    #[error("row {key} is to be included, but is measured, pending or excluded")]
    IncludedExcluded {
        /// The row.
        key: Key,
    },
    /// A row to include cannot be had.
    #[error("row {key} is to be included, but has weight 0 (not available)")]
    IncludedUnavailable {
        /// The row.
        key: Key,
    },
    /// More rows to include than rows to pick.
    #[error("{included} rows are to be included in a batch of {n}")]
    TooManyIncluded {
        /// Distinct rows to include.
        included: usize,
        /// Rows asked for.
        n: usize,
    },
    /// Limits that no batch can meet.
    #[error(transparent)]
    Collision(#[from] Collision),
    /// A budget that is no amount.
    #[error("the budget must be a finite number, 0 or more, not {total}")]
    Budget {
        /// The budget.
        total: f64,
    },
    /// A row's value of a column with a limit that the column does not have.
    #[error("row {row} has a value of column '{column}' that is not among the column's values")]
    UnknownValue {
        /// The column.
        column: String,
        /// The row, in the caller's order.
        row: usize,
    },
    /// A number that is none, or is negative where it may not be.
    #[error("{what} of row {row} must be {allowed}")]
    NotANumber {
        /// Which input.
        what: &'static str,
        /// The row, in the caller's order, of the candidates or the anchors.
        row: usize,
        /// What it may be.
        allowed: &'static str,
    },
    /// Inputs that do not belong together.
    #[error("{what}: {found} instead of {expected}")]
    Shape {
        /// Which input.
        what: &'static str,
        /// What the other inputs call for.
        expected: usize,
        /// What it has.
        found: usize,
    },
}

impl From<SelectError> for Fault {
    fn from(error: SelectError) -> Fault {
        let fault = Fault::data(error.to_string());
        match error {
            SelectError::TooManyIncluded { .. } => fault.remedy("ask for more rows"),
            SelectError::Collision(_) => fault.remedy("loosen one of these limits"),
            _ => fault,
        }
    }
}
