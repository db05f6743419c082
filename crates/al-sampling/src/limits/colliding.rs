//! Which limits collide, of those that cannot be met together.

use std::collections::HashSet;
use std::sync::Arc;

use super::book::Book;
use super::{Collision, Fit, Limit, Room, SelectionLimits};

/// The fewest limits that collide: without any one of them the others can be
/// met.
pub(super) fn collision(limits: &SelectionLimits, rows: &[u32], included: &[usize]) -> Collision {
    let mut left = Remaining {
        limits: SelectionLimits {
            excluded: HashSet::new(),
            ..limits.clone()
        },
        rows,
        included,
        named: Vec::new(),
    };
    left.without_quotas();
    left.without_together();
    left.without_room();
    left.without_included();
    left.without_rows();
    left.collision()
}

/// The limits that are left, while those that it does not take are removed one
/// by one: what remains collides at every step.
struct Remaining<'a> {
    limits: SelectionLimits,
    rows: &'a [u32],
    included: &'a [usize],
    /// Those that it takes, of those looked at.
    named: Vec<Limit>,
}

impl Remaining<'_> {
    /// Whether the limits that are left can be met.
    fn met(&self) -> bool {
        let Ok(mut book) = Book::new(&self.limits, self.rows) else {
            return false;
        };
        book.include(&self.limits, self.included).is_ok() && book.state.meets().is_some()
    }

    fn without_quotas(&mut self) {
        for at in (0..self.limits.quotas.len()).rev() {
            let quota = self.limits.quotas.remove(at);
            if self.met() {
                self.named.insert(0, quota.limit());
                self.limits.quotas.insert(at, quota);
            }
        }
    }

    fn without_together(&mut self) {
        if let Some(groups) = self.limits.together.take()
            && self.met()
        {
            self.named.push(Limit::Together {
                column: groups.column.clone(),
                value: None,
            });
            self.limits.together = Some(groups);
        }
    }

    /// Room is named at the end, with what has none.
    fn without_room(&mut self) {
        let room = self.limits.room.take();
        if self.met() {
            self.limits.room = room;
        }
    }

    fn without_included(&mut self) {
        let included = std::mem::take(&mut self.included);
        if !included.is_empty() && self.met() {
            self.named.push(Limit::Included { n: included.len() });
            self.included = included;
        }
    }

    fn without_rows(&mut self) {
        let n = std::mem::replace(&mut self.limits.n, usize::MAX);
        if self.met() {
            self.named.push(Limit::Rows { n });
            self.limits.n = n;
        }
    }

    /// What collides, where all of the limits that are left do.
    fn collision(mut self) -> Collision {
        let Some(budget) = self.limits.budget.take() else {
            return unplaced(&self.limits, self.rows, self.included, self.named);
        };
        if !self.met() {
            return unplaced(&self.limits, self.rows, self.included, self.named);
        }
        if let Some(room) = &self.limits.room {
            self.named.push(room.limit());
        }
        let total = budget.total;
        self.limits.budget = Some(budget);
        match cheapest(&self.limits, self.rows, self.included) {
            Some(cost) => Collision::RequiredAboveBudget {
                limits: self.named,
                cost,
                total,
            },
            None => {
                self.named.push(Limit::Budget { total });
                Collision::NoneMeetsAll { limits: self.named }
            }
        }
    }
}

/// Limits that collide without a budget: with room, the smallest rows that meet
/// the others have none.
fn unplaced(
    limits: &SelectionLimits,
    rows: &[u32],
    included: &[usize],
    named: Vec<Limit>,
) -> Collision {
    let Some(room) = &limits.room else {
        return Collision::NoneMeetsAll { limits: named };
    };
    let fit: Arc<dyn Fit> = Arc::new(Boundless);
    let free = SelectionLimits {
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
fn cheapest(limits: &SelectionLimits, rows: &[u32], included: &[usize]) -> Option<f64> {
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
