//! End-to-end tests: the binary as its users meet it, one module per subject.
//!
//! One program holds them all, so that they are linked once and run side by
//! side. `tests/README.md` says how to run them.

mod common;
#[path = "../scale.rs"]
mod scale;

mod browser;
#[cfg(unix)]
mod documents;
mod errors;
#[cfg(unix)]
mod examples;
mod failures;
mod files;
mod formats;
mod grid;
mod groups;
mod hazards;
mod hints;
mod honest;
mod hosts;
mod inspect;
#[cfg(all(unix, feature = "server"))]
mod labelling;
mod limits;
mod molecule_faults;
mod molecules;
mod real_files;
mod real_results;
mod recommend;
mod reference;
mod refits;
mod reports;
mod rounded;
mod schemas;
mod search;
mod several;
mod simulate;
mod soak;
mod spellings;
mod stack;
#[cfg(unix)]
mod terminal;
mod transfer;
mod tree;
mod turns;
mod wording;
