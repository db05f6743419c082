//! `altool simulate`: which strategy would have learned a measured table with
//! the fewest labels.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use al_pipeline::report::backtest_html;
use al_pipeline::simulate::{Run, SimulateOptions, Simulation, simulate};
use al_pipeline::{DEFAULT_STRATEGY, TableSource, TrainOptions, backtest_view};
use al_words::columns::VERDICTS;
use al_words::numbers::digits;
use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::{Context, source};
use crate::args::{Filter, SummaryFormat, TableOutput, TextFormat};
use crate::exit::{Outcome, usage};
use crate::learning::Learning;
use crate::options;
use crate::output;
use crate::sheet::Sheet;

/// Replay a measured table to see which strategy learns it with the fewest labels
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool simulate results.csv --target latency_ms --log-target
  altool simulate results.csv --target ms --strategies lcmd,power,uncertainty --repeats 20 -o curves.csv
  altool simulate results.csv --target ms --direction min --strategies lcmd,ucb --html backtest.html
  altool simulate results.parquet --target ms --cost bench_s --rounds 8 --batch 16 --format json

In every repeat a share of the rows is set aside to test on, and --initial others are known at
first, the same for all strategies. Then each strategy chooses batch after batch, a fresh model is
fitted, and its error on the test rows noted. Printed is, per strategy, its mean error as a ratio
to random's with an interval that holds it with 95 % confidence, the labels and the cost it needed
to reach random's final error, and a verdict in words. -o writes every point of the learning curves.
--html draws them as one web page. With -o or --html, a run that is interrupted goes on where it
stopped when the same command is given again.

A replay weighs no costs and leaves failed rows out, and the uncertainty that some strategies read
is of the members and the distance: it computes no intervals.")]
pub(crate) struct Simulate {
    /// Tables with measured rows. Several are read as one
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<String>,
    /// Strategies to compare; random is always there [default: the default strategy, lcmd]
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        value_parser = options::strategies()
    )]
    strategies: Vec<String>,
    /// Rows known at first
    #[arg(long, value_name = "N", default_value = "32", value_parser = options::batch)]
    initial: usize,
    /// Rows per batch
    #[arg(long, value_name = "N", default_value = "32", value_parser = options::batch)]
    batch: usize,
    /// Batches
    #[arg(long, value_name = "N", default_value = "12", value_parser = options::rounds)]
    rounds: usize,
    /// Repeats, each with other test rows and another start
    #[arg(long, value_name = "N", default_value = "20", value_parser = options::rounds)]
    repeats: usize,
    /// Share of the rows to test on
    #[arg(long, value_name = "SHARE", default_value = "0.25", value_parser = options::test_share)]
    test: f64,
    /// Where rows lie for strategies that want distances, such as lcmd [default: predictions]
    #[arg(long, value_name = "NAME", value_parser = options::spaces())]
    space: Option<String>,
    #[command(flatten)]
    learning: Learning,
    #[command(flatten)]
    filter: Filter,
    /// Table of all points of the learning curves; the format follows from the name
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write verdicts and learning curves as one web page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    format: SummaryFormat,
}

impl Simulate {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let train = self.learning.options(context.seed)?;
        let strategies = match self.strategies.as_slice() {
            [] => vec![DEFAULT_STRATEGY.to_owned()],
            names => names.to_vec(),
        };
        let options = SimulateOptions {
            strategies,
            initial: self.initial,
            batch: self.batch,
            rounds: self.rounds,
            repeats: self.repeats,
            test: self.test,
            space: options::space(self.space.as_deref()),
        };
        let place = match &self.output {
            None => None,
            Some(path) => {
                let output = TableOutput {
                    output: Some(path.clone()),
                    format: None,
                };
                Some(output.place()?)
            }
        };
        let page = match &self.html {
            None => None,
            Some(path) => Some(output::named(path, "the page")?),
        };
        let results = source(&self.results, self.filter.filter.as_ref());
        // What is to be written is worth going on with.
        let written = self.output.as_ref().or(page.as_ref());
        let journal = match written {
            None => None,
            Some(_) if self.results.iter().any(|path| path == "-") => {
                return usage(
                    "a replay of standard input cannot be resumed; leave -o and --html out or name a file",
                );
            }
            Some(path) => Some(Journal::open(path, &results, &train, &options)?),
        };
        let (known, journal) = match journal {
            None => (Vec::new(), None),
            Some((known, journal)) => (known, Some(journal)),
        };
        if !known.is_empty() {
            context.log.note(&format!(
                "going on with {} of an earlier run",
                al_pipeline::counted(known.len(), "finished replay")
            ));
        }
        let progress = context.progress();
        let done = |run: &Run| {
            if let Some(journal) = &journal {
                journal.note(run);
            }
        };
        let simulation = simulate(&results, &train, &options, known, &done, &progress)?;
        drop(progress);
        context.log.warnings(&simulation.warnings);
        if let Some(place) = &place {
            place.write(&simulation.frame(), true)?;
        }
        if let Some(path) = &page {
            let html = backtest_html(&backtest_view(&simulation, &train, &options));
            output::write_file(path, &html.map_err(al_pipeline::Fault::from)?)?;
        }
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

fn share(share: Option<f64>) -> String {
    share.map_or_else(
        || "never".to_owned(),
        |share| format!("{:.0} %", 100.0 * share),
    )
}

/// One row per strategy.
fn sheet(simulation: &Simulation) -> Sheet {
    let names: Vec<&str> = VERDICTS.columns.iter().map(|column| column.name).collect();
    let mut sheet = Sheet::new(&names).right(&[1, 2, 3, 4, 5, 6, 7]);
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
    let mut sheet = Sheet::new(&headers).right(&(1..headers.len()).collect::<Vec<_>>());
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
        text.push_str(&verdict.sentence);
        text.push_str(".\n");
    }
    text
}

/// Finished replays beside the output, one per line, so that a killed run can
/// go on.
struct Journal {
    path: PathBuf,
    file: Mutex<std::fs::File>,
}

impl Journal {
    /// The replays that an earlier run with the same table and options
    /// finished, and the journal to go on with.
    fn open(
        output: &Path,
        results: &TableSource,
        train: &TrainOptions,
        options: &SimulateOptions,
    ) -> anyhow::Result<(Vec<Run>, Journal)> {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let path = output.with_file_name(name);
        // Other options, another table or another version would not go on but
        // mix what cannot be compared.
        let head = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "files": results.digests()?,
            "filter": results.filter(),
            "train": train,
            "options": options,
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
