//! SQL expressions over the columns of one row.
//!
//! A text is cut into tokens (`lexer`), read into a shape (`parser`, `forms`,
//! `syntax`), checked against the types of the columns (`compile`) and then
//! computed for blocks of rows (`checked`, `values`). What operators and functions
//! mean stands in one module per subject: `meet`, `logic`, `compare`, `choose`,
//! `arithmetic`, `numeric`, `texts`, `patterns`, `moments`, `cast`.
//!
//! Nothing here knows of other rows: the value of a row does not depend on the
//! block that it stands in.
//!
//! # What values are
//!
//! Logic is three-valued: what depends on a missing value is missing, unless
//! the other values decide (`FALSE AND NULL` is false). NaN is missing, also
//! one that is computed. Whole numbers have 128 bits and do not wrap. A number
//! without a column takes on the precision of the column that it meets.

mod arithmetic;
mod calendar;
mod cast;
mod checked;
mod choose;
mod compare;
mod compile;
mod error;
mod forms;
mod functions;
mod kind;
mod leaves;
mod lexer;
mod logic;
mod meet;
mod moments;
mod numeric;
mod parser;
mod patterns;
mod syntax;
mod texts;
mod values;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;

use al_core::Message;
use polars_core::prelude::{DataType, Series};
use rayon::prelude::*;

use checked::Of;
use error::SqlError;
pub(crate) use error::SqlRefusal;
use values::{RowBlock, RowValues};

/// Rows that are computed at once: their values stay in the caches of a core.
const BLOCK: usize = 4096;

/// An expression that was read and not checked.
pub(crate) struct Parsed {
    text: String,
    expr: syntax::Expr,
}

/// A checked condition.
#[derive(Clone)]
pub(crate) struct SqlCondition {
    text: String,
    truth: Of<bool>,
}

impl std::fmt::Debug for SqlCondition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SqlCondition").field(&self.text).finish()
    }
}

impl Parsed {
    /// Reads `text`. The error is worded to follow the expression.
    pub(crate) fn new(text: &str) -> Result<Parsed, SqlRefusal> {
        let expr = parser::parse(text).map_err(|error| error.about(text))?;
        let text = text.to_owned();
        Ok(Parsed { text, expr })
    }

    /// The columns that it names, sorted, each once.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.expr.columns()
    }

    /// Checks it as a condition over columns with these names and types.
    pub(crate) fn condition(
        &self,
        columns: &[(String, DataType)],
    ) -> Result<SqlCondition, SqlRefusal> {
        let checked = || {
            let node = compile::Compiler { columns }.node(&self.expr)?;
            node.as_bool().ok_or_else(|| {
                let message = format!("is not true or false but {}", node.kind);
                let remedy = Message::from("compare it with a value");
                SqlError::whole(message).remedy(Some(remedy))
            })
        };
        let truth = checked().map_err(|error| error.about(&self.text))?;
        let text = self.text.clone();
        Ok(SqlCondition { text, truth })
    }
}

impl SqlCondition {
    /// Per row whether it is true. `columns` are those that it was checked
    /// for, in that order, with `rows` values each.
    pub(crate) fn truth(
        &self,
        columns: &[Series],
        rows: usize,
    ) -> Result<Vec<Option<bool>>, SqlRefusal> {
        let of_block = |from: usize| -> Result<Vec<Option<bool>>, SqlError> {
            let rows = BLOCK.min(rows - from);
            let columns: Vec<Series> = columns
                .iter()
                .map(|column| column.slice(from as i64, rows))
                .collect();
            Ok(match (self.truth)(RowBlock { columns: &columns })? {
                RowValues::Same(truth) => vec![truth; rows],
                RowValues::Each(truth) => truth,
            })
        };
        let starts: Vec<usize> = (0..rows).step_by(BLOCK).collect();
        // All blocks, then the first error in their order: the same one on any
        // number of threads.
        let blocks: Vec<Result<Vec<Option<bool>>, SqlError>> =
            starts.into_par_iter().map(of_block).collect();
        let blocks: Result<Vec<Vec<Option<bool>>>, SqlError> = blocks.into_iter().collect();
        let blocks = blocks.map_err(|error| error.about(&self.text))?;
        Ok(blocks.concat())
    }
}
