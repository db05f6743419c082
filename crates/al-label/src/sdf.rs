//! Structure data files (CTfile formats, V2000 and V3000).

use al_store::{Item, QueueItem};

use crate::error::LabelError;

/// An order list as a structure data file.
pub(crate) fn order(rows: &[QueueItem], items: &[Option<Item>]) -> Result<Vec<u8>, LabelError> {
    let _ = (rows, items);
    Err(LabelError::invalid(
        "format",
        "there are no structure data files yet",
    ))
}
