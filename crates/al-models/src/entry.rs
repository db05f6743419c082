//! What the program knows of a learner without fitting it.

use std::fmt;

use crate::learner::{Learner, LearnerOptions};

/// What the program knows of a learner without fitting it.
#[derive(Clone, Copy)]
pub struct LearnerEntry {
    /// The name that selects it.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// What it does and when to use it.
    pub doc: LearnerDoc,
    /// The options that mean something to it.
    pub reads: &'static [LearnerOption],
    /// Whether it does regression.
    pub regression: bool,
    /// Whether it does classification.
    pub classification: bool,
    /// Makes the learner.
    pub make: fn(LearnerOptions) -> Box<dyn Learner>,
}

/// What a user reads about a learner: plain sentences in which names of other
/// learners and of options are written as they are typed, and symbols stand for
/// what [`LEARNER_SYMBOLS`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LearnerDoc {
    /// What is fitted, and how.
    pub method: &'static str,
    /// Its computing time.
    pub cost: &'static str,
    /// Who described it, with the year. Empty where nobody had to.
    pub reference: &'static str,
    /// When to use it.
    pub use_when: &'static str,
    /// When not to use it.
    pub not_when: &'static str,
}

/// The symbols in the costs of learners.
pub const LEARNER_SYMBOLS: &str = "n training rows, p features, d columns of the encoded features \
    (one per level of a category), c classes";

/// An option of learners: a field of [`LearnerOptions`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearnerOption {
    /// The name of the field.
    pub name: &'static str,
    /// What it sets, in one line.
    pub summary: &'static str,
    /// Whether only whole numbers are allowed: from `least` to `most`. Otherwise
    /// numbers above `least` and at most `most` are.
    pub whole: bool,
    /// The smallest value, or the bound above which values begin.
    pub least: f64,
    /// The largest value.
    pub most: f64,
}

impl LearnerOption {
    /// [`LearnerOptions::trees`].
    pub const TREES: LearnerOption = LearnerOption {
        name: "trees",
        summary: "trees per member",
        whole: true,
        least: 1.0,
        most: 100_000.0,
    };

    /// [`LearnerOptions::depth`].
    pub const DEPTH: LearnerOption = LearnerOption {
        name: "depth",
        summary: "maximum depth of a tree",
        whole: true,
        least: 1.0,
        most: 16.0,
    };

    /// [`LearnerOptions::learning_rate`].
    pub const LEARNING_RATE: LearnerOption = LearnerOption {
        name: "learning_rate",
        summary: "shrinkage of each boosted tree",
        whole: false,
        least: 0.0,
        most: 1.0,
    };

    /// Its value in `options`.
    #[must_use]
    pub fn of(&self, options: &LearnerOptions) -> f64 {
        match self.name {
            "trees" => options.trees as f64,
            "depth" => options.depth as f64,
            _ => options.learning_rate,
        }
    }

    /// Whether `value` is in the range.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        if self.whole {
            value.fract() == 0.0 && (self.least..=self.most).contains(&value)
        } else {
            self.least < value && value <= self.most
        }
    }
}

/// The range, to complete "must be".
impl fmt::Display for LearnerOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LearnerOption { least, most, .. } = self;
        if self.whole {
            write!(f, "a whole number from {least} to {most}")
        } else {
            write!(f, "a number above {least} and at most {most}")
        }
    }
}

impl fmt::Debug for LearnerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LearnerEntry")
            .field("name", &self.name)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_say_what_they_allow() {
        let rate = LearnerOption::LEARNING_RATE;
        assert_eq!(rate.to_string(), "a number above 0 and at most 1");
        assert!(rate.holds(1.0) && !rate.holds(0.0) && !rate.holds(f64::NAN));
        let depth = LearnerOption::DEPTH;
        assert_eq!(depth.to_string(), "a whole number from 1 to 16");
        assert!(depth.holds(16.0) && !depth.holds(0.0) && !depth.holds(2.5));
    }
}
