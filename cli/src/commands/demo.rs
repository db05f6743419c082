//! `altool demo`: the whole loop on a small real table inside the binary.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use al_pipeline::{Error, Format, Input, ReadOptions, Target, Writer, write_atomic};
use anyhow::Context as _;
use clap::{Args, Parser};

use super::Context;
use crate::args::Cli;
use crate::exit::{Outcome, usage};
use crate::output;

/// Run the whole loop on a small real table, showing each command
///
/// The table holds the throughput of serving three language models on four kinds of hardware. Some
/// of its rows play what is measured, the others are measured by looking them up when a batch asks
/// for them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool demo
  altool demo /tmp/try-altool")]
pub(crate) struct Demo {
    /// Directory to work in; made if it is not there, and it may hold an earlier demo
    #[arg(value_name = "DIR", default_value = "altool-demo")]
    directory: PathBuf,
}

const MEASURED: &str = include_str!("../../../fixtures/llm/measured.csv");
const CANDIDATES: &str = include_str!("../../../fixtures/llm/candidates.csv");
const RESULTS: &str = include_str!("../../../fixtures/llm/results.csv");

/// One in so many measured rows is learned from at first; the others check the
/// model.
const ONE_IN: usize = 8;

/// Everything the demo writes.
const FILES: [&str; 11] = [
    "measured.csv",
    "check.csv",
    "candidates.csv",
    "results.csv",
    "model.altool",
    "batch-1.csv",
    "new-1.csv",
    "batch-2.csv",
    "new-2.csv",
    "report.html",
    "scored.csv",
];

impl Demo {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let name = self.directory.display();
        prepare(&self.directory)?;
        std::env::set_current_dir(&self.directory).with_context(|| format!("{name}"))?;
        let (learned, check) = split();
        for (file, text) in [
            ("measured.csv", learned.as_str()),
            ("check.csv", check.as_str()),
            ("candidates.csv", CANDIDATES),
            ("results.csv", RESULTS),
        ] {
            write_atomic(Path::new(file), text.as_bytes()).map_err(Error::from)?;
        }
        output::text(&format!(
            "# {} configurations of language-model serving are measured, {} are not.\n\
             # check.csv holds {} more measurements that tell how good the model is; it never learns from them.\n\
             $ cd {name}\n",
            learned.lines().count() - 1,
            CANDIDATES.lines().count() - 1,
            check.lines().count() - 1,
        ))?;
        let run = |line: &str| run(line, context);
        run(
            "altool train measured.csv --target throughput_tok_s --log-target --direction max --ignore latency_s --eval check.csv -o model.altool",
        )?;
        for round in 1..=2 {
            run(&format!(
                "altool select candidates.csv --model model.altool -n 10 -o batch-{round}.csv"
            ))?;
            output::text(&measure(round)?)?;
            run(&format!("altool update new-{round}.csv --model model.altool"))?;
        }
        run("altool score candidates.csv --model model.altool -o scored.csv")?;
        run("altool report model.altool")?;
        run("altool report model.altool --html report.html")?;
        output::text(&format!(
            "\n# Next: open {name}/report.html in a browser; {name}/batch-2.csv has a reason for every row,\n\
             # {name}/scored.csv a prediction for every candidate. Then train on a table of your own:\n\
             #   altool train results.csv --target COLUMN -o model.altool\n",
        ))?;
        Ok(Outcome::Done)
    }
}

/// Makes the directory, if it holds nothing but an earlier demo.
fn prepare(directory: &Path) -> anyhow::Result<()> {
    let name = directory.display();
    std::fs::create_dir_all(directory).with_context(|| format!("{name}: cannot be made"))?;
    for entry in std::fs::read_dir(directory).with_context(|| format!("{name}"))? {
        let file = entry?.file_name();
        if !FILES.iter().any(|known| file == *known) {
            return usage(format!(
                "{name} holds '{}', which is not the demo's; name another directory",
                file.display()
            ));
        }
    }
    Ok(())
}

/// The measured rows to learn from and those to check by, each with the
/// header.
fn split() -> (String, String) {
    let (mut learned, mut check) = (String::new(), String::new());
    for (at, line) in MEASURED.lines().enumerate() {
        if at == 0 || at % ONE_IN == 1 {
            learned.push_str(&format!("{line}\n"));
        }
        if at == 0 || at % ONE_IN != 1 {
            check.push_str(&format!("{line}\n"));
        }
    }
    (learned, check)
}

/// Shows a command line and runs it.
fn run(line: &str, context: &Context) -> anyhow::Result<()> {
    output::text(&format!("\n$ {line}\n"))?;
    let cli = Cli::try_parse_from(line.split_whitespace())?;
    super::run(&cli.command, context)?;
    Ok(())
}

/// Looks the rows of a batch up in the results, as a benchmark would measure
/// them, and writes what was found; says so.
fn measure(round: usize) -> anyhow::Result<String> {
    let (batch, results) = (format!("batch-{round}.csv"), "results.csv");
    let open = |path: &str| Input::open(&[path.to_owned()], &ReadOptions::default());
    let columns: Vec<&str> = CANDIDATES.lines().next().unwrap_or_default().split(',').collect();
    let described = |path: &str| -> Result<Vec<Vec<Option<String>>>, Error> {
        let table = open(path)?.read(Some(&columns))?.table(None)?;
        let rows = 0..table.n_rows();
        Ok(rows
            .map(|row| table.columns().iter().map(|column| column.data.text(row)).collect())
            .collect())
    };
    let mut places: HashMap<Vec<Option<String>>, Vec<usize>> = HashMap::new();
    for (row, values) in described(results)?.into_iter().enumerate() {
        places.entry(values).or_default().push(row);
    }
    let chosen = described(&batch)?;
    let rows: Vec<usize> = chosen
        .iter()
        .flat_map(|values| places.get(values).cloned().unwrap_or_default())
        .collect();
    let found = open(results)
        .and_then(|input| input.read(None))
        .map_err(Error::from)?
        .take(&rows);
    let name = format!("new-{round}.csv");
    let target = Target::Path(PathBuf::from(&name));
    let mut writer = Writer::create(&target, Format::Csv).map_err(Error::from)?;
    writer.write(&found).map_err(Error::from)?;
    writer.finish().map_err(Error::from)?;
    let table = open(&batch)
        .and_then(|input| input.read(Some(&["reason"]))?.table(None))
        .map_err(Error::from)?;
    let reason = table.column("reason").and_then(|reasons| reasons.text(0));
    Ok(format!(
        "# its first row, because: {}\n\n# measuring those {} configurations (here: looking them up in results.csv) gives {name}\n",
        reason.unwrap_or_default(),
        chosen.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measured_rows_are_split_without_loss() {
        let (learned, check) = split();
        let rows = MEASURED.lines().count() - 1;
        let learned = learned.lines().count() - 1;
        assert_eq!(learned, rows.div_ceil(ONE_IN));
        assert_eq!(learned + check.lines().count() - 1, rows);
    }

    #[test]
    fn a_directory_with_other_files_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("demo");
        prepare(&inner).unwrap();
        std::fs::write(inner.join("report.html"), "").unwrap();
        prepare(&inner).unwrap();
        std::fs::write(inner.join("thesis.tex"), "").unwrap();
        let message = prepare(&inner).unwrap_err().to_string();
        assert!(message.contains("thesis.tex"), "{message}");
    }
}
