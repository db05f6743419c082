//! A backtest: all strategies in all repeats.

use std::collections::HashSet;

use al_campaign::TrainOptions;
use al_core::{
    Column, ColumnData, Fault, Goal, Messages, Numbers, Progress, Table, Texts, workers,
};
use al_sampling::{StrategyEntry, registry};
use al_select::{check_direction, check_goal, check_task};
use al_tables::{Frame, TableSource};
use al_words::columns::{self, OutputColumn};

use crate::curve::{Point, Run};
use crate::options::{RANDOM, SimulateOptions};
use crate::replay::{SharedStart, run};
use crate::search::{SearchVerdict, TopRows, search_verdicts};
use crate::verdict::{TestedScale, Verdict, verdicts};
use crate::world::World;

/// A finished backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// The runs, strategy after strategy, repeat after repeat.
    pub runs: Vec<Run>,
    /// What they come to, a verdict per strategy, the best first; none where the best row
    /// is the goal.
    pub verdicts: Vec<Verdict>,
    /// How soon they found the best row, where that is the goal, the best first.
    pub found: Vec<SearchVerdict>,
    /// Rows that could be known, and rows tested on.
    pub rows: (usize, usize),
    /// How it was replayed, with the sizes that the table had rows for.
    pub options: SimulateOptions,
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
            number(&columns::REGRET_PERCENT, &|_, point| {
                100.0 * point.shortfall
            }),
            number(&columns::TOP_RECALL, &|_, point| point.recall),
            number(&columns::COST, &|_, point| point.cost),
            number(&columns::FAILURES, &|_, point| point.failures),
            number(&columns::EXPECTED_GAIN, &|_, point| point.expected_gain),
        ];
        // What the table has no use for is left out whole.
        columns.retain(|column| (0..column.data.len()).any(|row| !column.data.is_missing(row)));
        Frame::from_table(&Table::new(columns))
    }
}

/// Repeats of which the strategies are replayed together, per thread: the models that they
/// start with are kept meanwhile.
const REPEATS_AT_ONCE: usize = 4;

/// What is to be replayed.
struct Replay<'a> {
    world: &'a World,
    entries: &'a [&'static StrategyEntry],
    /// Runs that are not run again.
    known: &'a [Run],
    done: &'a (dyn Fn(&Run) + Sync),
    progress: &'a dyn Progress,
}

impl Replay<'_> {
    /// The runs of all strategies in some repeats. Those of a repeat share the model that
    /// they start with.
    fn repeats(&self, repeats: &[usize]) -> Result<Vec<Run>, Fault> {
        let starts = workers::each(repeats.len(), |at| {
            let repeat = repeats[at];
            let left: Vec<&StrategyEntry> = self
                .entries
                .iter()
                .copied()
                .filter(|entry| self.before(repeat, entry).is_none())
                .collect();
            match left.is_empty() {
                true => Ok(None),
                false => SharedStart::of(self.world, repeat, &left).map(Some),
            }
        });
        let starts = starts.into_iter().collect::<Result<Vec<_>, Fault>>()?;
        let n = self.entries.len();
        let runs = workers::each(repeats.len() * n, |unit| {
            let (repeat, entry) = (repeats[unit / n], self.entries[unit % n]);
            match (self.before(repeat, entry), &starts[unit / n]) {
                (None, Some(start)) => {
                    let run = run(start, entry, self.progress)?;
                    (self.done)(&run);
                    Ok(run)
                }
                (before, _) => {
                    self.progress.advance((self.world.sizes.rounds + 1) as u64);
                    Ok(before.expect("a start for all that is left").clone())
                }
            }
        });
        runs.into_iter().collect()
    }

    /// The run of a strategy in a repeat, if an earlier call finished it.
    fn before(&self, repeat: usize, entry: &StrategyEntry) -> Option<&Run> {
        let mut known = self.known.iter();
        known.find(|run| run.repeat == repeat && run.strategy == entry.name)
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
    source: &TableSource,
    train: &TrainOptions,
    options: &SimulateOptions,
    known: Vec<Run>,
    done: &(dyn Fn(&Run) + Sync),
    progress: &dyn Progress,
) -> Result<Simulation, Fault> {
    progress.stage("reading results", 0);
    let world = World::new(source, train, options)?;
    let options = &world.sizes;
    let mut strategies = options.strategies.clone();
    if !strategies.iter().any(|name| name == RANDOM) {
        strategies.insert(0, RANDOM.to_owned());
    }
    if options.goal == Goal::Best {
        check_goal(world.task, train.direction, "give ")?;
    }
    let mut distinct = HashSet::new();
    strategies.retain(|name| distinct.insert(name.clone()));
    let mut entries = Vec::with_capacity(strategies.len());
    for name in &strategies {
        let entry = registry::find(name)?;
        check_task(entry, world.task)?;
        check_direction(entry, train.direction, "give ")?;
        entries.push(entry);
    }
    progress.counted(
        "replaying",
        (options.repeats * entries.len() * (options.rounds + 1)) as u64,
        "models",
    );
    let replay = Replay {
        world: &world,
        entries: &entries,
        known: &known,
        done,
        progress,
    };
    let mut runs = Vec::new();
    let at_once = REPEATS_AT_ONCE * workers::count();
    for first in (0..options.repeats).step_by(at_once) {
        let repeats: Vec<usize> = (first..options.repeats.min(first + at_once)).collect();
        runs.extend(replay.repeats(&repeats)?);
    }
    let place = |run: &Run| strategies.iter().position(|name| *name == run.strategy);
    runs.sort_by_key(|run| (place(run), run.repeat));
    let scale = TestedScale {
        task: world.task,
        log_target: train.log_target,
        rows: world.n_test,
    };
    let (verdicts, found) = match options.goal {
        Goal::Model => (verdicts(&runs, &strategies, scale, train.seed), Vec::new()),
        Goal::Best => {
            let top = TopRows {
                rows: world.top(world.n_pool()),
                pool: world.rows.len() - world.n_test,
            };
            (
                Vec::new(),
                search_verdicts(&runs, &strategies, top, train.seed),
            )
        }
    };
    Ok(Simulation {
        verdicts,
        found,
        runs,
        rows: (world.n_pool(), world.n_test),
        options: world.sizes,
        warnings: world.warnings,
    })
}
