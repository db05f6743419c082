//! Whether a goal and a strategy suit a target.

use al_core::fault::CommandName;
use al_core::{Direction, Fault, Message, Task, setting};
use al_sampling::StrategyEntry;

/// How the direction of a model is said.
pub(super) const AT_TRAINING: &str = "train with ";

/// What to do where no direction is known; `how` begins the sentence.
fn directions(how: &str) -> Message {
    Message::from(how)
        .setting(setting::DIRECTION.to("min"))
        .text(" or ")
        .setting(setting::DIRECTION.to("max"))
}

/// That there is a best row to look for, and that it is known which it is; `how` says how to
/// say it, as in `train with `.
pub fn check_goal(task: Task, known: Option<Direction>, how: &str) -> Result<(), Fault> {
    if task == Task::Classification {
        let problem = "the goal is the best row, and of classes none is the best";
        let remedy = Message::from("leave out ").setting(setting::GOAL.to("best"));
        return Err(Fault::usage(problem).remedy(remedy));
    }
    if known.is_some() {
        return Ok(());
    }
    let problem =
        "the goal is the best row, and it is not known whether small or large targets are better";
    Err(Fault::usage(problem).remedy(directions(how)))
}

/// That a strategy looks for the best row, where that is the goal.
pub(super) fn check_seeking(entry: &StrategyEntry, improved: usize) -> Result<(), Fault> {
    if entry.needs_direction {
        return Ok(());
    }
    let problem = format!(
        "the goal is the best row, and strategy '{}' does not look for it",
        entry.name
    );
    let default = match improved {
        1 => al_sampling::DEFAULT_FOR_BEST,
        _ => al_sampling::DEFAULT_FOR_FRONT,
    };
    let remedy = Message::from("give one that does, such as ")
        .setting(setting::STRATEGY.to(default))
        .text(", or leave out ")
        .setting(setting::GOAL.to("best"));
    Err(Fault::usage(problem).remedy(remedy))
}

/// That a strategy is for the kind of target there is.
pub fn check_task(entry: &StrategyEntry, task: Task) -> Result<(), Fault> {
    let (suits, kind) = match task {
        Task::Regression => (entry.regression, "classes, and the target is a number"),
        Task::Classification => (entry.classification, "numbers, and the target is a class"),
    };
    if suits {
        return Ok(());
    }
    let remedy = Message::default()
        .command(CommandName::STRATEGIES)
        .text(" lists those for both");
    Err(Fault::usage(format!("strategy '{}' is for {kind}", entry.name)).remedy(remedy))
}

/// That it is known which rows are best, where a strategy looks for them;
/// `how` says how to say it.
pub fn check_direction(
    entry: &StrategyEntry,
    known: Option<Direction>,
    how: &str,
) -> Result<(), Fault> {
    if known.is_some() || !entry.needs_direction {
        return Ok(());
    }
    let problem = format!(
        "strategy '{}' looks for the best rows, and the model does not say whether small or large targets are better",
        entry.name
    );
    Err(Fault::usage(problem).remedy(directions(how)))
}
