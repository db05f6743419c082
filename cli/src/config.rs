//! Options from a file: what stands there takes the place of the built-in
//! defaults, so that the command line wins.
//!
//! Global options stand at the top of the file, those of a command in a table
//! of its name:
//!
//! ```toml
//! threads = 4
//!
//! [train]
//! target = "latency_ms"
//! log-target = true
//! ignore = ["run_id", "host"]
//! ```

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use al_core::{meant, nearest};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, FromArgMatches};
use toml::{Table, Value};

use crate::args::{self, Cli, Command};
use crate::exit::USAGE;

/// The file that is read if none is named.
const DEFAULT: &str = "altool.toml";

/// A command line that cannot be run, or that asks for help.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The parser's words: errors, help and version.
    Clap(clap::Error),
    /// What is wrong with the file of options.
    Config(String),
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Refusal {
        Refusal::Clap(error)
    }
}

impl Refusal {
    /// Says it; the code to end with.
    pub(crate) fn show(&self) -> ExitCode {
        match self {
            Refusal::Clap(error) => {
                // A closed pipe behind `altool --help | head` is no failure.
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
            }
            Refusal::Config(message) => {
                let _ = writeln!(io::stderr().lock(), "error: {message}");
                ExitCode::from(USAGE)
            }
        }
    }
}

/// The command line with the options of the file, if there is one.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, Refusal> {
    match configured(arguments) {
        Ok((command, file)) => read(command, arguments).map_err(|refusal| match file {
            Some(path) => blamed(refusal, &path, arguments),
            None => refusal,
        }),
        // Help and version need no file: a wrong one does not stand in their
        // way.
        Err(refusal) => match args::command().try_get_matches_from(arguments) {
            Err(error) if !error.use_stderr() => Err(error.into()),
            _ => Err(refusal),
        },
    }
}

fn configured(arguments: &[OsString]) -> Result<(clap::Command, Option<PathBuf>), Refusal> {
    match find(arguments)? {
        Some((path, text)) => {
            let command = with_defaults(args::command(), &path, &text)?;
            Ok((command, Some(path)))
        }
        None => Ok((args::command(), None)),
    }
}

/// A refusal of a value that nobody typed is the file's fault, and names it.
fn blamed(refusal: Refusal, path: &Path, arguments: &[OsString]) -> Refusal {
    let Refusal::Clap(error) = &refusal else {
        return refusal;
    };
    let of_a_value = matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    );
    if !of_a_value || lenient().try_get_matches_from(arguments).is_err() {
        return refusal;
    }
    let text = error.to_string();
    // Without the reference to --help at the end, and the usage before it.
    let told = text.lines().map(str::trim).filter(|line| {
        !(line.is_empty() || line.starts_with("For more") || line.starts_with("Usage:"))
    });
    let told = told.collect::<Vec<_>>().join(" ");
    let message = told.strip_prefix("error: ").unwrap_or(&told);
    Refusal::Config(format!("{}: {message}", path.display()))
}

/// The command line with no option needed: those may come from the file.
fn lenient() -> clap::Command {
    args::command()
        .mut_args(|arg| arg.required(false))
        .mut_subcommands(|command| command.mut_args(|arg| arg.required(false)))
}

fn read(command: clap::Command, arguments: &[OsString]) -> Result<Cli, Refusal> {
    let matches = command.try_get_matches_from(arguments)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Some((_, given)) = matches.subcommand() {
        let typed = |id| given.value_source(id) == Some(ValueSource::CommandLine);
        match &mut cli.command {
            // Two ways to evaluate: the one that was typed.
            Command::Train(train) if typed("holdout") && !typed("eval") => train.eval = None,
            // What the file says for batches without a model, a model knows
            // better.
            Command::Select(select) if select.model.is_some() => {
                if !typed("id") {
                    select.id = None;
                }
                if !typed("ignore") {
                    select.ignore.clear();
                }
            }
            _ => {}
        }
    }
    Ok(cli)
}

/// The file of options and what stands in it.
fn find(arguments: &[OsString]) -> Result<Option<(PathBuf, String)>, Refusal> {
    let (path, named) = match named(arguments)? {
        Some(path) => (path, true),
        None => (PathBuf::from(DEFAULT), false),
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => Ok(None),
        Err(error) => Err(Refusal::Config(format!(
            "{}: cannot be read: {error}",
            path.display()
        ))),
    }
}

/// The file that `--config` names.
fn named(arguments: &[OsString]) -> Result<Option<PathBuf>, Refusal> {
    let mentioned = |argument: &OsString| argument.to_string_lossy().starts_with("--config");
    if !arguments.iter().any(mentioned) {
        return Ok(None);
    }
    let matches = lenient().try_get_matches_from(arguments)?;
    Ok(matches.get_one::<PathBuf>("config").cloned())
}

/// `command` with the options in `text` as its defaults.
fn with_defaults(
    mut command: clap::Command,
    path: &Path,
    text: &str,
) -> Result<clap::Command, Refusal> {
    let wrong = |message: String| Refusal::Config(format!("{}: {message}", path.display()));
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1)
            .map_or_else(String::new, |line| format!("line {line}: "));
        wrong(format!("{line}{}", error.message()))
    })?;
    let commands: Vec<String> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned())
        .collect();
    for (key, value) in &table {
        match value {
            Value::Table(options) if commands.contains(key) => {
                if key == "train" && ["eval", "holdout"].iter().all(|k| options.contains_key(*k)) {
                    return Err(wrong(
                        "[train] has eval and holdout; leave one out".to_owned(),
                    ));
                }
                for (name, value) in options {
                    let subcommand = command.find_subcommand(key).expect("listed above");
                    let id = option(subcommand, name).map_err(|near| {
                        wrong(format!("[{key}] has an unknown option '{name}'{near}"))
                    })?;
                    let values = values(subcommand, &id, value)
                        .map_err(|message| wrong(format!("[{key}] {name} {message}")))?;
                    command = command.mut_subcommand(key, |subcommand| {
                        subcommand.mut_arg(id, |arg| with_default(arg, values))
                    });
                }
            }
            _ => {
                let id = option(&command, key).map_err(|near| {
                    let near = if near.is_empty() {
                        hint(key, &commands)
                    } else {
                        near
                    };
                    wrong(format!("unknown option or command '{key}'{near}"))
                })?;
                let values = values(&command, &id, value)
                    .map_err(|message| wrong(format!("{key} {message}")))?;
                command = command.mut_arg(id, |arg| with_default(arg, values));
            }
        }
    }
    Ok(command)
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
    Err(hint(&name, &known))
}

fn hint(name: &str, known: &[String]) -> String {
    nearest(name, known)
        .map(|near| format!("; {}", meant(near)))
        .unwrap_or_default()
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
    use crate::commands::train::Train;

    fn parsed(config: &str, arguments: &str) -> Result<Cli, String> {
        let shown = |refusal: Refusal| match refusal {
            Refusal::Clap(error) => error.to_string(),
            Refusal::Config(message) => message,
        };
        let command =
            with_defaults(args::command(), Path::new("altool.toml"), config).map_err(shown)?;
        let arguments: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        let path = Path::new("altool.toml");
        read(command, &arguments).map_err(|refusal| shown(blamed(refusal, path, &arguments)))
    }

    fn train(cli: Cli) -> Train {
        match cli.command {
            Command::Train(train) => *train,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_is_consistent() {
        args::command().debug_assert();
    }

    #[test]
    fn the_file_replaces_defaults_and_the_command_line_wins() {
        let config = "seed = 7\n[train]\ntarget = 'ms'\noutput = 'm.altool'\nmembers = 3\n\
                      log_target = true\nignore = ['a', 'b']\nquantiles = [0.2, 0.8]\nholdout = 0";
        let cli = parsed(config, "altool train x.csv").unwrap();
        assert_eq!(cli.global.seed, Some(7));
        let options = train(cli);
        assert_eq!(options.learning.target, "ms");
        assert_eq!(options.learning.members, 3);
        assert!(options.learning.log_target);
        assert_eq!(options.learning.ignore, ["a", "b"]);
        assert_eq!(options.learning.quantiles.unwrap().0, 0.2);
        assert_eq!(options.holdout, 0.0);

        let cli = parsed(
            config,
            "altool --seed 1 train x.csv --members 5 --target s --ignore c",
        );
        let cli = cli.unwrap();
        assert_eq!(cli.global.seed, Some(1));
        let options = train(cli);
        assert_eq!(
            (options.learning.members, options.learning.target.as_str()),
            (5, "s")
        );
        assert_eq!(options.learning.ignore, ["c"]);
        assert_eq!(options.output, Path::new("m.altool"));
        // Global options may follow the command.
        let cli = parsed(config, "altool train x.csv --seed 2 -q").unwrap();
        assert_eq!((cli.global.seed, cli.global.quiet), (Some(2), true));
    }

    #[test]
    fn a_holdout_on_the_command_line_outweighs_an_evaluation_file_in_the_file() {
        let config = "[train]\ntarget = 'y'\noutput = 'm'\neval = 'e.csv'";
        let eval = |line: &str| train(parsed(config, line).unwrap()).eval;
        assert_eq!(eval("altool train x.csv").as_deref(), Some("e.csv"));
        assert_eq!(eval("altool train x.csv --holdout 0.3"), None);
        assert_eq!(
            eval("altool train x.csv --eval f.csv").as_deref(),
            Some("f.csv")
        );
    }

    #[test]
    fn what_the_file_says_for_a_first_batch_gives_way_to_a_model() {
        let config = "[select]\nignore = ['name']\nid = 'name'";
        let select = |line: &str| match parsed(config, line).unwrap().command {
            Command::Select(select) => *select,
            other => panic!("{other:?}"),
        };
        let first = select("altool select x.csv -n 2");
        assert_eq!((first.id.as_deref(), first.ignore.len()), (Some("name"), 1));
        let later = select("altool select x.csv -n 2 --model m.altool");
        assert_eq!((later.id, later.ignore.len()), (None, 0));
        let typed = select("altool select x.csv -n 2 --model m.altool --id run");
        assert_eq!(typed.id.as_deref(), Some("run"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let message = |config: &str| parsed(config, "altool train x.csv").unwrap_err();
        assert_eq!(
            message("[train]\ntarget = 'ms'\nmebmers = 3"),
            "altool.toml: [train] has an unknown option 'mebmers'; did you mean 'members'?"
        );
        assert_eq!(
            message("[trian]\ntarget = 'ms'"),
            "altool.toml: unknown option or command 'trian'; did you mean 'train'?"
        );
        assert_eq!(
            message("[train]\nlog-target = 'yes'"),
            "altool.toml: [train] log-target must be true or false, not a text"
        );
        let zero = message("[train]\nmembers = 0\ntarget='x'\noutput='m'");
        assert!(zero.starts_with("altool.toml: invalid value '0'"), "{zero}");
        assert!(zero.contains("--members"), "{zero}");
        let known = parsed("[select]\nstrategy = 'nope'", "altool select x.csv -n 3").unwrap_err();
        assert!(
            known.starts_with("altool.toml: invalid value 'nope'"),
            "{known}"
        );
        assert!(known.contains("possible values: lcmd, "), "{known}");
        assert!(message("[train]\neval = 'e.csv'\nholdout = 0.1").contains("leave one out"));
        let typed = parsed(
            "[train]\ntarget='x'\noutput='m'",
            "altool train x.csv --members 0",
        );
        assert!(!typed.unwrap_err().contains("altool.toml"));
        assert!(message("[train\n").starts_with("altool.toml: line 1: "));
        assert!(message("[train]\nbudget = 3").contains("unknown option 'budget'"));
        assert!(message("[train]\nmembers = 3").contains("--target"));
    }
}
