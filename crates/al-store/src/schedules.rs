//! Schedules, and which of their occurrences have been dealt with.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::kinds::CatchUp;
use crate::statement::{DbRow, params, statements};
use crate::store::Tx;

macro_rules! columns {
    () => {
        "id, name, cron, zone, kind, payload, catch_up, next_at, disabled_at, created_by, \
         created_at"
    };
}

statements! {
    ADD = concat!(
        "INSERT INTO schedules (id, name, cron, zone, kind, payload, catch_up, next_at, \
         created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ",
        columns!()
    ),
    SCHEDULE = concat!(
        "SELECT ", columns!(), " FROM schedules WHERE id = $1 OR name = $1"
    ),
    SCHEDULES = concat!("SELECT ", columns!(), " FROM schedules ORDER BY name"),
    DUE = concat!(
        "SELECT ", columns!(), " FROM schedules \
         WHERE disabled_at IS NULL AND next_at <= $1 ORDER BY next_at"
    ),
    SET_NEXT = "UPDATE schedules SET next_at = $3 WHERE id = $1 AND next_at = $2",
    SET_DISABLED = "UPDATE schedules SET disabled_at = $2, next_at = $3 WHERE id = $1",
    REMOVE = "DELETE FROM schedules WHERE id = $1",
    OCCUR = "INSERT INTO occurrences (schedule_name, scheduled_for, job_id, outcome) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
}

/// Work that recurs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Schedule {
    /// The id.
    pub id: String,
    /// The name, of which there is one.
    pub name: String,
    /// When, as cron writes it.
    pub cron: String,
    /// The time zone in which that is meant, as in `Europe/Berlin`.
    pub zone: String,
    /// What kind of work.
    pub kind: String,
    /// What the work is given.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// What becomes of occurrences that were missed.
    pub catch_up: CatchUp,
    /// The next occurrence.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Moment>,
    /// Since when it rests, if it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Moment>,
    /// Who made it.
    pub created_by: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
}

/// A schedule to add.
#[derive(Debug, Clone)]
pub struct NewSchedule<'a> {
    /// The name.
    pub name: &'a str,
    /// When.
    pub cron: &'a str,
    /// The time zone.
    pub zone: &'a str,
    /// What kind of work.
    pub kind: &'a str,
    /// What the work is given.
    pub payload: Value,
    /// What becomes of missed occurrences.
    pub catch_up: CatchUp,
    /// The first occurrence.
    pub next_at: Option<Moment>,
    /// Who makes it.
    pub created_by: Option<&'a str>,
}

fn schedule(row: &DbRow) -> Result<Schedule, StoreError> {
    Ok(Schedule {
        id: row.text("id")?,
        name: row.text("name")?,
        cron: row.text("cron")?,
        zone: row.text("zone")?,
        kind: row.text("kind")?,
        payload: row.json("payload")?,
        catch_up: CatchUp::stored(&row.text("catch_up")?)?,
        next_at: row.maybe_moment("next_at")?,
        disabled_at: row.maybe_moment("disabled_at")?,
        created_by: row.maybe_text("created_by")?,
        created_at: row.moment("created_at")?,
    })
}

impl Tx {
    /// Adds a schedule.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] if the name is taken.
    pub async fn add_schedule(
        &mut self,
        new: &NewSchedule<'_>,
        now: Moment,
    ) -> Result<Schedule, StoreError> {
        let row = self
            .one(
                &ADD,
                params![
                    new_id(),
                    new.name,
                    new.cron,
                    new.zone,
                    new.kind,
                    new.payload.to_string(),
                    new.catch_up.word(),
                    new.next_at,
                    new.created_by,
                    now,
                ],
            )
            .await?;
        schedule(&row)
    }

    /// The schedule of an id or a name.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn schedule(&mut self, id_or_name: &str) -> Result<Option<Schedule>, StoreError> {
        let row = self.maybe(&SCHEDULE, params![id_or_name]).await?;
        row.as_ref().map(schedule).transpose()
    }

    /// All schedules, by name.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn schedules(&mut self) -> Result<Vec<Schedule>, StoreError> {
        let rows = self.all(&SCHEDULES, params![]).await?;
        rows.iter().map(schedule).collect()
    }

    /// Schedules whose next occurrence has come.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn due_schedules(&mut self, now: Moment) -> Result<Vec<Schedule>, StoreError> {
        let rows = self.all(&DUE, params![now]).await?;
        rows.iter().map(schedule).collect()
    }

    /// Moves a schedule from one occurrence to the next; whether it stood at the former.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn advance_schedule(
        &mut self,
        id: &str,
        from: Moment,
        to: Option<Moment>,
    ) -> Result<bool, StoreError> {
        Ok(self.run(&SET_NEXT, params![id, from, to]).await? > 0)
    }

    /// Lets a schedule rest (`Some`), or begin again at `next_at`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn rest_schedule(
        &mut self,
        id: &str,
        at: Option<Moment>,
        next_at: Option<Moment>,
    ) -> Result<(), StoreError> {
        self.run(&SET_DISABLED, params![id, at, next_at])
            .await
            .map(drop)
    }

    /// Removes a schedule; what it did stays.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn remove_schedule(&mut self, id: &str) -> Result<(), StoreError> {
        self.run(&REMOVE, params![id]).await.map(drop)
    }

    /// Notes what became of an occurrence; whether nothing had been noted.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn occur(
        &mut self,
        schedule_name: &str,
        scheduled_for: Moment,
        job_id: Option<&str>,
        outcome: &str,
    ) -> Result<bool, StoreError> {
        let noted = params![schedule_name, scheduled_for, job_id, outcome];
        Ok(self.run(&OCCUR, noted).await? > 0)
    }
}
