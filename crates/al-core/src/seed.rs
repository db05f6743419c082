//! One seed per run, and the named random streams drawn from it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::key::Key;

/// The seed of a run. Everything random is drawn from a stream that is named
/// by its purpose and an index, so no draw depends on how many draws were made
/// before it, on which thread, or in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// The generator of the stream `name`, number `index`.
    ///
    /// ChaCha8 keyed by a hash of (seed, name, index): portable, and
    /// independent between any two (name, index) pairs.
    #[must_use]
    pub fn stream(self, name: &str, index: u64) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(*self.digest(name, index).as_bytes())
    }

    /// A child seed, for a part that takes a seed of its own.
    #[must_use]
    pub fn derive(self, name: &str, index: u64) -> Seed {
        Seed(first_u64(&self.digest(name, index)))
    }

    /// The place of a row in this seed's order of the rows.
    ///
    /// Equal scores are put in this order: it is random with respect to the
    /// rows' values and independent of their position in the file.
    #[must_use]
    pub fn order(self, key: Key) -> u64 {
        let bytes = key.bytes();
        let (low, high) = bytes.split_at(8);
        let low = u64::from_le_bytes(low.try_into().expect("eight bytes"));
        let high = u64::from_le_bytes(high.try_into().expect("eight bytes"));
        mix(mix(self.0 ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(low)) ^ mix(high.rotate_left(17))
    }

    /// Number `index` of this seed's random words (SplitMix64): cheaper than a
    /// stream where very many things need a word each.
    #[must_use]
    pub fn word(self, index: u64) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        mix(mix(self.0 ^ STEP).wrapping_add(index.wrapping_mul(STEP)))
    }

    fn digest(self, name: &str, index: u64) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.to_le_bytes());
        hasher.update(&index.to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.finalize()
    }
}

fn first_u64(hash: &blake3::Hash) -> u64 {
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection whose
/// output bits each depend on all input bits.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_are_named_and_repeatable() {
        let draw = |name, index| Seed(7).stream(name, index).next_u64();
        assert_eq!(draw("bootstrap", 3), draw("bootstrap", 3));
        assert_ne!(draw("bootstrap", 3), draw("bootstrap", 4));
        assert_ne!(draw("bootstrap", 3), draw("split", 3));
        assert_ne!(
            Seed(8).stream("bootstrap", 3).next_u64(),
            draw("bootstrap", 3)
        );
    }

    #[test]
    fn the_order_of_rows_changes_with_the_seed() {
        let keys: Vec<Key> = (0..100).map(|i| Key::of_id(&i.to_string())).collect();
        let order = |seed: Seed| {
            let mut rows: Vec<usize> = (0..keys.len()).collect();
            rows.sort_by_key(|&row| seed.order(keys[row]));
            rows
        };
        assert_eq!(order(Seed(1)), order(Seed(1)));
        assert_ne!(order(Seed(1)), order(Seed(2)));
        assert_ne!(order(Seed(1)), (0..100).collect::<Vec<_>>());
    }
}
