//! Judgements: what each person said of an item. None is ever removed; one that was taken
//! back says when.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::kinds::{LabelConfidence, LabelSource, Qualifier};
use crate::queue::LabelValue;
use crate::statement::{DbRow, params, statements};
use crate::store::Tx;

macro_rules! columns {
    () => {
        "a.id, a.queue_id, a.item_id, a.user_id, a.value, a.class, a.qualifier, a.unit, \
         a.given_value, a.given_unit, a.source, a.confidence, a.notes, a.created_at, a.undone_at"
    };
}

statements! {
    ADD = "INSERT INTO annotations (id, queue_id, item_id, user_id, value, class, qualifier, \
           unit, given_value, given_unit, source, confidence, notes, created_at) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    OF_QUEUE = concat!(
        "SELECT ", columns!(), " FROM annotations a \
         WHERE a.queue_id = $1 AND a.undone_at IS NULL ORDER BY a.id"
    ),
    EVERY_OF_QUEUE = concat!(
        "SELECT ", columns!(), " FROM annotations a WHERE a.queue_id = $1 ORDER BY a.id"
    ),
    ANNOTATION = concat!("SELECT ", columns!(), " FROM annotations a WHERE a.id = $1"),
    UNDO = "UPDATE annotations SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL",
    OF_MODEL = concat!(
        "SELECT ", columns!(), " FROM annotations a JOIN label_queue q ON q.id = a.queue_id \
         JOIN models m ON m.id = q.model_id \
         WHERE m.name = $1 AND a.undone_at IS NULL AND a.id > $2 ORDER BY a.id LIMIT $3"
    ),
    COUNT_OF_USER = "SELECT COUNT(*) AS n FROM annotations \
                     WHERE user_id = $1 AND undone_at IS NULL",
}

/// What one person said of one item.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Annotation {
    /// The id.
    pub id: String,
    /// The queue item.
    pub queue_id: String,
    /// The item.
    pub item_id: String,
    /// Who.
    pub user_id: String,
    /// The value in the unit of the model's target, or the class.
    pub label: LabelValue,
    /// Whether it is the value or a bound.
    pub qualifier: Qualifier,
    /// The unit of the value.
    pub unit: Option<String>,
    /// The value as it was given, if its unit differed.
    pub given_value: Option<f64>,
    /// The unit as it was given, if it differed.
    pub given_unit: Option<String>,
    /// Where the label comes from.
    pub source: LabelSource,
    /// How sure it is.
    pub confidence: LabelConfidence,
    /// What there is to say of it.
    pub notes: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// When it was taken back, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undone_at: Option<Moment>,
}

/// A judgement to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnnotation {
    /// The queue item.
    pub queue_id: String,
    /// The item.
    pub item_id: String,
    /// Who.
    pub user_id: String,
    /// The value in the unit of the target, or the class.
    pub label: LabelValue,
    /// Whether it is the value or a bound.
    pub qualifier: Qualifier,
    /// The unit of the value.
    pub unit: Option<String>,
    /// Value and unit as they were given, if they differed.
    pub given: Option<(f64, String)>,
    /// Where the label comes from.
    pub source: LabelSource,
    /// How sure it is.
    pub confidence: LabelConfidence,
    /// What there is to say of it.
    pub notes: Option<String>,
}

fn annotation(row: &DbRow) -> Result<Annotation, StoreError> {
    let label = match (row.maybe_text("class")?, row.maybe_real("value")?) {
        (Some(class), _) => LabelValue::Class(class),
        (None, Some(value)) => LabelValue::Number(value),
        (None, None) => {
            return Err(StoreError::Damaged {
                column: "value",
                found: "NULL".to_owned(),
            });
        }
    };
    Ok(Annotation {
        id: row.text("id")?,
        queue_id: row.text("queue_id")?,
        item_id: row.text("item_id")?,
        user_id: row.text("user_id")?,
        label,
        qualifier: Qualifier::stored(&row.text("qualifier")?)?,
        unit: row.maybe_text("unit")?,
        given_value: row.maybe_real("given_value")?,
        given_unit: row.maybe_text("given_unit")?,
        source: LabelSource::stored(&row.text("source")?)?,
        confidence: LabelConfidence::stored(&row.text("confidence")?)?,
        notes: row.maybe_text("notes")?,
        created_at: row.moment("created_at")?,
        undone_at: row.maybe_moment("undone_at")?,
    })
}

impl Tx {
    /// Adds a judgement; its id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] if the user has judged the queue item already.
    pub async fn annotate(
        &mut self,
        new: &NewAnnotation,
        now: Moment,
    ) -> Result<String, StoreError> {
        let id = new_id();
        let (value, class) = match &new.label {
            LabelValue::Number(value) => (Some(*value), None),
            LabelValue::Class(class) => (None, Some(class.clone())),
        };
        self.run(
            &ADD,
            params![
                &id,
                &new.queue_id,
                &new.item_id,
                &new.user_id,
                value,
                class,
                new.qualifier.word(),
                &new.unit,
                new.given.as_ref().map(|(value, _)| *value),
                new.given.as_ref().map(|(_, unit)| unit.clone()),
                new.source.word(),
                new.confidence.word(),
                &new.notes,
                now,
            ],
        )
        .await?;
        Ok(id)
    }

    /// The judgements of a queue item that hold.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn annotations(&mut self, queue_id: &str) -> Result<Vec<Annotation>, StoreError> {
        let rows = self.all(&OF_QUEUE, params![queue_id]).await?;
        rows.iter().map(annotation).collect()
    }

    /// All judgements of a queue item, those taken back among them.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn every_annotation(
        &mut self,
        queue_id: &str,
    ) -> Result<Vec<Annotation>, StoreError> {
        let rows = self.all(&EVERY_OF_QUEUE, params![queue_id]).await?;
        rows.iter().map(annotation).collect()
    }

    /// A judgement.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn annotation(&mut self, id: &str) -> Result<Option<Annotation>, StoreError> {
        let row = self.maybe(&ANNOTATION, params![id]).await?;
        row.as_ref().map(annotation).transpose()
    }

    /// Takes a judgement back; whether it held.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn undo_annotation(&mut self, id: &str, now: Moment) -> Result<bool, StoreError> {
        Ok(self.run(&UNDO, params![id, now]).await? > 0)
    }

    /// Judgements of all versions of a model that hold, by id, those after `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn annotations_of_model(
        &mut self,
        model_name: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Annotation>, StoreError> {
        let bounds = params![model_name, after, limit as i64];
        let rows = self.all(&OF_MODEL, bounds).await?;
        rows.iter().map(annotation).collect()
    }

    /// How many judgements of a user hold.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn judgements_of(&mut self, user_id: &str) -> Result<i64, StoreError> {
        self.one(&COUNT_OF_USER, params![user_id]).await?.int("n")
    }
}
