//! What is said on standard error: notes, warnings, errors and timings, as
//! text or as one JSON object per line.

use std::io::{self, Write};

use al_pipeline::Message;
use serde_json::{Value, json};

use crate::prose;
use crate::wording::Flags;

/// How much is said, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    pub(crate) quiet: bool,
    timings: bool,
    json: bool,
}

impl Log {
    /// Sentences; timings are said where `timings`.
    pub(crate) fn text(quiet: bool, timings: bool) -> Log {
        Log {
            quiet,
            timings,
            json: false,
        }
    }

    /// JSON lines, timings among them.
    pub(crate) fn json(quiet: bool) -> Log {
        Log {
            quiet,
            timings: true,
            json: true,
        }
    }

    /// Whether there may be progress bars: not among JSON lines.
    pub(crate) fn shows_bars(self) -> bool {
        !self.quiet && !self.json
    }

    /// What the user may like to know.
    pub(crate) fn note(self, message: &str) {
        if !self.quiet {
            self.say(message, || json!({ "note": message }));
        }
    }

    /// What may not be as the user thinks.
    pub(crate) fn warning(self, message: &str) {
        if !self.quiet {
            self.say(
                &format!("warning: {message}"),
                || json!({ "warning": message }),
            );
        }
    }

    pub(crate) fn warnings(self, messages: &[Message]) {
        for message in messages {
            self.warning(&message.worded(&Flags));
        }
    }

    /// Why the command failed.
    pub(crate) fn error(self, message: &str) {
        self.error_with(message, &[]);
    }

    /// Why the command failed, and for programs what else is known of that by name.
    pub(crate) fn error_with(self, message: &str, known: &[(&str, String)]) {
        self.say(&format!("error: {message}"), || {
            let mut line = json!({ "error": message });
            for (name, value) in known {
                line[*name] = json!(value);
            }
            line
        });
    }

    /// How long a stage of the work took.
    pub(crate) fn timing(self, stage: &str, seconds: f64) {
        if self.timings && !self.quiet {
            self.say(
                &format!("{seconds:9.3} s  {stage}"),
                || json!({ "stage": stage, "seconds": seconds }),
            );
        }
    }

    fn say(self, text: &str, json: impl FnOnce() -> Value) {
        let mut stderr = io::stderr().lock();
        // A closed standard error cannot be reported anywhere.
        let _ = if self.json {
            writeln!(stderr, "{}", json())
        } else {
            let line = prose::wrapped(&prose::harmless(text), prose::message_width(), 0);
            writeln!(stderr, "{line}")
        };
    }
}
