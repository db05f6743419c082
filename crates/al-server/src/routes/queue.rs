//! The queue: what there is to label, and who holds it.

use std::time::Duration;

use al_label::store::{Moment, QueueFilter, QueueItem, QueuePlace, QueueStatus};
use al_label::{BulkAction, BulkDone, HeldItem, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiId, ApiJson, ApiQuery, checked_name, object};
use crate::pages::{AnnotationPage, QueuePage, checked_limit};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};

/// Which items of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueQuery {
    /// Of this version of a model, or the active one of this name.
    #[param(min_length = 1, max_length = 200)]
    model_id: Option<String>,
    /// That stand so.
    #[param(inline)]
    status: Option<QueueStatus>,
    /// That this user holds, by id or name; `me` is who asks.
    #[param(min_length = 1, max_length = 200)]
    assigned_to: Option<String>,
    /// Of this cycle.
    #[param(min_length = 1, max_length = 200)]
    cycle_id: Option<String>,
    /// Of this batch.
    #[param(min_length = 1, max_length = 200)]
    selection_batch: Option<String>,
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(
        min_length = 17,
        max_length = 300,
        pattern = "^[0-9a-f]{16}[A-Za-z0-9-]+$"
    )]
    cursor: Option<String>,
}

/// Which items, in a body.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueueFilterRequest {
    /// Of this version of a model, or the active one of this name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    model_id: Option<String>,
    /// That stand so.
    #[serde(default)]
    status: Option<QueueStatus>,
    /// That this user holds.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    assigned_to: Option<String>,
    /// Of this cycle.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    cycle_id: Option<String>,
    /// Of this batch.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    selection_batch: Option<String>,
}

/// A queue item with its ETag.
pub(crate) fn tagged(item: QueueItem) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{}\"", item.version));
    let mut response = Json(item).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A filter with ids in place of names.
async fn filter_of(
    state: &AppState,
    actor: &al_label::Actor,
    request: QueueFilterRequest,
) -> Result<QueueFilter, ApiError> {
    let named = [
        ("model_id", &request.model_id),
        ("assigned_to", &request.assigned_to),
        ("cycle_id", &request.cycle_id),
        ("selection_batch", &request.selection_batch),
    ];
    for (field, value) in named {
        checked_name(field, value.as_deref())?;
    }
    let mut tx = state.service.store.read().await?;
    let model_id = match request.model_id {
        Some(model) => Some(tx.model(&model).await?.map_or(model, |model| model.id)),
        None => None,
    };
    let assigned_to = match request.assigned_to {
        Some(user) if user == "me" => Some(actor.user.id.clone()),
        Some(user) => Some(tx.user(&user).await?.map_or(user, |user| user.id)),
        None => None,
    };
    Ok(QueueFilter {
        model_id,
        status: request.status,
        assigned_to,
        cycle_id: request.cycle_id,
        batch: request.selection_batch,
    })
}

/// List the queue by priority.
#[utoipa::path(
    get,
    path = "/active-learning/queue",
    tag = "labelling",
    params(QueueQuery),
    responses((status = 200, body = QueuePage), Problems)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<QueueQuery>,
) -> Result<Json<QueuePage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let place = query.cursor.as_deref().map(|cursor| {
        QueuePlace::parse(cursor).ok_or_else(|| {
            ApiError::invalid("cursor", "the cursor is none of the queue")
                .remedy("take the 'next' of the part before")
        })
    });
    let place = place.transpose()?;
    let request = QueueFilterRequest {
        model_id: query.model_id,
        status: query.status,
        assigned_to: query.assigned_to,
        cycle_id: query.cycle_id,
        selection_batch: query.selection_batch,
    };
    let filter = filter_of(&state, &actor, request).await?;
    let mut tx = state.service.store.read().await?;
    let page = tx
        .queue(&filter, place.as_ref(), limit, Moment::now())
        .await?;
    Ok(Json(page.into()))
}

/// What to claim.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextRequest {
    /// Of this version of a model, or the active one of this name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    model_id: Option<String>,
    /// Of this cycle.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    cycle_id: Option<String>,
    /// How long the claim lasts; 15 minutes if not given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2592000)]
    lease_seconds: Option<i64>,
}

/// How long a claim lasts.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimRequest {
    /// How long the claim lasts; 15 minutes if not given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2592000)]
    lease_seconds: Option<i64>,
}

/// How long a claim lasts, of an item that is held.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldRequest {
    /// How long the claim lasts; 15 minutes if not given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2592000)]
    lease_seconds: Option<i64>,
    /// What the holder proves the claim with; needed by nobody.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    claim_token: Option<String>,
}

pub(crate) fn lease(seconds: Option<i64>) -> Result<Option<Duration>, ApiError> {
    seconds
        .map(|seconds| {
            u64::try_from(seconds)
                .map(Duration::from_secs)
                .map_err(|_| {
                    ApiError::invalid("lease_seconds", "the lease is below 0")
                        .remedy("give 1 or more")
                })
        })
        .transpose()
}

/// Claim the next item: one that is assigned to who asks, else the free one of the highest
/// priority.
#[utoipa::path(
    post,
    path = "/active-learning/queue/next",
    tag = "labelling",
    request_body = NextRequest,
    responses(
        (status = 200, body = HeldItem),
        (status = 204, description = "There is nothing to label."),
        Problems
    )
)]
pub(crate) async fn next(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<NextRequest>,
) -> Result<Response, ApiError> {
    let (model, cycle) = (request.model_id.as_deref(), request.cycle_id.as_deref());
    checked_name("model_id", model)?;
    checked_name("cycle_id", cycle)?;
    let lease = lease(request.lease_seconds)?;
    let held = state
        .service
        .next(&actor, model, cycle, lease, Moment::now())
        .await?;
    Ok(match held {
        Some(held) => Json(held).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Read an item of the queue, by its id or by that of what it is about.
#[utoipa::path(
    get,
    path = "/active-learning/queue/{item_id}",
    tag = "labelling",
    params(("item_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Response, ApiError> {
    let item = state.service.queue_item(&actor, &id, Moment::now()).await?;
    Ok(tagged(item))
}

/// List all judgements of an item, those taken back among them.
#[utoipa::path(
    get,
    path = "/active-learning/queue/{item_id}/annotations",
    tag = "labelling",
    params(("item_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = AnnotationPage), Problems)
)]
pub(crate) async fn annotations(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<AnnotationPage>, ApiError> {
    let item = state.service.queue_item(&actor, &id, Moment::now()).await?;
    let mut tx = state.service.store.read().await?;
    let items = tx.every_annotation(&item.id).await?;
    Ok(Json(AnnotationPage { items, next: None }))
}

/// Claim an item.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/claim",
    tag = "labelling",
    params(("item_id" = String, Path, min_length = 1, max_length = 200)),
    request_body = ClaimRequest,
    responses((status = 200, body = HeldItem), Problems)
)]
pub(crate) async fn claim(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    ApiJson(request): ApiJson<ClaimRequest>,
) -> Result<Json<HeldItem>, ApiError> {
    let lease = lease(request.lease_seconds)?;
    let held = state
        .service
        .claim(&actor, &id, lease, Moment::now())
        .await?;
    Ok(Json(held))
}

/// Extend the claim of an item.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/extend",
    tag = "labelling",
    params(("item_id" = String, Path, min_length = 1, max_length = 200)),
    request_body = HoldRequest,
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn extend(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    ApiJson(request): ApiJson<HoldRequest>,
) -> Result<Response, ApiError> {
    let token = request.claim_token.as_deref();
    checked_name("claim_token", token)?;
    let lease = lease(request.lease_seconds)?;
    let item = state
        .service
        .extend(&actor, &id, token, lease, Moment::now())
        .await?;
    Ok(tagged(item))
}

/// Give an item back.
#[utoipa::path(
    post,
    path = "/active-learning/queue/{item_id}/release",
    tag = "labelling",
    params(("item_id" = String, Path, min_length = 1, max_length = 200)),
    request_body = HoldRequest,
    responses((status = 200, body = QueueItem), Problems)
)]
pub(crate) async fn release(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    ApiJson(request): ApiJson<HoldRequest>,
) -> Result<Response, ApiError> {
    let token = request.claim_token.as_deref();
    checked_name("claim_token", token)?;
    let item = state
        .service
        .release(&actor, &id, token, Moment::now())
        .await?;
    Ok(tagged(item))
}

/// What to do to all items of a filter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkRequest {
    /// What to do.
    action: BulkKind,
    /// Which items: at least one condition.
    #[serde(deserialize_with = "object")]
    filter: QueueFilterRequest,
    /// Why they are skipped.
    #[serde(default)]
    #[schema(max_length = 10000)]
    reason: Option<String>,
    /// Whom they are assigned to, by id or name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    user_id: Option<String>,
    /// Count them only.
    #[serde(default)]
    dry_run: bool,
}

/// What is done to all items of a filter.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BulkKind {
    /// Skip them; `reason` says why.
    Skip,
    /// Assign them to `user_id`.
    Assign,
    /// Put skipped ones back.
    Requeue,
}

/// Skip, assign or put back all items of a filter, as one action.
#[utoipa::path(
    post,
    path = "/active-learning/queue/bulk",
    tag = "labelling",
    request_body = BulkRequest,
    responses((status = 200, body = BulkDone), Problems)
)]
pub(crate) async fn bulk(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<BulkRequest>,
) -> Result<Json<BulkDone>, ApiError> {
    let action = match request.action {
        BulkKind::Skip => BulkAction::Skip(request.reason.unwrap_or_default()),
        BulkKind::Assign => BulkAction::Assign(request.user_id.ok_or_else(|| {
            ApiError::invalid("user_id", "there is nobody to assign them to").remedy("name a user")
        })?),
        BulkKind::Requeue => BulkAction::Requeue,
    };
    let filter = filter_of(&state, &actor, request.filter).await?;
    let done = state
        .service
        .bulk(&actor, &filter, &action, request.dry_run, Moment::now())
        .await?;
    Ok(Json(done))
}
