//! The units in which models see targets and weights.
//!
//! Learners round to `f32` and have penalties and least sums of weights in
//! absolute units. Targets are therefore standardised and weights divided by
//! their mean before a learner sees them: a latency in seconds or in
//! nanoseconds gives the same model.

use al_core::{Matrix, Observed, TargetScale};
use al_models::{Labelled, Labels};
use serde::{Deserialize, Serialize};

use crate::options::TrainOptions;
use crate::results::Classes;

/// Between the fitted scale, which is the target's unit or its logarithm, and
/// what models see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scales {
    /// Mean of the targets on the fitted scale.
    pub centre: f64,
    /// Their population standard deviation; 1 if they are all equal.
    pub spread: f64,
    /// Mean weight of a measurement.
    pub weight: f64,
}

impl Default for Scales {
    /// Models see what is measured: files older than these scales have none.
    fn default() -> Self {
        Scales {
            centre: 0.0,
            spread: 1.0,
            weight: 1.0,
        }
    }
}

impl Scales {
    /// The scales of the given rows; `values` says whether they have values
    /// or classes.
    pub(crate) fn of(
        all: &Observed,
        rows: &[usize],
        options: &TrainOptions,
        values: bool,
    ) -> Scales {
        let measurements: f64 = rows.iter().map(|&row| f64::from(all.counts()[row])).sum();
        // Divided first: the sum of weights near the largest f64 overflows.
        let weight: f64 = rows
            .iter()
            .map(|&row| all.weights()[row] / measurements)
            .sum();
        let mut scales = Scales {
            weight,
            ..Scales::default()
        };
        if values {
            let n = rows.len() as f64;
            let fitted = || rows.iter().map(|&row| options.fitted(all.values()[row]));
            let largest = fitted().fold(0.0_f64, |a, b| a.max(b.abs()));
            let unit = if largest > 0.0 { largest } else { 1.0 };
            let mean = fitted().map(|v| v / unit / n).sum::<f64>();
            let variance = fitted().map(|v| (v / unit - mean).powi(2) / n).sum::<f64>();
            let first = fitted().next().unwrap_or(0.0);
            if fitted().all(|value| value == first) {
                scales.centre = first;
            } else {
                scales.centre = mean * unit;
                scales.spread = variance.sqrt() * unit;
            }
            if !(scales.spread > 0.0 && scales.spread.is_finite()) {
                scales.spread = 1.0;
            }
        }
        scales
    }

    /// The units of a target of which the logarithm is fitted, or not.
    pub(crate) fn target(&self, log: bool) -> TargetScale {
        TargetScale {
            log,
            centre: self.centre,
            spread: self.spread,
        }
    }

    /// A weight as models see it.
    pub(crate) fn weight(&self, weight: f64) -> f32 {
        ((weight / self.weight) as f32).clamp(1e-30, 1e30)
    }
}

/// Labelled rows as models see them.
pub(crate) fn labelled(
    all: &Observed,
    rows: &[usize],
    x: Matrix,
    options: &TrainOptions,
    classes: &Classes,
    scales: &Scales,
) -> Labelled {
    let scale = scales.target(options.log_target);
    let y = if classes.is_empty() {
        Labels::Values(
            rows.iter()
                .map(|&row| scale.standardised(scale.fitted(all.values()[row])))
                .collect(),
        )
    } else {
        Labels::Classes {
            codes: rows.iter().map(|&row| all.values()[row] as u32).collect(),
            classes: classes.len(),
        }
    };
    Labelled {
        x,
        y,
        weights: rows
            .iter()
            .map(|&row| scales.weight(all.weights()[row]))
            .collect(),
        groups: match all.has_groups() {
            true => rows.iter().map(|&row| all.groups()[row]).collect(),
            false => Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_targets_are_standardised() {
        let scales = Scales {
            centre: 1e9,
            spread: 5.0,
            weight: 0.01,
        };
        assert_eq!(scales.target(false).standardised(1e9 + 10.0), 2.0);
        assert_eq!(scales.weight(0.02), 2.0);
    }
}
