//! What a batch may hold: how many rows, at what cost, how many of each value
//! of a column, which rows in any case and which never.
//!
//! Limits that the candidates cannot meet are an error that names the ones
//! that collide ([`Collision`]); a batch that meets all and has fewer rows
//! than asked for is a batch, and says why it is short ([`Shortfall`]).
//!
//! - *At most* n rows of a value: with n picks, its other rows are closed.
//! - *At least* n rows of every value that has a available candidate: picks go
//!   by the strategy's order as long as the rows and the money left suffice
//!   for what is still missing; a row that would leave too little is closed.
//! - *Budget*: a row that no longer fits is closed; the batch ends when none
//!   is left. Costs are added up to a billionth of the budget.
//! - *Room*: rows take up room, such as time on hosts, of which there is only so
//!   much in pieces; a row that has no place beside those picked is closed. What
//!   room there is, the caller knows ([`Fit`]).
//! - *Together*: all picks have the value of the rows to include, or else of
//!   the first pick, which is of a value that can fill the batch; if none can,
//!   of one that fills most of it.
//!
//! Closed rows stay closed. A larger batch still begins with the smaller one
//! under at-most limits; under a budget, room, at-least or together limits it
//! need not, since what has to be kept back depends on the size.

mod book;
mod colliding;
mod collision;
mod gate;
mod plan;
mod room_use;
mod search;
mod state;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use al_core::Key;
use al_core::phrases::{counted, rounded};

pub use collision::Collision;
pub(crate) use gate::Gate;

/// What a batch may hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SelectionLimits {
    /// Number of rows to pick; `usize::MAX` where only the budget counts.
    pub n: usize,
    /// Rows never to pick: measured, pending, or named by the user.
    pub excluded: HashSet<Key>,
    /// Rows to pick in any case; they come first, in this order.
    pub included: Vec<Key>,
    /// What the batch may cost.
    pub budget: Option<Budget>,
    /// How many rows of each value of a column, for any number of columns.
    pub quotas: Vec<Quota>,
    /// The column of which all rows of the batch have one value.
    pub together: Option<Groups>,
    /// What room rows take up, and how much there is.
    pub room: Option<Room>,
}

/// Room that rows take up, such as time on hosts.
#[derive(Debug, Clone)]
pub struct Room {
    /// What messages call it.
    pub name: String,
    /// Per row, in the caller's order, what kind of room it needs.
    pub kinds: Vec<u32>,
    /// Per row how much of it.
    pub sizes: Vec<u64>,
    /// How much there is.
    pub fit: Arc<dyn Fit>,
}

/// Says what there is room for.
pub trait Fit: fmt::Debug + Send + Sync {
    /// Whether all these items, of a kind and a size each, have room together.
    /// With some of them left out or smaller there is still room.
    fn fits(&self, items: &[(u32, u64)]) -> bool;
}

impl Room {
    fn limit(&self) -> Limit {
        let name = self.name.clone();
        Limit::Room { name }
    }
}

impl PartialEq for Room {
    fn eq(&self, other: &Room) -> bool {
        self.name == other.name
            && self.kinds == other.kinds
            && self.sizes == other.sizes
            && Arc::ptr_eq(&self.fit, &other.fit)
    }
}

impl SelectionLimits {
    /// `n` rows, any.
    #[must_use]
    pub fn first(n: usize) -> SelectionLimits {
        SelectionLimits {
            n,
            ..SelectionLimits::default()
        }
    }

    /// Whether anything but the number of rows can close a row.
    fn in_force(&self) -> bool {
        self.budget.is_some()
            || !self.quotas.is_empty()
            || self.together.is_some()
            || self.room.is_some()
    }
}

/// What rows cost, and what the batch may.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Budget {
    /// Cost of each row in the caller's order, finite and ≥ 0.
    pub costs: Vec<f64>,
    /// What all rows of the batch may cost together, in the same unit, rows to
    /// include among them; finite and ≥ 0.
    pub total: f64,
}

/// The rows by their values of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups {
    /// Name of the column.
    pub column: String,
    /// Its values as they are shown.
    pub names: Vec<String>,
    /// Per row, in the caller's order, the place of its value among the names;
    /// [`Groups::MISSING`] for none.
    pub of: Vec<u32>,
}

impl Groups {
    /// The place of a missing value: a value of its own, shown as `(missing)`.
    pub const MISSING: u32 = u32::MAX;

    /// The rows by these values, one per row in the caller's order.
    #[must_use]
    pub fn new<'v>(
        column: impl Into<String>,
        values: impl IntoIterator<Item = Option<&'v str>>,
    ) -> Groups {
        let mut names = Vec::new();
        let mut places: HashMap<&str, u32> = HashMap::new();
        let of = values
            .into_iter()
            .map(|value| match value {
                None => Groups::MISSING,
                Some(value) => *places.entry(value).or_insert_with(|| {
                    names.push(value.to_owned());
                    names.len() as u32 - 1
                }),
            })
            .collect();
        Groups {
            column: column.into(),
            names,
            of,
        }
    }

    /// Number of values that a row can have, a missing one among them.
    fn len(&self) -> usize {
        self.names.len() + 1
    }

    /// The value of a row, from 0 to [`Groups::len`].
    fn group(&self, row: u32) -> u32 {
        self.of[row as usize].min(self.names.len() as u32)
    }

    /// How the value of a group is shown.
    fn name(&self, group: u32) -> &str {
        self.names
            .get(group as usize)
            .map_or("(missing)", String::as_str)
    }
}

/// How many rows of each value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The rows by their values.
    pub groups: Groups,
    /// How many of each.
    pub bound: QuotaBound,
}

/// A bound on the rows of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaBound {
    /// No more rows of any value.
    AtMost(usize),
    /// As many rows of every value that has a available candidate, rows to
    /// include among them.
    AtLeast(usize),
}

impl Quota {
    /// At most `n` rows of each value.
    #[must_use]
    pub fn at_most(n: usize, groups: Groups) -> Quota {
        Quota {
            groups,
            bound: QuotaBound::AtMost(n),
        }
    }

    /// At least `n` rows of each value that has a available candidate.
    #[must_use]
    pub fn at_least(n: usize, groups: Groups) -> Quota {
        Quota {
            groups,
            bound: QuotaBound::AtLeast(n),
        }
    }

    fn limit(&self) -> Limit {
        let column = self.groups.column.clone();
        match self.bound {
            QuotaBound::AtMost(n) => Limit::AtMost { n, column },
            QuotaBound::AtLeast(n) => Limit::AtLeast { n, column },
        }
    }
}

/// A limit, as messages name it.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// The number of rows.
    Rows {
        /// Rows asked for.
        n: usize,
    },
    /// Rows to include.
    Included {
        /// How many.
        n: usize,
    },
    /// [`SelectionLimits::budget`].
    Budget {
        /// What the batch may cost.
        total: f64,
    },
    /// [`QuotaBound::AtMost`].
    AtMost {
        /// Rows of each value.
        n: usize,
        /// The column.
        column: String,
    },
    /// [`QuotaBound::AtLeast`].
    AtLeast {
        /// Rows of each value.
        n: usize,
        /// The column.
        column: String,
    },
    /// [`SelectionLimits::together`].
    Together {
        /// The column.
        column: String,
        /// The value of the batch, once there is one.
        value: Option<String>,
    },
    /// [`SelectionLimits::room`].
    Room {
        /// What it is called.
        name: String,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Rows { n } => write!(f, "{} in the batch", rows(*n)),
            Limit::Included { n } => write!(f, "{} to include", rows(*n)),
            Limit::Budget { total } => write!(f, "a budget of {}", amount(*total)),
            Limit::AtMost { n, column } => {
                write!(f, "at most {} for each value of '{column}'", rows(*n))
            }
            Limit::AtLeast { n, column } => {
                write!(f, "at least {} for each value of '{column}'", rows(*n))
            }
            Limit::Together {
                column,
                value: None,
            } => write!(f, "all rows with one value of '{column}'"),
            Limit::Together {
                column,
                value: Some(value),
            } => write!(f, "all rows with the value '{value}' of '{column}'"),
            Limit::Room { name } => f.write_str(name),
        }
    }
}

/// An amount with six significant digits.
fn amount(value: f64) -> f64 {
    rounded(value, 6)
}

fn rows(n: usize) -> String {
    counted(n, "row")
}

/// Why a batch has fewer rows than asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shortfall {
    /// The limits that closed candidates which are not in the batch; none if
    /// every candidate is in it.
    pub limits: Vec<Limit>,
    /// Available candidates that are not in the batch.
    pub closed: usize,
    /// What is left of the budget, if there is one.
    pub money_left: Option<f64>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.limits.is_empty() {
            return f.write_str("there are no more candidates");
        }
        write!(f, "the other {} would break: ", candidates(self.closed))?;
        listed(f, &self.limits)?;
        match self.money_left {
            Some(left) => write!(f, " (of which {} is left)", amount(left)),
            None => Ok(()),
        }
    }
}

fn candidates(n: usize) -> String {
    match n {
        1 => "candidate".to_owned(),
        n => counted(n, "candidate"),
    }
}

fn listed(f: &mut fmt::Formatter<'_>, limits: &[Limit]) -> fmt::Result {
    for (at, limit) in limits.iter().enumerate() {
        let between = if at > 0 { "; " } else { "" };
        write!(f, "{between}{limit}")?;
    }
    Ok(())
}
