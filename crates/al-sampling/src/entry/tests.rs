//! Options of a strategy: what is refused, and in which words.

use std::borrow::Cow;

use super::*;
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
    needs_direction: false,
    regression: true,
    classification: true,
    several: false,
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

const fn option(name: &'static str, range: OptionRange, default: OptionValue) -> StrategyOption {
    StrategyOption {
        name,
        range,
        default,
        summary: "",
    }
}

#[test]
fn options_are_those_set_and_defaults() {
    let options = StrategyOptions::none()
        .with("exact", OptionValue::Flag(true))
        .with("rows", OptionValue::Number(7.0))
        .with("order", OptionValue::Text("down".into()));
    let settings = ENTRY.settings(&options, &[]).unwrap();
    assert_eq!(settings.number("weight"), 0.5);
    assert_eq!(settings.whole("rows"), 7);
    assert!(settings.flag("exact"));
    assert_eq!(settings.one_of("order", ORDERS), -1);
}

#[test]
fn errors_say_what_is_known_and_allowed() {
    let said = |name: &str, value| {
        let options = StrategyOptions::none().with(name, value);
        Fault::from(ENTRY.settings(&options, &[]).err().unwrap()).to_string()
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
        let options = StrategyOptions::none().with(name, OptionValue::Number(number));
        let error = ENTRY.settings(&options, &[]).err();
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
