//! What makes a candidate more or less wanted than what it would teach.

mod factors;
mod hardware;
mod spend;
mod timing;
mod weigher;

pub use factors::Factors;
pub(crate) use hardware::{hardware_column, hardware_values, measured_values};
pub(crate) use spend::{cooling, has_costs, left_to_spend};
pub(crate) use timing::{TimeSource, Timing};
pub(crate) use weigher::Weigher;
