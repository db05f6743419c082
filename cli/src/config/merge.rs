//! Options of a file become the defaults of a command line.

use clap::ArgAction;
use clap::parser::{ArgMatches, ValueSource};
use toml::{Table, Value};

use crate::args::values::did_you_mean;

/// When an option of the file gives way.
enum When {
    /// Where this option is typed.
    Typed(&'static str),
    /// Where this option is typed, or stands in the file.
    Given(&'static str),
    /// Where this option is neither.
    Missing(&'static str),
}

/// Options of the file that others make meaningless: a command, its option,
/// and when it is not read. What is typed is refused instead.
const GIVES_WAY: [(&str, &str, When); 13] = [
    ("grid", "output", When::Typed("sizes")),
    ("grid", "format", When::Typed("sizes")),
    ("grid", "sizes", When::Typed("output")),
    ("grid", "sizes", When::Typed("format")),
    ("train", "eval", When::Typed("holdout")),
    ("train", "holdout", When::Typed("eval")),
    // A model knows both better.
    ("select", "id", When::Given("model")),
    ("select", "ignore", When::Given("model")),
    ("recommend", "count", When::Missing("integrate")),
    ("recommend", "weights", When::Missing("integrate")),
    ("recommend", "gain", When::Missing("integrate")),
    ("recommend", "model_column", When::Missing("integrate")),
    ("recommend", "hardware_table", When::Given("integrate")),
];

/// `command` with the options in `text` as its defaults, but for those that
/// give way to what is typed.
pub(super) fn merged(
    mut command: clap::Command,
    text: &str,
    typed: Option<&ArgMatches>,
) -> Result<clap::Command, String> {
    let table = table(text)?;
    let commands: Vec<String> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned())
        .collect();
    for (key, value) in &table {
        command = match value {
            Value::Table(options) if commands.contains(key) => {
                let typed = typed.and_then(|typed| typed.subcommand_matches(key));
                with_section(command, key, options, typed)?
            }
            _ => with_global(command, key, value, &commands)?,
        };
    }
    Ok(command)
}

fn table(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1)
            .map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}{}", error.message())
    })
}

/// `command` with the options of the subcommand `key` as its defaults.
fn with_section(
    mut command: clap::Command,
    key: &str,
    options: &Table,
    typed: Option<&ArgMatches>,
) -> Result<clap::Command, String> {
    if key == "train" && ["eval", "holdout"].iter().all(|k| options.contains_key(*k)) {
        return Err("[train] has eval and holdout; remove one of them".to_owned());
    }
    for (name, value) in options {
        let subcommand = command.find_subcommand(key).expect("a command");
        let id = option(subcommand, name)
            .map_err(|near| format!("[{key}] has an unknown option '{name}'{near}"))?;
        let values = values(subcommand, &id, value)
            .map_err(|message| format!("[{key}] {name} {message}"))?;
        if gives_way(key, id.as_str(), options, typed) {
            continue;
        }
        command = command.mut_subcommand(key, |subcommand| {
            subcommand.mut_arg(id, |arg| with_default(arg, values))
        });
    }
    Ok(command)
}

/// `command` with a global option as its default.
fn with_global(
    command: clap::Command,
    key: &str,
    value: &Value,
    commands: &[String],
) -> Result<clap::Command, String> {
    let id = option(&command, key).map_err(|near| {
        let near = if near.is_empty() {
            did_you_mean(key, commands)
        } else {
            near
        };
        format!("unknown option or command '{key}'{near}")
    })?;
    let values = values(&command, &id, value).map_err(|message| format!("{key} {message}"))?;
    Ok(command.mut_arg(id, |arg| with_default(arg, values)))
}

/// Whether an option of the file gives way to others.
fn gives_way(command: &str, id: &str, options: &Table, typed: Option<&ArgMatches>) -> bool {
    let typed = |option: &str| {
        typed.is_some_and(|typed| typed.value_source(option) == Some(ValueSource::CommandLine))
    };
    let given = |option: &str| {
        let named = |(name, value): (&String, &Value)| {
            name.replace('-', "_") == option && value != &Value::Boolean(false)
        };
        typed(option) || options.iter().any(named)
    };
    let rules = GIVES_WAY
        .iter()
        .filter(|rule| (rule.0, rule.1) == (command, id));
    rules.into_iter().any(|(_, _, when)| match when {
        When::Typed(option) => typed(option),
        When::Given(option) => given(option),
        When::Missing(option) => !given(option),
    })
}

/// The option of `command` called `name`, or a name that is near.
fn option(command: &clap::Command, name: &str) -> Result<clap::Id, String> {
    let name = name.replace('_', "-");
    let mut known = Vec::new();
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        if ["help", "version", "config"].contains(&long) {
            continue;
        }
        if long == name {
            return Ok(arg.get_id().clone());
        }
        known.push(long.to_owned());
    }
    Err(did_you_mean(&name, &known))
}

/// `value` as the words of option `id` on a command line.
fn values(command: &clap::Command, id: &clap::Id, value: &Value) -> Result<Vec<String>, String> {
    let arg = command
        .get_arguments()
        .find(|arg| arg.get_id() == id)
        .expect("found before");
    let word = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(flag) => Ok(flag.to_string()),
        other => Err(format!("cannot be {}", kind(other))),
    };
    match (arg.get_action(), value) {
        (ArgAction::SetTrue, Value::Boolean(flag)) => Ok(vec![flag.to_string()]),
        (ArgAction::SetTrue, other) => Err(format!("must be true or false, not {}", kind(other))),
        (ArgAction::Append, Value::Array(list)) => list.iter().map(word).collect(),
        // Two numbers, such as quantiles.
        (_, Value::Array(list)) => {
            let words: Result<Vec<String>, String> = list.iter().map(word).collect();
            Ok(vec![words?.join(",")])
        }
        (_, value) => Ok(vec![word(value)?]),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

fn with_default(arg: clap::Arg, values: Vec<String>) -> clap::Arg {
    arg.required(false).default_values(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    /// A rule about an option that is not there would do nothing.
    #[test]
    fn options_that_give_way_are_there() {
        let command = cli::tree();
        for (name, option, when) in GIVES_WAY {
            let subcommand = command.find_subcommand(name).unwrap();
            let (When::Typed(other) | When::Given(other) | When::Missing(other)) = when;
            for id in [option, other] {
                let mut arguments = subcommand.get_arguments();
                assert!(arguments.any(|arg| arg.get_id() == id), "{name} {id}");
            }
        }
    }
}
