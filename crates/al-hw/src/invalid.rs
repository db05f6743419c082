//! What a space's columns and conditions cannot be, in words.

use al_core::{Fault, Message, did_you_mean};
use thiserror::Error;

/// What is wrong with the values of a column; `at` counts them from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidValues {
    /// No value.
    #[error("has no values; every column needs one at least")]
    Empty,
    /// The same value twice.
    #[error("holds {value} twice")]
    Repeated {
        /// The second of the two.
        at: usize,
        /// The value, as text.
        value: String,
    },
    /// Values of different kinds.
    #[error("mixes {first} and {other}; write them all as one kind")]
    Mixed {
        /// The first value of another kind than those before.
        at: usize,
        /// The kind of the first value.
        first: &'static str,
        /// The kind of this one.
        other: &'static str,
    },
    /// Infinity or not a number.
    #[error("holds {value}, which is not a finite number")]
    NotFinite {
        /// Which value.
        at: usize,
        /// The value, as text.
        value: String,
    },
    /// The number of combinations does not fit.
    #[error("makes more than 2^128 combinations with the columns before it")]
    TooManyCombinations,
    /// No name.
    #[error("has no name; every column needs one")]
    Nameless,
    /// Another column has this name.
    #[error("is there twice")]
    RepeatedColumn,
    /// Bounds that are no interval.
    #[error("goes from {from} to {to}; the end must be above the beginning, both finite")]
    Interval {
        /// The beginning.
        from: String,
        /// The end.
        to: String,
    },
    /// A logarithm of what has none.
    #[error("is logarithmic and goes from {from}; it must begin above 0")]
    Logarithm {
        /// The beginning.
        from: String,
    },
    /// A condition of a column that is not there.
    #[error("has a condition and is no column")]
    NoColumn {
        /// The columns that are there.
        columns: Vec<String>,
    },
    /// A condition on a column that is not there.
    #[error("depends on '{on}', which is no column")]
    ConditionColumn {
        /// The name.
        on: String,
        /// The columns that are there.
        columns: Vec<String>,
    },
    /// A condition that names a value its column does not have.
    #[error("depends on '{value}' of '{on}', which has no such value")]
    ConditionValue {
        /// The column of the condition.
        on: String,
        /// The value.
        value: String,
        /// The values it has.
        values: Vec<String>,
    },
    /// A condition that names values of a column that has no list of them.
    #[error(
        "depends on values of '{on}', which may be any number in its range; give bounds, as in {{ from = …, to = … }}"
    )]
    ConditionList {
        /// The column of the condition.
        on: String,
    },
    /// Bounds of a column that has no numbers.
    #[error("depends on bounds of '{on}', which holds {kind}; list the values")]
    ConditionBounds {
        /// The column of the condition.
        on: String,
        /// What it holds.
        kind: &'static str,
    },
    /// A condition that no value of its column meets.
    #[error("depends on '{on}' in a way that none of its values meets")]
    ConditionUnmet {
        /// The column of the condition.
        on: String,
    },
    /// Conditions that go in a circle.
    #[error("depends on itself: {circle}; take one of these conditions away")]
    Circle {
        /// The columns, each depending on the next, as text.
        circle: String,
    },
    /// Conditions that cannot hold together.
    #[error("is never there: its conditions cannot hold together")]
    Never,
    /// Conditions that cannot be counted.
    #[error(
        "has a condition that crosses those of other columns in more than {limit} ways; write it as a rule"
    )]
    Tangled {
        /// How many ways there may be.
        limit: usize,
    },
}

impl InvalidValues {
    /// The name or value that was probably meant, or those that there are, where
    /// `column` has a condition that names none.
    #[must_use]
    pub fn remedy(&self, column: &str) -> Option<Message> {
        match self {
            InvalidValues::NoColumn { columns } => did_you_mean(column, columns, "the columns are"),
            InvalidValues::ConditionColumn { on, columns } => {
                did_you_mean(on, columns, "the columns are")
            }
            InvalidValues::ConditionValue { value, values, .. } if values.contains(value) => Some(
                Message::from("write it as the column has it: a text in quotes, a number without"),
            ),
            InvalidValues::ConditionValue { value, values, .. } => {
                did_you_mean(value, values, "it has")
            }
            _ => None,
        }
    }

    /// The column of the condition at fault.
    pub(crate) fn on(&self) -> Option<&str> {
        match self {
            InvalidValues::ConditionColumn { on, .. }
            | InvalidValues::ConditionValue { on, .. }
            | InvalidValues::ConditionList { on }
            | InvalidValues::ConditionBounds { on, .. }
            | InvalidValues::ConditionUnmet { on } => Some(on),
            _ => None,
        }
    }

    /// Whether it is about the conditions of a column, not its values.
    pub(crate) fn is_of_conditions(&self) -> bool {
        matches!(
            self,
            InvalidValues::NoColumn { .. }
                | InvalidValues::Circle { .. }
                | InvalidValues::Never
                | InvalidValues::Tangled { .. }
        )
    }
}

/// A column that a space cannot have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column '{column}' {problem}")]
pub struct InvalidColumn {
    /// The column's name.
    pub column: String,
    /// What is wrong with it.
    pub problem: InvalidValues,
}

impl From<InvalidColumn> for Fault {
    fn from(error: InvalidColumn) -> Fault {
        Fault::usage(error.to_string()).maybe_remedy(error.problem.remedy(&error.column))
    }
}
