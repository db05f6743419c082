//! What was gained, in sentences and key figures.

use al_words::metrics::{self, BetterSide, Metric, MetricForm, MetricUnit};
use al_words::numbers::page::{
    NONE, count, counted, level, number, optional, percent, share, shortened, signed_percent,
    significant, with_unit,
};

use super::change::{MetricChange, evaluation_rows_changed, metric_change};
use super::metric::primary;
use super::{Head, Metrics, Report, Round, RoundKind, Task};

/// The metrics after the last round that has any.
pub(super) fn latest(report: &Report) -> Option<&Metrics> {
    report.rounds.iter().rev().find_map(|r| r.after.as_ref())
}

/// How many rows metrics are measured on, and what they are.
pub(super) fn rows_judged(report: &Report) -> String {
    counted(evaluation_rows(report), row_kind(report))
}

/// What the rows are that metrics are measured on.
pub(super) fn row_kind(report: &Report) -> &'static str {
    match latest(report).is_some_and(|metrics| metrics.out_of_bag) {
        true => "out-of-bag row",
        false => "held-out row",
    }
}

/// How many rows metrics are measured on.
pub(super) fn evaluation_rows(report: &Report) -> usize {
    latest(report)
        .and_then(|metrics| metrics.rows)
        .unwrap_or(report.head.rows.evaluation)
}

/// What all rounds cost and the unit; `None` without costs or with costs in
/// different units, which do not add up.
pub(super) fn total_cost(report: &Report) -> Option<(f64, Option<&str>)> {
    let mut costs = report.rounds.iter().filter_map(|round| {
        let cost = round.cost.filter(|cost| cost.is_finite())?;
        Some((cost, round.cost_unit.as_deref()))
    });
    let (first, unit) = costs.next()?;
    costs.try_fold((first, unit), |(sum, unit), (cost, other)| {
        (unit == other).then_some((sum + cost, unit))
    })
}

fn rounds_of(report: &Report, kind: RoundKind) -> usize {
    report.rounds.iter().filter(|r| r.kind == kind).count()
}

/// Rows added after the training.
fn rows_added(report: &Report) -> usize {
    let later = report.rounds.iter().filter(|r| r.kind != RoundKind::Train);
    later.map(|round| round.rows_added).sum()
}

/// "3 updates and 1 refit with 30 measurements".
fn work_done(report: &Report) -> String {
    let parts: Vec<String> = [(RoundKind::Update, "update"), (RoundKind::Refit, "refit")]
        .into_iter()
        .map(|(kind, noun)| (rounds_of(report, kind), noun))
        .filter(|(rounds, _)| *rounds > 0)
        .map(|(rounds, noun)| counted(rounds, noun))
        .collect();
    let added = counted(rows_added(report), "new measurement");
    format!("{} with {added}", parts.join(" and "))
}

/// The metric's name as the subject of a sentence.
pub(super) fn subject(metric: &Metric) -> String {
    if metric.label.ends_with("RMSE") {
        format!("error ({})", metric.label.replace("Log", "log"))
    } else if metric.label.ends_with("MAE") || metric.label.ends_with("R²") {
        metric.label.replace("Log", "log")
    } else {
        metric.label.to_lowercase()
    }
}

/// The unit of a metric, if it is the target's and that is known.
pub(super) fn unit_of<'a>(head: &'a Head, metric: &Metric) -> Option<&'a str> {
    let unit = head.unit.as_deref();
    unit.filter(|_| metric.unit == MetricUnit::Target)
}

/// A metric's value with its unit, for a sentence.
pub(super) fn said(head: &Head, metric: &Metric, value: f64) -> String {
    with_unit(&metric.say(value), unit_of(head, metric))
}

/// A name with a unit after it, as heads of columns and axes have it: "RMSE, ms".
pub(super) fn headed(name: &str, unit: Option<&str>) -> String {
    match unit.map(|unit| shortened(unit, 12)) {
        Some(unit) if !unit.is_empty() => format!("{name}, {unit}"),
        _ => name.to_owned(),
    }
}

/// A metric's name with its unit.
pub(super) fn label(head: &Head, metric: &Metric) -> String {
    headed(metric.label, unit_of(head, metric))
}

/// The unit of costs: that of the column's name, else the name itself.
pub(super) fn cost_unit(column: &str) -> &str {
    al_words::units::unit_of(column).unwrap_or(column)
}

/// The target's name, or words for a target without one.
pub(super) fn target(report: &Report, limit: usize) -> String {
    let name = shortened(&report.head.target, limit);
    if name.is_empty() {
        "the target".to_owned()
    } else {
        name
    }
}

/// What was gained, in one sentence.
#[must_use]
pub fn headline(report: &Report) -> String {
    let target = target(report, 60);
    let rows = rows_judged(report);
    if report.rounds.is_empty() {
        return format!("No training of a model of {target} is recorded yet.");
    }
    let is_first = report.rounds.iter().all(|r| r.kind == RoundKind::Train);
    if let Some(moved) = metric_change(report).filter(|_| !is_first) {
        let when = if moved.spans_all_rounds {
            format!("After {}", work_done(report))
        } else {
            "In the last round".to_owned()
        };
        let subject = subject(moved.metric);
        let first = said(&report.head, moved.metric, moved.first);
        let last = said(&report.head, moved.metric, moved.last);
        let Some(is_better) = moved.is_better() else {
            return format!("{when}, the {subject} on the same {rows} stayed at {last}.");
        };
        let verb = if is_better == (moved.metric.better == BetterSide::Smaller) {
            "fell"
        } else {
            "rose"
        };
        let change = match moved.metric.form {
            MetricForm::Share => String::new(),
            MetricForm::Number => moved
                .change_percent()
                .map_or_else(String::new, |p| format!(" ({})", signed_percent(p))),
        };
        return match moved.may_be_chance(evaluation_rows(report)) {
            true => format!(
                "{when}, the {subject} on the same {rows} went from {first} to {last}{change}, \
                 which may be chance."
            ),
            false => format!(
                "{when}, the {subject} on the same {rows} {verb} from {first} to {last}{change}."
            ),
        };
    }
    let total = report.rounds.last().map_or(0, |round| round.total_rows);
    let trained = format!("trained on {}", counted(total, "row"));
    match primary(report).and_then(|m| Some((m, m.of(latest(report)?)?))) {
        Some((metric, value)) => format!(
            "On {rows}, the {} of the model of {target}, {trained}, is {}.",
            subject(metric),
            said(&report.head, metric, value)
        ),
        None if is_first => format!(
            "The model of {target} was {trained}; there are no evaluation rows to test it on."
        ),
        None => format!(
            "{} so far; there are no evaluation rows, so the improvement was not measured.",
            capitalised(&work_done(report))
        ),
    }
}

/// What else is worth saying at the top, a sentence each.
pub(super) fn details(report: &Report) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(rmse) = latest(report).and_then(|metrics| metrics::RMSE_LOG.of(metrics))
        && report.head.log_target
        && rmse < 3.0
    {
        sentences.push(format!(
            "A typical prediction is off by a factor of {}.",
            significant(rmse.exp(), 3)
        ));
    }
    if let Some(covered) = latest(report).and_then(|metrics| metrics::COVERAGE.of(metrics))
        && (0.0..=1.0).contains(&covered)
    {
        let stated = stated_coverage(report).map_or_else(
            || "prediction interval".to_owned(),
            |stated| format!("{} prediction interval", level(stated)),
        );
        sentences.push(format!(
            "{} of the held-out measurements lie within their {stated}{}.",
            share(covered),
            match coverage_shortfall(report, covered) {
                Some(true) => ", fewer than stated",
                Some(false) => ", more than stated",
                None => "",
            }
        ));
    }
    if let Some(region) = report.uncertain_regions.first()
        && region.relative.is_finite()
    {
        sentences.push(format!(
            "The model is least certain where {} ({} times the average).",
            shortened(&region.description, 80),
            significant(region.relative, 2)
        ));
    }
    sentences
}

/// The coverage intervals are meant to have, if it is a number.
pub(super) fn stated_coverage(report: &Report) -> Option<f64> {
    report.head.coverage_level.filter(|level| level.is_finite())
}

/// `Some(true)` where intervals cover fewer rows than stated by more than
/// chance (two standard errors and three points), `Some(false)` where more.
fn coverage_shortfall(report: &Report, covered: f64) -> Option<bool> {
    let level = stated_coverage(report)?;
    let rows = evaluation_rows(report).max(1) as f64;
    let chance = 2.0 * (level * (1.0 - level) / rows).sqrt();
    let difference = covered - level;
    (difference.abs() > chance.max(0.03)).then_some(difference < 0.0)
}

/// A key figure.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Card {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) note: String,
    /// `good`, `bad` or nothing: how the note is coloured.
    pub(super) tone: &'static str,
}

fn card(label: &str, value: String, note: String) -> Card {
    Card {
        label: label.to_owned(),
        value,
        note,
        tone: "",
    }
}

/// The key figures of a report.
pub(super) fn cards(report: &Report) -> Vec<Card> {
    let mut cards = Vec::new();
    let shown: &[&Metric] = match (report.head.task, report.head.log_target) {
        (Task::Classification, _) => &[&metrics::ACCURACY, &metrics::LOG_LOSS],
        (Task::Regression, true) => &[&metrics::RMSE_LOG, &metrics::R2_LOG, &metrics::RMSE],
        (Task::Regression, false) => &[&metrics::RMSE, &metrics::R2],
    };
    if let Some(latest) = latest(report) {
        cards.extend(shown.iter().filter_map(|m| metric_card(report, latest, m)));
        cards.extend(
            metrics::COVERAGE
                .of(latest)
                .map(|c| coverage_card(report, latest, c)),
        );
    }
    if let Some(last) = report.rounds.last() {
        let added = rows_added(report);
        let note = match report.rounds.len() {
            1 => "in the first training".to_owned(),
            _ => format!("{} added by updates", count(added)),
        };
        cards.push(card("Training rows", count(last.total_rows), note));
    }
    if let Some((total, unit)) = total_cost(report) {
        let unit = unit.map(cost_unit);
        let priced = report
            .rounds
            .iter()
            .filter(|r| r.cost.is_some_and(f64::is_finite));
        let rows: usize = priced.map(|round| round.rows_added).sum();
        let each = if rows > 0 {
            let each = with_unit(&significant(total / rows as f64, 3), unit);
            format!("{each} per added row")
        } else {
            String::new()
        };
        cards.push(card(
            "Cost of batches",
            with_unit(&number(total), unit),
            each,
        ));
    }
    cards
}

fn metric_card(report: &Report, latest: &Metrics, metric: &'static Metric) -> Option<Card> {
    let value = metric.of(latest)?;
    let head = &report.head;
    let mut card = card(metric.label, said(head, metric, value), String::new());
    let first = (!evaluation_rows_changed(report) && report.rounds.len() > 1)
        .then(|| {
            report
                .rounds
                .iter()
                .find_map(|r| metric.of(r.after.as_ref()?))
        })
        .flatten();
    let Some(first) = first else {
        card.note = format!("{}on {}", as_factor(metric, value), rows_judged(report));
        return Some(card);
    };
    let moved = MetricChange {
        metric,
        first,
        last: value,
        spans_all_rounds: true,
        interval: None,
    };
    let arrow = if value > first { "▲" } else { "▼" };
    let start = said(head, metric, first);
    let from = format!("from {start} at the start");
    let (note, tone) = match (moved.is_better(), metric.better) {
        (None, _) => (format!("unchanged from {start}"), ""),
        (Some(is_better), BetterSide::Smaller) => {
            let change = moved
                .change_percent()
                .map_or_else(String::new, |p| percent(p.abs()));
            (format!("{arrow} {change} {from}"), tone(is_better))
        }
        (Some(is_better), _) => (format!("{arrow} {from}"), tone(is_better)),
    };
    let is_chance =
        metric_change(report).is_some_and(|change| change.may_be_chance(evaluation_rows(report)));
    card.note = format!("{}{note}", as_factor(metric, value));
    match is_chance && moved.is_better().is_some() {
        true => card.note.push_str(", which may be chance"),
        false => card.tone = tone,
    }
    Some(card)
}

/// The error of a logarithm as the factor that it is, before a note; nothing for other
/// metrics, nor for factors too large to mean anything.
fn as_factor(metric: &Metric, value: f64) -> String {
    let is_error = metric.unit == MetricUnit::LogTarget && metric.better == BetterSide::Smaller;
    match is_error && value < 3.0 {
        true => format!("a factor of {}; ", significant(value.exp(), 3)),
        false => String::new(),
    }
}

fn coverage_card(report: &Report, latest: &Metrics, covered: f64) -> Card {
    let stated = stated_coverage(report).map(|stated| format!("{} stated", level(stated)));
    let width = metrics::WIDTH.of(latest).map(|width| {
        let width = significant(width, 3);
        let unit = report.head.unit.as_deref();
        format!("mean width {}", with_unit(&width, unit))
    });
    let parts: Vec<String> = stated.into_iter().chain(width).collect();
    Card {
        tone: match coverage_shortfall(report, covered) {
            Some(_) => "bad",
            None => "",
        },
        ..card("Interval coverage", share(covered), parts.join(", "))
    }
}

fn tone(is_better: bool) -> &'static str {
    if is_better { "good" } else { "bad" }
}

/// "training", "update 3", "refit 4": what a round is called.
pub(super) fn round_name(round: &Round) -> String {
    match round.kind {
        RoundKind::Train if round.index == 0 => "training".to_owned(),
        RoundKind::Train => format!("training {}", count(round.index)),
        RoundKind::Update => format!("update {}", count(round.index)),
        RoundKind::Refit => format!("refit {}", count(round.index)),
    }
}

/// A cost with its unit, or a dash.
pub(super) fn cost(round: &Round) -> String {
    match round.cost.filter(|cost| cost.is_finite()) {
        Some(_) => {
            let unit = round.cost_unit.as_deref().map(cost_unit);
            with_unit(&optional(round.cost), unit)
        }
        None => NONE.to_owned(),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
