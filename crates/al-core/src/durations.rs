//! Lengths of time as they stand in tables: `5 ms`, `1m30s`, `00:01:30.5`.

/// Returns the seconds that a text says, with its unit if it has exactly one; `None` if it is
/// no length of time. A number without a unit is none.
///
/// ```
/// use al_core::durations::seconds;
///
/// assert_eq!(seconds("250 ms"), Some((0.25, Some("ms"))));
/// assert_eq!(seconds("1m30s"), Some((90.0, None)));
/// assert_eq!(seconds("0 days 00:01:30.500000"), Some((90.5, None)));
/// assert_eq!(seconds("12"), None);
/// ```
#[must_use]
pub fn seconds(text: &str) -> Option<(f64, Option<&'static str>)> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let (value, unit) = in_units(text).or_else(|| on_a_clock(text).map(|value| (value, None)))?;
    Some((if negative { -value } else { value }, unit))
}

/// Units, and what each is in seconds. Of a minute the letter m is read only beside others.
const UNITS: [(&str, &str, f64); 17] = [
    ("ns", "ns", 1e-9),
    ("us", "us", 1e-6),
    ("µs", "us", 1e-6),
    ("μs", "us", 1e-6),
    ("ms", "ms", 1e-3),
    ("s", "s", 1.0),
    ("sec", "s", 1.0),
    ("secs", "s", 1.0),
    ("seconds", "s", 1.0),
    ("min", "min", 60.0),
    ("mins", "min", 60.0),
    ("minutes", "min", 60.0),
    ("m", "min", 60.0),
    ("h", "h", 3600.0),
    ("hours", "h", 3600.0),
    ("d", "d", 86_400.0),
    ("days", "d", 86_400.0),
];

/// Returns the seconds of one of the units that [`seconds`] names.
#[must_use]
pub fn unit_seconds(unit: &str) -> Option<f64> {
    UNITS
        .iter()
        .find(|(name, ..)| *name == unit)
        .map(|(.., seconds)| *seconds)
}

/// `5 ms`, `1h 2m 3s`: numbers with a unit each, from the longest to the shortest.
fn in_units(text: &str) -> Option<(f64, Option<&'static str>)> {
    let mut rest = text;
    let mut total = 0.0;
    let mut last = f64::INFINITY;
    let mut units = Vec::new();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let end = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        let word = rest[..end].to_lowercase();
        let (_, unit, length) = UNITS.iter().find(|(name, ..)| *name == word)?;
        if *length >= last {
            return None;
        }
        last = *length;
        total += number * length;
        units.push((word, *unit));
        rest = rest[end..].trim_start();
    }
    match units.as_slice() {
        [] => None,
        // A single m may be a metre, and 2d a dimension.
        [(word, _)] if word == "m" || word == "d" => None,
        [(_, unit)] => Some((total, Some(unit))),
        _ => Some((total, None)),
    }
}

/// `1:30`, `00:01:30.5`, `2 days 00:00:01`.
fn on_a_clock(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, rest)) => {
            let clock = rest.strip_prefix('s').unwrap_or(rest);
            (
                days.parse::<u32>().ok()?,
                clock.trim_start_matches(',').trim_start(),
            )
        }
        None => (0, text),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let whole = |part: &str| part.len() <= 9 && part.bytes().all(|c| c.is_ascii_digit());
    let (last, others) = parts.split_last()?;
    let fraction = last.split_once('.');
    let (seconds, digits) = fraction.unwrap_or((last, ""));
    let plain = seconds.len() == 2 && whole(seconds) && digits.bytes().all(|c| c.is_ascii_digit());
    if !plain || others.iter().any(|part| part.is_empty() || !whole(part)) {
        return None;
    }
    let mut total = 0.0;
    for part in others {
        total = 60.0 * total + part.parse::<f64>().ok()?;
    }
    Some(f64::from(days) * 86_400.0 + 60.0 * total + last.parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_seconds() {
        let said = |text: &str| seconds(text).map(|(value, unit)| (value, unit.unwrap_or("-")));
        assert_eq!(said("5ms"), Some((0.005, "ms")));
        assert_eq!(said("-2.5 s"), Some((-2.5, "s")));
        assert_eq!(said("3 minutes"), Some((180.0, "min")));
        assert_eq!(said("1h2m3s"), Some((3723.0, "-")));
        assert_eq!(said("1:02:03"), Some((3723.0, "-")));
        assert_eq!(said("1:30"), Some((90.0, "-")));
        assert_eq!(said("2 days 00:00:01"), Some((172_801.0, "-")));
        for text in [
            "", "5", "5 m", "ms", "5 GB", "3s 2m", "2d", "1:2", "12:30:", "a:01", "5 ms x",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
        assert_eq!(unit_seconds("ms"), Some(1e-3));
    }
}
