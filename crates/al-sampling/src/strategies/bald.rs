//! `bald`: rows whose outcome tells most about the model.

use al_core::Seed;
use rayon::prelude::*;

use crate::conditional::{noise, variances};
use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::class_uncertainty::of_members;
use crate::strategies::ranked::Ranked;
use crate::strategies::seeking::finite;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows on which the members disagree, rather than rows that every member finds \
        uncertain: noise that no measurement can remove does not count.",
    score: "w·I with I the mutual information between the outcome and the model in nats: for \
        classes, the entropy of the mean probabilities minus the mean entropy of the members; for \
        a numeric target, ½·ln(1 + v/τ²) with v the variance of the members and τ² the noise, at \
        least 10⁻⁶ of the mean variance.",
    details: "",
    cost: "O(n·m·c + n log n) once, independent of k.",
    reference: "Bayesian active learning by disagreement: Houlsby, Huszár, Ghahramani & Lengyel \
        2011; for numeric targets MacKay 1992.",
    use_when: "For single picks among classes, when some labels are noise.",
    not_when: "For batches: neighbours carry the same information. For a numeric target the noise \
        is a single number, so without weights the order is that of the variance.",
};

/// Picks by mutual information; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bald {}

impl Strategy for Bald {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let mut information = if pool.means().ncols() > 1 {
            of_members(pool).mutual_information
        } else {
            of_values(pool)
        };
        let scores = information
            .iter_mut()
            .enumerate()
            .map(|(candidate, nats)| finite(*nats * f64::from(pool.weight(candidate))))
            .collect();
        Box::new(Ranked::new(scores))
    }
}

fn of_values(pool: &Pool<'_>) -> Vec<f64> {
    let variances = variances(pool);
    let noise = noise(pool, &variances);
    variances
        .into_par_iter()
        .with_min_len(4096)
        .map(|variance| 0.5 * (variance / noise).ln_1p())
        .collect()
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "bald",
    summary: "rows whose outcome is most informative about the model",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Bald {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;

    fn found(case: &Case) -> Vec<(usize, f32)> {
        let batch = case.select(&Bald {}, case.keys.len());
        batch.picks.iter().map(|p| (p.row, p.score)).collect()
    }

    #[test]
    fn a_value_tells_as_much_as_its_variance_against_the_noise() {
        // Variances 3, 1, 0 and a noise of 1: ½·ln 4, ½·ln 2, 0.
        let mut case = Case::features(&[[0.0, 3.0_f32.sqrt()], [1.0, 0.0], [0.0, 0.0]]);
        case.noise = 1.0;
        let ln2 = 2.0_f32.ln();
        for (found, (row, score)) in found(&case)
            .iter()
            .zip([(0, ln2), (1, ln2 / 2.0), (2, 0.0)])
        {
            assert_eq!(found.0, row);
            assert!((found.1 - score).abs() < 1e-6);
        }
        case.weights = Some(vec![1.0, 3.0, 9.0]);
        assert_eq!(found(&case)[0].0, 1);
    }

    #[test]
    fn of_classes_only_disagreement_counts() {
        // A coin toss that both agree on; one sure each way; agreed and sure.
        let case = Case::classes(&[
            [[0.5, 0.5], [0.5, 0.5]],
            [[1.0, 0.0], [0.0, 1.0]],
            [[0.0, 1.0], [0.0, 1.0]],
        ]);
        let found = found(&case);
        assert_eq!(found[0].0, 1);
        assert!((found[0].1 - 2.0_f32.ln()).abs() < 1e-6);
        assert!(found[1].1.abs() < 1e-6 && found[2].1.abs() < 1e-6);
    }
}
