//! `boosted`: gradient-boosted trees by the hessboost crate.

use std::any::Any;

use al_core::{MatrixColumn, Progress, Seed, workers};
use hessboost::config::GrowPolicy;
use hessboost::data::ViewCuts;
use hessboost::objective::Multiclass;
use hessboost::prelude::*;

use crate::entry::{LearnerDoc, LearnerEntry, LearnerOption};
use crate::layout::RowLayout;
use crate::learner::{
    Bag, FitError, Labelled, Labels, Learner, LearnerOptions, LoadError, Model, Resume,
};
use crate::learners::growing;
use crate::learners::trees::{PENALTY, Trees, layout};
use crate::recode::Recode;

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "gradient-boosted trees with histograms (hessboost)",
    doc: LearnerDoc {
        method: "Gradient-boosted trees on binned columns. Without categories, all members share \
            one binned matrix; with them, each member ranks the levels on its own sample. Each row \
            of a bootstrap sample is stored once, weighted by how often it was drawn.",
        cost: "O(trees·n·p) per member.",
        reference: "XGBoost, histogram form: Chen & Guestrin 2016.",
        use_when: "For many fits in a row, such as replays, and above 100 000 rows.",
        not_when: "Below about 20 rows, where linear extrapolates better and trees can hardly \
            split.",
    },
    reads: &[
        LearnerOption::TREES,
        LearnerOption::DEPTH,
        LearnerOption::LEARNING_RATE,
    ],
    regression: true,
    classification: true,
    make: |options| Box::new(Boosted { options }),
};

pub(crate) const NAME: &str = "boosted";

struct Boosted {
    options: LearnerOptions,
}

impl Boosted {
    fn parameters(
        &self,
        data: &Labelled,
        learning_rate: f64,
        seed: Seed,
    ) -> Result<TrainingParams, FitError> {
        let (objective, least, rate) = match &data.y {
            Labels::Values(_) => (
                Objective::SquaredError(RegLoss::default()),
                least_weight(data.n_rows()),
                learning_rate,
            ),
            Labels::Classes { classes: 2, .. } => (
                Objective::BinaryLogistic(RegLoss::default()),
                0.1,
                learning_rate,
            ),
            Labels::Classes { classes, .. } => {
                // XGBoost's second derivative of the multinomial loss is twice
                // the diagonal of the Hessian; Friedman (2001) and LightGBM
                // scale the step by (c − 1)/c. Undone here, so that a learning
                // rate means the same for every task.
                let c = *classes as f64;
                (
                    Objective::Softprob(Multiclass::new(*classes).map_err(refused)?),
                    0.1,
                    (learning_rate * 2.0 * (c - 1.0) / c).min(1.0),
                )
            }
        };
        builder(self.options, rate, seed)
            .objective(objective)
            .min_child_weight(least)
            .gamma(self.options.least_reduction)
            .build()
            .map_err(refused)
    }

    fn train(
        &self,
        data: &Labelled,
        bags: &[Bag],
        rounds: usize,
        progress: &dyn Progress,
        member: impl Fn(usize) -> Result<(TrainingParams, Option<Trees>), FitError> + Sync,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        let shared = SharedRows::new(data)?;
        shared.bin()?;
        workers::each(bags.len(), |at| {
            let (parameters, start) = member(at)?;
            let counts: Vec<f32> = bags[at].iter().map(|&count| f32::from(count)).collect();
            let trees = shared.train(&counts, &parameters, rounds, start)?;
            progress.advance(1);
            Ok(Box::new(trees) as Box<dyn Model>)
        })
        .into_iter()
        .collect()
    }
}

/// Penalty λ on squared leaf values of symmetric trees: splits that all nodes of a
/// level share leave leaves with few rows.
const SYMMETRIC_PENALTY: f64 = 3.0;

/// The smallest sum of weights in a leaf of a regression tree: a hundredth of
/// the rows, from 1 to 7. Larger leaves cost accuracy on small tables,
/// smaller ones overfit tables of many categories (docs/MEASUREMENTS.md).
pub(crate) fn least_weight(rows: usize) -> f64 {
    (rows as f64 / 100.0).clamp(1.0, 7.0)
}

/// What all trees of this crate have in common. A node of a tree that is not
/// symmetric looks at nine columns in ten: members differ more, and their mean errs
/// a little less.
pub(crate) fn builder(
    options: LearnerOptions,
    learning_rate: f64,
    seed: Seed,
) -> hessboost::config::TrainingParamsBuilder {
    let (policy, penalty, share) = match options.symmetric {
        true => (GrowPolicy::Symmetric, SYMMETRIC_PENALTY, 1.0),
        false => (GrowPolicy::DepthWise, PENALTY, 0.9),
    };
    TrainingParams::builder()
        .tree_method(TreeMethod::Hist)
        .grow_policy(policy)
        .max_depth(options.depth)
        .eta(learning_rate)
        .lambda(penalty)
        .colsample_bynode(share)
        .seed(seed.0)
}

/// Training rows in the form that several trainings share.
pub(crate) struct SharedRows<'a> {
    data: &'a Labelled,
    layout: RowLayout,
    labels: Vec<f32>,
    /// The binned matrix of all rows, where no column is recoded.
    matrix: Option<DMatrix>,
}

impl<'a> SharedRows<'a> {
    pub(crate) fn new(data: &'a Labelled) -> Result<SharedRows<'a>, FitError> {
        let layout = layout(data.y.outputs());
        let labels: Vec<f32> = match &data.y {
            Labels::Values(values) => values.iter().map(|&v| v as f32).collect(),
            Labels::Classes { codes, .. } => codes.iter().map(|&c| c as f32).collect(),
        };
        let recoded = layout == RowLayout::Codes
            && data
                .x
                .columns
                .iter()
                .any(|column| matches!(column, MatrixColumn::Categorical { .. }));
        let matrix = if recoded {
            None
        } else {
            let rows = layout.rows(&data.x);
            let matrix =
                DMatrix::from_dense_vec(rows.values.into_owned(), data.n_rows(), rows.width)
                    .and_then(|matrix| matrix.with_labels(&labels))
                    .map_err(refused)?;
            Some(matrix)
        };
        Ok(SharedRows {
            data,
            layout,
            labels,
            matrix,
        })
    }

    /// Bins the shared matrix on all threads. hessboost bins for the first
    /// training of a matrix and keeps the bins; left to the first member, they
    /// would come from its one thread while the other members wait.
    fn bin(&self) -> Result<(), FitError> {
        if let Some(matrix) = &self.matrix {
            let stump = TrainingParams::builder()
                .tree_method(TreeMethod::Hist)
                .max_depth(1)
                .build()
                .map_err(refused)?;
            let row = matrix
                .select_rows_with_cuts(&[0], ViewCuts::Source)
                .map_err(refused)?;
            Trainer::new(&stump, &row, 1).train().map_err(refused)?;
        }
        Ok(())
    }

    /// Trains on the rows with a count above 0, each weighing its count times
    /// its weight.
    pub(crate) fn train(
        &self,
        counts: &[f32],
        parameters: &TrainingParams,
        rounds: usize,
        start: Option<Trees>,
    ) -> Result<Trees, FitError> {
        let rows: Vec<usize> = (0..counts.len()).filter(|&row| counts[row] > 0.0).collect();
        let weights: Vec<f32> = rows
            .iter()
            .map(|&row| counts[row] * self.data.weights[row])
            .collect();
        let (view, recode) = match &self.matrix {
            Some(matrix) => (
                matrix
                    .select_rows_with_cuts(&rows, ViewCuts::Source)
                    .map_err(refused)?,
                Recode::default(),
            ),
            None => {
                let x = self.data.x.take(&rows);
                let labels: Vec<f32> = rows.iter().map(|&row| self.labels[row]).collect();
                let recode = match &start {
                    Some(start) => start.recode.clone(),
                    None => Recode::fit(&x, &labels, &weights),
                };
                let codes = self.layout.rows(&x);
                let values = recode.apply(&codes.values).into_owned();
                let matrix = DMatrix::from_dense_vec(values, rows.len(), codes.width)
                    .and_then(|matrix| matrix.with_labels(&labels))
                    .map_err(refused)?;
                (matrix, recode)
            }
        };
        let view = view.with_weights(&weights).map_err(refused)?;
        let mut trainer = Trainer::new(parameters, &view, rounds);
        if let Some(start) = &start {
            trainer = trainer.init_model(&start.model);
        }
        let model = trainer.train().map_err(refused)?.model;
        Ok(Trees {
            recode,
            penalty: parameters.lambda,
            model,
        })
    }
}

impl Learner for Boosted {
    fn layout(&self, _columns: &[MatrixColumn], outputs: usize) -> RowLayout {
        layout(outputs)
    }

    fn weighs_rows(&self) -> bool {
        true
    }

    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        let rate = self.options.learning_rate;
        if !self.options.early_stopping {
            return self.train(data, bags, self.options.trees, progress, |member| {
                let seed = seed.derive(NAME, member as u64);
                Ok((self.parameters(data, rate, seed)?, None))
            });
        }
        let shared = SharedRows::new(data)?;
        shared.bin()?;
        let grow = |trees: Option<&Vec<Trees>>, rounds: usize| -> Result<Vec<Trees>, FitError> {
            workers::each(bags.len(), |at| {
                let seed = seed.derive(NAME, at as u64);
                let parameters = self.parameters(data, rate, seed)?;
                let counts: Vec<f32> = bags[at].iter().map(|&count| f32::from(count)).collect();
                let start = trees.map(|trees| trees[at].clone());
                shared.train(&counts, &parameters, rounds, start)
            })
            .into_iter()
            .collect()
        };
        let grown = growing::grown(data, bags, grow)?;
        progress.advance(bags.len() as u64);
        let boxed = grown
            .into_iter()
            .map(|trees| Box::new(trees) as Box<dyn Model>);
        Ok(boxed.collect())
    }

    fn resume(
        &self,
        models: &[Box<dyn Model>],
        data: &Labelled,
        bags: &[Bag],
        resume: Resume,
        progress: &dyn Progress,
    ) -> Result<Option<Vec<Box<dyn Model>>>, FitError> {
        self.train(data, bags, resume.trees, progress, |member| {
            let seed = resume.seed.derive(NAME, member as u64);
            let model: &dyn Any = models[member].as_ref();
            let start = model
                .downcast_ref::<Trees>()
                .expect("boosted resumes its own members");
            Ok((
                self.parameters(data, resume.learning_rate, seed)?,
                Some(start.clone()),
            ))
        })
        .map(Some)
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Trees::from_bytes(bytes).map(|trees| Box::new(trees) as Box<dyn Model>)
    }
}

pub(crate) fn refused(error: HessboostError) -> FitError {
    FitError::Library {
        learner: NAME,
        reason: error.to_string(),
    }
}
