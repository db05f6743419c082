//! A column of a space.

use crate::condition::Test;
use crate::domain::Domain;
use crate::value::Value;

/// A column of a space.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceColumn {
    pub(crate) name: String,
    pub(crate) domain: Domain,
    pub(crate) tests: Vec<Test>,
    /// Line and character, from 1, of a text it was read from.
    pub(crate) place: Option<(usize, usize)>,
}

impl SpaceColumn {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values it may take where it is there.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The line and the character in it, from 1, where it is named in the text
    /// that the space was read from.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        self.place
    }

    /// Whether it is missing in some combinations.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        !self.tests.is_empty()
    }

    /// The values of a list; none of a range.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        match &self.domain {
            Domain::Listed(values) => values,
            Domain::Between(_) => &[],
        }
    }

    /// Whether its values are numbers.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        match self.values().first() {
            None => true,
            Some(first) => !first.number().is_nan(),
        }
    }
}
