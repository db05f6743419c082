//! One learner per file; [`crate::registry`] lists them.

pub(crate) mod auto;
pub(crate) mod boosted;
pub(crate) mod boosted_smartcore;
pub(crate) mod constant;
pub(crate) mod forest;
pub(crate) mod gp;
mod growing;
pub(crate) mod linear;
pub(crate) mod logistic;
mod smart;
pub(crate) mod tree;
pub(crate) mod trees;
