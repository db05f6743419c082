//! Changes of queue items.

use serde_json::{Value, json};

use super::{LabelValue, QueueItem};
use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::kinds::{LabelConfidence, LabelSource, Qualifier, QueueStatus, ResolutionRule};
use crate::statement::{params, statements};
use crate::store::Tx;

/// Items of one statement.
const CHUNK: usize = 1000;

statements! {
    ADD = "INSERT INTO label_queue (id, item_id, model_id, cycle_id, prediction, \
               predicted_class, probabilities, uncertainty, applicability_distance, \
               selection_strategy, selection_batch, priority_score, reason, status, judgements, \
               rule, version, created_at, updated_at) \
           SELECT value ->> 'id', value ->> 'item', $2, $3, value ->> 'prediction', \
               value ->> 'class', value ->> 'probabilities', value ->> 'uncertainty', \
               value ->> 'distance', $4, $5, value ->> 'priority', value ->> 'reason', \
               'pending', $6, $7, 1, $8, $8 \
           FROM json_each($1) WHERE true ON CONFLICT (item_id, model_id, selection_batch) \
           DO NOTHING";
          "INSERT INTO label_queue (id, item_id, model_id, cycle_id, prediction, \
               predicted_class, probabilities, uncertainty, applicability_distance, \
               selection_strategy, selection_batch, priority_score, reason, status, judgements, \
               rule, version, created_at, updated_at) \
           SELECT r.id, r.item, $2, $3, r.prediction, r.class, r.probabilities, r.uncertainty, \
               r.distance, $4, $5, r.priority, r.reason, 'pending', $6, $7, 1, $8, $8 \
           FROM jsonb_to_recordset($1::text::jsonb) AS r (id text, item text, \
               prediction double precision, class text, probabilities text, \
               uncertainty double precision, distance double precision, \
               priority double precision, reason text) \
           ON CONFLICT (item_id, model_id, selection_batch) DO NOTHING",
    WRITE = "UPDATE label_queue SET status = $2, assigned_to = $3, assigned_at = $4, \
             lease_until = $5, claim_token = $6, label_value = $7, label_class = $8, \
             qualifier = $9, unit = $10, label_source = $11, label_confidence = $12, \
             labeled_at = $13, labeled_by = $14, notes = $15, skip_reason = $16, \
             version = version + 1, updated_at = $17 WHERE id = $1",
    ARCHIVE = "UPDATE label_queue SET status = 'archived', version = version + 1, \
               updated_at = $2 WHERE id IN (SELECT value FROM json_each($1)) \
               AND status = 'labeled'";
              "UPDATE label_queue SET status = 'archived', version = version + 1, \
               updated_at = $2 WHERE id IN \
               (SELECT jsonb_array_elements_text($1::text::jsonb)) AND status = 'labeled'",
    MOVE = "UPDATE label_queue SET model_id = $2, version = version + 1, updated_at = $3 \
            WHERE model_id = $1 AND status <> 'archived'",
    RESCORE = "UPDATE label_queue SET prediction = r.value ->> 'prediction', \
                   predicted_class = r.value ->> 'class', \
                   probabilities = r.value ->> 'probabilities', \
                   uncertainty = r.value ->> 'uncertainty', \
                   applicability_distance = r.value ->> 'distance', \
                   priority_score = COALESCE(r.value ->> 'priority', priority_score) \
               FROM json_each($1) AS r WHERE label_queue.id = r.value ->> 'id'";
              "UPDATE label_queue SET prediction = r.prediction, predicted_class = r.class, \
                   probabilities = r.probabilities, uncertainty = r.uncertainty, \
                   applicability_distance = r.distance, \
                   priority_score = COALESCE(r.priority, priority_score) \
               FROM jsonb_to_recordset($1::text::jsonb) AS r (id text, \
                   prediction double precision, class text, probabilities text, \
                   uncertainty double precision, distance double precision, \
                   priority double precision) \
               WHERE label_queue.id = r.id",
}

/// An item to queue.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQueueItem {
    /// The item.
    pub item_id: String,
    /// As in [`QueueItem`].
    pub prediction: Option<f64>,
    /// As in [`QueueItem`].
    pub predicted_class: Option<String>,
    /// As in [`QueueItem`].
    pub probabilities: Option<Value>,
    /// As in [`QueueItem`].
    pub uncertainty: Option<f64>,
    /// As in [`QueueItem`].
    pub applicability_distance: Option<f64>,
    /// As in [`QueueItem`].
    pub priority_score: f64,
    /// Why it was chosen.
    pub reason: Option<String>,
}

/// What a new version of a model says of a queue item.
#[derive(Debug, Clone, PartialEq)]
pub struct Rescored {
    /// The queue item.
    pub id: String,
    /// As in [`QueueItem`].
    pub prediction: Option<f64>,
    /// As in [`QueueItem`].
    pub predicted_class: Option<String>,
    /// As in [`QueueItem`].
    pub probabilities: Option<Value>,
    /// As in [`QueueItem`].
    pub uncertainty: Option<f64>,
    /// As in [`QueueItem`].
    pub applicability_distance: Option<f64>,
    /// The new priority; the old one stays if there is none.
    pub priority_score: Option<f64>,
}

/// A label as judgements resolve to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedLabel {
    /// The number or class.
    pub label: LabelValue,
    /// Whether it is the value or a bound.
    pub qualifier: Qualifier,
    /// Its unit.
    pub unit: Option<String>,
    /// Where it comes from.
    pub source: LabelSource,
    /// How sure it is.
    pub confidence: LabelConfidence,
    /// When it was resolved.
    pub at: Moment,
    /// By whose judgement.
    pub by: String,
    /// What there is to say of it.
    pub notes: Option<String>,
}

impl QueueItem {
    /// Sets the resolved label, or takes it away.
    pub fn resolve(&mut self, label: Option<ResolvedLabel>) {
        self.label = label.as_ref().map(|resolved| resolved.label.clone());
        self.qualifier = label.as_ref().map(|resolved| resolved.qualifier);
        self.unit = label.as_ref().and_then(|resolved| resolved.unit.clone());
        self.label_source = label.as_ref().map(|resolved| resolved.source);
        self.label_confidence = label.as_ref().map(|resolved| resolved.confidence);
        self.labeled_at = label.as_ref().map(|resolved| resolved.at);
        self.labeled_by = label.as_ref().map(|resolved| resolved.by.clone());
        self.notes = label.and_then(|resolved| resolved.notes);
    }
}

/// What a batch of queue items has in common.
#[derive(Debug, Clone, Copy)]
pub struct QueueBatch<'a> {
    /// The version of the model.
    pub model_id: &'a str,
    /// The cycle.
    pub cycle_id: Option<&'a str>,
    /// What chose them.
    pub strategy: &'a str,
    /// The name of the batch.
    pub batch: &'a str,
    /// How many people judge each.
    pub judgements: i64,
    /// How their judgements become one label.
    pub rule: ResolutionRule,
}

impl Tx {
    /// Queues items as pending and leaves out those that the batch has for the model; how
    /// many were added.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn add_to_queue(
        &mut self,
        batch: &QueueBatch<'_>,
        items: &[NewQueueItem],
        now: Moment,
    ) -> Result<u64, StoreError> {
        let mut added = 0;
        for chunk in items.chunks(CHUNK) {
            let rows: Vec<Value> = chunk
                .iter()
                .map(|item| {
                    json!({
                        "id": new_id(),
                        "item": item.item_id,
                        "prediction": item.prediction,
                        "class": item.predicted_class,
                        "probabilities": item.probabilities.as_ref().map(Value::to_string),
                        "uncertainty": item.uncertainty,
                        "distance": item.applicability_distance,
                        "priority": item.priority_score,
                        "reason": item.reason,
                    })
                })
                .collect();
            added += self
                .run(
                    &ADD,
                    params![
                        Value::Array(rows).to_string(),
                        batch.model_id,
                        batch.cycle_id,
                        batch.strategy,
                        batch.batch,
                        batch.judgements,
                        batch.rule.word(),
                        now,
                    ],
                )
                .await?;
        }
        Ok(added)
    }

    /// Writes where an item stands: who holds it, its label, why it was skipped.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn write_queue_item(
        &mut self,
        item: &QueueItem,
        now: Moment,
    ) -> Result<(), StoreError> {
        let (value, class) = match &item.label {
            Some(LabelValue::Number(value)) => (Some(*value), None),
            Some(LabelValue::Class(class)) => (None, Some(class.clone())),
            None => (None, None),
        };
        self.run(
            &WRITE,
            params![
                &item.id,
                item.status.word(),
                &item.assigned_to,
                item.assigned_at,
                item.lease_until,
                &item.claim_token,
                value,
                class,
                item.qualifier.map(Qualifier::word),
                &item.unit,
                item.label_source.map(LabelSource::word),
                item.label_confidence.map(LabelConfidence::word),
                item.labeled_at,
                &item.labeled_by,
                &item.notes,
                &item.skip_reason,
                now,
            ],
        )
        .await
        .map(drop)
    }

    /// Archives items that are labelled; how many.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn archive(&mut self, ids: &[String], now: Moment) -> Result<u64, StoreError> {
        let mut archived = 0;
        for chunk in ids.chunks(CHUNK) {
            let ids = json!(chunk).to_string();
            archived += self.run(&ARCHIVE, params![ids, now]).await?;
        }
        Ok(archived)
    }

    /// Gives all items of a version that are not archived to the next one; how many.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn move_queue(
        &mut self,
        from: &str,
        to: &str,
        now: Moment,
    ) -> Result<u64, StoreError> {
        self.run(&MOVE, params![from, to, now]).await
    }

    /// Writes what a new version of a model says of items.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn rescore(&mut self, rows: &[Rescored]) -> Result<(), StoreError> {
        for chunk in rows.chunks(CHUNK) {
            let rows: Vec<Value> = chunk
                .iter()
                .map(|row| {
                    json!({
                        "id": row.id,
                        "prediction": row.prediction,
                        "class": row.predicted_class,
                        "probabilities": row.probabilities.as_ref().map(Value::to_string),
                        "uncertainty": row.uncertainty,
                        "distance": row.applicability_distance,
                        "priority": row.priority_score,
                    })
                })
                .collect();
            self.run(&RESCORE, params![Value::Array(rows).to_string()])
                .await?;
        }
        Ok(())
    }
}

impl QueueStatus {
    /// Whether nobody labels it any more.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, QueueStatus::Labeled | QueueStatus::Archived)
    }
}
