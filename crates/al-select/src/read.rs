//! The candidates and the lists of rows that the user names, read and checked.

mod block;
mod buffer;
mod checks;
mod goals;
mod identity;
mod lists;
mod modelled;
mod others;
mod plain;
mod request;
mod targets;

pub use block::Offer;
pub(crate) use block::{Block, Candidates, stacked};
pub use goals::{check_direction, check_goal, check_task};
pub(crate) use identity::Identities;
pub(crate) use lists::Lists;
pub(crate) use modelled::with_model;
pub(crate) use others::others;
pub(crate) use plain::{Plain, without_model};
pub(crate) use request::Request;
pub(crate) use targets::WantedTargets;
