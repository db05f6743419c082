//! `thompson-hypervolume` and `hypervolume-improvement`: of several targets, the rows that
//! promise the best trade-offs.

use al_core::{Seed, normal};
use rayon::prelude::*;

use crate::conditional::Conditional;
use crate::dominance::Front;
use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::seeking;
use crate::strategies::trades::Trades;
use crate::strategies::turns::Turns;
use crate::strategy::{Greedy, Strategy, largest};

const EXPECTED_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows with the largest expected gain of hypervolume: the part of the space of the \
        targets that no measured row reaches in all of them at once. The values of a row are \
        assumed to be normal and independent of each other, with the means and standard \
        deviations of the members.",
    score: "w·E(volume) on the scale of the fitted targets, standardised, above a reference point \
        a tenth of the front's range behind its worst values; where that is less \
        than 10⁻³⁰, −(1 + distance)/w, by the distance of the means from the nearest point that \
        would be on the front, measured by the largest shift that brings every target there.",
    details: "Picks are assumed to come out at their means, so standard deviations shrink around \
        them (kriging believer: Ginsbourger, Le Riche & Carraro 2010). The expectation is exact \
        for the assumptions: a sum over boxes of products of expected lengths. With one target \
        the volume is the lead over the best row, as in expected-improvement.",
    cost: "O(n·(m + b)) per pick, with b = f + 1 boxes for two targets and at most (f + 1)(f + \
        2)/2 for three, f being the rows on the front.",
    reference: "Emmerich, Giannakoglou & Naujoks 2006; by boxes Yang, Emmerich, Deutz & Bäck 2019.",
    use_when: "To find the best trade-offs of two or three targets.",
    not_when: "To learn the whole table, or with a single wish that a limit on the other targets \
        expresses better.",
};

const THOMPSON_DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows that add most hypervolume by the predictions of one member. Each pick draws \
        one, all with the same chance and none again before all have been, and takes the open row \
        that adds most, where the picks before have the values that the member predicts of them. A \
        share of the picks, the option exploit, takes the largest expected gain instead, as in \
        hypervolume-improvement.",
    score: "As in hypervolume-improvement, with the volume that the member's predictions add.",
    details: "",
    cost: "O(n·m) once, in memory too, and O(n·b) per pick, with the b boxes of \
        hypervolume-improvement.",
    reference: "Bradford, Schweidtmann & Lapkin 2018; for one target Kandasamy, Krishnamurthy, \
        Schneider & Póczos 2018.",
    use_when: "To find trade-offs with large batches: picks differ as much as the members do.",
    not_when: "To learn the whole table.",
};

/// Picks by what members predict to add, and by what is expected in all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hypervolume {
    /// Share of the picks that go by the expectation, 0 to 1.
    exploit: f64,
}

impl Strategy for Hypervolume {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let trades = Trades::new(pool);
        let measured = trades.front();
        let beliefs = match self.exploit > 0.0 || pool.n_members() == 0 {
            true => (0..trades.targets)
                .map(|target| Conditional::of_output(pool, target))
                .collect(),
            false => Vec::new(),
        };
        let mut greedy = ByTurns {
            turns: Turns::new(
                seeking::of_batch(pool, seed),
                pool.n_members(),
                self.exploit,
            ),
            expected: measured.clone(),
            measured,
            trades,
            beliefs,
            picked: Vec::new(),
            scores: Vec::new(),
            stale: vec![false; pool.len()],
        };
        greedy.rescore();
        Box::new(greedy)
    }
}

struct ByTurns<'q> {
    trades: Trades<'q>,
    turns: Turns,
    measured: Front,
    picked: Vec<usize>,
    /// The front with the picks at their means.
    expected: Front,
    /// What is left of the variances, per target.
    beliefs: Vec<Conditional<'q>>,
    scores: Vec<f32>,
    /// Whether scores of candidates that promise nothing are those of an earlier pick: what
    /// promises nothing goes on to, and only falls further behind.
    stale: Vec<bool>,
}

impl ByTurns<'_> {
    /// Scores all candidates by whose turn it is.
    fn rescore(&mut self) {
        let candidates = (0..self.trades.pool.len()).into_par_iter();
        self.stale.fill(false);
        self.scores = match self.turns.now() {
            None => {
                let scored = candidates.with_min_len(64);
                scored.map(|candidate| self.expected(candidate)).collect()
            }
            member => {
                let trades = &self.trades;
                let mut front = self.measured.clone();
                let picked = self.picked.iter();
                front.extend(picked.map(|&candidate| trades.predicted(candidate, member)));
                let scored = candidates.with_min_len(256).map(|candidate| {
                    let point = trades.predicted(candidate, member);
                    trades.score(candidate, front.gain(&point), || front.lag(&point))
                });
                scored.collect()
            }
        };
    }

    /// Scores those candidates that promise something by the expected gain, where all were
    /// scored by it before.
    fn rescore_promising(&mut self) {
        let mut scores = std::mem::take(&mut self.scores);
        let mut stale = std::mem::take(&mut self.stale);
        scores
            .par_iter_mut()
            .zip(&mut stale)
            .enumerate()
            .with_min_len(1024)
            .for_each(|(candidate, (score, stale))| match *score > 0.0 {
                true => *score = self.expected(candidate),
                false => *stale = true,
            });
        (self.scores, self.stale) = (scores, stale);
    }

    /// The score of a candidate by the expected gain.
    fn expected(&self, candidate: usize) -> f32 {
        let (mean, front) = (self.trades.mean(candidate), &self.expected);
        let sd: Vec<f64> = self
            .beliefs
            .iter()
            .map(|belief| belief.variances()[candidate].sqrt())
            .collect();
        // Of most rows no value within reach adds anything, and none is looked at closely.
        let reach: Vec<f64> = mean.iter().zip(&sd).map(|(m, sd)| m + REACH * sd).collect();
        let volume = match front.beats(&reach) {
            true => 0.0,
            false => front.volume(|at, low, high| within(mean[at], sd[at], low, high)),
        };
        self.trades.score(candidate, volume, || front.lag(&mean))
    }
}

/// How many standard deviations above its mean a value is looked for. What lies beyond has
/// a mean excess of some 10⁻³⁴ standard deviations: less than what counts as nothing.
const REACH: f64 = 12.0;

impl Greedy for ByTurns<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        loop {
            let best = largest(&self.scores, open)?;
            if !self.stale[best] {
                return Some(best);
            }
            self.scores[best] = self.expected(best);
            self.stale[best] = false;
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        match self.stale[candidate] {
            true => self.expected(candidate),
            false => self.scores[candidate],
        }
    }

    fn chosen(&mut self, candidate: usize) {
        let before = self.turns.now();
        self.picked.push(candidate);
        self.expected.extend([self.trades.mean(candidate)]);
        let beliefs = self.beliefs.iter_mut();
        beliefs.for_each(|belief| belief.condition(candidate));
        self.turns.pass();
        match (before, self.turns.now()) {
            (None, None) => self.rescore_promising(),
            _ => self.rescore(),
        }
    }
}

/// The expected length between `low` and `high` that a normal value covers from below.
fn within(mean: f64, sd: f64, low: f64, high: f64) -> f64 {
    if sd <= 0.0 {
        return (mean.min(high) - low).max(0.0);
    }
    let above = |end: f64| match end == f64::INFINITY {
        true => 0.0,
        false => sd * normal::ln_mean_excess((mean - end) / sd).exp(),
    };
    (above(low) - above(high)).max(0.0)
}

/// `thompson-hypervolume` in the registry.
pub static THOMPSON: StrategyEntry = StrategyEntry {
    name: "thompson-hypervolume",
    summary: "of several targets, for each pick the best trade-off by one member",
    doc: THOMPSON_DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: true,
    anytime: true,
    options: &[StrategyOption {
        name: "exploit",
        range: OptionRange::Number {
            least: 0.0,
            most: 1.0,
        },
        default: OptionValue::Number(0.25),
        summary: "share of the picks that take the largest expected gain",
    }],
    make: |settings| {
        let exploit = settings.number("exploit");
        Ok(Box::new(Hypervolume { exploit }))
    },
};

/// `hypervolume-improvement` in the registry.
pub static EXPECTED: StrategyEntry = StrategyEntry {
    name: "hypervolume-improvement",
    summary: "of several targets, the largest expected gain in trade-offs",
    doc: EXPECTED_DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Hypervolume { exploit: 1.0 })),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use al_core::Direction;
    use ndarray::{Array2, array};

    /// Candidates with these member predictions of two targets, larger being better, and
    /// anchors with these values.
    fn case<const M: usize>(rows: &[[[f32; 2]; M]], anchors: &[[f32; 2]]) -> Case {
        let n = rows.len();
        let mean =
            |row: usize, at: usize| rows[row].iter().map(|draw| draw[at]).sum::<f32>() / M as f32;
        let root = (M as f32).sqrt();
        let nowhere: Vec<[f32; 0]> = vec![[]; n];
        Case {
            means: Array2::from_shape_fn((n, 2), |(row, at)| mean(row, at)),
            features: Array2::from_shape_fn((n, 2 * M), |(row, column)| {
                (rows[row][column / 2][column % 2] - mean(row, column % 2)) / root
            }),
            anchor_features: Array2::zeros((anchors.len(), 2 * M)),
            anchor_values: anchors.iter().flatten().copied().collect(),
            direction: Some(Direction::Max),
            ..Case::points(&nowhere)
        }
    }

    const GREEDY: Hypervolume = Hypervolume { exploit: 1.0 };

    #[test]
    fn the_largest_volume_by_hand_and_then_what_is_left() {
        // The front is (0, 1), (1, 0): the reference is (−0.1, −0.1). By hand, with all
        // draws alike: (0.5, 0.5) adds 0.25; (0.9, 0.9) adds 0.81; (1.2, −0.05) adds
        // 0.2 · 0.05 and so do the others less; (−1, 3) is not above the reference.
        let rows = [[[0.5, 0.5]], [[0.9, 0.9]], [[1.2, -0.05]], [[-1.0, 3.0]]];
        let case = case(&rows, &[[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]]);
        let batch = case.select(&GREEDY, 4);
        let order: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        assert_eq!(order, [1, 2, 0, 3]);
        assert!((batch.picks[0].score - 0.81).abs() < 1e-5);
        assert!((batch.picks[1].score - 0.01).abs() < 1e-5);
        // Behind the first pick by 0.4, and short of the reference by 0.9.
        assert!((batch.picks[2].score + 1.4).abs() < 1e-5);
        assert!((batch.picks[3].score + 1.9).abs() < 1e-5);
    }

    #[test]
    fn small_values_are_turned() {
        let rows = [[[0.5, 0.5]], [[0.9, 0.9]]];
        let mut wanted = case(&rows, &[[0.0, 1.0], [1.0, 0.0]]);
        assert_eq!(wanted.picks(&GREEDY, 1), [1]);
        wanted.direction = Some(Direction::Min);
        assert_eq!(wanted.picks(&GREEDY, 1), [0]);
    }

    #[test]
    fn each_member_has_its_turn() {
        // Member 0 says that row 0 is best, member 1 that row 1 is.
        let rows = [
            [[2.0, 2.0], [0.0, 0.0]],
            [[0.0, 0.0], [2.0, 2.0]],
            [[0.5, 0.5], [0.5, 0.5]],
        ];
        let case = case(&rows, &[[0.0, 1.0], [1.0, 0.0]]);
        let mut first = case.picks(&Hypervolume { exploit: 0.0 }, 2);
        first.sort_unstable();
        assert_eq!(first, [0, 1]);
    }

    #[test]
    fn weights_count() {
        let rows = [[[0.9, 0.9]], [[0.8, 0.8]]];
        let mut case = case(&rows, &[[0.0, 1.0], [1.0, 0.0]]);
        case.weights = Some(vec![0.5, 1.0]);
        assert_eq!(case.picks(&GREEDY, 1), [1]);
        // However much a row adds that is all but sure to be of no use, one that is a little
        // behind the front comes first.
        case.weights = Some(vec![1e-37, 1.0]);
        case.means = array![[9.0_f32, 9.0], [0.0, 0.5]];
        assert_eq!(case.picks(&GREEDY, 1), [1]);
        case.weights = Some(vec![0.5, 1.0]);
        // Behind the front, where a small weight makes rows worse, too.
        case.means = array![[-0.5_f32, -0.5], [-0.5, -0.5]];
        assert_eq!(case.picks(&GREEDY, 1), [1]);
    }

    #[test]
    fn expected_gains_are_those_of_many_draws() {
        // Two members one standard deviation to either side of the mean: sd = 1 and 0.5.
        let rows = [[[0.5, 1.0], [2.5, 0.0]], [[0.0, 0.0], [0.1, 0.1]]];
        let anchors = [[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]];
        let case = case(&rows, &anchors);
        let score = case.select(&GREEDY, 1).picks[0].score;
        let mut front = Front::new(vec![-0.2, -0.2]);
        front.extend(anchors.map(|row| row.map(f64::from).to_vec()));
        // The expectation by a fine grid of quantiles in both targets.
        let steps = 400;
        let quantile = |at: usize| {
            // Bisection: the inverse distribution function is not at hand.
            let p = (at as f64 + 0.5) / f64::from(steps);
            let (mut low, mut high) = (-9.0, 9.0);
            for _ in 0..60 {
                let middle = (low + high) / 2.0;
                if normal::cdf(middle) < p {
                    low = middle
                } else {
                    high = middle
                }
            }
            low
        };
        let quantiles: Vec<f64> = (0..steps as usize).map(quantile).collect();
        let mut total = 0.0;
        for a in &quantiles {
            for b in &quantiles {
                total += front.gain(&[1.5 + a, 0.5 + 0.5 * b]);
            }
        }
        let expected = total / f64::from(steps).powi(2);
        assert!(
            (f64::from(score) - expected).abs() < 2e-3,
            "{score} {expected}"
        );
    }

    #[test]
    fn scores_that_are_looked_at_late_are_those_of_all_looked_at() {
        let number = |at: u64| (Seed(4).derive("value", at).0 >> 40) as f32 / (1 << 24) as f32;
        let rows: Vec<[[f32; 2]; 3]> = (0..300)
            .map(|row| {
                std::array::from_fn(|member| {
                    std::array::from_fn(|at| number(row * 6 + 2 * member as u64 + at as u64))
                })
            })
            .collect();
        let case = case(&rows, &[[0.2, 0.9], [0.9, 0.2], [0.6, 0.6]]);
        case.with_pool(|pool| {
            let trades = Trades::new(pool);
            let beliefs = (0..2).map(|target| Conditional::of_output(pool, target));
            let mut late = ByTurns {
                turns: Turns::new(Seed(0), 3, 1.0),
                expected: trades.front(),
                measured: trades.front(),
                trades,
                beliefs: beliefs.collect(),
                picked: Vec::new(),
                scores: Vec::new(),
                stale: vec![false; 300],
            };
            late.rescore();
            let mut open = vec![true; 300];
            for _ in 0..60 {
                let best = late.best(&open).unwrap();
                let all: Vec<f32> = (0..300).map(|at| late.expected(at)).collect();
                let found: Vec<f32> = (0..300).map(|at| late.score(at)).collect();
                assert_eq!(found, all);
                assert_eq!(Some(best), largest(&all, &open));
                open[best] = false;
                late.chosen(best);
            }
        });
    }

    #[test]
    fn lengths_within_the_ends() {
        assert_eq!(within(1.0, 0.0, 0.0, 3.0), 1.0);
        assert_eq!(within(4.0, 0.0, 0.0, 3.0), 3.0);
        assert_eq!(within(-1.0, 0.0, 0.0, 3.0), 0.0);
        // The mean of the positive part of a standard normal value.
        assert!((within(0.0, 1.0, 0.0, f64::INFINITY) - normal::pdf(0.0)).abs() < 1e-12);
        assert!((within(0.0, 1.0, -20.0, 20.0) - 20.0).abs() < 1e-9);
        assert_eq!(within(-1e9, 1.0, 0.0, 1.0), 0.0);
    }
}
