//! The cells of a column.

use crate::error::DataError;
use crate::table::{ColumnData, Table};

/// The column `name` of a table.
pub(super) fn column<'a>(table: &'a Table, name: &str) -> Result<&'a ColumnData, DataError> {
    table.column(name).ok_or_else(|| DataError::MissingColumn {
        column: name.to_owned(),
    })
}
