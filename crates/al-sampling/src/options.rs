//! What a user may set on a strategy, before it is checked.
//!
//! This module knows how options are written (names and plain values, as they
//! stand in a configuration file); which options exist, and what they allow,
//! each strategy's own type says.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::de::value::{Error as ValueError, MapDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize, forward_to_deserialize_any};
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

    /// The checked parameters of `strategy`.
    ///
    /// # Errors
    ///
    /// An unknown name, a value of another type, or one out of range.
    pub fn read<T: DeserializeOwned>(&self, strategy: &'static str) -> Result<T, OptionError> {
        let entries = self.0.iter().map(|(name, value)| (name.as_str(), value));
        T::deserialize(MapDeserializer::new(entries)).map_err(|error: ValueError| OptionError {
            strategy,
            message: error.to_string(),
        })
    }
}

impl<'de> IntoDeserializer<'de, ValueError> for &'de OptionValue {
    type Deserializer = ValueDeserializer<'de>;

    fn into_deserializer(self) -> ValueDeserializer<'de> {
        ValueDeserializer(self)
    }
}

/// The value of option `name`, if it is a whole number in `range`.
pub(crate) fn whole(name: &str, value: f64, range: RangeInclusive<usize>) -> Result<usize, String> {
    let (least, most) = range.into_inner();
    if value.fract() == 0.0 && (least as f64..=most as f64).contains(&value) {
        return Ok(value as usize);
    }
    Err(format!(
        "{name} must be a whole number from {least} to {most}, not {value}"
    ))
}

/// Hands one value to serde.
#[derive(Debug)]
pub struct ValueDeserializer<'de>(&'de OptionValue);

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            OptionValue::Flag(flag) => visitor.visit_bool(*flag),
            OptionValue::Number(number) => visitor.visit_f64(*number),
            OptionValue::Text(text) => visitor.visit_borrowed_str(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    /// A name stands for the variant called so.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.0 {
            OptionValue::Text(text) => {
                let text: &str = text;
                let text: StrDeserializer<'_, ValueError> = text.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf unit unit_struct newtype_struct seq tuple tuple_struct
        map struct identifier ignored_any
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

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Parameters {
        weight: f64,
        exact: bool,
        space: Option<String>,
        order: Order,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Up,
        Down,
    }

    impl Default for Parameters {
        fn default() -> Self {
            Parameters {
                weight: 0.5,
                exact: false,
                space: None,
                order: Order::Up,
            }
        }
    }

    #[test]
    fn options_become_parameters() {
        let options = Options::none()
            .with("exact", OptionValue::Flag(true))
            .with("order", OptionValue::Text("down".into()))
            .with("space", OptionValue::Text("points".into()));
        assert_eq!(
            options.read::<Parameters>("x"),
            Ok(Parameters {
                weight: 0.5,
                exact: true,
                space: Some("points".into()),
                order: Order::Down,
            })
        );
    }

    #[test]
    fn unknown_names_and_wrong_types_say_what_is_known() {
        let unknown = Options::none().with("wieght", OptionValue::Number(1.0));
        let message = unknown.read::<Parameters>("x").unwrap_err().to_string();
        assert!(message.contains("strategy 'x'"), "{message}");
        assert!(message.contains("wieght"), "{message}");
        assert!(message.contains("`weight`"), "{message}");

        let text = Options::none().with("weight", OptionValue::Text("much".into()));
        let message = text.read::<Parameters>("x").unwrap_err().to_string();
        assert!(message.contains("much"), "{message}");

        let variant = Options::none().with("order", OptionValue::Text("left".into()));
        let message = variant.read::<Parameters>("x").unwrap_err().to_string();
        assert!(message.contains("left"), "{message}");
        assert!(message.contains("`up` or `down`"), "{message}");
        let number = Options::none().with("order", OptionValue::Number(1.0));
        assert!(number.read::<Parameters>("x").is_err());
    }

    #[test]
    fn whole_numbers_are_checked() {
        assert_eq!(whole("strata", 3.0, 1..=9), Ok(3));
        for value in [0.0, 10.0, 2.5, -1.0, f64::NAN, f64::INFINITY] {
            let message = whole("strata", value, 1..=9).unwrap_err();
            assert!(message.starts_with("strata must be a whole number from 1 to 9"));
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
