//! The loop as a library: train, score, select, update, report, and the model
//! file that holds a campaign.
//!
//! This crate joins the others: it is the only one that knows tables, models
//! and strategies at once. It asks no clock and no environment; what the time
//! is, whoever wants it recorded says.

mod archive;
mod campaign;
mod choose;
mod describe;
mod distances;
mod error;
mod metrics;
mod options;
pub mod report;
mod results;
mod score;
mod train;
mod update;

pub use campaign::{Campaign, FORMAT, Ingested, OLDEST_FORMAT};
pub use choose::{Batch, SelectOptions, choose};
pub use error::{Error, Failure};
pub use options::{Direction, Task, TrainOptions};
pub use score::{ScoreOptions, Scored, score};
pub use train::{Source, Trained, train};
pub use update::{UpdateOptions, Updated, update_file};
