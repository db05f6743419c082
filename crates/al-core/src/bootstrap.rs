//! A mean and where it lies, from resamples.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::seed::Seed;
use crate::uncertainty::percentile;

/// A mean with the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanInterval {
    /// The mean.
    pub mean: f64,
    /// Lower end; the mean itself for fewer than two values.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl MeanInterval {
    /// Returns the mean of `values` and its interval: percentiles of the means of
    /// `resamples` (Efron & Tibshirani 1993).
    #[must_use]
    pub fn of(values: &[f64], resamples: usize, seed: Seed) -> MeanInterval {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n.max(1) as f64;
        if n < 2 {
            return MeanInterval {
                mean,
                low: mean,
                high: mean,
            };
        }
        let mut rng = seed.stream("bootstrap of repeats", n as u64);
        let mut means: Vec<f64> = (0..resamples)
            .map(|_| (0..n).map(|_| values[rng.random_range(0..n)]).sum::<f64>() / n as f64)
            .collect();
        means.sort_unstable_by(f64::total_cmp);
        let end = |q: f64| percentile(&means, q);
        MeanInterval {
            mean,
            low: end(0.025),
            high: end(0.975),
        }
    }

    /// Returns the same of values of which these are the logarithms.
    #[must_use]
    pub fn exp(self) -> MeanInterval {
        MeanInterval {
            mean: self.mean.exp(),
            low: self.low.exp(),
            high: self.high.exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_what_varies() {
        let MeanInterval { mean, low, high } =
            MeanInterval::of(&[0.1, -0.1, 0.2, -0.2, 0.05], 10_000, Seed(1));
        assert!((mean - 0.01).abs() < 1e-12);
        assert!(low < mean && mean < high && low > -0.2 && high < 0.2);
        let one = MeanInterval::of(&[2.0], 100, Seed(0));
        assert_eq!((one.mean, one.low, one.high), (2.0, 2.0, 2.0));
        assert_eq!(one.exp().low, 2.0_f64.exp());
    }
}
