//! The command line, as typed: what all commands share.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::{columns, commands};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "altool",
    version,
    about = "Choose which benchmark to run next: train on what is measured, rank what is not",
    after_help = "Examples:
  altool demo                                                  the whole loop on a small real table
  altool train results.csv --target latency_ms -o model.altool
  altool select candidates.csv --model model.altool -n 10 -o batch.csv
  altool update new.csv --model model.altool
  altool report model.altool --html report.html

Options may stand in altool.toml too: global ones at its top, those of a command under its name,
as in [train] target = \"latency_ms\". The command line wins.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad data, 4 nothing left to choose,
5 a model of a newer format or a file in use.",
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The tree of commands and options, with its help.
pub(crate) fn command() -> clap::Command {
    columns::told(Cli::command())
}

/// Options of all commands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// No progress, notes or warnings; errors are still told
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Seed of what is random in train and select; the same seed gives the same bytes [default: 0;
    /// with a model, the model's]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads to compute with, besides those that read and write files; results do not depend on
    /// it [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = crate::options::threads)]
    pub(crate) threads: Option<usize>,
    /// File with options [default: altool.toml in the working directory, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Tell on standard error how long each stage took
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// How notes, warnings, errors and timings are written on standard error; json is one object
    /// per line, timings included
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) log_format: LogFormat,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Sentences
    #[default]
    Text,
    /// A JSON object per line
    Json,
}

/// A command with its options.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(commands::demo::Demo),
    Grid(commands::grid::Grid),
    Train(Box<commands::train::Train>),
    Score(commands::score::Score),
    Select(Box<commands::select::Select>),
    Recommend(Box<commands::recommend::Recommend>),
    Update(commands::update::Update),
    Report(commands::report::Report),
    Inspect(commands::inspect::Inspect),
    Simulate(Box<commands::simulate::Simulate>),
    Strategies(commands::strategies::Strategies),
    Learners(commands::learners::Learners),
    Completions(commands::completions::Completions),
    Man(commands::man::Man),
    Reference(commands::reference::Reference),
}

/// A row filter.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filter {
    /// Read only rows for which this SQL expression over the columns is true, such as
    /// "hardware = 'cuda' AND batch_size <= 8"
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) filter: Option<String>,
}

/// Where a table goes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TableOutput {
    /// Write to this file, replaced as a whole: .csv, .tsv, .parquet, .arrow or .jsonl [default:
    /// standard output, a table on a terminal and CSV in a pipe]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the output, whatever the file is called
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<TableFormat>,
}

/// Formats of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// Columns for the eye, numbers shortened (standard output only)
    Table,
    /// Comma-separated values with a header line
    Csv,
    /// Tab-separated values with a header line
    Tsv,
    /// Apache Parquet
    Parquet,
    /// Arrow IPC
    Arrow,
    /// One JSON object per line
    Jsonl,
}

/// How a summary is written.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SummaryFormat {
    /// How the result is written on standard output [default: table on a terminal, csv in a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// Formats of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// Columns for the eye
    Table,
    /// One JSON value
    Json,
    /// Comma-separated values with a header line
    Csv,
}
