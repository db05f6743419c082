//! How to replay a table.

use al_core::Goal;
use al_select::Space;
use serde::{Deserialize, Serialize};

/// How to replay a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulateOptions {
    /// What rows are chosen for. For the best row none is set aside to test on: all can be
    /// found, and models are not judged.
    #[serde(default)]
    pub goal: Goal,
    /// The strategies, by name. `random`, the baseline, runs in any case.
    pub strategies: Vec<String>,
    /// Rows known at first.
    pub initial: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Batches.
    pub rounds: usize,
    /// Which of these are made smaller where the table has too few rows.
    #[serde(default)]
    pub fitted: FittedSizes,
    /// Repeats.
    pub repeats: usize,
    /// Share of the rows to test on, in (0, 1).
    pub test: f64,
    /// Rows that count as the best, where the best row is looked for; at most a tenth of
    /// the table.
    #[serde(default = "top")]
    pub top: usize,
    /// Where rows lie for strategies that want distances.
    pub space: Space,
}

fn top() -> usize {
    20
}

impl Default for SimulateOptions {
    fn default() -> Self {
        SimulateOptions {
            goal: Goal::default(),
            strategies: Vec::new(),
            initial: 32,
            batch: 32,
            rounds: 12,
            fitted: FittedSizes::default(),
            repeats: 20,
            test: 0.25,
            top: top(),
            space: Space::default(),
        }
    }
}

/// Which sizes of a replay follow from the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FittedSizes {
    /// The rows known at first.
    pub initial: bool,
    /// The rows of a batch.
    pub batch: bool,
    /// The batches.
    pub rounds: bool,
}

impl SimulateOptions {
    /// The defaults for a goal: to find the best row, few rows in small batches.
    #[must_use]
    pub fn of_goal(goal: Goal) -> SimulateOptions {
        let default = SimulateOptions::default();
        match goal {
            Goal::Model => default,
            Goal::Best => SimulateOptions {
                goal,
                initial: 16,
                batch: 8,
                rounds: 15,
                ..default
            },
        }
    }

    /// The same with sizes for which `pool` rows are enough, where they may be changed:
    /// nine tenths of the pool are measured in the end at most, so that something is left
    /// to choose from.
    #[must_use]
    pub fn for_pool(&self, pool: usize) -> SimulateOptions {
        let most = (9 * pool / 10).max(2);
        let mut sizes = self.clone();
        let needed = |sizes: &SimulateOptions| sizes.initial + sizes.rounds * sizes.batch;
        let by = |sizes: &SimulateOptions| needed(sizes) as f64 / most as f64;
        if needed(&sizes) > most && self.fitted.initial {
            sizes.initial = ((sizes.initial as f64 / by(&sizes)) as usize).max(2);
        }
        let left = most.saturating_sub(sizes.initial).max(1);
        if needed(&sizes) > most && self.fitted.batch {
            sizes.batch = (left / sizes.rounds).max(1);
        }
        if needed(&sizes) > most && self.fitted.rounds {
            sizes.rounds = (left / sizes.batch).max(1);
        }
        sizes
    }
}

/// The strategy that the others are compared with.
pub const RANDOM: &str = "random";
