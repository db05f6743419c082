//! `boosted-smartcore`: gradient-boosted trees by the smartcore crate.
//!
//! Exact greedy splits, no histogram and no missing values: the reference
//! implementation in the library the project started from, and far slower
//! than `boosted` (docs/MEASUREMENTS.md). Cost: O(trees · n log n · p) per
//! member. Row weights act through the bootstrap. When not to use it: above a
//! few thousand rows.

use al_core::{MatrixColumn, Progress, Seed};
use serde::{Deserialize, Serialize};
use smartcore::xgboost::{XGRegressor, XGRegressorParameters};

use super::smart;
use crate::entry::LearnerEntry;
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Learner, LearnerOptions, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "gradient-boosted trees (smartcore); slow, for comparison",
    regression: true,
    classification: false,
    make: |options| Box::new(BoostedSmartcore { options }),
};

const NAME: &str = "boosted-smartcore";

struct BoostedSmartcore {
    options: LearnerOptions,
}

#[derive(Serialize, Deserialize)]
struct BoostedMember {
    trees: usize,
    model: XGRegressor<f64, f64, smart::SmartcoreMatrix, Vec<f64>>,
}

impl Learner for BoostedSmartcore {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> RowLayout {
        RowLayout::Dense
    }

    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        smart::members(NAME, data, bags, seed, progress, |rows, keep, seed| {
            let y = smart::values(data, keep, NAME, "boosted, forest, tree or logistic")?;
            let parameters = XGRegressorParameters::default()
                .with_n_estimators(self.options.trees)
                .with_max_depth(self.options.depth.min(usize::from(u16::MAX)) as u16)
                .with_learning_rate(self.options.learning_rate)
                .with_base_score(y.iter().sum::<f64>() / y.len() as f64)
                .with_seed(seed.0);
            let model = XGRegressor::fit(&smart::points(rows, keep), &y, parameters)
                .map_err(smart::refused(NAME))?;
            Ok(BoostedMember {
                trees: self.options.trees,
                model,
            })
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<BoostedMember>(bytes, NAME)?))
    }
}

impl Model for BoostedMember {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        smart::in_blocks(rows, |x, _| {
            let values = self.model.predict(x).expect("a fitted model predicts");
            values.into_iter().map(|value| value as f32).collect()
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        smart::to_json(self)
    }

    fn n_trees(&self) -> usize {
        self.trees
    }
}
