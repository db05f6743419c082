//! `altool db`: the database of the labelling service.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::CommandContext;
use crate::args::files::SummaryArgs;
use crate::args::store::StoreArgs;
use crate::exit::Outcome;
use crate::help;

const EXAMPLES: &str = "\
altool db check --data labels
altool db backup labels-monday --data labels      # also while a server runs
altool db restore labels-monday --data restored";

/// Update, check, back up or restore the labelling database
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    disable_help_subcommand = true,
    after_help = "\
A backup is a folder with the database, the model files and a manifest with the SHA-256 of each. Of
PostgreSQL the database is written by pg_dump and read by pg_restore, which must be installed."
)]
pub(crate) struct DbArgs {
    #[command(subcommand)]
    verb: DbVerb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum DbVerb {
    /// Bring the tables up to date
    #[command(before_help = help::examples("altool db migrate --data labels"))]
    Migrate {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Look whether the database is sound
    #[command(
        before_help = help::examples("altool db check --data labels"),
        after_help = "Exit code 3: something is wrong, which is said."
    )]
    Check {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        format: SummaryArgs,
    },
    /// Write a consistent copy to a new folder, also while a server runs
    #[command(before_help = help::examples("altool db backup labels-monday --data labels"))]
    Backup {
        /// Folder, which must not exist
        #[arg(value_name = "FOLDER")]
        to: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Make a database of a backup
    #[command(before_help = help::examples("altool db restore labels-monday --data restored"))]
    Restore {
        /// Folder of the backup
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
}

impl DbArgs {
    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "the command is there in every build")]
    pub(crate) fn run(&self, _: &CommandContext) -> anyhow::Result<Outcome> {
        crate::args::store::built_without()
    }

    #[cfg(feature = "server")]
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        super::service::run(self.ran(context))
    }

    #[cfg(feature = "server")]
    async fn ran(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        use al_server::label::LabelError;
        use al_server::label::store::{Store, backup, check, restore};
        let explained = |error: al_server::label::store::StoreError| LabelError::from(error);
        match &self.verb {
            DbVerb::Migrate { store } => {
                let place = super::service::place(store)?;
                let store = Store::open(&place).await.map_err(explained)?;
                let found = check(&store).await.map_err(explained)?;
                store.close().await;
                context
                    .log
                    .note(&format!("the tables have version {}", found.version));
            }
            DbVerb::Check { store, format } => {
                let place = super::service::place(store)?;
                let store = Store::open(&place).await.map_err(explained)?;
                let found = check(&store).await.map_err(explained)?;
                store.close().await;
                super::label::show_check(&serde_json::to_value(&found)?, format)?;
                if let Some(first) = found.problems.first() {
                    return Err(al_core::Fault::data(format!(
                        "the database has {} problems: {first}",
                        found.problems.len()
                    ))
                    .remedy("restore a backup, or report it")
                    .into());
                }
            }
            DbVerb::Backup { to, store } => {
                let place = super::service::place(store)?;
                let store = Store::open(&place).await.map_err(explained)?;
                backup(&store, to).await.map_err(explained)?;
                store.close().await;
                context.log.note(&format!("wrote {}", to.display()));
            }
            DbVerb::Restore { from, store } => {
                let place = super::service::place(store)?;
                restore(from, &place).await.map_err(explained)?;
                context.log.note(&format!("restored {}", place.shown()));
            }
        }
        Ok(Outcome::Done)
    }
}
