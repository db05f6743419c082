//! End-to-end tests: the binary as its users meet it, one module per subject.
//!
//! One program holds them all, so that they are linked once and run side by
//! side. `tests/README.md` says how to run them.

mod common;

#[cfg(unix)]
mod crash;
mod errors;
mod failures;
mod files;
mod formats;
mod grid;
mod hazards;
mod hosts;
mod limits;
mod mangled;
#[cfg(unix)]
mod readme;
mod recommend;
mod reference;
mod simulate;
mod transfer;
mod turns;
