//! `altool report`: how good a model is and how it became so.

use al_pipeline::report_of;
use std::path::PathBuf;

use al_pipeline::report::{Report as Contents, headline, rows, to_csv, to_html, to_json};
use clap::Args;

use super::{CommandContext, load};
use crate::args::files::{SummaryArgs, TextFormat, check_not_read, names};
use crate::exit::Outcome;
use crate::prose::{self, page_width};
use crate::sheet::TextSheet;
use crate::{help, output};

const EXAMPLES: &str = "\
altool report m.altool
altool report m.altool --html report.html
altool report m.altool --format json | jq .summary";

/// Show the accuracy of a model and what each round improved
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
The page is one file that loads nothing: learning curve, predicted against measured values,
calibration, where the model is least certain, and what the batches cost."
)]
pub(crate) struct ReportArgs {
    /// Model file
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Write the report as one web page, and nothing to standard output unless --format is given
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
}

impl ReportArgs {
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let page = match &self.html {
            None => None,
            Some(path) => {
                check_not_read("--html", Some(path), &names([&self.model]))?;
                output::check_page(path)?;
                Some(output::named(path, "the page")?)
            }
        };
        let progress = context.progress();
        let campaign = load(&self.model, &progress)?;
        let report = report_of(&campaign);
        if let Some(path) = &page {
            output::write_file(path, &to_html(&report).map_err(al_pipeline::Fault::from)?)?;
        }
        drop(progress);
        if let Some(path) = &page {
            context
                .log
                .note(&format!("{}: {}", path.display(), headline(&report)));
        }
        if page.is_none() || self.format.format.is_some() {
            output::text(&match self.format.resolve() {
                TextFormat::Table => tables(&report),
                TextFormat::Csv => to_csv(&report),
                TextFormat::Json => to_json(&report).map_err(al_pipeline::Fault::from)?,
            })?;
        }
        Ok(Outcome::Done)
    }
}

fn tables(report: &Contents) -> String {
    let prose = |sentence: &str| prose::wrapped(&prose::harmless(sentence), page_width(), 0);
    let mut text = format!("{}\n", prose(&headline(report)));
    for sheet in rows(report) {
        let body = TextSheet {
            headers: sheet.headers,
            right_aligned: sheet.right_aligned,
            rows: sheet.rows,
        };
        let (body, left_out) = body.narrowed();
        text.push_str(&format!("\n{}\n\n{}", sheet.title, body.pretty()));
        if left_out > 0 {
            text.push_str(&format!(
                "… columns not shown: {left_out}; give --format csv for all of them\n"
            ));
        }
    }
    for note in &report.notes {
        text.push_str(&format!("\n{}\n", prose(note)));
    }
    text
}
