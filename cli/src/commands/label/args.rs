//! The verbs, and the arguments of those that are about items.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::batches::{
    CyclesArgs, ExportArgs, JobsArgs, OrderArgs, ResultsArgs, RetrainArgs, StatsArgs,
};
use crate::args::files::SummaryArgs;
use crate::args::store::DeskArgs;
use crate::help;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum LabelVerb {
    Init(InitArgs),
    Import(ImportArgs),
    Select(PickArgs),
    Queue(QueueArgs),
    Next(NextArgs),
    Submit(SubmitArgs),
    Skip(SkipItemArgs),
    Assign(AssignArgs),
    Requeue(RequeueArgs),
    Undo(UndoArgs),
    Results(ResultsArgs),
    Retrain(RetrainArgs),
    Cycles(CyclesArgs),
    Jobs(JobsArgs),
    Order(OrderArgs),
    Export(ExportArgs),
    Stats(StatsArgs),
}

/// Whether numbers or classes are labelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelTaskName {
    /// Numbers
    #[default]
    Regression,
    /// Classes
    Classification,
}

/// Make a model that has not learned yet, or take in one of altool train
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label init solubility --target log_s --molecules --data labels
altool label init active --target active --task classification --classes no,yes --data labels
altool label init ready --model m.altool --data labels"))]
pub(crate) struct InitArgs {
    /// Name of the model: letters, digits, -, _ and .
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What is labelled, as the column of a table would be called
    #[arg(long, value_name = "COL", required_unless_present = "model")]
    pub(crate) target: Option<String>,
    /// Take in this model file instead
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["target", "task", "unit", "classes", "molecules", "standardise", "features", "log_target", "direction", "learner", "holdout"])]
    pub(crate) model: Option<PathBuf>,
    /// Whether numbers or classes are labelled
    #[arg(long, value_name = "TASK", value_enum, default_value_t)]
    pub(crate) task: LabelTaskName,
    /// Unit of the numbers; labels in another one are converted
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Classes that may be given [default: those of the first labels]
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    pub(crate) classes: Vec<String>,
    /// Items are compounds, whose structure is the feature
    #[arg(long)]
    pub(crate) molecules: bool,
    /// Only the largest fragment of a compound counts, neutralised
    #[arg(long)]
    pub(crate) standardise: bool,
    /// Columns that are features [default: all columns of rows; of compounds none]
    #[arg(long, value_name = "COL", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// Fit the logarithm of the numbers
    #[arg(long)]
    pub(crate) log_target: bool,
    /// Which numbers are wanted
    #[arg(long, value_name = "SIDE", value_parser = ["min", "max"])]
    pub(crate) direction: Option<String>,
    /// Learning algorithm; altool learners lists them [default: auto]
    #[arg(long, value_name = "NAME")]
    pub(crate) learner: Option<String>,
    /// Share of the labels that the first training sets aside, on which all versions are measured,
    /// 0 to 0.9 [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    pub(crate) holdout: Option<f64>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Load the rows of a table as items
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label import fixtures/esol/candidates.csv --dataset esol --name name --data labels"))]
pub(crate) struct ImportArgs {
    /// Table: CSV, TSV, JSON lines, Parquet, Arrow or SDF
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Data set that they go to; made if there is none
    #[arg(long, value_name = "NAME")]
    pub(crate) dataset: String,
    /// Column of structures, as SMILES [default: the one that is called so]
    #[arg(long, value_name = "COL")]
    pub(crate) smiles: Option<String>,
    /// Items are rows, also if a column is called smiles
    #[arg(long, conflicts_with = "smiles")]
    pub(crate) rows_only: bool,
    /// Column of what their owner calls them
    #[arg(long, value_name = "COL")]
    pub(crate) name: Option<String>,
    /// Only the largest fragment of a compound counts, neutralised
    #[arg(long)]
    pub(crate) standardise: bool,
    /// Leave out rows whose structure cannot be read
    #[arg(long)]
    pub(crate) skip_unreadable: bool,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Choose what to label, and queue it
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label select solubility -n 20 --data labels
altool label select solubility --strategy uncertainty --at-most scaffold=2 --data labels
altool label select solubility --dry-run --data labels"))]
pub(crate) struct PickArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Items of the batch, 1 to 10000
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    pub(crate) count: u32,
    /// Data set to choose from [default: all items without a label]
    #[arg(long, value_name = "NAME")]
    pub(crate) pool: Option<String>,
    /// Strategy: uncertainty, margin, entropy, random, hybrid, or one of altool strategies
    /// [default: lcmd with a model that has learned]
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: Option<String>,
    /// Weights of hybrid, as in uncertainty=0.5,margin=0.3,applicability=0.2
    #[arg(long, value_name = "PART=WEIGHT", value_delimiter = ',')]
    pub(crate) weights: Vec<String>,
    /// At most N items with one value of a column; scaffold is that of a compound
    #[arg(long, value_name = "COL=N")]
    pub(crate) at_most: Vec<String>,
    /// Choose items that are labelled already, too
    #[arg(long)]
    pub(crate) include_labeled: bool,
    /// People that judge each item
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) judgements: u32,
    /// How their judgements become one label
    #[arg(long, value_name = "RULE", value_parser = ["majority", "median", "lead"])]
    pub(crate) rule: Option<String>,
    /// Name of the batch [default: a new one]
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: Option<String>,
    /// Show what would be chosen, and queue nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// List the queue by priority
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label queue --status pending --limit 10 --data labels"))]
pub(crate) struct QueueArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Items that stand so
    #[arg(long, value_name = "STATUS", value_parser = ["pending", "in_progress", "labeled", "skipped", "archived"])]
    pub(crate) status: Option<String>,
    /// Items that this user holds; me is who asks
    #[arg(long, value_name = "USER")]
    pub(crate) assigned_to: Option<String>,
    /// Items of the list at most, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Claim the next item to label
#[derive(Debug, Args)]
#[command(
    before_help = help::examples("altool label next solubility --data labels"),
    after_help = "Exit code 4: there is nothing to label."
)]
pub(crate) struct NextArgs {
    /// Model, by name or id
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Seconds that the claim lasts [default: 900]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) lease: Option<u32>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Label an item
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label submit ITEM -2.5 --data labels
altool label submit ITEM 2.5 --unit µM --qualifier '>' --confidence low --data labels"))]
pub(crate) struct SubmitArgs {
    /// Item of the queue, by its id or by that of what it is about
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    /// The number, or the name of the class
    #[arg(value_name = "LABEL", allow_hyphen_values = true)]
    pub(crate) label: String,
    /// Where the label comes from
    #[arg(long, value_name = "SOURCE", value_parser = ["experimental", "literature", "expert_estimate"])]
    pub(crate) source: Option<String>,
    /// How sure it is
    #[arg(long, value_name = "LEVEL", value_parser = ["high", "medium", "low"])]
    pub(crate) confidence: Option<String>,
    /// What there is to say of it
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// Unit of the number [default: that of the model]
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Whether it is the value or a bound
    #[arg(long, value_name = "SIGN", value_parser = ["=", "<", ">"])]
    pub(crate) qualifier: Option<String>,
    /// Key by which a label that is sent twice is one
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Skip an item
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label skip ITEM --reason 'not soluble enough to measure' --data labels"))]
pub(crate) struct SkipItemArgs {
    /// Item of the queue
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Assign an item to a user
#[derive(Debug, Args)]
#[command(before_help = help::examples("altool label assign ITEM anna --data labels"))]
pub(crate) struct AssignArgs {
    /// Item of the queue
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    /// User, by name or id
    #[arg(value_name = "USER")]
    pub(crate) user: String,
    /// Seconds that the user holds it [default: 86400]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) lease: Option<u32>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Put a skipped item back into the queue
#[derive(Debug, Args)]
#[command(before_help = help::examples("altool label requeue ITEM --data labels"))]
pub(crate) struct RequeueArgs {
    /// Item of the queue
    #[arg(value_name = "ITEM")]
    pub(crate) item: String,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// Take back labels, skips and assignments
#[derive(Debug, Args)]
#[command(before_help = help::examples("\
altool label undo --data labels
altool label undo ACTION --data labels"))]
pub(crate) struct UndoArgs {
    /// Action to take back [default: the last one of yours]
    #[arg(value_name = "ACTION")]
    pub(crate) action: Option<String>,
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}
