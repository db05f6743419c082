//! Draws of a process at rows as linear forms, whose weights are the same for all rows.

use std::ops::Range;

use ndarray::{Array1, Array2, Axis, s};

/// What of a process its draws are made of.
pub(super) struct DrawParts<'a> {
    /// Numbers of the training rows, n × p.
    pub(super) training: &'a Array2<f64>,
    /// What the trend multiplies products of points by.
    pub(super) slope: f64,
    /// K⁻¹·y, n.
    pub(super) alpha: &'a Array1<f64>,
    /// Per draw what moves its prior function to the measurements, n × m.
    pub(super) corrections: &'a Array2<f64>,
    /// Per draw the weights of its prior function, features × m.
    pub(super) prior_weights: &'a Array2<f64>,
}

/// A draw of a row is a sum over its covariances with the training rows, over its
/// numbers, and over its features.
pub(super) struct DrawWeights {
    /// n × draws.
    training: Array2<f64>,
    /// p × draws: the trend, whose sum over the training rows is made once.
    trend: Array2<f64>,
    /// Features × draws.
    features: Array2<f64>,
}

impl DrawWeights {
    pub(super) fn of(parts: DrawParts<'_>, which: Range<usize>) -> DrawWeights {
        let corrections = parts.corrections.slice(s![.., which.clone()]);
        let training = &corrections + &parts.alpha.view().insert_axis(Axis(1));
        let trend = parts.training.t().dot(&training) * parts.slope;
        DrawWeights {
            training,
            trend,
            features: parts.prior_weights.slice(s![.., which]).to_owned(),
        }
    }

    /// Number of draws.
    pub(super) fn len(&self) -> usize {
        self.training.ncols()
    }

    /// The draws of rows, n × draws, from their covariances without the trend, their
    /// numbers and their features.
    pub(super) fn draws(
        &self,
        covariances: &Array2<f64>,
        numbers: &Array2<f64>,
        features: &Array2<f64>,
    ) -> Array2<f64> {
        covariances.dot(&self.training) + numbers.dot(&self.trend) + features.dot(&self.features)
    }
}
