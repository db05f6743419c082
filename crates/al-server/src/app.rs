//! The addresses behind what all of them share: ids, limits, times, logs and problems.

use std::time::Duration;

use al_label::store::{Moment, new_id};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::operations::named;
use crate::problem::{ApiError, as_problem};
use crate::routes;
use crate::state::{AppState, counted_by};

/// The header that carries the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a request may take.
const TIME: Duration = Duration::from_secs(120);

/// The application, and its description.
pub(crate) fn app(state: AppState, largest_body: usize) -> (Router, OpenApi) {
    let (router, description) = routes::all().split_for_parts();
    let description = named(description);
    let app = router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", description.clone()))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(largest_body))
        .layer(from_fn_with_state(state.clone(), around))
        .with_state(state);
    (app, description)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request ended by a fault of altool");
    let detail = "the request ended by a fault of altool; its log says more";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
}

/// What happens around every request.
async fn around(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let begun = Moment::now();
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| is_plain(id))
        .map_or_else(new_id, str::to_owned);
    let method = request.method().as_str().to_owned();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", id, method, path);
    let answered = answer(&state, request, next).instrument(span.clone()).await;
    let mut response = as_problem(answered);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let seconds = (Moment::now().0 - begun.0) as f64 / 1e6;
    let status = response.status().as_u16();
    state.metrics.request(&method, &path, status, seconds);
    span.in_scope(|| tracing::info!(status, seconds, "answered"));
    response
}

fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.len() <= 100 && id.bytes().all(plain)
}

async fn answer(state: &AppState, request: Request, next: Next) -> Response {
    // No text of a database can hold it.
    if request.uri().to_string().contains("%00") {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "the address has a NUL character");
        return error.remedy("remove %00").into_response();
    }
    let (parts, body) = request.into_parts();
    if let Err(error) = state.admit(&counted_by(&parts)) {
        return error.into_response();
    }
    let request = Request::from_parts(parts, body);
    match tokio::time::timeout(TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the request took longer than {} s", TIME.as_secs()),
        )
        .remedy("ask for less at once")
        .into_response(),
    }
}
