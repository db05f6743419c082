//! What a batch must keep: limits, hosts, availability; and which measured rows
//! are worth measuring again.

mod availability;
mod fleet;
mod limits;
mod repeats;

pub(crate) use availability::check_availability;
pub(crate) use fleet::{Fleet, PlannedBatch};
pub use fleet::{HostPlan, HostRuns};
pub(crate) use limits::{limits, placed, shortcomings, unavailable};
pub(crate) use repeats::{Repeat, remark, worthwhile};
