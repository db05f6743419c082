//! Units of time: by their names, by the end of a column's name, and in words.

use al_core::phrases::rounded;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
}

use TimeUnit::{Hours, Microseconds, Milliseconds, Minutes, Nanoseconds, Seconds};

/// What units are called; the first of each is what messages say.
const NAMES: [(&str, TimeUnit); 23] = [
    ("ns", Nanoseconds),
    ("nanoseconds", Nanoseconds),
    ("us", Microseconds),
    ("µs", Microseconds),
    ("microseconds", Microseconds),
    ("ms", Milliseconds),
    ("msec", Milliseconds),
    ("milliseconds", Milliseconds),
    ("s", Seconds),
    ("sec", Seconds),
    ("secs", Seconds),
    ("second", Seconds),
    ("seconds", Seconds),
    ("min", Minutes),
    ("mins", Minutes),
    ("minute", Minutes),
    ("minutes", Minutes),
    ("h", Hours),
    ("hr", Hours),
    ("hrs", Hours),
    ("hour", Hours),
    ("hours", Hours),
    ("μs", Microseconds),
];

/// Names that mean something else where they stand alone as a column.
const AMBIGUOUS: [&str; 3] = ["s", "min", "h"];

/// Words in a column's name by which it counts something per time, whatever
/// unit it ends in: `throughput_tok_s`.
const RATES: [&str; 13] = [
    "throughput",
    "bandwidth",
    "rate",
    "per",
    "gflops",
    "tflops",
    "flops",
    "fps",
    "qps",
    "rps",
    "iops",
    "tok",
    "tokens",
];

impl TimeUnit {
    /// The unit of that name, whatever its case.
    #[must_use]
    pub fn named(name: &str) -> Option<TimeUnit> {
        let name = name.to_lowercase();
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|&(_, unit)| unit)
    }

    /// The unit in which a column of that name is: the last word after a `_`,
    /// as in `run_ms` and `compile_time_s`, or the whole name, as in `ms`, but
    /// for `s`, `min` and `h` alone. `None` if the name says none, or that it
    /// counts something per time, as in `throughput_tok_s`.
    ///
    /// ```
    /// use al_hw::TimeUnit;
    ///
    /// assert_eq!(TimeUnit::of_column("latency_ms"), Some(TimeUnit::Milliseconds));
    /// assert_eq!(TimeUnit::of_column("latency"), None);
    /// assert_eq!(TimeUnit::of_column("throughput_tok_s"), None);
    /// ```
    #[must_use]
    pub fn of_column(name: &str) -> Option<TimeUnit> {
        if TimeUnit::is_rate(name) {
            return None;
        }
        match name.rsplit_once('_') {
            Some((_, end)) => TimeUnit::named(end),
            None if AMBIGUOUS.contains(&name.to_lowercase().as_str()) => None,
            None => TimeUnit::named(name),
        }
    }

    /// Whether a column of that name counts something per time, as
    /// `throughput_tok_s` does: it is no time, whatever it ends in.
    ///
    /// ```
    /// assert!(al_hw::TimeUnit::is_rate("tokens_per_s"));
    /// assert!(!al_hw::TimeUnit::is_rate("run_s"));
    /// ```
    #[must_use]
    pub fn is_rate(name: &str) -> bool {
        let words = name.split(|c: char| !c.is_alphanumeric());
        let mut words = words.map(str::to_lowercase);
        words.any(|word| RATES.contains(&word.as_str()))
    }

    /// What it is called, as in `ms`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = NAMES.iter().find(|&&(_, unit)| unit == self);
        known.map_or("", |&(name, _)| name)
    }

    /// How many seconds one of it is.
    #[must_use]
    pub fn seconds(self) -> f64 {
        match self {
            Nanoseconds => 1e-9,
            Microseconds => 1e-6,
            Milliseconds => 1e-3,
            Seconds => 1.0,
            Minutes => 60.0,
            Hours => 3600.0,
        }
    }
}

/// The seconds that a text such as `30 min` or `1.5h` stands for; `None` if it
/// is no number with a unit.
#[must_use]
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit = text.find(|c: char| c.is_alphabetic() && !matches!(c, 'e' | 'E'))?;
    let number: f64 = text[..unit].trim().parse().ok()?;
    let seconds = number * TimeUnit::named(text[unit..].trim())?.seconds();
    seconds.is_finite().then_some(seconds)
}

/// A time in words with three significant digits, as in `12.5 min`.
///
/// ```
/// assert_eq!(al_hw::in_words(90.0), "90 s");
/// assert_eq!(al_hw::in_words(750.0), "12.5 min");
/// ```
#[must_use]
pub fn in_words(seconds: f64) -> String {
    let (unit, name) = unit(seconds);
    let value = seconds / unit;
    // Whole numbers stay what they are.
    let value = if value.abs() >= 1000.0 {
        value.round()
    } else {
        rounded(value, 3)
    };
    format!("{value} {name}")
}

/// The unit in which a time is said: what it is in seconds, and its name.
fn unit(seconds: f64) -> (f64, &'static str) {
    match seconds.abs() {
        s if s >= 3.0 * 3600.0 => (3600.0, "h"),
        s if s >= 120.0 => (60.0, "min"),
        s if s >= 1.0 || s == 0.0 => (1.0, "s"),
        s if s >= 1e-3 => (1e-3, "ms"),
        s if s >= 1e-6 => (1e-6, "us"),
        _ => (1e-9, "ns"),
    }
}

/// Two times in words, each as [`in_words`] says it, or where that says the
/// same of both, with as many digits as it takes to tell them apart, down to
/// nanoseconds: what is needed and what there is.
///
/// ```
/// let words = |a, b| {
///     let (a, b) = al_hw::apart(a, b);
///     format!("{a} of {b}")
/// };
/// assert_eq!(words(1800.5, 1800.0), "30 min 0.5 s of 30 min");
/// assert_eq!(words(2400.0, 1800.0), "40 min of 30 min");
/// ```
#[must_use]
pub fn apart(first: f64, second: f64) -> (String, String) {
    /// Digits after the point, of seconds: down to nanoseconds.
    const MOST: u32 = 9;
    let short = (in_words(first), in_words(second));
    let same = match (self::seconds(&short.0), self::seconds(&short.1)) {
        // 120 s and 2 min are one time in two words.
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => short.0 == short.1,
    };
    let plain = first >= 0.0 && second >= 0.0 && first.max(second) < 1e15;
    if !same || first == second || !plain {
        return short;
    }
    let (unit, name) = unit(first.max(second));
    // Rounding by up to a tenth of what is between them misleads nobody.
    let near = |step: f64| {
        let error = |seconds: f64| ((seconds / step).round() * step - seconds).abs();
        error(first).max(error(second)) <= 0.1 * (first - second).abs()
    };
    if unit > 1.0 {
        let enough = (0..MOST).find(|&digits| near(10_f64.powi(-(digits as i32))));
        let digits = enough.unwrap_or(MOST);
        return (spelled(first, digits), spelled(second, digits));
    }
    let enough = (0..15).find(|&digits| near(unit * 10_f64.powi(-digits)));
    let digits = enough.unwrap_or(15) as usize;
    let round = |seconds: f64| {
        let text = format!("{:.digits$}", seconds / unit);
        let value: f64 = text.parse().unwrap_or(seconds / unit);
        format!("{value} {name}")
    };
    (round(first), round(second))
}

/// A time in hours, minutes and seconds, these with so many digits after the
/// point, without what is 0.
fn spelled(seconds: f64, digits: u32) -> String {
    let second = 10_u128.pow(digits);
    let ticks = (seconds * second as f64).round() as u128;
    let mut parts = Vec::new();
    let (hours, minutes) = (ticks / (3600 * second), ticks / (60 * second));
    // As in `in_words`, minutes count on up to three hours.
    let (hours, minutes) = match hours {
        0..3 => (0, minutes),
        _ => (hours, minutes % 60),
    };
    for (count, name) in [(hours, "h"), (minutes, "min")] {
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    let rest = ticks % (60 * second);
    if rest > 0 || parts.is_empty() {
        let mut text = (rest / second).to_string();
        if !rest.is_multiple_of(second) {
            let fraction = format!("{:0width$}", rest % second, width = digits as usize);
            text.push_str(&format!(".{}", fraction.trim_end_matches('0')));
        }
        parts.push(format!("{text} s"));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_say_their_unit_at_the_end() {
        for (name, unit) in [
            ("run_ms", Some(Milliseconds)),
            ("compile_and_run_s", Some(Seconds)),
            ("wall_Min", Some(Minutes)),
            ("queue_h", Some(Hours)),
            ("kernel_ns", Some(Nanoseconds)),
            ("kernel_us", Some(Microseconds)),
            ("build_sec", Some(Seconds)),
            ("ms", Some(Milliseconds)),
            ("seconds", Some(Seconds)),
            ("s", None),
            ("h", None),
            ("min", None),
            ("items", None),
            ("time", None),
            ("ms_", None),
            ("", None),
        ] {
            assert_eq!(TimeUnit::of_column(name), unit, "{name}");
        }
    }

    #[test]
    fn texts_have_a_number_and_a_unit() {
        assert_eq!(seconds("30 min"), Some(1800.0));
        assert_eq!(seconds(" 1.5h "), Some(5400.0));
        assert_eq!(seconds("90s"), Some(90.0));
        assert_eq!(seconds("2e3 ms"), Some(2.0));
        for wrong in ["30", "min", "", "30 mins 2 s", "1 year", "1e400 h", "x s"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(seconds("-1 s"), Some(-1.0));
    }

    #[test]
    fn words_have_three_digits() {
        for (value, words) in [
            (0.0, "0 s"),
            (2.0e-9, "2 ns"),
            (0.012_345, "12.3 ms"),
            (59.96, "60 s"),
            (1800.0, "30 min"),
            (2461.0, "41 min"),
            (10_800.0, "3 h"),
            (4_000_000.0, "1111 h"),
        ] {
            assert_eq!(in_words(value), words);
        }
    }

    #[test]
    fn a_need_and_a_room_are_told_apart() {
        for (a, b, words) in [
            (1800.5, 1800.0, ["30 min 0.5 s", "30 min"]),
            (1801.0, 1800.0, ["30 min 1 s", "30 min"]),
            (1800.0, 1799.6, ["30 min", "29 min 59.6 s"]),
            (120.0, 119.98, ["2 min", "1 min 59.98 s"]),
            (36_000.25, 36_000.0, ["10 h 0.25 s", "10 h"]),
            (10_801.0, 10_799.0, ["3 h 1 s", "179 min 59 s"]),
            (12.3456, 12.3452, ["12.3456 s", "12.3452 s"]),
            (1.0001, 1.0, ["1.0001 s", "1 s"]),
            (0.001_000_1, 0.001, ["1.0001 ms", "1 ms"]),
            (
                1_800.000_000_001,
                1_800.0,
                ["30 min 0.000000001 s", "30 min"],
            ),
            (900.0, 60.0, ["15 min", "60 s"]),
            (60.0, 60.0, ["60 s", "60 s"]),
            (-1800.5, 1800.0, ["-30 min", "30 min"]),
        ] {
            let (first, second) = apart(a, b);
            assert_eq!([first.as_str(), second.as_str()], words, "{a} {b}");
            let (second, first) = apart(b, a);
            assert_eq!([first.as_str(), second.as_str()], words, "{b} {a}");
        }
    }

    #[test]
    fn rates_are_told_by_their_words() {
        for rate in [
            "throughput",
            "tok/s",
            "tokens_per_s",
            "items per s",
            "Bit_Rate",
            "gflops",
        ] {
            assert!(TimeUnit::is_rate(rate), "{rate}");
        }
        for other in ["run_s", "operator_ms", "total_s", "price", ""] {
            assert!(!TimeUnit::is_rate(other), "{other}");
        }
        assert_eq!(TimeUnit::named(Microseconds.name()), Some(Microseconds));
    }
}
