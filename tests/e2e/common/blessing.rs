//! Whether tests write what they would compare with: `ALTOOL_BLESS=1`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests may ask the environment whether to bless"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};

static WRITING: Mutex<()> = Mutex::new(());

pub(crate) fn asked() -> bool {
    std::env::var("ALTOOL_BLESS").is_ok_and(|value| value == "1")
}

/// Held while pages are written: two tests may write parts of one page.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}
