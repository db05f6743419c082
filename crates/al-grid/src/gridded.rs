//! What a grid came to, of all combinations or of a sample.

/// What a grid came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gridded {
    /// Combinations of the values; `None` if some column may be any number of
    /// a range.
    pub combinations: Option<u128>,
    /// Combinations drawn for a sample, with those drawn before; all of them
    /// if a sample went through all. 0 without a sample.
    pub drawn: u64,
    /// Those that the rules or the filter forbid.
    pub forbidden: u64,
    /// Those that are measured already.
    pub measured: u64,
    /// Those that were written.
    pub rows: u64,
    /// Whether nothing is left beside these rows: of a sample smaller than
    /// was asked for.
    pub all: bool,
}
