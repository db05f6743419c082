//! What a file contains, and who is given its rows.

use std::ops::ControlFlow;

use polars_core::prelude::DataFrame;

use crate::error::TableError;
use crate::schema::Fields;
use crate::unreadable::Unreadable;

/// What a file contains.
#[derive(Debug, Clone)]
pub(crate) struct Contents {
    /// Its columns in the file's order.
    pub(crate) fields: Fields,
    /// Columns that are texts for the zeros before their numbers, with the type that they
    /// would have else.
    pub(crate) coded: Fields,
    /// Columns that are read as another type than their cells have, with that type:
    /// filters are of what stands in the file.
    pub(crate) natural: Fields,
    /// Columns of text in which numbers have points, where others have decimal commas.
    pub(crate) pointed: Vec<String>,
    /// Its rows.
    pub(crate) n_rows: usize,
    /// Columns that it has besides, of types that cannot be read.
    pub(crate) left_out: Vec<Unreadable>,
}

/// Is given the rows of a file, portion after portion; says whether it wants
/// more.
pub(crate) type PortionSink<'a> = dyn FnMut(DataFrame) -> Result<ControlFlow<()>, TableError> + 'a;
