//! Exit codes: the one place that knows them.
//!
//! 0 done · 1 failed · 2 usage · 3 bad data · 4 nothing left to measure ·
//! 5 a newer format, or a file in use · 130 interrupted. A closed pipe is 0.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use al_pipeline::Failure;

use crate::log::Log;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what was asked.
    Done,
    /// There was nothing left to choose.
    NothingLeft,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Done => 0,
            Outcome::NothingLeft => 4,
        })
    }
}

/// The code of a failure that is nobody's fault, a bug among them.
pub(crate) const FAILED: ExitCode = ExitCode::FAILURE;

/// The code of a wrong command line.
pub(crate) const USAGE: u8 = 2;

/// The code of a process that was interrupted: 128 and the number of SIGINT.
pub(crate) const INTERRUPTED: i32 = 130;

/// Options that do not fit together, or a value that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A usage error.
pub(crate) fn usage<T>(message: impl Into<String>) -> anyhow::Result<T> {
    Err(Usage(message.into()).into())
}

/// Something in a file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadData(pub(crate) String);

impl fmt::Display for BadData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadData {}

/// Says what went wrong; the code is that of the failure.
pub(crate) fn report(error: &anyhow::Error, log: Log) -> ExitCode {
    let code = code(error);
    if code != 0 {
        log.error(&sentence(error));
    }
    ExitCode::from(code)
}

fn code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        let failure = if let Some(error) = cause.downcast_ref::<al_pipeline::Error>() {
            error.failure()
        } else if cause.is::<Usage>() {
            Failure::Usage
        } else if cause.is::<BadData>() {
            Failure::Data
        } else if let Some(error) = cause.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
                _ => Failure::Failed,
            }
        } else {
            continue;
        };
        return match failure {
            Failure::BrokenPipe => 0,
            Failure::Failed => 1,
            Failure::Usage => USAGE,
            Failure::Data => 3,
            Failure::Unavailable => 5,
        };
    }
    1
}

/// The message and its causes on one line; a cause that its error repeats is
/// said once.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if said.is_empty() {
            said = text;
        } else if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
    }
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Replaces the words of a panic by some that help the user, and keeps quiet
/// about panics that damaged files cause in polars, which are errors.
pub(crate) fn explain_panics() {
    std::panic::set_hook(Box::new(|info| {
        let what = info.payload_as_str().unwrap_or("no message");
        let place = info
            .location()
            .map(|place| format!(" ({}:{})", place.file(), place.line()))
            .unwrap_or_default();
        // The process is ending for a bug: a closed standard error is no
        // further news.
        let _ = writeln!(
            io::stderr().lock(),
            "error: this is a bug in altool: {what}{place}; please report it with the command that caused it"
        );
    }));
    al_pipeline::quiet_panics();
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    fn data(message: &str) -> al_pipeline::Error {
        al_pipeline::Error::Data {
            message: message.to_owned(),
        }
    }

    #[test]
    fn kinds_of_failure_have_their_codes() {
        let code = |error: anyhow::Error| code(&error);
        assert_eq!(code(data("x").into()), 3);
        assert_eq!(code(anyhow::Error::new(data("x")).context("reading")), 3);
        assert_eq!(code(Usage("x".into()).into()), 2);
        assert_eq!(code(BadData("x".into()).into()), 3);
        assert_eq!(code(anyhow::anyhow!("x")), 1);
        assert_eq!(code(io::Error::from(io::ErrorKind::BrokenPipe).into()), 0);
        assert_eq!(code(io::Error::from(io::ErrorKind::StorageFull).into()), 1);
        let newer = al_pipeline::Error::Newer {
            path: "m".into(),
            found: 9,
            writer: "9".into(),
            known: 1,
        };
        assert_eq!(code(newer.into()), 5);
    }

    #[test]
    fn messages_are_one_line_and_say_nothing_twice() {
        let error = Err::<(), _>(data("no\n  such thing"))
            .context("cannot go on: no\n  such thing")
            .unwrap_err();
        assert_eq!(sentence(&error), "cannot go on: no such thing");
        let error = Err::<(), _>(data("b")).context("x").unwrap_err();
        assert_eq!(sentence(&error), "x: b");
    }
}
