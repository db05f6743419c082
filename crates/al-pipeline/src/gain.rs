//! What measuring a candidate is expected to teach: the gains of `al-core`
//! and the model change of `al-models` for the rows of a table.

use al_core::gain::{Gains, Reference};
use al_core::{Matrix, Posterior, Seed, posterior};
use al_models::{Fitted, ModelChange};
use serde::{Deserialize, Serialize};

use crate::campaign::Campaign;

/// Reference rows of a value.
const VALUES: usize = 256;

/// Which gain is called `information_gain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// Expected predictive information gain.
    #[default]
    Epig,
    /// Expected reduction of the reference rows' entropy.
    EntropyReduction,
    /// Expected reduction of the reference rows' mean variance.
    VarianceReduction,
    /// Mutual information of a row's own outcome and the model.
    MutualInformation,
    /// Expected model change.
    ModelChange,
}

impl Gain {
    /// All, with their names on the command line and what they are.
    pub const ALL: [(Gain, &'static str, &'static str); 5] = [
        (
            Gain::Epig,
            "epig",
            "expected predictive information gain over other candidates",
        ),
        (
            Gain::EntropyReduction,
            "entropy-reduction",
            "expected reduction of other candidates' joint entropy",
        ),
        (
            Gain::VarianceReduction,
            "variance-reduction",
            "expected reduction of other candidates' mean variance",
        ),
        (
            Gain::MutualInformation,
            "mutual-information",
            "what a row's own outcome says of the model",
        ),
        (
            Gain::ModelChange,
            "model-change",
            "how far predictions are expected to move",
        ),
    ];
}

/// Gains of some rows, one value per row each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Information {
    pub gains: Gains,
    /// Expected model change on the fitted scale; of probabilities for
    /// classes.
    pub change: Vec<f64>,
}

impl Information {
    /// The gain of that name.
    pub(crate) fn of(&self, gain: Gain) -> &[f64] {
        match gain {
            Gain::Epig => &self.gains.epig,
            Gain::EntropyReduction => &self.gains.entropy_reduction,
            Gain::VarianceReduction => &self.gains.variance_reduction,
            Gain::MutualInformation => &self.gains.mutual_information,
            Gain::ModelChange => &self.change,
        }
    }

    /// Of every measure the values that `pick` takes.
    pub(crate) fn pick(&self, pick: impl Fn(&[f64]) -> Vec<f64>) -> Information {
        let gains = &self.gains;
        Information {
            gains: Gains {
                mutual_information: pick(&gains.mutual_information),
                entropy_reduction: pick(&gains.entropy_reduction),
                epig: pick(&gains.epig),
                variance_reduction: pick(&gains.variance_reduction),
            },
            change: pick(&self.change),
        }
    }

    pub(crate) fn extend(&mut self, other: Information) {
        self.gains.extend(other.gains);
        self.change.extend(other.change);
    }
}

/// Reference rows, ready to say what a row would teach about them.
pub(crate) struct Informant<'a> {
    reference: Reference,
    change: Option<ModelChange<'a>>,
    noise: f64,
    /// Deviation of the target on the fitted scale.
    spread: f64,
}

impl<'a> Informant<'a> {
    /// With the rows of `x` as reference rows.
    pub(crate) fn new(campaign: &'a Campaign, x: &Matrix) -> Informant<'a> {
        Informant::of(&campaign.fitted, campaign.scales.spread, x)
    }

    /// For a model that sees targets divided by `spread`.
    pub(crate) fn of(fitted: &'a Fitted, spread: f64, x: &Matrix) -> Informant<'a> {
        let noise = fitted.noise();
        let posterior = fitted.posterior(x);
        let (reference, change) = match &posterior {
            Posterior::Values { .. } => (
                Reference::of_values(posterior.features().view(), noise),
                fitted.change(x),
            ),
            Posterior::Classes { draws } => (Reference::of_classes(draws), None),
        };
        Informant {
            noise: reference.noise(),
            reference,
            change,
            spread,
        }
    }

    /// The gains of rows of which the model believes `posterior`.
    pub(crate) fn gains(&self, posterior: &Posterior) -> Gains {
        match posterior {
            Posterior::Values { .. } => self.reference.gains_of_values(posterior.features().view()),
            Posterior::Classes { draws } => self.reference.gains_of_classes(draws),
        }
    }

    /// What measuring the rows of `x`, of which the model believes
    /// `posterior`, would teach.
    pub(crate) fn information(&self, x: &Matrix, posterior: &Posterior) -> Information {
        let gains = self.gains(posterior);
        match posterior {
            Posterior::Values { draws, .. } => {
                let change = match &self.change {
                    Some(change) => {
                        let mean = posterior::mean(draws);
                        let variance: Vec<f64> = posterior::variance(draws)
                            .into_iter()
                            .map(|variance| variance + self.noise)
                            .collect();
                        change.expected(x, &mean, &variance)
                    }
                    None => moved(&gains),
                };
                Information {
                    gains,
                    change: change.into_iter().map(|c| c * self.spread).collect(),
                }
            }
            Posterior::Classes { .. } => Information {
                change: moved(&gains),
                gains,
            },
        }
    }
}

/// The expected change of any model that has joint draws: an outcome changes
/// the mean of the draws at the reference rows by the regression on it, whose
/// mean square over simulated outcomes is the reduction of their variance.
fn moved(gains: &Gains) -> Vec<f64> {
    gains.variance_reduction.iter().map(|v| v.sqrt()).collect()
}

/// Which of `n` candidates are the reference rows, ascending: a seeded sample.
pub(crate) fn reference_rows(seed: Seed, n: usize, classes: usize) -> Vec<usize> {
    // The joint probabilities of two rows are as many as pairs of classes.
    let most = match classes {
        0 => VALUES,
        classes => (400 / (classes * classes)).clamp(10, 100),
    };
    if n <= most {
        return (0..n).collect();
    }
    let mut rng = seed.stream("reference", n as u64);
    let mut rows = rand::seq::index::sample(&mut rng, n, most).into_vec();
    rows.sort_unstable();
    rows
}
