//! The loop as a library: train, score, select, update, report, and the model
//! file that holds a campaign.
//!
//! [`ActiveLearner`] has the loop in a few calls on tables in memory or files:
//! `docs/LIBRARY.md` shows it whole. The functions [`train()`], [`score()`],
//! [`choose()`], [`update_file`] and [`grid()`], on which it and the command line
//! stand, have every option.
//!
//! This crate joins the others and has little of its own. It asks no clock and
//! no environment; what the time is, whoever wants it recorded says.

mod active_learner;
mod compare;
mod describe;
mod skipped;
mod views;

pub use active_learner::{ActiveLearner, BatchOptions};
pub use compare::comparison_of;
pub use describe::report_of;
pub use skipped::{SkippedRows, skip_unreadable};
pub use views::{backtest_view, batch_view};

pub use al_advise::{
    Advice, HardwareIntegration, HardwareRecommendation, HardwareRecommender, IntegrateOptions,
    IntegrationWeights, Optimality, RecommendOptions, integrate, recommend,
};
pub use al_backtest as simulate;
pub use al_campaign::{
    Campaign, FORMAT, HeldOutValues, Ingested, OLDEST_FORMAT, Refit, TrainOptions, Trained,
    UpdateOptions, Updated, molecules, train, update_file,
};
#[cfg(feature = "chem")]
pub use al_chem as chem;
pub use al_core::fault::{
    CommandName, Fault, FaultKind, Mention, Message, Messages, Setting, Wording, setting,
};
pub use al_core::phrases::counted;
pub use al_core::{Belief, Dialect, Direction, Goal, KnownColumns, Tabular, Task, Unmeasured};
pub use al_grid::{
    Allowed, GridOptions, Gridded, generate_candidate_configurations, generate_candidates_of, grid,
    sizes,
};
pub use al_hw::{
    Choice, ColumnCondition, ConfigSpace, Domain, Host, HostFault, Hosts, HostsError, Method,
    Reservation, Sample, SpaceColumn, SpaceError, TimeUnit, Value, ValueRange, parse_availability,
};
pub use al_models::{
    AskedOptions, LEARNER_SYMBOLS, LEARNERS, Labels, LearnerEntry, LearnerOption, LearnerOptions,
    Recipe,
};
pub use al_report as report;
pub use al_sampling::{
    DEFAULT as DEFAULT_STRATEGY, DEFAULT_FOR_BEST, DEFAULT_FOR_FRONT, DEFAULT_WITHOUT_MODEL,
    OptionValue, STRATEGIES, STRATEGY_SYMBOLS, StrategyEntry, StrategyOptions,
};
pub use al_select::{
    Availability, Batch, BatchRegion, Capacity, ExplainedPick, Explanation, ExplanationMap, Gain,
    HighValueOptions, HostPlan, HostRuns, OutcomeLimit, PriorityOptions, RankedTests, ScoreOptions,
    Scored, SelectOptions, Space as EmbeddingSpace, UncertaintyWeights, applicability_distances,
    choose, choose_first, choose_together, score,
};
pub use al_tables::{
    Format, Frame, Input, NewColumn, NewData, ReadOptions, Sink, TableError, TableSource, Target,
    Writer, abandon_writes, files_of, quiet_panics, read_text, write_atomic,
};

/// The examples of the page, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/LIBRARY.md")]
struct LibraryPage;
