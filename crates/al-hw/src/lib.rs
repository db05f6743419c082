//! What can be measured and on what: configuration spaces, the grids they
//! span and samples of them; hosts, and which of them runs what and when; and
//! which hardware is the best for a workload ([`recommend`], [`calibrate`],
//! [`pareto`]).
//!
//! This crate reads no file: a space comes as text and goes as tables. It
//! carries a space's validity rules, which are SQL, but does not evaluate
//! them; that is done where tables are filtered.
//!
//! ```
//! let space = al_hw::ConfigSpace::parse(
//!     r#"
//!     rules = ["NOT (hardware = 'webgpu' AND batch_size > 8)"]
//!     [values]
//!     hardware = ["cuda", "webgpu"]
//!     batch_size = { from = 1, to = 16, factor = 2 }
//!     "#,
//! )?;
//! assert_eq!(space.size(), Some(10));
//! let table = space.rows(4..6);
//! assert_eq!(table.column("hardware").unwrap().text(0).as_deref(), Some("cuda"));
//! assert_eq!(table.column("batch_size").unwrap().text(0).as_deref(), Some("16"));
//! assert_eq!(table.column("hardware").unwrap().text(1).as_deref(), Some("webgpu"));
//! # Ok::<(), al_hw::SpaceError>(())
//! ```

mod arrange;
pub mod calibrate;
mod condition;
mod domain;
mod draw;
mod entries;
mod hosts;
mod hosts_file;
mod invalid;
pub mod pareto;
mod plan;
mod points;
mod range;
pub mod recommend;
mod sample;
mod space;
mod space_column;
mod space_error;
mod space_file;
mod time;
mod tree;
mod value;

pub use condition::{Choice, ColumnCondition};
pub use domain::{Domain, ValueRange};
pub use draw::Draws;
pub use hosts::{Host, HostFault, Hosts, Reservation, TextPlace};
pub use hosts_file::{HostsError, parse_availability};
pub use invalid::{InvalidColumn, InvalidValues};
pub use plan::{Board, EXACT, Gap, Job, JobPlan, JobRun, Nanoseconds, nanoseconds, seconds_of};
pub use points::{PointCells, Points};
pub use recommend::{DRAWS, Joint, Normals, Standing};
pub use sample::{Method, Sample, UnknownMethod};
pub use space::ConfigSpace;
pub use space_column::SpaceColumn;
pub use space_error::{Problem, SpaceError};
pub use time::{TimeUnit, apart, in_words};
pub use value::Value;
