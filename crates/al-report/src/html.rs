//! The report as one web page that needs nothing but itself.

use al_words::numbers::page::{NONE, clean, count, counted, level, share, shortened, significant};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::change::evaluation_rows_changed;
use super::classes::{self, ClassesPanel};
use super::figures::{Figure, calibration, cost, largest, learning_curve, scatter};
use super::history::history;
use super::sheet::Sheet;
use super::words::{self, Card};
use super::{Direction, Report, ReportError, Task};

/// The pages and what they share.
const TEMPLATES: [(&str, &str); 6] = [
    ("style.css", include_str!("style.css")),
    ("parts.html", include_str!("parts.html.j2")),
    ("page.html", include_str!("page.html.j2")),
    ("backtest.html", include_str!("backtest.html.j2")),
    ("batch.html", include_str!("batch.html.j2")),
    ("compare.html", include_str!("compare.html.j2")),
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
    classes: Option<ClassesPanel>,
    regions: Vec<RegionRow>,
    regions_unit: String,
    is_regions_wide: bool,
    history: Sheet,
    history_remark: String,
    facts: Vec<(&'static str, String)>,
    features: Vec<FeatureRow>,
    features_shown: usize,
    version: String,
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
        classes: classes::panel(report),
        regions: regions(report),
        regions_unit: match (head.task, head.log_target, &head.unit) {
            (Task::Classification, ..) => " in nats".to_owned(),
            (_, true, _) => " of the logarithm".to_owned(),
            (_, _, Some(unit)) => format!(" in {}", shortened(unit, 12)),
            _ => String::new(),
        },
        is_regions_wide,
        history: unbroken(history(report)),
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
    if evaluation_rows_changed(report) {
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

/// With an arrow kept beside the number behind it, where a cell is broken.
fn unbroken(mut sheet: Sheet) -> Sheet {
    for cell in sheet.rows.iter_mut().flatten() {
        *cell = cell.replace("→ ", "→\u{a0}");
    }
    sheet
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
        ("Unit", head.unit.as_deref().map_or_else(String::new, clean)),
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
    facts.retain(|(name, value)| *name != "Unit" || !value.is_empty());
    if let Some(group) = &head.group {
        facts.push(("Groups", shortened(group, 300)));
    }
    if let Some(stated) = words::stated_coverage(report) {
        facts.push(("Stated coverage", level(stated)));
    }
    facts
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
