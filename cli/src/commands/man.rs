//! `altool man`: the manual pages.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Context;
use crate::args;
use crate::exit::Outcome;
use crate::output;

/// Write the manual pages, one per command
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool man ~/.local/share/man/man1 && man altool-train")]
pub(crate) struct Man {
    /// Directory to write altool.1, altool-train.1 and so on to; made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("{}: cannot be made", self.directory.display()))?;
        let mut command = args::command().disable_help_subcommand(true);
        command.build();
        let mut pages = 0;
        for (name, command) in std::iter::once(("altool".to_owned(), command.clone())).chain(
            command
                .get_subcommands()
                .filter(|command| !command.is_hide_set())
                .map(|command| (format!("altool-{}", command.get_name()), command.clone())),
        ) {
            let mut page = Vec::new();
            clap_mangen::Man::new(command.name(name.clone())).render(&mut page)?;
            let path = self.directory.join(format!("{name}.1"));
            output::write_file(&path, &String::from_utf8_lossy(&page))?;
            pages += 1;
        }
        context.log.note(&format!(
            "{}: {pages} manual pages written",
            self.directory.display()
        ));
        Ok(Outcome::Done)
    }
}
