//! Tanimoto similarity, of bits and of counts.

use std::cmp::Ordering;

use crate::fingerprint::{BitFingerprint, EnvironmentCounts};

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

/// Returns the Tanimoto similarity of two sets of counts: the sum of the lesser counts over
/// the sum of the greater ones, from 0 to 1; 0 if there are no counts at all.
#[must_use]
pub fn tanimoto_of_counts(a: &EnvironmentCounts, b: &EnvironmentCounts) -> f64 {
    let (a, b) = (a.as_slice(), b.as_slice());
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
pub(crate) fn ratio(common: u32, all: u32) -> f64 {
    if all == 0 {
        0.0
    } else {
        f64::from(common) / f64::from(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::FingerprintSize;

    #[test]
    fn common_over_all() {
        let a = EnvironmentCounts::of(vec![(1, 2), (2, 1), (7, 4)]);
        let b = EnvironmentCounts::of(vec![(1, 1), (7, 6), (9, 1)]);
        assert_eq!(tanimoto_of_counts(&a, &b), 5.0 / 10.0);
        assert_eq!(tanimoto_of_counts(&b, &a), 0.5);
        assert_eq!(tanimoto_of_counts(&a, &a), 1.0);
        let bits = |counts: &EnvironmentCounts| counts.bits(FingerprintSize::Bits2048);
        assert_eq!(tanimoto(&bits(&a), &bits(&b)), 2.0 / 4.0);
        let none = EnvironmentCounts::default();
        assert_eq!(tanimoto_of_counts(&none, &none), 0.0);
        assert_eq!(tanimoto(&bits(&none), &bits(&none)), 0.0);
    }
}
