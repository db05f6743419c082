//! The log of everything that was done, which is only appended to.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

macro_rules! columns {
    () => {
        "number, action_id, at, user_id, kind, subject, detail, undoes"
    };
}

statements! {
    APPEND = "INSERT INTO events (action_id, at, user_id, kind, subject, detail, undoes) \
              VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number",
    OF_ACTION = concat!(
        "SELECT ", columns!(), " FROM events WHERE action_id = $1 ORDER BY number"
    ),
    OF_SUBJECT = concat!(
        "SELECT ", columns!(), " FROM events WHERE subject = $1 AND number > $2 \
         ORDER BY number LIMIT $3"
    ),
    LATER = "SELECT COUNT(*) AS n FROM events e WHERE e.subject = $1 AND e.number > $2 \
             AND e.undoes IS NULL AND e.kind <> 'claim' AND e.kind <> 'release' \
             AND NOT EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.number)",
    UNDONE = "SELECT COUNT(*) AS n FROM events WHERE undoes = $1",
    LAST_ACTION = "SELECT e.action_id FROM events e WHERE e.user_id = $1 AND e.undoes IS NULL \
                   AND e.kind IN ('label', 'skip', 'assign', 'requeue', 'result') \
                   AND NOT EXISTS (SELECT 1 FROM events u WHERE u.undoes = e.number) \
                   ORDER BY e.number DESC LIMIT 1",
    ALL_EVENTS = concat!(
        "SELECT ", columns!(), " FROM events WHERE number > $1 ORDER BY number LIMIT $2"
    ),
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Event {
    /// Its number: later events have larger ones.
    pub number: i64,
    /// What was done in one go, such as a bulk, has one.
    pub action_id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Who, if it was a user.
    pub user_id: Option<String>,
    /// What: `label`, `skip`, `assign`, `requeue`, `undo`, `retrain` and others.
    pub kind: String,
    /// To which queue item, cycle, model or user.
    pub subject: String,
    /// What there is to say of it.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// The number of the event that it undoes.
    pub undoes: Option<i64>,
}

/// An event to append.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// What was done in one go has one.
    pub action_id: &'a str,
    /// When.
    pub at: Moment,
    /// Who.
    pub user_id: Option<&'a str>,
    /// What.
    pub kind: &'a str,
    /// To what.
    pub subject: &'a str,
    /// What there is to say of it.
    pub detail: Value,
    /// The number of the event that it undoes.
    pub undoes: Option<i64>,
}

fn event(row: &DbRow) -> Result<Event, StoreError> {
    Ok(Event {
        number: row.int("number")?,
        action_id: row.text("action_id")?,
        at: row.moment("at")?,
        user_id: row.maybe_text("user_id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        detail: row.json("detail")?,
        undoes: row.maybe_int("undoes")?,
    })
}

impl Tx {
    /// Appends an event; its number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] if it undoes what is undone already.
    pub async fn append(&mut self, new: &NewEvent<'_>) -> Result<i64, StoreError> {
        let row = self
            .one(
                &APPEND,
                params![
                    new.action_id,
                    new.at,
                    new.user_id,
                    new.kind,
                    new.subject,
                    new.detail.to_string(),
                    new.undoes
                ],
            )
            .await?;
        row.int("number")
    }

    /// The events of an action, in their order.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn events_of_action(&mut self, action_id: &str) -> Result<Vec<Event>, StoreError> {
        let rows = self.all(&OF_ACTION, params![action_id]).await?;
        rows.iter().map(event).collect()
    }

    /// The events of a subject, or all, in their order, those after the number `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn events(
        &mut self,
        subject: Option<&str>,
        after: i64,
        limit: usize,
    ) -> Result<Page<Event>, StoreError> {
        let most = limit as i64 + 1;
        let rows = match subject {
            Some(subject) => self.all(&OF_SUBJECT, params![subject, after, most]).await?,
            None => self.all(&ALL_EVENTS, params![after, most]).await?,
        };
        let events = rows.iter().map(event).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(events, limit, |event| event.number.to_string()))
    }

    /// How many events of a subject came after the number and are not undone. Claims do
    /// not count.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn later_events(&mut self, subject: &str, number: i64) -> Result<i64, StoreError> {
        self.one(&LATER, params![subject, number]).await?.int("n")
    }

    /// Whether an event is undone.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn is_undone(&mut self, number: i64) -> Result<bool, StoreError> {
        let row = self.one(&UNDONE, params![number]).await?;
        Ok(row.int("n")? > 0)
    }

    /// The last action of a user that can be undone.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn last_action(&mut self, user_id: &str) -> Result<Option<String>, StoreError> {
        let row = self.maybe(&LAST_ACTION, params![user_id]).await?;
        row.map(|row| row.text("action_id")).transpose()
    }
}
