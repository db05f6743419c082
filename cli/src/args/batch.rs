//! What a batch holds: options of select, in groups.

use al_pipeline::{OptionValue, OutcomeLimit, SelectOptions, StrategyOptions, UncertaintyWeights};
use clap::Args;

use super::files::ReadingArgs;
use super::names::{GainName, GoalName, SpaceName, StrategyName};
use super::values;

/// How rows are chosen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Strategy")]
pub(crate) struct StrategyArgs {
    /// What rows are chosen for: a good model, or the best row, with several models the best
    /// trade-offs; best needs models that were trained with --direction
    #[arg(long, value_name = "GOAL", value_enum, default_value_t)]
    goal: GoalName,
    /// Limit on a target with --goal best, in its unit: TARGET<=V or TARGET>=V, as in
    /// "latency_s<=50". Rows count the more, the likelier they are within it. May be given several
    /// times
    #[arg(long = "limit", value_name = "TARGET<=V", value_parser = values::outcome_limit)]
    limits: Vec<OutcomeLimit>,
    /// Targets to improve with --goal best, up to 3 [default: those of all models without a limit]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    objectives: Vec<String>,
    /// Strategy that chooses the rows; altool strategies NAME explains one [default: lcmd;
    /// thompson with --goal best, hypervolume-improvement if several targets are improved;
    /// space-filling without a model]
    #[arg(long, value_name = "NAME", value_enum)]
    strategy: Option<StrategyName>,
    /// Set an option of the strategy, as in weight=0.3; altool strategies NAME lists them with
    /// their ranges. May be given several times
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = values::setting)]
    settings: Vec<(String, OptionValue)>,
    /// Space in which strategies such as lcmd measure distances
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    space: SpaceName,
    /// Weights of the measures in the combined uncertainty, each 0 or more, as in
    /// variance=2,interval=1,distance=0 (of a class: entropy and distance) [default: 1 each]
    #[arg(long, value_name = "NAME=W", value_parser = values::uncertainty_weights)]
    uncertainty_weights: Option<UncertaintyWeights>,
    /// Gain that is called information gain, for strategies that read it
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    gain: GainName,
}

impl StrategyArgs {
    /// The name that was given.
    pub(crate) fn strategy(&self) -> Option<&'static str> {
        self.strategy.map(|strategy| strategy.0.name)
    }

    /// An option that means nothing without a model, if one is given.
    pub(crate) fn needing_a_model(&self) -> Option<&'static str> {
        [
            (!self.limits.is_empty(), "--limit"),
            (!self.objectives.is_empty(), "--objectives"),
        ]
        .into_iter()
        .find_map(|(given, option)| given.then_some(option))
    }

    pub(crate) fn set(&self, options: &mut SelectOptions) {
        options.goal = self.goal.into();
        options.limits.clone_from(&self.limits);
        options.objectives.clone_from(&self.objectives);
        options.strategy = self.strategy().map(str::to_owned);
        options.settings = StrategyOptions(self.settings.iter().cloned().collect());
        options.space = self.space.into();
        options.gain = self.gain.into();
        options.weights = self.uncertainty_weights.unwrap_or_default();
    }
}

/// How many rows, and which are worth measuring.
#[derive(Debug, Args)]
#[command(next_help_heading = "Batch")]
pub(crate) struct BatchArgs {
    /// Rows to choose, 1 to 10000000 [default: as many as --budget pays for or --capacity has time
    /// for]
    #[arg(short = 'n', long, value_name = "N", value_parser = values::batch)]
    pub(crate) batch: Option<usize>,
    /// Choose nothing, and end with code 4, if the batch is expected to reduce the error by clearly
    /// less than this, as in 0.03 for 3 % (by under two thirds of it, once three batches have
    /// told), and the last update moved the predictions by less [default: no threshold]
    #[arg(long, value_name = "GAIN", value_parser = values::share)]
    pub(crate) min_gain: Option<f64>,
    /// Exclude rows with a success probability below this, 0 to 1; the model learns it from
    /// failed rows [default: 0.05]
    #[arg(long, value_name = "P", value_parser = values::share)]
    pub(crate) min_feasible: Option<f64>,
    /// Most rows of the batch that re-measure measured ones, where noise dominates [default: 0]
    #[arg(long, value_name = "N", value_parser = values::batch)]
    pub(crate) repeats: Option<usize>,
    /// Read the candidates in one pass, for tables larger than memory: choose from a sample of
    /// them and the most uncertain ones
    #[arg(long)]
    pub(crate) stream: bool,
}

impl BatchArgs {
    /// The options that need a model, by their names.
    pub(crate) fn needing_a_model(&self) -> Option<&'static str> {
        [
            (self.min_feasible.is_some(), "--min-feasible"),
            (self.min_gain.is_some(), "--min-gain"),
            (self.repeats.is_some(), "--repeats"),
        ]
        .into_iter()
        .find_map(|(given, option)| given.then_some(option))
    }

    pub(crate) fn set(&self, options: &mut SelectOptions) {
        options.n = self.batch.unwrap_or(SelectOptions::ANY);
        options.min_gain = self.min_gain;
        if let Some(least) = self.min_feasible {
            options.least_feasible = least;
        }
        options.repeats = self.repeats.unwrap_or(0);
        options.stream = self.stream.then(|| options.buffer());
    }
}

/// What measuring costs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Costs")]
pub(crate) struct CostArgs {
    /// Most that the batch may cost, above 0, in the unit of --cost
    #[arg(long, value_name = "COST", value_parser = values::positive)]
    pub(crate) budget: Option<f64>,
    /// Column with the cost of measuring a row, above 0: the score is divided by a power of it.
    /// Rows without a cost get the one that the model predicts, if it was trained with --cost
    /// [default: with a budget, the column of the model]
    #[arg(long, value_name = "COL")]
    pub(crate) cost: Option<String>,
    /// Columns that together are the cost, with a weight above 0 each, as in time=0.6,resources=0.4
    #[arg(
        long,
        value_name = "COL=W",
        value_delimiter = ',',
        value_parser = values::weight_of_column
    )]
    pub(crate) cost_weights: Vec<(String, f64)>,
    /// Most that the whole campaign may cost, above 0, in the unit of --cost; what the rows of the
    /// model have cost counts. The cost exponent is the share of it that is left
    #[arg(long, value_name = "COST", value_parser = values::positive)]
    pub(crate) total_budget: Option<f64>,
    /// Cost exponent, 0 (costs do not count) to 1 (half the cost, twice the score) [default: 1, or
    /// the share of --total-budget that is left]
    #[arg(long, value_name = "A", value_parser = values::share)]
    pub(crate) cooling: Option<f64>,
}

impl CostArgs {
    /// Whether money is limited.
    pub(crate) fn limited(&self) -> bool {
        self.budget.is_some() || self.total_budget.is_some()
    }

    /// Whether anything says what rows cost.
    pub(crate) fn given(&self) -> bool {
        self.limited() || self.cost.is_some() || !self.cost_weights.is_empty()
    }

    pub(crate) fn set(&self, options: &mut SelectOptions) {
        options.budget = self.budget;
        options.cost.clone_from(&self.cost);
        options.cost_weights.clone_from(&self.cost_weights);
        options.total_budget = self.total_budget;
        options.cooling = self.cooling;
    }
}

/// How many rows with which values.
#[derive(Debug, Args)]
#[command(next_help_heading = "Quotas")]
pub(crate) struct QuotaArgs {
    /// At most N rows with one value of a column, 1 or more, as in hardware=3
    #[arg(
        long,
        value_name = "COL=N",
        value_delimiter = ',',
        value_parser = values::rows_of_column
    )]
    at_most: Vec<(String, usize)>,
    /// At least N rows with each value of a column, 1 or more, as in model=1
    #[arg(
        long,
        value_name = "COL=N",
        value_delimiter = ',',
        value_parser = values::rows_of_column
    )]
    at_least: Vec<(String, usize)>,
    /// Column of which all rows of the batch must have the same value, such as the host they run on
    #[arg(long, value_name = "COL")]
    same: Option<String>,
}

impl QuotaArgs {
    pub(crate) fn set(&self, options: &mut SelectOptions) {
        options.at_most.clone_from(&self.at_most);
        options.at_least.clone_from(&self.at_least);
        options.same.clone_from(&self.same);
    }
}

/// Rows that are treated apart.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lists of rows")]
pub(crate) struct ListArgs {
    /// Table with rows that are being measured: excluded, and counted as covered. The id column is
    /// enough, if there is one
    #[arg(long, value_name = "FILE")]
    pending: Option<String>,
    /// Nothing is being measured if the file of --pending is not there yet or is empty
    #[arg(long, requires = "pending")]
    pending_if_any: bool,
    /// Table with rows to exclude. The id column is enough, if there is one
    #[arg(long, value_name = "FILE")]
    exclude: Option<String>,
    /// Table with candidates to include, before all others. The id column is enough, if there is
    /// one
    #[arg(long, value_name = "FILE")]
    include: Option<String>,
}

impl ListArgs {
    /// The tables that are read.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &String> {
        [&self.pending, &self.exclude, &self.include]
            .into_iter()
            .flatten()
    }

    pub(crate) fn set(&self, options: &mut SelectOptions, reading: &ReadingArgs) {
        let table = |path: &Option<String>| path.as_deref().map(|path| reading.one(path));
        let is_there = |path: &&String| std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
        let pending = self.pending.as_ref();
        let pending = pending.filter(|path| !self.pending_if_any || is_there(path));
        options.pending = table(&pending.cloned());
        options.exclude = table(&self.exclude);
        options.include = table(&self.include);
    }
}

/// What a model knows, where there is none.
#[derive(Debug, Args)]
#[command(next_help_heading = "Without a model")]
pub(crate) struct FirstBatchArgs {
    /// Column that identifies a row across files [default: the values of all other columns do]
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
    /// Columns to exclude from the features
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    pub(crate) ignore: Vec<String>,
}
