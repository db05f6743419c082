//! What can be wrong with a table's contents.

use thiserror::Error;

/// A fault in the data, with the row (0-based, in the table as read) and the
/// column where it has them. The caller, which knows the file, adds its name
/// and the line.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DataError {
    /// A column that was asked for is not in the table.
    #[error("column '{column}' is missing")]
    MissingColumn {
        /// The column asked for.
        column: String,
    },
    /// Two options say different things of one column.
    #[error("column '{column}' stands in both {first} and {second}; leave it in one of them")]
    Contradiction {
        /// The column.
        column: String,
        /// One option.
        first: &'static str,
        /// The other option.
        second: &'static str,
    },
    /// No column is left to describe the rows.
    #[error("no feature column is left; name some with --features")]
    NoFeatures,
    /// A text where a number is needed.
    #[error("column '{column}' must be a number, but holds '{text}'")]
    NotANumber {
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// An infinite number.
    #[error("column '{column}' holds an infinite value; remove the row or leave the cell empty")]
    Infinite {
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
}

impl DataError {
    /// The row at fault, where there is one.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        match self {
            DataError::NotANumber { row, .. } | DataError::Infinite { row, .. } => Some(*row),
            _ => None,
        }
    }

    /// The same error of a table in which `rows` rows stand before.
    #[must_use]
    pub fn shifted(mut self, rows: usize) -> DataError {
        if let DataError::NotANumber { row, .. } | DataError::Infinite { row, .. } = &mut self {
            *row += rows;
        }
        self
    }
}
