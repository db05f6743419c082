//! Learners and what is made of them: ensembles on bootstrap samples, quantile
//! pairs, calibrated intervals, and models as bytes.
//!
//! This crate knows no strategy and no file. Whoever chooses rows reads the
//! posterior ([`al_core::Posterior`]) that an ensemble gives, not the models.

pub mod beyond;
pub mod calibration;
pub mod change;
pub mod ensemble;
mod entry;
mod evaluated;
pub mod fitted;
mod gaussian;
mod groups;
mod interval;
mod judged;
pub mod layout;
pub mod learner;
mod learners;
pub mod leaves;
mod normal;
mod out_of_bag;
mod probabilities;
pub mod quantiles;
mod recipe;
mod recode;
pub mod registry;
mod spread;
pub mod stack;
mod stacks;
pub mod transfer;

pub use beyond::Beyond;
pub use change::ModelChange;
pub use ensemble::{Continuation, Ensemble, NewRows};
pub use entry::{LEARNER_SYMBOLS, LearnerDoc, LearnerEntry, LearnerOption};
pub use fitted::{CALIBRATION_FROM, Fitted, TrainingRows};
pub use judged::MOST_JUDGED;
pub use learner::{
    Boosting, FitError, Labelled, Labels, Leaf, Learner, LearnerOptions, LeftOut, LeftOutValue,
    LoadError, Model,
};
pub use recipe::{AskedOptions, Recipe};
pub use registry::LEARNERS;
pub use stack::{GrownParts, RefitCause, Stack, StackPart};
pub use transfer::Transfer;
