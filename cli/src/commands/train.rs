//! `altool train`: from results to a model file.

use std::path::PathBuf;

use al_core::{Progress as _, Seed};
use al_pipeline::{Campaign, Direction, Error, LearnerOptions, Recipe, Task, TrainOptions};
use clap::{Args, ValueEnum};

use super::{Context, one, source};
use crate::args::{Filter, SummaryFormat, TextFormat};
use crate::exit::{Outcome, usage};
use crate::metrics::METRICS;
use crate::options::{self, Quantiles};
use crate::output;
use crate::sheet::{self, Sheet, short};

/// Learn from measured rows: results in, a model file out
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool train results.csv --target latency_ms --log-target --direction min -o model.altool
  altool train 'results/*.parquet' --target ms --status state --ok done -o model.altool
  altool train results.csv --target works --task classification -o model.altool
  zcat results.csv.gz | altool train - --target ms --where \"hardware = 'cuda'\" -o model.altool

Every column that is not the target, an id, a status, a noise, a weight or a cost describes a row,
unless --features or --ignore says otherwise. Leave out what is known only after measuring.")]
pub(crate) struct Train {
    /// Tables with measured rows: .csv, .tsv, .parquet, .arrow, .jsonl (text also .gz or .zst),
    /// patterns such as 'results/*.csv', or - for standard input. Several are read as one
    #[arg(required = true, value_name = "RESULTS")]
    pub(crate) results: Vec<String>,
    /// Model file to write, replaced as a whole
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,

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
    #[command(flatten)]
    pub(crate) filter: Filter,

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

    /// Share of the rows set aside at random to measure how good the model is, from 0 (none) to
    /// less than 1
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "0.2",
        value_parser = options::holdout,
        help_heading = "Evaluation"
    )]
    pub(crate) holdout: f64,
    /// Table with measured rows to evaluate on, instead of --holdout; none of them is learned from
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "holdout",
        help_heading = "Evaluation"
    )]
    pub(crate) eval: Option<String>,
    /// Time to note in the model's history, in any words; none is noted by itself, so that files
    /// can be reproduced
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) format: SummaryFormat,
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

impl Train {
    fn options(&self, seed: Option<u64>) -> anyhow::Result<TrainOptions> {
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
            holdout: self.holdout,
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

    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let options = self.options(context.seed)?;
        let output = output::named(&self.output, "a model")?;
        let results = source(&self.results, self.filter.filter.as_ref());
        let eval = self.eval.as_deref().map(one);
        let progress = context.progress();
        let trained = al_pipeline::train(
            &results,
            eval.as_ref(),
            &options,
            self.at.as_deref(),
            &progress,
        )?;
        progress.stage("writing the model", 0);
        trained.campaign.save(&output)?;
        drop(progress);
        context.log.warnings(&trained.warnings);
        if !context.log.quiet || self.format.format.is_some() {
            let name = output.display().to_string();
            let summary = summary(&trained.campaign, &name)?;
            output::text(&match self.format.resolve() {
                TextFormat::Table => Sheet {
                    headers: vec![String::new(); 2],
                    ..summary
                }
                .pretty(),
                TextFormat::Csv => summary.csv(),
                TextFormat::Json => format!("{:#}\n", sheet::values(&summary)),
            })?;
        }
        Ok(Outcome::Done)
    }
}

/// What was learned, and how well.
fn summary(campaign: &Campaign, name: &str) -> Result<Sheet, Error> {
    let options = campaign.options();
    let head = campaign.report()?.head;
    let mut sheet = Sheet::new(&["name", "value"]);
    let mut line = |name: &str, value: String| sheet.push([name.to_owned(), value]);
    line("model", name.to_owned());
    let target = match (campaign.task(), options.log_target) {
        (Task::Regression, true) => format!("{} (learned as its logarithm)", options.target),
        (Task::Regression, false) => options.target.clone(),
        (Task::Classification, _) => {
            format!("{}: {}", options.target, campaign.classes().join(", "))
        }
    };
    line("target", target);
    let features: Vec<&str> = campaign.encoder().schema.names().collect();
    line("features", features.join(", "));
    line("training_rows", head.rows.training.to_string());
    line("calibration_rows", head.rows.calibration.to_string());
    line("evaluation_rows", head.rows.evaluation.to_string());
    if options.status.is_some() {
        line("failed_rows", head.rows.failed.to_string());
    }
    line("learner", head.learner);
    line("members", head.members.to_string());
    if campaign.task() == Task::Regression {
        let (method, _) = campaign.fitted().interval_method();
        line(
            "interval",
            format!("{} % from {method}", short(100.0 * options.recipe.coverage)),
        );
    }
    let after = campaign
        .rounds()
        .last()
        .and_then(|round| round.after.as_ref());
    for metric in &METRICS {
        if let Some(value) = metric.of(after) {
            line(metric.name, short(value));
        }
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn train(arguments: &str) -> Train {
        let base = "altool train x.csv --target y -o m.altool";
        let arguments = format!("{base} {arguments}");
        let cli = Cli::try_parse_from(arguments.split_whitespace()).unwrap();
        match cli.command {
            Command::Train(train) => *train,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn defaults_are_those_of_the_library() {
        let options = train("").options(None).unwrap();
        assert_eq!(options, TrainOptions::new("y"));
    }

    #[test]
    fn quantiles_and_coverage_follow_from_one_another() {
        let of = |arguments: &str| {
            let recipe = train(arguments).options(None).unwrap().recipe;
            (recipe.quantiles, recipe.coverage)
        };
        assert_eq!(of("--quantiles 0.1,0.9"), ((0.1, 0.9), 0.8));
        assert_eq!(of("--coverage 0.9"), ((0.05, 0.95), 0.9));
        assert_eq!(of("--quantiles 0.2,0.7 --coverage 0.6"), ((0.2, 0.7), 0.6));
    }

    #[test]
    fn a_status_is_ok_unless_said_otherwise() {
        let status = |arguments: &str| train(arguments).options(None).unwrap().status;
        assert_eq!(status("--status s"), Some(("s".into(), "ok".into())));
        assert_eq!(
            status("--status s --ok done"),
            Some(("s".into(), "done".into()))
        );
        assert!(train("--ok done").options(None).is_err());
    }

    #[test]
    fn later_features_are_not_accepted_and_empty() {
        for argument in [
            "--budget=3",
            "--availability=x",
            "--capacity=x",
            "--holdout=1",
        ] {
            let arguments = ["altool", "train", "x.csv", "--target=y", "-om", argument];
            assert!(Cli::try_parse_from(arguments).is_err(), "{argument}");
        }
        let both = [
            "altool",
            "train",
            "x",
            "--target=y",
            "-om",
            "--holdout=0.1",
            "--eval=e",
        ];
        assert!(Cli::try_parse_from(both).is_err());
    }
}
