//! Tanimoto similarity of sets, as bits and as counts: how alike two molecules are by what
//! they consist of, or any other rows that consist of things.

mod count_rows;
mod counted;
mod nearest;
mod sketch;

use std::cmp::Ordering;

pub use count_rows::CountRows;
pub use counted::CountIndex;
pub use nearest::{FingerprintIndex, SimilarRow};
pub use sketch::SignSketch;

/// A set as bits, in words of 64: bit i is bit i % 64 of word i / 64.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BitFingerprint(Box<[u64]>);

impl BitFingerprint {
    /// The fingerprint whose words are given, as they were stored.
    #[must_use]
    pub fn from_words(words: &[u64]) -> BitFingerprint {
        BitFingerprint(words.into())
    }

    /// The fingerprint of `size` bits, a multiple of 64, of which these are set.
    ///
    /// # Panics
    ///
    /// If one is beyond the size.
    #[must_use]
    pub fn of_ones(size: usize, ones: impl IntoIterator<Item = usize>) -> BitFingerprint {
        let mut words = vec![0_u64; size / 64];
        for bit in ones {
            words[bit / 64] |= 1 << (bit % 64);
        }
        BitFingerprint(words.into())
    }

    /// Returns the words.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    /// Returns how many bits are set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Returns the positions of the set bits, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.0.iter().enumerate();
        words.flat_map(|(i, &word)| {
            (0..64).filter_map(move |bit| (word >> bit & 1 == 1).then_some(64 * i + bit))
        })
    }
}

/// Returns the Tanimoto similarity of two sets of bits: common bits over all bits
/// (Jaccard 1901), from 0 to 1; 0 if there are no bits at all.
///
/// # Panics
///
/// If the fingerprints have different sizes.
#[must_use]
pub fn tanimoto(a: &BitFingerprint, b: &BitFingerprint) -> f64 {
    let (a, b) = (a.words(), b.words());
    assert_eq!(a.len(), b.len(), "fingerprints of different sizes");
    let (mut common, mut all) = (0, 0);
    for (x, y) in a.iter().zip(b) {
        common += (x & y).count_ones();
        all += (x | y).count_ones();
    }
    ratio(common, all)
}

/// Returns the Tanimoto similarity of two sets of counts, by ascending identifier: the sum of
/// the lesser counts over the sum of the greater ones, from 0 to 1; 0 if there are no counts
/// at all.
#[must_use]
pub fn tanimoto_of_counts(a: &[(u32, u32)], b: &[(u32, u32)]) -> f64 {
    let (mut i, mut j) = (0, 0);
    let (mut common, mut all) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            Ordering::Less => {
                all += a[i].1;
                i += 1;
            }
            Ordering::Greater => {
                all += b[j].1;
                j += 1;
            }
            Ordering::Equal => {
                common += a[i].1.min(b[j].1);
                all += a[i].1.max(b[j].1);
                i += 1;
                j += 1;
            }
        }
    }
    let rest = a[i..].iter().chain(&b[j..]);
    all += rest.map(|&(_, n)| n).sum::<u32>();
    ratio(common, all)
}

/// `common / all`. Different fractions of numbers below 2²⁶ are different as `f64`, and
/// equal ones equal, so similarities are compared exactly.
fn ratio(common: u32, all: u32) -> f64 {
    if all == 0 {
        0.0
    } else {
        f64::from(common) / f64::from(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_over_all() {
        let a = [(1, 2), (2, 1), (7, 4)];
        let b = [(1, 1), (7, 6), (9, 1)];
        assert_eq!(tanimoto_of_counts(&a, &b), 5.0 / 10.0);
        assert_eq!(tanimoto_of_counts(&b, &a), 0.5);
        assert_eq!(tanimoto_of_counts(&a, &a), 1.0);
        let bits = |counts: &[(u32, u32)]| {
            BitFingerprint::of_ones(128, counts.iter().map(|&(id, _)| id as usize))
        };
        assert_eq!(tanimoto(&bits(&a), &bits(&b)), 2.0 / 4.0);
        assert_eq!(tanimoto_of_counts(&[], &[]), 0.0);
        assert_eq!(tanimoto(&bits(&[]), &bits(&[])), 0.0);
    }

    #[test]
    fn bits_are_where_they_were_set() {
        let bits = BitFingerprint::of_ones(128, [3, 64, 127]);
        assert_eq!(bits.ones().collect::<Vec<_>>(), [3, 64, 127]);
        assert_eq!(bits.count(), 3);
        assert_eq!(BitFingerprint::from_words(bits.words()), bits);
    }
}
