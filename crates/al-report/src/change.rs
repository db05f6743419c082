//! How far a model's metric moved over its rounds, and whether that may be chance.

use al_core::MeanInterval;
use al_words::metrics::{BetterSide, Metric, MetricForm, MetricUnit};

use super::metric::primary;
use super::{Report, Round, RoundKind};

/// How the metric a model is judged by moved.
pub(super) struct MetricChange {
    pub(super) metric: &'static Metric,
    pub(super) first: f64,
    pub(super) last: f64,
    /// Whether first and last were measured on the same rows over all rounds;
    /// if not, they are those of the last round alone.
    pub(super) spans_all_rounds: bool,
    /// The change with its interval, where the rounds have theirs.
    pub(super) interval: Option<MeanInterval>,
}

impl MetricChange {
    /// Change in percent of the first value, positive where the value rose.
    pub(super) fn change_percent(&self) -> Option<f64> {
        let change = (self.last - self.first) / self.first.abs() * 100.0;
        change.is_finite().then_some(change)
    }

    /// Whether the model got better; `None` if nothing moved visibly.
    pub(super) fn is_better(&self) -> Option<bool> {
        let moved = (self.last - self.first).abs() > 5e-4 * self.first.abs();
        let better = match self.metric.better {
            BetterSide::Larger => self.last > self.first,
            BetterSide::Smaller | BetterSide::Neither => self.last < self.first,
        };
        moved.then_some(better)
    }

    /// Whether the change may be chance on so many rows: whether its interval holds 0 or,
    /// where there is none, whether it is less than two standard errors of a difference.
    /// Without an interval no error of a single row is known, so these are those of normal
    /// errors (1/√(2n) of their RMSE) and of a share, each as if the two values were of
    /// different rows.
    pub(super) fn may_be_chance(&self, rows: usize) -> bool {
        if let Some(ends) = self.interval {
            return ends.low <= 0.0 && ends.high >= 0.0;
        }
        let (rows, size) = (rows as f64, (self.last - self.first).abs());
        let mean = 0.5 * (self.first + self.last);
        let error = match (self.metric.form, self.metric.unit) {
            (MetricForm::Share, _) => (2.0 * mean * (1.0 - mean) / rows).sqrt(),
            (_, MetricUnit::Nats) => mean * (2.0 / rows).sqrt(),
            _ => mean.abs() / rows.sqrt(),
        };
        // An error that is no number tells nothing.
        size <= 2.0 * error || error.is_nan()
    }
}

/// The change of a report with at least two measurements of its metric.
pub(super) fn metric_change(report: &Report) -> Option<MetricChange> {
    let metric = primary(report)?;
    let is_measured = |round: &Round| {
        let after = round.after.as_ref();
        after.and_then(|after| metric.of(after)).is_some()
    };
    let later = report
        .rounds
        .iter()
        .filter(|round| round.kind != RoundKind::Train);
    let mut measured = report.rounds.iter().filter_map(|round| {
        let after = metric.of(round.after.as_ref()?)?;
        Some((before(metric, round), after))
    });
    let (first_before, first_after) = measured.next()?;
    let (last_before, last) = measured
        .next_back()
        .map_or((first_before, None), |(before, after)| {
            (before, Some(after))
        });
    if evaluation_rows_changed(report) {
        return Some(MetricChange {
            metric,
            first: last_before?,
            last: last.unwrap_or(first_after),
            spans_all_rounds: false,
            interval: sum_of(report.rounds.iter().rev().find(|round| is_measured(round))),
        });
    }
    let (first, last) = match (first_before, last) {
        (Some(before), last) => (before, last.unwrap_or(first_after)),
        (None, Some(last)) => (first_after, last),
        (None, None) => return None,
    };
    Some(MetricChange {
        metric,
        first,
        last,
        spans_all_rounds: true,
        interval: sum_of(later.filter(|round| is_measured(round))),
    })
}

/// The sum of the changes of some rounds; `None` if one has no interval. Their chances are
/// taken as independent: the squares of the half widths add up.
fn sum_of<'a>(rounds: impl IntoIterator<Item = &'a Round>) -> Option<MeanInterval> {
    let changes: Option<Vec<MeanInterval>> = rounds.into_iter().map(|one| one.change).collect();
    let changes = changes.filter(|changes| !changes.is_empty())?;
    let mean = changes.iter().map(|one| one.mean).sum::<f64>();
    let half = |of: fn(&MeanInterval) -> f64| {
        let squares = changes.iter().map(|one| of(one).powi(2));
        squares.sum::<f64>().sqrt()
    };
    Some(MeanInterval {
        mean,
        low: mean - half(|one| one.mean - one.low),
        high: mean + half(|one| one.high - one.mean),
    })
}

/// The metric before a round; a training has nothing before it.
fn before(metric: &Metric, round: &Round) -> Option<f64> {
    let before = round
        .before
        .as_ref()
        .filter(|_| round.kind != RoundKind::Train);
    before.and_then(|before| metric.of(before))
}

/// Whether some round began with other metrics than the round before it ended
/// with: its evaluation rows were others, so the rounds do not compare.
pub(super) fn evaluation_rows_changed(report: &Report) -> bool {
    let Some(metric) = primary(report) else {
        return false;
    };
    report.rounds.windows(2).any(|pair| {
        let (Some(ended), Some(began)) = (&pair[0].after, &pair[1].before) else {
            return false;
        };
        let other_rows = matches!((ended.rows, began.rows), (Some(a), Some(b)) if a != b);
        let other_value = match (metric.of(ended), metric.of(began)) {
            (Some(a), Some(b)) => (a - b).abs() > 1e-6 * a.abs().max(b.abs()),
            _ => false,
        };
        other_rows || other_value
    })
}

#[cfg(test)]
mod tests {
    use al_words::metrics::{ACCURACY, RMSE};

    use super::*;

    #[test]
    fn small_changes_on_few_rows_may_be_chance() {
        let change = |metric, first, last| MetricChange {
            metric,
            first,
            last,
            spans_all_rounds: true,
            interval: None,
        };
        // 2/√40 is 32 %, 2/√4000 is 3 %.
        assert!(change(&RMSE, 10.0, 9.0).may_be_chance(40));
        assert!(!change(&RMSE, 10.0, 9.0).may_be_chance(4000));
        assert!(!change(&RMSE, 10.0, 5.0).may_be_chance(40));
        // 2·√(2·0.25/100) is 14 points.
        assert!(change(&ACCURACY, 0.45, 0.55).may_be_chance(100));
        assert!(!change(&ACCURACY, 0.4, 0.6).may_be_chance(100));
        assert!(change(&RMSE, 10.0, 1.0).may_be_chance(0));
        // An interval knows better.
        let with = |low: f64, high: f64| MetricChange {
            interval: Some(MeanInterval {
                mean: -1.0,
                low,
                high,
            }),
            ..change(&RMSE, 10.0, 9.0)
        };
        assert!(!with(-1.5, -0.2).may_be_chance(40));
        assert!(with(-3.0, 1.0).may_be_chance(4000));
    }

    #[test]
    fn changes_of_rounds_add_up_as_independent_ones() {
        let round = |mean: f64, half: f64| Round {
            change: Some(MeanInterval {
                mean,
                low: mean - half,
                high: mean + half,
            }),
            ..Round::default()
        };
        let sum = sum_of(&[round(-2.0, 3.0), round(-1.0, 4.0)]).unwrap();
        assert_eq!((sum.mean, sum.low, sum.high), (-3.0, -8.0, 2.0));
        assert_eq!(sum_of(&[round(-2.0, 3.0), Round::default()]), None);
        assert_eq!(sum_of(&[]), None);
    }
}
