//! Which limits collide, of those that cannot be met together.

use std::collections::HashSet;
use std::sync::Arc;

use super::book::Book;
use super::{Collision, Fit, Limit, Limits, Room};

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
