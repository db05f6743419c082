//! `power`: uncertain rows at random, the more likely the more uncertain.

use al_core::Seed;
use rayon::prelude::*;
use std::borrow::Cow;

use crate::conditional;
use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::draws::gumbel;
use crate::strategies::ranked::Ranked;
use crate::strategies::seeking::finite;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Uncertain rows at random: the batch is drawn without replacement, each candidate \
        with a chance proportional to a power of its uncertainty. Adding Gumbel noise to the \
        logarithm and taking the largest sums gives such a draw.",
    score: "Depends on the option noise, with s the ensemble variance ‖φ‖² (for classes the sum \
        over them; without predictions the combined uncertainty) times the weight, β the option \
        beta, and g standard Gumbel noise from seed and key. power: β·ln s + g; softmax: β·s/s_max \
        + g, with s_max the largest s; softrank: −β·ln rank + g, where the largest s has rank 1 \
        and equal ones share the first of their ranks. No unit.",
    details: "With power, an uncertainty of 0 counts as e⁻⁷⁰⁸: such rows come after all others, \
        ordered by the noise.",
    cost: "O(n·m + n log n) once, independent of k.",
    reference: "Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron & Gal 2021, Stochastic \
        batch acquisition for deep active learning.",
    use_when: "For large batches from large tables, where uncertainty picks neighbours and \
        anything that compares rows with each other is too slow.",
    not_when: "For a batch of one or two rows, which is then mostly noise; a larger beta brings it \
        closer to uncertainty.",
};

/// What the noise is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// The logarithm of the uncertainty.
    Power,
    /// The uncertainty as a share of the largest.
    Softmax,
    /// Minus the logarithm of the rank by uncertainty.
    Softrank,
}

/// Picks by a noisy uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// How much the uncertainty counts against the noise, above 0.
    beta: f64,
    noise: Noise,
}

/// The kinds of noise by name.
const NOISES: &[(&str, Noise)] = &[
    ("power", Noise::Power),
    ("softmax", Noise::Softmax),
    ("softrank", Noise::Softrank),
];

impl Power {
    /// What the noise is added to, for each candidate's uncertainty.
    fn before_noise(&self, uncertainty: &[f64]) -> Vec<f64> {
        match self.noise {
            Noise::Power => {
                let log = |s: &f64| s.max(f64::MIN_POSITIVE).ln() * self.beta;
                uncertainty.par_iter().with_min_len(4096).map(log).collect()
            }
            Noise::Softmax => {
                let most = uncertainty.iter().copied().fold(0.0, f64::max);
                let share = |&s: &f64| if most > 0.0 { s / most } else { 0.0 };
                uncertainty.iter().map(|s| share(s) * self.beta).collect()
            }
            Noise::Softrank => {
                let ranks = ranks(uncertainty);
                ranks.iter().map(|rank| -rank.ln() * self.beta).collect()
            }
        }
    }
}

/// Rank of each value, 1 the largest; equal values share the first of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let value = |at: u32| values[at as usize];
    order.par_sort_by(|&a, &b| value(b).total_cmp(&value(a)));
    let mut ranks = vec![0.0; values.len()];
    let mut rank = 0;
    for (place, &at) in order.iter().enumerate() {
        if value(at) != value(order[rank]) {
            rank = place;
        }
        ranks[at as usize] = (rank + 1) as f64;
    }
    ranks
}

impl Strategy for Power {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let mut uncertainty = if pool.features().ncols() > 0 {
            conditional::variances(pool)
        } else {
            pool.scores().iter().map(|&s| f64::from(s)).collect()
        };
        for (candidate, uncertainty) in uncertainty.iter_mut().enumerate() {
            *uncertainty *= f64::from(pool.weight(candidate));
        }
        let noise = seed.derive("power", 0);
        let scores = self
            .before_noise(&uncertainty)
            .into_par_iter()
            .enumerate()
            .with_min_len(4096)
            .map(|(candidate, score)| finite(score + gumbel(noise, pool.key(candidate))))
            .collect();
        Box::new(Ranked::new(scores))
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "power",
    summary: "a random draw in which uncertain rows are more likely",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[
        StrategyOption {
            name: "beta",
            range: OptionRange::Positive,
            default: OptionValue::Number(1.0),
            summary: "weight of the uncertainty relative to the noise",
        },
        StrategyOption {
            name: "noise",
            range: OptionRange::Names(&["power", "softmax", "softrank"]),
            default: OptionValue::Text(Cow::Borrowed("power")),
            summary: "what the noise is added to: the logarithm, the share or the rank of the \
                uncertainty",
        },
    ],
    make: |settings| {
        Ok(Box::new(Power {
            beta: settings.number("beta"),
            noise: settings.one_of("noise", NOISES),
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use al_core::Key;

    const ALL: [Noise; 3] = [Noise::Power, Noise::Softmax, Noise::Softrank];

    /// The scores less their noise.
    fn before_noise(case: &Case, strategy: Power) -> Vec<f64> {
        let noise = case.seed.derive("power", 0);
        case.with_pool(|pool| {
            let greedy = strategy.begin(pool, case.seed);
            (0..pool.len())
                .map(|at| f64::from(greedy.score(at)) - gumbel(noise, pool.key(at)))
                .collect()
        })
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} not {expected}");
        }
    }

    #[test]
    fn scores_are_the_formulas() {
        // Variances 4, 1, 0, 1, of two members or two classes.
        let mut case = Case::features(&[[2.0, 0.0], [0.0, -1.0], [0.0, 0.0], [1.0, 0.0]]);
        case.scores = vec![9.0; 4];
        let of = |case: &Case, noise| before_noise(case, Power { beta: 2.0, noise });
        let ln2 = 2.0_f64.ln();
        let nothing = 2.0 * f64::MIN_POSITIVE.ln();
        assert_close(&of(&case, Noise::Power), &[4.0 * ln2, 0.0, nothing, 0.0]);
        assert_close(&of(&case, Noise::Softmax), &[2.0, 0.5, 0.0, 0.5]);
        // Ranks 1, 2, 4, 2.
        let softrank = [0.0, -2.0 * ln2, -4.0 * ln2, -2.0 * ln2];
        assert_close(&of(&case, Noise::Softrank), &softrank);
        case.weights = Some(vec![1.0, 8.0, 1.0, 2.0]);
        // 4, 8, 0, 2.
        assert_close(&of(&case, Noise::Softmax), &[1.0, 2.0, 0.0, 0.5]);
    }

    #[test]
    fn without_features_the_combined_uncertainty_counts() {
        let mut case = Case::points(&[[0.0], [0.0]]);
        case.scores = vec![1.0, 0.25];
        let strategy = Power {
            beta: 1.0,
            noise: Noise::Power,
        };
        assert_close(&before_noise(&case, strategy), &[0.0, 0.25_f64.ln()]);
    }

    #[test]
    fn the_first_pick_is_drawn_by_a_power_of_the_uncertainty() {
        let mut case = Case::features(&[[3.0_f32.sqrt()], [1.0]]);
        case.keys = vec![Key::of_id("a"), Key::of_id("b")];
        for (beta, share) in [(1.0, 0.75), (2.0, 0.9)] {
            let strategy = Power {
                beta,
                noise: Noise::Power,
            };
            let first = (0..4000)
                .filter(|&seed| {
                    case.seed = Seed(seed);
                    case.picks(&strategy, 1) == [0]
                })
                .count() as f64;
            // Four standard errors of a share of 0.75 are 0.0275.
            assert!((first / 4000.0 - share).abs() < 0.0275, "{first} of 4000");
        }
    }

    #[test]
    fn where_nothing_is_uncertain_the_seed_decides() {
        for noise in ALL {
            let mut case = Case::features(&[[0.0], [0.0], [0.0]]);
            let strategy = Power { beta: 1.0, noise };
            let mut first = [0; 3];
            for seed in 0..300 {
                case.seed = Seed(seed);
                first[case.picks(&strategy, 1)[0]] += 1;
            }
            assert!(
                first.iter().all(|&count| count > 60),
                "{noise:?}: {first:?}"
            );
        }
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let refused = |name, value| {
            let Err(error) = ENTRY.with_options(&StrategyOptions::none().with(name, value)) else {
                panic!("{name} was accepted")
            };
            error.message
        };
        for beta in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(refused("beta", OptionValue::Number(beta)).contains("above 0"));
        }
        let message = refused("noise", OptionValue::Text("gauss".into()));
        assert!(message.contains("'power', 'softmax' or 'softrank', not 'gauss'"));
    }
}
