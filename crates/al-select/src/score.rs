//! Scoring: what is believed of each candidate, and what measuring it would
//! teach.

mod borrowers;
mod columns;
mod distances;
mod gain;
mod measured_structures;
mod measures;
mod options;
mod scorer;
mod table;
mod unseen;

pub(crate) use columns::added;
pub(crate) use distances::similar_to_earlier;
pub use gain::{Gain, Informant, Information, ReferenceRows, Wanted, noise};
pub(crate) use measured_structures::MeasuredStructures;
pub use measures::UncertaintyWeights;
pub(crate) use measures::{Look, Measures, Ranges};
pub use options::{ScoreOptions, Scored};
pub(crate) use scorer::{NEIGHBOURS, Scorer, informed, shifted};
pub use scorer::{applicability_distances, sampled, uncertainties};
pub(crate) use table::score_input;
pub use table::{score, taken_name};
pub use unseen::Unseen;
pub(crate) use unseen::far_beyond;
