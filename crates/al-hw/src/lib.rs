//! Crate al-hw.
