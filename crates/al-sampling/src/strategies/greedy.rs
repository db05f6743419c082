//! `greedy`: the best mean prediction.

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::strategies::epsilon_greedy::EpsilonGreedy;

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row with the best mean prediction.",
    score: "±mean, + for max and − for min, on the scale of the fitted target. A weight \
        multiplies the amount above the worst mean of all candidates.",
    details: "",
    cost: "O(n log n) once, independent of k.",
    reference: "As an acquisition for molecules: Graff, Shakhnovich & Coley 2021.",
    use_when: "For screening by a model that ranks well, or as the baseline that strategies for \
        the best row have to beat.",
    not_when: "With few measured rows: it ignores where the model is uncertain, and batches hold \
        rows that are alike unless limits keep them apart.",
};

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "greedy",
    summary: "the best mean prediction",
    doc: DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(EpsilonGreedy::never())),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use al_core::Direction;

    #[test]
    fn the_means_alone_decide() {
        let mut case = Case::draws(&[[1.0, 9.0], [3.0, 2.0], [-2.0, -2.0]]);
        let greedy = ENTRY.with_options(&StrategyOptions::none()).unwrap();
        assert_eq!(case.picks(greedy.as_ref(), 3), [2, 1, 0]);
        case.direction = Some(Direction::Max);
        assert_eq!(case.picks(greedy.as_ref(), 2), [0, 1]);
    }
}
