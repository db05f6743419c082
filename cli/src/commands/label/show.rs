//! Answers for the eye, as JSON and as CSV.

use al_words::numbers::digits;
use serde_json::Value;

use crate::args::files::{SummaryArgs, TextFormat};
use crate::exit::Outcome;
use crate::output;
use crate::sheet::TextSheet;

/// What an answer is.
#[derive(Debug, Clone, Copy)]
pub(super) enum ShownAnswer {
    Model,
    Imported,
    Selection,
    Queue,
    Item,
    Undone,
    Results,
    Job,
    Cycles,
    Jobs,
    Stats,
}

/// Prints an answer in the format that was asked for.
pub(super) fn show(
    what: ShownAnswer,
    answer: &Value,
    format: &SummaryArgs,
) -> anyhow::Result<Outcome> {
    let text = match format.resolve() {
        TextFormat::Json => format!("{answer:#}\n"),
        TextFormat::Csv => sheet(what, answer).csv(),
        TextFormat::Table => {
            let sheet = sheet(what, answer);
            let list = matches!(
                what,
                ShownAnswer::Selection
                    | ShownAnswer::Queue
                    | ShownAnswer::Cycles
                    | ShownAnswer::Jobs
            );
            match list {
                true => sheet.narrowed(&[]).0.pretty(),
                false => sheet.wrapped(),
            }
        }
    };
    output::text(&text)?;
    Ok(Outcome::Done)
}

/// A value in a cell: texts as they are, numbers shortened, nothing for null.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(number)) => digits(number),
            (None, None) => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// Columns of a list: what each is called, and where its value is.
fn list(rows: &Value, columns: &[(&str, &str)]) -> TextSheet {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let rows = rows.as_array().cloned().unwrap_or_default();
    let numeric = columns.iter().enumerate().filter(|(_, (_, place))| {
        let mut cells = rows
            .iter()
            .map(|row| row.pointer(place).unwrap_or(&Value::Null));
        cells.all(|cell| cell.is_number() || cell.is_null())
    });
    let numeric: Vec<usize> = numeric.map(|(at, _)| at).collect();
    let mut sheet = TextSheet::new(&names).right(&numeric);
    for row in &rows {
        let cells = columns
            .iter()
            .map(|(_, place)| cell(row.pointer(place).unwrap_or(&Value::Null)));
        sheet.rows.push(cells.collect());
    }
    sheet
}

/// Facts: a name and a value a line.
fn facts(answer: &Value, columns: &[(&str, &str)]) -> TextSheet {
    let mut sheet = TextSheet::new(&["fact", "value"]);
    for (name, place) in columns {
        let value = answer.pointer(place).unwrap_or(&Value::Null);
        if !value.is_null() {
            sheet.push([(*name).to_owned(), cell(value)]);
        }
    }
    sheet
}

/// Prints users.
pub(crate) fn show_users(users: &Value, format: &SummaryArgs) -> anyhow::Result<Outcome> {
    let columns = [
        ("name", "/name"),
        ("role", "/role"),
        ("id", "/id"),
        ("created_at", "/created_at"),
        ("disabled_at", "/disabled_at"),
    ];
    let sheet = list(users, &columns);
    output::text(&match format.resolve() {
        TextFormat::Json => format!("{users:#}\n"),
        TextFormat::Csv => sheet.csv(),
        TextFormat::Table => sheet.pretty(),
    })?;
    Ok(Outcome::Done)
}

/// Prints what a look at a database found.
pub(crate) fn show_check(found: &Value, format: &SummaryArgs) -> anyhow::Result<Outcome> {
    let mut sheet = facts(
        found,
        &[
            ("version", "/version"),
            ("items", "/items"),
            ("judgements", "/judgements"),
            ("models", "/models"),
        ],
    );
    for problem in found["problems"].as_array().into_iter().flatten() {
        sheet.push(["problem".to_owned(), cell(problem)]);
    }
    output::text(&match format.resolve() {
        TextFormat::Json => format!("{found:#}\n"),
        TextFormat::Csv => sheet.csv(),
        TextFormat::Table => sheet.wrapped(),
    })?;
    Ok(Outcome::Done)
}

/// What a column or fact is called, and where its value is.
type ShownColumn = (&'static str, &'static str);

const MODEL: &[ShownColumn] = &[
    ("name", "/name"),
    ("version", "/version"),
    ("id", "/id"),
    ("target", "/settings/target"),
    ("task", "/settings/task"),
    ("unit", "/settings/unit"),
    ("training_rows", "/training_rows"),
    ("validation", "/validation"),
];

const IMPORTED: &[ShownColumn] = &[
    ("dataset", "/dataset/name"),
    ("items", "/dataset/items"),
    ("added", "/added"),
    ("known", "/known"),
    ("left_out", "/left_out"),
];

const SELECTION: &[ShownColumn] = &[
    ("rank", "/rank"),
    ("item_name", "/item_name"),
    ("smiles", "/smiles"),
    ("prediction", "/prediction"),
    ("predicted_class", "/predicted_class"),
    ("uncertainty", "/uncertainty"),
    ("applicability_distance", "/applicability_distance"),
    ("priority_score", "/priority_score"),
    ("item_id", "/item_id"),
    ("reason", "/reason"),
];

const QUEUE: &[ShownColumn] = &[
    ("id", "/id"),
    ("item_name", "/item_name"),
    ("smiles", "/smiles"),
    ("status", "/status"),
    ("prediction", "/prediction"),
    ("predicted_class", "/predicted_class"),
    ("uncertainty", "/uncertainty"),
    ("applicability_distance", "/applicability_distance"),
    ("priority_score", "/priority_score"),
    ("assigned_to", "/assigned_to"),
    ("label", "/label"),
];

const ITEM: &[ShownColumn] = &[
    ("id", "/id"),
    ("item_id", "/item_id"),
    ("item_name", "/item_name"),
    ("smiles", "/smiles"),
    ("status", "/status"),
    ("prediction", "/prediction"),
    ("predicted_class", "/predicted_class"),
    ("uncertainty", "/uncertainty"),
    ("applicability_distance", "/applicability_distance"),
    ("reason", "/reason"),
    ("lease_until", "/lease_until"),
    ("label", "/label"),
    ("qualifier", "/qualifier"),
    ("unit", "/unit"),
    ("label_source", "/label_source"),
    ("label_confidence", "/label_confidence"),
    ("notes", "/notes"),
    ("skip_reason", "/skip_reason"),
];

const UNDONE: &[ShownColumn] = &[("action", "/action_id"), ("items", "/items")];

const RESULTS: &[ShownColumn] = &[
    ("action", "/action_id"),
    ("rows", "/rows"),
    ("matched", "/matched"),
    ("items", "/items"),
    ("replicates", "/replicates"),
    ("unqueued", "/unqueued"),
    ("converted", "/converted"),
    ("empty", "/empty"),
    ("unmatched", "/unmatched"),
    ("not_open", "/not_open"),
    ("invalid", "/invalid"),
    ("first_problem", "/other_rows/0/problem"),
];

const JOB: &[ShownColumn] = &[
    ("job", "/id"),
    ("state", "/state"),
    ("step", "/step"),
    ("version", "/result/version"),
    ("labels", "/result/labels"),
    ("rmse_before", "/result/metrics_before/validation/rmse"),
    ("rmse_after", "/result/metrics_after/validation/rmse"),
    (
        "accuracy_before",
        "/result/metrics_before/validation/accuracy",
    ),
    (
        "accuracy_after",
        "/result/metrics_after/validation/accuracy",
    ),
    ("rmse_out_of_bag", "/result/metrics_after/out_of_bag/rmse"),
    ("error", "/error"),
];

const CYCLES: &[ShownColumn] = &[
    ("cycle", "/cycle_number"),
    ("model", "/model_name"),
    ("status", "/status"),
    ("strategy", "/strategy"),
    ("selected", "/items_selected"),
    ("labeled", "/items_labeled"),
    ("skipped", "/items_skipped"),
    ("rmse_before", "/metrics_before/validation/rmse"),
    ("rmse_after", "/metrics_after/validation/rmse"),
    ("accuracy_before", "/metrics_before/validation/accuracy"),
    ("accuracy_after", "/metrics_after/validation/accuracy"),
    ("id", "/id"),
    ("reason", "/reason"),
];

const JOBS: &[ShownColumn] = &[
    ("id", "/id"),
    ("kind", "/kind"),
    ("subject", "/subject"),
    ("state", "/state"),
    ("step", "/step"),
    ("progress", "/progress"),
    ("attempt", "/attempt"),
    ("error", "/error"),
];

fn sheet(what: ShownAnswer, answer: &Value) -> TextSheet {
    match what {
        ShownAnswer::Model => facts(answer, MODEL),
        ShownAnswer::Imported => facts(answer, IMPORTED),
        ShownAnswer::Selection => list(&answer["items"], SELECTION),
        ShownAnswer::Queue => list(&answer["items"], QUEUE),
        ShownAnswer::Item => facts(answer, ITEM),
        ShownAnswer::Undone => facts(answer, UNDONE),
        ShownAnswer::Results => facts(answer, RESULTS),
        ShownAnswer::Job => facts(answer, JOB),
        ShownAnswer::Cycles => list(&answer["items"], CYCLES),
        ShownAnswer::Jobs => list(&answer["items"], JOBS),
        ShownAnswer::Stats => stats(answer),
    }
}

fn stats(answer: &Value) -> TextSheet {
    let mut sheet = facts(
        answer,
        &[
            ("model", "/model_name"),
            ("pending", "/items_by_status/pending"),
            ("in_progress", "/items_by_status/in_progress"),
            ("labeled", "/items_by_status/labeled"),
            ("skipped", "/items_by_status/skipped"),
            ("archived", "/items_by_status/archived"),
            ("new_labels", "/new_labels"),
            ("labels_left_until_retrain", "/labels_left_until_retrain"),
            ("judged_twice", "/agreement/items"),
            ("alpha", "/agreement/alpha/value"),
            ("alpha_low", "/agreement/alpha/low"),
            ("alpha_high", "/agreement/alpha/high"),
        ],
    );
    let versions = answer["metrics_per_version"].as_array();
    for version in versions.into_iter().flatten() {
        let number = cell(&version["version"]);
        let measured = [
            ("rmse", "/metrics/validation/rmse"),
            ("r2", "/metrics/validation/r2"),
            ("accuracy", "/metrics/validation/accuracy"),
            ("roc_auc", "/metrics/validation/roc_auc"),
        ];
        for (name, place) in measured {
            let value = version.pointer(place).unwrap_or(&Value::Null);
            if !value.is_null() {
                sheet.push([format!("{name} of version {number}"), cell(value)]);
            }
        }
    }
    sheet
}
