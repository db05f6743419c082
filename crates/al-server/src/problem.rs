//! Errors as RFC 9457 problems, those of the framework among them.

use al_label::store::StoreError;
use al_label::{LabelError, RefusalKind};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of problems.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// What went wrong (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ApiProblem {
    /// What kind of problem: `about:blank`, of which the status says all.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind in words.
    pub(crate) title: String,
    /// The status of the answer.
    pub(crate) status: u16,
    /// What is wrong here, and what to do about it.
    pub(crate) detail: String,
    /// The field that is wrong, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    detail: String,
    field: Option<String>,
    remedy: Option<String>,
    retry_after: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> ApiError {
        ApiError {
            status,
            detail: detail.into(),
            field: None,
            remedy: None,
            retry_after: None,
        }
    }

    /// A request whose parts are well formed and make no sense.
    pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> ApiError {
        ApiError {
            field: Some(field.into()),
            ..ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> ApiError {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same, where a file that was uploaded is called that: where it is kept is nobody's
    /// business.
    pub(crate) fn of_upload(mut self, file: &std::path::Path) -> ApiError {
        let path = file.display().to_string();
        self.detail = self.detail.replace(&path, "the upload");
        self.remedy = self
            .remedy
            .map(|remedy| remedy.replace(&path, "the upload"));
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> ApiError {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<LabelError> for ApiError {
    fn from(error: LabelError) -> ApiError {
        match error {
            LabelError::Refused(refusal) => {
                let status = match refusal.kind {
                    RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                    RefusalKind::Unknown => StatusCode::NOT_FOUND,
                    RefusalKind::Unauthenticated => StatusCode::UNAUTHORIZED,
                    RefusalKind::Forbidden => StatusCode::FORBIDDEN,
                    RefusalKind::Conflict => StatusCode::CONFLICT,
                    RefusalKind::Stale => StatusCode::PRECONDITION_FAILED,
                };
                ApiError {
                    status,
                    detail: refusal.problem,
                    field: refusal.field.map(str::to_owned),
                    remedy: refusal.remedy,
                    retry_after: None,
                }
            }
            LabelError::Fault(fault) => of_fault(&fault),
            LabelError::Store(error) => of_store(&error),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        of_store(&error)
    }
}

fn of_fault(fault: &al_core::Fault) -> ApiError {
    use al_core::FaultKind;
    let status = match fault.kind() {
        FaultKind::Usage | FaultKind::Data | FaultKind::Unavailable => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        FaultKind::Failed | FaultKind::BrokenPipe => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status.is_server_error() {
        tracing::error!(error = %fault, "a request failed");
    }
    ApiError::new(status, fault.to_string())
}

fn of_store(error: &StoreError) -> ApiError {
    if error.is_passing() {
        tracing::warn!(%error, "the database is busy or away");
        let detail = "the database is busy or away";
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            .remedy("ask again in a moment")
            .retry_after(1);
    }
    // What a database says may hold what others may not see: it goes to the log alone.
    tracing::error!(%error, "a request failed");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the service failed; its log says why",
    )
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let detail = match &self.remedy {
            Some(remedy) => format!("{}; {remedy}", self.detail),
            None => self.detail,
        };
        let problem = ApiProblem {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail,
            field: self.field,
            remedy: self.remedy,
        };
        let mut response = answer(&problem);
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"altool\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

fn answer(problem: &ApiProblem) -> Response {
    let body = serde_json::to_vec(problem).expect("a problem is JSON");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    response
}

/// An error that the framework answered in its own way, as a problem with the same headers.
pub(crate) fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !is_error || kind.is_some_and(|kind| kind == PROBLEM) {
        return response;
    }
    let (detail, remedy) = match status {
        StatusCode::NOT_FOUND => (
            "there is nothing at this address",
            "/docs lists what there is",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "this address does not know the method",
            "the header Allow says which it knows",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "the body is too large",
            "send less at once, or a file to an address for uploads",
        ),
        _ => (
            "the request could not be answered",
            "/docs says what is asked for",
        ),
    };
    let error = ApiError::new(status, detail).remedy(remedy);
    let mut made = error.into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            made.headers_mut().insert(name.clone(), value.clone());
        }
    }
    made
}

macro_rules! problems {
    ($($status:literal $text:literal,)+) => {
        /// The problems that every address may answer with.
        pub(crate) struct Problems;

        impl utoipa::IntoResponses for Problems {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::response::Response>,
            > {
                use utoipa::openapi::{ContentBuilder, RefOr, ResponseBuilder, Ref};
                let of = |text: &str| {
                    let content = ContentBuilder::new()
                        .schema(Some(Ref::from_schema_name("Problem")))
                        .build();
                    RefOr::T(
                        ResponseBuilder::new()
                            .description(text)
                            .content(PROBLEM, content)
                            .build(),
                    )
                };
                [$((stringify!($status).to_owned(), of($text)),)+].into_iter().collect()
            }
        }
    };
}

problems! {
    400 "The request is malformed.",
    401 "Nobody is signed in: send a bearer token.",
    403 "This user or token may not do that.",
    404 "There is no such thing.",
    405 "The address does not know the method.",
    408 "The request took too long.",
    409 "It cannot be done as things stand.",
    412 "It was changed since it was read.",
    413 "The body is too large.",
    415 "The body is of another kind.",
    422 "A value makes no sense.",
    429 "Too many requests: Retry-After says when to ask again.",
    500 "The service failed.",
    503 "The database is busy or away: Retry-After says when to ask again.",
}
