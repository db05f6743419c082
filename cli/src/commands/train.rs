//! `altool train`: from results to a model file.

use std::path::PathBuf;

use al_core::phrases::listed;
use al_core::{Belief as _, Progress as _, Tabular as _};
use al_pipeline::{
    Campaign, HeldOutValues, KnownColumns, Recipe, TableSource, Task, TrainOptions, report_of,
};
use al_words::metrics::TOLD;
use al_words::numbers::digits;
use clap::Args;
use serde_json::json;

use super::CommandContext;
use super::facts::{FactList, learner_weights};
use crate::args::files::{InputArgs, SummaryArgs, TextFormat, check_not_read};
use crate::args::molecules::{SkipArgs, SkippedFile, skipping};
use crate::args::training::{SplitArgs, TrainingArgs};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::{help, output};

const EXAMPLES: &str = "\
altool train fixtures/llm/measured.csv --target throughput_tok_s --log-target --direction max \\
    --ignore latency_s -o m.altool
altool train fixtures/llm/measured.csv --target latency_s --log-target --direction min \\
    --ignore throughput_tok_s -o latency.altool
altool train fixtures/convolution/convolution_2gpu.csv --target time_ms --log-target \\
    --status status --hardware gpu --ignore time_std_ms,n_runs,gflops,compile_time_ms \\
    --cost benchmark_time_ms -o kernels.altool
head -n 300 fixtures/llm/measured.csv | altool train - --target latency_s \\
    --ignore throughput_tok_s --where \"batch_size <= 16\" -o small.altool";

/// Train a model on measured rows
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
Every column that is not the target, an id, a status, a noise, a weight, a cost or a group is a feature,
unless --features or --ignore says otherwise. Exclude what is known only after measuring."
)]
pub(crate) struct TrainArgs {
    /// Tables with measured rows: .csv, .tsv, .parquet, .arrow, .jsonl (text also .gz or .zst),
    /// patterns such as 'results/*.csv', or - for standard input. Several are read as one
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<String>,
    #[command(flatten)]
    pub(crate) training: TrainingArgs,
    /// Unit of the target, for reports and pages [default: the one that its name carries, as in
    /// latency_ms; docs/FORMATS.md lists them]
    #[arg(long, value_name = "TEXT", help_heading = "Target", value_parser = values::unit)]
    unit: Option<String>,
    #[command(flatten)]
    evaluation: EvaluationArgs,
    #[command(flatten)]
    skip: SkipArgs,
    #[command(flatten)]
    input: InputArgs,
    /// Model file to write, replaced as a whole
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: PathBuf,
    /// Time to note in the history of the model, in any format [default: none, so that files can be
    /// reproduced]
    #[arg(long, value_name = "TIME", help_heading = "Output")]
    at: Option<String>,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// On which rows the model is evaluated.
#[derive(Debug, Args)]
#[command(next_help_heading = "Evaluation")]
struct EvaluationArgs {
    /// Share of the rows held out at random to evaluate the model, from 0 to less than 1 [default: 0:
    /// every row is learned from, and evaluated by what has not seen it]
    #[arg(long, value_name = "SHARE", value_parser = values::holdout)]
    holdout: Option<f64>,
    /// Table with measured rows to evaluate on, instead of --holdout; none of them is learned from
    #[arg(long, value_name = "FILE")]
    eval: Option<String>,
    #[command(flatten)]
    split: SplitArgs,
}

/// What is learned from, how, and where the model goes.
#[derive(Debug)]
pub(crate) struct CheckedTrain {
    results: TableSource,
    skipped: Option<SkippedFile>,
    pub(crate) eval: Option<TableSource>,
    pub(crate) options: TrainOptions,
    pub(crate) output: PathBuf,
}

impl TrainArgs {
    pub(crate) fn check(&self, seed: Option<u64>) -> anyhow::Result<CheckedTrain> {
        let EvaluationArgs {
            holdout,
            eval,
            split,
        } = &self.evaluation;
        if holdout.is_some() && eval.is_some() {
            return usage("--holdout and --eval both say what to evaluate on; give one of them");
        }
        let by_column = match (&split.holdout_by, &split.eval_after) {
            (Some(_), _) => Some("--holdout-by"),
            (_, Some(_)) => Some("--eval-after"),
            _ => None,
        };
        if let Some(option) = by_column.filter(|_| eval.is_some()) {
            return usage(format!(
                "{option} and --eval both say what to evaluate on; give one of them"
            ));
        }
        if holdout.is_some() && split.eval_after.is_some() {
            return usage(
                "--holdout and --eval-after both say what to evaluate on; give one of them",
            );
        }
        if *holdout == Some(0.0) && split.holdout_by.is_some() {
            return usage(
                "--holdout 0 holds nothing out, and --holdout-by does; remove one of them",
            );
        }
        let options = split.within(self.training.check(seed, &Recipe::default())?);
        Ok(CheckedTrain {
            results: self.input.source(&self.results),
            skipped: {
                let read: Vec<String> = self.results.iter().chain(eval).cloned().collect();
                self.skip.check(&read, Some(&self.output))?
            },
            eval: eval.as_deref().map(|path| self.input.reading.one(path)),
            options: TrainOptions {
                holdout: holdout.unwrap_or(options.holdout),
                unit: self.unit.clone(),
                ..options
            },
            output: {
                let read: Vec<String> = self.results.iter().chain(eval).cloned().collect();
                let output = output::named(&self.output, "a model")?;
                check_not_read("-o", Some(&output), &read)?;
                output
            },
        })
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let CheckedTrain {
            results,
            skipped,
            eval,
            options,
            output,
        } = self.check(context.seed)?;
        let structure = options.structure.as_ref();
        let structure = structure.map(|(column, kind)| (column.as_str(), kind));
        let results = {
            let known = KnownColumns::default();
            skipping(skipped.as_ref(), results, structure, &known, context.log)?
        };
        // Held from here on: what an update writes meanwhile would be lost.
        let held = Campaign::reserve(&output)?;
        let progress = context.progress();
        let at = self.at.as_deref();
        let trained = al_pipeline::train(&results, eval.as_ref(), &options, at, &progress)?;
        progress.stage("writing the model", 0);
        trained.campaign.save_reserved(&output, held)?;
        drop(progress);
        context.log.warnings(&trained.warnings);
        let mut summary = summary(&trained.campaign, &output.display().to_string());
        if let Some(held_out) = &trained.held_out {
            add_held_out(held_out, &mut summary);
        }
        output::text(&match self.format.resolve() {
            TextFormat::Table => summary.sheet().without_head().pretty(),
            TextFormat::Csv => summary.csv(),
            TextFormat::Json => format!("{:#}\n", summary.object()),
        })?;
        Ok(Outcome::Done)
    }
}

/// Values that are named of those held out.
const NAMED: usize = 8;

/// Which values of a column were held out.
fn add_held_out(held_out: &HeldOutValues, facts: &mut FactList) {
    let HeldOutValues { column, values, of } = held_out;
    let told = format!(
        "{column} = {} ({} of {})",
        listed(values, NAMED),
        values.len(),
        al_pipeline::counted(*of, "value")
    );
    let value = json!({ "column": column, "values": values, "of": of });
    facts.add_told("held_out", told, value);
}

/// What was learned, and how well.
fn summary(campaign: &Campaign, name: &str) -> FactList {
    let options = campaign.options();
    let head = report_of(campaign).head;
    let mut facts = FactList::default();
    facts.add("model", name);
    match campaign.task() {
        Task::Regression => {
            let told = match options.log_target {
                true => format!("{} (learned as its logarithm)", options.target),
                false => options.target.clone(),
            };
            facts.add_told("target", told, options.target.clone());
            facts.add_untold("log_target", options.log_target);
        }
        Task::Classification => {
            let told = format!("{}: {}", options.target, campaign.classes().join(", "));
            facts.add_told("target", told, options.target.clone());
            facts.add_untold("classes", campaign.classes());
        }
    }
    facts.add_untold("task", json!(campaign.task()));
    let features: Vec<&str> = campaign.encoder().schema.names().collect();
    facts.add("features", features);
    facts.add("training_rows", head.rows.training);
    facts.add("calibration_rows", head.rows.calibration);
    facts.add("evaluation_rows", head.rows.evaluation);
    if options.status.is_some() {
        facts.add("failed_rows", head.rows.failed);
    }
    facts.add("learner", head.learner);
    if let Some(weights) = campaign.fitted().stack().weights() {
        facts.add_told("learner_weights", weights, learner_weights(campaign));
    }
    facts.add("members", head.members);
    if campaign.task() == Task::Regression {
        let (method, _) = campaign.fitted().interval_method();
        let share = digits(100.0 * options.recipe.coverage);
        facts.add_told("interval", format!("{share} % from {method}"), method);
        facts.add_untold("coverage_level", options.recipe.coverage);
    }
    let round = campaign.rounds().last();
    let after = round.and_then(|round| round.after.as_ref());
    if let Some(after) = after.filter(|after| after.out_of_bag) {
        let rows = after.rows.unwrap_or_default();
        let by = match &options.group {
            Some(column) => format!(" by groups of the column '{column}'"),
            None => String::new(),
        };
        let rows = al_pipeline::counted(rows, "row");
        facts.add("metrics", format!("out of bag{by}, of {rows}"));
    }
    for metric in TOLD {
        if let Some(value) = after.and_then(|after| metric.of(after)) {
            facts.add_told(metric.key, digits(value), value);
        }
    }
    facts.add_untold("after", json!(after));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{self, Cli, Command};
    use clap::FromArgMatches;

    fn train(arguments: &str) -> Result<TrainArgs, clap::Error> {
        let line = format!("altool train x.csv --target y -o m.altool {arguments}");
        let matches = cli::tree().try_get_matches_from(line.split_whitespace())?;
        match Cli::from_arg_matches(&matches)?.command {
            Command::Train(train) => Ok(*train),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn defaults_are_those_of_the_library() {
        let checked = train("").unwrap().check(None).unwrap();
        assert_eq!(checked.options, TrainOptions::new("y"));
    }

    #[test]
    fn rows_are_held_out_or_in_a_file() {
        let checked = |arguments: &str| train(arguments).unwrap().check(None);
        assert_eq!(checked("--holdout 0.3").unwrap().options.holdout, 0.3);
        assert!(checked("--eval e.csv").unwrap().eval.is_some());
        for both in [
            "--eval e.csv --holdout 0.1",
            "--eval e.csv --holdout-by run",
            "--eval e.csv --eval-after day=3",
            "--holdout 0.1 --eval-after day=3",
            "--holdout 0 --holdout-by run",
        ] {
            assert!(checked(both).is_err(), "{both}");
        }
        assert!(train("--holdout-by run --eval-after day=3").is_err());
        assert!(train("--eval-after day").is_err());
        let options = checked("--holdout-by run --holdout 0.4 --group run")
            .unwrap()
            .options;
        assert_eq!(options.holdout_by.as_deref(), Some("run"));
        assert_eq!(options.group.as_deref(), Some("run"));
        let options = checked("--eval-after day=2026-05-31").unwrap().options;
        let after = ("day".to_owned(), "2026-05-31".to_owned());
        assert_eq!(options.eval_after, Some(after));
    }

    #[test]
    fn later_features_are_not_accepted_and_empty() {
        for argument in [
            "--budget=3",
            "--availability=x",
            "--capacity=x",
            "--holdout=1",
        ] {
            assert!(train(argument).is_err(), "{argument}");
        }
    }
}
