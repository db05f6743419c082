//! What is wanted of several targets, checked before any candidate is read.

use al_core::fault::Mention;
use al_core::{Fault, Goal, Kind, Message, Tabular, Task, did_you_mean, setting};
use al_sampling::StrategyEntry;

use super::goals::{AT_TRAINING, check_goal};
use crate::options::{OutcomeLimit, SelectOptions};
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
        let problem = format!("{} targets are to be improved at once", objectives.len());
        let remedy = Message::from(format!("name at most {MOST} of them with "))
            .setting(setting::OBJECTIVES.given());
        return Err(Fault::usage(problem).remedy(remedy));
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
pub(crate) fn check_several(
    entry: &StrategyEntry,
    targets: usize,
    goal: Goal,
) -> Result<(), Fault> {
    if targets < 2 || entry.several {
        return Ok(());
    }
    let default = match goal {
        Goal::Model => al_sampling::DEFAULT,
        Goal::Best => al_sampling::DEFAULT_FOR_FRONT,
    };
    let problem = format!(
        "strategy '{}' is for one target, and there are {targets}",
        entry.name
    );
    let remedy =
        Message::from("give one for several, such as ").setting(setting::STRATEGY.to(default));
    Err(Fault::usage(problem).remedy(remedy))
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
        let names = |of: &dyn Tabular| -> Vec<(String, bool)> {
            let features = of.encoder().schema.features.iter();
            let mut names: Vec<(String, bool)> = features
                .map(|feature| {
                    (
                        feature.name.clone(),
                        matches!(feature.kind, Kind::Categorical { .. }),
                    )
                })
                .collect();
            names.sort_unstable();
            names
        };
        let (one, other) = (names(first), names(*belief));
        let lacks = |a: &[(String, bool)], b: &[(String, bool)]| {
            a.iter()
                .find(|name| !b.contains(name))
                .map(|(name, _)| name.clone())
        };
        let different = lacks(&other, &one).or_else(|| lacks(&one, &other));
        if let Some(name) = different {
            let problem = format!(
                "the models of '{}' and '{target}' have different features: '{name}'",
                targets[0]
            );
            let remedy = Message::from("train both with the same ")
                .setting(setting::FEATURES.given())
                .text(" or ")
                .setting(setting::IGNORE.given())
                .text(", which leave out both targets");
            return Err(Fault::usage(problem).remedy(remedy));
        }
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
