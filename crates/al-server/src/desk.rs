//! Who asks the service from a command line: on a database of this machine, or a server.
//!
//! Both take the same requests and give the same answers. On a database they go through the
//! addresses of the server without a socket, as a user who needs no token.

use std::time::Duration;

use al_core::{Fault, FaultKind};
use al_label::{Actor, LabelError, Service};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::app::app;
use crate::problem::ApiProblem;
use crate::serve::ServeOptions;
use crate::state::{AppState, LocalActor, ServerReach};

/// How long an answer of a server is waited for.
const WAIT: Duration = Duration::from_secs(150);

/// The largest answer that is read.
const LARGEST: usize = 1 << 30;

/// A request.
#[derive(Debug, Clone)]
pub struct DeskRequest {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The address, from its first slash.
    pub path: String,
    /// What is sent, with its media type.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Headers beside those.
    pub headers: Vec<(&'static str, String)>,
}

impl DeskRequest {
    /// A question.
    #[must_use]
    pub fn get(path: impl Into<String>) -> DeskRequest {
        DeskRequest {
            method: "GET",
            path: path.into(),
            body: None,
            headers: Vec::new(),
        }
    }

    /// Something to do, as JSON says.
    #[must_use]
    pub fn post(path: impl Into<String>, body: &Value) -> DeskRequest {
        DeskRequest {
            method: "POST",
            body: Some(("application/json", body.to_string().into_bytes())),
            ..DeskRequest::get(path)
        }
    }

    /// A file to take in.
    #[must_use]
    pub fn upload(
        method: &'static str,
        path: impl Into<String>,
        media: &'static str,
        bytes: Vec<u8>,
    ) -> DeskRequest {
        DeskRequest {
            method,
            body: Some((media, bytes)),
            ..DeskRequest::get(path)
        }
    }
}

/// A text as it stands in an address.
#[must_use]
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Who answers.
pub enum Desk {
    /// A database of this machine.
    Local {
        /// The service on it.
        service: Service,
        /// The addresses of the service.
        app: Box<Router>,
        /// As whom to ask.
        actor: Box<Actor>,
    },
    /// A server.
    Remote {
        /// Its address, without a slash at the end.
        url: String,
        /// The token to sign in with.
        token: String,
        /// What connects.
        agent: Box<ureq::Agent>,
    },
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Desk::Local { service, .. } => f.debug_tuple("Local").field(service).finish(),
            Desk::Remote { url, .. } => f.debug_tuple("Remote").field(url).finish(),
        }
    }
}

impl Desk {
    /// The service on a database of this machine, as `actor`.
    #[must_use]
    pub fn local(service: Service, actor: Actor) -> Desk {
        let reach = ServerReach {
            tls: false,
            behind_proxy: false,
            allow_insecure: true,
        };
        let state = AppState::new(service.clone(), reach, None);
        let (app, _) = app(state, ServeOptions::default().largest_body);
        Desk::Local {
            service,
            app: Box::new(app),
            actor: Box::new(actor),
        }
    }

    /// A server.
    ///
    /// # Errors
    ///
    /// An address that is none of HTTP.
    pub fn remote(url: &str, token: &str) -> Result<Desk, LabelError> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Fault::usage(format!("'{url}' is no address of a server"))
                .remedy("give one that begins with https:// or http://")
                .into());
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(WAIT))
            .http_status_as_error(false)
            .build();
        Ok(Desk::Remote {
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            agent: Box::new(config.into()),
        })
    }

    /// The service, if it is on a database of this machine.
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        match self {
            Desk::Local { service, .. } => Some(service),
            Desk::Remote { .. } => None,
        }
    }

    /// The answer to a request: its bytes, none if there is nothing to say.
    ///
    /// # Errors
    ///
    /// What the service refuses, and a server that does not answer.
    pub async fn bytes(&self, request: DeskRequest) -> Result<Vec<u8>, LabelError> {
        let (status, bytes) = match self {
            Desk::Local { app, actor, .. } => local(app, actor, request).await?,
            Desk::Remote { url, token, agent } => remote(url, token, agent, request)?,
        };
        match status.is_success() {
            true => Ok(bytes),
            false => Err(refused(status, &bytes)),
        }
    }

    /// The answer as JSON; null if there is nothing to say.
    ///
    /// # Errors
    ///
    /// As [`Desk::bytes`].
    pub async fn json(&self, request: DeskRequest) -> Result<Value, LabelError> {
        let bytes = self.bytes(request).await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            Fault::failed(format!("the server answers what is no JSON: {error}")).into()
        })
    }
}

async fn local(
    app: &Router,
    actor: &Actor,
    request: DeskRequest,
) -> Result<(StatusCode, Vec<u8>), LabelError> {
    let failed = |error: String| Fault::failed(format!("the request cannot be made: {error}"));
    let mut builder = Request::builder().method(request.method).uri(&request.path);
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let body = match request.body {
        Some((media, bytes)) => {
            builder = builder.header(header::CONTENT_TYPE, media);
            Body::from(bytes)
        }
        None => Body::empty(),
    };
    let mut made = builder
        .body(body)
        .map_err(|error| failed(error.to_string()))?;
    made.extensions_mut().insert(LocalActor(actor.clone()));
    let answered = app.clone().oneshot(made).await;
    let response = match answered {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let bytes = to_bytes(response.into_body(), LARGEST)
        .await
        .map_err(|error| failed(error.to_string()))?;
    Ok((status, bytes.to_vec()))
}

fn remote(
    url: &str,
    token: &str,
    agent: &ureq::Agent,
    request: DeskRequest,
) -> Result<(StatusCode, Vec<u8>), LabelError> {
    let away = |error: &dyn std::fmt::Display| {
        Fault::new(
            FaultKind::Unavailable,
            format!("the server {url} does not answer: {error}"),
        )
        .remedy("see whether it runs, and whether the address is right")
    };
    let mut builder = Request::builder()
        .method(request.method)
        .uri(format!("{url}{}", request.path))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let (media, bytes) = request.body.unwrap_or(("application/json", Vec::new()));
    if !bytes.is_empty() {
        builder = builder.header(header::CONTENT_TYPE, media);
    }
    let made = builder.body(bytes).map_err(|error| away(&error))?;
    let response = agent.run(made).map_err(|error| away(&error))?;
    let status = response.status();
    let mut body = response.into_body();
    let bytes = body
        .with_config()
        .limit(LARGEST as u64)
        .read_to_vec()
        .map_err(|error| away(&error))?;
    Ok((status, bytes))
}

/// A problem as an error of a command line: what does not fit is bad data, what is held by
/// others is unavailable.
fn refused(status: StatusCode, bytes: &[u8]) -> LabelError {
    let problem: Option<ApiProblem> = serde_json::from_slice(bytes).ok();
    let kind = match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND => {
            FaultKind::Data
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => FaultKind::Usage,
        StatusCode::CONFLICT
        | StatusCode::PRECONDITION_FAILED
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => FaultKind::Unavailable,
        _ => FaultKind::Failed,
    };
    let detail = match problem {
        Some(problem) => problem.detail,
        None => format!("the server answers {status}"),
    };
    Fault::new(kind, detail).into()
}
