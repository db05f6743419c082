//! How to score.

use al_core::Messages;

use super::gain::{Gain, Wanted};
use super::measures::UncertaintyWeights;

/// How to score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreOptions {
    /// Put before the names of the columns that are added.
    pub prefix: String,
    /// Number of nearest learned rows of the distance, k.
    pub neighbours: usize,
    /// Which gain is called information gain; without one the columns of what
    /// a row would teach are left out.
    pub gain: Option<Gain>,
    /// How much each measure counts in the combined uncertainty.
    pub weights: UncertaintyWeights,
}

impl ScoreOptions {
    pub(crate) fn wanted(&self) -> Wanted {
        match self.gain {
            None => Wanted::Nothing,
            Some(_) => Wanted::All,
        }
    }
}

impl Default for ScoreOptions {
    fn default() -> Self {
        ScoreOptions {
            prefix: String::new(),
            neighbours: 5,
            gain: Some(Gain::default()),
            weights: UncertaintyWeights::default(),
        }
    }
}

/// What scoring did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scored {
    /// Rows scored.
    pub rows: usize,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}
