//! Options from a file, merged into what is typed: what stands there takes the
//! place of the built-in defaults, so that the command line wins.
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

mod merge;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use al_core::Fault;
use al_pipeline::{TableError, read_text};
use clap::FromArgMatches;
use clap::error::ErrorKind;

use crate::args::files::OPTIONS_FILE;
use crate::cli::{self, Cli};
use crate::exit::USAGE;
use crate::log::Log;
use crate::prose::harmless;

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
    pub(crate) fn show(&self, arguments: &[OsString]) -> ExitCode {
        let json = wants_json(arguments);
        match self {
            Refusal::Clap(error) if json && error.use_stderr() => {
                let (message, known) = in_parts(&error.render().to_string());
                Log::json(true).error_with(&message, &known);
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
            }
            Refusal::Config(message) if json => {
                Log::json(true).error(message);
                ExitCode::from(USAGE)
            }
            Refusal::Clap(error) => {
                // A closed pipe behind `altool --help | head` is no failure.
                let _ = match with_visible(arguments) {
                    Some(visible) if error.use_stderr() => visible.print(),
                    _ => error.print(),
                };
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
            }
            Refusal::Config(message) => {
                Log::text(true, false).error(message);
                ExitCode::from(USAGE)
            }
        }
    }
}

/// The same refusal of a line in which control characters are shown by their codes; `None`
/// of a line without any.
fn with_visible(arguments: &[OsString]) -> Option<clap::Error> {
    let visible: Vec<OsString> = arguments
        .iter()
        .map(|argument| harmless(&argument.to_string_lossy()).into())
        .collect();
    match parse(&visible) {
        Err(Refusal::Clap(error)) if visible != arguments => Some(error),
        _ => None,
    }
}

/// A usage error in parts: what is wrong, with what to do about it behind a semicolon; then
/// by name what to do, and how the command is used.
fn in_parts(text: &str) -> (String, Vec<(&'static str, String)>) {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let (mut message, mut tips, mut known) = (String::new(), Vec::new(), Vec::new());
    for part in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
        let mut lines = part.lines().map(str::trim).filter(|line| !line.is_empty());
        if let Some(usage) = part.trim().strip_prefix("Usage: ") {
            known.push((
                "usage",
                usage.split_whitespace().collect::<Vec<_>>().join(" "),
            ));
        } else if message.is_empty() {
            message = lines.next().unwrap_or_default().to_owned();
            let rest: Vec<&str> = lines.collect();
            if !rest.is_empty() {
                // Values stand in brackets, missing options in a line each.
                message = format!("{message} {}", rest.join(", "));
            }
        } else if !part.starts_with("For more") {
            tips.extend(lines.map(|line| line.trim_start_matches("tip: ").to_owned()));
        }
    }
    if !tips.is_empty() {
        let remedy = tips.join("; ");
        message = format!("{message}; {remedy}");
        known.push(("remedy", remedy));
    }
    (harmless(&message), known)
}

/// Whether messages are asked for as JSON, as far as a line that cannot be parsed tells.
fn wants_json(arguments: &[OsString]) -> bool {
    let given = |pair: &[OsString]| pair[0] == "--log-format" && pair[1] == "json";
    arguments
        .iter()
        .any(|argument| argument == "--log-format=json")
        || arguments.windows(2).any(given)
}

/// The command line with the options of the file, if there is one.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, Refusal> {
    match configured(arguments) {
        Ok((command, file)) => read(command, arguments).map_err(|refusal| match file {
            Some(path) => of_the_file(refusal, &path, arguments),
            None => refusal,
        }),
        // Help and version need no file: a wrong one does not stand in their
        // way.
        Err(refusal) => match cli::tree_for(arguments, None).try_get_matches_from(arguments) {
            Err(error) if !error.use_stderr() => Err(error.into()),
            _ => Err(refusal),
        },
    }
}

fn configured(arguments: &[OsString]) -> Result<(clap::Command, Option<PathBuf>), Refusal> {
    match find(arguments)? {
        Some((path, text)) => {
            let tree = cli::tree_for(arguments, Some(&text));
            let command = with_file(tree, &path, &text, arguments)?;
            Ok((command, Some(path)))
        }
        None => Ok((cli::tree_for(arguments, None), None)),
    }
}

/// `command` with the options of a file as its defaults.
fn with_file(
    command: clap::Command,
    path: &Path,
    text: &str,
    arguments: &[OsString],
) -> Result<clap::Command, Refusal> {
    // Arguments that do not even parse are refused later.
    let typed = lenient().try_get_matches_from(arguments).ok();
    merge::merged(command, text, typed.as_ref())
        .map_err(|message| Refusal::Config(format!("{}: {message}", path.display())))
}

/// A refusal of a value that nobody typed is the file's fault, and names it.
fn of_the_file(refusal: Refusal, path: &Path, arguments: &[OsString]) -> Refusal {
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
    fn of(command: clap::Command) -> clap::Command {
        command
            .mut_args(|arg| arg.required(false))
            .mut_subcommands(of)
    }
    of(cli::tree())
}

fn read(command: clap::Command, arguments: &[OsString]) -> Result<Cli, Refusal> {
    let matches = command.try_get_matches_from(arguments)?;
    Ok(Cli::from_arg_matches(&matches)?)
}

/// The file of options and what stands in it.
fn find(arguments: &[OsString]) -> Result<Option<(PathBuf, String)>, Refusal> {
    let (path, named) = match named(arguments)? {
        Some(path) => (path, true),
        None => (PathBuf::from(OPTIONS_FILE), false),
    };
    match read_text(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(TableError::NotFound { .. }) if !named => Ok(None),
        Err(error) => Err(Refusal::Config(Fault::from(error).to_string())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Command;
    use crate::commands::select::CheckedSelect;
    use crate::commands::train::CheckedTrain;

    fn parsed(config: &str, arguments: &str) -> Result<Cli, String> {
        let shown = |refusal: Refusal| match refusal {
            Refusal::Clap(error) => error.to_string(),
            Refusal::Config(message) => message,
        };
        let path = Path::new("altool.toml");
        let arguments: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        let command = with_file(cli::tree(), path, config, &arguments).map_err(shown)?;
        read(command, &arguments).map_err(|refusal| shown(of_the_file(refusal, path, &arguments)))
    }

    fn train(cli: &Cli) -> CheckedTrain {
        match &cli.command {
            Command::Train(train) => train.check(cli.global.seed).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn usage_errors_are_told_apart_in_parts() {
        let parts = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let error = cli::tree().try_get_matches_from(&words).unwrap_err();
            in_parts(&error.render().to_string())
        };
        let (message, known) = parts("altool report m.altool --formt csv");
        assert_eq!(
            message,
            "unexpected argument '--formt' found; a similar argument exists: '--format'"
        );
        assert!(known.contains(&("remedy", "a similar argument exists: '--format'".to_owned())));
        let usage = known.iter().find(|(name, _)| *name == "usage").unwrap();
        assert!(usage.1.starts_with("altool report "), "{usage:?}");
        let (message, known) = parts("altool train x.csv");
        assert!(
            message.ends_with("not provided: --target <COL>, --output <FILE>"),
            "{message}"
        );
        assert!(known.iter().all(|(name, _)| *name == "usage"), "{known:?}");
    }

    #[test]
    fn what_is_typed_is_shown_and_not_obeyed() {
        let line = |word: &str| -> Vec<OsString> {
            ["altool", "train", word].map(OsString::from).to_vec()
        };
        let shown = with_visible(&line("--\u{1b}[31m\u{9b}2J")).unwrap();
        assert!(shown.to_string().contains("\\x1b[31m\\x9b2J"), "{shown}");
        assert!(with_visible(&line("--plain")).is_none());
    }

    #[test]
    fn the_command_is_consistent() {
        cli::tree().debug_assert();
    }

    #[test]
    fn the_file_replaces_defaults_and_the_command_line_wins() {
        let config = "seed = 7\n[train]\ntarget = 'ms'\noutput = 'm.altool'\nmembers = 3\n\
                      log_target = true\nignore = ['a', 'b']\nquantiles = [0.2, 0.8]\nholdout = 0";
        let cli = parsed(config, "altool train x.csv").unwrap();
        assert_eq!(cli.global.seed, Some(7));
        let options = train(&cli).options;
        assert_eq!(options.target, "ms");
        assert_eq!(options.recipe.members, 3);
        assert!(options.log_target);
        assert_eq!(options.ignore, ["a", "b"]);
        assert_eq!(options.recipe.quantiles, (0.2, 0.8));
        assert_eq!(options.holdout, 0.0);

        let cli = parsed(
            config,
            "altool --seed 1 train x.csv --members 5 --target s --ignore c",
        );
        let cli = cli.unwrap();
        assert_eq!(cli.global.seed, Some(1));
        let checked = train(&cli);
        let options = checked.options;
        assert_eq!((options.recipe.members, options.target.as_str()), (5, "s"));
        assert_eq!(options.ignore, ["c"]);
        assert_eq!(checked.output, Path::new("m.altool"));
        // Global options may follow the command.
        let cli = parsed(config, "altool train x.csv --seed 2 -q").unwrap();
        assert_eq!((cli.global.seed, cli.global.quiet), (Some(2), true));
    }

    #[test]
    fn the_way_to_evaluate_that_is_typed_outweighs_the_one_in_the_file() {
        let config = |line: &str| format!("[train]\ntarget = 'y'\noutput = 'm'\n{line}");
        let evaluated = |config: &str, line: &str| {
            let checked = train(&parsed(config, line).unwrap());
            (checked.eval.is_some(), checked.options.holdout)
        };
        let eval = config("eval = 'e.csv'");
        assert_eq!(evaluated(&eval, "altool train x.csv"), (true, 0.0));
        let typed = "altool train x.csv --holdout 0.3";
        assert_eq!(evaluated(&eval, typed), (false, 0.3));
        let typed = "altool train x.csv --eval f.csv";
        assert!(evaluated(&eval, typed).0);
        assert_eq!(evaluated(&config("holdout = 0.4"), typed), (true, 0.0));
    }

    #[test]
    fn what_the_file_says_for_a_first_batch_gives_way_to_a_model() {
        let config = "[select]\nignore = ['name']\nid = 'name'";
        let select = |config: &str, line: &str| match parsed(config, line).unwrap().command {
            Command::Select(select) => select.check(None),
            other => panic!("{other:?}"),
        };
        let named = |checked: anyhow::Result<CheckedSelect>| {
            let options = checked.unwrap().options;
            (options.id, options.ignore.len())
        };
        let first = select(config, "altool select x.csv -n 2");
        assert_eq!(named(first), (Some("name".to_owned()), 1));
        let later = "altool select x.csv -n 2 --model m.altool";
        assert_eq!(named(select(config, later)), (None, 0));
        let both = format!("{config}\nmodel = 'm.altool'");
        assert_eq!(named(select(&both, "altool select x.csv -n 2")), (None, 0));
        // What is typed is not taken back but refused.
        assert!(select(config, &format!("{later} --id run")).is_err());
    }

    #[test]
    fn what_the_file_says_for_measuring_gives_way_without_integrate() {
        let config = "[recommend]\ncount = 5\ngain = 'model-change'";
        let line = "altool recommend x.csv -m m --hardware h --optimize-for cost";
        let given = |line: &str| match parsed(config, line).unwrap().command {
            Command::Recommend(recommend) => format!("{recommend:?}").contains("count: Some(5)"),
            other => panic!("{other:?}"),
        };
        assert!(!given(line));
        assert!(given(&format!("{line} --integrate")));
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
        assert!(message("[train]\neval = 'e.csv'\nholdout = 0.1").contains("remove one of them"));
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
