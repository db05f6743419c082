//! The candidates and the lists of rows that the user names, read and checked.

mod block;
mod buffer;
mod checks;
mod identity;
mod lists;
mod modelled;
mod plain;
mod request;

pub use block::Offer;
pub(crate) use block::{Block, Candidates, stacked};
pub(crate) use identity::Identities;
pub(crate) use lists::Lists;
pub(crate) use modelled::with_model;
pub(crate) use plain::{Plain, without_model};
pub(crate) use request::Request;
pub use request::{check_direction, check_goal, check_task};
