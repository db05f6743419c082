//! The report as one web page that needs nothing but itself.

use al_words::metrics::BetterSide;
use al_words::numbers::page::{
    NONE, clean, count, counted, level, number, share, shortened, significant,
};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::history::{Sheet, history};
use super::metric;
use super::plots::{self, RoundPoint};
use super::words::{self, Card};
use super::{Direction, Report, ReportError, RoundKind, Task};

/// The pages and what they share.
const TEMPLATES: [(&str, &str); 5] = [
    ("style.css", include_str!("style.css")),
    ("parts.html", include_str!("parts.html.j2")),
    ("page.html", include_str!("page.html.j2")),
    ("backtest.html", include_str!("backtest.html.j2")),
    ("batch.html", include_str!("batch.html.j2")),
];

/// Features shown at once; the rest is folded away.
const FEATURES_SHOWN: usize = 12;

#[derive(Serialize)]
struct ReportPage {
    title: String,
    target: String,
    kind: &'static str,
    headline: String,
    details: Vec<String>,
    cards: Vec<Card>,
    notes: Vec<String>,
    figures: Vec<Figure>,
    regions: Vec<RegionRow>,
    is_regions_wide: bool,
    history: Sheet,
    history_remark: String,
    facts: Vec<(&'static str, String)>,
    features: Vec<FeatureRow>,
    features_shown: usize,
    version: String,
}

/// A plot with its words; without a drawing the words stand alone.
#[derive(Default, Serialize)]
pub(super) struct Figure {
    pub(super) title: &'static str,
    pub(super) text: String,
    pub(super) svg: String,
    /// The same plot for a narrow page, if it differs.
    pub(super) narrow_svg: String,
    pub(super) legend: Vec<(&'static str, String)>,
    pub(super) is_wide: bool,
}

#[derive(Serialize)]
struct RegionRow {
    description: String,
    rows: String,
    uncertainty: String,
    relative: String,
    /// Length of the bar in percent of the longest.
    bar: String,
}

#[derive(Serialize)]
struct FeatureRow {
    name: String,
    kind: String,
    importance: String,
    bar: String,
}

/// The report as one self-contained HTML page: no scripts, nothing fetched.
///
/// # Errors
/// If a plot cannot be drawn or the template cannot be filled in.
pub fn to_html(report: &Report) -> Result<String, ReportError> {
    filled("page.html", page(report)?)
}

/// The template of that name with `page` in it.
pub(super) fn filled(name: &str, page: impl Serialize) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment.get_template(name)?.render(Serde(page))?)
}

fn page(report: &Report) -> Result<ReportPage, ReportError> {
    let head = &report.head;
    let mut figures = vec![learning_curve(report)?];
    figures.extend(scatter(report)?);
    figures.extend(calibration(report)?);
    // Beside another plot the bars are as high as it is.
    figures.extend(cost(
        report,
        if figures.len() == 2 { None } else { Some(300) },
    )?);
    // Two panels stand side by side; an odd one takes the whole width.
    let halves = figures.iter().filter(|figure| !figure.is_wide).count();
    let is_regions_wide = halves.is_multiple_of(2);
    let mut features: Vec<_> = head.features.iter().collect();
    features.sort_by(|a, b| {
        let share = |importance: Option<f64>| importance.filter(|s| s.is_finite()).unwrap_or(-1.0);
        share(b.importance).total_cmp(&share(a.importance))
    });
    let largest = largest(features.iter().filter_map(|f| f.importance));
    Ok(ReportPage {
        title: format!("altool report: {}", words::target(report, 60)),
        target: words::target(report, 120),
        kind: match head.task {
            Task::Regression => "regression",
            Task::Classification => "classification",
        },
        headline: words::headline(report),
        details: words::details(report),
        cards: words::cards(report),
        notes: notes(report),
        figures,
        regions: regions(report),
        is_regions_wide,
        history: history(report),
        history_remark: history_remark(report),
        facts: facts(report),
        features: features
            .into_iter()
            .map(|feature| FeatureRow {
                name: shortened(&feature.name, 120),
                kind: clean(&feature.kind),
                importance: feature.importance.map_or_else(|| NONE.to_owned(), share),
                bar: bar(feature.importance.unwrap_or(0.0), largest),
            })
            .collect(),
        features_shown: FEATURES_SHOWN,
        version: clean(&head.version),
    })
}

/// The report's notes and those that its own figures call for.
fn notes(report: &Report) -> Vec<String> {
    let mut notes: Vec<String> = report.notes.iter().map(|note| clean(note)).collect();
    if words::evaluation_rows_changed(report) {
        notes.push(
            "The evaluation rows changed between rounds: compare the metrics before and after \
             within one round, not from one round to the next."
                .to_owned(),
        );
    }
    if words::total_cost(report).is_none()
        && report
            .rounds
            .iter()
            .any(|r| r.cost.is_some_and(f64::is_finite))
    {
        notes.push("The costs have different units, so they are not added up.".to_owned());
    }
    notes
}

fn learning_curve(report: &Report) -> Result<Figure, ReportError> {
    let mut figure = Figure {
        title: "Learning curve",
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
        let now = points
            .first()
            .map_or_else(|| NONE.to_owned(), |p| metric.say(p.y));
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
    if words::evaluation_rows_changed(report) {
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
        metric.say(first.y),
        number(first.x),
        metric.say(last.y),
        number(last.x),
        count(points.len()),
    );
    figure.svg = plots::learning_curve(&points, metric, x_title, &label, plots::WIDE)?;
    figure.narrow_svg = plots::learning_curve(&points, metric, x_title, &label, plots::WIDTH)?;
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

fn scatter(report: &Report) -> Result<Option<Figure>, ReportError> {
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
        report.head.log_target,
        &words::target(report, 32),
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
        title: "Predicted against measured",
        text,
        svg,
        legend,
        ..Figure::default()
    }))
}

fn calibration(report: &Report) -> Result<Option<Figure>, ReportError> {
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
            title: "Calibration",
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
            title: "Reliability",
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
                format!("one bin of {rows}; larger dots have more, bars are 95 % intervals"),
            )],
            ..Figure::default()
        },
    }))
}

fn cost(report: &Report, height: Option<u32>) -> Result<Option<Figure>, ReportError> {
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
        .map(|unit| shortened(unit, 24))
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
        title: "Cost per round",
        text,
        svg,
        ..Figure::default()
    }))
}

fn regions(report: &Report) -> Vec<RegionRow> {
    let largest = largest(report.uncertain_regions.iter().map(|r| r.relative));
    let row = |region: &super::Region| RegionRow {
        description: shortened(&region.description, 120),
        rows: count(region.rows),
        uncertainty: significant(region.mean_uncertainty, 3),
        relative: if region.relative.is_finite() {
            format!("{}×", significant(region.relative, 3))
        } else {
            NONE.to_owned()
        },
        bar: bar(region.relative, largest),
    };
    report.uncertain_regions.iter().map(row).collect()
}

fn history_remark(report: &Report) -> String {
    if report.rounds.len() < 2 {
        return format!("Metrics on the {}s.", words::row_kind(report));
    }
    let lost = match report.head.task {
        Task::Regression => "for R², the reduction of the unexplained variance",
        Task::Classification => "for accuracy, the reduction of the share of mistakes",
    };
    format!(
        "Metrics on the {}s after each round, the first two also before it. “Improved by” is the \
         error reduction; {lost}.",
        words::row_kind(report)
    )
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let head = &report.head;
    let mut facts = vec![
        ("Target", shortened(&head.target, 300)),
        (
            "Fitted on",
            if head.log_target {
                "the natural logarithm of the target"
            } else {
                "the target as it is"
            }
            .to_owned(),
        ),
        (
            "Wanted",
            match head.direction {
                Some(Direction::Min) => "small targets",
                Some(Direction::Max) => "large targets",
                None => "no direction given",
            }
            .to_owned(),
        ),
        ("Learner", clean(&head.learner)),
        ("Ensemble", counted(head.members, "member")),
        ("Seed", head.seed.to_string()),
        ("Training rows", count(head.rows.training)),
        ("Calibration rows", count(head.rows.calibration)),
        ("Evaluation rows", count(head.rows.evaluation)),
        ("Failed rows", count(head.rows.failed)),
    ];
    if head.task == Task::Classification {
        facts.retain(|(name, _)| *name != "Fitted on");
    }
    if let Some(stated) = words::stated_coverage(report) {
        facts.push(("Stated coverage", level(stated)));
    }
    facts
}

/// The largest finite value, 0 if there is none above it.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.filter(|v| v.is_finite()).fold(0.0, f64::max)
}

/// Length of a bar in percent of the longest one, for a style sheet.
fn bar(value: f64, largest: f64) -> String {
    let share = value / largest * 100.0;
    let share = if share.is_finite() {
        share.clamp(0.0, 100.0)
    } else {
        0.0
    };
    format!("{share:.1}")
}
