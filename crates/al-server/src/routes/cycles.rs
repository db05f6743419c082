//! Cycles: what was chosen, what was labelled, and what a model gained.

use al_label::store::{Cycle, CycleStatus, JobRecord, Moment};
use al_label::{LabelError, LabelStats, MIN_NEW_LABELS, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiId, ApiJson, ApiQuery};
use crate::pages::{CyclePage, checked_cursor, checked_limit};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};

/// Which cycles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CyclesQuery {
    /// Of this model: any of its versions, or its name.
    #[param(min_length = 1, max_length = 200)]
    model_id: Option<String>,
    /// That stand so.
    #[param(inline)]
    status: Option<CycleStatus>,
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(min_length = 36, max_length = 36, pattern = "^[0-9a-f-]{36}$")]
    cursor: Option<String>,
}

/// List cycles, the first first.
#[utoipa::path(
    get,
    path = "/active-learning/cycles",
    tag = "labelling",
    params(CyclesQuery),
    responses((status = 200, body = CyclePage), Problems)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<CyclesQuery>,
) -> Result<Json<CyclePage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let name = match &query.model_id {
        Some(model) => Some(state.service.model(&actor, model).await?.name),
        None => None,
    };
    let now = Moment::now();
    let mut tx = state.service.store.read().await?;
    let (name, cursor) = (name.as_deref(), checked_cursor(query.cursor.as_deref())?);
    let mut page = tx.cycles(name, query.status, cursor, limit).await?;
    for cycle in &mut page.items {
        count(&mut tx, cycle, now).await?;
    }
    Ok(Json(page.into()))
}

/// The counts of a cycle that has not ended, as they stand.
async fn count(
    tx: &mut al_label::store::Tx,
    cycle: &mut Cycle,
    now: Moment,
) -> Result<(), ApiError> {
    if cycle.completed_at.is_none() {
        let counts = tx.counts_of_cycle(&cycle.id, now).await?;
        cycle.items_labeled = counts.labeled + counts.archived;
        cycle.items_skipped = counts.skipped;
    }
    Ok(())
}

/// Read a cycle.
#[utoipa::path(
    get,
    path = "/active-learning/cycles/{cycle_id}",
    tag = "labelling",
    params(("cycle_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = Cycle), Problems)
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<Cycle>, ApiError> {
    actor.need(Scope::Read)?;
    let mut tx = state.service.store.read().await?;
    let found = tx.cycle(&id).await?;
    let mut cycle = found.ok_or_else(|| LabelError::unknown("cycle", &id))?;
    count(&mut tx, &mut cycle, Moment::now()).await?;
    Ok(Json(cycle))
}

/// When to retrain.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrainRequest {
    /// The least of new labels; 10 if not given.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000000000)]
    min_new_labels: Option<i64>,
}

/// Retrain the model of a cycle on the labels it has not learned from. The answer is a job;
/// asked again while it is active, it is the same job.
#[utoipa::path(
    post,
    path = "/active-learning/cycles/{cycle_id}/retrain",
    tag = "labelling",
    params(("cycle_id" = String, Path, min_length = 1, max_length = 200)),
    request_body = RetrainRequest,
    responses(
        (status = 200, body = JobRecord, description = "The job that is active already."),
        (status = 202, body = JobRecord, description = "A new job: Location says where it is."),
        Problems
    )
)]
pub(crate) async fn retrain(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    ApiJson(request): ApiJson<RetrainRequest>,
) -> Result<Response, ApiError> {
    let least = request.min_new_labels.unwrap_or(MIN_NEW_LABELS as i64);
    let least = usize::try_from(least).map_err(|_| {
        ApiError::invalid("min_new_labels", format!("at least {least} new labels"))
            .remedy("give 0 or more")
    })?;
    let (job, is_new) = state
        .service
        .retrain(&actor, &id, least, Moment::now())
        .await?;
    state.wake.notify_one();
    let status = if is_new {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    let place = HeaderValue::from_str(&format!("/jobs/{}", job.id));
    let mut response = (status, Json(job)).into_response();
    if let Ok(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Say how the labelling of a model stands.
#[utoipa::path(
    get,
    path = "/active-learning/stats/{model_id}",
    tag = "labelling",
    params(("model_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = LabelStats), Problems)
)]
pub(crate) async fn stats(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<LabelStats>, ApiError> {
    Ok(Json(state.service.stats(&actor, &id, Moment::now()).await?))
}
