//! Mean distance to the nearest reference rows, exact and fast.
//!
//! # How
//!
//! Squared distance is |q|² + 2·(|r|²/2 − q·r), so among the reference rows r
//! of a query q the *score* |r|²/2 − q·r orders them. Scores of all pairs are a
//! matrix product; it is done in `f32` on blocks that stay in the cache, and
//! nothing but the few scores that may belong to one of the k nearest rows
//! leaves a block. The distances of those few are computed again in `f64` from
//! the rows as they were given, by differences: an exact duplicate of a
//! reference row is at distance exactly 0.
//!
//! # Why the result is exact
//!
//! Rows are shifted by the column medians and scaled by a power of two, then
//! rounded to `f32`. With u = 2⁻²⁴, the rounding of the inputs and of d
//! products and sums moves a score by less than c·(|q|²/2 + |r|²), where
//! c = 1.01·(d + 8)·u: |r|²/2 and each partial sum pass through at most d + 2
//! roundings, each input through one, and Σ|qⱼrⱼ| ≤ |q||r| ≤ (|q|² + |r|²)/2;
//! what c has to spare covers the roundings of bounds and of `f64`. The part
//! with |r|² is taken off the stored |r|²/2: a score less the part with |q|² is
//! a lower bound, and one plus that part and twice the other an upper bound.
//! A row is left out only if its lower bound is above k upper bounds.
//! There is no case in which a guess stands: many rows within the margin, as on
//! grids, only mean that more distances are computed in `f64`; of those that
//! are equal any k give the same mean.
//!
//! So the result is the mean of the k least of *the* `f64` distances, whatever
//! the number of threads, the instruction set, or the block a query is in.
//! Rows and queries too far from the others for `f32` (2⁴⁰ typical norms) are
//! compared in `f64` only. Squares beyond the range of `f64` (values over
//! 1e153) make a distance infinite.
//!
//! # Cost
//!
//! n queries against n_ref distinct rows of d columns: 2·n·n_ref·d operations
//! in `f32` dominate, near the peak of the machine; to that comes for each
//! query a pass over n_ref/2 scores and some k·ln(n_ref/2000)
//! insertions into a list of k, and 2·k distances in `f64`. Each tie at the
//! k-th distance costs another d operations in `f64` and a row from memory, so
//! a query that has all rows at the same distance takes ten to twenty times as
//! long as one that has not. Equal reference rows are kept once. Memory is 12
//! bytes per number of the distinct rows, and about a megabyte per thread.

mod lanes;
mod packed;
mod scan;
#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView1, ArrayView2, s};
use packed::{GROUP, Packed, append_row, squared_distance};
use rayon::prelude::*;
use scan::{Instructions, Scratch};

/// Most queries that one thread takes at a time: while they read it, a chunk of
/// reference rows stays in its cache.
const MOST_QUERIES: usize = 20 * GROUP;

/// Reference rows in encoded space, prepared for many queries.
pub struct Neighbours {
    n_reference: usize,
    packed: Packed,
    instructions: Instructions,
}

impl Neighbours {
    /// Prepares the rows of `reference`.
    ///
    /// # Panics
    /// With more than `u32::MAX` rows. Numbers that are NaN are a mistake of
    /// the caller.
    pub fn new(reference: Array2<f64>) -> Neighbours {
        debug_assert!(
            !reference.iter().any(|x| x.is_nan()),
            "a reference row has NaN"
        );
        assert!(
            u32::try_from(reference.nrows()).is_ok(),
            "too many reference rows"
        );
        Neighbours {
            n_reference: reference.nrows(),
            packed: Packed::new(reference.view()),
            instructions: Instructions::available()[0],
        }
    }

    /// Number of reference rows, equal ones included.
    pub fn n_reference(&self) -> usize {
        self.n_reference
    }

    /// The mean Euclidean distance of each query to its `min(k, n_reference)`
    /// nearest reference rows; NaN if there are none of these.
    ///
    /// Runs on the current rayon pool; the numbers do not depend on it.
    ///
    /// # Panics
    /// If the queries have another number of columns than the reference rows.
    pub fn mean_distance(&self, queries: ArrayView2<f64>, k: usize) -> Vec<f64> {
        self.check(queries.ncols());
        debug_assert!(!queries.iter().any(|x| x.is_nan()), "a query has NaN");
        let n = queries.nrows();
        let k = k.min(self.n_reference);
        let mut means = vec![f64::NAN; n];
        if k == 0 {
            return means;
        }
        // Every query of a block holds a list of some k candidates.
        let most = if k <= 64 { MOST_QUERIES } else { GROUP };
        let fair = n.div_ceil(4 * rayon::current_num_threads());
        let size = fair.next_multiple_of(GROUP).clamp(GROUP, most);
        means.par_chunks_mut(size).enumerate().for_each_init(
            Scratch::default,
            |scratch, (i, means)| {
                let queries = queries.slice(s![i * size..i * size + means.len(), ..]);
                scan::mean_distances(self.instructions, &self.packed, k, queries, scratch, means);
            },
        );
        means
    }

    /// Indices and distances of the `min(k, n_reference)` nearest reference
    /// rows, nearest first, the lower index first among equals. For looking at
    /// single queries: it computes all distances in `f64`.
    ///
    /// # Panics
    /// If the query has another number of columns than the reference rows.
    pub fn nearest(&self, query: ArrayView1<f64>, k: usize) -> Vec<(usize, f64)> {
        self.check(query.len());
        let mut row = Vec::new();
        append_row(&mut row, query);
        let mut all: Vec<(f64, u32)> = Vec::with_capacity(self.n_reference);
        for position in 0..self.packed.len() {
            let distance = squared_distance(&row, self.packed.row(position));
            all.extend(self.packed.members(position).iter().map(|&i| (distance, i)));
        }
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if k < all.len() {
            all.select_nth_unstable_by(k, order);
            all.truncate(k);
        }
        all.sort_unstable_by(order);
        all.into_iter()
            .map(|(squared, i)| (i as usize, squared.sqrt()))
            .collect()
    }

    fn check(&self, columns: usize) {
        assert_eq!(
            columns, self.packed.d,
            "query and reference rows have different columns"
        );
    }
}
