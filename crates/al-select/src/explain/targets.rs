//! What there is to say of several targets, and of limits on them.

use al_core::{Direction, Tabular};
use serde::{Serialize, Serializer};

use super::reasons::Telling;
use super::worth::{BatchGain, gain_sentence};

/// A target of a batch that has several, or limits on them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedTarget {
    /// Its name.
    pub target: String,
    /// Its unit, if one is known.
    pub unit: Option<String>,
    /// Which values are wanted, if that is known.
    pub direction: Option<Direction>,
    /// Whether it is improved; else it only has limits.
    pub is_objective: bool,
    /// The limits on it.
    pub limits: Vec<String>,
    /// The relative fall of its model's error that earlier batches let expect.
    pub expected_gain: Option<f64>,
    /// The relative fall of its model's error that the batch can bring at most.
    pub largest_gain: Option<f64>,
}

/// A measured row that no other beats in all targets that are improved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredTradeOff {
    /// Its features, each with its value as it is written.
    #[serde(serialize_with = "as_object")]
    pub row: Vec<(String, String)>,
    /// What was measured, per target in its unit.
    #[serde(serialize_with = "as_object")]
    pub values: Vec<(String, f64)>,
}

/// Pairs of a name and a value as an object.
pub(super) fn as_object<S: Serializer, V: Serialize>(
    pairs: &[(String, V)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// What is predicted of a target of a row of the batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PickedTarget {
    /// The target.
    pub target: String,
    /// What the model predicts, in the target's unit; none for classes.
    pub prediction: Option<f64>,
    /// Variance over the members on the fitted scale, or a class's entropy in
    /// nats.
    pub doubt: Option<f64>,
}

/// A target beside the first, with what there is to say of it.
pub(crate) struct OtherTarget<'a> {
    pub(crate) belief: &'a dyn Tabular,
    pub(crate) telling: Telling<'a>,
    pub(crate) gain: Option<BatchGain>,
}

impl OtherTarget<'_> {
    /// What a batch of `n` rows has in common in this target.
    pub(super) fn sentences(&self, n: usize) -> Vec<String> {
        let mut said = self.telling.in_all();
        let gain = self.gain.filter(|_| n > 0);
        let target = self.belief.columns().target;
        said.extend(gain.map(|gain| gain_sentence(gain, Some(target))));
        said
    }
}
