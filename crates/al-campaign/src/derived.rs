//! What else the measured rows tell, besides the target: whether a
//! configuration works at all, and what measuring it costs.
//!
//! Both models follow from the rows of the model file and its seed alone. They
//! are fitted when they are first asked for and never stored: a file of any age
//! has them, and an update cannot leave them behind.

use std::sync::OnceLock;

use al_core::{
    Encoder, Matrix, Observed, Posterior, Role, RowPredictor, Seed, Silent, Table, posterior,
};
use al_models::{
    Beyond, FitError, Fitted, Labelled, Labels, LearnerOptions, Recipe, TrainingRows, Transfer,
};

/// What is worked out when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Where the range of the rows ends.
    pub(crate) beyond: OnceLock<Beyond>,
    /// What hardware with few measurements borrows.
    pub(crate) transfer: OnceLock<Result<Option<Transfer>, FitError>>,
    pub(crate) feasibility: OnceLock<Result<Option<Feasibility>, FitError>>,
    pub(crate) cost: OnceLock<Result<Option<CostModel>, FitError>>,
    /// Whether failures and costs are learned by fewer members of fewer trees with larger
    /// steps.
    pub(crate) quick: bool,
}

impl Learned {
    /// Nothing yet.
    pub(crate) fn new(quick: bool) -> Learned {
        Learned {
            quick,
            ..Learned::default()
        }
    }
}

/// Most rows that a model is fitted on: a random sample of more says as much.
const MOST: usize = 50_000;

/// How both are learned: smaller than the model of the target, since neither
/// picks a row on its own. `quick` is for many fits in a row.
fn recipe(quick: bool) -> Recipe {
    let (members, trees, learning_rate) = match quick {
        true => (3, 20, 0.3),
        false => (5, 60, 0.1),
    };
    Recipe {
        options: LearnerOptions {
            trees,
            depth: 5,
            learning_rate,
            early_stopping: false,
            symmetric: false,
            least_reduction: 0.0,
        },
        members,
        ..Recipe::boosted()
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
    fn fit(
        from: Learnable<'_>,
        rows: &[usize],
        y: Labels,
        what: &str,
    ) -> Result<Derived, FitError> {
        let table = from.observed.features().take(rows);
        let encoder = from
            .encoder
            .refit(&table)
            .expect("the model's own rows fit its schema");
        let x = encoder.encode(&table).expect("encoded before");
        let data = Labelled {
            weights: vec![1.0; x.n_rows()],
            x,
            y,
            groups: Vec::new(),
        };
        let rows = TrainingRows {
            data: &data,
            calibration: &[],
            replicate_noise: None,
        };
        let seed = from.seed.derive(what, 0);
        Ok(Derived {
            fitted: Fitted::fit(&recipe(from.quick), rows, seed, &Silent)?,
            encoder,
        })
    }

    fn belief(&self, table: &Table) -> Posterior {
        let x: Matrix = self.encoder.encode(table).expect("encoded before");
        self.fitted.posterior(&x)
    }
}

/// What both models are learned from: measured rows, how rows are encoded, and
/// the seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Learnable<'a> {
    pub(crate) observed: &'a Observed,
    pub(crate) encoder: &'a Encoder,
    pub(crate) seed: Seed,
    /// See [`Learned::quick`].
    pub(crate) quick: bool,
}

/// At most [`MOST`] of the rows, drawn by the seed.
fn some(from: Learnable<'_>, mut rows: Vec<usize>) -> Vec<usize> {
    if rows.len() > MOST {
        let order = from.seed.derive("derived", 0);
        rows.sort_by_key(|&row| (order.order(from.observed.keys()[row]), row));
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
    pub(crate) fn learn(from: Learnable<'_>) -> Result<Option<Feasibility>, FitError> {
        let roles = from.observed.roles();
        if !roles.contains(&Role::Failed) {
            return Ok(None);
        }
        let rows = some(from, (0..from.observed.len()).collect());
        let failed = |&row: &usize| u32::from(roles[row] == Role::Failed);
        let codes: Vec<u32> = rows.iter().map(failed).collect();
        if codes.iter().all(|&code| code == codes[0]) {
            return Ok(None);
        }
        let y = Labels::Classes { codes, classes: 2 };
        Derived::fit(from, &rows, y, "feasible")
            .map(Feasibility)
            .map(Some)
    }
}

impl RowPredictor for Feasibility {
    /// Per row of `table`, in [0, 1].
    fn of(&self, table: &Table) -> Vec<f64> {
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
    pub(crate) fn learn(from: Learnable<'_>) -> Result<Option<CostModel>, FitError> {
        let costs = from.observed.costs();
        let known = (0..costs.len()).filter(|&row| costs[row] > 0.0).collect();
        let rows = some(from, known);
        if rows.is_empty() {
            return Ok(None);
        }
        // Costs spread over orders of magnitude: their logarithm is learned.
        let y = Labels::Values(rows.iter().map(|&row| costs[row].ln()).collect());
        Derived::fit(from, &rows, y, "cost")
            .map(CostModel)
            .map(Some)
    }
}

impl RowPredictor for CostModel {
    /// The median cost expected of each row of `table`, > 0.
    fn of(&self, table: &Table) -> Vec<f64> {
        match self.0.belief(table) {
            Posterior::Values { draws, .. } => {
                posterior::mean(&draws).into_iter().map(f64::exp).collect()
            }
            Posterior::Classes { .. } => unreachable!("fitted on values"),
        }
    }
}
