//! `epsilon-greedy`: the best mean prediction, and sometimes a random row.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::ranked::Ranked;
use crate::strategies::{draws, random, seeking};
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row with the best mean prediction; with probability epsilon, a pick is a random \
        row instead, drawn as in random.",
    score: "±mean, + for max and − for min, on the scale of the fitted target, also for random \
        picks. A weight multiplies the amount above the worst mean of all candidates.",
    details: "",
    cost: "O(n log n) once, independent of k.",
    reference: "Watkins 1989; Sutton & Barto 1998.",
    use_when: "As the baseline that strategies for the best row have to beat, or where the spread \
        of the members cannot be trusted at all.",
    not_when: "Otherwise: it ignores where the model is uncertain.",
};

/// Picks the best mean or, at times, any row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpsilonGreedy {
    /// Probability of a random pick, 0 to 1.
    epsilon: f64,
}

impl EpsilonGreedy {
    /// Without random picks.
    pub(crate) const fn never() -> EpsilonGreedy {
        EpsilonGreedy { epsilon: 0.0 }
    }
}

impl Strategy for EpsilonGreedy {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let seed = seeking::of_batch(pool, seed);
        let means = seeking::means(pool);
        let worst = f64::from(seeking::worst(&means));
        let scores = means
            .iter()
            .enumerate()
            .map(|(candidate, &mean)| {
                let above = f64::from(pool.weight(candidate)) * (f64::from(mean) - worst);
                seeking::finite(worst + above)
            })
            .collect();
        Box::new(Either {
            epsilon: self.epsilon,
            seed,
            picked: 0,
            by_mean: Ranked::new(scores),
            by_chance: Ranked::new(random::draws(pool, seed.derive("epsilon-greedy order", 0))),
        })
    }
}

struct Either {
    epsilon: f64,
    seed: Seed,
    picked: u64,
    by_mean: Ranked,
    by_chance: Ranked,
}

impl Greedy for Either {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let turn = self.seed.derive("epsilon-greedy turn", self.picked);
        if draws::of_seed(turn) < self.epsilon {
            self.by_chance.best(open)
        } else {
            self.by_mean.best(open)
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        self.by_mean.score(candidate)
    }

    fn chosen(&mut self, candidate: usize) {
        self.picked += 1;
        self.by_mean.chosen(candidate);
        self.by_chance.chosen(candidate);
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "epsilon-greedy",
    summary: "the best mean prediction, and sometimes a random row",
    doc: DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[StrategyOption {
        name: "epsilon",
        range: OptionRange::Number {
            least: 0.0,
            most: 1.0,
        },
        default: OptionValue::Number(0.1),
        summary: "probability of a random pick; 0 means never, 1 always",
    }],
    make: |settings| {
        let epsilon = settings.number("epsilon");
        Ok(Box::new(EpsilonGreedy { epsilon }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use al_core::Direction;

    #[test]
    fn without_chance_the_means_decide() {
        let mut case = Case::draws(&[[1.0], [3.0], [-2.0]]);
        let never = EpsilonGreedy::never();
        let batch = case.select(&never, 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        assert_eq!(found, [(2, 2.0), (0, -1.0), (1, -3.0)]);
        case.direction = Some(Direction::Max);
        assert_eq!(case.picks(&never, 3), [1, 0, 2]);
        // −2 + 3·(1 + 2) beats 3.
        case.weights = Some(vec![3.0, 1.0, 1.0]);
        let batch = case.select(&never, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (0, 7.0));
    }

    #[test]
    fn chance_has_its_share() {
        // Of ten rows the best is picked first unless chance picks another:
        // 1 − 0.5·0.9.
        let mut case = Case::draws(&std::array::from_fn::<_, 10, _>(|row| [row as f32]));
        let half = EpsilonGreedy { epsilon: 0.5 };
        let best = (0..4000)
            .filter(|&seed| {
                case.seed = Seed(seed);
                case.picks(&half, 1) == [0]
            })
            .count();
        // Four standard errors of a share of 0.55 are 126 of 4000.
        assert!(best.abs_diff(2200) < 126, "{best} of 4000");
    }

    #[test]
    fn the_next_batch_of_a_campaign_has_other_turns() {
        let mut case = Case::draws(&std::array::from_fn::<_, 10, _>(|row| [row as f32]));
        let half = EpsilonGreedy { epsilon: 0.5 };
        let mut first = std::collections::BTreeSet::new();
        for measured in 0..20 {
            case.anchor_features = ndarray::Array2::zeros((measured, 1));
            case.anchor_values = vec![0.0; measured];
            first.insert(case.picks(&half, 1)[0]);
        }
        assert!(first.len() > 2, "{first:?}");
    }

    #[test]
    fn always_by_chance_takes_no_notice_of_means() {
        let mut case = Case::draws(&[[1.0], [3.0], [-2.0]]);
        let always = EpsilonGreedy { epsilon: 1.0 };
        let first: Vec<usize> = (0..600)
            .map(|seed| {
                case.seed = Seed(seed);
                case.picks(&always, 3)[0]
            })
            .collect();
        for row in 0..3 {
            // Four standard errors of a third of 600 are 46.
            let count = first.iter().filter(|&&first| first == row).count();
            assert!(count.abs_diff(200) < 46, "{count} of 600");
        }
    }

    #[test]
    fn an_epsilon_out_of_range_is_refused() {
        for epsilon in [-0.1, 1.5, f64::NAN] {
            let options = StrategyOptions::none().with("epsilon", OptionValue::Number(epsilon));
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("epsilon {epsilon} was accepted")
            };
            assert!(error.message.contains("from 0 to 1"), "{error}");
        }
    }
}
