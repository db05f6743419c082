//! The learners by name. A new learner is one file and one line here.

use al_core::{Fault, did_you_mean};
use thiserror::Error;

use crate::entry::LearnerEntry;
use crate::learners::{
    auto, boosted, boosted_smartcore, constant, forest, gp, linear, logistic, tree,
};

/// All learners, the default first.
pub static LEARNERS: &[LearnerEntry] = &[
    boosted::ENTRY,
    auto::ENTRY,
    gp::ENTRY,
    boosted_smartcore::ENTRY,
    forest::ENTRY,
    tree::ENTRY,
    linear::ENTRY,
    logistic::ENTRY,
    constant::ENTRY,
];

/// A name that no learner has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown learner '{name}'")]
pub struct UnknownLearner {
    /// The name.
    pub name: String,
}

impl From<UnknownLearner> for Fault {
    fn from(error: UnknownLearner) -> Fault {
        let names: Vec<&str> = LEARNERS.iter().map(|entry| entry.name).collect();
        let remedy = did_you_mean(&error.name, &names, "there are");
        Fault::usage(error.to_string()).maybe_remedy(remedy)
    }
}

/// The learner `name`.
///
/// # Errors
///
/// There is none.
pub fn find(name: &str) -> Result<&'static LearnerEntry, UnknownLearner> {
    let mut entries = LEARNERS.iter();
    entries
        .find(|entry| entry.name == name)
        .ok_or_else(|| UnknownLearner {
            name: name.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::LearnerOptions;

    #[test]
    fn a_misspelt_name_is_recognised() {
        assert_eq!(find("boosted").map(|entry| entry.name), Ok("boosted"));
        let said = |name: &str| Fault::from(find(name).unwrap_err()).to_string();
        assert_eq!(
            said("forrest"),
            "unknown learner 'forrest'; did you mean 'forest'?"
        );
        assert!(said("neural").starts_with("unknown learner 'neural'; there are 'boosted'"));
    }

    #[test]
    fn docs_are_whole_sentences_and_options_allow_their_defaults() {
        for entry in LEARNERS {
            let doc = entry.doc;
            for text in [doc.method, doc.cost, doc.use_when, doc.not_when] {
                assert!(text.len() > 4 && text.ends_with('.'), "{}", entry.name);
            }
            assert!(!entry.summary.ends_with('.') && entry.summary.len() < 80);
            for option in entry.reads {
                let default = option.of(&LearnerOptions::default());
                assert!(option.holds(default), "{}: {option}", option.name);
            }
        }
    }
}
