//! How far a model's metric moved over its rounds, and whether that may be chance.

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

    /// Whether so small a change may be chance on so many rows: whether it is less than two
    /// standard errors of a difference. A report knows no error of a single row, so the
    /// standard errors are those of normal errors (1/√(2n) of their RMSE) and of a share,
    /// each as if the two values were of different rows. On the same rows chance makes
    /// less of it: what is beyond this is hardly chance.
    pub(super) fn may_be_chance(&self, rows: usize) -> bool {
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
        };
        // 2/√40 is 32 %, 2/√4000 is 3 %.
        assert!(change(&RMSE, 10.0, 9.0).may_be_chance(40));
        assert!(!change(&RMSE, 10.0, 9.0).may_be_chance(4000));
        assert!(!change(&RMSE, 10.0, 5.0).may_be_chance(40));
        // 2·√(2·0.25/100) is 14 points.
        assert!(change(&ACCURACY, 0.45, 0.55).may_be_chance(100));
        assert!(!change(&ACCURACY, 0.4, 0.6).may_be_chance(100));
        assert!(change(&RMSE, 10.0, 1.0).may_be_chance(0));
    }
}
