//! What can be labelled: compounds, or rows of a table, in data sets.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

/// Items of one statement.
const CHUNK: usize = 1000;

macro_rules! columns {
    () => {
        "id, dataset_id, item_key, name, smiles, canonical, properties, created_at"
    };
}

statements! {
    ADD_DATASET = "INSERT INTO datasets (id, name, created_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (name) DO NOTHING",
    DATASET = "SELECT d.id, d.name, d.created_at, \
               (SELECT COUNT(*) FROM items i WHERE i.dataset_id = d.id) AS n \
               FROM datasets d WHERE d.id = $1 OR d.name = $1",
    DATASETS = "SELECT d.id, d.name, d.created_at, \
                (SELECT COUNT(*) FROM items i WHERE i.dataset_id = d.id) AS n \
                FROM datasets d WHERE d.name > $1 ORDER BY d.name LIMIT $2",
    ADD_ITEMS =
        "INSERT INTO items (id, dataset_id, item_key, name, smiles, canonical, fingerprint, properties, created_at) \
         SELECT value ->> 'id', $2, value ->> 'key', value ->> 'name', value ->> 'smiles', \
                value ->> 'canonical', value ->> 'fingerprint', value ->> 'properties', $3 \
         FROM json_each($1) WHERE true ON CONFLICT (dataset_id, item_key) DO NOTHING";
        "INSERT INTO items (id, dataset_id, item_key, name, smiles, canonical, fingerprint, properties, created_at) \
         SELECT r.id, $2, r.key, r.name, r.smiles, r.canonical, r.fingerprint, r.properties, $3 \
         FROM jsonb_to_recordset($1::text::jsonb) AS r \
             (id text, key text, name text, smiles text, canonical text, fingerprint text, \
              properties text) \
         ON CONFLICT (dataset_id, item_key) DO NOTHING",
    ITEM = concat!("SELECT ", columns!(), " FROM items WHERE id = $1"),
    FINGERPRINT = "SELECT fingerprint FROM items WHERE id = $1 AND fingerprint IS NOT NULL",
    ITEMS = concat!(
        "SELECT ", columns!(), " FROM items WHERE id > $1 \
         AND ($2 = '' OR dataset_id = $2) ORDER BY id LIMIT $3"
    ),
    ITEMS_OF_KEYS = concat!(
        "SELECT ", columns!(), " FROM items WHERE item_key IN \
         (SELECT value FROM json_each($1)) AND ($2 = '' OR dataset_id = $2) ORDER BY id"
    );
    concat!(
        "SELECT ", columns!(), " FROM items WHERE item_key IN \
         (SELECT jsonb_array_elements_text($1::text::jsonb)) AND ($2 = '' OR dataset_id = $2) \
         ORDER BY id"
    ),
    ITEMS_OF_NAME = concat!(
        "SELECT ", columns!(), " FROM items WHERE name = $1 ORDER BY id LIMIT 100"
    ),
    WITH_LABELS = "SELECT DISTINCT q.item_id FROM label_queue q JOIN models m \
                   ON m.id = q.model_id WHERE m.name = $1 AND q.status IN ('labeled', 'archived')",
    QUEUED = "SELECT DISTINCT q.item_id FROM label_queue q JOIN models m ON m.id = q.model_id \
              WHERE m.name = $1 AND q.status IN ('pending', 'in_progress', 'skipped')",
    UNLABELLED = concat!(
        "SELECT ", columns!(), " FROM items i WHERE i.id > $1 \
         AND ($2 = '' OR i.dataset_id = $2) AND NOT EXISTS \
         (SELECT 1 FROM label_queue q JOIN models m ON m.id = q.model_id \
          WHERE q.item_id = i.id AND m.name = $3 AND q.status IN ('labeled', 'archived')) \
         ORDER BY i.id LIMIT $4"
    ),
}

/// A set of items.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Dataset {
    /// The id.
    pub id: String,
    /// The name, of which there is one.
    pub name: String,
    /// How many items it has.
    pub items: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
}

/// What can be labelled.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Item {
    /// The id.
    pub id: String,
    /// The data set.
    pub dataset_id: String,
    /// What identifies it within its data set: the canonical form of a compound, else a
    /// digest of its columns.
    pub key: String,
    /// What its owner calls it, if something.
    pub name: Option<String>,
    /// The compound as it was given, if it is one.
    pub smiles: Option<String>,
    /// The compound in its canonical form.
    pub canonical: Option<String>,
    /// All columns, as numbers, texts and null.
    #[schema(value_type = Object)]
    pub properties: serde_json::Map<String, Value>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
}

/// An item to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    /// What identifies it within its data set.
    pub key: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// The compound as it was given.
    pub smiles: Option<String>,
    /// The compound in its canonical form.
    pub canonical: Option<String>,
    /// The counts of its fingerprint, as in `3:1 17:2`: bit and count.
    pub fingerprint: Option<String>,
    /// All columns.
    pub properties: serde_json::Map<String, Value>,
}

fn dataset(row: &DbRow) -> Result<Dataset, StoreError> {
    Ok(Dataset {
        id: row.text("id")?,
        name: row.text("name")?,
        items: row.int("n")?,
        created_at: row.moment("created_at")?,
    })
}

fn item(row: &DbRow) -> Result<Item, StoreError> {
    let properties = match row.json("properties")? {
        Value::Object(properties) => properties,
        other => {
            return Err(StoreError::Damaged {
                column: "properties",
                found: other.to_string(),
            });
        }
    };
    Ok(Item {
        id: row.text("id")?,
        dataset_id: row.text("dataset_id")?,
        key: row.text("item_key")?,
        name: row.maybe_text("name")?,
        smiles: row.maybe_text("smiles")?,
        canonical: row.maybe_text("canonical")?,
        properties,
        created_at: row.moment("created_at")?,
    })
}

impl Tx {
    /// The data set of a name, made if there is none.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn dataset_named(&mut self, name: &str, now: Moment) -> Result<Dataset, StoreError> {
        self.run(&ADD_DATASET, params![new_id(), name, now]).await?;
        dataset(&self.one(&DATASET, params![name]).await?)
    }

    /// The data set of an id or a name.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn dataset(&mut self, id_or_name: &str) -> Result<Option<Dataset>, StoreError> {
        let row = self.maybe(&DATASET, params![id_or_name]).await?;
        row.as_ref().map(dataset).transpose()
    }

    /// Data sets by name, those after `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn datasets(
        &mut self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Dataset>, StoreError> {
        let bounds = params![after.unwrap_or(""), limit as i64 + 1];
        let rows = self.all(&DATASETS, bounds).await?;
        let sets = rows.iter().map(dataset).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(sets, limit, |set| set.name.clone()))
    }

    /// Adds items to a data set and leaves out those whose key is there; how many were
    /// added.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn add_items(
        &mut self,
        dataset_id: &str,
        items: &[NewItem],
        now: Moment,
    ) -> Result<u64, StoreError> {
        let mut added = 0;
        for chunk in items.chunks(CHUNK) {
            let rows: Vec<Value> = chunk
                .iter()
                .map(|item| {
                    json!({
                        "id": new_id(),
                        "key": item.key,
                        "name": item.name,
                        "smiles": item.smiles,
                        "canonical": item.canonical,
                        "fingerprint": item.fingerprint,
                        "properties": Value::Object(item.properties.clone()).to_string(),
                    })
                })
                .collect();
            let rows = Value::Array(rows).to_string();
            added += self.run(&ADD_ITEMS, params![rows, dataset_id, now]).await?;
        }
        Ok(added)
    }

    /// An item.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn item(&mut self, id: &str) -> Result<Option<Item>, StoreError> {
        let row = self.maybe(&ITEM, params![id]).await?;
        row.as_ref().map(item).transpose()
    }

    /// The counts of an item's fingerprint, if it is a compound.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn fingerprint(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        let row = self.maybe(&FINGERPRINT, params![id]).await?;
        row.map(|row| row.text("fingerprint")).transpose()
    }

    /// Items in the order in which they were added, those after `after`, of one data set
    /// or of all.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn items(
        &mut self,
        dataset_id: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Item>, StoreError> {
        let bounds = params![
            after.unwrap_or(""),
            dataset_id.unwrap_or(""),
            limit as i64 + 1
        ];
        let rows = self.all(&ITEMS, bounds).await?;
        let items = rows.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, limit, |item| item.id.clone()))
    }

    /// The items of keys, of one data set or of all.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn items_of_keys(
        &mut self,
        keys: &[String],
        dataset_id: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        for chunk in keys.chunks(CHUNK) {
            let keys = json!(chunk).to_string();
            let rows = self
                .all(&ITEMS_OF_KEYS, params![keys, dataset_id.unwrap_or("")])
                .await?;
            for row in &rows {
                found.push(item(row)?);
            }
        }
        Ok(found)
    }

    /// The items that their owners call `name`, at most 100.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn items_named(&mut self, name: &str) -> Result<Vec<Item>, StoreError> {
        let rows = self.all(&ITEMS_OF_NAME, params![name]).await?;
        rows.iter().map(item).collect()
    }

    /// Items without a label for any version of the model `model_name`, in the order in
    /// which they were added, those after `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn unlabelled(
        &mut self,
        model_name: &str,
        dataset_id: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Item>, StoreError> {
        let bounds = params![
            after.unwrap_or(""),
            dataset_id.unwrap_or(""),
            model_name,
            limit as i64 + 1
        ];
        let rows = self.all(&UNLABELLED, bounds).await?;
        let items = rows.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, limit, |item| item.id.clone()))
    }

    /// The items that have a label for any version of a model.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn labelled_items(&mut self, model_name: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.all(&WITH_LABELS, params![model_name]).await?;
        rows.iter().map(|row| row.text("item_id")).collect()
    }

    /// The items that wait in the queue of a model, are held or were skipped.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn queued_items(&mut self, model_name: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.all(&QUEUED, params![model_name]).await?;
        rows.iter().map(|row| row.text("item_id")).collect()
    }
}
