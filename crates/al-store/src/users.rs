//! Users and the tokens they sign in with.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::StoreError;
use crate::ids::{digest_of, new_id};
use crate::kinds::UserRole;
use crate::statement::{DbRow, params, statements};
use crate::store::{Page, Tx};

statements! {
    ADD_USER = "INSERT INTO users (id, name, role, created_at) VALUES ($1, $2, $3, $4)",
    USER_OF_ID = "SELECT id, name, role, created_at, disabled_at FROM users WHERE id = $1",
    USER_OF_NAME = "SELECT id, name, role, created_at, disabled_at FROM users WHERE name = $1",
    USERS = "SELECT id, name, role, created_at, disabled_at FROM users \
             WHERE name > $1 ORDER BY name LIMIT $2",
    SET_DISABLED = "UPDATE users SET disabled_at = $2 WHERE id = $1",
    SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1",
    ENABLED_ADMINS = "SELECT COUNT(*) AS n FROM users WHERE role = 'admin' AND disabled_at IS NULL",
    LOCK_ADMINS = "SELECT id FROM users WHERE role = 'admin' ORDER BY id";
                  "SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE",
    ADD_TOKEN = "INSERT INTO tokens (id, user_id, digest, scopes, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
    TOKEN_OF_DIGEST = "SELECT id, user_id, scopes, created_at, expires_at, revoked_at \
                       FROM tokens WHERE digest = $1",
    TOKENS_OF_USER = "SELECT id, user_id, scopes, created_at, expires_at, revoked_at \
                      FROM tokens WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    REVOKE_TOKEN = "UPDATE tokens SET revoked_at = $3 \
                    WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
    LIVE_TOKENS = "SELECT COUNT(*) AS n FROM tokens t JOIN users u ON u.id = t.user_id \
                   WHERE t.revoked_at IS NULL AND u.disabled_at IS NULL \
                   AND (t.expires_at IS NULL OR t.expires_at > $1)",
}

/// Somebody who labels, leads or administers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct User {
    /// The id.
    pub id: String,
    /// The name, of which there is one.
    pub name: String,
    /// What the user may do.
    pub role: UserRole,
    /// Since when there is such a user.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// Since when the user may do nothing, if so.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Moment>,
}

/// A token, without its secret, which is kept nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TokenRecord {
    /// The id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What it may be used for: `read`, `label`, `lead`, `admin`.
    pub scopes: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Moment,
    /// When it ends, if it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Moment>,
    /// When it was revoked, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Moment>,
}

/// A token to add.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// Whose it is.
    pub user_id: &'a str,
    /// The secret, of which only the digest is stored.
    pub secret: &'a str,
    /// What it may be used for.
    pub scopes: &'a [&'a str],
    /// When it ends, if it does.
    pub expires_at: Option<Moment>,
}

fn user(row: &DbRow) -> Result<User, StoreError> {
    Ok(User {
        id: row.text("id")?,
        name: row.text("name")?,
        role: UserRole::stored(&row.text("role")?)?,
        created_at: row.moment("created_at")?,
        disabled_at: row.maybe_moment("disabled_at")?,
    })
}

fn token(row: &DbRow) -> Result<TokenRecord, StoreError> {
    let scopes = row.text("scopes")?;
    Ok(TokenRecord {
        id: row.text("id")?,
        user_id: row.text("user_id")?,
        scopes: scopes.split(' ').map(str::to_owned).collect(),
        created_at: row.moment("created_at")?,
        expires_at: row.maybe_moment("expires_at")?,
        revoked_at: row.maybe_moment("revoked_at")?,
    })
}

impl Tx {
    /// Adds a user.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] if the name is taken.
    pub async fn add_user(
        &mut self,
        name: &str,
        role: UserRole,
        now: Moment,
    ) -> Result<User, StoreError> {
        let id = new_id();
        self.run(&ADD_USER, params![&id, name, role.word(), now])
            .await?;
        Ok(User {
            id,
            name: name.to_owned(),
            role,
            created_at: now,
            disabled_at: None,
        })
    }

    /// The user of an id or, if there is none, of a name.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn user(&mut self, id_or_name: &str) -> Result<Option<User>, StoreError> {
        if let Some(row) = self.maybe(&USER_OF_ID, params![id_or_name]).await? {
            return user(&row).map(Some);
        }
        let row = self.maybe(&USER_OF_NAME, params![id_or_name]).await?;
        row.as_ref().map(user).transpose()
    }

    /// Users by name, those after `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn users(
        &mut self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<User>, StoreError> {
        let rows = self
            .all(&USERS, params![after.unwrap_or(""), limit as i64 + 1])
            .await?;
        let users = rows.iter().map(user).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(users, limit, |user| user.name.clone()))
    }

    /// Disables a user (`Some`), or allows them again.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn set_disabled(&mut self, id: &str, at: Option<Moment>) -> Result<(), StoreError> {
        self.run(&SET_DISABLED, params![id, at]).await.map(drop)
    }

    /// Gives a user another role.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn set_role(&mut self, id: &str, role: UserRole) -> Result<(), StoreError> {
        self.run(&SET_ROLE, params![id, role.word()])
            .await
            .map(drop)
    }

    /// Keeps others from changing admins until the transaction ends.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn lock_admins(&mut self) -> Result<(), StoreError> {
        self.all(&LOCK_ADMINS, params![]).await.map(drop)
    }

    /// How many admins are not disabled.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn admins(&mut self) -> Result<i64, StoreError> {
        self.one(&ENABLED_ADMINS, params![]).await?.int("n")
    }

    /// Adds a token.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn add_token(
        &mut self,
        new: &NewToken<'_>,
        now: Moment,
    ) -> Result<TokenRecord, StoreError> {
        let id = new_id();
        let digest = digest_of(new.secret.as_bytes());
        self.run(
            &ADD_TOKEN,
            params![
                &id,
                new.user_id,
                &digest,
                new.scopes.join(" "),
                now,
                new.expires_at
            ],
        )
        .await?;
        Ok(TokenRecord {
            id,
            user_id: new.user_id.to_owned(),
            scopes: new.scopes.iter().map(|&scope| scope.to_owned()).collect(),
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
        })
    }

    /// The token of a secret.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn token_of(&mut self, secret: &str) -> Result<Option<TokenRecord>, StoreError> {
        let digest = digest_of(secret.as_bytes());
        let row = self.maybe(&TOKEN_OF_DIGEST, params![&digest]).await?;
        row.as_ref().map(token).transpose()
    }

    /// Tokens of a user by id, those after `after`.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn tokens(
        &mut self,
        user_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<TokenRecord>, StoreError> {
        let bounds = params![user_id, after.unwrap_or(""), limit as i64 + 1];
        let rows = self.all(&TOKENS_OF_USER, bounds).await?;
        let tokens = rows.iter().map(token).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(tokens, limit, |token| token.id.clone()))
    }

    /// Ends a token of a user; whether there was one to end.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn revoke_token(
        &mut self,
        id: &str,
        user_id: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let changed = self.run(&REVOKE_TOKEN, params![id, user_id, now]).await?;
        Ok(changed > 0)
    }

    /// How many tokens can be used.
    ///
    /// # Errors
    ///
    /// A database that fails.
    pub async fn live_tokens(&mut self, now: Moment) -> Result<i64, StoreError> {
        self.one(&LIVE_TOKENS, params![now]).await?.int("n")
    }
}
