//! The tables, and how older ones become them.
//!
//! A migration that was released is never changed; a new one is added to both folders.

use sqlx::migrate::Migrator;
use sqlx::{PgPool, SqlitePool};

use crate::error::StoreError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The newest version of the tables.
pub(crate) fn newest() -> i64 {
    SQLITE
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

pub(crate) async fn sqlite(pool: &SqlitePool, place: &str) -> Result<(), StoreError> {
    SQLITE
        .run(pool)
        .await
        .map_err(|error| explained(error, place))
}

pub(crate) async fn postgres(pool: &PgPool, place: &str) -> Result<(), StoreError> {
    POSTGRES
        .run(pool)
        .await
        .map_err(|error| explained(error, place))
}

fn explained(error: sqlx::migrate::MigrateError, place: &str) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::VersionMissing(found) => StoreError::Newer {
            place: place.to_owned(),
            found,
            known: newest(),
        },
        error => StoreError::Migrate(error),
    }
}
