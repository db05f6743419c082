//! Where the labelling service is.

use std::path::PathBuf;

use clap::Args;

/// A database: a data folder, or a PostgreSQL.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Database")]
pub(crate) struct StoreArgs {
    /// Data folder, made if there is none [default: altool-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL of a team, as in postgres://user:password@host/labels; better in the variable
    /// ALTOOL_DATABASE, since any user of the machine may read a command line
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub(crate) database: Option<String>,
}

/// A database, or a server.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Database or server")]
pub(crate) struct DeskArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Address of the server, with its https; the token is read from the variable ALTOOL_TOKEN
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "database"])]
    pub(crate) server: Option<String>,
    /// User to act as, on a database
    #[arg(long = "as", value_name = "USER", default_value = "admin")]
    pub(crate) acting: String,
}

/// That this altool has no server.
#[cfg(not(feature = "server"))]
pub(crate) fn built_without<T>() -> anyhow::Result<T> {
    use al_pipeline::{Fault, FaultKind};
    let problem = "there is no labelling service: this altool was built without it";
    Err(Fault::new(FaultKind::Unavailable, problem)
        .remedy("install one that was built with the feature 'server'")
        .into())
}
