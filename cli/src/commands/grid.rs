//! `altool grid`: the candidates of a configuration space.

use std::path::{Path, PathBuf};

use al_core::Seed;
use al_pipeline::{
    Allowed, ConfigSpace, Domain, Fault, GridOptions, Gridded, Sample, TableSource, counted, grid,
    read_text, sizes,
};
use al_words::numbers::rounded;
use anyhow::Context as _;
use clap::Args;

use super::CommandContext;
use crate::args::files::{ReadingArgs, TableArgs};
use crate::args::names::MethodName;
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::help;
use crate::output::{self, Destination};

const EXAMPLES: &str = "\
altool grid fixtures/llm/space.toml -o grid.parquet
altool grid fixtures/llm/space.toml --where \"batch_size <= 8\" -o small.csv
altool grid fixtures/llm/space.toml --sizes
altool grid fixtures/llm/space.toml --sample 100 -o spread.csv";

/// Write the candidates of a configuration space or a sample of them
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
space.toml:
  rules = [\"NOT (hardware = 'webgpu' AND batch_size > 8)\"]   SQL over the columns; none may be false
  exclude = \"measured.csv\"              rows to exclude; the path is from where space.toml is

  [values]
  hardware = [\"cuda\", \"webgpu\", \"cpu\"]
  batch_size = { from = 1, to = 64, factor = 2 }
  sparsity = { from = 0.0, to = 0.5, step = 0.1 }
  kernel = [\"direct\", \"tiled\"]
  tile = [8, 16, 32]
  threshold = { from = 1e-5, to = 1e-1, log = true }   any number, for samples only

  [when]                                tile is missing where kernel is not tiled, and such a
  tile = { kernel = \"tiled\" }           combination comes once; also lists and { from, to }

  [sample]                              or --sample and --method
  rows = 1000
  method = \"latin-hypercube\"

The first column varies slowest, one with a condition right after those it depends on. Rows are
excluded by the values of the columns of the space, whatever else the measured table holds. A rule
forbids what it is false for; where a column it names is missing it forbids nothing."
)]
pub(crate) struct GridArgs {
    /// TOML file that describes the space
    #[arg(value_name = "SPACE.toml")]
    space: PathBuf,
    #[command(flatten)]
    combinations: CombinationArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    output: TableArgs,
}

/// Which combinations are written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Combinations")]
struct CombinationArgs {
    /// Write only combinations for which this SQL expression is true, beside the rules of the space
    #[arg(long = "where", value_name = "SQL")]
    filter: Option<String>,
    /// Write this number of different combinations, 1 or more, spread over the space [default: all]
    #[arg(long, value_name = "N", value_parser = values::sample, allow_negative_numbers = true)]
    sample: Option<u64>,
    /// How a sample is drawn [default: sobol, or the method of the space]
    #[arg(long, value_name = "NAME", value_enum)]
    method: Option<MethodName>,
    /// Say how many combinations there are, and how many the rules allow; write none
    #[arg(long)]
    sizes: bool,
}

/// What is written, and where it goes; nowhere, if only sizes are asked for.
#[derive(Debug)]
struct CheckedGrid {
    /// The name of the space's file.
    name: String,
    space: ConfigSpace,
    sample: Option<Sample>,
    measured: Option<TableSource>,
    options: GridOptions,
    destination: Option<Destination>,
}

impl GridArgs {
    fn check(&self, seed: Option<u64>) -> anyhow::Result<CheckedGrid> {
        let CombinationArgs { filter, sizes, .. } = &self.combinations;
        if *sizes && (self.output.output.is_some() || self.output.format.is_some()) {
            return usage("--sizes writes no table; remove -o and --format");
        }
        let name = self.space.display().to_string();
        let text = read_text(&self.space).map_err(Fault::from)?;
        let space = ConfigSpace::parse(&text).map_err(|error| error.in_file(&name))?;
        let measured = space.exclude().map(|path| beside(&self.space, path));
        let read: Vec<String> = measured.iter().cloned().chain([name.clone()]).collect();
        let destination = match sizes {
            true => None,
            false => Some(self.output.check_beside(&read)?),
        };
        let sample = self.sample(&space)?;
        Ok(CheckedGrid {
            name,
            sample,
            measured: measured.as_deref().map(|path| self.reading.one(path)),
            space: space.sampled(sample),
            options: GridOptions {
                filter: filter.clone(),
                seed: Seed(seed.unwrap_or(0)),
            },
            destination,
        })
    }

    /// The sample that is asked for: what the command line says counts more
    /// than what the space says.
    fn sample(&self, space: &ConfigSpace) -> anyhow::Result<Option<Sample>> {
        let CombinationArgs { sample, method, .. } = self.combinations;
        let rows = sample.or(space.sample().map(|sample| sample.rows));
        let drawn = method.map(Into::into);
        match (rows, method) {
            (None, Some(_)) => usage("--method is for samples; give --sample N too"),
            (None, None) => Ok(None),
            (Some(rows), _) => Ok(Some(Sample {
                rows,
                method: drawn
                    .or(space.sample().map(|sample| sample.method))
                    .unwrap_or_default(),
            })),
        }
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let checked = self.check(context.seed)?;
        let (name, space) = (&checked.name, &checked.space);
        // Where nothing else is asked for, the sizes are the result.
        let is_result = self.combinations.sizes;
        let size = format!("{name}: {}", described(space));
        if !is_result {
            context.log.note(&size);
        }
        let allowed = sizes(space, &checked.options).with_context(|| name.clone())?;
        let allowed =
            allowed.map(|allowed| format!("{name}: {}", estimated(&allowed, space.size())));
        if is_result {
            let lines = std::iter::once(size).chain(allowed);
            output::text(&lines.map(|line| format!("{line}\n")).collect::<String>())?;
        } else if let Some(allowed) = allowed {
            context.log.note(&allowed);
        }
        if let Some(destination) = &checked.destination {
            checked.write(destination, context)?;
        }
        Ok(Outcome::Done)
    }
}

impl CheckedGrid {
    fn write(&self, destination: &Destination, context: &CommandContext) -> anyhow::Result<()> {
        let stream = destination.stream()?;
        let progress = context.progress();
        let gridded = grid(
            &self.space,
            self.measured.as_ref(),
            &self.options,
            || stream.writer(),
            &progress,
        )
        .with_context(|| self.name.clone())?;
        drop(progress);
        stream.show()?;
        let what = self.written(&gridded);
        match destination.name() {
            Some(file) => context.log.note(&format!("{file}: {what}")),
            None => context.log.note(&what),
        }
        if let Some(sample) = self.sample.filter(|sample| gridded.rows < sample.rows) {
            context.log.warning(&short(&gridded, sample.rows));
        } else if gridded.rows == 0 {
            context.log.warning("no combination is left");
        }
        Ok(())
    }

    /// What was written, in words.
    fn written(&self, gridded: &Gridded) -> String {
        let mut what = counted(gridded.rows, "row");
        if gridded.forbidden > 0 {
            what.push_str(&format!(", {} excluded by the rules", gridded.forbidden));
        }
        if self.measured.is_some() {
            what.push_str(&format!(", {} measured already", gridded.measured));
        }
        what
    }
}

/// How large a space is, and of what.
fn described(space: &ConfigSpace) -> String {
    let sizes: Vec<String> = space
        .columns()
        .iter()
        .map(|column| {
            let size = match column.domain() {
                Domain::Listed(values) => format!("{} {}", values.len(), column.name()),
                Domain::Between(_) => format!("any {}", column.name()),
            };
            match column.is_conditional() {
                true => format!("({size} or none)"),
                false => size,
            }
        })
        .collect();
    let product = sizes.join(" × ");
    match (space.sample(), space.size()) {
        (None, Some(size)) => format!("{} ({product})", counted(size, "combination")),
        (None, None) => format!("combinations without end ({product})"),
        (Some(sample), Some(size)) => format!(
            "{} of {} ({product}), by {}",
            counted(sample.rows, "row"),
            counted(size, "combination"),
            sample.method
        ),
        (Some(sample), None) => format!(
            "{} of {product}, by {}",
            counted(sample.rows, "row"),
            sample.method
        ),
    }
}

/// What the rules allow, in words.
fn estimated(allowed: &Allowed, size: Option<u128>) -> String {
    if allowed.exact {
        return format!("the rules allow {} of {}", allowed.allowed, allowed.of);
    }
    let (low, high) = allowed.interval;
    let mut words = format!(
        "the rules allow an estimated {:.1} % ({:.1} to {:.1} %, from {} drawn at random)",
        100.0 * allowed.share(),
        100.0 * low,
        100.0 * high,
        allowed.of
    );
    if let Some(size) = size.filter(|_| allowed.allowed > 0) {
        // An estimate has no more digits.
        let about = rounded(allowed.share() * size as f64, 3);
        words.push_str(&format!(": about {about:.0} combinations"));
    }
    words
}

/// Why a sample has fewer rows than it was to have.
fn short(gridded: &Gridded, wanted: u64) -> String {
    let (found, wanted) = (gridded.rows, counted(wanted, "row"));
    if gridded.all {
        return format!(
            "{found} instead of {wanted}: no more combinations are left by the rules and by what is measured"
        );
    }
    let again = gridded.drawn - gridded.forbidden - gridded.measured - gridded.rows;
    format!(
        "{found} instead of {wanted}: of {} combinations drawn {} were excluded by the rules, {} measured already and {again} drawn before; give the columns more values, or loosen the rules",
        gridded.drawn, gridded.forbidden, gridded.measured
    )
}

/// A path that the space names, from where the space is.
fn beside(space: &Path, path: &str) -> String {
    match space.parent() {
        Some(directory) => directory.join(path).display().to_string(),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excluded_table_lies_beside_the_space() {
        assert_eq!(
            beside(Path::new("space.toml"), "measured.csv"),
            "measured.csv"
        );
        assert_eq!(beside(Path::new("a/space.toml"), "m.csv"), "a/m.csv");
        assert_eq!(beside(Path::new("a/space.toml"), "/m.csv"), "/m.csv");
    }
}
