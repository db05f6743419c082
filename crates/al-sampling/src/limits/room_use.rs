//! The room that a batch may take up.

use std::sync::Arc;

use super::Fit;

/// What room candidates take up, and how much there is.
#[derive(Debug, Clone)]
pub(super) struct RoomUse {
    /// Per candidate its kind and its size.
    pub(super) items: Arc<[(u32, u64)]>,
    pub(super) fit: Arc<dyn Fit>,
    /// Those of the rows taken.
    pub(super) taken: Vec<(u32, u64)>,
}

impl RoomUse {
    pub(super) fn new(items: Arc<[(u32, u64)]>, fit: Arc<dyn Fit>) -> RoomUse {
        RoomUse {
            items,
            fit,
            taken: Vec::new(),
        }
    }

    /// Whether there is room for the rows taken and these candidates.
    pub(super) fn holds(&self, more: impl Iterator<Item = u32>) -> bool {
        let mut all = self.taken.clone();
        all.extend(more.map(|row| self.items[row as usize]));
        self.fit.fits(&all)
    }
}
