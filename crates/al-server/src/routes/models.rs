//! Models: versions that learned from labels.

use al_label::store::{ModelRecord, ModelState, Moment};
use al_label::{ModelSettings, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiBytes, ApiId, ApiJson, ApiQuery, object};
use crate::pages::{ModelPage, checked_cursor, checked_limit};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};
use crate::uploads::download;

/// Which models.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ModelsQuery {
    /// That stand so.
    #[param(inline)]
    state: Option<ModelState>,
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(min_length = 36, max_length = 36, pattern = "^[0-9a-f-]{36}$")]
    cursor: Option<String>,
}

/// List the versions of all models.
#[utoipa::path(
    get,
    path = "/models",
    tag = "models",
    params(ModelsQuery),
    responses((status = 200, body = ModelPage), Problems)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<ModelsQuery>,
) -> Result<Json<ModelPage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let mut tx = state.service.store.read().await?;
    let page = tx
        .models(query.state, checked_cursor(query.cursor.as_deref())?, limit)
        .await?;
    Ok(Json(page.into()))
}

/// A model to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelRequest {
    /// The name: letters, digits, `-`, `_` and `.`.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
    )]
    name: String,
    /// How it is trained.
    #[serde(deserialize_with = "object")]
    settings: ModelSettings,
}

/// Make a model that has not learned yet. Its first labels are chosen without it.
#[utoipa::path(
    post,
    path = "/models",
    tag = "models",
    request_body = ModelRequest,
    responses((status = 201, body = ModelRecord), Problems)
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<ModelRequest>,
) -> Result<(StatusCode, Json<ModelRecord>), ApiError> {
    let model = state
        .service
        .create_model(&actor, &request.name, request.settings, Moment::now())
        .await?;
    Ok((StatusCode::CREATED, Json(model)))
}

/// Read a version of a model, by its id, or the active one by the name.
#[utoipa::path(
    get,
    path = "/models/{model_id}",
    tag = "models",
    params(("model_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = ModelRecord), Problems)
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<ModelRecord>, ApiError> {
    Ok(Json(state.service.model(&actor, &id).await?))
}

/// Read the model file of a version, which altool's commands take.
#[utoipa::path(
    get,
    path = "/models/{model_id}/file",
    tag = "models",
    params(("model_id" = String, Path, min_length = 1, max_length = 200)),
    responses(
        (status = 200, description = "The model file", body = Vec<u8>, content_type = "application/octet-stream"),
        Problems
    )
)]
pub(crate) async fn file(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Response, ApiError> {
    actor.need(Scope::Read)?;
    let (model, bytes) = state.service.model_file(&id).await?;
    let name = format!("{}-{}.altool", model.name, model.version);
    Ok(download(bytes, "application/octet-stream", &name))
}

/// Take in a model file of `altool train` as a new model of the name.
#[utoipa::path(
    put,
    path = "/models/{model_id}/file",
    tag = "models",
    params(("model_id" = String, Path, description = "The name of the new model", min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = ModelRecord), Problems)
)]
pub(crate) async fn upload(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(name): ApiId,
    ApiBytes(bytes): ApiBytes,
) -> Result<(StatusCode, Json<ModelRecord>), ApiError> {
    let model = state
        .service
        .upload_model(&actor, &name, bytes.to_vec(), Moment::now())
        .await?;
    Ok((StatusCode::CREATED, Json(model)))
}
