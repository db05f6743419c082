//! Rows of the labelling service in SQLite or PostgreSQL.
//!
//! The only crate that speaks SQL. It knows rows, transactions, leases and fences, and
//! nothing of models, molecules or HTTP. [`Store`] opens a database and brings its
//! tables up to date; a [`Tx`] is a transaction, on which all functions of this crate
//! work. One text of each statement serves both databases but where one says otherwise;
//! a test prepares all of them on each.
//!
//! Functions that depend on the hour are given a [`Moment`]; [`Moment::now`] asks the
//! clock for those who may.

mod annotations;
mod artefacts;
mod backup;
mod clock;
mod cycles;
mod error;
mod events;
mod idempotency;
mod ids;
mod items;
mod jobs;
mod kinds;
mod migrations;
mod queue;
mod registry;
mod schedules;
mod statement;
mod store;
mod users;

pub use annotations::{Annotation, NewAnnotation};
pub use backup::{DatabaseCheck, backup, check, restore};
pub use clock::Moment;
pub use cycles::{Cycle, CycleEnd, NewCycle};
pub use error::StoreError;
pub use events::{Event, NewEvent};
pub use idempotency::RememberedRequest;
pub use ids::{digest_of, new_id, secret};
pub use items::{Dataset, Item, NewItem};
pub use jobs::{ClaimedJob, JobRecord, NewJob};
pub use kinds::{
    CatchUp, CycleStatus, JobState, LabelConfidence, LabelSource, ModelState, Qualifier,
    QueueStatus, ResolutionRule, UserRole, ValidationKind,
};
pub use queue::{
    Claim, LabelValue, NewQueueItem, QueueBatch, QueueCounts, QueueFilter, QueueItem, QueuePlace,
    Rescored, ResolvedLabel,
};
pub use registry::{ModelRecord, NewModel};
pub use schedules::{NewSchedule, Schedule};
pub use store::{Page, Place, Store, Tx};
pub use users::{NewToken, TokenRecord, User};

#[cfg(test)]
mod tests;
