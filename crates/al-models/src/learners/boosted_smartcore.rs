//! `boosted-smartcore`: gradient-boosted trees by the smartcore crate, the
//! library that the project started from. How much slower it is stands in
//! docs/MEASUREMENTS.md.

use al_core::{MatrixColumn, Progress, Seed};
use serde::{Deserialize, Serialize};
use smartcore::xgboost::{XGRegressor, XGRegressorParameters};

use super::smart;
use crate::entry::{LearnerDoc, LearnerEntry, LearnerOption};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Learner, LearnerOptions, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "gradient-boosted trees, exact splits (smartcore); slow",
    doc: LearnerDoc {
        method: "Gradient-boosted trees with exact greedy splits, without histograms. Missing \
            values are marked in columns of their own. Row weights act through the bootstrap.",
        cost: "O(trees·n log n·p) per member.",
        reference: "XGBoost, exact greedy form: Chen & Guestrin 2016.",
        use_when: "To compare boosted with the implementation that this project started from.",
        not_when: "Above a few thousand rows: it is far slower than boosted.",
    },
    reads: &[
        LearnerOption::TREES,
        LearnerOption::DEPTH,
        LearnerOption::LEARNING_RATE,
    ],
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
