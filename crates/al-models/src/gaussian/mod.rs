//! Gaussian processes (Rasmussen & Williams 2006): exact, with learned
//! hyperparameters, leave-one-out in closed form, and joint draws that cost the
//! same per row however many rows there are.
//!
//! From the bottom up: [`cholesky`] solves, [`points`] are rows as kernels see
//! them, [`kernel`] compares two points, [`evidence`] is how well
//! hyperparameters explain the measurements, [`descent`] and [`search`] find the best ones,
//! [`features`] draw functions from the prior, [`left_out`] tells what the other rows
//! say of one, [`process`] is the fitted process, [`classes`] makes probabilities of some,
//! and [`saved`] is a process as bytes.

pub(crate) mod cholesky;
pub(crate) mod classes;
mod descent;
mod draws;
mod evidence;
mod features;
pub(crate) mod folded;
mod kernel;
mod left_out;
pub(crate) mod points;
pub(crate) mod process;
mod quick;
mod saved;
pub(crate) mod search;
