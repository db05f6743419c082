//! What a stack says of rows that it learned from, without them.

use al_core::{Matrix, OutOfBag};
use ndarray::{Array1, Array2, Axis};

use super::{Stack, StackPart};
use crate::calibration::OutOfBagResiduals;
use crate::learner::LeftOut;

impl Stack {
    /// How far training rows are from what is predicted of them without them. `x`
    /// and `truth` are those of the rows `rows`, in the order in which they were
    /// learned from.
    pub(crate) fn residuals(&self, x: &Matrix, truth: &[f64], rows: &[usize]) -> OutOfBagResiduals {
        if let [part] = self.parts.as_slice() {
            return part.ensemble.residuals(x, truth, rows);
        }
        let said = self.left_out_of(x, rows);
        let mut found = OutOfBagResiduals::default();
        for (mean, y) in said.mean.iter().zip(truth) {
            if mean.is_finite() {
                found.masks.push(u64::MAX);
                found.residuals.push((y - mean).abs());
            }
        }
        found
    }

    /// What is said of the training rows `rows`, which are `x`, by members that have not
    /// seen them.
    pub(crate) fn without_own(&self, x: &Matrix, rows: &[usize]) -> OutOfBag {
        match self.parts.as_slice() {
            [part] => part.ensemble.without_own_of(x, rows),
            _ => self.left_out_of(x, rows),
        }
    }

    /// As [`Stack::without_own`], of classes: places in `rows` of which some member of each
    /// part has not seen the row, and their probabilities.
    pub(crate) fn classes_without_own(
        &self,
        x: &Matrix,
        rows: &[usize],
    ) -> (Vec<usize>, Array2<f32>) {
        let mut mean = Array2::<f32>::zeros((0, 0));
        for part in self.counting() {
            let said = part.ensemble.classes_without_own(x, rows) * part.weight as f32;
            mean = match mean.is_empty() {
                true => said,
                false => mean + said,
            };
        }
        let said = |row: &usize| mean.row(*row).iter().all(|p| p.is_finite());
        let known: Vec<usize> = (0..mean.nrows()).filter(said).collect();
        let mean = mean.select(Axis(0), &known);
        (known, mean)
    }

    /// As [`crate::Fitted::without_own_answers`].
    pub(crate) fn without_own_answers(&self, x: &Matrix, rows: &[Option<usize>]) -> Array2<f32> {
        let of = |part: &StackPart| {
            let mut means = part.ensemble.posterior(&self.seen_by(part, x), 0.0).means();
            let apart = match part.ensemble.left_out() {
                None => return means * part.weight as f32,
                Some(LeftOut::Classes(shares)) => shares,
                Some(LeftOut::Values(values)) => {
                    let own = values.iter().map(|value| value.mean as f32);
                    Array1::from_iter(own).insert_axis(Axis(1))
                }
            };
            for (mut means, row) in means.rows_mut().into_iter().zip(rows) {
                // Of a row alone in its group nothing may be said without it.
                let apart = row.map(|row| apart.row(row));
                if let Some(apart) = apart.filter(|row| row.iter().all(|p| p.is_finite())) {
                    means.assign(&apart);
                }
            }
            means * part.weight as f32
        };
        let parts = self.counting().map(of);
        parts.reduce(|a, b| a + b).expect("a stack has parts")
    }

    fn left_out_of(&self, x: &Matrix, rows: &[usize]) -> OutOfBag {
        let parts: Vec<(f64, OutOfBag)> = self
            .counting()
            .map(|part| (part.weight, part.ensemble.without_own_of(x, rows)))
            .collect();
        let mut found = OutOfBag::default();
        for row in 0..rows.len() {
            let mean: f64 = parts
                .iter()
                .map(|(weight, said)| weight * said.mean[row])
                .sum();
            let spread = |(weight, said): &(f64, OutOfBag)| {
                weight * (said.variance[row] + (said.mean[row] - mean).powi(2))
            };
            let variance: f64 = parts.iter().map(spread).sum();
            // One that a single member speaks of has a mean and no variance.
            found
                .members
                .push(match (mean.is_finite(), variance.is_finite()) {
                    (true, true) => self.members,
                    (true, false) => 1,
                    (false, _) => 0,
                });
            found.mean.push(mean);
            found.variance.push(variance);
        }
        found
    }
}
