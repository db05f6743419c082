//! The service on both databases: what people and workers do at once and one after the
//! other. PostgreSQL takes part where `ALTOOL_POSTGRES` has the address of one in which
//! databases may be made.

mod common;
mod judging;
mod results;
mod retraining;
mod scheduling;
mod selecting;
