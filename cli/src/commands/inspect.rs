//! `altool inspect`: what is in a model file.

use std::path::PathBuf;

use al_core::phrases::listed;
use al_core::{Belief as _, Kind, Tabular as _};
use al_pipeline::{Campaign, Task, report_of};
use al_words::numbers::digits;
use clap::Args;
use serde_json::{Value, json};

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

/// Levels of a category shown in a table.
const LEVELS: usize = 8;

impl InspectArgs {
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let progress = context.progress();
        let campaign = load(&self.model, &progress)?;
        let head = report_of(&campaign).head;
        drop(progress);
        let facts = facts(&campaign, &head);
        let features = features(&campaign, &head);
        output::text(&match self.format.resolve() {
            TextFormat::Csv => facts.csv(),
            TextFormat::Json => format!("{:#}\n", object(&campaign, &facts, &head)),
            TextFormat::Table => {
                let facts = TextSheet {
                    headers: vec![String::new(); 2],
                    ..facts
                };
                let mut text = format!("{}\n{}", facts.pretty(), features.pretty());
                let files = files(&campaign);
                if !files.rows.is_empty() {
                    text.push_str(&format!("\n{}", files.pretty()));
                }
                text
            }
        })?;
        Ok(Outcome::Done)
    }
}

fn facts(campaign: &Campaign, head: &al_pipeline::report::Head) -> TextSheet {
    let options = campaign.options();
    let recipe = &options.recipe;
    let mut sheet = TextSheet::new(&["name", "value"]);
    let mut line = |name: &str, value: String| sheet.push([name.to_owned(), value]);
    line("format", campaign.format().to_string());
    line("target", options.target.clone());
    line("task", word(&json!(campaign.task())));
    if campaign.task() == Task::Classification {
        line("classes", campaign.classes().join(", "));
    } else {
        line("log_target", options.log_target.to_string());
    }
    if let Some(direction) = options.direction {
        line("direction", word(&json!(direction)));
    }
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
        if let Some(column) = column {
            line(name, column.clone());
        }
    }
    if let Some((column, value)) = &options.eval_after {
        line("eval_after", format!("{column} = {value}"));
    }
    if let Some((column, ok)) = &options.status {
        line("status", format!("{column} = {ok}"));
    }
    line("learner", recipe.learner.clone());
    if let Some(weights) = campaign.fitted().stack().weights() {
        line("learner_weights", weights);
    }
    line("members", recipe.members.to_string());
    line("trees", campaign.fitted().n_trees().to_string());
    // As they were fitted: a stack suits its trees to the rows.
    let trees = campaign.fitted().grown_options();
    if campaign.fitted().n_trees() > 0 {
        line("depth", trees.depth.to_string());
        line("learning_rate", trees.learning_rate.to_string());
    }
    if recipe.searched {
        line("effort", "high".to_owned());
    }
    if campaign.task() == Task::Regression {
        let (low, high) = recipe.quantiles;
        line("quantiles", format!("{low}, {high}"));
        line("coverage", recipe.coverage.to_string());
        line(
            "interval",
            campaign.fitted().interval_method().0.to_string(),
        );
    }
    line("seed", options.seed.0.to_string());
    line("training_rows", head.rows.training.to_string());
    line("calibration_rows", head.rows.calibration.to_string());
    line("evaluation_rows", head.rows.evaluation.to_string());
    line("failed_rows", head.rows.failed.to_string());
    line("rounds", campaign.rounds().len().to_string());
    line("files", campaign.ingested().len().to_string());
    sheet
}

/// The name that a value has in the model file.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn features(campaign: &Campaign, head: &al_pipeline::report::Head) -> TextSheet {
    let mut sheet = TextSheet::new(&["feature", "kind", "importance", "levels"]).right(&[2]);
    for (at, feature) in campaign.encoder().schema.features.iter().enumerate() {
        let (kind, levels) = match &feature.kind {
            Kind::Numeric => ("numeric", String::new()),
            Kind::Categorical { levels } => ("categorical", listed(levels, LEVELS)),
        };
        let importance = head
            .features
            .get(at)
            .and_then(|note| note.importance)
            .map_or_else(String::new, |share| {
                format!("{} %", digits((1000.0 * share).round() / 10.0))
            });
        sheet.push([feature.name.clone(), kind.to_owned(), importance, levels]);
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

fn object(campaign: &Campaign, facts: &TextSheet, head: &al_pipeline::report::Head) -> Value {
    let features: Vec<Value> = campaign
        .encoder()
        .schema
        .features
        .iter()
        .enumerate()
        .map(|(at, feature)| {
            let importance = head.features.get(at).and_then(|note| note.importance);
            let (kind, levels) = match &feature.kind {
                Kind::Numeric => ("numeric", None),
                Kind::Categorical { levels } => ("categorical", Some(levels)),
            };
            let mut object = json!({ "name": feature.name, "kind": kind });
            if let Some(levels) = levels {
                object["levels"] = json!(levels);
            }
            if let Some(importance) = importance {
                object["importance"] = json!(importance);
            }
            object
        })
        .collect();
    let mut summary = crate::sheet::values(facts);
    if campaign.fitted().stack().weights().is_some() {
        summary["learner_weights"] = super::train::weights(campaign);
    }
    if campaign.task() == Task::Regression {
        summary["quantiles"] = json!(campaign.options().recipe.quantiles);
    }
    json!({
        "summary": summary,
        "options": campaign.options(),
        "features": features,
        "rounds": campaign.rounds(),
        "ingested": campaign.ingested(),
    })
}
