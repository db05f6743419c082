//! What kind of target there is, and which of its values are wanted.

use serde::{Deserialize, Serialize};

/// The kind of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// The target is a number.
    #[default]
    Regression,
    /// The target is a class.
    Classification,
}

/// Which values of a target, an objective or a metric are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Small ones, such as a latency.
    Min,
    /// Large ones, such as a throughput.
    Max,
}

impl Direction {
    /// Whether `a` is better than `b`.
    #[must_use]
    pub fn beats(self, a: f64, b: f64) -> bool {
        match self {
            Direction::Min => a < b,
            Direction::Max => a > b,
        }
    }

    /// Returns the better of two values.
    #[must_use]
    pub fn best(self, a: f64, b: f64) -> f64 {
        match self {
            Direction::Min => a.min(b),
            Direction::Max => a.max(b),
        }
    }

    /// Returns by how much `a` is better than `b`; below 0 if it is worse.
    #[must_use]
    pub fn advantage(self, a: f64, b: f64) -> f64 {
        match self {
            Direction::Min => b - a,
            Direction::Max => a - b,
        }
    }

    /// Returns what values are multiplied by so that larger is better.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Direction::Min => -1.0,
            Direction::Max => 1.0,
        }
    }
}

/// What measurements are chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// A model that predicts all rows well.
    #[default]
    Model,
    /// The best row, with as few measurements as possible.
    Best,
}

#[cfg(test)]
mod tests {
    use super::Direction::{Max, Min};

    #[test]
    fn small_or_large_values_win() {
        assert!(Min.beats(1.0, 2.0) && !Min.beats(2.0, 1.0) && !Min.beats(1.0, 1.0));
        assert!(Max.beats(2.0, 1.0) && !Max.beats(1.0, 2.0));
        assert_eq!((Min.best(1.0, 2.0), Max.best(1.0, 2.0)), (1.0, 2.0));
        assert_eq!(
            (Min.advantage(1.0, 3.0), Max.advantage(1.0, 3.0)),
            (2.0, -2.0)
        );
        assert_eq!(Min.sign() * 3.0, -3.0);
    }
}
