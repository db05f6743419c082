//! Units of time: by their names, by the end of a column's name, and in words.

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
        let words = name.split('_').map(str::to_lowercase);
        if words.into_iter().any(|word| RATES.contains(&word.as_str())) {
            return None;
        }
        match name.rsplit_once('_') {
            Some((_, end)) => TimeUnit::named(end),
            None if AMBIGUOUS.contains(&name.to_lowercase().as_str()) => None,
            None => TimeUnit::named(name),
        }
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
    let (unit, name) = match seconds.abs() {
        s if s >= 3.0 * 3600.0 => (3600.0, "h"),
        s if s >= 120.0 => (60.0, "min"),
        s if s >= 1.0 || s == 0.0 => (1.0, "s"),
        s if s >= 1e-3 => (1e-3, "ms"),
        s if s >= 1e-6 => (1e-6, "us"),
        _ => (1e-9, "ns"),
    };
    let value = seconds / unit;
    // Whole numbers stay what they are.
    let digits = format!("{value:.2e}").parse().unwrap_or(value);
    let value = if value.abs() >= 1000.0 {
        value.round()
    } else {
        digits
    };
    format!("{value} {name}")
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
}
