//! Options of all commands.

use std::path::PathBuf;

use clap::{Args, ColorChoice, ValueEnum};

use super::values;
use crate::help;
use crate::log::Log;

/// Options of all commands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = help::GLOBAL)]
pub(crate) struct GlobalArgs {
    /// Print errors only: no progress, notes or warnings
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Seed of everything random, 0 or more; the same seed gives the same bytes [default: 0, or
    /// the seed of the model]
    #[arg(long, global = true, value_name = "N", value_parser = values::seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Threads to compute with, 1 to 1024, beside those that read and write files; results do not
    /// depend on it [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = values::threads)]
    pub(crate) threads: Option<usize>,
    /// Read options from this TOML file [default: altool.toml in the working directory, if there
    /// is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print to standard error how long each stage took, in seconds
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Format of notes, warnings, errors and timings on standard error
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) log_format: LogFormat,
    /// When help and usage errors are in colour: auto is on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub(crate) color: ColorChoice,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Sentences
    #[default]
    Text,
    /// One JSON object per line, timings included
    Json,
}

impl GlobalArgs {
    /// How much is said on standard error, and how.
    pub(crate) fn log(&self) -> Log {
        match self.log_format {
            LogFormat::Text => Log::text(self.quiet, self.verbose),
            LogFormat::Json => Log::json(self.quiet),
        }
    }
}
