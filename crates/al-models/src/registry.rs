//! The learners by name. A new learner is one file and one line here.

use crate::learner::{Learner, LearnerOptions};
use crate::learners::{boosted, boosted_smartcore, constant, forest, linear, logistic, tree};

/// A learner as the command line and the documents know it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name, for `--learner`.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// Whether it does regression.
    pub regression: bool,
    /// Whether it does classification.
    pub classification: bool,
    /// Makes the learner.
    pub make: fn(LearnerOptions) -> Box<dyn Learner>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish()
    }
}

/// All learners, the default first.
pub static LEARNERS: &[Entry] = &[
    boosted::ENTRY,
    boosted_smartcore::ENTRY,
    forest::ENTRY,
    tree::ENTRY,
    linear::ENTRY,
    logistic::ENTRY,
    constant::ENTRY,
];

/// The learner `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    LEARNERS.iter().find(|entry| entry.name == name)
}
