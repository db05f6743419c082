//! `margin`, `entropy`, `least-confidence` and `vote-entropy`: the rows whose
//! class is least certain, each on its own.

use al_core::Seed;
use al_core::information::{ClassUncertainty, class_uncertainty};
use ndarray::Array2;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::ranked::Ranked;
use crate::strategies::seeking::finite;
use crate::strategy::{Greedy, Strategy};

const MARGIN_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows that could belong to either of their two likeliest classes, by the mean \
        probabilities of the members.",
    score: "w·(1 − (p₁ − p₂)), 0 to 1 without weights, with p₁ ≥ p₂ the two largest mean \
        probabilities.",
    details: "With two classes, margin, entropy and least-confidence give the same order.",
    cost: "O(n·c + n log n) once, independent of k.",
    reference: "Scheffer, Decomain & Wrobel 2001.",
    use_when: "For single picks, to get the classes right.",
    not_when: "For batches, whose rows are then neighbours, or where some labels are noise: such \
        rows stay uncertain however often similar rows are measured. bald skips them.",
};

const ENTROPY_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows that could belong to any class, by the mean probabilities of the members.",
    score: "−w·Σ p·ln p over the mean probabilities p of the classes, 0 to ln c nats without \
        weights.",
    details: "With two classes, margin, entropy and least-confidence give the same order.",
    cost: "O(n·c + n log n) once, independent of k.",
    reference: "Shannon 1948; for active learning Settles 2010.",
    use_when: "For single picks, where probabilities matter.",
    not_when: "For batches, whose rows are then neighbours, or where some labels are noise: such \
        rows stay uncertain however often similar rows are measured. bald skips them.",
};

const LEAST_CONFIDENCE_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows whose likeliest class is least likely, by the mean probabilities of the \
        members.",
    score: "w·(1 − p₁), 0 to 1 − 1/c without weights, with p₁ the largest mean probability.",
    details: "With two classes, margin, entropy and least-confidence give the same order.",
    cost: "O(n·c + n log n) once, independent of k.",
    reference: "Lewis & Gale 1994.",
    use_when: "For single picks, where only the likeliest class matters.",
    not_when: "For batches, whose rows are then neighbours, or where some labels are noise: such \
        rows stay uncertain however often similar rows are measured. bald skips them.",
};

const VOTE_ENTROPY_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows whose likeliest class differs between members.",
    score: "w times the entropy in nats of the shares of members per class, each member voting for \
        its likeliest class, the first one if several are equal.",
    details: "",
    cost: "O(n·m·c + n log n) once, independent of k.",
    reference: "Dagan & Engelson 1995.",
    use_when: "For single picks, where probabilities are poor but the likeliest class is not.",
    not_when: "For batches, whose rows are then neighbours.",
};

/// Picks by the margin of the two likeliest classes; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Margin {}

/// Picks by the entropy of the mean probabilities; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entropy {}

/// Picks by the probability of the likeliest class; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeastConfidence {}

/// Picks by the entropy of the members' votes; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VoteEntropy {}

impl Strategy for Margin {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let margins = of_means(pool).margin;
        ranked(pool, margins.into_iter().map(|margin| 1.0 - margin))
    }
}

impl Strategy for Entropy {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        ranked(pool, of_means(pool).entropy)
    }
}

impl Strategy for LeastConfidence {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        ranked(pool, of_means(pool).least_confidence)
    }
}

impl Strategy for VoteEntropy {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        ranked(pool, of_members(pool).vote_entropy)
    }
}

fn ranked<'q>(pool: &Pool<'_>, scores: impl IntoIterator<Item = f64>) -> Box<dyn Greedy + 'q> {
    let scores = scores
        .into_iter()
        .enumerate()
        // Rounding may leave a sure row a little below 0.
        .map(|(candidate, score)| finite(score.max(0.0) * f64::from(pool.weight(candidate))))
        .collect();
    Box::new(Ranked::new(scores))
}

/// The measures as if the mean probabilities were the only member's. Without
/// classes no row is unsure.
fn of_means(pool: &Pool<'_>) -> ClassUncertainty {
    let means = pool.means();
    if means.ncols() == 0 {
        let zeros = vec![0.0; pool.len()];
        return ClassUncertainty {
            entropy: zeros.clone(),
            margin: vec![1.0; pool.len()],
            least_confidence: zeros.clone(),
            vote_entropy: zeros.clone(),
            mutual_information: zeros,
        };
    }
    class_uncertainty(&[means.to_owned()])
}

/// The measures of the members' probabilities.
pub(crate) fn of_members(pool: &Pool<'_>) -> ClassUncertainty {
    let (features, means) = (pool.features(), pool.means());
    let (members, classes) = (pool.n_members(), means.ncols());
    if members == 0 {
        // Nobody disagrees with the mean.
        return of_means(pool);
    }
    let scale = (members as f32).sqrt();
    let draws: Vec<Array2<f32>> = (0..members)
        .map(|member| {
            let first = member * classes;
            let deviations = features.slice(ndarray::s![.., first..first + classes]);
            let mut draw = means.to_owned();
            // Rounding may leave a probability a little below 0.
            draw.zip_mut_with(&deviations, |p, &deviation| {
                *p = (*p + scale * deviation).max(0.0);
            });
            draw
        })
        .collect();
    class_uncertainty(&draws)
}

/// `margin` in the registry.
pub static MARGIN: StrategyEntry = StrategyEntry {
    name: "margin",
    summary: "rows whose two likeliest classes are hardest to tell apart",
    doc: MARGIN_DOC,
    needs_model: true,
    needs_direction: false,
    regression: false,
    classification: true,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Margin {})),
};

/// `entropy` in the registry.
pub static ENTROPY: StrategyEntry = StrategyEntry {
    name: "entropy",
    summary: "rows whose class probabilities are the most even",
    doc: ENTROPY_DOC,
    needs_model: true,
    needs_direction: false,
    regression: false,
    classification: true,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Entropy {})),
};

/// `least-confidence` in the registry.
pub static LEAST_CONFIDENCE: StrategyEntry = StrategyEntry {
    name: "least-confidence",
    summary: "rows whose likeliest class is least likely",
    doc: LEAST_CONFIDENCE_DOC,
    needs_model: true,
    needs_direction: false,
    regression: false,
    classification: true,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(LeastConfidence {})),
};

/// `vote-entropy` in the registry.
pub static VOTE_ENTROPY: StrategyEntry = StrategyEntry {
    name: "vote-entropy",
    summary: "rows on whose class the votes of the members are split",
    doc: VOTE_ENTROPY_DOC,
    needs_model: true,
    needs_direction: false,
    regression: false,
    classification: true,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(VoteEntropy {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;

    fn assert_batch(case: &Case, strategy: &dyn Strategy, expected: &[(usize, f32)]) {
        let batch = case.select(strategy, expected.len());
        for (pick, &(row, score)) in batch.picks.iter().zip(expected) {
            assert_eq!(pick.row, row);
            assert!((pick.score - score).abs() < 1e-6, "{}", pick.score);
        }
    }

    /// Mean probabilities (½, ½, 0), (⅝, ⅛, ¼), (½, ¼, ¼).
    fn case() -> Case {
        Case::classes(&[
            [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]],
            [[0.75, 0.25, 0.0], [0.5, 0.0, 0.5]],
            [[0.75, 0.0, 0.25], [0.25, 0.5, 0.25]],
        ])
    }

    #[test]
    fn measures_of_the_mean_are_the_formulas() {
        let mut case = case();
        let ln2 = 2.0_f32.ln();
        assert_batch(&case, &Margin {}, &[(0, 1.0), (2, 0.75), (1, 0.625)]);
        // ½·ln 2 + 2·¼·2·ln 2; ⅝·ln 8/5 + ⅛·3·ln 2 + ¼·2·ln 2.
        let second = 0.625 * 1.6_f32.ln() + 0.875 * ln2;
        assert_batch(&case, &Entropy {}, &[(2, 1.5 * ln2), (1, second), (0, ln2)]);
        case.weights = Some(vec![2.0, 1.0, 1.5]);
        let least = [(0, 1.0), (2, 0.75), (1, 0.375)];
        assert_batch(&case, &LeastConfidence {}, &least);
    }

    #[test]
    fn votes_count_by_member() {
        // Both vote for class 0 (the first of equals); both; one each.
        let batch = case().select(&VoteEntropy {}, 3);
        assert_eq!(batch.picks[0].row, 2);
        assert!((batch.picks[0].score - 2.0_f32.ln()).abs() < 1e-6);
        assert_eq!((batch.picks[1].score, batch.picks[2].score), (0.0, 0.0));
    }

    #[test]
    fn means_alone_have_no_split_votes() {
        let mut case = case();
        case.features = Array2::zeros((3, 0));
        case.anchor_features = Array2::zeros((0, 0));
        let batch = case.select(&VoteEntropy {}, 3);
        assert!(batch.picks.iter().all(|pick| pick.score == 0.0));
        assert_eq!(case.picks(&Margin {}, 1), [0]);
    }
}
