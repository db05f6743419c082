//! The identity of a row across files.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spelling::canonical_text;

pub use crate::digits::{canonical_number, shortest_single, to_twelve_digits};

/// Identity of a row: 128 bits of a hash of its id, or of its canonical
/// feature values. Labels, exclusions and pending rows are matched by it,
/// never by line number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key([u8; 16]);

impl Key {
    /// The key of the id `id`. An id column of numbers passes the number in
    /// canonical text ([`canonical_number`]), so `16` and `16.0` are one id.
    #[must_use]
    pub fn of_id(id: &str) -> Key {
        let mut builder = KeyBuilder::new();
        builder.text(&canonical_text(id));
        builder.finish()
    }

    /// The key from its bytes, as a model file stores it.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Key {
        Key(bytes)
    }

    /// The key's bytes.
    #[must_use]
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// The rule by which keys are made, as model files record it. 1: numbers by all their
/// bits, categories and ids as they were typed in each file. 2: numbers with a fraction
/// to twelve significant digits, texts by
/// [`canonical_text`].
pub const RULE: u32 = 2;

/// Hashes a row's values, column after column, into its [`Key`].
///
/// Values are canonical: `16`, `16.0` and an integer 16 are one value, −0 is
/// 0, integers beyond 2⁵³ stay exact, and a missing value is a value. Numbers with a
/// fraction count to twelve significant digits, so that 0.1 added up three times is
/// 0.3: see [`RULE`].
#[derive(Debug)]
pub struct KeyBuilder {
    bytes: Vec<u8>,
}

impl KeyBuilder {
    /// A builder for one row.
    #[must_use]
    pub fn new() -> KeyBuilder {
        KeyBuilder {
            bytes: Vec::with_capacity(256),
        }
    }

    /// The next value is missing.
    pub fn missing(&mut self) {
        self.bytes.push(0);
    }

    /// The next value is a number; NaN counts as missing.
    pub fn number(&mut self, value: f64) {
        if value.is_nan() {
            return self.missing();
        }
        let canonical = to_twelve_digits(value);
        self.bytes.push(1);
        self.bytes.extend(canonical.to_bits().to_le_bytes());
    }

    /// The next value is an integer that no `f64` holds exactly.
    pub fn wide_integer(&mut self, value: i128) {
        self.bytes.push(2);
        self.bytes.extend(value.to_le_bytes());
    }

    /// The next value is a text.
    pub fn text(&mut self, value: &str) {
        self.bytes.push(3);
        self.bytes.extend((value.len() as u64).to_le_bytes());
        self.bytes.extend(value.as_bytes());
    }

    /// The key of the values so far; the builder is then empty again.
    pub fn finish(&mut self) -> Key {
        let hash = blake3::hash(&self.bytes);
        self.bytes.clear();
        Key(hash.as_bytes()[..16].try_into().expect("sixteen bytes"))
    }
}

impl Default for KeyBuilder {
    fn default() -> Self {
        KeyBuilder::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(build: impl Fn(&mut KeyBuilder)) -> Key {
        let mut builder = KeyBuilder::new();
        build(&mut builder);
        builder.finish()
    }

    #[test]
    fn numbers_are_canonical() {
        assert_eq!(key(|b| b.number(0.0)), key(|b| b.number(-0.0)));
        assert_eq!(key(|b| b.number(f64::NAN)), key(|b| b.missing()));
        assert_ne!(key(|b| b.number(16.0)), key(|b| b.text("16")));
        let wide = 9_007_199_254_740_993_i128;
        assert_ne!(
            key(|b| b.wide_integer(wide)),
            key(|b| b.wide_integer(wide + 2))
        );
        assert_ne!(
            key(|b| b.wide_integer(wide)),
            key(|b| b.number(9_007_199_254_740_992.0))
        );
        assert_eq!(canonical_number(-0.0), "0");
        assert_eq!(canonical_number(16.0), "16");
        assert_eq!(canonical_number(0.1), "0.1");
    }

    #[test]
    fn sums_of_decimals_are_the_decimals() {
        let sum = 0.1 + 0.2;
        assert_ne!(sum, 0.3);
        assert_eq!(key(|b| b.number(sum)), key(|b| b.number(0.3)));
        assert_ne!(key(|b| b.number(0.3)), key(|b| b.number(0.300_000_001)));
    }

    #[test]
    fn values_do_not_run_into_each_other() {
        let ab_c = key(|b| {
            b.text("ab");
            b.text("c");
        });
        let a_bc = key(|b| {
            b.text("a");
            b.text("bc");
        });
        assert_ne!(ab_c, a_bc);
    }

    #[test]
    fn the_builder_starts_over_after_finish() {
        let mut builder = KeyBuilder::new();
        builder.text("x");
        let first = builder.finish();
        builder.text("x");
        assert_eq!(builder.finish(), first);
    }
}
