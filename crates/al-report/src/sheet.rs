//! A table of text.

use serde::Serialize;

/// A table ready to be shown: every cell is text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// What the table shows.
    pub title: String,
    /// Heads of the columns.
    pub headers: Vec<String>,
    /// Per column, whether its cells are numbers, to be set flush right.
    pub right_aligned: Vec<bool>,
    /// The rows, each with one cell per column.
    pub rows: Vec<Vec<String>>,
    /// Columns that stay where there is no room for all.
    pub kept: Vec<usize>,
    /// What is to be known to read it, in a sentence; empty if nothing is.
    pub remark: String,
}
