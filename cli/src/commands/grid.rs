//! `altool grid`: the candidates of a configuration space.

use std::path::{Path, PathBuf};

use al_core::Seed;
use al_pipeline::{
    Allowed, ConfigSpace, Domain, Fault, GridOptions, Gridded, Method, Sample, counted, grid, sizes,
};
use al_words::numbers::rounded;
use anyhow::Context as _;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};

use super::{Context, one};
use crate::args::TableOutput;
use crate::exit::{Outcome, usage};

/// Write the combinations of a space's values that its rules allow, or a sample of them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool grid space.toml -o candidates.parquet
  altool grid space.toml --where \"batch_size <= 8\" -o small.csv
  altool grid space.toml --sizes
  altool grid space.toml --sample 1000 -o spread.parquet

space.toml:
  rules = [\"NOT (hardware = 'webgpu' AND batch_size > 8)\"]   SQL over the columns; none may be false
  exclude = \"measured.csv\"              rows to leave out; the path is from where space.toml is

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

The first column varies slowest, one with a condition right after those it depends on. Rows are left
out by the values of the space's columns, whatever else the measured table holds. A rule forbids
what it is false for; where a column it names is missing it forbids nothing.")]
pub(crate) struct Grid {
    /// Description of the space
    #[arg(value_name = "SPACE.toml")]
    space: PathBuf,
    /// Write only combinations for which this SQL expression is true, besides the space's own rules
    #[arg(long = "where", value_name = "SQL")]
    filter: Option<String>,
    /// Write so many different combinations, spread over the space, instead of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// How a sample is drawn [default: sobol]
    #[arg(long, value_name = "NAME", value_parser = methods())]
    method: Option<Method>,
    /// Only say how many combinations there are, and about how many the rules allow
    #[arg(long, conflicts_with_all = ["output", "format"])]
    sizes: bool,
    #[command(flatten)]
    output: TableOutput,
}

/// The names of the methods, with what they are.
fn methods() -> impl clap::builder::TypedValueParser<Value = Method> {
    let names = Method::ALL.map(|(_, name, help)| PossibleValue::new(name).help(help));
    PossibleValuesParser::new(names).map(|name| name.parse().expect("a name of the list"))
}

impl Grid {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let name = self.space.display();
        let text = std::fs::read_to_string(&self.space)
            .map_err(|error| Fault::data(format!("{name}: cannot be read: {error}")))?;
        let space = ConfigSpace::parse(&text).map_err(|error| error.in_file(&name.to_string()))?;
        let measured = space.exclude().map(|path| beside(&self.space, path));
        let place = match self.sizes {
            true => None,
            false => {
                let space = [self.space.display().to_string()];
                let read: Vec<String> = space.into_iter().chain(measured.clone()).collect();
                Some(self.output.place_beside(&read)?)
            }
        };
        let sample = self.sample(&space)?;
        let space = space.sampled(sample);
        let options = GridOptions {
            filter: self.filter.clone(),
            seed: Seed(context.seed.unwrap_or(0)),
        };
        context.log.note(&format!("{name}: {}", described(&space)));
        let allowed = sizes(&space, &options).with_context(|| format!("{name}"))?;
        if let Some(allowed) = allowed {
            let rules = format!("{name}: {}", estimated(&allowed, space.size()));
            context.log.note(&rules);
        }
        let Some(place) = place else {
            return Ok(Outcome::Done);
        };
        let measured = measured.as_deref().map(one);
        let stream = place.stream()?;
        let progress = context.progress();
        let gridded = grid(
            &space,
            measured.as_ref(),
            &options,
            || stream.writer(),
            &progress,
        )
        .with_context(|| format!("{name}"))?;
        drop(progress);
        stream.show()?;
        let mut what = counted(gridded.rows, "row");
        if gridded.forbidden > 0 {
            what.push_str(&format!(", {} left out by the rules", gridded.forbidden));
        }
        if measured.is_some() {
            what.push_str(&format!(", {} measured already", gridded.measured));
        }
        match place.name() {
            Some(file) => context.log.note(&format!("{file}: {what}")),
            None => context.log.note(&what),
        }
        if let Some(sample) = sample.filter(|sample| gridded.rows < sample.rows) {
            context.log.warning(&short(&gridded, sample.rows));
        } else if gridded.rows == 0 {
            context.log.warning("no combination is left");
        }
        Ok(Outcome::Done)
    }

    /// The sample that is asked for: what the command line says counts more
    /// than what the space says.
    fn sample(&self, space: &ConfigSpace) -> anyhow::Result<Option<Sample>> {
        let rows = self.sample.or(space.sample().map(|sample| sample.rows));
        let method = self.method.or(space.sample().map(|sample| sample.method));
        match (rows, self.method) {
            (None, Some(_)) => usage("--method is for samples; give --sample N too"),
            (None, None) => Ok(None),
            (Some(rows), _) => Ok(Some(Sample {
                rows,
                method: method.unwrap_or_default(),
            })),
        }
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
    let found = gridded.rows;
    if gridded.all {
        return format!(
            "{found} instead of {wanted} rows: no more combinations are left by the rules and by what is measured"
        );
    }
    let again = gridded.drawn - gridded.forbidden - gridded.measured - gridded.rows;
    format!(
        "{found} instead of {wanted} rows: of {} combinations drawn {} were left out by the rules, {} measured already and {again} drawn before; give the columns more values, or loosen the rules",
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
