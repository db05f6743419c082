//! Limits that no batch can meet.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::book::Book;
use super::{Fit, Limit, Limits, Room, amount, listed, rows};

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
        /// Values that have a candidate on offer.
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
        /// Its candidates on offer.
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
    #[error("the smallest rows that meet {} do not fit in {name}", Listed(.limits))]
    RequiredAboveRoom {
        /// The other limits that it takes.
        limits: Vec<Limit>,
        /// What the room is called.
        name: String,
        /// The smallest rows that meet them, in the caller's order.
        rows: Vec<usize>,
    },
    /// Rows to include of two values, where all shall have one.
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
    /// Rows of every value, where all shall have one.
    #[error(
        "all rows are to have one value of '{column}', and at least {} for each of its {values} values",
        rows(*.least)
    )]
    TogetherApart {
        /// The column.
        column: String,
        /// Rows of each value.
        least: usize,
        /// Values that have a candidate on offer.
        values: usize,
    },
    /// What is required cannot be paid for.
    #[error(
        "the cheapest rows that meet {} cost {}, and the budget is {}",
        Listed(.limits), amount(*.cost), amount(*.total)
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
    #[error("no batch found that meets all of: {}", Listed(.limits))]
    NoneMeetsAll {
        /// The limits.
        limits: Vec<Limit>,
    },
}

struct Listed<'a>(&'a [Limit]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        listed(f, self.0)
    }
}

/// The fewest limits that collide: without any one of them the others can be
/// met.
pub(super) fn collision(limits: &Limits, rows: &[u32], included: &[usize]) -> Collision {
    let met = |limits: &Limits, included: &[usize]| {
        let Ok(mut book) = Book::new(limits, rows) else {
            return false;
        };
        book.include(limits, included).is_ok() && book.state.meets().is_some()
    };
    let mut left = Limits {
        excluded: HashSet::new(),
        ..limits.clone()
    };
    let mut included = included;
    let mut colliding = Vec::new();
    for at in (0..left.quotas.len()).rev() {
        let quota = left.quotas.remove(at);
        if met(&left, included) {
            colliding.insert(0, quota.limit());
            left.quotas.insert(at, quota);
        }
    }
    if let Some(groups) = left.together.take()
        && met(&left, included)
    {
        colliding.push(Limit::Together {
            column: groups.column.clone(),
            value: None,
        });
        left.together = Some(groups);
    }
    let mut room = left.room.take();
    if !met(&left, included) {
        room = None;
    }
    left.room = room;
    if !included.is_empty() {
        if met(&left, &[]) {
            colliding.push(Limit::Included { n: included.len() });
        } else {
            included = &[];
        }
    }
    let n = std::mem::replace(&mut left.n, usize::MAX);
    if met(&left, included) {
        colliding.push(Limit::Rows { n });
        left.n = n;
    }
    let Some(budget) = left.budget.take() else {
        return unplaced(&left, rows, included, colliding);
    };
    if !met(&left, included) {
        return unplaced(&left, rows, included, colliding);
    }
    if let Some(room) = &left.room {
        colliding.push(room.limit());
    }
    let total = budget.total;
    left.budget = Some(budget);
    match cheapest(&left, rows, included) {
        Some(cost) => Collision::RequiredAboveBudget {
            limits: colliding,
            cost,
            total,
        },
        None => {
            colliding.push(Limit::Budget { total });
            Collision::NoneMeetsAll { limits: colliding }
        }
    }
}

/// Limits that collide without a budget: with room, the smallest rows that meet
/// the others have none.
fn unplaced(limits: &Limits, rows: &[u32], included: &[usize], named: Vec<Limit>) -> Collision {
    let Some(room) = &limits.room else {
        return Collision::NoneMeetsAll { limits: named };
    };
    let fit: Arc<dyn Fit> = Arc::new(Boundless);
    let free = Limits {
        room: Some(Room {
            fit,
            ..room.clone()
        }),
        ..limits.clone()
    };
    let smallest = || {
        let mut book = Book::new(&free, rows).ok()?;
        book.include(&free, included).ok()?;
        let plan = book.state.meets()?;
        let planned =
            |(&cell, &n): (&u32, &usize)| book.state.cells[cell as usize].rows[..n].to_vec();
        let planned = plan.iter().flat_map(planned).map(|row| row as usize);
        let candidates = included.iter().copied().chain(planned);
        Some(
            candidates
                .map(|candidate| rows[candidate] as usize)
                .collect(),
        )
    };
    Collision::RequiredAboveRoom {
        limits: named,
        name: room.name.clone(),
        rows: smallest().unwrap_or_default(),
    }
}

/// Room for everything.
#[derive(Debug)]
struct Boundless;

impl Fit for Boundless {
    fn fits(&self, _: &[(u32, u64)]) -> bool {
        true
    }
}

/// What the cheapest rows cost that meet all limits but the budget; `None`
/// where the cheapest are not known.
fn cheapest(limits: &Limits, rows: &[u32], included: &[usize]) -> Option<f64> {
    let mut book = Book::new(limits, rows).ok()?;
    included.iter().for_each(|&row| book.state.take(row));
    book.state.money = i128::MAX;
    let together = book.state.together.is_some();
    let values = book.state.choices();
    let values: Vec<Option<u32>> = if values.is_empty() || together {
        vec![book.state.together]
    } else {
        values.into_iter().map(|(value, _)| Some(value)).collect()
    };
    let plans = values.into_iter().filter_map(|value| {
        book.state.together = value;
        let plan = book.state.meets()?;
        let cells = plan.iter();
        let planned = cells.flat_map(|(&cell, &n)| &book.state.cells[cell as usize].rows[..n]);
        let candidates = planned
            .map(|&row| row as usize)
            .chain(included.iter().copied());
        Some(candidates.map(|row| book.costs[row]).sum())
    });
    let least: Option<f64> = plans.reduce(f64::min);
    least.filter(|_| book.columns.len() <= 2)
}
