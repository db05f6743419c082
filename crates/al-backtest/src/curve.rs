//! Learning curves.

use serde::{Deserialize, Serialize};

/// How good a model was after some rounds of one strategy in one repeat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Rounds done, from 0.
    pub round: usize,
    /// Rows measured so far, failed ones included.
    pub labels: usize,
    /// RMSE on the fitted scale; for classes the log loss, in nats.
    #[serde(deserialize_with = "or_nan")]
    pub error: f64,
    /// Mean absolute error on the fitted scale; for classes the share of
    /// wrong classes.
    #[serde(deserialize_with = "or_nan")]
    pub absolute: f64,
    /// R² on the fitted scale; NaN for classes.
    #[serde(deserialize_with = "or_nan")]
    pub r2: f64,
    /// Best target known, in its unit; NaN for classes.
    #[serde(deserialize_with = "or_nan")]
    pub best: f64,
    /// By how much, on the fitted scale, the best known target is worse than
    /// the best there is outside the test rows; NaN for classes.
    #[serde(deserialize_with = "or_nan")]
    pub regret: f64,
    /// The same in the unit of the target, as a share of the best; only where the best row
    /// is the goal, and NaN where the best is 0.
    #[serde(default = "unknown", deserialize_with = "or_nan")]
    pub shortfall: f64,
    /// The share of the best rows that are measured; only where the best row is the goal.
    #[serde(default = "unknown", deserialize_with = "or_nan")]
    pub recall: f64,
    /// What the measured rows cost; NaN without a cost column.
    #[serde(deserialize_with = "or_nan")]
    pub cost: f64,
    /// Measured rows that failed; NaN in tables where none does.
    #[serde(deserialize_with = "or_nan")]
    pub failures: f64,
    /// The relative fall of the error that was expected of the batch chosen
    /// next; NaN after the last.
    #[serde(deserialize_with = "or_nan")]
    pub expected_gain: f64,
}

impl Point {
    /// A point of which nothing is known.
    pub(crate) fn unknown() -> Point {
        Point {
            round: 0,
            labels: 0,
            error: f64::NAN,
            absolute: f64::NAN,
            r2: f64::NAN,
            best: f64::NAN,
            regret: f64::NAN,
            shortfall: f64::NAN,
            recall: f64::NAN,
            cost: f64::NAN,
            failures: f64::NAN,
            expected_gain: f64::NAN,
        }
    }
}

fn unknown() -> f64 {
    f64::NAN
}

/// JSON has no NaN: it stands as null.
fn or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

/// One strategy in one repeat: a point per round, from round 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The strategy.
    pub strategy: String,
    /// The repeat.
    pub repeat: usize,
    /// The learning curve.
    pub points: Vec<Point>,
    /// When it came near the best row, where that is the goal.
    #[serde(default)]
    pub within: Within,
}

/// Measured rows, failed ones included, until the best measured target was within some
/// share of the best there is; `None`: it never was, or nobody asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// Within 1 %.
    pub one_percent: Option<usize>,
    /// Within 0.1 %.
    pub tenth_of_a_percent: Option<usize>,
}
