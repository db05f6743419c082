//! `altool strategies`: the ways of choosing a batch.

use al_pipeline::{
    DEFAULT_FOR_BEST, DEFAULT_FOR_FRONT, DEFAULT_STRATEGY, DEFAULT_WITHOUT_MODEL, STRATEGIES,
    STRATEGY_SYMBOLS, StrategyEntry,
};
use clap::Args;
use serde_json::{Value, json};

use super::registry_entry::{ShownEntry, ShownOption};
use crate::args::files::{SummaryArgs, TextFormat};
use crate::args::names::StrategyName;
use crate::exit::Outcome;
use crate::sheet::TextSheet;
use crate::{help, output};

const EXAMPLES: &str = "\
altool strategies
altool strategies lcmd
altool strategies --format json | jq .[].name";

/// List the strategies that choose a batch, or explain one
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
select --strategy NAME chooses by one of them, --option NAME=VALUE sets its options, and simulate
compares them on a measured table. Which one to use when is in docs/CHOOSING.md."
)]
pub(crate) struct StrategiesArgs {
    /// Explain this strategy: what it prefers, its formula, computing time, source and options
    #[arg(value_name = "NAME", value_enum, hide_possible_values = true)]
    name: Option<StrategyName>,
    #[command(flatten)]
    format: SummaryArgs,
}

impl StrategiesArgs {
    pub(crate) fn run(&self) -> anyhow::Result<Outcome> {
        let format = self.format.resolve();
        output::text(&match (self.name, format) {
            (Some(StrategyName(entry)), format) => {
                let footer = format!("In formulas: {STRATEGY_SYMBOLS}.");
                shown(entry).show(format, &footer)
            }
            (None, TextFormat::Table) => sheet().pretty(),
            (None, TextFormat::Csv) => sheet().csv(),
            (None, TextFormat::Json) => {
                let all: Value = STRATEGIES.iter().map(|entry| shown(entry).json()).collect();
                format!("{all:#}\n")
            }
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
        DEFAULT_FOR_BEST => "to find the best row",
        DEFAULT_FOR_FRONT => "to find the best trade-offs",
        DEFAULT_WITHOUT_MODEL => "without a model",
        _ => "",
    }
}

/// How batches of different sizes are related.
fn batches(anytime: bool) -> &'static str {
    if anytime {
        "a larger batch begins with the smaller one"
    } else {
        "a larger batch is chosen from the start"
    }
}

fn shown(entry: &StrategyEntry) -> ShownEntry {
    let doc = entry.doc;
    ShownEntry {
        name: entry.name,
        summary: entry.summary,
        text: doc.prefers,
        facts: vec![
            ("score", "score", json!(doc.score)),
            ("details", "details", json!(doc.details)),
            ("cost", "computing time", json!(doc.cost)),
            ("reference", "reference", json!(doc.reference)),
            ("use_when", "use it", json!(doc.use_when)),
            ("not_when", "do not use it", json!(doc.not_when)),
            ("regression", "for numbers", json!(entry.regression)),
            ("classification", "for classes", json!(entry.classification)),
            ("several", "for several targets", json!(entry.several)),
            ("needs_model", "needs a model", json!(entry.needs_model)),
            (
                "needs_direction",
                "needs to know which targets are better",
                json!(entry.needs_direction),
            ),
            ("batches", "batches", json!(batches(entry.anytime))),
            ("default", "default", json!(default_for(entry.name))),
        ],
        options: entry
            .options
            .iter()
            .map(|option| ShownOption {
                name: option.name.to_owned(),
                range: option.range.to_string(),
                default: json!(option.default),
                summary: option.summary,
            })
            .collect(),
    }
}

fn sheet() -> TextSheet {
    let mut sheet = TextSheet::new(&["strategy", "chooses", "needs a model", "default"]);
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

/// The reference page.
pub(super) fn page() -> String {
    let mut page = format!(
        "# Strategies\n\n<!-- Written by the program: just references -->\n\n\
         How `altool select` chooses rows: `--strategy NAME`, with its options by `--option NAME=VALUE`. \
         `altool strategies NAME` shows one of these sections. Which one to take, and why, is in \
         [CHOOSING.md](CHOOSING.md).\n\n\
         In formulas: {STRATEGY_SYMBOLS}.\n",
    );
    for entry in STRATEGIES {
        page.push_str(&shown(entry).section());
    }
    page
}
