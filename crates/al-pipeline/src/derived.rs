//! What else the measured rows tell, besides the target: whether a
//! configuration works at all, and what measuring it costs.
//!
//! Both models follow from the rows of the model file and its seed alone. They
//! are fitted when they are asked for and never stored: a file of any age has
//! them, and an update cannot leave them behind.

use al_core::{Encoder, Matrix, Posterior, Silent, Table, posterior};
use al_models::{Fitted, Labelled, LearnerOptions, Recipe, Target, TrainingRows};

use crate::campaign::{Campaign, Rows};
use crate::error::Error;
use crate::results::Role;

/// Most rows that a model is fitted on: a random sample of more says as much.
const MOST: usize = 50_000;

/// Probability of working below which a row counts as sure to fail.
pub(crate) const HOPELESS: f64 = 0.05;

/// How both are learned: smaller than the model of the target, since neither
/// picks a row on its own.
fn recipe() -> Recipe {
    Recipe {
        options: LearnerOptions {
            trees: 60,
            depth: 5,
            learning_rate: 0.1,
        },
        members: 5,
        ..Recipe::default()
    }
}

/// A model on rows of which the first says more than the others may know:
/// categories that only failed rows have are known to it.
#[derive(Debug)]
struct Derived {
    encoder: Encoder,
    fitted: Fitted,
}

impl Derived {
    /// From the rows `rows` with the targets `y`.
    fn fit(campaign: &Campaign, rows: &[usize], y: Target, what: &str) -> Result<Derived, Error> {
        let table = campaign.rows.features.take(rows);
        let encoder = campaign
            .encoder
            .refit(&table)
            .expect("the model's own rows fit its schema");
        let x = encoder.encode(&table).expect("encoded before");
        let data = Labelled {
            weights: vec![1.0; x.n_rows()],
            x,
            y,
        };
        let rows = TrainingRows {
            data: &data,
            calibration: &[],
            replicate_noise: None,
        };
        let seed = campaign.seed().derive(what, 0);
        Ok(Derived {
            fitted: Fitted::fit(&recipe(), rows, seed, &Silent)?,
            encoder,
        })
    }

    fn belief(&self, table: &Table) -> Posterior {
        let x: Matrix = self.encoder.encode(table).expect("encoded before");
        self.fitted.posterior(&x)
    }
}

/// At most [`MOST`] of the rows, drawn by the model's seed.
fn some(campaign: &Campaign, mut rows: Vec<usize>) -> Vec<usize> {
    if rows.len() > MOST {
        let order = campaign.seed().derive("derived", 0);
        rows.sort_by_key(|&row| (order.order(campaign.rows.keys[row]), row));
        rows.truncate(MOST);
    }
    rows
}

/// Probability that a configuration works.
#[derive(Debug)]
pub(crate) struct Feasibility(Derived);

impl Feasibility {
    /// Learned from the failures among the model's rows; `None` if there are
    /// none.
    ///
    /// # Errors
    ///
    /// The learner's.
    pub(crate) fn learn(campaign: &Campaign) -> Result<Option<Feasibility>, Error> {
        let roles = &campaign.rows.roles;
        if !roles.contains(&Role::Failed) {
            return Ok(None);
        }
        let rows = some(campaign, (0..campaign.rows.len()).collect());
        let failed = |&row: &usize| u32::from(roles[row] == Role::Failed);
        let codes: Vec<u32> = rows.iter().map(failed).collect();
        if codes.iter().all(|&code| code == codes[0]) {
            return Ok(None);
        }
        let y = Target::Classes { codes, classes: 2 };
        Derived::fit(campaign, &rows, y, "feasible")
            .map(Feasibility)
            .map(Some)
    }

    /// Per row of `table`, in [0, 1].
    pub(crate) fn of(&self, table: &Table) -> Vec<f64> {
        match self.0.belief(table) {
            Posterior::Classes { draws } => {
                let mean = posterior::mean_probabilities(&draws);
                mean.column(0).iter().map(|p| p.clamp(0.0, 1.0)).collect()
            }
            Posterior::Values { .. } => unreachable!("fitted on classes"),
        }
    }
}

/// What measuring a configuration costs.
#[derive(Debug)]
pub(crate) struct CostModel(Derived);

impl CostModel {
    /// Learned from what the model's rows cost; `None` if that is not known of
    /// any.
    ///
    /// # Errors
    ///
    /// The learner's.
    pub(crate) fn learn(campaign: &Campaign) -> Result<Option<CostModel>, Error> {
        let costs = &campaign.rows.costs;
        let known = (0..costs.len()).filter(|&row| costs[row] > 0.0).collect();
        let rows = some(campaign, known);
        if rows.is_empty() {
            return Ok(None);
        }
        // Costs spread over orders of magnitude: their logarithm is learned.
        let y = Target::Values(rows.iter().map(|&row| costs[row].ln()).collect());
        Derived::fit(campaign, &rows, y, "cost")
            .map(CostModel)
            .map(Some)
    }

    /// The median cost expected of each row of `table`, > 0.
    pub(crate) fn of(&self, table: &Table) -> Vec<f64> {
        match self.0.belief(table) {
            Posterior::Values { draws, .. } => {
                posterior::mean(&draws).into_iter().map(f64::exp).collect()
            }
            Posterior::Classes { .. } => unreachable!("fitted on values"),
        }
    }
}

impl Rows {
    /// Whether what any row cost is known.
    pub(crate) fn has_costs(&self) -> bool {
        self.costs.iter().any(|cost| !cost.is_nan())
    }
}
