//! What can be labelled.

use al_label::store::{Item, Moment};
use al_label::{GivenItem, ImportOptions, Imported, LabelError, Scope, table_source};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiBytes, ApiId, ApiJson, ApiQuery, objects};
use crate::pages::{DatasetPage, ItemPage, PageQuery, checked_cursor, checked_limit};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};
use crate::uploads::table_file;

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemsQuery {
    /// Of this data set, by id or name.
    #[param(min_length = 1, max_length = 200)]
    dataset: Option<String>,
    /// Rows of the part: 1 to 1000, 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where it begins: the `next` of the part before.
    #[param(min_length = 36, max_length = 36, pattern = "^[0-9a-f-]{36}$")]
    cursor: Option<String>,
}

/// List items in the order in which they were added.
#[utoipa::path(
    get,
    path = "/items",
    tag = "items",
    params(ItemsQuery),
    responses((status = 200, body = ItemPage), Problems)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<ItemsQuery>,
) -> Result<Json<ItemPage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let mut tx = state.service.store.read().await?;
    let dataset = match &query.dataset {
        Some(name) => {
            let found = tx.dataset(name).await?;
            Some(
                found
                    .ok_or_else(|| LabelError::unknown("data set", name))?
                    .id,
            )
        }
        None => None,
    };
    let page = tx
        .items(
            dataset.as_deref(),
            checked_cursor(query.cursor.as_deref())?,
            limit,
        )
        .await?;
    Ok(Json(page.into()))
}

/// Items to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemsRequest {
    /// The data set that they go to; made if there is none.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    dataset: String,
    /// The items: compounds with a SMILES, or rows.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 10000)]
    items: Vec<ItemRequest>,
    /// Whether only the largest fragment of a compound counts, neutralised.
    #[serde(default)]
    standardise: bool,
    /// Leave out compounds that cannot be read.
    #[serde(default)]
    skip_unreadable: bool,
}

/// An item to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemRequest {
    /// What its owner calls it.
    #[serde(default)]
    #[schema(max_length = 1000)]
    name: Option<String>,
    /// The compound, if it is one.
    #[serde(default)]
    #[schema(max_length = 10000)]
    smiles: Option<String>,
    /// Its columns: numbers, texts, booleans and null.
    #[serde(default)]
    #[schema(value_type = Object)]
    properties: Map<String, Value>,
}

/// Add items one by one. Those that the data set has stay as they are.
#[utoipa::path(
    post,
    path = "/items",
    tag = "items",
    request_body = ItemsRequest,
    responses((status = 201, body = Imported), Problems)
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<ItemsRequest>,
) -> Result<(StatusCode, Json<Imported>), ApiError> {
    let given = request.items.into_iter().map(|item| GivenItem {
        name: item.name,
        smiles: item.smiles,
        properties: item.properties,
    });
    let options = ImportOptions {
        dataset: request.dataset,
        standardise: request.standardise,
        skip_unreadable: request.skip_unreadable,
        ..ImportOptions::default()
    };
    let imported = state
        .service
        .add_items(&actor, given.collect(), &options, Moment::now())
        .await?;
    Ok((StatusCode::CREATED, Json(imported)))
}

/// How a table of items is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// The data set that they go to; made if there is none.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    dataset: String,
    /// The column of structures; found by its name if not given.
    #[param(min_length = 1, max_length = 200)]
    smiles_column: Option<String>,
    /// Items are rows, also if a column is called like structures.
    #[serde(default)]
    rows_only: bool,
    /// The column of what their owner calls them.
    #[param(min_length = 1, max_length = 200)]
    name_column: Option<String>,
    /// Whether only the largest fragment of a compound counts, neutralised.
    #[serde(default)]
    standardise: bool,
    /// Leave out rows whose structure cannot be read.
    #[serde(default)]
    skip_unreadable: bool,
}

/// Add the rows of a table as items.
#[utoipa::path(
    post,
    path = "/items/upload",
    tag = "items",
    params(UploadQuery),
    request_body(
        description = "The table: CSV, TSV, JSON lines, Parquet, Arrow or SDF",
        content((String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"), (String = "chemical/x-mdl-sdfile"))
    ),
    responses((status = 201, body = Imported), Problems)
)]
pub(crate) async fn upload(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<UploadQuery>,
    headers: HeaderMap,
    ApiBytes(bytes): ApiBytes,
) -> Result<(StatusCode, Json<Imported>), ApiError> {
    let file = table_file(&headers, &bytes)?;
    let options = ImportOptions {
        dataset: query.dataset,
        smiles: query.smiles_column,
        rows_only: query.rows_only,
        name: query.name_column,
        standardise: query.standardise,
        skip_unreadable: query.skip_unreadable,
    };
    let source = table_source(file.path()).await?;
    let imported = state
        .service
        .import(&actor, source, &options, Moment::now())
        .await
        .map_err(|error| ApiError::from(error).of_upload(file.path()))?;
    Ok((StatusCode::CREATED, Json(imported)))
}

/// Read an item.
#[utoipa::path(
    get,
    path = "/items/{item_id}",
    tag = "items",
    params(("item_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = Item), Problems)
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<Item>, ApiError> {
    actor.need(Scope::Read)?;
    let mut tx = state.service.store.read().await?;
    let item = tx.item(&id).await?;
    Ok(Json(item.ok_or_else(|| LabelError::unknown("item", &id))?))
}

/// List data sets by name.
#[utoipa::path(
    get,
    path = "/datasets",
    tag = "items",
    params(PageQuery),
    responses((status = 200, body = DatasetPage), Problems)
)]
pub(crate) async fn datasets(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<DatasetPage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let mut tx = state.service.store.read().await?;
    let page = tx.datasets(query.cursor.as_deref(), limit).await?;
    Ok(Json(page.into()))
}
