//! What is asked for, checked before any candidate is read.

use al_core::fault::CommandName;
use al_core::{Fault, Message, Messages, Seed, Tabular, Task, setting};
use al_sampling::{Strategy, StrategyEntry, registry};
use al_tables::Input;

use super::columns::input_columns;
use super::{SelectOptions, capacity, limits};
use crate::source::Source;
use crate::unreadable::left_out;

/// A batch that is asked for.
pub(super) struct Request<'a> {
    pub(super) options: &'a SelectOptions,
    /// The candidates.
    pub(super) input: Input,
    /// The input's columns that go into the batch.
    pub(super) columns: Vec<String>,
    pub(super) strategy: Box<dyn Strategy>,
    pub(super) strategy_name: String,
    pub(super) seed: Seed,
    /// What there is to say so far, a sentence each.
    pub(super) warnings: Messages,
}

impl<'a> Request<'a> {
    /// Opens the candidates and checks the options against them.
    pub(super) fn new(
        belief: &dyn Tabular,
        source: &Source,
        options: &'a SelectOptions,
    ) -> Result<Request<'a>, Fault> {
        let strategy_name = strategy_name(belief, options);
        let strategy = strategy(belief, strategy_name, options)?;
        let input = source.open()?;
        let warnings = left_out(&input, &options.ignore);
        let columns = input_columns(&input, options)?;
        limits::check(&input, options)?;
        capacity::check(belief, &input, options)?;
        Ok(Request {
            options,
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
    let default = match belief.is_informed() {
        true => al_sampling::DEFAULT,
        false => al_sampling::DEFAULT_WITHOUT_MODEL,
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
        suits(entry, belief.task())?;
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

/// That a strategy is for the kind of target there is.
pub(crate) fn suits(entry: &StrategyEntry, task: Task) -> Result<(), Fault> {
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
