//! What is believed of rows that were not measured: the one thing that
//! selection, advice, backtests and reports know of a model.
//!
//! A campaign is a belief, and so are a replayed one and no model yet. Whoever
//! reads a belief cannot name a learner, a model file or a command.

use ndarray::Array2;

use crate::encoder::{Encoder, Matrix};
use crate::fault::Fault;
use crate::known::KnownColumns;
use crate::observed::Observed;
use crate::posterior::{OutOfBag, Posterior, RowPredictions};
use crate::scale::TargetScale;
use crate::seed::Seed;
use crate::stop::TrackRecord;
use crate::table::Table;
use crate::task::{Direction, Task};

/// What is believed of the target of rows given as a [`Matrix`].
///
/// Draws and noise are in the units of [`Belief::scale`]'s models.
pub trait Belief: Sync {
    /// Returns the kind of the target.
    fn task(&self) -> Task;

    /// Returns the classes, sorted; none for numbers.
    fn classes(&self) -> &[String];

    /// Returns which targets are wanted, if that was said.
    fn direction(&self) -> Option<Direction>;

    /// Returns the seed of everything random about it.
    fn seed(&self) -> Seed;

    /// Whether anything was learned: without it the posterior has no draws.
    fn is_informed(&self) -> bool;

    /// Returns the number of draws of its posteriors, m.
    fn n_draws(&self) -> usize;

    /// Returns the joint belief about the rows of `x`.
    fn posterior(&self, x: &Matrix) -> Posterior;

    /// Returns the joint belief about the rows of `x`, and where there are any,
    /// intervals of the coverage that was asked for.
    fn predict(&self, x: &Matrix) -> RowPredictions;

    /// Returns what is measured.
    fn observed(&self) -> &Observed;

    /// Returns the units of the target.
    fn scale(&self) -> TargetScale;

    /// Returns the variance of an outcome around what is believed of it, in the
    /// units of models squared; of classes 0.
    fn noise(&self) -> f64;

    /// Returns the variance of a measurement on the fitted scale, where
    /// replicates or stated noise tell it.
    fn measurement_variance(&self) -> Option<f64>;

    /// Returns the mean squared error now: on the fitted scale squared, or of
    /// class probabilities.
    fn squared_error(&self) -> f64;

    /// Returns how far the last update moved predictions, as the relative error
    /// reduction that so much movement is expected to bring, 0 to 1; `None`
    /// before the first.
    fn moved(&self) -> Option<f64>;

    /// Returns what earlier batches have brought.
    fn track_record(&self) -> TrackRecord;

    /// Returns what all measurements have cost, as far as it is known.
    fn spent(&self) -> f64;
}

/// A belief about rows of tables.
pub trait Tabular: Belief {
    /// Returns how rows are encoded, with their schema.
    fn encoder(&self) -> &Encoder;

    /// Returns the columns that are no features.
    fn columns(&self) -> ColumnRoles<'_>;

    /// Returns what is known of tables of its rows before they are read.
    fn known_columns(&self) -> KnownColumns {
        let roles = self.columns();
        let classes = (!self.classes().is_empty()).then_some(roles.target);
        KnownColumns::of(&self.encoder().schema, roles.id)
            .and_texts(roles.status.into_iter().chain(classes))
    }

    /// Returns the name of the learning algorithm.
    fn learner(&self) -> &str;

    /// Returns where the rows of `x` lie by the leaves of trees that they fall
    /// into, n × l; `None` without trees that could tell.
    fn leaves(&self, x: &Matrix) -> Option<Array2<f32>>;

    /// Returns how far predictions of `reference` are expected to move with one
    /// row more; `None` where only joint draws tell.
    fn change(&self, reference: &Matrix) -> Option<Box<dyn ExpectedChange + '_>>;

    /// Returns what predicts whether measuring a row works, in [0, 1]; `None`
    /// where no failure is known.
    ///
    /// # Errors
    ///
    /// It could not be learned.
    fn feasibility(&self) -> Result<Option<&dyn RowPredictor>, Fault>;

    /// Returns what predicts what measuring a row costs, above 0; `None` where
    /// no cost is known.
    ///
    /// # Errors
    ///
    /// It could not be learned.
    fn cost(&self) -> Result<Option<&dyn RowPredictor>, Fault>;

    /// Returns what draws that did not see them say of the rows learned from, in
    /// their order.
    fn out_of_bag(&self) -> OutOfBag;

    /// Returns what hardware with few measurements borrows from other hardware;
    /// `None` where none does.
    fn borrowing(&self) -> Option<&dyn Borrowing>;

    /// Returns why borrowing failed: predictions are then the ensemble's alone.
    fn borrowing_failure(&self) -> Option<String>;
}

/// The columns of measured tables that are no features.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColumnRoles<'a> {
    /// What is predicted; empty before anything is.
    pub target: &'a str,
    /// The unit of the target, if one is known.
    pub target_unit: Option<&'a str>,
    /// What identifies a row; else its features do.
    pub id: Option<&'a str>,
    /// What says whether a measurement worked.
    pub status: Option<&'a str>,
    /// The standard deviation of each measurement.
    pub noise: Option<&'a str>,
    /// How much each row counts.
    pub weights: Option<&'a str>,
    /// What each measurement cost.
    pub cost: Option<&'a str>,
    /// The feature that names the hardware.
    pub hardware: Option<&'a str>,
}

impl<'a> ColumnRoles<'a> {
    /// Returns what was said of single measurements: the target, and columns
    /// with a role other than feature or id.
    pub fn measured(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let others = [self.status, self.noise, self.weights, self.cost];
        std::iter::once(self.target).chain(others.into_iter().flatten())
    }
}

/// A number predicted per row of a table.
pub trait RowPredictor: Send + Sync {
    /// Returns the number of each row of `table`, which has the features.
    fn of(&self, table: &Table) -> Vec<f64>;
}

/// How far a model is expected to move with one row more.
pub trait ExpectedChange: Sync {
    /// Returns per row of `x` the expected root mean square change, of whose
    /// outcomes mean and variance are given, all in the units of models.
    fn expected(&self, x: &Matrix, mean: &[f64], variance: &[f64]) -> Vec<f64>;
}

/// Hardware with few measurements that borrows from other hardware.
pub trait Borrowing: Sync {
    /// Returns per row of `x` whether its hardware borrows.
    fn borrows(&self, x: &Matrix) -> Vec<bool>;

    /// Returns the codes of the hardware that borrows, with its number of
    /// measurements. The code after the last is hardware that was never measured.
    fn borrowers(&self) -> Vec<(u32, usize)>;

    /// Returns the number of hardware that is borrowed from.
    fn n_sources(&self) -> usize;
}
