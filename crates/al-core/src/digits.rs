//! Numbers as keys and categories have them: few digits, and one text.

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
    /// Adding it and taking it off again rounds numbers far below it to whole ones.
    const ROUNDING: f64 = 1.5 * 4_503_599_627_370_496.0;
    let magnitude = value.abs();
    if magnitude.is_nan() || magnitude >= WHOLE {
        return value;
    }
    // A double that is a single is the decimal that the single was: 0.1 for
    // 0.10000000149011612.
    if f64::from(value as f32) == value {
        return shortest_single(value as f32);
    }
    // The number of digits before the point; of small numbers 0 or less. The binary
    // exponent tells it to one.
    let exponent = (value.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    let mut whole = (f64::from(exponent) * std::f64::consts::LOG10_2).floor() as i32 + 1;
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
    const WHOLE: f64 = 16_777_216.0;
    if !exact.is_finite() || (exact.fract() == 0.0 && exact.abs() <= WHOLE) {
        return exact;
    }
    // Nearly all are decimals of few digits; the rest go the way of text.
    let mut scale = 10.0;
    for _ in 0..if exact.fract() == 0.0 { 0 } else { 7 } {
        // As writers of singles do where two decimals are as near.
        let decimal = (exact * scale).round_ties_even() / scale;
        if decimal as f32 == value && decimal != 0.0 {
            return decimal;
        }
        scale *= 10.0;
    }
    value.to_string().parse().unwrap_or(exact)
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
}
