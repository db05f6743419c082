//! Values of options: what they may be, in words that say so.

use std::path::PathBuf;

use al_core::StructureOptions;
use al_core::{meant, nearest};
use al_pipeline::{
    IntegrationWeights, LearnerOption, OptionValue, OutcomeLimit, UncertaintyWeights,
};

/// Two quantiles, ascending.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantiles(pub(crate) f64, pub(crate) f64);

fn number(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("not a number".to_owned()),
    }
}

pub(crate) fn quantiles(text: &str) -> Result<Quantiles, String> {
    let wrong = || "two numbers between 0 and 1 are needed, the smaller first, as in 0.1,0.9";
    let (low, high) = text.split_once(',').ok_or_else(wrong)?;
    let (low, high) = (number(low)?, number(high)?);
    if 0.0 < low && low < high && high < 1.0 {
        Ok(Quantiles(low, high))
    } else {
        Err(wrong().to_owned())
    }
}

/// A probability, neither 0 nor 1.
pub(crate) fn coverage(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if 0.0 < value && value < 1.0 => Ok(value),
        _ => Err("a number between 0 and 1 is needed, as in 0.8".to_owned()),
    }
}

/// A column's name in a list, without blanks around it.
pub(crate) fn column(text: &str) -> Result<String, String> {
    Ok(text.trim().to_owned())
}

/// A unit, without blanks around it: short enough for the head of a column.
pub(crate) fn unit(text: &str) -> Result<String, String> {
    const LONGEST: usize = 12;
    let unit = text.trim();
    match unit.chars().count() {
        _ if unit.chars().any(char::is_control) => Err("a unit is on one line".to_owned()),
        0 => Err("a unit is needed, such as ms".to_owned()),
        n if n > LONGEST => Err(format!(
            "a unit has at most {LONGEST} letters, this has {n}"
        )),
        _ => Ok(unit.to_owned()),
    }
}

/// A character that a text file is written with.
pub(crate) fn character(text: &str) -> Result<char, String> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ if text.eq_ignore_ascii_case("tab") || text == "\\t" => Ok('\t'),
        _ if text.eq_ignore_ascii_case("space") => Ok(' '),
        _ => Err("one character is needed, or the word tab or space".to_owned()),
    }
}

/// A seed.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse();
    seed.map_err(|_| "a whole number from 0 to 18446744073709551615 is needed".to_owned())
}

/// A number of rows to draw.
pub(crate) fn sample(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(rows) if rows > 0 => Ok(rows),
        _ => Err("a whole number, 1 or more, is needed".to_owned()),
    }
}

/// The column and the value above which rows are held out.
pub(crate) fn eval_after(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(a, b)| (a.trim(), b.trim())) {
        Some((column, value)) if !column.is_empty() && !value.is_empty() => {
            Ok((column.to_owned(), value.to_owned()))
        }
        _ => Err("COLUMN=VALUE is needed, as in day=2026-05-31".to_owned()),
    }
}

/// A share, less than all.
pub(crate) fn holdout(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err("a share from 0 to less than 1 is needed, as in 0.2".to_owned()),
    }
}

fn whole(text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("a whole number from {least} to {most} is needed")),
    }
}

fn whole_of(option: &LearnerOption, text: &str) -> Result<usize, String> {
    whole(text, option.least as usize, option.most as usize)
}

pub(crate) fn trees(text: &str) -> Result<usize, String> {
    whole_of(&LearnerOption::TREES, text)
}

pub(crate) fn depth(text: &str) -> Result<usize, String> {
    whole_of(&LearnerOption::DEPTH, text)
}

pub(crate) fn learning_rate(text: &str) -> Result<f64, String> {
    let option = LearnerOption::LEARNING_RATE;
    match number(text)? {
        value if option.holds(value) => Ok(value),
        _ => Err(format!("{option} is needed, as in 0.1")),
    }
}

pub(crate) fn members(text: &str) -> Result<usize, String> {
    whole(text, 1, 1000)
}

pub(crate) fn threads(text: &str) -> Result<usize, String> {
    whole(text, 1, 1024)
}

pub(crate) fn neighbours(text: &str) -> Result<usize, String> {
    whole(text, 1, 1000)
}

pub(crate) fn rounds(text: &str) -> Result<usize, String> {
    whole(text, 1, 100_000)
}

/// A share of the rows, neither none nor all.
pub(crate) fn test_share(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if 0.0 < value && value < 1.0 => Ok(value),
        _ => Err("a share between 0 and 1 is needed, as in 0.25".to_owned()),
    }
}

/// A number above 0.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if value > 0.0 => Ok(value),
        _ => Err("a number above 0 is needed".to_owned()),
    }
}

/// A share, none and all included.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    match number(text)? {
        value if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("a number from 0 to 1 is needed".to_owned()),
    }
}

fn column_and_value<'a>(text: &'a str, example: &str) -> Result<(String, &'a str), String> {
    // A column's name may hold the sign itself.
    match text.rsplit_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value)),
        _ => Err(format!("COLUMN=NUMBER is needed, as in {example}")),
    }
}

/// A column and how much it counts.
pub(crate) fn weight_of_column(text: &str) -> Result<(String, f64), String> {
    let (name, value) = column_and_value(text, "time=0.6")?;
    Ok((name, positive(value)?))
}

/// A column and a number of rows.
pub(crate) fn rows_of_column(text: &str) -> Result<(String, usize), String> {
    let (name, value) = column_and_value(text, "hardware=3")?;
    Ok((name, whole(value.trim(), 1, 10_000_000)?))
}

/// Kinds of hardware and how available each is.
pub(crate) fn shares(text: &str) -> Result<Vec<(String, f64)>, String> {
    let mut shares: Vec<(String, f64)> = Vec::new();
    for part in text.split(',') {
        let (name, value) = column_and_value(part, "cuda=0.8").map_err(|_| {
            format!("--availability {part}: a share is missing; write NAME=SHARE, as in cuda=0.8,webgpu=0.3, or name a file that ends in .toml")
        })?;
        let share = match value.trim().parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => share,
            _ => {
                return Err(format!(
                    "the availability of '{name}' is {}; it must be from 0 to 1",
                    value.trim()
                ));
            }
        };
        if shares.iter().any(|(other, _)| *other == name) {
            return Err(format!("--availability names '{name}' twice; name it once"));
        }
        shares.push((name, share));
    }
    Ok(shares)
}

pub(crate) fn batch(text: &str) -> Result<usize, String> {
    whole(text, 1, 10_000_000)
}

/// The nearest of some names, to follow an unknown one; nothing if none is near.
pub(crate) fn did_you_mean(name: &str, known: &[String]) -> String {
    nearest(name, known)
        .map(|near| format!("; {}", meant(near)))
        .unwrap_or_default()
}

/// Names and weights of at least 0, as in `variance=2,distance=0`.
fn named_weights(text: &str, known: &[&str], example: &str) -> Result<Vec<(String, f64)>, String> {
    let mut weights: Vec<(String, f64)> = Vec::new();
    for part in text.split(',') {
        let wrong = || format!("NAME=W,… is needed, as in {example}");
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        let (name, value) = (name.trim(), number(value).map_err(|_| wrong())?);
        if value < 0.0 {
            return Err(format!(
                "the weight of '{name}' is {value}; it must be at least 0"
            ));
        }
        if !known.contains(&name) {
            let names: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
            return Err(format!(
                "'{name}' is none of {}{}",
                known.join(", "),
                did_you_mean(name, &names)
            ));
        }
        if weights.iter().any(|(other, _)| other == name) {
            return Err(format!("'{name}' has two weights; give it one"));
        }
        weights.push((name.to_owned(), value));
    }
    Ok(weights)
}

/// Weights of the measures of uncertainty; those not named are 1.
pub(crate) fn uncertainty_weights(text: &str) -> Result<UncertaintyWeights, String> {
    let known = ["variance", "interval", "distance", "entropy"];
    let mut weights = UncertaintyWeights::default();
    for (name, value) in named_weights(text, &known, "variance=2,interval=1,distance=0")? {
        match name.as_str() {
            "interval" => weights.interval = value,
            "distance" => weights.distance = value,
            // The variance of a number, the entropy of a class.
            _ => weights.disagreement = value,
        }
    }
    Ok(weights)
}

/// A limit on a target.
pub(crate) fn outcome_limit(text: &str) -> Result<OutcomeLimit, String> {
    OutcomeLimit::parse(text)
}

/// The weights of both parts of the combined score; one that is not named
/// counts nothing.
pub(crate) fn integration_weights(text: &str) -> Result<IntegrationWeights, String> {
    let known = ["information_gain", "optimality"];
    let mut weights = IntegrationWeights {
        information_gain: 0.0,
        optimality: 0.0,
    };
    for (name, value) in named_weights(text, &known, "information_gain=0.7,optimality=0.3")? {
        match name.as_str() {
            "optimality" => weights.optimality = value,
            _ => weights.information_gain = value,
        }
    }
    if weights.information_gain + weights.optimality <= 0.0 {
        return Err("one weight must be above 0".to_owned());
    }
    Ok(weights)
}

/// A file for an explanation, by its name.
pub(crate) fn explanation(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "json") => Ok(path),
        _ => Err("a name that ends in .html or .json is needed".to_owned()),
    }
}

/// An option of a strategy.
pub(crate) fn setting(text: &str) -> Result<(String, OptionValue), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or("NAME=VALUE is needed, as in weight=0.3")?;
    let value = value.trim();
    let value = match (value, value.parse::<f64>()) {
        ("true", _) => OptionValue::Flag(true),
        ("false", _) => OptionValue::Flag(false),
        (_, Ok(number)) if number.is_finite() => OptionValue::Number(number),
        _ => OptionValue::Text(value.to_owned().into()),
    };
    Ok((name.trim().to_owned(), value))
}

/// A fingerprint as in `radius=2,bits=2048,chirality`.
pub(crate) fn fingerprint(text: &str) -> Result<StructureOptions, String> {
    let mut options = StructureOptions::default();
    let mut named: Vec<&str> = Vec::new();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if named.contains(&name.trim()) {
            return Err(format!("'{}' stands there twice", name.trim()));
        }
        named.push(name.trim());
        match (name.trim(), value.trim()) {
            ("radius", value) => {
                let radius = value.parse().ok().filter(|radius| *radius <= 3);
                options.radius = radius.ok_or("the radius is 0, 1, 2 or 3")?;
            }
            ("bits", "1024") => options.bits = 1024,
            ("bits", "2048") => options.bits = 2048,
            ("bits", _) => return Err("the bits are 1024 or 2048".to_owned()),
            ("chirality", "") => options.chirality = true,
            _ => {
                return Err(format!(
                    "'{part}' is none of radius=R, bits=N and chirality"
                ));
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_two_ascending_numbers_inside_0_and_1() {
        assert_eq!(quantiles("0.1,0.9"), Ok(Quantiles(0.1, 0.9)));
        assert_eq!(quantiles("0.05, 0.5"), Ok(Quantiles(0.05, 0.5)));
        for wrong in [
            "0.1",
            "0.9,0.1",
            "0,0.9",
            "0.1,1",
            "a,b",
            "0.1,0.5,0.9",
            "nan,0.5",
        ] {
            assert!(quantiles(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn uncertainty_weights_are_named() {
        let weights = uncertainty_weights("variance=2, distance=0").unwrap();
        assert_eq!(
            (weights.disagreement, weights.interval, weights.distance),
            (2.0, 1.0, 0.0)
        );
        assert_eq!(uncertainty_weights("entropy=3").unwrap().disagreement, 3.0);
        for wrong in ["2", "variance=-1", "width=1", "variance=x", ""] {
            assert!(uncertainty_weights(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn integration_weights_are_named() {
        let read = integration_weights("information_gain=2, optimality=1").unwrap();
        assert_eq!((read.information_gain, read.optimality), (2.0, 1.0));
        let one = integration_weights("optimality=1").unwrap();
        assert_eq!(one.information_gain, 0.0);
        for wrong in [
            "",
            "0.7,0.3",
            "gain=1",
            "optimality=-1",
            "optimality=0",
            "optimality=x",
            "optimality=1,optimality=2",
        ] {
            assert!(integration_weights(wrong).is_err(), "{wrong}");
        }
        let misspelt = integration_weights("optimalty=1").unwrap_err();
        assert!(
            misspelt.ends_with("did you mean 'optimality'?"),
            "{misspelt}"
        );
    }

    #[test]
    fn limits_name_a_column() {
        assert_eq!(rows_of_column("a=b=3"), Ok(("a=b".to_owned(), 3)));
        assert_eq!(
            weight_of_column(" time = 0.6"),
            Ok(("time".to_owned(), 0.6))
        );
        for wrong in ["3", "=3", "a=0", "a=x", "a=1.5", "a="] {
            assert!(rows_of_column(wrong).is_err(), "{wrong}");
        }
        assert!(weight_of_column("time=-1").is_err() && weight_of_column("time=0").is_err());
        assert!(share("0").is_ok() && share("1").is_ok() && share("1.1").is_err());
        assert!(positive("0").is_err() && positive("1e-9").is_ok());
    }

    #[test]
    fn settings_are_flags_numbers_or_names() {
        let value = |text: &str| setting(text).unwrap();
        assert_eq!(
            value("weight=0.3"),
            ("weight".into(), OptionValue::Number(0.3))
        );
        assert_eq!(
            value("anchors = false"),
            ("anchors".into(), OptionValue::Flag(false))
        );
        assert_eq!(
            value("base=lcmd"),
            ("base".into(), OptionValue::Text("lcmd".into()))
        );
        assert!(setting("weight").is_err() && setting("=1").is_err());
    }

    #[test]
    fn ranges_are_closed_where_they_say_so() {
        assert!(coverage("0").is_err() && coverage("1").is_err() && coverage("0.8").is_ok());
        assert!(seed("7").is_ok() && seed("-1").is_err() && seed("1.5").is_err());
        assert!(sample("1").is_ok() && sample("0").is_err() && sample("-3").is_err());
        assert!(holdout("0").is_ok() && holdout("1").is_err() && holdout("-0.1").is_err());
        assert!(learning_rate("0").is_err() && learning_rate("1").is_ok());
        assert!(learning_rate("inf").is_err() && learning_rate("1.1").is_err());
        assert!(members("0").is_err() && members("1000").is_ok() && members("1001").is_err());
        assert!(trees("0").is_err() && depth("16").is_ok() && depth("17").is_err());
        assert!(threads("0").is_err() && batch("0").is_err() && neighbours("5").is_ok());
    }

    #[test]
    fn fingerprints_are_those_that_were_compared() {
        let options = fingerprint("radius=3, bits=1024, chirality").unwrap();
        assert_eq!(
            (options.radius, options.bits, options.chirality),
            (3, 1024, true)
        );
        assert_eq!(
            fingerprint("radius=2").unwrap(),
            StructureOptions::default()
        );
        for wrong in [
            "radius=4",
            "bits=512",
            "chirality=1",
            "ecfp4",
            "",
            "radius=2,radius=3",
        ] {
            assert!(fingerprint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn units_are_short() {
        assert_eq!(unit(" tok/s "), Ok("tok/s".to_owned()));
        assert!(unit(" ").is_err() && unit("a\nb").is_err());
        assert!(
            unit("millions of tokens")
                .unwrap_err()
                .ends_with("this has 18")
        );
    }
}
