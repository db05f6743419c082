//! One strategy in one repeat: measure, learn, test, choose.

use std::collections::HashSet;

use al_campaign::Campaign;
use al_core::stop::{Brought, TrackRecord};
use al_core::{
    Belief, Direction, Fault, Key, Posterior, Progress, Seed, Tabular, information, metrics,
    posterior, stop,
};
use al_sampling::{SelectionLimits, Strategy, registry, select};
use al_select::{
    Anchors, Assembly, Factors, LEAST_FEASIBLE, Offer, REFERENCE, noise, uncertainties,
};
use ndarray::Axis;

use crate::curve::{Point, Run};
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
        let belief = learn(world, &known, seed)?;
        let (mut point, squared) = tested(world, &belief, &split.test, &pool, &known, round);
        progress.advance(1);
        if round < options.rounds && !open.is_empty() {
            let (chosen, gain) = ReplayedStep {
                world,
                belief: &belief,
                open: &open,
                weighed: entry.name != RANDOM,
            }
            .choose(strategy.as_ref(), options, squared)?;
            let before: Vec<&Point> = points.iter().chain([&point]).collect();
            let record = TrackRecord::of(before.windows(2).map(|pair| Brought {
                labels: pair[0].labels,
                batch: pair[1].labels - pair[0].labels,
                errors: [pair[0].error, pair[1].error],
            }));
            point.expected_gain = record.forecast(gain, known.len(), chosen.len());
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

/// How good the belief is on the rows `test`, and what is known of the `pool`;
/// and its mean squared error on the fitted scale or, of probabilities, Brier
/// score.
fn tested(
    world: &World,
    belief: &Campaign,
    test: &[usize],
    pool: &[usize],
    known: &[usize],
    round: usize,
) -> (Point, f64) {
    let cost = world.cost.as_ref();
    let failed = known.iter().filter(|&&row| !world.works(row)).count();
    let mut point = Point {
        round,
        labels: known.len(),
        error: f64::NAN,
        absolute: f64::NAN,
        r2: f64::NAN,
        best: f64::NAN,
        regret: f64::NAN,
        cost: cost.map_or(f64::NAN, |cost| known.iter().map(|&row| cost[row]).sum()),
        failures: match world.has_failures() {
            true => failed as f64,
            false => f64::NAN,
        },
        expected_gain: f64::NAN,
    };
    let values = world.rows.values();
    let squared = match belief.posterior(&world.x.take(test)) {
        Posterior::Values { draws, .. } => {
            let (units, scale) = (world.scale(), belief.scale());
            let fitted = |row: usize| units.fitted(values[row]);
            let truth: Vec<f64> = test.iter().map(|&row| fitted(row)).collect();
            let means = posterior::mean(&draws).into_iter();
            let predicted: Vec<f64> = means.map(|value| scale.predicted(value)).collect();
            point.error = metrics::rmse(&truth, &predicted);
            point.absolute = metrics::mae(&truth, &predicted);
            point.r2 = metrics::r2(&truth, &predicted);
            let direction = world.direction();
            let best = |rows: &[usize]| {
                let worked = rows.iter().filter(|&&row| world.works(row));
                let none = match direction {
                    Direction::Min => f64::INFINITY,
                    Direction::Max => f64::NEG_INFINITY,
                };
                worked.fold(none, |best, &row| direction.best(best, fitted(row)))
            };
            // Without a direction none is best.
            if world.options.direction.is_some() {
                point.best = units.unfitted(best(known));
                point.regret = direction.advantage(best(pool), best(known));
            }
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
    };
    (point, squared)
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
    /// the mean squared error is `squared`.
    fn choose(
        &self,
        strategy: &dyn Strategy,
        options: &SimulateOptions,
        squared: f64,
    ) -> Result<(Vec<usize>, f64), Fault> {
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
        let gain = stop::expected(
            features.slice(ndarray::s![..few, ..]),
            features.select(Axis(0), &rows).view(),
            f64::from(anchors.noise),
            squared / belief.scale().variance_unit(),
        );
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
