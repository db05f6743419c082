//! What the program knows of a strategy without running it, and what a strategy
//! reads of the options that were set.

use al_core::fault::{CommandName, quoted};
use al_core::{Fault, Message, did_you_mean, meant, nearest};
use thiserror::Error;

use crate::options::{OptionError, OptionRange, OptionValue, StrategyOptions};
use crate::strategy::Strategy;

/// What the program knows of a strategy without running it.
#[derive(Debug)]
pub struct StrategyEntry {
    /// The name that selects it.
    pub name: &'static str,
    /// What it picks, in one line.
    pub summary: &'static str,
    /// What it does and when to use it.
    pub doc: StrategyDoc,
    /// Whether it reads scores or features, which only a model gives.
    pub needs_model: bool,
    /// Whether it looks for the best rows, so that it must be known which are.
    pub needs_direction: bool,
    /// Whether it suits numeric targets.
    pub regression: bool,
    /// Whether it suits classes.
    pub classification: bool,
    /// Whether it serves several numeric targets at once: the query then has the
    /// means, the centred draws and the anchors' values of each.
    pub several: bool,
    /// Whether a larger batch begins with the smaller one.
    pub anytime: bool,
    /// What can be set.
    pub options: &'static [StrategyOption],
    /// Makes it of its settings.
    pub(crate) make: fn(&StrategySettings<'_>) -> Result<Box<dyn Strategy>, OptionError>,
}

/// What a user reads about a strategy: plain sentences in which names of other
/// strategies and of options are written as they are typed, and symbols stand
/// for what [`STRATEGY_SYMBOLS`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrategyDoc {
    /// Which rows it prefers.
    pub prefers: &'static str,
    /// The formula of its score and the unit.
    pub score: &'static str,
    /// What else decides: the space of distances, special cases,
    /// approximations. Empty where there is nothing to add.
    pub details: &'static str,
    /// Its computing time.
    pub cost: &'static str,
    /// Who described it, with the year.
    pub reference: &'static str,
    /// When to use it.
    pub use_when: &'static str,
    /// When not to use it.
    pub not_when: &'static str,
}

/// The symbols in the formulas of strategies.
pub const STRATEGY_SYMBOLS: &str = "n candidates, k picks, a anchors (measured and pending rows), \
    m members (times c for classes), d columns of the encoded inputs x, e columns of the embedding \
    φ, c classes, μ mean prediction, y measured value; w is the weight of a candidate (cost, \
    availability, success probability), 1 without them";

/// An option of a strategy.
#[derive(Debug, PartialEq)]
pub struct StrategyOption {
    /// Its name.
    pub name: &'static str,
    /// The values it allows.
    pub range: OptionRange,
    /// Its value if not set.
    pub default: OptionValue,
    /// What it sets, in one line.
    pub summary: &'static str,
}

impl StrategyEntry {
    /// The strategy with these options, each of the others at its default. One
    /// that wraps another finds it among `strategies`.
    ///
    /// # Errors
    ///
    /// An option that the strategy does not have, or a value that it does not
    /// allow.
    pub(crate) fn strategy(
        &self,
        options: &StrategyOptions,
        strategies: &'static [&'static StrategyEntry],
    ) -> Result<Box<dyn Strategy>, OptionError> {
        (self.make)(&self.settings(options, strategies)?)
    }

    /// The settings of this strategy.
    ///
    /// # Errors
    ///
    /// The name of an option that the strategy does not have, or a value that
    /// an option does not allow.
    fn settings<'a>(
        &'a self,
        options: &'a StrategyOptions,
        strategies: &'static [&'static StrategyEntry],
    ) -> Result<StrategySettings<'a>, OptionError> {
        let settings = StrategySettings {
            entry: self,
            options,
            strategies,
        };
        for (name, value) in &options.0 {
            match settings.option(name) {
                None => return Err(settings.unknown(name)),
                Some(option) if option.range.holds(value) => {}
                Some(option) => return Err(settings.wrong(option, value)),
            }
        }
        Ok(settings)
    }
}

/// A name that no strategy has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown strategy '{name}'")]
pub struct UnknownStrategy {
    /// The name.
    pub name: String,
    /// The most similar name that there is, or how to see all.
    pub remedy: Message,
}

impl From<UnknownStrategy> for Fault {
    fn from(error: UnknownStrategy) -> Fault {
        Fault::usage(error.to_string()).remedy(error.remedy)
    }
}

/// The strategy called `name` of `strategies`.
///
/// # Errors
///
/// There is none.
pub(crate) fn find_among(
    strategies: &[&'static StrategyEntry],
    name: &str,
) -> Result<&'static StrategyEntry, UnknownStrategy> {
    let mut entries = strategies.iter().copied();
    entries.find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<&str> = strategies.iter().map(|entry| entry.name).collect();
        let remedy = match nearest(name, &names) {
            Some(near) => meant(near),
            None => Message::default()
                .command(CommandName::STRATEGIES)
                .text(" lists those that there are"),
        };
        UnknownStrategy {
            name: name.to_owned(),
            remedy,
        }
    })
}

/// The options of a strategy as they were set, the others at their defaults:
/// each is in the range that the entry lists.
///
/// A method reads the option `name`, which must be listed with a range of the
/// method's kind; the registry's tests make every strategy.
pub(crate) struct StrategySettings<'a> {
    entry: &'a StrategyEntry,
    options: &'a StrategyOptions,
    strategies: &'static [&'static StrategyEntry],
}

impl<'a> StrategySettings<'a> {
    /// A number.
    pub(crate) fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            OptionValue::Number(number) => *number,
            other => unreachable!("{name} is listed as a number, and is {other}"),
        }
    }

    /// A whole number.
    pub(crate) fn whole(&self, name: &str) -> usize {
        self.number(name) as usize
    }

    /// Yes or no.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.value(name) == &OptionValue::Flag(true)
    }

    /// What the name given stands for in `known`, which has every name that
    /// the entry lists.
    pub(crate) fn one_of<T: Copy>(&self, name: &str, known: &[(&str, T)]) -> T {
        let text = self.text(name);
        let meaning = known.iter().find(|(known, _)| *known == text);
        meaning.expect("a name that the entry lists").1
    }

    /// The strategy of that name, at its defaults, for this one to wrap.
    ///
    /// # Errors
    ///
    /// There is none of that name, or it is this one.
    pub(crate) fn base(&self, name: &str) -> Result<Box<dyn Strategy>, OptionError> {
        let base = find_among(self.strategies, self.text(name)).map_err(|unknown| OptionError {
            remedy: Some(unknown.remedy.clone()),
            ..self.error(format!("'{name}': {unknown}"))
        })?;
        if base.name == self.entry.name {
            let wrapper = self.entry.name;
            return Err(self.error(format!(
                "'{name}' must be another strategy than '{wrapper}' itself"
            )));
        }
        base.strategy(&StrategyOptions::none(), self.strategies)
    }

    fn text(&self, name: &str) -> &'a str {
        match self.value(name) {
            OptionValue::Text(text) => text,
            other => unreachable!("{name} is listed as a name, and is {other}"),
        }
    }

    fn option(&self, name: &str) -> Option<&'a StrategyOption> {
        self.entry.options.iter().find(|option| option.name == name)
    }

    fn value(&self, name: &str) -> &'a OptionValue {
        self.options.0.get(name).unwrap_or_else(|| {
            let option = self.option(name);
            &option.expect("an option that the entry lists").default
        })
    }

    fn unknown(&self, name: &str) -> OptionError {
        let names: Vec<&str> = self.entry.options.iter().map(|known| known.name).collect();
        if names.is_empty() {
            return self.error(format!("it has no options, so not '{name}'"));
        }
        OptionError {
            remedy: did_you_mean(name, &names, "its options are"),
            ..self.error(format!("it has no option '{name}'"))
        }
    }

    /// A value that `option` does not allow.
    fn wrong(&self, option: &StrategyOption, value: &OptionValue) -> OptionError {
        let near = match option.range {
            OptionRange::Names(names) => nearest(&value.to_string(), names),
            _ => None,
        };
        let value = match value {
            OptionValue::Text(text) => quoted(text),
            value => value.to_string(),
        };
        OptionError {
            remedy: near.map(meant),
            ..self.error(format!(
                "'{}' must be {}, not {value}",
                option.name, option.range
            ))
        }
    }

    /// An error about these settings.
    pub(crate) fn error(&self, message: String) -> OptionError {
        OptionError {
            strategy: self.entry.name,
            message,
            remedy: None,
        }
    }
}

#[cfg(test)]
mod tests;
