//! Where results go: files, standard output, a table for the eye.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use al_pipeline::{Fault, Format, Frame, Input, ReadOptions, Target, Writer};
use al_words::columns::{
    COMBINED_SCORE, OutputColumn, P_BEST, PICK_SCORE, PREDICTED, PREDICTION, RANK, REASON,
    RECOMMENDED_HARDWARE, UNCERTAINTY, written,
};
use al_words::numbers::digits;

use crate::exit::usage;
use crate::sheet::TextSheet;
use crate::signals;

/// Rows shown of a long table on a terminal.
const SHOWN: usize = 20;

/// Where a table goes, checked before any work is done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Standard output, to be read by people.
    Eye,
    /// A file or standard output, to be read by programs.
    Table(Target, Format),
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

impl Destination {
    /// A writer for tables made block by block, and what to do when it is
    /// done.
    pub(crate) fn stream(&self) -> anyhow::Result<Stream> {
        Ok(match self {
            Destination::Table(target, format) => Stream {
                target: target.clone(),
                format: *format,
                scratch: None,
            },
            Destination::Eye => {
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

    /// Writes a table that is in memory; for the eye its first rows, and how many more
    /// there are.
    pub(crate) fn write_some(&self, frame: &Frame) -> anyhow::Result<()> {
        let rows = frame.n_rows();
        if *self != Destination::Eye || rows <= SHOWN {
            return self.write(frame, true);
        }
        let first: Vec<usize> = (0..SHOWN).collect();
        let shown = lines(&frame.take(&first), true)?;
        text(&format!("{shown}{}", not_shown(rows)))
    }

    /// Writes a table that is in memory.
    pub(crate) fn write(&self, frame: &Frame, header: bool) -> anyhow::Result<()> {
        match self {
            Destination::Eye => text(&lines(frame, header)?),
            Destination::Table(target, format) => {
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
            Destination::Table(Target::Path(path), _) => Some(path.display().to_string()),
            _ => None,
        }
    }
}

/// What is said below the first ones of so many rows.
fn not_shown(rows: usize) -> String {
    format!(
        "… rows not shown: {}; give -o FILE for all of them\n",
        rows - SHOWN
    )
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
    let names: Vec<String> = sheet.headers.clone();
    if !header {
        sheet.headers.fill(String::new());
    }
    let order = dispensable(&names, &sheet);
    Ok(sheet.lines(&order, |row| reasons.get(row).cloned()))
}

/// What of altool's own columns is read first.
const TELLING: [&OutputColumn; 8] = [
    &RANK,
    &PICK_SCORE,
    &PREDICTION,
    &PREDICTED,
    &UNCERTAINTY,
    &RECOMMENDED_HARDWARE,
    &P_BEST,
    &COMBINED_SCORE,
];

/// The columns in the order in which they are left out where they do not fit:
/// those with the same value in all rows, altool's own but for the most telling,
/// then those that tell the rows apart, the last of each first.
fn dispensable(names: &[String], sheet: &TextSheet) -> Vec<usize> {
    let own = written(names, &[]);
    let class = |column: usize| {
        let name = &names[column];
        match (own.contains(name), sheet.is_same(column)) {
            _ if TELLING.iter().any(|telling| telling.name == name) => 3,
            (false, true) => 0,
            (true, _) => 1,
            (false, false) => 2,
        }
    };
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&column| (class(column), std::cmp::Reverse(column)));
    order
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
            shown.push_str(&not_shown(rows));
        }
        text(&shown)
    }
}

/// A table for the eye, numbers shortened.
fn sheet(frame: &Frame) -> Result<TextSheet, Fault> {
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
            _ => text,
        }
    };
    Ok(TextSheet {
        headers: columns.iter().map(|column| column.name.clone()).collect(),
        rows: (0..table.n_rows())
            .map(|row| (0..columns.len()).map(|at| cell(at, row)).collect())
            .collect(),
        right_aligned: numeric,
    })
}

/// Writes to standard output.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Writes a file of text, whole or not at all.
pub(crate) fn write_file(path: &Path, content: &str) -> anyhow::Result<()> {
    Ok(al_pipeline::write_atomic(path, content.as_bytes()).map_err(Fault::from)?)
}

/// That a page is not called as a file of another kind is.
pub(crate) fn check_page(path: &Path) -> anyhow::Result<()> {
    const OTHERS: [&str; 8] = ["pdf", "png", "svg", "jpg", "jpeg", "docx", "xlsx", "md"];
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.filter(|ending| OTHERS.contains(&ending.to_ascii_lowercase().as_str())) {
        None => Ok(()),
        Some(ending) => usage(format!(
            "{}: the page is HTML, not {ending}; name it report.html, say, and print that from a browser",
            path.display()
        )),
    }
}

/// Whether a path means standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    let stdout = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    stdout.iter().any(|name| path == Path::new(name))
}

/// The path of a model or a page that is to be written: never standard output.
pub(crate) fn named(path: &Path, what: &str) -> anyhow::Result<PathBuf> {
    if is_stdout(path) {
        return usage(format!(
            "{what} is a file; give it a name, not {}",
            path.display()
        ));
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

    #[test]
    fn what_tells_rows_apart_stays_longest() {
        let names = ["rank", "gpu", "framework", "batch", "distance", "score"].map(str::to_owned);
        let mut sheet = TextSheet::new(&names.each_ref().map(String::as_str));
        sheet.push(["1", "A100", "vLLM", "1", "0.1", "0.2"].map(str::to_owned));
        sheet.push(["2", "H100", "vLLM", "2", "0.1", "0.2"].map(str::to_owned));
        let order = dispensable(&names, &sheet);
        let order: Vec<&str> = order.iter().map(|&column| names[column].as_str()).collect();
        assert_eq!(
            order,
            ["framework", "distance", "batch", "gpu", "score", "rank"]
        );
    }

    #[test]
    fn a_model_does_not_take_the_name_of_a_table() {
        assert!(named(Path::new("results.CSV"), "a model").is_err());
        assert!(named(Path::new("-"), "a model").is_err());
        assert!(named(Path::new("model.altool"), "a model").is_ok());
    }
}
