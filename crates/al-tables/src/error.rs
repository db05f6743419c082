//! Everything that can go wrong with a table on disk, in sentences that name
//! the file, the line, the column and what to do.

use std::path::PathBuf;

/// Whose fault an error is, for exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was read is missing, damaged or does not fit.
    Data,
    /// The machine refused to write.
    Io,
    /// Another process is at work on the file.
    InUse,
    /// The reader of standard output has gone: not a failure.
    BrokenPipe,
}

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No file of that name, or no file matches the pattern.
    #[error("{path}: {}{}", nothing(path), hint(near))]
    NotFound {
        /// The path or pattern as given.
        path: String,
        /// A file of a similar name in the same directory.
        near: Option<String>,
    },
    /// A directory where a file is needed.
    #[error("{path}: is a directory; name the files in it, for example \"{path}/*.csv\"")]
    Directory {
        /// The path as given.
        path: String,
    },
    /// A file name without a known ending.
    #[error(
        "{path}: unknown table format; use .csv, .tsv, .parquet, .arrow or .jsonl (CSV also as .csv.gz and .csv.zst)"
    )]
    UnknownFormat {
        /// The path or format name as given.
        path: String,
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
    #[error("{path}: the file is empty; a table needs at least a header line with column names")]
    Empty {
        /// The file.
        path: String,
    },
    /// A CSV record with more or fewer fields than the header.
    #[error(
        "{path}, line {line}: {found} fields where the header has {expected}; check the separators and quotes of this line"
    )]
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
    #[error(
        "{path}: the column names {} occur more than once; rename them",
        quoted(names)
    )]
    DuplicateColumns {
        /// The file.
        path: String,
        /// The names.
        names: Vec<String>,
    },
    /// Bytes that are not UTF-8.
    #[error("{path}, line {line}: not UTF-8 text; convert the file, for example with iconv")]
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
    #[error(
        "{path}: has no column {column:?}, which {first} has{}; files read together need the same columns",
        hint(near)
    )]
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
    #[error("there is no column {name:?}{}", hint(near))]
    UnknownColumn {
        /// The name.
        name: String,
        /// A column of a similar name.
        near: Option<String>,
    },
    /// A column of a type that cannot be read.
    #[error(
        "{path}: column {column:?} cannot be read: it holds {kind}; cast it to a 32-bit float and write the file again"
    )]
    UnreadableColumn {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// Its type, in words.
        kind: String,
    },
    /// A column was to be added whose name is taken.
    #[error("the table has a column {name:?} already")]
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
    },
    /// A damaged file.
    #[error("{path}: the file is damaged or of an unsupported kind: {message}; write it again")]
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
    #[error("{path}: another process is using it; try again when it has finished")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The reader of standard output has gone.
    #[error("standard output was closed")]
    BrokenPipe,
}

impl TableError {
    /// Whose fault the error is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            TableError::Write { .. } | TableError::Unwritable { .. } => ErrorKind::Io,
            TableError::InUse { .. } => ErrorKind::InUse,
            TableError::BrokenPipe => ErrorKind::BrokenPipe,
            _ => ErrorKind::Data,
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

/// ` (did you mean "x"?)`, or nothing.
fn hint(near: &Option<String>) -> String {
    near.as_ref()
        .map_or_else(String::new, |near| format!(" (did you mean {near:?}?)"))
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_place_and_the_remedy() {
        let error = TableError::NotFound {
            path: "resluts.csv".into(),
            near: Some("results.csv".into()),
        };
        assert_eq!(
            error.to_string(),
            "resluts.csv: no such file (did you mean \"results.csv\"?)"
        );
        assert_eq!(error.kind(), ErrorKind::Data);
        let error = TableError::DuplicateColumns {
            path: "a.csv".into(),
            names: vec!["x".into(), "y".into()],
        };
        assert_eq!(
            error.to_string(),
            "a.csv: the column names \"x\", \"y\" occur more than once; rename them"
        );
        assert_eq!(TableError::BrokenPipe.kind(), ErrorKind::BrokenPipe);
    }
}
