//! `altool inspect`: what is in a model file.

use std::path::PathBuf;

use al_core::{Belief as _, Kind, StructureOptions, Tabular as _};
use al_pipeline::report::{FeatureNote, Round, improvement};
use al_pipeline::{Campaign, Task, report_of};
use al_words::metrics::TOLD;
use al_words::numbers::digits;
use clap::Args;
use serde_json::{Value, json};

use super::facts::{FactList, LONGEST, learner_weights, leaves, plain};
use super::{CommandContext, load};
use crate::args::files::{SummaryArgs, TextFormat};
use crate::exit::Outcome;
use crate::sheet::TextSheet;
use crate::{help, output};

const EXAMPLES: &str = "\
altool inspect m.altool
altool inspect m.altool --format csv
altool inspect m.altool --format json | jq .features";

/// Show what a model file holds: options, features, rows, rounds
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
--format csv has a line for each value of the JSON, with its place in it: features.gpu.kind.

A model file is a zip archive: unzip -l model.altool lists its parts, and manifest.json and
rows.parquet open with ordinary tools."
)]
pub(crate) struct InspectArgs {
    /// Model file
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    format: SummaryArgs,
}

impl InspectArgs {
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let progress = context.progress();
        let campaign = load(&self.model, &progress)?;
        let head = report_of(&campaign).head;
        drop(progress);
        let facts = facts(&campaign, &head);
        output::text(&match self.format.resolve() {
            TextFormat::Csv => lines(&campaign, facts, &head.features).csv(),
            TextFormat::Json => format!("{:#}\n", object(&campaign, facts, &head.features)),
            TextFormat::Table => tables(&campaign, &facts, &head.features),
        })?;
        Ok(Outcome::Done)
    }
}

fn facts(campaign: &Campaign, head: &al_pipeline::report::Head) -> FactList {
    let options = campaign.options();
    let mut facts = FactList::default();
    facts.add("format", campaign.format());
    facts.add("target", options.target.clone());
    facts.add("task", json!(campaign.task()));
    if campaign.task() == Task::Classification {
        facts.add("classes", campaign.classes());
    } else {
        facts.add("log_target", options.log_target);
    }
    facts.add_known("direction", options.direction.map(|way| json!(way)));
    for (name, column) in [
        ("unit", &options.unit),
        ("id", &options.id),
        ("noise", &options.noise),
        ("weights", &options.weights),
        ("cost", &options.cost),
        ("hardware", &options.hardware),
        ("group", &options.group),
        ("holdout_by", &options.holdout_by),
    ] {
        facts.add_known(name, column.clone());
    }
    if let Some((column, value)) = &options.eval_after {
        facts.add("eval_after", format!("{column} = {value}"));
    }
    if let Some((column, ok)) = &options.status {
        facts.add("status", format!("{column} = {ok}"));
    }
    fitted_facts(campaign, &mut facts);
    facts.add("seed", options.seed.0);
    facts.add("training_rows", head.rows.training);
    facts.add("calibration_rows", head.rows.calibration);
    facts.add("evaluation_rows", head.rows.evaluation);
    facts.add("failed_rows", head.rows.failed);
    facts.add("rounds", campaign.rounds().len());
    facts.add("files", campaign.ingested().len());
    facts
}

/// What was fitted, and how.
fn fitted_facts(campaign: &Campaign, facts: &mut FactList) {
    let (recipe, fitted) = (&campaign.options().recipe, campaign.fitted());
    facts.add("learner", recipe.learner.clone());
    if let Some(weights) = fitted.stack().weights() {
        facts.add_told("learner_weights", weights, learner_weights(campaign));
    }
    facts.add("members", recipe.members);
    facts.add("trees", fitted.n_trees());
    // As they were fitted: a stack suits its trees to the rows.
    let trees = fitted.grown_options();
    if fitted.n_trees() > 0 {
        facts.add("depth", trees.depth);
        facts.add("learning_rate", trees.learning_rate);
    }
    if recipe.searched {
        facts.add("effort", "high");
    }
    if campaign.task() == Task::Regression {
        facts.add("quantiles", json!(recipe.quantiles));
        facts.add("coverage", recipe.coverage);
        facts.add("interval", fitted.interval_method().0);
    }
}

fn kind(kind: &Kind) -> (&'static str, &[String]) {
    match kind {
        Kind::Numeric => ("numeric", &[]),
        Kind::Structure(_) => ("molecule", &[]),
        Kind::Categorical { levels } => ("categorical", levels),
    }
}

/// How molecules are read, in words.
fn fingerprint(options: StructureOptions) -> String {
    let mut said = format!(
        "Morgan counts of radius {}, {}",
        options.radius, options.bits
    );
    if options.chirality {
        said += ", with chirality";
    }
    if options.standardised {
        said += "; largest fragment, neutralised";
    }
    said
}

/// For the eye: facts, options, features with all their levels, rounds, files.
fn tables(campaign: &Campaign, facts: &FactList, notes: &[FeatureNote]) -> String {
    let mut text = facts.sheet().without_head().pretty();
    for sheet in [
        options(campaign),
        features(campaign, notes),
        rounds(campaign.rounds()),
        files(campaign),
    ] {
        if !sheet.rows.is_empty() {
            text.push_str(&format!("\n{}", sheet.pretty()));
        }
    }
    text
}

/// The options of the training that were given or have a value of their own.
fn options(campaign: &Campaign) -> TextSheet {
    let mut sheet = TextSheet::new(&["option", "value"]);
    for (name, value) in leaves(&json!(campaign.options())) {
        if !value.is_null() {
            sheet.push([name, plain(value)]);
        }
    }
    sheet
}

fn features(campaign: &Campaign, notes: &[FeatureNote]) -> TextSheet {
    let mut sheet = TextSheet::new(&["feature", "kind", "importance", "levels"]).right(&[2]);
    for (at, feature) in campaign.encoder().schema.features.iter().enumerate() {
        let (kind, levels) = kind(&feature.kind);
        let importance = notes.get(at).and_then(|note| note.importance);
        let importance = importance.map_or_else(String::new, |share| {
            format!("{} %", digits((1000.0 * share).round() / 10.0))
        });
        let levels = match &feature.kind {
            Kind::Structure(kind) => fingerprint(kind.options()),
            _ => levels.join(", "),
        };
        sheet.push([feature.name.clone(), kind.to_owned(), importance, levels]);
    }
    sheet
}

/// A line per round and moment: the metrics before it, after it, and of what it
/// added.
fn rounds(rounds: &[Round]) -> TextSheet {
    let mut sheet = TextSheet::new(&["round", "kind", "rows added", "metric", "before", "after"])
        .right(&[0, 2, 4, 5]);
    for round in rounds {
        let kind = plain(&json!(round.kind));
        let mut start = [round.index.to_string(), kind, round.rows_added.to_string()];
        for metric in TOLD {
            let of = |metrics: &Option<_>| metrics.as_ref().and_then(|metrics| metric.of(metrics));
            let (before, after) = (of(&round.before), of(&round.after));
            if before.or(after).is_some() {
                let number = |value: Option<f64>| value.map_or_else(String::new, digits);
                let [index, kind, added] = std::mem::take(&mut start);
                let name = metric.key.to_owned();
                sheet.push([index, kind, added, name, number(before), number(after)]);
            }
        }
        if !start[0].is_empty() {
            let [index, kind, added] = start;
            sheet.push([
                index,
                kind,
                added,
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
    }
    sheet
}

fn files(campaign: &Campaign) -> TextSheet {
    let mut sheet = TextSheet::new(&["round", "results file (BLAKE3)"]).right(&[0]);
    for file in campaign.ingested() {
        sheet.push([file.round.to_string(), file.digest.clone()]);
    }
    sheet
}

/// The JSON as lines; of what it summarises the names alone.
fn lines(campaign: &Campaign, facts: FactList, notes: &[FeatureNote]) -> TextSheet {
    let mut sheet = facts.cut(LONGEST);
    let mut object = object(campaign, facts, notes);
    if let Some(parts) = object.as_object_mut() {
        parts.remove("summary");
    }
    for (name, value) in leaves(&object) {
        if !value.is_null() {
            sheet.push([name, plain(value)]);
        }
    }
    sheet
}

fn object(campaign: &Campaign, facts: FactList, notes: &[FeatureNote]) -> Value {
    let features = campaign.encoder().schema.features.iter().enumerate();
    let features = features.map(|(at, feature)| {
        let (kind, levels) = kind(&feature.kind);
        let mut object = json!({ "name": feature.name, "kind": kind });
        match &feature.kind {
            Kind::Numeric => {}
            Kind::Categorical { .. } => object["levels"] = json!(levels),
            Kind::Structure(kind) => {
                let options = kind.options();
                object["fingerprint"] = json!({
                    "radius": options.radius,
                    "bits": options.bits,
                    "chirality": options.chirality,
                    "standardised": options.standardised,
                });
            }
        }
        if let Some(importance) = notes.get(at).and_then(|note| note.importance) {
            object["importance"] = json!(importance);
        }
        object
    });
    let rounds = campaign.rounds().iter().map(|round| {
        let mut object = json!(round);
        let both = round.before.as_ref().zip(round.after.as_ref());
        object["improvement"] = json!(both.map(|(before, after)| improvement(before, after)));
        object
    });
    json!({
        "summary": facts.object(),
        "options": campaign.options(),
        "features": features.collect::<Vec<Value>>(),
        "rounds": rounds.collect::<Vec<Value>>(),
        "ingested": campaign.ingested(),
    })
}
