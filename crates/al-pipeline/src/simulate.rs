//! Backtests: a measured table replayed as if it were not, to see which
//! strategy would have learned it with the fewest labels.
//!
//! In every repeat a share of the rows is set aside to test on, and a few of
//! the others, the same for all strategies, are what is known at first. Then,
//! round after round, a fresh ensemble is fitted on what is known, tested, and
//! asked through a strategy for the next batch, whose targets are looked up in
//! the table. Repeats are paired: strategies of one repeat start from the same
//! rows, are tested on the same rows, and differ in their picks only.

mod verdict;

use al_core::{
    Column, ColumnData, Key, Matrix, Numbers, Posterior, Progress, Seed, Table, Texts, encoder,
    metrics, posterior, workers,
};
use al_models::{Fitted, Labelled, Recipe, Target, TrainingRows};
use al_sampling::{Goal, Limits, Options, Query, registry, select};
use al_tables::Frame;
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::campaign::{LEARNED, Rows, labelled};
use crate::distances::Distances;
use crate::error::{Error, files};
use crate::gain::{Informant, Information, ReferenceRows, noise};
use crate::measures::{Measures, Ranges};
use crate::options::{Direction, Task, TrainOptions};
use crate::phrases::counted;
use crate::results::{Classes, fit_encoder};
use crate::scales::Scales;
use crate::source::Source;
use crate::space::{self, Space};
use crate::train::{Measured, measured};

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
    /// Rows known.
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
    /// What the known rows cost; NaN without a cost column.
    #[serde(deserialize_with = "or_nan")]
    pub cost: f64,
    /// The relative fall of the error that was expected of the batch chosen
    /// next; NaN after the last.
    #[serde(deserialize_with = "or_nan")]
    pub expected_gain: f64,
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
    pub warnings: Vec<String>,
}

impl Simulation {
    /// All points of the learning curves, a row each.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let points = || {
            let runs = self.runs.iter();
            runs.flat_map(|run| run.points.iter().map(move |point| (run, point)))
        };
        let number = |name: &str, of: &dyn Fn(&Run, &Point) -> f64| Column {
            name: name.to_owned(),
            data: ColumnData::Number(Numbers::from(
                points()
                    .map(|(run, point)| of(run, point))
                    .collect::<Vec<f64>>(),
            )),
        };
        let strategies = points().map(|(run, _)| Some(run.strategy.as_str()));
        let strategy = Column {
            name: "strategy".to_owned(),
            data: ColumnData::Text(Texts::from_rows(strategies)),
        };
        let mut columns = vec![
            strategy,
            number("repeat", &|run, _| run.repeat as f64),
            number("round", &|_, point| point.round as f64),
            number("labels", &|_, point| point.labels as f64),
            number("error", &|_, point| point.error),
            number("absolute_error", &|_, point| point.absolute),
            number("r2", &|_, point| point.r2),
            number("best", &|_, point| point.best),
            number("regret", &|_, point| point.regret),
            number("cost", &|_, point| point.cost),
            number("expected_gain", &|_, point| point.expected_gain),
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
) -> Result<Simulation, Error> {
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
        let run = world.run(repeat, strategy, options, progress)?;
        done(&run);
        Ok(run)
    })
    .into_iter()
    .collect::<Result<Vec<Run>, Error>>()?;
    let place = |run: &Run| strategies.iter().position(|name| *name == run.strategy);
    runs.sort_by_key(|run| (place(run), run.repeat));
    Ok(Simulation {
        verdicts: verdict::verdicts(&runs, &strategies, train.seed),
        runs,
        rows: (world.keys.len() - world.n_test, world.n_test),
        warnings: world.warnings,
    })
}

/// A table of which everything is known.
struct World {
    task: Task,
    options: TrainOptions,
    classes: Classes,
    rows: Rows,
    keys: Vec<Key>,
    x: Matrix,
    points: Array2<f64>,
    /// What each row cost.
    cost: Option<Vec<f64>>,
    n_test: usize,
    warnings: Vec<String>,
}

impl World {
    fn new(
        source: &Source,
        train: &TrainOptions,
        options: &SimulateOptions,
    ) -> Result<World, Error> {
        let Measured {
            input,
            table,
            target,
            schema,
            results,
            options: train,
            warnings,
        } = measured(source, train)?;
        let all = Rows::new(&table, &results, &schema, 0);
        let worked = all.with(&LEARNED);
        let rows = all.take(&worked);
        let n = rows.len();
        let n_test = (options.test * n as f64).round() as usize;
        let needed = options.initial + options.batch * options.rounds;
        if n_test == 0 || n - n_test < needed {
            return Err(Error::data(format!(
                "{}: {} can be known besides {n_test} to test on, and {} of {} need {needed}; give fewer --rounds, a smaller --batch or --initial",
                files(&input),
                counted(n - n_test, "row"),
                counted(options.rounds, "round"),
                options.batch,
            )));
        }
        let encoder = fit_encoder(&input, schema, &rows.features)?;
        let x = encoder
            .encode(&rows.features)
            .map_err(|error| Error::in_table(&input, &error))?;
        let points = encoder.points(&rows.features).expect("encoded above");
        let cost = match &train.cost {
            None => None,
            Some(name) => {
                let numbers = encoder::numbers(&table, name)
                    .map_err(|error| Error::in_table(&input, &error))?;
                let kept = worked
                    .iter()
                    .map(|&row| numbers.values[results.source[row]]);
                // A measurement of unknown cost adds nothing.
                Some(
                    kept.map(|cost| if cost.is_nan() { 0.0 } else { cost })
                        .collect(),
                )
            }
        };
        Ok(World {
            task: target.task,
            classes: target.classes,
            keys: rows.keys.clone(),
            options: train,
            rows,
            x,
            points,
            cost,
            n_test,
            warnings,
        })
    }

    fn seed(&self, repeat: usize) -> Seed {
        self.options.seed.derive("repeat", repeat as u64)
    }

    /// The rows of a repeat in random order: first those to test on.
    fn shuffled(&self, repeat: usize) -> Vec<usize> {
        let seed = self.seed(repeat);
        let mut rows: Vec<usize> = (0..self.keys.len()).collect();
        rows.sort_by_key(|&row| (seed.order(self.keys[row]), row));
        rows
    }

    fn run(
        &self,
        repeat: usize,
        strategy: &str,
        options: &SimulateOptions,
        progress: &dyn Progress,
    ) -> Result<Run, Error> {
        let order = self.shuffled(repeat);
        let (test, pool) = order.split_at(self.n_test);
        let mut known = pool[..options.initial].to_vec();
        let mut open = pool[options.initial..].to_vec();
        let entry = registry::find(strategy)?;
        let strategy = (entry.make)(&Options::none())?;
        let mut points = Vec::with_capacity(options.rounds + 1);
        for round in 0..=options.rounds {
            let seed = self.seed(repeat).derive("round", round as u64);
            let scales = Scales::of(
                &self.rows,
                &known,
                &self.options,
                self.task == Task::Regression,
            );
            let data = self.labelled(&known, &scales);
            let fitted = fit(&self.options.recipe, &data, seed)?;
            let (point, squared) = self.test(&fitted, &scales, test, pool, &known, round);
            points.push(point);
            progress.advance(1);
            if round == options.rounds {
                break;
            }
            let asked = Asked {
                known: &known,
                data: &data,
                open: &open,
                fitted: &fitted,
            };
            let squared = squared / scales.spread.powi(2);
            let (chosen, gain) = self.choose(strategy.as_ref(), &asked, options, seed, squared)?;
            points.last_mut().expect("pushed above").expected_gain = gain;
            known.extend(chosen.iter().map(|&at| open[at]));
            let taken: std::collections::HashSet<usize> = chosen.into_iter().collect();
            let mut at = 0;
            open.retain(|_| {
                at += 1;
                !taken.contains(&(at - 1))
            });
        }
        Ok(Run {
            strategy: entry.name.to_owned(),
            repeat,
            points,
        })
    }

    fn labelled(&self, rows: &[usize], scales: &Scales) -> Labelled {
        let x = self.x.take(rows);
        labelled(&self.rows, rows, x, &self.options, &self.classes, scales)
    }

    /// The model on the rows `test`, and what is known of the `pool`; and its
    /// mean squared error on the fitted scale or, of probabilities, Brier score.
    fn test(
        &self,
        fitted: &Fitted,
        scales: &Scales,
        test: &[usize],
        pool: &[usize],
        known: &[usize],
        round: usize,
    ) -> (Point, f64) {
        let belief = fitted.posterior(&self.x.take(test));
        let cost = match &self.cost {
            Some(cost) => known.iter().map(|&row| cost[row]).sum(),
            None => f64::NAN,
        };
        let mut point = Point {
            round,
            labels: known.len(),
            error: f64::NAN,
            absolute: f64::NAN,
            r2: f64::NAN,
            best: f64::NAN,
            regret: f64::NAN,
            cost,
            expected_gain: f64::NAN,
        };
        let squared = match &belief {
            Posterior::Values { draws, .. } => {
                let fitted = |row: usize| self.options.fitted(self.rows.values[row]);
                let truth: Vec<f64> = test.iter().map(|&row| fitted(row)).collect();
                let predicted: Vec<f64> = posterior::mean(draws)
                    .into_iter()
                    .map(|value| scales.fitted(value))
                    .collect();
                point.error = metrics::rmse(&truth, &predicted);
                point.absolute = metrics::mae(&truth, &predicted);
                point.r2 = metrics::r2(&truth, &predicted);
                // Small is good unless said otherwise.
                let sign = match self.options.direction {
                    Some(Direction::Max) => -1.0,
                    _ => 1.0,
                };
                let best = |rows: &[usize]| {
                    let values = rows.iter().map(|&row| sign * fitted(row));
                    values.fold(f64::INFINITY, f64::min)
                };
                point.best = self.options.unit(sign * best(known));
                point.regret = best(known) - best(pool);
                crate::stop::squared(Some(point.error), Some(point.absolute))
                    .expect("both are known")
            }
            Posterior::Classes { draws } => {
                let mean = posterior::mean_probabilities(draws);
                let truth: Vec<u32> = test.iter().map(|&r| self.rows.values[r] as u32).collect();
                let predicted = al_core::information::predicted_classes(&mean);
                point.error = metrics::log_loss(&truth, &mean);
                point.absolute = 1.0 - metrics::accuracy(&truth, &predicted);
                crate::metrics::brier(&truth, &mean)
            }
        };
        (point, squared)
    }

    /// Combined uncertainties and gains of the rows of `x`, without intervals,
    /// which a replay does not compute.
    fn scores(
        &self,
        fitted: &Fitted,
        x: &Matrix,
        belief: &Posterior,
        distance: Vec<f64>,
        seed: Seed,
    ) -> (Vec<f32>, Vec<f32>) {
        let n = x.n_rows();
        let columns = std::sync::Arc::clone(&x.columns);
        let mut reference = ReferenceRows::new(seed, columns, self.classes.len());
        reference.look(x);
        let informant = Informant::of(fitted, 1.0, &reference.matrix());
        let mut measures = Measures {
            distance,
            information: Information {
                gains: informant.gains(belief),
                change: vec![0.0; n],
            },
            ..Measures::default()
        };
        match belief {
            Posterior::Values { draws, .. } => {
                measures.variance = posterior::variance(draws);
                measures.width = vec![f64::INFINITY; n];
            }
            Posterior::Classes { draws } => {
                measures.classes = al_core::information::class_uncertainty(draws);
            }
        }
        let (gain, weights) = (crate::Gain::default(), crate::UncertaintyWeights::default());
        let ranges = Ranges::of(&measures, self.task, Some(gain), weights);
        let narrow = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect();
        (
            narrow(ranges.combine(&measures)),
            narrow(ranges.gain(&measures)),
        )
    }

    /// Places in `asked.open` of the next batch, and the gain expected of it
    /// where the mean squared error is `squared` in the units of the model.
    fn choose(
        &self,
        strategy: &dyn al_sampling::Strategy,
        asked: &Asked<'_>,
        options: &SimulateOptions,
        seed: Seed,
        squared: f64,
    ) -> Result<(Vec<usize>, f64), Error> {
        let Asked {
            known,
            data,
            open,
            fitted,
        } = *asked;
        let x = self.x.take(open);
        let belief = fitted.posterior(&x);
        let own = self.points.select(Axis(0), known);
        let points = self.points.select(Axis(0), open);
        let needs = strategy.needs();
        let (scores, gains) = if needs.scores || needs.gains {
            let distance = Distances::new(own.clone()).mean(&points, 5);
            self.scores(fitted, &x, &belief, distance, seed)
        } else {
            (Vec::new(), Vec::new())
        };
        let keys: Vec<Key> = open.iter().map(|&row| self.keys[row]).collect();
        let (features, means) = (belief.features(), crate::choose::mean(&belief));
        let anchor_features = fitted.posterior(&data.x).features();
        let (points, own) = (points.mapv(|v| v as f32), own.mapv(|v| v as f32));
        let anchor_values: Vec<f32> = match &data.y {
            Target::Values(values) => values.iter().map(|&value| value as f32).collect(),
            Target::Classes { .. } => Vec::new(),
        };
        let space = options.space;
        let leaves = space.leaves(fitted, &x, seed)?;
        let anchor_leaves = space.leaves(fitted, &data.x, seed)?;
        let embedding = space.embedding(&space::Rows {
            features: features.view(),
            points: points.view(),
            leaves: leaves.view(),
        });
        let anchor_embedding = space.embedding(&space::Rows {
            features: anchor_features.view(),
            points: own.view(),
            leaves: anchor_leaves.view(),
        });
        let query = Query {
            embedding: embedding.view(),
            anchor_embedding: anchor_embedding.view(),
            scores: &scores,
            gains: &gains,
            features: features.view(),
            means: means.view(),
            noise: noise(fitted, &belief),
            points: points.view(),
            anchor_features: anchor_features.view(),
            anchor_points: own.view(),
            anchor_values: &anchor_values,
            goal: self.options.direction.map(|direction| match direction {
                Direction::Min => Goal::Min,
                Direction::Max => Goal::Max,
            }),
            ..Query::new(&keys)
        };
        let batch = select(strategy, &query, &Limits::first(options.batch), seed)?;
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        let few = features.nrows().min(crate::choose::REFERENCE);
        let gain = crate::stop::expected(
            features.slice(ndarray::s![..few, ..]),
            features.select(Axis(0), &rows).view(),
            f64::from(query.noise),
            squared,
        );
        Ok((rows, gain))
    }
}

/// What a strategy is asked about.
struct Asked<'a> {
    known: &'a [usize],
    data: &'a Labelled,
    open: &'a [usize],
    fitted: &'a Fitted,
}

/// A fresh ensemble; out-of-bag residuals tell its noise.
fn fit(recipe: &Recipe, data: &Labelled, seed: Seed) -> Result<Fitted, Error> {
    let rows = TrainingRows {
        data,
        calibration: &[],
        replicate_noise: None,
    };
    Ok(Fitted::fit(recipe, rows, seed, &al_core::Silent)?)
}
