//! A campaign: a model, the rows it was made from, and what happened to it, as
//! one file. Training, updates, evaluation and the history.
//!
//! To everything above it a campaign is a belief ([`al_core::Tabular`]). This
//! crate knows tables and models, and no strategy.

mod archive;
mod campaign;
mod derived;
mod groups;
mod hardware;
mod hints;
mod measured;
mod options;
mod results;
mod rows;
mod scales;
mod seen;
mod sound;
mod structures;

pub use campaign::{
    Campaign, Evaluation, FORMAT, Ingested, MetricDifference, ModelComparison, OLDEST_FORMAT,
    PredictedValue, Refit, Trained, UpdateOptions, Updated, compare, train, update_file,
};
pub use groups::{EvaluationRows, HeldOutValues};
pub use measured::{MeasuredTable, measured_table};
pub use options::TrainOptions;
pub use results::Classes;
pub use structures::molecules;
