//! How good predictions were: the metrics of a report.
//!
//! All take pairs of equal length; none of an empty slice is NaN.

mod classes;

use ndarray::Array2;

pub use classes::{CALIBRATION_BINS, calibration_error, roc_auc};

/// Root mean squared error, in the target's unit.
#[must_use]
pub fn rmse(truth: &[f64], predicted: &[f64]) -> f64 {
    mean(truth.iter().zip(predicted).map(|(t, p)| (t - p).powi(2))).sqrt()
}

/// Mean absolute error, in the target's unit.
#[must_use]
pub fn mae(truth: &[f64], predicted: &[f64]) -> f64 {
    mean(truth.iter().zip(predicted).map(|(t, p)| (t - p).abs()))
}

/// Coefficient of determination: 1 − the squared error over that of the
/// mean. NaN if the truth is constant, or so but for rounding.
#[must_use]
pub fn r2(truth: &[f64], predicted: &[f64]) -> f64 {
    let centre = mean(truth.iter().copied());
    let total: f64 = truth.iter().map(|t| (t - centre).powi(2)).sum();
    let error: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p).powi(2))
        .sum();
    let rounding = truth.len() as f64 * (1e-14 * centre).powi(2);
    if total > rounding {
        1.0 - error / total
    } else {
        f64::NAN
    }
}

/// Spearman's rank correlation, equal values at their mean rank. NaN if
/// either side is constant.
#[must_use]
pub fn spearman(truth: &[f64], predicted: &[f64]) -> f64 {
    correlation(&ranks(truth), &ranks(predicted))
}

/// Share of the truth within [low, high], both ends included.
#[must_use]
pub fn coverage(truth: &[f64], low: &[f64], high: &[f64]) -> f64 {
    mean(
        truth
            .iter()
            .zip(low.iter().zip(high))
            .map(|(t, (l, h))| f64::from(u8::from(l <= t && t <= h))),
    )
}

/// Whether a share of `rows` measurements within their intervals is less than chance makes
/// of intervals of coverage `level`: if so few or fewer would lie within in less than 2.5 %
/// of cases (the binomial test of Clopper & Pearson 1934).
#[must_use]
pub fn covers_too_few(share: f64, rows: usize, level: f64) -> bool {
    let within = (share * rows as f64).round();
    let is_share = (0.0..=rows as f64).contains(&within);
    if rows == 0 || !is_share || level <= 0.0 || level >= 1.0 {
        return false;
    }
    let odds = (level / (1.0 - level)).ln();
    let mut log_term = rows as f64 * (1.0 - level).ln();
    let mut chance = log_term.exp();
    for k in 0..within as usize {
        log_term += ((rows - k) as f64 / (k + 1) as f64).ln() + odds;
        chance += log_term.exp();
    }
    chance < 0.025
}

/// Mean of high − low, in the target's unit.
#[must_use]
pub fn mean_width(low: &[f64], high: &[f64]) -> f64 {
    mean(low.iter().zip(high).map(|(l, h)| h - l))
}

/// Pinball loss of predictions of the `q`-quantile (Koenker & Bassett 1978).
#[must_use]
pub fn pinball(truth: &[f64], predicted: &[f64], q: f64) -> f64 {
    mean(truth.iter().zip(predicted).map(|(t, p)| {
        let error = t - p;
        (q * error).max((q - 1.0) * error)
    }))
}

/// Share of rows whose class is the predicted one.
#[must_use]
pub fn accuracy(truth: &[u32], predicted: &[u32]) -> f64 {
    mean(
        truth
            .iter()
            .zip(predicted)
            .map(|(t, p)| f64::from(u8::from(t == p))),
    )
}

/// Counts rows by class and predicted class: `[class][predicted]` of a target with
/// `classes` classes.
///
/// # Panics
/// If a code is not below `classes`.
#[must_use]
pub fn confusion(truth: &[u32], predicted: &[u32], classes: usize) -> Vec<Vec<usize>> {
    let mut counts = vec![vec![0; classes]; classes];
    for (&truth, &predicted) in truth.iter().zip(predicted) {
        counts[truth as usize][predicted as usize] += 1;
    }
    counts
}

/// How often a class was measured, predicted, and both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts {
    /// Rows of the class.
    pub measured: usize,
    /// Rows for which the class was predicted.
    pub predicted: usize,
    /// Rows of the class for which it was predicted.
    pub right: usize,
}

impl ClassCounts {
    /// Returns the counts of each class from a confusion matrix,
    /// `[measured][predicted]`.
    #[must_use]
    pub fn of(confusion: &[Vec<usize>]) -> Vec<ClassCounts> {
        let counts = confusion
            .iter()
            .enumerate()
            .map(|(class, row)| ClassCounts {
                measured: row.iter().sum(),
                predicted: confusion.iter().map(|row| row[class]).sum(),
                right: row[class],
            });
        counts.collect()
    }

    /// Returns the share of the rows predicted as the class that are of it; `None` if
    /// there are none.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        ratio(self.right, self.predicted)
    }

    /// Returns the share of the rows of the class that were predicted as it; `None` if
    /// there are none.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        ratio(self.right, self.measured)
    }

    /// Returns the harmonic mean of precision and recall, 2 · right / (measured +
    /// predicted); `None` for a class that was neither measured nor predicted.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.right, self.measured + self.predicted)
    }
}

fn ratio(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// Mean negative log probability, in nats, of the true class; probabilities
/// below 1e-15 count as that, so one sure mistake does not hide all else.
#[must_use]
pub fn log_loss(truth: &[u32], probabilities: &Array2<f64>) -> f64 {
    mean(
        truth
            .iter()
            .enumerate()
            .map(|(row, &class)| -probabilities[[row, class as usize]].max(1e-15).ln()),
    )
}

/// Mean squared distance of the probabilities `mean`, n × classes, from the
/// truth (Brier 1950); 0 to 2.
#[must_use]
pub fn brier(codes: &[u32], mean: &Array2<f64>) -> f64 {
    let rows = codes.iter().zip(mean.rows());
    let squares = rows.map(|(&code, row)| {
        let parts = row.iter().enumerate().map(|(class, p)| {
            let truth = f64::from(u8::from(code == class as u32));
            (p - truth).powi(2)
        });
        parts.sum::<f64>()
    });
    squares.sum::<f64>() / codes.len() as f64
}

/// Change of an error from `before` to `after` in percent, positive where it
/// fell; `None` where `before` is 0 or either is not a number.
#[must_use]
pub fn improvement_percent(before: f64, after: f64) -> Option<f64> {
    let percent = (before - after) / before * 100.0;
    percent.is_finite().then_some(percent)
}

/// Change of R² from `before` to `after` as a share, in percent, of what was
/// left to explain; `None` where nothing was or either is not a number.
#[must_use]
pub fn r2_improvement_percent(before: f64, after: f64) -> Option<f64> {
    let percent = (after - before) / (1.0 - before) * 100.0;
    percent.is_finite().then_some(percent)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
    sum / count as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a.iter().copied()), mean(b.iter().copied()));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (dx, dy) = (x - mean_a, y - mean_b);
        ab += dx * dy;
        aa += dx * dx;
        bb += dy * dy;
    }
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        f64::NAN
    }
}

/// Ranks from 1, equal values at their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        for &row in &order[start..end] {
            ranks[row] = (start + end + 1) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_covered_are_told_from_chance() {
        // scipy.stats.binom.cdf(27, 40, 0.8) = 0.0432, (26) = 0.0194.
        assert!(!covers_too_few(27.0 / 40.0, 40, 0.8));
        assert!(covers_too_few(26.0 / 40.0, 40, 0.8));
        // One of one outside is nothing; 0.2² = 0.04, 0.2³ = 0.008.
        assert!(!covers_too_few(0.0, 2, 0.8));
        assert!(covers_too_few(0.0, 3, 0.8));
        assert!(covers_too_few(0.3, 100_000, 0.8));
        assert!(!covers_too_few(0.9, 100_000, 0.8));
        assert!(!covers_too_few(f64::NAN, 40, 0.8) && !covers_too_few(0.0, 0, 0.8));
    }

    #[test]
    fn closed_forms() {
        let (truth, predicted) = ([1.0, 2.0, 3.0], [1.0, 2.0, 6.0]);
        assert!((rmse(&truth, &predicted) - 3.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(mae(&truth, &predicted), 1.0);
        assert_eq!(r2(&truth, &predicted), 1.0 - 9.0 / 2.0);
        assert_eq!(spearman(&truth, &predicted), 1.0);
        assert_eq!(
            coverage(&truth, &[1.0, 3.0, 2.0], &[1.0, 4.0, 4.0]),
            2.0 / 3.0
        );
        assert_eq!(mean_width(&[0.0, 1.0], &[1.0, 4.0]), 2.0);
        assert_eq!(pinball(&[1.0, 0.0], &[0.0, 1.0], 0.1), 0.5);
        assert_eq!(accuracy(&[0, 1], &[0, 2]), 0.5);
        assert_eq!(
            confusion(&[0, 0, 1, 2], &[0, 2, 1, 2], 3),
            [[1, 0, 1], [0, 1, 0], [0, 0, 1]]
        );
        assert!(r2(&[2.0, 2.0], &[1.0, 3.0]).is_nan());
        assert!(rmse(&[], &[]).is_nan());
    }

    #[test]
    fn figures_of_classes_follow_from_the_confusion_matrix() {
        let counts = ClassCounts::of(&[vec![6, 2, 0], vec![0, 4, 0], vec![0, 0, 0]]);
        let figures = |class: usize| {
            let counts: ClassCounts = counts[class];
            [counts.precision(), counts.recall(), counts.f1()]
        };
        assert_eq!((counts[0].measured, counts[0].predicted), (8, 6));
        assert_eq!(figures(0), [1.0, 0.75, 12.0 / 14.0].map(Some));
        assert_eq!(figures(1), [4.0 / 6.0, 1.0, 0.8].map(Some));
        assert_eq!(figures(2), [None; 3]);
        // Measured and never predicted.
        let never = ClassCounts::of(&[vec![0, 3], vec![0, 2]])[0];
        assert_eq!((never.precision(), never.f1()), (None, Some(0.0)));
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert!(spearman(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
    }

    #[test]
    fn improvements() {
        assert_eq!(improvement_percent(4.0, 3.0), Some(25.0));
        assert_eq!(improvement_percent(0.0, 0.0), None);
        assert_eq!(r2_improvement_percent(0.5, 0.75), Some(50.0));
        assert_eq!(r2_improvement_percent(1.0, 1.0), None);
        assert_eq!(r2_improvement_percent(f64::NAN, 1.0), None);
    }
}
