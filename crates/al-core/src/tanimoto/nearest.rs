//! The most similar sets of bits, exact and fast.
//!
//! # How
//!
//! Reference fingerprints lie in one block of words, ordered by their number of bits. Two
//! fingerprints with a and b ≤ a bits have at most the similarity b / a (Swamidass & Baldi
//! 2007), so a query begins with the references that have as many bits as it has, goes on
//! to both sides by that bound, and ends where the bound is below the k-th similarity
//! found so far. Bits are counted for blocks of references at a time, with the
//! processor's instructions for it where it has them.
//!
//! # Why the result is exact
//!
//! Numbers of bits are integers, similarities are fractions of them that are compared
//! exactly ([`crate::tanimoto`]), and a block is left out only if its bound is below the
//! k-th similarity. Of equal similarities the lower index is first. So the result depends
//! neither on threads nor on instructions.
//!
//! # Cost
//!
//! At most n · n_ref · (bits / 64) words for n queries; memory is that of the references
//! and 8 bytes for each.

mod popcount;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use super::{BitFingerprint, ratio};
use popcount::PopcountInstructions;

/// References whose bits are counted at a time: 16 KB of 2048 bits each.
const BLOCK: usize = 64;

/// A reference and its similarity to a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarRow {
    /// Its position among the references.
    pub index: usize,
    /// Its Tanimoto similarity, from 0 to 1.
    pub similarity: f64,
}

/// Reference fingerprints, prepared for queries.
#[derive(Debug)]
pub struct FingerprintIndex {
    /// Words of a fingerprint.
    n_words: usize,
    /// All words, by ascending number of bits.
    words: Vec<u64>,
    /// Numbers of bits, ascending.
    counts: Vec<u32>,
    /// The position of each among the references as they were given.
    positions: Vec<u32>,
    instructions: PopcountInstructions,
}

impl FingerprintIndex {
    /// Prepares references.
    ///
    /// # Panics
    ///
    /// If the fingerprints have different sizes, or with more than `u32::MAX` of them.
    #[must_use]
    pub fn new(references: &[BitFingerprint]) -> FingerprintIndex {
        let n_words = references.first().map_or(0, |first| first.words().len());
        let same = references.iter().all(|one| one.words().len() == n_words);
        assert!(same, "fingerprints of different sizes");
        let n = u32::try_from(references.len()).expect("fewer fingerprints");
        let mut order: Vec<(u32, u32)> = (0..n)
            .map(|position| (references[position as usize].count(), position))
            .collect();
        order.sort_unstable();
        let mut words = Vec::with_capacity(references.len() * n_words);
        for &(_, position) in &order {
            words.extend_from_slice(references[position as usize].words());
        }
        FingerprintIndex {
            n_words,
            words,
            counts: order.iter().map(|&(count, _)| count).collect(),
            positions: order.iter().map(|&(_, position)| position).collect(),
            instructions: PopcountInstructions::available()[0],
        }
    }

    /// Returns the number of references.
    #[must_use]
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there are no references.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Returns the `min(k, len)` most similar references of a query, the most similar
    /// first, of equal ones the lower index first.
    ///
    /// # Panics
    ///
    /// If the query has another size than the references.
    #[must_use]
    pub fn nearest(&self, query: &BitFingerprint, k: usize) -> Vec<SimilarRow> {
        let mut best = BestSimilar::of(k.min(self.len()));
        if best.k == 0 {
            return Vec::new();
        }
        assert_eq!(
            query.words().len(),
            self.n_words,
            "fingerprints of different sizes"
        );
        let bits = query.count();
        // Blocks below and from this position on are visited outwards.
        let middle = self.counts.partition_point(|&count| count < bits);
        let (mut below, mut above) = (middle, middle);
        let bound = |count: u32| ratio(count.min(bits), count.max(bits));
        loop {
            let lower = below.checked_sub(1).map(|at| bound(self.counts[at]));
            let upper = self.counts.get(above).map(|&count| bound(count));
            let upwards = match (lower, upper) {
                (None, None) => break,
                (None, Some(_)) => true,
                (Some(_), None) => false,
                (Some(lower), Some(upper)) => upper >= lower,
            };
            let most = if upwards { upper } else { lower };
            if most.is_none_or(|most| best.excludes(most)) {
                break;
            }
            let block = if upwards {
                above..(above + BLOCK).min(self.len())
            } else {
                below.saturating_sub(BLOCK)..below
            };
            if upwards {
                above = block.end;
            } else {
                below = block.start;
            }
            self.compare(query, bits, block, &mut best);
        }
        best.found
    }

    /// [`FingerprintIndex::nearest`] of many queries, on the current rayon pool.
    ///
    /// # Panics
    ///
    /// If a query has another size than the references.
    #[must_use]
    pub fn nearest_all(&self, queries: &[BitFingerprint], k: usize) -> Vec<Vec<SimilarRow>> {
        let queries = queries.par_iter().with_min_len(16);
        queries.map(|query| self.nearest(query, k)).collect()
    }

    fn compare(
        &self,
        query: &BitFingerprint,
        bits: u32,
        block: std::ops::Range<usize>,
        best: &mut BestSimilar,
    ) {
        let mut common = [0_u32; BLOCK];
        let common = &mut common[..block.len()];
        let words = &self.words[block.start * self.n_words..block.end * self.n_words];
        popcount::common_bits(self.instructions, query.words(), words, common);
        for (at, &common) in block.zip(&*common) {
            let similarity = ratio(common, self.counts[at] + bits - common);
            best.offer(similarity, self.positions[at]);
        }
    }
}

/// The k most similar so far, in order.
pub(super) struct BestSimilar {
    k: usize,
    pub(super) found: Vec<SimilarRow>,
}

impl BestSimilar {
    pub(super) fn of(k: usize) -> BestSimilar {
        BestSimilar {
            k,
            found: Vec::with_capacity(k + 1),
        }
    }

    /// Whether nothing of this similarity can be among the best.
    fn excludes(&self, similarity: f64) -> bool {
        self.found.len() == self.k
            && self
                .found
                .last()
                .is_some_and(|last| similarity < last.similarity)
    }

    pub(super) fn offer(&mut self, similarity: f64, position: u32) {
        let index = position as usize;
        let after = |one: &SimilarRow| {
            one.similarity > similarity || one.similarity == similarity && one.index < index
        };
        if self.found.len() == self.k && self.found.last().is_some_and(after) {
            return;
        }
        let at = self.found.partition_point(after);
        self.found.insert(at, SimilarRow { index, similarity });
        self.found.truncate(self.k);
    }
}
