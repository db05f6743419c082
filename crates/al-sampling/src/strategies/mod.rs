//! The strategies, one file each, which begins with its `DOC`: what it prefers,
//! its formula and unit, its cost, where it comes from, when to use it and when
//! not. The symbols are those of [`crate::STRATEGY_SYMBOLS`].

pub mod acs_fw;
pub mod bait;
pub mod bait_fb;
pub mod bald;
pub mod batch_bald;
pub mod batch_epig;
pub mod class_uncertainty;
pub mod core_set;
pub mod density;
pub mod diversity;
pub mod emcm;
pub mod epsilon_greedy;
pub mod greedy;
pub mod gsy;
pub mod hybrid;
pub mod hypervolume;
pub mod igs;
pub mod improvement;
pub mod k_means_plus_plus;
pub mod knowledge_gradient;
pub mod lcmd;
pub mod max_det;
pub mod power;
pub mod random;
pub mod rt_al;
pub mod space_filling;
pub mod stratified;
pub mod thompson;
pub mod ucb;
pub mod uncertainty;

mod believer;
mod draws;
mod farthest;
mod members;
mod outcomes;
mod ranked;
mod seeking;
mod spread;
mod targets;
mod trades;
mod turns;

#[cfg(test)]
pub(crate) mod tests;
