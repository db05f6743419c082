//! Two models on one web page that needs nothing but itself.

use al_core::Task;
use al_words::metrics::{BetterSide, Metric, MetricForm};
use al_words::numbers::page::clean;
use serde::Serialize;

use super::axis::extent;
use super::comparison::{comparison_headline, metrics_sheet, model_names, paired, settings_sheet};
use super::curves::{AxisValues, Curve, CurveAxes, CurveStyle, curves};
use super::figures::{Figure, calibration, scatter_within, shown_values};
use super::html::filled;
use super::plots::{WIDE, WIDTH};
use super::sheet::Sheet;
use super::views::{ComparedModel, ComparisonView};
use super::{Report, ReportError, Round, words};

#[derive(Serialize)]
struct ComparisonPage {
    title: String,
    kind: &'static str,
    target: String,
    headline: String,
    notes: Vec<String>,
    metrics: Sheet,
    metrics_remark: String,
    figures: Vec<Figure>,
    settings: Sheet,
    version: &'static str,
}

/// The comparison as one self-contained HTML page: no scripts, nothing fetched.
///
/// # Errors
/// If a plot cannot be drawn or the template cannot be filled in.
pub fn comparison_html(view: &ComparisonView) -> Result<String, ReportError> {
    let [first, second] = model_names(view);
    let report = &view.models[0].report;
    let mut figures: Vec<Figure> = learning_curves(view)?.into_iter().collect();
    figures.extend(scatters(view)?);
    figures.extend(calibrations(view)?);
    let page = ComparisonPage {
        title: format!("altool report: {first} and {second}"),
        kind: match report.head.task {
            Task::Regression => "regression",
            Task::Classification => "classification",
        },
        target: words::target(report, 120),
        headline: comparison_headline(view),
        notes: view.notes.iter().map(|note| clean(note)).collect(),
        metrics: metrics_sheet(view),
        metrics_remark: format!(
            "Both models predict the same rows, {}. Differences are those from {first} to {second}; \
             their intervals are bootstrapped over rows or, where a model has groups, over these.",
            match view.held_out {
                true => "from which neither learned",
                false => "each by what was not trained on it",
            }
        ),
        figures,
        settings: settings_sheet(view),
        version: env!("CARGO_PKG_VERSION"),
    };
    filled("compare.html", page)
}

/// The metric that is compared first, after each round of each model; `None` if neither
/// was updated.
fn learning_curves(view: &ComparisonView) -> Result<Option<Figure>, ReportError> {
    let all = paired(view);
    let Some(judged) = all.iter().find(|pair| pair.metric.improves()) else {
        return Ok(None);
    };
    let metric = judged.metric;
    let names = model_names(view);
    let drawn: Vec<Curve> = (0..2)
        .map(|at| Curve {
            name: names[at].clone(),
            style: CurveStyle::Place(at),
            points: points(&view.models[at].report, metric),
            has_band: false,
            has_dots: true,
        })
        .filter(|curve| !curve.points.is_empty())
        .collect();
    if drawn.iter().all(|curve| curve.points.len() < 2) {
        return Ok(None);
    }
    let y_title = words::label(&view.models[0].report.head, metric);
    let axes = CurveAxes {
        name: "learning curves",
        x_title: "training rows",
        y_title: &y_title,
        y: match metric.form {
            MetricForm::Share => AxisValues::Share,
            MetricForm::Number => AxisValues::Amount,
        },
        is_whole: true,
    };
    let ends: Vec<String> = drawn
        .iter()
        .filter_map(|curve| {
            let (_, [last, ..]) = curve.points.last()?;
            let last = words::said(&view.models[0].report.head, metric, *last);
            Some(format!("{} {last}", curve.name))
        })
        .collect();
    let label = format!(
        "{} against training rows, at the end: {}.",
        metric.label,
        ends.join(", ")
    );
    Ok(Some(Figure {
        title: "Learning curves".to_owned(),
        text: format!(
            "{} after each round of each model, as it was measured then: on its own {}, which may \
             be others than those above; {}.",
            metric.label,
            match view.held_out {
                true => "evaluation rows",
                false => "rows",
            },
            match metric.better {
                BetterSide::Larger => "higher is better",
                _ => "lower is better",
            }
        ),
        svg: curves(&drawn, &axes, &label, WIDE)?,
        narrow_svg: curves(&drawn, &axes, &label, WIDTH)?,
        is_wide: true,
        ..Figure::default()
    }))
}

fn points(report: &Report, metric: &Metric) -> Vec<(f64, [f64; 3])> {
    let rounds = report.rounds.iter();
    rounds
        .filter_map(|round| {
            let value = metric.of(round.after.as_ref()?)?;
            Some((round.total_rows as f64, [value; 3]))
        })
        .collect()
}

/// The model as its report shows it, but on the rows that are compared.
fn on_common(model: &ComparedModel) -> Report {
    Report {
        head: model.report.head.clone(),
        rounds: vec![Round {
            after: Some(model.metrics.clone()),
            ..Round::default()
        }],
        predicted_measured: model.predictions.clone(),
        ..Report::default()
    }
}

/// Of each model, side by side on the same axes.
fn scatters(view: &ComparisonView) -> Result<Vec<Figure>, ReportError> {
    let is_log = view.models.iter().any(|one| one.report.head.log_target);
    let reports = view.models.each_ref().map(|model| {
        let mut report = on_common(model);
        report.head.log_target = is_log;
        report
    });
    let values = reports
        .iter()
        .flat_map(|report| shown_values(&report.predicted_measured, is_log));
    let range = extent(values).unwrap_or((0.0, 0.0));
    let mut figures = Vec::new();
    for (report, name) in reports.iter().zip(model_names(view)) {
        if let Some(figure) = scatter_within(report, range)? {
            figures.push(Figure {
                title: format!("Predicted against measured: {name}"),
                ..figure
            });
        }
    }
    Ok(figures)
}

/// Of each model that has one, on its own evaluation rows.
fn calibrations(view: &ComparisonView) -> Result<Vec<Figure>, ReportError> {
    let mut figures = Vec::new();
    for (model, name) in view.models.iter().zip(model_names(view)) {
        if let Some(figure) = calibration(&model.report)? {
            figures.push(Figure {
                title: format!("{}: {name}", figure.title),
                ..figure
            });
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::comparison;

    #[test]
    fn a_page_has_both_models_in_each_plot() {
        let view = comparison();
        let page = comparison_html(&view).unwrap();
        for text in [
            "Learning curves",
            "Predicted against measured: old.altool",
            "Predicted against measured: new.altool",
            "Calibration: old.altool",
            "Calibration: new.altool",
            "new.altool is better: on 180 held-out rows",
            "What differs",
            "A remark.",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert_eq!(page, comparison_html(&view).unwrap());
        // With the training alone there is no curve.
        let mut young = view;
        young.models[1].report.rounds.truncate(1);
        young.settings.clear();
        let page = comparison_html(&young).unwrap();
        assert!(!page.contains("Learning curves") && page.contains("No setting differs"));
    }

    #[test]
    fn hard_values_do_not_stop_a_page() {
        for report in crate::samples::degenerate() {
            let mut view = comparison();
            view.models[1].predictions = report.predicted_measured.clone();
            view.models[1].metrics = report.rounds[0].after.clone().unwrap();
            view.models[1].report = report;
            view.models[0].name = "<script>".repeat(20);
            let page = comparison_html(&view).unwrap();
            assert!(!page.contains("NaN") && !page.contains("<script>"));
        }
    }
}
