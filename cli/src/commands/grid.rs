//! `altool grid`: the candidates of a configuration space.

use std::path::{Path, PathBuf};

use al_pipeline::{Space, counted, grid};
use anyhow::Context as _;
use clap::Args;

use super::{Context, one};
use crate::args::TableOutput;
use crate::exit::{BadData, Outcome};

/// Write all combinations of a space's values that its rules allow
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool grid space.toml -o candidates.parquet
  altool grid space.toml --where \"batch_size <= 8\" -o small.csv

space.toml:
  rules = [\"NOT (hardware = 'webgpu' AND batch_size > 8)\"]   SQL over the columns; all must be true
  exclude = \"measured.csv\"              rows to leave out; the path is from where space.toml is

  [values]
  hardware = [\"cuda\", \"webgpu\", \"cpu\"]
  batch_size = { from = 1, to = 64, factor = 2 }
  sparsity = { from = 0.0, to = 0.5, step = 0.1 }

The first column varies slowest. Rows are left out by the values of the space's columns, whatever
else the measured table holds.")]
pub(crate) struct Grid {
    /// Description of the space
    #[arg(value_name = "SPACE.toml")]
    space: PathBuf,
    /// Write only combinations for which this SQL expression is true, besides the space's own rules
    #[arg(long = "where", value_name = "SQL")]
    filter: Option<String>,
    #[command(flatten)]
    output: TableOutput,
}

impl Grid {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let place = self.output.place()?;
        let name = self.space.display();
        let text = std::fs::read_to_string(&self.space)
            .map_err(|error| BadData(format!("{name}: cannot be read: {error}")))?;
        let space = Space::parse(&text).map_err(|error| BadData(format!("{name}, {error}")))?;
        let measured = space.exclude().map(|path| one(&beside(&self.space, path)));
        let sizes: Vec<String> = space
            .columns()
            .iter()
            .map(|(name, values)| format!("{} {name}", values.len()))
            .collect();
        context.log.note(&format!(
            "{name}: {} ({})",
            counted(space.size(), "combination"),
            sizes.join(" × ")
        ));
        let stream = place.stream()?;
        let progress = context.progress();
        let gridded = grid(
            &space,
            measured.as_ref(),
            self.filter.as_deref(),
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
        if gridded.rows == 0 {
            context.log.warning("no combination is left");
        }
        Ok(Outcome::Done)
    }
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
