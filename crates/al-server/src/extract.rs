//! What handlers take of a request, with problems for what cannot be taken.

use al_label::store::Moment;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::problem::ApiError;

/// The longest id in an address and the longest key of a request.
const LONGEST_ID: usize = 200;

/// The longest parameter of an address.
const LONGEST_PARAMETER: usize = 300;

/// A body of JSON. Unknown fields, NUL characters and wrong types are refused.
pub(crate) struct ApiJson<T>(pub(crate) T);

impl<S, T> FromRequest<S> for ApiJson<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| {
                let kind = kind.split(';').next().unwrap_or_default().trim();
                kind.eq_ignore_ascii_case("application/json")
            });
        if !is_json {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body is not declared as JSON",
            )
            .remedy("send the header Content-Type: application/json"));
        }
        let bytes = body(request, state).await?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                format!("the body is no JSON: {error}"),
            )
        })?;
        if !value.is_object() {
            return Err(ApiError::invalid("body", "the body is no object")
                .remedy("send fields by their names, as in {\"name\": ...}"));
        }
        if has_nul(&value) {
            return Err(ApiError::invalid("body", "a text has a NUL character").remedy("remove it"));
        }
        serde_json::from_value(whole(value))
            .map(ApiJson)
            .map_err(|error| ApiError::invalid("body", error.to_string()))
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// The same, where numbers such as 5.0 are whole: to JSON they are the same number.
fn whole(value: Value) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
                Value::from(float as i64)
            }
            _ => Value::Number(number),
        },
        Value::Array(values) => Value::Array(values.into_iter().map(whole).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, whole(value))).collect())
        }
        other => other,
    }
}

/// Reads a field that is an object: derived code takes a list of the values, too.
///
/// # Errors
///
/// What is no object, and what `T` refuses.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let fields = Map::<String, Value>::deserialize(deserializer)?;
    T::deserialize(Value::Object(fields)).map_err(D::Error::custom)
}

/// The same of a field that may be null.
///
/// # Errors
///
/// As [`object`].
pub(crate) fn maybe_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let fields = Option::<Map<String, Value>>::deserialize(deserializer)?;
    let read = fields.map(|fields| T::deserialize(Value::Object(fields)));
    read.transpose().map_err(D::Error::custom)
}

/// The same of a list of objects.
///
/// # Errors
///
/// As [`object`].
pub(crate) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let rows = Vec::<Map<String, Value>>::deserialize(deserializer)?;
    let rows = rows.into_iter();
    rows.map(|fields| T::deserialize(Value::Object(fields)))
        .collect::<Result<_, _>>()
        .map_err(D::Error::custom)
}

/// A text that names something: 1 to 200 characters.
pub(crate) fn checked_name(field: &'static str, text: Option<&str>) -> Result<(), ApiError> {
    match text.map(|text| text.chars().count()) {
        Some(length) if !(1..=LONGEST_ID).contains(&length) => Err(ApiError::invalid(
            field,
            format!("'{field}' has {length} characters"),
        )
        .remedy(format!("give 1 to {LONGEST_ID}, or leave it out"))),
        _ => Ok(()),
    }
}

/// A body of bytes.
pub(crate) struct ApiBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for ApiBytes {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = body(request, state).await?;
        match bytes.is_empty() {
            false => Ok(ApiBytes(bytes)),
            true => Err(ApiError::new(StatusCode::BAD_REQUEST, "the body is empty")),
        }
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            let status = rejection.status();
            let detail = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "the body is too large".to_owned(),
                _ => format!("the body cannot be read: {rejection}"),
            };
            ApiError::new(status, detail)
        })
}

/// Parameters of an address after the question mark.
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for ApiQuery<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|rejection| ApiError::invalid("query", rejection.body_text()))?;
        for (name, value) in &pairs.0 {
            let length = value.chars().count();
            if !(1..=LONGEST_PARAMETER).contains(&length) {
                return Err(ApiError::invalid(
                    name.as_str(),
                    format!("the parameter '{name}' has {length} characters"),
                )
                .remedy(format!("give 1 to {LONGEST_PARAMETER}, or leave it out")));
            }
        }
        Query::from_request_parts(parts, state)
            .await
            .map(|Query(query)| ApiQuery(query))
            .map_err(|rejection| ApiError::invalid("query", rejection.body_text()))
    }
}

/// An id in an address.
pub(crate) struct ApiId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ApiId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
        checked_id(id).map(ApiId)
    }
}

/// Two ids in an address.
pub(crate) struct ApiIds(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ApiIds {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
        Ok(ApiIds(checked_id(first)?, checked_id(second)?))
    }
}

fn checked_id(id: String) -> Result<String, ApiError> {
    match id.len() <= LONGEST_ID && !id.chars().any(char::is_control) {
        true => Ok(id),
        false => Err(ApiError::new(StatusCode::NOT_FOUND, "there is no such id")),
    }
}

/// The version that an edit was made for, by the header If-Match.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let Some(given) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = given.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    // Some clients lose the quotes.
    let bare = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let version = bare.parse().ok();
    match version {
        Some(version) => Ok(Some(version)),
        None => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "the header If-Match has no ETag of this address",
        )
        .remedy("send the ETag that reading it gave")),
    }
}

/// The key by which a request that is sent twice is done once.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(given) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = given.to_str().map(str::trim).unwrap_or_default();
    match !key.is_empty() && key.len() <= LONGEST_ID {
        true => Ok(Some(key.to_owned())),
        false => Err(ApiError::invalid(
            "Idempotency-Key",
            "the key is empty, too long or has characters beyond ASCII",
        )
        .remedy(format!("send 1 to {LONGEST_ID} visible characters"))),
    }
}

/// A moment in RFC 3339.
pub(crate) fn moment(field: &'static str, text: Option<&str>) -> Result<Option<Moment>, ApiError> {
    text.map(|text| {
        Moment::parse(text).ok_or_else(|| {
            ApiError::invalid(field, format!("'{text}' is no time"))
                .remedy("write it as in 2027-01-31T12:00:00Z")
        })
    })
    .transpose()
}
