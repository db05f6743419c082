//! The labelling service over HTTP: the only crate that listens.
//!
//! [`serve`] answers the addresses that `/openapi.json` describes, and runs the jobs of the
//! service. What it does is done by `al-label`; here are addresses, tokens, problems
//! (RFC 9457), limits, logs and metrics. [`run_jobs`] runs jobs for those who have no
//! server.

mod app;
mod desk;
mod extract;
mod metrics;
mod operations;
mod pages;
mod problem;
mod routes;
mod serve;
mod state;
mod uploads;
mod worker;

pub use desk::{Desk, DeskRequest, encoded};
pub use serve::{AccessLogFormat, ServeOptions, begin_log, check_listen, serve};
pub use worker::run_jobs;

pub use al_label as label;

/// The description of the API as JSON (OpenAPI 3.1).
///
/// # Panics
///
/// If the description is no JSON: a bug of this crate.
#[must_use]
pub fn description() -> String {
    let (_, description) = routes::all().split_for_parts();
    let description = operations::named(description);
    serde_json::to_string_pretty(&description).expect("a description is JSON")
}
