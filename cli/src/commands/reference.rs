//! `altool reference`, hidden: the pages of `docs/` that the program writes, and
//! its parts of others. A test compares them with the committed ones.

mod parts;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::{learners, strategies};
use crate::exit::Outcome;
use crate::{help, output};

/// Columns of the help texts in the page.
pub(crate) const WIDTH: usize = 100;

/// Write the reference pages of the documentation
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct ReferenceArgs {
    /// Directory to write CLI.md, STRATEGIES.md and LEARNERS.md to; of other pages in it the parts
    /// that the program writes are renewed
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl ReferenceArgs {
    /// Writes the pages; `tree` is the command line.
    pub(crate) fn run(&self, tree: clap::Command) -> anyhow::Result<Outcome> {
        for (name, page) in [
            ("CLI.md", command_line(tree)),
            ("STRATEGIES.md", strategies::page()),
            ("LEARNERS.md", learners::page()),
        ] {
            output::write_file(&self.directory.join(name), &page)?;
        }
        for name in parts::PAGES {
            let path = self.directory.join(name);
            if path.exists() {
                let page = std::fs::read_to_string(&path)?;
                let page = parts::renewed(&page).with_context(|| path.display().to_string())?;
                output::write_file(&path, &page)?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// All help texts.
fn command_line(tree: clap::Command) -> String {
    let mut page = String::from(
        "# Command line\n\n<!-- Written by the program: just references -->\n\n\
         Global options and the file of options are explained under `altool` and work with every command.\n",
    );
    let mut command = tree;
    command.build();
    page.push_str(&section("altool", &mut command));
    for name in help::GROUPS.iter().flat_map(|(_, names)| *names) {
        let subcommand = command.find_subcommand(name).expect("listed in a group");
        let name = format!("altool {name}");
        page.push_str(&section(&name, &mut apart(subcommand)));
        for verb in subcommand.get_subcommands() {
            if verb.get_name() != "help" {
                let name = format!("{name} {}", verb.get_name());
                page.push_str(&section(&name, &mut apart(verb)));
            }
        }
    }
    page
}

/// A command without the options that are explained once, above.
fn apart(command: &clap::Command) -> clap::Command {
    command.clone().mut_args(|arg| {
        let explained = arg.is_global_set();
        arg.hide(explained)
    })
}

fn section(name: &str, command: &mut clap::Command) -> String {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    format!(
        "\n## {name}\n\n```text\n{}\n```\n",
        lines.join("\n").trim_end()
    )
}
