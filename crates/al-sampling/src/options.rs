//! What a user may set on a strategy, before it is checked.
//!
//! This module knows how options are written (names and plain values, as they
//! stand in a configuration file) and how they are checked; which options exist,
//! what they allow and what they are if not set, a strategy's entry in the
//! registry says.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use al_core::fault::quoted;
use al_core::phrases::either;
use al_core::{Fault, Message, did_you_mean, meant, nearest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::registry::{self, StrategyEntry, StrategyOption};
use crate::strategy::Strategy;

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A name; borrowed where it is a default in the registry.
    Text(Cow<'static, str>),
}

/// The values that an option allows. Written out, it completes "must be".
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OptionRange {
    /// Yes or no.
    Flag,
    /// A number from `least` to `most`.
    Number {
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
    },
    /// A finite number above 0.
    Positive,
    /// A whole number from `least` to `most`.
    Whole {
        /// The smallest.
        least: usize,
        /// The largest.
        most: usize,
    },
    /// One of these names.
    Names(&'static [&'static str]),
    /// The name of another strategy.
    Strategy,
}

impl OptionRange {
    /// Whether `value` is of this kind and in this range. Whether a strategy of
    /// that name exists is not looked up.
    #[must_use]
    pub fn holds(&self, value: &OptionValue) -> bool {
        match (self, value) {
            (OptionRange::Flag, OptionValue::Flag(_))
            | (OptionRange::Strategy, OptionValue::Text(_)) => true,
            (OptionRange::Number { least, most }, OptionValue::Number(number)) => {
                (*least..=*most).contains(number)
            }
            (OptionRange::Positive, OptionValue::Number(number)) => {
                *number > 0.0 && number.is_finite()
            }
            (OptionRange::Whole { least, most }, OptionValue::Number(number)) => {
                number.fract() == 0.0 && (*least as f64..=*most as f64).contains(number)
            }
            (OptionRange::Names(names), OptionValue::Text(text)) => names.contains(&text.as_ref()),
            _ => false,
        }
    }
}

impl fmt::Display for OptionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionRange::Flag => f.write_str("true or false"),
            OptionRange::Number { least, most } => write!(f, "a number from {least} to {most}"),
            OptionRange::Positive => f.write_str("a finite number above 0"),
            OptionRange::Whole { least, most } => {
                write!(f, "a whole number from {least} to {most}")
            }
            OptionRange::Names(names) => {
                let names: Vec<String> = names.iter().map(quoted).collect();
                f.write_str(&either(&names))
            }
            OptionRange::Strategy => f.write_str("the name of a strategy"),
        }
    }
}

/// Options by name, as typed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Options(pub BTreeMap<String, OptionValue>);

/// Options that a strategy does not accept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("strategy '{strategy}': {message}")]
pub struct OptionError {
    /// The strategy.
    pub strategy: &'static str,
    /// What is wrong, with the name of the option and what it allows.
    pub message: String,
    /// The name or value that was probably meant, or those that there are.
    pub remedy: Option<Message>,
}

impl From<OptionError> for Fault {
    fn from(error: OptionError) -> Fault {
        Fault::usage(error.to_string()).maybe_remedy(error.remedy)
    }
}

impl Options {
    /// No options: every one at its default.
    #[must_use]
    pub fn none() -> Options {
        Options::default()
    }

    /// These options and one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: OptionValue) -> Options {
        self.0.insert(name.to_owned(), value);
        self
    }
}

/// The options of a strategy as they were set, the others at their defaults:
/// each is in the range that the entry lists.
///
/// A method reads the option `name`, which must be listed with a range of the
/// method's kind; the registry's tests make every strategy.
pub(crate) struct Settings<'a> {
    entry: &'static StrategyEntry,
    options: &'a Options,
}

impl StrategyEntry {
    /// The settings of this strategy.
    ///
    /// # Errors
    ///
    /// The name of an option that the strategy does not have, or a value that
    /// an option does not allow.
    pub(crate) fn settings<'a>(
        &'static self,
        options: &'a Options,
    ) -> Result<Settings<'a>, OptionError> {
        let settings = Settings {
            entry: self,
            options,
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

    /// `strategy`, which has no options.
    ///
    /// # Errors
    ///
    /// Any option.
    pub(crate) fn plain(
        &'static self,
        options: &Options,
        strategy: impl Strategy + 'static,
    ) -> Result<Box<dyn Strategy>, OptionError> {
        self.settings(options)?;
        Ok(Box::new(strategy))
    }
}

impl<'a> Settings<'a> {
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
        let base = registry::find(self.text(name)).map_err(|unknown| OptionError {
            remedy: Some(unknown.remedy()),
            ..self.error(format!("'{name}': {unknown}"))
        })?;
        if base.name == self.entry.name {
            let wrapper = self.entry.name;
            return Err(self.error(format!(
                "'{name}' must be another strategy than '{wrapper}' itself"
            )));
        }
        (base.make)(&Options::none())
    }

    fn text(&self, name: &str) -> &'a str {
        match self.value(name) {
            OptionValue::Text(text) => text,
            other => unreachable!("{name} is listed as a name, and is {other}"),
        }
    }

    fn option(&self, name: &str) -> Option<&'static StrategyOption> {
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

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Flag(flag) => flag.fmt(f),
            OptionValue::Number(number) => number.fmt(f),
            OptionValue::Text(text) => text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::StrategyDoc;
    use crate::strategies::random::Random;

    static ENTRY: StrategyEntry = StrategyEntry {
        name: "x",
        summary: "any",
        doc: StrategyDoc {
            prefers: "",
            score: "",
            details: "",
            cost: "",
            reference: "",
            use_when: "",
            not_when: "",
        },
        needs_model: false,
        regression: true,
        classification: true,
        anytime: true,
        options: &[
            option("weight", WEIGHT, OptionValue::Number(0.5)),
            option("rows", ROWS, OptionValue::Number(3.0)),
            option("beta", OptionRange::Positive, OptionValue::Number(1.0)),
            option("exact", OptionRange::Flag, OptionValue::Flag(false)),
            option("order", NAMES, OptionValue::Text(Cow::Borrowed("up"))),
        ],
        make: |_| Ok(Box::new(Random {})),
    };

    const WEIGHT: OptionRange = OptionRange::Number {
        least: 0.0,
        most: 1.0,
    };
    const ROWS: OptionRange = OptionRange::Whole { least: 1, most: 9 };
    const NAMES: OptionRange = OptionRange::Names(&["up", "down"]);
    const ORDERS: &[(&str, i32)] = &[("up", 1), ("down", -1)];

    const fn option(
        name: &'static str,
        range: OptionRange,
        default: OptionValue,
    ) -> StrategyOption {
        StrategyOption {
            name,
            range,
            default,
            summary: "",
        }
    }

    #[test]
    fn options_are_those_set_and_defaults() {
        let options = Options::none()
            .with("exact", OptionValue::Flag(true))
            .with("rows", OptionValue::Number(7.0))
            .with("order", OptionValue::Text("down".into()));
        let settings = ENTRY.settings(&options).unwrap();
        assert_eq!(settings.number("weight"), 0.5);
        assert_eq!(settings.whole("rows"), 7);
        assert!(settings.flag("exact"));
        assert_eq!(settings.one_of("order", ORDERS), -1);
    }

    #[test]
    fn errors_say_what_is_known_and_allowed() {
        let said = |name: &str, value| {
            let options = Options::none().with(name, value);
            Fault::from(ENTRY.settings(&options).err().unwrap()).to_string()
        };
        let text = |text: &'static str| OptionValue::Text(text.into());
        let one = OptionValue::Number(1.0);
        for (name, value, wrong) in [
            (
                "wieght",
                one.clone(),
                "it has no option 'wieght'; did you mean 'weight'?",
            ),
            (
                "temperature",
                one.clone(),
                "it has no option 'temperature'; \
                 its options are 'weight', 'rows', 'beta', 'exact', 'order'",
            ),
            (
                "weight",
                text("much"),
                "'weight' must be a number from 0 to 1, not 'much'",
            ),
            (
                "order",
                one.clone(),
                "'order' must be 'up' or 'down', not 1",
            ),
            (
                "order",
                text("donw"),
                "'order' must be 'up' or 'down', not 'donw'; did you mean 'down'?",
            ),
            ("exact", one, "'exact' must be true or false, not 1"),
        ] {
            assert_eq!(said(name, value), format!("strategy 'x': {wrong}"));
        }
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        let wrong = |name: &str, number: f64| {
            let options = Options::none().with(name, OptionValue::Number(number));
            let error = ENTRY.settings(&options).err();
            error.is_some_and(|error| error.message.ends_with(&format!("not {number}")))
        };
        for number in [-0.5, 1.5, f64::NAN] {
            assert!(wrong("weight", number), "{number}");
        }
        for number in [0.0, 10.0, 2.5, -1.0, f64::NAN, f64::INFINITY] {
            assert!(wrong("rows", number), "{number}");
        }
        for number in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(wrong("beta", number), "{number}");
        }
        for (name, number) in [
            ("weight", 0.0),
            ("weight", 1.0),
            ("rows", 9.0),
            ("beta", 9.5),
        ] {
            assert!(!wrong(name, number), "{name} {number}");
        }
    }

    #[test]
    fn options_read_as_they_are_written() {
        let options: Options =
            serde_json::from_str(r#"{"weight": 0.25, "exact": true, "space": "points"}"#).unwrap();
        assert_eq!(options.0["weight"], OptionValue::Number(0.25));
        assert_eq!(options.0["exact"], OptionValue::Flag(true));
        assert_eq!(options.0["space"], OptionValue::Text("points".into()));
        assert_eq!(options.0["space"].to_string(), "points");
    }
}
