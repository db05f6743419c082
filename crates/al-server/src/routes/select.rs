//! Choosing what to label.

use std::collections::BTreeMap;

use al_label::store::{Moment, ResolutionRule};
use al_label::{GivenItem, HybridWeights, ItemPool, LabelSelection, SelectWish, settings_of};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiJson, ApiQuery, maybe_object};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};

/// What to choose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectRequest {
    /// The version of a model, or the name of one.
    #[schema(min_length = 1, max_length = 200)]
    model_id: String,
    /// What to choose from: `all_unlabeled`, the id or name of a data set, or a list of
    /// SMILES or of rows.
    #[serde(default)]
    pool: PoolRequest,
    /// What chooses; the default strategy of altool, if not given.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    strategy: Option<String>,
    /// How many items at most.
    #[serde(default = "fifty")]
    #[schema(minimum = 1, maximum = 10000)]
    batch_size: i64,
    /// Leave out items that have a label for the model.
    #[serde(default = "yes")]
    exclude_labeled: bool,
    /// How much each part counts in `hybrid`.
    #[serde(default, deserialize_with = "maybe_object")]
    weights: Option<HybridWeights>,
    /// At most so many items with one value of a column; `scaffold` is that of a compound.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, u32>>)]
    limits: Option<BTreeMap<String, i64>>,
    /// Queue the items and begin a cycle; otherwise the ranked sample alone is answered.
    #[serde(default)]
    add: bool,
    /// How many people judge each item.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100)]
    judgements: i64,
    /// How their judgements become one label: `majority` if not given.
    #[serde(default)]
    rule: Option<ResolutionRule>,
    /// The name of the batch; a new one if not given.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    batch: Option<String>,
    /// The seed; that of the model if not given.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9007199254740991_i64)]
    seed: Option<i64>,
}

/// What to choose from.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PoolRequest {
    /// `all_unlabeled`, or the id or name of a data set.
    Named(String),
    /// SMILES of compounds, or rows as objects.
    List(Vec<PoolEntry>),
}

impl Default for PoolRequest {
    fn default() -> PoolRequest {
        PoolRequest::Named("all_unlabeled".to_owned())
    }
}

/// An entry of a pool.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PoolEntry {
    /// The SMILES of a compound.
    Smiles(String),
    /// A row: its columns by name.
    Row(BTreeMap<String, Value>),
}

fn fifty() -> i64 {
    50
}

fn yes() -> bool {
    true
}

fn one() -> i64 {
    1
}

/// Choose what to label: a ranked sample that, with `add`, becomes a batch of the queue and a
/// cycle.
#[utoipa::path(
    post,
    path = "/active-learning/select",
    tag = "labelling",
    request_body = SelectRequest,
    responses((status = 200, body = LabelSelection), (status = 201, body = LabelSelection), Problems)
)]
pub(crate) async fn select(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<SelectRequest>,
) -> Result<(StatusCode, Json<LabelSelection>), ApiError> {
    let pool = match request.pool {
        PoolRequest::Named(name) if name == "all_unlabeled" => ItemPool::AllUnlabeled,
        PoolRequest::Named(name) => ItemPool::Dataset(name),
        PoolRequest::List(entries) if entries.is_empty() => {
            return Err(ApiError::invalid("pool", "the list is empty"));
        }
        PoolRequest::List(entries) => ItemPool::Given(entries.into_iter().map(given).collect()),
    };
    let mut limits = BTreeMap::new();
    for (column, most) in request.limits.unwrap_or_default() {
        let most = usize::try_from(most).map_err(|_| {
            ApiError::invalid(
                "limits",
                format!("at most {most} items with one '{column}'"),
            )
            .remedy("give 1 or more")
        })?;
        limits.insert(column, most);
    }
    let wish = SelectWish {
        model: request.model_id,
        pool,
        strategy: request.strategy,
        batch_size: usize::try_from(request.batch_size).unwrap_or(0),
        exclude_labeled: request.exclude_labeled,
        weights: request.weights,
        limits,
        add: request.add,
        judgements: request.judgements,
        rule: request.rule,
        batch: request.batch,
        seed: seed(request.seed)?,
    };
    let status = if wish.add {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let selection = state.service.select(&actor, wish, Moment::now()).await?;
    Ok((status, Json(selection)))
}

pub(crate) fn seed(seed: Option<i64>) -> Result<Option<u64>, ApiError> {
    seed.map(|seed| {
        u64::try_from(seed)
            .map_err(|_| ApiError::invalid("seed", "the seed is below 0").remedy("give 0 or more"))
    })
    .transpose()
}

fn given(entry: PoolEntry) -> GivenItem {
    match entry {
        PoolEntry::Smiles(smiles) => GivenItem {
            name: None,
            smiles: Some(smiles),
            properties: Map::new(),
        },
        PoolEntry::Row(columns) => {
            let mut properties: Map<String, Value> = columns.into_iter().collect();
            let mut text = |name: &str| match properties.get(name) {
                Some(Value::String(text)) => {
                    let text = text.clone();
                    properties.remove(name);
                    Some(text)
                }
                _ => None,
            };
            let (name, smiles) = (text("name"), text("smiles"));
            GivenItem {
                name,
                smiles,
                properties,
            }
        }
    }
}

/// Which model.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StrategiesQuery {
    /// The version of a model, or the name of one.
    #[param(min_length = 1, max_length = 200)]
    model_id: String,
}

/// The strategies that a model can choose with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StrategyNames {
    /// Their names.
    strategies: Vec<String>,
}

/// List the strategies that a model can choose with.
#[utoipa::path(
    get,
    path = "/active-learning/strategies",
    tag = "labelling",
    params(StrategiesQuery),
    responses((status = 200, body = StrategyNames), Problems)
)]
pub(crate) async fn strategies(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<StrategiesQuery>,
) -> Result<Json<StrategyNames>, ApiError> {
    let model = state.service.model(&actor, &query.model_id).await?;
    let settings = settings_of(&model)?;
    let names = al_label::strategies(&settings, model.artefact.is_some());
    Ok(Json(StrategyNames {
        strategies: names.into_iter().map(str::to_owned).collect(),
    }))
}
