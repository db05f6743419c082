//! `diversity`: uncertain rows that are far from each other in their inputs.

use al_core::Seed;
use ndarray::Axis;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::spread::Spread;
use crate::strategies::uncertainty::weighted_scores;
use crate::strategy::{Greedy, Needs, Strategy, largest, largest_by};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The row with the largest weighted sum of its uncertainty and its distance to the \
        nearest measured, pending or picked row, one pick at a time.",
    score: "(1 − λ)·w·s + λ·√w·d/d_max, with s the combined uncertainty, d the distance between \
        inputs to the nearest anchor or pick, d_max the largest √w·d among the remaining \
        candidates, and λ the option weight. If nothing is measured or chosen, the second term is \
        0. No unit; 0 to 1 without weights.",
    details: "",
    cost: "That of space-filling, plus O(n) per pick for the scores.",
    reference: "The first design of this project; related to ranked batch-mode sampling (Cardoso \
        et al. 2017).",
    use_when: "When rows with similar inputs behave alike and a batch must be easy to explain.",
    not_when: "With many columns that do not matter: distances between inputs count them all. lcmd \
        measures distances between predictions.",
};

/// Picks by uncertainty and distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diversity {
    /// Share of the distance, 0 to 1.
    pub(crate) weight: f32,
}

impl Strategy for Diversity {
    fn needs(&self) -> Needs {
        Needs::SCORES
    }

    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Diverse::new(pool, self.weight, weighted_scores(pool)))
    }
}

/// Picks by the weighted sum of a worth of each row alone and its distance.
pub(crate) struct Diverse<'q> {
    pool: &'q Pool<'q>,
    weight: f32,
    worths: Vec<f32>,
    spread: Option<Spread<'q>>,
    /// 1/d_max; 0 if all candidates lie on what is chosen.
    per_distance: f32,
}

impl<'q> Diverse<'q> {
    /// `weight` is the share of the distance; `worths` are finite and ≥ 0.
    pub(crate) fn new(pool: &'q Pool<'q>, weight: f32, worths: Vec<f32>) -> Diverse<'q> {
        let anchors = pool.anchor_points();
        let spread = (!anchors.is_empty()).then(|| Spread::new(pool, anchors));
        let mut diverse = Diverse {
            pool,
            weight,
            worths,
            spread,
            per_distance: 0.0,
        };
        diverse.measure();
        diverse
    }

    fn measure(&mut self) {
        // A chosen candidate is at distance 0 and never the farthest.
        let farthest = self.spread.as_ref().map_or(0.0, Spread::farthest);
        self.per_distance = if farthest > 0.0 { 1.0 / farthest } else { 0.0 };
    }

    fn sum(&self, worth: f32, distance: f32) -> f32 {
        (1.0 - self.weight) * worth + self.weight * (distance * self.per_distance)
    }
}

impl Greedy for Diverse<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let Some(spread) = &self.spread else {
            return largest(&self.worths, open);
        };
        largest_by(open, |range, scores| {
            let parts = self.worths[range.clone()]
                .iter()
                .zip(&spread.distances[range]);
            for (score, (&worth, &distance)) in scores.iter_mut().zip(parts) {
                *score = self.sum(worth, distance);
            }
        })
    }

    fn score(&self, candidate: usize) -> f32 {
        let distance = |spread: &Spread<'_>| spread.distances[candidate];
        self.sum(
            self.worths[candidate],
            self.spread.as_ref().map_or(0.0, distance),
        )
    }

    fn chosen(&mut self, candidate: usize) {
        match &mut self.spread {
            Some(spread) => spread.add(candidate),
            None => {
                let first = self.pool.points().select(Axis(0), &[candidate]);
                self.spread = Some(Spread::new(self.pool, first.view()));
            }
        }
        self.measure();
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "diversity",
    summary: "uncertain rows whose inputs are far apart",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[StrategyOption {
        name: "weight",
        range: OptionRange::Number {
            least: 0.0,
            most: 1.0,
        },
        default: OptionValue::Number(0.5),
        summary: "share of the distance in the score; 0 uses the uncertainty alone",
    }],
    make: |settings| {
        let weight = settings.number("weight");
        Ok(Box::new(Diversity {
            weight: weight as f32,
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use ndarray::array;

    #[test]
    fn the_sum_is_the_formulas() {
        let mut case = Case::points(&[[0.0], [1.0], [4.0]]);
        case.scores = vec![1.0, 0.875, 0.125];
        let batch = case.select(&Diversity { weight: 0.5 }, 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // 1/2. Then 0.4375 + 0.5·1/4 = 0.5625, and 0.0625 + 0.5·4/4 = 0.5625:
        // equal, so the seed decides. The last is 3 from row 1, or row 1 is 1
        // from row 0: either way it is the farthest.
        assert_eq!(found[0], (0, 0.5));
        assert_eq!(found[1].1, 0.5625);
        let last = if found[1].0 == 1 {
            (2, 0.5625)
        } else {
            (1, 0.9375)
        };
        assert_eq!(found[2], last);
    }

    #[test]
    fn weights_multiply_scores_and_squared_distance() {
        let mut case = Case::points(&[[1.0], [2.0]]);
        case.anchor_points = array![[0.0]];
        case.scores = vec![0.5, 0.5];
        case.weights = Some(vec![4.0, 0.25]);
        let batch = case.select(&Diversity { weight: 0.25 }, 1);
        // √4·1 = 2 is the largest: 0.75·4·0.5 + 0.25·2/2.
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (0, 1.75));
    }

    #[test]
    fn a_weight_out_of_range_is_refused() {
        for weight in [-0.1, 1.5, f64::NAN] {
            let options = StrategyOptions::none().with("weight", OptionValue::Number(weight));
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("weight {weight} was accepted")
            };
            assert!(error.message.contains("from 0 to 1"), "{error}");
        }
    }
}
