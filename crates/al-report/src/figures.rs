//! The plots of a report, each with its title, words and legend.

use al_words::metrics::BetterSide;
use al_words::numbers::page::{NONE, count, counted, level, number, shortened, significant};
use serde::Serialize;

use super::axis::extent;
use super::change::evaluation_rows_changed;
use super::metric;
use super::plots::{self, RoundPoint};
use super::words;
use super::{Prediction, Report, ReportError, RoundKind, Task};

/// A plot with its words; without a drawing the words stand alone.
#[derive(Default, Serialize)]
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) svg: String,
    /// The same plot for a narrow page, if it differs.
    pub(super) narrow_svg: String,
    pub(super) legend: Vec<(&'static str, String)>,
    pub(super) is_wide: bool,
}

pub(super) fn learning_curve(report: &Report) -> Result<Figure, ReportError> {
    let mut figure = Figure {
        title: "Learning curve".to_owned(),
        is_wide: true,
        ..Figure::default()
    };
    let Some(metric) = metric::primary(report) else {
        figure.text = "No round was measured on evaluation rows, so there is nothing to draw. \
                       Train with a holdout or an evaluation file to see how updates improve the \
                       model."
            .to_owned();
        return Ok(figure);
    };
    let rounds = &report.rounds;
    let counts_rows = rounds
        .windows(2)
        .all(|pair| pair[0].total_rows <= pair[1].total_rows)
        && rounds.first().map(|r| r.total_rows) < rounds.last().map(|r| r.total_rows);
    let points: Vec<RoundPoint> = rounds
        .iter()
        .enumerate()
        .filter_map(|(i, round)| {
            Some(RoundPoint {
                x: if counts_rows { round.total_rows } else { i } as f64,
                y: metric.of(round.after.as_ref()?)?,
                is_refit: round.kind == RoundKind::Refit,
            })
        })
        .collect();
    let (Some(first), Some(last), true) = (points.first(), points.last(), points.len() > 1) else {
        let now = points.first().map_or_else(
            || NONE.to_owned(),
            |p| words::said(&report.head, metric, p.y),
        );
        figure.text = format!(
            "One round so far: {} {now}. The curve starts with the first update.",
            metric.label
        );
        return Ok(figure);
    };
    let (x_title, what) = if counts_rows {
        ("training rows", "training rows")
    } else {
        ("round", "rounds")
    };
    figure.text = format!(
        "{} after every round, each time on the same {}; {}.",
        metric.label,
        words::rows_judged(report),
        match metric.better {
            BetterSide::Larger => "higher is better",
            _ => "lower is better",
        }
    );
    if evaluation_rows_changed(report) {
        figure.text = format!(
            "{} after every round. The evaluation rows changed between rounds, so steps may come \
             from these rows rather than from the model.",
            metric.label
        );
    }
    let label = format!(
        "{} against {}: from {} at {} to {} at {} {what}, {} rounds.",
        metric.label,
        x_title,
        words::said(&report.head, metric, first.y),
        number(first.x),
        words::said(&report.head, metric, last.y),
        number(last.x),
        count(points.len()),
    );
    let y_title = words::label(&report.head, metric);
    let drawn = |width| {
        let titles = (x_title, y_title.as_str());
        plots::learning_curve(&points, metric, titles, &label, width)
    };
    figure.svg = drawn(plots::WIDE)?;
    figure.narrow_svg = drawn(plots::WIDTH)?;
    figure.legend.push(("line", "the initial model".to_owned()));
    if points.len() <= 60 {
        figure
            .legend
            .push(("dot", "after training or an update".to_owned()));
        if points.iter().any(|p| p.is_refit) {
            figure.legend.push(("refit", "after a refit".to_owned()));
        }
    }
    Ok(figure)
}

pub(super) fn scatter(report: &Report) -> Result<Option<Figure>, ReportError> {
    let values = shown_values(&report.predicted_measured, report.head.log_target);
    scatter_within(report, extent(values).unwrap_or((0.0, 0.0)))
}

/// The same on axes that hold `range`.
pub(super) fn scatter_within(
    report: &Report,
    range: (f64, f64),
) -> Result<Option<Figure>, ReportError> {
    let rows = &report.predicted_measured;
    let drawn = rows
        .iter()
        .filter(|r| r.measured.is_finite() && r.predicted.is_finite());
    let (mut inside, mut outside, mut has_interval) = (0_usize, 0_usize, false);
    for row in drawn {
        has_interval |= row.low.is_some() || row.high.is_some();
        if plots::is_outside(row) {
            outside += 1;
        } else {
            inside += 1;
        }
    }
    if inside + outside == 0 {
        return Ok(None);
    }
    let total = counted(inside + outside, words::row_kind(report));
    let scales = if report.head.log_target {
        " Both axes are logarithmic."
    } else {
        ""
    };
    let drawn = if rows.len() > plots::POINTS {
        format!("{total}, {} of them drawn", count(plots::POINTS))
    } else {
        total.clone()
    };
    let text = format!("{drawn}; a perfect prediction lies on the diagonal.{scales}");
    let label = if has_interval {
        format!(
            "Predicted against measured, {total}, {} outside their interval.",
            count(outside)
        )
    } else {
        format!("Predicted against measured, {total}.")
    };
    let svg = plots::scatter(
        rows,
        range,
        report.head.log_target,
        &words::headed(&words::target(report, 32), report.head.unit.as_deref()),
        &label,
    )?;
    let mut legend = Vec::new();
    if has_interval {
        let stated = words::stated_coverage(report).map_or_else(
            || "interval".to_owned(),
            |stated| format!("{} interval", level(stated)),
        );
        legend.push(("dot", format!("inside its {stated} ({})", count(inside))));
        legend.push(("triangle", format!("outside ({})", count(outside))));
    }
    Ok(Some(Figure {
        title: "Predicted against measured".to_owned(),
        text,
        svg,
        legend,
        ..Figure::default()
    }))
}

/// The values that a scatter plot of `rows` shows: on logarithmic axes those above 0.
pub(super) fn shown_values(rows: &[Prediction], is_log: bool) -> impl Iterator<Item = f64> {
    let rows = plots::thinned(rows, plots::POINTS).into_iter();
    let values = rows.flat_map(|row| [row.measured, row.predicted]);
    values.filter(move |value| !is_log || *value > 0.0)
}

pub(super) fn calibration(report: &Report) -> Result<Option<Figure>, ReportError> {
    let curve = &report.calibration;
    let mut points = curve.points.clone();
    points.retain(|p| p.nominal.is_finite() && p.observed.is_finite());
    points.sort_by(|a, b| a.nominal.total_cmp(&b.nominal));
    if points.is_empty() {
        return Ok(None);
    }
    let furthest = largest(points.iter().map(|p| (p.observed - p.nominal).abs()));
    let rows = counted(curve.rows, words::row_kind(report));
    let off = significant(furthest * 100.0, 2);
    Ok(Some(match report.head.task {
        Task::Regression => Figure {
            title: "Calibration".to_owned(),
            text: "Share of measurements within their intervals, for each stated coverage; on the \
                   diagonal, observed and stated coverage are equal."
                .to_owned(),
            svg: plots::coverage_curve(
                &points,
                curve.rows,
                &format!("Observed against stated coverage on {rows}, at most {off} points apart."),
            )?,
            legend: vec![
                ("dot", format!("observed on {rows}")),
                ("band", "expected by chance (95 %)".replace(' ', "\u{a0}")),
            ],
            ..Figure::default()
        },
        Task::Classification => Figure {
            title: "Reliability".to_owned(),
            text: "Rows grouped by the probability of the predicted class; on the diagonal the \
                   model is right as often as it predicts."
                .to_owned(),
            svg: plots::reliability(
                &points,
                &format!(
                    "Share of correct predictions against predicted probability on {rows}, at most \
                     {off} points apart."
                ),
            )?,
            legend: vec![(
                "dot",
                format!("one bin of {rows}; larger dots have more, bars are 95\u{a0}% intervals"),
            )],
            ..Figure::default()
        },
    }))
}

pub(super) fn cost(report: &Report, height: Option<u32>) -> Result<Option<Figure>, ReportError> {
    let Some((total, unit)) = words::total_cost(report) else {
        return Ok(None);
    };
    let costs: Vec<(usize, f64)> = report
        .rounds
        .iter()
        .enumerate()
        .filter_map(|(i, round)| Some((i, round.cost.filter(|cost| cost.is_finite())?)))
        .collect();
    let unit = unit
        .map(|unit| shortened(words::cost_unit(unit), 24))
        .filter(|u| !u.is_empty());
    let y_title = unit.map_or_else(|| "cost".to_owned(), |unit| format!("cost, {unit}"));
    let label = format!("Cost per round, {} in total.", number(total));
    let (svg, per_bar) = plots::cost_bars(&costs, height, &y_title, &label)?;
    let text = if per_bar > 1 {
        format!("Cost of measuring the added rows; each bar sums {per_bar} rounds.")
    } else {
        "Cost of measuring the rows of each round.".to_owned()
    };
    Ok(Some(Figure {
        title: "Cost per round".to_owned(),
        text,
        svg,
        ..Figure::default()
    }))
}

/// The largest finite value, 0 if there is none above it.
pub(super) fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.filter(|v| v.is_finite()).fold(0.0, f64::max)
}
