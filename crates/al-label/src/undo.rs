//! Taking back what was done, as one action, and doing things to all items of a filter.

use al_store::{Event, Moment, NewEvent, QueueFilter, QueueItem, QueueStatus, Tx};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::judging::{assign_in, assignee, locked, needed_reason, requeue_in, settle, skip_in};
use crate::labels::ASSIGNED;
use crate::log::action;
use crate::service::Service;

/// Items of one page while a filter is read.
const PAGE: usize = 1000;

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Undone {
    /// The action.
    pub action_id: String,
    /// Items that stand as they did before it.
    pub items: u64,
}

/// What to do to all items of a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkAction {
    /// Skip them, with a reason.
    Skip(String),
    /// Assign them to a user.
    Assign(String),
    /// Put them back into the queue.
    Requeue,
}

/// What was done to the items of a filter.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BulkDone {
    /// The action, to undo it by; none if it was only counted.
    pub action_id: Option<String>,
    /// Items that it was done to, or would be.
    pub items: u64,
    /// Items of the filter that stand so that it cannot be done to them.
    pub passed_over: u64,
}

impl Service {
    /// Takes back the action of an id, or the last one of the actor: labels, skips,
    /// assignments and what was put back, also in bulk, all of it or nothing.
    ///
    /// # Errors
    ///
    /// An action that is not there, is another's (unless the actor is a lead), is undone
    /// already, or was built upon.
    pub async fn undo(
        &self,
        actor: &Actor,
        action_id: Option<&str>,
        now: Moment,
    ) -> Result<Undone, LabelError> {
        actor.need(Scope::Label)?;
        let mut tx = self.store.begin().await?;
        let id = match action_id {
            Some(id) => id.to_owned(),
            None => tx
                .last_action(&actor.user.id)
                .await?
                .ok_or_else(|| LabelError::conflict("there is nothing of yours to undo"))?,
        };
        let items = self.undo_in(&mut tx, actor, &id, now).await?;
        tx.commit().await?;
        Ok(Undone {
            action_id: id,
            items,
        })
    }

    async fn undo_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: &str,
        now: Moment,
    ) -> Result<u64, LabelError> {
        let events = tx.events_of_action(id).await?;
        let can = |event: &&Event| {
            matches!(
                event.kind.as_str(),
                "label" | "result" | "skip" | "assign" | "requeue"
            )
        };
        let undoable: Vec<&Event> = events.iter().filter(can).collect();
        if undoable.is_empty() {
            return Err(match events.is_empty() {
                true => LabelError::unknown("action", id),
                false => LabelError::conflict("this action cannot be undone"),
            });
        }
        let own = |event: &&Event| event.user_id.as_deref() == Some(actor.user.id.as_str());
        if !undoable.iter().all(own) {
            actor.need(Scope::Lead)?;
        }
        let undoing = action();
        // The last of an item is undone first.
        for event in undoable.iter().rev() {
            if tx.is_undone(event.number).await? {
                return Err(LabelError::conflict("this action is undone already"));
            }
            self.undo_event(tx, actor, event, &undoing, now).await?;
        }
        Ok(undoable.len() as u64)
    }

    async fn undo_event(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        event: &Event,
        undoing: &str,
        now: Moment,
    ) -> Result<(), LabelError> {
        let mut item = locked(tx, &event.subject, now).await?;
        if item.status == QueueStatus::Archived {
            return Err(LabelError::conflict(
                "a version of the model has learned from the label already",
            )
            .remedy("it stays; submit a better one in a later cycle"));
        }
        if tx.later_events(&event.subject, event.number).await? > 0 {
            return Err(LabelError::conflict("the item was changed after that")
                .remedy("undo the later change first"));
        }
        match event.kind.as_str() {
            "label" | "result" => {
                let annotation = event.detail["annotation"].as_str().unwrap_or_default();
                if !tx.undo_annotation(annotation, now).await? {
                    return Err(LabelError::conflict("the judgement was taken back already"));
                }
                settle(tx, &mut item).await?;
            }
            _ => put_back(tx, &mut item, &event.detail["before"], now).await?,
        }
        tx.write_queue_item(&item, now).await?;
        let undo = NewEvent {
            action_id: undoing,
            at: now,
            user_id: Some(&actor.user.id),
            kind: "undo",
            subject: &event.subject,
            detail: json!({"of": event.kind}),
            undoes: Some(event.number),
        };
        tx.append(&undo).await?;
        Ok(())
    }

    /// Does something to all items that a filter lets through, as one action. `dry` counts
    /// them only. Items that stand otherwise, or that somebody holds, are passed over.
    ///
    /// # Errors
    ///
    /// An actor who may not, and a filter without any condition.
    pub async fn bulk(
        &self,
        actor: &Actor,
        filter: &QueueFilter,
        what: &BulkAction,
        dry: bool,
        now: Moment,
    ) -> Result<BulkDone, LabelError> {
        actor.need(Scope::Lead)?;
        let texts = [
            &filter.model_id,
            &filter.assigned_to,
            &filter.cycle_id,
            &filter.batch,
        ];
        let empty = texts.into_iter().flatten().any(String::is_empty);
        if empty || *filter == QueueFilter::default() {
            return Err(LabelError::invalid("filter", "the filter has no condition")
                .remedy("say which items: by model, status, cycle, batch or holder"));
        }
        let id = action();
        let mut tx = self.store.begin().await?;
        let user = match what {
            BulkAction::Assign(user) => Some(assignee(&mut tx, user).await?),
            _ => None,
        };
        let reason = match what {
            BulkAction::Skip(reason) => Some(needed_reason(reason)?),
            _ => None,
        };
        let (mut items, mut passed_over, mut after) = (0, 0, None::<String>);
        loop {
            let page = tx.queue_by_id(filter, after.as_deref(), PAGE, now).await?;
            for listed in &page.items {
                let item = locked(&mut tx, &listed.id, now).await?;
                let open = match what {
                    BulkAction::Requeue => item.status == QueueStatus::Skipped,
                    BulkAction::Skip(_) => item.status == QueueStatus::Pending,
                    // A lead may take items from whoever holds them.
                    BulkAction::Assign(_) => {
                        matches!(item.status, QueueStatus::Pending | QueueStatus::InProgress)
                            && !judged_by(&mut tx, &item, user.as_ref()).await?
                    }
                };
                if !open {
                    passed_over += 1;
                    continue;
                }
                items += 1;
                if dry {
                    continue;
                }
                match (&reason, &user) {
                    (Some(reason), _) => skip_in(&mut tx, &id, actor, item, reason, now).await?,
                    (None, Some(user)) => {
                        let until = now.after(ASSIGNED);
                        assign_in(&mut tx, &id, actor, item, user, until, now).await?
                    }
                    (None, None) => requeue_in(&mut tx, &id, actor, item, now).await?,
                };
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        tx.commit().await?;
        Ok(BulkDone {
            action_id: (!dry && items > 0).then_some(id),
            items,
            passed_over,
        })
    }
}

async fn judged_by(
    tx: &mut Tx,
    item: &QueueItem,
    user: Option<&al_store::User>,
) -> Result<bool, LabelError> {
    let judged = tx.annotations(&item.id).await?;
    Ok(user.is_some_and(|user| judged.iter().any(|one| one.user_id == user.id)))
}

/// Puts an item back where it stood. A lease that has run out meanwhile is over.
async fn put_back(
    tx: &mut Tx,
    item: &mut QueueItem,
    before: &Value,
    now: Moment,
) -> Result<(), LabelError> {
    let text = |name: &str| before[name].as_str().map(str::to_owned);
    let moment = |name: &str| before[name].as_str().and_then(Moment::parse);
    settle(tx, item).await?;
    let status = text("status").and_then(|word| QueueStatus::of_word(&word));
    match status {
        Some(QueueStatus::Skipped) => {
            item.status = QueueStatus::Skipped;
            item.skip_reason = text("skip_reason");
        }
        Some(QueueStatus::InProgress) if moment("lease_until").is_some_and(|end| end > now) => {
            item.status = QueueStatus::InProgress;
            item.assigned_to = text("assigned_to");
            item.assigned_at = moment("assigned_at");
            item.lease_until = moment("lease_until");
        }
        _ => {}
    }
    Ok(())
}
