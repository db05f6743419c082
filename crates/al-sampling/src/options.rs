//! What a user may set on a strategy, before it is checked: names and plain
//! values, as they stand in a configuration file, and the values that an option
//! allows. Which options exist, what each allows and what it is if not set, a
//! strategy's entry says.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use al_core::fault::quoted;
use al_core::phrases::either;
use al_core::{Fault, Message};
use serde::{Deserialize, Serialize};
use thiserror::Error;

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
pub struct StrategyOptions(pub BTreeMap<String, OptionValue>);

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

impl StrategyOptions {
    /// No options: every one at its default.
    #[must_use]
    pub fn none() -> StrategyOptions {
        StrategyOptions::default()
    }

    /// These options and one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: OptionValue) -> StrategyOptions {
        self.0.insert(name.to_owned(), value);
        self
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

    #[test]
    fn options_read_as_they_are_written() {
        let options: StrategyOptions =
            serde_json::from_str(r#"{"weight": 0.25, "exact": true, "space": "points"}"#).unwrap();
        assert_eq!(options.0["weight"], OptionValue::Number(0.25));
        assert_eq!(options.0["exact"], OptionValue::Flag(true));
        assert_eq!(options.0["space"], OptionValue::Text("points".into()));
        assert_eq!(options.0["space"].to_string(), "points");
    }
}
