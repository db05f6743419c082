//! Users and their tokens.

use al_label::store::{Moment, TokenRecord, User, UserRole};
use al_label::{LabelError, Scope, TokenWish, add_token as make_token, add_user};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{ApiId, ApiIds, ApiJson, ApiQuery, moment};
use crate::pages::{PageQuery, TokenPage, UserPage, checked_limit};
use crate::problem::{ApiError, Problems};
use crate::state::{AppState, Caller};

/// List users by name.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(PageQuery),
    responses((status = 200, body = UserPage), Problems)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<UserPage>, ApiError> {
    actor.need(Scope::Read)?;
    let limit = checked_limit(query.limit)?;
    let mut tx = state.service.store.read().await?;
    let page = tx.users(query.cursor.as_deref(), limit).await?;
    Ok(Json(page.into()))
}

/// Say who asks.
#[utoipa::path(
    get,
    path = "/users/me",
    tag = "users",
    responses((status = 200, body = User), Problems)
)]
pub(crate) async fn me(Caller(actor): Caller) -> Json<User> {
    Json(actor.user)
}

/// A user to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRequest {
    /// The name, of which there is one.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: String,
    /// What the user may do; `annotator` if not given.
    #[serde(default)]
    role: Option<UserRole>,
}

/// Add a user.
#[utoipa::path(
    post,
    path = "/users",
    tag = "users",
    request_body = UserRequest,
    responses((status = 201, body = User), Problems)
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiJson(request): ApiJson<UserRequest>,
) -> Result<(StatusCode, Json<User>), ApiError> {
    let role = request.role.unwrap_or(UserRole::Annotator);
    let store = &state.service.store;
    let user = add_user(store, &actor, &request.name, role, Moment::now()).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// Disable a user: their tokens end at once.
#[utoipa::path(
    post,
    path = "/users/{user_id}/disable",
    tag = "users",
    params(("user_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = User), Problems)
)]
pub(crate) async fn disable(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<User>, ApiError> {
    set_disabled(&state, &actor, &id, true).await
}

/// Allow a user again.
#[utoipa::path(
    post,
    path = "/users/{user_id}/enable",
    tag = "users",
    params(("user_id" = String, Path, min_length = 1, max_length = 200)),
    responses((status = 200, body = User), Problems)
)]
pub(crate) async fn enable(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
) -> Result<Json<User>, ApiError> {
    set_disabled(&state, &actor, &id, false).await
}

async fn set_disabled(
    state: &AppState,
    actor: &al_label::Actor,
    id: &str,
    disabled: bool,
) -> Result<Json<User>, ApiError> {
    let store = &state.service.store;
    let user = al_label::set_disabled(store, actor, id, disabled, Moment::now()).await?;
    Ok(Json(user))
}

/// List the tokens of a user.
#[utoipa::path(
    get,
    path = "/users/{user_id}/tokens",
    tag = "users",
    params(("user_id" = String, Path, min_length = 1, max_length = 200), PageQuery),
    responses((status = 200, body = TokenPage), Problems)
)]
pub(crate) async fn tokens(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<TokenPage>, ApiError> {
    let limit = checked_limit(query.limit)?;
    let mut tx = state.service.store.read().await?;
    let user = tx.user(&id).await?;
    if user.as_ref().is_none_or(|user| user.id != actor.user.id) {
        actor.need(Scope::Admin)?;
    }
    let user = user.ok_or_else(|| LabelError::unknown("user", &id))?;
    let page = tx.tokens(&user.id, query.cursor.as_deref(), limit).await?;
    Ok(Json(page.into()))
}

/// A token to make.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequest {
    /// What it may be used for; all that the role has, if none is named.
    #[serde(default)]
    #[schema(max_items = 4)]
    scopes: Vec<ScopeName>,
    /// When it ends; never, if not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScopeName {
    /// Look.
    Read,
    /// Claim, label, skip.
    Label,
    /// Load items, select, assign, retrain.
    Lead,
    /// Users, tokens, models, schedules.
    Admin,
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Scope {
        match name {
            ScopeName::Read => Scope::Read,
            ScopeName::Label => Scope::Label,
            ScopeName::Lead => Scope::Lead,
            ScopeName::Admin => Scope::Admin,
        }
    }
}

/// A token that was made, with its secret, which is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeToken {
    /// The token.
    token: TokenRecord,
    /// What to send as `Authorization: Bearer`.
    secret: String,
}

/// Make a token for a user.
#[utoipa::path(
    post,
    path = "/users/{user_id}/tokens",
    tag = "users",
    params(("user_id" = String, Path, min_length = 1, max_length = 200)),
    request_body = TokenRequest,
    responses((status = 201, body = MadeToken), Problems)
)]
pub(crate) async fn add_token(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiId(id): ApiId,
    ApiJson(request): ApiJson<TokenRequest>,
) -> Result<(StatusCode, Json<MadeToken>), ApiError> {
    let wish = TokenWish {
        scopes: request.scopes.into_iter().map(Scope::from).collect(),
        expires_at: moment("expires_at", request.expires_at.as_deref())?,
    };
    let store = &state.service.store;
    let (token, secret) = make_token(store, &actor, &id, &wish, Moment::now()).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token, secret })))
}

/// Revoke a token.
#[utoipa::path(
    delete,
    path = "/users/{user_id}/tokens/{token_id}",
    tag = "users",
    params(
        ("user_id" = String, Path, min_length = 1, max_length = 200),
        ("token_id" = String, Path, min_length = 1, max_length = 200),
    ),
    responses((status = 204, description = "It is revoked."), Problems)
)]
pub(crate) async fn revoke(
    State(state): State<AppState>,
    Caller(actor): Caller,
    ApiIds(user, token): ApiIds,
) -> Result<StatusCode, ApiError> {
    let store = &state.service.store;
    al_label::revoke_token(store, &actor, &user, &token, Moment::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
