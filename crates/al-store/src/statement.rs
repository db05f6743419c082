//! Statements, their parameters, and the rows they give, on either database.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row, Sqlite, Type};

use crate::clock::Moment;
use crate::error::StoreError;

/// A statement of SQL: one text, or one for each database where they differ.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Its name, for messages.
    pub(crate) name: &'static str,
    /// The text for SQLite.
    pub(crate) sqlite: &'static str,
    /// The text for PostgreSQL.
    pub(crate) postgres: &'static str,
}

/// Defines the statements of a module, and a list `ALL` of them that a test prepares.
/// A second text is PostgreSQL's.
macro_rules! statements {
    ($($name:ident = $text:expr $(; $postgres:expr)?,)+) => {
        $(static $name: $crate::statement::Statement = $crate::statement::Statement {
            name: stringify!($name),
            sqlite: $text,
            postgres: $crate::statement::last!($text $(, $postgres)?),
        };)+
        #[cfg(test)]
        pub(crate) static ALL: &[&$crate::statement::Statement] = &[$(&$name,)+];
    };
}

macro_rules! last {
    ($text:expr) => {
        $text
    };
    ($text:expr, $other:expr) => {
        $other
    };
}

pub(crate) use {last, statements};

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Param {
    Text(Option<String>),
    Int(Option<i64>),
    Real(Option<f64>),
    Bytes(Option<Vec<u8>>),
}

impl From<&str> for Param {
    fn from(text: &str) -> Param {
        Param::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Param {
    fn from(text: &String) -> Param {
        Param::Text(Some(text.clone()))
    }
}

impl From<String> for Param {
    fn from(text: String) -> Param {
        Param::Text(Some(text))
    }
}

impl From<Option<&str>> for Param {
    fn from(text: Option<&str>) -> Param {
        Param::Text(text.map(str::to_owned))
    }
}

impl From<&Option<String>> for Param {
    fn from(text: &Option<String>) -> Param {
        Param::Text(text.clone())
    }
}

impl From<Option<String>> for Param {
    fn from(text: Option<String>) -> Param {
        Param::Text(text)
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Param {
        Param::Int(Some(number))
    }
}

impl From<Option<i64>> for Param {
    fn from(number: Option<i64>) -> Param {
        Param::Int(number)
    }
}

impl From<Moment> for Param {
    fn from(moment: Moment) -> Param {
        Param::Int(Some(moment.0))
    }
}

impl From<Option<Moment>> for Param {
    fn from(moment: Option<Moment>) -> Param {
        Param::Int(moment.map(|moment| moment.0))
    }
}

impl From<f64> for Param {
    fn from(number: f64) -> Param {
        Param::Real(Some(number))
    }
}

impl From<Option<f64>> for Param {
    fn from(number: Option<f64>) -> Param {
        Param::Real(number)
    }
}

impl From<&[u8]> for Param {
    fn from(bytes: &[u8]) -> Param {
        Param::Bytes(Some(bytes.to_vec()))
    }
}

/// The parameters of a statement, each as what it becomes.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::statement::Param::from($value)),*]
    };
}

pub(crate) use params;

/// A row, read by the names of its columns.
pub(crate) enum DbRow {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl DbRow {
    fn get<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite>,
        T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        let found = match self {
            DbRow::Sqlite(row) => row.try_get(column),
            DbRow::Postgres(row) => row.try_get(column),
        };
        found.map_err(|source| StoreError::Statement {
            statement: column,
            source,
        })
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.get(column)
    }

    pub(crate) fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.get(column)
    }

    pub(crate) fn maybe_int(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    pub(crate) fn real(&self, column: &'static str) -> Result<f64, StoreError> {
        self.get(column)
    }

    pub(crate) fn maybe_real(&self, column: &'static str) -> Result<Option<f64>, StoreError> {
        self.get(column)
    }

    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        self.get(column)
    }

    pub(crate) fn moment(&self, column: &'static str) -> Result<Moment, StoreError> {
        Ok(Moment(self.int(column)?))
    }

    pub(crate) fn maybe_moment(&self, column: &'static str) -> Result<Option<Moment>, StoreError> {
        Ok(self.maybe_int(column)?.map(Moment))
    }

    /// A column of JSON.
    pub(crate) fn json(&self, column: &'static str) -> Result<serde_json::Value, StoreError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|_| StoreError::Damaged {
            column,
            found: text,
        })
    }

    pub(crate) fn maybe_json(
        &self,
        column: &'static str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        match self.maybe_text(column)? {
            None => Ok(None),
            Some(_) => self.json(column).map(Some),
        }
    }
}
