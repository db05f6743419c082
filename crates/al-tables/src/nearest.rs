//! "Did you mean": the name nearest to a mistyped one.

/// The name among `among` that `name` is most likely a slip for: equal but for
/// case, else the nearest by Damerau-Levenshtein distance if that is at most
/// two edits or a third of the name's length. `None` if none is near.
#[must_use]
pub fn nearest<'a, S: AsRef<str>>(name: &str, among: &'a [S]) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let limit = (name.chars().count() / 3).max(2);
    among
        .iter()
        .map(|candidate| {
            let candidate = candidate.as_ref();
            let other = candidate.to_lowercase();
            let distance = if other == folded {
                0
            } else {
                strsim::damerau_levenshtein(&other, &folded)
            };
            (distance, candidate)
        })
        // A distance as long as the word itself is a different word.
        .filter(|(distance, candidate)| {
            *distance <= limit && *distance < candidate.chars().count().max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["latency_ms", "Hardware", "batch_size", "x"];
        assert_eq!(nearest("latencyms", &names), Some("latency_ms"));
        assert_eq!(nearest("hardware", &names), Some("Hardware"));
        assert_eq!(nearest("bacth_size", &names), Some("batch_size"));
        assert_eq!(nearest("throughput", &names), None);
        assert_eq!(nearest("yz", &names), None);
        assert_eq!(nearest("a", &[] as &[&str]), None);
    }
}
