//! Labels and order lists as tables.

use std::collections::BTreeMap;
use std::path::Path;

use al_core::{Column, ColumnData, Fault, Numbers, Table, Texts};
use al_pipeline::{Format, Frame, Target, Writer};
use al_store::{LabelValue, Moment, QueueFilter, QueueItem, QueuePlace, QueueStatus};
use serde_json::Value;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::models::{known_model, settings_of};
use crate::service::Service;
use crate::settings::LabelKind;

/// Rows of one page.
const PAGE: usize = 1000;

impl Service {
    /// The labels of a model as the bytes of a table.
    ///
    /// # Errors
    ///
    /// As [`Service::export_labels`].
    pub async fn labels_as(
        &self,
        actor: &Actor,
        model: &str,
        format: Format,
        now: Moment,
    ) -> Result<Vec<u8>, LabelError> {
        let file = scratch()?;
        self.export_labels(actor, model, file.path(), format, now)
            .await?;
        read_back(file.path())
    }

    /// The items of a cycle that are to be measured, as an order list: a table of the format,
    /// or a structure data file without one.
    ///
    /// # Errors
    ///
    /// An actor who may not, a cycle that is not there, and rows without structures as a
    /// structure data file.
    pub async fn order(
        &self,
        actor: &Actor,
        cycle: &str,
        format: Option<Format>,
        now: Moment,
    ) -> Result<Vec<u8>, LabelError> {
        actor.need(Scope::Read)?;
        let mut tx = self.store.read().await?;
        let cycle = tx
            .cycle(cycle)
            .await?
            .ok_or_else(|| LabelError::unknown("cycle", cycle))?;
        let mut rows = Vec::new();
        for status in [QueueStatus::Pending, QueueStatus::InProgress] {
            let filter = QueueFilter {
                cycle_id: Some(cycle.id.clone()),
                status: Some(status),
                ..QueueFilter::default()
            };
            let mut place = None;
            loop {
                let page = tx.queue(&filter, place.as_ref(), PAGE, now).await?;
                rows.extend(page.items);
                match page.next.as_deref().and_then(QueuePlace::parse) {
                    Some(next) => place = Some(next),
                    None => break,
                }
            }
        }
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.push(tx.item(&row.item_id).await?);
        }
        drop(tx);
        let Some(format) = format else {
            return crate::sdf::order(&rows, &items);
        };
        let table = order_table(&rows, &items);
        let file = scratch()?;
        write_table(&table, file.path(), format)?;
        read_back(file.path())
    }

    /// Writes the labels of a model as a table: a row for each item that is labelled or
    /// archived, with its columns, its label and who gave it.
    ///
    /// # Errors
    ///
    /// A model that is not there, and a disk that fails.
    pub async fn export_labels(
        &self,
        actor: &Actor,
        model: &str,
        to: &Path,
        format: Format,
        now: Moment,
    ) -> Result<usize, LabelError> {
        actor.need(Scope::Read)?;
        let mut tx = self.store.read().await?;
        let model = known_model(&mut tx, model).await?;
        let settings = settings_of(&model)?;
        let mut rows = Vec::new();
        for version in tx.versions(&model.name).await? {
            for status in [QueueStatus::Labeled, QueueStatus::Archived] {
                let filter = QueueFilter {
                    model_id: Some(version.id.clone()),
                    status: Some(status),
                    ..QueueFilter::default()
                };
                let mut after = None::<String>;
                loop {
                    let page = tx.queue_by_id(&filter, after.as_deref(), PAGE, now).await?;
                    for item in page.items {
                        rows.push((version.version, item));
                    }
                    match page.next {
                        Some(next) => after = Some(next),
                        None => break,
                    }
                }
            }
        }
        let mut names = BTreeMap::new();
        for (_, row) in &rows {
            if let Some(id) = &row.labeled_by
                && !names.contains_key(id)
            {
                let user = tx.user(id).await?;
                names.insert(
                    id.clone(),
                    user.map_or_else(|| id.clone(), |user| user.name),
                );
            }
        }
        let mut items = Vec::with_capacity(rows.len());
        for (_, row) in &rows {
            items.push(tx.item(&row.item_id).await?);
        }
        drop(tx);
        let table = labels_table(&settings.target, settings.task, &rows, &items, &names);
        let n = rows.len();
        write_table(&table, to, format)?;
        Ok(n)
    }
}

/// Labels as a table. What an item's own columns are called stays; those of the service
/// that would clash with them are left to them.
fn labels_table(
    target: &str,
    task: LabelKind,
    rows: &[(i64, QueueItem)],
    items: &[Option<al_store::Item>],
    names: &BTreeMap<String, String>,
) -> Table {
    let text = |of: &dyn Fn(&QueueItem) -> Option<String>| {
        ColumnData::Text(Texts::from_rows(rows.iter().map(|(_, row)| of(row))))
    };
    let label = match task {
        LabelKind::Regression => ColumnData::Number(Numbers::from(
            rows.iter()
                .map(|(_, row)| match row.label {
                    Some(LabelValue::Number(value)) => value,
                    _ => f64::NAN,
                })
                .collect::<Vec<f64>>(),
        )),
        LabelKind::Classification => text(&|row| match &row.label {
            Some(LabelValue::Class(class)) => Some(class.clone()),
            Some(LabelValue::Number(value)) => Some(value.to_string()),
            None => None,
        }),
    };
    let versions: Vec<f64> = rows.iter().map(|(version, _)| *version as f64).collect();
    let mut columns = vec![
        ("item_id".to_owned(), text(&|row| Some(row.item_id.clone()))),
        ("name".to_owned(), text(&|row| row.item_name.clone())),
        ("smiles".to_owned(), text(&|row| row.smiles.clone())),
        (target.to_owned(), label),
        (
            "qualifier".to_owned(),
            text(&|row| row.qualifier.map(|q| q.word().to_owned())),
        ),
        ("unit".to_owned(), text(&|row| row.unit.clone())),
        (
            "label_source".to_owned(),
            text(&|row| row.label_source.map(|s| s.word().to_owned())),
        ),
        (
            "label_confidence".to_owned(),
            text(&|row| row.label_confidence.map(|c| c.word().to_owned())),
        ),
        (
            "labeled_at".to_owned(),
            text(&|row| row.labeled_at.map(|at| at.to_string())),
        ),
        (
            "labeled_by".to_owned(),
            text(&|row| {
                row.labeled_by
                    .as_ref()
                    .and_then(|id| names.get(id).cloned())
            }),
        ),
        ("notes".to_owned(), text(&|row| row.notes.clone())),
        (
            "status".to_owned(),
            text(&|row| Some(row.status.word().to_owned())),
        ),
        (
            "model_version".to_owned(),
            ColumnData::Number(Numbers::from(versions)),
        ),
        (
            "selection_strategy".to_owned(),
            text(&|row| Some(row.selection_strategy.clone())),
        ),
        (
            "selection_batch".to_owned(),
            text(&|row| Some(row.selection_batch.clone())),
        ),
    ];
    add_own(&mut columns, items);
    Table::new(
        columns
            .into_iter()
            .map(|(name, data)| Column { name, data })
            .collect(),
    )
}

/// Adds the columns of the items themselves, but those whose names are taken.
fn add_own(columns: &mut Vec<(String, ColumnData)>, items: &[Option<al_store::Item>]) {
    let mut own: BTreeMap<&str, ()> = BTreeMap::new();
    for item in items.iter().flatten() {
        own.extend(item.properties.keys().map(|name| (name.as_str(), ())));
    }
    for name in own.keys() {
        if columns.iter().any(|(other, _)| other == name) {
            continue;
        }
        let cells = items
            .iter()
            .map(|item| item.as_ref()?.properties.get(*name));
        let cells: Vec<Option<&Value>> = cells.collect();
        let numeric = cells
            .iter()
            .all(|cell| matches!(cell, None | Some(Value::Null | Value::Number(_))));
        let data = match numeric {
            true => ColumnData::Number(Numbers::from(
                cells
                    .iter()
                    .map(|cell| cell.and_then(Value::as_f64).unwrap_or(f64::NAN))
                    .collect::<Vec<f64>>(),
            )),
            false => ColumnData::Text(Texts::from_rows(cells.iter().map(|cell| match cell {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            }))),
        };
        columns.push(((*name).to_owned(), data));
    }
}

fn order_table(rows: &[QueueItem], items: &[Option<al_store::Item>]) -> Table {
    let text = |of: &dyn Fn(&QueueItem) -> Option<String>| {
        ColumnData::Text(Texts::from_rows(rows.iter().map(of)))
    };
    let mut columns = vec![
        ("item_id".to_owned(), text(&|row| Some(row.item_id.clone()))),
        ("name".to_owned(), text(&|row| row.item_name.clone())),
        ("smiles".to_owned(), text(&|row| row.smiles.clone())),
        (
            "priority_score".to_owned(),
            ColumnData::Number(Numbers::from(
                rows.iter()
                    .map(|row| row.priority_score)
                    .collect::<Vec<f64>>(),
            )),
        ),
        ("reason".to_owned(), text(&|row| row.reason.clone())),
    ];
    add_own(&mut columns, items);
    Table::new(
        columns
            .into_iter()
            .map(|(name, data)| Column { name, data })
            .collect(),
    )
}

fn write_table(table: &Table, to: &Path, format: Format) -> Result<(), LabelError> {
    let mut writer = Writer::create(&Target::Path(to.to_owned()), format).map_err(Fault::from)?;
    writer
        .write(&Frame::from_table(table))
        .map_err(Fault::from)?;
    writer.finish().map_err(Fault::from)?;
    Ok(())
}

fn scratch() -> Result<tempfile::NamedTempFile, LabelError> {
    tempfile::NamedTempFile::new()
        .map_err(|error| Fault::failed(format!("a temporary file cannot be made: {error}")).into())
}

fn read_back(path: &Path) -> Result<Vec<u8>, LabelError> {
    std::fs::read(path)
        .map_err(|error| Fault::failed(format!("a temporary file cannot be read: {error}")).into())
}
