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
}
