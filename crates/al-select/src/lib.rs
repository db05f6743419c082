//! Choosing what to measure next: candidates are read, weighed, constrained,
//! picked and explained; and scored one by one.
//!
//! [`choose()`] is the path of a batch from top to bottom. What is believed of
//! candidates comes in as an [`al_core::Tabular`]: this crate knows neither
//! models nor campaigns.
//!
//! | room | what happens there |
//! |---|---|
//! | `options` | what a caller can say |
//! | `score` | what is believed of each candidate, and what it would teach |
//! | `weigh` | costs, times, availability, feasibility: one weight per candidate |
//! | `read` | candidates and lists become keys, matrices and posteriors |
//! | `constrain` | limits, hosts, availability, repeats |
//! | `pick` | one assembly of the query, and the strategy's choice |
//! | `explain` | what the batch is about, what it may bring, and why each row |
//! | `batch` | the batch as a table |
//! | `rank` | candidates ranked one by one, without a strategy |

mod batch;
mod choose;
mod constrain;
mod explain;
mod options;
mod output_columns;
mod pick;
mod rank;
mod read;
mod score;
mod space;
mod weigh;

pub use batch::Batch;
pub use choose::{choose, choose_first, choose_together};
pub use constrain::{HostPlan, HostRuns};
pub use explain::{
    BatchGain, BatchRegion, ExplainedPick, ExplainedTarget, Explanation, ExplanationMap,
    MeasuredTradeOff, PickedTarget, REFERENCE,
};
pub use options::{
    Availability, Capacity, LEAST_FEASIBLE, OutcomeBound, OutcomeLimit, SelectOptions,
};
pub use output_columns::{is_of, new_column, new_columns};
pub use pick::{Anchors, Assembly};
pub use rank::{HighValueOptions, PriorityOptions, RankedTests, identify_high_value, prioritize};
pub use read::{Offer, check_direction, check_goal, check_task};
pub use score::{
    Gain, Informant, Information, ReferenceRows, ScoreOptions, Scored, UncertaintyWeights, Unseen,
    Wanted, applicability_distances, noise, sampled, score, taken_name, uncertainties,
};
pub use space::Space;
pub use weigh::Factors;
