//! `forest`: a small random forest per member, by the smartcore crate.

use al_core::{MatrixColumn, Progress, Seed};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};

use super::smart;
use crate::entry::{LearnerDoc, LearnerEntry, LearnerOption};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, Learner, LearnerOptions, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "a small random forest per member (smartcore)",
    doc: LearnerDoc {
        method: "Random forests: each tree is grown on a bootstrap sample of the member's rows, \
            each split among a random third (regression) or square root (classification) of the \
            columns. Each member grows a tenth of the trees that are set, at least 5. Row weights \
            act through the bootstrap.",
        cost: "O(trees·n log n·p) over all members.",
        reference: "Breiman 2001.",
        use_when: "To compare boosted with trees that are averaged instead of boosted.",
        not_when: "Above about 20 000 rows, where boosted is faster and better.",
    },
    reads: &[LearnerOption::TREES],
    regression: true,
    classification: true,
    make: |options| Box::new(Forest { options }),
};

const NAME: &str = "forest";

struct Forest {
    options: LearnerOptions,
}

type Classifier = RandomForestClassifier<f64, u32, smart::SmartcoreMatrix, Vec<u32>>;

#[derive(Serialize, Deserialize)]
enum ForestMember {
    Regressor {
        trees: usize,
        forest: RandomForestRegressor<f64, f64, smart::SmartcoreMatrix, Vec<f64>>,
    },
    Classifier {
        classes: usize,
        /// Forests of one tree each: smartcore's forest tells its class but
        /// not the shares of its votes. Empty where the sample held one class.
        trees: Vec<Classifier>,
        only: u32,
    },
}

impl Forest {
    /// Trees per member, so that the ensemble has about the setting `trees` in all.
    fn trees(&self) -> usize {
        (self.options.trees / 10).max(5)
    }
}

impl Learner for Forest {
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
        let trees = self.trees();
        smart::members(NAME, data, bags, seed, progress, |rows, keep, seed| {
            let x = smart::points(rows, keep);
            match &data.y {
                Labels::Values(values) => {
                    let y: Vec<f64> = keep.iter().map(|&row| values[row]).collect();
                    let parameters = RandomForestRegressorParameters::default()
                        .with_n_trees(trees)
                        .with_m(rows.width.div_ceil(3))
                        .with_seed(seed.0);
                    let forest = RandomForestRegressor::fit(&x, &y, parameters)
                        .map_err(smart::refused(NAME))?;
                    Ok(ForestMember::Regressor { trees, forest })
                }
                Labels::Classes { codes, classes } => {
                    let y: Vec<u32> = keep.iter().map(|&row| codes[row]).collect();
                    let only = y[0];
                    let trees = if y.iter().all(|&class| class == only) {
                        Vec::new()
                    } else {
                        let tree = |at| {
                            let parameters = RandomForestClassifierParameters::default()
                                .with_n_trees(1)
                                .with_m((rows.width as f64).sqrt().ceil() as usize)
                                .with_seed(seed.derive("tree", at).0);
                            RandomForestClassifier::fit(&x, &y, parameters)
                                .map_err(smart::refused(NAME))
                        };
                        (0..trees as u64).map(tree).collect::<Result<_, _>>()?
                    };
                    Ok(ForestMember::Classifier {
                        classes: *classes,
                        trees,
                        only,
                    })
                }
            }
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<ForestMember>(bytes, NAME)?))
    }
}

impl Model for ForestMember {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        smart::in_blocks(rows, |x, n| match self {
            ForestMember::Regressor { forest, .. } => {
                let values = forest.predict(x).expect("a fitted forest predicts");
                values.into_iter().map(|value| value as f32).collect()
            }
            ForestMember::Classifier {
                classes,
                trees,
                only,
            } => {
                let mut counts = Array2::zeros((n, *classes));
                if trees.is_empty() {
                    counts.column_mut(*only as usize).fill(1.0);
                }
                for tree in trees {
                    let votes = tree.predict(x).expect("a fitted forest predicts");
                    for (row, class) in votes.into_iter().enumerate() {
                        counts[[row, class as usize]] += 1.0;
                    }
                }
                smart::shares(&counts)
            }
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        smart::to_json(self)
    }

    fn n_trees(&self) -> usize {
        match self {
            ForestMember::Regressor { trees, .. } => *trees,
            ForestMember::Classifier { trees, .. } => trees.len(),
        }
    }
}
