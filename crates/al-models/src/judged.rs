//! The rows by which a model is judged: all it has learned from, or a sample.

use std::borrow::Cow;

use al_core::Seed;

use crate::calibration::OutOfBagResiduals;
use crate::learner::{Labelled, Labels};
use crate::stack::Stack;

/// Most rows by which a model is judged, which a sample stands for: errors of 20 000 rows
/// are known to half a percent.
pub const MOST_JUDGED: usize = 20_000;

/// Rows learned from by which intervals are made and noise is told: all of them, or a
/// sample.
pub(crate) struct JudgedLabels<'a> {
    data: Cow<'a, Labelled>,
    /// Which of the rows learned from they are.
    rows: Vec<usize>,
}

impl<'a> JudgedLabels<'a> {
    pub(crate) fn of(data: &'a Labelled, seed: Seed) -> JudgedLabels<'a> {
        let n = data.n_rows();
        if n <= MOST_JUDGED {
            return JudgedLabels {
                data: Cow::Borrowed(data),
                rows: (0..n).collect(),
            };
        }
        let mut rng = seed.stream("judged", 0);
        let mut rows = rand::seq::index::sample(&mut rng, n, MOST_JUDGED).into_vec();
        rows.sort_unstable();
        JudgedLabels {
            data: Cow::Owned(Labelled {
                x: data.x.take(&rows),
                y: data.y.take(&rows),
                weights: rows.iter().map(|&row| data.weights[row]).collect(),
                groups: data.groups_of(&rows),
            }),
            rows,
        }
    }

    pub(crate) fn rows(&self) -> (&Labelled, &[usize]) {
        (&self.data, &self.rows)
    }

    /// How far they are from what is predicted of them without them.
    pub(crate) fn residuals(&self, stack: &Stack) -> OutOfBagResiduals {
        match &self.data.y {
            Labels::Classes { .. } => OutOfBagResiduals::default(),
            Labels::Values(truth) => stack.residuals(&self.data.x, truth, &self.rows),
        }
    }
}
