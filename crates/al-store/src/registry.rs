//! The registry of models: versions, each with its parent and what it was made of.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::kinds::{ModelState, ValidationKind};
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

macro_rules! columns {
    () => {
        "id, name, version, parent, state, settings, artefact, training_digest, \
         validation_digest, validation, training_rows, metrics, created_at, created_by"
    };
}

statements! {
    ADD = concat!(
        "INSERT INTO models (id, name, version, parent, state, settings, artefact, \
         training_digest, validation_digest, validation, training_rows, metrics, created_at, \
         created_by) VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         RETURNING ", columns!()
    ),
    MODEL = concat!("SELECT ", columns!(), " FROM models WHERE id = $1"),
    ACTIVE = concat!(
        "SELECT ", columns!(), " FROM models WHERE name = $1 AND state = 'active'"
    ),
    LOCK_ACTIVE = concat!(
        "SELECT ", columns!(), " FROM models WHERE name = $1 AND state = 'active'"
    );
    concat!(
        "SELECT ", columns!(), " FROM models WHERE name = $1 AND state = 'active' FOR UPDATE"
    ),
    VERSIONS = concat!(
        "SELECT ", columns!(), " FROM models WHERE name = $1 ORDER BY version"
    ),
    MODELS = concat!(
        "SELECT ", columns!(), " FROM models WHERE ($1 = '' OR state = $1) AND id > $2 \
         ORDER BY id LIMIT $3"
    ),
    SUPERSEDE = "UPDATE models SET state = 'superseded' WHERE id = $1 AND state = 'active'",
    NAMED_ARTEFACTS = "SELECT artefact FROM models WHERE artefact IS NOT NULL",
}

/// A version of a model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelRecord {
    /// The id.
    pub id: String,
    /// The name, which all its versions have.
    pub name: String,
    /// The version, from 0: that of a model that has not learned yet.
    pub version: i64,
    /// The version that it continues.
    pub parent: Option<String>,
    /// Whether it is the one in use.
    pub state: ModelState,
    /// How it is trained.
    #[schema(value_type = Object)]
    pub settings: Value,
    /// The SHA-256 of the model file; none before the first training.
    pub artefact: Option<String>,
    /// The SHA-256 of what it learned from.
    pub training_digest: Option<String>,
    /// The SHA-256 of the rows that it is measured on.
    pub validation_digest: Option<String>,
    /// What those rows are.
    pub validation: ValidationKind,
    /// How many rows it learned from.
    pub training_rows: i64,
    /// Its metrics.
    #[schema(value_type = Option<Object>)]
    pub metrics: Option<Value>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// By whom.
    pub created_by: Option<String>,
}

/// A version to add, as the active one.
#[derive(Debug, Clone)]
pub struct NewModel<'a> {
    /// The name.
    pub name: &'a str,
    /// The version.
    pub version: i64,
    /// The version that it continues.
    pub parent: Option<&'a str>,
    /// How it is trained.
    pub settings: Value,
    /// The SHA-256 of the model file.
    pub artefact: Option<&'a str>,
    /// The SHA-256 of what it learned from.
    pub training_digest: Option<&'a str>,
    /// The SHA-256 of the rows that it is measured on.
    pub validation_digest: Option<&'a str>,
    /// What those rows are.
    pub validation: ValidationKind,
    /// How many rows it learned from.
    pub training_rows: i64,
    /// Its metrics.
    pub metrics: Option<Value>,
    /// By whom.
    pub created_by: Option<&'a str>,
}

fn model(row: &DbRow) -> Result<ModelRecord, StoreError> {
    Ok(ModelRecord {
        id: row.text("id")?,
        name: row.text("name")?,
        version: row.int("version")?,
        parent: row.maybe_text("parent")?,
        state: ModelState::stored(&row.text("state")?)?,
        settings: row.json("settings")?,
        artefact: row.maybe_text("artefact")?,
        training_digest: row.maybe_text("training_digest")?,
        validation_digest: row.maybe_text("validation_digest")?,
        validation: ValidationKind::stored(&row.text("validation")?)?,
        training_rows: row.int("training_rows")?,
        metrics: row.maybe_json("metrics")?,
        created_at: row.moment("created_at")?,
        created_by: row.maybe_text("created_by")?,
    })
}

impl Tx {
    /// Adds a version as the active one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] if there is an active one, or the version.
    pub async fn add_model(
        &mut self,
        new: &NewModel<'_>,
        now: Moment,
    ) -> Result<ModelRecord, StoreError> {
        let row = self
            .one(
                &ADD,
                params![
                    new_id(),
                    new.name,
                    new.version,
                    new.parent,
                    new.settings.to_string(),
                    new.artefact,
                    new.training_digest,
                    new.validation_digest,
                    new.validation.word(),
                    new.training_rows,
                    new.metrics.as_ref().map(Value::to_string),
                    now,
                    new.created_by,
                ],
            )
            .await?;
        model(&row)
    }

    /// A version of an id or, if there is none, the active one of a name.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn model(&mut self, id_or_name: &str) -> Result<Option<ModelRecord>, StoreError> {
        if let Some(row) = self.maybe(&MODEL, params![id_or_name]).await? {
            return model(&row).map(Some);
        }
        let row = self.maybe(&ACTIVE, params![id_or_name]).await?;
        row.as_ref().map(model).transpose()
    }

    /// The active version of a name, and nobody else supersedes it until the transaction
    /// ends.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn lock_active(&mut self, name: &str) -> Result<Option<ModelRecord>, StoreError> {
        let row = self.maybe(&LOCK_ACTIVE, params![name]).await?;
        row.as_ref().map(model).transpose()
    }

    /// All versions of a name, in their order.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn versions(&mut self, name: &str) -> Result<Vec<ModelRecord>, StoreError> {
        let rows = self.all(&VERSIONS, params![name]).await?;
        rows.iter().map(model).collect()
    }

    /// Versions of all models by id, those after `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn models(
        &mut self,
        state: Option<ModelState>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ModelRecord>, StoreError> {
        let bounds = params![
            state.map_or("", ModelState::word),
            after.unwrap_or(""),
            limit as i64 + 1
        ];
        let rows = self.all(&MODELS, bounds).await?;
        let models = rows.iter().map(model).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(models, limit, |model| model.id.clone()))
    }

    /// Supersedes a version; whether it was active.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn supersede(&mut self, id: &str) -> Result<bool, StoreError> {
        Ok(self.run(&SUPERSEDE, params![id]).await? > 0)
    }

    /// The digests of all model files that a version names.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn named_artefacts(&mut self) -> Result<Vec<String>, StoreError> {
        let rows = self.all(&NAMED_ARTEFACTS, params![]).await?;
        rows.iter().map(|row| row.text("artefact")).collect()
    }
}
