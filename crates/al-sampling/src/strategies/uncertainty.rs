//! `uncertainty`: the most uncertain rows, each on its own.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::ranked::Ranked;
use crate::strategy::{Greedy, Needs, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows with the largest combined uncertainty.",
    score: "w·s with s the combined uncertainty, 0 to 1 without weights.",
    details: "",
    cost: "O(n log n) once, independent of k.",
    reference: "Uncertainty sampling: Lewis & Gale 1994; for ensembles query by committee: \
        RayChaudhuri & Hamey 1995.",
    use_when: "For single picks, or to rank candidates.",
    not_when: "For batches: the most uncertain rows are often neighbours, and ten neighbours tell \
        the model little more than one does. In benchmarks of batch selection it is sometimes \
        worse than random (Holzmüller et al. 2023).",
};

/// Picks the most uncertain rows; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uncertainty {}

impl Strategy for Uncertainty {
    fn needs(&self) -> Needs {
        Needs::SCORES
    }

    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Ranked::new(weighted_scores(pool)))
    }
}

/// The candidates' scores times their weights, kept finite.
pub(crate) fn weighted_scores(pool: &Pool<'_>) -> Vec<f32> {
    (0..pool.len())
        .map(|candidate| (pool.scores()[candidate] * pool.weight(candidate)).min(f32::MAX))
        .collect()
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "uncertainty",
    summary: "the most uncertain rows, each on its own",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Uncertainty {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;

    #[test]
    fn the_largest_scores_come_first() {
        let mut case = Case::points(&[[0.0]; 4]);
        case.scores = vec![0.25, 1.0, 0.0, 0.5];
        assert_eq!(case.picks(&Uncertainty {}, 4), [1, 3, 0, 2]);
        case.weights = Some(vec![8.0, 1.0, 1.0, 0.0]);
        let batch = case.select(&Uncertainty {}, 4);
        assert_eq!(batch.picks[0].row, 0);
        assert_eq!(batch.picks[0].score, 2.0);
        assert_eq!(batch.picks[1].row, 1);
        assert_eq!((batch.available, batch.unavailable), (3, 1));
    }
}
