//! Backtests: a measured table replayed as if it were not, to see which
//! strategy would have learned it with the fewest labels.
//!
//! In every repeat a share of the rows is set aside to test on, and a few of
//! the others, the same for all strategies, are what is known at first. Then,
//! round after round, a fresh ensemble is fitted on what is known, tested, and
//! asked through a strategy for the next batch, whose outcomes are looked up in
//! the table: targets, costs and failures. What rows cost and whether they work
//! weighs on the choice as far as the measured rows tell it, but for `random`,
//! which knows nothing. Repeats are paired: strategies of one repeat start from the same
//! rows, are tested on the same rows, and differ in their picks only.

mod replay;
mod verdict;
mod world;

use al_core::{Column, ColumnData, Fault, Messages, Numbers, Progress, Table, Texts, workers};
use al_sampling::registry;
use al_tables::Frame;
use al_words::columns::{self, OutputColumn};
use serde::{Deserialize, Serialize};

use crate::options::TrainOptions;
use crate::source::Source;
use crate::space::Space;
use replay::run;
use world::World;

pub(crate) use verdict::resampled;
pub use verdict::{Interval, Verdict};

/// How to replay a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulateOptions {
    /// The strategies, by name. `random` is the yardstick and runs in any
    /// case.
    pub strategies: Vec<String>,
    /// Rows known at first.
    pub initial: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Batches.
    pub rounds: usize,
    /// Repeats.
    pub repeats: usize,
    /// Share of the rows to test on, in (0, 1).
    pub test: f64,
    /// Where rows lie for strategies that want distances.
    pub space: Space,
}

impl Default for SimulateOptions {
    fn default() -> Self {
        SimulateOptions {
            strategies: Vec::new(),
            initial: 32,
            batch: 32,
            rounds: 12,
            repeats: 20,
            test: 0.25,
            space: Space::default(),
        }
    }
}

/// The yardstick.
pub const RANDOM: &str = "random";

/// How good a model was after some rounds of one strategy in one repeat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Rounds done, from 0.
    pub round: usize,
    /// Rows measured so far, failed ones included.
    pub labels: usize,
    /// RMSE on the fitted scale; for classes the log loss, in nats.
    #[serde(deserialize_with = "or_nan")]
    pub error: f64,
    /// Mean absolute error on the fitted scale; for classes the share of
    /// wrong classes.
    #[serde(deserialize_with = "or_nan")]
    pub absolute: f64,
    /// R² on the fitted scale; NaN for classes.
    #[serde(deserialize_with = "or_nan")]
    pub r2: f64,
    /// Best target known, in its unit; NaN for classes.
    #[serde(deserialize_with = "or_nan")]
    pub best: f64,
    /// By how much, on the fitted scale, the best known target is worse than
    /// the best there is outside the test rows; NaN for classes.
    #[serde(deserialize_with = "or_nan")]
    pub regret: f64,
    /// What the measured rows cost; NaN without a cost column.
    #[serde(deserialize_with = "or_nan")]
    pub cost: f64,
    /// Measured rows that failed; NaN in tables where none does.
    #[serde(default = "nan", deserialize_with = "or_nan")]
    pub failures: f64,
    /// The relative fall of the error that was expected of the batch chosen
    /// next; NaN after the last.
    #[serde(deserialize_with = "or_nan")]
    pub expected_gain: f64,
}

/// What lines of a journal lack that is older than the field.
fn nan() -> f64 {
    f64::NAN
}

/// JSON has no NaN: it stands as null.
fn or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

/// One strategy in one repeat: a point per round, from round 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The strategy.
    pub strategy: String,
    /// The repeat.
    pub repeat: usize,
    /// The learning curve.
    pub points: Vec<Point>,
}

/// A finished backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// The runs, strategy after strategy, repeat after repeat.
    pub runs: Vec<Run>,
    /// What they come to, a verdict per strategy, the best first.
    pub verdicts: Vec<Verdict>,
    /// Rows that could be known, and rows tested on.
    pub rows: (usize, usize),
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

impl Simulation {
    /// All points of the learning curves, a row each.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let points = || {
            let runs = self.runs.iter();
            runs.flat_map(|run| run.points.iter().map(move |point| (run, point)))
        };
        let number = |of: &OutputColumn, value: &dyn Fn(&Run, &Point) -> f64| Column {
            name: of.name.to_owned(),
            data: ColumnData::Number(Numbers::from(
                points()
                    .map(|(run, point)| value(run, point))
                    .collect::<Vec<f64>>(),
            )),
        };
        let strategies = points().map(|(run, _)| Some(run.strategy.as_str()));
        let strategy = Column {
            name: columns::STRATEGY.name.to_owned(),
            data: ColumnData::Text(Texts::from_rows(strategies)),
        };
        let mut columns = vec![
            strategy,
            number(&columns::REPEAT, &|run, _| run.repeat as f64),
            number(&columns::REPLAYED_ROUND, &|_, point| point.round as f64),
            number(&columns::LABELS, &|_, point| point.labels as f64),
            number(&columns::ERROR, &|_, point| point.error),
            number(&columns::ABSOLUTE_ERROR, &|_, point| point.absolute),
            number(&columns::CURVE_R2, &|_, point| point.r2),
            number(&columns::BEST, &|_, point| point.best),
            number(&columns::REGRET, &|_, point| point.regret),
            number(&columns::COST, &|_, point| point.cost),
            number(&columns::FAILURES, &|_, point| point.failures),
            number(&columns::EXPECTED_GAIN, &|_, point| point.expected_gain),
        ];
        // What the table has no use for is left out whole.
        columns.retain(|column| (0..column.data.len()).any(|row| !column.data.is_missing(row)));
        Frame::from_table(&Table::new(columns))
    }
}

/// Replays the table of `source`. `known` are runs of an earlier, interrupted
/// call with the same table and options: they are not run again. `done` is
/// told of every finished run.
///
/// # Errors
///
/// A table that cannot be learned from, too few rows for the rounds asked for,
/// and strategies that are unknown or do not suit the target.
pub fn simulate(
    source: &Source,
    train: &TrainOptions,
    options: &SimulateOptions,
    known: Vec<Run>,
    done: &(dyn Fn(&Run) + Sync),
    progress: &dyn Progress,
) -> Result<Simulation, Fault> {
    progress.stage("reading results", 0);
    let world = World::new(source, train, options)?;
    let mut strategies = options.strategies.clone();
    if !strategies.iter().any(|name| name == RANDOM) {
        strategies.insert(0, RANDOM.to_owned());
    }
    let mut distinct = std::collections::HashSet::new();
    strategies.retain(|name| distinct.insert(name.clone()));
    for name in &strategies {
        crate::choose::suits(registry::find(name)?, world.task)?;
    }
    let units: Vec<(usize, &str)> = (0..options.repeats)
        .flat_map(|repeat| strategies.iter().map(move |name| (repeat, name.as_str())))
        .collect();
    progress.stage("replaying", (units.len() * (options.rounds + 1)) as u64);
    let mut runs = workers::each(units.len(), |unit| {
        let (repeat, strategy) = units[unit];
        let before = known
            .iter()
            .find(|run| run.repeat == repeat && run.strategy == strategy);
        if let Some(run) = before {
            progress.advance((options.rounds + 1) as u64);
            return Ok(run.clone());
        }
        let run = run(&world, repeat, strategy, options, progress)?;
        done(&run);
        Ok(run)
    })
    .into_iter()
    .collect::<Result<Vec<Run>, Fault>>()?;
    let place = |run: &Run| strategies.iter().position(|name| *name == run.strategy);
    runs.sort_by_key(|run| (place(run), run.repeat));
    Ok(Simulation {
        verdicts: verdict::verdicts(&runs, &strategies, train.seed),
        runs,
        rows: (world.n_pool(), world.n_test),
        warnings: world.warnings,
    })
}
