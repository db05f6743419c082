//! What the program knows of a learner without running it.

use crate::learner::{Learner, LearnerOptions};

/// A learner as the command line and the documents know it.
#[derive(Clone, Copy)]
pub struct LearnerEntry {
    /// Its name, for the setting `learner`.
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

impl std::fmt::Debug for LearnerEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LearnerEntry")
            .field("name", &self.name)
            .finish()
    }
}
