//! Exit codes: the one place that knows them.
//!
//! 0 done · 1 failed · 2 usage · 3 bad data · 4 nothing left to measure ·
//! 5 a newer format, or a file in use · 130 interrupted. A closed pipe is 0.

use std::io::{self, Write};
use std::process::ExitCode;

use al_pipeline::{Fault, FaultKind, Message};

use crate::log::Log;
use crate::wording::Flags;

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

/// A usage error.
pub(crate) fn usage<T>(message: impl Into<Message>) -> anyhow::Result<T> {
    Err(Fault::usage(message).into())
}

/// Says what went wrong; the code is that of the failure.
pub(crate) fn report(error: &anyhow::Error, log: Log) -> ExitCode {
    let code = code(error);
    if code != 0 {
        let remedy = error
            .downcast_ref::<Fault>()
            .and_then(Fault::remedy_message);
        let remedy = remedy.map(|remedy| ("remedy", remedy.worded(&Flags)));
        log.error_with(&sentence(error), remedy.as_slice());
    }
    ExitCode::from(code)
}

fn code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        let kind = if let Some(fault) = cause.downcast_ref::<Fault>() {
            fault.kind()
        } else if let Some(error) = cause.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::BrokenPipe => FaultKind::BrokenPipe,
                _ => FaultKind::Failed,
            }
        } else {
            continue;
        };
        return match kind {
            FaultKind::BrokenPipe => 0,
            FaultKind::Failed => 1,
            FaultKind::Usage => USAGE,
            FaultKind::Data => 3,
            FaultKind::Unavailable => 5,
        };
    }
    1
}

/// The message and its causes on one line, in the words of the command line; a
/// cause that its error repeats is said once.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let text = match cause.downcast_ref::<Fault>() {
            Some(fault) => fault.worded(&Flags),
            None => cause.to_string(),
        };
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
    use al_pipeline::setting;
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn kinds_of_failure_have_their_codes() {
        let code = |error: anyhow::Error| code(&error);
        for (kind, expected) in [
            (FaultKind::BrokenPipe, 0),
            (FaultKind::Failed, 1),
            (FaultKind::Usage, 2),
            (FaultKind::Data, 3),
            (FaultKind::Unavailable, 5),
        ] {
            assert_eq!(code(Fault::new(kind, "x").into()), expected, "{kind:?}");
        }
        let within = anyhow::Error::new(Fault::data("x")).context("reading");
        assert_eq!(code(within), 3);
        assert_eq!(code(anyhow::anyhow!("x")), 1);
        assert_eq!(code(io::Error::from(io::ErrorKind::BrokenPipe).into()), 0);
        assert_eq!(code(io::Error::from(io::ErrorKind::StorageFull).into()), 1);
    }

    #[test]
    fn messages_are_one_line_and_say_nothing_twice() {
        let error = Err::<(), _>(Fault::data("no\n  such thing"))
            .context("cannot go on: no\n  such thing")
            .unwrap_err();
        assert_eq!(sentence(&error), "cannot go on: no such thing");
        let error = Err::<(), _>(Fault::data("b")).context("x").unwrap_err();
        assert_eq!(sentence(&error), "x: b");
        let remedy = Message::from("raise ").setting(setting::MIN_GAIN);
        let error = anyhow::Error::new(Fault::usage("a").remedy(remedy));
        assert_eq!(sentence(&error), "a; raise --min-gain");
    }
}
