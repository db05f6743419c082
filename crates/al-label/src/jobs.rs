//! Jobs that end otherwise than well: given up, cancelled, dead, begun again.

use al_store::{ClaimedJob, CycleStatus, JobRecord, JobState, Moment, StoreError, Tx};
use serde_json::json;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::log;
use crate::service::Service;

impl Service {
    /// Ends a job that will not be begun again, and its cycle with the reason.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if another worker has the job.
    pub async fn give_up(
        &self,
        claimed: &ClaimedJob,
        state: JobState,
        reason: &str,
        now: Moment,
    ) -> Result<(), LabelError> {
        let mut tx = self.store.begin().await?;
        tx.end_job(claimed, state, None, Some(reason), now).await?;
        end_cycle_of(&mut tx, &claimed.job, state, reason).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Declares jobs dead whose workers were killed in each attempt, and says so at their
    /// cycles; how many.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn reap(&self, now: Moment) -> Result<usize, LabelError> {
        let mut tx = self.store.begin().await?;
        let dead = tx.reap_jobs(now).await?;
        for job in &dead {
            let reason = job.error.clone().unwrap_or_default();
            end_cycle_of(&mut tx, job, JobState::Dead, &reason).await?;
        }
        tx.commit().await?;
        Ok(dead.len())
    }

    /// Cancels a job that waits, or asks one that runs to stop.
    ///
    /// # Errors
    ///
    /// An actor who may not, a job that is not there or has ended.
    pub async fn cancel(
        &self,
        actor: &Actor,
        id: &str,
        now: Moment,
    ) -> Result<JobRecord, LabelError> {
        actor.need(Scope::Lead)?;
        let mut tx = self.store.begin().await?;
        let job = tx
            .job(id)
            .await?
            .ok_or_else(|| LabelError::unknown("job", id))?;
        if !tx.cancel_job(id, now).await? {
            return Err(LabelError::conflict(format!(
                "the job is {}",
                job.state.word()
            )));
        }
        let job = tx
            .job(id)
            .await?
            .ok_or_else(|| LabelError::unknown("job", id))?;
        if job.state == JobState::Cancelled {
            end_cycle_of(&mut tx, &job, JobState::Cancelled, "cancelled").await?;
        }
        log::note(&mut tx, Some(&actor.user), "cancel", id, json!({}), now).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Begins a job again that is dead, failed or cancelled.
    ///
    /// # Errors
    ///
    /// An actor who may not, a job that is not there, is active, or has a successor.
    pub async fn retry(
        &self,
        actor: &Actor,
        id: &str,
        now: Moment,
    ) -> Result<JobRecord, LabelError> {
        actor.need(Scope::Lead)?;
        let mut tx = self.store.begin().await?;
        let job = tx
            .job(id)
            .await?
            .ok_or_else(|| LabelError::unknown("job", id))?;
        let cycle = match job.payload["cycle_id"].as_str() {
            Some(cycle) => tx.lock_cycle(cycle).await?,
            None => None,
        };
        let ended = cycle
            .as_ref()
            .is_some_and(|cycle| cycle.status == CycleStatus::Complete);
        if ended || !tx.revive_job(id, now).await? {
            return Err(LabelError::conflict(format!(
                "the job is {}, or another one is active for '{}'",
                job.state.word(),
                job.subject
            )));
        }
        if let Some(cycle) = cycle {
            tx.set_cycle_status(&cycle.id, CycleStatus::Training, None)
                .await?;
        }
        log::note(&mut tx, Some(&actor.user), "retry", id, json!({}), now).await?;
        let job = tx
            .job(id)
            .await?
            .ok_or_else(|| LabelError::unknown("job", id))?;
        tx.commit().await?;
        Ok(job)
    }
}

/// A cycle whose retraining was cancelled goes on being labelled; otherwise it has failed.
async fn end_cycle_of(
    tx: &mut Tx,
    job: &JobRecord,
    state: JobState,
    reason: &str,
) -> Result<(), LabelError> {
    let Some(cycle) = job.payload["cycle_id"].as_str() else {
        return Ok(());
    };
    match state {
        JobState::Cancelled => {
            tx.set_cycle_status(cycle, CycleStatus::Labeling, None)
                .await?
        }
        _ => {
            tx.set_cycle_status(cycle, CycleStatus::Failed, Some(reason))
                .await?
        }
    }
    Ok(())
}

/// Whether an error ends a worker without another word: its job has gone to another.
#[must_use]
pub fn is_fenced(error: &LabelError) -> bool {
    matches!(error, LabelError::Store(StoreError::Fenced))
}
