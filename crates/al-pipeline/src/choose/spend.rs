//! What a batch may cost, and how much costs count.

use al_core::Tabular;

use super::SelectOptions;

/// Returns how much costs count: 1 where no end of the money is known.
pub(super) fn cooling(belief: &dyn Tabular, options: &SelectOptions) -> f64 {
    match (options.cooling, options.total_budget) {
        (Some(cooling), _) => cooling,
        (None, None) => 1.0,
        (None, Some(total)) => ((total - belief.spent()) / total).clamp(0.0, 1.0),
    }
}

/// Returns what the batch may cost; `None` without an end of the money.
pub(super) fn left(belief: &dyn Tabular, options: &SelectOptions) -> Option<f64> {
    let total = options.total_budget;
    let left = total.map(|total| (total - belief.spent()).max(0.0));
    match (left, options.budget) {
        (Some(left), Some(budget)) => Some(left.min(budget)),
        (left, budget) => left.or(budget),
    }
}
