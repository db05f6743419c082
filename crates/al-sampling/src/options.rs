//! What a user may set on a strategy, before it is checked.
//!
//! This module knows how options are written (names and plain values, as they
//! stand in a configuration file) and how one is checked; which options exist
//! and what they are if not set, a strategy's entry in the registry says, and
//! what they allow, the line there that reads them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use al_core::fault::quoted;
use al_core::phrases::either;
use al_core::{Fault, Message, did_you_mean, meant, nearest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::registry::{self, Entry};
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

/// The options of a strategy as they were set, the others at their defaults.
///
/// Each method reads the option `name`, which the entry lists; the errors say
/// what it allows.
pub(crate) struct Settings<'a> {
    entry: &'static Entry,
    options: &'a Options,
}

impl Entry {
    /// The settings of this strategy.
    ///
    /// # Errors
    ///
    /// The name of an option that the strategy does not have.
    pub(crate) fn settings<'a>(
        &'static self,
        options: &'a Options,
    ) -> Result<Settings<'a>, OptionError> {
        let settings = Settings {
            entry: self,
            options,
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

impl Settings<'_> {
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
        let allowed: Vec<String> = names.iter().map(quoted).collect();
        let near = nearest(&self.value(name).to_string(), &names);
        Err(OptionError {
            remedy: near.map(meant),
            ..self.wrong(name, &either(&allowed))
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
        let base = registry::find(self.text(name)?).map_err(|unknown| OptionError {
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
    use crate::registry::OptionEntry;
    use crate::strategies::random::Random;

    static ENTRY: Entry = Entry {
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
        let options = Options::none()
            .with("exact", OptionValue::Flag(true))
            .with("order", OptionValue::Text("down".into()));
        let settings = ENTRY.settings(&options).unwrap();
        assert_eq!(settings.number("weight", 0.0..=1.0), Ok(0.5));
        assert_eq!(settings.flag("exact"), Ok(true));
        assert_eq!(settings.one_of("order", ORDERS), Ok(-1));
        assert_eq!(settings.text("order"), Ok("down"));
    }

    #[test]
    fn errors_say_what_is_known_and_allowed() {
        let with = |name: &str, value| Options::none().with(name, value);
        let unknown = with("wieght", OptionValue::Number(1.0));
        let error = ENTRY.settings(&unknown).err().unwrap();
        assert_eq!(
            Fault::from(error).to_string(),
            "strategy 'x': it has no option 'wieght'; did you mean 'weight'?"
        );
        let unknown = with("temperature", OptionValue::Number(1.0));
        let error = ENTRY.settings(&unknown).err().unwrap();
        assert_eq!(
            Fault::from(error).to_string(),
            "strategy 'x': it has no option 'temperature'; \
             its options are 'weight', 'exact', 'order'"
        );

        let text = with("weight", OptionValue::Text("much".into()));
        let settings = ENTRY.settings(&text).unwrap();
        let error = settings.number("weight", 0.0..=1.0).unwrap_err();
        assert_eq!(error.message, "'weight' must be a number, not 'much'");

        for (value, told) in [(-0.5, "-0.5"), (1.5, "1.5"), (f64::NAN, "NaN")] {
            let options = with("weight", OptionValue::Number(value));
            let settings = ENTRY.settings(&options).unwrap();
            let error = settings.number("weight", 0.0..=1.0).unwrap_err();
            assert_eq!(
                error.message,
                format!("'weight' must be from 0 to 1, not {told}")
            );
        }

        let number = with("order", OptionValue::Number(1.0));
        let settings = ENTRY.settings(&number).unwrap();
        let error = settings.one_of("order", ORDERS).unwrap_err();
        assert_eq!(error.message, "'order' must be 'up' or 'down', not 1");
        assert_eq!(
            settings.text("order").unwrap_err().message,
            "'order' must be a name, not 1"
        );
        let number = with("exact", OptionValue::Number(1.0));
        let error = ENTRY.settings(&number).unwrap().flag("exact").unwrap_err();
        assert_eq!(error.message, "'exact' must be true or false, not 1");
    }

    #[test]
    fn whole_and_positive_numbers_are_checked() {
        let read = |value| Options::none().with("weight", OptionValue::Number(value));
        let options = read(3.0);
        let settings = ENTRY.settings(&options).unwrap();
        assert_eq!(settings.whole("weight", 1..=9), Ok(3));
        assert_eq!(settings.positive("weight"), Ok(3.0));
        for value in [0.0, 10.0, 2.5, -1.0, f64::NAN, f64::INFINITY] {
            let options = read(value);
            let error = ENTRY
                .settings(&options)
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
                    .settings(&options)
                    .unwrap()
                    .positive("weight")
                    .is_err()
            );
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
