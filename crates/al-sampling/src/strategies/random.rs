//! `random`: any row, each with the same chance: the baseline.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::ranked::Ranked;
use crate::strategy::{Greedy, Needs, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "No row in particular: each candidate has the same chance. With weights, a candidate \
        is drawn first with a probability proportional to its weight, and so on without \
        replacement.",
    score: "u^(1/w) with u uniform in (0, 1), drawn from seed and key; no unit.",
    details: "",
    cost: "O(n log n) once, independent of k.",
    reference: "With weights Efraimidis & Spirakis 2006.",
    use_when: "As the baseline that every other strategy has to beat, and where the measured rows \
        must be a representative sample of the candidates (coverage of intervals, estimates of the \
        error).",
    not_when: "Where a measurement is expensive and there is a model.",
};

/// Picks at random; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Random {}

impl Strategy for Random {
    fn needs(&self) -> Needs {
        Needs::TYPICAL
    }

    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Ranked::new(draws(pool, seed)))
    }
}

/// The candidates' draws, n numbers in [0, 1]: the open one with the largest
/// is drawn in proportion to weight.
pub(crate) fn draws(pool: &Pool<'_>, seed: Seed) -> Vec<f32> {
    // The pool's order is that of the draws: its first candidate has the
    // largest u.
    (0..pool.len())
        .map(|candidate| {
            let order = seed.order(pool.key(candidate)) as f64;
            let uniform = 1.0 - (order + 0.5) / 2.0_f64.powi(64);
            uniform.powf(1.0 / f64::from(pool.weight(candidate))) as f32
        })
        .collect()
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "random",
    summary: "any row, each with the same chance: the baseline",
    doc: DOC,
    needs_model: false,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Random {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use al_core::Key;

    #[test]
    fn without_weights_the_order_is_the_seeds() {
        let case = Case::points(&[[0.0]; 50]);
        let picks = case.picks(&Random {}, 50);
        let mut expected: Vec<usize> = (0..50).collect();
        expected.sort_by_key(|&row| case.seed.order(case.keys[row]));
        assert_eq!(picks, expected);
    }

    #[test]
    fn the_first_pick_is_weighted() {
        // Weights 3 and 1: the first row comes first in three of four seeds.
        let mut case = Case::points(&[[0.0]; 2]);
        case.keys = vec![Key::of_id("a"), Key::of_id("b")];
        case.weights = Some(vec![3.0, 1.0]);
        let first = (0..4000)
            .filter(|&seed| {
                case.seed = Seed(seed);
                case.picks(&Random {}, 1) == [0]
            })
            .count();
        // Four standard errors of a share of 0.75 are 110 of 4000.
        assert!(first.abs_diff(3000) < 110, "{first} of 4000");
    }
}
