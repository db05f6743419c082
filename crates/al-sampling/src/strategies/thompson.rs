//! `thompson`: for each pick the best row by one member drawn at random.

use al_core::Seed;
use rayon::prelude::*;

use crate::conditional::variances;
use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::turns::Turns;
use crate::strategies::{draws, seeking};
use crate::strategy::{Greedy, Strategy, largest};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Each row as often as it is the best one in a draw from the model. Each pick draws \
        one member, all with the same chance, and takes the best open row by its predictions; \
        no member is drawn again before all have been. Draws are joint: rows whose predictions \
        vary together are good or bad together. A share of the picks, the option exploit, takes \
        the best mean prediction instead.",
    score: "±value predicted by the member, or ±mean, + for max and − for min, on the scale of the \
        fitted target; a weight multiplies the amount above the worst of these values. With \
        frequency, w·votes/s, 0 to 1 without weights.",
    details: "With the option frequency = s above 0, a normal distribution per row replaces the \
        members: in each of s draws, every row gets a value from its distribution, and the draw \
        votes for its best open row. The row with the most votes is picked, and the draws that \
        voted for it then vote for their next best.",
    cost: "O(n·m) once, in memory too, and O(n) per pick; with frequency, O(s·n) once and O(n) per \
        pick, and s·k row numbers in memory.",
    reference: "Thompson 1933; for batches Kandasamy, Krishnamurthy, Schneider & Póczos 2018; with \
        picks by the mean Jin, Yang, Xiao & Xu 2023.",
    use_when: "To find the best row with large batches: picks differ as much as the members do.",
    not_when: "With few members, whose best rows are soon taken, so that neighbours of these \
        follow, or to learn the whole table. The draws of frequency treat rows as independent, so \
        among many uncertain rows one is always lucky.",
};

/// Picks by draws from the posterior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thompson {
    /// Independent draws that vote, 0 for draws of members instead.
    frequency: u32,
    /// Share of the picks that take the best mean, 0 to 1, where members are drawn.
    exploit: f64,
}

impl Strategy for Thompson {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let seed = seeking::of_batch(pool, seed);
        if self.frequency > 0 {
            Box::new(Votes::new(pool, seed, self.frequency))
        } else {
            Box::new(MemberByMember::new(pool, seed, self.exploit))
        }
    }
}

/// One member after the other has its say.
struct MemberByMember<'q> {
    pool: &'q Pool<'q>,
    turns: Turns,
    /// Each member's scores, once it has been drawn, and last those of the mean.
    scores: Vec<Option<Vec<f32>>>,
}

impl<'q> MemberByMember<'q> {
    fn new(pool: &'q Pool<'q>, seed: Seed, exploit: f64) -> MemberByMember<'q> {
        let members = pool.n_members();
        let mut members = MemberByMember {
            pool,
            turns: Turns::new(seed, members, exploit),
            scores: vec![None; members + 1],
        };
        members.prepare();
        members
    }

    /// Which of the scores count now.
    fn turn(&self) -> usize {
        self.turns.now().unwrap_or(self.scores.len() - 1)
    }

    fn prepare(&mut self) {
        let turn = self.turn();
        if self.scores[turn].is_none() {
            self.scores[turn] = Some(self.scores_of(turn));
        }
    }

    /// The scores of a member or, last, of the mean.
    fn scores_of(&self, member: usize) -> Vec<f32> {
        let (features, mut values) = (self.pool.features(), seeking::means(self.pool));
        let members = self.scores.len() - 1;
        if member < members {
            let scale = f64::from(seeking::sign(self.pool)) * (members as f64).sqrt();
            for (value, deviation) in values.iter_mut().zip(features.column(member)) {
                *value = seeking::finite(f64::from(*value) + scale * f64::from(*deviation));
            }
        }
        let worst = f64::from(seeking::worst(&values));
        for (candidate, value) in values.iter_mut().enumerate() {
            let above = f64::from(self.pool.weight(candidate)) * (f64::from(*value) - worst);
            *value = seeking::finite(worst + above);
        }
        values
    }

    fn current(&self) -> &[f32] {
        self.scores[self.turn()]
            .as_ref()
            .expect("whose turn it is has its scores")
    }
}

impl Greedy for MemberByMember<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        largest(self.current(), open)
    }

    fn score(&self, candidate: usize) -> f32 {
        self.current()[candidate]
    }

    fn chosen(&mut self, _: usize) {
        self.turns.pass();
        self.prepare();
    }
}

/// Independent draws, each for its best row.
struct Votes<'q> {
    pool: &'q Pool<'q>,
    seed: Seed,
    means: Vec<f32>,
    deviations: Vec<f64>,
    /// Per draw the best of the candidates that were open when it was made,
    /// the best one last: as many as the batch has rows, since no more can be
    /// taken before a vote.
    ballots: Vec<Vec<u32>>,
    open: Vec<bool>,
    /// Per candidate weight · votes / draws.
    scores: Vec<f32>,
}

impl<'q> Votes<'q> {
    fn new(pool: &'q Pool<'q>, seed: Seed, frequency: u32) -> Votes<'q> {
        let mut votes = Votes {
            pool,
            seed,
            means: seeking::means(pool),
            deviations: variances(pool).into_iter().map(f64::sqrt).collect(),
            ballots: Vec::new(),
            open: vec![true; pool.len()],
            scores: vec![0.0; pool.len()],
        };
        votes.ballots = (0..u64::from(frequency))
            .map(|draw| votes.ballot(draw))
            .collect();
        votes.count();
        votes
    }

    /// A draw's best open candidates.
    fn ballot(&self, draw: u64) -> Vec<u32> {
        let seeds = [0, 1].map(|half| self.seed.derive("thompson normal", 2 * draw + half));
        let mut values: Vec<(f64, u32)> = (0..self.pool.len())
            .into_par_iter()
            .with_min_len(1024)
            .filter(|&at| self.open[at])
            .map(|at| {
                let deviation = self.deviations[at] * draws::normal(seeds, self.pool.key(at));
                (f64::from(self.means[at]) + deviation, at as u32)
            })
            .collect();
        best_last(&mut values, self.pool.batch().max(1));
        values.into_iter().map(|(_, at)| at).collect()
    }

    /// Takes what is no longer open off a ballot, up to the best that is.
    fn strike(&self, ballot: &mut Vec<u32>) {
        while let Some(&best) = ballot.last()
            && !self.open[best as usize]
        {
            ballot.pop();
        }
    }

    /// Counts the votes for open candidates.
    fn count(&mut self) {
        self.scores.fill(0.0);
        if !self.open.contains(&true) {
            return;
        }
        let mut counts = vec![0_u32; self.pool.len()];
        let mut ballots = std::mem::take(&mut self.ballots);
        for (draw, ballot) in ballots.iter_mut().enumerate() {
            self.strike(ballot);
            if ballot.is_empty() {
                // Limits have closed all of them.
                *ballot = self.ballot(draw as u64);
            }
            if let Some(&vote) = ballot.last() {
                counts[vote as usize] += 1;
            }
        }
        self.ballots = ballots;
        let draws = self.ballots.len() as f64;
        for (candidate, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let share = f64::from(count) / draws;
            let weight = f64::from(self.pool.weight(candidate));
            self.scores[candidate] = seeking::finite(weight * share);
        }
    }
}

/// Leaves the `n` largest values, the largest last; of equal ones the first
/// candidate counts as larger.
fn best_last(values: &mut Vec<(f64, u32)>, n: usize) {
    let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if n < values.len() {
        values.select_nth_unstable_by(n, order);
        values.truncate(n);
    }
    values.sort_unstable_by(|a, b| order(b, a));
}

impl Greedy for Votes<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        if self.open != open {
            self.open.copy_from_slice(open);
            self.count();
        }
        largest(&self.scores, open)
    }

    fn score(&self, candidate: usize) -> f32 {
        self.scores[candidate]
    }

    fn chosen(&mut self, candidate: usize) {
        self.open[candidate] = false;
        self.count();
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "thompson",
    summary: "for each pick, the best row of one randomly drawn member",
    doc: DOC,
    needs_model: true,
    needs_direction: true,
    regression: true,
    classification: false,
    several: false,
    anytime: true,
    options: &[
        StrategyOption {
            name: "frequency",
            range: OptionRange::Whole {
                least: 0,
                most: 10_000,
            },
            default: OptionValue::Number(0.0),
            summary: "number of independent draws that vote for their best rows; 0 draws one member \
            per pick",
        },
        StrategyOption {
            name: "exploit",
            range: OptionRange::Number {
                least: 0.0,
                most: 1.0,
            },
            default: OptionValue::Number(0.25),
            summary: "share of the picks that take the best mean prediction, unless draws vote",
        },
    ],
    make: |settings| {
        let frequency = settings.whole("frequency");
        Ok(Box::new(Thompson {
            frequency: frequency as u32,
            exploit: settings.number("exploit"),
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::tests::Case;
    use al_core::Direction;
    use al_core::normal::cdf;

    /// Draws of members alone.
    const MEMBERS: Thompson = Thompson {
        frequency: 0,
        exploit: 0.0,
    };

    fn voting(frequency: u32) -> Thompson {
        Thompson {
            frequency,
            ..MEMBERS
        }
    }

    #[test]
    fn each_pick_is_the_best_of_a_member() {
        // Member 0 has the rows in order, member 1 in the reverse order.
        let mut case = Case::draws(&[[1.0, 4.0], [2.0, 3.0], [3.0, 2.0], [4.0, 1.0]]);
        let strategy = MEMBERS;
        let mut first = [0; 4];
        for seed in 0..1000 {
            case.seed = Seed(seed);
            let batch = case.select(&strategy, 4);
            let mut left = vec![0, 1, 2, 3];
            for pick in &batch.picks {
                // The best row left of either member, at that member's value.
                let low = left[0] == pick.row;
                assert!(low || left[left.len() - 1] == pick.row);
                let value = if low && left.len() > 1 {
                    pick.row + 1
                } else {
                    4 - pick.row
                } as f32;
                assert!(left.len() == 1 || (pick.score + value).abs() < 1e-5);
                left.retain(|&row| row != pick.row);
            }
            first[batch.picks[0].row] += 1;
        }
        assert_eq!(first[1] + first[2], 0);
        // Four standard errors of half of 1000 are 63.
        assert!(500_i32.abs_diff(first[0]) < 63, "{first:?}");
        case.direction = Some(Direction::Max);
        assert!([0, 3].contains(&case.picks(&strategy, 1)[0]));
    }

    #[test]
    fn no_member_is_drawn_twice_before_all_have_been() {
        // Each of three members has its own best row.
        let mut case = Case::draws(&[[9.0, 1.0, 2.0], [1.0, 9.0, 2.0], [2.0, 1.0, 9.0], [3.0; 3]]);
        case.direction = Some(Direction::Max);
        let mut first = [0_i32; 3];
        for seed in 0..300 {
            case.seed = Seed(seed);
            let picks = case.picks(&MEMBERS, 3);
            first[picks[0]] += 1;
            assert_eq!(picks.iter().sum::<usize>(), 3, "{picks:?}");
        }
        // Four standard errors of a third of 300 are 33.
        assert!(
            first.iter().all(|count| count.abs_diff(100) < 33),
            "{first:?}"
        );
    }

    #[test]
    fn the_next_batch_of_a_campaign_draws_other_members() {
        let mut case = Case::draws(&[[9.0, 1.0, 2.0], [1.0, 9.0, 2.0], [2.0, 1.0, 9.0]]);
        case.direction = Some(Direction::Max);
        let first = (0..20).map(|measured| {
            case.anchor_features = ndarray::Array2::zeros((measured, 3));
            case.anchor_values = vec![0.0; measured];
            case.picks(&MEMBERS, 1)[0]
        });
        assert_eq!(first.collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn a_share_of_the_picks_takes_the_best_mean() {
        // Two members, each with a best row of its own; the means are in the order of rows.
        let rows: [[f32; 2]; 40] = std::array::from_fn(|row| match row % 2 {
            0 => [100.0 + row as f32, 0.0],
            _ => [0.0, 100.0 + row as f32],
        });
        let mut case = Case::draws(&rows);
        case.direction = Some(Direction::Max);
        let quarter = Thompson {
            exploit: 0.25,
            ..MEMBERS
        };
        let mut at_first = 0;
        for seed in 0..400 {
            case.seed = Seed(seed);
            let batch = case.select(&quarter, 8);
            // A member predicts 100 or more, the mean half of that.
            let means: Vec<bool> = batch.picks.iter().map(|pick| pick.score < 99.0).collect();
            assert_eq!(means.iter().filter(|&&mean| mean).count(), 2);
            at_first += usize::from(means[0]);
        }
        // Four standard errors of a quarter of 400 are 35.
        assert!(at_first.abs_diff(100) < 35, "{at_first}");
    }

    #[test]
    fn weights_multiply_what_is_above_the_members_worst() {
        let mut case = Case::draws(&[[1.0], [2.0], [5.0]]);
        case.direction = Some(Direction::Max);
        case.weights = Some(vec![1.0, 6.0, 1.0]);
        let batch = case.select(&MEMBERS, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (1, 7.0));
    }

    #[test]
    fn votes_are_the_probability_of_being_best() {
        // N(1, 1) against N(0, 0): the first is larger with Φ(1) = 0.841.
        let mut case = Case::draws(&[[0.0, 2.0], [0.0, 0.0]]);
        case.direction = Some(Direction::Max);
        let batch = case.select(&voting(4000), 2);
        assert_eq!(batch.picks[0].row, 0);
        // Four standard errors.
        assert!((f64::from(batch.picks[0].score) - cdf(1.0)).abs() < 0.024);
        // Then all vote for what is left.
        assert_eq!(batch.picks[1].score, 1.0);
        case.weights = Some(vec![1.0, 8.0]);
        assert_eq!(case.picks(&voting(4000), 1), [1]);
    }

    #[test]
    fn a_larger_batch_of_votes_begins_with_the_smaller_one() {
        let number = |at: u64| draws::of_seed(Seed(9).derive("value", at)) as f32;
        let rows: [[f32; 3]; 60] =
            std::array::from_fn(|row| std::array::from_fn(|at| number((row * 3 + at) as u64)));
        let case = Case::draws(&rows);
        let strategy = voting(10);
        let all = case.picks(&strategy, 60);
        for n in 0..60 {
            assert_eq!(case.picks(&strategy, n), all[..n]);
        }
    }

    #[test]
    fn draws_vote_for_open_rows() {
        // All draws agree; the batch has one row, and the best three are closed.
        let case = Case::draws(&[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]]);
        case.with_query(|query| {
            let pool = Pool::new(query, vec![3, 0, 4, 2, 1], 1, Seed(0));
            let mut greedy = voting(5).begin(&pool, Seed(0));
            // Of rows 3, 0, 4, 2, 1 the best are 0, 1, 2.
            assert_eq!(greedy.best(&[true, false, true, false, false]), Some(0));
            assert_eq!((greedy.score(0), greedy.score(1)), (1.0, 0.0));
            greedy.chosen(0);
            assert_eq!(greedy.best(&[false, false, true, false, false]), Some(2));
        });
    }

    #[test]
    fn only_the_best_of_a_draw_are_kept() {
        let mut values = vec![(1.0, 0), (3.0, 1), (2.0, 2), (3.0, 3), (0.0, 4)];
        best_last(&mut values, 3);
        assert_eq!(values, [(2.0, 2), (3.0, 3), (3.0, 1)]);
    }

    #[test]
    fn a_frequency_out_of_range_is_refused() {
        for frequency in [-1.0, 0.5, 10_001.0, f64::NAN] {
            let options = StrategyOptions::none().with("frequency", OptionValue::Number(frequency));
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("frequency {frequency} was accepted")
            };
            assert!(error.message.contains("whole number from 0"), "{error}");
        }
    }
}
