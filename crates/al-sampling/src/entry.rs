//! What the program knows of a strategy without running it, and what a strategy
//! reads of the options that were set.

use std::ops::RangeInclusive;

use al_core::fault::{CommandName, quoted};
use al_core::phrases::either;
use al_core::{Fault, Message, did_you_mean, meant, nearest};
use thiserror::Error;

use crate::options::{OptionError, OptionValue, StrategyOptions};
use crate::strategy::Strategy;

/// What the program knows of a strategy without running it.
#[derive(Debug)]
pub struct StrategyEntry {
    /// The name on the command line.
    pub name: &'static str,
    /// What it picks, in one line.
    pub summary: &'static str,
    /// Whether it reads scores or features, which only a model gives.
    pub needs_model: bool,
    /// Whether it suits numeric targets.
    pub regression: bool,
    /// Whether it suits classes.
    pub classification: bool,
    /// Whether a larger batch begins with the smaller one.
    pub anytime: bool,
    /// What can be set.
    pub options: &'static [OptionEntry],
    /// Makes it of its settings, if they are right.
    pub(crate) make: fn(&StrategySettings<'_>) -> Result<Box<dyn Strategy>, OptionError>,
}

/// An option of a strategy.
#[derive(Debug, PartialEq)]
pub struct OptionEntry {
    /// Its name.
    pub name: &'static str,
    /// Its value if not set.
    pub default: OptionValue,
    /// What it does and what it allows, in one line.
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
    /// The name of an option that the strategy does not have.
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
        let names: Vec<&str> = self.options.iter().map(|option| option.name).collect();
        match options.0.keys().find(|name| !names.contains(&&***name)) {
            None => Ok(settings),
            Some(unknown) if names.is_empty() => {
                Err(settings.error(format!("it has no options, so not '{unknown}'")))
            }
            Some(unknown) => Err(OptionError {
                remedy: did_you_mean(unknown, &names, "its options are"),
                ..settings.error(format!("it has no option '{unknown}'"))
            }),
        }
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

/// The options of a strategy as they were set, the others at their defaults.
///
/// Each method reads the option `name`, which the entry lists; the errors say
/// what it allows.
pub(crate) struct StrategySettings<'a> {
    entry: &'a StrategyEntry,
    options: &'a StrategyOptions,
    strategies: &'static [&'static StrategyEntry],
}

impl StrategySettings<'_> {
    /// A number in `range`.
    pub(crate) fn number(
        &self,
        name: &str,
        range: RangeInclusive<f64>,
    ) -> Result<f64, OptionError> {
        let number = self.any_number(name)?;
        if range.contains(&number) {
            return Ok(number);
        }
        let (least, most) = range.into_inner();
        Err(self.wrong(name, &format!("from {least} to {most}")))
    }

    /// A finite number above 0.
    pub(crate) fn positive(&self, name: &str) -> Result<f64, OptionError> {
        let number = self.any_number(name)?;
        if number > 0.0 && number.is_finite() {
            return Ok(number);
        }
        Err(self.wrong(name, "a finite number above 0"))
    }

    /// A whole number in `range`.
    pub(crate) fn whole(
        &self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<usize, OptionError> {
        let (least, most) = range.into_inner();
        let number = self.any_number(name)?;
        if number.fract() == 0.0 && (least as f64..=most as f64).contains(&number) {
            return Ok(number as usize);
        }
        Err(self.wrong(name, &format!("a whole number from {least} to {most}")))
    }

    /// Yes or no.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, OptionError> {
        match self.value(name) {
            OptionValue::Flag(flag) => Ok(*flag),
            _ => Err(self.wrong(name, "true or false")),
        }
    }

    /// What the name given stands for in `known`, which is not empty.
    pub(crate) fn one_of<T: Copy>(
        &self,
        name: &str,
        known: &[(&str, T)],
    ) -> Result<T, OptionError> {
        if let OptionValue::Text(text) = self.value(name)
            && let Some((_, meaning)) = known.iter().find(|(known, _)| known == text)
        {
            return Ok(*meaning);
        }
        let names: Vec<&str> = known.iter().map(|(known, _)| *known).collect();
        let near = nearest(&self.value(name).to_string(), &names);
        Err(OptionError {
            remedy: near.map(meant),
            ..self.wrong(name, &either(&names))
        })
    }

    /// A text, any.
    pub(crate) fn text(&self, name: &str) -> Result<&str, OptionError> {
        match self.value(name) {
            OptionValue::Text(text) => Ok(text),
            _ => Err(self.wrong(name, "a name")),
        }
    }

    /// The strategy of that name, at its defaults, for this one to wrap.
    pub(crate) fn base(&self, name: &str) -> Result<Box<dyn Strategy>, OptionError> {
        let base =
            find_among(self.strategies, self.text(name)?).map_err(|unknown| OptionError {
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

    fn any_number(&self, name: &str) -> Result<f64, OptionError> {
        match self.value(name) {
            OptionValue::Number(number) => Ok(*number),
            _ => Err(self.wrong(name, "a number")),
        }
    }

    fn value(&self, name: &str) -> &OptionValue {
        self.options.0.get(name).unwrap_or_else(|| {
            let mut listed = self.entry.options.iter();
            let option = listed.find(|option| option.name == name);
            &option.expect("an option that the entry lists").default
        })
    }

    fn wrong(&self, name: &str, wanted: &str) -> OptionError {
        let value = match self.value(name) {
            OptionValue::Text(text) => quoted(text),
            value => value.to_string(),
        };
        self.error(format!("'{name}' must be {wanted}, not {value}"))
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
mod tests {
    use super::*;
    use std::borrow::Cow;

    use crate::strategies::random::Random;

    static ENTRY: StrategyEntry = StrategyEntry {
        name: "x",
        summary: "any",
        needs_model: false,
        regression: true,
        classification: true,
        anytime: true,
        options: &[
            option("weight", OptionValue::Number(0.5)),
            option("exact", OptionValue::Flag(false)),
            option("order", OptionValue::Text(Cow::Borrowed("up"))),
        ],
        make: |_| Ok(Box::new(Random {})),
    };

    const fn option(name: &'static str, default: OptionValue) -> OptionEntry {
        OptionEntry {
            name,
            default,
            summary: "",
        }
    }

    const ORDERS: &[(&str, i32)] = &[("up", 1), ("down", -1)];

    #[test]
    fn options_are_those_set_and_defaults() {
        let options = StrategyOptions::none()
            .with("exact", OptionValue::Flag(true))
            .with("order", OptionValue::Text("down".into()));
        let settings = ENTRY.settings(&options, &[]).unwrap();
        assert_eq!(settings.number("weight", 0.0..=1.0), Ok(0.5));
        assert_eq!(settings.flag("exact"), Ok(true));
        assert_eq!(settings.one_of("order", ORDERS), Ok(-1));
        assert_eq!(settings.text("order"), Ok("down"));
    }

    #[test]
    fn errors_say_what_is_known_and_allowed() {
        let with = |name: &str, value| StrategyOptions::none().with(name, value);
        let unknown = with("wieght", OptionValue::Number(1.0));
        let error = ENTRY.settings(&unknown, &[]).err().unwrap();
        assert_eq!(
            Fault::from(error).to_string(),
            "strategy 'x': it has no option 'wieght'; did you mean 'weight'?"
        );
        let unknown = with("temperature", OptionValue::Number(1.0));
        let error = ENTRY.settings(&unknown, &[]).err().unwrap();
        assert_eq!(
            Fault::from(error).to_string(),
            "strategy 'x': it has no option 'temperature'; \
             its options are 'weight', 'exact', 'order'"
        );

        let text = with("weight", OptionValue::Text("much".into()));
        let settings = ENTRY.settings(&text, &[]).unwrap();
        let error = settings.number("weight", 0.0..=1.0).unwrap_err();
        assert_eq!(error.message, "'weight' must be a number, not 'much'");

        for (value, told) in [(-0.5, "-0.5"), (1.5, "1.5"), (f64::NAN, "NaN")] {
            let options = with("weight", OptionValue::Number(value));
            let settings = ENTRY.settings(&options, &[]).unwrap();
            let error = settings.number("weight", 0.0..=1.0).unwrap_err();
            assert_eq!(
                error.message,
                format!("'weight' must be from 0 to 1, not {told}")
            );
        }

        let number = with("order", OptionValue::Number(1.0));
        let settings = ENTRY.settings(&number, &[]).unwrap();
        let error = settings.one_of("order", ORDERS).unwrap_err();
        assert_eq!(error.message, "'order' must be 'up' or 'down', not 1");
        assert_eq!(
            settings.text("order").unwrap_err().message,
            "'order' must be a name, not 1"
        );
        let number = with("exact", OptionValue::Number(1.0));
        let error = ENTRY
            .settings(&number, &[])
            .unwrap()
            .flag("exact")
            .unwrap_err();
        assert_eq!(error.message, "'exact' must be true or false, not 1");
    }

    #[test]
    fn whole_and_positive_numbers_are_checked() {
        let read = |value| StrategyOptions::none().with("weight", OptionValue::Number(value));
        let options = read(3.0);
        let settings = ENTRY.settings(&options, &[]).unwrap();
        assert_eq!(settings.whole("weight", 1..=9), Ok(3));
        assert_eq!(settings.positive("weight"), Ok(3.0));
        for value in [0.0, 10.0, 2.5, -1.0, f64::NAN, f64::INFINITY] {
            let options = read(value);
            let error = ENTRY
                .settings(&options, &[])
                .unwrap()
                .whole("weight", 1..=9)
                .unwrap_err();
            assert!(
                error
                    .message
                    .starts_with("'weight' must be a whole number from 1 to 9, not"),
                "{error}"
            );
        }
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let options = read(value);
            assert!(
                ENTRY
                    .settings(&options, &[])
                    .unwrap()
                    .positive("weight")
                    .is_err()
            );
        }
    }
}
