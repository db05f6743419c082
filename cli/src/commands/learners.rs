//! `altool learners`: what can learn.

use al_pipeline::{LEARNERS, LearnerOptions, Recipe};
use clap::Args;
use serde_json::{Value, json};

use super::strategies::yes;
use crate::args::{SummaryFormat, TextFormat};
use crate::exit::Outcome;
use crate::output;
use crate::sheet::Sheet;

/// List what can learn (train --learner)
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool learners
  altool learners --format json")]
pub(crate) struct Learners {
    #[command(flatten)]
    format: SummaryFormat,
}

impl Learners {
    pub(crate) fn run(&self) -> anyhow::Result<Outcome> {
        output::text(&match self.format.resolve() {
            TextFormat::Table => sheet().pretty(),
            TextFormat::Csv => sheet().csv(),
            TextFormat::Json => format!("{:#}\n", list()),
        })?;
        Ok(Outcome::Done)
    }
}

fn is_default(name: &str) -> bool {
    Recipe::default().learner == name
}

fn sheet() -> Sheet {
    let mut sheet = Sheet::new(&["learner", "what it is", "numbers", "classes", "default"]);
    for entry in LEARNERS {
        sheet.push([
            entry.name.to_owned(),
            entry.summary.to_owned(),
            yes(entry.regression),
            yes(entry.classification),
            if is_default(entry.name) { "yes" } else { "" }.to_owned(),
        ]);
    }
    sheet
}

fn list() -> Value {
    LEARNERS
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "summary": entry.summary,
                "regression": entry.regression,
                "classification": entry.classification,
                "default": is_default(entry.name),
            })
        })
        .collect()
}

/// The reference page.
pub(super) fn page() -> String {
    let options = LearnerOptions::default();
    let mut page = format!(
        "# Learners\n\n<!-- Written by the program: just references -->\n\n\
         What `altool train` learns with: `--learner NAME`. Learners of trees read `--trees` (default {}), `--depth` (default {}) \
         and, where they boost, `--learning-rate` (default {}); all make an ensemble of `--members` (default {}). \
         Which one to take, and why, is in [CHOOSING.md](CHOOSING.md).\n",
        options.trees,
        options.depth,
        options.learning_rate,
        Recipe::default().members
    );
    for entry in LEARNERS {
        page.push_str(&format!("\n## {}\n\n", entry.name));
        page.push_str(&super::reference::sentence(entry.summary));
        page.push_str("\n\n");
        page.push_str(&format!(
            "- for {}\n",
            super::reference::tasks(entry.regression, entry.classification)
        ));
        if is_default(entry.name) {
            page.push_str("- the default\n");
        }
    }
    page
}
