//! The labelling service without HTTP: what can be labelled, who labels it, and the models
//! that learn from it.
//!
//! [`Service`] is called by a server and by a command line alike. It knows the rules:
//! who may do what ([`Actor`]), what chooses ([`Service::select`]), how claims, judgements
//! and undoing go ([`Service::next`], [`Service::label`], [`Service::undo`]), how several
//! judgements become a label ([`resolution`]) and how far people agree ([`agreement`]), and
//! how a model learns from labels ([`Service::retrain`]). What it keeps is in `al-store`;
//! what depends on the hour is given it.

mod actor;
pub mod agreement;
mod assess;
mod choosing;
mod claims;
mod demo;
mod error;
mod export;
mod fitting;
mod frames;
mod items;
mod jobs;
mod judging;
mod labels;
mod log;
mod models;
mod quality;
pub mod resolution;
mod results;
mod results_table;
mod retrain;
mod schedules;
mod sdf;
mod select;
mod service;
mod settings;
mod stats;
mod strategies;
mod training;
mod undo;
pub mod units;

pub use al_pipeline::{Format as TableFormat, TableSource};
/// The database of the service.
pub use al_store as store;

pub use actor::{
    Actor, Scope, TokenWish, add_token, add_user, first_admin, local, revoke_token, set_disabled,
    sign_in,
};
pub use choosing::SelectedItem;
pub use claims::{HeldItem, LEASE, LONGEST_LEASE};
pub use demo::{DEMO_MODEL, demo};
pub use error::{LabelError, LabelRefusal, RefusalKind};
pub use fitting::{LONGEST_TEXT, Submission};
pub use items::{GivenItem, ImportOptions, Imported, MOST_ITEMS, UnreadableItem};
pub use jobs::is_fenced;
pub use judging::Once;
pub use labels::ASSIGNED;
pub use models::settings_of;
pub use results::{ResultRow, ResultsReport};
pub use results_table::ResultsOptions;
pub use retrain::{MIN_NEW_LABELS, RETRAIN};
pub use schedules::{ScheduleWish, next_after};
pub use sdf::table_source;
pub use select::{ItemPool, LabelSelection, MOST_BATCH, MOST_JUDGEMENTS, SelectWish};
pub use service::{PassingHook, Service};
pub use settings::{LabelDirection, LabelKind, ModelSettings};
pub use stats::{Agreement, CycleLabels, LabelStats, NamedKappa, VersionMetrics};
pub use strategies::{Chooser, HybridWeights, strategies};
pub use undo::{BulkAction, BulkDone, Undone};
