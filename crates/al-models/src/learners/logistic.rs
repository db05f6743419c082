//! `logistic`: logistic regression, by the smartcore crate.

use al_core::{MatrixColumn, Progress, Seed};
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

use super::linear::dot;
use super::smart;
use crate::entry::{LearnerDoc, LearnerEntry};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, Learner, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "logistic regression (smartcore)",
    doc: LearnerDoc {
        method: "Logistic regression, multinomial for more than two classes, with penalty 1 on \
            the squared coefficients, fitted by L-BFGS. Categories are one-hot. Row weights act \
            through the bootstrap.",
        cost: "O(iterations·n·d·c) per member.",
        reference: "Cox 1958; L-BFGS: Liu & Nocedal 1989.",
        use_when: "With few rows per class, where it is the strongest learner.",
        not_when: "Where planes do not separate the classes.",
    },
    reads: &[],
    regression: false,
    classification: true,
    make: |_| Box::new(Logistic),
};

const NAME: &str = "logistic";

struct Logistic;

/// One linear form per class seen in the sample; of two classes one form, for
/// the second.
#[derive(Serialize, Deserialize)]
struct LogisticMember {
    classes: usize,
    seen: Vec<u32>,
    intercepts: Vec<f64>,
    coefficients: Vec<Vec<f64>>,
}

impl Learner for Logistic {
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
        let Labels::Classes { codes, classes } = &data.y else {
            return Err(FitError::Task {
                learner: NAME,
                task: "regression",
                instead: "linear, boosted, forest or tree",
            });
        };
        smart::members(NAME, data, bags, seed, progress, |rows, keep, _| {
            let y: Vec<u32> = keep.iter().map(|&row| codes[row]).collect();
            if y.iter().all(|&class| class == y[0]) {
                return Ok(LogisticMember {
                    classes: *classes,
                    seen: vec![y[0]],
                    intercepts: Vec::new(),
                    coefficients: Vec::new(),
                });
            }
            let fitted = LogisticRegression::fit(
                &smart::points(rows, keep),
                &y,
                LogisticRegressionParameters::default().with_alpha(1.0),
            )
            .map_err(smart::refused(NAME))?;
            let coefficients: Vec<f64> = fitted.coefficients().iterator(0).copied().collect();
            Ok(LogisticMember {
                classes: *classes,
                seen: fitted.classes().clone(),
                intercepts: fitted.intercept().iterator(0).copied().collect(),
                coefficients: coefficients
                    .chunks(rows.width)
                    .map(<[f64]>::to_vec)
                    .collect(),
            })
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        Ok(Box::new(smart::from_json::<LogisticMember>(bytes, NAME)?))
    }
}

impl Model for LogisticMember {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        let mut out = vec![0.0_f32; rows.n_rows() * self.classes];
        for (row, out) in rows
            .values
            .chunks_exact(rows.width.max(1))
            .zip(out.chunks_exact_mut(self.classes))
        {
            let forms = self
                .intercepts
                .iter()
                .zip(&self.coefficients)
                .map(|(intercept, coefficients)| intercept + dot(coefficients, row));
            // Of two classes the first has the form 0.
            let forms: Vec<f64> = match self.seen.len() {
                0 | 1 => vec![0.0],
                2 => std::iter::once(0.0).chain(forms).collect(),
                _ => forms.collect(),
            };
            let largest = forms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = forms.iter().map(|form| (form - largest).exp()).sum();
            for (&class, form) in self.seen.iter().zip(&forms) {
                out[class as usize] = ((form - largest).exp() / total) as f32;
            }
        }
        out
    }

    fn to_bytes(&self) -> Vec<u8> {
        smart::to_json(self)
    }
}
