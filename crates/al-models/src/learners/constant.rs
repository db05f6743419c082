//! `constant`: the weighted mean, or the shares of the classes.

use al_core::{MatrixColumn, Progress, Seed};
use serde::{Deserialize, Serialize};

use super::smart::{self, written_out};
use crate::entry::{LearnerDoc, LearnerEntry};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, Learner, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "the mean or the class frequencies: the baseline",
    doc: LearnerDoc {
        method: "The weighted mean, or the class frequencies, of each member's bag. The predictions \
            of all candidates are equal, so strategies fall back on inputs and the seed.",
        cost: "O(n).",
        reference: "",
        use_when: "As the baseline that any learner must beat.",
        not_when: "To predict.",
    },
    reads: &[],
    regression: true,
    classification: true,
    make: |_| Box::new(Constant),
};

const NAME: &str = "constant";

struct Constant;

#[derive(Serialize, Deserialize)]
struct ConstantMember {
    outputs: Vec<f32>,
}

impl Learner for Constant {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> RowLayout {
        RowLayout::Codes
    }

    fn weighs_rows(&self) -> bool {
        true
    }

    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        _seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        if data.n_rows() == 0 {
            return Err(FitError::NoRows);
        }
        let member = |bag: &Bag| {
            let drawn = written_out(bag);
            let weight = |row: usize| f64::from(data.weights[row]);
            let total: f64 = drawn.iter().map(|&row| weight(row)).sum();
            let outputs: Vec<f32> = match &data.y {
                Labels::Values(values) => {
                    let sum: f64 = drawn.iter().map(|&row| values[row] * weight(row)).sum();
                    vec![(sum / total) as f32]
                }
                Labels::Classes { codes, classes } => {
                    let mut shares = vec![0.0; *classes];
                    for &row in &drawn {
                        shares[codes[row] as usize] += weight(row) / total;
                    }
                    shares.into_iter().map(|share| share as f32).collect()
                }
            };
            Box::new(ConstantMember { outputs }) as Box<dyn Model>
        };
        progress.advance(bags.len() as u64);
        Ok(bags.iter().map(member).collect())
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<ConstantMember>(bytes, NAME)?))
    }
}

impl Model for ConstantMember {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        self.outputs.repeat(rows.n_rows())
    }

    fn to_bytes(&self) -> Vec<u8> {
        smart::to_json(self)
    }
}
