//! What can go wrong with a database.

use std::path::PathBuf;

/// A failure of the database, or of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("the database {place} cannot be opened: {source}")]
    Open {
        /// The file, or the address without its password.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The address of a database that is neither a folder nor of PostgreSQL.
    #[error("'{0}' is no address of a database: it begins with postgres://")]
    Address(String),
    /// The tables are of a newer altool.
    #[error(
        "the database {place} was written by a newer altool: its tables have version {found}, \
         this one knows {known}"
    )]
    Newer {
        /// The file, or the address without its password.
        place: String,
        /// The version found.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// The tables could not be brought up to date.
    #[error("the tables cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database refused {statement}: {source}")]
    Statement {
        /// The name of the statement.
        statement: &'static str,
        /// Why.
        source: sqlx::Error,
    },
    /// A transaction could not begin or end.
    #[error("the database is not at hand: {0}")]
    Transaction(sqlx::Error),
    /// Something in the database that this altool does not write.
    #[error("the database has {found:?} as {column}, which is not one of its values")]
    Damaged {
        /// The column.
        column: &'static str,
        /// What stands there.
        found: String,
    },
    /// A row that must be unique is there already.
    #[error("there is such a row already ({statement})")]
    Duplicate {
        /// The name of the statement.
        statement: &'static str,
    },
    /// An artefact that is named is not there, or is not what it should be.
    #[error("the artefact {digest} {problem}")]
    Artefact {
        /// The digest that names it.
        digest: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of the data folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A program that PostgreSQL brings is missing or failed.
    #[error("{program}: {problem}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The lease of a job has gone to another worker, or the job has ended.
    #[error("the job is not this worker's any more")]
    Fenced,
    /// A backup that is not one, or cannot go where it should.
    #[error("{0}")]
    Backup(String),
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers: {0}")]
    Random(getrandom::Error),
}

impl StoreError {
    /// Whether the same may succeed a moment later: the database was busy, or away.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let (StoreError::Statement { source, .. } | StoreError::Transaction(source)) = self else {
            return false;
        };
        match source {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
            // SQLite: busy, locked. PostgreSQL: serialisation, deadlock, shutdown.
            sqlx::Error::Database(error) => matches!(
                error.code().as_deref(),
                Some("5" | "6" | "261" | "517" | "40001" | "40P01" | "57P01" | "57P03" | "53300")
            ),
            _ => false,
        }
    }

    /// That a statement failed, told apart by whether a row is there already.
    pub(crate) fn of(statement: &'static str, source: sqlx::Error) -> StoreError {
        let unique = |error: &sqlx::Error| {
            error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
        };
        match unique(&source) {
            true => StoreError::Duplicate { statement },
            false => StoreError::Statement { statement, source },
        }
    }
}
