//! The loop as a library: train, score, select, update, report, and the model
//! file that holds a campaign.
//!
//! [`ActiveLearner`] has the loop in a few calls on tables in memory or files:
//! `docs/LIBRARY.md` shows it whole. The functions [`train()`], [`score()`],
//! [`choose()`], [`update_file`] and [`grid()`], on which it and the command line
//! stand, have every option.
//!
//! This crate joins the others: it is the only one that knows tables, models
//! and strategies at once. It asks no clock and no environment; what the time
//! is, whoever wants it recorded says.

mod active_learner;
mod archive;
mod belief;
mod borrowers;
mod campaign;
mod choose;
mod derived;
mod describe;
mod distances;
#[cfg(test)]
mod fault_tests;
mod gain;
mod grid;
mod measures;
mod metrics;
mod options;
mod output_columns;
mod recommend;
pub mod report;
mod results;
mod rows;
mod scales;
mod score;
pub mod simulate;
mod sink;
mod sound;
mod source;
mod space;
mod stop;
mod train;
mod unreadable;
mod update;

use al_core::phrases;
pub use al_core::phrases::counted;

pub use active_learner::{
    ActiveLearner, BatchOptions, HighValueOptions, PriorityOptions, RankedTests,
    generate_candidate_configurations, generate_candidates_of,
};
pub use al_core::{Belief, Direction, Tabular, Task, Unmeasured};
pub use campaign::{Campaign, FORMAT, Ingested, OLDEST_FORMAT};
pub use choose::{
    Availability, Batch, BatchRegion, Capacity, ExplainedPick, Explanation, HostPlan, HostRuns,
    Map, SelectOptions, choose, choose_first,
};
pub use gain::Gain;
pub use grid::{Allowed, GridOptions, Gridded, grid, sizes};
pub use measures::UncertaintyWeights;
pub use options::TrainOptions;
pub use recommend::{
    Advice, HardwareIntegration, HardwareRecommendation, HardwareRecommender, IntegrateOptions,
    IntegrationWeights, Optimality, RecommendOptions, integrate, recommend,
};
pub use score::{ScoreOptions, Scored, score};
pub use sink::Sink;
pub use source::Source;
pub use space::Space as EmbeddingSpace;
pub use train::{Trained, train};
pub use update::{UpdateOptions, Updated, update_file};

// The words of the crates below that a face of this one needs: its users
// depend on no other crate than this and al-core.
pub use al_core::fault::{
    CommandName, Fault, FaultKind, Mention, Message, Messages, Setting, Wording, setting,
};
pub use al_hw::{
    Choice, Condition, Domain, Host, HostFault, Hosts, HostsError, Interval, Method, Reservation,
    Sample, Space, SpaceColumn, SpaceError, TimeUnit, Value, parse_availability,
};
pub use al_models::{LEARNERS, LearnerOptions, Recipe};
pub use al_sampling::{
    DEFAULT as DEFAULT_STRATEGY, DEFAULT_WITHOUT_MODEL, OptionValue, Options, STRATEGIES,
};
pub use al_tables::{
    Format, Frame, Input, NewColumn, NewData, ReadOptions, TableError, Target, Writer,
    abandon_writes, quiet_panics, write_atomic,
};

/// The examples of the page, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/LIBRARY.md")]
struct LibraryPage;
