//! Jobs: work that outlives a request and a process.
//!
//! A worker claims a job for a lease and gets a fence, a number that grows with each
//! claim. Every later write names it: where another worker has claimed the job meanwhile,
//! nothing is changed and [`StoreError::Fenced`] ends the worker (Kleppmann 2016, "How to
//! do distributed locking"). Of one kind and subject there is one active job at most.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::new_id;
use crate::kinds::JobState;
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

macro_rules! columns {
    () => {
        "id, kind, subject, payload, state, attempt, max_attempts, run_after, lease_until, \
         fence, step, progress, checkpoint, result, error, cancel_requested, \
         created_by, created_at, updated_at"
    };
}

/// A job that this worker may write to: still running, and still under its fence.
macro_rules! mine {
    () => {
        " WHERE id = $1 AND fence = $2 AND state = 'running'"
    };
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, fence = fence + 1, \
             lease_until = $2, updated_at = $1, error = NULL WHERE id = (SELECT id FROM jobs \
             WHERE ((state = 'queued' AND run_after <= $1) \
                    OR (state = 'running' AND lease_until <= $1)) \
             AND attempt < max_attempts ORDER BY run_after, id LIMIT 1",
            $lock,
            ") RETURNING ",
            columns!()
        )
    };
}

statements! {
    ADD = concat!(
        "INSERT INTO jobs (id, kind, subject, payload, state, attempt, max_attempts, \
         run_after, fence, idempotency_key, created_by, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 'queued', 0, $5, $6, 0, $7, $8, $9, $9) \
         ON CONFLICT DO NOTHING RETURNING ", columns!()
    ),
    ACTIVE = concat!(
        "SELECT ", columns!(), " FROM jobs WHERE kind = $1 AND subject = $2 \
         AND state IN ('queued', 'running')"
    ),
    OF_KEY = concat!("SELECT ", columns!(), " FROM jobs WHERE idempotency_key = $1"),
    JOB = concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1"),
    JOBS = concat!(
        "SELECT ", columns!(), " FROM jobs WHERE ($1 = '' OR state = $1) \
         AND ($2 = '' OR kind = $2) AND id > $3 ORDER BY id LIMIT $4"
    ),
    CLAIM = claim!("");
    claim!(" FOR UPDATE SKIP LOCKED"),
    REAP = concat!(
        "UPDATE jobs SET state = 'dead', updated_at = $1, lease_until = NULL, \
         error = COALESCE(error, 'its worker was killed in each attempt') \
         WHERE state = 'running' AND lease_until <= $1 AND attempt >= max_attempts RETURNING ",
        columns!()
    ),
    BEAT = concat!("UPDATE jobs SET lease_until = $3, updated_at = $4", mine!()),
    STEP = concat!(
        "UPDATE jobs SET step = $3, progress = $4, checkpoint = COALESCE($5, checkpoint), \
         updated_at = $6", mine!()
    ),
    END = concat!(
        "UPDATE jobs SET state = $3, result = $4, error = $5, updated_at = $6, \
         lease_until = NULL, progress = CASE WHEN $3 = 'done' THEN 1.0 ELSE progress END",
        mine!()
    ),
    AGAIN = concat!(
        "UPDATE jobs SET state = 'queued', run_after = $3, error = $4, updated_at = $5, \
         lease_until = NULL", mine!()
    ),
    CANCEL_QUEUED = "UPDATE jobs SET state = 'cancelled', updated_at = $2 \
                     WHERE id = $1 AND state = 'queued'",
    CANCEL_RUNNING = "UPDATE jobs SET cancel_requested = $2, updated_at = $2 \
                      WHERE id = $1 AND state = 'running' AND cancel_requested IS NULL",
    REVIVE = "UPDATE jobs SET state = 'queued', attempt = 0, run_after = $2, \
              cancel_requested = NULL, updated_at = $2 WHERE id = $1 \
              AND state IN ('dead', 'failed', 'cancelled') AND NOT EXISTS \
              (SELECT 1 FROM jobs o WHERE o.kind = jobs.kind AND o.subject = jobs.subject \
               AND o.state IN ('queued', 'running'))",
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct JobRecord {
    /// The id.
    pub id: String,
    /// What kind of work.
    pub kind: String,
    /// On what: a cycle, for instance.
    pub subject: String,
    /// What the work is given.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// Where it stands.
    pub state: JobState,
    /// How often it was begun.
    pub attempt: i64,
    /// How often at most.
    pub max_attempts: i64,
    /// Not before this moment.
    #[schema(value_type = String, format = DateTime)]
    pub run_after: Moment,
    /// Until when its worker holds it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Moment>,
    /// How often it was claimed.
    pub fence: i64,
    /// What it is at.
    pub step: Option<String>,
    /// How far it is, from 0 to 1.
    pub progress: Option<f64>,
    /// What a later attempt continues from.
    #[schema(value_type = Option<Object>)]
    pub checkpoint: Option<Value>,
    /// What came of it.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why the last attempt ended.
    pub error: Option<String>,
    /// When somebody asked it to stop.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub cancel_requested: Option<Moment>,
    /// Who asked for it.
    pub created_by: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Moment,
}

/// A job to add.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// What kind of work.
    pub kind: &'a str,
    /// On what.
    pub subject: &'a str,
    /// What the work is given.
    pub payload: Value,
    /// How often at most it is begun.
    pub max_attempts: i64,
    /// Not before this moment.
    pub run_after: Moment,
    /// A second job with the same key is the first one.
    pub idempotency_key: Option<&'a str>,
    /// Who asks for it.
    pub created_by: Option<&'a str>,
}

/// A job as its worker knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    /// The job.
    pub job: JobRecord,
    /// What every write of this worker names.
    pub fence: i64,
}

fn job(row: &DbRow) -> Result<JobRecord, StoreError> {
    Ok(JobRecord {
        id: row.text("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        payload: row.json("payload")?,
        state: JobState::stored(&row.text("state")?)?,
        attempt: row.int("attempt")?,
        max_attempts: row.int("max_attempts")?,
        run_after: row.moment("run_after")?,
        lease_until: row.maybe_moment("lease_until")?,
        fence: row.int("fence")?,
        step: row.maybe_text("step")?,
        progress: row.maybe_real("progress")?,
        checkpoint: row.maybe_json("checkpoint")?,
        result: row.maybe_json("result")?,
        error: row.maybe_text("error")?,
        cancel_requested: row.maybe_moment("cancel_requested")?,
        created_by: row.maybe_text("created_by")?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    })
}

fn fenced(changed: u64) -> Result<(), StoreError> {
    match changed {
        0 => Err(StoreError::Fenced),
        _ => Ok(()),
    }
}

impl Tx {
    /// Adds a job, or finds the active one of its kind and subject, or the one of its
    /// key; whether it was added.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn add_job(
        &mut self,
        new: &NewJob<'_>,
        now: Moment,
    ) -> Result<(JobRecord, bool), StoreError> {
        let wanted = params![
            new_id(),
            new.kind,
            new.subject,
            new.payload.to_string(),
            new.max_attempts,
            new.run_after,
            new.idempotency_key,
            new.created_by,
            now,
        ];
        // Between a conflict and its look-up the other job may end: then there is room.
        for _ in 0..8 {
            if let Some(row) = self.maybe(&ADD, wanted).await? {
                return Ok((job(&row)?, true));
            }
            if let Some(key) = new.idempotency_key
                && let Some(row) = self.maybe(&OF_KEY, params![key]).await?
            {
                return Ok((job(&row)?, false));
            }
            let active = params![new.kind, new.subject];
            if let Some(row) = self.maybe(&ACTIVE, active).await? {
                return Ok((job(&row)?, false));
            }
        }
        Err(StoreError::Duplicate {
            statement: ADD.name,
        })
    }

    /// A job.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn job(&mut self, id: &str) -> Result<Option<JobRecord>, StoreError> {
        let row = self.maybe(&JOB, params![id]).await?;
        row.as_ref().map(job).transpose()
    }

    /// The active job of a kind and subject.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn active_job(
        &mut self,
        kind: &str,
        subject: &str,
    ) -> Result<Option<JobRecord>, StoreError> {
        let row = self.maybe(&ACTIVE, params![kind, subject]).await?;
        row.as_ref().map(job).transpose()
    }

    /// Jobs in their order, those after the id `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn jobs(
        &mut self,
        state: Option<JobState>,
        kind: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<JobRecord>, StoreError> {
        let bounds = params![
            state.map_or("", JobState::word),
            kind.unwrap_or(""),
            after.unwrap_or(""),
            limit as i64 + 1
        ];
        let rows = self.all(&JOBS, bounds).await?;
        let jobs = rows.iter().map(job).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(jobs, limit, |job| job.id.clone()))
    }

    /// Claims the next job that waits, or whose worker has let its lease run out.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn claim_job(
        &mut self,
        lease: Duration,
        now: Moment,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        let row = self.maybe(&CLAIM, params![now, now.after(lease)]).await?;
        let job = row.as_ref().map(job).transpose()?;
        Ok(job.map(|job| ClaimedJob {
            fence: job.fence,
            job,
        }))
    }

    /// Declares jobs dead whose last attempt let its lease run out.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn reap_jobs(&mut self, now: Moment) -> Result<Vec<JobRecord>, StoreError> {
        let rows = self.all(&REAP, params![now]).await?;
        rows.iter().map(job).collect()
    }

    /// Extends the lease of a job.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if it is not this worker's any more.
    pub async fn beat(
        &mut self,
        claimed: &ClaimedJob,
        lease: Duration,
        now: Moment,
    ) -> Result<(), StoreError> {
        let which = params![&claimed.job.id, claimed.fence, now.after(lease), now];
        fenced(self.run(&BEAT, which).await?)
    }

    /// Says what a job is at, how far it is, and what a later attempt continues from.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if it is not this worker's any more.
    pub async fn step(
        &mut self,
        claimed: &ClaimedJob,
        step: &str,
        progress: f64,
        checkpoint: Option<&Value>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let which = params![
            &claimed.job.id,
            claimed.fence,
            step,
            progress,
            checkpoint.map(Value::to_string),
            now
        ];
        fenced(self.run(&STEP, which).await?)
    }

    /// Ends a job as done, failed, dead or cancelled.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if it is not this worker's any more.
    pub async fn end_job(
        &mut self,
        claimed: &ClaimedJob,
        state: JobState,
        result: Option<&Value>,
        error: Option<&str>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let which = params![
            &claimed.job.id,
            claimed.fence,
            state.word(),
            result.map(Value::to_string),
            error,
            now
        ];
        fenced(self.run(&END, which).await?)
    }

    /// Puts a job back, to be begun again after a moment.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if it is not this worker's any more.
    pub async fn requeue_job(
        &mut self,
        claimed: &ClaimedJob,
        run_after: Moment,
        error: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        let which = params![&claimed.job.id, claimed.fence, run_after, error, now];
        fenced(self.run(&AGAIN, which).await?)
    }

    /// Cancels a job that waits, or asks one that runs to stop; whether there was one.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn cancel_job(&mut self, id: &str, now: Moment) -> Result<bool, StoreError> {
        let which = params![id, now];
        let cancelled = self.run(&CANCEL_QUEUED, which).await? > 0;
        Ok(cancelled || self.run(&CANCEL_RUNNING, which).await? > 0)
    }

    /// Lets a job that is dead, failed or cancelled begin again; whether it was one, and
    /// no other of its kind and subject is active.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn revive_job(&mut self, id: &str, now: Moment) -> Result<bool, StoreError> {
        Ok(self.run(&REVIVE, params![id, now]).await? > 0)
    }
}
