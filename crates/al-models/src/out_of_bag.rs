//! What the members that never saw a row say of it: honest errors without rows
//! set aside (out-of-bag estimation: Breiman 1996).

use al_core::{Matrix, OutOfBag};
use ndarray::{Array2, Axis};

use crate::calibration::OutOfBagResiduals;
use crate::ensemble::Ensemble;
use crate::learner::{Labelled, Labels, LeftOut};

impl Ensemble {
    /// Of the training rows `x`, in the order in which they were learned from.
    ///
    /// # Panics
    ///
    /// For classes, or if `x` are other rows than the samples': bugs of the
    /// caller.
    #[must_use]
    pub fn without_own(&self, x: &Matrix) -> OutOfBag {
        let all: Vec<usize> = (0..x.n_rows()).collect();
        self.without_own_of(x, &all)
    }

    /// As [`Ensemble::without_own`], of the training rows `rows`, which are `x`.
    pub(crate) fn without_own_of(&self, x: &Matrix, rows: &[usize]) -> OutOfBag {
        if let Some(left_out) = self.values_left_out() {
            return OutOfBag {
                members: vec![self.n_members(); rows.len()],
                mean: rows.iter().map(|&row| left_out[row].mean).collect(),
                variance: rows.iter().map(|&row| left_out[row].variance).collect(),
            };
        }
        let draws = self.values(x);
        let mut found = OutOfBag::default();
        let mut said: Vec<f64> = Vec::with_capacity(draws.nrows());
        for (&row, column) in rows.iter().zip(draws.columns()) {
            said.clear();
            let members = self.bags().iter().zip(column);
            said.extend(
                members
                    .filter(|(bag, _)| bag[row] == 0)
                    .map(|(_, &value)| f64::from(value)),
            );
            let k = said.len();
            let mean = said.iter().sum::<f64>() / k as f64;
            let squares: f64 = said.iter().map(|value| (value - mean).powi(2)).sum();
            found.members.push(k);
            found.mean.push(mean);
            found.variance.push(match k {
                0 | 1 => f64::NAN,
                _ => squares / (k - 1) as f64,
            });
        }
        found
    }
}

impl Ensemble {
    /// The mean of the probabilities of the training rows `rows`, which are `x`, by those
    /// members that have not seen them, or by a model without the row, n × c; NaN where there
    /// are none.
    pub(crate) fn classes_without_own(&self, x: &Matrix, rows: &[usize]) -> Array2<f32> {
        if let Some(LeftOut::Classes(shares)) = self.left_out() {
            return shares.select(Axis(0), rows);
        }
        let draws = self.probabilities(x);
        let mut mean = Array2::<f32>::zeros((x.n_rows(), self.n_outputs()));
        for (at, mut mean) in mean.rows_mut().into_iter().enumerate() {
            let unseen = self.bags().iter().zip(&draws);
            let mut count = 0_u16;
            for (_, draw) in unseen.filter(|(bag, _)| bag[rows[at]] == 0) {
                mean += &draw.row(at);
                count += 1;
            }
            mean /= f32::from(count);
        }
        mean
    }

    /// The loss of what members say of the rows `data` that they have not seen: mean
    /// squared error, or log loss; infinite if nothing is said of any.
    pub(crate) fn out_of_bag_loss(&self, data: &Labelled) -> f64 {
        let losses: Vec<f64> = match &data.y {
            Labels::Values(truth) => {
                let said = self.without_own(&data.x).mean;
                said.iter()
                    .zip(truth)
                    .map(|(mean, y)| (mean - y).powi(2))
                    .collect()
            }
            Labels::Classes { codes, .. } => {
                let all: Vec<usize> = (0..data.n_rows()).collect();
                let said = self.classes_without_own(&data.x, &all);
                let own = codes.iter().enumerate();
                own.map(|(row, &code)| match said[[row, code as usize]] {
                    p if p.is_nan() => f64::NAN,
                    p => -f64::from(p).max(1e-6).ln(),
                })
                .collect()
            }
        };
        let (mut sum, mut total) = (0.0, 0.0);
        for (loss, weight) in losses.iter().zip(&data.weights) {
            if loss.is_finite() {
                sum += loss * f64::from(*weight);
                total += f64::from(*weight);
            }
        }
        if total > 0.0 {
            sum / total
        } else {
            f64::INFINITY
        }
    }

    /// How far training rows are from what is predicted of them without them. `x`
    /// and `truth` are those of the rows `rows`, in the order in which they were
    /// learned from.
    pub(crate) fn residuals(&self, x: &Matrix, truth: &[f64], rows: &[usize]) -> OutOfBagResiduals {
        if let Some(left_out) = self.values_left_out() {
            // Every draw is of a model that has seen all rows: their mean stands
            // for that of the model without the row.
            let known = rows.iter().zip(truth);
            let known = known.filter(|(row, _)| left_out[**row].mean.is_finite());
            let residuals: Vec<f64> = known
                .map(|(&row, y)| (y - left_out[row].mean).abs())
                .collect();
            return OutOfBagResiduals {
                masks: vec![u64::MAX; residuals.len()],
                residuals,
            };
        }
        let unseen = self.out_of_bag();
        let unseen: Vec<u64> = rows.iter().map(|&row| unseen[row]).collect();
        OutOfBagResiduals::new(&self.values(x), truth, &unseen)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use al_core::{MatrixColumn, Seed, Silent};

    use super::*;
    use crate::learner::LearnerOptions;

    #[test]
    fn only_members_that_left_a_row_out_speak_of_it() {
        let x = Matrix {
            values: Array2::from_shape_fn((30, 1), |(row, _)| row as f32),
            columns: Arc::from([MatrixColumn::Numeric]),
            counts: None,
        };
        let data = Labelled {
            y: Labels::Values((0..30).map(f64::from).collect()),
            weights: vec![1.0; 30],
            x,
            groups: Vec::new(),
        };
        let entry = crate::registry::find("boosted").unwrap();
        let options = LearnerOptions {
            trees: 5,
            ..LearnerOptions::default()
        };
        let ensemble = Ensemble::fit(entry, options, 6, &data, Seed(1), &Silent).unwrap();
        let said = ensemble.without_own(&data.x);
        let draws = ensemble.values(&data.x);
        let mut spoken = 0;
        for row in 0..30 {
            let out: Vec<f64> = (0..6)
                .filter(|&member| ensemble.bags()[member][row] == 0)
                .map(|member| f64::from(draws[[member, row]]))
                .collect();
            assert_eq!(said.members[row], out.len());
            if out.len() < 2 {
                assert!(said.variance[row].is_nan());
                continue;
            }
            spoken += 1;
            let mean = out.iter().sum::<f64>() / out.len() as f64;
            let squares: f64 = out.iter().map(|v| (v - mean).powi(2)).sum();
            assert!((said.mean[row] - mean).abs() < 1e-9);
            assert!((said.variance[row] - squares / (out.len() - 1) as f64).abs() < 1e-9);
        }
        assert!(spoken > 5, "{spoken}");
    }
}
