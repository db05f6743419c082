//! The strategies, one file each: what it prefers, its formula and unit, its
//! cost for n candidates, a anchors, m features, d point columns and k picks,
//! where it comes from, and when not to use it.

pub mod core_set;
pub mod density;
pub mod diversity;
pub mod gsy;
pub mod igs;
pub mod k_means_plus_plus;
pub mod lcmd;
pub mod random;
pub mod rt_al;
pub mod space_filling;
pub mod stratified;
pub mod uncertainty;

mod farthest;
mod ranked;

#[cfg(test)]
pub(crate) mod tests;
