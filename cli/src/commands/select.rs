//! `altool select`: the next batch, with a reason for every row.

use std::path::{Path, PathBuf};

use al_core::{Seed, Tabular};
use al_pipeline::report::{BatchView, batch_html};
use al_pipeline::{
    Batch, Explanation, Fault, Format, SelectOptions, TableSource, batch_view, choose_first,
    choose_together, counted,
};
use al_words::units::unit_of;
use clap::Args;

use super::{CommandContext, load};
use crate::args::batch::{BatchArgs, CostArgs, FirstBatchArgs, ListArgs, QuotaArgs, StrategyArgs};
use crate::args::files::{InputArgs, TableArgs, check_not_read, names};
use crate::args::hosts::{CheckedHosts, HostArgs};
use crate::args::molecules::{MoleculeArgs, SkipArgs, SkippedFile, skipping};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::output::Destination;
use crate::wording::Flags;
use crate::{help, output};

const EXAMPLES: &str = "\
altool select fixtures/llm/candidates.csv --model m.altool -n 10 -o batch.csv
altool select fixtures/llm/candidates.csv -n 20 -o first.csv  # before anything is measured
altool select fixtures/llm/candidates.csv --model m.altool -n 10 --pending batch.csv -o next.csv
altool select fixtures/llm/candidates.csv --model m.altool -n 8 --goal best -o best.csv
altool select fixtures/llm/candidates.csv --model m.altool --model latency.altool -n 8 \\
    --goal best --limit \"latency_s<=50\" -o fast.csv
altool select fixtures/llm/candidates.csv --model m.altool -n 5 --columns model,hardware \\
    --no-header
altool select fixtures/llm/results.csv --model m.altool -n 20 --hardware hardware \\
    --availability \"Nvidia A100 GPU=0.5\" --capacity fixtures/llm/hosts.toml \\
    --duration latency_s -o hosted.csv";

/// Select the next batch to measure, with a reason for each row
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
hosts.toml:
  [[host]]
  name = \"gpu-1\"
  hardware = [\"cuda\", \"webgpu\"]          values of the hardware column; without it, all
  slots = 2                              rows at once; 1 without it
  minutes = 30                           or time = \"2 h\"; without, for as long as it takes

  [[host]]
  name = \"gpu-2\"
  hardware = [\"cuda\"]
  down = true

  [[reservation]]
  host = \"gpu-1\"
  from = \"10 min\"                        from the start of the batch
  to = \"20 min\"                          or time = \"10 min\"; slots = 1 for one of its slots

The columns of the candidates stand behind rank, score and reason. Measured and pending rows are
excluded. A batch of fewer rows than asked for is a warning; if no row is left, only the header is
written and the exit code is 4."
)]
pub(crate) struct SelectArgs {
    /// Tables with candidates, patterns, or - for standard input. Several are read as one
    #[arg(required = true, value_name = "CANDIDATES")]
    candidates: Vec<String>,
    /// Model file that train wrote; without one the batch is spread over the candidates. Give
    /// several, one per target, for rows that teach all or, with --goal best, the best trade-offs
    #[arg(id = "model", short, long, value_name = "FILE", help_heading = "Input")]
    models: Vec<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    strategy: StrategyArgs,
    #[command(flatten)]
    lists: ListArgs,
    #[command(flatten)]
    costs: CostArgs,
    #[command(flatten)]
    quotas: QuotaArgs,
    #[command(flatten)]
    hosts: HostArgs,
    #[command(flatten)]
    molecules: MoleculeArgs,
    #[command(flatten)]
    skip: SkipArgs,
    #[command(flatten)]
    first: FirstBatchArgs,
    #[command(flatten)]
    output: TableArgs,
    #[command(flatten)]
    shown: ShownArgs,
}

/// What of the batch is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct ShownArgs {
    /// Columns to write, of the candidates and of those that a batch adds [default: all]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    columns: Vec<String>,
    /// Write CSV or TSV without the header line
    #[arg(long)]
    no_header: bool,
    /// Write what the batch has in common to a file: .html (a page with a map) or .json
    #[arg(long, value_name = "FILE", value_parser = values::explanation)]
    explain: Option<PathBuf>,
}

/// What is chosen, from what, and where it goes.
#[derive(Debug)]
pub(crate) struct CheckedSelect {
    candidates: TableSource,
    skipped: Option<SkippedFile>,
    /// But for what the model knows of hosts.
    pub(crate) options: SelectOptions,
    hosts: CheckedHosts,
    destination: Destination,
}

impl SelectArgs {
    /// That the options fit together.
    fn check_together(&self) -> anyhow::Result<()> {
        let (batch, costs, hosts) = (&self.batch, &self.costs, &self.hosts);
        if batch.batch.is_none() && !costs.limited() && hosts.capacity.is_none() {
            return usage(
                "how many rows? Give -n N, --budget COST with --cost COL, or --capacity HOSTS.toml",
            );
        }
        if self.models.is_empty() {
            let needing = batch.needing_a_model();
            if let Some(option) = needing.or(self.strategy.needing_a_model()) {
                return usage(format!("{option} needs a model; give --model FILE"));
            }
            if hosts.hardware.is_some() && !hosts.limited() {
                return usage(
                    "--hardware names a column for --availability, --capacity and --model; give one of them",
                );
            }
        } else if self.first.id.is_some() {
            return usage("--id is for a batch without a model; the model knows its own id column");
        } else if !self.first.ignore.is_empty() {
            return usage(
                "--ignore is for a batch without a model; the model knows its own features",
            );
        }
        if !self.models.is_empty() && self.molecules.smiles.is_some() {
            return usage(
                "--smiles is for a batch without a model; a model knows its own features",
            );
        }
        if costs.cooling.is_some() && !costs.given() {
            return usage("--cooling is the exponent of costs; give --cost COL too");
        }
        if hosts.duration.is_some() && hosts.capacity.is_none() {
            return usage(
                "--duration says how long hosts are busy; give --capacity HOSTS.toml too",
            );
        }
        if hosts.time_unit.is_some() && hosts.capacity.is_none() && !costs.limited() {
            return usage(
                "--time-unit is the unit of times; give --capacity HOSTS.toml or --budget TIME too",
            );
        }
        // A table cannot have two columns of one name.
        let columns = &self.shown.columns;
        let mut asked = columns.iter().enumerate();
        match asked.find(|(at, name)| columns[..*at].contains(name)) {
            Some((_, name)) => usage(format!(
                "--columns names '{name}' twice; name each column once"
            )),
            None => Ok(()),
        }
    }

    /// The files that are read.
    fn read(&self) -> Vec<String> {
        let tables = self.candidates.iter().chain(self.lists.tables());
        let hosts = self.hosts.capacity.iter().chain(&self.hosts.availability);
        let texts = tables.chain(hosts).cloned();
        texts.chain(names(&self.models)).collect()
    }

    /// Where the batch goes, which is none of the files that are read.
    fn destination(&self) -> anyhow::Result<Destination> {
        let read = self.read();
        let destination = self.output.check_beside(&read)?;
        if self.shown.no_header
            && let Destination::Table(_, format) = &destination
            && !matches!(format, Format::Csv | Format::Tsv)
        {
            return usage(format!(
                "--no-header is for CSV; {format} has its own header"
            ));
        }
        Ok(destination)
    }

    pub(crate) fn check(&self, seed: Option<u64>) -> anyhow::Result<CheckedSelect> {
        let destination = self.destination()?;
        self.check_together()?;
        if let Some(path) = &self.shown.explain {
            check_not_read("--explain", Some(path), &self.read())?;
            output::check_file(path)?;
        }
        let columns = &self.shown.columns;
        let mut options = SelectOptions {
            columns: (!columns.is_empty()).then(|| columns.clone()),
            id: self.first.id.clone(),
            structure: self.molecules.check()?,
            ignore: self.first.ignore.clone(),
            seed: seed.map(Seed),
            ..SelectOptions::new(SelectOptions::ANY)
        };
        self.batch.set(&mut options);
        self.strategy.set(&mut options);
        self.lists.set(&mut options, &self.input.reading);
        self.costs.set(&mut options);
        self.quotas.set(&mut options);
        self.hosts.set(&mut options);
        Ok(CheckedSelect {
            candidates: self.input.source(&self.candidates),
            skipped: self.skip.check(&self.read(), self.output.path())?,
            options,
            hosts: self.hosts.check()?,
            destination,
        })
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let CheckedSelect {
            candidates,
            skipped,
            options,
            hosts,
            destination,
        } = self.check(context.seed)?;
        let progress = context.progress();
        let mut campaigns = Vec::new();
        for path in &self.models {
            let mut campaign = load(path, &progress)?;
            hosts.teach(&mut campaign)?;
            campaigns.push(campaign);
        }
        let campaign = campaigns.first();
        let known = campaign.and_then(|campaign| campaign.hardware());
        let options = hosts.complete(options, known)?;
        let structure = match campaign {
            Some(campaign) => campaign.encoder().schema.structure(),
            None => {
                let structure = options.structure.as_ref();
                structure.map(|(column, kind)| (column.as_str(), kind))
            }
        };
        let known = campaign.map(Tabular::known_columns).unwrap_or_default();
        let candidates = skipping(skipped.as_ref(), candidates, structure, &known, context.log)?;
        let beliefs: Vec<&dyn Tabular> = campaigns.iter().map(|one| one as _).collect();
        let batch = match beliefs.as_slice() {
            [] => choose_first(&candidates, &options, &progress)?,
            beliefs => choose_together(beliefs, &candidates, &options, &progress)?,
        };
        drop(progress);
        destination.write(&batch.frame, !self.shown.no_header)?;
        if let Some(path) = &self.shown.explain {
            let units = BatchUnits {
                target: campaign.and_then(|one| one.options().unit_of_target()),
                cost: options.cost.as_deref().and_then(unit_of),
            };
            output::write_file(path, &written(path, &batch.explanation, &units)?)?;
        }
        context.log.warnings(&batch.warnings);
        if batch.rows == 0 {
            let why = batch.why_empty.unwrap_or("nothing was chosen".into());
            context.log.note(&why.worded(&Flags));
            return Ok(Outcome::NothingLeft);
        }
        if let Some(name) = destination.name() {
            self.tell(context, &name, &batch);
        }
        Ok(Outcome::Done)
    }

    /// What the batch in a file has in common.
    fn tell(&self, context: &CommandContext, name: &str, batch: &Batch) {
        let strategy = &batch.explanation.strategy;
        context.log.note(&format!(
            "{name}: {} of {}, chosen by {strategy}",
            batch.rows,
            counted(batch.available, "candidate")
        ));
        for sentence in &batch.explanation.sentences {
            context.log.note(sentence);
        }
        if self.models.len() > 1 {
            context.log.note(
                "measure all targets of these rows, then give the results to altool update once \
                 per model",
            );
        }
    }
}

/// The units on the page of a batch, as far as they are known.
struct BatchUnits<'a> {
    target: Option<&'a str>,
    cost: Option<&'a str>,
}

fn written(
    path: &Path,
    explanation: &Explanation,
    units: &BatchUnits<'_>,
) -> anyhow::Result<String> {
    if path.extension().is_some_and(|ending| ending == "json") {
        return Ok(format!("{}\n", serde_json::to_string_pretty(explanation)?));
    }
    let view = BatchView {
        unit: units.target.map(str::to_owned),
        cost_unit: units.cost.map(str::to_owned),
        ..batch_view(explanation)
    };
    Ok(batch_html(&view).map_err(Fault::from)?)
}
