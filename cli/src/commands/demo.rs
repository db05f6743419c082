//! `altool demo`: the whole loop on a small real table inside the binary.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use al_pipeline::{Fault, Format, Input, ReadOptions, Target, Writer, write_atomic};
use al_words::columns::REASON;
use anyhow::Context as _;
use clap::Args;

use crate::exit::{Outcome, usage};
use crate::{help, output, prose};

const EXAMPLES: &str = "\
altool demo
altool demo try-altool
altool demo --seed 1 other-draws";

/// Run the whole loop on a small real table, printing each command
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
The table holds the throughput of serving three language models on four kinds of hardware. Measuring
a batch is simulated by looking its rows up in it."
)]
pub(crate) struct DemoArgs {
    /// Directory to work in; made if it is not there, and it may hold an earlier demo
    #[arg(value_name = "DIR", default_value = "altool-demo")]
    directory: PathBuf,
}

const CHECK: &str = include_str!("../../../fixtures/llm/measured.csv");
const CANDIDATES: &str = include_str!("../../../fixtures/llm/candidates.csv");
const LOOKUP: &str = include_str!("../../../fixtures/llm/results.csv");

/// Everything the demo writes.
const FILES: [&str; 12] = [
    "candidates.csv",
    "check.csv",
    "lookup.csv",
    "batch-1.csv",
    "new-1.csv",
    "model.altool",
    "batch-2.csv",
    "new-2.csv",
    "batch-3.csv",
    "new-3.csv",
    "scored.csv",
    "report.html",
];

impl DemoArgs {
    /// Runs the loop; `run` runs one command line.
    pub(crate) fn run(&self, run: &dyn Fn(&str) -> anyhow::Result<()>) -> anyhow::Result<Outcome> {
        let name = self.directory.display();
        prepare(&self.directory)?;
        std::env::set_current_dir(&self.directory).with_context(|| format!("{name}"))?;
        for (file, text) in [
            ("candidates.csv", CANDIDATES),
            ("check.csv", CHECK),
            ("lookup.csv", LOOKUP),
        ] {
            write_atomic(Path::new(file), text.as_bytes()).map_err(Fault::from)?;
        }
        output::text(&format!(
            "# candidates.csv holds {} configurations of language-model serving; none is measured yet.\n\
             # lookup.csv stands for the benchmark: it has the throughput of each.\n\
             # check.csv holds {} other measured rows to evaluate the model on.\n\
             $ cd {name}\n",
            CANDIDATES.lines().count() - 1,
            CHECK.lines().count() - 1,
        ))?;
        let run = |line: &str| {
            output::text(&format!("\n$ {line}\n"))?;
            run(line)
        };
        say("Without a model, the first batch is spread over the candidates.")?;
        run("altool select candidates.csv -n 30 -o batch-1.csv")?;
        measure(1)?;
        run(
            "altool train new-1.csv --target throughput_tok_s --log-target --direction max --ignore latency_s --eval check.csv -o model.altool",
        )?;
        for round in 2..=3 {
            run(&format!(
                "altool select candidates.csv --model model.altool -n 10 -o batch-{round}.csv"
            ))?;
            measure(round)?;
            run(&format!(
                "altool update new-{round}.csv --model model.altool"
            ))?;
        }
        say("The prediction for every candidate, and what each round improved.")?;
        run("altool score candidates.csv --model model.altool -o scored.csv")?;
        run("altool report model.altool")?;
        run("altool report model.altool --html report.html")?;
        output::text(&format!(
            "\n# Next: open {name}/report.html in a browser. Every row of {name}/batch-3.csv has a reason,\n\
             # every candidate in {name}/scored.csv a prediction. Then try a table of your own:\n\
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

/// What happens next, in words.
fn say(text: &str) -> anyhow::Result<()> {
    // The width is that of a page but for the mark of a comment.
    let lines = prose::parts(&prose::harmless(text), prose::page_width() - 2);
    let lines = lines.iter().map(|line| format!("# {line}\n"));
    output::text(&format!("\n{}", lines.collect::<String>()))
}

/// Looks the rows of a batch up in the results, as a benchmark would measure
/// them, and writes what was found; says so.
fn measure(round: usize) -> anyhow::Result<()> {
    let (batch, results) = (format!("batch-{round}.csv"), "lookup.csv");
    let open = |path: &str| Input::open(&[path.to_owned()], &ReadOptions::default());
    let columns: Vec<&str> = CANDIDATES
        .lines()
        .next()
        .unwrap_or_default()
        .split(',')
        .collect();
    let described = |path: &str| -> Result<Vec<Vec<Option<String>>>, Fault> {
        let table = open(path)?.read(Some(&columns))?.table(None)?;
        let rows = 0..table.n_rows();
        Ok(rows
            .map(|row| {
                table
                    .columns()
                    .iter()
                    .map(|column| column.data.text(row))
                    .collect()
            })
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
        .map_err(Fault::from)?
        .take(&rows);
    let name = format!("new-{round}.csv");
    let target = Target::Path(PathBuf::from(&name));
    let mut writer = Writer::create(&target, Format::Csv).map_err(Fault::from)?;
    writer.write(&found).map_err(Fault::from)?;
    writer.finish().map_err(Fault::from)?;
    let table = open(&batch)
        .and_then(|input| input.read(Some(&[REASON.name]))?.table(None))
        .map_err(Fault::from)?;
    let reason = table
        .column(REASON.name)
        .and_then(|reasons| reasons.text(0));
    say(&format!(
        "The reason for its first row: {}.",
        reason.unwrap_or_default()
    ))?;
    say(&format!(
        "Measuring these {} configurations, here by looking them up, gives {name} ({} rows).",
        chosen.len(),
        rows.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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
