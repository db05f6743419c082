//! Which rows to measure next: the strategies, their registry, and the one
//! loop that asks a strategy for a batch.
//!
//! A strategy sees a [`Pool`]: numbers about the candidates (scores, features,
//! points) and about the rows that are measured or being measured. It knows no
//! model, no table and no file. This crate reads no clock, no environment and
//! no global random generator, and prints nothing.
//!
//! ```
//! use al_core::{Key, Seed};
//! use al_sampling::{SelectionLimits, Query, registry, select};
//! use ndarray::array;
//!
//! let keys: Vec<Key> = ["a", "b", "c"].map(Key::of_id).to_vec();
//! let points = array![[0.0_f32], [1.0], [9.0]];
//! // No model and nothing measured: nothing else is known.
//! let query = Query {
//!     points: points.view(),
//!     anchor_points: points.slice(ndarray::s![..0, ..]),
//!     ..Query::new(&keys)
//! };
//! let strategy = registry::find("space-filling")?.with_defaults();
//! let batch = select(strategy.as_ref(), &query, &SelectionLimits::first(2), Seed(0))?;
//! let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
//! // The row nearest the mean, 10/3; then the one farthest from it.
//! assert_eq!(rows, [1, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cart;
mod check;
mod clusters;
mod conditional;
mod cover;
mod dominance;
mod entry;
mod gaussian;
mod kernel;
pub mod limits;
pub mod options;
mod query;
pub mod registry;
mod select;
mod select_error;
mod shares;
pub mod strategies;
mod strategy;
mod unit_scale;

pub use cover::nearest_centres;
pub use entry::{STRATEGY_SYMBOLS, StrategyDoc, StrategyEntry, StrategyOption, UnknownStrategy};
pub use limits::{Budget, Collision, Groups, Limit, Quota, QuotaBound, SelectionLimits, Shortfall};
pub use options::{OptionError, OptionRange, OptionValue, StrategyOptions};
pub use query::{HARDLY_WANTED, Pool, Query};
pub use registry::{
    DEFAULT, DEFAULT_FOR_BEST, DEFAULT_FOR_FRONT, DEFAULT_WITHOUT_MODEL, STRATEGIES,
};
pub use select::{Pick, Selection, rescored, select};
pub use select_error::SelectError;
pub use strategy::{Greedy, Needs, Strategy};
