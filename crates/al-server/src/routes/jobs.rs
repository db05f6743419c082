//! Jobs, schedules and the event log.

use al_label::store::{CatchUp, JobRecord, JobState, Moment, Schedule};
use al_label::{LabelError, MIN_NEW_LABELS, ScheduleWish, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiId, ApiJson, ApiQuery, checked_name};
use crate::pages::{EventPage, JobPage, SchedulePage, checked_cursor, checked_limit};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsQuery {
    /// That stand so.
    #[param(inline)]
    state: Option<JobState>,
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(min_length = 36, max_length = 36, pattern = "^[0-9a-f-]{36}$")]
    cursor: Option<String>,
}

/// List jobs, the first first.
#[utoipa::path(
    get,
    path = "/jobs",
    tag = "jobs",
    params(JobsQuery),
    responses((status = 200, body = JobPage), Problems)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<JobsQuery>,
) -> Result<Json<JobPage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let mut tx = state.service.store.read().await?;
    let page = tx
        .jobs(
            query.state,
            None,
            checked_cursor(query.cursor.as_deref())?,
            limit,
        )
        .await?;
    Ok(Json(page.into()))
}

/// Read a job: how far it is, and what came of it.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}",
    tag = "jobs",
    params(("job_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = JobRecord), Problems)
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<JobRecord>, ApiError> {
    actor.need(Scope::Read)?;
    let mut tx = state.service.store.read().await?;
    let job = tx.job(&id).await?;
    Ok(Json(job.ok_or_else(|| LabelError::unknown("job", &id))?))
}

/// Cancel a job that waits, or ask one that runs to stop.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/cancel",
    tag = "jobs",
    params(("job_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = JobRecord), Problems)
)]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<JobRecord>, ApiError> {
    Ok(Json(
        state.service.cancel(&actor, &id, Moment::now()).await?,
    ))
}

/// Begin a job again that is dead, failed or cancelled.
#[utoipa::path(
    post,
    path = "/jobs/{job_id}/retry",
    tag = "jobs",
    params(("job_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = JobRecord), Problems)
)]
pub(crate) async fn retry(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<JobRecord>, ApiError> {
    let job = state.service.retry(&actor, &id, Moment::now()).await?;
    state.wake.notify_one();
    Ok(Json(job))
}

/// List all schedules by name.
#[utoipa::path(
    get,
    path = "/schedules",
    tag = "jobs",
    responses((status = 200, body = SchedulePage), Problems)
)]
pub(crate) async fn schedules(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<SchedulePage>, ApiError> {
    actor.need(Scope::Read)?;
    let mut tx = state.service.store.read().await?;
    let items = tx.schedules().await?;
    Ok(Json(SchedulePage { items, next: None }))
}

/// A schedule to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleRequest {
    /// The name: letters, digits, `-`, `_` and `.`.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
    )]
    name: String,
    /// When, as cron writes it, as in `0 3 * * 1-5`.
    #[schema(min_length = 1, max_length = 200)]
    cron: String,
    /// The time zone, as in `Europe/Berlin`; UTC if not given.
    #[serde(default = "utc")]
    #[schema(min_length = 1, max_length = 100)]
    zone: String,
    /// The model that is retrained, by name.
    #[schema(min_length = 1, max_length = 200)]
    model_id: String,
    /// Retrain only with so many new labels; 10 if not given.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000000000)]
    min_new_labels: Option<i64>,
    /// What becomes of missed occurrences; `once` if not given.
    #[serde(default)]
    catch_up: Option<CatchUp>,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Make a schedule by which a model is retrained.
#[utoipa::path(
    post,
    path = "/schedules",
    tag = "jobs",
    request_body = ScheduleRequest,
    responses((status = 201, body = Schedule), Problems)
)]
pub(crate) async fn add_schedule(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<ScheduleRequest>,
) -> Result<(StatusCode, Json<Schedule>), ApiError> {
    let least = request.min_new_labels.unwrap_or(MIN_NEW_LABELS as i64);
    let wish = ScheduleWish {
        name: request.name,
        cron: request.cron,
        zone: request.zone,
        model: request.model_id,
        min_new_labels: usize::try_from(least).map_err(|_| {
            ApiError::invalid("min_new_labels", format!("at least {least} new labels"))
                .remedy("give 0 or more")
        })?,
        catch_up: request.catch_up.unwrap_or(CatchUp::Once),
    };
    let schedule = state
        .service
        .add_schedule(&actor, &wish, Moment::now())
        .await?;
    Ok((StatusCode::CREATED, Json(schedule)))
}

/// Remove a schedule; jobs that it made stay.
#[utoipa::path(
    delete,
    path = "/schedules/{schedule_id}",
    tag = "jobs",
    params(("schedule_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 204, description = "It is removed."), Problems)
)]
pub(crate) async fn remove_schedule(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<StatusCode, ApiError> {
    state
        .service
        .remove_schedule(&actor, &id, Moment::now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a schedule rest.
#[utoipa::path(
    post,
    path = "/schedules/{schedule_id}/disable",
    tag = "jobs",
    params(("schedule_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = Schedule), Problems)
)]
pub(crate) async fn rest_schedule(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<Schedule>, ApiError> {
    let now = Moment::now();
    Ok(Json(
        state.service.rest_schedule(&actor, &id, true, now).await?,
    ))
}

/// Let a schedule begin again.
#[utoipa::path(
    post,
    path = "/schedules/{schedule_id}/enable",
    tag = "jobs",
    params(("schedule_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = Schedule), Problems)
)]
pub(crate) async fn wake_schedule(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<Schedule>, ApiError> {
    let now = Moment::now();
    Ok(Json(
        state.service.rest_schedule(&actor, &id, false, now).await?,
    ))
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Of this queue item, cycle, model, user or job.
    #[param(min_length = 1, max_length = 200)]
    subject: Option<String>,
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(min_length = 1, max_length = 18, pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
}

/// List what was done, the first first.
#[utoipa::path(
    get,
    path = "/events",
    tag = "jobs",
    params(EventsQuery),
    responses((status = 200, body = EventPage), Problems)
)]
pub(crate) async fn events(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<EventsQuery>,
) -> Result<Json<EventPage>, ApiError> {
    actor.need(Scope::Lead)?;
    checked_name("subject", query.subject.as_deref())?;
    let limit = checked_limit(query.limit)?;
    let after = match query.cursor.as_deref() {
        None => 0,
        Some(cursor) => cursor.parse().map_err(|_| {
            ApiError::invalid("cursor", "the cursor is none of the event log")
                .remedy("take the 'next' of the part before")
        })?,
    };
    let mut tx = state.service.store.read().await?;
    let page = tx.events(query.subject.as_deref(), after, limit).await?;
    Ok(Json(page.into()))
}
