//! The vocabulary of the product: what the columns are that altool writes, what
//! the metrics of a report are, and how numbers stand in text.
//!
//! Each column and each metric is declared once. The names in tables, the help,
//! the tables of `docs/`, and which columns a training leaves alone follow from
//! the declaration. This crate computes nothing; it knows no file, no model and
//! no strategy.

pub mod class_figures;
pub mod columns;
pub mod metrics;
pub mod numbers;
pub mod rounds;
pub mod units;

pub use metrics::Metrics;
pub use rounds::{Round, RoundKind};
