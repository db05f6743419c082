//! Answers by the key of the request, so that a request that was sent twice is done once
//! (IETF draft "The Idempotency-Key HTTP Header Field").

use std::time::Duration;

use serde_json::Value;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::statement::{params, statements};
use crate::store::Tx;

/// How long answers are kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

statements! {
    REMEMBER = "INSERT INTO idempotency (user_id, request_key, request_digest, response, \
                created_at) VALUES ($1, $2, $3, '', $4) ON CONFLICT DO NOTHING",
    ANSWER = "UPDATE idempotency SET response = $3 WHERE user_id = $1 AND request_key = $2",
    REMEMBERED = "SELECT request_digest, response FROM idempotency \
                  WHERE user_id = $1 AND request_key = $2",
    FORGET = "DELETE FROM idempotency WHERE created_at < $1",
}

/// What is remembered of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum RememberedRequest {
    /// Nothing: it is to be done now, in this transaction.
    New,
    /// It was done, with this answer.
    Done(Value),
    /// Its key was used for another request.
    Other,
}

impl Tx {
    /// Looks a request up by its key, or notes that it is being done.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn remember(
        &mut self,
        user_id: &str,
        key: &str,
        request_digest: &str,
        now: Moment,
    ) -> Result<RememberedRequest, StoreError> {
        let noted = params![user_id, key, request_digest, now];
        if self.run(&REMEMBER, noted).await? > 0 {
            return Ok(RememberedRequest::New);
        }
        let row = self.one(&REMEMBERED, params![user_id, key]).await?;
        if row.text("request_digest")? != request_digest {
            return Ok(RememberedRequest::Other);
        }
        Ok(RememberedRequest::Done(row.json("response")?))
    }

    /// Notes the answer of a request, in the transaction that does it.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn answered(
        &mut self,
        user_id: &str,
        key: &str,
        answer: &Value,
    ) -> Result<(), StoreError> {
        self.run(&ANSWER, params![user_id, key, answer.to_string()])
            .await
            .map(drop)
    }

    /// Forgets answers that are a week old.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn forget_answers(&mut self, now: Moment) -> Result<(), StoreError> {
        let before = Moment(now.0 - i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX));
        self.run(&FORGET, params![before]).await.map(drop)
    }
}
