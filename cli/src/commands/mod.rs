//! The commands, one file each.

pub(crate) mod complete;
pub(crate) mod completions;
pub(crate) mod db;
pub(crate) mod demo;
mod facts;
pub(crate) mod grid;
pub(crate) mod inspect;
pub(crate) mod label;
pub(crate) mod learners;
pub(crate) mod man;
pub(crate) mod recommend;
pub(crate) mod reference;
mod registry_entry;
pub(crate) mod report;
pub(crate) mod score;
pub(crate) mod select;
pub(crate) mod serve;
#[cfg(feature = "server")]
pub(crate) mod service;
pub(crate) mod simulate;
pub(crate) mod strategies;
pub(crate) mod train;
pub(crate) mod update;
pub(crate) mod user;

use std::path::Path;

use al_pipeline::Campaign;

use crate::log::Log;
use crate::progress::Reporter;

/// What every command is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandContext {
    pub(crate) log: Log,
    pub(crate) seed: Option<u64>,
}

impl CommandContext {
    fn progress(&self) -> Reporter {
        Reporter::new(self.log)
    }
}

/// Reads a model file.
fn load(path: &Path, progress: &Reporter) -> anyhow::Result<Campaign> {
    use al_core::Progress as _;
    progress.stage("reading the model", 0);
    Ok(Campaign::load(path)?)
}
