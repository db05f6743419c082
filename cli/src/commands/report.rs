//! `altool report`: how good a model is and how it became so.

use std::path::{Path, PathBuf};

use al_pipeline::report::{
    ComparisonView, Report as Contents, Sheet, class_csv, comparison_csv, comparison_headline,
    comparison_html, comparison_json, comparison_rows, confusion_csv, headline, rows, to_csv,
    to_html, to_json,
};
use al_pipeline::{Fault, Task, comparison_of, report_of};
use clap::{Args, ValueEnum};

use super::{CommandContext, load};
use crate::args::files::{SummaryArgs, TextFormat, check_not_read, names};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::prose::{self, page_width};
use crate::sheet::TextSheet;
use crate::{help, output};

const EXAMPLES: &str = "\
altool report m.altool
altool report m.altool --html report.html
altool report m.altool --format json | jq .summary
altool report m.altool refitted.altool --html compared.html";

/// Show the accuracy of a model and what each round improved
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
The page is one file that loads nothing: learning curve, predicted against measured values,
calibration, how each class does, where the model is least certain, and what the batches cost.
Two models are compared on the rows that both have and that each predicted without having learned
from them; differences have a 95 % interval."
)]
pub(crate) struct ReportArgs {
    /// Model file; a second one of the same target is compared with it
    #[arg(value_name = "MODEL", required = true, num_args = 1..=2)]
    models: Vec<PathBuf>,
    /// Write the report as one web page, and nothing to standard output unless --format is given
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: SummaryArgs,
    /// Unit of the target [default: the one of the training, else the one that its name carries]
    #[arg(long, value_name = "TEXT", help_heading = "Output", value_parser = values::unit)]
    unit: Option<String>,
    /// Table of --format csv [default: rounds]
    #[arg(long, value_name = "TABLE", value_enum, help_heading = "Output")]
    table: Option<ReportTable>,
}

/// Tables of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportTable {
    /// A line per round, with the metrics before and after
    Rounds,
    /// A line per class: rows, precision, recall, F1
    Classes,
    /// A line per pair of a measured and a predicted class, with its rows
    Confusion,
}

impl ReportArgs {
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        self.check()?;
        let page = match &self.html {
            None => None,
            Some(path) => {
                check_not_read("--html", Some(path), &names(&self.models))?;
                output::check_page(path)?;
                Some(output::named(path, "the page")?)
            }
        };
        let progress = context.progress();
        let campaigns = self
            .models
            .iter()
            .map(|path| load(path, &progress))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let shown: Box<dyn Shown> = match campaigns.as_slice() {
            [first, second] => {
                let [a, b] = file_names(&self.models[0], &self.models[1]);
                let identical = same_bytes(&self.models[0], &self.models[1])?;
                let mut found = comparison_of([(&a, first), (&b, second)], identical)?;
                for model in &mut found.models {
                    self.say_unit(&mut model.report);
                }
                Box::new(found)
            }
            campaigns => {
                let mut report = report_of(&campaigns[0]);
                self.say_unit(&mut report);
                let table = self.table.unwrap_or(ReportTable::Rounds);
                Box::new(ShownReport { report, table })
            }
        };
        if let Some(path) = &page {
            output::write_file(path, &shown.page()?)?;
        }
        drop(progress);
        if let Some(path) = &page {
            context
                .log
                .note(&format!("{}: {}", path.display(), shown.headline()));
        }
        if page.is_none() || self.format.format.is_some() {
            output::text(&match self.format.resolve() {
                TextFormat::Table => tables(&*shown),
                TextFormat::Csv => shown.csv()?,
                TextFormat::Json => shown.json()?,
            })?;
        }
        Ok(Outcome::Done)
    }

    fn say_unit(&self, report: &mut Contents) {
        if self.unit.is_some() {
            report.head.unit.clone_from(&self.unit);
        }
    }

    /// That a table is named only where one is chosen.
    fn check(&self) -> anyhow::Result<()> {
        let writes_csv = match self.format.format {
            Some(format) => format == TextFormat::Csv,
            None => self.html.is_none() && self.format.resolve() == TextFormat::Csv,
        };
        if self.table.is_some() && self.models.len() > 1 {
            return usage("--table is for the report of one model; remove it");
        }
        if self.table.is_some() && !writes_csv {
            return usage(
                "--table is for CSV, the other formats have all tables; give --format csv",
            );
        }
        Ok(())
    }
}

fn csv(report: &Contents, table: ReportTable) -> anyhow::Result<String> {
    let text = match table {
        ReportTable::Rounds => Some(to_csv(report)),
        ReportTable::Classes => class_csv(report),
        ReportTable::Confusion => confusion_csv(report),
    };
    let target = &report.head.target;
    let none = || {
        Fault::usage(match report.head.task {
            Task::Regression => format!("target '{target}' is a number, which has no classes"),
            Task::Classification => {
                "no row can be predicted without itself, so nothing is known of the classes"
                    .to_owned()
            }
        })
        .remedy("remove --table")
    };
    Ok(text.ok_or_else(none)?)
}

/// What is shown: a report, or two models compared.
trait Shown {
    fn headline(&self) -> String;
    fn sheets(&self) -> Vec<Sheet>;
    fn notes(&self) -> &[String];
    fn csv(&self) -> anyhow::Result<String>;
    fn json(&self) -> Result<String, Fault>;
    fn page(&self) -> Result<String, Fault>;
}

/// A report, and the table of it that CSV has.
struct ShownReport {
    report: Contents,
    table: ReportTable,
}

impl Shown for ShownReport {
    fn headline(&self) -> String {
        headline(&self.report)
    }

    fn sheets(&self) -> Vec<Sheet> {
        rows(&self.report)
    }

    fn notes(&self) -> &[String] {
        &self.report.notes
    }

    fn csv(&self) -> anyhow::Result<String> {
        csv(&self.report, self.table)
    }

    fn json(&self) -> Result<String, Fault> {
        Ok(to_json(&self.report)?)
    }

    fn page(&self) -> Result<String, Fault> {
        Ok(to_html(&self.report)?)
    }
}

impl Shown for ComparisonView {
    fn headline(&self) -> String {
        comparison_headline(self)
    }

    fn sheets(&self) -> Vec<Sheet> {
        comparison_rows(self)
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn csv(&self) -> anyhow::Result<String> {
        Ok(comparison_csv(self))
    }

    fn json(&self) -> Result<String, Fault> {
        Ok(comparison_json(self)?)
    }

    fn page(&self) -> Result<String, Fault> {
        Ok(comparison_html(self)?)
    }
}

/// What two files are called: their names, or as much of their paths as was given where
/// the names are the same.
fn file_names(first: &Path, second: &Path) -> [String; 2] {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    };
    match name(first) == name(second) {
        true => [first, second].map(|path| path.display().to_string()),
        false => [name(first), name(second)],
    }
}

/// Whether two files hold the same.
fn same_bytes(first: &Path, second: &Path) -> std::io::Result<bool> {
    Ok(std::fs::read(first)? == std::fs::read(second)?)
}

fn tables(shown: &dyn Shown) -> String {
    let prose = |sentence: &str| prose::wrapped(&prose::harmless(sentence), page_width(), 0);
    let mut text = format!("{}\n", prose(&shown.headline()));
    for sheet in shown.sheets() {
        text.push_str(&format!("\n{}\n", sheet.title));
        if sheet.rows.is_empty() {
            continue;
        }
        let (kept, remark) = (sheet.kept, sheet.remark);
        let body = TextSheet {
            headers: sheet.headers,
            right_aligned: sheet.right_aligned,
            rows: sheet.rows,
        };
        let (body, left_out) = body.narrowed(&kept);
        text.push_str(&format!("\n{}", body.pretty()));
        if left_out > 0 {
            text.push_str(&format!(
                "… columns not shown: {left_out}; give --format csv for all of them\n"
            ));
        }
        if !remark.is_empty() {
            text.push_str(&format!("{}\n", prose(&remark)));
        }
    }
    for note in shown.notes() {
        text.push_str(&format!("\n{}\n", prose(note)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_their_paths() {
        let names = |a: &str, b: &str| file_names(Path::new(a), Path::new(b));
        assert_eq!(
            names("x/old.altool", "new.altool"),
            ["old.altool", "new.altool"]
        );
        assert_eq!(
            names("x/m.altool", "y/m.altool"),
            ["x/m.altool", "y/m.altool"]
        );
    }
}
