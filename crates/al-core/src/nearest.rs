//! "Did you mean": the name nearest to a mistyped one.

use crate::fault::{Message, quoted};
use crate::phrases::listed;

/// Names that a list in a message has at most.
const MOST_LISTED: usize = 12;

/// The name among `among` that `name` is most likely a slip for: equal but for
/// case, `-` and `_`, else the nearest by Damerau-Levenshtein distance (Damerau
/// 1964) if that is at most two edits or a third of the name's length, and less
/// than the length of the one found. Of several the first; `None` if none is
/// near.
///
/// ```
/// use al_core::nearest;
///
/// assert_eq!(nearest("bacth_size", &["batch_size", "size"]), Some("batch_size"));
/// assert_eq!(nearest("memory", &["batch_size", "size"]), None);
/// ```
#[must_use]
pub fn nearest<'a, S: AsRef<str>>(name: &str, among: &'a [S]) -> Option<&'a str> {
    let typed = folded(name);
    let limit = (name.chars().count() / 3).max(2);
    among
        .iter()
        .map(|candidate| {
            let candidate = candidate.as_ref();
            let other = folded(candidate);
            let distance = if other == typed {
                0
            } else {
                strsim::damerau_levenshtein(&other, &typed).max(1)
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

fn folded(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// `did you mean 'x'?` with the name nearest to `name`, else the names that there
/// are after `lead`, such as `the columns are`; `None` if there are none.
///
/// ```
/// use al_core::did_you_mean;
///
/// let said = |name| did_you_mean(name, &["cuda", "cpu"], "there are").unwrap().to_string();
/// assert_eq!(said("cdua"), "did you mean 'cuda'?");
/// assert_eq!(said("webgpu"), "there are 'cuda', 'cpu'");
/// ```
#[must_use]
pub fn did_you_mean<S: AsRef<str>>(name: &str, among: &[S], lead: &str) -> Option<Message> {
    if let Some(near) = nearest(name, among) {
        return Some(meant(near));
    }
    let names: Vec<String> = among.iter().map(|name| quoted(name.as_ref())).collect();
    let names = listed(&names, MOST_LISTED);
    (!among.is_empty()).then(|| Message::from(format!("{lead} {names}")))
}

/// `did you mean 'x'?`: the one phrase for it.
#[must_use]
pub fn meant(near: &str) -> Message {
    Message::from(format!("did you mean '{near}'?"))
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
        assert_eq!(nearest("BATCH-SIZE", &names), Some("batch_size"));
        assert_eq!(nearest("throughput", &names), None);
        assert_eq!(nearest("yz", &names), None);
        assert_eq!(nearest("a", &[] as &[&str]), None);
    }

    #[test]
    fn the_same_but_for_case_is_nearer_than_a_slip() {
        assert_eq!(nearest("FP16", &["fp15", "fp16"]), Some("fp16"));
        assert_eq!(nearest("fp16x", &["fp16", "fp16y"]), Some("fp16"));
    }

    #[test]
    fn where_no_name_is_near_all_are_listed() {
        let names: Vec<String> = (10..32).map(|n| format!("column{n}")).collect();
        let said = |name: &str, n: usize| {
            did_you_mean(name, &names[..n], "the columns are").map(|said| said.to_string())
        };
        assert_eq!(said("colunm11", 2).unwrap(), "did you mean 'column11'?");
        assert_eq!(
            said("x", 2).unwrap(),
            "the columns are 'column10', 'column11'"
        );
        assert!(said("x", 12).unwrap().ends_with("'column21'"));
        assert!(said("x", 14).unwrap().ends_with("'column21' and 2 more"));
        assert_eq!(said("x", 0), None);
    }
}
