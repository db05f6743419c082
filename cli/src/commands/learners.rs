//! `altool learners`: the learning algorithms.

use al_pipeline::{LEARNER_SYMBOLS, LEARNERS, LearnerEntry, LearnerOptions, Recipe};
use clap::Args;
use serde_json::{Value, json};

use super::registry_entry::{ShownEntry, ShownOption};
use super::strategies::yes;
use crate::args::files::{SummaryArgs, TextFormat};
use crate::args::names::LearnerName;
use crate::exit::Outcome;
use crate::sheet::TextSheet;
use crate::{help, output};

const EXAMPLES: &str = "\
altool learners
altool learners boosted
altool learners --format json | jq .[].name";

/// List the learning algorithms, or explain one
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
train --learner NAME learns with one of them. Which one to use when is in docs/CHOOSING.md."
)]
pub(crate) struct LearnersArgs {
    /// Explain this learning algorithm: what it fits, its computing time, source and options
    #[arg(value_name = "NAME", value_enum, hide_possible_values = true)]
    name: Option<LearnerName>,
    #[command(flatten)]
    format: SummaryArgs,
}

impl LearnersArgs {
    pub(crate) fn run(&self) -> anyhow::Result<Outcome> {
        let format = self.format.resolve();
        output::text(&match (self.name, format) {
            (Some(LearnerName(entry)), format) => {
                let footer = format!("In formulas: {LEARNER_SYMBOLS}.");
                shown(entry).show(format, &footer)
            }
            (None, TextFormat::Table) => sheet().pretty(),
            (None, TextFormat::Csv) => sheet().csv(),
            (None, TextFormat::Json) => {
                let all: Value = LEARNERS.iter().map(|entry| shown(entry).json()).collect();
                format!("{all:#}\n")
            }
        })?;
        Ok(Outcome::Done)
    }
}

fn is_default(name: &str) -> bool {
    Recipe::default().learner == name
}

fn shown(entry: &LearnerEntry) -> ShownEntry {
    let doc = entry.doc;
    ShownEntry {
        name: entry.name,
        summary: entry.summary,
        text: doc.method,
        facts: vec![
            ("cost", "computing time", json!(doc.cost)),
            ("reference", "reference", json!(doc.reference)),
            ("use_when", "use it", json!(doc.use_when)),
            ("not_when", "do not use it", json!(doc.not_when)),
            ("regression", "for numbers", json!(entry.regression)),
            ("classification", "for classes", json!(entry.classification)),
            ("default", "default", json!(is_default(entry.name))),
        ],
        options: entry
            .reads
            .iter()
            .map(|option| ShownOption {
                name: format!("--{}", option.name.replace('_', "-")),
                range: option.to_string(),
                default: number(option.of(&LearnerOptions::default())),
                summary: option.summary,
            })
            .collect(),
    }
}

/// A number without the decimals that a whole one does not have.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

fn sheet() -> TextSheet {
    let mut sheet = TextSheet::new(&["learner", "what it is", "numbers", "classes", "default"]);
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

/// The reference page.
pub(super) fn page() -> String {
    let mut page = format!(
        "# Learners\n\n<!-- Written by the program: just references -->\n\n\
         What `altool train` learns with: `--learner NAME`. All make an ensemble of `--members` (default {}). \
         `altool learners NAME` shows one of these sections. Which one to take, and why, is in \
         [CHOOSING.md](CHOOSING.md).\n\n\
         In formulas: {LEARNER_SYMBOLS}.\n",
        Recipe::default().members
    );
    for entry in LEARNERS {
        page.push_str(&shown(entry).section());
    }
    page
}
