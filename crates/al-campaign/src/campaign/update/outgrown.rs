//! Whether new rows are too many, or too different, for the last fit to be continued.

use al_core::{Observed, Task};
use al_words::rounds::RoundKind;

use super::super::Campaign;
use crate::scales::Scales;

impl Campaign {
    /// Rows that the last training or refit learned from.
    pub(super) fn rows_of_last_fit(&self) -> usize {
        let fits = self.rounds.iter().rev();
        let last = fits
            .into_iter()
            .find(|round| round.kind != RoundKind::Update);
        last.map_or(1, |round| round.total_rows.max(1))
    }

    /// Whether the targets with those of `new` spread by another order of
    /// magnitude than the model's unit, which is that of its last fit: members
    /// round in that unit, and penalties are in it. A first training of equal
    /// targets has no unit of its own.
    pub(super) fn outgrown(&self, new: &Observed) -> bool {
        if self.task != Task::Regression {
            return false;
        }
        let mut rows = self.rows.clone();
        rows.append(new.clone());
        let learned = rows.learned();
        let scales = Scales::of(&rows, &learned, &self.options, true);
        let values = || {
            learned
                .iter()
                .map(|&row| self.options.fitted(rows.values()[row]))
        };
        let first = values().next().unwrap_or(0.0);
        let ratio = scales.spread / self.scales.spread;
        values().any(|value| value != first) && !(0.1..=10.0).contains(&ratio)
    }
}
