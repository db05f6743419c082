//! What is asked for, checked before any candidate is read.

use al_core::fault::CommandName;
use al_core::{Direction, Fault, Goal, Message, Messages, Seed, Tabular, Task, setting};
use al_sampling::{Strategy, StrategyEntry, registry};
use al_tables::{Input, TableSource, check_columns, left_out};
use al_words::columns::{
    BATCH, OWN_PREFIX, OutputColumn, PICK_SCORE, PICKED, PREDICTION, UNCERTAINTY,
};

use super::checks::{check_capacity, check_limits};
use crate::options::SelectOptions;
use crate::output_columns::names_of;

/// A batch that is asked for.
pub(crate) struct Request<'a> {
    pub(crate) options: &'a SelectOptions,
    /// The candidates.
    pub(crate) input: Input,
    /// The input's columns that go into the batch.
    pub(crate) columns: Vec<String>,
    /// Names of columns that mean something to the model: none of altool's own has one.
    pub(crate) known: Vec<String>,
    pub(crate) strategy: Box<dyn Strategy>,
    pub(crate) strategy_name: String,
    pub(crate) seed: Seed,
    /// What there is to say so far, a sentence each.
    pub(crate) warnings: Messages,
}

impl<'a> Request<'a> {
    /// Opens the candidates and checks the options against them.
    pub(crate) fn new(
        belief: &dyn Tabular,
        source: &TableSource,
        options: &'a SelectOptions,
    ) -> Result<Request<'a>, Fault> {
        let strategy_name = strategy_name(belief, options);
        let strategy = strategy(belief, strategy_name, options)?;
        let input = source.open_knowing(&belief.known_columns())?;
        let mut warnings: Messages = input.notes().iter().cloned().collect();
        warnings.extend(left_out(&input, &options.ignore));
        if options.goal == Goal::Best && !belief.is_informed() {
            warnings.push(
                "without a model nothing is known of the best row: the first batch is spread out"
                    .to_owned(),
            );
        }
        let columns = input_columns(belief, &input, options)?;
        check_limits(&input, options)?;
        check_capacity(belief, &input, options)?;
        Ok(Request {
            options,
            known: names_of(belief).map(str::to_owned).collect(),
            columns,
            strategy,
            strategy_name: strategy_name.to_owned(),
            seed: options.seed.unwrap_or_else(|| belief.seed()),
            warnings,
            input,
        })
    }
}

fn strategy_name<'a>(belief: &dyn Tabular, options: &'a SelectOptions) -> &'a str {
    let default = match (belief.is_informed(), options.goal) {
        (true, Goal::Model) => al_sampling::DEFAULT,
        (true, Goal::Best) => al_sampling::DEFAULT_FOR_BEST,
        (false, _) => al_sampling::DEFAULT_WITHOUT_MODEL,
    };
    options.strategy.as_deref().unwrap_or(default)
}

/// The strategy asked for, if there is what it needs.
fn strategy(
    belief: &dyn Tabular,
    name: &str,
    options: &SelectOptions,
) -> Result<Box<dyn Strategy>, Fault> {
    let entry = registry::find(name)?;
    if belief.is_informed() {
        if options.goal == Goal::Best {
            check_goal(belief.task(), belief.direction(), AT_TRAINING)?;
            check_seeking(entry)?;
        }
        check_task(entry, belief.task())?;
        check_direction(entry, belief.direction(), AT_TRAINING)?;
    } else if entry.needs_model {
        let remedy = Message::from("give ")
            .setting(setting::MODEL.given())
            .text(", or ")
            .setting(setting::STRATEGY.to(al_sampling::DEFAULT_WITHOUT_MODEL))
            .text(" for a first batch");
        return Err(Fault::usage(format!("strategy '{name}' needs a model")).remedy(remedy));
    }
    Ok(entry.with_options(&options.settings)?)
}

/// How the direction of a model is said.
const AT_TRAINING: &str = "train with ";

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
fn check_seeking(entry: &StrategyEntry) -> Result<(), Fault> {
    if entry.needs_direction {
        return Ok(());
    }
    let problem = format!(
        "the goal is the best row, and strategy '{}' does not look for it",
        entry.name
    );
    let remedy = Message::from("give one that does, such as ")
        .setting(setting::STRATEGY.to(al_sampling::DEFAULT_FOR_BEST))
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

/// What stands beside the score in every scored table.
static SCORED: [&OutputColumn; 2] = [&PREDICTION, &UNCERTAINTY];

/// Whether a batch adds a column of that name, as it is or with the prefix.
fn is_own(name: &str) -> bool {
    let bare = name.strip_prefix(OWN_PREFIX).unwrap_or(name);
    BATCH.columns.iter().any(|own| own.name == bare)
}

/// The input's columns that go into the batch: all but those of an earlier
/// batch. The columns asked for are checked against what there will be.
fn input_columns(
    belief: &dyn Tabular,
    input: &Input,
    options: &SelectOptions,
) -> Result<Vec<String>, Fault> {
    let names = input.names();
    let has = |name: &str| names.iter().any(|other| other == name);
    // A name that the model knows is the user's, and so is one that does not stand among
    // those that a batch, or a scored table, always has.
    let picked = PICKED.iter().all(|column| has(column.name));
    let scored = SCORED.iter().all(|column| has(column.name));
    let is_users = |name: &str| {
        names_of(belief).any(|known| known == name)
            || options.id.as_deref() == Some(name)
            || !(picked || scored && name == PICK_SCORE.name)
    };
    let kept = |name: &&String| !is_own(name) || is_users(name);
    let asked = options.columns.iter().flatten().map(String::as_str);
    check_columns(input, asked.filter(|name| !is_own(name)))?;
    Ok(names.iter().filter(kept).cloned().collect())
}
