//! `altool strategies`: the ways of choosing a batch.

use al_pipeline::{DEFAULT_STRATEGY, DEFAULT_WITHOUT_MODEL, STRATEGIES};
use clap::Args;
use serde_json::{Value, json};

use crate::args::{SummaryFormat, TextFormat};
use crate::exit::Outcome;
use crate::output;
use crate::sheet::Sheet;

/// List the ways of choosing a batch (select --strategy)
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool strategies
  altool strategies --format json")]
pub(crate) struct Strategies {
    #[command(flatten)]
    format: SummaryFormat,
}

impl Strategies {
    pub(crate) fn run(&self) -> anyhow::Result<Outcome> {
        output::text(&match self.format.resolve() {
            TextFormat::Table => sheet().pretty(),
            TextFormat::Csv => sheet().csv(),
            TextFormat::Json => format!("{:#}\n", list()),
        })?;
        Ok(Outcome::Done)
    }
}

pub(super) fn yes(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

/// When the strategy is taken without being named.
fn default_for(name: &str) -> &'static str {
    match name {
        DEFAULT_STRATEGY => "with a model",
        DEFAULT_WITHOUT_MODEL => "without a model",
        _ => "",
    }
}

fn sheet() -> Sheet {
    let mut sheet = Sheet::new(&["strategy", "chooses", "needs a model", "default"]);
    for entry in STRATEGIES {
        sheet.push([
            entry.name.to_owned(),
            entry.summary.to_owned(),
            yes(entry.needs_model),
            default_for(entry.name).to_owned(),
        ]);
    }
    sheet
}

fn list() -> Value {
    STRATEGIES
        .iter()
        .map(|entry| {
            let options: Vec<Value> = entry
                .options
                .iter()
                .map(|option| {
                    json!({
                        "name": option.name,
                        "default": option.default,
                        "summary": option.summary,
                    })
                })
                .collect();
            json!({
                "name": entry.name,
                "summary": entry.summary,
                "needs_model": entry.needs_model,
                "regression": entry.regression,
                "classification": entry.classification,
                "default": default_for(entry.name),
                "options": options,
            })
        })
        .collect()
}

/// The reference page.
pub(super) fn page() -> String {
    let mut page = String::from(
        "# Strategies\n\n<!-- Written by the program: just references -->\n\n\
         How `altool select` chooses rows: `--strategy NAME`. Which one to take, and why, is in [CHOOSING.md](CHOOSING.md).\n",
    );
    for entry in STRATEGIES {
        page.push_str(&format!("\n## {}\n\n", entry.name));
        page.push_str(&super::reference::sentence(entry.summary));
        page.push_str("\n\n");
        page.push_str(&format!("- needs a model: {}\n", yes(entry.needs_model)));
        page.push_str(&format!(
            "- for {}\n",
            super::reference::tasks(entry.regression, entry.classification)
        ));
        if !default_for(entry.name).is_empty() {
            page.push_str(&format!("- the default {}\n", default_for(entry.name)));
        }
        for option in entry.options {
            page.push_str(&format!(
                "- option `{}` (default {}): {}\n",
                option.name, option.default, option.summary
            ));
        }
    }
    page
}
