//! A mean and where it lies, from resamples.

use std::collections::HashMap;

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

/// Calls `each` with the rows of every resample: groups are drawn with replacement, as
/// many as there are, and come with all of their rows (Davison & Hinkley 1997, 3.8). Rows
/// of group 0 are a group each. Returns the number of groups; below two nothing is drawn.
pub fn resample(
    groups: &[u64],
    resamples: usize,
    seed: Seed,
    mut each: impl FnMut(&[usize]),
) -> usize {
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<u64, usize> = HashMap::new();
    for (row, &group) in groups.iter().enumerate() {
        let next = members.len();
        let at = match group {
            0 => next,
            group => *known.entry(group).or_insert(next),
        };
        if at == next {
            members.push(Vec::new());
        }
        members[at].push(row);
    }
    let n = members.len();
    if n < 2 {
        return n;
    }
    let mut rng = seed.stream("bootstrap of rows", n as u64);
    let mut rows = Vec::with_capacity(groups.len());
    for _ in 0..resamples {
        rows.clear();
        for _ in 0..n {
            rows.extend_from_slice(&members[rng.random_range(0..n)]);
        }
        each(&rows);
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_drawn_whole_and_single_rows_alone() {
        let mut drawn = 0;
        let groups = resample(&[0, 7, 7, 0, 7], 50, Seed(3), |rows| {
            drawn += 1;
            let times = |row: usize| rows.iter().filter(|&&other| other == row).count();
            assert_eq!((times(1), times(1)), (times(2), times(4)));
            assert_eq!(times(0) + times(1) + times(3), 3);
        });
        assert_eq!((groups, drawn), (3, 50));
        let one = resample(&[7, 7], 50, Seed(3), |_| panic!("one group"));
        assert_eq!(one, 1);
    }

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
