//! A row of advice that is asked for.

/// A row of advice that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) workload: usize,
    /// The row of the candidates whose other columns come along.
    pub(crate) row: usize,
    /// The hardware that it runs on now, if that is known.
    pub(crate) current: Option<u32>,
}
