//! Loading what can be labelled.

use std::collections::BTreeMap;

use al_core::structure::is_called_smiles;
use al_core::{ColumnData, StructureKind, StructureOptions, Table};
use al_pipeline::{TableSource, molecules};
use al_store::{Dataset, Moment, NewItem, digest_of};
use serde::Serialize;
use serde_json::{Map, Number, Value, json};
use utoipa::ToSchema;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::log;
use crate::service::{Service, aside};

/// Items that one request may give one by one.
pub const MOST_ITEMS: usize = 10_000;

/// Unreadable rows that an error or an answer names.
const NAMED: usize = 20;

/// How a table of items is read.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The data set that they go to; made if there is none.
    pub dataset: String,
    /// The column of structures; found by its name, if not given.
    pub smiles: Option<String>,
    /// Items are rows, also if a column is called like structures.
    pub rows_only: bool,
    /// The column of what their owner calls them.
    pub name: Option<String>,
    /// Whether only the largest fragment of a compound counts, neutralised.
    pub standardise: bool,
    /// Leave out rows whose structure cannot be read.
    pub skip_unreadable: bool,
}

/// What came of loading items.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Imported {
    /// The data set.
    pub dataset: Dataset,
    /// Items that are new.
    pub added: u64,
    /// Rows that the data set had already, or that stood there twice.
    pub known: u64,
    /// Rows that were left out, as their structure cannot be read.
    pub left_out: u64,
    /// The first of those, with their row and what is wrong.
    pub unreadable: Vec<UnreadableItem>,
}

/// A row whose structure cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreadableItem {
    /// The row, from 1.
    pub row: u64,
    /// What stood there.
    pub smiles: String,
    /// What is wrong with it.
    pub problem: String,
}

/// An item that is given by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenItem {
    /// What its owner calls it.
    pub name: Option<String>,
    /// The structure.
    pub smiles: Option<String>,
    /// Its columns: numbers, texts, booleans and null.
    pub properties: Map<String, Value>,
}

/// Items read from a table, and rows that could not be.
struct ReadItems {
    items: Vec<NewItem>,
    rows: u64,
    unreadable: Vec<UnreadableItem>,
}

impl Service {
    /// Loads the rows of a table as items of a data set. Rows that it has already stay as
    /// they are.
    ///
    /// # Errors
    ///
    /// An actor who may not, a table that cannot be read, and structures that cannot be read
    /// unless they may be left out.
    pub async fn import(
        &self,
        actor: &Actor,
        source: TableSource,
        options: &ImportOptions,
        now: Moment,
    ) -> Result<Imported, LabelError> {
        actor.need(Scope::Lead)?;
        let dataset = checked_dataset(&options.dataset)?;
        let wanted = options.clone();
        let read = aside(move || read_items(&source, &wanted)).await??;
        self.add(actor, &dataset, read, options.skip_unreadable, now)
            .await
    }

    /// Loads items that are given one by one.
    ///
    /// # Errors
    ///
    /// As [`Service::import`], and too many at once.
    pub async fn add_items(
        &self,
        actor: &Actor,
        given: Vec<GivenItem>,
        options: &ImportOptions,
        now: Moment,
    ) -> Result<Imported, LabelError> {
        actor.need(Scope::Lead)?;
        let dataset = checked_dataset(&options.dataset)?;
        if given.is_empty() || given.len() > MOST_ITEMS {
            return Err(
                LabelError::invalid("items", format!("there are {} items", given.len()))
                    .remedy(format!("give 1 to {MOST_ITEMS}, or a table")),
            );
        }
        let standardised = options.standardise;
        let read = aside(move || read_given(given, standardised)).await??;
        self.add(actor, &dataset, read, options.skip_unreadable, now)
            .await
    }

    async fn add(
        &self,
        actor: &Actor,
        dataset: &str,
        read: ReadItems,
        skip_unreadable: bool,
        now: Moment,
    ) -> Result<Imported, LabelError> {
        let left_out = read.unreadable.len() as u64;
        if left_out > 0 && !skip_unreadable {
            let first = &read.unreadable[0];
            return Err(LabelError::invalid(
                "smiles",
                format!(
                    "row {}: '{}' cannot be read as a structure: {}{}",
                    first.row,
                    first.smiles,
                    first.problem,
                    match left_out {
                        1 => String::new(),
                        n => format!(", and {} more rows", n - 1),
                    }
                ),
            )
            .remedy("correct it, or have such rows left out"));
        }
        let mut tx = self.store.begin().await?;
        let set = tx.dataset_named(dataset, now).await?;
        let added = tx.add_items(&set.id, &read.items, now).await?;
        let detail = json!({"dataset": set.name, "added": added, "left_out": left_out});
        log::note(&mut tx, Some(&actor.user), "import", &set.id, detail, now).await?;
        let dataset = tx.dataset_named(dataset, now).await?;
        tx.commit().await?;
        let mut unreadable = read.unreadable;
        unreadable.truncate(NAMED);
        Ok(Imported {
            dataset,
            added,
            known: read.rows - left_out - added,
            left_out,
            unreadable,
        })
    }
}

fn checked_dataset(name: &str) -> Result<String, LabelError> {
    let name = name.trim();
    let plain = !name.is_empty() && name.chars().count() <= 200;
    match plain && !name.chars().any(char::is_control) {
        true => Ok(name.to_owned()),
        false => Err(
            LabelError::invalid("dataset", "this is no name of a data set")
                .remedy("give 1 to 200 characters, none of them a control character"),
        ),
    }
}

fn read_items(source: &TableSource, options: &ImportOptions) -> Result<ReadItems, LabelError> {
    let input = source.open()?;
    let table = input
        .read(None)
        .and_then(|frame| frame.table(None))
        .map_err(al_core::Fault::from)?;
    let names: Vec<&str> = table.names().collect();
    let found = |wanted: &str, field: &'static str| {
        let is_there = names.contains(&wanted);
        is_there.then_some(()).ok_or_else(|| {
            LabelError::invalid(field, format!("the table has no column '{wanted}'"))
                .remedy(format!("its columns are {}", names.join(", ")))
        })
    };
    let smiles = match (&options.smiles, options.rows_only) {
        (Some(column), _) => {
            found(column, "smiles")?;
            Some(column.clone())
        }
        (None, false) => {
            let called: Vec<&&str> = names.iter().filter(|name| is_called_smiles(name)).collect();
            match called[..] {
                [one] => Some((*one).to_owned()),
                _ => None,
            }
        }
        (None, true) => None,
    };
    if let Some(column) = &options.name {
        found(column, "name")?;
    }
    let given = (0..table.n_rows()).map(|row| {
        let mut properties = Map::new();
        for column in table.columns() {
            properties.insert(column.name.clone(), cell(&column.data, row));
        }
        let text = |column: &Option<String>| {
            let value = properties.get(column.as_deref()?)?;
            match value {
                Value::String(text) => Some(text.clone()),
                Value::Null => None,
                other => Some(other.to_string()),
            }
        };
        let (name, structure) = (text(&options.name), text(&smiles));
        if let Some(column) = &smiles {
            properties.remove(column);
        }
        GivenItem {
            name,
            smiles: smiles.as_ref().map(|_| structure.unwrap_or_default()),
            properties,
        }
    });
    read_given(given.collect(), options.standardise)
}

/// A cell as JSON: a number, a text, or null.
pub(crate) fn cell(data: &ColumnData, row: usize) -> Value {
    match data {
        ColumnData::Text(texts) => texts.get(row).map_or(Value::Null, Value::from),
        ColumnData::Number(numbers) => match numbers.exact.get(&row) {
            // What no f64 holds exactly stays as it was written.
            Some(exact) => Value::String(exact.to_string()),
            None => number(numbers.values[row]),
        },
    }
}

/// A number as JSON writes it; whole ones without a point.
fn number(value: f64) -> Value {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match value.fract() == 0.0 && value.abs() < WHOLE {
        true => Value::from(value as i64),
        false => Number::from_f64(value).map_or(Value::Null, Value::Number),
    }
}

/// Items of a pool that is given, all of which must be readable.
pub(crate) fn read_pool(
    given: Vec<GivenItem>,
    standardised: bool,
) -> Result<Vec<NewItem>, LabelError> {
    let read = read_given(given, standardised)?;
    match read.unreadable.first() {
        None => Ok(read.items),
        Some(bad) => Err(LabelError::invalid(
            "pool",
            format!(
                "entry {}: '{}' cannot be read as a structure: {}",
                bad.row, bad.smiles, bad.problem
            ),
        )
        .remedy("correct it or leave it out")),
    }
}

fn read_given(given: Vec<GivenItem>, standardised: bool) -> Result<ReadItems, LabelError> {
    let rows = given.len() as u64;
    let mut structures = Vec::new();
    if given.iter().any(|item| item.smiles.is_some()) {
        let kind: StructureKind = molecules(StructureOptions {
            standardised,
            ..StructureOptions::default()
        })?;
        let texts: Vec<&str> = given
            .iter()
            .map(|item| item.smiles.as_deref().unwrap_or(""))
            .collect();
        structures = kind.read(&texts);
    }
    let (mut items, mut unreadable) = (Vec::new(), Vec::new());
    for (at, item) in given.into_iter().enumerate() {
        check_texts(&item, at)?;
        let Some(smiles) = item.smiles else {
            let key = digest_of(canonical_json(&item.properties).as_bytes());
            items.push(NewItem {
                key,
                name: item.name,
                smiles: None,
                canonical: None,
                fingerprint: None,
                properties: item.properties,
            });
            continue;
        };
        match &structures[at] {
            Err(problem) => unreadable.push(UnreadableItem {
                row: at as u64 + 1,
                smiles,
                problem: problem.problem.clone(),
            }),
            Ok(structure) => {
                let counts: Vec<String> = structure
                    .counts()
                    .map(|(bit, count)| format!("{bit}:{count}"))
                    .collect();
                items.push(NewItem {
                    key: structure.canonical.clone(),
                    name: item.name,
                    smiles: Some(smiles),
                    canonical: Some(structure.canonical.clone()),
                    fingerprint: Some(counts.join(" ")),
                    properties: item.properties,
                });
            }
        }
    }
    Ok(ReadItems {
        items,
        rows,
        unreadable,
    })
}

/// Refuses what a database cannot hold, and values that are no cells.
fn check_texts(item: &GivenItem, at: usize) -> Result<(), LabelError> {
    let row = at + 1;
    let texts = [&item.name, &item.smiles].into_iter().flatten();
    let cells = item.properties.iter().flat_map(|(name, value)| {
        let text = value.as_str().map(str::to_owned);
        std::iter::once(name.clone()).chain(text)
    });
    if texts.cloned().chain(cells).any(|text| text.contains('\0')) {
        return Err(LabelError::invalid(
            "items",
            format!("row {row} has a NUL character in a text"),
        )
        .remedy("remove it"));
    }
    let nested = item
        .properties
        .iter()
        .find(|(_, value)| value.is_array() || value.is_object());
    match nested {
        None => Ok(()),
        Some((name, _)) => Err(LabelError::invalid(
            "items",
            format!("row {row}: the property '{name}' is a list or an object"),
        )
        .remedy("give numbers, texts, booleans or null")),
    }
}

/// An object with its names in order: what identifies a row.
fn canonical_json(properties: &Map<String, Value>) -> String {
    let sorted: BTreeMap<&String, &Value> = properties.iter().collect();
    serde_json::to_string(&sorted).expect("a map of JSON is JSON")
}

/// The rows of a table as objects.
pub(crate) fn objects(table: &Table) -> Vec<Map<String, Value>> {
    (0..table.n_rows())
        .map(|row| {
            let columns = table.columns().iter();
            columns
                .map(|column| (column.name.clone(), cell(&column.data, row)))
                .collect()
        })
        .collect()
}
