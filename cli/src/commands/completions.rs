//! `altool completions`: what a shell needs to complete command lines.

use clap::Args;
use clap_complete::Shell;

use crate::exit::Outcome;
use crate::{help, output};

const EXAMPLES: &str = "\
altool completions bash > ~/.local/share/bash-completion/completions/altool
altool completions zsh > ~/.zfunc/_altool
altool completions fish > ~/.config/fish/completions/altool.fish";

/// Print a script that completes command lines in a shell
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
In bash, zsh and fish, names of columns are completed as well, of the tables that stand before them
on the line, and lists go on behind a comma."
)]
pub(crate) struct CompletionsArgs {
    /// Shell to write the script for
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script for `tree`, the command line.
    pub(crate) fn run(&self, tree: &mut clap::Command) -> anyhow::Result<Outcome> {
        // These ask the program itself: `complete.rs`.
        let own = match self.shell {
            Shell::Bash => Some(include_str!("completions/altool.bash")),
            Shell::Zsh => Some(include_str!("completions/altool.zsh")),
            Shell::Fish => Some(include_str!("completions/altool.fish")),
            _ => None,
        };
        match own {
            Some(script) => output::text(script)?,
            None => {
                let mut script = Vec::new();
                clap_complete::generate(self.shell, tree, "altool", &mut script);
                output::text(&String::from_utf8_lossy(&script))?;
            }
        }
        Ok(Outcome::Done)
    }
}
