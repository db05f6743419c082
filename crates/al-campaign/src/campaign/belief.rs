//! A campaign as a belief: its ensemble, for hardware with few measurements what
//! it borrows from the hardware measured before, and what else its rows tell.
//!
//! What is borrowed follows from the rows of the model file and its seed alone,
//! as do the models of failures and costs. All are worked out when they are first
//! asked for and never stored.

use crate::hardware::check_hardware;
use al_core::posterior;
use al_core::stop::{Brought, TrackRecord};
use al_core::{
    Belief, Borrowing, ColumnRoles, Direction, Encoder, ExpectedChange, Fault, Kind, KnownColumns,
    Matrix, MatrixColumn, Observed, OutOfBag, Posterior, RowPredictions, RowPredictor, Schema,
    Seed, Tabular, TargetScale, Task,
};
use al_models::{Beyond, FitError, Transfer};
use ndarray::Array2;
use rand::seq::index::sample;

use super::Campaign;
use crate::derived::{CostModel, Feasibility, Learnable, Learned};

/// Rows that are predicted to tell how much each feature matters.
const PREDICTED: usize = 50_000;

impl Belief for Campaign {
    fn task(&self) -> Task {
        self.task
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn direction(&self) -> Option<Direction> {
        self.options.direction
    }

    fn seed(&self) -> Seed {
        self.options.seed
    }

    fn is_informed(&self) -> bool {
        true
    }

    fn n_draws(&self) -> usize {
        self.options.recipe.members
    }

    fn posterior(&self, x: &Matrix) -> Posterior {
        let mut posterior = self.fitted.posterior(x);
        if let Some(transfer) = self.transfer() {
            transfer.correct(x, &mut posterior);
        }
        posterior
    }

    fn predict(&self, x: &Matrix) -> RowPredictions {
        let mut prediction = self.fitted.predict(x);
        if let Some(transfer) = self.transfer() {
            let recipe = &self.options.recipe;
            transfer.correct_prediction(x, &mut prediction, recipe.quantiles, recipe.coverage);
        }
        let coverage = self.options.recipe.coverage;
        self.widen(x, &prediction.posterior, coverage, &mut prediction.interval);
        prediction
    }

    fn observed(&self) -> &Observed {
        &self.rows
    }

    fn scale(&self) -> TargetScale {
        self.scales.target(self.options.log_target)
    }

    fn noise(&self) -> f64 {
        self.fitted.noise()
    }

    fn measurement_variance(&self) -> Option<f64> {
        let replicates = || {
            let learned = self.rows.learned();
            self.rows.replicate_variance(&learned, &self.scale())
        };
        self.stated_noise.mean().or_else(replicates)
    }

    fn squared_error(&self) -> f64 {
        let last = self.rounds.last();
        self.squared_error_of(last.and_then(|round| round.after.as_ref()))
    }

    fn moved(&self) -> Option<f64> {
        self.rounds.iter().rev().find_map(|round| round.moved)
    }

    fn track_record(&self) -> TrackRecord {
        let taught = self.rounds.iter().filter(|round| round.rows_added > 0);
        TrackRecord::of(taught.filter_map(|round| {
            let error = |metrics| self.squared_error_of(Some(metrics)).sqrt();
            Some(Brought {
                labels: round.total_rows.checked_sub(round.rows_added)?,
                batch: round.rows_added,
                errors: [error(round.before.as_ref()?), error(round.after.as_ref()?)],
            })
        }))
    }

    fn spent(&self) -> f64 {
        self.rounds.iter().filter_map(|round| round.cost).sum()
    }
}

impl Tabular for Campaign {
    fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    fn columns(&self) -> ColumnRoles<'_> {
        let options = &self.options;
        ColumnRoles {
            target: &options.target,
            target_unit: options.unit_of_target(),
            id: options.id.as_deref(),
            status: options.status.as_ref().map(|(column, _)| column.as_str()),
            noise: options.noise.as_deref(),
            weights: options.weights.as_deref(),
            cost: options.cost.as_deref(),
            hardware: options.hardware.as_deref(),
        }
    }

    fn known_columns(&self) -> KnownColumns {
        let options = &self.options;
        let id = options.id.as_deref();
        let schema = &self.encoder.schema;
        let classes = (!self.classes.is_empty()).then_some(options.target.as_str());
        let status = options.status.iter().map(|(column, _)| column.as_str());
        let mut known = KnownColumns::of(schema, id)
            .and_texts(status.chain(classes))
            .written(&options.dialect);
        if self.typed_by_files {
            let as_typed =
                |name: &String| id == Some(name.as_str()) || has_numbers_only(schema, name);
            let (numbers, texts) = known.texts.into_iter().partition(as_typed);
            (known.numbers, known.texts) = (numbers, texts);
        }
        let numeric = schema
            .features
            .iter()
            .filter(|feature| feature.kind == Kind::Numeric);
        known
            .numbers
            .extend(numeric.map(|feature| feature.name.clone()));
        if self.classes.is_empty() {
            known.numbers.push(options.target.clone());
        }
        known
    }

    fn learner(&self) -> &str {
        &self.options.recipe.learner
    }

    fn leaves(&self, x: &Matrix) -> Option<Array2<f32>> {
        self.fitted.leaf_places(x, self.options.seed)
    }

    fn change(&self, reference: &Matrix) -> Option<Box<dyn ExpectedChange + '_>> {
        let change = self.fitted.change(reference)?;
        Some(Box::new(change))
    }

    fn feasibility(&self) -> Result<Option<&dyn RowPredictor>, Fault> {
        let learned = &self.learned.feasibility;
        match learned.get_or_init(|| Feasibility::learn(self.learnable())) {
            Ok(learned) => Ok(learned.as_ref().map(|learned| learned as &dyn RowPredictor)),
            Err(error) => Err(error.clone().into()),
        }
    }

    fn cost(&self) -> Result<Option<&dyn RowPredictor>, Fault> {
        let learned = &self.learned.cost;
        match learned.get_or_init(|| CostModel::learn(self.learnable())) {
            Ok(learned) => Ok(learned.as_ref().map(|learned| learned as &dyn RowPredictor)),
            Err(error) => Err(error.clone().into()),
        }
    }

    fn out_of_bag(&self) -> OutOfBag {
        self.fitted.out_of_bag(&self.encode(&self.rows.learned()))
    }

    fn borrowing(&self) -> Option<&dyn Borrowing> {
        let transfer = self.transfer()?;
        Some(transfer)
    }

    fn borrowing_failure(&self) -> Option<String> {
        self.learned_transfer().as_ref().err().map(|error| {
            format!("hardware with few measurements does not borrow from others: {error}")
        })
    }
}

/// Whether the levels of a category are all numbers, as a file that was read as numbers
/// leaves them.
fn has_numbers_only(schema: &Schema, name: &str) -> bool {
    let feature = schema.features.iter().find(|feature| feature.name == name);
    match feature.map(|feature| &feature.kind) {
        Some(Kind::Categorical { levels }) => {
            levels.iter().all(|level| level.parse::<f64>().is_ok())
        }
        _ => false,
    }
}

impl Campaign {
    fn learnable(&self) -> Learnable<'_> {
        Learnable {
            observed: &self.rows,
            encoder: &self.encoder,
            seed: self.options.seed,
            quick: self.learned.quick,
        }
    }

    /// Intervals for `x` meant to cover a measurement with probability
    /// `coverage`; `None` for classes.
    #[must_use]
    pub fn interval(&self, x: &Matrix, coverage: f64) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut prediction = RowPredictions {
            interval: Some(self.fitted.interval(x, coverage)?),
            posterior: self.fitted.posterior(x),
        };
        if let Some(transfer) = self.transfer() {
            let quantiles = self.options.recipe.quantiles;
            transfer.correct_prediction(x, &mut prediction, quantiles, coverage);
        }
        let RowPredictions {
            posterior,
            mut interval,
        } = prediction;
        self.widen(x, &posterior, coverage, &mut interval);
        interval
    }

    /// Widens the intervals of rows that are unlike those learned from.
    fn widen(
        &self,
        x: &Matrix,
        posterior: &Posterior,
        coverage: f64,
        interval: &mut Option<(Vec<f64>, Vec<f64>)>,
    ) {
        let Some((low, high)) = interval else {
            return;
        };
        let learned = || self.encode(&self.rows.learned());
        let beyond = match self.learned.beyond.get() {
            Some(beyond) => beyond,
            None => {
                let found = Beyond::of(&learned());
                self.learned.beyond.get_or_init(|| found)
            }
        };
        beyond.widen_unfamiliar(&self.fitted, &learned, posterior, coverage, (low, high));
        beyond.widen(&self.fitted, &learned, x, (low, high));
    }

    /// The share of each feature in what the model says: how much predictions of measured
    /// rows move, mean squared, if the feature is that of another row (permutation:
    /// Breiman 2001; half of it is the total effect of Jansen 1999). Of trees alone the
    /// share of the gains of their splits.
    #[must_use]
    pub fn importance(&self) -> Vec<f64> {
        let columns = self.encoder.columns();
        let gains = self.fitted.importance(&columns);
        let of = |columns: &Vec<usize>| columns.iter().filter_map(|&at| gains.get(at)).sum();
        let gains = match gains.is_empty() {
            true => gains,
            false => self.encoder.columns_of_features().iter().map(of).collect(),
        };
        match self.fitted.stack().parts() {
            [part] if part.learner != "gp" => gains,
            _ => self.moved_by_features().unwrap_or(gains),
        }
    }

    fn moved_by_features(&self) -> Option<Vec<f64>> {
        let all = self.encode(&self.rows.learned());
        let width = all.columns.len().max(1);
        let n = all.n_rows().min((PREDICTED / width).clamp(20, 500));
        let mut rng = self.options.seed.stream("importance", 0);
        let rows = sample(&mut rng, all.n_rows(), n).into_vec();
        let x = all.take(&rows);
        let said = |x: &Matrix| match self.fitted.posterior(x) {
            Posterior::Values { draws, .. } => {
                let mean = posterior::mean(&draws);
                Array2::from_shape_fn((mean.len(), 1), |(row, _)| mean[row])
            }
            Posterior::Classes { draws } => posterior::mean_probabilities(&draws),
        };
        let before = said(&x);
        let features = self.encoder.columns_of_features();
        let moved: Vec<f64> = features
            .iter()
            .map(|columns| {
                let mut other = x.clone();
                let order = sample(&mut rng, n, n).into_vec();
                for (row, &from) in order.iter().enumerate() {
                    for &at in columns {
                        other.values[[row, at]] = x.values[[from, at]];
                    }
                }
                let structure =
                    |at: &usize| matches!(x.columns[*at], MatrixColumn::Structure { .. });
                if columns.iter().any(structure)
                    && let Some(counts) = &mut other.counts
                {
                    *counts = counts.take(&order);
                }
                (said(&other) - &before)
                    .mapv(|change| change * change)
                    .sum()
            })
            .collect();
        let total: f64 = moved.iter().sum();
        (total > 0.0).then(|| moved.iter().map(|moved| moved / total).collect())
    }

    /// What hardware with few measurements borrows; `None` where no column is
    /// known to name hardware, none has few, or there is nobody to borrow from.
    fn transfer(&self) -> Option<&Transfer> {
        self.learned_transfer().as_ref().ok()?.as_ref()
    }

    fn learned_transfer(&self) -> &Result<Option<Transfer>, FitError> {
        self.learned.transfer.get_or_init(|| {
            let Some(column) = self.hardware_column() else {
                return Ok(None);
            };
            let data = self.labelled(&self.rows.learned());
            let seed = self.options.seed.derive("transfer", 0);
            let options = self.fitted.grown_options();
            Transfer::learn(&self.fitted, &data, column, options, seed)
        })
    }

    /// The place of the hardware among the features.
    fn hardware_column(&self) -> Option<usize> {
        let name = self.options.hardware.as_deref()?;
        self.encoder.schema.names().position(|known| known == name)
    }

    /// The feature that names the hardware, if one is known to.
    #[must_use]
    pub fn hardware(&self) -> Option<&str> {
        self.options.hardware.as_deref()
    }

    /// Says that the feature `column` names the hardware, from here on; the
    /// model file stays as it is until it is saved.
    ///
    /// # Errors
    ///
    /// No such feature, or one that is a number.
    pub fn set_hardware(&mut self, column: &str) -> Result<(), Fault> {
        if self.options.hardware.as_deref() == Some(column) {
            return Ok(());
        }
        check_hardware(&self.encoder.schema, column)?;
        self.options.hardware = Some(column.to_owned());
        self.learned = Learned::default();
        Ok(())
    }

    /// Says that the hardware of `new` was never measured: to tell it from
    /// other new hardware, the model has to be re-fitted.
    pub(crate) fn new_hardware(&self, new: &Observed) -> Option<String> {
        let name = self.options.hardware.as_deref()?;
        let unseen = self.encoder.unseen(new.features()).ok()?;
        let values: Vec<String> = unseen
            .into_iter()
            .filter(|(column, _)| column == name)
            .map(|(_, value)| format!("'{value}'"))
            .collect();
        (!values.is_empty()).then(|| {
            format!(
                "{name} {} never measured before: the model is re-fitted",
                match values.len() {
                    1..=5 => format!("{} was", values.join(", ")),
                    n => format!("has {n} values that were"),
                }
            )
        })
    }
}
