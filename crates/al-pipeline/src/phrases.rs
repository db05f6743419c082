//! Numbers of things, in words.

/// `1 row`, `12 rows`: a count and what is counted, a noun whose plural ends
/// in s.
#[must_use]
pub fn counted(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_one() {
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
        assert_eq!(counted(12, "host"), "12 hosts");
    }
}
