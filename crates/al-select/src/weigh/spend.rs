//! What a batch may cost, and how much costs count.

use al_core::Tabular;

use super::timing;
use crate::options::SelectOptions;

/// Returns how much costs count: 1 where no end of the money is known.
pub(crate) fn cooling(belief: &dyn Tabular, options: &SelectOptions) -> f64 {
    match (options.cooling, options.total_budget) {
        (Some(cooling), _) => cooling,
        (None, None) => 1.0,
        (None, Some(total)) => ((total - belief.spent()) / total).clamp(0.0, 1.0),
    }
}

/// Returns what the batch may cost; `None` without an end of the money.
pub(crate) fn left_to_spend(belief: &dyn Tabular, options: &SelectOptions) -> Option<f64> {
    let total = options.total_budget;
    let left = total.map(|total| (total - belief.spent()).max(0.0));
    match (left, options.budget) {
        (Some(left), Some(budget)) => Some(left.min(budget)),
        (left, budget) => left.or(budget),
    }
}

/// Whether a batch says what its rows cost.
pub(crate) fn has_costs(belief: &dyn Tabular, options: &SelectOptions) -> bool {
    let spends = options.budget.is_some() || options.total_budget.is_some();
    spends || timing::cost(belief, options).is_some() || !options.cost_weights.is_empty()
}
