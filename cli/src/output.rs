//! Where results go: files, standard output, a table for the eye.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use al_pipeline::{Fault, Format, Frame, Input, ReadOptions, Target, Writer};
use al_words::columns::REASON;
use al_words::numbers::digits;

use crate::args::{SummaryFormat, TableFormat, TableOutput, TextFormat};
use crate::exit::usage;
use crate::sheet::Sheet;
use crate::signals;

/// Rows shown of a long table on a terminal.
const SHOWN: usize = 20;

/// Where a table goes, checked before any work is done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// To be read by eye on standard output.
    Eye,
    /// To be read by programs.
    Table(Target, Format),
}

impl TableOutput {
    /// The place that is meant.
    pub(crate) fn place(&self) -> anyhow::Result<Place> {
        self.place_on(io::stdout().is_terminal())
    }

    /// The place that is meant, which is none of the tables `read`.
    pub(crate) fn place_beside(&self, read: &[String]) -> anyhow::Result<Place> {
        check_not_read(self.output.as_deref(), read)?;
        self.place()
    }

    fn place_on(&self, terminal: bool) -> anyhow::Result<Place> {
        let format = self.format.map(|format| match format {
            TableFormat::Table => None,
            TableFormat::Csv => Some(Format::Csv),
            TableFormat::Tsv => Some(Format::Tsv),
            TableFormat::Parquet => Some(Format::Parquet),
            TableFormat::Arrow => Some(Format::Arrow),
            TableFormat::Jsonl => Some(Format::JsonLines),
        });
        match (file(self.output.as_deref()), format) {
            (None, Some(None)) => Ok(Place::Eye),
            (None, None) if terminal => Ok(Place::Eye),
            (None, Some(Some(Format::Parquet | Format::Arrow))) if terminal => {
                usage("this format is not for a terminal; give -o FILE")
            }
            (None, format) => Ok(Place::Table(
                Target::Stdout,
                format.flatten().unwrap_or(Format::Csv),
            )),
            (Some(path), Some(None)) => usage(format!(
                "--format table is for standard output; leave out -o {}, or choose another format",
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
                Ok(Place::Table(Target::Path(path.to_owned()), format))
            }
        }
    }
}

/// The file that `-o` names, if it is one.
fn file(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| *path != Path::new("-"))
}

/// Tells early, before long work, of a file that cannot be written.
pub(crate) fn check_file(path: &Path) -> anyhow::Result<()> {
    let refused = |kind: io::ErrorKind, why: String| {
        Err(Fault::from(al_pipeline::TableError::Write {
            path: path.to_owned(),
            source: io::Error::new(kind, why),
        })
        .into())
    };
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            refused(io::ErrorKind::IsADirectory, "it is a directory".to_owned())
        }
        Ok(found) if found.permissions().readonly() => refused(
            io::ErrorKind::PermissionDenied,
            "it is read-only".to_owned(),
        ),
        Ok(_) => Ok(()),
        Err(_) => match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() && !parent.exists() => refused(
                io::ErrorKind::NotFound,
                format!("there is no directory {}", parent.display()),
            ),
            _ => Ok(()),
        },
    }
}

/// That an output does not take the place of a table that is read.
fn check_not_read(output: Option<&Path>, read: &[String]) -> anyhow::Result<()> {
    let Some(output) = file(output) else {
        return Ok(());
    };
    let Ok(written) = std::fs::canonicalize(output) else {
        return Ok(());
    };
    let same = |path: &&String| std::fs::canonicalize(path).is_ok_and(|path| path == written);
    match read.iter().find(same) {
        None => Ok(()),
        Some(path) => crate::exit::usage(format!(
            "-o would replace {path}, which is read; name another file"
        )),
    }
}

impl Place {
    /// A writer for tables made block by block, and what to do when it is
    /// done.
    pub(crate) fn stream(&self) -> anyhow::Result<Stream> {
        Ok(match self {
            Place::Table(target, format) => Stream {
                target: target.clone(),
                format: *format,
                scratch: None,
            },
            Place::Eye => {
                let file = tempfile::Builder::new().suffix(".parquet").tempfile()?;
                let path = file.into_temp_path();
                signals::also_remove(&path);
                Stream {
                    target: Target::Path(path.to_path_buf()),
                    format: Format::Parquet,
                    scratch: Some(path),
                }
            }
        })
    }

    /// Writes a table that is in memory.
    pub(crate) fn write(&self, frame: &Frame, header: bool) -> anyhow::Result<()> {
        match self {
            Place::Eye => text(&lines(frame, header)?),
            Place::Table(target, format) => {
                let mut writer = Writer::create(target, *format).map_err(Fault::from)?;
                if !header {
                    writer = writer.without_header();
                }
                writer.write(frame).map_err(Fault::from)?;
                Ok(writer.finish().map_err(Fault::from)?)
            }
        }
    }

    /// The file, for a message.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Place::Table(Target::Path(path), _) => Some(path.display().to_string()),
            _ => None,
        }
    }
}

/// A table for the eye. Where there are reasons, each stands below its row.
fn lines(frame: &Frame, header: bool) -> Result<String, Fault> {
    let mut sheet = sheet(frame)?;
    let reason = sheet.headers.iter().position(|head| *head == REASON.name);
    let reasons: Vec<String> = match reason {
        None => Vec::new(),
        Some(column) => {
            sheet.headers.remove(column);
            sheet.right_aligned.remove(column);
            let cells = sheet.rows.iter_mut();
            cells.map(|row| row.remove(column)).collect()
        }
    };
    if !header {
        sheet.headers.fill(String::new());
    }
    Ok(sheet.lines(|row| reasons.get(row).cloned()))
}

/// A table on its way.
#[derive(Debug)]
pub(crate) struct Stream {
    target: Target,
    format: Format,
    scratch: Option<tempfile::TempPath>,
}

impl Stream {
    /// The writer.
    pub(crate) fn writer(&self) -> Result<Writer, Fault> {
        Ok(Writer::create(&self.target, self.format)?)
    }

    /// Shows on a terminal what was written, as much as fits the eye.
    pub(crate) fn show(self) -> anyhow::Result<()> {
        let Some(path) = self.scratch else {
            return Ok(());
        };
        let name = path.display().to_string();
        let input = Input::open(&[name], &ReadOptions::default()).map_err(Fault::from)?;
        let rows = input.n_rows_hint();
        let mut blocks = input.blocks(SHOWN, None).map_err(Fault::from)?;
        let Some(first) = blocks.next() else {
            return Ok(());
        };
        let mut shown = lines(&first.map_err(Fault::from)?, true)?;
        if rows > SHOWN {
            shown.push_str(&format!(
                "… rows left out: {}; give -o FILE for all of them\n",
                rows - SHOWN
            ));
        }
        text(&shown)
    }
}

/// A table for the eye, numbers shortened.
fn sheet(frame: &Frame) -> Result<Sheet, Fault> {
    let table = frame.table(None)?;
    let columns = table.columns();
    let numeric: Vec<bool> = columns
        .iter()
        .map(|column| matches!(column.data, al_core::ColumnData::Number(_)))
        .collect();
    let cell = |at: usize, row: usize| {
        let text = columns[at].data.text(row).unwrap_or_default();
        match text.parse::<f64>() {
            Ok(value) if numeric[at] && text.contains('.') => digits(value),
            _ => harmless(&text),
        }
    };
    Ok(Sheet {
        headers: columns
            .iter()
            .map(|column| harmless(&column.name))
            .collect(),
        rows: (0..table.n_rows())
            .map(|row| (0..columns.len()).map(|at| cell(at, row)).collect())
            .collect(),
        right_aligned: numeric,
    })
}

/// Text that a terminal shows and does not obey: a cell may hold escapes.
fn harmless(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(shown).collect()
}

/// Writes to standard output.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

impl SummaryFormat {
    /// The format that is meant.
    pub(crate) fn resolve(&self) -> TextFormat {
        self.format.unwrap_or(if io::stdout().is_terminal() {
            TextFormat::Table
        } else {
            TextFormat::Csv
        })
    }
}

/// Writes a file of text, whole or not at all.
pub(crate) fn write_file(path: &Path, content: &str) -> anyhow::Result<()> {
    Ok(al_pipeline::write_atomic(path, content.as_bytes()).map_err(Fault::from)?)
}

/// The path of a model or a page that is to be written: never standard output.
pub(crate) fn named(path: &Path, what: &str) -> anyhow::Result<PathBuf> {
    if path == Path::new("-") {
        return usage(format!("{what} is a file; give it a name, not -"));
    }
    // A slip of -o must not replace measurements by what was made of them.
    const TABLES: [&str; 10] = [
        "csv", "tsv", "parquet", "arrow", "ipc", "feather", "jsonl", "ndjson", "gz", "zst",
    ];
    let ending = path.extension().and_then(|ending| ending.to_str());
    if ending.is_some_and(|ending| TABLES.contains(&ending.to_ascii_lowercase().as_str())) {
        return usage(format!(
            "{}: this is the name of a table, and {what} is none; name it model.altool or report.html, say",
            path.display()
        ));
    }
    check_file(path)?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: Option<&str>, format: Option<TableFormat>) -> TableOutput {
        TableOutput {
            output: path.map(PathBuf::from),
            format,
        }
    }

    #[test]
    fn a_model_does_not_take_the_name_of_a_table() {
        assert!(named(Path::new("results.CSV"), "a model").is_err());
        assert!(named(Path::new("-"), "a model").is_err());
        assert!(named(Path::new("model.altool"), "a model").is_ok());
    }

    #[test]
    fn the_place_follows_name_format_and_terminal() {
        let at = |path, format, terminal| output(path, format).place_on(terminal);
        let stdout = |format| Place::Table(Target::Stdout, format);
        assert_eq!(at(None, None, true).unwrap(), Place::Eye);
        assert_eq!(at(None, None, false).unwrap(), stdout(Format::Csv));
        assert_eq!(at(Some("-"), None, false).unwrap(), stdout(Format::Csv));
        let jsonl = Some(TableFormat::Jsonl);
        assert_eq!(at(None, jsonl, true).unwrap(), stdout(Format::JsonLines));
        let table = Some(TableFormat::Table);
        assert_eq!(at(None, table, false).unwrap(), Place::Eye);
        let file = |name: &str, format| Place::Table(Target::Path(name.into()), format);
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
