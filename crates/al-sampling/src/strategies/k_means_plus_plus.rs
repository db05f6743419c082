//! `k-means++`: rows drawn at random, more likely far from all measured or
//! picked.
//!
//! # The draw
//!
//! In pick t each open candidate i gets a time Eᵢ/λᵢ, with λᵢ = w·d² and Eᵢ
//! drawn from the exponential distribution of mean 1, and the first one wins.
//! Eᵢ/λᵢ is exponential with rate λᵢ; candidate i is at time s the first with
//! density λᵢ·e^(−λᵢs)·∏ⱼ e^(−λⱼs) over j ≠ i, which integrates over s to
//! λᵢ/Σⱼλⱼ: the race is a draw in proportion to λ. Eᵢ is −ln(1 − V), where V
//! is a hash of the seed, the candidate's key and t. So a draw depends on no
//! row's place in the file, on no sum, and on no number of threads.

use al_core::Seed;
use rayon::prelude::*;

use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::farthest::Farthest;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Rows far from all measured and picked rows, but at random: each pick is drawn with a \
        probability proportional to its weighted squared distance, in the embedding, to the \
        nearest anchor or earlier pick. Many rows at a moderate distance are together as likely as \
        a few distant ones, so a batch follows the density of the candidates and does not only \
        collect outliers.",
    score: "w·minⱼ ‖φ − φⱼ‖² over anchors and picks j, in the embedding of predictions in the \
        squared unit of the fitted target. The probability of a row is proportional to its score, \
        so a pick need not have the largest score.",
    details: "If nothing is measured, the first pick is drawn by its squared distance to the \
        origin, a row on which all members agree. Where the embedding cannot tell candidates from \
        chosen rows, distances between inputs are used instead, starting with the row nearest the \
        mean of the inputs if nothing is chosen yet; the seed breaks the remaining ties.",
    cost: "O(n·a·m) at the start and at most O(n·m) per pick, where the triangle inequality skips \
        most rows; O(n) per pick for the draw.",
    reference: "Arthur & Vassilvitskii 2007; for active learning Ash et al. 2020 (BADGE, with the \
        gradients of a network as the embedding).",
    use_when: "When a batch must be diverse without favouring outliers, or when different seeds \
        must give different batches.",
    not_when: "When a single batch has to be as good as possible: lcmd decides what is left to \
        chance here.",
};

/// Draws picks in proportion to squared distance; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KMeansPlusPlus {}

impl Strategy for KMeansPlusPlus {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        // The pool is in the order of the seed itself: a seed of their own
        // keeps the draws independent of it.
        let seed = seed.derive("k-means++", 0);
        Box::new(DrawnCentres {
            noise: (0..pool.len())
                .into_par_iter()
                .with_min_len(4096)
                .map(|candidate| seed.order(pool.key(candidate)))
                .collect(),
            farthest: Farthest::in_embedding(pool),
        })
    }
}

struct DrawnCentres<'q> {
    farthest: Farthest<'q>,
    /// Per candidate the state of its own random numbers.
    noise: Vec<u64>,
}

impl Greedy for DrawnCentres<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        match self.farthest.distances() {
            None => self.farthest.best(open),
            Some(distances) => race(distances, &self.noise, self.farthest.picks() as u64, open)
                .or_else(|| open.iter().position(|&open| open)),
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        match self.farthest.distances() {
            None => self.farthest.score(candidate),
            Some(_) => {
                let distance = f64::from(self.farthest.score(candidate));
                ((distance * distance) as f32).min(f32::MAX)
            }
        }
    }

    fn chosen(&mut self, candidate: usize) {
        self.farthest.chosen(candidate);
    }
}

/// The winner of the race of the open candidates at √rates `roots`; `None` if
/// no open candidate has a rate above 0.
fn race(roots: &[f32], noise: &[u64], round: u64, open: &[bool]) -> Option<usize> {
    const BLOCK: usize = 1 << 13;
    roots
        .par_chunks(BLOCK)
        .zip(noise.par_chunks(BLOCK))
        .zip(open.par_chunks(BLOCK))
        .enumerate()
        .filter_map(|(block, ((roots, noise), open))| {
            // Of the fastest so far one over its time, and its place.
            let mut best = (0.0_f64, None);
            for (at, ((&root, &noise), &open)) in roots.iter().zip(noise).zip(open).enumerate() {
                let rate = f64::from(root) * f64::from(root);
                let uniform = uniform(noise, round);
                // −ln(1 − V) ≥ V: nearly all have lost without a logarithm.
                if open && rate > best.0 * uniform {
                    let speed = rate / -(-uniform).ln_1p();
                    if speed > best.0 {
                        best = (speed, Some(block * BLOCK + at));
                    }
                }
            }
            best.1.map(|at| (best.0, at))
        })
        .reduce_with(|a, b| if b.0 > a.0 { b } else { a })
        .map(|(_, at)| at)
}

/// Draw `round` of a candidate: an odd multiple of 2⁻⁵³ between 0 and 1.
///
/// Of a million candidates the winner's V is about 10⁻⁶: with the 24 bits of
/// an `f32` it would be one of a few values only, and ties would go to the
/// first.
///
/// A state that grows by a constant and a mixer behind it are the generator
/// SplitMix64 (Steele, Lea & Flood 2014); here each candidate has its own.
fn uniform(noise: u64, round: u64) -> f64 {
    let mut z = noise.wrapping_add(round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    // The upper 52 bits as the fraction of a number in [1, 2).
    let one_to_two = f64::from_bits(1.0_f64.to_bits() | (z >> 12));
    one_to_two - (1.0 - f64::EPSILON / 2.0)
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "k-means++",
    summary: "random rows, preferably far from measured and picked ones",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(KMeansPlusPlus {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::array;
    use std::collections::BTreeMap;

    /// How often each sequence of picks comes over 8000 seeds.
    fn counts(case: &mut Case, n: usize) -> BTreeMap<Vec<usize>, usize> {
        let mut counts = BTreeMap::new();
        for seed in 0..8000 {
            case.seed = Seed(seed);
            *counts.entry(case.picks(&KMeansPlusPlus {}, n)).or_default() += 1;
        }
        counts
    }

    /// Four standard errors of a share of 8000.
    fn assert_share(count: usize, share: f64) {
        let error = (share * (1.0 - share) / 8000.0).sqrt();
        let found = count as f64 / 8000.0;
        assert!((found - share).abs() < 4.0 * error, "{found}, not {share}");
    }

    #[test]
    fn chances_are_proportional_to_weighted_squared_distance() {
        // From the anchor 1, 4, 9 and, with a weight of 2, 2·1.
        let mut case = Case::features(&[[1.0], [-2.0], [3.0], [-1.0]]);
        case.anchor_features = array![[0.0]];
        case.weights = Some(vec![1.0, 1.0, 1.0, 2.0]);
        let first = counts(&mut case, 1);
        for (row, share) in [(0, 1.0), (1, 4.0), (2, 9.0), (3, 2.0)] {
            assert_share(first[&vec![row]], share / 16.0);
        }
        // After row 2 row 0 is still 1 from the anchor, rows 1 and 3 as well:
        // the second draw is another one, 1 : 4 : 2.
        let both = counts(&mut case, 2);
        for (row, share) in [(0, 1.0), (1, 4.0), (3, 2.0)] {
            assert_share(both[&vec![2, row]], 9.0 / 16.0 * share / 7.0);
        }
    }

    #[test]
    fn without_anchors_chances_are_squared_lengths() {
        // Draws ±1 and ±2 around their mean: variances 1 and 4.
        let mut case = Case::draws(&[[2.0, 4.0], [7.0, 3.0], [5.0, 5.0]]);
        let first = counts(&mut case, 1);
        assert_eq!(first.get(&vec![2]), None);
        assert_share(first[&vec![0]], 0.2);
        assert_share(first[&vec![1]], 0.8);
        let batch = case.select(&KMeansPlusPlus {}, 1);
        let variance = [1.0, 4.0][batch.picks[0].row];
        assert!((batch.picks[0].score - variance).abs() < 1e-5);
    }

    #[test]
    fn rows_on_a_centre_come_last() {
        let mut case = Case::features(&[[0.0], [5.0], [0.0], [0.5]]);
        case.anchor_features = array![[0.0]];
        for seed in 0..50 {
            case.seed = Seed(seed);
            let picks = case.picks(&KMeansPlusPlus {}, 4);
            assert!(picks[..2] == [1, 3] || picks[..2] == [3, 1], "{picks:?}");
        }
    }

    #[test]
    fn skipping_logarithms_changes_no_winner() {
        let n = 20_000;
        let noise: Vec<u64> = (0..n).map(|at| Seed(1).derive("noise", at).0).collect();
        let roots: Vec<f32> = (0..n).map(|at| ((at * 37) % 101) as f32).collect();
        let open: Vec<bool> = (0..n).map(|at| at % 7 != 0).collect();
        for round in 0..200 {
            let time = |at: &usize| {
                let rate = f64::from(roots[*at]).powi(2);
                -(1.0 - uniform(noise[*at], round)).ln() / rate
            };
            let first = (0..n as usize)
                .filter(|&at| open[at])
                .min_by(|a, b| time(a).total_cmp(&time(b)));
            assert_eq!(race(&roots, &noise, round, &open), first);
        }
    }

    #[test]
    fn draws_are_uniform_and_independent_between_rounds() {
        let n = 100_000_u64;
        let draws = |round| -> Vec<f64> {
            let noise = (0..n).map(|at| Seed(2).derive("noise", at).0);
            noise.map(|noise| uniform(noise, round) - 0.5).collect()
        };
        let (a, b) = (draws(0), draws(1));
        assert!(a.iter().all(|v| -0.5 < *v && *v < 0.5));
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / n as f64;
        // Five standard errors of mean, variance and covariance.
        let error = 5.0 / (n as f64).sqrt();
        assert!(mean(&mut a.iter().copied()).abs() < error * (1.0_f64 / 12.0).sqrt());
        let variance = mean(&mut a.iter().map(|v| v * v));
        assert!((variance - 1.0 / 12.0).abs() < error * (1.0_f64 / 180.0).sqrt());
        let covariance = mean(&mut a.iter().zip(&b).map(|(a, b)| a * b));
        assert!(covariance.abs() < error / 12.0);
    }
}
