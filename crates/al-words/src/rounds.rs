//! The history of a campaign: one training, update or re-fit after the other.

use al_core::MeanInterval;
use serde::{Deserialize, Serialize};

use crate::metrics::Metrics;

/// What happened in a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoundKind {
    /// The first training.
    #[default]
    Train,
    /// The members were continued on new rows.
    Update,
    /// The model was trained anew on all rows.
    Refit,
}

/// One training, update or refit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Number of the round; 0 is the training.
    pub index: usize,
    /// When it was, in the words the user passed; absent if none were.
    #[serde(default)]
    pub at: Option<String>,
    /// What was done.
    pub kind: RoundKind,
    /// Labelled rows added to the training rows.
    pub rows_added: usize,
    /// Labelled rows offered but not trained on, being evaluation rows.
    #[serde(default)]
    pub rows_skipped: usize,
    /// Training rows after the round.
    pub total_rows: usize,
    /// Metrics of the model before the round; none before the training.
    #[serde(default)]
    pub before: Option<Metrics>,
    /// Metrics after the round, on the same rows as `before`.
    #[serde(default)]
    pub after: Option<Metrics>,
    /// By how much the RMSE, on the log scale if the logarithm was fitted, or of classes the
    /// accuracy is above that before, with its 95 % interval over the rows; none of too few
    /// rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<MeanInterval>,
    /// Metrics of the model before the round on the added rows that it had not seen:
    /// what it predicted of measurements before they were made (prequential
    /// evaluation: Dawid 1984); none for the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prequential: Option<Metrics>,
    /// By how much the error of the model before fell by growing as many trees as after the
    /// round on the rows that it knew, as a share; `before` is the model so grown. None if
    /// it has not grown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<f64>,
    /// By how much the error of a fit from scratch is smaller than that of the model that was
    /// continued, on the same rows, as a share. None if that was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<f64>,
    /// How far the predictions moved, as the share of the error that so much
    /// movement is expected to take away, 0 to 1; none for the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<f64>,
    /// What measuring the added rows cost in all, in `cost_unit`.
    #[serde(default)]
    pub cost: Option<f64>,
    /// Unit of `cost`, such as `s`; the name of the cost column serves.
    #[serde(default)]
    pub cost_unit: Option<String>,
}
