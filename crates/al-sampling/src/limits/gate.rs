//! Which candidates are open as things stand: the limits at work.

use super::book::Book;
use super::collision::collision;
use super::{Groups, Limits, Shortfall};
use crate::query::Query;
use crate::select::SelectError;
use crate::strategy::Greedy;

/// The candidates that may be picked.
pub(crate) struct Gate<'l> {
    open: Vec<bool>,
    batch: usize,
    limits: &'l Limits,
    /// Without limits there is nothing to keep.
    book: Option<Book<'l>>,
}

impl<'l> Gate<'l> {
    /// Of the candidates that are the caller's rows `rows`, with `included`
    /// taken.
    ///
    /// # Errors
    ///
    /// Limits that collide, or do not belong to the query.
    pub(crate) fn new(
        query: &Query<'_>,
        limits: &'l Limits,
        rows: &[u32],
        included: &[usize],
    ) -> Result<Gate<'l>, SelectError> {
        check(limits, query.keys.len())?;
        let mut gate = Gate {
            open: vec![true; rows.len()],
            batch: limits.n.min(rows.len()),
            limits,
            book: None,
        };
        for &candidate in included {
            gate.open[candidate] = false;
        }
        if !limits.in_force() {
            return Ok(gate);
        }
        let mut book = Book::new(limits, rows)?;
        book.include(limits, included)?;
        match book.state.meets() {
            Some(plan) => book.plan = plan,
            None => return Err(collision(limits, rows, included).into()),
        }
        let more = book.prepare(&mut gate.open);
        gate.batch = (included.len() + more).min(limits.n);
        gate.book = Some(book);
        Ok(gate)
    }

    /// How many rows the batch can be expected to have, those to include among
    /// them.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    /// The strategy's best candidate that leaves enough for what is required,
    /// taken; `None` if none is open.
    pub(crate) fn next(&mut self, greedy: &mut dyn Greedy) -> Option<usize> {
        loop {
            let candidate = greedy.best(&self.open)?;
            assert!(self.open[candidate], "a strategy may not pick a closed row");
            let Some(book) = &mut self.book else {
                self.open[candidate] = false;
                return Some(candidate);
            };
            match book.state.after(candidate, &book.plan) {
                Some(plan) => {
                    self.open[candidate] = false;
                    book.plan = plan;
                    book.pick(candidate, &mut self.open);
                    return Some(candidate);
                }
                None => book.reject(candidate, &mut self.open),
            }
        }
    }

    /// Why a batch of these candidates is shorter than asked for; `None` if it
    /// is not.
    pub(crate) fn short(&self, picks: &[(usize, f32)]) -> Option<Shortfall> {
        if picks.len() >= self.limits.n {
            return None;
        }
        let Some(book) = &self.book else {
            return Some(Shortfall::default());
        };
        let mut picked = vec![false; self.open.len()];
        picks.iter().for_each(|&(row, _)| picked[row] = true);
        Some(book.shortfall(self.limits, &picked))
    }
}

/// Whether the limits belong to `n` rows.
fn check(limits: &Limits, n: usize) -> Result<(), SelectError> {
    let same = |what, found| {
        if found == n {
            Ok(())
        } else {
            Err(SelectError::Shape {
                what,
                expected: n,
                found,
            })
        }
    };
    if let Some(budget) = &limits.budget {
        same("costs", budget.costs.len())?;
        let bad = |cost: &f64| !(cost.is_finite() && *cost >= 0.0);
        if let Some(row) = budget.costs.iter().position(bad) {
            return Err(SelectError::NotANumber {
                what: "the cost",
                row,
                allowed: "a finite number, 0 or more",
            });
        }
        if bad(&budget.total) {
            return Err(SelectError::Budget {
                total: budget.total,
            });
        }
    }
    if let Some(room) = &limits.room {
        same("kinds of room", room.kinds.len())?;
        same("sizes", room.sizes.len())?;
    }
    let quotas = limits.quotas.iter().map(|quota| &quota.groups);
    for groups in quotas.chain(&limits.together) {
        same("values of a column with a limit", groups.of.len())?;
        let bad = |&of: &u32| of != Groups::MISSING && of as usize >= groups.names.len();
        if let Some(row) = groups.of.iter().position(bad) {
            return Err(SelectError::UnknownValue {
                column: groups.column.clone(),
                row,
            });
        }
    }
    Ok(())
}
