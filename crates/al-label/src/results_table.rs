//! Tables of results as they are read: labels, and what each row calls its item.

use al_core::structure::is_called_smiles;
use al_core::{Fault, StructureOptions};
use al_pipeline::{TableSource, molecules};
use al_store::{LabelConfidence, LabelSource, LabelValue, Qualifier};
use serde_json::{Map, Value};

use crate::error::LabelError;
use crate::fitting::Submission;
use crate::items::objects;
use crate::settings::{LabelKind, ModelSettings};

/// Columns that may name an item, if none is given.
const IDS: [&str; 6] = ["item_id", "id", "name", "compound_id", "compound", "title"];

/// How a table of results is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultsOptions {
    /// The column of the labels; that of the model's target, or `label`, if not given.
    pub label: Option<String>,
    /// The column that names the items; found by its name, if not given.
    pub id: Option<String>,
    /// The column of structures; found by its name, if not given.
    pub smiles: Option<String>,
    /// The unit of all labels, where no column `unit` says it.
    pub unit: Option<String>,
    /// Where the labels come from; `experimental` if not given.
    pub source: Option<LabelSource>,
    /// How sure they are; `high` if not given.
    pub confidence: Option<LabelConfidence>,
    /// Look only: what would match.
    pub preview: bool,
}

/// A row of results as it was read.
pub(crate) struct ReadResult {
    pub(crate) row: u64,
    pub(crate) named: String,
    pub(crate) keys: RowKeys,
    pub(crate) label: Option<Result<Submission, LabelError>>,
}

/// By what a row may be matched.
pub(crate) struct RowKeys {
    pub(crate) id: Option<String>,
    pub(crate) structure: Option<String>,
}

pub(crate) fn read_results(
    source: &TableSource,
    settings: &ModelSettings,
    options: &ResultsOptions,
) -> Result<Vec<ReadResult>, LabelError> {
    let input = source.open()?;
    let table = input
        .read(None)
        .and_then(|frame| frame.table(None))
        .map_err(Fault::from)?;
    let names: Vec<String> = table.names().map(str::to_owned).collect();
    let is_there = |name: &str| names.iter().any(|column| column == name);
    let missing = |field: &'static str, name: &str| {
        LabelError::invalid(field, format!("the table has no column '{name}'"))
            .remedy(format!("its columns are {}", names.join(", ")))
    };
    let given = |field: &'static str, column: &Option<String>| match column {
        Some(name) if !is_there(name) => Err(missing(field, name)),
        other => Ok(other.clone()),
    };
    let label = match given("label_column", &options.label)? {
        Some(column) => column,
        None => [settings.target.as_str(), "label"]
            .into_iter()
            .find(|name| is_there(name))
            .map(str::to_owned)
            .ok_or_else(|| missing("label_column", &settings.target))?,
    };
    let id = match given("id_column", &options.id)? {
        Some(column) => Some(column),
        None => names
            .iter()
            .find(|name| IDS.iter().any(|id| name.eq_ignore_ascii_case(id)))
            .cloned(),
    };
    let smiles = match given("smiles_column", &options.smiles)? {
        Some(column) => Some(column),
        None => names.iter().find(|name| is_called_smiles(name)).cloned(),
    };
    if id.is_none() && smiles.is_none() {
        return Err(
            LabelError::invalid("id_column", "no column names the items").remedy(format!(
                "name one of {} as that of ids or of structures",
                names.join(", ")
            )),
        );
    }
    let rows = objects(&table);
    let structures = structures(settings, &rows, smiles.as_deref())?;
    let text = |row: &Map<String, Value>, column: &str| -> Option<String> {
        let text = match row.get(column)? {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        (!text.is_empty()).then_some(text)
    };
    let read = rows
        .iter()
        .zip(structures)
        .enumerate()
        .map(|(at, (row, structure))| {
            let id = id.as_deref().and_then(|column| text(row, column));
            let shown = smiles.as_deref().and_then(|column| text(row, column));
            ReadResult {
                row: at as u64 + 1,
                named: id.clone().or(shown).unwrap_or_default(),
                label: text(row, &label).map(|label| submission(settings, options, row, &label)),
                keys: RowKeys { id, structure },
            }
        });
    Ok(read.collect())
}

/// The canonical forms of the structures of rows, where they can be read.
fn structures(
    settings: &ModelSettings,
    rows: &[Map<String, Value>],
    column: Option<&str>,
) -> Result<Vec<Option<String>>, LabelError> {
    let Some(column) = column else {
        return Ok(vec![None; rows.len()]);
    };
    let kind = molecules(StructureOptions {
        standardised: settings.standardise,
        ..StructureOptions::default()
    })?;
    let texts: Vec<&str> = rows
        .iter()
        .map(|row| row.get(column).and_then(Value::as_str).unwrap_or(""))
        .collect();
    let read = kind.read(&texts).into_iter();
    Ok(read
        .map(|structure| structure.ok().map(|structure| structure.canonical.clone()))
        .collect())
}

/// The label of a row: a number that may have its bound before it, or a class; columns
/// `qualifier`, `unit` and `notes` say the rest.
fn submission(
    settings: &ModelSettings,
    options: &ResultsOptions,
    row: &Map<String, Value>,
    label: &str,
) -> Result<Submission, LabelError> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::trim);
    let mut qualifier = match text("qualifier").filter(|text| !text.is_empty()) {
        None => Qualifier::Equal,
        Some(word) => Qualifier::of_word(word).ok_or_else(|| {
            LabelError::invalid("qualifier", format!("'{word}' is no qualifier"))
                .remedy("write =, < or >")
        })?,
    };
    let value = match settings.task {
        LabelKind::Classification => LabelValue::Class(label.to_owned()),
        LabelKind::Regression => {
            let (bound, number) = match label.split_at_checked(1) {
                Some(("<", rest)) => (Some(Qualifier::Below), rest),
                Some((">", rest)) => (Some(Qualifier::Above), rest),
                _ => (None, label),
            };
            if let Some(bound) = bound {
                qualifier = bound;
            }
            let number: f64 = number
                .trim_start_matches('=')
                .trim()
                .parse()
                .map_err(|_| LabelError::invalid("label", format!("'{label}' is no number")))?;
            LabelValue::Number(number)
        }
    };
    let unit = text("unit")
        .map(str::to_owned)
        .filter(|unit| !unit.is_empty());
    Ok(Submission {
        label: value,
        source: options.source.unwrap_or(LabelSource::Experimental),
        confidence: options.confidence.unwrap_or(LabelConfidence::High),
        notes: text("notes").map(str::to_owned),
        unit: unit.or_else(|| options.unit.clone()),
        qualifier,
        claim_token: None,
    })
}
