//! Retraining: a snapshot of labels, a new version, and one transaction that puts it in
//! place.
//!
//! Everything before the transaction can be done again: the snapshot is read, the training
//! is seeded, and the model file is kept by its digest, which nothing names yet. A process
//! that is killed leaves the version, the queue and the cycle as they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use al_core::{Belief, Fault, Progress};
use al_pipeline::Campaign;
use al_store::{
    ClaimedJob, Cycle, CycleEnd, CycleStatus, Item, JobRecord, JobState, ModelRecord, Moment,
    NewJob, NewModel, Qualifier, QueueFilter, QueueItem, QueueStatus, Rescored, Tx, digest_of,
};
use serde_json::{Value, json};

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::log;
use crate::models::{known_model, settings_of};
use crate::quality::validation_of;
use crate::service::{Service, aside};
use crate::settings::ModelSettings;
use crate::training::{NewVersion, Training, rescore};

/// The kind of these jobs.
pub const RETRAIN: &str = "retrain";

/// How often a retraining is begun at most.
const ATTEMPTS: i64 = 5;

/// The least of new labels, unless said otherwise.
pub const MIN_NEW_LABELS: usize = 10;

/// The fewest labels of a first training: fewer than this train nothing that tells rows
/// apart.
const FEWEST: usize = 3;

/// Items of one page.
const PAGE: usize = 1000;

/// How often labels may change under a retraining before the attempt gives up.
const CHANGED: usize = 10;

/// Labels as they were at one moment.
struct Snapshot {
    model: ModelRecord,
    settings: ModelSettings,
    /// The labelled queue items, by id, with the version that each had.
    labelled: Vec<QueueItem>,
    items: BTreeMap<String, Item>,
    /// Of the labelled ones, how many are bounds, which are not learned from.
    bounds: usize,
}

impl Service {
    /// Asks for a retraining of a cycle's model; whether the job is new. While one is active
    /// for the model it is that one.
    ///
    /// # Errors
    ///
    /// An actor who may not, a cycle that is not there or has ended, too few new labels.
    pub async fn retrain(
        &self,
        actor: &Actor,
        cycle: &str,
        min_new_labels: usize,
        now: Moment,
    ) -> Result<(JobRecord, bool), LabelError> {
        actor.need(Scope::Lead)?;
        let mut tx = self.store.begin().await?;
        let cycle = tx
            .lock_cycle(cycle)
            .await?
            .ok_or_else(|| LabelError::unknown("cycle", cycle))?;
        if let Some(job) = tx.active_job(RETRAIN, &cycle.model_name).await? {
            return Ok((job, false));
        }
        let job = self
            .retrain_in(&mut tx, Some(actor), &cycle, min_new_labels, None, now)
            .await?;
        tx.commit().await?;
        Ok((job, true))
    }

    /// The same within a transaction.
    pub(crate) async fn retrain_in(
        &self,
        tx: &mut Tx,
        actor: Option<&Actor>,
        cycle: &Cycle,
        min_new_labels: usize,
        key: Option<&str>,
        now: Moment,
    ) -> Result<JobRecord, LabelError> {
        if !matches!(cycle.status, CycleStatus::Labeling | CycleStatus::Failed) {
            return Err(LabelError::conflict(format!(
                "cycle {} of '{}' is {}",
                cycle.cycle_number,
                cycle.model_name,
                cycle.status.word()
            ))
            .remedy("select another batch, and retrain its cycle"));
        }
        let model = known_model(tx, &cycle.model_name).await?;
        let (usable, bounds) = new_labels(tx, &model, now).await?;
        let least = match model.artefact {
            Some(_) => min_new_labels.max(1),
            None => min_new_labels.max(FEWEST),
        };
        if usable < least {
            let of_bounds = match bounds {
                0 => String::new(),
                n => format!(" ({n} more are bounds, which are not learned from)"),
            };
            return Err(LabelError::conflict(format!(
                "{usable} of {least} new labels that are needed are there{of_bounds}"
            ))
            .remedy("label more items, or lower the least of new labels"));
        }
        let new = NewJob {
            kind: RETRAIN,
            subject: &cycle.model_name,
            payload: json!({"cycle_id": cycle.id, "min_new_labels": min_new_labels}),
            max_attempts: ATTEMPTS,
            run_after: now,
            idempotency_key: key,
            created_by: actor.map(|actor| actor.user.id.as_str()),
        };
        let (job, added) = tx.add_job(&new, now).await?;
        if added {
            tx.set_cycle_status(&cycle.id, CycleStatus::Training, None)
                .await?;
            let detail = json!({"job": job.id, "labels": usable});
            log::note(
                tx,
                actor.map(|actor| &actor.user),
                RETRAIN,
                &cycle.id,
                detail,
                now,
            )
            .await?;
        }
        Ok(job)
    }

    /// Runs a retraining that was claimed, to its end or to an error after which it can be
    /// begun again. `progress` is told how far the training is; `now` tells the hour.
    ///
    /// # Errors
    ///
    /// What a training or a database refuses, and [`al_store::StoreError::Fenced`] if another worker
    /// has the job.
    pub async fn run_retrain(
        &self,
        claimed: &ClaimedJob,
        progress: Arc<dyn Progress + Send>,
        now: impl Fn() -> Moment,
    ) -> Result<Value, LabelError> {
        let cycle_id = claimed.job.payload["cycle_id"].as_str().unwrap_or_default();
        for _ in 0..CHANGED {
            let snapshot = self.snapshot(claimed, cycle_id, now()).await?;
            self.passes("retrain:snapshot");
            let new = self
                .trained(claimed, &snapshot, progress.clone(), now())
                .await?;
            self.passes("retrain:trained");
            let digest = self.store.put_artefact(&new.bytes, now()).await?;
            self.keep(&digest, &new.campaign);
            self.passes("retrain:artefact");
            let checkpoint = json!({"artefact": digest, "labels": labels_digest(&snapshot)});
            self.say(claimed, "scoring the queue", 0.9, Some(&checkpoint), now())
                .await?;
            self.passes("retrain:checkpoint");
            let rescored = self.rescored(&snapshot, &new.campaign, now()).await?;
            self.passes("retrain:rescored");
            let done = self
                .put_in_place(
                    claimed,
                    cycle_id,
                    &snapshot,
                    &new,
                    &digest,
                    &rescored,
                    now(),
                )
                .await?;
            self.passes("retrain:committed");
            if let Some(result) = done {
                return Ok(result);
            }
            // Labels changed meanwhile: once more with those that hold now.
        }
        Err(LabelError::Fault(Fault::failed(
            "the labels changed again and again while the model was trained",
        )))
    }

    async fn say(
        &self,
        claimed: &ClaimedJob,
        step: &str,
        share: f64,
        checkpoint: Option<&Value>,
        now: Moment,
    ) -> Result<(), LabelError> {
        let mut tx = self.store.begin().await?;
        tx.step(claimed, step, share, checkpoint, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn snapshot(
        &self,
        claimed: &ClaimedJob,
        cycle_id: &str,
        now: Moment,
    ) -> Result<Snapshot, LabelError> {
        self.say(claimed, "reading labels", 0.0, None, now).await?;
        let mut tx = self.store.read().await?;
        let cycle = tx.cycle(cycle_id).await?;
        let cycle = cycle.ok_or_else(|| LabelError::unknown("cycle", cycle_id))?;
        let model = known_model(&mut tx, &cycle.model_name).await?;
        let settings = settings_of(&model)?;
        let labelled = labelled(&mut tx, &model.id, now).await?;
        let mut items = BTreeMap::new();
        for row in &labelled {
            if let Some(item) = tx.item(&row.item_id).await? {
                items.insert(item.id.clone(), item);
            }
        }
        let bounds = labelled.iter().filter(|row| !is_usable(row)).count();
        Ok(Snapshot {
            model,
            settings,
            labelled,
            items,
            bounds,
        })
    }

    async fn trained(
        &self,
        claimed: &ClaimedJob,
        snapshot: &Snapshot,
        progress: Arc<dyn Progress + Send>,
        now: Moment,
    ) -> Result<NewVersion, LabelError> {
        self.say(claimed, "training", 0.1, None, now).await?;
        // A later attempt takes what an earlier one made of the same labels.
        let checkpoint = claimed.job.checkpoint.as_ref();
        let made = checkpoint.filter(|made| made["labels"] == json!(labels_digest(snapshot)));
        let made = made.and_then(|made| made["artefact"].as_str());
        let made = match made {
            Some(digest) => self.store.artefact(digest).await.ok(),
            None => None,
        };
        let usable: Vec<&QueueItem> = snapshot
            .labelled
            .iter()
            .filter(|row| is_usable(row))
            .collect();
        let mut labels = Vec::with_capacity(usable.len());
        let mut items = Vec::with_capacity(usable.len());
        for row in usable {
            if let (Some(label), Some(item)) = (&row.label, snapshot.items.get(&row.item_id)) {
                labels.push(label.clone());
                items.push(item.clone());
            }
        }
        let old = match &snapshot.model.artefact {
            Some(digest) => Some(self.store.artefact(digest).await?),
            None => None,
        };
        let work = Training {
            settings: snapshot.settings.clone(),
            name: snapshot.model.name.clone(),
            old,
            made,
            items,
            labels,
        };
        aside(move || work.run(&*progress)).await?
    }

    /// What the new version says of everything that waits.
    async fn rescored(
        &self,
        snapshot: &Snapshot,
        campaign: &Arc<Campaign>,
        now: Moment,
    ) -> Result<Vec<Rescored>, LabelError> {
        let mut tx = self.store.read().await?;
        let mut open = Vec::new();
        for status in [
            QueueStatus::Pending,
            QueueStatus::InProgress,
            QueueStatus::Skipped,
        ] {
            let filter = QueueFilter {
                model_id: Some(snapshot.model.id.clone()),
                status: Some(status),
                ..QueueFilter::default()
            };
            open.extend(all_of(&mut tx, &filter, now).await?);
        }
        let mut pairs = Vec::with_capacity(open.len());
        for row in open {
            if let Some(item) = tx.item(&row.item_id).await? {
                pairs.push((row, item));
            }
        }
        drop(tx);
        let (settings, campaign) = (snapshot.settings.clone(), campaign.clone());
        aside(move || rescore(&settings, &campaign, &pairs)).await?
    }

    /// Puts a new version in place, all of it or nothing: the version, the old one
    /// superseded, its labels archived, the rest of the queue scored anew, the cycle's end and
    /// the job's. `None` if labels changed since the snapshot: then nothing was done.
    #[expect(
        clippy::too_many_arguments,
        reason = "one transaction of all that was made"
    )]
    async fn put_in_place(
        &self,
        claimed: &ClaimedJob,
        cycle_id: &str,
        snapshot: &Snapshot,
        new: &NewVersion,
        digest: &str,
        rescored: &[Rescored],
        now: Moment,
    ) -> Result<Option<Value>, LabelError> {
        let old = &snapshot.model;
        let mut tx = self.store.begin().await?;
        let active = tx.lock_active(&old.name).await?;
        if active.is_none_or(|active| active.id != old.id) {
            return Err(LabelError::conflict(format!(
                "the model '{}' has another version since the training began",
                old.name
            )));
        }
        let held: BTreeMap<String, i64> = labelled(&mut tx, &old.id, now)
            .await?
            .into_iter()
            .map(|row| (row.id, row.version))
            .collect();
        let same = |row: &QueueItem| held.get(&row.id) == Some(&row.version);
        if !snapshot.labelled.iter().all(same) {
            return Ok(None);
        }
        tx.supersede(&old.id).await?;
        let (validation, validation_digest) = validation_of(&new.campaign);
        let training_digest = training_digest(snapshot);
        let version = NewModel {
            name: &old.name,
            version: old.version + 1,
            parent: Some(&old.id),
            settings: old.settings.clone(),
            artefact: Some(digest),
            training_digest: Some(&training_digest),
            validation_digest: validation_digest.as_deref(),
            validation,
            training_rows: new.campaign.observed().learned().len() as i64,
            metrics: Some(new.after.clone()),
            created_by: claimed.job.created_by.as_deref(),
        };
        let model = tx.add_model(&version, now).await?;
        let used: Vec<String> = snapshot
            .labelled
            .iter()
            .filter(|row| is_usable(row))
            .map(|row| row.id.clone())
            .collect();
        let archived = tx.archive(&used, now).await?;
        tx.move_queue(&old.id, &model.id, now).await?;
        tx.rescore(rescored).await?;
        let counts = tx.counts_of_cycle(cycle_id, now).await?;
        let reason = told(snapshot, new);
        let end = CycleEnd {
            trained_model_id: Some(&model.id),
            reason: reason.as_deref(),
            metrics_before: new.before.clone(),
            metrics_after: Some(new.after.clone()),
            items_labeled: counts.labeled + counts.archived,
            items_skipped: counts.skipped,
        };
        tx.end_cycle(cycle_id, CycleStatus::Complete, &end, now)
            .await?;
        let result = json!({
            "model_id": model.id,
            "version": model.version,
            "cycle_id": cycle_id,
            "labels": archived,
            "bounds_left_out": snapshot.bounds,
            "metrics_before": new.before,
            "metrics_after": new.after,
            "warnings": new.warnings,
        });
        let detail = json!({"model": model.id, "version": model.version, "labels": archived});
        log::note(&mut tx, None, "trained", &model.id, detail, now).await?;
        tx.end_job(claimed, JobState::Done, Some(&result), None, now)
            .await?;
        self.passes("retrain:before commit");
        tx.commit().await?;
        Ok(Some(result))
    }
}

/// Whether a model learns from the label: a bound says less than a value, and is kept but not
/// learned from.
fn is_usable(row: &QueueItem) -> bool {
    row.qualifier == Some(Qualifier::Equal)
}

/// Labels that the model has not learned from: values, and bounds.
pub(crate) async fn new_labels(
    tx: &mut Tx,
    model: &ModelRecord,
    now: Moment,
) -> Result<(usize, usize), LabelError> {
    let rows = labelled(tx, &model.id, now).await?;
    let usable = rows.iter().filter(|row| is_usable(row)).count();
    Ok((usable, rows.len() - usable))
}

async fn labelled(tx: &mut Tx, model_id: &str, now: Moment) -> Result<Vec<QueueItem>, LabelError> {
    let filter = QueueFilter {
        model_id: Some(model_id.to_owned()),
        status: Some(QueueStatus::Labeled),
        ..QueueFilter::default()
    };
    all_of(tx, &filter, now).await
}

async fn all_of(
    tx: &mut Tx,
    filter: &QueueFilter,
    now: Moment,
) -> Result<Vec<QueueItem>, LabelError> {
    let (mut rows, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = tx.queue_by_id(filter, after.as_deref(), PAGE, now).await?;
        rows.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
}

fn labels_digest(snapshot: &Snapshot) -> String {
    let parent = snapshot.model.artefact.clone().unwrap_or_default();
    digest_of(format!("{parent}\n{}", training_digest(snapshot)).as_bytes())
}

/// The digest of the labels that a version learned from, by item.
fn training_digest(snapshot: &Snapshot) -> String {
    let mut lines: Vec<String> = snapshot
        .labelled
        .iter()
        .filter(|row| is_usable(row))
        .map(|row| json!([row.item_id, row.label]).to_string())
        .collect();
    lines.sort();
    digest_of(lines.join("\n").as_bytes())
}

/// What there is to say of a cycle that ended well.
fn told(snapshot: &Snapshot, new: &NewVersion) -> Option<String> {
    let mut said = Vec::new();
    if snapshot.bounds > 0 {
        said.push(format!(
            "{} labels are bounds and were not learned from",
            snapshot.bounds
        ));
    }
    let validation = &new.after["validation"];
    if validation.is_null() {
        said.push(match new.after["out_of_bag"].is_null() {
            true => "there are no validation rows: nothing was measured".to_owned(),
            false => "there are no validation rows: the figures are out of bag".to_owned(),
        });
    }
    said.extend(new.warnings.iter().cloned());
    (!said.is_empty()).then(|| said.join("; "))
}
