//! The identity of a row across files.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spelling::canonical_text;

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
/// [`canonical_text`](crate::spelling::canonical_text).
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

/// The number with at most twelve significant digits that is nearest; whole numbers as
/// they are, −0 as 0.
#[must_use]
pub fn to_twelve_digits(value: f64) -> f64 {
    const DIGITS: i32 = 12;
    if value.fract() == 0.0 || !value.is_finite() {
        return if value == 0.0 { 0.0 } else { value };
    }
    // The number of digits before the point; of small numbers 0 or less.
    let magnitude = value.abs();
    let mut whole = magnitude.log10().floor() as i32 + 1;
    // The logarithm may be off by one at powers of ten.
    if magnitude >= power_of_ten(whole) {
        whole += 1;
    } else if magnitude < power_of_ten(whole - 1) {
        whole -= 1;
    }
    let places = DIGITS - whole;
    if !(0..=22).contains(&places) {
        return crate::phrases::rounded(value, DIGITS as usize);
    }
    // Both are exact, so the quotient is the nearest double, as if parsed.
    (value * power_of_ten(places)).round() / power_of_ten(places)
}

/// 10ⁿ; exact up to 10²².
fn power_of_ten(n: i32) -> f64 {
    const EXACT: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    match usize::try_from(n) {
        Ok(n) if n < EXACT.len() => EXACT[n],
        _ => 10_f64.powi(n),
    }
}

/// The canonical text of a number: the shortest that reads back to it, whole
/// numbers without a fraction, −0 as 0.
#[must_use]
pub fn canonical_number(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value}")
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
    fn fractions_count_to_twelve_digits() {
        let sum = 0.1 + 0.2;
        assert_ne!(sum, 0.3);
        assert_eq!(to_twelve_digits(sum), 0.3);
        assert_eq!(key(|b| b.number(sum)), key(|b| b.number(0.3)));
        assert_ne!(key(|b| b.number(0.3)), key(|b| b.number(0.300_000_001)));
        // What is typed stays what it is, whole numbers in full.
        for text in [
            "0.1",
            "123.456",
            "1e-9",
            "2.5e-300",
            "1.5e300",
            "99999999999.5",
            "0.999999999999",
            "1234567890123",
            "9007199254740993",
            "1e25",
            "-17.25",
        ] {
            let value: f64 = text.parse().unwrap();
            assert_eq!(to_twelve_digits(value), value, "{text}");
        }
        // Beyond twelve digits they round, also up to a whole number.
        assert_eq!(to_twelve_digits(2.999_999_999_999_999_6), 3.0);
        assert_eq!(to_twelve_digits(1_700_000_000.123_456_7), 1_700_000_000.12);
        assert_eq!(to_twelve_digits(999_999_999_999.96), 1e12);
        assert_eq!(to_twelve_digits(f64::INFINITY), f64::INFINITY);
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
