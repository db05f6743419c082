//! Interrupts: a command that is stopped leaves no temporary file behind, and says what
//! it keeps.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::exit;
use crate::log::Log;

/// Files of this module's users that are not outputs.
static SCRATCH: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What is said of an interrupt.
static KEPT: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn scratch() -> MutexGuard<'static, Vec<PathBuf>> {
    SCRATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process with code 130 on an interrupt or a request to terminate,
/// after the temporary files are removed.
pub(crate) fn install(log: Log) {
    let handled = ctrlc::set_handler(move || {
        al_pipeline::abandon_writes();
        for path in scratch().drain(..) {
            // The process is ending: there is nobody to tell.
            let _ = std::fs::remove_file(path);
        }
        for sentence in KEPT
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            log.note(&sentence);
        }
        end();
    });
    if let Err(error) = handled {
        log.warning(&format!(
            "an interrupt may leave a temporary file behind: {error}"
        ));
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "an interrupt ends the process from a thread of its own, not from main"
)]
fn end() {
    std::process::exit(exit::INTERRUPTED);
}

/// Removes `path` too if the process is interrupted.
pub(crate) fn also_remove(path: &Path) {
    scratch().push(path.to_owned());
}

/// Says `sentence` if the process is interrupted.
pub(crate) fn also_say(sentence: String) {
    KEPT.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(sentence);
}
