//! For strategies that look for the best row by mean and spread: picks whose
//! outcome is not known yet are believed to come out at their mean ("kriging
//! believer", Ginsbourger, Le Riche & Carraro 2010).
//!
//! So means stay as they are, variances shrink around each pick, and a pick
//! better than the best row so far takes its place: the next pick is not the
//! neighbour of the last.

use rayon::prelude::*;

use crate::conditional::Conditional;
use crate::query::{HARDLY_WANTED, Pool};
use crate::strategies::seeking;
use crate::strategy::{Greedy, largest};

/// Rows looked at together.
const BLOCK: usize = 1 << 11;

/// What is believed of a candidate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CandidateBelief {
    /// Mean prediction, larger is better.
    pub(crate) mean: f64,
    /// Variance of the prediction, given the picks.
    pub(crate) variance: f64,
    /// The candidate's weight, > 0.
    pub(crate) weight: f64,
}

/// What beliefs are held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incumbent {
    /// The best value of any anchor or pick, of a pick its mean; larger is
    /// better. Without anchors the best mean of all candidates.
    pub(crate) best: f64,
    /// The worst mean of all candidates.
    pub(crate) worst: f64,
    /// Standard deviation of the anchors' values; where that is 0, of the
    /// candidates' means.
    pub(crate) unit: f64,
    /// Variances below this one may be rounding errors; > 0.
    pub(crate) rounding: f64,
}

/// A formula for the worth of a candidate.
pub(crate) trait Acquisition: Sync {
    /// What candidates are compared by; unless it [may rise](Self::may_rise),
    /// no larger for a smaller variance or a better row to beat.
    fn rank(&self, belief: CandidateBelief, standing: &Incumbent) -> f64;

    /// What is shown: the same order, in the documented unit.
    fn score(&self, belief: CandidateBelief, standing: &Incumbent) -> f64;

    /// Whether this candidate's rank may rise as its variance shrinks.
    fn may_rise(&self, _: CandidateBelief, _: &Incumbent) -> bool {
        false
    }
}

/// The candidates, one pick at a time.
pub(crate) struct Believer<'q, A> {
    pool: &'q Pool<'q>,
    acquisition: A,
    /// Per candidate, larger is better.
    means: Vec<f32>,
    conditional: Conditional<'q>,
    standing: Incumbent,
    /// Per candidate its rank when last looked at. As ranks fall from pick to
    /// pick, most of them are known to be too low without another look.
    ranks: Vec<f32>,
}

impl<'q, A: Acquisition> Believer<'q, A> {
    pub(crate) fn new(pool: &'q Pool<'q>, acquisition: A) -> Believer<'q, A> {
        let (means, sign) = (seeking::means(pool), seeking::sign(pool));
        let conditional = Conditional::new(pool);
        let values: Vec<f32> = pool.anchor_values().iter().map(|v| sign * v).collect();
        let known = if values.is_empty() { &means } else { &values };
        let best = known.iter().copied().reduce(f32::max).unwrap_or(0.0);
        let unit = match deviation(&values) {
            0.0 => deviation(&means),
            unit => unit,
        };
        let standing = Incumbent {
            best: f64::from(best),
            worst: f64::from(seeking::worst(&means)),
            unit,
            rounding: conditional.rounding(),
        };
        Believer {
            pool,
            acquisition,
            means,
            conditional,
            standing,
            ranks: vec![f32::INFINITY; pool.len()],
        }
    }

    fn belief(&self, candidate: usize) -> CandidateBelief {
        CandidateBelief {
            mean: f64::from(self.means[candidate]),
            variance: self.conditional.variances()[candidate],
            weight: f64::from(self.pool.weight(candidate)),
        }
    }

    fn rank(&self, candidate: usize) -> f32 {
        let belief = self.belief(candidate);
        if self.pool.weight(candidate) < HARDLY_WANTED {
            // However large a gain such a row has a chance of, it comes last; the more it
            // is wanted the earlier.
            return -f32::MAX * (f32::MIN_POSITIVE / self.pool.weight(candidate)).min(1.0);
        }
        seeking::finite(self.acquisition.rank(belief, &self.standing))
    }
}

impl<A: Acquisition> Greedy for Believer<'_, A> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        // The best one is at least as good as the one that was best.
        let least = self.rank(largest(&self.ranks, open)?);
        let mut ranks = std::mem::take(&mut self.ranks);
        ranks
            .par_chunks_mut(BLOCK)
            .enumerate()
            .with_min_len(8)
            .for_each(|(block, ranks)| {
                for (at, rank) in ranks.iter_mut().enumerate() {
                    let candidate = block * BLOCK + at;
                    let rises = || {
                        let belief = self.belief(candidate);
                        self.acquisition.may_rise(belief, &self.standing)
                    };
                    if open[candidate] && (*rank >= least || rises()) {
                        *rank = self.rank(candidate);
                    }
                }
            });
        self.ranks = ranks;
        largest(&self.ranks, open)
    }

    fn score(&self, candidate: usize) -> f32 {
        let belief = self.belief(candidate);
        seeking::finite(self.acquisition.score(belief, &self.standing))
    }

    fn chosen(&mut self, candidate: usize) {
        self.conditional.condition(candidate);
        let mean = f64::from(self.means[candidate]);
        self.standing.best = self.standing.best.max(mean);
    }
}

/// Population standard deviation, 0 of none.
fn deviation(values: &[f32]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares = values.iter().map(|&v| (f64::from(v) - mean).powi(2));
    (squares.sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::draws;
    use crate::strategies::improvement::{ExpectedImprovement, ProbabilityOfImprovement};
    use crate::strategies::tests::Case;
    use crate::strategies::ucb::Ucb;
    use al_core::Direction;
    use al_core::Seed;

    struct Shown;

    impl Acquisition for Shown {
        fn rank(&self, belief: CandidateBelief, _: &Incumbent) -> f64 {
            belief.variance
        }

        fn score(&self, belief: CandidateBelief, _: &Incumbent) -> f64 {
            belief.variance
        }
    }

    #[test]
    fn picks_are_believed() {
        // Means 1, 5, 5; variances 1, 4, 4; rows 0 and 1 move together.
        let mut case = Case::draws(&[[0.0, 2.0], [3.0, 7.0], [7.0, 3.0]]);
        case.noise = 1.0;
        case.with_pool(|pool| {
            let mut believer = Believer::new(pool, Shown);
            let standing = believer.standing;
            assert_eq!((standing.best, standing.worst), (-1.0, -5.0));
            assert!((standing.unit - (32.0_f64 / 9.0).sqrt()).abs() < 1e-12);
            assert_eq!(believer.best(&[true; 3]), Some(1));
            believer.chosen(1);
            // 4 − 4·4/5, for row 2 as well: it is sure to move the other way.
            assert!((believer.score(1) - 0.8).abs() < 1e-6);
            assert!((believer.score(2) - 0.8).abs() < 1e-6);
            assert!((believer.score(0) - 0.2).abs() < 1e-6);
            assert_eq!(believer.standing.best, -1.0);
        });
    }

    #[test]
    fn the_best_is_that_of_a_look_at_all() {
        let number = |seed, at: usize| draws::of_seed(Seed(seed).derive("number", at as u64));
        let pi = ProbabilityOfImprovement { xi: 0.01 };
        for seed in 0..20 {
            let mut case = Case::draws(&std::array::from_fn::<[f32; 4], 80, _>(|row| {
                std::array::from_fn(|at| number(seed, 4 * row + at) as f32)
            }));
            case.noise = if seed % 2 == 0 { 0.01 } else { 0.0 };
            // Half the rows are better than the anchor.
            case.anchor_features = ndarray::Array2::zeros((1, 4));
            case.anchor_values = vec![0.5];
            case.weights = Some((0..80).map(|row| 1.0 + (row % 3) as f32 / 4.0).collect());
            look_at_all(&case, Ucb { kappa: 2.0 });
            look_at_all(&case, ExpectedImprovement {});
            look_at_all(&case, pi);
        }
    }

    fn look_at_all(case: &Case, acquisition: impl Acquisition) {
        case.with_pool(|pool| {
            let mut believer = Believer::new(pool, acquisition);
            let mut open = vec![true; pool.len()];
            for pick in 0..pool.len() {
                let ranks: Vec<f32> = (0..pool.len()).map(|at| believer.rank(at)).collect();
                let best = largest(&ranks, &open).unwrap();
                // A row that the user asks for is not looked for.
                if pick % 5 != 3 {
                    assert_eq!(believer.best(&open), Some(best));
                }
                open[best] = false;
                believer.chosen(best);
            }
        });
    }

    #[test]
    fn the_best_is_an_anchors_value_until_a_pick_is_better() {
        let mut case = Case::draws(&[[0.0, 2.0], [3.0, 7.0]]);
        case.anchor_features = ndarray::Array2::zeros((2, 2));
        case.anchor_values = vec![2.0, 6.0];
        case.direction = Some(Direction::Max);
        case.with_pool(|pool| {
            let mut believer = Believer::new(pool, Shown);
            assert_eq!(believer.standing.best, 6.0);
            assert_eq!(believer.standing.unit, 2.0);
            believer.chosen(1);
            assert_eq!(believer.standing.best, 6.0);
        });
        case.anchor_values = vec![2.0, 4.0];
        case.with_pool(|pool| {
            let mut believer = Believer::new(pool, Shown);
            assert_eq!(believer.standing.best, 4.0);
            believer.chosen(0);
            assert_eq!(believer.standing.best, 4.0);
            believer.chosen(1);
            assert_eq!(believer.standing.best, 5.0);
        });
    }
}
