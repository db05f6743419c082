//! `batch-bald`: rows whose labels together tell most about the model.

use al_core::Seed;
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::strategies::members::Members;
use crate::strategies::outcomes::Outcomes;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The batch with the largest mutual information between all of its labels and the \
        member that is drawn, I(y₁ … y_k; θ), built up greedily. Unlike the sum over its rows \
        (bald), this does not count twice what two labels both say.",
    score: "w times what a row adds to the joint information, in nats: the mean, over the outcomes \
        of the labels of the batch so far, of H(Σ qⱼpⱼ) − Σ qⱼH(pⱼ), with H the entropy, pⱼ the \
        class probabilities of the row by member j and qⱼ the probability of the member given the \
        outcome. Less than 10⁻⁹ nats counts as 0.",
    details: "All outcomes of the labels are enumerated while there are no more of them than \
        samples: with samples at 1024, for five picks of four classes or ten of two. After that, \
        as many outcomes are drawn with the seed, each with the probabilities of the members that \
        it implies, and at each pick each outcome draws the label of the new row. Apart from the \
        noise of the draws, what a row adds can only fall as the batch grows, so the last known \
        score of a row bounds the next. Rows are considered from the largest bound down until a \
        score is no less than the next bound, and at most shortlist of them: an approximation \
        where that many rows are alike.",
    cost: "O(n·m·c) once; per pick O(n) and at most O(shortlist·samples·m·c), with up to \
        shortlist·samples·c logarithms.",
    reference: "BatchBALD: Kirsch, van Amersfoort & Gal 2019; BALD: Houlsby et al. 2011.",
    use_when: "For small batches of labels.",
    not_when: "For large batches: there are at most ln m nats to learn about m members. As a batch \
        approaches that, each sampled outcome leaves fewer and fewer members possible, and where \
        all scores are 0 the seed decides.",
};

/// Picks by joint mutual information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchBald {
    samples: usize,
    shortlist: usize,
}

impl Strategy for BatchBald {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let members = Members::new(pool);
        let mut joint = JointOutcomes {
            pool,
            outcomes: Outcomes::new(members.count(), self.samples, seed),
            members,
            shortlist: self.shortlist,
            bounds: Vec::new(),
        };
        joint.bounds = (0..pool.len())
            .into_par_iter()
            .with_min_len(256)
            .map(|candidate| joint.score(candidate))
            .collect();
        Box::new(joint)
    }
}

/// Rows looked at before the next bound is compared.
const BLOCK: usize = 64;
/// Nats below which nothing is told.
const NOTHING: f64 = 1e-9;

struct JointOutcomes<'q> {
    pool: &'q Pool<'q>,
    members: Members<'q>,
    outcomes: Outcomes,
    shortlist: usize,
    /// Per candidate the last known score.
    bounds: Vec<f32>,
}

impl JointOutcomes<'_> {
    /// The open candidates with the largest bounds, these first, equal ones in
    /// the pool's order.
    fn ranked(&self, open: &[bool]) -> Vec<usize> {
        // Bits of numbers ≥ 0 are ordered as the numbers are.
        let mut order: Vec<u64> = (0..open.len())
            .into_par_iter()
            .with_min_len(4096)
            .filter(|&candidate| open[candidate])
            .map(|candidate| u64::from(!self.bounds[candidate].to_bits()) << 32 | candidate as u64)
            .collect();
        if order.len() > self.shortlist {
            order.select_nth_unstable(self.shortlist);
            order.truncate(self.shortlist);
        }
        order.sort_unstable();
        order
            .into_iter()
            .map(|place| place as u32 as usize)
            .collect()
    }
}

impl Greedy for JointOutcomes<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let mut best: Option<(f32, usize)> = None;
        for block in self.ranked(open).chunks(BLOCK) {
            let enough = |(top, _): (f32, usize)| top >= self.bounds[block[0]];
            if best.is_some_and(enough) {
                break;
            }
            let scores: Vec<f32> = block
                .par_iter()
                .map(|&candidate| self.score(candidate))
                .collect();
            for (&candidate, score) in block.iter().zip(scores) {
                self.bounds[candidate] = score;
                let better = |(top, at)| score > top || (score == top && candidate < at);
                if best.is_none_or(better) {
                    best = Some((score, candidate));
                }
            }
        }
        best.map(|(_, candidate)| candidate)
    }

    fn score(&self, candidate: usize) -> f32 {
        let gain = self.outcomes.gain(&self.members.probabilities(candidate));
        let gain = if gain < NOTHING { 0.0 } else { gain as f32 };
        (gain * self.pool.weight(candidate)).min(f32::MAX)
    }

    fn chosen(&mut self, candidate: usize) {
        self.outcomes.extend(&self.members.probabilities(candidate));
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "batch-bald",
    summary: "rows whose labels together are the most informative",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: false,
    classification: true,
    several: false,
    anytime: true,
    options: &[
        StrategyOption {
            name: "samples",
            range: OptionRange::Whole {
                least: 1,
                most: 1_000_000,
            },
            default: OptionValue::Number(1024.0),
            summary: "number of outcomes of the labels of the batch that are considered",
        },
        StrategyOption {
            name: "shortlist",
            range: OptionRange::Whole {
                least: 1,
                most: 100_000_000,
            },
            default: OptionValue::Number(2000.0),
            summary: "maximum number of candidates considered for each pick",
        },
    ],
    make: |settings| {
        Ok(Box::new(BatchBald {
            samples: settings.whole("samples"),
            shortlist: settings.whole("shortlist"),
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::outcomes::surprise;
    use crate::strategies::tests::{Case, two_classes};

    fn strategy(samples: usize, shortlist: usize) -> BatchBald {
        BatchBald { samples, shortlist }
    }

    #[test]
    fn labels_that_say_the_same_are_paid_once() {
        // Four members. Two rows split them down one middle, the third down
        // the other: ln 2 each, and nothing the second time.
        let split = [1.0, 1.0, 0.0, 0.0];
        let rows = [split, split, [1.0, 0.0, 1.0, 0.0], [0.5; 4]];
        let case = Case::classes(&rows.map(two_classes));
        let batch = case.select(&strategy(1024, 2000), 4);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        assert!(
            rows[..2].contains(&2) && !rows[2..].contains(&2),
            "{rows:?}"
        );
        for (pick, expected) in batch
            .picks
            .iter()
            .zip([2.0_f32.ln(), 2.0_f32.ln(), 0.0, 0.0])
        {
            assert!((pick.score - expected).abs() < 1e-6, "{}", pick.score);
        }
    }

    #[test]
    fn weights_multiply_what_is_told() {
        let mut case = Case::classes(&[[1.0, 0.0]; 2].map(two_classes));
        case.weights = Some(vec![0.5, 2.0]);
        let batch = case.select(&strategy(1024, 2000), 1);
        assert_eq!(batch.picks[0].row, 1);
        assert!((batch.picks[0].score - 2.0 * 2.0_f32.ln()).abs() < 1e-6);
    }

    fn random<const M: usize>(n: usize, seed: u64) -> Case {
        let number = |at: usize| Seed(seed).derive("p", at as u64).0 >> 40;
        let draws: Vec<[[f32; 2]; M]> = (0..n)
            .map(|row| {
                two_classes(std::array::from_fn(|at| {
                    number(row * M + at) as f32 / (1 << 24) as f32
                }))
            })
            .collect();
        Case::classes(&draws)
    }

    /// The joint information of some rows, over all outcomes of their labels.
    fn joint(case: &Case, members: usize, picks: &[usize]) -> f64 {
        let draws: Vec<Vec<f64>> = case.with_pool(|pool| {
            let of = Members::new(pool);
            picks.iter().map(|&row| of.probabilities(row)).collect()
        });
        let (mut together, mut apart) = (0.0, 0.0);
        for outcome in 0..1_usize << picks.len() {
            let of_member = |member: usize| -> f64 {
                let labels = draws.iter().enumerate();
                labels
                    .map(|(at, draw)| draw[member * 2 + (outcome >> at & 1)])
                    .product()
            };
            let each: Vec<f64> = (0..members).map(of_member).collect();
            together += surprise(each.iter().sum::<f64>() / members as f64);
            apart += each.into_iter().map(surprise).sum::<f64>() / members as f64;
        }
        together - apart
    }

    #[test]
    fn increments_are_those_of_all_outcomes() {
        let case = random::<5>(40, 1);
        let batch = case.select(&strategy(1024, 2000), 8);
        let mut picked: Vec<usize> = Vec::new();
        for pick in &batch.picks {
            let now = joint(&case, 5, &picked);
            let value = |row: usize| joint(&case, 5, &[&picked[..], &[row]].concat()) - now;
            let left = (0..40).filter(|row| !picked.contains(row));
            let top = left.map(value).fold(0.0, f64::max);
            let own = value(pick.row);
            assert!(own >= top - 1e-9, "{own} instead of {top}");
            assert!(
                (f64::from(pick.score) - own).abs() < 1e-6,
                "{} {own}",
                pick.score
            );
            picked.push(pick.row);
        }
    }

    #[test]
    fn samples_come_close_to_all_outcomes() {
        let case = random::<5>(40, 2);
        let exact = case.select(&strategy(1024, 2000), 8);
        let chosen: Vec<usize> = exact.picks.iter().map(|pick| pick.row).collect();
        // The same rows told to both: what the next would add, by samples.
        case.with_pool(|pool| {
            let mut sampled = strategy(100, 2000).begin(pool, Seed(3));
            for &row in &chosen[..7] {
                sampled.chosen(row);
            }
            let (found, expected) = (sampled.score(chosen[7]), exact.picks[7].score);
            // 2⁷ outcomes by 100 samples of them.
            assert!(
                (found / expected - 1.0).abs() < 0.2,
                "{found} for {expected}"
            );
        });
    }

    #[test]
    fn a_short_list_takes_every_row_once() {
        let case = random::<4>(50, 3);
        let mut picks = case.picks(&strategy(64, 3), 50);
        assert_eq!(picks[0], case.picks(&strategy(64, 50), 1)[0]);
        picks.sort_unstable();
        assert!(picks.into_iter().eq(0..50));
    }

    #[test]
    fn options_out_of_range_are_refused() {
        for (name, value) in [("samples", 0.5), ("shortlist", 0.0)] {
            let options = StrategyOptions::none().with(name, OptionValue::Number(value));
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("{name} {value} was accepted")
            };
            assert!(
                error.message.contains("a whole number from 1 to"),
                "{error}"
            );
        }
    }
}
