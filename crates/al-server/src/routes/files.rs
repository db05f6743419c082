//! Tables of results and labels.

use al_label::store::{LabelConfidence, LabelSource, Moment};
use al_label::{ResultsOptions, ResultsReport, TableFormat, table_source};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiBytes, ApiQuery};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};
use crate::uploads::{AnswerFormat, answer, table_file};

/// How a table of results is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultsQuery {
    /// The model that the labels are for.
    #[param(min_length = 1, max_length = 200)]
    model_id: String,
    /// Look only: what would match.
    #[serde(default)]
    preview: bool,
    /// The column of the labels; that of the model's target, or `label`, if not given.
    #[param(min_length = 1, max_length = 200)]
    label_column: Option<String>,
    /// The column that names the items; found by its name if not given.
    #[param(min_length = 1, max_length = 200)]
    id_column: Option<String>,
    /// The column of structures; found by its name if not given.
    #[param(min_length = 1, max_length = 200)]
    smiles_column: Option<String>,
    /// The unit of all labels, where no column `unit` says it.
    #[param(min_length = 1, max_length = 40)]
    unit: Option<String>,
    /// Where the labels come from; `experimental` if not given.
    #[param(inline)]
    source: Option<LabelSource>,
    /// How sure they are; `high` if not given.
    #[param(inline)]
    confidence: Option<LabelConfidence>,
}

/// Take in the results of a whole batch: a table whose rows are matched to items by id, name
/// or structure, and submitted as one action.
#[utoipa::path(
    post,
    path = "/active-learning/results",
    tag = "labelling",
    params(ResultsQuery),
    request_body(
        description = "The table: CSV, TSV, JSON lines, Parquet, Arrow or SDF",
        content((String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"), (String = "chemical/x-mdl-sdfile"))
    ),
    responses((status = 200, body = ResultsReport), Problems)
)]
pub(crate) async fn results(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<ResultsQuery>,
    headers: HeaderMap,
    ApiBytes(bytes): ApiBytes,
) -> Result<Json<ResultsReport>, ApiError> {
    let file = table_file(&headers, &bytes)?;
    let options = ResultsOptions {
        label: query.label_column,
        id: query.id_column,
        smiles: query.smiles_column,
        unit: query.unit,
        source: query.source,
        confidence: query.confidence,
        preview: query.preview,
    };
    let source = table_source(file.path()).await?;
    let report = state
        .service
        .results(&actor, &query.model_id, source, &options, Moment::now())
        .await
        .map_err(|error| ApiError::from(error).of_upload(file.path()))?;
    Ok(Json(report))
}

/// Formats of labels.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LabelsFormat {
    /// Comma-separated values.
    #[default]
    Csv,
    /// Apache Parquet.
    Parquet,
    /// An object a line.
    Jsonl,
}

/// Which labels, and how they are written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LabelsQuery {
    /// The model that the labels are for.
    #[param(min_length = 1, max_length = 200)]
    model_id: String,
    /// How the table is written; CSV if not given.
    #[serde(default)]
    #[param(inline)]
    format: LabelsFormat,
}

/// Read all labels of a model as a table.
#[utoipa::path(
    get,
    path = "/active-learning/labels",
    tag = "labelling",
    params(LabelsQuery),
    responses(
        (status = 200, description = "The table", content((String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"), (String = "application/x-ndjson"))),
        Problems
    )
)]
pub(crate) async fn labels(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<LabelsQuery>,
) -> Result<Response, ApiError> {
    let (format, answered) = match query.format {
        LabelsFormat::Csv => (TableFormat::Csv, AnswerFormat::Csv),
        LabelsFormat::Parquet => (TableFormat::Parquet, AnswerFormat::Parquet),
        LabelsFormat::Jsonl => (TableFormat::JsonLines, AnswerFormat::Jsonl),
    };
    let bytes = state
        .service
        .labels_as(&actor, &query.model_id, format, Moment::now())
        .await?;
    Ok(answer(bytes, answered, "labels"))
}

/// Which batch, and how it is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderQuery {
    /// The cycle whose items are ordered.
    #[param(min_length = 1, max_length = 200)]
    cycle_id: String,
    /// How the list is written; CSV if not given.
    #[serde(default)]
    #[param(inline)]
    format: AnswerFormat,
}

/// Read the items of a cycle that are to be measured as an order list.
#[utoipa::path(
    get,
    path = "/active-learning/order",
    tag = "labelling",
    params(OrderQuery),
    responses(
        (status = 200, description = "The list", content((String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"), (String = "application/x-ndjson"), (String = "chemical/x-mdl-sdfile"))),
        Problems
    )
)]
pub(crate) async fn order(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<OrderQuery>,
) -> Result<Response, ApiError> {
    let table = query.format.table();
    let bytes = state
        .service
        .order(&actor, &query.cycle_id, table, Moment::now())
        .await?;
    Ok(answer(bytes, query.format, "order"))
}
