//! The metrics of a report, one declaration each: [`Metrics`] holds their
//! values, [`Improvement`] how far they moved, [`Metric`] their names, units and
//! better sides. How they are computed is in `al_core::metrics`.

use al_core::metrics::{improvement_percent, r2_improvement_percent};
use serde::{Deserialize, Serialize};

use crate::columns::METRIC_IMPROVEMENT;
use crate::numbers::page::{number, share, significant};

/// Which side of a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BetterSide {
    /// Smaller values: an error, 0 is best.
    Smaller,
    /// Larger values: a score, 1 is best.
    Larger,
    /// Neither by itself, such as the width of intervals.
    Neither,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    /// The target's.
    Target,
    /// The natural logarithm of the target's.
    LogTarget,
    /// A share, 0 to 1.
    Share,
    /// Nats.
    Nats,
    /// None: at most 1.
    One,
}

impl MetricUnit {
    /// Returns the unit in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            MetricUnit::Target => "target unit",
            MetricUnit::LogTarget => "log of the target",
            MetricUnit::Share => "0 to 1",
            MetricUnit::Nats => "nats",
            MetricUnit::One => "",
        }
    }
}

/// How a value of a metric is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricForm {
    /// As a number.
    Number,
    /// As a percentage.
    Share,
}

/// A metric: what it is called, and where its value is.
pub struct Metric {
    /// Its name in JSON and CSV.
    pub key: &'static str,
    /// Its name in the heads of tables and on axes.
    pub label: &'static str,
    /// What it is, in a sentence or two.
    doc: &'static str,
    /// Its unit.
    pub unit: MetricUnit,
    /// Its better side.
    pub better: BetterSide,
    /// How it is written.
    pub form: MetricForm,
    value: fn(&Metrics) -> Option<f64>,
    gain: Option<fn(&Improvement) -> Option<f64>>,
}

impl Metric {
    /// Returns what it is, in a sentence or two.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        self.doc.trim()
    }

    /// Returns its value, if there is one and it is finite.
    #[must_use]
    pub fn of(&self, metrics: &Metrics) -> Option<f64> {
        (self.value)(metrics).filter(|value| value.is_finite())
    }

    /// Whether an improvement in percent is defined for it.
    #[must_use]
    pub fn improves(&self) -> bool {
        self.gain.is_some()
    }

    /// Returns the name of its improvement in JSON and CSV.
    #[must_use]
    pub fn improvement_key(&self) -> String {
        METRIC_IMPROVEMENT.named(self.key)
    }

    /// Returns its improvement, if it has one that is known.
    #[must_use]
    pub fn gain(&self, improvement: &Improvement) -> Option<f64> {
        self.gain.and_then(|gain| gain(improvement))
    }

    /// Returns how much it improved from `before` to `after`, in percent, as
    /// [`Improvement`] defines it.
    #[must_use]
    pub fn improvement(&self, before: &Metrics, after: &Metrics) -> Option<f64> {
        self.improvement_of(self.of(before)?, self.of(after)?)
    }

    /// Returns how much `after` is better than `before`, in percent, as [`Improvement`]
    /// defines it.
    #[must_use]
    pub fn improvement_of(&self, before: f64, after: f64) -> Option<f64> {
        let percent = match self.better {
            _ if !self.improves() => None,
            BetterSide::Smaller => improvement_percent(before, after),
            BetterSide::Larger => r2_improvement_percent(before, after),
            BetterSide::Neither => None,
        };
        // −0 is 0.
        percent.map(|percent| percent + 0.0)
    }

    /// Returns a value of this metric to four digits.
    #[must_use]
    pub fn write(&self, value: f64) -> String {
        match self.form {
            MetricForm::Number => number(value),
            MetricForm::Share => share(value),
        }
    }

    /// Returns a value of this metric for a sentence: to three digits.
    #[must_use]
    pub fn say(&self, value: f64) -> String {
        match self.form {
            MetricForm::Number => significant(value, 3),
            MetricForm::Share => share(value),
        }
    }
}

macro_rules! metrics {
    ($(
        $(#[doc = $doc:literal])+
        $field:ident, $name:ident, $label:literal, $unit:ident, $better:ident, $form:ident
        $(, $gain:ident)?;
    )+) => {
        /// Metrics of one model on evaluation rows. Those of the other task are absent.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Metrics {
            /// Rows they were measured on.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub rows: Option<usize>,
            /// Whether they are rows that the model learned from, each predicted by
            /// members that have not seen it, rather than evaluation rows.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            pub out_of_bag: bool,
            $(
                $(#[doc = $doc])+
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<f64>,
            )+
        }

        /// How far the metrics of a round moved, in percent; positive is better.
        ///
        /// Errors (`rmse`, `mae`, `log_loss`): `(before − after) / before · 100`.
        /// Scores whose best is 1 (`r2`, `accuracy`): the share of what was missing,
        /// `(after − before) / (1 − before) · 100`. Absent where the denominator is
        /// zero or a metric is missing.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Improvement {
            $($(
                #[doc = concat!("Of `", stringify!($field), "`.")]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $gain: Option<f64>,
            )?)+
        }

        $(
            $(#[doc = $doc])+
            pub static $name: Metric = Metric {
                key: stringify!($field),
                label: $label,
                doc: concat!($($doc),+),
                unit: MetricUnit::$unit,
                better: BetterSide::$better,
                form: MetricForm::$form,
                value: |metrics| metrics.$field,
                gain: metrics!(@gain $($gain)?),
            };
        )+

        /// All metrics, in the order in which JSON has them.
        pub static METRICS: &[&Metric] = &[$(&$name),+];

        /// Returns how far the metrics moved from `before` to `after`.
        #[must_use]
        pub fn improvement(before: &Metrics, after: &Metrics) -> Improvement {
            Improvement {
                $($($gain: $name.improvement(before, after),)?)+
            }
        }
    };
    (@gain) => { None };
    (@gain $gain:ident) => { Some(|improvement| improvement.$gain) };
}

metrics! {
    /// Root mean squared error.
    rmse, RMSE, "RMSE", Target, Smaller, Number, rmse_improvement_percent;
    /// Mean absolute error.
    mae, MAE, "MAE", Target, Smaller, Number, mae_improvement_percent;
    /// Share of the target's variance explained: 1 − squared error / squared error of the mean.
    r2, R2, "R²", One, Larger, Number, r2_improvement_percent;
    /// Rank correlation of predicted and measured, equal values at their mean rank, −1 to 1. A
    /// logarithm leaves it as it is.
    spearman, SPEARMAN, "Spearman", One, Larger, Number;
    /// Share of measurements within their interval, ends included, on either scale.
    coverage, COVERAGE, "Coverage", Share, Neither, Share;
    /// Mean width of the intervals.
    width, WIDTH, "Interval width", Target, Neither, Number;
    /// Root mean squared error of the target's natural logarithm.
    rmse_log, RMSE_LOG, "Log-scale RMSE", LogTarget, Smaller, Number, rmse_log_improvement_percent;
    /// Mean absolute error of the target's natural logarithm.
    mae_log, MAE_LOG, "Log-scale MAE", LogTarget, Smaller, Number, mae_log_improvement_percent;
    /// Share of the variance of the target's natural logarithm explained.
    r2_log, R2_LOG, "Log-scale R²", One, Larger, Number, r2_log_improvement_percent;
    /// Mean width of the intervals of the target's natural logarithm.
    width_log, WIDTH_LOG, "Log-scale interval width", LogTarget, Neither, Number;
    /// Share of rows whose class was predicted.
    accuracy, ACCURACY, "Accuracy", Share, Larger, Share, accuracy_improvement_percent;
    /// Mean over the classes of the share of their rows predicted right.
    balanced_accuracy, BALANCED_ACCURACY, "Balanced accuracy", Share, Larger, Share;
    /// Mean of −ln p of the true class, p at least 10⁻¹⁵.
    log_loss, LOG_LOSS, "Log loss", Nats, Smaller, Number, log_loss_improvement_percent;
    /// Mean over rows of Σ (p − truth)² over the classes, 0 to 2 (Brier 1950).
    brier, BRIER, "Brier score", One, Smaller, Number;
    /// Area under the ROC curve, of two classes that of the second, else the mean of each
    /// against the rest (Hanley & McNeil 1982).
    roc_auc, ROC_AUC, "ROC AUC", Share, Larger, Number;
    /// Mean distance of the predicted class's probability from the share of right ones, in ten
    /// bins of it (Guo et al. 2017).
    calibration_error, CALIBRATION_ERROR, "Calibration error", Share, Smaller, Number;
}

/// The metrics of a regression, the most telling first.
pub static OF_VALUES: &[&Metric] = &[&RMSE, &R2, &MAE, &SPEARMAN, &COVERAGE, &WIDTH];

/// The metrics of a regression on the logarithm of its target, the most telling
/// first.
pub static OF_LOG_VALUES: &[&Metric] = &[
    &RMSE_LOG, &R2_LOG, &RMSE, &R2, &MAE_LOG, &MAE, &SPEARMAN, &COVERAGE, &WIDTH_LOG, &WIDTH,
];

/// The metrics of a classification, the most telling first.
pub static OF_CLASSES: &[&Metric] = &[
    &ACCURACY,
    &LOG_LOSS,
    &BALANCED_ACCURACY,
    &BRIER,
    &ROC_AUC,
    &CALIBRATION_ERROR,
];

/// All metrics in the order in which an update tells them.
pub static TOLD: &[&Metric] = &[
    &RMSE,
    &R2,
    &MAE,
    &SPEARMAN,
    &COVERAGE,
    &WIDTH,
    &RMSE_LOG,
    &R2_LOG,
    &MAE_LOG,
    &WIDTH_LOG,
    &ACCURACY,
    &LOG_LOSS,
    &BALANCED_ACCURACY,
    &BRIER,
    &ROC_AUC,
    &CALIBRATION_ERROR,
];

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
        assert_eq!(RMSE.gain(&gain), gain.rmse_improvement_percent);
        assert_eq!(BRIER.gain(&gain), None);
        let loss = improvement(&errors(0.2, 0.95), &errors(0.25, 0.9));
        assert!((loss.rmse_improvement_percent.unwrap() + 25.0).abs() < 1e-9);
        assert!((loss.r2_improvement_percent.unwrap() + 100.0).abs() < 1e-9);
    }

    #[test]
    fn no_improvement_has_no_sign() {
        let gain = improvement(&errors(0.2, 2.0), &errors(0.2, 2.0));
        assert_eq!(gain.r2_improvement_percent.map(f64::to_bits), Some(0));
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
    fn the_fields_of_json_are_the_keys() {
        let all: String = METRICS
            .iter()
            .map(|metric| format!("\"{}\":1.0,", metric.key))
            .collect();
        let text = format!("{{\"rows\":1,{}}}", all.trim_end_matches(','));
        let metrics: Metrics = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&metrics).unwrap(), text);
        for metric in METRICS {
            assert_eq!(metric.of(&metrics), Some(1.0), "{}", metric.key);
            assert!(metric.doc().ends_with(['.', ')']), "{}", metric.doc());
        }
        // Of a score of 1 nothing is missing that could be improved.
        let gains = serde_json::to_value(improvement(&metrics, &metrics)).unwrap();
        for metric in METRICS {
            let listed = gains.get(metric.improvement_key()).is_some();
            let defined = metric.improves() && metric.better == BetterSide::Smaller;
            assert_eq!(listed, defined, "{}", metric.key);
        }
    }

    #[test]
    fn every_metric_is_told_once_and_has_a_task() {
        for metric in METRICS {
            let times = |list: &[&Metric]| list.iter().filter(|one| one.key == metric.key).count();
            assert_eq!(times(TOLD), 1, "{}", metric.key);
            let tasks = [OF_VALUES, OF_LOG_VALUES, OF_CLASSES].map(times);
            assert!(tasks.iter().sum::<usize>() >= 1, "{}", metric.key);
        }
        assert_eq!(TOLD.len(), METRICS.len());
    }
}
