//! What the words mean: rows and their identity, tables in memory, schema and
//! encoding, the posterior that every strategy reads, the measures of
//! uncertainty on it, the normal distribution, distances, the metrics of a
//! report, faults with their remedies, and phrases that messages have in common.
//!
//! This crate knows no file, no model and no strategy. It reads no clock, no
//! environment and no global random generator, and prints nothing.

pub mod belief;
pub mod bootstrap;
mod dialect;
mod digits;
pub mod durations;
pub mod encoder;
pub mod error;
pub mod fault;
pub mod gain;
pub mod information;
pub mod key;
pub mod knowledge;
mod known;
pub mod metrics;
mod nearest;
pub mod neighbours;
pub mod normal;
pub mod notation;
pub mod observed;
pub mod phrases;
pub mod plane;
pub mod posterior;
pub mod progress;
pub mod ranges;
pub mod scale;
pub mod schema;
pub mod seed;
pub mod spelling;
pub mod stop;
pub mod structure;
pub mod table;
pub mod tanimoto;
pub mod task;
pub mod twins;
pub mod uncertainty;
mod unmeasured;
pub mod workers;

pub use belief::{Belief, Borrowing, ColumnRoles, ExpectedChange, RowPredictor, Tabular};
pub use bootstrap::MeanInterval;
pub use dialect::Dialect;
pub use encoder::{Encoder, Matrix, MatrixColumn};
pub use error::DataError;
pub use fault::{Fault, FaultKind, Message, Messages, Setting, setting};
pub use key::{Key, KeyBuilder};
pub use known::KnownColumns;
pub use nearest::{did_you_mean, meant, nearest};
pub use observed::{Observed, ObservedColumns, Role};
pub use posterior::{OutOfBag, Posterior, RowPredictions};
pub use progress::{Progress, Silent};
pub use ranges::{FeatureRange, FeatureRanges};
pub use scale::TargetScale;
pub use schema::{ColumnChoice, Feature, Kind, Schema};
pub use seed::Seed;
pub use structure::{Structure, StructureKind, StructureOptions, StructureReader};
pub use table::{Column, ColumnData, Numbers, Table, TextKind, Texts};
pub use task::{Direction, Goal, Task};
pub use unmeasured::Unmeasured;
