//! Items as rows of a table, as models read them.

use std::collections::BTreeMap;

use al_core::{Column, ColumnData, Kind, Numbers, Schema, Table, Tabular, Texts};
use al_pipeline::{Campaign, Frame};
use al_store::{Item, LabelValue};
use serde_json::Value;

use crate::error::LabelError;
use crate::settings::{ITEM, ModelSettings};

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeldCells {
    Numbers,
    Texts,
    /// The structure of the item.
    Structure,
}

/// The columns that a trained model reads.
fn columns_of(schema: &Schema) -> Vec<(String, HeldCells)> {
    let held = |kind: &Kind| match kind {
        Kind::Numeric => HeldCells::Numbers,
        Kind::Categorical { .. } => HeldCells::Texts,
        Kind::Structure(_) => HeldCells::Structure,
    };
    let features = schema.features.iter();
    features
        .map(|feature| (feature.name.clone(), held(&feature.kind)))
        .collect()
}

/// The columns of items of which nothing is learned yet.
fn columns_of_items(settings: &ModelSettings, items: &[&Item]) -> Vec<(String, HeldCells)> {
    let mut columns: BTreeMap<&str, HeldCells> = BTreeMap::new();
    for item in items {
        for (name, value) in &item.properties {
            let wanted = match settings.molecules || !settings.features.is_empty() {
                true => settings.features.contains(name),
                false => *name != settings.target,
            };
            if !wanted || (settings.molecules && *name == settings.smiles_column) {
                continue;
            }
            let held = columns.entry(name).or_insert(HeldCells::Numbers);
            if !matches!(value, Value::Number(_) | Value::Null) {
                *held = HeldCells::Texts;
            }
        }
    }
    let mut found: Vec<(String, HeldCells)> = columns
        .into_iter()
        .map(|(name, held)| (name.to_owned(), held))
        .collect();
    if settings.molecules {
        found.insert(0, (settings.smiles_column.clone(), HeldCells::Structure));
    }
    found
}

/// The columns of items that a model reads.
pub(crate) struct ItemColumns(Vec<(String, HeldCells)>);

impl ItemColumns {
    /// Those that a model has learned from.
    pub(crate) fn of_model(campaign: &Campaign) -> ItemColumns {
        ItemColumns(columns_of(&campaign.encoder().schema))
    }

    /// Those that items have of which nothing is learned yet.
    pub(crate) fn of_items(settings: &ModelSettings, items: &[&Item]) -> ItemColumns {
        ItemColumns(columns_of_items(settings, items))
    }
}

/// Items as a table, with a column that names them, and labels if there are any.
///
/// # Errors
///
/// An item that lacks its structure, or has a text where a number is needed.
pub(crate) fn frame_of(
    settings: &ModelSettings,
    columns: ItemColumns,
    items: &[&Item],
    labels: Option<&[LabelValue]>,
) -> Result<Frame, LabelError> {
    let ItemColumns(columns) = columns;
    if columns.is_empty() && !items.is_empty() {
        return Err(
            LabelError::invalid("pool", "the items have no column that is a feature")
                .remedy("load items with columns, or say that they are compounds"),
        );
    }
    let mut made = Vec::with_capacity(columns.len() + 2);
    for (name, held) in columns {
        let data = match held {
            HeldCells::Structure => structures(&name, items)?,
            HeldCells::Numbers => numbers(&name, items)?,
            HeldCells::Texts => texts(&name, items),
        };
        made.push(Column { name, data });
    }
    let ids = items.iter().map(|item| Some(item.id.as_str()));
    made.push(Column {
        name: ITEM.to_owned(),
        data: ColumnData::Text(Texts::from_rows(ids)),
    });
    if let Some(labels) = labels {
        made.push(Column {
            name: settings.target.clone(),
            data: target(labels),
        });
    }
    Ok(Frame::from_table(&Table::new(made)))
}

fn target(labels: &[LabelValue]) -> ColumnData {
    let is_class = labels
        .iter()
        .any(|label| matches!(label, LabelValue::Class(_)));
    match is_class {
        true => ColumnData::Text(Texts::from_rows(labels.iter().map(|label| {
            Some(match label {
                LabelValue::Class(class) => class.clone(),
                LabelValue::Number(number) => number.to_string(),
            })
        }))),
        false => ColumnData::Number(Numbers::from(
            labels
                .iter()
                .map(|label| match label {
                    LabelValue::Number(number) => *number,
                    LabelValue::Class(_) => f64::NAN,
                })
                .collect::<Vec<f64>>(),
        )),
    }
}

fn structures(name: &str, items: &[&Item]) -> Result<ColumnData, LabelError> {
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let property = item.properties.get(name).and_then(Value::as_str);
        let smiles = item.smiles.as_deref().or(property).ok_or_else(|| {
            LabelError::invalid(
                "pool",
                format!(
                    "the item {} has no structure, which the model reads",
                    item.id
                ),
            )
            .remedy("choose a pool of compounds")
        })?;
        rows.push(Some(smiles));
    }
    Ok(ColumnData::Text(Texts::from_rows(rows)))
}

fn numbers(name: &str, items: &[&Item]) -> Result<ColumnData, LabelError> {
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.push(match item.properties.get(name) {
            None | Some(Value::Null) => f64::NAN,
            Some(Value::Number(number)) => number.as_f64().unwrap_or(f64::NAN),
            Some(Value::Bool(is)) => f64::from(u8::from(*is)),
            Some(Value::String(text)) => text.trim().parse().map_err(|_| {
                LabelError::invalid(
                    "pool",
                    format!(
                        "the item {} has '{text}' as '{name}', where the model reads a number",
                        item.id
                    ),
                )
            })?,
            Some(_) => f64::NAN,
        });
    }
    Ok(ColumnData::Number(Numbers::from(values)))
}

fn texts(name: &str, items: &[&Item]) -> ColumnData {
    let rows = items.iter().map(|item| match item.properties.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    });
    ColumnData::Text(Texts::from_rows(rows))
}
