//! What a report says: the gains of every round, how predictions compare with
//! measurements, how far intervals can be trusted, where the model is least
//! certain and what the batches cost.
//!
//! This module knows numbers that were measured elsewhere and how to show them
//! as a web page, JSON, CSV and tables. It knows no model, reads no file and no
//! clock: the same [`Report`] gives the same bytes. A value that is missing or
//! not finite is shown as a dash and never stops a report.

use al_core::{Direction, Fault, Task};
use serde::{Deserialize, Deserializer, Serialize};

mod axis;
mod backtest;
mod batch;
mod change;
mod classes;
mod comparison;
mod comparison_page;
mod csv;
mod curves;
mod figures;
mod history;
mod html;
mod labels;
mod metric;
mod plots;
mod search;
mod sheet;
mod text;
mod trade_offs;
mod views;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use backtest::backtest_html;
pub use batch::batch_html;
pub use comparison::{comparison_csv, comparison_headline, comparison_json, comparison_rows};
pub use comparison_page::comparison_html;
pub use history::rows;
pub use html::to_html;
pub use search::search_html;
pub use sheet::Sheet;
pub use text::{class_csv, confusion_csv, to_csv, to_json};
pub use views::{
    BacktestView, BatchMap, BatchRow, BatchView, ComparedModel, ComparisonView, CurvePoint,
    StrategyRun, StrategySearch, StrategyVerdict, TradeOffs,
};
pub use words::headline;

pub use al_words::metrics::{Improvement, Metrics, improvement};
pub use al_words::{Round, RoundKind};

/// Everything a report shows. The pipeline fills it from the model file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was modelled, and with what.
    pub head: Head,
    /// All rounds, oldest first; the first is the training.
    pub rounds: Vec<Round>,
    /// Evaluation rows with what the present model predicts for them; a sample
    /// of about 2000 is enough. Regression only.
    #[serde(default)]
    pub predicted_measured: Vec<Prediction>,
    /// How far stated and observed probabilities agree, on evaluation rows.
    #[serde(default)]
    pub calibration: Calibration,
    /// How often each class was predicted for rows of each class, on evaluation rows.
    /// Classification only.
    #[serde(default)]
    pub confusion: Option<ConfusionMatrix>,
    /// Where the model is least certain, most uncertain first.
    #[serde(default)]
    pub uncertain_regions: Vec<Region>,
    /// Warnings and remarks for the reader, one sentence or more each.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What was modelled, and with what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Name of the target column.
    pub target: String,
    /// Unit of the target, if one is known.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether the target is a number or a class.
    pub task: Task,
    /// Whether small or large targets are wanted, if that was said.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// Whether the model was fitted on the natural logarithm of the target.
    #[serde(default)]
    pub log_target: bool,
    /// Name of the learner in the registry.
    pub learner: String,
    /// Number of ensemble members.
    pub members: usize,
    /// The seed the model was trained with.
    pub seed: u64,
    /// The coverage the prediction intervals are meant to have, 0 to 1.
    #[serde(default)]
    pub coverage_level: Option<f64>,
    /// How many rows the model file holds, by what they are used for.
    pub rows: RowCounts,
    /// Version of altool that made the report.
    pub version: String,
    /// The column by which rows belong together, if one was named: predictions are judged
    /// on groups from which nothing was learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The features, in the order of the schema.
    #[serde(default)]
    pub features: Vec<FeatureNote>,
}

/// Rows of a model file, by what they are used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows the model was fitted on.
    pub training: usize,
    /// Rows set aside to calibrate the intervals.
    pub calibration: usize,
    /// Rows set aside to measure the metrics.
    pub evaluation: usize,
    /// Rows whose measurement failed.
    pub failed: usize,
}

/// A feature of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureNote {
    /// Name of the column.
    pub name: String,
    /// Its kind in words, such as `numeric` or `categorical, 7 levels`.
    pub kind: String,
    /// Its share of the importance of all features, 0 to 1, where known.
    #[serde(default)]
    pub importance: Option<f64>,
}

/// An evaluation row with its measurement and prediction, in the target's unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The measured target; JSON has no NaN, so it is null there.
    #[serde(deserialize_with = "number_or_nan")]
    pub measured: f64,
    /// The predicted target; JSON has no NaN, so it is null there.
    #[serde(deserialize_with = "number_or_nan")]
    pub predicted: f64,
    /// Lower end of the interval; absent or infinite where there is no bound.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of the interval; absent or infinite where there is no bound.
    #[serde(default)]
    pub high: Option<f64>,
}

/// Stated against observed probabilities on evaluation rows.
///
/// Regression: `nominal` is the coverage an interval states, `observed` the
/// share of measurements inside. Classification: `nominal` is the mean
/// predicted probability of the rows in a bin, `observed` the share of them
/// that were right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The curve, by rising `nominal`.
    pub points: Vec<CalibrationPoint>,
    /// Evaluation rows behind the curve.
    pub rows: usize,
}

/// One point of a calibration curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// The probability stated, 0 to 1.
    #[serde(deserialize_with = "number_or_nan")]
    pub nominal: f64,
    /// The share observed, 0 to 1.
    #[serde(deserialize_with = "number_or_nan")]
    pub observed: f64,
    /// Rows in this bin; absent where every point uses all rows.
    #[serde(default)]
    pub rows: Option<usize>,
}

/// How often each class was predicted for rows of each class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    /// The classes, in the order of rows and columns.
    pub classes: Vec<String>,
    /// `[measured][predicted]`: rows of one class for which the other was predicted.
    pub rows: Vec<Vec<usize>>,
}

/// A part of the space in which the model is uncertain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Which rows, such as `hardware = MI300X`.
    pub description: String,
    /// How many rows the figures are means of.
    pub rows: usize,
    /// Mean uncertainty of the rows, on the fitted scale of the target (for
    /// classes in nats).
    #[serde(deserialize_with = "number_or_nan")]
    pub mean_uncertainty: f64,
    /// `mean_uncertainty` over the mean of all rows; 1 is average.
    #[serde(deserialize_with = "number_or_nan")]
    pub relative: f64,
}

/// Why a report could not be written out.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A plot could not be drawn.
    #[error("cannot draw the plot '{plot}': {cause}")]
    Plot {
        /// Which plot.
        plot: &'static str,
        /// What the drawing library said.
        cause: String,
    },
    /// The page template could not be filled in.
    #[error("cannot fill in the report page: {0}")]
    Page(#[from] minijinja::Error),
    /// The report could not be written as JSON.
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<ReportError> for Fault {
    fn from(error: ReportError) -> Fault {
        Fault::failed(error.to_string())
    }
}

/// JSON writes NaN and infinities as null; reading one back gives NaN.
fn number_or_nan<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(source)?.unwrap_or(f64::NAN))
}
