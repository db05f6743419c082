//! Counts, lists and rounded numbers in messages.

use std::fmt::Display;

/// Returns a count and what is counted, a noun whose plural ends in s: `1 row`,
/// `12 rows`.
#[must_use]
pub fn counted<N: Display + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    let ending = if n == N::from(1) { "" } else { "s" };
    format!("{n} {noun}{ending}")
}

/// Returns `value` rounded to so many significant digits, 1 to 17.
#[must_use]
pub fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1))
        .parse()
        .unwrap_or(value)
}

/// Returns the names with commas between them, and of more than `most` names the
/// first `most` and how many others there are: `a, b and 3 more`.
#[must_use]
pub fn listed<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        left => format!("{} and {left} more", shown.join(", ")),
    }
}

/// Returns the names as the choice that they are: `a`, `a or b`, `a, b or c`.
#[must_use]
pub fn either<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
        assert_eq!(counted(12, "host"), "12 hosts");
        assert_eq!(counted(1_u128, "combination"), "1 combination");
    }

    #[test]
    fn numbers_are_rounded_to_digits() {
        assert_eq!(rounded(1234.5, 3), 1230.0);
        assert_eq!(rounded(0.012_345, 3), 0.0123);
        assert_eq!(rounded(-9.996, 3), -10.0);
        assert_eq!(rounded(0.0, 3), 0.0);
        assert!(rounded(f64::NAN, 3).is_nan());
        assert_eq!(rounded(f64::INFINITY, 3), f64::INFINITY);
    }

    #[test]
    fn lists_have_an_end() {
        let names = ["a", "b", "c"];
        assert_eq!(listed(&names, 3), "a, b, c");
        assert_eq!(listed(&names, 2), "a, b and 1 more");
        assert_eq!(listed(&[] as &[&str], 2), "");
        assert_eq!(either(&names), "a, b or c");
        assert_eq!(either(&names[..2]), "a or b");
        assert_eq!(either(&names[..1]), "a");
    }
}
