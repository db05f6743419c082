//! Claims: items that somebody holds while a lease runs.

use std::time::Duration;

use al_store::{Claim, Moment, QueueItem, QueueStatus, Tx, secret};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actor::{Actor, Scope};
use crate::error::LabelError;
use crate::judging::{check_open, locked};
use crate::log;
use crate::models::known_model;
use crate::service::Service;

/// How long a claim lasts unless it is extended.
pub const LEASE: Duration = Duration::from_secs(15 * 60);

/// The longest lease that may be asked for.
pub const LONGEST_LEASE: Duration = Duration::from_secs(30 * 24 * 3600);

/// An item that is held, with what proves it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HeldItem {
    /// The item.
    pub item: QueueItem,
    /// What the holder may prove the claim with.
    pub claim_token: String,
}

pub(crate) fn checked_lease(
    lease: Option<Duration>,
    usual: Duration,
) -> Result<Duration, LabelError> {
    let lease = lease.unwrap_or(usual);
    match lease.is_zero() || lease > LONGEST_LEASE {
        false => Ok(lease),
        true => Err(LabelError::invalid(
            "lease_seconds",
            format!("a lease of {} seconds", lease.as_secs()),
        )
        .remedy(format!("give 1 to {}", LONGEST_LEASE.as_secs()))),
    }
}

impl Service {
    /// Claims the next item for the actor: one that is assigned to them, else the free one
    /// of the highest priority. `None` if there is nothing for them.
    ///
    /// # Errors
    ///
    /// An actor who may not, a model that is not there, a lease that makes no sense.
    pub async fn next(
        &self,
        actor: &Actor,
        model: Option<&str>,
        cycle: Option<&str>,
        lease: Option<Duration>,
        now: Moment,
    ) -> Result<Option<HeldItem>, LabelError> {
        actor.need(Scope::Label)?;
        let lease = checked_lease(lease, LEASE)?;
        let token = secret("")?;
        let mut tx = self.store.begin().await?;
        let model = match model {
            Some(model) => Some(known_model(&mut tx, model).await?.id),
            None => None,
        };
        let claim = Claim {
            user_id: &actor.user.id,
            token: &token,
            model_id: model.as_deref(),
            cycle_id: cycle,
            now,
            until: now.after(lease),
        };
        let Some(id) = tx.claim_next(&claim).await? else {
            return Ok(None);
        };
        let held = self.held(&mut tx, actor, &id, token, now).await?;
        tx.commit().await?;
        Ok(Some(held))
    }

    async fn held(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: &str,
        claim_token: String,
        now: Moment,
    ) -> Result<HeldItem, LabelError> {
        let item = tx.queue_item(id, now).await?;
        let item = item.ok_or_else(|| LabelError::unknown("queue item", id))?;
        let detail = json!({"until": item.lease_until});
        log::note(tx, Some(&actor.user), "claim", id, detail, now).await?;
        Ok(HeldItem { item, claim_token })
    }

    /// Claims one item.
    ///
    /// # Errors
    ///
    /// An actor who may not, an item that is not there, is held by somebody else or is
    /// labelled.
    pub async fn claim(
        &self,
        actor: &Actor,
        id: &str,
        lease: Option<Duration>,
        now: Moment,
    ) -> Result<HeldItem, LabelError> {
        actor.need(Scope::Label)?;
        let lease = checked_lease(lease, LEASE)?;
        let token = secret("")?;
        let mut tx = self.store.begin().await?;
        let item = locked(&mut tx, id, now).await?;
        check_open(&item, actor, None)?;
        let mut item = item;
        item.status = QueueStatus::InProgress;
        item.assigned_to = Some(actor.user.id.clone());
        item.assigned_at = Some(now);
        item.lease_until = Some(now.after(lease));
        item.claim_token = Some(token.clone());
        tx.write_queue_item(&item, now).await?;
        let held = self.held(&mut tx, actor, &item.id, token, now).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Extends the lease of an item that the actor holds.
    ///
    /// # Errors
    ///
    /// An item that the actor does not hold any more.
    pub async fn extend(
        &self,
        actor: &Actor,
        id: &str,
        token: Option<&str>,
        lease: Option<Duration>,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Label)?;
        let until = now.after(checked_lease(lease, LEASE)?);
        let mut tx = self.store.begin().await?;
        let id = &locked(&mut tx, id, now).await?.id;
        if !tx
            .extend_claim(id, &actor.user.id, token, now, until)
            .await?
        {
            return Err(not_held());
        }
        let item = locked(&mut tx, id, now).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Gives an item back that the actor holds.
    ///
    /// # Errors
    ///
    /// An item that the actor does not hold any more.
    pub async fn release(
        &self,
        actor: &Actor,
        id: &str,
        token: Option<&str>,
        now: Moment,
    ) -> Result<QueueItem, LabelError> {
        actor.need(Scope::Label)?;
        let mut tx = self.store.begin().await?;
        let id = &locked(&mut tx, id, now).await?.id;
        if !tx.give_back(id, &actor.user.id, token, now).await? {
            return Err(not_held());
        }
        log::note(&mut tx, Some(&actor.user), "release", id, json!({}), now).await?;
        let item = locked(&mut tx, id, now).await?;
        tx.commit().await?;
        Ok(item)
    }
}

fn not_held() -> LabelError {
    LabelError::conflict("the item is not yours, or not any more").remedy("claim it again")
}
