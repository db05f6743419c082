//! Numbers in text.
//!
//! [`short`] is for sentences and reasons, [`digits`] for cells of a terminal or
//! of a summary, [`exact`] for files that programs read, and [`page`] for pages
//! that people read, with thin spaces and true minus signs.

pub mod page;

pub use al_core::phrases::{counted, rounded};

/// How a number is written in plain letters.
struct DigitStyle {
    /// Significant digits.
    digits: i32,
    /// Powers of ten that are written without an exponent, from and below.
    fixed: (i32, i32),
    /// Decimals before an exponent.
    mantissa: usize,
}

/// Returns `value` to three significant digits without zeros at its end; whole
/// digits stay: `0.0123`, `1234`, `1.50e9`.
#[must_use]
pub fn short(value: f64) -> String {
    plain(
        value,
        &DigitStyle {
            digits: 3,
            fixed: (-4, 6),
            mantissa: 2,
        },
    )
}

/// Returns `value` to six significant digits without zeros at its end; whole
/// digits stay: `0.000123457`, `1234.57`, `1.0000e12`.
#[must_use]
pub fn digits(value: f64) -> String {
    plain(
        value,
        &DigitStyle {
            digits: 6,
            fixed: (-5, 9),
            mantissa: 4,
        },
    )
}

fn plain(value: f64, how: &DigitStyle) -> String {
    if value == 0.0 {
        // Zero has no sign in text.
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let power = value.abs().log10().floor() as i32;
    if !(how.fixed.0..how.fixed.1).contains(&power) {
        return format!("{value:.*e}", how.mantissa);
    }
    let decimals = (how.digits - 1 - power).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Returns the shortest digits that read back as `value`; nothing for a number
/// that is missing or not finite.
#[must_use]
pub fn exact(value: Option<f64>) -> String {
    let value = value.filter(|value| value.is_finite());
    value.map_or_else(String::new, |value| {
        // −0 is 0.
        let value = value + 0.0;
        if value == 0.0 || (1e-5..1e15).contains(&value.abs()) {
            value.to_string()
        } else {
            format!("{value:e}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_have_three_digits() {
        assert_eq!(short(0.012_345), "0.0123");
        assert_eq!(short(1234.5), "1234");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(2.0), "2");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(-0.0), "0");
        assert_eq!(short(1.5e9), "1.50e9");
        assert_eq!(short(-0.5), "-0.5");
        assert_eq!(short(f64::INFINITY), "inf");
    }

    #[test]
    fn cells_have_six_digits() {
        assert_eq!(digits(1_234.567_891), "1234.57");
        assert_eq!(digits(0.000_123_456_78), "0.000123457");
        assert_eq!(digits(3.0), "3");
        assert_eq!(digits(1e12), "1.0000e12");
        assert_eq!(digits(0.0), "0");
        assert_eq!(digits(-0.0), "0");
        assert_eq!(digits(123_456_789.0), "123456789");
    }

    #[test]
    fn exact_numbers_read_back_as_they_were() {
        for value in [0.1, 1.0 / 3.0, 1e300, -5e-324, 123_456_789.123, 0.0] {
            let text = exact(Some(value));
            assert_eq!(text.parse::<f64>().unwrap(), value, "{text}");
            assert!(text.len() < 25, "{text}");
        }
        assert_eq!(exact(Some(-0.0)), "0");
        assert_eq!(exact(Some(f64::NAN)), "");
        assert_eq!(exact(Some(f64::INFINITY)), "");
        assert_eq!(exact(None), "");
    }
}
