//! `emcm`: rows that would change a linear model most.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::ranked::Ranked;
use crate::strategies::seeking::finite;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows on which the members disagree and whose inputs are extreme: both make the \
        gradient of the squared error large.",
    score: "w·meanⱼ |fⱼ(x) − f̄(x)|·‖x‖ over the members j, with f̄ their mean and ‖x‖ the length \
        of the encoded inputs with a 1 for the intercept; in the unit of the fitted target times \
        that of the inputs.",
    details: "",
    cost: "O(n·(m + d) + n log n) once, independent of k.",
    reference: "Expected model change maximisation: Cai, Zhang & Zhou 2013.",
    use_when: "When the final model is to be linear: it uses the gradient of that model.",
    not_when: "For trees, for which extreme inputs mean nothing, or for batches: each row is \
        scored on its own.",
};

/// Picks by expected model change; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Emcm {}

impl Strategy for Emcm {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let (features, points) = (pool.features(), pool.points());
        // Features are deviations over √m: their sum over √m is the mean
        // deviation.
        let members = features.ncols().max(1) as f64;
        let scores = features
            .rows()
            .into_iter()
            .zip(points.rows())
            .enumerate()
            .map(|(candidate, (features, point))| {
                let sum: f64 = features.iter().map(|&v| f64::from(v).abs()).sum();
                let squares: f64 = point.iter().map(|&v| f64::from(v).powi(2)).sum();
                let length = (1.0 + squares).sqrt();
                let weight = f64::from(pool.weight(candidate));
                finite(weight * (sum / members.sqrt()) * length)
            })
            .collect();
        Box::new(Ranked::new(scores))
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "emcm",
    summary: "rows that would change a linear model most",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Emcm {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::array;

    #[test]
    fn disagreement_times_length() {
        // Mean deviations 2, 1, 0 (of 1, 1, 1, 5: 1.5); lengths 1, 3, 3, 1.
        let mut case = Case::draws(&[
            [0.0, 4.0, 0.0, 4.0],
            [0.0, 2.0, 2.0, 0.0],
            [7.0, 7.0, 7.0, 7.0],
            [1.0, 1.0, 1.0, 5.0],
        ]);
        case.points = array![[0.0, 0.0], [2.0, -2.0], [2.0, 2.0], [0.0, 0.0]];
        case.anchor_points = ndarray::Array2::zeros((0, 2));
        let found = |case: &Case| -> Vec<(usize, f32)> {
            let batch = case.select(&Emcm {}, 4);
            batch.picks.iter().map(|p| (p.row, p.score)).collect()
        };
        assert_eq!(found(&case), [(1, 3.0), (0, 2.0), (3, 1.5), (2, 0.0)]);
        case.weights = Some(vec![2.0, 1.0, 5.0, 1.0]);
        assert_eq!(found(&case)[0], (0, 4.0));
    }
}
