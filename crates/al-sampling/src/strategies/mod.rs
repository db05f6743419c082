//! The strategies, one file each: what it prefers, its formula and unit, its
//! cost for n candidates, a anchors, m features, d point columns and k picks,
//! where it comes from, and when not to use it.

pub mod diversity;
pub mod lcmd;
pub mod random;
pub mod space_filling;
pub mod uncertainty;

mod ranked;

#[cfg(test)]
pub(crate) mod tests;
