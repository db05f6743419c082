//! What is wanted of a hardware: whether small or large values are good, that
//! the model agrees, and costs and energies that follow from a time.

use al_hw::{Better, TimeUnit};

use super::RecommendOptions;
use crate::campaign::Campaign;
use crate::error::Error;
use crate::options::{Direction, Task};

/// What `--optimize-for` may be besides the model's target, and which values it
/// wants.
const WORDS: [(&str, Better); 5] = [
    ("throughput", Better::Larger),
    ("latency", Better::Smaller),
    ("time", Better::Smaller),
    ("energy", Better::Smaller),
    ("cost", Better::Smaller),
];

/// Words in the name of a target by which it is what.
const LARGE: [&str; 12] = [
    "throughput",
    "bandwidth",
    "gflops",
    "tflops",
    "flops",
    "fps",
    "qps",
    "rps",
    "iops",
    "speedup",
    "accuracy",
    "efficiency",
];
const TIMES: [&str; 5] = ["latency", "time", "duration", "runtime", "delay"];
const ENERGIES: [&str; 7] = ["energy", "joule", "joules", "j", "mj", "wh", "kwh"];
const COSTS: [&str; 7] = ["cost", "costs", "price", "usd", "eur", "dollars", "euros"];

/// What is optimised, on the numbers of one model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Objective {
    pub(super) name: String,
    pub(super) better: Better,
    pub(super) priced: Option<Priced>,
}

/// A cost or an energy: the predicted time times what a column says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Priced {
    /// The column: money per hour, or watts.
    pub(super) column: String,
    /// What one unit of the target times one of the column is.
    pub(super) factor: f64,
}

fn words(name: &str) -> Vec<String> {
    name.split(|letter: char| !letter.is_alphanumeric())
        .map(str::to_lowercase)
        .collect()
}

fn any(words: &[String], among: &[&str]) -> bool {
    words.iter().any(|word| among.contains(&word.as_str()))
}

/// Which values of a target are good, going by its name.
fn suggested(target: &str) -> Option<Better> {
    let words = words(target);
    if any(&words, &LARGE) || any(&words, &["per"]) {
        return Some(Better::Larger);
    }
    let small = [&TIMES[..], &ENERGIES, &COSTS];
    let smaller =
        small.iter().any(|among| any(&words, among)) || TimeUnit::of_column(target).is_some();
    smaller.then_some(Better::Smaller)
}

fn values(better: Better) -> &'static str {
    match better {
        Better::Smaller => "small",
        Better::Larger => "large",
    }
}

fn direction(better: Better) -> &'static str {
    match better {
        Better::Smaller => "min",
        Better::Larger => "max",
    }
}

impl Objective {
    /// What `word` means for the model.
    ///
    /// # Errors
    ///
    /// A classifier, a word that is neither an objective nor the target, a
    /// direction that disagrees with the model's, and a cost or an energy of
    /// which nobody says how it follows from the target.
    pub(super) fn of(
        word: &str,
        campaign: &Campaign,
        options: &RecommendOptions,
    ) -> Result<Objective, Error> {
        let target = campaign.options.target.as_str();
        if campaign.task == Task::Classification {
            return Err(Error::usage(format!(
                "this model predicts the class '{target}'; hardware is compared by a number, such as a time or a throughput: train a model of one"
            )));
        }
        let recorded = campaign.options.direction.map(|direction| match direction {
            Direction::Min => Better::Smaller,
            Direction::Max => Better::Larger,
        });
        let known = WORDS.iter().find(|(known, _)| *known == word);
        let better = match known {
            Some((_, better)) => *better,
            None if word == target => recorded.ok_or_else(|| {
                Error::usage(format!(
                    "the model does not say whether small or large '{target}' are good; say --optimize-for time for small or throughput for large ones, or train with --direction"
                ))
            })?,
            None => return Err(unknown(word, target)),
        };
        let priced = match word {
            _ if word == target => None,
            "cost" => priced(word, target, (options.price.as_deref(), "--price"), options)?,
            "energy" => priced(word, target, (options.power.as_deref(), "--power"), options)?,
            _ => None,
        };
        agree(word, target, better, recorded)?;
        Ok(Objective {
            name: word.to_owned(),
            better,
            priced,
        })
    }
}

fn unknown(word: &str, target: &str) -> Error {
    let mut choices: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    choices.push(target);
    let hint = match al_tables::nearest(word, &choices) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => String::new(),
    };
    Error::usage(format!(
        "--optimize-for {word} is neither throughput, latency, time, energy, cost nor the model's target '{target}'{hint}"
    ))
}

/// That a model takes the same values for good.
fn agree(word: &str, target: &str, wanted: Better, recorded: Option<Better>) -> Result<(), Error> {
    let Some(other) = recorded.or_else(|| suggested(target)) else {
        return Ok(());
    };
    if other == wanted {
        return Ok(());
    }
    let good = values(other);
    let why = match recorded {
        Some(_) => format!(
            "the model was trained with --direction {}, so that {good} values of '{target}' are good",
            direction(other)
        ),
        None => {
            format!("going by its name, {good} values of the model's target '{target}' are good")
        }
    };
    let instead = match other {
        Better::Larger => "throughput",
        Better::Smaller => "latency",
    };
    Err(Error::usage(format!(
        "--optimize-for {word} wants {} values, but {why}; say --optimize-for {instead}, or train a model with --direction {}",
        values(wanted),
        direction(wanted)
    )))
}

/// How a cost or an energy follows from the target, unless it is one itself.
fn priced(
    word: &str,
    target: &str,
    (column, option): (Option<&str>, &str),
    options: &RecommendOptions,
) -> Result<Option<Priced>, Error> {
    let words = words(target);
    let own: &[&str] = match word {
        "cost" => &COSTS,
        _ => &ENERGIES,
    };
    let unit = options.time_unit.or_else(|| TimeUnit::of_column(target));
    let is_time = unit.is_some() || any(&words, &TIMES);
    match (column, unit) {
        (None, _) if any(&words, own) || !is_time => Ok(None),
        (None, _) => Err(Error::usage(format!(
            "the model predicts the time '{target}', not {word}; give --specs FILE and {option} COL for time × {}, or a model of {word}",
            if word == "cost" {
                "price per hour"
            } else {
                "watts"
            }
        ))),
        (Some(_), None) => Err(Error::usage(format!(
            "units missing: {word} is time × '{}', and nothing says in which unit '{target}' is; give --time-unit ms (ns, us, ms, s, min, h), or train on a column whose name ends in it, such as {target}_ms",
            column.unwrap_or_default()
        ))),
        (Some(column), Some(unit)) => Ok(Some(Priced {
            column: column.to_owned(),
            // Prices are per hour; watts times seconds are joules.
            factor: match word {
                "cost" => unit.seconds() / 3600.0,
                _ => unit.seconds(),
            },
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_targets_tell_what_is_good() {
        assert_eq!(suggested("latency_ms"), Some(Better::Smaller));
        assert_eq!(suggested("time_ms"), Some(Better::Smaller));
        assert_eq!(suggested("throughput_tok_s"), Some(Better::Larger));
        assert_eq!(suggested("tokens_per_s"), Some(Better::Larger));
        assert_eq!(suggested("total_s"), Some(Better::Smaller));
        assert_eq!(suggested("energy_j"), Some(Better::Smaller));
        assert_eq!(suggested("y"), None);
        assert_eq!(suggested("s"), None);
    }
}
