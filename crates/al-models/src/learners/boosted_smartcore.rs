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
use crate::layout::{Layout, Rows};
use crate::learner::{Bag, FitError, Labelled, Learner, LearnerOptions, LoadError, Model};
use crate::registry::Entry;

/// Registry entry.
pub(crate) const ENTRY: Entry = Entry {
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
struct Member {
    trees: usize,
    model: XGRegressor<f64, f64, smart::Points, Vec<f64>>,
}

impl Learner for BoostedSmartcore {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> Layout {
        Layout::Dense
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
            Ok(Member {
                trees: self.options.trees,
                model,
            })
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<Member>(bytes, NAME)?))
    }
}

impl Model for Member {
    fn predict(&self, rows: &Rows<'_>) -> Vec<f32> {
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
