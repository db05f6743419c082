//! How the command line names the settings and commands of messages: by its
//! flags and subcommands.

use al_pipeline::{CommandName, Mention, Wording};

/// `--min-feasible 0`, `altool strategies`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flags;

impl Wording for Flags {
    fn setting(&self, mention: &Mention) -> String {
        let flag = flag(mention.setting().id);
        match (mention.exact_value(), mention.value()) {
            (Some(value), _) => format!("{flag} {}", typed(value)),
            (None, Some(placeholder)) => format!("{flag} {placeholder}"),
            (None, None) => flag,
        }
    }

    fn command(&self, command: CommandName) -> String {
        format!("altool {}", command.id())
    }
}

fn flag(id: &str) -> String {
    format!("--{}", id.replace('_', "-"))
}

/// A value as it is typed in a shell.
fn typed(value: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "_-./,=:+%@".contains(letter);
    match value {
        "" => "''".to_owned(),
        value if value.chars().all(plain) => value.to_owned(),
        value => format!("'{}'", value.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use al_pipeline::{Fault, Message, setting};
    use clap::builder::ValueRange;
    use clap::{Arg, ArgAction, Command};

    use super::*;
    use crate::cli;

    #[test]
    fn settings_are_flags_with_values_as_they_are_typed() {
        let message = Message::from("give ")
            .setting(setting::PREFIX.given())
            .text(" or ")
            .setting(setting::MIN_FEASIBLE.to(0))
            .text(" or ")
            .setting(setting::COST.to("run time"))
            .text(" or ")
            .setting(setting::REFIT)
            .text("; see ")
            .command(CommandName::STRATEGIES);
        assert_eq!(
            message.worded(&Flags),
            "give --prefix TEXT or --min-feasible 0 or --cost 'run time' or --refit; \
             see altool strategies"
        );
        assert_eq!(
            Fault::usage(message.clone()).worded(&Flags),
            message.worded(&Flags)
        );
        assert_eq!(
            (typed("it's"), typed("")),
            (r"'it'\''s'".into(), "''".into())
        );
    }

    /// What stands for the option's value in a usage line; empty for a switch, and for an
    /// option that may stand alone.
    fn takes(arg: &Arg) -> String {
        let alone = |range: ValueRange| range.min_values() == 0;
        if arg.get_num_args().is_some_and(alone) {
            return String::new();
        }
        match (arg.get_action(), arg.get_value_names()) {
            (ArgAction::SetTrue, _) | (_, None) => String::new(),
            (_, Some(names)) => {
                let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                names.join(" ")
            }
        }
    }

    #[test]
    fn every_setting_is_an_option_of_some_command() {
        let root = cli::tree();
        let commands = std::iter::once(&root).chain(root.get_subcommands());
        let options: Vec<(String, String)> = commands
            .flat_map(Command::get_arguments)
            .filter_map(|arg| Some((format!("--{}", arg.get_long()?), takes(arg))))
            .collect();
        for setting in setting::ALL {
            let wanted = (flag(setting.id), setting.takes.to_owned());
            assert!(options.contains(&wanted), "no command has {wanted:?}");
        }
    }

    #[test]
    fn every_command_of_a_message_is_one() {
        let root = cli::tree();
        for command in CommandName::ALL {
            assert!(
                root.find_subcommand(command.id()).is_some(),
                "{}",
                command.id()
            );
        }
    }
}
