//! Boosted trees of the hessboost crate as a model.

use hessboost::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Boosting, FitError, Leaf, LoadError, Model};
use crate::recode::Recode;

const NAME: &str = "boosted";

/// Penalty λ on squared leaf values, of trees that are not symmetric.
pub(crate) const PENALTY: f64 = 0.1;

/// Levels are ordered by one number per row; more than two classes have none.
pub(crate) fn layout(outputs: usize) -> RowLayout {
    if outputs > 2 {
        RowLayout::OneHot
    } else {
        RowLayout::Codes
    }
}

/// Trees and the ranks of the categories they split on.
#[derive(Debug, Clone)]
pub(crate) struct Trees {
    pub(crate) recode: Recode,
    /// Penalty λ on squared leaf values.
    pub(super) penalty: f64,
    pub(crate) model: BoostedModel,
}

/// What is saved of trees beside the library's bytes. Files of 0.1.0 have no
/// penalty, which was the same for all.
#[derive(Serialize, Deserialize)]
struct TreesHead {
    #[serde(flatten)]
    recode: Recode,
    #[serde(default = "first_penalty", skip_serializing_if = "is_first_penalty")]
    penalty: f64,
}

fn first_penalty() -> f64 {
    PENALTY
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_first_penalty(penalty: &f64) -> bool {
    *penalty == PENALTY
}

impl Trees {
    /// Row-major outputs of rows in this learner's layout.
    pub(crate) fn outputs(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        let predict = |values: &[f32]| {
            self.model
                .predict_rows(values, Iterations::Best)
                .expect("finite rows of the layout the model was fitted on")
                .into_vec()
        };
        if self.recode.width() == 0 {
            return predict(&rows.values);
        }
        // Recoded in blocks that stay in the cache until they are predicted.
        const BLOCK: usize = 2048;
        rows.values
            .par_chunks(BLOCK * rows.width)
            .flat_map_iter(|block| predict(&self.recode.apply(block)))
            .collect()
    }

    /// What the trees from `from` to `to` add to the margins of rows in this learner's
    /// layout, row-major; the first with what the model starts from.
    pub(super) fn margins(&self, rows: &LearnerRows<'_>, from: usize, to: usize) -> Vec<f32> {
        let values = self.recode.apply(&rows.values);
        let margins = self.model.predict_margin_rows(&values, from..to);
        let mut margins = margins
            .expect("finite rows of the layout the model was fitted on")
            .into_vec();
        let start = self.model.base_scores();
        if from > 0 {
            for row in margins.chunks_exact_mut(start.len()) {
                row.iter_mut()
                    .zip(start)
                    .for_each(|(margin, start)| *margin -= start);
            }
        }
        margins
    }

    /// The model with its first `rounds` boosting rounds only.
    pub(super) fn first(self, rounds: usize) -> Result<Trees, FitError> {
        if rounds >= self.model.num_boost_rounds() {
            return Ok(self);
        }
        let model = self
            .model
            .slice(0..rounds, 1)
            .map_err(|error| FitError::Library {
                learner: NAME,
                reason: error.to_string(),
            })?;
        Ok(Trees { model, ..self })
    }

    fn leaves_in(&self, rows: &LearnerRows<'_>, iterations: Iterations) -> Vec<u32> {
        if rows.n_rows() == 0 {
            return Vec::new();
        }
        let values = self.recode.apply(&rows.values).into_owned();
        let matrix = DMatrix::from_dense_vec(values, rows.n_rows(), rows.width)
            .expect("finite rows of the layout the model was fitted on");
        let leaves = self.model.predict_leaf(&matrix, iterations);
        leaves.expect("rounds that the model has").into_vec()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head = TreesHead {
            recode: self.recode.clone(),
            penalty: self.penalty,
        };
        let head = serde_json::to_vec(&head).expect("plain values can be written");
        let mut bytes = (head.len() as u32).to_le_bytes().to_vec();
        bytes.extend(head);
        bytes.extend(
            self.model
                .encode(ModelFormat::Binary)
                .expect("a trained model can be written"),
        );
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Trees, LoadError> {
        let wrong = |reason: String| LoadError {
            learner: NAME,
            reason,
        };
        let (length, rest) = bytes
            .split_first_chunk::<4>()
            .ok_or_else(|| wrong("it is cut short".to_owned()))?;
        let (head, model) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| wrong("it is cut short".to_owned()))?;
        let TreesHead { recode, penalty } =
            serde_json::from_slice(head).map_err(|error| wrong(error.to_string()))?;
        let model = BoostedModel::decode(model, ModelFormat::Binary)
            .map_err(|error| wrong(error.to_string()))?;
        if recode.width() != 0 && recode.width() != model.n_features() {
            return Err(wrong("its ranks do not fit its trees".to_owned()));
        }
        Ok(Trees {
            recode,
            penalty,
            model,
        })
    }
}

impl Model for Trees {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        let outputs = self.outputs(rows);
        // The logistic objective predicts the second class only.
        if self.model.objective().name() == "binary:logistic" {
            return outputs.into_iter().flat_map(|p| [1.0 - p, p]).collect();
        }
        outputs
    }

    fn to_bytes(&self) -> Vec<u8> {
        Trees::to_bytes(self)
    }

    fn n_trees(&self) -> usize {
        self.model.num_boost_rounds()
    }

    fn boosting(&self) -> Option<Boosting> {
        if self.model.n_outputs() != 1 {
            return None;
        }
        let leaf = |node: &hessboost::tree::Node| Leaf {
            value: node.leaf_value,
            weight: node.sum_hess,
        };
        let trees = self.model.trees().iter();
        Some(Boosting {
            base: self.model.base_score(),
            penalty: self.penalty as f32,
            trees: trees
                .map(|tree| tree.nodes().iter().map(leaf).collect())
                .collect(),
        })
    }

    fn leaves(&self, rows: &LearnerRows<'_>) -> Option<Vec<u32>> {
        Some(self.leaves_in(rows, Iterations::Best))
    }

    fn leaves_of_rounds(&self, rows: &LearnerRows<'_>, rounds: usize) -> Option<Vec<u32>> {
        let rounds = rounds.min(self.model.num_boost_rounds());
        Some(self.leaves_in(rows, (..rounds).into()))
    }

    fn importance(&self) -> Vec<f64> {
        let mut gains = vec![0.0; self.model.n_features()];
        for (column, gain) in self.model.feature_importance(ImportanceType::TotalGain) {
            gains[column] = gain;
        }
        gains
    }
}
