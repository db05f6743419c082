//! What can go wrong in the loop, and which kind of failure it is.

use al_core::DataError;
use al_models::{FitError, LoadError};
use al_sampling::{OptionError, SelectError, UnknownStrategy};
use al_tables::{ErrorKind, Input, TableError};

/// An error of the loop. Messages name the file, the line and the column
/// where there is one, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What a table holds does not fit.
    #[error("{message}")]
    Data {
        /// Place, fault and remedy.
        message: String,
    },
    /// Options that do not fit together or name something unknown.
    #[error("{message}")]
    Usage {
        /// Fault and remedy.
        message: String,
    },
    /// A learner refused.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A batch could not be chosen within its limits.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// A model file that is damaged or is none.
    #[error("{path}: not a model file, or a damaged one: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// A model file of a later format.
    #[error(
        "{path}: this model has format {found}, written by altool {writer}; this altool reads up to format {known}: install a newer one"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        found: u32,
        /// The version that wrote it.
        writer: String,
        /// The newest format known here.
        known: u32,
    },
    /// What a belief says went wrong.
    #[error(transparent)]
    Fault(#[from] al_core::Fault),
    /// A report could not be made.
    #[error(transparent)]
    Report(#[from] crate::report::ReportError),
}

/// Kinds of failure, for exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Something that is nobody's fault or the machine's.
    Failed,
    /// The options.
    Usage,
    /// The data.
    Data,
    /// A newer format, or a file another process is using.
    Unavailable,
    /// The reader of standard output has gone: not a failure.
    BrokenPipe,
}

impl Error {
    /// Which kind of failure this is.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Error::Table(error) => match error.kind() {
                ErrorKind::Data => Failure::Data,
                ErrorKind::Io => Failure::Failed,
                ErrorKind::InUse => Failure::Unavailable,
                ErrorKind::BrokenPipe => Failure::BrokenPipe,
            },
            Error::Data { .. } | Error::Damaged { .. } => Failure::Data,
            Error::Fit(FitError::Task { .. }) | Error::Usage { .. } => Failure::Usage,
            Error::Fit(FitError::NoRows) | Error::Select(_) => Failure::Data,
            Error::Newer { .. } => Failure::Unavailable,
            Error::Fit(FitError::Library { .. }) | Error::Fault(_) | Error::Report(_) => {
                Failure::Failed
            }
        }
    }

    pub(crate) fn data(message: impl Into<String>) -> Error {
        Error::Data {
            message: message.into(),
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error::Usage {
            message: message.into(),
        }
    }

    pub(crate) fn damaged(path: &str, reason: impl ToString) -> Error {
        Error::Damaged {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// A fault in what `input` holds; rows count from the first row read.
    pub(crate) fn in_table(input: &Input, error: &DataError) -> Error {
        if let DataError::MissingColumn { column } = error {
            let mut left_out = input.left_out().iter();
            if let Some(unreadable) = left_out.find(|left| left.name == *column) {
                return unreadable.error().into();
            }
        }
        let place = match error.row() {
            Some(row) => input.place(row),
            None => files(input),
        };
        let hint = match error {
            DataError::MissingColumn { column } => did_you_mean(column, input.names()),
            _ => String::new(),
        };
        Error::data(format!("{place}: {error}{hint}"))
    }
}

impl From<UnknownStrategy> for Error {
    fn from(error: UnknownStrategy) -> Self {
        Error::usage(error.to_string())
    }
}

impl From<OptionError> for Error {
    fn from(error: OptionError) -> Self {
        Error::usage(error.to_string())
    }
}

impl From<(&str, LoadError)> for Error {
    fn from((path, error): (&str, LoadError)) -> Self {
        Error::damaged(path, error)
    }
}

/// The files of an input, for messages that concern no single row.
pub(crate) fn files(input: &Input) -> String {
    let names: Vec<&str> = input
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    match names.as_slice() {
        [first, _, _, ..] => format!("{first} and {} more files", names.len() - 1),
        names => names.join(", "),
    }
}

/// `; did you mean 'x'?`, or what there is to choose from.
pub(crate) fn did_you_mean(name: &str, among: &[String]) -> String {
    match al_tables::nearest(name, among) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => format!("; the columns are {}", among.join(", ")),
    }
}
