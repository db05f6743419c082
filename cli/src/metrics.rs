//! Metrics in rows, by the names the documents give them.

use al_pipeline::report::{Improvement, Metrics};

type Field = fn(&Metrics) -> Option<f64>;
type Gain = fn(&Improvement) -> Option<f64>;

/// A metric: its name, its value, and its improvement if it has one.
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    value: Field,
    gain: Option<Gain>,
}

/// All metrics, in the order they are told.
pub(crate) static METRICS: [Metric; 14] = [
    with_gain("rmse", |m| m.rmse, |i| i.rmse_improvement_percent),
    with_gain("r2", |m| m.r2, |i| i.r2_improvement_percent),
    with_gain("mae", |m| m.mae, |i| i.mae_improvement_percent),
    plain("spearman", |m| m.spearman),
    plain("coverage", |m| m.coverage),
    plain("width", |m| m.width),
    with_gain(
        "rmse_log",
        |m| m.rmse_log,
        |i| i.rmse_log_improvement_percent,
    ),
    with_gain("r2_log", |m| m.r2_log, |i| i.r2_log_improvement_percent),
    with_gain("mae_log", |m| m.mae_log, |i| i.mae_log_improvement_percent),
    plain("width_log", |m| m.width_log),
    with_gain(
        "accuracy",
        |m| m.accuracy,
        |i| i.accuracy_improvement_percent,
    ),
    with_gain(
        "log_loss",
        |m| m.log_loss,
        |i| i.log_loss_improvement_percent,
    ),
    plain("balanced_accuracy", |m| m.balanced_accuracy),
    plain("brier", |m| m.brier),
];

const fn with_gain(name: &'static str, value: Field, gain: Gain) -> Metric {
    Metric {
        name,
        value,
        gain: Some(gain),
    }
}

const fn plain(name: &'static str, value: Field) -> Metric {
    Metric {
        name,
        value,
        gain: None,
    }
}

impl Metric {
    pub(crate) fn of(&self, metrics: Option<&Metrics>) -> Option<f64> {
        metrics.and_then(self.value)
    }

    /// Whether an improvement in percent is defined for it.
    pub(crate) fn improves(&self) -> bool {
        self.gain.is_some()
    }

    pub(crate) fn gain(&self, improvement: &Improvement) -> Option<f64> {
        self.gain.and_then(|gain| gain(improvement))
    }
}
