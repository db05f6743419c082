//! What is wanted of several targets, checked before any candidate is read.

use al_core::fault::Mention;
use al_core::{Fault, Feature, Goal, Kind, Message, Tabular, Task, did_you_mean, setting};
use al_sampling::StrategyEntry;

use super::goals::{AT_TRAINING, check_goal};
use crate::options::{OutcomeBound, OutcomeLimit, SelectOptions};
use crate::space::Space;

/// Most targets that are improved at once: boxes of the space between them grow with
/// a power of their number.
const MOST: usize = 3;

/// What the targets of some models are to a batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct WantedTargets {
    /// The models whose targets are improved, by their places; all of them where the
    /// model is what is improved.
    pub(crate) objectives: Vec<usize>,
    /// Limits, each with the place of its model.
    pub(crate) limits: Vec<(usize, OutcomeLimit)>,
}

impl WantedTargets {
    /// Finds them among the `beliefs`.
    ///
    /// # Errors
    ///
    /// Models that do not belong together, unknown targets, nothing to improve, and
    /// targets that cannot be improved.
    pub(crate) fn of(
        beliefs: &[&dyn Tabular],
        options: &SelectOptions,
    ) -> Result<WantedTargets, Fault> {
        if !beliefs[0].is_informed() {
            return Ok(WantedTargets {
                objectives: vec![0],
                limits: Vec::new(),
            });
        }
        let targets: Vec<&str> = beliefs
            .iter()
            .map(|belief| belief.columns().target)
            .collect();
        if beliefs.len() > 1 {
            check_together(beliefs, &targets)?;
            check_single(options)?;
        }
        if options.goal != Goal::Best {
            return match (options.limits.first(), options.objectives.first()) {
                (None, None) => Ok(WantedTargets {
                    objectives: (0..beliefs.len()).collect(),
                    limits: Vec::new(),
                }),
                (Some(limit), _) => Err(best_only(setting::LIMIT.to(limit))),
                (None, Some(name)) => Err(best_only(setting::OBJECTIVES.to(name))),
            };
        }
        let place = |name: &str| {
            let found = targets.iter().position(|target| *target == name);
            found.ok_or_else(|| {
                let problem = format!("no model predicts '{name}'");
                let known = did_you_mean(name, &targets, "the models predict");
                let fault = Fault::usage(problem);
                match known {
                    Some(remedy) => fault.remedy(remedy),
                    None => fault.remedy("name the target of a model"),
                }
            })
        };
        let limits = options
            .limits
            .iter()
            .map(|limit| Ok((place(&limit.target)?, limit.clone())))
            .collect::<Result<Vec<_>, Fault>>()?;
        let mut objectives = match options.objectives.as_slice() {
            [] => {
                let limited = |at: &usize| limits.iter().any(|(of, _)| of == at);
                (0..beliefs.len()).filter(|at| !limited(at)).collect()
            }
            names => names
                .iter()
                .map(|name| place(name))
                .collect::<Result<Vec<usize>, Fault>>()?,
        };
        objectives.sort_unstable();
        objectives.dedup();
        check_wanted(beliefs, &objectives, &limits)?;
        Ok(WantedTargets { objectives, limits })
    }

    /// Whether more than the one target of the one model counts.
    pub(crate) fn is_joint(&self, beliefs: usize) -> bool {
        beliefs > 1 || !self.limits.is_empty()
    }
}

/// That the wanted targets can be improved, and the limited ones be limited.
fn check_wanted(
    beliefs: &[&dyn Tabular],
    objectives: &[usize],
    limits: &[(usize, OutcomeLimit)],
) -> Result<(), Fault> {
    if objectives.is_empty() {
        let problem = "every target has a limit, and none is left to improve";
        let remedy = Message::from("name what to improve with ")
            .setting(setting::OBJECTIVES.given())
            .text("; it may have a limit, too");
        return Err(Fault::usage(problem).remedy(remedy));
    }
    if objectives.len() > MOST {
        return Err(too_many(objectives.len()));
    }
    for (at, limit) in limits {
        if beliefs[*at].task() == Task::Classification {
            let problem = format!("'{}' is a class, and a limit is on a number", limit.target);
            return Err(Fault::usage(problem).remedy("leave the limit out"));
        }
        let scale = beliefs[*at].scale();
        if scale.log && limit.bound.end() <= 0.0 {
            let problem = format!(
                "'{limit}': the model has learned the logarithm of '{}', which is above 0",
                limit.target
            );
            return Err(Fault::usage(problem).remedy("give a limit above 0"));
        }
    }
    for (at, limit) in limits {
        let of_target = limits.iter().filter(|(of, _)| of == at);
        let ends = |most: bool| {
            of_target
                .clone()
                .filter_map(move |(_, limit)| match limit.bound {
                    OutcomeBound::AtMost(end) if most => Some(end),
                    OutcomeBound::AtLeast(end) if !most => Some(end),
                    _ => None,
                })
        };
        let most = ends(true).fold(f64::INFINITY, f64::min);
        let least = ends(false).fold(f64::NEG_INFINITY, f64::max);
        if least > most {
            let problem = format!("no value of '{}' is within all of its limits", limit.target);
            return Err(Fault::usage(problem).remedy("loosen one of them"));
        }
    }
    for &at in objectives {
        let belief = beliefs[at];
        check_goal(belief.task(), belief.direction(), AT_TRAINING).map_err(
            |fault| match beliefs.len() {
                1 => fault,
                _ => fault.at(format!("the model of '{}'", belief.columns().target)),
            },
        )?;
    }
    Ok(())
}

/// That a strategy can work on so many targets at once.
pub(crate) fn check_several(entry: &StrategyEntry, targets: usize) -> Result<(), Fault> {
    if targets > 1 && !entry.several {
        let default = match entry.needs_direction {
            true => al_sampling::DEFAULT_FOR_FRONT,
            false => al_sampling::DEFAULT,
        };
        let problem = format!(
            "strategy '{}' is for one target, and there are {targets}",
            entry.name
        );
        let remedy =
            Message::from("give one for several, such as ").setting(setting::STRATEGY.to(default));
        return Err(Fault::usage(problem).remedy(remedy));
    }
    match entry.needs_direction && targets > MOST {
        true => Err(too_many(targets)),
        false => Ok(()),
    }
}

/// That so many targets are improved at once.
fn too_many(targets: usize) -> Fault {
    let problem = format!("{targets} targets are to be improved at once");
    let remedy = Message::from(format!("name at most {MOST} of them with "))
        .setting(setting::GOAL.to("best"))
        .text(" and ")
        .setting(setting::OBJECTIVES.given());
    Fault::usage(problem).remedy(remedy)
}

/// That models were trained on rows of the same kind, each for another target.
fn check_together(beliefs: &[&dyn Tabular], targets: &[&str]) -> Result<(), Fault> {
    let first = beliefs[0];
    for (at, belief) in beliefs.iter().enumerate().skip(1) {
        let target = targets[at];
        if let Some(same) = targets[..at].iter().position(|other| *other == target) {
            let problem = format!(
                "two models predict '{target}': models {} and {}",
                same + 1,
                at + 1
            );
            return Err(Fault::usage(problem).remedy("give one model of each target"));
        }
        check_features(first, *belief, targets[0], target)?;
        if first.columns().id != belief.columns().id {
            let problem = format!(
                "the models of '{}' and '{target}' tell rows apart by different columns",
                targets[0]
            );
            let remedy = Message::from("train both with the same ").setting(setting::ID.given());
            return Err(Fault::usage(problem).remedy(remedy));
        }
    }
    Ok(())
}

/// That two models have the same features; where these say which row is which, in the same
/// order.
fn check_features(
    first: &dyn Tabular,
    other: &dyn Tabular,
    target: &str,
    of_other: &str,
) -> Result<(), Fault> {
    let [one, two] = [first, other].map(|of| &of.encoder().schema.features);
    let models = format!("the models of '{target}' and '{of_other}'");
    let lacks = |a: &[Feature], b: &[Feature]| {
        let missing = a
            .iter()
            .find(|feature| !b.iter().any(|one| one.name == feature.name));
        missing.map(|feature| feature.name.clone())
    };
    if let Some(name) = lacks(two, one).or_else(|| lacks(one, two)) {
        let problem = format!("{models} have different features: '{name}'");
        let remedy = Message::from("train both with the same ")
            .setting(setting::FEATURES.given())
            .text(" or ")
            .setting(setting::IGNORE.given())
            .text(", which leave out both targets");
        return Err(Fault::usage(problem).remedy(remedy));
    }
    for feature in one {
        let same = two.iter().find(|other| other.name == feature.name);
        if let Some(same) = same
            && let Some((here, there)) = unlike(&feature.kind, &same.kind)
        {
            let problem = format!(
                "'{}' is {here} to one of {models}, and {there} to the other",
                feature.name
            );
            let remedy = Message::from("train both with the same ");
            let structures = [&feature.kind, &same.kind]
                .iter()
                .any(|kind| matches!(kind, Kind::Structure(_)));
            let remedy = match structures {
                true => remedy.text("column of molecules, read in the same way"),
                false => remedy
                    .setting(setting::CATEGORICAL.given())
                    .text(" and ")
                    .setting(setting::NUMERIC.given()),
            };
            return Err(Fault::usage(problem).remedy(remedy));
        }
    }
    let in_order = one.iter().zip(two).all(|(a, b)| a.name == b.name);
    if !in_order && first.columns().id.is_none() {
        let problem = format!("{models} have their features in different orders");
        let remedy = Message::from(
            "rows are told apart by them: train both on tables with the \
             same order of columns, or with ",
        )
        .setting(setting::ID.given());
        return Err(Fault::usage(problem).remedy(remedy));
    }
    Ok(())
}

/// That nothing is asked for which is of one model only.
fn check_single(options: &SelectOptions) -> Result<(), Fault> {
    if options.stream.is_some() {
        let problem = "several models read all candidates at once";
        let remedy = Message::from("leave out ").setting(setting::STREAM.given());
        return Err(Fault::usage(problem).remedy(remedy));
    }
    if options.space == Space::Leaves {
        let remedy = Message::from("give ")
            .setting(setting::SPACE.to("predictions"))
            .text(", inputs or joined");
        return Err(Fault::usage("the leaves are those of one model").remedy(remedy));
    }
    Ok(())
}

fn best_only(given: Mention) -> Fault {
    let problem = Message::default()
        .setting(given)
        .text(" is for the best row");
    let remedy = Message::from("give ").setting(setting::GOAL.to("best"));
    Fault::usage(problem).remedy(remedy)
}

/// What two kinds of a feature are called, if they are not one.
fn unlike(one: &Kind, other: &Kind) -> Option<(&'static str, &'static str)> {
    let name = |kind: &Kind| match kind {
        Kind::Numeric => "a number",
        Kind::Categorical { .. } => "a category",
        Kind::Structure(_) => "a molecule",
    };
    match (one, other) {
        (Kind::Structure(one), Kind::Structure(other)) if one != other => {
            Some(("a molecule", "one that is read in another way"))
        }
        _ => (name(one) != name(other)).then(|| (name(one), name(other))),
    }
}
