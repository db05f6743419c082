//! One strategy in one repeat: measure, learn, test, choose.

use std::collections::HashSet;

use al_core::stop::{Brought, TrackRecord};
use al_core::{Belief, Fault, Goal, Key, Progress, Seed, Tabular, Task, stop};
use al_sampling::{Query, SelectionLimits, Strategy, StrategyEntry, select};
use al_select::{Anchors, Assembly, Offer, REFERENCE, Space, noise, uncertainties};
use ndarray::{Array2, ArrayView2, Axis, s};

use crate::belief::{AskedOf, ReplayedBelief, ReplayedRows};
use crate::curve::{Point, Run, Within};
use crate::options::{RANDOM, SimulateOptions};
use crate::world::{Split, World};

/// Open rows of which the variance tells what a batch can bring, where the strategy reads
/// no predictions and rows are predicted for that alone.
const SAMPLED: usize = 500;

/// A repeat and what all of its strategies start with.
pub(crate) struct SharedStart<'a> {
    world: &'a World,
    repeat: usize,
    split: Split,
    /// What is believed of the first rows; none if nobody reads it.
    belief: Option<ReplayedBelief>,
}

impl<'a> SharedStart<'a> {
    /// The start of `strategies` in a repeat.
    pub(crate) fn of(
        world: &'a World,
        repeat: usize,
        strategies: &[&StrategyEntry],
    ) -> Result<SharedStart<'a>, Fault> {
        let split = world.split(repeat, world.sizes.initial);
        let asked = strategies.iter().map(|entry| asked_by(entry));
        let asked = asked.fold(AskedOf::default(), AskedOf::or);
        let rows = ReplayedRows {
            known: &split.known,
            open: &split.open,
            test: &split.test,
        };
        let belief = match !split.test.is_empty() || asked != AskedOf::default() {
            true => Some(ReplayedBelief::learn(
                world,
                rows,
                asked,
                world.round_seed(repeat, 0),
            )?),
            false => None,
        };
        Ok(SharedStart {
            world,
            repeat,
            split,
            belief,
        })
    }
}

/// What a strategy asks of a belief. A random choice weighs nothing.
fn asked_by(entry: &StrategyEntry) -> AskedOf {
    AskedOf {
        predictions: entry.needs_model,
        weights: entry.name != RANDOM,
    }
}

/// Replays a strategy from the start of a repeat.
pub(crate) fn run(
    start: &SharedStart<'_>,
    entry: &StrategyEntry,
    progress: &dyn Progress,
) -> Result<Run, Fault> {
    let (world, repeat, split) = (start.world, start.repeat, &start.split);
    let options = &world.sizes;
    let (mut known, mut open) = (split.known.clone(), split.open.clone());
    let pool: Vec<usize> = [&known[..], &open].concat();
    let strategy = entry.with_defaults();
    let mut points = Vec::with_capacity(options.rounds + 1);
    for round in 0..=options.rounds {
        let seed = world.round_seed(repeat, round);
        let is_last = round == options.rounds || open.is_empty();
        let asked = match is_last {
            true => AskedOf::default(),
            false => asked_by(entry),
        };
        let rows = ReplayedRows {
            known: &known,
            open: &open,
            test: &split.test,
        };
        let learned;
        let belief = match (split.test.is_empty() && asked == AskedOf::default(), round) {
            (true, _) => None,
            (false, 0) => start.belief.as_ref(),
            (false, _) => {
                learned = ReplayedBelief::learn(world, rows, asked, seed)?;
                Some(&learned)
            }
        };
        let mut point = Point {
            round,
            ..measured(world, &pool, &known)
        };
        if let Some(tested) = belief.and_then(|belief| belief.tested) {
            tested.note(&mut point);
        }
        progress.advance(1);
        if !is_last {
            let (chosen, gain) = match belief {
                Some(belief) => ReplayedStep {
                    world,
                    entry,
                    belief,
                    open: &open,
                }
                .choose(strategy.as_ref(), options)?,
                None => (
                    blindly(world, &open, strategy.as_ref(), options, seed)?,
                    None,
                ),
            };
            let before: Vec<&Point> = points.iter().chain([&point]).collect();
            let record = TrackRecord::of(before.windows(2).map(|pair| Brought {
                labels: pair[0].labels,
                batch: pair[1].labels - pair[0].labels,
                errors: [pair[0].error, pair[1].error],
            }));
            if let Some(gain) = gain {
                point.expected_gain = record.forecast(gain, known.len(), chosen.len());
            }
            known.extend(chosen.iter().map(|&at| open[at]));
            let taken: HashSet<usize> = chosen.iter().map(|&at| open[at]).collect();
            open.retain(|row| !taken.contains(row));
        }
        points.push(point);
    }
    Ok(Run {
        strategy: entry.name.to_owned(),
        repeat,
        points,
        within: within(world, &pool, &known),
    })
}

/// Places in `open` of the next batch of a strategy that reads keys alone.
fn blindly(
    world: &World,
    open: &[usize],
    strategy: &dyn Strategy,
    options: &SimulateOptions,
    seed: Seed,
) -> Result<Vec<usize>, Fault> {
    let keys: Vec<Key> = open.iter().map(|&row| world.keys()[row]).collect();
    let limits = SelectionLimits::first(options.batch);
    let batch = select(strategy, &Query::new(&keys), &limits, seed)?;
    Ok(batch.picks.iter().map(|pick| pick.row).collect())
}

/// What is known of the `pool` once the rows `known` are measured.
fn measured(world: &World, pool: &[usize], known: &[usize]) -> Point {
    let cost = world.cost.as_ref();
    let failed = known.iter().filter(|&&row| !world.works(row)).count();
    let mut point = Point {
        labels: known.len(),
        cost: cost.map_or(f64::NAN, |cost| known.iter().map(|&row| cost[row]).sum()),
        failures: match world.has_failures() {
            true => failed as f64,
            false => f64::NAN,
        },
        ..Point::unknown()
    };
    // Without a direction none is best.
    if world.options.direction.is_some() && world.task == Task::Regression {
        let (there, found) = (world.best(pool), world.best(known));
        let units = world.scale();
        let [fitted_there, fitted_found] = [there, found].map(|value| units.fitted(value));
        point.best = units.unfitted(fitted_found);
        point.regret = world.direction().advantage(fitted_there, fitted_found);
        if world.sizes.goal == Goal::Best {
            point.shortfall = world.shortfall(there, found);
            point.recall = world.recall(pool, known);
        }
    }
    point
}

/// When the best of the rows `known`, in the order in which they were measured, came near
/// the best of the `pool`.
fn within(world: &World, pool: &[usize], known: &[usize]) -> Within {
    if world.sizes.goal == Goal::Model {
        return Within::default();
    }
    let best = world.best(pool);
    let near = |share: f64| {
        let mut rows = known.iter();
        let there = rows.position(|&row| {
            world.works(row) && world.shortfall(best, world.best(&[row])) <= share
        });
        there.map(|at| at + 1)
    };
    Within {
        one_percent: near(0.01),
        tenth_of_a_percent: near(0.001),
    }
}

/// What a strategy is asked about.
struct ReplayedStep<'a> {
    world: &'a World,
    entry: &'a StrategyEntry,
    belief: &'a ReplayedBelief,
    open: &'a [usize],
}

impl ReplayedStep<'_> {
    /// Places in `open` of the next batch, and the gain that it can bring at most; no gain
    /// where the error is not known.
    fn choose(
        &self,
        strategy: &dyn Strategy,
        options: &SimulateOptions,
    ) -> Result<(Vec<usize>, Option<f64>), Fault> {
        match self.entry.needs_model {
            true => self.informed(strategy, options),
            false => self.placed(strategy, options),
        }
    }

    /// The choice of a strategy that reads predictions.
    fn informed(
        &self,
        strategy: &dyn Strategy,
        options: &SimulateOptions,
    ) -> Result<(Vec<usize>, Option<f64>), Fault> {
        let belief = &self.belief.campaign;
        let x = self.world.x.take(self.open);
        let said = self.belief.said.as_ref().expect("it was asked for");
        let (scores, gains) = uncertainties(belief, &x, said, strategy.needs())?;
        let (features, means) = (said.features(), said.means());
        let points = belief.encoder().places(&x);
        let keys = self.keys();
        let mut anchors = Anchors::measured(belief, None);
        anchors.noise = noise(belief, said);
        let offer = Offer {
            keys: &keys,
            x: &x,
            points: points.view(),
            features: features.view(),
            means: means.view(),
            scores: &scores,
            gains: &gains,
            weights: self.belief.weights.as_deref(),
        };
        let assembly = Assembly::new(belief, offer, &anchors, options.space)?;
        let rows = self.picked(strategy, &assembly, options)?;
        let few = features.nrows().min(REFERENCE);
        let gain = self.gain(
            features.slice(s![..few, ..]),
            features.select(Axis(0), &rows).view(),
            anchors.noise,
        );
        Ok((rows, gain))
    }

    /// The choice of a strategy that reads where rows lie, and no predictions: only some
    /// rows are predicted, for the gain.
    fn placed(
        &self,
        strategy: &dyn Strategy,
        options: &SimulateOptions,
    ) -> Result<(Vec<usize>, Option<f64>), Fault> {
        let belief = &self.belief.campaign;
        let x = self.world.x.take(self.open);
        let points = belief.encoder().places(&x);
        let nothing = Array2::zeros((x.n_rows(), 0));
        let keys = self.keys();
        let weighed = self.entry.name != RANDOM;
        let anchors = Anchors::placed(belief);
        let offer = Offer {
            keys: &keys,
            x: &x,
            points: points.view(),
            features: nothing.view(),
            means: nothing.view(),
            scores: &[],
            gains: &[],
            weights: self.belief.weights.as_deref().filter(|_| weighed),
        };
        let assembly = Assembly::new(belief, offer, &anchors, Space::Predictions)?;
        let rows = self.picked(strategy, &assembly, options)?;
        if self.belief.tested.is_none() {
            return Ok((rows, None));
        }
        let few = self.open.len().min(SAMPLED);
        let both: Vec<usize> = (0..few).chain(rows.iter().copied()).collect();
        let said = belief.posterior(&x.take(&both));
        let features = said.features();
        let gain = self.gain(
            features.slice(s![..few, ..]),
            features.slice(s![few.., ..]),
            noise(belief, &said),
        );
        Ok((rows, gain))
    }

    fn keys(&self) -> Vec<Key> {
        let keys = self.world.keys();
        self.open.iter().map(|&row| keys[row]).collect()
    }

    fn picked(
        &self,
        strategy: &dyn Strategy,
        assembly: &Assembly<'_>,
        options: &SimulateOptions,
    ) -> Result<Vec<usize>, Fault> {
        let limits = SelectionLimits::first(options.batch);
        let seed = self.belief.campaign.seed();
        let batch = select(strategy, &assembly.query(), &limits, seed)?;
        Ok(batch.picks.iter().map(|pick| pick.row).collect())
    }

    /// The gain that the rows of the features `batch` can bring at most over those of
    /// `reference`.
    fn gain(
        &self,
        reference: ArrayView2<'_, f32>,
        batch: ArrayView2<'_, f32>,
        noise: f32,
    ) -> Option<f64> {
        let squared = self.belief.tested?.squared;
        let unit = self.belief.campaign.scale().variance_unit();
        Some(stop::expected(
            reference,
            batch,
            f64::from(noise),
            squared / unit,
        ))
    }
}
