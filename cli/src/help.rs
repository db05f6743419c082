//! The help: examples first, commands in groups, options under headings.

mod lines;

use clap::builder::styling::Styles;
use clap::{Arg, ArgAction};

/// The heading of the options that all commands have.
pub(crate) const GLOBAL: &str = "Global options";

/// The commands in the order of the help, in groups.
pub(crate) const GROUPS: [(&str, &[&str]); 4] = [
    (
        "The loop",
        &["demo", "grid", "train", "score", "select", "update"],
    ),
    (
        "Look",
        &[
            "report",
            "inspect",
            "recommend",
            "simulate",
            "strategies",
            "learners",
        ],
    ),
    ("Label", &["label", "serve", "user", "db"]),
    ("Set up", &["completions", "man"]),
];

/// Blanks before an example.
const INDENT: usize = 2;

/// What stands above examples, in the help as on a page.
const EXAMPLES: &str = "Examples:";

/// The order of a command's help.
const TEMPLATE: &str = "\
{about-with-newline}
{before-help}{usage-heading} {usage}

{all-args}{after-help}";

fn heading(text: &str) -> String {
    let styles = Styles::styled();
    let style = styles.get_header();
    format!("{style}{text}{style:#}")
}

/// Command lines as the help shows them.
pub(crate) fn examples(lines: &str) -> String {
    let lines = lines.replace('\n', "\n  ");
    format!("{}\n  {lines}", heading(EXAMPLES))
}

/// The command lines that the help of `command` shows.
pub(crate) fn examples_of(command: &clap::Command) -> Option<String> {
    let text = command.get_before_help()?.to_string();
    let lines = text.strip_prefix(EXAMPLES)?;
    Some(lines.trim_start().replace("\n  ", "\n"))
}

/// The tree of commands with texts that fit `width` letters a line: examples that can be
/// pasted, and paragraphs that the help wraps.
pub(crate) fn fitted(command: clap::Command, width: usize) -> clap::Command {
    let examples = examples_of(&command)
        .map(|lines| self::examples(&lines::commands_within(&lines, width - INDENT)));
    let notes = command.get_after_help();
    let notes = notes.map(|notes| lines::unfolded(&notes.ansi().to_string()));
    let command = match examples {
        Some(examples) => command.before_help(examples),
        None => command,
    };
    let command = match notes {
        Some(notes) => command.after_help(notes),
        None => command,
    };
    command.mut_subcommands(|verb| fitted(verb, width))
}

/// The order of the help of a command, and of its verbs.
fn ordered(command: clap::Command) -> clap::Command {
    command
        .help_template(TEMPLATE)
        .subcommand_help_heading("Verbs")
        .mut_subcommands(ordered)
}

/// The whole tree of commands, with its help in order.
pub(crate) fn dressed(command: clap::Command) -> clap::Command {
    let groups = groups(&command);
    let options = heading(&format!("{GLOBAL}:"));
    let template = format!(
        "{{about-with-newline}}\n{{before-help}}{{usage-heading}} {{usage}}\n\n\
         {groups}{options}\n{{options}}{{after-help}}"
    );
    command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .global(true)
                .help("Print help; -h is shorter")
                .help_heading(GLOBAL),
        )
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help("Print the version")
                .help_heading(GLOBAL),
        )
        .mut_subcommands(ordered)
        .help_template(template)
}

/// The groups of commands, a line for each command.
fn groups(command: &clap::Command) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        text.push_str(&format!("{}\n", heading(&format!("{title}:"))));
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(clap::Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            text.push_str(&format!("  {name:<11}  {about}\n"));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{self, Cli};
    use clap::FromArgMatches;
    use clap::error::ErrorKind;

    /// The commands that a user sees, `altool` itself first.
    fn commands() -> Vec<clap::Command> {
        commands_at(100)
    }

    fn commands_at(width: usize) -> Vec<clap::Command> {
        let mut command = cli::tree_at(width);
        command.build();
        let visible = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set() && command.get_name() != "help");
        let mut all: Vec<clap::Command> = visible.cloned().collect();
        all.insert(0, command);
        all
    }

    /// The words of a shell's line: quotes are taken off, and what follows a
    /// comment, a pipe or a redirection is not the command's.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for letter in line.chars() {
            match (quote, letter) {
                (Some(open), _) if letter == open => quote = None,
                (None, '"' | '\'') => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                (None, '#' | '|' | '>' | '&') if word.is_none() => break,
                (None, ' ') => words.extend(word.take()),
                _ => word.get_or_insert_default().push(letter),
            }
        }
        words.extend(word);
        words
    }

    fn example_lines(command: &clap::Command) -> Vec<String> {
        let text = examples_of(command).unwrap_or_default();
        let whole = text.replace("\\\n", "");
        let commands = whole.lines().filter(|line| !line.starts_with('#'));
        commands.map(str::to_owned).collect()
    }

    #[test]
    fn every_help_begins_with_three_examples_that_parse() {
        for mut command in commands() {
            let name = command.get_name().to_owned();
            let lines = example_lines(&command);
            assert!(lines.len() >= 3, "{name}: {lines:?}");
            for line in &lines {
                let start = line.find("altool ").expect("an example runs altool");
                let words = words(&line[start..]);
                let parsed = cli::tree()
                    .try_get_matches_from(&words)
                    .and_then(|matches| Cli::from_arg_matches(&matches));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                assert!(name == "altool" || words[1] == name, "{line}");
            }
            let help = command.render_long_help().to_string();
            let (examples, usage) = (help.find(EXAMPLES), help.find("\nUsage:"));
            assert!(examples.unwrap() < usage.unwrap(), "{name}");
        }
    }

    /// The lines of the help of a terminal of so many columns, without options.
    fn help_at(width: usize) -> Vec<String> {
        let mut tree = cli::tree_at(width);
        tree.build();
        let mut all: Vec<clap::Command> = tree.get_subcommands().cloned().collect();
        all.push(tree);
        let mut lines = Vec::new();
        for mut command in all {
            let help = command.render_long_help().to_string();
            lines.extend(help.lines().map(str::to_owned));
        }
        lines
    }

    #[test]
    fn help_of_a_narrow_terminal_can_be_pasted_and_is_not_ragged() {
        let lines = help_at(80);
        // The parser breaks no usage.
        let mut wide = lines.iter().filter(|line| !line.starts_with("Usage: "));
        assert_eq!(wide.find(|line| line.chars().count() > 80), None);
        for command in commands_at(80) {
            let text = examples_of(&command).unwrap_or_default();
            for line in text.lines() {
                assert!(line.chars().count() <= 78, "{line}");
            }
        }
        // Footers fill their lines: all but the last line of a paragraph.
        let page = lines.join("\n");
        let footer = page
            .split("\n\n")
            .find(|part| part.starts_with("The page is one file"));
        let footer: Vec<&str> = footer.unwrap().lines().collect();
        let (_, filled) = footer.split_last().unwrap();
        assert!(
            filled.iter().all(|line| line.chars().count() > 60),
            "{footer:?}"
        );
    }

    #[test]
    fn every_option_has_a_heading_and_says_what_it_sets() {
        for command in commands() {
            for arg in command.get_arguments() {
                let what = format!("{} {}", command.get_name(), arg.get_id());
                assert!(
                    arg.is_positional() || arg.get_help_heading().is_some(),
                    "{what}"
                );
                let help = arg.get_help().expect("every option has a help").to_string();
                let first = help.chars().next().expect("a letter");
                assert!(first.is_uppercase() && !help.ends_with('.'), "{what}");
                // Values that are named, and not described, stand in an enum.
                let named = arg.get_value_names().is_some_and(|names| {
                    ["NAME", "FORMAT", "TASK", "WAY", "UNIT", "SHELL"].contains(&names[0].as_str())
                });
                assert!(!named || !arg.get_possible_values().is_empty(), "{what}");
            }
        }
    }

    #[test]
    fn every_command_is_in_one_group_on_one_line() {
        let mut command = cli::tree();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        grouped.sort_unstable();
        let mut visible: Vec<String> = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(|command| command.get_name().to_owned())
            .collect();
        visible.sort_unstable();
        assert_eq!(grouped, visible);
        let help = command.render_help().to_string();
        for name in visible {
            let line = help
                .lines()
                .find(|line| line.starts_with(&format!("  {name} ")));
            let line = line.unwrap_or_else(|| panic!("{name} is in the help"));
            assert!(line.len() <= 80, "{line}");
        }
    }

    /// An unknown name is refused, with all allowed ones, and the nearest.
    #[test]
    fn value_enums_refuse_unknown_names_and_suggest_near_ones() {
        let mut walked = 0;
        for command in commands() {
            for arg in command.get_arguments() {
                let values = arg.get_possible_values();
                let flag = matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::Help);
                if values.is_empty() || flag {
                    continue;
                }
                let only = clap::Command::new("x")
                    .no_binary_name(true)
                    .arg(Arg::new("value").value_parser(arg.get_value_parser().clone()));
                for value in &values {
                    let name = value.get_name();
                    assert!(only.clone().try_get_matches_from([name]).is_ok(), "{name}");
                    let misspelt = format!("{name}x");
                    let error = only.clone().try_get_matches_from([&misspelt]).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{arg}");
                    let said = error.to_string();
                    for value in &values {
                        assert!(said.contains(value.get_name()), "{arg}: {said}");
                    }
                    if name.len() > 3 {
                        assert!(said.contains(&format!("'{name}'")), "{arg}: {said}");
                    }
                    walked += 1;
                }
            }
        }
        assert!(walked > 150, "{walked} names were tried");
    }
}
