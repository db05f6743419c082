//! `ucb`: rows that could be the best: mean and kappa standard deviations.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::believer::{Acquisition, Believer, CandidateBelief, Incumbent};
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows with a good mean or a large spread: by the upper confidence bound where large \
        values are wanted, by the lower one where small values are.",
    score: "±mean + κ·sd, + for max and − for min, on the scale of the fitted target, with sd the \
        standard deviation of the members given the picks so far and κ the option kappa. A weight \
        multiplies the amount above the worst mean of all candidates, which is never negative.",
    details: "Picks are assumed to come out at their mean, so sd shrinks around them (kriging \
        believer: Ginsbourger, Le Riche & Carraro 2010).",
    cost: "O(n·m) per pick.",
    reference: "GP-UCB: Srinivas, Krause, Kakade & Seeger 2010; for batches Desautels, Krause & \
        Burdick 2014, who leave the means unchanged, as here.",
    use_when: "To find the best row with few measurements, with one number for how much to \
        explore: κ = 0 trusts the means, κ = 3 explores.",
    not_when: "To learn the whole table: it leaves bad regions unmeasured. The spread of the \
        members is often too small far from measured rows, so κ is not an exact confidence level.",
};

/// Picks by upper confidence bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ucb {
    /// Number of standard deviations, 0 to 10⁶.
    pub(crate) kappa: f64,
}

/// Beyond this the means do not count any more.
const MAX_KAPPA: f64 = 1e6;

impl Strategy for Ucb {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Believer::new(pool, *self))
    }
}

impl Acquisition for Ucb {
    fn rank(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        let above = belief.mean - standing.worst + self.kappa * belief.variance.sqrt();
        belief.weight * above
    }

    fn score(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        standing.worst + self.rank(belief, standing)
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "ucb",
    summary: "rows that could be best: mean ± kappa standard deviations",
    doc: DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[StrategyOption {
        name: "kappa",
        range: OptionRange::Number {
            least: 0.0,
            most: MAX_KAPPA,
        },
        default: OptionValue::Number(2.0),
        summary: "number of standard deviations added to the mean; 0 uses the mean alone",
    }],
    make: |settings| {
        let kappa = settings.number("kappa");
        Ok(Box::new(Ucb { kappa }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use al_core::Direction;

    #[test]
    fn the_bound_is_the_formulas() {
        // Means 5, 4, 1; standard deviations 0, 2, 1.
        let mut case = Case::draws(&[[5.0, 5.0], [2.0, 6.0], [2.0, 0.0]]);
        case.noise = 1.0;
        case.direction = Some(Direction::Max);
        let batch = case.select(&Ucb { kappa: 1.0 }, 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // 5, 6 and 2; then row 2 has a variance of 1 − 2²/(4 + 1).
        assert_eq!(found[..2], [(1, 6.0), (0, 5.0)]);
        assert_eq!(found[2].0, 2);
        assert!((found[2].1 - (1.0 + 0.2_f32.sqrt())).abs() < 1e-6);

        case.direction = Some(Direction::Min);
        let batch = case.select(&Ucb { kappa: 0.0 }, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (2, -1.0));
        // −4 + 10·2 beats −1 + 10·1; no direction is the same.
        case.direction = None;
        let batch = case.select(&Ucb { kappa: 10.0 }, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (1, 16.0));
    }

    #[test]
    fn a_batch_does_not_pick_neighbours() {
        // Rows 0 and 1 are one story, row 2 is another with a smaller spread.
        let case = Case::draws(&[
            [0.0, 4.0, 2.0, 2.0],
            [0.0, 4.0, 2.0, 2.0],
            [2.0, 2.0, 1.0, 3.0],
        ]);
        assert_eq!(case.picks(&Ucb { kappa: 2.0 }, 2)[1], 2);
    }

    #[test]
    fn weights_multiply_what_is_above_the_worst_mean() {
        let mut case = Case::draws(&[[1.0], [3.0], [4.0]]);
        case.direction = Some(Direction::Max);
        case.weights = Some(vec![9.0, 2.0, 1.0]);
        let batch = case.select(&Ucb { kappa: 2.0 }, 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // 1 + 2·(3 − 1), 1 + (4 − 1), 1 + 9·0.
        assert_eq!(found, [(1, 5.0), (2, 4.0), (0, 1.0)]);
    }

    #[test]
    fn a_kappa_out_of_range_is_refused() {
        for kappa in [-0.1, f64::INFINITY, f64::NAN] {
            let options = StrategyOptions::none().with("kappa", OptionValue::Number(kappa));
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("kappa {kappa} was accepted")
            };
            assert!(error.message.contains("from 0 to 1000000"), "{error}");
        }
    }
}
