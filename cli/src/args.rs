//! The command line, as typed: groups of options that commands have, a heading
//! each. Each command checks its own and turns them into what the library takes.

pub(crate) mod batch;
pub(crate) mod files;
pub(crate) mod global;
pub(crate) mod hosts;
pub(crate) mod names;
pub(crate) mod training;
pub(crate) mod values;
