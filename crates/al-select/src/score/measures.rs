//! Measures of candidates, and how they are combined on one scale.

use al_core::{Matrix, Posterior, Task, information, uncertainty};
use ndarray::Axis;
use uncertainty::Range;

use super::distances::MostSimilar;
use super::gain::{Gain, Information};

/// How much each measure counts in the combined uncertainty, ≥ 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UncertaintyWeights {
    /// The members' variance; for classes the entropy.
    pub disagreement: f64,
    /// The width of the interval; classes have none.
    pub interval: f64,
    /// The distance to what was learned from.
    pub distance: f64,
}

impl Default for UncertaintyWeights {
    fn default() -> Self {
        UncertaintyWeights {
            disagreement: 1.0,
            interval: 1.0,
            distance: 1.0,
        }
    }
}

/// What the model says of some rows: one value per row each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measures {
    /// Prediction in the target's unit (regression).
    pub prediction: Vec<f64>,
    /// Variance over the members on the fitted scale (regression).
    pub variance: Vec<f64>,
    /// Bounds in the target's unit (regression).
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    /// Width of the interval on the fitted scale (regression).
    pub width: Vec<f64>,
    /// Mean distance to the nearest learned rows.
    pub distance: Vec<f64>,
    /// The most similar measured structure; none where rows have no structures.
    pub similar: Vec<MostSimilar>,
    /// Mean probabilities, n × c (classification).
    pub probabilities: Option<ndarray::Array2<f64>>,
    /// Measures of a classifier's uncertainty.
    pub classes: information::ClassUncertainty,
    /// What measuring a row would teach; filled in when all rows are known.
    pub information: Information,
    /// Probability that the row works; none where no failure is known.
    pub feasible: Vec<f64>,
}

/// What the model says of some rows, as far as one row's numbers go, and what
/// is needed to say more once all rows are known.
pub(crate) struct Look {
    pub measures: Measures,
    pub posterior: Posterior,
    pub x: Matrix,
}

/// The ranges by which measures are combined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranges {
    ranges: TaskRanges,
    weights: UncertaintyWeights,
    gain: Option<(Gain, Range)>,
}

#[derive(Debug, Clone, Copy)]
enum TaskRanges {
    Values {
        variance: Range,
        width: Range,
        distance: Range,
        /// Whether any interval is finite.
        bounded: bool,
    },
    Classes {
        entropy: Range,
        distance: Range,
    },
}

impl Ranges {
    /// The ranges of the sampled rows of `measures`.
    pub(crate) fn of(
        measures: &Measures,
        task: Task,
        gain: Option<Gain>,
        weights: UncertaintyWeights,
    ) -> Ranges {
        let ranges = match task {
            Task::Regression => TaskRanges::Values {
                variance: Range::of(&measures.variance),
                width: Range::of(&measures.width),
                distance: Range::of(&measures.distance),
                bounded: measures.width.iter().any(|width| width.is_finite()),
            },
            Task::Classification => TaskRanges::Classes {
                entropy: Range::of(&measures.classes.entropy),
                distance: Range::of(&measures.distance),
            },
        };
        Ranges {
            ranges,
            weights,
            gain: gain.map(|gain| (gain, Range::of(measures.information.of(gain)))),
        }
    }

    /// The information gain of each row, in [0, 1]; none without a gain.
    pub(crate) fn gain(&self, measures: &Measures) -> Vec<f64> {
        let Some((gain, range)) = &self.gain else {
            return Vec::new();
        };
        let gains = measures.information.of(*gain).iter();
        gains.map(|&gain| range.normalise(gain)).collect()
    }

    /// The combined uncertainty of each row, in [0, 1].
    pub(crate) fn combine(&self, measures: &Measures) -> Vec<f64> {
        let weights = self.weights;
        match self.ranges {
            TaskRanges::Values {
                variance,
                width,
                distance,
                bounded,
            } => uncertainty::combined(&[
                (&measures.variance, variance, weights.disagreement),
                (
                    &measures.width,
                    width,
                    if bounded { weights.interval } else { 0.0 },
                ),
                (&measures.distance, distance, weights.distance),
            ]),
            // A class that is sure of a row unlike any other is not to be
            // believed: hence the distance.
            TaskRanges::Classes { entropy, distance } => uncertainty::combined(&[
                (&measures.classes.entropy, entropy, weights.disagreement),
                (&measures.distance, distance, weights.distance),
            ]),
        }
    }
}

impl Measures {
    /// What choosing goes on with: `self` followed by `other`, without the
    /// bounds.
    pub(crate) fn extend(&mut self, other: Measures) {
        self.prediction.extend(other.prediction);
        self.variance.extend(other.variance);
        self.width.extend(other.width);
        self.distance.extend(other.distance);
        self.classes.entropy.extend(other.classes.entropy);
        self.information.extend(other.information);
        self.probabilities = match (self.probabilities.take(), other.probabilities) {
            (Some(a), Some(b)) => {
                Some(ndarray::concatenate(Axis(0), &[a.view(), b.view()]).expect("equal widths"))
            }
            (a, b) => a.or(b),
        };
    }

    /// What ranges are taken from: `self` followed by `other`, nothing else.
    pub(crate) fn append(&mut self, other: Measures) {
        self.variance.extend(other.variance);
        self.width.extend(other.width);
        self.distance.extend(other.distance);
        self.classes.entropy.extend(other.classes.entropy);
        self.information.extend(other.information);
    }

    pub(crate) fn sample(&self, rows: &[usize]) -> Measures {
        let pick = |values: &[f64]| -> Vec<f64> {
            if values.is_empty() {
                Vec::new()
            } else {
                rows.iter().map(|&row| values[row]).collect()
            }
        };
        Measures {
            variance: pick(&self.variance),
            width: pick(&self.width),
            distance: pick(&self.distance),
            classes: information::ClassUncertainty {
                entropy: pick(&self.classes.entropy),
                ..Default::default()
            },
            information: self.information.pick(pick),
            ..Measures::default()
        }
    }
}

/// 0.4 · uncertainty + 0.6 · information gain, in [0, 1].
pub(crate) fn scores(uncertainty: &[f64], gain: &[f64]) -> Vec<f64> {
    uncertainty
        .iter()
        .zip(gain)
        .map(|(uncertainty, gain)| 0.4 * uncertainty + 0.6 * gain)
        .collect()
}
