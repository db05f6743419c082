//! Labels: given, skipped, assigned, put back and undone.

use al_label::store::{LabelConfidence, LabelSource, LabelValue, Moment, Qualifier, QueueItem};
use al_label::{Once, Submission, Undone};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::queue::{lease, tagged};
use crate::extract::{ApiId, ApiJson, checked_name, idempotency_key, if_match};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};

/// A label.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelRequest {
    /// The number, or the name of the class.
    label: LabelValue,
    /// Where it comes from; `experimental` if not given.
    #[serde(default)]
    source: Option<LabelSource>,
    /// How sure it is; `high` if not given.
    #[serde(default)]
    confidence: Option<LabelConfidence>,
    /// What there is to say of it.
    #[serde(default)]
    #[schema(max_length = 10000)]
    notes: Option<String>,
    /// The unit of the number; that of the model if not given.
    #[serde(default)]
    #[schema(max_length = 40)]
    unit: Option<String>,
    /// Whether it is the value or a bound; `=` if not given.
    #[serde(default)]
    qualifier: Option<Qualifier>,
    /// What the holder proves the claim with; needed by nobody.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    claim_token: Option<String>,
}

/// Label an item. Sent again with the same `Idempotency-Key` it is the same label.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/label",
    tag = "labelling",
    params(
        ("item_id" = String, Path, min_length = 1, max_length = 200),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The ETag that the item must have", pattern = r#"^("[0-9]{1,18}"|[0-9]{1,18}|\*)$"#),
    ),
    request_body = LabelRequest,
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn label(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    headers: HeaderMap,
    ApiJson(request): ApiJson<LabelRequest>,
) -> Result<Response, ApiError> {
    let key = idempotency_key(&headers)?;
    checked_name("claim_token", request.claim_token.as_deref())?;
    let once = Once {
        key: key.as_deref(),
        version: if_match(&headers)?,
    };
    let submission = Submission {
        label: request.label,
        source: request.source.unwrap_or(LabelSource::Experimental),
        confidence: request.confidence.unwrap_or(LabelConfidence::High),
        notes: request.notes,
        unit: request.unit,
        qualifier: request.qualifier.unwrap_or(Qualifier::Equal),
        claim_token: request.claim_token,
    };
    let item = state
        .service
        .label(&actor, &id, &submission, &once, Moment::now())
        .await?;
    Ok(tagged(item))
}

/// Why an item is skipped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkipRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    reason: String,
}

fn at_version(headers: &HeaderMap) -> Result<Once<'static>, ApiError> {
    Ok(Once {
        key: None,
        version: if_match(headers)?,
    })
}

/// Skip an item, with a reason.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/skip",
    tag = "labelling",
    params(
        ("item_id" = String, Path, min_length = 1, max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The ETag that the item must have", pattern = r#"^("[0-9]{1,18}"|[0-9]{1,18}|\*)$"#),
    ),
    request_body = SkipRequest,
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn skip(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    headers: HeaderMap,
    ApiJson(request): ApiJson<SkipRequest>,
) -> Result<Response, ApiError> {
    let once = at_version(&headers)?;
    let item = state
        .service
        .skip(&actor, &id, &request.reason, &once, Moment::now())
        .await?;
    Ok(tagged(item))
}

/// Whom an item is assigned to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignRequest {
    /// The user, by id or name.
    #[schema(min_length = 1, max_length = 200)]
    user_id: String,
    /// How long the user holds it; a day if not given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2592000)]
    lease_seconds: Option<i64>,
}

/// Assign an item to a user.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/assign",
    tag = "labelling",
    params(
        ("item_id" = String, Path, min_length = 1, max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The ETag that the item must have", pattern = r#"^("[0-9]{1,18}"|[0-9]{1,18}|\*)$"#),
    ),
    request_body = AssignRequest,
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn assign(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    headers: HeaderMap,
    ApiJson(request): ApiJson<AssignRequest>,
) -> Result<Response, ApiError> {
    let once = at_version(&headers)?;
    checked_name("user_id", Some(&request.user_id))?;
    let lease = lease(request.lease_seconds)?;
    let item = state
        .service
        .assign(&actor, &id, &request.user_id, lease, &once, Moment::now())
        .await?;
    Ok(tagged(item))
}

/// Put a skipped item back into the queue.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/requeue",
    tag = "labelling",
    params(
        ("item_id" = String, Path, min_length = 1, max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The ETag that the item must have", pattern = r#"^("[0-9]{1,18}"|[0-9]{1,18}|\*)$"#),
    ),
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn requeue(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let once = at_version(&headers)?;
    let item = state
        .service
        .requeue(&actor, &id, &once, Moment::now())
        .await?;
    Ok(tagged(item))
}

/// What to take back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoRequest {
    /// The action; the last one of who asks, if not given.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    action_id: Option<String>,
}

/// Take back labels, skips and assignments: the last action of who asks, or a named one.
#[utoipa::path(
    post,
    path = "/active-learning/undo",
    tag = "labelling",
    request_body = UndoRequest,
    responses((status = 200, body = Undone), Problems)
)]
pub(crate) async fn undo(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<UndoRequest>,
) -> Result<Json<Undone>, ApiError> {
    let action = request.action_id.as_deref();
    let undone = state.service.undo(&actor, action, Moment::now()).await?;
    Ok(Json(undone))
}
