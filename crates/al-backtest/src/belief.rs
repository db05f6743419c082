//! What is believed at one moment of a replay, how good it is, and what it says of the
//! rows that are still open.

use al_campaign::Campaign;
use al_core::{
    Belief, Fault, Goal, Posterior, RowPredictor, Seed, Tabular, information, metrics, posterior,
    stop,
};
use al_select::{Factors, LEAST_FEASIBLE};

use crate::curve::Point;
use crate::world::World;

/// What is asked of a belief about the open rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AskedOf {
    /// The members' predictions.
    pub(crate) predictions: bool,
    /// What the rows are expected to cost, and whether they may work.
    pub(crate) weights: bool,
}

impl AskedOf {
    /// What either asks for.
    pub(crate) fn or(self, other: AskedOf) -> AskedOf {
        AskedOf {
            predictions: self.predictions || other.predictions,
            weights: self.weights || other.weights,
        }
    }
}

/// The rows of a replay at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReplayedRows<'a> {
    /// Measured rows.
    pub(crate) known: &'a [usize],
    /// Rows that can be measured.
    pub(crate) open: &'a [usize],
    /// Rows to test on.
    pub(crate) test: &'a [usize],
}

/// What is believed once some rows are measured.
pub(crate) struct ReplayedBelief {
    pub(crate) campaign: Campaign,
    /// How good it is on the test rows, if there are any.
    pub(crate) tested: Option<TestedErrors>,
    /// What it says of the open rows, if that was asked for.
    pub(crate) said: Option<Posterior>,
    /// How much each open row is wanted for what it is expected to cost, and for whether
    /// it may work, if that was asked for; `None`: all alike.
    pub(crate) weights: Option<Vec<f32>>,
}

impl ReplayedBelief {
    /// Learns from the known rows, and works out all that is asked for: strategies of one
    /// repeat share what they start with on several threads, and none is to wait for what
    /// another has begun.
    pub(crate) fn learn(
        world: &World,
        rows: ReplayedRows<'_>,
        asked: AskedOf,
        seed: Seed,
    ) -> Result<ReplayedBelief, Fault> {
        let mut options = world.options.clone();
        options.seed = seed;
        let campaign = Campaign::rehearsed(
            options,
            world.task,
            world.classes.clone(),
            world.encoder.clone(),
            world.rows.take(rows.known),
            world.sizes.goal == Goal::Model,
        )?;
        let tested = match rows.test {
            [] => None,
            test => Some(TestedErrors::of(world, &campaign, test)),
        };
        let said = asked
            .predictions
            .then(|| campaign.posterior(&world.x.take(rows.open)));
        let weights = match asked.weights {
            true => weights(world, &campaign, rows.open)?,
            false => None,
        };
        Ok(ReplayedBelief {
            campaign,
            tested,
            said,
            weights,
        })
    }
}

fn weights(world: &World, campaign: &Campaign, open: &[usize]) -> Result<Option<Vec<f32>>, Fault> {
    let (cost, feasible) = (campaign.cost()?, campaign.feasibility()?);
    if cost.is_none() && feasible.is_none() {
        return Ok(None);
    }
    let table = world.rows.features().take(open);
    let predict =
        |model: Option<&dyn RowPredictor>| model.map_or_else(Vec::new, |model| model.of(&table));
    let factors = Factors {
        cost: predict(cost),
        feasible: predict(feasible),
        ..Factors::default()
    };
    Ok(factors.weights(open.len(), &[], 1.0, LEAST_FEASIBLE))
}

/// How good a belief is on the test rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestedErrors {
    error: f64,
    absolute: f64,
    r2: f64,
    /// The mean squared error on the fitted scale or, of probabilities, the Brier score.
    pub(crate) squared: f64,
}

impl TestedErrors {
    fn of(world: &World, belief: &Campaign, test: &[usize]) -> TestedErrors {
        let values = world.rows.values();
        match belief.posterior(&world.x.take(test)) {
            Posterior::Values { draws, .. } => {
                let (units, scale) = (world.scale(), belief.scale());
                let truth: Vec<f64> = test.iter().map(|&row| units.fitted(values[row])).collect();
                let means = posterior::mean(&draws).into_iter();
                let predicted: Vec<f64> = means.map(|value| scale.predicted(value)).collect();
                let error = metrics::rmse(&truth, &predicted);
                let absolute = metrics::mae(&truth, &predicted);
                TestedErrors {
                    error,
                    absolute,
                    r2: metrics::r2(&truth, &predicted),
                    squared: stop::squared(Some(error), Some(absolute)).expect("both are known"),
                }
            }
            Posterior::Classes { draws } => {
                let mean = posterior::mean_probabilities(&draws);
                let truth: Vec<u32> = test.iter().map(|&row| values[row] as u32).collect();
                let predicted = information::predicted_classes(&mean);
                TestedErrors {
                    error: metrics::log_loss(&truth, &mean),
                    absolute: 1.0 - metrics::accuracy(&truth, &predicted),
                    r2: f64::NAN,
                    squared: metrics::brier(&truth, &mean),
                }
            }
        }
    }

    /// Notes them on the learning curve.
    pub(crate) fn note(&self, point: &mut Point) {
        point.error = self.error;
        point.absolute = self.absolute;
        point.r2 = self.r2;
    }
}
