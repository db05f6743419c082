//! Backtests: a measured table replayed as if it were not, to see which
//! strategy would have learned it with the fewest labels.
//!
//! In every repeat a share of the rows is set aside to test on, and a few of
//! the others, the same for all strategies, are what is known at first. Then,
//! round after round, a fresh ensemble is fitted on what is known, tested, and
//! asked through a strategy for the next batch, whose outcomes are looked up in
//! the table: targets, costs and failures. What rows cost and whether they work
//! weighs on the choice as far as the measured rows tell it, but for `random`,
//! which knows nothing. Repeats are paired: strategies of one repeat start from the same
//! rows and their one model, are tested on the same rows, and differ in their picks only.
//!
//! Where the best row is the goal, no row is set aside and no model tested: what counts is
//! how far the best measured row is from the best of the table.

mod belief;
mod curve;
mod options;
mod replay;
mod search;
mod simulation;
mod verdict;
mod world;

pub use curve::{Point, Run, Within};
pub use options::{FittedSizes, RANDOM, SimulateOptions};
pub use search::{Reached, SearchVerdict, TopFound};
pub use simulation::{Simulation, simulate};
pub use verdict::Verdict;
