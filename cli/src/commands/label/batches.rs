//! Arguments of the verbs that are about whole batches.

use std::path::PathBuf;

use clap::Args;

use crate::args::files::SummaryArgs;
use crate::args::store::DeskArgs;
use crate::help;

/// Take in the results of a whole batch
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label results solubility fixtures/esol/results.csv --preview --data labels
altool label results solubility fixtures/esol/results.csv --data labels"))]
pub(crate) struct ResultsArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Table: CSV, TSV, JSON lines, Parquet, Arrow or SDF
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what would match, and submit nothing
    #[arg(long)]
    pub(crate) preview: bool,
    /// Column of the labels [default: the target of the model, or label]
    #[arg(long, value_name = "COL")]
    pub(crate) label: Option<String>,
    /// Column that names the items, by id or name [default: the one that is called so]
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
    /// Column of structures, as SMILES [default: the one that is called so]
    #[arg(long, value_name = "COL")]
    pub(crate) smiles: Option<String>,
    /// Unit of all labels, where no column unit says it
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Where the labels come from
    #[arg(long, value_name = "SOURCE", value_parser = ["experimental", "literature", "expert_estimate"])]
    pub(crate) source: Option<String>,
    /// How sure they are
    #[arg(long, value_name = "LEVEL", value_parser = ["high", "medium", "low"])]
    pub(crate) confidence: Option<String>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Retrain a model on the labels that it has not learned from
#[derive(Debug, Args)]
#[command(
    before_help = help::examples("\
altool label retrain solubility --data labels
altool label retrain CYCLE --min-new-labels 25 --data labels"),
    after_help = "\
On a database the training runs here and now. Against a server its workers run it: --wait waits for
the end."
)]
pub(crate) struct RetrainArgs {
    /// Cycle, or the model whose open cycle is meant
    #[arg(value_name = "CYCLE")]
    pub(crate) cycle: String,
    /// Fewest new labels to retrain for
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) min_new_labels: u32,
    /// Wait for the end, against a server
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// List cycles with what each gained
#[derive(Debug, Args)]
#[command(before_help = help::examples("altool label cycles solubility --data labels"))]
pub(crate) struct CyclesArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// List jobs, or run those that wait
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label jobs --data labels
altool label jobs --run --data labels"))]
pub(crate) struct JobsArgs {
    /// Run jobs that wait, on a database
    #[arg(long, conflicts_with_all = ["cancel", "retry"])]
    pub(crate) run: bool,
    /// Cancel this job
    #[arg(long, value_name = "JOB", conflicts_with = "retry")]
    pub(crate) cancel: Option<String>,
    /// Begin this job again
    #[arg(long, value_name = "JOB")]
    pub(crate) retry: Option<String>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Write the items of a cycle that are to be measured
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label order CYCLE -o order.csv --data labels
altool label order CYCLE -o order.sdf --data labels"))]
pub(crate) struct OrderArgs {
    /// Cycle, or the model whose open cycle is meant
    #[arg(value_name = "CYCLE")]
    pub(crate) cycle: String,
    /// File: .csv, .parquet, .jsonl or .sdf
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
}

/// Write all labels of a model as a table
#[derive(Debug, Args)]
#[command(before_help = help::examples("altool label export solubility -o labels.parquet --data labels"))]
pub(crate) struct ExportArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// File: .csv, .parquet or .jsonl
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
}

/// Show how the labelling of a model stands
#[derive(Debug, Args)]
#[command(before_help = help::examples("altool label stats solubility --data labels"))]
pub(crate) struct StatsArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}
