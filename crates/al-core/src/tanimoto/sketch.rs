//! Signs that are as often equal as sets are alike.
//!
//! A count of n is n things of its kind. Each of `width` hash functions takes the thing of a
//! set whose hash is least; two sets agree in it with the probability of their Tanimoto
//! similarity T (Broder 1997), and where they do not, a sign that follows from the hash is
//! equal half of the time. So the mean product of the signs of two sets is T on average, with
//! a standard deviation of √((1 − T²)/width): random features of the Tanimoto kernel (Tripp,
//! Bacallado, Singh & Hernández-Lobato 2023).

use crate::seed::Seed;

/// Hash functions of a sketch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignSketch {
    keys: Vec<u32>,
}

impl SignSketch {
    /// Draws `width` hash functions by the seed.
    #[must_use]
    pub fn drawn(width: usize, seed: Seed) -> SignSketch {
        let seed = seed.derive("sketch", 0);
        SignSketch {
            keys: (0..width as u64).map(|at| seed.word(at) as u32).collect(),
        }
    }

    /// Returns the number of signs.
    #[must_use]
    pub fn width(&self) -> usize {
        self.keys.len()
    }

    /// Returns the signs of a set of counts, +1 and −1; all 0 for an empty one.
    #[must_use]
    pub fn signs(&self, counts: impl IntoIterator<Item = (u32, u32)>) -> Vec<f32> {
        let mut least = vec![u32::MAX; self.keys.len()];
        let mut any = false;
        for (id, n) in counts {
            for copy in 0..n {
                any = true;
                let thing = mixed(id.wrapping_mul(0x9E37_79B1) ^ mixed(copy));
                for (least, key) in least.iter_mut().zip(&self.keys) {
                    *least = (*least).min(mixed(thing ^ key));
                }
            }
        }
        let sign = |least: u32| match (any, least.count_ones() % 2) {
            (false, _) => 0.0,
            (true, 0) => 1.0,
            (true, _) => -1.0,
        };
        least.into_iter().map(sign).collect()
    }
}

/// A permutation of 32 bits in which each depends on all (as in MurmurHash3; Appleby 2011).
fn mixed(mut word: u32) -> u32 {
    word ^= word >> 16;
    word = word.wrapping_mul(0x85EB_CA6B);
    word ^= word >> 13;
    word = word.wrapping_mul(0xC2B2_AE35);
    word ^ word >> 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tanimoto::tanimoto_of_counts;

    #[test]
    fn signs_agree_as_sets_are_alike() {
        let sets: Vec<Vec<(u32, u32)>> = (0..12_u32)
            .map(|set| {
                (set * 3..set * 3 + 15)
                    .map(|id| (id, 1 + (id + set) % 3))
                    .collect()
            })
            .collect();
        let width = 1 << 14;
        let sketch = SignSketch::drawn(width, Seed(3));
        let signs: Vec<Vec<f32>> = sets
            .iter()
            .map(|set| sketch.signs(set.iter().copied()))
            .collect();
        for (a, one) in sets.iter().zip(&signs) {
            for (b, other) in sets.iter().zip(&signs) {
                let mean: f32 =
                    one.iter().zip(other).map(|(x, y)| x * y).sum::<f32>() / width as f32;
                let exact = tanimoto_of_counts(a, b);
                // Five standard deviations.
                assert!((f64::from(mean) - exact).abs() < 0.04, "{mean} {exact}");
            }
        }
        assert!(sketch.signs([]).iter().all(|&sign| sign == 0.0));
        assert_eq!(sketch.width(), width);
    }
}
