//! Calls into polars that must not take the process down.
//!
//! polars panics on some damaged files, on the calling thread or on a thread
//! of its own pool. [`guarded`] turns such a panic into an error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars_core::error::PolarsError;

use crate::error::TableError;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Guarded calls in progress on all threads.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// Counts one guarded call while it lives.
struct Entered;

impl Entered {
    fn new() -> Entered {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs `work`; a panic in it, on whatever thread, is [`TableError::Corrupt`]
/// of the file `path`.
pub(crate) fn guarded<T>(
    path: &str,
    work: impl FnOnce() -> Result<T, TableError>,
) -> Result<T, TableError> {
    quiet_warnings();
    let entered = Entered::new();
    // A half-changed value is dropped with the closure: nothing that `work`
    // touched is used after a panic.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    drop(entered);
    result.unwrap_or_else(|payload| {
        Err(TableError::Corrupt {
            path: path.to_owned(),
            message: first_line(
                payload
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| payload.downcast_ref::<&str>().copied())
                    .unwrap_or("its structure is broken"),
            ),
        })
    })
}

/// Keeps panics that this crate catches and reports as errors off standard
/// error; every other panic is reported as before. For a binary to call once,
/// at its start, after it has installed a panic hook of its own if it has one.
pub fn quiet_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let here = DEPTH.try_with(Cell::get).unwrap_or(0) > 0;
            // polars names the threads of its pool so.
            let pool = ACTIVE.load(Ordering::Relaxed) > 0
                && std::thread::current()
                    .name()
                    .is_some_and(|name| name.starts_with("polars"));
            if !here && !pool {
                previous(info);
            }
        }));
    });
}

/// Keeps what polars says to programmers, deprecations above all, off standard
/// error: it is not about anything that a user wrote.
fn quiet_warnings() {
    static SET: Once = Once::new();
    SET.call_once(|| polars_core::error::set_warning_function(|_, _| {}));
}

/// A polars error about the file `path`.
pub(crate) fn corrupt(path: &str, error: &PolarsError) -> TableError {
    TableError::Corrupt {
        path: path.to_owned(),
        message: first_line(&error.to_string()),
    }
}

/// The first line of a message, cut at a length fit for one.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn panics_become_errors_on_this_and_on_worker_threads() {
        quiet_panics();
        let error = guarded::<()>("x.parquet", || panic!("bad page\nmore")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "x.parquet: the file is damaged or of an unsupported kind: bad page"
        );
        let error = guarded::<()>("x.parquet", || {
            (0..64)
                .into_par_iter()
                .for_each(|i| assert!(i != 33, "row {i}"));
            Ok(())
        })
        .unwrap_err();
        assert!(error.to_string().contains("row 33"), "{error}");
        assert_eq!(DEPTH.with(Cell::get), 0);
    }
}
