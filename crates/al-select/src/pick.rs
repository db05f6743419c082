//! Which rows: the query that strategies see, and their choice within the limits.

mod anchors;
mod assemble;
mod choice;
mod draws;
mod joint;
mod targets;

pub use anchors::Anchors;
pub use assemble::Assembly;
pub(crate) use choice::pick;
pub(crate) use joint::JointTargets;
pub(crate) use targets::{MeasuredFront, TargetRows};
