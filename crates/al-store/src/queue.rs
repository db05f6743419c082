//! The label queue: items that a strategy chose for a model, and where each stands.

mod claims;
mod writes;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::kinds::{LabelConfidence, LabelSource, Qualifier, QueueStatus, ResolutionRule};
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

pub use claims::Claim;
pub use writes::{NewQueueItem, QueueBatch, Rescored, ResolvedLabel};

/// The columns of a queue item, with those of its item and the name of its model.
macro_rules! columns {
    () => {
        "q.id, q.item_id, q.model_id, q.cycle_id, q.prediction, q.predicted_class, \
         q.probabilities, q.uncertainty, q.applicability_distance, q.selection_strategy, \
         q.selection_batch, q.priority_score, q.reason, q.status, q.judgements, q.rule, \
         q.assigned_to, q.assigned_at, q.lease_until, q.claim_token, q.label_value, \
         q.label_class, q.qualifier, q.unit, q.label_source, q.label_confidence, q.labeled_at, \
         q.labeled_by, q.notes, q.skip_reason, q.version, q.created_at, q.updated_at, \
         i.smiles, i.name AS item_name"
    };
}

/// A held item whose lease has run out is pending again, without anybody's doing.
macro_rules! status_at {
    ($now:literal) => {
        concat!(
            "CASE WHEN q.status = 'in_progress' AND q.lease_until <= ",
            $now,
            " THEN 'pending' ELSE q.status END"
        )
    };
}

/// What a filter lets through: parameters $1 to $6.
macro_rules! filter {
    () => {
        concat!(
            "($1 = '' OR q.model_id = $1) AND ($2 = '' OR ",
            status_at!("$6"),
            " = $2) AND ($3 = '' OR (q.assigned_to = $3 AND ",
            status_at!("$6"),
            " <> 'pending')) AND ($4 = '' OR q.cycle_id = $4) \
             AND ($5 = '' OR q.selection_batch = $5)"
        )
    };
}

#[cfg(test)]
pub(crate) fn claims_statements() -> &'static [&'static crate::statement::Statement] {
    claims::ALL
}

#[cfg(test)]
pub(crate) fn writes_statements() -> &'static [&'static crate::statement::Statement] {
    writes::ALL
}

statements! {
    LIST = concat!(
        "SELECT ", columns!(), " FROM label_queue q JOIN items i ON i.id = q.item_id WHERE ",
        filter!(),
        " AND ($8 = '' OR q.priority_score < $7 OR (q.priority_score = $7 AND q.id > $8)) \
         ORDER BY q.priority_score DESC, q.id LIMIT $9"
    ),
    LIST_BY_CHANGE = concat!(
        "SELECT ", columns!(), " FROM label_queue q JOIN items i ON i.id = q.item_id WHERE ",
        filter!(),
        " AND q.id > $7 ORDER BY q.id LIMIT $8"
    ),
    ROW = concat!(
        "SELECT ", columns!(), " FROM label_queue q JOIN items i ON i.id = q.item_id \
         WHERE q.id = $1"
    ),
    LOCK = concat!(
        "SELECT ", columns!(), " FROM label_queue q JOIN items i ON i.id = q.item_id \
         WHERE q.id = $1"
    );
    concat!(
        "SELECT ", columns!(), " FROM label_queue q JOIN items i ON i.id = q.item_id \
         WHERE q.id = $1 FOR UPDATE OF q"
    ),
    OF_ITEM = concat!(
        "SELECT ", columns!(), " FROM label_queue q JOIN items i ON i.id = q.item_id \
         JOIN models m ON m.id = q.model_id \
         WHERE q.item_id = $1 AND m.name = $2 AND q.status <> 'archived' ORDER BY q.id"
    ),
    COUNTS = concat!(
        "SELECT ", status_at!("$2"), " AS status, COUNT(*) AS n FROM label_queue q \
         JOIN models m ON m.id = q.model_id WHERE m.name = $1 GROUP BY 1"
    ),
    COUNTS_OF_CYCLE = concat!(
        "SELECT ", status_at!("$2"), " AS status, COUNT(*) AS n FROM label_queue q \
         WHERE q.cycle_id = $1 GROUP BY 1"
    ),
}

/// The label of an item: a number, or the name of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum LabelValue {
    /// A number in the unit of the model's target.
    Number(f64),
    /// The name of a class.
    Class(String),
}

/// An item of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QueueItem {
    /// The id.
    pub id: String,
    /// The item to label.
    pub item_id: String,
    /// What its owner calls it.
    pub item_name: Option<String>,
    /// The compound, if it is one.
    pub smiles: Option<String>,
    /// The version of the model that it was chosen for.
    pub model_id: String,
    /// The cycle that it belongs to.
    pub cycle_id: Option<String>,
    /// What the model predicts: the value; of two classes, the probability of the second;
    /// of more, that of the predicted one.
    pub prediction: Option<f64>,
    /// The class that the model predicts.
    pub predicted_class: Option<String>,
    /// The probability of each class.
    #[schema(value_type = Option<Object>)]
    pub probabilities: Option<Value>,
    /// The predictive standard deviation; of classes, that of the probability.
    pub uncertainty: Option<f64>,
    /// The distance to the nearest row that the model learned from.
    pub applicability_distance: Option<f64>,
    /// What chose it.
    pub selection_strategy: String,
    /// The batch that it was chosen in.
    pub selection_batch: String,
    /// The larger, the sooner it comes.
    pub priority_score: f64,
    /// Why it was chosen.
    pub reason: Option<String>,
    /// Where it stands.
    pub status: QueueStatus,
    /// How many people judge it.
    pub judgements: i64,
    /// How their judgements become one label.
    pub rule: ResolutionRule,
    /// Who holds it.
    pub assigned_to: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub assigned_at: Option<Moment>,
    /// Until when, unless extended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Moment>,
    /// What the holder proves it with: told to the holder alone.
    #[serde(skip)]
    pub claim_token: Option<String>,
    /// The label, once it is resolved.
    pub label: Option<LabelValue>,
    /// Whether the label is the value or a bound of it.
    pub qualifier: Option<Qualifier>,
    /// The unit of the label.
    pub unit: Option<String>,
    /// Where the label comes from.
    pub label_source: Option<LabelSource>,
    /// How sure it is.
    pub label_confidence: Option<LabelConfidence>,
    /// When it was resolved.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub labeled_at: Option<Moment>,
    /// By whose judgement.
    pub labeled_by: Option<String>,
    /// What there is to say of it.
    pub notes: Option<String>,
    /// Why it was skipped.
    pub skip_reason: Option<String>,
    /// Grows with every change: the ETag of the item.
    pub version: i64,
    /// When it came into the queue.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

/// Which items of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueFilter {
    /// Of this version of a model.
    pub model_id: Option<String>,
    /// That stand so.
    pub status: Option<QueueStatus>,
    /// That this user holds, labelled or skipped after holding it.
    pub assigned_to: Option<String>,
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// Of this batch.
    pub batch: Option<String>,
}

/// A place in the queue's order, by priority and id.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuePlace {
    /// The priority.
    pub priority: f64,
    /// The id.
    pub id: String,
}

impl QueuePlace {
    /// The place as a text that says nothing to who reads it.
    #[must_use]
    pub fn cursor(&self) -> String {
        format!("{:016x}{}", self.priority.to_bits(), self.id)
    }

    /// The place of such a text; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<QueuePlace> {
        let (bits, id) = text.split_at_checked(16)?;
        let priority = f64::from_bits(u64::from_str_radix(bits, 16).ok()?);
        let plain = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (priority.is_finite() && !id.is_empty() && plain).then(|| QueuePlace {
            priority,
            id: id.to_owned(),
        })
    }
}

/// How many items stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct QueueCounts {
    /// Free.
    pub pending: i64,
    /// Held.
    pub in_progress: i64,
    /// Labelled, and not learned from yet.
    pub labeled: i64,
    /// Skipped.
    pub skipped: i64,
    /// Labelled and learned from.
    pub archived: i64,
}

impl QueueItem {
    /// Where it stands at a moment: an item whose lease has run out is pending.
    #[must_use]
    pub fn at(mut self, now: Moment) -> QueueItem {
        if self.status == QueueStatus::InProgress && self.lease_until.is_none_or(|end| end <= now) {
            self.status = QueueStatus::Pending;
            self.release();
        }
        self
    }

    /// Takes it from whoever holds it.
    pub fn release(&mut self) {
        self.assigned_to = None;
        self.assigned_at = None;
        self.lease_until = None;
        self.claim_token = None;
    }
}

pub(crate) fn queue_item(row: &DbRow) -> Result<QueueItem, StoreError> {
    let label = match (
        row.maybe_real("label_value")?,
        row.maybe_text("label_class")?,
    ) {
        (_, Some(class)) => Some(LabelValue::Class(class)),
        (Some(value), None) => Some(LabelValue::Number(value)),
        (None, None) => None,
    };
    Ok(QueueItem {
        id: row.text("id")?,
        item_id: row.text("item_id")?,
        item_name: row.maybe_text("item_name")?,
        smiles: row.maybe_text("smiles")?,
        model_id: row.text("model_id")?,
        cycle_id: row.maybe_text("cycle_id")?,
        prediction: row.maybe_real("prediction")?,
        predicted_class: row.maybe_text("predicted_class")?,
        probabilities: row.maybe_json("probabilities")?,
        uncertainty: row.maybe_real("uncertainty")?,
        applicability_distance: row.maybe_real("applicability_distance")?,
        selection_strategy: row.text("selection_strategy")?,
        selection_batch: row.text("selection_batch")?,
        priority_score: row.real("priority_score")?,
        reason: row.maybe_text("reason")?,
        status: QueueStatus::stored(&row.text("status")?)?,
        judgements: row.int("judgements")?,
        rule: ResolutionRule::stored(&row.text("rule")?)?,
        assigned_to: row.maybe_text("assigned_to")?,
        assigned_at: row.maybe_moment("assigned_at")?,
        lease_until: row.maybe_moment("lease_until")?,
        claim_token: row.maybe_text("claim_token")?,
        label,
        qualifier: maybe(row.maybe_text("qualifier")?, Qualifier::stored)?,
        unit: row.maybe_text("unit")?,
        label_source: maybe(row.maybe_text("label_source")?, LabelSource::stored)?,
        label_confidence: maybe(row.maybe_text("label_confidence")?, LabelConfidence::stored)?,
        labeled_at: row.maybe_moment("labeled_at")?,
        labeled_by: row.maybe_text("labeled_by")?,
        notes: row.maybe_text("notes")?,
        skip_reason: row.maybe_text("skip_reason")?,
        version: row.int("version")?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}

fn maybe<T>(
    word: Option<String>,
    of: impl Fn(&str) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    word.as_deref().map(of).transpose()
}

impl Tx {
    /// Items of the queue by priority, those after a place.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn queue(
        &mut self,
        filter: &QueueFilter,
        after: Option<&QueuePlace>,
        limit: usize,
        now: Moment,
    ) -> Result<Page<QueueItem>, StoreError> {
        let rows = self
            .all(
                &LIST,
                params![
                    filter.model_id.as_deref().unwrap_or(""),
                    filter.status.map_or("", QueueStatus::word),
                    filter.assigned_to.as_deref().unwrap_or(""),
                    filter.cycle_id.as_deref().unwrap_or(""),
                    filter.batch.as_deref().unwrap_or(""),
                    now,
                    after.map_or(0.0, |place| place.priority),
                    after.map_or("", |place| place.id.as_str()),
                    limit as i64 + 1,
                ],
            )
            .await?;
        let items = rows.iter().map(queue_item).collect::<Result<Vec<_>, _>>()?;
        let items = items.into_iter().map(|item| item.at(now)).collect();
        Ok(Page::cut(items, limit, |item: &QueueItem| {
            let place = QueuePlace {
                priority: item.priority_score,
                id: item.id.clone(),
            };
            place.cursor()
        }))
    }

    /// Items of the queue by id, those after the id `after`: an order in which nothing
    /// moves while items are labelled or scored anew.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn queue_by_id(
        &mut self,
        filter: &QueueFilter,
        after: Option<&str>,
        limit: usize,
        now: Moment,
    ) -> Result<Page<QueueItem>, StoreError> {
        let rows = self
            .all(
                &LIST_BY_CHANGE,
                params![
                    filter.model_id.as_deref().unwrap_or(""),
                    filter.status.map_or("", QueueStatus::word),
                    filter.assigned_to.as_deref().unwrap_or(""),
                    filter.cycle_id.as_deref().unwrap_or(""),
                    filter.batch.as_deref().unwrap_or(""),
                    now,
                    after.unwrap_or(""),
                    limit as i64 + 1,
                ],
            )
            .await?;
        let items = rows.iter().map(queue_item).collect::<Result<Vec<_>, _>>()?;
        let items = items.into_iter().map(|item| item.at(now)).collect();
        Ok(Page::cut(items, limit, |item: &QueueItem| item.id.clone()))
    }

    /// An item of the queue, as it stands at a moment.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn queue_item(
        &mut self,
        id: &str,
        now: Moment,
    ) -> Result<Option<QueueItem>, StoreError> {
        let row = self.maybe(&ROW, params![id]).await?;
        let item = row.as_ref().map(queue_item).transpose()?;
        Ok(item.map(|item| item.at(now)))
    }

    /// The same, and nobody else changes it until the transaction ends.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn lock_queue_item(
        &mut self,
        id: &str,
        now: Moment,
    ) -> Result<Option<QueueItem>, StoreError> {
        let row = self.maybe(&LOCK, params![id]).await?;
        let item = row.as_ref().map(queue_item).transpose()?;
        Ok(item.map(|item| item.at(now)))
    }

    /// What the queue has of an item for any version of a model, but archived ones.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn queue_of_item(
        &mut self,
        item_id: &str,
        model_name: &str,
        now: Moment,
    ) -> Result<Vec<QueueItem>, StoreError> {
        let rows = self.all(&OF_ITEM, params![item_id, model_name]).await?;
        let items = rows.iter().map(queue_item).collect::<Result<Vec<_>, _>>()?;
        Ok(items.into_iter().map(|item| item.at(now)).collect())
    }

    /// How many items of all versions of a model stand where.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn queue_counts(
        &mut self,
        model_name: &str,
        now: Moment,
    ) -> Result<QueueCounts, StoreError> {
        counts(&self.all(&COUNTS, params![model_name, now]).await?)
    }

    /// How many items of a cycle stand where.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn counts_of_cycle(
        &mut self,
        cycle_id: &str,
        now: Moment,
    ) -> Result<QueueCounts, StoreError> {
        counts(&self.all(&COUNTS_OF_CYCLE, params![cycle_id, now]).await?)
    }
}

fn counts(rows: &[DbRow]) -> Result<QueueCounts, StoreError> {
    let mut counts = QueueCounts::default();
    for row in rows {
        let n = row.int("n")?;
        match QueueStatus::stored(&row.text("status")?)? {
            QueueStatus::Pending => counts.pending = n,
            QueueStatus::InProgress => counts.in_progress = n,
            QueueStatus::Labeled => counts.labeled = n,
            QueueStatus::Skipped => counts.skipped = n,
            QueueStatus::Archived => counts.archived = n,
        }
    }
    Ok(counts)
}
