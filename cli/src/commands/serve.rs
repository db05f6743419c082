//! `altool serve`: the labelling service over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CommandContext;
use crate::args::store::StoreArgs;
use crate::exit::Outcome;
use crate::help;

const EXAMPLES: &str = "\
altool serve --demo --data demo                   # something to try it on
altool serve --data labels
altool serve --database postgres://altool@db/labels --listen 0.0.0.0:8765 --behind-proxy";

/// Serve labelling over HTTP: API, documentation, retraining
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
The first start makes the user admin and prints a token for it once; with --data it stands in
DIR/admin-token, too. /docs explains the API, docs/LABELLING.md walks through a whole cycle.

SIGINT and SIGTERM end the server: requests that were begun are answered, jobs go on with the next
one."
)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServeArgs {
    /// Fill an empty database with solubilities, a trained model and a batch to label
    #[arg(long)]
    demo: bool,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8765")]
    listen: SocketAddr,
    /// Certificate in PEM, to serve https
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy serves https and sets X-Forwarded-Proto
    #[arg(long, conflicts_with = "tls_cert")]
    behind_proxy: bool,
    /// Let tokens be sent in plain http over a network
    #[arg(long)]
    allow_insecure: bool,
    /// Jobs that run at the same time; 0 leaves them to other servers
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
    /// Largest upload, in megabytes
    #[arg(long, value_name = "MB", default_value_t = 256)]
    max_upload: usize,
    /// Requests of one token in a second; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 200)]
    rate_limit: u32,
    /// How requests and jobs are logged on standard error
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    access_log: AccessLog,
    #[command(flatten)]
    store: StoreArgs,
}

/// How requests and jobs are logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccessLog {
    /// Not at all
    #[default]
    None,
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

impl ServeArgs {
    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "the command is there in every build")]
    pub(crate) fn run(&self, _: &CommandContext) -> anyhow::Result<Outcome> {
        crate::args::store::built_without()
    }

    #[cfg(feature = "server")]
    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        use std::num::NonZeroU32;

        use al_server::{AccessLogFormat, ServeOptions, begin_log, check_listen, serve};
        match self.access_log {
            AccessLog::None => {}
            AccessLog::Text => begin_log(AccessLogFormat::Text),
            AccessLog::Json => begin_log(AccessLogFormat::Json),
        }
        let options = ServeOptions {
            listen: self.listen,
            tls: self.tls_cert.clone().zip(self.tls_key.clone()),
            behind_proxy: self.behind_proxy,
            allow_insecure: self.allow_insecure,
            workers: self.workers,
            largest_body: self.max_upload.saturating_mul(1 << 20),
            per_second: NonZeroU32::new(self.rate_limit),
        };
        super::service::run(async {
            let service = super::service::service(&self.store).await?;
            check_listen(&service.store, &options).await?;
            self.begin(&service, context).await?;
            let scheme = if options.tls.is_some() {
                "https"
            } else {
                "http"
            };
            let log = context.log;
            let ready = |address: SocketAddr| {
                log.note(&format!(
                    "listening on {scheme}://{address}; {scheme}://{address}/docs explains the API"
                ));
            };
            serve(service, &options, ready, ended()).await?;
            Ok(Outcome::Done)
        })
    }

    /// Makes the first admin, and fills the demo.
    #[cfg(feature = "server")]
    async fn begin(
        &self,
        service: &al_server::label::Service,
        context: &CommandContext,
    ) -> anyhow::Result<()> {
        use al_server::label::store::{Moment, Place};
        use al_server::label::{demo, first_admin, local};
        let now = Moment::now();
        if let Some(token) = first_admin(&service.store, now).await? {
            let kept = match service.store.place() {
                Place::Folder(folder) => {
                    let file = folder.join("admin-token");
                    write_secret(&file, &token)?;
                    format!(", which stands in {}, too", file.display())
                }
                Place::Postgres(_) => ", which is shown this once".to_owned(),
            };
            crate::output::text(&format!("{token}\n"))?;
            context
                .log
                .note(&format!("the user admin has the token above{kept}"));
        }
        if self.demo {
            let admin = local(&service.store, "admin", now).await?;
            let progress = std::sync::Arc::new(context.progress());
            al_core::Progress::stage(&*progress, "training the model of the demo", 0);
            let filled = demo(service, &admin, progress, now).await?;
            if !filled {
                context
                    .log
                    .note("there is a model already: the database is served as it is");
            }
        }
        Ok(())
    }
}

/// Writes a secret that its owner alone may read.
#[cfg(feature = "server")]
fn write_secret(file: &std::path::Path, secret: &str) -> anyhow::Result<()> {
    use anyhow::Context as _;
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(file)
        .and_then(|mut file| writeln!(file, "{secret}"))
        .with_context(|| format!("{} was not written", file.display()))
}

/// Done when the process is asked to end.
#[cfg(feature = "server")]
async fn ended() {
    use tokio::signal;
    let interrupted = signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = signal::ctrl_c().await;
}
