//! Crate al-pipeline.
