//! Bodies that are files, and answers that are.

use std::io::Write;

use al_label::TableFormat;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use tempfile::NamedTempFile;
use utoipa::ToSchema;

use crate::problem::ApiError;

/// Media types of tables, with the ending that reads them.
const KINDS: [(&str, &str); 9] = [
    ("text/csv", "csv"),
    ("text/tab-separated-values", "tsv"),
    ("application/x-ndjson", "jsonl"),
    ("application/jsonl", "jsonl"),
    ("application/vnd.apache.parquet", "parquet"),
    ("application/vnd.apache.arrow.file", "arrow"),
    ("chemical/x-mdl-sdfile", "sdf"),
    ("chemical/x-mdl-sdf", "sdf"),
    ("application/gzip", "csv.gz"),
];

/// Formats of tables that are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AnswerFormat {
    /// Comma-separated values.
    #[default]
    Csv,
    /// Apache Parquet.
    Parquet,
    /// An object a line.
    Jsonl,
    /// Structure data file.
    Sdf,
}

impl AnswerFormat {
    /// The format of tables; `None` of structures.
    pub(crate) fn table(self) -> Option<TableFormat> {
        match self {
            AnswerFormat::Csv => Some(TableFormat::Csv),
            AnswerFormat::Parquet => Some(TableFormat::Parquet),
            AnswerFormat::Jsonl => Some(TableFormat::JsonLines),
            AnswerFormat::Sdf => None,
        }
    }

    fn media(self) -> (&'static str, &'static str) {
        match self {
            AnswerFormat::Csv => ("text/csv; charset=utf-8", "csv"),
            AnswerFormat::Parquet => ("application/vnd.apache.parquet", "parquet"),
            AnswerFormat::Jsonl => ("application/x-ndjson", "jsonl"),
            AnswerFormat::Sdf => ("chemical/x-mdl-sdfile", "sdf"),
        }
    }
}

/// A table that was sent, as a file of its own whose name nobody outside gives.
pub(crate) fn table_file(headers: &HeaderMap, bytes: &Bytes) -> Result<NamedTempFile, ApiError> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .map(|kind| {
            kind.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_lowercase()
        })
        .unwrap_or_default();
    let Some((_, ending)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("'{kind}' is no table that can be read"),
        )
        .remedy(format!("send one of {}", names.join(", "))));
    };
    let made = tempfile::Builder::new()
        .prefix("upload")
        .suffix(&format!(".{ending}"))
        .tempfile()
        .and_then(|mut file| file.write_all(bytes).map(|()| file));
    made.map_err(|error| {
        tracing::error!(%error, "an upload could not be kept");
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the upload could not be kept",
        )
    })
}

/// A file as an answer.
pub(crate) fn download(bytes: Vec<u8>, media: &'static str, name: &str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    let attached = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    if let Ok(attached) = attached {
        headers.insert(header::CONTENT_DISPOSITION, attached);
    }
    response
}

/// A table as an answer.
pub(crate) fn answer(bytes: Vec<u8>, format: AnswerFormat, name: &str) -> Response {
    let (media, ending) = format.media();
    download(bytes, media, &format!("{name}.{ending}"))
}
