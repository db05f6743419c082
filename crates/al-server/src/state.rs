//! What all handlers share, and who asks.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use al_label::store::{Moment, digest_of};
use al_label::{Actor, Service, sign_in};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use governor::clock::Clock;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Notify;

use crate::metrics::ServerMetrics;
use crate::problem::ApiError;

/// An actor who needs no token: whoever may write to the database.
#[derive(Debug, Clone)]
pub(crate) struct LocalActor(pub(crate) Actor);

/// How a server may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerReach {
    /// It speaks TLS itself.
    pub(crate) tls: bool,
    /// A proxy before it does, and says so.
    pub(crate) behind_proxy: bool,
    /// Whoever asks in plain HTTP may sign in.
    pub(crate) allow_insecure: bool,
}

/// What all handlers share.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) service: Service,
    pub(crate) metrics: Arc<ServerMetrics>,
    pub(crate) reach: ServerReach,
    /// Wakes workers when a job was made.
    pub(crate) wake: Arc<Notify>,
    limiter: Option<Arc<DefaultKeyedRateLimiter<String>>>,
}

impl AppState {
    pub(crate) fn new(
        service: Service,
        reach: ServerReach,
        per_second: Option<NonZeroU32>,
    ) -> AppState {
        // Twice as many at once, for those who ask in bursts.
        let limiter = per_second.map(|rate| {
            let burst = NonZeroU32::new(rate.get().saturating_mul(2)).unwrap_or(rate);
            Arc::new(RateLimiter::keyed(
                Quota::per_second(rate).allow_burst(burst),
            ))
        });
        AppState {
            service,
            metrics: Arc::new(ServerMetrics::new()),
            reach,
            wake: Arc::new(Notify::new()),
            limiter,
        }
    }

    /// Refuses who asks too often: by token, or by address without one.
    pub(crate) fn admit(&self, who: &str) -> Result<(), ApiError> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        limiter.check_key(&who.to_owned()).map_err(|until| {
            let now = governor::clock::DefaultClock::default().now();
            let seconds = until.wait_time_from(now).as_secs() + 1;
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too many requests")
                .remedy(format!("ask again in {seconds} s"))
                .retry_after(seconds)
        })
    }

    /// Forgets those who have not asked lately.
    pub(crate) fn forget_idle(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
        }
    }
}

/// The token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address of who asks.
pub(crate) fn peer(parts: &Parts) -> Option<IpAddr> {
    let info = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(info.0.ip())
}

/// By what requests are counted together.
pub(crate) fn counted_by(parts: &Parts) -> String {
    match bearer(&parts.headers) {
        Some(token) => digest_of(token.as_bytes()),
        None => peer(parts).map_or_else(String::new, |address| address.to_string()),
    }
}

/// Who asks: signed in by a bearer token.
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(LocalActor(actor)) = parts.extensions.get() {
            return Ok(Caller(actor.clone()));
        }
        let token = bearer(&parts.headers).ok_or_else(|| {
            ApiError::new(StatusCode::UNAUTHORIZED, "nobody is signed in")
                .remedy("send the header Authorization: Bearer, with a token")
        })?;
        check_reach(parts, state.reach)?;
        let actor = sign_in(&state.service.store, token, Moment::now()).await?;
        Ok(Caller(actor))
    }
}

/// Refuses a token that came in plain HTTP over a network: anybody on the way has read it.
fn check_reach(parts: &Parts, reach: ServerReach) -> Result<(), ApiError> {
    if reach.tls || reach.allow_insecure {
        return Ok(());
    }
    if reach.behind_proxy {
        let proto = parts.headers.get("x-forwarded-proto");
        return match proto.and_then(|proto| proto.to_str().ok()) {
            Some("https") => Ok(()),
            _ => Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "the proxy does not say that the request came by https",
            )
            .remedy("have it set the header X-Forwarded-Proto")),
        };
    }
    match peer(parts).is_none_or(|address| address.is_loopback()) {
        true => Ok(()),
        false => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "nobody signs in by plain http over a network: the token could be read on the way",
        )
        .remedy("start the server with a certificate or behind a proxy that has one")),
    }
}
