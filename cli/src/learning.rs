//! What to predict, from which columns, and how: the options that train and
//! simulate share.

use al_core::Seed;
use al_pipeline::{Direction, LearnerOptions, Recipe, Task, TrainOptions};
use clap::{Args, ValueEnum};

use crate::exit::usage;
use crate::options::{self, Quantiles};

/// Options of a training, but for what is evaluated on and written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Learning {
    /// Column to predict
    #[arg(long, value_name = "COL", help_heading = "What to predict")]
    pub(crate) target: String,
    /// Predict a number or a class [default: a number if the target is numeric, else a class]
    #[arg(
        long,
        value_enum,
        value_name = "TASK",
        help_heading = "What to predict"
    )]
    pub(crate) task: Option<TaskName>,
    /// Learn the logarithm of the target; it must be above 0, and predictions are medians
    #[arg(long, help_heading = "What to predict")]
    pub(crate) log_target: bool,
    /// Whether small or large targets are wanted
    #[arg(long, value_enum, value_name = "WAY", help_heading = "What to predict")]
    pub(crate) direction: Option<Way>,

    /// Column that identifies a row across files [default: the values of all features do]
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(crate) id: Option<String>,
    /// Columns that are no features
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) ignore: Vec<String>,
    /// Exactly these columns are features
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) features: Vec<String>,
    /// Columns to read as categories, even if they hold numbers
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) categorical: Vec<String>,
    /// Columns to read as numbers
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) numeric: Vec<String>,
    /// Column that says whether a measurement worked; other rows count as failed
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(crate) status: Option<String>,
    /// Value of the status column where the measurement worked [default: ok]
    #[arg(long, value_name = "VALUE", help_heading = "Columns")]
    pub(crate) ok: Option<String>,
    /// Leave out rows without a target instead of refusing them
    #[arg(long, help_heading = "Columns")]
    pub(crate) drop_missing_target: bool,
    /// Column with the standard deviation of each measurement, in the target's unit
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(crate) noise: Option<String>,
    /// Column that says how much each row counts, above 0
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(crate) weights: Option<String>,
    /// Column with what each measurement cost, in any unit; reports add it up
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(crate) cost: Option<String>,

    /// What learns
    #[arg(
        long,
        value_name = "NAME",
        default_value = "boosted",
        value_parser = options::learners(),
        help_heading = "Learning"
    )]
    pub(crate) learner: String,
    /// Members of the ensemble; their disagreement is the model's uncertainty
    #[arg(
        long,
        value_name = "N",
        default_value = "10",
        value_parser = options::members,
        help_heading = "Learning"
    )]
    pub(crate) members: usize,
    /// Trees per member
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        value_parser = options::trees,
        help_heading = "Learning"
    )]
    pub(crate) trees: usize,
    /// Greatest depth of a tree, 1 to 16
    #[arg(
        long,
        value_name = "N",
        default_value = "6",
        value_parser = options::depth,
        help_heading = "Learning"
    )]
    pub(crate) depth: usize,
    /// How much each tree counts, above 0 and at most 1
    #[arg(
        long,
        value_name = "R",
        default_value = "0.1",
        value_parser = options::learning_rate,
        help_heading = "Learning"
    )]
    pub(crate) learning_rate: f64,
    /// Two quantiles to learn for the prediction interval [default: 0.1,0.9, or what --coverage
    /// needs]
    #[arg(
        long,
        value_name = "LOW,HIGH",
        value_parser = options::quantiles,
        help_heading = "Learning"
    )]
    pub(crate) quantiles: Option<Quantiles>,
    /// Share of measurements that the prediction interval shall cover, 0 to 1 [default: 0.8, or
    /// what lies between --quantiles]
    #[arg(
        long,
        value_name = "P",
        value_parser = options::coverage,
        help_heading = "Learning"
    )]
    pub(crate) coverage: Option<f64>,
}

/// What kind of target there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskName {
    /// Predict a number
    Regression,
    /// Predict a class
    Classification,
}

/// Which targets are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// Small ones, such as a latency
    Min,
    /// Large ones, such as a throughput
    Max,
}

/// The quantiles to learn and the coverage to promise: each follows from the
/// other where only one is given.
fn interval(quantiles: Option<Quantiles>, coverage: Option<f64>) -> ((f64, f64), f64) {
    match (quantiles, coverage) {
        (Some(Quantiles(low, high)), Some(coverage)) => ((low, high), coverage),
        // Rounded, so that 0.9 − 0.1 is 0.8.
        (Some(Quantiles(low, high)), None) => ((low, high), rounded(high - low)),
        (None, Some(coverage)) => {
            let tail = rounded((1.0 - coverage) / 2.0);
            ((tail, rounded(1.0 - tail)), coverage)
        }
        (None, None) => {
            let default = Recipe::default();
            (default.quantiles, default.coverage)
        }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e12).round() / 1e12
}

impl Learning {
    /// These options with `seed`.
    pub(crate) fn options(&self, seed: Option<u64>) -> anyhow::Result<TrainOptions> {
        let status = match (&self.status, &self.ok) {
            (Some(column), ok) => Some((
                column.clone(),
                ok.clone().unwrap_or_else(|| "ok".to_owned()),
            )),
            (None, Some(_)) => {
                return usage("--ok names a value of the status column; give --status COL too");
            }
            (None, None) => None,
        };
        let (quantiles, coverage) = interval(self.quantiles, self.coverage);
        Ok(TrainOptions {
            task: self.task.map(|task| match task {
                TaskName::Regression => Task::Regression,
                TaskName::Classification => Task::Classification,
            }),
            log_target: self.log_target,
            direction: self.direction.map(|way| match way {
                Way::Min => Direction::Min,
                Way::Max => Direction::Max,
            }),
            id: self.id.clone(),
            features: (!self.features.is_empty()).then(|| self.features.clone()),
            ignore: self.ignore.clone(),
            categorical: self.categorical.clone(),
            numeric: self.numeric.clone(),
            status,
            drop_missing_target: self.drop_missing_target,
            noise: self.noise.clone(),
            weights: self.weights.clone(),
            cost: self.cost.clone(),
            recipe: Recipe {
                learner: self.learner.clone(),
                options: LearnerOptions {
                    trees: self.trees,
                    depth: self.depth,
                    learning_rate: self.learning_rate,
                },
                members: self.members,
                quantiles,
                coverage,
            },
            seed: Seed(seed.unwrap_or(0)),
            ..TrainOptions::new(&self.target)
        })
    }
}
