//! Two quantiles per row, learned with the pinball loss.

use al_core::{Matrix, MatrixColumn, Seed};
use hessboost::config::LeafEstimation;
use hessboost::objective::Quantiles;
use hessboost::prelude::*;

use crate::learner::{FitError, Labelled, LearnerOptions, LoadError};
use crate::learners::boosted::{SharedRows, builder, least_weight, refused};
use crate::learners::trees::{Trees, layout};

/// Boosted trees for a lower and an upper quantile (Koenker & Bassett 1978),
/// each leaf set to the exact quantile of its residuals.
#[derive(Debug)]
pub struct QuantilePair {
    trees: Trees,
}

impl QuantilePair {
    /// Fits the quantiles `low` < `high`, both in (0, 1), on `rows` of `data`.
    ///
    /// # Errors
    ///
    /// The library refused the data.
    pub fn fit(
        data: &Labelled,
        rows: &[usize],
        low: f64,
        high: f64,
        options: LearnerOptions,
        seed: Seed,
    ) -> Result<QuantilePair, FitError> {
        let parameters = parameters(rows.len(), (low, high), options, seed)?;
        let trees = train(data, rows, &parameters, options.trees, None)?;
        Ok(QuantilePair { trees })
    }

    /// The pair continued by `trees` rounds on `rows` of `data`.
    ///
    /// # Errors
    ///
    /// As [`QuantilePair::fit`].
    pub fn resume(
        &self,
        data: &Labelled,
        rows: &[usize],
        levels: (f64, f64),
        options: LearnerOptions,
        seed: Seed,
    ) -> Result<QuantilePair, FitError> {
        let parameters = parameters(rows.len(), levels, options, seed)?;
        let start = Some(self.trees.clone());
        let trees = train(data, rows, &parameters, options.trees, start)?;
        Ok(QuantilePair { trees })
    }

    /// Lower and upper quantile of each row on the fitted scale; where they
    /// cross, they are exchanged.
    #[must_use]
    pub fn predict(&self, x: &Matrix) -> (Vec<f32>, Vec<f32>) {
        if x.n_rows() == 0 {
            return (Vec::new(), Vec::new());
        }
        self.trees
            .outputs(&layout(1).rows(x))
            .chunks_exact(2)
            .map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1])))
            .unzip()
    }

    /// The pair as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.trees.to_bytes()
    }

    /// A pair from its bytes.
    ///
    /// # Errors
    ///
    /// Bytes that are not those of a pair.
    pub fn load(bytes: &[u8], columns: &[MatrixColumn]) -> Result<QuantilePair, LoadError> {
        let trees = Trees::from_bytes(bytes)?;
        let width = layout(1).origins(columns).len();
        if trees.model.n_outputs() != 2 || trees.model.n_features() != width {
            return Err(LoadError {
                learner: "quantile pair",
                reason: format!(
                    "it has {} outputs of {} columns instead of 2 of {width}",
                    trees.model.n_outputs(),
                    trees.model.n_features()
                ),
            });
        }
        Ok(QuantilePair { trees })
    }
}

fn parameters(
    rows: usize,
    (low, high): (f64, f64),
    options: LearnerOptions,
    seed: Seed,
) -> Result<TrainingParams, FitError> {
    let levels = Quantiles::new([low, high]).map_err(refused)?;
    builder(options, options.learning_rate, seed.derive("quantiles", 0))
        .objective(Objective::Quantile(levels))
        .leaf_estimation(LeafEstimation::Exact)
        .min_child_weight(least_weight(rows))
        .build()
        .map_err(refused)
}

fn train(
    data: &Labelled,
    rows: &[usize],
    parameters: &TrainingParams,
    rounds: usize,
    start: Option<Trees>,
) -> Result<Trees, FitError> {
    let mut once = vec![0.0; data.n_rows()];
    for &row in rows {
        once[row] = 1.0;
    }
    SharedRows::new(data)?.train(&once, parameters, rounds, start)
}
