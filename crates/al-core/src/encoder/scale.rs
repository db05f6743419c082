//! Mean and deviation of a column.

use serde::{Deserialize, Serialize};

/// Mean and population standard deviation of a numeric feature's values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Mean of the values present at training.
    pub mean: f64,
    /// Their population standard deviation; 0 for a constant column.
    pub deviation: f64,
}

impl Scale {
    pub(super) fn of(values: &[f64]) -> Scale {
        let present = || values.iter().copied().filter(|value| !value.is_nan());
        let count = present().count();
        if count == 0 {
            return Scale {
                mean: 0.0,
                deviation: 0.0,
            };
        }
        // Divided by the largest magnitude first: squares of 1e300 overflow.
        let largest = present().fold(0.0_f64, |a, b| a.max(b.abs()));
        if largest == 0.0 {
            return Scale {
                mean: 0.0,
                deviation: 0.0,
            };
        }
        let first = present().next().expect("count > 0");
        if present().all(|value| value == first) {
            return Scale {
                mean: first,
                deviation: 0.0,
            };
        }
        let mean = present().map(|v| v / largest).sum::<f64>() / count as f64;
        let variance = present().map(|v| (v / largest - mean).powi(2)).sum::<f64>() / count as f64;
        Scale {
            mean: mean * largest,
            deviation: variance.sqrt() * largest,
        }
    }

    /// The standardised value; a constant column is only centred.
    pub(super) fn apply(self, value: f64) -> f64 {
        let divisor = if self.deviation > 0.0 {
            self.deviation
        } else {
            1.0
        };
        // Each term divided on its own: the difference of two values near the
        // largest f64 overflows, the difference of their quotients does not.
        let difference = value - self.mean;
        if difference.is_finite() {
            difference / divisor
        } else {
            value / divisor - self.mean / divisor
        }
    }
}

/// Rounded to `f32` and kept finite: a standardised value beyond its range is
/// as far out as can be said.
pub(super) fn finite(value: f64) -> f32 {
    if value.is_nan() {
        f32::NAN
    } else {
        (value as f32).clamp(f32::MIN, f32::MAX)
    }
}
