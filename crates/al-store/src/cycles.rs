//! Cycles: a batch from its selection to the version that learned from it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::kinds::CycleStatus;
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

macro_rules! columns {
    () => {
        "id, model_name, model_id, trained_model_id, cycle_number, strategy, batch, \
         batch_size, status, reason, metrics_before, metrics_after, items_selected, \
         items_labeled, items_skipped, started_at, completed_at"
    };
}

statements! {
    ADD = concat!(
        "INSERT INTO cycles (id, model_name, model_id, cycle_number, strategy, batch, \
         batch_size, status, items_selected, items_labeled, items_skipped, started_at) \
         SELECT $1, $2, $3, COALESCE(MAX(cycle_number), 0) + 1, $4, $5, $6, $7, $8, 0, 0, $9 \
         FROM cycles WHERE model_name = $2 RETURNING ", columns!()
    ),
    CYCLE = concat!("SELECT ", columns!(), " FROM cycles WHERE id = $1"),
    LOCK = concat!("SELECT ", columns!(), " FROM cycles WHERE id = $1");
    concat!("SELECT ", columns!(), " FROM cycles WHERE id = $1 FOR UPDATE"),
    CYCLES = concat!(
        "SELECT ", columns!(), " FROM cycles WHERE ($1 = '' OR model_name = $1) \
         AND ($2 = '' OR status = $2) AND id > $3 ORDER BY id LIMIT $4"
    ),
    OPEN = concat!(
        "SELECT ", columns!(), " FROM cycles WHERE model_name = $1 \
         AND status IN ('labeling', 'training') ORDER BY cycle_number"
    ),
    SET_STATUS = "UPDATE cycles SET status = $2, reason = $3 WHERE id = $1",
    SET_SELECTED = "UPDATE cycles SET items_selected = $2, status = 'labeling' WHERE id = $1",
    END = "UPDATE cycles SET status = $2, reason = $3, trained_model_id = $4, \
           metrics_before = $5, metrics_after = $6, items_labeled = $7, items_skipped = $8, \
           completed_at = $9 WHERE id = $1",
}

/// A cycle.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cycle {
    /// The id.
    pub id: String,
    /// The name of the model.
    pub model_name: String,
    /// The version that chose.
    pub model_id: String,
    /// The version that learned from the labels.
    pub trained_model_id: Option<String>,
    /// The number among the cycles of the model, from 1.
    pub cycle_number: i64,
    /// What chose.
    pub strategy: String,
    /// The name of the batch.
    pub batch: String,
    /// How many items were asked for.
    pub batch_size: i64,
    /// Where it stands.
    pub status: CycleStatus,
    /// Why it failed, or what there is to say of it.
    pub reason: Option<String>,
    /// The metrics of the version before, on the validation rows.
    #[schema(value_type = Option<Object>)]
    pub metrics_before: Option<Value>,
    /// The metrics of the new version, on the same rows.
    #[schema(value_type = Option<Object>)]
    pub metrics_after: Option<Value>,
    /// How many items were chosen.
    pub items_selected: i64,
    /// How many are labelled.
    pub items_labeled: i64,
    /// How many are skipped.
    pub items_skipped: i64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Moment,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Moment>,
}

/// A cycle to begin.
#[derive(Debug, Clone)]
pub struct NewCycle<'a> {
    /// The name of the model.
    pub model_name: &'a str,
    /// The version that chooses.
    pub model_id: &'a str,
    /// What chooses.
    pub strategy: &'a str,
    /// The name of the batch.
    pub batch: &'a str,
    /// How many items are asked for.
    pub batch_size: i64,
    /// Where it stands.
    pub status: CycleStatus,
    /// How many items are chosen.
    pub items_selected: i64,
}

/// How a cycle ended.
#[derive(Debug, Clone, Default)]
pub struct CycleEnd<'a> {
    /// Whether a version learned from it.
    pub trained_model_id: Option<&'a str>,
    /// Why it failed, or what there is to say.
    pub reason: Option<&'a str>,
    /// The metrics before.
    pub metrics_before: Option<Value>,
    /// The metrics after.
    pub metrics_after: Option<Value>,
    /// How many items were labelled.
    pub items_labeled: i64,
    /// How many were skipped.
    pub items_skipped: i64,
}

fn cycle(row: &DbRow) -> Result<Cycle, StoreError> {
    Ok(Cycle {
        id: row.text("id")?,
        model_name: row.text("model_name")?,
        model_id: row.text("model_id")?,
        trained_model_id: row.maybe_text("trained_model_id")?,
        cycle_number: row.int("cycle_number")?,
        strategy: row.text("strategy")?,
        batch: row.text("batch")?,
        batch_size: row.int("batch_size")?,
        status: CycleStatus::stored(&row.text("status")?)?,
        reason: row.maybe_text("reason")?,
        metrics_before: row.maybe_json("metrics_before")?,
        metrics_after: row.maybe_json("metrics_after")?,
        items_selected: row.int("items_selected")?,
        items_labeled: row.int("items_labeled")?,
        items_skipped: row.int("items_skipped")?,
        started_at: row.moment("started_at")?,
        completed_at: row.maybe_moment("completed_at")?,
    })
}

impl Tx {
    /// Begins a cycle, with the next number of its model.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] if another one began at the same time, or the batch is
    /// there.
    pub async fn begin_cycle(
        &mut self,
        new: &NewCycle<'_>,
        now: Moment,
    ) -> Result<Cycle, StoreError> {
        let row = self
            .one(
                &ADD,
                params![
                    new_id(),
                    new.model_name,
                    new.model_id,
                    new.strategy,
                    new.batch,
                    new.batch_size,
                    new.status.word(),
                    new.items_selected,
                    now,
                ],
            )
            .await?;
        cycle(&row)
    }

    /// A cycle.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn cycle(&mut self, id: &str) -> Result<Option<Cycle>, StoreError> {
        let row = self.maybe(&CYCLE, params![id]).await?;
        row.as_ref().map(cycle).transpose()
    }

    /// The same, and nobody else changes it until the transaction ends.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn lock_cycle(&mut self, id: &str) -> Result<Option<Cycle>, StoreError> {
        let row = self.maybe(&LOCK, params![id]).await?;
        row.as_ref().map(cycle).transpose()
    }

    /// Cycles in their order, those after the id `after`, of a model or of all.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn cycles(
        &mut self,
        model_name: Option<&str>,
        status: Option<CycleStatus>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Cycle>, StoreError> {
        let bounds = params![
            model_name.unwrap_or(""),
            status.map_or("", CycleStatus::word),
            after.unwrap_or(""),
            limit as i64 + 1
        ];
        let rows = self.all(&CYCLES, bounds).await?;
        let cycles = rows.iter().map(cycle).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(cycles, limit, |cycle| cycle.id.clone()))
    }

    /// The cycles of a model that have not ended.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn open_cycles(&mut self, model_name: &str) -> Result<Vec<Cycle>, StoreError> {
        let rows = self.all(&OPEN, params![model_name]).await?;
        rows.iter().map(cycle).collect()
    }

    /// Says where a cycle stands.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn set_cycle_status(
        &mut self,
        id: &str,
        status: CycleStatus,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run(&SET_STATUS, params![id, status.word(), reason])
            .await
            .map(drop)
    }

    /// Says how many items were chosen: the labelling begins.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn begin_labelling(&mut self, id: &str, selected: i64) -> Result<(), StoreError> {
        self.run(&SET_SELECTED, params![id, selected])
            .await
            .map(drop)
    }

    /// Ends a cycle.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn end_cycle(
        &mut self,
        id: &str,
        status: CycleStatus,
        end: &CycleEnd<'_>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let text = |metrics: &Option<Value>| metrics.as_ref().map(Value::to_string);
        self.run(
            &END,
            params![
                id,
                status.word(),
                end.reason,
                end.trained_model_id,
                text(&end.metrics_before),
                text(&end.metrics_after),
                end.items_labeled,
                end.items_skipped,
                now,
            ],
        )
        .await
        .map(drop)
    }
}
