//! Claims: items that somebody holds while a lease runs.
//!
//! Each is a single statement, so that two who ask at the same time never get the same
//! item. PostgreSQL passes over rows that another transaction has locked; SQLite has one
//! writer at a time.

use crate::clock::Moment;
use crate::error::StoreError;
use crate::statement::{Param, Statement, params, statements};
use crate::store::Tx;

/// What all claims set; whoever claims is $1, the hour $2, the end $3, the token $4.
macro_rules! take {
    () => {
        "UPDATE label_queue SET status = 'in_progress', assigned_to = $1, assigned_at = $2, \
         lease_until = $3, claim_token = $4, version = version + 1, updated_at = $2 "
    };
}

/// Items that may be wanted: of a model ($5), a cycle ($6), and not judged by the user.
macro_rules! wanted {
    () => {
        " AND ($5 = '' OR q.model_id = $5) AND ($6 = '' OR q.cycle_id = $6) \
         AND NOT EXISTS (SELECT 1 FROM annotations a WHERE a.queue_id = q.id \
                         AND a.user_id = $1 AND a.undone_at IS NULL) "
    };
}

macro_rules! next {
    ($which:literal, $order:literal, $lock:literal) => {
        concat!(
            take!(),
            "WHERE id = (SELECT q.id FROM label_queue q WHERE ",
            $which,
            wanted!(),
            " ORDER BY ",
            $order,
            " LIMIT 1",
            $lock,
            ") RETURNING id"
        )
    };
}

statements! {
    NEXT_ASSIGNED = next!(
        "q.assigned_to = $1 AND q.status = 'in_progress' AND q.claim_token IS NULL \
         AND q.lease_until > $2",
        "q.priority_score DESC, q.id",
        ""
    );
    next!(
        "q.assigned_to = $1 AND q.status = 'in_progress' AND q.claim_token IS NULL \
         AND q.lease_until > $2",
        "q.priority_score DESC, q.id",
        " FOR UPDATE SKIP LOCKED"
    ),
    NEXT_PENDING = next!("q.status = 'pending'", "q.priority_score DESC, q.id", "");
    next!(
        "q.status = 'pending'",
        "q.priority_score DESC, q.id",
        " FOR UPDATE SKIP LOCKED"
    ),
    NEXT_EXPIRED = next!(
        "q.status = 'in_progress' AND q.lease_until <= $2",
        "q.lease_until, q.id",
        ""
    );
    next!(
        "q.status = 'in_progress' AND q.lease_until <= $2",
        "q.lease_until, q.id",
        " FOR UPDATE SKIP LOCKED"
    ),
    CLAIM_THIS = concat!(
        take!(),
        "WHERE id = $5 AND (status = 'pending' OR (status = 'in_progress' \
         AND (lease_until <= $2 OR (assigned_to = $1 AND claim_token IS NULL)))) \
         RETURNING id"
    ),
    LATEST = "SELECT id FROM label_queue WHERE item_id = $1 ORDER BY id DESC LIMIT 1",
    EXTEND = "UPDATE label_queue SET lease_until = $4, updated_at = $3, version = version + 1 \
              WHERE id = $1 AND assigned_to = $2 AND status = 'in_progress' \
              AND lease_until > $3 AND ($5 = '' OR claim_token = $5)",
    GIVE_BACK = "UPDATE label_queue SET status = 'pending', assigned_to = NULL, \
                 assigned_at = NULL, lease_until = NULL, claim_token = NULL, \
                 updated_at = $3, version = version + 1 \
                 WHERE id = $1 AND assigned_to = $2 AND status = 'in_progress' \
                 AND lease_until > $3 AND ($4 = '' OR claim_token = $4)",
}

/// Who claims, of what, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who.
    pub user_id: &'a str,
    /// What the holder will prove it with.
    pub token: &'a str,
    /// Of this version of a model.
    pub model_id: Option<&'a str>,
    /// Of this cycle.
    pub cycle_id: Option<&'a str>,
    /// When.
    pub now: Moment,
    /// Until when.
    pub until: Moment,
}

impl Tx {
    /// Claims the next item: one assigned to the user, else the free one of the highest
    /// priority, else one whose lease has run out. Items that the user has judged are
    /// passed over. The id of the item; `None` if there is nothing to claim.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn claim_next(&mut self, claim: &Claim<'_>) -> Result<Option<String>, StoreError> {
        let wanted: &[Param] = params![
            claim.user_id,
            claim.now,
            claim.until,
            claim.token,
            claim.model_id.unwrap_or(""),
            claim.cycle_id.unwrap_or(""),
        ];
        let order: [&Statement; 3] = [&NEXT_ASSIGNED, &NEXT_PENDING, &NEXT_EXPIRED];
        for statement in order {
            if let Some(row) = self.maybe(statement, wanted).await? {
                return row.text("id").map(Some);
            }
        }
        Ok(None)
    }

    /// Claims an item of the queue that nobody else holds; whether it was to be had.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn claim(&mut self, id: &str, claim: &Claim<'_>) -> Result<bool, StoreError> {
        let wanted = params![claim.user_id, claim.now, claim.until, claim.token, id];
        Ok(self.maybe(&CLAIM_THIS, wanted).await?.is_some())
    }

    /// Extends the lease of a holder; whether they hold it still.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn extend_claim(
        &mut self,
        id: &str,
        user_id: &str,
        token: Option<&str>,
        now: Moment,
        until: Moment,
    ) -> Result<bool, StoreError> {
        let which = params![id, user_id, now, until, token.unwrap_or("")];
        Ok(self.run(&EXTEND, which).await? > 0)
    }

    /// Gives an item back that the user holds; whether they did.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn give_back(
        &mut self,
        id: &str,
        user_id: &str,
        token: Option<&str>,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let which = params![id, user_id, now, token.unwrap_or("")];
        Ok(self.run(&GIVE_BACK, which).await? > 0)
    }

    /// The id of the latest queue item of an item.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn latest_of_item(&mut self, item_id: &str) -> Result<Option<String>, StoreError> {
        let row = self.maybe(&LATEST, params![item_id]).await?;
        row.map(|row| row.text("id")).transpose()
    }
}
