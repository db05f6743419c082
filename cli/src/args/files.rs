//! Which rows are read, and where results go.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use al_pipeline::{Dialect, Fault, Format, TableSource, Target, files_of};
use clap::{Args, ValueEnum};

use super::values;
use crate::exit::usage;
use crate::output::{Destination, check_file, is_stdout};

/// Which rows are read, and how.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Read only rows for which this SQL expression over the columns is true, such as
    /// "hardware = 'cuda' AND batch_size <= 8"
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// How text files are written.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct ReadingArgs {
    /// Text that means a missing value in every column, as in '-'. May be given several times
    /// [default: the empty field; among numbers also NA, NaN, None and the like]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    na: Vec<String>,
    /// Character that separates the fields of CSV files, or 'tab' [default: found from the file:
    /// comma, semicolon, tab or |]
    #[arg(long, value_name = "CHAR", value_parser = values::character)]
    delimiter: Option<char>,
    /// Character before the fraction of numbers in text files: . or , [default: a point; a comma
    /// if fields are not separated by commas and numbers have one]
    #[arg(long, value_name = "CHAR", value_parser = values::character)]
    decimal: Option<char>,
    /// Character between groups of three digits in text files, as in 1,234.5 [default: none]
    #[arg(long, value_name = "CHAR", value_parser = values::character)]
    thousands: Option<char>,
    /// Do not read columns from the names of directories such as gpu=A100/
    #[arg(long)]
    no_partitions: bool,
}

impl ReadingArgs {
    fn dialect(&self) -> Dialect {
        Dialect {
            delimiter: self.delimiter,
            decimal: self.decimal,
            thousands: self.thousands,
            na: self.na.clone(),
            no_partitions: self.no_partitions,
        }
    }

    /// The tables that files stand for.
    pub(crate) fn all(&self, paths: &[String]) -> TableSource {
        TableSource::files(paths).written(&self.dialect())
    }

    /// The table that a file stands for.
    pub(crate) fn one(&self, path: &str) -> TableSource {
        self.all(&[path.to_owned()])
    }
}

impl InputArgs {
    /// The tables that files and the filter stand for.
    pub(crate) fn source(&self, paths: &[String]) -> TableSource {
        let source = self.reading.all(paths);
        match &self.filter {
            None => source,
            Some(filter) => source.filtered(filter),
        }
    }
}

/// Where a table goes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct TableArgs {
    /// Write to this file, replaced as a whole: .csv, .tsv, .parquet, .arrow or .jsonl [default:
    /// standard output, a table on a terminal and CSV in a pipe]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the output, whatever the name of the file [default: by the name of the file]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<TableFormat>,
}

/// Formats of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// Aligned columns with shortened numbers, for standard output only
    Table,
    /// Comma-separated values with a header line
    Csv,
    /// Tab-separated values with a header line
    Tsv,
    /// Apache Parquet
    Parquet,
    /// Arrow IPC
    Arrow,
    /// One JSON object per line
    Jsonl,
}

/// How a summary is written.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct SummaryArgs {
    /// Format of the result on standard output [default: table on a terminal, csv in a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<TextFormat>,
}

/// Formats of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// Aligned columns with shortened numbers
    Table,
    /// One JSON value
    Json,
    /// Comma-separated values with a header line
    Csv,
}

impl TableArgs {
    /// A file, whose name says the format.
    pub(crate) fn file(path: &Path) -> TableArgs {
        TableArgs {
            output: Some(path.to_owned()),
            format: None,
        }
    }

    /// Where the table goes.
    pub(crate) fn check(&self) -> anyhow::Result<Destination> {
        self.check_on(io::stdout().is_terminal())
    }

    /// The file that it names, if it names one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Where the table goes, which is none of the tables `read`.
    pub(crate) fn check_beside(&self, read: &[String]) -> anyhow::Result<Destination> {
        self.check_named("-o", read)
    }

    /// As [`TableArgs::check_beside`], of an output that the option `flag` names.
    pub(crate) fn check_named(&self, flag: &str, read: &[String]) -> anyhow::Result<Destination> {
        check_not_read(flag, self.output.as_deref(), read)?;
        self.check()
    }

    fn check_on(&self, terminal: bool) -> anyhow::Result<Destination> {
        let format = self.format.map(|format| match format {
            TableFormat::Table => None,
            TableFormat::Csv => Some(Format::Csv),
            TableFormat::Tsv => Some(Format::Tsv),
            TableFormat::Parquet => Some(Format::Parquet),
            TableFormat::Arrow => Some(Format::Arrow),
            TableFormat::Jsonl => Some(Format::JsonLines),
        });
        match (file(self.output.as_deref()), format) {
            (None, Some(None)) => Ok(Destination::Eye),
            (None, None) if terminal => Ok(Destination::Eye),
            (None, Some(Some(Format::Parquet | Format::Arrow))) if terminal => {
                usage("this format is not for a terminal; give -o FILE")
            }
            (None, format) => Ok(Destination::Table(
                Target::Stdout,
                format.flatten().unwrap_or(Format::Csv),
            )),
            (Some(path), Some(None)) => usage(format!(
                "--format table is for standard output; remove -o {}, or choose another format",
                path.display()
            )),
            (Some(path), format) => {
                let format = format.flatten().or_else(|| Format::from_path(path));
                let format = format.ok_or_else(|| {
                    Fault::usage(format!(
                        "{}: unknown table format; name the output .csv, .tsv, .parquet, .arrow or .jsonl, or give --format",
                        path.display()
                    ))
                })?;
                check_file(path)?;
                Ok(Destination::Table(Target::Path(path.to_owned()), format))
            }
        }
    }
}

impl SummaryArgs {
    /// The format that is meant.
    pub(crate) fn resolve(&self) -> TextFormat {
        self.format.unwrap_or(if io::stdout().is_terminal() {
            TextFormat::Table
        } else {
            TextFormat::Csv
        })
    }
}

/// The file that `-o` names, if it is one and not another name of standard output.
fn file(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !is_stdout(path))
}

/// That the output that `flag` names does not take the place of a file that is
/// read: tables, models, spaces, hosts, or the file of options.
pub(crate) fn check_not_read(
    flag: &str,
    output: Option<&Path>,
    read: &[String],
) -> anyhow::Result<()> {
    let Some(output) = file(output) else {
        return Ok(());
    };
    let Ok(written) = std::fs::canonicalize(output) else {
        return Ok(());
    };
    let is_written = |path: PathBuf| std::fs::canonicalize(path).is_ok_and(|path| path == written);
    let same = |path: &&str| files_of(path).into_iter().any(is_written);
    let mut read = read.iter().map(String::as_str).chain([OPTIONS_FILE]);
    match read.find(same) {
        None => Ok(()),
        Some(path) => usage(format!(
            "{flag} would replace {path}, which is read; name another file"
        )),
    }
}

/// The file of options that is read if it is there.
pub(crate) const OPTIONS_FILE: &str = "altool.toml";

/// The names of files, for [`check_not_read`].
pub(crate) fn names<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Vec<String> {
    let names = paths.into_iter().map(|path| path.display().to_string());
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: Option<&str>, format: Option<TableFormat>) -> TableArgs {
        TableArgs {
            output: path.map(PathBuf::from),
            format,
        }
    }

    #[test]
    fn the_destination_follows_name_format_and_terminal() {
        let at = |path, format, terminal| output(path, format).check_on(terminal);
        let stdout = |format| Destination::Table(Target::Stdout, format);
        assert_eq!(at(None, None, true).unwrap(), Destination::Eye);
        assert_eq!(at(None, None, false).unwrap(), stdout(Format::Csv));
        assert_eq!(at(Some("-"), None, false).unwrap(), stdout(Format::Csv));
        let named = at(Some("/dev/stdout"), None, false);
        assert_eq!(named.unwrap(), stdout(Format::Csv));
        let jsonl = Some(TableFormat::Jsonl);
        assert_eq!(at(None, jsonl, true).unwrap(), stdout(Format::JsonLines));
        let table = Some(TableFormat::Table);
        assert_eq!(at(None, table, false).unwrap(), Destination::Eye);
        let file = |name: &str, format| Destination::Table(Target::Path(name.into()), format);
        assert_eq!(
            at(Some("a.arrow"), None, true).unwrap(),
            file("a.arrow", Format::Arrow)
        );
        assert_eq!(
            at(Some("a.txt"), jsonl, true).unwrap(),
            file("a.txt", Format::JsonLines)
        );
        assert!(at(Some("a.txt"), None, true).is_err());
        assert!(at(Some("a.csv"), table, true).is_err());
        assert!(at(None, Some(TableFormat::Parquet), true).is_err());
        assert!(at(Some("no-such-directory/a.csv"), None, true).is_err());
    }
}
