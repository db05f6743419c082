//! What to fit, and how.

use serde::{Deserialize, Serialize};

use crate::learner::LearnerOptions;
use crate::learners::{auto, boosted};

/// What to fit, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Name of the learner.
    pub learner: String,
    /// Its options.
    pub options: LearnerOptions,
    /// Which options were given; a stack suits the others to the rows.
    #[serde(default, skip_serializing_if = "AskedOptions::is_nothing")]
    pub asked: AskedOptions,
    /// Whether settings of the trees in a stack are searched: of several, those with the
    /// least out-of-bag loss are taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub searched: bool,
    /// Number of members, m.
    pub members: usize,
    /// The two quantiles learned.
    pub quantiles: (f64, f64),
    /// Nominal coverage: the probability that the interval contains a measurement.
    pub coverage: f64,
}

/// Options that were given, whatever their value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AskedOptions {
    /// The depth of trees.
    pub depth: bool,
    /// Their shrinkage.
    pub learning_rate: bool,
}

impl AskedOptions {
    /// Whether none was.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == AskedOptions::default()
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Recipe {
            learner: auto::NAME.to_owned(),
            options: LearnerOptions {
                early_stopping: true,
                ..LearnerOptions::default()
            },
            asked: AskedOptions::default(),
            searched: false,
            members: 10,
            quantiles: (0.1, 0.9),
            coverage: 0.8,
        }
    }
}

impl Recipe {
    /// Boosted trees alone, a hundred per member.
    #[must_use]
    pub fn boosted() -> Recipe {
        Recipe {
            learner: boosted::NAME.to_owned(),
            options: LearnerOptions::default(),
            ..Recipe::default()
        }
    }

    /// Boosted trees alone, few of large steps that leave out splits too small to matter:
    /// for the hundreds of fits of a replay. Learning curves are those of
    /// [`Recipe::boosted`] within 1 % on average (docs/MEASUREMENTS.md).
    #[must_use]
    pub fn replayed() -> Recipe {
        Recipe {
            options: LearnerOptions {
                trees: 30,
                learning_rate: 0.3,
                least_reduction: 5e-4,
                ..LearnerOptions::default()
            },
            ..Recipe::boosted()
        }
    }

    /// Whether all values are in range; what is wrong, if not.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, in words.
    pub fn check(&self) -> Result<(), String> {
        let (low, high) = self.quantiles;
        let options = &self.options;
        let ranges = [
            ("members", (1..=1000).contains(&self.members)),
            ("trees", (1..=100_000).contains(&options.trees)),
            ("depth", (1..=16).contains(&options.depth)),
            (
                "learning rate",
                options.learning_rate > 0.0 && options.learning_rate <= 1.0,
            ),
            ("quantiles", 0.0 < low && low < high && high < 1.0),
            ("coverage", 0.0 < self.coverage && self.coverage < 1.0),
        ];
        match ranges.into_iter().find(|(_, fits)| !fits) {
            None => Ok(()),
            Some((name, _)) => Err(format!("the {name} of its recipe cannot be")),
        }
    }

    /// Only the boosted learner comes with boosted quantiles; the others'
    /// intervals are made of their own residuals.
    pub(crate) fn has_pair(&self, calibration: &[usize]) -> bool {
        self.learner == "boosted" && !calibration.is_empty()
    }
}
