//! Two models side by side: what differs, and which is better by how much, in a
//! sentence, as tables, CSV and JSON.

use al_core::{Direction, MeanInterval, Task};
use al_words::columns::COMPARISON;
use al_words::metrics::{BetterSide, Metric, MetricForm, RMSE, RMSE_LOG};
use al_words::numbers::exact;
use al_words::numbers::page::{NONE, counted, fixed, shortened, signed_percent, significant};
use serde::Serialize;
use serde_json::{Value, json};

use super::csv::{names, push_line};
use super::metric::metrics_of;
use super::sheet::Sheet;
use super::text::json_rounds;
use super::views::ComparisonView;
use super::words::{label, said, subject};
use super::{Head, ReportError};

/// Letters of a model's name in a sentence and in the head of a column.
pub(super) const NAME: usize = 32;

/// A metric of both models.
pub(super) struct PairedMetric {
    pub(super) metric: &'static Metric,
    pub(super) values: [f64; 2],
    pub(super) interval: Option<MeanInterval>,
    /// The interval that tells which model is better: its own, and of R² that of the
    /// error that it is made of.
    judged_by: Option<MeanInterval>,
}

impl PairedMetric {
    fn difference(&self) -> f64 {
        self.values[1] - self.values[0]
    }

    /// Whether the second model is better; `None` if it is neither better nor worse, or
    /// if the difference may be chance.
    fn is_second_better(&self) -> Option<bool> {
        let ends = self.judged_by?;
        match self.metric.better {
            BetterSide::Neither => None,
            _ if ends.low > 0.0 => Some(self.grows_if_better()),
            _ if ends.high < 0.0 => Some(!self.grows_if_better()),
            _ => None,
        }
    }

    /// Whether what it is judged by is larger for a better model.
    fn grows_if_better(&self) -> bool {
        self.interval.is_some() && self.metric.better == BetterSide::Larger
    }

    fn may_be_chance(&self) -> bool {
        self.judged_by.is_some() && self.difference() != 0.0 && self.is_second_better().is_none()
    }

    fn improvement(&self) -> Option<f64> {
        self.metric.improvement_of(self.values[0], self.values[1])
    }
}

/// The metrics that both models have, the most telling first. Those of the logarithm
/// are there if both models were fitted on it.
pub(super) fn paired(view: &ComparisonView) -> Vec<PairedMetric> {
    let heads = view.models.each_ref().map(|model| &model.report.head);
    let both_log = heads.iter().all(|head| head.log_target);
    let head = Head {
        log_target: both_log,
        task: heads[0].task,
        ..Head::default()
    };
    let pair = |&metric: &&'static Metric| {
        let [first, second] = view.models.each_ref().map(|one| metric.of(&one.metrics));
        let interval_of = |key: &str| {
            let mut all = view.differences.iter();
            all.find(|(one, _)| one.key == key).map(|(_, ends)| *ends)
        };
        let interval = interval_of(metric.key);
        Some(PairedMetric {
            metric,
            values: [first?, second?],
            interval,
            judged_by: interval.or_else(|| match metric.key {
                "r2" => interval_of(RMSE.key),
                "r2_log" => interval_of(RMSE_LOG.key),
                _ => None,
            }),
        })
    };
    metrics_of(&head).iter().filter_map(pair).collect()
}

/// The names of the models, fit for a line.
pub(super) fn model_names(view: &ComparisonView) -> [String; 2] {
    view.models
        .each_ref()
        .map(|model| shortened(&model.name, NAME))
}

/// How many rows are compared, and what they are: "52 out-of-bag rows".
pub(super) fn rows_compared(view: &ComparisonView) -> String {
    let kind = match view.held_out {
        true => "held-out row",
        false => "out-of-bag row",
    };
    counted(view.models[0].metrics.rows.unwrap_or(0), kind)
}

/// Which model is better and by how much, in one sentence.
#[must_use]
pub fn comparison_headline(view: &ComparisonView) -> String {
    let [first, second] = model_names(view);
    if view.identical {
        return format!("{first} and {second} hold the same model: nothing differs.");
    }
    let rows = rows_compared(view);
    let all = paired(view);
    let Some(judged) = all.iter().find(|pair| pair.metric.improves()) else {
        return format!("{first} and {second} have {rows} in common, and no metric of both.");
    };
    let metric = judged.metric;
    let head = &view.models[0].report.head;
    let subject = subject(metric);
    let [a, b] = judged.values.map(|value| said(head, metric, value));
    let Some(is_second) = judged.is_second_better() else {
        let chance = match judged.interval {
            Some(_) if judged.may_be_chance() => {
                ": the difference may be chance, its 95 % interval includes 0"
            }
            None if judged.difference() != 0.0 => ": too few rows to tell which is better",
            _ => "",
        };
        return format!(
            "On {rows} that both models have, the {subject} is {a} for {first} and {b} for \
             {second}{chance}."
        );
    };
    let better = if is_second { &second } else { &first };
    let change = match metric.form {
        MetricForm::Share => String::new(),
        MetricForm::Number => format!(" ({})", change(judged)),
    };
    format!(
        "{better} is better: on {rows} that both models have, the {subject} is {a} for {first} and \
         {b} for {second}{change}."
    )
}

/// The tables for a terminal: metrics side by side, and the settings that differ.
#[must_use]
pub fn comparison_rows(view: &ComparisonView) -> Vec<Sheet> {
    vec![metrics_sheet(view), settings_sheet(view)]
}

pub(super) fn metrics_sheet(view: &ComparisonView) -> Sheet {
    let [first, second] = model_names(view);
    let all = paired(view);
    let has_intervals = all.iter().any(|pair| pair.interval.is_some());
    let mut headers = vec!["Metric".to_owned(), first.clone(), second.clone()];
    // A narrow terminal leaves the last out.
    headers.push("Difference".to_owned());
    if has_intervals {
        headers.push("its 95\u{a0}% interval".to_owned());
    }
    headers.extend(["Change", "Better"].map(str::to_owned));
    let line = |pair: &PairedMetric| {
        let mut cells = vec![label(&view.models[0].report.head, pair.metric)];
        cells.extend(pair.values.map(|value| pair.metric.write(value)));
        cells.push(difference(pair, pair.difference()));
        if has_intervals {
            cells.push(interval(pair));
        }
        cells.push(change(pair));
        cells.push(match pair.is_second_better() {
            Some(true) => second.clone(),
            Some(false) => first.clone(),
            None if pair.may_be_chance() => "may be chance".to_owned(),
            None => NONE.to_owned(),
        });
        cells
    };
    Sheet {
        title: format!("Metrics on {} that both models have", rows_compared(view)),
        rows: all.iter().map(line).collect(),
        right_aligned: (1..=headers.len())
            .map(|at| at > 1 && at < headers.len())
            .collect(),
        kept: if has_intervals { vec![4] } else { Vec::new() },
        headers,
        ..Sheet::default()
    }
}

/// Of an error, in percent of that of the first model.
fn change(pair: &PairedMetric) -> String {
    let percent = 100.0 * pair.difference() / pair.values[0].abs();
    let is_error = pair.metric.better == BetterSide::Smaller;
    match is_error && percent.is_finite() {
        true => signed_percent(percent),
        false => NONE.to_owned(),
    }
}

/// In the unit of the metric, shares in points.
fn difference(pair: &PairedMetric, value: f64) -> String {
    match pair.metric.form {
        MetricForm::Share => format!("{} points", in_points(value)),
        MetricForm::Number => signed(value, significant(value.abs(), 3)),
    }
}

fn interval(pair: &PairedMetric) -> String {
    let Some(ends) = pair.interval else {
        return NONE.to_owned();
    };
    let low = match pair.metric.form {
        MetricForm::Share => in_points(ends.low),
        MetricForm::Number => difference(pair, ends.low),
    };
    format!("{low} to {}", difference(pair, ends.high))
}

fn in_points(share: f64) -> String {
    signed(share, fixed(100.0 * share.abs(), 1))
}

/// `text`, the size of `value`, with its sign.
fn signed(value: f64, text: String) -> String {
    let is_zero = !text.bytes().any(|b| b.is_ascii_digit() && b != b'0');
    match value {
        _ if is_zero => text,
        value if value < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

pub(super) fn settings_sheet(view: &ComparisonView) -> Sheet {
    let [first, second] = model_names(view);
    Sheet {
        title: match view.settings.is_empty() {
            true => "No setting differs".to_owned(),
            false => "What differs".to_owned(),
        },
        headers: vec![String::new(), first, second],
        right_aligned: vec![false; 3],
        rows: view
            .settings
            .iter()
            .map(|(name, values)| {
                let values = values.each_ref().map(|value| shortened(value, 60));
                std::iter::once((*name).to_owned()).chain(values).collect()
            })
            .collect(),
        ..Sheet::default()
    }
}

/// The metrics as CSV: one line per metric that both models have.
#[must_use]
pub fn comparison_csv(view: &ComparisonView) -> String {
    let mut text = String::new();
    push_line(&mut text, &names(&COMPARISON));
    let [first, second] = view.models.each_ref().map(|model| model.name.clone());
    for pair in paired(view) {
        let better = match pair.is_second_better() {
            Some(true) => second.clone(),
            Some(false) => first.clone(),
            None => String::new(),
        };
        let cells = [
            pair.metric.key.to_owned(),
            exact(Some(pair.values[0])),
            exact(Some(pair.values[1])),
            exact(Some(pair.difference())),
            exact(pair.interval.map(|ends| ends.low)),
            exact(pair.interval.map(|ends| ends.high)),
            exact(pair.improvement()),
            better,
            first.clone(),
            second.clone(),
            view.models[0].metrics.rows.unwrap_or(0).to_string(),
        ];
        push_line(&mut text, &cells);
    }
    text
}

#[derive(Serialize)]
struct JsonComparison<'a> {
    summary: String,
    target: &'a str,
    task: Task,
    direction: Option<Direction>,
    identical: bool,
    rows: usize,
    held_out: bool,
    models: Vec<Value>,
    metrics: Vec<Value>,
    settings: Vec<Value>,
    notes: &'a [String],
}

/// The comparison as indented JSON, with a `summary` in words. What is not known or not
/// finite is null.
///
/// # Errors
/// If a value cannot be written as JSON.
pub fn comparison_json(view: &ComparisonView) -> Result<String, ReportError> {
    let names = view.models.each_ref().map(|model| model.name.as_str());
    let metrics = paired(view).into_iter().map(|pair| {
        json!({
            "metric": pair.metric.key,
            "values": pair.values,
            "difference": pair.difference(),
            "interval": pair.interval.map(|ends| [ends.low, ends.high]),
            "improvement_percent": pair.improvement(),
            "better": pair.is_second_better().map(|is_second| names[usize::from(is_second)]),
        })
    });
    let settings = view.settings.iter();
    let head = &view.models[0].report.head;
    let json = JsonComparison {
        summary: comparison_headline(view),
        target: &head.target,
        task: head.task,
        direction: head.direction,
        identical: view.identical,
        rows: view.models[0].metrics.rows.unwrap_or(0),
        held_out: view.held_out,
        models: view
            .models
            .iter()
            .map(|model| {
                json!({
                    "model": model.name,
                    "head": model.report.head,
                    "rounds": json_rounds(&model.report.rounds),
                })
            })
            .collect(),
        metrics: metrics.collect(),
        settings: settings
            .map(|(name, values)| json!({ "setting": name, "values": values }))
            .collect(),
        notes: &view.notes,
    };
    let mut text = serde_json::to_string_pretty(&json)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::comparison;

    #[test]
    fn the_better_model_is_named_if_the_interval_excludes_0() {
        let view = comparison();
        let said = comparison_headline(&view);
        assert_eq!(
            said,
            "new.altool is better: on 180 held-out rows that both models have, the error \
             (log-scale RMSE) is 0.312 for old.altool and 0.184 for new.altool (−41.0\u{202f}%)."
        );
        let sheet = metrics_sheet(&view);
        let cells = [
            "Log-scale RMSE",
            "0.3120",
            "0.1840",
            "−0.128",
            "−0.160 to −0.0960",
            "−41.0\u{202f}%",
            "new.altool",
        ];
        assert_eq!(sheet.rows[0], cells);

        // The other way round the percentage is of the first model, too, as in the table.
        let mut view = comparison();
        view.models.reverse();
        let ends = &mut view.differences[0].1;
        (ends.mean, ends.low, ends.high) = (-ends.mean, -ends.high, -ends.low);
        let said = comparison_headline(&view);
        assert!(
            said.starts_with("new.altool is better: ")
                && said.ends_with(
                    "is 0.184 for new.altool and 0.312 for old.altool (+69.6\u{202f}%)."
                ),
            "{said}"
        );
        assert_eq!(metrics_sheet(&view).rows[0][5], "+69.6\u{202f}%");

        let mut view = comparison();
        view.differences[0].1.high = 0.01;
        assert!(comparison_headline(&view).ends_with("its 95 % interval includes 0."));
        assert_eq!(metrics_sheet(&view).rows[0][6], "may be chance");
        view.differences.clear();
        assert!(comparison_headline(&view).ends_with(": too few rows to tell which is better."));
        assert!(metrics_sheet(&view).rows.iter().all(|row| row[5] == "—"));
        view.identical = true;
        assert!(comparison_headline(&view).ends_with("hold the same model: nothing differs."));
    }

    #[test]
    fn programs_read_full_numbers() {
        let view = comparison();
        let csv = comparison_csv(&view);
        let mut lines = csv.lines();
        assert_eq!(
            lines.next(),
            Some(
                "metric,first,second,difference,difference_low,difference_high,\
                 improvement_percent,better,first_model,second_model,rows"
            )
        );
        let line = lines.next().unwrap();
        assert!(
            line.starts_with("rmse_log,0.312,0.184,-0.128,-0.16,-0.096,41.02564"),
            "{line}"
        );
        assert!(
            line.ends_with(",new.altool,old.altool,new.altool,180"),
            "{line}"
        );
        let json: Value = serde_json::from_str(&comparison_json(&view).unwrap()).unwrap();
        assert_eq!(json["metrics"][0]["better"], "new.altool");
        assert_eq!(json["metrics"][0]["interval"][1], -0.096);
        assert_eq!(json["settings"][0]["values"][1], "20");
        assert_eq!(json["models"][1]["model"], "new.altool");
    }

    #[test]
    fn r2_is_judged_by_its_error_and_other_metrics_by_their_own_intervals() {
        let rows = metrics_sheet(&comparison()).rows;
        let better = |label: &str| {
            let row = rows.iter().find(|row| row[0] == label).unwrap();
            row[6].clone()
        };
        assert_eq!(better("Log-scale R²"), "new.altool");
        assert_eq!(
            (better("R²"), better("Coverage")),
            ("—".to_owned(), "—".to_owned())
        );
    }

    const ENDS: MeanInterval = MeanInterval {
        mean: 0.0,
        low: -0.01,
        high: 0.03,
    };

    #[test]
    fn shares_differ_in_points() {
        let pair = |first: f64, second: f64| PairedMetric {
            metric: &al_words::metrics::ACCURACY,
            values: [first, second],
            interval: Some(ENDS),
            judged_by: Some(ENDS),
        };
        let said = |pair: &PairedMetric| difference(pair, pair.difference());
        assert_eq!(said(&pair(0.9, 0.921)), "+2.1 points");
        assert_eq!(interval(&pair(0.9, 0.921)), "−1.0 to +3.0 points");
        assert_eq!(said(&pair(0.9, 0.9)), "0.0 points");
        assert_eq!(change(&pair(0.9, 0.921)), "—");
        assert_eq!(pair(0.9, 0.9).is_second_better(), None);
    }
}
