//! Axes of plots: a range that is never empty, ticks at round numbers and
//! labels that agree with each other.
//!
//! The plotting library's own ranges never end on tiny values and label
//! with every digit, so this is a range of its own for it.

use std::ops::Range;

use al_words::numbers::page::{fixed, percent, power_of_ten, scaled};
use plotters::coord::ranged1d::{
    KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged, ValueFormatter,
};

/// Values beyond this size are drawn at it: differences stay finite.
const LARGEST: f64 = 1e150;

/// Relative differences below this are drawn as none.
const FINEST: f64 = 1e-6;

/// An axis of a plot.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
    ticks: Vec<(f64, String)>,
}

/// Smallest and largest finite value, if there is one.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|value| value.is_finite())
        .map(|value| value.clamp(-LARGEST, LARGEST))
        .fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
        })
}

/// `low` and `high` moved apart by a share of their distance; from a single
/// value a range around it.
pub(super) fn padded((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    let span = high - low;
    if span > FINEST * size && size > 1.0 / LARGEST {
        (low - share * span, high + share * span)
    } else if size > 1.0 / LARGEST {
        (low - 0.1 * size, high + 0.1 * size)
    } else {
        (-1.0, 1.0)
    }
}

/// As [`padded`], but by a share of the decades; the range must be positive.
pub(super) fn log_padded((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let (low, high) = (low.max(1.0 / LARGEST), high.max(1.0 / LARGEST));
    if high / low < 1.01 {
        return (low / 1.5, high * 1.5);
    }
    let factor = (high / low).powf(share);
    (low / factor, high * factor)
}

impl Axis {
    /// An axis over exactly this range, with about `count` ticks.
    pub(super) fn linear((low, high): (f64, f64), count: usize) -> Axis {
        let (low, high) = if high > low {
            (low, high)
        } else {
            padded((low, high), 0.0)
        };
        let step = round_step((high - low) / count.max(1) as f64);
        let ticks = multiples(step, low, high);
        let labels = linear_labels(&ticks, step);
        Axis {
            low,
            high,
            is_log: false,
            ticks: ticks.into_iter().zip(labels).collect(),
        }
    }

    /// A linear axis whose ticks are written as percentages of 1.
    pub(super) fn shares((low, high): (f64, f64), count: usize) -> Axis {
        let mut axis = Axis::linear((low, high), count);
        let step = round_step((axis.high - axis.low) / count.max(1) as f64);
        let decimals = (-(step * 100.0).log10().floor()).clamp(0.0, 6.0) as usize;
        for (value, label) in &mut axis.ticks {
            let whole = percent(*value * 100.0);
            let unit = whole.trim_start_matches(|c: char| c != '\u{202f}');
            *label = format!("{}{unit}", fixed(*value * 100.0, decimals));
        }
        axis
    }

    /// A linear axis with ticks at whole numbers only.
    pub(super) fn whole((low, high): (f64, f64), count: usize) -> Axis {
        let mut axis = Axis::linear((low, high), count);
        axis.ticks.retain(|(value, _)| value.fract() == 0.0);
        for (value, label) in &mut axis.ticks {
            if value.abs() < 1e6 {
                *label = fixed(*value, 0);
            }
        }
        if axis.ticks.is_empty() {
            let middle = f64::midpoint(low, high).round();
            axis.ticks.push((middle, fixed(middle, 0)));
        }
        axis
    }

    /// A logarithmic axis; the range must be positive, else it is linear.
    pub(super) fn logarithmic((low, high): (f64, f64), count: usize) -> Axis {
        if !(low > 0.0 && high > low) {
            return Axis::linear((low, high), count);
        }
        let decades = (high / low).log10();
        if decades < 0.8 {
            let axis = Axis::linear((low, high), count);
            return Axis {
                is_log: true,
                ..axis
            };
        }
        let mantissas: &[f64] = if decades < 1.7 {
            &[1.0, 2.0, 5.0]
        } else if decades < 2.6 {
            &[1.0, 3.0]
        } else {
            &[1.0]
        };
        let every = ((decades / count.max(1) as f64).ceil() as i32).max(1);
        let first = low.log10().floor() as i32;
        let last = high.log10().ceil() as i32;
        let is_plain = low >= 9e-4 && high < 1e6;
        let ticks = (first..=last)
            .filter(|exponent| exponent.rem_euclid(every) == 0)
            .flat_map(|exponent| mantissas.iter().map(move |m| (*m, exponent)))
            .map(|(m, exponent)| (m * 10_f64.powi(exponent), m, exponent))
            .filter(|(value, ..)| (low..=high).contains(value))
            .map(|(value, m, exponent)| {
                let label = if is_plain {
                    fixed(value, usize::try_from(-exponent).unwrap_or(0))
                } else if m == 1.0 {
                    power_of_ten(exponent)
                } else {
                    scaled(value, exponent, 0)
                };
                (value, label)
            })
            .collect();
        Axis {
            low,
            high,
            is_log: true,
            ticks,
        }
    }

    /// Characters of the longest tick label.
    pub(super) fn label_width(&self) -> usize {
        let widths = self.ticks.iter().map(|(_, label)| label.chars().count());
        widths.max().unwrap_or(1)
    }

    /// Where `value` lies on the axis: 0 at the low end, 1 at the high end.
    /// What is beyond an end lies on it.
    pub(super) fn position(&self, value: f64) -> f64 {
        let place = if self.is_log {
            (value.max(f64::MIN_POSITIVE).ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if place.is_nan() {
            0.0
        } else {
            place.clamp(0.0, 1.0)
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        start + (f64::from(end - start) * self.position(*value)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.iter().map(|(value, _)| *value).collect(),
            KeyPointWeight::Any => Vec::new(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|(tick, _)| tick == value);
        tick.map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

/// The one of 1, 2, 5 × 10ⁿ nearest to `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powi(step.log10().floor() as i32);
    let mantissa = match step / power {
        m if m < 1.5 => 1.0,
        m if m < 3.5 => 2.0,
        m if m < 7.5 => 5.0,
        _ => 10.0,
    };
    let step = mantissa * power;
    if step.is_finite() && step > 0.0 {
        step
    } else {
        1.0
    }
}

/// Multiples of `step` from `low` to `high`; at most 50.
fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    let first = (low / step - 1e-9).ceil();
    (0..50)
        .map(|i| (first + f64::from(i)) * step)
        .take_while(|value| *value <= high + 1e-9 * step)
        .map(|value| if value == 0.0 { 0.0 } else { value })
        .collect()
}

/// Labels with the decimals the step needs; powers of ten, the same for all,
/// where plain digits would be long.
fn linear_labels(ticks: &[f64], step: f64) -> Vec<String> {
    let largest = ticks.iter().fold(0.0_f64, |m, tick| m.max(tick.abs()));
    let step_exponent = step.log10().floor() as i32;
    if largest == 0.0 || (1e-3..1e6).contains(&largest) {
        let decimals = usize::try_from(-step_exponent).unwrap_or(0);
        return ticks.iter().map(|tick| fixed(*tick, decimals)).collect();
    }
    let exponent = (largest.log10() + 1e-9).floor() as i32;
    let decimals = usize::try_from(exponent - step_exponent).unwrap_or(0);
    ticks
        .iter()
        .map(|tick| scaled(*tick, exponent, decimals))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers_with_matching_decimals() {
        let axis = Axis::linear((0.0, 0.26), 5);
        assert_eq!(labels(&axis)[..3], ["0.00", "0.05", "0.10"]);
        let axis = Axis::linear((0.171, 0.239), 5);
        assert_eq!(labels(&axis)[..3], ["0.18", "0.19", "0.20"]);
        let axis = Axis::linear((0.0, 45_000.0), 5);
        assert_eq!(labels(&axis)[1], "10\u{202f}000");
        let axis = Axis::linear((0.0, 4.2e7), 5);
        assert_eq!(labels(&axis), ["0", "1×10⁷", "2×10⁷", "3×10⁷", "4×10⁷"]);
        let axis = Axis::shares((0.0, 1.0), 5);
        assert_eq!(labels(&axis)[1], "20\u{202f}%");
        let axis = Axis::shares((0.91, 0.925), 5);
        assert_eq!(labels(&axis)[0], "91.0\u{202f}%");
    }

    #[test]
    fn log_ticks_follow_the_number_of_decades() {
        let axis = Axis::logarithmic((0.8, 30_000.0), 6);
        assert_eq!(labels(&axis), ["1", "10", "100", "1000", "10\u{202f}000"]);
        let axis = Axis::logarithmic((0.8, 12.0), 6);
        assert_eq!(labels(&axis), ["1", "2", "5", "10"]);
        let axis = Axis::logarithmic((1e-9, 1e-3), 6);
        assert_eq!(labels(&axis)[0], "10⁻⁹");
        assert!((axis.position(1e-6) - 0.5).abs() < 1e-9);
        assert!(Axis::logarithmic((1e-300, 1e300), 6).ticks.len() < 10);
        assert!(!Axis::logarithmic((-1.0, 10.0), 6).is_log);
    }

    #[test]
    fn whole_ticks_only_where_whole_numbers_are_meant() {
        assert_eq!(labels(&Axis::whole((-0.5, 1.5), 8)), ["0", "1"]);
        assert_eq!(labels(&Axis::whole((-0.5, 0.5), 8)), ["0"]);
    }

    #[test]
    fn no_range_is_too_narrow_too_wide_or_not_a_number() {
        let hard = [
            vec![],
            vec![f64::NAN],
            vec![f64::INFINITY, 1.0],
            vec![0.0],
            vec![-0.0, 0.0],
            vec![3.0, 3.0],
            vec![1e9, 1e9 + 1e-6],
            vec![5e-324, 1e-323],
            vec![1e-200, 2e-200],
            vec![f64::MAX, f64::MIN],
            vec![-1e-12, 1e12],
        ];
        for values in hard {
            let extent = extent(values.iter().copied()).unwrap_or((0.0, 0.0));
            let range = padded(extent, 0.05);
            for axis in [
                Axis::linear(range, 6),
                Axis::shares(range, 6),
                Axis::whole(range, 6),
                Axis::logarithmic(log_padded(extent, 0.05), 6),
            ] {
                assert!(axis.high > axis.low, "{values:?}");
                assert!((axis.high - axis.low).is_finite(), "{values:?}");
                assert!((1..=50).contains(&axis.ticks.len()), "{values:?}: {axis:?}");
                for value in &values {
                    assert!((0.0..=1.0).contains(&axis.position(*value)), "{values:?}");
                }
            }
        }
    }
}
