//! What a fitted recipe says of the rows it learned from, without them.

use al_core::{Matrix, Posterior, RowPredictions};
use ndarray::Array2;

use crate::calibration::conformal_quantile;
use crate::fitted::Fitted;
use crate::interval::IntervalMethod;
use crate::learner::{Labelled, Labels};

impl Fitted {
    /// The means of the belief about `x`, n × 1 or n × c, where parts that pass through what
    /// they learned, as processes do, say of a learned row what they would without it. `rows`
    /// has for each the place among the rows learned from, if it is one of them.
    #[must_use]
    pub fn without_own_answers(&self, x: &Matrix, rows: &[Option<usize>]) -> Array2<f32> {
        self.stack.without_own_answers(x, rows)
    }

    /// What is said of `data`, which are the rows `rows` of those learned from, by what has
    /// not seen them: the places of which something is, and per row one draw, with intervals of this coverage where they are made of such
    /// residuals.
    #[must_use]
    pub fn evaluated(
        &self,
        data: &Labelled,
        rows: &[usize],
        coverage: f64,
    ) -> (Vec<usize>, RowPredictions) {
        if let Labels::Classes { .. } = data.y {
            let (rows, mean) = self.stack.classes_without_own(&data.x, rows);
            let posterior = Posterior::Classes { draws: vec![mean] };
            let interval = None;
            return (
                rows,
                RowPredictions {
                    posterior,
                    interval,
                },
            );
        }
        let said = self.stack.without_own(&data.x, rows);
        let rows: Vec<usize> = (0..said.mean.len())
            .filter(|&row| said.mean[row].is_finite())
            .collect();
        let means: Vec<f64> = rows.iter().map(|&row| said.mean[row]).collect();
        let draws = means.iter().map(|&mean| mean as f32).collect();
        let interval = match &self.interval {
            IntervalMethod::OutOfBag(residuals, spread) => {
                let mut sorted = residuals.residuals.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                let margin = conformal_quantile(&sorted, coverage);
                let spread = spread.as_ref().map(|spread| spread.of(&data.x.take(&rows)));
                let around = |(at, mean): (usize, &f64)| {
                    let margin = margin * spread.as_ref().map_or(1.0, |spread| spread[at]);
                    (mean - margin, mean + margin)
                };
                Some(means.iter().enumerate().map(around).unzip())
            }
            _ => None,
        };
        let posterior = Posterior::Values {
            draws: Array2::from_shape_vec((1, rows.len()), draws).expect("a mean per row"),
            noise: vec![self.noise() as f32; rows.len()],
        };
        (
            rows,
            RowPredictions {
                posterior,
                interval,
            },
        )
    }
}
