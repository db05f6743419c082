//! `hybrid`: uncertain and informative rows that are far from each other.

use al_core::Seed;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::diversity::Diverse;
use crate::strategies::seeking::finite;
use crate::strategy::{Greedy, Needs, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row with the largest weighted sum of uncertainty, information gain and distance \
        to the nearest measured, pending or picked row, one pick at a time.",
    score: "(1 − λ)·w·(υ·s + (1 − υ)·g) + λ·√w·d/d_max, with s the combined uncertainty, g the \
        normalised information gain, υ the option uncertainty, d the distance between inputs to \
        the nearest anchor or pick, d_max the largest √w·d among the remaining candidates, and λ \
        the option weight. If nothing is measured or chosen, the distance counts as 0. No unit; 0 \
        to 1 without weights.",
    details: "",
    cost: "That of diversity.",
    reference: "This project: diversity with the information gain added to the uncertainty.",
    use_when: "Like diversity, but when a row should count for what it tells about other \
        candidates as well as about itself.",
    not_when: "With many columns that do not matter: distances between inputs count them all. lcmd \
        measures distances between predictions.",
};

/// Picks by uncertainty, information gain and distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hybrid {
    /// Share of the uncertainty against the information gain, 0 to 1.
    uncertainty: f64,
    /// Share of the distance against both, 0 to 1.
    weight: f32,
}

impl Strategy for Hybrid {
    fn needs(&self) -> Needs {
        Needs::ALL
    }

    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let worths = pool
            .scores()
            .iter()
            .zip(pool.gains())
            .enumerate()
            .map(|(candidate, (&score, &gain))| {
                let (score, gain) = (f64::from(score), f64::from(gain));
                let worth = self.uncertainty * score + (1.0 - self.uncertainty) * gain;
                finite(worth * f64::from(pool.weight(candidate)))
            })
            .collect();
        Box::new(Diverse::new(pool, self.weight, worths))
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "hybrid",
    summary: "uncertain and informative rows whose inputs are far apart",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[
        StrategyOption {
            name: "uncertainty",
            range: OptionRange::Number {
                least: 0.0,
                most: 1.0,
            },
            default: OptionValue::Number(0.4),
            summary: "share of the uncertainty relative to the information gain; 0 uses the gain \
                alone",
        },
        StrategyOption {
            name: "weight",
            range: OptionRange::Number {
                least: 0.0,
                most: 1.0,
            },
            default: OptionValue::Number(0.5),
            summary: "share of the distance in the score; 0 ignores it",
        },
    ],
    make: |settings| {
        Ok(Box::new(Hybrid {
            uncertainty: settings.number("uncertainty"),
            weight: settings.number("weight") as f32,
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::diversity::Diversity;
    use crate::strategies::tests::Case;
    use ndarray::array;

    fn hybrid(uncertainty: f64, weight: f32) -> Hybrid {
        Hybrid {
            uncertainty,
            weight,
        }
    }

    #[test]
    fn the_sum_is_the_formulas() {
        let mut case = Case::points(&[[1.0], [4.0], [2.0]]);
        case.anchor_points = array![[0.0]];
        case.scores = vec![1.0, 0.0, 0.5];
        case.gains = vec![0.5, 0.0, 1.0];
        let batch = case.select(&hybrid(0.25, 0.5), 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // Worths 0.625, 0, 0.875; distances 1, 4, 2 of 4: sums 0.4375, 0.5,
        // 0.6875. Then row 0 is still 1 away, row 1 is 2 away, of 2: 0.5625
        // and 0.5. The last is 2 of 2 away.
        assert_eq!(found, [(2, 0.6875), (0, 0.5625), (1, 0.5)]);
        case.weights = Some(vec![4.0, 1.0, 1.0]);
        let batch = case.select(&hybrid(0.25, 0.5), 1);
        // 4·0.625/2 + 2·1/4/2.
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (0, 1.5));
    }

    #[test]
    fn all_uncertainty_is_diversity() {
        let mut case = Case::points(&[[0.0], [1.0], [4.0], [5.5]]);
        case.scores = vec![1.0, 0.875, 0.125, 0.5];
        case.gains = vec![0.0, 0.5, 1.0, 1.0];
        assert_eq!(
            case.select(&hybrid(1.0, 0.25), 4),
            case.select(&Diversity { weight: 0.25 }, 4)
        );
    }

    #[test]
    fn shares_out_of_range_are_refused() {
        for name in ["uncertainty", "weight"] {
            for share in [-0.1, 1.5, f64::NAN] {
                let options = StrategyOptions::none().with(name, OptionValue::Number(share));
                let Err(error) = ENTRY.with_options(&options) else {
                    panic!("{name} {share} was accepted")
                };
                assert!(error.message.contains("from 0 to 1"), "{error}");
            }
        }
    }
}
