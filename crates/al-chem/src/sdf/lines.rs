//! The lines of a record.

use super::error::{SdfError, SdfProblem};

/// The lines of a record, with the number of the first.
#[derive(Clone, Copy)]
pub(crate) struct RecordLines<'a> {
    pub(super) lines: &'a [&'a str],
    pub(super) first: usize,
}

impl<'a> RecordLines<'a> {
    pub(super) fn get(self, at: usize) -> Option<&'a str> {
        self.lines.get(at).copied()
    }

    pub(super) fn error(self, at: usize, problem: SdfProblem) -> SdfError {
        SdfError::new(self.first + at, problem)
    }
}
