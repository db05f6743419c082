//! `space-filling`: rows spread evenly over the inputs; needs no model.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::farthest::Farthest;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row farthest from all measured, pending and picked rows: the greedy form of the \
        maximin design. If nothing is measured, the first pick is the row nearest the column \
        means.",
    score: "√w·minⱼ ‖x − xⱼ‖ over anchors and picks j, between inputs (in standard deviations; two \
        different categories are 1 apart); for a first pick without anchors, −‖x − mean‖²/w.",
    details: "Rows that all coincide with chosen ones are in the order of the seed.",
    cost: "O(n·a·d) at the start and at most O(n·d) per pick; the triangle inequality skips most \
        rows.",
    reference: "Kennard & Stone 1969; as a 2-approximation of the k-centre problem Gonzalez 1985; \
        with anchors GSx of Wu, Lin & Huang 2019 and the core set of Sener & Savarese 2018.",
    use_when: "For the first batch, before there is a model.",
    not_when: "With many columns that do not matter: it spreads rows over those as well. It takes \
        outliers first.",
};

/// Picks a space-filling design; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpaceFilling {}

impl Strategy for SpaceFilling {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Farthest::in_points(pool))
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "space-filling",
    summary: "rows spread evenly over the inputs; needs no model",
    doc: DOC,
    needs_model: false,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(SpaceFilling {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::array;

    #[test]
    fn the_middle_comes_first_then_the_ends() {
        let case = Case::points(&[[0.0], [4.5], [10.0], [3.0], [8.0]]);
        let batch = case.select(&SpaceFilling {}, 5);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        // Mean 5.1. Then 5.5 from 4.5, then 4.5; then 3 (1.5) and 8 (2).
        assert_eq!(rows, [1, 2, 0, 4, 3]);
        let scores: Vec<f32> = batch.picks.iter().map(|pick| pick.score).collect();
        assert!((scores[0] - -0.36).abs() < 1e-6, "{scores:?}");
        assert_eq!(scores[1..], [5.5, 4.5, 2.0, 1.5]);
        let nearest: Vec<Option<f32>> = batch.picks.iter().map(|pick| pick.nearest).collect();
        let expected = [None, Some(5.5), Some(4.5), Some(2.0), Some(1.5)];
        assert_eq!(nearest, expected);
    }

    #[test]
    fn anchors_count_as_chosen_and_weights_multiply_squared_distance() {
        let mut case = Case::points(&[[1.0], [3.0], [-2.0]]);
        case.anchor_points = array![[0.0]];
        // Distances 1, 3, 2; then row 0 is 1 from the anchor, row 2 still 2.
        assert_eq!(case.picks(&SpaceFilling {}, 3), [1, 2, 0]);
        case.weights = Some(vec![1.0, 1.0, 4.0]);
        let batch = case.select(&SpaceFilling {}, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (2, 4.0));
        assert_eq!(batch.picks[0].nearest, Some(2.0));
    }
}
