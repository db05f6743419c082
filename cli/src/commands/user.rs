//! `altool user`: who may sign in.

use clap::{Args, Subcommand};

use super::CommandContext;
use crate::args::files::SummaryArgs;
use crate::args::store::DeskArgs;
use crate::exit::Outcome;
use crate::help;

const EXAMPLES: &str = "\
altool user add anna --role lead --data labels
altool user token anna --scopes read,label --data labels
altool user disable anna --data labels
altool user list --data labels";

/// Add users, give them tokens, disable them
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    disable_help_subcommand = true,
    after_help = "\
A token is shown once: the database keeps its SHA-256. An annotator labels, a lead selects, assigns
and retrains, too, an admin does everything."
)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    verb: UserVerb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum UserVerb {
    /// Add a user
    #[command(before_help = help::examples("altool user add anna --role lead --data labels"))]
    Add {
        /// Name
        #[arg(value_name = "NAME")]
        name: String,
        /// What the user may do
        #[arg(long, value_name = "ROLE", value_parser = ["annotator", "lead", "admin"], default_value = "annotator")]
        role: String,
        #[command(flatten)]
        desk: DeskArgs,
        #[command(flatten)]
        format: SummaryArgs,
    },
    /// Make a token for a user and print it
    #[command(before_help = help::examples("altool user token anna --scopes read,label --data labels"))]
    Token {
        /// User, by name or id
        #[arg(value_name = "USER")]
        user: String,
        /// What it may be used for: read, label, lead, admin [default: all of the role]
        #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
        scopes: Vec<String>,
        /// When it ends, as in 2027-01-31T12:00:00Z [default: never]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Disable a user: the tokens end at once
    #[command(before_help = help::examples("altool user disable anna --data labels"))]
    Disable {
        /// User, by name or id
        #[arg(value_name = "USER")]
        user: String,
        #[command(flatten)]
        desk: DeskArgs,
        #[command(flatten)]
        format: SummaryArgs,
    },
    /// Allow a user again
    #[command(before_help = help::examples("altool user enable anna --data labels"))]
    Enable {
        /// User, by name or id
        #[arg(value_name = "USER")]
        user: String,
        #[command(flatten)]
        desk: DeskArgs,
        #[command(flatten)]
        format: SummaryArgs,
    },
    /// List users
    #[command(before_help = help::examples("altool user list --data labels"))]
    List {
        #[command(flatten)]
        desk: DeskArgs,
        #[command(flatten)]
        format: SummaryArgs,
    },
}

impl UserArgs {
    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "the command is there in every build")]
    pub(crate) fn run(&self, _: &CommandContext) -> anyhow::Result<Outcome> {
        crate::args::store::built_without()
    }

    #[cfg(feature = "server")]
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        super::service::run(async {
            let args = match &self.verb {
                UserVerb::Add { desk, .. }
                | UserVerb::Token { desk, .. }
                | UserVerb::Disable { desk, .. }
                | UserVerb::Enable { desk, .. }
                | UserVerb::List { desk, .. } => desk,
            };
            let desk = super::service::desk(args, context).await?;
            let outcome = self.ran(&desk).await;
            if let Some(service) = desk.service() {
                service.store.close().await;
            }
            outcome
        })
    }

    #[cfg(feature = "server")]
    async fn ran(&self, desk: &al_server::Desk) -> anyhow::Result<Outcome> {
        use al_server::{DeskRequest, encoded};
        use serde_json::{Value, json};
        let (answer, format) = match &self.verb {
            UserVerb::Add {
                name, role, format, ..
            } => {
                let body = json!({"name": name, "role": role});
                (desk.json(DeskRequest::post("/users", &body)).await?, format)
            }
            UserVerb::Token {
                user,
                scopes,
                expires_at,
                ..
            } => {
                let mut body = json!({"scopes": scopes});
                if let Some(end) = expires_at {
                    body["expires_at"] = json!(end);
                }
                let path = format!("/users/{}/tokens", encoded(user));
                let made = desk.json(DeskRequest::post(path, &body)).await?;
                let secret = made["secret"].as_str().unwrap_or_default();
                crate::output::text(&format!("{secret}\n"))?;
                return Ok(Outcome::Done);
            }
            UserVerb::Disable { user, format, .. } => {
                let path = format!("/users/{}/disable", encoded(user));
                (
                    desk.json(DeskRequest::post(path, &json!({}))).await?,
                    format,
                )
            }
            UserVerb::Enable { user, format, .. } => {
                let path = format!("/users/{}/enable", encoded(user));
                (
                    desk.json(DeskRequest::post(path, &json!({}))).await?,
                    format,
                )
            }
            UserVerb::List { format, .. } => {
                let page = desk.json(DeskRequest::get("/users?limit=1000")).await?;
                (page["items"].clone(), format)
            }
        };
        let all = match answer {
            Value::Array(_) => answer,
            one => Value::Array(vec![one]),
        };
        super::label::show_users(&all, format)
    }
}
