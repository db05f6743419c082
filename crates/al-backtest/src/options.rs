//! How to replay a table.

use al_select::Space;
use serde::{Deserialize, Serialize};

/// How to replay a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulateOptions {
    /// The strategies, by name. `random`, the baseline, runs in any case.
    pub strategies: Vec<String>,
    /// Rows known at first.
    pub initial: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Batches.
    pub rounds: usize,
    /// Repeats.
    pub repeats: usize,
    /// Share of the rows to test on, in (0, 1).
    pub test: f64,
    /// Where rows lie for strategies that want distances.
    pub space: Space,
}

impl Default for SimulateOptions {
    fn default() -> Self {
        SimulateOptions {
            strategies: Vec::new(),
            initial: 32,
            batch: 32,
            rounds: 12,
            repeats: 20,
            test: 0.25,
            space: Space::default(),
        }
    }
}

/// The strategy that the others are compared with.
pub const RANDOM: &str = "random";
