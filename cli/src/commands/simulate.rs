//! `altool simulate`: which strategy would have learned a measured table, or found its
//! best row, with the fewest labels.

mod journal;
mod search;
mod sentences;

use std::path::PathBuf;

use al_pipeline::report::{backtest_html, search_html};
use al_pipeline::simulate::{FittedSizes, Run, SimulateOptions, Simulation, simulate};
use al_pipeline::{
    DEFAULT_FOR_BEST, DEFAULT_STRATEGY, Fault, Goal, KnownColumns, Recipe, TableSource,
    TrainOptions, backtest_view,
};
use al_words::columns::VERDICTS;
use al_words::numbers::digits;
use clap::Args;
use serde_json::json;

use self::journal::Journal;
use self::sentences::with_sentences;
use super::CommandContext;
use crate::args::files::{InputArgs, SummaryArgs, TableArgs, TextFormat, check_not_read};
use crate::args::molecules::{SkipArgs, SkippedFile, skipping};
use crate::args::names::{GoalName, SpaceName, StrategyName};
use crate::args::training::{SplitArgs, TrainingArgs};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::output::Destination;
use crate::sheet::TextSheet;
use crate::{help, output, signals};

const EXAMPLES: &str = "\
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --log-target \\
    --ignore latency_s --rounds 8 --repeats 5
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --log-target \\
    --ignore latency_s --strategies lcmd,power,igs --rounds 8 --repeats 5 -o curves.csv
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --direction max \\
    --ignore latency_s --strategies lcmd,ucb --rounds 4 --repeats 3 --html backtest.html
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --log-target \\
    --direction max --ignore latency_s --goal best --rounds 5 --repeats 3 --learner boosted";

/// Replay a measured table to compare strategies
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
In every repeat a share of the rows is held out to test on (with --group or --holdout-by whole
groups or values, as many as fit; with --eval-after always the later rows), and --initial others
are measured at first, the same for all strategies. Then each strategy chooses batch after batch, a
new model is fitted, and its error on the test rows is recorded. The result has, per strategy, its
mean error as a ratio to that of random with an interval of 95 % confidence, the labels and the
cost to reach the final error of random, and a verdict. -o writes every point of the learning
curves, --html draws them. With -o or --html, a run that was interrupted continues when the same
command is given again: until it is done, FILE.partial beside the file keeps the finished replays.
Delete that file to start again.

With --goal best, no row is held out, and no model is tested: the result has, per strategy, how much
worse its best row is than the best of the table, how that compares with random, and how many rows
it measured until it was within 1 % and 0.1 % of the best. Any strategies may be compared.

Every strategy but random weighs what rows cost (--cost) and whether they work (--status), as far as
the rows measured so far tell it; with --hardware, new hardware borrows from the rest, as in select.
The uncertainty that some strategies read is that of the ensemble and the distance: a replay
computes no intervals."
)]
pub(crate) struct SimulateArgs {
    /// Tables with measured rows. Several are read as one
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<String>,
    #[command(flatten)]
    replay: ReplayArgs,
    #[command(flatten)]
    training: TrainingArgs,
    #[command(flatten)]
    skip: SkipArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: CurveArgs,
    #[command(flatten)]
    format: SummaryArgs,
}

/// What is replayed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Replay")]
struct ReplayArgs {
    /// What rows are chosen for: curves show the error of the model, or how far the best
    /// measured row is from the best of the table. best needs --direction
    #[arg(long, value_name = "GOAL", value_enum, default_value_t)]
    goal: GoalName,
    /// Strategies to compare; random is always one of them [default: lcmd; thompson with
    /// --goal best]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_enum)]
    strategies: Vec<StrategyName>,
    /// Initially measured rows, 1 to 10000000 [default: 32, or 16 with --goal best; fewer for a
    /// small table]
    #[arg(
        long,
        value_name = "N",
        value_parser = values::batch
    )]
    initial: Option<usize>,
    /// Rows per batch, 1 to 10000000 [default: 32, or 8 with --goal best; fewer for a small table]
    #[arg(
        long,
        value_name = "N",
        value_parser = values::batch
    )]
    batch: Option<usize>,
    /// Batches, 1 to 100000 [default: 12, or 15 with --goal best; fewer for a small table]
    #[arg(
        long,
        value_name = "N",
        value_parser = values::rounds
    )]
    rounds: Option<usize>,
    /// Repeats, 1 to 100000, each with other test rows and another start
    #[arg(
        long,
        value_name = "N",
        default_value_t = SimulateOptions::default().repeats,
        value_parser = values::rounds
    )]
    repeats: usize,
    /// Share of the rows to test on, between 0 and 1 [default: 0.25; none with --goal best]
    #[arg(long, value_name = "SHARE", value_parser = values::test_share)]
    test: Option<f64>,
    #[command(flatten)]
    split: SplitArgs,
    /// Rows that count as the best with --goal best, 1 to 10000000: which part of them a strategy
    /// measures is its recall [default: 20, or a tenth of a small table]
    #[arg(long, value_name = "N", value_parser = values::batch)]
    top: Option<usize>,
    /// Space in which strategies such as lcmd measure distances
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    space: SpaceName,
}

/// Where the learning curves go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct CurveArgs {
    /// Table of all points of the learning curves; the format follows from the name
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write verdicts and learning curves as one web page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What is replayed, how, and where the curves go.
#[derive(Debug)]
struct CheckedSimulate {
    results: TableSource,
    skipped: Option<SkippedFile>,
    train: TrainOptions,
    options: SimulateOptions,
    table: Option<Destination>,
    page: Option<PathBuf>,
}

impl ReplayArgs {
    fn goal(&self) -> Goal {
        self.goal.into()
    }

    /// That rows are tested on only where models are.
    fn check_together(&self) -> anyhow::Result<()> {
        let tested = [
            (self.test.is_some(), "--test"),
            (self.split.holdout_by.is_some(), "--holdout-by"),
            (self.split.eval_after.is_some(), "--eval-after"),
        ];
        if self.top.is_some() && self.goal() == Goal::Model {
            return usage("--top counts the best rows that were found; give --goal best too");
        }
        match tested.into_iter().find(|(given, _)| *given) {
            Some((_, option)) if self.goal() == Goal::Best => usage(format!(
                "{option} holds out rows to test models on, and with --goal best none is tested; leave one of the two out"
            )),
            _ => Ok(()),
        }
    }

    fn check(&self) -> SimulateOptions {
        let mut strategies: Vec<String> = self
            .strategies
            .iter()
            .map(|strategy| strategy.0.name.to_owned())
            .collect();
        if strategies.is_empty() {
            let default = match self.goal() {
                Goal::Model => DEFAULT_STRATEGY,
                Goal::Best => DEFAULT_FOR_BEST,
            };
            strategies.push(default.to_owned());
        }
        let default = SimulateOptions::of_goal(self.goal());
        SimulateOptions {
            goal: self.goal(),
            strategies,
            initial: self.initial.unwrap_or(default.initial),
            batch: self.batch.unwrap_or(default.batch),
            rounds: self.rounds.unwrap_or(default.rounds),
            fitted: FittedSizes {
                initial: self.initial.is_none(),
                batch: self.batch.is_none(),
                rounds: self.rounds.is_none(),
            },
            repeats: self.repeats,
            test: self.test.unwrap_or(default.test),
            top: self.top.unwrap_or(default.top),
            space: self.space.into(),
        }
    }
}

impl SimulateArgs {
    fn check(&self, seed: Option<u64>) -> anyhow::Result<CheckedSimulate> {
        let CurveArgs { output, html } = &self.output;
        self.replay.check_together()?;
        // Few rows are fitted quickly, and then every measurement counts.
        let recipe = match self.replay.goal() {
            Goal::Model => Recipe::replayed(),
            Goal::Best => Recipe::default(),
        };
        let checked = CheckedSimulate {
            results: self.input.source(&self.results),
            skipped: self.skip.check(&self.results, output.as_deref())?,
            train: {
                let train = self.training.check(seed, &recipe)?;
                self.replay.split.within(train)
            },
            options: self.replay.check(),
            table: match output {
                None => None,
                Some(path) => Some(TableArgs::file(path).check_beside(&self.results)?),
            },
            page: match html {
                None => None,
                Some(path) => {
                    let path = output::named(path, "the page")?;
                    check_not_read("--html", Some(&path), &self.results)?;
                    Some(path)
                }
            },
        };
        let written = output.is_some() || html.is_some();
        if written && self.results.iter().any(|path| path == "-") {
            return usage(
                "a replay of standard input cannot be continued; remove -o and --html, or name a file",
            );
        }
        Ok(checked)
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let mut checked = self.check(context.seed)?;
        let structure = checked.train.structure.as_ref();
        let structure = structure.map(|(column, kind)| (column.as_str(), kind));
        let skipped = checked.skipped.as_ref();
        checked.results = {
            let known = KnownColumns::default();
            skipping(skipped, checked.results, structure, &known, context.log)?
        };
        // What is to be written is worth continuing.
        let written = self.output.output.as_ref().or(checked.page.as_ref());
        let (known, journal) = match written {
            None => (Vec::new(), None),
            Some(path) => {
                let (known, journal) = Journal::open(path, &checked.head()?)?;
                signals::also_say(format!(
                    "{} keeps the finished replays: give the same command again to continue",
                    journal.path.display()
                ));
                (known, Some(journal))
            }
        };
        if !known.is_empty() {
            context.log.note(&format!(
                "continuing after {} of an earlier run",
                al_pipeline::counted(known.len(), "finished replay")
            ));
        }
        let simulation = checked.replay(known, journal.as_ref(), context)?;
        context.log.warnings(&simulation.warnings);
        checked.write(&simulation)?;
        if let Some(journal) = journal {
            journal.remove();
        }
        let is_search = checked.options.goal == Goal::Best;
        output::text(&match (self.format.resolve(), is_search) {
            (TextFormat::Table, false) => told(&simulation),
            (TextFormat::Table, true) => search::told(&simulation),
            (TextFormat::Csv, false) => sheet(&simulation).csv(),
            (TextFormat::Csv, true) => search::sheet(&simulation).csv(),
            (TextFormat::Json, false) => serde_json::to_string_pretty(&simulation.verdicts)? + "\n",
            (TextFormat::Json, true) => serde_json::to_string_pretty(&simulation.found)? + "\n",
        })?;
        Ok(Outcome::Done)
    }
}

/// Raised whenever the same options come to another replay: finished replays of
/// another number are not continued.
const REPLAY_VERSION: u32 = 3;

impl CheckedSimulate {
    /// What a journal begins with: other options, another table or another version would
    /// mix what cannot be compared.
    fn head(&self) -> anyhow::Result<String> {
        let head = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "replay": REPLAY_VERSION,
            "files": self.results.digests()?,
            "filter": self.results.filter(),
            "train": self.train,
            "options": self.options,
        });
        Ok(head.to_string())
    }

    fn replay(
        &self,
        known: Vec<Run>,
        journal: Option<&Journal>,
        context: &CommandContext,
    ) -> anyhow::Result<Simulation> {
        let done = |run: &Run| {
            if let Some(journal) = journal {
                journal.note(run);
            }
        };
        let progress = context.progress();
        Ok(simulate(
            &self.results,
            &self.train,
            &self.options,
            known,
            &done,
            &progress,
        )?)
    }

    fn write(&self, simulation: &Simulation) -> anyhow::Result<()> {
        if let Some(table) = &self.table {
            table.write(&simulation.frame(), true)?;
        }
        if let Some(page) = &self.page {
            let view = backtest_view(simulation, &self.train, &simulation.options);
            let html = match self.options.goal {
                Goal::Model => backtest_html(&view),
                Goal::Best => search_html(&view),
            };
            output::write_file(page, &html.map_err(Fault::from)?)?;
        }
        Ok(())
    }
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(
        || "never".to_owned(),
        |share| format!("{:.0} %", 100.0 * share),
    )
}

/// One row per strategy.
fn sheet(simulation: &Simulation) -> TextSheet {
    let names: Vec<&str> = VERDICTS.columns.iter().map(|column| column.name).collect();
    let mut sheet = TextSheet::new(&names).right(&[1, 2, 3, 4, 5, 6, 7]);
    let percent = |share: Option<f64>| share.map_or_else(String::new, |s| digits(100.0 * s));
    for verdict in &simulation.verdicts {
        sheet.push([
            verdict.strategy.clone(),
            format!("{:.4}", verdict.ratio.mean),
            format!("{:.4}", verdict.ratio.low),
            format!("{:.4}", verdict.ratio.high),
            format!("{:.4}", verdict.last_ratio.mean),
            percent(verdict.labels),
            percent(verdict.cost),
            if verdict.regret.is_nan() {
                String::new()
            } else {
                digits(verdict.regret)
            },
        ]);
    }
    sheet
}

/// For the eye: the table and the verdicts.
fn told(simulation: &Simulation) -> String {
    let costs = simulation
        .verdicts
        .iter()
        .any(|verdict| verdict.cost.is_some());
    let mut headers = vec![
        "strategy",
        "error / random's",
        "95 % interval",
        "at the end",
        "labels",
    ];
    headers.extend(costs.then_some("cost"));
    headers.push("regret");
    let mut sheet = TextSheet::new(&headers).right(&(1..headers.len()).collect::<Vec<_>>());
    for verdict in &simulation.verdicts {
        let mut row = vec![
            verdict.strategy.clone(),
            format!("{:.3}", verdict.ratio.mean),
            format!("{:.3} to {:.3}", verdict.ratio.low, verdict.ratio.high),
            format!("{:.3}", verdict.last_ratio.mean),
            share(verdict.labels),
        ];
        row.extend(costs.then(|| share(verdict.cost)));
        row.push(if verdict.regret.is_nan() {
            String::new()
        } else {
            digits(verdict.regret)
        });
        sheet.rows.push(row);
    }
    let verdicts = simulation.verdicts.iter();
    with_sentences(&sheet, verdicts.map(|verdict| verdict.sentence.as_str()))
}
