//! The strategies of the service: those that rank items one by one, and all of
//! `al-sampling`.

use al_pipeline::STRATEGIES;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assess::Assessment;
use crate::error::LabelError;
use crate::settings::{LabelKind, ModelSettings};

/// How much each part counts in `hybrid`; parts that are left out have their default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HybridWeights {
    /// Of the standard deviation.
    #[serde(default = "uncertainty")]
    #[schema(minimum = 0.0, maximum = 1000.0)]
    pub uncertainty: f64,
    /// Of how near the two likeliest classes are; numbers have none.
    #[serde(default = "margin")]
    #[schema(minimum = 0.0, maximum = 1000.0)]
    pub margin: f64,
    /// Of the distance to what the model learned from.
    #[serde(default = "applicability")]
    #[schema(minimum = 0.0, maximum = 1000.0)]
    pub applicability: f64,
}

fn uncertainty() -> f64 {
    0.5
}

fn margin() -> f64 {
    0.3
}

fn applicability() -> f64 {
    0.2
}

impl Default for HybridWeights {
    fn default() -> HybridWeights {
        HybridWeights {
            uncertainty: uncertainty(),
            margin: margin(),
            applicability: applicability(),
        }
    }
}

/// What chooses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chooser {
    /// The largest standard deviation.
    Uncertainty,
    /// The two likeliest classes nearest to each other; of two, |p − 0.5| smallest.
    Margin,
    /// The largest entropy of the class probabilities.
    Entropy,
    /// By chance.
    Random,
    /// A weighted mean of uncertainty, margin and applicability, each from 0 to 1.
    Hybrid(HybridWeights),
    /// A strategy of `al-sampling`, which chooses a batch of rows that differ.
    Sampling(&'static str),
}

/// Strategies that rank items one by one, with what they need.
const RANKING: [&str; 5] = ["uncertainty", "margin", "entropy", "random", "hybrid"];

/// Strategies of `al-sampling` that belong to other tasks than labelling.
const OTHER_TASKS: [&str; 2] = ["hypervolume-improvement", "thompson-hypervolume"];

/// The strategies for labels of a model, which has learned or not.
#[must_use]
pub fn strategies(settings: &ModelSettings, trained: bool) -> Vec<&'static str> {
    let classes = settings.task == LabelKind::Classification;
    if !trained {
        let first = STRATEGIES.iter().filter(|entry| !entry.needs_model);
        let mut names = vec!["random"];
        names.extend(
            first
                .map(|entry| entry.name)
                .filter(|&name| name != "random"),
        );
        return names;
    }
    let ranking = RANKING
        .iter()
        .copied()
        .filter(|&name| classes || !matches!(name, "margin" | "entropy"));
    let sampling = STRATEGIES
        .iter()
        .filter(|entry| {
            if classes {
                entry.classification
            } else {
                entry.regression
            }
        })
        .filter(|entry| !entry.needs_direction || settings.direction.is_some())
        .map(|entry| entry.name)
        .filter(|name| !RANKING.contains(name) && !OTHER_TASKS.contains(name));
    ranking.chain(sampling).collect()
}

/// The chooser of a name.
///
/// # Errors
///
/// A name that is none, one for classes with numbers, weights without `hybrid`.
pub(crate) fn chooser(
    name: &str,
    weights: Option<HybridWeights>,
    settings: &ModelSettings,
    trained: bool,
) -> Result<Chooser, LabelError> {
    let usable = strategies(settings, trained);
    if !usable.contains(&name) {
        let known = RANKING.contains(&name) || STRATEGIES.iter().any(|entry| entry.name == name);
        let problem = match (known, trained) {
            (false, _) => format!("there is no strategy '{name}'"),
            (true, false) => {
                format!("the strategy '{name}' needs a model that has learned, which this has not")
            }
            (true, true) => format!(
                "the strategy '{name}' does not go with a target that is {}",
                match (settings.task, settings.direction) {
                    (LabelKind::Classification, _) => "a class",
                    (LabelKind::Regression, Some(_)) => "a number",
                    (LabelKind::Regression, None) => "a number of which no side is wanted",
                }
            ),
        };
        return Err(LabelError::invalid("strategy", problem)
            .remedy(format!("take one of {}", usable.join(", "))));
    }
    if weights.is_some() && name != "hybrid" {
        return Err(LabelError::invalid(
            "weights",
            format!("the strategy '{name}' has no weights"),
        )
        .remedy("leave them out, or take the strategy 'hybrid'"));
    }
    Ok(match name {
        "uncertainty" => Chooser::Uncertainty,
        "margin" => Chooser::Margin,
        "entropy" => Chooser::Entropy,
        "random" => Chooser::Random,
        "hybrid" => Chooser::Hybrid(checked(weights, settings.task)?),
        _ => {
            let entry = STRATEGIES.iter().find(|entry| entry.name == name);
            Chooser::Sampling(entry.expect("a strategy of the registry").name)
        }
    })
}

fn checked(weights: Option<HybridWeights>, kind: LabelKind) -> Result<HybridWeights, LabelError> {
    let mut used = weights.unwrap_or_default();
    let all = [used.uncertainty, used.margin, used.applicability];
    if all
        .iter()
        .any(|weight| !weight.is_finite() || *weight < 0.0)
    {
        return Err(LabelError::invalid(
            "weights",
            "a weight is not a number of 0 or more",
        ));
    }
    // Numbers have no margin: without it the others share its weight.
    if kind == LabelKind::Regression {
        used.margin = 0.0;
    }
    let sum = used.uncertainty + used.margin + used.applicability;
    if sum <= 0.0 || !sum.is_finite() {
        return Err(
            LabelError::invalid("weights", "all weights that count are 0")
                .remedy("give a weight above 0"),
        );
    }
    used.uncertainty /= sum;
    used.margin /= sum;
    used.applicability /= sum;
    Ok(used)
}

/// Scores of items by which a ranking strategy orders them, the largest first. Random and
/// batch strategies have none.
#[must_use]
pub(crate) fn scores(chooser: Chooser, assessments: &[Assessment]) -> Option<Vec<f64>> {
    let each = |score: &dyn Fn(&Assessment) -> f64| assessments.iter().map(score).collect();
    Some(match chooser {
        Chooser::Uncertainty => each(&|one| one.uncertainty),
        Chooser::Margin => each(&|one| 1.0 - margin_of(&one.p)),
        Chooser::Entropy => each(&|one| entropy_of(&one.p)),
        Chooser::Hybrid(weights) => {
            let part = |weight: f64, values: Vec<f64>| -> Vec<f64> {
                normalised(&values)
                    .iter()
                    .map(|value| weight * value)
                    .collect()
            };
            let uncertain = part(weights.uncertainty, each(&|one| one.uncertainty));
            let near = part(weights.margin, each(&|one| 1.0 - margin_of(&one.p)));
            let far = part(weights.applicability, each(&|one| one.distance));
            (0..assessments.len())
                .map(|at| uncertain[at] + near[at] + far[at])
                .collect()
        }
        Chooser::Random | Chooser::Sampling(_) => return None,
    })
}

/// How far the two likeliest classes are apart, 0 to 1; 1 without classes.
fn margin_of(p: &[f64]) -> f64 {
    let mut sorted = p.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    match sorted[..] {
        [first, second, ..] => first - second,
        _ => 1.0,
    }
}

/// The entropy of class probabilities, in nats.
fn entropy_of(p: &[f64]) -> f64 {
    p.iter()
        .filter(|&&p| p > 0.0)
        .map(|p| -p * p.ln())
        .sum::<f64>()
}

/// Values from 0 to 1 over all of them; all 0 where they are all the same.
fn normalised(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    values
        .iter()
        .map(|value| match range > 0.0 {
            true => (value - low) / range,
            false => 0.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_classes(p: &[f64], uncertainty: f64, distance: f64) -> Assessment {
        Assessment {
            p: p.to_vec(),
            uncertainty,
            distance,
            ..Assessment::default()
        }
    }

    #[test]
    fn ranking_follows_the_formulas() {
        let items = [
            of_classes(&[0.5, 0.5], 0.1, 0.0),
            of_classes(&[0.9, 0.1], 0.3, 0.4),
            of_classes(&[0.2, 0.8], 0.2, 0.8),
        ];
        let close = |a: &[f64], b: &[f64]| {
            assert!(
                a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12),
                "{a:?} {b:?}"
            );
        };
        close(
            &scores(Chooser::Uncertainty, &items).unwrap(),
            &[0.1, 0.3, 0.2],
        );
        // 1 − |p₁ − p₂| = 1 − 2|p − 0.5|
        close(&scores(Chooser::Margin, &items).unwrap(), &[1.0, 0.2, 0.4]);
        let entropy = scores(Chooser::Entropy, &items).unwrap();
        assert!((entropy[0] - 2f64.ln()).abs() < 1e-12);
        assert!(entropy[2] > entropy[1]);
        let hybrid = scores(Chooser::Hybrid(HybridWeights::default()), &items).unwrap();
        // Parts from 0 to 1: uncertainty 0, 1, ½; margin 1, 0, ¼; distance 0, ½, 1.
        close(&hybrid, &[0.3, 0.6, 0.25 + 0.3 * 0.25 + 0.2]);
        assert_eq!(scores(Chooser::Random, &items), None);
    }

    #[test]
    fn numbers_have_no_margin() {
        let settings = ModelSettings::new("log_s", LabelKind::Regression);
        let refused = chooser("margin", None, &settings, true).unwrap_err();
        let refusal = refused.refusal().unwrap();
        assert_eq!(refusal.field, Some("strategy"));
        let remedy = refusal.remedy.as_deref().unwrap();
        assert!(
            remedy.contains("uncertainty, random, hybrid, lcmd"),
            "{remedy}"
        );
        assert!(!remedy.contains("entropy,"), "{remedy}");
        let Chooser::Hybrid(weights) = chooser("hybrid", None, &settings, true).unwrap() else {
            panic!("hybrid");
        };
        assert!((weights.uncertainty - 5.0 / 7.0).abs() < 1e-12);
        assert!((weights.applicability - 2.0 / 7.0).abs() < 1e-12);
        let settings = ModelSettings::new("active", LabelKind::Classification);
        assert!(chooser("margin", None, &settings, true).is_ok());
        assert!(chooser("margin", None, &settings, false).is_err());
        assert!(chooser("random", Some(HybridWeights::default()), &settings, true).is_err());
        assert!(chooser("nonsense", None, &settings, true).is_err());
    }
}
