//! What a judgement, a skip, an assignment changes of an item, within a transaction.

use al_store::{Annotation, Moment, NewAnnotation, QueueItem, QueueStatus, Tx, UserRole};
use serde_json::{Value, json};

use crate::actor::{Actor, known_user};
use crate::error::LabelError;
use crate::fitting::checked_text;
use crate::log;
use crate::resolution::{JudgementVerdict, resolve};

/// How a request is done once, also if it is sent twice, and on the version it was read at.
#[derive(Debug, Clone, Default)]
pub struct Once<'a> {
    /// The key of the request.
    pub key: Option<&'a str>,
    /// The version that the item must have.
    pub version: Option<i64>,
}

/// The queue item of an id, or the latest one of an item's id, locked.
pub(crate) async fn locked(tx: &mut Tx, id: &str, now: Moment) -> Result<QueueItem, LabelError> {
    if let Some(item) = tx.lock_queue_item(id, now).await? {
        return Ok(item);
    }
    let latest = tx.latest_of_item(id).await?;
    let unknown = || LabelError::unknown("queue item", id);
    let found = tx
        .lock_queue_item(&latest.ok_or_else(unknown)?, now)
        .await?;
    found.ok_or_else(unknown)
}

pub(crate) fn check_version(item: &QueueItem, once: &Once<'_>) -> Result<(), LabelError> {
    match once.version {
        Some(version) if version != item.version => Err(LabelError::stale(format!(
            "the item is at version {}, not {version}: somebody changed it",
            item.version
        ))
        .remedy("read it again")),
        _ => Ok(()),
    }
}

/// What keeps an item from being judged by an actor.
pub(crate) fn check_open(
    item: &QueueItem,
    actor: &Actor,
    token: Option<&str>,
) -> Result<(), LabelError> {
    match item.status {
        QueueStatus::Pending => Ok(()),
        QueueStatus::InProgress => {
            let holder = item.assigned_to.as_deref();
            if holder != Some(actor.user.id.as_str()) {
                return Err(LabelError::conflict("somebody else holds the item")
                    .remedy("wait until the lease runs out, or have it assigned to you"));
            }
            match (token, &item.claim_token) {
                (Some(given), Some(held)) if given != held => Err(LabelError::conflict(
                    "the claim token is that of an earlier claim",
                )
                .remedy("use the token of the last claim, or none")),
                _ => Ok(()),
            }
        }
        QueueStatus::Labeled => {
            Err(LabelError::conflict("the item is labelled already").remedy("undo the label first"))
        }
        QueueStatus::Skipped => {
            Err(LabelError::conflict("the item was skipped")
                .remedy("put it back into the queue first"))
        }
        QueueStatus::Archived => Err(LabelError::conflict(
            "the item is archived: a later version of the model has learned from its label",
        )),
    }
}

pub(crate) fn needed_reason(reason: &str) -> Result<String, LabelError> {
    checked_text("reason", Some(reason))?.ok_or_else(|| {
        LabelError::invalid("reason", "there is no reason").remedy("say why the item is skipped")
    })
}

pub(crate) async fn assignee(tx: &mut Tx, user: &str) -> Result<al_store::User, LabelError> {
    let user = known_user(tx, user).await?;
    match user.disabled_at {
        None => Ok(user),
        Some(_) => Err(LabelError::conflict(format!(
            "the user '{}' is disabled",
            user.name
        ))),
    }
}

/// Adds a judgement to an item that is open, resolves it, and notes both.
pub(crate) async fn judge(
    tx: &mut Tx,
    action_id: &str,
    actor: &Actor,
    kind: &str,
    mut item: QueueItem,
    new: &NewAnnotation,
    now: Moment,
) -> Result<QueueItem, LabelError> {
    let before = standing(&item);
    let added = tx.annotate(new, now).await;
    let annotation = added.map_err(|error| match error {
        al_store::StoreError::Duplicate { .. } => {
            LabelError::conflict("you have judged this item already")
                .remedy("undo that judgement to give another")
        }
        error => error.into(),
    })?;
    settle(tx, &mut item).await?;
    tx.write_queue_item(&item, now).await?;
    let detail = json!({
        "annotation": annotation,
        "label": new.label,
        "qualifier": new.qualifier,
        "before": before,
    });
    log::note_in(
        tx,
        action_id,
        Some(&actor.user),
        kind,
        &item.id,
        detail,
        now,
    )
    .await?;
    reread(tx, &item.id, now).await
}

pub(crate) async fn reread(tx: &mut Tx, id: &str, now: Moment) -> Result<QueueItem, LabelError> {
    let item = tx.queue_item(id, now).await?;
    item.ok_or_else(|| LabelError::unknown("queue item", id))
}

/// Sets where an item stands by the judgements that hold.
pub(crate) async fn settle(tx: &mut Tx, item: &mut QueueItem) -> Result<(), LabelError> {
    let judgements = tx.annotations(&item.id).await?;
    let mut leads = Vec::with_capacity(judgements.len());
    for judgement in &judgements {
        leads.push(is_lead(tx, judgement).await?);
    }
    let verdict = resolve(&judgements, &leads, item.rule, item.judgements);
    item.release();
    item.skip_reason = None;
    match verdict {
        JudgementVerdict::Resolved(label) => {
            item.status = QueueStatus::Labeled;
            item.resolve(Some(*label));
        }
        JudgementVerdict::Open | JudgementVerdict::Tied => {
            item.status = QueueStatus::Pending;
            item.resolve(None);
        }
    }
    Ok(())
}

pub(crate) async fn is_lead(tx: &mut Tx, judgement: &Annotation) -> Result<bool, LabelError> {
    let user = tx.user(&judgement.user_id).await?;
    Ok(user.is_some_and(|user| user.role >= UserRole::Lead))
}

/// Where an item stands, for the log.
pub(crate) fn standing(item: &QueueItem) -> Value {
    json!({
        "status": item.status,
        "assigned_to": item.assigned_to,
        "assigned_at": item.assigned_at,
        "lease_until": item.lease_until,
        "skip_reason": item.skip_reason,
    })
}

pub(crate) async fn skip_in(
    tx: &mut Tx,
    action_id: &str,
    actor: &Actor,
    mut item: QueueItem,
    reason: &str,
    now: Moment,
) -> Result<QueueItem, LabelError> {
    let before = standing(&item);
    item.release();
    item.status = QueueStatus::Skipped;
    item.skip_reason = Some(reason.to_owned());
    tx.write_queue_item(&item, now).await?;
    let detail = json!({"reason": reason, "before": before});
    log::note_in(
        tx,
        action_id,
        Some(&actor.user),
        "skip",
        &item.id,
        detail,
        now,
    )
    .await?;
    reread(tx, &item.id, now).await
}

pub(crate) async fn assign_in(
    tx: &mut Tx,
    action_id: &str,
    actor: &Actor,
    mut item: QueueItem,
    user: &al_store::User,
    until: Moment,
    now: Moment,
) -> Result<QueueItem, LabelError> {
    if !matches!(item.status, QueueStatus::Pending | QueueStatus::InProgress) {
        return Err(LabelError::conflict(format!(
            "the item is {}: it cannot be assigned",
            item.status.word()
        )));
    }
    let judged = tx.annotations(&item.id).await?;
    if judged.iter().any(|judgement| judgement.user_id == user.id) {
        return Err(LabelError::conflict(format!(
            "'{}' has judged this item already",
            user.name
        )));
    }
    let before = standing(&item);
    item.status = QueueStatus::InProgress;
    item.assigned_to = Some(user.id.clone());
    item.assigned_at = Some(now);
    item.lease_until = Some(until);
    item.claim_token = None;
    tx.write_queue_item(&item, now).await?;
    let detail = json!({"user": user.id, "until": until, "before": before});
    log::note_in(
        tx,
        action_id,
        Some(&actor.user),
        "assign",
        &item.id,
        detail,
        now,
    )
    .await?;
    reread(tx, &item.id, now).await
}

pub(crate) async fn requeue_in(
    tx: &mut Tx,
    action_id: &str,
    actor: &Actor,
    mut item: QueueItem,
    now: Moment,
) -> Result<QueueItem, LabelError> {
    if item.status != QueueStatus::Skipped {
        return Err(LabelError::conflict(format!(
            "the item is {}: only skipped items are put back",
            item.status.word()
        )));
    }
    let before = standing(&item);
    settle(tx, &mut item).await?;
    tx.write_queue_item(&item, now).await?;
    let detail = json!({"before": before});
    log::note_in(
        tx,
        action_id,
        Some(&actor.user),
        "requeue",
        &item.id,
        detail,
        now,
    )
    .await?;
    reread(tx, &item.id, now).await
}
