//! A report for programs: CSV and JSON, numbers in full.

use al_words::columns::{METRIC_AFTER, METRIC_BEFORE, METRIC_PREQUENTIAL, ROUNDS};
use al_words::metrics::{Improvement, Metric, improvement};
use al_words::numbers::exact;
use serde::Serialize;

use super::metric::metrics_of;
use super::words::headline;
use super::{
    Calibration, Head, Metrics, Prediction, Region, Report, ReportError, Round, RoundKind,
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
    cells
}

fn kind_name(kind: RoundKind) -> &'static str {
    match kind {
        RoundKind::Train => "train",
        RoundKind::Update => "update",
        RoundKind::Refit => "refit",
    }
}

fn push_line(text: &mut String, cells: &[String]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        push_quoted(text, cell);
    }
    text.push('\n');
}

/// A cell in quotes where it needs them, quotes inside doubled.
fn push_quoted(text: &mut String, cell: &str) {
    let needs_quotes = cell.contains([',', '"', '\n', '\r'])
        || cell.starts_with(char::is_whitespace)
        || cell.ends_with(char::is_whitespace);
    if needs_quotes {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

#[derive(Serialize)]
struct JsonReport<'a> {
    summary: String,
    head: &'a Head,
    rounds: Vec<JsonRound<'a>>,
    predicted_measured: &'a [Prediction],
    calibration: &'a Calibration,
    uncertain_regions: &'a [Region],
    notes: &'a [String],
}

#[derive(Serialize)]
struct JsonRound<'a> {
    #[serde(flatten)]
    round: &'a Round,
    improvement: Option<Improvement>,
}

/// The whole report as indented JSON, with a `summary` in words and the
/// `improvement` of every round; it reads back as a [`Report`]. Numbers that
/// are not finite are null.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn to_json(report: &Report) -> Result<String, ReportError> {
    let rounds = report.rounds.iter().map(|round| JsonRound {
        round,
        improvement: (round.before.as_ref().zip(round.after.as_ref()))
            .map(|(before, after)| improvement(before, after)),
    });
    let json = JsonReport {
        summary: headline(report),
        head: &report.head,
        rounds: rounds.collect(),
        predicted_measured: &report.predicted_measured,
        calibration: &report.calibration,
        uncertain_regions: &report.uncertain_regions,
        notes: &report.notes,
    };
    let mut text = serde_json::to_string_pretty(&json)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut text = String::new();
        let cells = ["plain", "a,b", "say \"so\"", "two\nlines", " edge", "", "é"];
        push_line(&mut text, &cells.map(str::to_owned));
        assert_eq!(
            text,
            "plain,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",\" edge\",,é\n"
        );
    }
}
