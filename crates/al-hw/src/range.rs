//! Ranges of numbers, without rounding errors that add up: `from`, `from` +
//! `step`, … or `from`, `from` · `factor`, … up to and with `to`.
//!
//! Steps are taken in decimal arithmetic on the numbers as written, so 0.1 to
//! 0.5 by 0.1 is 0.1, 0.2, 0.3, 0.4, 0.5.

use al_core::phrases::rounded;

use crate::space_error::Problem;
use crate::value::Value;

/// More values than this in one column are a mistake.
const MAX_VALUES: usize = 1_000_000;

/// Significant digits that tell every double apart: longer products are noise
/// beyond twelve.
const SHORT: u32 = 17;

/// A number as written, exactly: `digits` · 10^−`decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: i128,
    decimals: u32,
    /// Whether it was written as a whole number.
    integer: bool,
}

impl Decimal {
    pub(crate) fn integer(value: i64) -> Decimal {
        Decimal {
            digits: i128::from(value),
            decimals: 0,
            integer: true,
        }
    }

    /// A number written with a point or an exponent; `None` if it is not
    /// finite or has more digits than can be counted with.
    pub(crate) fn float(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let mut decimals = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if decimals < 0 {
            digits = digits.checked_mul(10_i128.checked_pow(decimals.unsigned_abs())?)?;
            decimals = 0;
        }
        Some(Decimal {
            digits,
            decimals: decimals.unsigned_abs(),
            integer: false,
        })
    }

    /// The digits with that many decimals.
    fn with_decimals(self, decimals: u32) -> Option<i128> {
        self.digits
            .checked_mul(10_i128.checked_pow(decimals - self.decimals)?)
    }

    /// Whether it was written as a whole number.
    pub(crate) fn is_integer(self) -> bool {
        self.integer
    }

    /// The product, if it can be counted with.
    fn times(self, other: Decimal) -> Option<Decimal> {
        let mut digits = self.digits.checked_mul(other.digits)?;
        let mut decimals = self.decimals.checked_add(other.decimals)?;
        while decimals > 0 && digits % 10 == 0 {
            (digits, decimals) = (digits / 10, decimals - 1);
        }
        Some(Decimal {
            digits,
            decimals,
            integer: self.integer && other.integer,
        })
    }

    /// Whether it is farther from 0 than `other`; `None` if they cannot be
    /// counted with together.
    fn exceeds(self, other: Decimal) -> Option<bool> {
        let decimals = self.decimals.max(other.decimals);
        let (this, other) = (
            self.with_decimals(decimals)?,
            other.with_decimals(decimals)?,
        );
        Some(this.unsigned_abs() > other.unsigned_abs())
    }

    /// Whether a double has as many digits.
    fn is_short(self) -> bool {
        let mut digits = self.digits.unsigned_abs();
        while digits > 0 && digits.is_multiple_of(10) {
            digits /= 10;
        }
        digits < 10_u128.pow(SHORT)
    }

    pub(crate) fn number(self) -> f64 {
        number(self.digits, self.decimals)
    }
}

/// The nearest `f64` of a decimal.
fn number(digits: i128, decimals: u32) -> f64 {
    // The text is read with correct rounding; a quotient would round twice.
    format!("{digits}e-{decimals}")
        .parse()
        .expect("digits and an exponent")
}

/// `from`, `from` + `step`, … as far as `to`.
pub(crate) fn linear(from: Decimal, to: Decimal, step: Decimal) -> Result<Vec<Value>, Problem> {
    let decimals = from.decimals.max(to.decimals).max(step.decimals);
    let integers = from.integer && step.integer;
    let (Some(from), Some(to), Some(step)) = (
        from.with_decimals(decimals),
        to.with_decimals(decimals),
        step.with_decimals(decimals),
    ) else {
        return Err(Problem::RangeDigits);
    };
    let way = to.checked_sub(from).ok_or(Problem::RangeDigits)?;
    if step == 0 {
        return Err(Problem::RangeStands { what: "step" });
    }
    if way != 0 && (way < 0) != (step < 0) {
        return Err(Problem::RangeAway { what: "step" });
    }
    // The directions agree, so the quotient is not negative.
    let count = way.checked_div(step).ok_or(Problem::RangeDigits)?;
    if count >= MAX_VALUES as i128 {
        return Err(Problem::RangeLong { limit: MAX_VALUES });
    }
    Ok((0..=count)
        .map(|at| from + at * step)
        .map(|digits| match i64::try_from(digits) {
            // Whole numbers have no decimals unless `to` brought them in.
            Ok(_) if integers => whole(digits, decimals),
            _ => Value::Number(number(digits, decimals)),
        })
        .collect())
}

/// A whole number that is written with decimals.
fn whole(digits: i128, decimals: u32) -> Value {
    Value::Integer((digits / 10_i128.pow(decimals)) as i64)
}

/// `from`, `from` · `factor`, … as far as `to`.
pub(crate) fn geometric(
    from: Decimal,
    to: Decimal,
    factor: Decimal,
) -> Result<Vec<Value>, Problem> {
    let whole = from.integer && factor.integer;
    let exact = (from, to, factor);
    let (from, to, factor) = (from.number(), to.number(), factor.number());
    if from == 0.0 || to == 0.0 || (from < 0.0) != (to < 0.0) || factor <= 0.0 {
        return Err(Problem::RangeFactor);
    }
    if factor == 1.0 {
        return Err(Problem::RangeStands { what: "factor" });
    }
    let outward = to.abs() > from.abs();
    if to != from && outward != (factor > 1.0) {
        return Err(Problem::RangeAway { what: "factor" });
    }
    // A last value a rounding error beyond `to` is `to`.
    let beyond = |value: f64| match factor > 1.0 {
        true => value.abs() > to.abs() * (1.0 + 1e-9),
        false => value.abs() < to.abs() * (1.0 - 1e-9),
    };
    let mut values = Vec::new();
    let mut product = Some(exact.0);
    for power in 0.. {
        let value = from * factor.powi(power);
        let ended = match product.filter(|_| whole) {
            // Whole numbers have no rounding errors.
            Some(product) => product.exceeds(exact.1).unwrap_or_else(|| beyond(value)),
            None => beyond(value),
        };
        if ended {
            break;
        }
        if values.len() == MAX_VALUES {
            return Err(Problem::RangeLong { limit: MAX_VALUES });
        }
        values.push(match product {
            Some(product) => match i64::try_from(product.digits) {
                Ok(digits) if whole => Value::Integer(digits),
                // The beginning is what was written.
                _ if power == 0 || product.is_short() => Value::Number(product.number()),
                _ => Value::Number(twelve_digits(value)),
            },
            None => Value::Number(twelve_digits(value)),
        });
        product = product.and_then(|product| product.times(exact.2));
    }
    Ok(values)
}

/// Rounded to twelve significant digits, beyond which powers are noise.
pub(crate) fn twelve_digits(value: f64) -> f64 {
    rounded(value, 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        match text.parse() {
            Ok(integer) => Decimal::integer(integer),
            Err(_) => Decimal::float(text).unwrap(),
        }
    }

    fn texts(values: Result<Vec<Value>, Problem>) -> Vec<String> {
        values.unwrap().iter().map(Value::to_string).collect()
    }

    fn steps(from: &str, to: &str, step: &str) -> Vec<String> {
        texts(linear(decimal(from), decimal(to), decimal(step)))
    }

    fn factors(from: &str, to: &str, factor: &str) -> Vec<String> {
        texts(geometric(decimal(from), decimal(to), decimal(factor)))
    }

    #[test]
    fn steps_have_the_digits_written() {
        assert_eq!(
            steps("0.1", "0.5", "0.1"),
            ["0.1", "0.2", "0.3", "0.4", "0.5"]
        );
        assert_eq!(steps("0", "1", "0.25"), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(steps("1", "10", "4"), ["1", "5", "9"]);
        assert_eq!(steps("3", "-3", "-3"), ["3", "0", "-3"]);
        assert_eq!(steps("1e-3", "3.5e-3", "1e-3"), ["0.001", "0.002", "0.003"]);
        assert_eq!(steps("-0.05", "0.1", "5E-2"), ["-0.05", "0", "0.05", "0.1"]);
        assert_eq!(steps("1e2", "3e2", "1.0e+2"), ["100", "200", "300"]);
        assert_eq!(steps("7", "7", "-1"), ["7"]);
        assert_eq!(steps("1", "2.5", "1"), ["1", "2"]);
        assert_eq!(
            steps("9007199254740993", "9007199254740994", "1")[0],
            "9007199254740993"
        );
        // A thousand steps of 0.001 end where a thousand and one began.
        assert_eq!(steps("0.0", "1", "0.001").len(), 1001);
    }

    #[test]
    fn whole_numbers_stay_whole() {
        let values = linear(decimal("1"), decimal("2.5"), decimal("1")).unwrap();
        assert_eq!(values, [Value::Integer(1), Value::Integer(2)]);
        let values = geometric(decimal("1"), decimal("4"), decimal("2")).unwrap();
        assert_eq!(values, [1, 2, 4].map(Value::Integer));
    }

    #[test]
    fn factors_reach_the_end() {
        let powers: Vec<String> = (0..=10).map(|power| (1 << power).to_string()).collect();
        assert_eq!(factors("1", "1024", "2"), powers);
        assert_eq!(factors("0.001", "1", "10"), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(factors("1.0", "0.1", "0.5"), ["1", "0.5", "0.25", "0.125"]);
        assert_eq!(factors("-1", "-9", "3"), ["-1", "-3", "-9"]);
        assert_eq!(factors("5", "5", "2"), ["5"]);
        assert_eq!(factors("1", "100", "3"), ["1", "3", "9", "27", "81"]);
    }

    #[test]
    fn factors_of_whole_numbers_are_exact() {
        let threes = geometric(decimal("3"), decimal("16677181699666569"), decimal("3")).unwrap();
        let powers: Vec<Value> = (1..=34)
            .map(|power| Value::Integer(3_i64.pow(power)))
            .collect();
        assert_eq!(threes, powers);
        let tens = geometric(decimal("1"), decimal("100000000000000000"), decimal("10")).unwrap();
        assert_eq!(tens.last(), Some(&Value::Integer(100_000_000_000_000_000)));
        assert_eq!(tens.len(), 18);
        // The last one that there is.
        let most = i64::MAX.to_string();
        let twos = geometric(decimal("-1"), decimal(&format!("-{most}")), decimal("2")).unwrap();
        assert_eq!(twos.len(), 63);
        assert_eq!(twos[62], Value::Integer(-(1 << 62)));
        assert_eq!(
            factors("9007199254740993", "9007199254740993", "2"),
            ["9007199254740993"]
        );
        // One less than a power is not that power.
        assert_eq!(factors("1", "9999999999", "10").len(), 10);
        // Beyond 64 bits they are numbers, still with the digits they have.
        let beyond = geometric(decimal("1"), decimal("1e20"), decimal("10")).unwrap();
        assert_eq!(beyond[18], Value::Integer(1_000_000_000_000_000_000));
        assert_eq!(beyond[20], Value::Number(1e20));
    }

    #[test]
    fn factors_keep_the_digits_written() {
        let from = "0.1234567890123456";
        assert_eq!(factors(from, "1", "2")[..2], [from, "0.2469135780246912"]);
        assert_eq!(
            factors("1.1", "1.5", "1.1"),
            ["1.1", "1.21", "1.331", "1.4641"]
        );
        assert_eq!(factors("3e-7", "3e-3", "10")[2..4], ["0.00003", "0.0003"]);
        // Longer products are noise: √2 to the second is 2.
        assert_eq!(factors("1", "2", "1.4142135623730951")[2], "2");
    }

    #[test]
    fn ranges_that_lead_nowhere() {
        let linear = |a, b, c| linear(decimal(a), decimal(b), decimal(c)).unwrap_err();
        assert_eq!(linear("1", "2", "0"), Problem::RangeStands { what: "step" });
        assert_eq!(
            linear("1", "2", "-0.5"),
            Problem::RangeAway { what: "step" }
        );
        assert_eq!(linear("2", "1", "1"), Problem::RangeAway { what: "step" });
        assert_eq!(
            linear("0", "1", "1e-7"),
            Problem::RangeLong { limit: MAX_VALUES }
        );
        assert_eq!(linear("0", "1e30", "1e-30"), Problem::RangeDigits);
        let geometric = |a, b, c| geometric(decimal(a), decimal(b), decimal(c)).unwrap_err();
        assert_eq!(
            geometric("1", "2", "1"),
            Problem::RangeStands { what: "factor" }
        );
        assert_eq!(
            geometric("1", "8", "0.5"),
            Problem::RangeAway { what: "factor" }
        );
        assert_eq!(
            geometric("8", "1", "2"),
            Problem::RangeAway { what: "factor" }
        );
        for (from, to, factor) in [("0", "8", "2"), ("-1", "8", "2"), ("1", "8", "-2")] {
            assert_eq!(geometric(from, to, factor), Problem::RangeFactor);
        }
        let long = geometric("1", "2", "1.0000000001");
        assert_eq!(long, Problem::RangeLong { limit: MAX_VALUES });
    }

    #[test]
    fn what_is_no_decimal() {
        for text in ["inf", "nan", "-inf", "1e40", "1e-99999999999"] {
            assert_eq!(Decimal::float(text), None, "{text}");
        }
        assert_eq!(Decimal::float("-0.50").unwrap().number(), -0.5);
    }
}
