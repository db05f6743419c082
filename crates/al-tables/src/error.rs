//! Everything that can go wrong with a table on disk, in sentences that name
//! the file, the line and the column; what to do is said apart.

use std::path::PathBuf;

use al_core::fault::quoted_list;
use al_core::{Fault, FaultKind, Message, did_you_mean, meant, setting};

/// An error of this crate. Its text says what is wrong, and where;
/// [`TableError::remedy`] says what to do, and a [`Fault`] made of it both.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No file of that name, or no file matches the pattern.
    #[error("{path}: {}", nothing(path))]
    NotFound {
        /// The path or pattern as given.
        path: String,
        /// A file of a similar name in the same directory.
        near: Option<String>,
    },
    /// A directory where a file is needed.
    #[error("{path}: is a directory")]
    Directory {
        /// The path as given.
        path: String,
        /// A pattern that matches tables in it.
        pattern: Option<String>,
    },
    /// A file name without a known ending.
    #[error("{path}: unknown table format")]
    UnknownFormat {
        /// The path or format name as given.
        path: String,
    },
    /// A file of a kind that may hold a table but is not read.
    #[error("{path}: is {kind}")]
    Foreign {
        /// The file.
        path: String,
        /// What it is.
        kind: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Numbers with a point in a file of decimal commas.
    #[error(
        "{path}: column '{column}' holds numbers with a point, and numbers here have a decimal comma"
    )]
    Pointed {
        /// The file.
        path: String,
        /// The column.
        column: String,
    },
    /// The operating system refused to read a file.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The file.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file without a table.
    #[error("{path}: the file is empty")]
    Empty {
        /// The file.
        path: String,
    },
    /// A CSV record with more or fewer fields than the header.
    #[error("{path}, line {line}: {found} fields where the header has {expected}")]
    Ragged {
        /// The file.
        path: String,
        /// The line on which the record starts, from 1.
        line: u64,
        /// Fields of the header.
        expected: usize,
        /// Fields of the record.
        found: usize,
    },
    /// Column names that occur more than once, or are empty.
    #[error("{path}: the column names {} occur more than once", quoted_list(names))]
    DuplicateColumns {
        /// The file.
        path: String,
        /// The names.
        names: Vec<String>,
    },
    /// Bytes that are not UTF-8.
    #[error("{path}, line {line}: not UTF-8 text")]
    NotText {
        /// The file.
        path: String,
        /// The line on which the record starts, from 1.
        line: u64,
    },
    /// A line that is not a JSON object.
    #[error("{path}, line {line}: not a JSON object: {message}")]
    Json {
        /// The file.
        path: String,
        /// The line, from 1.
        line: u64,
        /// What the parser says.
        message: String,
    },
    /// A later file lacks a column of the first.
    #[error("{path}: has no column '{column}', which {first} has")]
    MissingColumn {
        /// The file that lacks the column.
        path: String,
        /// The column.
        column: String,
        /// The first file.
        first: String,
        /// A column of a similar name in the file that lacks it.
        near: Option<String>,
    },
    /// A column was asked for that the table does not have.
    #[error("there is no column '{name}'")]
    UnknownColumn {
        /// The name.
        name: String,
        /// The columns that it has.
        columns: Vec<String>,
    },
    /// A column of a type that cannot be read.
    #[error("{path}: column '{column}' cannot be read: it holds {kind}")]
    UnreadableColumn {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// Its type, in words.
        kind: String,
    },
    /// A column was to be added whose name is taken.
    #[error("the table has a column '{name}' already")]
    ColumnExists {
        /// The name.
        name: String,
    },
    /// Columns or tables that do not fit together.
    #[error("{message}")]
    Shape {
        /// What does not fit.
        message: String,
    },
    /// A filter that is no boolean expression over the columns.
    #[error("the filter {expression:?} {message}")]
    Filter {
        /// The expression as given.
        expression: String,
        /// What is wrong with it.
        message: String,
        /// What to write instead.
        remedy: Option<Message>,
    },
    /// A damaged file.
    #[error("{path}: the file is damaged or of an unsupported kind: {message}")]
    Corrupt {
        /// The file.
        path: String,
        /// What was found.
        message: String,
    },
    /// The operating system refused to write a file.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A table that the output format cannot hold.
    #[error("{path}: cannot be written in this format: {message}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        message: String,
    },
    /// Another process holds the file.
    #[error("{path}: another process is using it")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The reader of standard output has gone.
    #[error("standard output was closed")]
    BrokenPipe,
}

impl TableError {
    /// The kind of the failure.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            TableError::Write { .. } | TableError::Unwritable { .. } => FaultKind::Failed,
            TableError::InUse { .. } => FaultKind::Unavailable,
            TableError::BrokenPipe => FaultKind::BrokenPipe,
            _ => FaultKind::Data,
        }
    }

    /// What to do about it, where that is not plain.
    #[must_use]
    pub fn remedy(&self) -> Option<Message> {
        match self {
            TableError::NotFound { near, .. } => near.as_deref().map(meant),
            TableError::Directory { path, pattern } => {
                let pattern = pattern.clone().unwrap_or_else(|| format!("{path}/*.csv"));
                let advice = format!("name the files in it, for example '{pattern}'");
                Some(Message::from(advice))
            }
            TableError::MissingColumn {
                near: Some(near), ..
            } => Some(meant(near)),
            TableError::UnknownColumn { name, columns } => {
                did_you_mean(name, columns, "the columns are")
            }
            TableError::Filter { remedy, .. } => remedy.clone(),
            TableError::Pointed { .. } => Some(
                Message::from("give ")
                    .setting(setting::THOUSANDS.to("."))
                    .text(" if it groups digits"),
            ),
            other => other.advice().map(Message::from),
        }
    }

    /// The remedies that are always the same.
    fn advice(&self) -> Option<&'static str> {
        Some(match self {
            TableError::UnknownFormat { .. } => {
                "use .csv, .tsv, .parquet, .arrow or .jsonl (text also as .gz and .zst)"
            }
            TableError::Empty { .. } => "a table needs at least a header line with column names",
            TableError::Foreign { remedy, .. } => remedy,
            TableError::Json { .. } => "write one object per line",
            TableError::Ragged { .. } => "check the separators and quotes of this line",
            TableError::DuplicateColumns { .. } => "rename them",
            TableError::NotText { .. } => "convert the file, for example with iconv",
            TableError::MissingColumn { .. } => "files read together need the same columns",
            TableError::UnreadableColumn { .. } => {
                "cast it to a 32-bit float and write the file again"
            }
            TableError::Corrupt { .. } => "write it again",
            TableError::InUse { .. } => "try again when it has finished",
            _ => return None,
        })
    }
}

impl From<TableError> for Fault {
    fn from(error: TableError) -> Fault {
        let fault = Fault::new(error.kind(), error.to_string()).maybe_remedy(error.remedy());
        match error {
            TableError::Read { source, .. } | TableError::Write { source, .. } => {
                fault.caused_by(source)
            }
            _ => fault,
        }
    }
}

/// What is not there: a file, or anything that a pattern matches.
fn nothing(path: &str) -> &'static str {
    if path.contains(['*', '?', '[']) {
        "no file matches this pattern"
    } else {
        "no such file"
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn said(error: TableError) -> String {
        Fault::from(error).to_string()
    }

    #[test]
    fn messages_name_the_place_and_the_remedy() {
        let error = TableError::NotFound {
            path: "resluts.csv".into(),
            near: Some("results.csv".into()),
        };
        assert_eq!(error.to_string(), "resluts.csv: no such file");
        assert_eq!(error.kind(), FaultKind::Data);
        assert_eq!(
            said(error),
            "resluts.csv: no such file; did you mean 'results.csv'?"
        );
        let error = TableError::DuplicateColumns {
            path: "a.csv".into(),
            names: vec!["x".into(), "y".into()],
        };
        assert_eq!(
            said(error),
            "a.csv: the column names 'x', 'y' occur more than once; rename them"
        );
        assert_eq!(TableError::BrokenPipe.kind(), FaultKind::BrokenPipe);
    }

    #[test]
    fn a_missing_column_names_the_nearest_or_all() {
        let missing = |near: Option<&str>| TableError::MissingColumn {
            path: "b.csv".into(),
            column: "latency".into(),
            first: "a.csv".into(),
            near: near.map(str::to_owned),
        };
        assert_eq!(
            said(missing(Some("latncy"))),
            "b.csv: has no column 'latency', which a.csv has; did you mean 'latncy'?"
        );
        assert!(said(missing(None)).ends_with("; files read together need the same columns"));
        let unknown = TableError::UnknownColumn {
            name: "y".into(),
            columns: vec!["model".into(), "time".into()],
        };
        assert_eq!(
            said(unknown),
            "there is no column 'y'; the columns are 'model', 'time'"
        );
    }

    #[test]
    fn what_the_system_said_is_kept() {
        let fault = Fault::from(TableError::Write {
            path: "a.csv".into(),
            source: std::io::ErrorKind::StorageFull.into(),
        });
        assert_eq!(fault.kind(), FaultKind::Failed);
        let source = fault.source().and_then(|source| source.downcast_ref());
        let kind = source.map(std::io::Error::kind);
        assert_eq!(kind, Some(std::io::ErrorKind::StorageFull));
    }
}
