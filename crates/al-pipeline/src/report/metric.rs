//! The metrics a report knows: their names, which way is better, how much a
//! round improved them, and which of them a model is judged by.

use al_core::metrics::{improvement_percent, r2_improvement_percent};
use serde::{Deserialize, Serialize};

use super::number::{number, share, significant};
use super::{Head, Metrics, Report, Task};

/// How far the metrics of a round moved, in percent; positive is better.
///
/// Errors (`rmse`, `mae`, `log_loss`): `(before − after) / before · 100`.
/// Scores whose best is 1 (`r2`, `accuracy`): the share of what was missing,
/// `(after − before) / (1 − before) · 100`. Absent where the denominator is
/// zero or a metric is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Improvement {
    /// Of the root mean squared error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rmse_improvement_percent: Option<f64>,
    /// Of the mean absolute error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mae_improvement_percent: Option<f64>,
    /// Of the share of variance explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2_improvement_percent: Option<f64>,
    /// Of the root mean squared error of the logarithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rmse_log_improvement_percent: Option<f64>,
    /// Of the mean absolute error of the logarithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mae_log_improvement_percent: Option<f64>,
    /// Of the share of the logarithm's variance explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2_log_improvement_percent: Option<f64>,
    /// Of the accuracy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_improvement_percent: Option<f64>,
    /// Of the log loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss_improvement_percent: Option<f64>,
}

/// How far the metrics moved from `before` to `after`.
#[must_use]
pub fn improvement(before: &Metrics, after: &Metrics) -> Improvement {
    let of = |metric: &Metric| metric.improvement(before, after);
    Improvement {
        rmse_improvement_percent: of(&RMSE),
        mae_improvement_percent: of(&MAE),
        r2_improvement_percent: of(&R2),
        rmse_log_improvement_percent: of(&RMSE_LOG),
        mae_log_improvement_percent: of(&MAE_LOG),
        r2_log_improvement_percent: of(&R2_LOG),
        accuracy_improvement_percent: of(&ACCURACY),
        log_loss_improvement_percent: of(&LOG_LOSS),
    }
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    /// An error: 0 is best.
    Lower,
    /// A score: 1 is best.
    Higher,
    /// Neither by itself, such as the width of intervals, or no improvement in
    /// percent is defined for it.
    Neither,
}

/// How a metric is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Number,
    Share,
}

/// One metric: its names and where to find it.
pub(super) struct Metric {
    /// Name in JSON and CSV.
    pub(super) key: &'static str,
    /// Name in table heads and on axes.
    pub(super) label: &'static str,
    pub(super) better: Better,
    pub(super) form: Form,
    value: fn(&Metrics) -> Option<f64>,
}

impl Metric {
    /// Its value, if there is one and it is finite.
    pub(super) fn of(&self, metrics: &Metrics) -> Option<f64> {
        (self.value)(metrics).filter(|value| value.is_finite())
    }

    /// Its improvement in percent, if it has a better side.
    pub(super) fn improvement(&self, before: &Metrics, after: &Metrics) -> Option<f64> {
        let (before, after) = (self.of(before)?, self.of(after)?);
        match self.better {
            Better::Lower => improvement_percent(before, after),
            Better::Higher => r2_improvement_percent(before, after),
            Better::Neither => None,
        }
    }

    /// A value of this metric to four digits.
    pub(super) fn write(&self, value: f64) -> String {
        match self.form {
            Form::Number => number(value),
            Form::Share => share(value),
        }
    }

    /// A value of this metric for a sentence: to three digits.
    pub(super) fn say(&self, value: f64) -> String {
        match self.form {
            Form::Number => significant(value, 3),
            Form::Share => share(value),
        }
    }
}

macro_rules! metric {
    ($name:ident, $field:ident, $label:literal, $better:ident, $form:ident) => {
        pub(super) static $name: Metric = Metric {
            key: stringify!($field),
            label: $label,
            better: Better::$better,
            form: Form::$form,
            value: |metrics| metrics.$field,
        };
    };
}

metric!(RMSE, rmse, "RMSE", Lower, Number);
metric!(MAE, mae, "MAE", Lower, Number);
metric!(R2, r2, "R²", Higher, Number);
metric!(SPEARMAN, spearman, "Spearman", Neither, Number);
metric!(COVERAGE, coverage, "Coverage", Neither, Share);
metric!(WIDTH, width, "Interval width", Neither, Number);
metric!(RMSE_LOG, rmse_log, "Log-scale RMSE", Lower, Number);
metric!(MAE_LOG, mae_log, "Log-scale MAE", Lower, Number);
metric!(R2_LOG, r2_log, "Log-scale R²", Higher, Number);
metric!(
    WIDTH_LOG,
    width_log,
    "Log-scale interval width",
    Neither,
    Number
);
metric!(ACCURACY, accuracy, "Accuracy", Higher, Share);
metric!(
    BALANCED_ACCURACY,
    balanced_accuracy,
    "Balanced accuracy",
    Neither,
    Share
);
metric!(LOG_LOSS, log_loss, "Log loss", Lower, Number);
metric!(BRIER, brier, "Brier score", Neither, Number);

/// The metrics of a model's task, the most telling first.
pub(super) fn metrics_of(head: &Head) -> Vec<&'static Metric> {
    match (head.task, head.log_target) {
        (Task::Classification, _) => vec![&ACCURACY, &LOG_LOSS, &BALANCED_ACCURACY, &BRIER],
        (Task::Regression, false) => vec![&RMSE, &R2, &MAE, &SPEARMAN, &COVERAGE, &WIDTH],
        (Task::Regression, true) => vec![
            &RMSE_LOG, &R2_LOG, &RMSE, &R2, &MAE_LOG, &MAE, &SPEARMAN, &COVERAGE, &WIDTH_LOG,
            &WIDTH,
        ],
    }
}

/// The metric a model is judged by: the first of its task that was measured.
pub(super) fn primary(report: &Report) -> Option<&'static Metric> {
    let mut judged = metrics_of(&report.head).into_iter();
    judged.find(|metric| {
        let measured = |metrics: &Option<Metrics>| metrics.as_ref().and_then(|m| metric.of(m));
        metric.better != Better::Neither
            && report.rounds.iter().any(|r| measured(&r.after).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(rmse: f64, r2: f64) -> Metrics {
        Metrics {
            rmse: Some(rmse),
            r2: Some(r2),
            ..Metrics::default()
        }
    }

    #[test]
    fn improvements_follow_the_definition() {
        let gain = improvement(&errors(0.25, 0.9), &errors(0.2, 0.95));
        assert!((gain.rmse_improvement_percent.unwrap() - 20.0).abs() < 1e-9);
        assert!((gain.r2_improvement_percent.unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(gain.accuracy_improvement_percent, None);
        let loss = improvement(&errors(0.2, 0.95), &errors(0.25, 0.9));
        assert!((loss.rmse_improvement_percent.unwrap() + 25.0).abs() < 1e-9);
        assert!((loss.r2_improvement_percent.unwrap() + 100.0).abs() < 1e-9);
    }

    #[test]
    fn zero_denominators_and_missing_values_give_none() {
        let gain = improvement(&errors(0.0, 1.0), &errors(0.1, 0.5));
        assert_eq!(gain, Improvement::default());
        let gain = improvement(&errors(0.0, 1.0), &errors(0.0, 1.0));
        assert_eq!(gain, Improvement::default());
        let gain = improvement(&errors(f64::NAN, f64::INFINITY), &errors(0.1, 0.5));
        assert_eq!(gain, Improvement::default());
        let gain = improvement(&Metrics::default(), &errors(0.1, 0.5));
        assert_eq!(gain, Improvement::default());
    }

    #[test]
    fn accuracy_improves_by_the_share_of_mistakes_gone() {
        let accuracy = |value| Metrics {
            accuracy: Some(value),
            ..Metrics::default()
        };
        let gain = improvement(&accuracy(0.9), &accuracy(0.92));
        assert!((gain.accuracy_improvement_percent.unwrap() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_log_model_is_judged_on_the_log_scale_if_that_was_measured() {
        let mut report = Report::default();
        report.head.log_target = true;
        report.rounds.push(super::super::Round {
            after: Some(errors(3.0, 0.9)),
            ..super::super::Round::default()
        });
        assert_eq!(primary(&report).unwrap().key, "rmse");
        report.rounds[0].after.as_mut().unwrap().rmse_log = Some(0.2);
        assert_eq!(primary(&report).unwrap().key, "rmse_log");
        assert!(primary(&Report::default()).is_none());
    }
}
