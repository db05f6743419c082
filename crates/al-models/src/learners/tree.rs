//! `tree`: one decision tree per member, by the smartcore crate.

use al_core::{MatrixColumn, Progress, Seed};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use smartcore::tree::decision_tree_classifier::{
    DecisionTreeClassifier, DecisionTreeClassifierParameters,
};
use smartcore::tree::decision_tree_regressor::{
    DecisionTreeRegressor, DecisionTreeRegressorParameters,
};

use super::smart;
use crate::entry::{LearnerDoc, LearnerEntry, LearnerOption};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, Learner, LearnerOptions, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "one decision tree per member (smartcore)",
    doc: LearnerDoc {
        method: "A classification or regression tree (CART) per member. A member of a classifier \
            votes for one class, so probabilities are shares of members. Row weights act through \
            the bootstrap.",
        cost: "O(n log n·p) per member.",
        reference: "Breiman, Friedman, Olshen & Stone 1984.",
        use_when: "When a person must be able to read the members.",
        not_when: "For accuracy.",
    },
    reads: &[LearnerOption::DEPTH],
    regression: true,
    classification: true,
    make: |options| Box::new(TreeLearner { options }),
};

const NAME: &str = "tree";

struct TreeLearner {
    options: LearnerOptions,
}

#[derive(Serialize, Deserialize)]
enum TreeMember {
    Regressor(DecisionTreeRegressor<f64, f64, smart::SmartcoreMatrix, Vec<f64>>),
    Classifier {
        classes: usize,
        /// `None` where the sample held one class only.
        tree: Option<DecisionTreeClassifier<f64, u32, smart::SmartcoreMatrix, Vec<u32>>>,
        only: u32,
    },
}

impl Learner for TreeLearner {
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
        let depth = self.options.depth.min(usize::from(u16::MAX)) as u16;
        smart::members(NAME, data, bags, seed, progress, |rows, keep, seed| {
            let x = smart::points(rows, keep);
            match &data.y {
                Labels::Values(values) => {
                    let y: Vec<f64> = keep.iter().map(|&row| values[row]).collect();
                    let mut parameters =
                        DecisionTreeRegressorParameters::default().with_max_depth(depth);
                    parameters.seed = Some(seed.0);
                    DecisionTreeRegressor::fit(&x, &y, parameters)
                        .map(TreeMember::Regressor)
                        .map_err(smart::refused(NAME))
                }
                Labels::Classes { codes, classes } => {
                    let y: Vec<u32> = keep.iter().map(|&row| codes[row]).collect();
                    let only = y[0];
                    let mut parameters =
                        DecisionTreeClassifierParameters::default().with_max_depth(depth);
                    parameters.seed = Some(seed.0);
                    let tree = if y.iter().all(|&class| class == only) {
                        None
                    } else {
                        let fitted = DecisionTreeClassifier::fit(&x, &y, parameters);
                        Some(fitted.map_err(smart::refused(NAME))?)
                    };
                    Ok(TreeMember::Classifier {
                        classes: *classes,
                        tree,
                        only,
                    })
                }
            }
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<TreeMember>(bytes, NAME)?))
    }
}

impl Model for TreeMember {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        smart::in_blocks(rows, |x, n| match self {
            TreeMember::Regressor(tree) => {
                let values = tree.predict(x).expect("a fitted tree predicts");
                values.into_iter().map(|value| value as f32).collect()
            }
            TreeMember::Classifier {
                classes,
                tree,
                only,
            } => {
                let votes = match tree {
                    Some(tree) => tree.predict(x).expect("a fitted tree predicts"),
                    None => vec![*only; n],
                };
                let mut counts = Array2::zeros((n, *classes));
                for (row, class) in votes.into_iter().enumerate() {
                    counts[[row, class as usize]] += 1.0;
                }
                smart::shares(&counts)
            }
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        smart::to_json(self)
    }

    fn n_trees(&self) -> usize {
        1
    }
}
