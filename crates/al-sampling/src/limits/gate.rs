//! Which candidates are open as things stand: the limits at work.

use super::book::Book;
use super::colliding::collision;
use super::{Collision, SelectionLimits, Shortfall};
use crate::strategy::Greedy;

/// The candidates that may be picked.
pub(crate) struct Gate<'l> {
    open: Vec<bool>,
    batch: usize,
    limits: &'l SelectionLimits,
    /// Without limits there is nothing to keep.
    book: Option<Book<'l>>,
}

impl<'l> Gate<'l> {
    /// Of the candidates that are the caller's rows `rows`, with `included`
    /// taken. The limits belong to the caller's rows.
    ///
    /// # Errors
    ///
    /// Limits that collide.
    pub(crate) fn new(
        limits: &'l SelectionLimits,
        rows: &[u32],
        included: &[usize],
    ) -> Result<Gate<'l>, Collision> {
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
            None => return Err(collision(limits, rows, included)),
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
