//! Row filters: boolean SQL expressions over the columns of one row.

use polars_core::prelude::{
    BooleanChunked, DataFrame, DataType, NewChunkedArray, PlSmallStr, Series,
};

use crate::error::TableError;
use crate::frame::Frame;
use crate::guard::guarded;
use crate::schema::{Fields, fields_of, plain};
use crate::sql::{Parsed, SqlCondition, SqlRefusal};
use crate::unreadable::Unreadable;
use al_core::did_you_mean;

/// A checked filter.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    text: String,
    condition: SqlCondition,
    /// The columns it reads, with their types.
    fields: Fields,
    /// Their names.
    columns: Vec<String>,
}

/// A boolean SQL expression over the columns of one row, read once and asked
/// of many frames with the same columns.
#[derive(Debug, Clone)]
pub struct RowFilter(Filter);

impl RowFilter {
    /// The filter `expression` for frames with the columns of `like`.
    ///
    /// # Errors
    ///
    /// [`TableError::Filter`].
    pub fn new(expression: &str, like: &Frame) -> Result<RowFilter, TableError> {
        Filter::new(expression, &fields_of(&like.data), &[]).map(RowFilter)
    }

    /// Per row whether the expression is true, `None` where it depends on a
    /// missing value.
    ///
    /// # Errors
    ///
    /// [`TableError::Filter`].
    pub fn truth(&self, frame: &Frame) -> Result<Vec<Option<bool>>, TableError> {
        self.0.truth(&frame.data)
    }
}

impl Frame {
    /// The rows for which the boolean SQL expression `expression` is true.
    ///
    /// # Errors
    ///
    /// [`TableError::Filter`].
    pub fn filter(&self, expression: &str) -> Result<Frame, TableError> {
        let filter = Filter::new(expression, &fields_of(&self.data), &[])?;
        let data = filter.apply(&self.data)?;
        Ok(Frame { data })
    }
}

impl Filter {
    /// Reads `text` and checks it for columns like `fields`. `left_out` cannot
    /// be read.
    pub(crate) fn new(
        text: &str,
        fields: &Fields,
        left_out: &[Unreadable],
    ) -> Result<Filter, TableError> {
        let error = |refusal: SqlRefusal| refused(text, refusal);
        let parsed = Parsed::new(text).map_err(error)?;
        let columns = parsed.columns();
        if let Some(column) = left_out.iter().find(|left| columns.contains(&left.name)) {
            return Err(column.error());
        }
        let mut read = Fields::new();
        for column in &columns {
            let Some((name, data_type)) = fields.iter().find(|(name, _)| name == column) else {
                return Err(error(unknown(column, fields)));
            };
            read.push((name.clone(), plain(data_type)));
        }
        let condition = parsed.condition(&read).map_err(error)?;
        Ok(Filter {
            text: text.to_owned(),
            condition,
            fields: read,
            columns,
        })
    }

    /// The columns it reads.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows of `frame` for which the expression is true; where it is
    /// missing it counts as false.
    pub(crate) fn apply(&self, frame: &DataFrame) -> Result<DataFrame, TableError> {
        self.keep(frame, frame)
    }

    /// The rows of `frame` for which the expression is true of `seen`, which has the same
    /// rows.
    pub(crate) fn keep(
        &self,
        frame: &DataFrame,
        seen: &DataFrame,
    ) -> Result<DataFrame, TableError> {
        let truth = self.truth(seen)?;
        let keep = truth.into_iter().map(|truth| Some(truth == Some(true)));
        let mask = BooleanChunked::from_iter_options(PlSmallStr::EMPTY, keep);
        guarded("filter", || {
            frame.filter(&mask).map_err(|error| self.error(&error))
        })
        .map_err(|error| self.as_own(error))
    }

    /// Per row whether the expression is true.
    pub(crate) fn truth(&self, frame: &DataFrame) -> Result<Vec<Option<bool>>, TableError> {
        let columns: Result<Vec<Series>, TableError> = self
            .fields
            .iter()
            .map(|(name, data_type)| self.column(frame, name, data_type))
            .collect();
        let columns = columns?;
        let truth = guarded("filter", || {
            let truth = self.condition.truth(&columns, frame.height());
            truth.map_err(|refusal| refused(&self.text, refusal))
        });
        truth.map_err(|error| self.as_own(error))
    }

    /// A column of `frame`, of the type that the expression was checked for.
    fn column(
        &self,
        frame: &DataFrame,
        name: &str,
        data_type: &DataType,
    ) -> Result<Series, TableError> {
        let column = frame.column(name).map_err(|error| self.error(&error))?;
        let series = column.as_materialized_series();
        if series.dtype() == data_type {
            return Ok(series.clone());
        }
        series.cast(data_type).map_err(|error| self.error(&error))
    }

    fn error(&self, error: &polars_core::prelude::PolarsError) -> TableError {
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        TableError::Filter {
            expression: self.text.clone(),
            message: format!("cannot be computed: {message}"),
            remedy: None,
        }
    }

    /// A panic while it is computed is the filter's error, not a file's.
    fn as_own(&self, error: TableError) -> TableError {
        match error {
            TableError::Corrupt { message, .. } => TableError::Filter {
                expression: self.text.clone(),
                message: format!("cannot be computed: {message}"),
                remedy: None,
            },
            other => other,
        }
    }
}

fn refused(expression: &str, refusal: SqlRefusal) -> TableError {
    TableError::Filter {
        expression: expression.to_owned(),
        message: refusal.message,
        remedy: refusal.remedy,
    }
}

/// A column that is not there.
fn unknown(column: &str, fields: &Fields) -> SqlRefusal {
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    // Also what becomes of a text without quotes, or in the quotes of names.
    let lead = format!("a text stands in single quotes, as in '{column}', and the columns are");
    SqlRefusal {
        message: format!("names a column '{column}' that is not there"),
        remedy: did_you_mean(column, &names, &lead),
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
