//! The combined uncertainty: several measures on one scale from 0 to 1.

use serde::{Deserialize, Serialize};

/// The range of a measure over the candidates, from its 1st to its 99th
/// percentile. Values are normalised by it and clipped to [0, 1], so a few
/// extreme rows do not squeeze all others together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// 1st percentile.
    pub low: f64,
    /// 99th percentile.
    pub high: f64,
}

impl Range {
    /// The range of `values`, by linear interpolation between order
    /// statistics. NaN and infinite values do not count; without any other
    /// the range is empty.
    #[must_use]
    pub fn of(values: &[f64]) -> Range {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Range {
            low: percentile(&sorted, 0.01),
            high: percentile(&sorted, 0.99),
        }
    }

    /// `value` on the scale of this range, clipped to [0, 1]. Any value of a
    /// constant measure is 0; so is NaN, and infinity is 1.
    #[must_use]
    pub fn normalise(&self, value: f64) -> f64 {
        let width = self.high - self.low;
        if value.is_nan() {
            0.0
        } else if value == f64::INFINITY {
            1.0
        } else if width > 0.0 {
            ((value - self.low) / width).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

/// The `q`-quantile of sorted values, linear between order statistics (type
/// 7 of Hyndman & Fan 1996, as numpy); 0 of none.
#[must_use]
pub fn percentile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (at - at.floor())
}

/// Weighted mean of normalised measures.
///
/// `parts` are (values per row, the range to normalise them by, weight ≥ 0);
/// weights that sum to 0 give 0.
#[must_use]
pub fn combined(parts: &[(&[f64], Range, f64)]) -> Vec<f64> {
    let total: f64 = parts.iter().map(|(_, _, weight)| weight).sum();
    let n = parts.first().map_or(0, |(values, _, _)| values.len());
    (0..n)
        .map(|row| {
            let sum: f64 = parts
                .iter()
                .map(|(values, range, weight)| weight * range.normalise(values[row]))
                .sum();
            if total > 0.0 { sum / total } else { 0.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpys() {
        let values: Vec<f64> = (0..101).map(f64::from).collect();
        let range = Range::of(&values);
        assert_eq!((range.low, range.high), (1.0, 99.0));
        assert_eq!(percentile(&[1.0, 2.0], 0.25), 1.25);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_constant_measure_is_zero_and_never_nan() {
        let values = [3.0; 5];
        let range = Range::of(&values);
        assert_eq!(combined(&[(&values, range, 1.0)]), [0.0; 5]);
        let none = Range::of(&[f64::NAN, f64::INFINITY]);
        assert_eq!(none.normalise(f64::NAN), 0.0);
        assert_eq!(none.normalise(f64::INFINITY), 1.0);
    }

    #[test]
    fn parts_are_clipped_and_weighted() {
        let range = Range {
            low: 0.0,
            high: 10.0,
        };
        let (a, b) = ([5.0, 20.0], [0.0, 10.0]);
        assert_eq!(
            combined(&[(&a, range, 3.0), (&b, range, 1.0)]),
            [0.375, 1.0]
        );
    }
}
