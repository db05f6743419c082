//! Who asks, and what they may.

use al_store::{Moment, NewToken, Store, TokenRecord, Tx, User, UserRole, secret};
use serde_json::json;

use crate::error::LabelError;
use crate::log;

/// What a token may be used for, each with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Look.
    Read,
    /// Claim, label, skip.
    Label,
    /// Load items, select, assign, retrain, decide.
    Lead,
    /// Users, tokens, models, schedules.
    Admin,
}

impl Scope {
    /// All of them, the least first.
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Label, Scope::Lead, Scope::Admin];

    /// The word that stands for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Label => "label",
            Scope::Lead => "lead",
            Scope::Admin => "admin",
        }
    }

    /// The one of a word; `None` if there is none.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// The most that a role has.
    #[must_use]
    pub fn of_role(role: UserRole) -> Scope {
        match role {
            UserRole::Annotator => Scope::Label,
            UserRole::Lead => Scope::Lead,
            UserRole::Admin => Scope::Admin,
        }
    }
}

/// Who asks: a user, within the scopes of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// The user.
    pub user: User,
    /// What the token may be used for, and the role has.
    pub scopes: Vec<Scope>,
}

/// The prefix of tokens, by which leaked ones are found.
const PREFIX: &str = "altool_";

/// The longest name of a user.
const LONGEST_NAME: usize = 100;

impl Actor {
    /// A user with all that the role has: at the machine itself.
    #[must_use]
    pub fn local(user: User) -> Actor {
        let most = Scope::of_role(user.role);
        Actor {
            user,
            scopes: Scope::ALL
                .into_iter()
                .filter(|&scope| scope <= most)
                .collect(),
        }
    }

    /// Whether the actor may do what the scope stands for.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Refuses what the actor may not do.
    ///
    /// # Errors
    ///
    /// That it is not allowed, and who could.
    pub fn need(&self, scope: Scope) -> Result<(), LabelError> {
        if self.may(scope) {
            return Ok(());
        }
        let allowed = Scope::of_role(self.user.role) >= scope;
        Err(match allowed {
            true => LabelError::forbidden(format!(
                "this token may not be used for what the scope '{}' covers",
                scope.word()
            ))
            .remedy(format!("use a token with the scope '{}'", scope.word())),
            false => LabelError::forbidden(format!(
                "'{}' has the role '{}', which does not cover this",
                self.user.name,
                self.user.role.word()
            ))
            .remedy(format!(
                "ask {} to do it",
                match scope {
                    Scope::Lead => "a lead",
                    _ => "an admin",
                }
            )),
        })
    }
}

/// The actor of a token.
///
/// # Errors
///
/// A token that is unknown, revoked or expired, and a user who is disabled.
pub async fn sign_in(store: &Store, secret: &str, now: Moment) -> Result<Actor, LabelError> {
    let mut tx = store.read().await?;
    let unknown = || {
        LabelError::unauthenticated("the token is not known").remedy("ask an admin for a new one")
    };
    let token = tx.token_of(secret).await?.ok_or_else(unknown)?;
    if token.revoked_at.is_some() {
        return Err(LabelError::unauthenticated("the token was revoked")
            .remedy("ask an admin for a new one"));
    }
    if token.expires_at.is_some_and(|end| end <= now) {
        return Err(LabelError::unauthenticated("the token has expired")
            .remedy("ask an admin for a new one"));
    }
    let user = tx.user(&token.user_id).await?.ok_or_else(unknown)?;
    if user.disabled_at.is_some() {
        return Err(
            LabelError::unauthenticated(format!("the user '{}' is disabled", user.name))
                .remedy("ask an admin"),
        );
    }
    let most = Scope::of_role(user.role);
    let scopes = token.scopes.iter().filter_map(|word| Scope::of_word(word));
    Ok(Actor {
        scopes: scopes.filter(|&scope| scope <= most).collect(),
        user,
    })
}

/// The user of a name, as the machine's own, made as an admin if there is none: whoever
/// can write to the database may do all.
///
/// # Errors
///
/// A name that is none, and a user who is disabled.
pub async fn local(store: &Store, name: &str, now: Moment) -> Result<Actor, LabelError> {
    let name = checked_name(name)?;
    let mut tx = store.begin().await?;
    let user = match tx.user(&name).await? {
        Some(user) => user,
        None => {
            let user = tx.add_user(&name, UserRole::Admin, now).await?;
            let detail = json!({"name": user.name, "role": user.role});
            log::note(&mut tx, None, "user", &user.id, detail, now).await?;
            user
        }
    };
    tx.commit().await?;
    match user.disabled_at {
        None => Ok(Actor::local(user)),
        Some(_) => Err(LabelError::forbidden(format!(
            "the user '{name}' is disabled"
        ))),
    }
}

/// A name of a user: not empty, without control characters, no longer than a line.
fn checked_name(name: &str) -> Result<String, LabelError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err(LabelError::invalid("name", "this is no name of a user")
            .remedy("give 1 to 100 characters, none of them a control character"));
    }
    Ok(name.to_owned())
}

/// Adds a user.
///
/// # Errors
///
/// An actor who is no admin, and a name that is taken.
pub async fn add_user(
    store: &Store,
    actor: &Actor,
    name: &str,
    role: UserRole,
    now: Moment,
) -> Result<User, LabelError> {
    actor.need(Scope::Admin)?;
    let name = checked_name(name)?;
    let mut tx = store.begin().await?;
    if tx.user(&name).await?.is_some() {
        return Err(
            LabelError::conflict(format!("there is a user '{name}' already"))
                .remedy("take another name"),
        );
    }
    let user = tx.add_user(&name, role, now).await?;
    let detail = json!({"name": user.name, "role": user.role});
    log::note(&mut tx, Some(&actor.user), "user", &user.id, detail, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// Disables a user, or allows them again.
///
/// # Errors
///
/// An actor who is no admin, and the last admin.
pub async fn set_disabled(
    store: &Store,
    actor: &Actor,
    user: &str,
    disabled: bool,
    now: Moment,
) -> Result<User, LabelError> {
    actor.need(Scope::Admin)?;
    let mut tx = store.begin().await?;
    // Two who disable each other at once would leave nobody.
    tx.lock_admins().await?;
    let found = known_user(&mut tx, user).await?;
    let at = disabled.then_some(now);
    tx.set_disabled(&found.id, at).await?;
    if tx.admins().await? == 0 {
        return Err(
            LabelError::conflict(format!("'{}' is the only admin", found.name))
                .remedy("make another admin first"),
        );
    }
    let kind = if disabled { "disable" } else { "enable" };
    log::note(&mut tx, Some(&actor.user), kind, &found.id, json!({}), now).await?;
    tx.commit().await?;
    Ok(User {
        disabled_at: at,
        ..found
    })
}

pub(crate) async fn known_user(tx: &mut Tx, id_or_name: &str) -> Result<User, LabelError> {
    let found = tx.user(id_or_name).await?;
    found.ok_or_else(|| LabelError::unknown("user", id_or_name))
}

/// What to make of a token.
#[derive(Debug, Clone, Default)]
pub struct TokenWish {
    /// What it may be used for; all of the role, if none is named.
    pub scopes: Vec<Scope>,
    /// When it ends; never, if not said.
    pub expires_at: Option<Moment>,
}

/// Makes a token for a user; its secret is in the answer and nowhere else. Whoever is no
/// admin may make tokens for themselves.
///
/// # Errors
///
/// An actor who may not, a user who is disabled, scopes that the role does not have, and an
/// end that has passed.
pub async fn add_token(
    store: &Store,
    actor: &Actor,
    user: &str,
    wish: &TokenWish,
    now: Moment,
) -> Result<(TokenRecord, String), LabelError> {
    let mut tx = store.begin().await?;
    let user = known_user(&mut tx, user).await?;
    if user.id != actor.user.id {
        actor.need(Scope::Admin)?;
    }
    if user.disabled_at.is_some() {
        return Err(LabelError::conflict(format!(
            "the user '{}' is disabled",
            user.name
        )));
    }
    let most = Scope::of_role(user.role);
    let scopes: Vec<Scope> = match wish.scopes.is_empty() {
        true => Scope::ALL
            .into_iter()
            .filter(|&scope| scope <= most)
            .collect(),
        false => {
            if let Some(above) = wish.scopes.iter().find(|&&scope| scope > most) {
                return Err(LabelError::invalid(
                    "scopes",
                    format!(
                        "the role '{}' does not have the scope '{}'",
                        user.role.word(),
                        above.word()
                    ),
                ));
            }
            wish.scopes.clone()
        }
    };
    // A token cannot make one that may more than itself.
    if user.id == actor.user.id
        && let Some(more) = scopes.iter().find(|&&scope| !actor.may(scope))
    {
        return Err(LabelError::forbidden(format!(
            "a token without the scope '{}' cannot make one with it",
            more.word()
        )));
    }
    if wish.expires_at.is_some_and(|end| end <= now) {
        return Err(LabelError::invalid(
            "expires_at",
            "the token would have expired already",
        ));
    }
    let secret = secret(PREFIX)?;
    let words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
    let new = NewToken {
        user_id: &user.id,
        secret: &secret,
        scopes: &words,
        expires_at: wish.expires_at,
    };
    let token = tx.add_token(&new, now).await?;
    let detail = json!({"token": token.id, "scopes": words});
    log::note(&mut tx, Some(&actor.user), "token", &user.id, detail, now).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// Ends a token.
///
/// # Errors
///
/// An actor who may not, and a token that is not there or has ended.
pub async fn revoke_token(
    store: &Store,
    actor: &Actor,
    user: &str,
    token: &str,
    now: Moment,
) -> Result<(), LabelError> {
    let mut tx = store.begin().await?;
    let user = known_user(&mut tx, user).await?;
    if user.id != actor.user.id {
        actor.need(Scope::Admin)?;
    }
    if !tx.revoke_token(token, &user.id, now).await? {
        return Err(LabelError::unknown("token of this user", token));
    }
    let detail = json!({"token": token});
    log::note(&mut tx, Some(&actor.user), "revoke", &user.id, detail, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The first admin and a token for them, if there is no user yet.
///
/// # Errors
///
/// A database that fails.
pub async fn first_admin(store: &Store, now: Moment) -> Result<Option<String>, LabelError> {
    let mut tx = store.begin().await?;
    if !tx.users(None, 1).await?.items.is_empty() {
        return Ok(None);
    }
    let user = tx.add_user("admin", UserRole::Admin, now).await?;
    let secret = secret(PREFIX)?;
    let words = Scope::ALL.map(Scope::word);
    let new = NewToken {
        user_id: &user.id,
        secret: &secret,
        scopes: &words,
        expires_at: None,
    };
    tx.add_token(&new, now).await?;
    let detail = json!({"name": user.name, "role": user.role});
    log::note(&mut tx, None, "user", &user.id, detail, now).await?;
    tx.commit().await?;
    Ok(Some(secret))
}
