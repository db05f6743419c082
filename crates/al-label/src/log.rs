//! What is noted of everything that is done.

use al_store::{Moment, NewEvent, Tx, User, new_id};
use serde_json::Value;

use crate::error::LabelError;

/// Notes what was done in one go of its own; its number.
pub(crate) async fn note(
    tx: &mut Tx,
    user: Option<&User>,
    kind: &str,
    subject: &str,
    detail: Value,
    now: Moment,
) -> Result<i64, LabelError> {
    note_in(tx, &action(), user, kind, subject, detail, now).await
}

/// Notes one thing of an action.
pub(crate) async fn note_in(
    tx: &mut Tx,
    action_id: &str,
    user: Option<&User>,
    kind: &str,
    subject: &str,
    detail: Value,
    now: Moment,
) -> Result<i64, LabelError> {
    let event = NewEvent {
        action_id,
        at: now,
        user_id: user.map(|user| user.id.as_str()),
        kind,
        subject,
        detail,
        undoes: None,
    };
    Ok(tx.append(&event).await?)
}

/// A name for what is done in one go.
pub(crate) fn action() -> String {
    new_id()
}
