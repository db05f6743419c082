//! `altool completions`: what a shell needs to complete command lines.

use clap::Args;
use clap_complete::Shell;

use crate::args;
use crate::exit::Outcome;
use crate::output;

/// Print a script that completes altool's command lines in a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool completions bash > ~/.local/share/bash-completion/completions/altool
  altool completions zsh > ~/.zfunc/_altool
  altool completions fish > ~/.config/fish/completions/altool.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> anyhow::Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut args::command(), "altool", &mut script);
        output::text(&String::from_utf8_lossy(&script))?;
        Ok(Outcome::Done)
    }
}
