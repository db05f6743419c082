//! The two traits of this crate: a learner is a recipe that fits, a model is
//! a fitted learner.

use al_core::{Fault, Matrix, MatrixColumn, Progress, Seed};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::layout::{LearnerRows, RowLayout};

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// A number per row, on the fitted scale.
    Values(Vec<f64>),
    /// A class per row, `0..classes`.
    Classes {
        /// The rows' classes.
        codes: Vec<u32>,
        /// Number of classes, at least 2.
        classes: usize,
    },
}

impl Labels {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Labels::Values(values) => values.len(),
            Labels::Classes { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers a model predicts per row: 1, or one probability per class.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Labels::Values(_) => 1,
            Labels::Classes { classes, .. } => *classes,
        }
    }

    /// Those of the given rows.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Labels {
        match self {
            Labels::Values(values) => Labels::Values(rows.iter().map(|&row| values[row]).collect()),
            Labels::Classes { codes, classes } => Labels::Classes {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                classes: *classes,
            },
        }
    }

    /// `self` followed by `other`, of the same kind.
    #[must_use]
    pub fn stack(&self, other: &Labels) -> Labels {
        match (self, other) {
            (Labels::Values(a), Labels::Values(b)) => {
                Labels::Values(a.iter().chain(b).copied().collect())
            }
            (Labels::Classes { codes: a, classes }, Labels::Classes { codes: b, .. }) => {
                Labels::Classes {
                    codes: a.iter().chain(b).copied().collect(),
                    classes: *classes,
                }
            }
            _ => panic!("targets of one task"),
        }
    }
}

/// Rows with what was measured on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The rows, n × p.
    pub x: Matrix,
    /// What was measured, n.
    pub y: Labels,
    /// How much each row counts, n values > 0.
    pub weights: Vec<f32>,
    /// The group of each row, n; none where every row stands for itself. Who has seen
    /// a row has seen its group: samples hold whole groups.
    pub groups: Vec<u64>,
}

impl Labelled {
    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.y.len()
    }

    /// The groups of the given rows; none where rows have none.
    #[must_use]
    pub fn groups_of(&self, rows: &[usize]) -> Vec<u64> {
        let groups = |row: &usize| self.groups.get(*row).copied();
        rows.iter().filter_map(groups).collect()
    }

    /// `self` followed by `other`.
    #[must_use]
    pub fn stack(&self, other: &Labelled) -> Labelled {
        Labelled {
            x: self.x.stack(&other.x),
            y: self.y.stack(&other.y),
            weights: self.weights.iter().chain(&other.weights).copied().collect(),
            groups: self.groups.iter().chain(&other.groups).copied().collect(),
        }
    }
}

/// How often each row is in a member's bootstrap sample, n counts.
pub type Bag = Vec<u16>;

/// Options of all learners. Each reads those that mean something to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LearnerOptions {
    /// Trees per member: boosting rounds, or trees of a forest.
    pub trees: usize,
    /// Greatest depth of a tree.
    pub depth: usize,
    /// Shrinkage of each boosting round, in (0, 1].
    pub learning_rate: f64,
    /// Whether the boosted learner, instead of `trees`, grows as many as lower the
    /// out-of-bag loss.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early_stopping: bool,
    /// Whether all nodes of a level of a boosted tree split by one threshold, as
    /// CatBoost's do: fewer ways to overfit (Prokhorenkova et al. 2018).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub symmetric: bool,
    /// What a split of a boosted tree takes off the summed loss at least: squared errors in
    /// the unit of the targets' variance, or nats.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub least_reduction: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_nothing(value: &f64) -> bool {
    *value == 0.0
}

impl Default for LearnerOptions {
    fn default() -> Self {
        LearnerOptions {
            trees: 100,
            depth: 6,
            learning_rate: 0.1,
            early_stopping: false,
            symmetric: false,
            least_reduction: 0.0,
        }
    }
}

impl LearnerOptions {
    /// Whether all are in range.
    #[must_use]
    pub fn are_sound(&self) -> bool {
        (1..=100_000).contains(&self.trees)
            && (1..=16).contains(&self.depth)
            && self.learning_rate > 0.0
            && self.learning_rate <= 1.0
            && (0.0..1.0).contains(&self.least_reduction)
    }
}

/// A recipe that fits the members of an ensemble.
///
/// Members are fitted together so that a learner can share what they have in
/// common, such as binned columns. All methods give the same result on any
/// number of threads.
pub trait Learner: Send + Sync {
    /// How rows are laid out for this learner, which predicts `outputs`
    /// numbers per row.
    fn layout(&self, columns: &[MatrixColumn], outputs: usize) -> RowLayout;

    /// Whether the learner weighs rows itself. If not, heavier rows are drawn
    /// into bags more often.
    fn weighs_rows(&self) -> bool {
        false
    }

    /// Whether members learn from bootstrap samples. If not, all learn from all
    /// rows, and the learner says itself what it would predict of each row without
    /// the row ([`Learner::left_out`]).
    fn resamples(&self) -> bool {
        true
    }

    /// One model per bag. Bags have one count per row of `data` and are not
    /// empty.
    ///
    /// # Errors
    ///
    /// The task is not one this learner does, or the library refused the
    /// data.
    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError>;

    /// Each of `models` continued on its bag of `data`, by at most `trees`
    /// trees with shrinkage `learning_rate`. `None` if this learner cannot
    /// continue a model; the caller then re-fits.
    ///
    /// # Errors
    ///
    /// As [`Learner::fit`].
    fn resume(
        &self,
        models: &[Box<dyn Model>],
        data: &Labelled,
        bags: &[Bag],
        resume: Resume,
        progress: &dyn Progress,
    ) -> Result<Option<Vec<Box<dyn Model>>>, FitError> {
        let _ = (models, data, bags, resume, progress);
        Ok(None)
    }

    /// The predictions of all `models` of one ensemble, as [`Model::predict`] gives
    /// them one by one.
    fn draws(&self, models: &[Box<dyn Model>], rows: &LearnerRows<'_>) -> Vec<Vec<f32>> {
        models.par_iter().map(|model| model.predict(rows)).collect()
    }

    /// What is predicted of each training row without it; `None` for learners
    /// whose members leave rows out.
    fn left_out(&self, models: &[Box<dyn Model>]) -> Option<LeftOut> {
        let _ = models;
        None
    }

    /// All `models` of one ensemble as bytes for [`Learner::load_all`].
    fn save(&self, models: &[Box<dyn Model>]) -> Vec<Vec<u8>> {
        models.par_iter().map(|model| model.to_bytes()).collect()
    }

    /// The models of one ensemble from the bytes they were saved as.
    ///
    /// # Errors
    ///
    /// Bytes this learner did not write.
    fn load_all(&self, parts: &[Vec<u8>]) -> Result<Vec<Box<dyn Model>>, LoadError> {
        parts.par_iter().map(|bytes| self.load(bytes)).collect()
    }

    /// A model from the bytes it was saved as.
    ///
    /// # Errors
    ///
    /// Bytes this learner did not write.
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError>;
}

/// What is predicted of each training row by a model that has not seen it; NaN where
/// nothing is.
#[derive(Debug, Clone, PartialEq)]
pub enum LeftOut {
    /// Its value.
    Values(Vec<LeftOutValue>),
    /// The probabilities of its class, n × c.
    Classes(Array2<f32>),
}

/// What is predicted of a training row's value by a model that has not seen it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeftOutValue {
    /// The mean, on the fitted scale.
    pub mean: f64,
    /// The variance of the model's belief about it, without noise.
    pub variance: f64,
}

/// How a model is continued.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resume {
    /// Trees to add.
    pub trees: usize,
    /// Their shrinkage.
    pub learning_rate: f64,
    /// Seed of this update.
    pub seed: Seed,
}

/// A fitted learner.
pub trait Model: Send + Sync + std::any::Any {
    /// Predictions of `rows`, laid out as the learner's [`RowLayout`] says:
    /// row-major n × outputs, values on the fitted scale or probabilities
    /// that sum to 1.
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32>;

    /// The model as bytes for [`Learner::load`].
    fn to_bytes(&self) -> Vec<u8>;

    /// Trees in the model, 0 for other kinds.
    fn n_trees(&self) -> usize {
        0
    }

    /// The trees of a model of one output that is a sum of trees; `None` for
    /// other kinds.
    fn boosting(&self) -> Option<Boosting> {
        None
    }

    /// Per row and tree the leaf it falls into, row-major n × trees, each a
    /// place in [`Boosting::trees`]; `None` for models without trees.
    fn leaves(&self, rows: &LearnerRows<'_>) -> Option<Vec<u32>> {
        let _ = rows;
        None
    }

    /// As [`Model::leaves`], of the trees of the first `rounds` boosting rounds
    /// only.
    fn leaves_of_rounds(&self, rows: &LearnerRows<'_>, rounds: usize) -> Option<Vec<u32>> {
        let _ = (rows, rounds);
        None
    }

    /// How much each column of the layout contributes, in any unit; empty if
    /// not known.
    fn importance(&self) -> Vec<f64> {
        Vec::new()
    }
}

/// What a boosted model of one output is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosting {
    /// What the model predicts before its first tree.
    pub base: f32,
    /// Penalty λ on squared leaf values.
    pub penalty: f32,
    /// Per tree its nodes, in the order of [`Model::leaves`]; those that are
    /// not leaves are never named there.
    pub trees: Vec<Vec<Leaf>>,
}

/// A leaf of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaf {
    /// What it adds to the prediction, shrinkage included.
    pub value: f32,
    /// Sum of the weights of the training rows in it.
    pub weight: f32,
}

/// Why a fit failed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitError {
    /// The learner does not do this task.
    #[error("learner '{learner}' does not do {task}")]
    Task {
        /// The learner.
        learner: &'static str,
        /// `regression` or `classification`.
        task: &'static str,
        /// Learners that do.
        instead: &'static str,
    },
    /// No rows to learn from.
    #[error("there are no rows to learn from")]
    NoRows,
    /// More rows than the learner can take.
    #[error("learner '{learner}' takes at most {most} rows, and there are {found}")]
    TooManyRows {
        /// The learner.
        learner: &'static str,
        /// The most it takes.
        most: usize,
        /// Rows that there are.
        found: usize,
    },
    /// The library refused.
    #[error("{learner} could not be fitted: {reason}")]
    Library {
        /// The learner.
        learner: &'static str,
        /// The library's words.
        reason: String,
    },
}

impl From<FitError> for Fault {
    fn from(error: FitError) -> Fault {
        let said = error.to_string();
        match error {
            FitError::Task { instead, .. } => Fault::usage(said).remedy(format!("use {instead}")),
            FitError::NoRows => Fault::data(said),
            FitError::TooManyRows { .. } => Fault::usage(said).remedy("use boosted"),
            FitError::Library { .. } => Fault::failed(said),
        }
    }
}

/// Bytes that are no model.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("the saved {learner} cannot be read: {reason}")]
pub struct LoadError {
    /// The learner.
    pub learner: &'static str,
    /// What is wrong.
    pub reason: String,
}
