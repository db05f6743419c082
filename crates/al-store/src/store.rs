//! Opening a database, and transactions on it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Postgres, Sqlite, Transaction};

use crate::error::StoreError;
use crate::migrations;
use crate::statement::{DbRow, Param, Statement};

/// How long a statement waits for another process that writes to the same file.
const BUSY: Duration = Duration::from_secs(30);

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(30);

/// Connections of a server to PostgreSQL, and readers of a file.
const CONNECTIONS: u32 = 16;
const READERS: u32 = 8;

/// Name of the database within a data folder.
pub(crate) const FILE: &str = "labels.sqlite";

/// Name of the folder of artefacts within a data folder.
pub(crate) const ARTEFACTS: &str = "artefacts";

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder with a file of SQLite and the artefacts beside it.
    Folder(PathBuf),
    /// A PostgreSQL, which holds the artefacts, too.
    Postgres(String),
}

impl Place {
    /// The place of an address that begins with `postgres://` or `postgresql://`.
    ///
    /// # Errors
    ///
    /// Another address.
    pub fn of_address(address: &str) -> Result<Place, StoreError> {
        let is_postgres =
            address.starts_with("postgres://") || address.starts_with("postgresql://");
        match is_postgres && address.parse::<PgConnectOptions>().is_ok() {
            true => Ok(Place::Postgres(address.to_owned())),
            false => Err(StoreError::Address(without_password(address))),
        }
    }

    /// The place as messages may show it: an address without its password.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Postgres(address) => without_password(address),
        }
    }
}

fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let (who, rest) = match rest.rsplit_once('@') {
        Some((who, rest)) => (who.split(':').next().unwrap_or_default(), rest),
        None => ("", rest),
    };
    // Parameters may carry a password, too.
    let rest = rest.split('?').next().unwrap_or_default();
    match who {
        "" => format!("{scheme}://{rest}"),
        who => format!("{scheme}://{who}@{rest}"),
    }
}

/// Part of a list: its rows, and where the next part begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to ask the next part with; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The first `limit` of rows, of which one more was asked for; the next part begins
    /// after what `place` says of the last.
    pub(crate) fn cut(mut items: Vec<T>, limit: usize, place: impl Fn(&T) -> String) -> Page<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(place);
        Page { items, next }
    }
}

/// An open database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
    place: Place,
    /// Where artefacts are files; in the database, if nowhere.
    artefacts: Option<PathBuf>,
}

#[derive(Debug, Clone)]
enum Pools {
    /// One connection writes, since SQLite has one writer at a time, and waiting in line
    /// for it is fairer than trying again.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction. It takes back what it did unless [`Tx::commit`] is called.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
}

#[derive(Debug)]
enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the database, makes it if it is a folder without one, and brings its tables
    /// up to date.
    ///
    /// # Errors
    ///
    /// A place that cannot be opened, and tables of a newer altool.
    pub async fn open(place: &Place) -> Result<Store, StoreError> {
        let store = Store::open_as_is(place).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// Opens the database and leaves its tables as they are.
    ///
    /// # Errors
    ///
    /// A place that cannot be opened.
    pub async fn open_as_is(place: &Place) -> Result<Store, StoreError> {
        let failed = |source| StoreError::Open {
            place: place.shown(),
            source,
        };
        let (pools, artefacts) = match place {
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|source| StoreError::Io {
                    path: folder.clone(),
                    source,
                })?;
                let pools = sqlite(&folder.join(FILE)).await.map_err(failed)?;
                (pools, Some(folder.join(ARTEFACTS)))
            }
            Place::Postgres(address) => {
                let options: PgConnectOptions = address.parse().map_err(failed)?;
                let options = options.application_name("altool");
                let pool = PgPoolOptions::new()
                    .max_connections(CONNECTIONS)
                    .acquire_timeout(ACQUIRE)
                    .connect_with(options)
                    .await
                    .map_err(failed)?;
                (Pools::Postgres(pool), None)
            }
        };
        Ok(Store {
            pools,
            place: place.clone(),
            artefacts,
        })
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    ///
    /// Tables of a newer altool, or a database that refuses.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let place = self.place.shown();
        match &self.pools {
            Pools::Sqlite { writer, .. } => migrations::sqlite(writer, &place).await,
            Pools::Postgres(pool) => migrations::postgres(pool, &place).await,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The folder of artefacts, where they are files.
    pub(crate) fn artefact_folder(&self) -> Option<&Path> {
        self.artefacts.as_deref()
    }

    /// Begins a transaction that may write.
    ///
    /// # Errors
    ///
    /// A database that is not at hand.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let begun = match &self.pools {
            // A transaction that begins as a reader and then writes is refused without
            // waiting if another one wrote meanwhile.
            Pools::Sqlite { writer, .. } => writer
                .begin_with("BEGIN IMMEDIATE")
                .await
                .map(Connection::Sqlite),
            Pools::Postgres(pool) => pool.begin().await.map(Connection::Postgres),
        };
        let connection = begun.map_err(StoreError::Transaction)?;
        Ok(Tx { connection })
    }

    /// Begins a transaction that only reads: all of it sees the same rows.
    ///
    /// # Errors
    ///
    /// A database that is not at hand.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let begun = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.begin().await.map(Connection::Sqlite),
            Pools::Postgres(pool) => pool
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
                .map(Connection::Postgres),
        };
        let connection = begun.map_err(StoreError::Transaction)?;
        Ok(Tx { connection })
    }

    /// Closes its connections, after those in use have ended.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn sqlite_writer(&self) -> Option<&SqlitePool> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => Some(writer),
            Pools::Postgres(_) => None,
        }
    }
}

#[cfg(test)]
impl Store {
    pub(crate) fn postgres_pool(&self) -> Option<&PgPool> {
        match &self.pools {
            Pools::Sqlite { .. } => None,
            Pools::Postgres(pool) => Some(pool),
        }
    }
}

async fn sqlite(file: &Path) -> Result<Pools, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A label that was acknowledged survives a loss of power.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE)
        .connect_with(options.clone())
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pools::Sqlite { writer, readers })
}

/// Binds the parameters and runs a query in the way that is named.
macro_rules! run {
    ($self:expr, $statement:expr, $params:expr, $method:ident, $wrap:expr, $wrap_pg:expr) => {{
        match &mut $self.connection {
            Connection::Sqlite(transaction) => {
                let mut query = sqlx::query($statement.sqlite);
                for param in $params {
                    query = match param {
                        Param::Text(value) => query.bind(value.clone()),
                        Param::Int(value) => query.bind(*value),
                        Param::Real(value) => query.bind(*value),
                        Param::Bytes(value) => query.bind(value.clone()),
                    };
                }
                query.$method(&mut **transaction).await.map($wrap)
            }
            Connection::Postgres(transaction) => {
                let mut query = sqlx::query($statement.postgres);
                for param in $params {
                    query = match param {
                        Param::Text(value) => query.bind(value.clone()),
                        Param::Int(value) => query.bind(*value),
                        Param::Real(value) => query.bind(*value),
                        Param::Bytes(value) => query.bind(value.clone()),
                    };
                }
                query.$method(&mut **transaction).await.map($wrap_pg)
            }
        }
        .map_err(|source| StoreError::of($statement.name, source))
    }};
}

impl Tx {
    /// Makes what was done last.
    ///
    /// # Errors
    ///
    /// A database that is not at hand: then nothing was done.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.connection {
            Connection::Sqlite(transaction) => transaction.commit().await,
            Connection::Postgres(transaction) => transaction.commit().await,
        }
        .map_err(StoreError::Transaction)
    }

    /// Rows changed by a statement.
    pub(crate) async fn run(
        &mut self,
        statement: &Statement,
        params: &[Param],
    ) -> Result<u64, StoreError> {
        run!(
            self,
            statement,
            params,
            execute,
            |done| done.rows_affected(),
            |done| done.rows_affected()
        )
    }

    /// All rows of a statement.
    pub(crate) async fn all(
        &mut self,
        statement: &Statement,
        params: &[Param],
    ) -> Result<Vec<DbRow>, StoreError> {
        run!(
            self,
            statement,
            params,
            fetch_all,
            |rows| rows.into_iter().map(DbRow::Sqlite).collect(),
            |rows| rows.into_iter().map(DbRow::Postgres).collect()
        )
    }

    /// The row of a statement that gives one at most.
    pub(crate) async fn maybe(
        &mut self,
        statement: &Statement,
        params: &[Param],
    ) -> Result<Option<DbRow>, StoreError> {
        run!(
            self,
            statement,
            params,
            fetch_optional,
            |row| row.map(DbRow::Sqlite),
            |row| row.map(DbRow::Postgres)
        )
    }

    /// The row of a statement that gives one.
    pub(crate) async fn one(
        &mut self,
        statement: &Statement,
        params: &[Param],
    ) -> Result<DbRow, StoreError> {
        run!(
            self,
            statement,
            params,
            fetch_one,
            DbRow::Sqlite,
            DbRow::Postgres
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let shown = |address: &str| without_password(address);
        assert_eq!(
            shown("postgres://anna:s3cret@db.lab:5432/labels?password=x"),
            "postgres://anna@db.lab:5432/labels"
        );
        assert_eq!(shown("postgres:///labels?host=/run"), "postgres:///labels");
        assert_eq!(shown("mysql"), "mysql");
        assert!(Place::of_address("mysql://x").is_err());
        assert!(Place::of_address("postgres://x/y").is_ok());
    }
}
