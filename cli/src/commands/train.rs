//! `altool train`: from results to a model file.

use std::path::PathBuf;

use al_core::{Belief as _, Progress as _, Tabular as _};
use al_pipeline::{Campaign, Fault, Task, TrainOptions, report_of};
use al_words::metrics::TOLD;
use al_words::numbers::digits;
use clap::Args;

use super::{Context, one, source};
use crate::args::{Filter, SummaryFormat, TextFormat};
use crate::exit::Outcome;
use crate::learning::Learning;
use crate::options;
use crate::output;
use crate::sheet::{self, Sheet};

/// Learn from measured rows: results in, a model file out
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool train results.csv --target latency_ms --log-target --direction min -o model.altool
  altool train 'results/*.parquet' --target ms --status state --ok done -o model.altool
  altool train results.csv --target ms --hardware device -o model.altool
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

    #[command(flatten)]
    pub(crate) learning: Learning,
    #[command(flatten)]
    pub(crate) filter: Filter,

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
    /// Column that names the hardware a row is measured on. Values of it with few measurements, or
    /// none, borrow from the others; score, select and recommend then know the column
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub(crate) hardware: Option<String>,
    /// Time to note in the model's history, in any words; none is noted by itself, so that files
    /// can be reproduced
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) format: SummaryFormat,
}

impl Train {
    fn options(&self, seed: Option<u64>) -> anyhow::Result<TrainOptions> {
        Ok(TrainOptions {
            holdout: self.holdout,
            hardware: self.hardware.clone(),
            ..self.learning.options(seed)?
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
fn summary(campaign: &Campaign, name: &str) -> Result<Sheet, Fault> {
    let options = campaign.options();
    let head = report_of(campaign).head;
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
            format!(
                "{} % from {method}",
                digits(100.0 * options.recipe.coverage)
            ),
        );
    }
    let after = campaign
        .rounds()
        .last()
        .and_then(|round| round.after.as_ref());
    for metric in TOLD {
        if let Some(value) = after.and_then(|after| metric.of(after)) {
            line(metric.key, digits(value));
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
