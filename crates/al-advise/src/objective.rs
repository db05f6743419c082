//! What is wanted of a hardware: whether small or large values are good, that
//! the model agrees, and costs and energies that follow from a time.

use al_core::{Direction, Fault, Message, Setting, Tabular, Task, meant, nearest, setting};
use al_hw::TimeUnit;

use crate::options::RecommendOptions;

/// What the setting `optimize_for` may be besides the model's target, and which values it
/// wants.
const WORDS: [(&str, Direction); 5] = [
    ("throughput", Direction::Max),
    ("latency", Direction::Min),
    ("time", Direction::Min),
    ("energy", Direction::Min),
    ("cost", Direction::Min),
];

/// Words in the name of a target by which it is what.
const LARGE: [&str; 9] = [
    "throughput",
    "bandwidth",
    "gflops",
    "tflops",
    "flops",
    "fps",
    "qps",
    "rps",
    "iops",
];
/// Words that say what the words before them are of, as in `energy_efficiency`.
const SHARES: [&str; 3] = ["speedup", "accuracy", "efficiency"];
const TIMES: [&str; 5] = ["latency", "time", "duration", "runtime", "delay"];
const ENERGIES: [&str; 7] = ["energy", "joule", "joules", "j", "mj", "wh", "kwh"];
const COSTS: [&str; 7] = ["cost", "costs", "price", "usd", "eur", "dollars", "euros"];

/// What is optimised, on the numbers of one model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Objective {
    pub(crate) name: String,
    pub(crate) better: Direction,
    pub(crate) priced: Option<Priced>,
}

/// A cost or an energy: the predicted time times what a column says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Priced {
    /// The column: money per hour, or watts.
    pub(crate) column: String,
    /// What one unit of the target times one of the column is.
    pub(crate) factor: f64,
}

fn words(name: &str) -> Vec<String> {
    name.split(|letter: char| !letter.is_alphanumeric())
        .map(str::to_lowercase)
        .collect()
}

fn any(words: &[String], among: &[&str]) -> bool {
    words.iter().any(|word| among.contains(&word.as_str()))
}

/// The words before the first `per`, and those after it but for numbers, as in
/// `usd_per_1k_tokens`; `None` if there is no such word.
fn halves(words: &[String]) -> Option<(&[String], Vec<String>)> {
    let at = words.iter().position(|word| word == "per")?;
    let number = |word: &&String| word.starts_with(|letter: char| letter.is_ascii_digit());
    let tail = words[at + 1..].iter().filter(|word| !number(word)).cloned();
    Some((&words[..at], tail.collect()))
}

/// The unit of a time per something, as in `ms_per_step`.
fn leading_unit(words: &[String]) -> Option<TimeUnit> {
    let (head, _) = halves(words)?;
    TimeUnit::named(head.last()?)
}

/// Which values are good of what these words are, if they say it.
fn of_words(words: &[String]) -> Option<Direction> {
    let small = [&TIMES[..], &ENERGIES, &COSTS];
    let small = small.iter().any(|among| any(words, among));
    match (any(words, &SHARES), any(words, &LARGE), small) {
        (true, _, _) | (false, true, false) => Some(Direction::Max),
        (false, false, true) => Some(Direction::Min),
        // Of what is both, as in `latency_at_full_throughput`, nothing is said.
        (false, _, _) => None,
    }
}

/// Which values of a target are good, going by its name; `None` if that is not
/// clear. What something is per token or per step is good as it is itself;
/// something per time, energy or money is a rate.
fn suggested(target: &str) -> Option<Direction> {
    let words = words(target);
    let Some((head, tail)) = halves(&words) else {
        let time = || TimeUnit::of_column(target).map(|_| Direction::Min);
        return match any(&words, &LARGE) {
            true => of_words(&words),
            false => of_words(&words).or_else(time),
        };
    };
    if let Some(better) = of_words(head) {
        return Some(better);
    }
    if leading_unit(&words).is_some() {
        return Some(Direction::Min);
    }
    let rate = tail.first().is_some_and(|word| {
        TimeUnit::named(word).is_some()
            || ENERGIES.contains(&word.as_str())
            || COSTS.contains(&word.as_str())
    });
    rate.then_some(Direction::Max)
}

fn values(better: Direction) -> &'static str {
    match better {
        Direction::Min => "small",
        Direction::Max => "large",
    }
}

fn direction(better: Direction) -> &'static str {
    match better {
        Direction::Min => "min",
        Direction::Max => "max",
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
    pub(crate) fn of(
        word: &str,
        model: &dyn Tabular,
        options: &RecommendOptions,
    ) -> Result<Objective, Fault> {
        let target = model.columns().target;
        if model.task() == Task::Classification {
            return Err(
                Fault::usage(format!("this model predicts the class '{target}'")).remedy(
                    "hardware is compared by a number, such as a time or a throughput: train a model of one",
                ),
            );
        }
        let recorded = model.direction();
        let known = WORDS.iter().find(|(known, _)| *known == word);
        let better = match known {
            Some((_, better)) => *better,
            None if word == target => recorded.ok_or_else(|| {
                let problem = format!(
                    "the model does not say whether small or large values of '{target}' are good"
                );
                let remedy = Message::from("give ")
                    .setting(setting::OPTIMIZE_FOR.to("time"))
                    .text(" for small or throughput for large ones, or train with ")
                    .setting(setting::DIRECTION);
                Fault::usage(problem).remedy(remedy)
            })?,
            None => return Err(unknown(word, target)),
        };
        let priced = match word {
            _ if word == target => None,
            "cost" => priced(
                word,
                target,
                (options.price.as_deref(), setting::PRICE),
                options,
            )?,
            "energy" => priced(
                word,
                target,
                (options.power.as_deref(), setting::POWER),
                options,
            )?,
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

fn unknown(word: &str, target: &str) -> Fault {
    let mut choices: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    choices.push(target);
    let problem = Message::from(setting::OPTIMIZE_FOR.to(word)).text(format!(
        " is neither throughput, latency, time, energy, cost nor the model's target '{target}'"
    ));
    Fault::usage(problem).maybe_remedy(nearest(word, &choices).map(meant))
}

/// That a model takes the same values for good.
fn agree(
    word: &str,
    target: &str,
    wanted: Direction,
    recorded: Option<Direction>,
) -> Result<(), Fault> {
    let Some(other) = recorded.or_else(|| suggested(target)) else {
        return Ok(());
    };
    if other == wanted {
        return Ok(());
    }
    let good = values(other);
    let why = match recorded {
        Some(_) => Message::from("the model was trained with ")
            .setting(setting::DIRECTION.to(direction(other)))
            .text(format!(", so that {good} values of '{target}' are good")),
        None => Message::from(format!(
            "going by its name, {good} values of the model's target '{target}' are good"
        )),
    };
    let instead = match other {
        Direction::Max => "throughput",
        Direction::Min => "latency",
    };
    let problem = Message::from(setting::OPTIMIZE_FOR.to(word))
        .text(format!(" wants {} values, but ", values(wanted)))
        .followed_by(why);
    let remedy = Message::from("give ")
        .setting(setting::OPTIMIZE_FOR.to(instead))
        .text(", or train a model with ")
        .setting(setting::DIRECTION.to(direction(wanted)));
    Err(Fault::usage(problem).remedy(remedy))
}

/// How a cost or an energy follows from the target, unless it is one itself.
fn priced(
    word: &str,
    target: &str,
    (column, option): (Option<&str>, Setting),
    options: &RecommendOptions,
) -> Result<Option<Priced>, Fault> {
    let words = words(target);
    let own: &[&str] = match word {
        "cost" => &COSTS,
        _ => &ENERGIES,
    };
    let named = || TimeUnit::of_column(target).or_else(|| leading_unit(&words));
    let unit = options.time_unit.or_else(named);
    let is_time = unit.is_some() || any(&words, &TIMES);
    match (column, unit) {
        (None, _) if any(&words, own) || !is_time => Ok(None),
        (None, _) => {
            let per = match word {
                "cost" => "price per hour",
                _ => "watts",
            };
            let remedy = Message::from("give ")
                .setting(setting::SPECS.given())
                .text(" and ")
                .setting(option.given())
                .text(format!(" for time × {per}, or a model of {word}"));
            let problem = format!("the model predicts the time '{target}', not {word}");
            Err(Fault::usage(problem).remedy(remedy))
        }
        (Some(column), None) => {
            let remedy = Message::from("give ")
                .setting(setting::TIME_UNIT.to("ms"))
                .text(format!(
                    " (ns, us, ms, s, min, h), or train on a column whose name ends in it, such as {target}_ms"
                ));
            Err(Fault::usage(format!(
                "units missing: {word} is time × '{column}', and nothing says in which unit '{target}' is"
            ))
            .remedy(remedy))
        }
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
        assert_eq!(suggested("latency_ms"), Some(Direction::Min));
        assert_eq!(suggested("time_ms"), Some(Direction::Min));
        assert_eq!(suggested("throughput_tok_s"), Some(Direction::Max));
        assert_eq!(suggested("tokens_per_s"), Some(Direction::Max));
        assert_eq!(suggested("total_s"), Some(Direction::Min));
        assert_eq!(suggested("energy_j"), Some(Direction::Min));
        assert_eq!(suggested("y"), None);
        assert_eq!(suggested("s"), None);
        assert_eq!(suggested("energy_efficiency"), Some(Direction::Max));
        assert_eq!(suggested("latency_at_full_throughput_ms"), None);
    }

    #[test]
    fn what_is_per_something_is_small_or_large_as_it_is_itself() {
        for small in [
            "latency_per_token_ms",
            "time_s_per_iteration",
            "ms_per_step",
            "s_per_step",
            "total_ms_per_step",
            "joules_per_token",
            "usd_per_1k_tokens",
            "cost_per_hour",
        ] {
            assert_eq!(suggested(small), Some(Direction::Min), "{small}");
        }
        for large in [
            "tokens_per_s",
            "min_tokens_per_s",
            "samples_per_second_per_gpu",
            "images_per_joule",
            "tokens_per_usd",
            "flops_per_watt",
            "throughput_per_device",
        ] {
            assert_eq!(suggested(large), Some(Direction::Max), "{large}");
        }
        for unclear in [
            "errors_per_run",
            "bits_per_character",
            "decode_per_token_ms",
        ] {
            assert_eq!(suggested(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn a_time_per_step_has_its_unit_before_per() {
        let unit = |name: &str| leading_unit(&words(name));
        assert_eq!(unit("ms_per_step"), Some(TimeUnit::Milliseconds));
        assert_eq!(unit("tokens_per_s"), None);
        assert_eq!(unit("step_ms"), None);
    }
}
