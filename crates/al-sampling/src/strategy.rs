//! What a strategy is: something that, over and over, names the best of the
//! candidates that are left.

use std::ops::Range;

use al_core::Seed;
use rayon::prelude::*;

use crate::query::Pool;

/// A way of choosing rows, with its parameters.
pub trait Strategy: Sync {
    /// What it reads that costs more than the model's predictions.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Factors by which the candidates' weights are multiplied before
    /// [`Strategy::begin`] sees the pool: n finite numbers ≥ 0; `None`: all 1.
    ///
    /// For a strategy that hands other weights to the one it wraps: it cannot
    /// make a pool of its own, which would have to outlive it.
    fn weight_factors(&self, _: &Pool<'_>, _: Seed) -> Option<Vec<f32>> {
        None
    }

    /// Prepares to choose from `pool`. Whatever is random is drawn from
    /// streams of `seed`, over the pool's order.
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q>;
}

/// What a strategy reads of a [`Query`](crate::Query) beside the features. What
/// it does not read need not be computed, and may be left out of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Combined uncertainties.
    pub scores: bool,
    /// Information gains.
    pub gains: bool,
    /// Candidates as they are: where only some of many are kept for it, a
    /// sample of them, without extreme ones added.
    pub typical: bool,
}

impl Needs {
    /// Combined uncertainties.
    pub const SCORES: Needs = Needs {
        scores: true,
        gains: false,
        typical: false,
    };
    /// Combined uncertainties and information gains.
    pub const ALL: Needs = Needs {
        scores: true,
        gains: true,
        typical: false,
    };
    /// Candidates as they are, and nothing of them.
    pub const TYPICAL: Needs = Needs {
        scores: false,
        gains: false,
        typical: true,
    };
}

/// A strategy at work on one pool, one pick at a time.
pub trait Greedy {
    /// The best of the candidates that are marked in `open` as things stand,
    /// the first of equal ones; `None` if none is open.
    fn best(&mut self, open: &[bool]) -> Option<usize>;

    /// What a candidate not chosen yet is worth as things stand: larger is
    /// better, finite, in the unit the strategy documents.
    fn score(&self, candidate: usize) -> f32;

    /// Tells that `candidate` is in the batch now, whether by
    /// [`Greedy::best`] or because the user asked for it.
    fn chosen(&mut self, candidate: usize);
}

/// A space in which a strategy measures how alike rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DistanceSpace {
    /// The pool's embedding: near each other are rows of which the model
    /// believes alike.
    Embedding,
    /// Encoded inputs: near each other are rows that look alike.
    Points,
}

/// Rows looked at together: their scores stay in the first cache.
const BLOCK: usize = 1 << 11;

/// The index of the largest score among the open ones, the first of equals.
pub(crate) fn largest(scores: &[f32], open: &[bool]) -> Option<usize> {
    largest_by(open, |range, block| block.copy_from_slice(&scores[range]))
}

/// As [`largest`], of scores that `fill` writes when they are needed: those of
/// a range of candidates.
pub(crate) fn largest_by(
    open: &[bool],
    fill: impl Fn(Range<usize>, &mut [f32]) + Sync,
) -> Option<usize> {
    open.par_chunks(BLOCK)
        .enumerate()
        .with_min_len(8)
        .filter_map(|(block, open)| {
            let mut scores = [0.0_f32; BLOCK];
            let scores = &mut scores[..open.len()];
            let first = block * BLOCK;
            fill(first..first + open.len(), scores);
            // Two passes that vectorise beat one that carries the index along.
            let top = scores
                .iter()
                .zip(open)
                .map(|(&score, &open)| if open { score } else { f32::NEG_INFINITY })
                .fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
            let at = (0..open.len()).find(|&at| open[at] && scores[at] >= top)?;
            Some((top, first + at))
        })
        .reduce_with(|a, b| if b.0 > a.0 { b } else { a })
        .map(|(_, at)| at)
}

/// The largest of the values, or 0.
pub(crate) fn maximum(values: &[f32]) -> f32 {
    values
        .par_chunks(8 * BLOCK)
        .map(|values| values.iter().fold(0.0, |a, &b| if b > a { b } else { a }))
        .reduce(|| 0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_largest_open_scores_wins() {
        let mut scores = vec![0.0_f32; 3 * BLOCK];
        let mut open = vec![true; 3 * BLOCK];
        assert_eq!(largest(&scores, &open), Some(0));
        scores[BLOCK + 7] = 2.0;
        scores[2 * BLOCK + 1] = 2.0;
        scores[5] = 3.0;
        open[5] = false;
        assert_eq!(largest(&scores, &open), Some(BLOCK + 7));
        open[BLOCK + 7] = false;
        assert_eq!(largest(&scores, &open), Some(2 * BLOCK + 1));
        assert_eq!(largest(&scores, &vec![false; 3 * BLOCK]), None);
        assert_eq!(largest(&[], &[]), None);
        assert_eq!(largest(&[-1.0, -2.0], &[false, true]), Some(1));
        assert_eq!(maximum(&scores), 3.0);
        assert_eq!(maximum(&[]), 0.0);
    }
}
