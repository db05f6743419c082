//! `gsy`: rows whose predicted values are far from all measured ones.

use al_core::Seed;
use ndarray::{ArrayView2, Axis};

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::farthest::{BoxedDistances, Farthest};
use crate::strategies::spread::Spread;
use crate::strategy::{DistanceSpace, Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row whose mean prediction is farthest from every measured value and from the \
        mean prediction of every pick, so that the target values of the training rows spread \
        evenly over their range, whatever the inputs are. The mean prediction of a pending row \
        stands in for its value. If nothing is measured, the first pick is the row nearest the \
        mean of the inputs.",
    score: "√w·minⱼ |μ(x) − yⱼ| over anchors and picks j, in the unit of the fitted target; for a \
        first pick without anchors, −‖x − mean‖²/w.",
    details: "Where every prediction equals one of these values (a constant model, no model, more \
        picks than distinct predictions), distances between inputs are used instead, as in \
        space-filling; the seed breaks the remaining ties.",
    cost: "O(n·a) at the start and at most O(n) per pick; the triangle inequality skips most rows.",
    reference: "Wu, Lin & Huang 2019, Active learning for regression using greedy sampling; there \
        the first rows are chosen by their inputs alone, as in space-filling.",
    use_when: "When rare target values matter and the model ranks rows correctly.",
    not_when: "On its own with a weak model, or with a noisy target: distances are to values that \
        include noise, and inputs are ignored. igs combines both.",
};

/// Picks by greedy sampling on the output; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gsy {}

impl Strategy for Gsy {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        if pool.means().ncols() != 1 {
            // No model, or classes: there is no value to be far from.
            return Box::new(Farthest::in_points(pool));
        }
        let values = pool.anchor_values();
        let measured = (!values.is_empty()).then(|| {
            let values = ArrayView2::from_shape((values.len(), 1), values);
            far_from(pool, values.expect("a column of values"))
        });
        let farthest = Farthest::new(pool, DistanceSpace::Points, measured, |pool, first| {
            far_from(pool, pool.means().select(Axis(0), &[first]).view())
        });
        Box::new(farthest)
    }
}

/// The distances of the candidates' mean predictions to some values.
fn far_from<'q>(pool: &'q Pool<'q>, values: ArrayView2<'_, f32>) -> BoxedDistances<'q> {
    let weights = pool.weights().map(Into::into);
    Box::new(Spread::over(pool.means(), weights, values))
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "gsy",
    summary: "rows whose predicted values are far from all measured ones",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Gsy {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::space_filling::SpaceFilling;
    use crate::strategies::tests::{Case, numbers};
    use ndarray::{Array2, array};

    #[test]
    fn the_value_farthest_from_all_comes_first() {
        let mut case = Case::points(&[[0.0]; 4]);
        case.means = array![[1.0], [4.0], [-2.5], [9.0]];
        case.anchor_points = array![[0.0], [0.0]];
        case.anchor_values = vec![0.0, 10.0];
        let batch = case.select(&Gsy {}, 4);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // 1, 4, 2.5, 1; a pick stands at its mean prediction.
        assert_eq!(found[..2], [(1, 4.0), (2, 2.5)]);
        assert!(found[2..].iter().all(|&(_, score)| score == 1.0));
        case.weights = Some(vec![25.0, 1.0, 1.0, 1.0]);
        let batch = case.select(&Gsy {}, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (0, 5.0));
    }

    #[test]
    fn without_anchors_the_most_central_row_comes_first() {
        let mut case = Case::points(&[[0.0], [4.5], [10.0], [3.0], [8.0]]);
        case.means = array![[1.0], [2.0], [2.0], [7.0], [5.0]];
        // Row 1 is nearest the mean. Then the values 7 and 5 (2 from 7, 3
        // from 2), 1; row 2 is no different from row 1.
        assert_eq!(case.picks(&Gsy {}, 5), [1, 3, 4, 0, 2]);
    }

    #[test]
    fn without_a_model_or_with_a_constant_one_it_fills_space() {
        let mut case = Case::points(&[[0.0; 2]; 60]);
        case.points = numbers(60, 2, 1);
        for anchors in [0, 4] {
            case.anchor_points = numbers(anchors, 2, 2);
            case.anchor_values = vec![3.0; anchors];
            let expected = case.picks(&SpaceFilling {}, 20);
            for outputs in [0, 1] {
                case.means = Array2::from_elem((60, outputs), 3.0);
                assert_eq!(case.picks(&Gsy {}, 20), expected);
            }
        }
    }
}
