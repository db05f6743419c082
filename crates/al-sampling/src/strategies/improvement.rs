//! `expected-improvement` and `probability-of-improvement`: the rows that may
//! beat the best one so far, by how much or how likely.

use al_core::{Seed, normal};

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::believer::{Acquisition, Believer, CandidateBelief, Incumbent};
use crate::strategy::{Greedy, Strategy};

const EXPECTED_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows with the largest expected improvement on the best row so far, where no \
        improvement counts as 0. A row's value is assumed to be normal with the mean and the \
        standard deviation sd of the members. The best so far is the best value of an anchor \
        (without anchors the best mean of all candidates) or, if better, the mean of a pick.",
    score: "w·(g·Φ(z) + sd·ϕ(z)) in the unit of the fitted target, with g the lead of the mean \
        over the best so far (negative if behind), z = g/sd, and ϕ and Φ the density and the \
        distribution function of the standard normal distribution.",
    details: "Picks are assumed to come out at their mean, so sd shrinks around them (kriging \
        believer: Ginsbourger, Le Riche & Carraro 2010). Candidates are compared by the logarithm \
        of the score, which still tells apart probabilities too small to be represented, with \
        variances of at least 10⁻⁶ of the noise or of the mean variance.",
    cost: "O(n·m) per pick.",
    reference: "Jones, Schonlau & Welch 1998.",
    use_when: "To find the best row with few measurements; it balances exploration and \
        exploitation without an option.",
    not_when: "To learn the whole table. Noise in the measured values makes the best so far look \
        better than it is.",
};

const PROBABILITY_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows with the best chance of any improvement on the best row so far. A row's value \
        is assumed to be normal with the mean and the standard deviation sd of the members. The \
        best so far is the best value of an anchor (without anchors the best mean of all \
        candidates) or, if better, the mean of a pick.",
    score: "w·Φ((g − ξ·s)/sd), 0 to 1 without weights, with g the lead of the mean over the best \
        so far (negative if behind), ξ the option xi, s the standard deviation of the anchors' \
        values (where that is 0, of the candidates' means), and Φ the distribution function of \
        the standard normal distribution.",
    details: "Picks are assumed to come out at their mean, so sd shrinks around them (kriging \
        believer: Ginsbourger, Le Riche & Carraro 2010). Candidates are compared by the logarithm \
        of the score, which still tells apart probabilities too small to be represented, with \
        variances of at least 10⁻⁶ of the noise or of the mean variance.",
    cost: "O(n·m) per pick.",
    reference: "Kushner 1964.",
    use_when: "To find a better row with high probability in few measurements.",
    not_when: "To learn the whole table. It takes small, safe steps unless xi is large. Noise in \
        the measured values makes the best so far look better than it is.",
};

/// Picks by expected improvement; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpectedImprovement {}

impl Strategy for ExpectedImprovement {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Believer::new(pool, *self))
    }
}

impl Acquisition for ExpectedImprovement {
    fn rank(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        let sd = belief.variance.max(standing.rounding).sqrt();
        let z = (belief.mean - standing.best) / sd;
        (belief.weight * sd).ln() + normal::ln_mean_excess(z)
    }

    fn score(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        let (lead, sd) = (belief.mean - standing.best, belief.variance.sqrt());
        let improvement = if sd > 0.0 {
            sd * normal::ln_mean_excess(lead / sd).exp()
        } else {
            lead.max(0.0)
        };
        belief.weight * improvement
    }
}

/// Picks by probability of improvement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbabilityOfImprovement {
    /// The least improvement that counts, in standard deviations of the anchors'
    /// values, 0 to 10⁶.
    pub(crate) xi: f64,
}

/// No row is this many standard deviations better.
const MAX_XI: f64 = 1e6;

impl ProbabilityOfImprovement {
    fn lead(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        belief.mean - standing.best - self.xi * standing.unit
    }
}

impl Strategy for ProbabilityOfImprovement {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        Box::new(Believer::new(pool, *self))
    }
}

impl Acquisition for ProbabilityOfImprovement {
    fn rank(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        let sd = belief.variance.max(standing.rounding).sqrt();
        belief.weight.ln() + normal::ln_cdf(self.lead(belief, standing) / sd)
    }

    fn score(&self, belief: CandidateBelief, standing: &Incumbent) -> f64 {
        let (lead, sd) = (self.lead(belief, standing), belief.variance.sqrt());
        let probability = if sd > 0.0 {
            normal::cdf(lead / sd)
        } else {
            f64::from(u8::from(lead > 0.0))
        };
        belief.weight * probability
    }

    fn may_rise(&self, belief: CandidateBelief, standing: &Incumbent) -> bool {
        // A row that is ahead is the surer to be the less it may vary.
        self.lead(belief, standing) > 0.0
    }
}

/// `expected-improvement` in the registry.
pub static EXPECTED: StrategyEntry = StrategyEntry {
    name: "expected-improvement",
    summary: "rows expected to beat the best one so far by the most",
    doc: EXPECTED_DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(ExpectedImprovement {})),
};

/// `probability-of-improvement` in the registry.
pub static PROBABILITY: StrategyEntry = StrategyEntry {
    name: "probability-of-improvement",
    summary: "rows most likely to beat the best one so far",
    doc: PROBABILITY_DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[StrategyOption {
        name: "xi",
        range: OptionRange::Number {
            least: 0.0,
            most: MAX_XI,
        },
        default: OptionValue::Number(0.01),
        summary: "smallest improvement that counts, in standard deviations",
    }],
    make: |settings| {
        let xi = settings.number("xi");
        Ok(Box::new(ProbabilityOfImprovement { xi }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use al_core::Direction;
    use ndarray::Array2;

    const EI: ExpectedImprovement = ExpectedImprovement {};

    fn scores(case: &Case, strategy: &dyn Strategy) -> Vec<f32> {
        case.with_pool(|pool| {
            let greedy = strategy.begin(pool, case.seed);
            (0..pool.len()).map(|at| greedy.score(at)).collect()
        })
    }

    fn assert_close(found: &[f32], expected: &[f64]) {
        for (&found, expected) in found.iter().zip(expected) {
            assert!((f64::from(found) - expected).abs() < 1e-6, "{found}");
        }
    }

    /// Means 2, 4, 3, 1; standard deviations 2, 2, 1, 0; measured 3 and 1, and
    /// large values wanted: leads −1, 1, 0, −2.
    fn case() -> Case {
        let mut case = Case::draws(&[[0.0, 4.0], [2.0, 6.0], [2.0, 4.0], [1.0, 1.0]]);
        case.noise = 1.0;
        case.direction = Some(Direction::Max);
        case.anchor_features = Array2::zeros((2, 2));
        case.anchor_values = vec![3.0, 1.0];
        case
    }

    #[test]
    fn the_expectation_is_the_closed_form() {
        let case = case();
        // z = ±½: ϕ = 0.3520653268, Φ(½) = 0.6914624613. z = 0: 0.3989422804.
        let (phi, above) = (0.352_065_326_8, 0.691_462_461_3);
        let expected = [
            2.0 * phi - (1.0 - above),
            2.0 * phi + above,
            0.398_942_280_4,
            0.0,
        ];
        assert_close(&scores(&case, &EI), &expected);
        assert_eq!(case.picks(&EI, 1), [1]);
    }

    #[test]
    fn the_probability_is_the_closed_form() {
        // One standard deviation of the anchors' values is 1.
        let case = case();
        let pi = |xi| scores(&case, &ProbabilityOfImprovement { xi });
        assert_close(&pi(0.0), &[0.308_537_538_7, 0.691_462_461_3, 0.5, 0.0]);
        // z = −1, 0, −1.
        let below = 0.158_655_253_9;
        assert_close(&pi(1.0), &[below, 0.5, below, 0.0]);
    }

    #[test]
    fn small_values_are_wanted_of_min() {
        let mut case = case();
        case.direction = Some(Direction::Min);
        // The best is 1; row 3 is as good and sure, row 0 may be much better.
        let expected = [0.395_593_115_4, 0.0];
        let found = scores(&case, &EI);
        assert_close(&[found[0], found[3]], &expected);
        assert_eq!(case.picks(&EI, 1), [0]);
    }

    #[test]
    fn a_sure_row_improves_by_its_lead() {
        let mut case = Case::draws(&[[5.0], [2.0]]);
        case.direction = Some(Direction::Max);
        case.anchor_features = Array2::zeros((1, 1));
        case.anchor_values = vec![3.0];
        assert_eq!(scores(&case, &EI), [2.0, 0.0]);
        let pi = ProbabilityOfImprovement { xi: 0.0 };
        assert_eq!(scores(&case, &pi), [1.0, 0.0]);
    }

    #[test]
    fn what_is_too_unlikely_for_a_number_is_still_ordered() {
        // 100 and 60 standard deviations behind; the nearer one comes first.
        let mut case = Case::draws(&[[-1.0, 1.0], [39.0, 41.0]]);
        case.direction = Some(Direction::Max);
        case.anchor_features = Array2::zeros((1, 2));
        case.anchor_values = vec![100.0];
        for strategy in [&EI as &dyn Strategy, &ProbabilityOfImprovement { xi: 0.01 }] {
            assert_eq!(scores(&case, strategy), [0.0, 0.0]);
            for seed in 0..10 {
                case.seed = Seed(seed);
                assert_eq!(case.picks(strategy, 1), [1]);
            }
        }
    }

    #[test]
    fn the_second_pick_knows_of_the_first() {
        // Row 1 is chosen and taken for 4: the best so far. Its own variance
        // is 4 − 16/5 now, row 0's too, row 2's 1 − 4/5.
        let case = case();
        case.with_pool(|pool| {
            let mut greedy = EI.begin(pool, case.seed);
            greedy.chosen(1);
            let sd = [0.8_f64.sqrt(), 0.8_f64.sqrt(), 0.2_f64.sqrt()];
            for (at, lead) in [(0, -2.0), (1, 0.0), (2, -1.0)] {
                let z = lead / sd[at];
                let expected = lead * normal::cdf(z) + sd[at] * normal::pdf(z);
                assert!((f64::from(greedy.score(at)) - expected).abs() < 1e-6);
            }
        });
    }

    #[test]
    fn weights_multiply() {
        let mut case = case();
        let before = scores(&case, &EI);
        case.weights = Some(vec![8.0, 1.0, 0.5, 1.0]);
        let after = scores(&case, &EI);
        assert_eq!(after[0], 8.0 * before[0]);
        assert_eq!(case.picks(&EI, 1), [0]);
    }

    #[test]
    fn a_xi_out_of_range_is_refused() {
        for xi in [-0.1, f64::INFINITY, f64::NAN] {
            let options = StrategyOptions::none().with("xi", OptionValue::Number(xi));
            let Err(error) = PROBABILITY.with_options(&options) else {
                panic!("xi {xi} was accepted")
            };
            assert!(error.message.contains("from 0 to 1000000"), "{error}");
        }
    }
}
