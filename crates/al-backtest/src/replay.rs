//! One strategy in one repeat: measure, learn, test, choose.

use std::collections::HashSet;

use al_campaign::Campaign;
use al_core::stop::{Brought, TrackRecord};
use al_core::{
    Belief, Fault, Goal, Key, Posterior, Progress, Seed, Tabular, Task, information, metrics,
    posterior, stop,
};
use al_sampling::{Query, SelectionLimits, Strategy, registry, select};
use al_select::{
    Anchors, Assembly, Factors, LEAST_FEASIBLE, Offer, REFERENCE, noise, uncertainties,
};
use ndarray::Axis;

use crate::curve::{Point, Run, Within};
use crate::options::{RANDOM, SimulateOptions};
use crate::world::World;

/// Replays the strategy of the name `strategy` in a repeat.
pub(crate) fn run(
    world: &World,
    repeat: usize,
    strategy: &str,
    options: &SimulateOptions,
    progress: &dyn Progress,
) -> Result<Run, Fault> {
    let split = world.split(repeat, options.initial);
    let (mut known, mut open) = (split.known.clone(), split.open.clone());
    let pool: Vec<usize> = [split.known, split.open].concat();
    let entry = registry::find(strategy)?;
    let strategy = entry.with_defaults();
    let mut points = Vec::with_capacity(options.rounds + 1);
    for round in 0..=options.rounds {
        let seed = world.seed(repeat).derive("round", round as u64);
        let is_last = round == options.rounds || open.is_empty();
        let is_tested = !split.test.is_empty();
        let belief = match is_tested || !(is_last || entry.name == RANDOM) {
            true => Some(learn(world, &known, seed)?),
            false => None,
        };
        let mut point = Point {
            round,
            ..measured(world, &pool, &known)
        };
        let squared = match &belief {
            Some(belief) if is_tested => Some(tested(world, belief, &split.test, &mut point)),
            _ => None,
        };
        progress.advance(1);
        if !is_last {
            let (chosen, gain) = match &belief {
                Some(belief) => ReplayedStep {
                    world,
                    belief,
                    open: &open,
                    weighed: entry.name != RANDOM,
                }
                .choose(strategy.as_ref(), options, squared)?,
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

/// What is believed once the rows `known` are measured.
fn learn(world: &World, known: &[usize], seed: Seed) -> Result<Campaign, Fault> {
    let mut options = world.options.clone();
    options.seed = seed;
    Campaign::rehearsed(
        options,
        world.task,
        world.classes.clone(),
        world.encoder.clone(),
        world.rows.take(known),
    )
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

/// Notes how good the belief is on the rows `test`, and returns its mean squared error on
/// the fitted scale or, of probabilities, the Brier score.
fn tested(world: &World, belief: &Campaign, test: &[usize], point: &mut Point) -> f64 {
    let values = world.rows.values();
    match belief.posterior(&world.x.take(test)) {
        Posterior::Values { draws, .. } => {
            let (units, scale) = (world.scale(), belief.scale());
            let truth: Vec<f64> = test.iter().map(|&row| units.fitted(values[row])).collect();
            let means = posterior::mean(&draws).into_iter();
            let predicted: Vec<f64> = means.map(|value| scale.predicted(value)).collect();
            point.error = metrics::rmse(&truth, &predicted);
            point.absolute = metrics::mae(&truth, &predicted);
            point.r2 = metrics::r2(&truth, &predicted);
            stop::squared(Some(point.error), Some(point.absolute)).expect("both are known")
        }
        Posterior::Classes { draws } => {
            let mean = posterior::mean_probabilities(&draws);
            let truth: Vec<u32> = test.iter().map(|&row| values[row] as u32).collect();
            let predicted = information::predicted_classes(&mean);
            point.error = metrics::log_loss(&truth, &mean);
            point.absolute = 1.0 - metrics::accuracy(&truth, &predicted);
            metrics::brier(&truth, &mean)
        }
    }
}

/// What a strategy is asked about.
struct ReplayedStep<'a> {
    world: &'a World,
    belief: &'a Campaign,
    open: &'a [usize],
    /// Whether costs and failures count.
    weighed: bool,
}

impl ReplayedStep<'_> {
    /// Places in `open` of the next batch, and the gain that it can bring at most where
    /// the mean squared error is `squared`; no gain where that is not known.
    fn choose(
        &self,
        strategy: &dyn Strategy,
        options: &SimulateOptions,
        squared: Option<f64>,
    ) -> Result<(Vec<usize>, Option<f64>), Fault> {
        let (world, belief) = (self.world, self.belief);
        let x = world.x.take(self.open);
        let posterior = belief.posterior(&x);
        let needs = strategy.needs();
        let (scores, gains) = match needs.scores || needs.gains {
            true => uncertainties(belief, &world.rows.features().take(self.open))?,
            false => (Vec::new(), Vec::new()),
        };
        let keys: Vec<Key> = self.open.iter().map(|&row| world.keys()[row]).collect();
        let (features, means) = (posterior.features(), posterior.means());
        let points = belief.encoder().places(&x);
        let weights = match self.weighed {
            true => self.weights()?,
            false => None,
        };
        let mut anchors = Anchors::measured(belief, None);
        anchors.noise = noise(belief, &posterior);
        let offer = Offer {
            keys: &keys,
            x: &x,
            points: points.view(),
            features: features.view(),
            means: means.view(),
            scores: &scores,
            gains: &gains,
            weights: weights.as_deref(),
        };
        let assembly = Assembly::new(belief, offer, &anchors, options.space)?;
        let limits = SelectionLimits::first(options.batch);
        let batch = select(strategy, &assembly.query(), &limits, belief.seed())?;
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        let few = features.nrows().min(REFERENCE);
        let gain = squared.map(|squared| {
            stop::expected(
                features.slice(ndarray::s![..few, ..]),
                features.select(Axis(0), &rows).view(),
                f64::from(anchors.noise),
                squared / belief.scale().variance_unit(),
            )
        });
        Ok((rows, gain))
    }

    /// How much each open row is wanted for what it is expected to cost, and for
    /// whether it may work; `None`: all alike.
    fn weights(&self) -> Result<Option<Vec<f32>>, Fault> {
        let table = self.world.rows.features().take(self.open);
        let predict = |model: Option<&dyn al_core::RowPredictor>| {
            model.map_or_else(Vec::new, |model| model.of(&table))
        };
        let factors = Factors {
            cost: predict(self.belief.cost()?),
            feasible: predict(self.belief.feasibility()?),
            ..Factors::default()
        };
        Ok(factors.weights(self.open.len(), &[], 1.0, LEAST_FEASIBLE))
    }
}
