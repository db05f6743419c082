//! Listening, and ending without losing anything.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use al_core::{Fault, FaultKind};
use al_label::store::{Moment, Store};
use al_label::{LabelError, Service};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

use crate::app::app;
use crate::state::{AppState, ServerReach};
use crate::worker::work;

/// The port, unless another is named.
const PORT: u16 = 8765;

/// How long requests may take to end once the server is to end.
const GRACE: Duration = Duration::from_secs(20);

/// How often what is kept for a while is looked through.
const TIDY: Duration = Duration::from_secs(600);

/// How a server listens.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where: loopback, unless said otherwise.
    pub listen: SocketAddr,
    /// The certificate and its key, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// A proxy speaks TLS and sets `X-Forwarded-Proto`.
    pub behind_proxy: bool,
    /// Whoever asks in plain HTTP may sign in, from anywhere.
    pub allow_insecure: bool,
    /// Workers that run jobs; none leaves them to other servers.
    pub workers: usize,
    /// The largest body, in bytes.
    pub largest_body: usize,
    /// Requests of one token in a second; no limit if none is given.
    pub per_second: Option<NonZeroU32>,
}

impl Default for ServeOptions {
    fn default() -> ServeOptions {
        ServeOptions {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            tls: None,
            behind_proxy: false,
            allow_insecure: false,
            workers: 1,
            largest_body: 256 << 20,
            per_second: NonZeroU32::new(200),
        }
    }
}

/// Refuses to listen beyond this machine before anybody can sign in.
///
/// # Errors
///
/// An address beyond loopback, no token, and no word that this is meant.
pub async fn check_listen(store: &Store, options: &ServeOptions) -> Result<(), LabelError> {
    if options.listen.ip().is_loopback() || options.allow_insecure {
        return Ok(());
    }
    let mut tx = store.read().await?;
    if tx.live_tokens(Moment::now()).await? > 0 {
        return Ok(());
    }
    let problem = format!(
        "{} is beyond this machine, and there is no token that anybody could sign in with",
        options.listen
    );
    Err(Fault::new(FaultKind::Usage, problem)
        .remedy("add a user and a token first, or start once on 127.0.0.1")
        .into())
}

/// Serves until `end` is done: then no connection is taken any more, requests that were
/// begun are answered, and jobs are left to the next server. `ready` is told the address.
///
/// # Errors
///
/// An address that is taken, a certificate that cannot be read.
pub async fn serve(
    service: Service,
    options: &ServeOptions,
    ready: impl FnOnce(SocketAddr),
    end: impl Future<Output = ()>,
) -> Result<(), LabelError> {
    check_listen(&service.store, options).await?;
    let reach = ServerReach {
        tls: options.tls.is_some(),
        behind_proxy: options.behind_proxy,
        allow_insecure: options.allow_insecure,
    };
    let state = AppState::new(service.clone(), reach, options.per_second);
    let (app, _) = app(state.clone(), options.largest_body);
    let listener = std::net::TcpListener::bind(options.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|error| {
            Fault::new(
                FaultKind::Unavailable,
                format!("cannot listen on {}: {error}", options.listen),
            )
            .remedy("end what listens there, or take another address")
        })?;
    let address = listener.local_addr().map_err(failed)?;
    let workers: Vec<_> = (0..options.workers)
        .map(|_| tokio::spawn(work(state.clone())))
        .collect();
    let tidying = tokio::spawn(tidy(state.clone()));
    let handle = Handle::new();
    let make = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = {
        let handle = handle.clone();
        let tls = match &options.tls {
            Some((cert, key)) => Some(RustlsConfig::from_pem_file(cert, key).await.map_err(
                |error| {
                    Fault::data(format!("the certificate cannot be read: {error}"))
                        .at(cert.display().to_string())
                },
            )?),
            None => None,
        };
        tokio::spawn(async move {
            match tls {
                Some(tls) => {
                    axum_server::from_tcp_rustls(listener, tls)?
                        .handle(handle)
                        .serve(make)
                        .await
                }
                None => {
                    axum_server::from_tcp(listener)?
                        .handle(handle)
                        .serve(make)
                        .await
                }
            }
        })
    };
    ready(address);
    let mut serving = serving;
    let served = tokio::select! {
        served = &mut serving => Some(served),
        () = end => None,
    };
    let served = match served {
        Some(served) => served,
        None => {
            tracing::info!("the server ends: requests that were begun are answered");
            handle.graceful_shutdown(Some(GRACE));
            serving.await
        }
    };
    for worker in workers {
        worker.abort();
    }
    tidying.abort();
    service.store.close().await;
    match served {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(failed(error).into()),
        Err(error) => Err(Fault::failed(error.to_string()).into()),
    }
}

fn failed(error: std::io::Error) -> Fault {
    Fault::failed(format!("the server failed: {error}"))
}

/// Forgets answers and askers of long ago.
async fn tidy(state: AppState) {
    loop {
        tokio::time::sleep(TIDY).await;
        state.forget_idle();
        let forgotten = async {
            let mut tx = state.service.store.begin().await?;
            tx.forget_answers(Moment::now()).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "old answers could not be forgotten");
        }
    }
}

/// How a server writes what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLogFormat {
    /// Lines for people.
    Text,
    /// An object a line.
    Json,
}

/// Begins to write a log to standard error.
pub fn begin_log(format: AccessLogFormat) {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false);
    // A log that another part of the process has begun stays.
    let _ = match format {
        AccessLogFormat::Text => {
            tracing::subscriber::set_global_default(builder.with_ansi(false).finish())
        }
        AccessLogFormat::Json => tracing::subscriber::set_global_default(builder.json().finish()),
    };
}
