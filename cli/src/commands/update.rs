//! `altool update`: new results into a model.

use std::path::PathBuf;

use al_pipeline::{UpdateOptions, Updated, counted, update_file};
use al_words::columns::{METRIC_AFTER, METRIC_BEFORE};
use al_words::metrics::{Metric, TOLD};
use al_words::numbers::digits;
use clap::Args;
use serde_json::{Map, Value, json};

use super::{Context, one, source};
use crate::args::{Filter, SummaryFormat, TextFormat};
use crate::exit::{Outcome, usage};
use crate::options;
use crate::output;
use crate::sheet::Sheet;

/// Take new results into a model, and say what that gained
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool update new.csv --model model.altool
  altool update new.csv --model model.altool --at \"$(date -I)\" --format json
  altool update --refit --model model.altool -o refitted.altool

Metrics before and after are measured on the same rows, which the model never learns from. An
improvement is in percent, positive is better: of rmse (before − after) / before, of r2 (after −
before) / (1 − before). A file that the model has taken in before changes nothing.")]
pub(crate) struct Update {
    /// Tables with new results, patterns, or - for standard input
    #[arg(value_name = "NEW_RESULTS")]
    results: Vec<String>,
    /// Model file to update, replaced as a whole
    #[arg(short, long, value_name = "FILE")]
    model: PathBuf,
    /// Write the updated model here and leave the old one
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Table with measured rows that replaces the rows the model is evaluated on
    #[arg(long, value_name = "FILE")]
    eval: Option<String>,
    /// How much each added tree counts, above 0 and at most 1 [default: as in training]
    #[arg(long, value_name = "R", value_parser = options::learning_rate)]
    learning_rate: Option<f64>,
    /// Learn everything anew instead of continuing: slower, and no results need be given
    #[arg(long)]
    refit: bool,
    /// Take files in even if the model has taken them in before
    #[arg(long)]
    again: bool,
    /// Time to note in the model's history, in any words
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    pub(crate) format: SummaryFormat,
}

impl Update {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        if self.results.is_empty() && !self.refit && self.eval.is_none() {
            return usage("name the new results, or give --refit to learn the old ones anew");
        }
        let to = match &self.output {
            None => self.model.clone(),
            Some(path) => output::named(path, "a model")?,
        };
        let options = UpdateOptions {
            learning_rate: self.learning_rate,
            refit: self.refit,
            again: self.again,
            at: self.at.clone(),
        };
        let progress = context.progress();
        let updated = update_file(
            &self.model,
            &to,
            &source(&self.results, self.filter.filter.as_ref()),
            self.eval.as_deref().map(one).as_ref(),
            &options,
            &progress,
        )?;
        drop(progress);
        let log = context.log;
        for file in &updated.known_files {
            let rest = if updated.changed {
                "left out"
            } else {
                "nothing changed"
            };
            log.note(&format!(
                "{file}: is in the model already; {rest} (give --again to take it in anyway)"
            ));
        }
        log.warnings(&updated.warnings);
        if updated.changed && updated.after.is_none() {
            log.warning(
                "there are no rows to evaluate on, so there are no metrics; give --eval FILE",
            );
        }
        match self.format.resolve() {
            TextFormat::Json => output::text(&format!("{:#}\n", object(&updated)))?,
            TextFormat::Csv if updated.changed => output::text(&lines(&updated).csv())?,
            TextFormat::Table if updated.changed => {
                let done = if updated.refitted {
                    "learned anew"
                } else {
                    "continued"
                };
                let failed = match updated.rows_failed {
                    0 => String::new(),
                    n => format!(", {} failed", counted(n, "row")),
                };
                log.note(&format!(
                    "{}: {done}, {} added{failed}",
                    to.display(),
                    counted(updated.rows_added, "row")
                ));
                output::text(&table(&updated))?;
            }
            TextFormat::Csv | TextFormat::Table => {}
        }
        Ok(Outcome::Done)
    }
}

/// The metrics that are known, before and after.
fn told(updated: &Updated) -> Vec<(&'static Metric, Option<f64>, Option<f64>)> {
    let both = TOLD.iter().map(|metric| {
        let of = |metrics: &Option<_>| metrics.as_ref().and_then(|metrics| metric.of(metrics));
        (*metric, of(&updated.before), of(&updated.after))
    });
    both.filter(|(_, before, after)| before.or(*after).is_some())
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
    }
    values
}

fn lines(updated: &Updated) -> Sheet {
    let mut sheet = Sheet::new(&["metric", "value"]);
    sheet.push(["rows_added".to_owned(), updated.rows_added.to_string()]);
    sheet.push(["rows_skipped".to_owned(), updated.rows_skipped.to_string()]);
    sheet.push(["rows_failed".to_owned(), updated.rows_failed.to_string()]);
    if let Some(moved) = updated.moved {
        sheet.push(["moved_percent".to_owned(), (100.0 * moved).to_string()]);
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
    let mut sheet = Sheet::new(&["metric", "before", "after", "improvement"]).right(&[1, 2, 3]);
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), digits);
    for (metric, before, after) in told(updated) {
        let gain = match metric.gain(&updated.improvement) {
            Some(gain) => format!("{gain:+.1} %"),
            None => String::new(),
        };
        sheet.push([metric.key.to_owned(), number(before), number(after), gain]);
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
        ("rows_failed", json!(updated.rows_failed)),
        (
            "moved_percent",
            json!(updated.moved.map(|moved| 100.0 * moved)),
        ),
        ("known_files", json!(updated.known_files)),
    ] {
        object.insert(name.to_owned(), value);
    }
    object.extend(
        values(updated)
            .into_iter()
            .map(|(name, value)| (name, json!(value))),
    );
    Value::Object(object)
}
