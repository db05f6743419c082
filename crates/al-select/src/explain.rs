//! What a batch is about, whether it is worth it, and why each row.

mod explanation;
mod reasons;
mod regions;
mod targets;
mod together;
mod worth;

pub(crate) use explanation::ExplanationInput;
pub use explanation::{ExplainedPick, Explanation, ExplanationMap};
pub(crate) use reasons::Telling;
pub use regions::BatchRegion;
pub(crate) use targets::OtherTarget;
pub use targets::{ExplainedTarget, MeasuredTradeOff, PickedTarget};
pub(crate) use together::{JointStanding, add_targets};
pub use worth::{BatchGain, REFERENCE};
pub(crate) use worth::{NO_CANDIDATES, Outlook, why_empty};
