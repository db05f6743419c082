//! Problems with where they stand in the text.

use std::ops::Range;

use toml::de::DeValue;

use crate::entries::{TomlEntry, type_name};
use crate::space_error::Problem;

/// A problem and the bytes of the text that it is about.
pub(super) type LocatedProblem = (Option<String>, Range<usize>, Problem);

impl TomlEntry<'_> {
    pub(super) fn problem(&self, problem: Problem) -> LocatedProblem {
        (Some(self.name.to_owned()), self.place.clone(), problem)
    }

    pub(super) fn problem_at(&self, place: Range<usize>, problem: Problem) -> LocatedProblem {
        (Some(self.name.to_owned()), place, problem)
    }

    pub(super) fn wrong_type(&self, expected: &'static str, found: &DeValue<'_>) -> LocatedProblem {
        let found = type_name(found);
        self.problem_at(self.value.span(), Problem::Type { expected, found })
    }
}
