//! Who runs jobs: claims one, keeps its lease while it works, and ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use al_core::Progress;
use al_label::store::{ClaimedJob, JobState, Moment, StoreError};
use al_label::{LabelError, RETRAIN, Service, is_fenced};

use crate::state::AppState;

/// How long a worker may be silent before another takes its job.
const LEASE: Duration = Duration::from_secs(30);

/// How often a lease is extended, and whether somebody asked to stop is looked up.
const BEAT: Duration = Duration::from_secs(5);

/// How often a worker looks for jobs that another server made.
const LOOK: Duration = Duration::from_secs(2);

/// How long a job waits after an error that may pass; twice as long after each.
const WAIT: Duration = Duration::from_secs(2);

/// Counts the steps of a training, for those who ask how far it is.
#[derive(Debug, Default)]
struct Counted {
    steps: AtomicU64,
    done: AtomicU64,
}

impl Progress for Counted {
    fn stage(&self, _: &str, steps: u64) {
        self.steps.store(steps, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }
}

impl Counted {
    /// The share of the present stage that is done.
    fn share(&self) -> f64 {
        let steps = self.steps.load(Ordering::Relaxed);
        match steps {
            0 => 0.0,
            steps => (self.done.load(Ordering::Relaxed) as f64 / steps as f64).min(1.0),
        }
    }
}

/// Runs jobs until the task is ended, and makes those of schedules.
pub(crate) async fn work(state: AppState) {
    loop {
        let ran = turn(&state.service, Some(&state)).await;
        match ran {
            Ok(true) => {}
            Ok(false) => {
                // A job that this server makes wakes it at once.
                let _ = tokio::time::timeout(LOOK, state.wake.notified()).await;
            }
            Err(error) => {
                tracing::warn!(%error, "a worker could not look for jobs");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// Runs jobs until none waits; how many. For those who have no server.
///
/// # Errors
///
/// A database that fails.
pub async fn run_jobs(service: &Service) -> Result<usize, LabelError> {
    let mut ran = 0;
    while turn(service, None).await? {
        ran += 1;
    }
    Ok(ran)
}

/// Makes due jobs, buries dead ones, and runs the next; whether there was one.
async fn turn(service: &Service, state: Option<&AppState>) -> Result<bool, LabelError> {
    let now = Moment::now();
    service.tick(now).await?;
    service.reap(now).await?;
    let mut tx = service.store.begin().await?;
    let claimed = tx.claim_job(LEASE, now).await?;
    tx.commit().await?;
    let Some(claimed) = claimed else {
        return Ok(false);
    };
    let (id, kind) = (claimed.job.id.clone(), claimed.job.kind.clone());
    tracing::info!(job = %id, kind, attempt = claimed.job.attempt, "a job begins");
    let outcome = run(service, &claimed).await;
    tracing::info!(job = %id, kind, outcome, "a job ended");
    if let Some(state) = state {
        state.metrics.job(&kind, outcome);
    }
    Ok(true)
}

/// Runs a job and keeps its lease meanwhile; what became of it.
async fn run(service: &Service, claimed: &ClaimedJob) -> &'static str {
    if claimed.job.kind != RETRAIN {
        let reason = format!(
            "this altool knows no jobs of the kind '{}'",
            claimed.job.kind
        );
        let given_up = service
            .give_up(claimed, JobState::Failed, &reason, Moment::now())
            .await;
        return if given_up.is_ok() { "failed" } else { "lost" };
    }
    let progress = Arc::new(Counted::default());
    let ended = tokio::select! {
        ended = service.run_retrain(claimed, progress.clone(), Moment::now) => ended.map(Some),
        ended = keep(service, claimed, &progress) => ended.map(|()| None),
    };
    match ended {
        Ok(Some(_)) => "done",
        // Somebody asked it to stop.
        Ok(None) => {
            let cancelled = service
                .give_up(claimed, JobState::Cancelled, "cancelled", Moment::now())
                .await;
            match cancelled {
                Ok(()) => "cancelled",
                Err(_) => "lost",
            }
        }
        Err(error) if is_fenced(&error) => "lost",
        Err(error) => failed(service, claimed, &error).await,
    }
}

/// Extends the lease of a job until somebody asks it to stop.
async fn keep(
    service: &Service,
    claimed: &ClaimedJob,
    progress: &Counted,
) -> Result<(), LabelError> {
    loop {
        tokio::time::sleep(BEAT).await;
        let now = Moment::now();
        let beaten = beat(service, claimed, progress, now).await;
        match beaten {
            Ok(false) => {}
            Ok(true) => return Ok(()),
            Err(error) if is_fenced(&error) => return Err(error),
            // The lease outlives a database that is busy for a moment.
            Err(error) => tracing::warn!(%error, "the lease of a job was not extended"),
        }
    }
}

async fn beat(
    service: &Service,
    claimed: &ClaimedJob,
    progress: &Counted,
    now: Moment,
) -> Result<bool, LabelError> {
    let mut tx = service.store.begin().await?;
    tx.beat(claimed, LEASE, now).await?;
    let job = tx.job(&claimed.job.id).await?;
    if let Some(job) = &job
        && job.step.as_deref() == Some("training")
    {
        // Training is from a tenth to nine tenths of the way.
        let share = 0.1 + 0.8 * progress.share();
        tx.step(claimed, "training", share, None, now).await?;
    }
    tx.commit().await?;
    Ok(job.is_some_and(|job| job.cancel_requested.is_some()))
}

/// Puts a job back whose error may pass, and ends one whose error another attempt would
/// meet again.
async fn failed(service: &Service, claimed: &ClaimedJob, error: &LabelError) -> &'static str {
    let now = Moment::now();
    let job = &claimed.job;
    tracing::warn!(job = %job.id, %error, "an attempt of a job failed");
    if error.is_passing() && job.attempt < job.max_attempts {
        let wait = WAIT * 2_u32.saturating_pow(u32::try_from(job.attempt).unwrap_or(0));
        return match put_back(service, claimed, now.after(wait), error, now).await {
            Ok(()) => "put back",
            Err(_) => "lost",
        };
    }
    let (state, outcome) = match error.is_passing() {
        true => (JobState::Dead, "dead"),
        false => (JobState::Failed, "failed"),
    };
    match service
        .give_up(claimed, state, &error.to_string(), now)
        .await
    {
        Ok(()) => outcome,
        Err(_) => "lost",
    }
}

async fn put_back(
    service: &Service,
    claimed: &ClaimedJob,
    after: Moment,
    error: &LabelError,
    now: Moment,
) -> Result<(), StoreError> {
    let mut tx = service.store.begin().await?;
    tx.requeue_job(claimed, after, &error.to_string(), now)
        .await?;
    tx.commit().await
}
