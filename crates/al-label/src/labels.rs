//! Labelling: judgements, skips and assignments.

use std::time::Duration;

use al_core::Belief;
use al_store::{ModelRecord, Moment, NewAnnotation, QueueItem, RememberedRequest, digest_of};
use serde_json::json;

use crate::actor::{Actor, Scope};
use crate::claims::checked_lease;
use crate::error::LabelError;
use crate::fitting::{FittingLabel, Submission, checked_text, fitting};
use crate::judging::{
    Once, assign_in, assignee, check_open, check_version, judge, locked, needed_reason, requeue_in,
    reread, skip_in,
};
use crate::log::action;
use crate::models::{known_model, settings_of};
use crate::service::Service;
use crate::settings::LabelKind;

/// How long an assignment lasts.
pub const ASSIGNED: Duration = Duration::from_secs(24 * 3600);

impl Service {
    /// The queue item of an id, or the latest one of an item's id.
    ///
    /// # Errors
    ///
    /// An actor who may not, and an item that is not there.
    pub async fn queue_item(
        &self,
        actor: &Actor,
        id: &str,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Read)?;
        let mut tx = self.store.read().await?;
        if let Some(item) = tx.queue_item(id, now).await? {
            return Ok(item);
        }
        let latest = tx.latest_of_item(id).await?;
        let latest = latest.ok_or_else(|| LabelError::unknown("queue item", id))?;
        reread(&mut tx, &latest, now).await
    }

    /// Submits a judgement. The item is labelled once there are enough that agree by its
    /// rule; until then it goes back to the queue for others.
    ///
    /// # Errors
    ///
    /// An actor who may not; an item that is not there, is held by another, is labelled,
    /// skipped or archived, or was judged by the actor; a label that does not fit the model;
    /// a version or key of another request.
    pub async fn label(
        &self,
        actor: &Actor,
        id: &str,
        submission: &Submission,
        once: &Once<'_>,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Label)?;
        let notes = checked_text("notes", submission.notes.as_deref())?;
        let mut tx = self.store.begin().await?;
        if let Some(key) = once.key {
            let request = request_digest(id, submission);
            match tx.remember(&actor.user.id, key, &request, now).await? {
                RememberedRequest::New => {}
                RememberedRequest::Other => {
                    return Err(LabelError::conflict(
                        "the idempotency key was used for another request",
                    )
                    .remedy("use a new key for each label"));
                }
                // As it stands now: the label is there, whatever came after it.
                RememberedRequest::Done(_) => return locked(&mut tx, id, now).await,
            }
        }
        let item = locked(&mut tx, id, now).await?;
        let model = known_model(&mut tx, &item.model_id).await?;
        // What is given makes sense or not, however the item stands.
        let judged = self.fitting(&model, submission).await?;
        check_version(&item, once)?;
        check_open(&item, actor, submission.claim_token.as_deref())?;
        let annotation = NewAnnotation {
            queue_id: item.id.clone(),
            item_id: item.item_id.clone(),
            user_id: actor.user.id.clone(),
            label: judged.label,
            qualifier: submission.qualifier,
            unit: judged.unit,
            given: judged.given,
            source: submission.source,
            confidence: submission.confidence,
            notes,
        };
        let item = judge(&mut tx, &action(), actor, "label", item, &annotation, now).await?;
        if let Some(key) = once.key {
            tx.answered(&actor.user.id, key, &json!({"version": item.version}))
                .await?;
        }
        tx.commit().await?;
        Ok(item)
    }

    /// A submission as it fits a model.
    pub(crate) async fn fitting(
        &self,
        model: &ModelRecord,
        submission: &Submission,
    ) -> Result<FittingLabel, LabelError> {
        let settings = settings_of(model)?;
        let classes = match (settings.task, self.campaign(model).await?) {
            (LabelKind::Classification, Some(campaign)) => campaign.classes().to_vec(),
            _ => settings.classes.clone(),
        };
        fitting(&settings, &classes, submission)
    }

    /// Skips an item, with a reason.
    ///
    /// # Errors
    ///
    /// As [`Service::label`], and no reason.
    pub async fn skip(
        &self,
        actor: &Actor,
        id: &str,
        reason: &str,
        once: &Once<'_>,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Label)?;
        let reason = needed_reason(reason)?;
        let mut tx = self.store.begin().await?;
        let item = locked(&mut tx, id, now).await?;
        check_version(&item, once)?;
        check_open(&item, actor, None)?;
        let item = skip_in(&mut tx, &action(), actor, item, &reason, now).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Assigns an item to a user, who holds it until the lease ends. A lead may take it from
    /// whoever holds it.
    ///
    /// # Errors
    ///
    /// An actor who may not, a user who is not there or disabled, an item that is not open.
    pub async fn assign(
        &self,
        actor: &Actor,
        id: &str,
        user: &str,
        lease: Option<Duration>,
        once: &Once<'_>,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Lead)?;
        let lease = checked_lease(lease, ASSIGNED)?;
        let mut tx = self.store.begin().await?;
        let item = locked(&mut tx, id, now).await?;
        check_version(&item, once)?;
        let user = assignee(&mut tx, user).await?;
        let until = now.after(lease);
        let item = assign_in(&mut tx, &action(), actor, item, &user, until, now).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Puts a skipped item back into the queue.
    ///
    /// # Errors
    ///
    /// An actor who may not, and an item that was not skipped.
    pub async fn requeue(
        &self,
        actor: &Actor,
        id: &str,
        once: &Once<'_>,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Label)?;
        let mut tx = self.store.begin().await?;
        let item = locked(&mut tx, id, now).await?;
        check_version(&item, once)?;
        let item = requeue_in(&mut tx, &action(), actor, item, now).await?;
        tx.commit().await?;
        Ok(item)
    }
}

fn request_digest(id: &str, submission: &Submission) -> String {
    let text = json!([
        id,
        submission.label,
        submission.source,
        submission.confidence,
        submission.notes,
        submission.unit,
        submission.qualifier,
    ]);
    digest_of(text.to_string().as_bytes())
}
