//! Numbers as keys and categories have them: few digits, and one text.

/// Adding it and taking it off again rounds numbers below 2⁵¹ to whole ones, those halfway to
/// even ones: without a call, as `round` is one on processors of the oldest kind.
const ROUNDING: f64 = 1.5 * 4_503_599_627_370_496.0;

/// The number with at most twelve significant digits that is nearest; whole numbers as
/// they are, −0 as 0.
#[must_use]
#[inline]
pub fn to_twelve_digits(value: f64) -> f64 {
    // Most are whole; of those beyond 64 bits all are. The way over an integer makes −0 a 0.
    let whole = value as i64 as f64;
    match whole == value {
        true => whole,
        false => rounded_fraction(value),
    }
}

#[inline(never)]
fn rounded_fraction(value: f64) -> f64 {
    const DIGITS: i32 = 12;
    /// From here on all numbers are whole; infinities and missing ones are beyond it.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    let magnitude = value.abs();
    if magnitude.is_nan() || magnitude >= WHOLE {
        return value;
    }
    // A double that is a single is the decimal that the single was: 0.1 for
    // 0.10000000149011612. The bits that a single lacks rule most others out.
    let bits = value.to_bits();
    if bits & 0x1fff_ffff == 0 && f64::from(value as f32) == value {
        return shortest_single(value as f32);
    }
    // The number of digits before the point; of small numbers 0 or less. The binary
    // exponent tells it to one: log10(2) is 1233/4096 as far as this is asked for.
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1023;
    let mut whole = ((exponent * 1233) >> 12) + 1;
    if !(LEAST_POWER..=DIGITS).contains(&whole) {
        return crate::phrases::rounded(value, DIGITS as usize);
    }
    if magnitude >= power_of_ten(whole) {
        whole += 1;
    }
    let places = DIGITS - whole;
    if !(0..=22).contains(&places) {
        return crate::phrases::rounded(value, DIGITS as usize);
    }
    // Both are exact, so the quotient is the nearest double, as if parsed.
    let digits = (value * power_of_ten(places) + ROUNDING) - ROUNDING;
    digits / power_of_ten(places)
}

/// The number whose shortest decimal reads back to `value` as a single.
#[must_use]
pub fn shortest_single(value: f32) -> f64 {
    let exact = f64::from(value);
    // From here on all singles are whole, and have more digits than tell them apart.
    const WHOLE: f64 = 16_777_216.0;
    if !exact.is_finite() || (exact.abs() <= WHOLE && exact as i64 as f64 == exact) {
        return exact;
    }
    // Nearly all others are decimals of few digits; the rest go the way of text.
    let mut scale = 10.0;
    for _ in 0..if exact.abs() > WHOLE { 0 } else { 7 } {
        // As writers of singles do where two decimals are as near.
        let decimal = ((exact * scale + ROUNDING) - ROUNDING) / scale;
        if decimal as f32 == value && decimal != 0.0 {
            return decimal;
        }
        scale *= 10.0;
    }
    value.to_string().parse().unwrap_or(exact)
}

/// The least power of ten that [`power_of_ten`] has.
const LEAST_POWER: i32 = -12;

/// 10ⁿ for n from [`LEAST_POWER`] to 22; exact from 0 on.
#[inline]
fn power_of_ten(n: i32) -> f64 {
    const POWERS: [f64; 35] = [
        1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2,
        1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ];
    POWERS[(n - LEAST_POWER) as usize]
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

    #[test]
    fn fractions_count_to_twelve_digits() {
        let sum = 0.1 + 0.2;
        assert_ne!(sum, 0.3);
        assert_eq!(to_twelve_digits(sum), 0.3);
        // What is typed stays what it is, whole numbers in full.
        for text in [
            "0.1",
            "123.456",
            "1e-9",
            "2.5e-300",
            "1.23456789012e-10",
            "9.99999999999e-13",
            "0.0999999999999",
            "4.9e-324",
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
        assert_eq!(to_twelve_digits(f64::from(0.1_f32)), 0.1);
        assert_eq!(to_twelve_digits(0.375), 0.375);
        assert_eq!(shortest_single(17_179_869_184.0), 17_179_870_000.0);
        assert_eq!(shortest_single(1_500_220.2), 1_500_220.2);
    }

    #[test]
    fn the_quick_ways_are_those_of_text() {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 11
        };
        for n in 0..50_000 {
            let share = next() as f64 / (1_u64 << 53) as f64;
            let value = share * 10_f64.powi(n % 32 - 15);
            let twelve = |value: f64| -> f64 { format!("{value:.11e}").parse().unwrap() };
            let single = value as f32;
            if f64::from(single) != value && value.fract() != 0.0 {
                // What is all but halfway between two decimals may become either.
                let (found, text) = (to_twelve_digits(value), twelve(value));
                let apart = |decimal: f64| (decimal - value).abs();
                assert!(apart(found) <= 1.0001 * apart(text), "{value:e}");
                assert_eq!(twelve(found), found, "{value:e}");
                assert_eq!(to_twelve_digits(-value), -found, "{value:e}");
            }
            let shortest: f64 = single.to_string().parse().unwrap();
            if single.fract() != 0.0 || single.abs() > 16_777_216.0 {
                // Of two decimals that are as near, writers do not agree on one.
                let found = shortest_single(single);
                let apart = |decimal: f64| (decimal - f64::from(single)).abs();
                assert_eq!(found as f32, single);
                assert_eq!(apart(found), apart(shortest), "{single:e}");
            }
        }
    }
}
