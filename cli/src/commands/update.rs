//! `altool update`: new results into a model.

use std::path::PathBuf;

use al_core::Tabular;
use al_pipeline::{Refit, TableSource, UpdateOptions, Updated, counted, update_file};
use al_words::columns::{METRIC_AFTER, METRIC_BEFORE, METRIC_PREQUENTIAL};
use al_words::metrics::{Metric, TOLD};
use al_words::numbers::digits;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::{CommandContext, load};
use crate::args::files::{InputArgs, SummaryArgs, TextFormat, check_not_read};
use crate::args::molecules::{SkipArgs, SkippedFile};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::log::Log;
use crate::sheet::TextSheet;
use crate::{help, output};

const EXAMPLES: &str = "\
altool update fixtures/llm/results.csv --model m.altool
altool update fixtures/llm/results.csv --model m.altool --at \"$(date -I)\" --format json
altool update --refit --model m.altool -o refitted.altool";

/// Update a model with new results
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
Metrics before and after are of rows that neither model had learned from when it predicted them:
rows known before, out of bag, and the new ones; if rows are held out, of those. 'Before' is the
model with as many trees as after. The column 'new rows' is what the model before predicted of
the rows that are added now.

Improvements are in percent, positive is better: of rmse (before − after) / before, of r2 (after −
before) / (1 − before). A file that is in the model already changes nothing."
)]
pub(crate) struct UpdateArgs {
    /// Tables with new results, patterns, or - for standard input
    #[arg(value_name = "NEW_RESULTS")]
    results: Vec<String>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    skip: SkipArgs,
    #[command(flatten)]
    change: ChangeArgs,
    /// Table with measured rows that replaces the held-out rows
    #[arg(long, value_name = "FILE", help_heading = "Evaluation")]
    eval: Option<String>,
    /// Write the updated model here and leave the old one unchanged
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

/// How the model is updated.
#[derive(Debug, Args)]
#[command(next_help_heading = "Update")]
struct ChangeArgs {
    /// Model file to update, replaced as a whole
    #[arg(short, long, value_name = "FILE")]
    model: PathBuf,
    /// How much each added tree counts, above 0 and at most 1 [default: as in training]
    #[arg(long, value_name = "R", value_parser = values::learning_rate)]
    learning_rate: Option<f64>,
    /// Re-fit all members on all rows instead of continuing them: slower, and new results are
    /// optional. With =auto, keep the better of the two, which is tried once there are a tenth
    /// more rows
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true,
        default_missing_value = "always", hide_possible_values = true)]
    refit: Option<RefitWhen>,
    /// Add files and measurements even if they are in the model already
    #[arg(long)]
    again: bool,
    /// Exclude rows without a target [default: an error, unless the model was trained so]
    #[arg(long)]
    drop_missing_target: bool,
    /// Time to note in the history of the model, in any format [default: none, so that files can be
    /// reproduced]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// When everything is fitted from scratch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RefitWhen {
    /// In any case
    #[value(alias = "true")]
    Always,
    /// Where the error is then smaller
    Auto,
    /// Only where members cannot be continued
    #[value(alias = "false")]
    Never,
}

impl RefitWhen {
    fn meant(self) -> Refit {
        match self {
            RefitWhen::Always => Refit::Always,
            RefitWhen::Auto => Refit::WhenBetter,
            RefitWhen::Never => Refit::WhenNeeded,
        }
    }
}

/// What is added to which model, how, and where it goes.
#[derive(Debug)]
struct CheckedUpdate {
    results: TableSource,
    skipped: Option<SkippedFile>,
    eval: Option<TableSource>,
    options: UpdateOptions,
    to: PathBuf,
}

impl UpdateArgs {
    fn check(&self) -> anyhow::Result<CheckedUpdate> {
        let change = &self.change;
        let refit = change.refit.map(RefitWhen::meant).unwrap_or_default();
        if self.results.is_empty() && refit == Refit::WhenNeeded && self.eval.is_none() {
            return usage(
                "there is nothing to update with; name tables with new results, or give --refit to re-fit on the rows in the model",
            );
        }
        Ok(CheckedUpdate {
            results: self.input.source(&self.results),
            skipped: {
                let model = change.model.display().to_string();
                let read = self.results.iter().chain(&self.eval).cloned();
                let read: Vec<String> = read.chain([model]).collect();
                self.skip.check(&read, self.output.as_deref())?
            },
            eval: self
                .eval
                .as_deref()
                .map(|path| self.input.reading.one(path)),
            options: UpdateOptions {
                learning_rate: change.learning_rate,
                refit,
                again: change.again,
                drop_missing_target: change.drop_missing_target,
                at: change.at.clone(),
            },
            to: match &self.output {
                None => change.model.clone(),
                Some(path) => {
                    let path = output::named(path, "a model")?;
                    check_not_read("-o", Some(&path), &self.results)?;
                    path
                }
            },
        })
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let CheckedUpdate {
            results,
            skipped,
            eval,
            options,
            to,
        } = self.check()?;
        let results = match &skipped {
            None => results,
            Some(file) => {
                let campaign = load(&self.change.model, &context.progress())?;
                file.without(
                    results,
                    campaign.encoder().schema.structure(),
                    &campaign.known_columns(),
                    context.log,
                )?
            }
        };
        let progress = context.progress();
        let updated = update_file(
            &self.change.model,
            &to,
            &results,
            eval.as_ref(),
            &options,
            &progress,
        )?;
        drop(progress);
        let log = context.log;
        notes(&updated, log);
        match self.format.resolve() {
            TextFormat::Json => output::text(&format!("{:#}\n", object(&updated)))?,
            TextFormat::Csv => output::text(&lines(&updated).csv())?,
            TextFormat::Table if updated.changed => {
                log.note(&format!("{}: {}", to.display(), done(&updated)));
                output::text(&table(&updated))?;
            }
            TextFormat::Table => {}
        }
        Ok(Outcome::Done)
    }
}

/// What may not be as the user thinks.
fn notes(updated: &Updated, log: Log) {
    for file in &updated.known_files {
        let rest = if updated.changed {
            "skipped"
        } else {
            "nothing changed"
        };
        log.note(&format!(
            "{file}: is in the model already; {rest} (give --again to add it anyway)"
        ));
    }
    log.warnings(&updated.warnings);
    if let Some(rows) = out_of_bag(updated).filter(|_| updated.changed) {
        log.note(&format!(
            "metrics are of {} that neither model had learned from when it predicted them: known rows out of bag, new rows before and after",
            counted(rows, "row")
        ));
    }
    if let Some(rows) = updated
        .prequential
        .as_ref()
        .and_then(|metrics| metrics.rows)
    {
        log.note(&format!(
            "new rows: what the model before predicted of {} it had not seen; rows chosen by a strategy are often harder to predict than others",
            counted(rows, "row")
        ));
    }
    if let Some(growth) = updated.growth {
        log.note(&format!(
            "before: the model as it was, grown by as many trees as were added; the trees alone {}",
            match 1000.0 * growth.abs() >= 0.5 {
                true => format!(
                    "made the error {:.1} % {}",
                    100.0 * growth.abs(),
                    if growth > 0.0 { "smaller" } else { "larger" }
                ),
                false => "left the error as it was".to_owned(),
            }
        ));
    }
    if updated.changed && updated.after.is_none() {
        log.note("there are too few rows that neither model had learned from to compare them; give --eval FILE to compare them on other rows");
    }
}

/// The rows that the metrics are measured on, if they were learned from.
fn out_of_bag(updated: &Updated) -> Option<usize> {
    let after = updated.after.as_ref().filter(|after| after.out_of_bag)?;
    after.rows
}

/// What the update did, in words.
fn done(updated: &Updated) -> String {
    let how = match (updated.refitted, updated.rows_added, updated.drift) {
        (true, ..) => "re-fitted",
        (false, 0, Some(_)) => "kept as it was",
        (false, ..) => "updated incrementally",
    };
    let failed = match updated.rows_failed {
        0 => String::new(),
        n => format!(", {} failed", counted(n, "row")),
    };
    let added = counted(updated.rows_added, "row");
    format!("{how}, {added} added{failed}")
}

/// The metrics that are known, before and after.
fn told(updated: &Updated) -> Vec<(&'static Metric, Option<f64>, Option<f64>)> {
    let both = TOLD.iter().map(|metric| {
        let of = |metrics: &Option<_>| metrics.as_ref().and_then(|metrics| metric.of(metrics));
        (*metric, of(&updated.before), of(&updated.after))
    });
    let foretold = |metric: &Metric| {
        let foretold = updated.prequential.as_ref();
        foretold.and_then(|foretold| metric.of(foretold))
    };
    both.filter(|(metric, before, after)| before.or(*after).or(foretold(metric)).is_some())
        .collect()
}

/// Each metric before and after, and its improvement: name and value.
fn values(updated: &Updated) -> Vec<(String, Option<f64>)> {
    let mut values = Vec::new();
    for (metric, before, after) in told(updated) {
        values.push((METRIC_BEFORE.named(metric.key), before));
        values.push((METRIC_AFTER.named(metric.key), after));
        if metric.improves() {
            values.push((metric.improvement_key(), metric.gain(&updated.improvement)));
        }
        if let Some(foretold) = &updated.prequential {
            values.push((METRIC_PREQUENTIAL.named(metric.key), metric.of(foretold)));
        }
    }
    values
}

fn lines(updated: &Updated) -> TextSheet {
    let mut sheet = TextSheet::new(&["metric", "value"]);
    sheet.push(["rows_added".to_owned(), updated.rows_added.to_string()]);
    sheet.push(["rows_skipped".to_owned(), updated.rows_skipped.to_string()]);
    sheet.push(["rows_known".to_owned(), updated.known_rows.to_string()]);
    sheet.push(["rows_failed".to_owned(), updated.rows_failed.to_string()]);
    if let Some(moved) = updated.moved.filter(|moved| moved.is_finite()) {
        sheet.push(["moved_percent".to_owned(), (100.0 * moved).to_string()]);
    }
    if let Some(growth) = updated.growth {
        sheet.push(["growth_percent".to_owned(), (100.0 * growth).to_string()]);
    }
    if let Some(drift) = updated.drift {
        sheet.push([
            "refit_improvement_percent".to_owned(),
            (100.0 * drift).to_string(),
        ]);
    }
    for (name, value) in values(updated) {
        sheet.push([
            name,
            value.map_or_else(String::new, |value| value.to_string()),
        ]);
    }
    sheet
}

fn table(updated: &Updated) -> String {
    let heads = ["metric", "before", "after", "improvement", "new rows"];
    let foretold = updated.prequential.as_ref();
    let shown = if foretold.is_some() { 5 } else { 4 };
    let mut sheet = TextSheet::new(&heads[..shown]).right(&[1, 2, 3, 4][..shown - 1]);
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), digits);
    for (metric, before, after) in told(updated) {
        let gain = match metric.gain(&updated.improvement) {
            // One that rounds to nothing has no sign.
            Some(gain) if gain.abs() < 0.05 => "0.0 %".to_owned(),
            Some(gain) => format!("{gain:+.1} %"),
            None => String::new(),
        };
        let mut cells = vec![metric.key.to_owned(), number(before), number(after), gain];
        cells.extend(foretold.map(|foretold| number(metric.of(foretold))));
        sheet.rows.push(cells);
    }
    if sheet.rows.is_empty() {
        String::new()
    } else {
        sheet.pretty()
    }
}

fn object(updated: &Updated) -> Value {
    let mut object = Map::new();
    for (name, value) in [
        ("changed", json!(updated.changed)),
        ("refitted", json!(updated.refitted)),
        ("rows_added", json!(updated.rows_added)),
        ("rows_skipped", json!(updated.rows_skipped)),
        ("rows_known", json!(updated.known_rows)),
        ("rows_failed", json!(updated.rows_failed)),
        (
            "moved_percent",
            json!(updated.moved.map(|moved| 100.0 * moved)),
        ),
        (
            "growth_percent",
            json!(updated.growth.map(|growth| 100.0 * growth)),
        ),
        (
            "refit_improvement_percent",
            json!(updated.drift.map(|drift| 100.0 * drift)),
        ),
        ("known_files", json!(updated.known_files)),
    ] {
        object.insert(name.to_owned(), value);
    }
    if let Some(rows) = out_of_bag(updated) {
        object.insert("out_of_bag_rows".to_owned(), json!(rows));
    }
    if let Some(rows) = updated
        .prequential
        .as_ref()
        .and_then(|metrics| metrics.rows)
    {
        object.insert("prequential_rows".to_owned(), json!(rows));
    }
    // The shape of metrics in all commands; by name and moment they follow, as in CSV.
    for (name, metrics) in [
        ("before", json!(updated.before)),
        ("after", json!(updated.after)),
        ("improvement", json!(updated.improvement)),
        ("prequential", json!(updated.prequential)),
    ] {
        object.insert(name.to_owned(), metrics);
    }
    object.extend(
        values(updated)
            .into_iter()
            .map(|(name, value)| (name, json!(value))),
    );
    Value::Object(object)
}
