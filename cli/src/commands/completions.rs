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
#[command(before_help = help::examples(EXAMPLES))]
pub(crate) struct CompletionsArgs {
    /// Shell to write the script for
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints the script for `tree`, the command line.
    pub(crate) fn run(&self, tree: &mut clap::Command) -> anyhow::Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, tree, "altool", &mut script);
        output::text(&String::from_utf8_lossy(&script))?;
        Ok(Outcome::Done)
    }
}
