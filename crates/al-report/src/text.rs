//! A report for programs: CSV and JSON, numbers in full.

use al_core::metrics::ClassCounts;
use al_words::class_figures::CLASS_FIGURES;
use al_words::columns::{
    CLASSES, CONFUSION, CellKind, METRIC_AFTER, METRIC_BEFORE, METRIC_PREQUENTIAL, ROUNDS,
};
use al_words::metrics::{Improvement, Metric, improvement};
use al_words::numbers::exact;
use serde::Serialize;
use serde_json::{Map, Value};

use super::csv::{names, push_line};
use super::metric::metrics_of;
use super::words::headline;
use super::{
    Calibration, ConfusionMatrix, Head, Metrics, Prediction, Region, Report, ReportError, Round,
    RoundKind,
};

/// The rounds as CSV (RFC 4180, lines end in a line feed): one line per round
/// with each metric of the task before and after, improvements in percent, and
/// costs. What is missing or not finite is empty. The columns depend on task
/// and target scale only.
#[must_use]
pub fn to_csv(report: &Report) -> String {
    let metrics = metrics_of(&report.head);
    let mut text = String::new();
    push_line(&mut text, &heads(metrics));
    for round in &report.rounds {
        push_line(&mut text, &cells(round, metrics));
    }
    text
}

/// The figures of each class as CSV: one line per class; `None` without a confusion
/// matrix. What is not defined is empty.
#[must_use]
pub fn class_csv(report: &Report) -> Option<String> {
    let matrix = report.confusion.as_ref()?;
    let mut text = String::new();
    push_line(&mut text, &names(&CLASSES));
    for (class, counts) in matrix.classes.iter().zip(ClassCounts::of(&matrix.rows)) {
        let figures = CLASS_FIGURES.iter().map(|figure| exact(figure.of(&counts)));
        let cells: Vec<String> = std::iter::once(class.clone()).chain(figures).collect();
        push_line(&mut text, &cells);
    }
    Some(text)
}

/// The confusion matrix as CSV: one line per pair of a measured and a predicted class
/// that occurs; `None` without one.
#[must_use]
pub fn confusion_csv(report: &Report) -> Option<String> {
    let matrix = report.confusion.as_ref()?;
    let mut text = String::new();
    push_line(&mut text, &names(&CONFUSION));
    for (measured, predicted, rows) in matrix.pairs() {
        let [measured, predicted] = [measured, predicted].map(|at| matrix.classes[at].clone());
        push_line(&mut text, &[measured, predicted, rows.to_string()]);
    }
    Some(text)
}

/// The names of the columns; those of a metric stand together.
fn heads(metrics: &[&Metric]) -> Vec<String> {
    let mut heads = Vec::new();
    for column in ROUNDS.columns {
        if !column.is_pattern() {
            heads.push(column.name.to_owned());
        } else if *column == &METRIC_BEFORE {
            for metric in metrics {
                heads.extend([&METRIC_BEFORE, &METRIC_AFTER].map(|of| of.named(metric.key)));
                if metric.improves() {
                    heads.push(metric.improvement_key());
                }
                heads.push(METRIC_PREQUENTIAL.named(metric.key));
            }
        }
    }
    heads
}

fn cells(round: &Round, metrics: &[&Metric]) -> Vec<String> {
    let whole = |value: Option<usize>| value.map_or_else(String::new, |v| v.to_string());
    let (before, after) = (round.before.as_ref(), round.after.as_ref());
    let mut cells = vec![
        round.index.to_string(),
        kind_name(round.kind).to_owned(),
        round.at.clone().unwrap_or_default(),
        round.rows_added.to_string(),
        round.rows_skipped.to_string(),
        round.total_rows.to_string(),
        whole(after.and_then(|metrics| metrics.rows)),
    ];
    for metric in metrics {
        let of = |metrics: Option<&Metrics>| exact(metrics.and_then(|m| metric.of(m)));
        cells.push(of(before));
        cells.push(of(after));
        if metric.improves() {
            let both = before.zip(after);
            cells.push(exact(both.and_then(|(b, a)| metric.improvement(b, a))));
        }
        cells.push(of(round.prequential.as_ref()));
    }
    cells.push(exact(round.cost));
    cells.push(round.cost_unit.clone().unwrap_or_default());
    cells.push(exact(round.moved.map(|moved| 100.0 * moved)));
    cells.push(exact(round.growth.map(|growth| 100.0 * growth)));
    cells.push(exact(round.drift.map(|drift| 100.0 * drift)));
    cells
}

fn kind_name(kind: RoundKind) -> &'static str {
    match kind {
        RoundKind::Train => "train",
        RoundKind::Update => "update",
        RoundKind::Refit => "refit",
    }
}

#[derive(Serialize)]
struct JsonReport<'a> {
    summary: String,
    head: &'a Head,
    rounds: Vec<JsonRound<'a>>,
    predicted_measured: &'a [Prediction],
    calibration: &'a Calibration,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<Vec<JsonClass<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confusion: Option<&'a ConfusionMatrix>,
    uncertain_regions: &'a [Region],
    notes: &'a [String],
}

#[derive(Serialize)]
pub(crate) struct JsonRound<'a> {
    #[serde(flatten)]
    round: &'a Round,
    improvement: Option<Improvement>,
}

/// A class with its figures; what is not defined is null.
#[derive(Serialize)]
struct JsonClass<'a> {
    class: &'a str,
    #[serde(flatten)]
    figures: Map<String, Value>,
}

fn json_classes(matrix: &ConfusionMatrix) -> Vec<JsonClass<'_>> {
    let counts = ClassCounts::of(&matrix.rows);
    let classes = matrix.classes.iter().zip(counts).map(|(class, counts)| {
        let figures = CLASS_FIGURES.iter().map(|figure| {
            let value = figure
                .of(&counts)
                .map_or(Value::Null, |value| match figure.column.data {
                    CellKind::Integer => Value::from(value as u64),
                    _ => Value::from(value),
                });
            (figure.column.name.to_owned(), value)
        });
        JsonClass {
            class,
            figures: figures.collect(),
        }
    });
    classes.collect()
}

/// The rounds with their improvements.
pub(crate) fn json_rounds(rounds: &[Round]) -> Vec<JsonRound<'_>> {
    let rounds = rounds.iter().map(|round| JsonRound {
        round,
        improvement: (round.before.as_ref().zip(round.after.as_ref()))
            .map(|(before, after)| improvement(before, after)),
    });
    rounds.collect()
}

/// The whole report as indented JSON, with a `summary` in words, the
/// `improvement` of every round and the figures of every class; it reads back as a [`Report`]. Numbers that
/// are not finite are null.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn to_json(report: &Report) -> Result<String, ReportError> {
    let json = JsonReport {
        summary: headline(report),
        head: &report.head,
        rounds: json_rounds(&report.rounds),
        predicted_measured: &report.predicted_measured,
        calibration: &report.calibration,
        classes: report.confusion.as_ref().map(json_classes),
        confusion: report.confusion.as_ref(),
        uncertain_regions: &report.uncertain_regions,
        notes: &report.notes,
    };
    let mut text = serde_json::to_string_pretty(&json)?;
    text.push('\n');
    Ok(text)
}
