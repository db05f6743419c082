//! What to predict, from which columns, and how: the options that train and
//! simulate share.

use al_core::Seed;
use al_pipeline::{AskedOptions, LearnerOptions, Recipe, TrainOptions};
use clap::Args;

use super::molecules::MoleculeArgs;
use super::names::{DirectionName, EffortName, LearnerName, TaskName};
use super::values::{self, Quantiles};
use crate::exit::usage;

/// Options of a training, but for what is evaluated on and written.
#[derive(Debug, Clone, Args)]
pub(crate) struct TrainingArgs {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    molecules: MoleculeArgs,
    #[command(flatten)]
    learner: LearnerArgs,
    #[command(flatten)]
    interval: IntervalArgs,
}

/// What to predict.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Target")]
struct TargetArgs {
    /// Column to predict
    #[arg(long, value_name = "COL")]
    target: String,
    /// Whether the target is a number or a class [default: a number if the column is numeric, else
    /// a class]
    #[arg(long, value_enum, value_name = "TASK")]
    task: Option<TaskName>,
    /// Learn the natural logarithm of the target, which must be above 0; predictions are medians
    #[arg(long)]
    log_target: bool,
    /// Whether small or large targets are better [default: unknown; strategies that look for the
    /// best row need it]
    #[arg(long, value_enum, value_name = "WAY")]
    direction: Option<DirectionName>,
}

/// The roles of columns.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Columns")]
struct ColumnArgs {
    /// Column that identifies a row across files [default: the values of all features do]
    #[arg(long, value_name = "COL")]
    id: Option<String>,
    /// Columns to exclude from the features
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    ignore: Vec<String>,
    /// Columns that are the features, and no others [default: all columns without another role]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    features: Vec<String>,
    /// Features to read as categories, even if they hold numbers
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    categorical: Vec<String>,
    /// Features to read as numbers
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    numeric: Vec<String>,
    /// Column that says whether a measurement worked; rows with another value than --ok failed
    #[arg(long, value_name = "COL")]
    status: Option<String>,
    /// Value of the status column where the measurement worked [default: ok]
    #[arg(long, value_name = "VALUE")]
    ok: Option<String>,
    /// Skip rows without a target instead of refusing them
    #[arg(long)]
    drop_missing_target: bool,
    /// Column with the standard deviation of each measurement, 0 or more, in the unit of the target
    #[arg(long, value_name = "COL")]
    noise: Option<String>,
    /// Column with the weight of each row in training, above 0 [default: 1 each]
    #[arg(long, value_name = "COL")]
    weights: Option<String>,
    /// Column with the cost of each measurement, in any unit; reports add it up, and select can
    /// predict it
    #[arg(long, value_name = "COL")]
    cost: Option<String>,
    /// Column with the hardware that a row was measured on; values with few measurements, or none,
    /// borrow from the others. score, select and recommend then know the column
    #[arg(long, value_name = "COL")]
    hardware: Option<String>,
    /// Column that says which rows belong together, such as a run, a day or a machine; not a feature
    /// unless it is named as one. Whatever is left out to judge the model is left out by whole groups
    #[arg(long, value_name = "COL")]
    group: Option<String>,
}

/// Which rows are apart from those that are learned from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SplitArgs {
    /// Column of which whole values are held out: a fifth of them, or the share that is given
    #[arg(long, value_name = "COL", conflicts_with = "eval_after")]
    pub(crate) holdout_by: Option<String>,
    /// Column and value: rows above it are held out. The column has numbers, or dates such as
    /// 2026-05-31, of which the whole day counts as not above
    #[arg(long, value_name = "COL=VALUE", value_parser = values::eval_after)]
    pub(crate) eval_after: Option<(String, String)>,
}

impl SplitArgs {
    /// The options with these.
    pub(crate) fn within(&self, options: TrainOptions) -> TrainOptions {
        TrainOptions {
            holdout_by: self.holdout_by.clone(),
            eval_after: self.eval_after.clone(),
            ..options
        }
    }
}

/// What is fitted.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Learner")]
struct LearnerArgs {
    /// Learning algorithm; altool learners NAME explains one [default: auto; boosted for simulate,
    /// which fits hundreds of models]
    #[arg(long, value_name = "NAME", value_enum)]
    learner: Option<LearnerName>,
    /// How long auto searches for settings; high takes some fifteen times as long
    #[arg(long, value_name = "EFFORT", value_enum, default_value_t)]
    effort: EffortName,
    /// Members of the ensemble, 1 to 1000; how much they disagree is the uncertainty
    #[arg(
        long,
        value_name = "N",
        default_value_t = Recipe::default().members,
        value_parser = values::members
    )]
    members: usize,
    /// Trees per member, 1 to 100000 [default: 100; auto grows as many as lower its out-of-bag
    /// error; simulate 30, with a shrinkage of 0.3, if neither is given]
    #[arg(long, value_name = "N", value_parser = values::trees)]
    trees: Option<usize>,
    /// Maximum depth of a tree, 1 to 16 [default: 6; of 'auto' 4 below 1000 rows]
    #[arg(long, value_name = "N", value_parser = values::depth)]
    depth: Option<usize>,
    /// Shrinkage of each boosted tree, above 0 and at most 1 [default: 0.1; of 'auto' 0.35]
    #[arg(long, value_name = "R", value_parser = values::learning_rate)]
    learning_rate: Option<f64>,
}

/// The prediction interval.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Prediction interval")]
struct IntervalArgs {
    /// Two quantiles to learn, each between 0 and 1, the smaller first [default: 0.1,0.9, or what
    /// --coverage needs]
    #[arg(long, value_name = "LOW,HIGH", value_parser = values::quantiles)]
    quantiles: Option<Quantiles>,
    /// Share of measurements that the interval covers, between 0 and 1 [default: 0.8, or what lies
    /// between --quantiles]
    #[arg(long, value_name = "P", value_parser = values::coverage)]
    coverage: Option<f64>,
}

impl IntervalArgs {
    /// The quantiles to learn and the coverage to promise: each follows from
    /// the other where only one is given.
    fn check(&self) -> ((f64, f64), f64) {
        match (self.quantiles, self.coverage) {
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
}

fn rounded(value: f64) -> f64 {
    (value * 1e12).round() / 1e12
}

impl LearnerArgs {
    /// What is fitted; `default` says with which learner where none is given.
    fn recipe(&self, interval: &IntervalArgs, default: &Recipe) -> Recipe {
        let (quantiles, coverage) = interval.check();
        let named = self.learner.map(|learner| learner.0.name);
        let learner = named.unwrap_or(&default.learner);
        // How many trees there are and how large their steps belong together.
        let given = self.trees.is_some() || self.learning_rate.is_some();
        let usual = match learner == default.learner && !given {
            true => default.options,
            false => LearnerOptions::default(),
        };
        Recipe {
            learner: learner.to_owned(),
            options: LearnerOptions {
                trees: self.trees.unwrap_or(usual.trees),
                depth: self.depth.unwrap_or(usual.depth),
                learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
                least_reduction: usual.least_reduction,
                early_stopping: self.trees.is_none() && learner == Recipe::default().learner,
                symmetric: false,
            },
            asked: AskedOptions {
                depth: self.depth.is_some(),
                learning_rate: self.learning_rate.is_some(),
            },
            searched: self.effort == EffortName::High,
            members: self.members,
            quantiles,
            coverage,
        }
    }
}

impl TrainingArgs {
    /// The options of the library, with `seed`: what is typed becomes what is
    /// checked here and nowhere else. `default` says what is fitted where nothing is
    /// typed.
    pub(crate) fn check(
        &self,
        seed: Option<u64>,
        default: &Recipe,
    ) -> anyhow::Result<TrainOptions> {
        let (target, columns) = (&self.target, &self.columns);
        let recipe = self.learner.recipe(&self.interval, default);
        if recipe.searched && recipe.learner != Recipe::default().learner {
            let instead = match self.learner.learner {
                None => "give --learner auto",
                Some(_) => "remove one of the two options",
            };
            return usage(format!(
                "--effort high searches settings of the learner 'auto', and this is '{}'; {instead}",
                recipe.learner
            ));
        }
        let status = match (&columns.status, &columns.ok) {
            (None, Some(_)) => {
                return usage("--ok names a value of the status column; give --status COL too");
            }
            (status, ok) => status.clone().map(|column| {
                let ok = ok.clone().unwrap_or_else(|| "ok".to_owned());
                (column, ok)
            }),
        };
        Ok(TrainOptions {
            task: target.task.map(Into::into),
            log_target: target.log_target,
            direction: target.direction.map(Into::into),
            id: columns.id.clone(),
            features: (!columns.features.is_empty()).then(|| columns.features.clone()),
            ignore: columns.ignore.clone(),
            categorical: columns.categorical.clone(),
            numeric: columns.numeric.clone(),
            status,
            drop_missing_target: columns.drop_missing_target,
            noise: columns.noise.clone(),
            weights: columns.weights.clone(),
            cost: columns.cost.clone(),
            structure: self.molecules.check()?,
            hardware: columns.hardware.clone(),
            group: columns.group.clone(),
            recipe,
            seed: Seed(seed.unwrap_or(0)),
            ..TrainOptions::new(&target.target)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        training: TrainingArgs,
    }

    fn checked(arguments: &str) -> anyhow::Result<TrainOptions> {
        let line = format!("x --target y {arguments}");
        let typed = Typed::try_parse_from(line.split_whitespace())?;
        typed.training.check(None, &Recipe::default())
    }

    #[test]
    fn defaults_are_those_of_the_library() {
        assert_eq!(checked("").unwrap(), TrainOptions::new("y"));
    }

    #[test]
    fn quantiles_and_coverage_follow_from_one_another() {
        let of = |arguments: &str| {
            let recipe = checked(arguments).unwrap().recipe;
            (recipe.quantiles, recipe.coverage)
        };
        assert_eq!(of("--quantiles 0.1,0.9"), ((0.1, 0.9), 0.8));
        assert_eq!(of("--coverage 0.9"), ((0.05, 0.95), 0.9));
        assert_eq!(of("--quantiles 0.2,0.7 --coverage 0.6"), ((0.2, 0.7), 0.6));
    }

    #[test]
    fn few_trees_of_large_steps_are_for_replays_where_neither_is_given() {
        let replayed = Recipe::replayed();
        let of = |arguments: &str| {
            let typed = Typed::try_parse_from(format!("x --target y {arguments}").split(' '));
            let training = typed.unwrap().training;
            training.check(None, &replayed).unwrap().recipe.options
        };
        assert_eq!(of("--depth 6"), replayed.options);
        assert_eq!(of("--learner boosted"), replayed.options);
        let usual = LearnerOptions::default();
        assert_eq!(of("--trees 100"), usual);
        assert_eq!(of("--learning-rate 0.1"), usual);
        assert_eq!(of("--learner forest"), usual);
        assert_eq!(checked("--learner boosted").unwrap().recipe.options, usual);
    }

    #[test]
    fn only_auto_searches() {
        assert!(checked("--effort high").unwrap().recipe.searched);
        assert!(checked("--effort high --learner boosted").is_err());
        assert!(
            !checked("--learner boosted")
                .unwrap()
                .recipe
                .options
                .early_stopping
        );
        assert!(!checked("--trees 70").unwrap().recipe.options.early_stopping);
    }

    #[test]
    fn a_status_is_ok_unless_said_otherwise() {
        let status = |arguments: &str| checked(arguments).unwrap().status;
        assert_eq!(status("--status s"), Some(("s".into(), "ok".into())));
        assert_eq!(
            status("--status s --ok done"),
            Some(("s".into(), "done".into()))
        );
        assert!(checked("--ok done").is_err());
    }
}
