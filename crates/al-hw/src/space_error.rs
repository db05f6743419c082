//! What can be wrong with a space's text, in words.

use al_core::{Fault, Message, did_you_mean};
use thiserror::Error;

use crate::invalid::InvalidValues;

/// What is wrong with a space's text, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {}", self.said())]
pub struct SpaceError {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The entry at fault, if it is one.
    pub key: Option<String>,
    /// What is wrong with it.
    pub problem: Problem,
}

impl SpaceError {
    /// The problem, after the entry at fault.
    fn said(&self) -> String {
        match &self.key {
            Some(key) => format!("'{key}' {}", self.problem),
            None => self.problem.to_string(),
        }
    }

    /// The name or value that was probably meant, or those that there are.
    #[must_use]
    pub fn remedy(&self) -> Option<Message> {
        let key = self.key.as_deref().unwrap_or_default();
        match &self.problem {
            Problem::Unknown => {
                let known = ["values", "when", "sample", "rules", "exclude"];
                did_you_mean(key, &known, "there are")
            }
            Problem::SampleEntry { entry } => did_you_mean(entry, &["rows", "method"], "there are"),
            Problem::Method { name, known } => did_you_mean(name, known, "there are"),
            Problem::Values(invalid) => invalid.remedy(key),
            Problem::RangeStands { what } => Some(Message::from(match *what {
                "factor" => "give a factor other than 1",
                _ => "give a step other than 0",
            })),
            Problem::RangeAway { what } => Some(Message::from(match *what {
                "factor" => {
                    "from a smaller to a larger number it is above 1, the other way below 1"
                }
                _ => "from a smaller to a larger number it is above 0, the other way below 0",
            })),
            _ => None,
        }
    }

    /// The fault of the text in the file `name`.
    #[must_use]
    pub fn in_file(&self, name: &str) -> Fault {
        let place = format!("{name}, line {}, column {}", self.line, self.column);
        Fault::data(self.said())
            .maybe_remedy(self.remedy())
            .at(place)
    }
}

impl From<SpaceError> for Fault {
    fn from(error: SpaceError) -> Fault {
        Fault::data(error.to_string()).maybe_remedy(error.remedy())
    }
}

/// What can be wrong with a space's text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Not TOML.
    #[error("{message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// An entry that means nothing.
    #[error("is not known here")]
    Unknown,
    /// No columns.
    #[error("the space has no columns; write them under [values], as in: batch_size = [1, 2, 4]")]
    NoColumns,
    /// An entry of another type than it must be.
    #[error("must be {expected}, not {found}")]
    Type {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// `rules`, `exclude` or `when` in both places it may stand.
    #[error("stands both above [values] and in it; leave it in one place")]
    Twice,
    /// Values that a column cannot have.
    #[error("{0}")]
    Values(InvalidValues),
    /// A whole number beyond 64 bits.
    #[error("holds {number}, which is beyond 64 bits")]
    Integer {
        /// The number.
        number: String,
    },
    /// A range without one of its parts, or with one too many.
    #[error(
        "must be a range {{ from = …, to = … }} with step = … or factor = …, in a sample with neither or log = true, or a list"
    )]
    RangeParts,
    /// A step or a factor that stays where it is.
    #[error("has a {what} that leads nowhere")]
    RangeStands {
        /// `step` or `factor`.
        what: &'static str,
    },
    /// A step or a factor in the wrong direction.
    #[error("has a {what} that leads away from its end")]
    RangeAway {
        /// `step` or `factor`.
        what: &'static str,
    },
    /// A factor between numbers that no factor connects.
    #[error("needs a factor > 0, and a beginning and an end of one sign and not 0")]
    RangeFactor,
    /// A range of very many values.
    #[error("has more than {limit} values")]
    RangeLong {
        /// How many it may have.
        limit: usize,
    },
    /// Numbers that are infinite or too far apart for exact steps.
    #[error("has numbers of more than 38 digits between them, or infinite ones")]
    RangeDigits,
    /// A condition that is none.
    #[error(
        "must say of '{on}' which values are meant: a value, a list [..] or bounds {{ from = …, to = … }}"
    )]
    Choice {
        /// The column it depends on.
        on: String,
    },
    /// A sample without a size.
    #[error("needs the number of rows, as in: rows = 1000")]
    SampleRows,
    /// A size that no sample has.
    #[error("has {number} rows; it must have 1 at least")]
    SampleSize {
        /// The number.
        number: i64,
    },
    /// An entry of a sample that means nothing.
    #[error("has an entry '{entry}'")]
    SampleEntry {
        /// The entry.
        entry: String,
    },
    /// A method that there is not.
    #[error("has the method '{name}'")]
    Method {
        /// The method.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
}
