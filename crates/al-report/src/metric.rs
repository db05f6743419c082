//! Which metrics a report shows, and which of them a model is judged by.

use al_words::metrics::{Metric, Metrics, OF_CLASSES, OF_LOG_VALUES, OF_VALUES};

use super::{Head, Report, Task};

/// The metrics of a model's task, the most telling first.
pub(super) fn metrics_of(head: &Head) -> &'static [&'static Metric] {
    match (head.task, head.log_target) {
        (Task::Classification, _) => OF_CLASSES,
        (Task::Regression, false) => OF_VALUES,
        (Task::Regression, true) => OF_LOG_VALUES,
    }
}

/// The metric a model is judged by: the first of its task that was measured.
pub(super) fn primary(report: &Report) -> Option<&'static Metric> {
    let mut judged = metrics_of(&report.head).iter().copied();
    judged.find(|metric| {
        let measured = |metrics: &Option<Metrics>| metrics.as_ref().and_then(|m| metric.of(m));
        metric.improves() && report.rounds.iter().any(|r| measured(&r.after).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_model_is_judged_on_the_log_scale_if_that_was_measured() {
        let mut report = Report::default();
        report.head.log_target = true;
        report.rounds.push(super::super::Round {
            after: Some(Metrics {
                rmse: Some(3.0),
                r2: Some(0.9),
                ..Metrics::default()
            }),
            ..super::super::Round::default()
        });
        assert_eq!(primary(&report).unwrap().key, "rmse");
        report.rounds[0].after.as_mut().unwrap().rmse_log = Some(0.2);
        assert_eq!(primary(&report).unwrap().key, "rmse_log");
        assert!(primary(&Report::default()).is_none());
    }
}
