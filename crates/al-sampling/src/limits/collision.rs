//! Limits that no batch can meet.

use std::fmt;

use thiserror::Error;

use super::{Limit, amount, listed, rows};

/// Limits that no batch can meet, and the numbers that say so.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Collision {
    /// More rows of each value than the batch has.
    #[error(
        "at least {} for each of the {values} values of '{column}' are {}, and the batch has {n}",
        rows(*.least), rows(.least.saturating_mul(*.values))
    )]
    AtLeastAboveRows {
        /// Rows of each value.
        least: usize,
        /// Values that have a available candidate.
        values: usize,
        /// The column.
        column: String,
        /// Rows asked for.
        n: usize,
    },
    /// At least more than at most.
    #[error("at least {least} and at most {} for each value of '{column}' exclude each other", rows(*.most))]
    AtLeastAboveAtMost {
        /// Rows of each value at least.
        least: usize,
        /// Rows of each value at most.
        most: usize,
        /// The column.
        column: String,
    },
    /// A value with too few candidates.
    #[error(
        "at least {} for each value of '{column}' cannot be had: '{value}' has {found} to pick from",
        rows(*.least)
    )]
    TooFewCandidates {
        /// Rows of each value.
        least: usize,
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// Its available candidates.
        found: usize,
    },
    /// Rows to include that are too many of one value.
    #[error(
        "{} with the value '{value}' of '{column}' are to be included, and at most {} of a value may be picked",
        rows(*.included), rows(*.most)
    )]
    IncludedAboveAtMost {
        /// Rows to include of this value.
        included: usize,
        /// The value.
        value: String,
        /// The column.
        column: String,
        /// Rows of each value at most.
        most: usize,
    },
    /// Rows to include that cost too much.
    #[error("the rows to include cost {}, and the budget is {}", amount(*.cost), amount(*.total))]
    IncludedAboveBudget {
        /// What they cost.
        cost: f64,
        /// What the batch may cost.
        total: f64,
    },
    /// Rows to include that have no room.
    #[error("the rows to include do not fit in {name}")]
    IncludedAboveRoom {
        /// What the room is called.
        name: String,
    },
    /// What is required has no room.
    #[error("the smallest rows that meet {} do not fit in {name}", ListedLimits(.limits))]
    RequiredAboveRoom {
        /// The other limits that it takes.
        limits: Vec<Limit>,
        /// What the room is called.
        name: String,
        /// The smallest rows that meet them, in the caller's order.
        rows: Vec<usize>,
    },
    /// Rows to include of two values, where all must have one.
    #[error(
        "all rows are to have one value of '{column}', and rows with '{first}' and with '{second}' are to be included"
    )]
    IncludedApart {
        /// The column.
        column: String,
        /// A value.
        first: String,
        /// Another.
        second: String,
    },
    /// Rows of every value, where all must have one.
    #[error(
        "all rows are to have one value of '{column}', and at least {} for each of its {values} values",
        rows(*.least)
    )]
    TogetherApart {
        /// The column.
        column: String,
        /// Rows of each value.
        least: usize,
        /// Values that have a available candidate.
        values: usize,
    },
    /// What is required cannot be paid for.
    #[error(
        "the cheapest rows that meet {} cost {}, and the budget is {}",
        ListedLimits(.limits), amount(*.cost), amount(*.total)
    )]
    RequiredAboveBudget {
        /// The other limits that it takes.
        limits: Vec<Limit>,
        /// The cost of the cheapest rows that meet them.
        cost: f64,
        /// What the batch may cost.
        total: f64,
    },
    /// Limits that can be met without any one of them, and not together.
    #[error("no batch found that meets all of: {}", ListedLimits(.limits))]
    NoneMeetsAll {
        /// The limits.
        limits: Vec<Limit>,
    },
}

struct ListedLimits<'a>(&'a [Limit]);

impl fmt::Display for ListedLimits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        listed(f, self.0)
    }
}
