//! Numbers of things, in words.

use std::fmt::Display;

/// `1 row`, `12 rows`: a count and what is counted, a noun whose plural ends
/// in s.
#[must_use]
pub fn counted<N: Display + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    let ending = if n == N::from(1) { "" } else { "s" };
    format!("{n} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_one() {
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
        assert_eq!(counted(12, "host"), "12 hosts");
        assert_eq!(counted(1_u128, "combination"), "1 combination");
    }
}
