//! `altool select`: the next batch, with a reason for every row.

use std::path::{Path, PathBuf};

use al_core::Seed;
use al_pipeline::report::batch_html;
use al_pipeline::{
    DEFAULT_STRATEGY, DEFAULT_WITHOUT_MODEL, Explanation, Fault, Format, OptionValue,
    SelectOptions, StrategyOptions, UncertaintyWeights, batch_view, choose, choose_first,
};
use clap::Args;

use super::{Context, load, one, source};
use crate::args::{Filter, TableOutput};
use crate::exit::{Outcome, usage};
use crate::limits::LimitArgs;
use crate::options;
use crate::output::{self, Place};
use crate::wording::Flags;

/// Choose the rows to measure next, best first, with reasons
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool select candidates.csv --model model.altool -n 10 -o batch.csv
  altool select candidates.csv -n 20 -o first.csv              before anything is measured
  altool select candidates.parquet --model model.altool -n 10 --pending running.csv -o batch.csv
  altool select candidates.csv --model model.altool -n 5 --columns model,hardware --no-header
  altool select candidates.csv --model model.altool -n 10 --hardware hardware \\
      --availability cuda=0.8,webgpu=0.3 -o batch.csv
  altool select candidates.csv --model model.altool --hardware hardware --capacity hosts.toml \\
      --duration run_s -o batch.csv

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

The columns of the candidates stand behind rank, score and reason. Rows that the model has seen, and
pending ones, are never chosen. Fewer rows than asked for is a warning; if none is left, only the
header is written and the exit code is 4.")]
pub(crate) struct Select {
    /// Tables with candidates, patterns, or - for standard input. Several are read as one
    #[arg(required = true, value_name = "CANDIDATES")]
    candidates: Vec<String>,
    /// Model file that train wrote; without one the batch is spread over the candidates
    #[arg(short, long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
    /// How to choose [default: lcmd; space-filling without a model]
    #[arg(long, value_name = "NAME", value_parser = options::strategies())]
    strategy: Option<String>,
    /// Set an option of the strategy, as in weight=0.3; altool strategies NAME lists them
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = options::setting)]
    settings: Vec<(String, OptionValue)>,
    /// Where rows lie for strategies that want distances, such as lcmd [default: predictions]
    #[arg(long, value_name = "NAME", value_parser = options::spaces())]
    space: Option<String>,
    /// How much each measure counts in the uncertainty, as in variance=2,interval=1,distance=0
    /// (of a class: entropy and distance) [default: 1 each]
    #[arg(long, value_name = "NAME=W", value_parser = options::uncertainty_weights)]
    uncertainty_weights: Option<UncertaintyWeights>,
    /// Which gain is called information gain, for strategies that read it [default: epig]
    #[arg(long, value_name = "NAME", value_parser = options::gains())]
    gain: Option<String>,
    /// Columns of the candidates to write [default: all]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    columns: Vec<String>,
    /// Column that identifies a row, without a model; a model knows its own
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
    /// Columns that say nothing about a row, without a model
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Table with rows being measured: not chosen, and what is near them is less wanted. Of a row
    /// with an id, the id is enough
    #[arg(long, value_name = "FILE")]
    pending: Option<String>,
    /// Table with rows that must not be chosen. Of a row with an id, the id is enough
    #[arg(long, value_name = "FILE")]
    exclude: Option<String>,
    /// Table with candidates that must be chosen, before all others. Of a row with an id, the id
    /// is enough
    #[arg(long, value_name = "FILE")]
    include: Option<String>,
    /// Read the candidates in one pass and keep a sample of them and the extremes to choose from,
    /// for tables larger than memory
    #[arg(long)]
    stream: bool,
    /// Write what the batch is about to a file, by its name .html (a page with a map) or .json
    #[arg(long, value_name = "FILE", value_parser = explained)]
    pub(crate) explain: Option<PathBuf>,
    /// Write CSV or TSV without the line of column names
    #[arg(long)]
    no_header: bool,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    output: TableOutput,
}

impl Select {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let lists = [&self.pending, &self.exclude, &self.include];
        let read: Vec<String> = self
            .candidates
            .iter()
            .chain(lists.into_iter().flatten())
            .cloned()
            .collect();
        let place = self.output.place_beside(&read)?;
        if self.no_header
            && let Place::Table(_, format) = &place
            && !matches!(format, Format::Csv | Format::Tsv)
        {
            return usage(format!(
                "--no-header is for CSV; {format} has its own header"
            ));
        }
        if self.id.is_some() && self.model.is_some() {
            return usage("--id is for a batch without a model; the model knows its own id column");
        }
        if !self.ignore.is_empty() && self.model.is_some() {
            return usage(
                "--ignore is for a batch without a model; the model knows its own features",
            );
        }
        // A table cannot have two columns of one name.
        let mut asked = self.columns.iter().enumerate();
        if let Some((_, name)) = asked.find(|(at, name)| self.columns[..*at].contains(name)) {
            return usage(format!(
                "--columns names '{name}' twice; name each column once"
            ));
        }
        if let Some(path) = &self.explain {
            output::check_file(path)?;
        }
        let progress = context.progress();
        let mut campaign = match &self.model {
            None => None,
            Some(path) => Some(load(path, &progress)?),
        };
        self.limits.teach(campaign.as_mut())?;
        let limits = self.limits.apply(campaign.as_ref())?;
        let options = SelectOptions {
            strategy: self.strategy.clone(),
            settings: StrategyOptions(self.settings.iter().cloned().collect()),
            space: options::space(self.space.as_deref()),
            gain: options::gain(self.gain.as_deref()),
            weights: self.uncertainty_weights.unwrap_or_default(),
            pending: self.pending.as_deref().map(one),
            exclude: self.exclude.as_deref().map(one),
            include: self.include.as_deref().map(one),
            columns: (!self.columns.is_empty()).then(|| self.columns.clone()),
            id: self.id.clone(),
            ignore: self.ignore.clone(),
            seed: context.seed.map(Seed),
            stream: self.stream.then(|| limits.buffer()),
            ..limits
        };
        let candidates = source(&self.candidates, self.filter.filter.as_ref());
        let batch = match &campaign {
            Some(campaign) => choose(campaign, &candidates, &options, &progress)?,
            None => choose_first(&candidates, &options, &progress)?,
        };
        drop(progress);
        place.write(&batch.frame, !self.no_header)?;
        if let Some(path) = &self.explain {
            output::write_file(path, &written(path, &batch.explanation)?)?;
        }
        context.log.warnings(&batch.warnings);
        if batch.rows == 0 {
            let why = batch.why_empty.unwrap_or("nothing was chosen".into());
            context.log.note(&why.worded(&Flags));
            return Ok(Outcome::NothingLeft);
        }
        if let Some(name) = place.name() {
            let strategy = self.strategy.as_deref().unwrap_or(match &self.model {
                Some(_) => DEFAULT_STRATEGY,
                None => DEFAULT_WITHOUT_MODEL,
            });
            context.log.note(&format!(
                "{name}: {} of {} candidates, chosen by {strategy}",
                batch.rows, batch.available
            ));
            for sentence in &batch.explanation.sentences {
                context.log.note(sentence);
            }
        }
        Ok(Outcome::Done)
    }
}

/// A file for an explanation, by its name.
fn explained(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "json") => Ok(path),
        _ => Err("a name that ends in .html or .json is needed".to_owned()),
    }
}

fn written(path: &Path, explanation: &Explanation) -> anyhow::Result<String> {
    if path.extension().is_some_and(|ending| ending == "json") {
        return Ok(format!("{}\n", serde_json::to_string_pretty(explanation)?));
    }
    Ok(batch_html(&batch_view(explanation)).map_err(Fault::from)?)
}
