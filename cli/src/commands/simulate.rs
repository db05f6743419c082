//! `altool simulate`: which strategy would have learned a measured table with
//! the fewest labels.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use al_pipeline::report::backtest_html;
use al_pipeline::simulate::{FittedSizes, Run, SimulateOptions, Simulation, simulate};
use al_pipeline::{DEFAULT_STRATEGY, Fault, Recipe, TableSource, TrainOptions, backtest_view};
use al_words::columns::VERDICTS;
use al_words::numbers::digits;
use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::CommandContext;
use crate::args::files::{InputArgs, SummaryArgs, TableArgs, TextFormat, check_not_read};
use crate::args::names::{SpaceName, StrategyName};
use crate::args::training::{SplitArgs, TrainingArgs};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::output::Destination;
use crate::sheet::TextSheet;
use crate::{help, output, prose, signals};

const EXAMPLES: &str = "\
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --log-target \\
    --ignore latency_s --rounds 8 --repeats 5
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --log-target \\
    --ignore latency_s --strategies lcmd,power,igs --rounds 8 --repeats 5 -o curves.csv
altool simulate fixtures/llm/measured.csv --target throughput_tok_s --direction max \\
    --ignore latency_s --strategies lcmd,ucb --rounds 4 --repeats 3 --html backtest.html";

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
    /// Strategies to compare; random is always one of them [default: lcmd]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_enum)]
    strategies: Vec<StrategyName>,
    /// Initially measured rows, 1 to 10000000 [default: 32, or fewer for a small table]
    #[arg(
        long,
        value_name = "N",
        value_parser = values::batch
    )]
    initial: Option<usize>,
    /// Rows per batch, 1 to 10000000 [default: 32, or fewer for a small table]
    #[arg(
        long,
        value_name = "N",
        value_parser = values::batch
    )]
    batch: Option<usize>,
    /// Batches, 1 to 100000 [default: 12, or fewer for a small table]
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
    /// Share of the rows to test on, between 0 and 1
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = SimulateOptions::default().test,
        value_parser = values::test_share
    )]
    test: f64,
    #[command(flatten)]
    split: SplitArgs,
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
    train: TrainOptions,
    options: SimulateOptions,
    table: Option<Destination>,
    page: Option<PathBuf>,
}

impl ReplayArgs {
    fn check(&self) -> SimulateOptions {
        let mut strategies: Vec<String> = self
            .strategies
            .iter()
            .map(|strategy| strategy.0.name.to_owned())
            .collect();
        if strategies.is_empty() {
            strategies.push(DEFAULT_STRATEGY.to_owned());
        }
        let default = SimulateOptions::default();
        SimulateOptions {
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
            test: self.test,
            space: self.space.into(),
        }
    }
}

impl SimulateArgs {
    fn check(&self, seed: Option<u64>) -> anyhow::Result<CheckedSimulate> {
        let CurveArgs { output, html } = &self.output;
        let checked = CheckedSimulate {
            results: self.input.source(&self.results),
            train: {
                let train = self.training.check(seed, &Recipe::boosted())?;
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
        let checked = self.check(context.seed)?;
        // What is to be written is worth continuing.
        let written = self.output.output.as_ref().or(checked.page.as_ref());
        let (known, journal) = match written {
            None => (Vec::new(), None),
            Some(path) => {
                let (known, journal) = Journal::open(path, &checked)?;
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
        output::text(&match self.format.resolve() {
            TextFormat::Table => told(&simulation),
            TextFormat::Csv => sheet(&simulation).csv(),
            TextFormat::Json => {
                format!("{}\n", serde_json::to_string_pretty(&simulation.verdicts)?)
            }
        })?;
        Ok(Outcome::Done)
    }
}

impl CheckedSimulate {
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
            let html = backtest_html(&backtest_view(simulation, &self.train, &simulation.options));
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
    let mut text = sheet.pretty();
    text.push('\n');
    for verdict in &simulation.verdicts {
        let sentence = format!("{}.", verdict.sentence);
        text.push_str(&prose::wrapped(&sentence, prose::page_width(), 2));
        text.push('\n');
    }
    text
}

/// Finished replays beside the output, one per line, so that a killed run can
/// go on.
struct Journal {
    path: PathBuf,
    file: Mutex<std::fs::File>,
}

/// Raised whenever the same options come to another replay: finished replays of
/// another number are not continued.
const REPLAY_VERSION: u32 = 2;

impl Journal {
    /// The replays that an earlier run with the same table and options
    /// finished, and the journal to continue.
    fn open(output: &Path, checked: &CheckedSimulate) -> anyhow::Result<(Vec<Run>, Journal)> {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = output.with_file_name(name);
        // Other options, another table or another version would mix what cannot
        // be compared.
        let head = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "replay": REPLAY_VERSION,
            "files": checked.results.digests()?,
            "filter": checked.results.filter(),
            "train": checked.train,
            "options": checked.options,
        })
        .to_string();
        let mut known = Vec::new();
        let mut lines = vec![head.clone()];
        if let Ok(text) = std::fs::read_to_string(&path) {
            let mut old = text.lines();
            if old.next() == Some(head.as_str()) {
                // The last line may have been cut short.
                for line in old {
                    if let Ok(run) = serde_json::from_str(line) {
                        known.push(run);
                        lines.push(line.to_owned());
                    }
                }
            }
        }
        lines.push(String::new());
        let write = || -> std::io::Result<std::fs::File> {
            let mut file = std::fs::File::create(&path)?;
            file.write_all(lines.join("\n").as_bytes())?;
            Ok(file)
        };
        let file = write().with_context(|| format!("{}: cannot be written", path.display()))?;
        let journal = Journal {
            path,
            file: Mutex::new(file),
        };
        Ok((known, journal))
    }

    /// Notes a finished replay. A journal that cannot be written costs time
    /// after a kill, not results.
    fn note(&self, run: &Run) {
        if let Ok(line) = serde_json::to_string(run) {
            let mut file = self
                .file
                .lock()
                .unwrap_or_else(|poison| poison.into_inner());
            let _ = writeln!(file, "{line}");
        }
    }

    fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
