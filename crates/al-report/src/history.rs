//! Tables of a report: its key figures and its rounds, as text in cells. The
//! web page and the terminal show the same ones.

use al_words::metrics::{MAE_LOG, Metric, R2, WIDTH_LOG};
use al_words::numbers::page::{NONE, clean, count, share, signed_percent};
use std::borrow::Cow;

use super::change::evaluation_rows_changed;
use super::classes;
use super::metric::metrics_of;
use super::sheet::Sheet;
use super::words::{cards, cost, label, round_name};
use super::{Metrics, Report, Round};

/// Rounds a table shows whole; of more it shows the first and the last.
const ROUNDS_SHOWN: usize = 60;
const FIRST_SHOWN: usize = 10;
const LAST_SHOWN: usize = 40;

/// Metrics of a log-scale model for which a table has no room; CSV and JSON have them.
static LEFT_OUT: [&Metric; 3] = [&R2, &MAE_LOG, &WIDTH_LOG];

/// The tables for a terminal: key figures, history and, for a classification, how its
/// classes do.
#[must_use]
pub fn rows(report: &Report) -> Vec<Sheet> {
    let figures = cards(report)
        .into_iter()
        .map(|card| vec![card.label, card.value, card.note])
        .collect();
    let mut sheets = vec![
        Sheet {
            title: "Key figures".to_owned(),
            headers: ["Figure", "Value", "Remark"].map(str::to_owned).to_vec(),
            right_aligned: vec![false, true, false],
            rows: figures,
            ..Sheet::default()
        },
        history(report),
    ];
    sheets.extend(classes::sheets(report));
    sheets
}

type Cell<'a> = Box<dyn Fn(&Round) -> String + 'a>;

/// One line per round, with the columns that have anything to say. Of very
/// many rounds the middle ones are left out, and a line says so.
pub(super) fn history(report: &Report) -> Sheet {
    let rounds = &report.rounds;
    let mut columns: Vec<(Cow<'_, str>, bool, Cell<'_>)> =
        vec![("Round".into(), false, Box::new(round_name))];
    if rounds.iter().any(|r| r.at.is_some()) {
        let at = |r: &Round| r.at.as_deref().map_or_else(|| NONE.to_owned(), clean);
        columns.push(("When".into(), false, Box::new(at)));
    }
    columns.push(("Rows added".into(), true, Box::new(|r| count(r.rows_added))));
    if rounds.iter().any(|r| r.rows_skipped > 0) {
        columns.push((
            "Rows skipped".into(),
            true,
            Box::new(|r| count(r.rows_skipped)),
        ));
    }
    columns.push((
        "Training rows".into(),
        true,
        Box::new(|r| count(r.total_rows)),
    ));
    if rounds.iter().any(|r| r.cost.is_some_and(f64::is_finite)) {
        columns.push(("Cost".into(), true, Box::new(cost)));
    }
    let mut kept = Vec::new();
    let shown = metrics_of(&report.head);
    let has_room = |metric: &&Metric| !LEFT_OUT.iter().any(|other| other.key == metric.key);
    let shown = shown
        .iter()
        .copied()
        .filter(|metric| !report.head.log_target || has_room(metric));
    for (i, metric) in shown.enumerate() {
        let of = |metrics: &Option<Metrics>| metrics.as_ref().and_then(|m| metric.of(m));
        if !rounds
            .iter()
            .any(|r| of(&r.before).or(of(&r.after)).is_some())
        {
            continue;
        }
        if i >= 2 {
            columns.push((
                label(&report.head, metric).into(),
                true,
                Box::new(|r| written(metric, &r.after)),
            ));
            continue;
        }
        columns.push((
            label(&report.head, metric).into(),
            true,
            Box::new(|r| before_after(metric, r)),
        ));
        if metric.improves() && rounds.len() > 1 {
            columns.push((
                "Improved by".into(),
                true,
                Box::new(|r| improved(metric, r)),
            ));
        }
        if i == 0 && rounds.iter().any(|r| r.growth.is_some()) {
            let growth = |r: &Round| {
                let percent = |share: f64| signed_percent(100.0 * share);
                r.growth.map_or_else(|| NONE.to_owned(), percent)
            };
            kept.push(columns.len());
            columns.push(("By trees alone".into(), true, Box::new(growth)));
        }
        // What was predicted of rows before they were measured.
        if i == 0 && rounds.iter().any(|r| of(&r.prequential).is_some()) {
            let head = format!("{} of new rows", label(&report.head, metric));
            let cell = |r: &Round| written(metric, &r.prequential);
            columns.push((head.into(), true, Box::new(cell)));
        }
    }

    if rounds.iter().any(|r| r.moved.is_some()) {
        let moved = |r: &Round| r.moved.map_or_else(|| NONE.to_owned(), share);
        columns.push(("Moved".into(), true, Box::new(moved)));
    }

    if rounds.iter().any(|r| r.drift.is_some()) {
        let drift = |r: &Round| {
            let percent = |share: f64| signed_percent(100.0 * share);
            r.drift.map_or_else(|| NONE.to_owned(), percent)
        };
        columns.push(("By a refit".into(), true, Box::new(drift)));
    }

    let line = |round: &Round| columns.iter().map(|(_, _, cell)| cell(round)).collect();
    let rows = if rounds.len() <= ROUNDS_SHOWN {
        rounds.iter().map(line).collect()
    } else {
        let left_out = rounds.len() - FIRST_SHOWN - LAST_SHOWN;
        let mut gap = vec![String::new(); columns.len()];
        gap[0] = format!("… {} rounds omitted", count(left_out));
        let first = rounds[..FIRST_SHOWN].iter().map(line);
        let last = rounds[rounds.len() - LAST_SHOWN..].iter().map(line);
        first.chain([gap]).chain(last).collect()
    };
    Sheet {
        title: "History".to_owned(),
        headers: columns
            .iter()
            .map(|(head, ..)| head.clone().into_owned())
            .collect(),
        right_aligned: columns.iter().map(|(_, right, _)| *right).collect(),
        rows,
        kept,
        remark: match evaluation_rows_changed(report) {
            true => "Each round is judged on other rows: compare before with after in one row, \
                     not one row with another."
                .to_owned(),
            false => String::new(),
        },
    }
}

fn before_after(metric: &Metric, round: &Round) -> String {
    match &round.before {
        Some(before) if metric.of(before).is_some() => format!(
            "{} → {}",
            written(metric, &round.before),
            written(metric, &round.after)
        ),
        _ => written(metric, &round.after),
    }
}

fn written(metric: &Metric, metrics: &Option<Metrics>) -> String {
    let value = metrics.as_ref().and_then(|m| metric.of(m));
    value.map_or_else(|| NONE.to_owned(), |value| metric.write(value))
}

fn improved(metric: &Metric, round: &Round) -> String {
    let both = round.before.as_ref().zip(round.after.as_ref());
    both.and_then(|(before, after)| metric.improvement(before, after))
        .map_or_else(|| NONE.to_owned(), signed_percent)
}
