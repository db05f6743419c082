//! A table as its file has it: the columns with their original types.

use polars_core::prelude::{
    BooleanChunked, Column, DataFrame, IdxCa, IdxSize, IntoColumn, NewChunkedArray, PlSmallStr,
};

use crate::error::TableError;
use crate::guard::{corrupt, guarded};
use crate::new_column::{NewColumn, new_series};
use crate::schema::{Fields, common, conform, fields_of};

/// Rows and columns as they were read, with the types of their file, so that
/// what is written again is unchanged.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    pub(crate) data: DataFrame,
}

/// What errors about data in memory call the table.
pub(crate) const MEMORY: &str = "table in memory";

impl Frame {
    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.data.height()
    }

    /// The columns' names, in the file's order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.data.get_column_names();
        names.into_iter().map(ToString::to_string).collect()
    }

    /// The given rows, in the given order.
    ///
    /// # Panics
    ///
    /// If a row is not in the frame.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Frame {
        let indices: Vec<IdxSize> = rows.iter().map(|&row| row as IdxSize).collect();
        let indices = IdxCa::from_vec(PlSmallStr::EMPTY, indices);
        let data = self.data.take(&indices).expect("rows of the frame");
        Frame { data }
    }

    /// The rows for which `keep` is true, one per row.
    ///
    /// # Panics
    ///
    /// If `keep` has another length than the frame.
    #[must_use]
    pub fn keep(&self, keep: &[bool]) -> Frame {
        let mask = BooleanChunked::from_slice(PlSmallStr::EMPTY, keep);
        let data = self.data.filter(&mask).expect("a truth value per row");
        Frame { data }
    }

    /// A frame whose columns take their values out of a few: of each pair the
    /// first has one column, and its name is the column's; the second says per
    /// row in which row of that the value is, and a number beyond them is
    /// missing.
    ///
    /// # Panics
    ///
    /// If the pairs have different numbers of rows or a name comes twice.
    #[must_use]
    pub fn picked(columns: &[(&Frame, &[u32])]) -> Frame {
        let pick = |(values, rows): &(&Frame, &[u32])| {
            let n = values.n_rows() as u32;
            let places = rows.iter().copied();
            let places = if rows.iter().all(|&row| row < n) {
                IdxCa::from_vec(PlSmallStr::EMPTY, places.collect())
            } else {
                let places = places.map(|row| (row < n).then_some(IdxSize::from(row)));
                IdxCa::from_iter_options(PlSmallStr::EMPTY, places)
            };
            values.data.columns()[0]
                .take(&places)
                .expect("rows of the frame")
        };
        let picked: Vec<Column> = columns.iter().map(pick).collect();
        let n_rows = columns.first().map_or(0, |(_, rows)| rows.len());
        let data = DataFrame::new(n_rows, picked).expect("columns of one length");
        Frame { data }
    }

    /// `length` rows from row `offset`, fewer if the frame ends before.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Frame {
        Frame {
            data: self.data.slice(offset as i64, length),
        }
    }

    /// The columns `names`, in that order.
    ///
    /// # Errors
    ///
    /// [`TableError::UnknownColumn`].
    pub fn select(&self, names: &[&str]) -> Result<Frame, TableError> {
        let columns: Result<Vec<Column>, TableError> = names
            .iter()
            .map(|name| match self.data.get_column_index(name) {
                Some(index) => Ok(self.data.columns()[index].clone()),
                None => Err(TableError::UnknownColumn {
                    name: (*name).to_owned(),
                    columns: self.names(),
                }),
            })
            .collect();
        let data = DataFrame::new(self.n_rows(), columns?).map_err(|error| TableError::Shape {
            message: error.to_string(),
        })?;
        Ok(Frame { data })
    }

    /// The rows of all frames one after the other. Columns are matched by
    /// name; where types differ they meet as those of several files do.
    ///
    /// # Errors
    ///
    /// [`TableError::Shape`] if the frames have different columns.
    pub fn concat(frames: Vec<Frame>) -> Result<Frame, TableError> {
        let mut frames = frames.into_iter();
        let Some(first) = frames.next() else {
            return Ok(Frame::default());
        };
        let rest: Vec<Frame> = frames.collect();
        let mut fields: Fields = fields_of(&first.data);
        for frame in &rest {
            if frame.data.width() != fields.len() {
                return Err(unlike(&first, frame));
            }
            for (name, data_type) in &mut fields {
                let Some(index) = frame.data.get_column_index(name) else {
                    return Err(unlike(&first, frame));
                };
                *data_type = common(data_type, frame.data.columns()[index].dtype());
            }
        }
        guarded(MEMORY, || {
            let mut whole = conform(MEMORY, first.data, &fields)?;
            for frame in rest {
                let data = conform(MEMORY, frame.data, &fields)?;
                whole
                    .vstack_mut_owned(data)
                    .map_err(|error| corrupt(MEMORY, &error))?;
            }
            whole.rechunk_mut_par();
            Ok(Frame { data: whole })
        })
    }

    /// Adds columns after the last.
    ///
    /// # Errors
    ///
    /// [`TableError::ColumnExists`] if a name is taken, [`TableError::Shape`]
    /// if a column has another number of rows. The frame is then unchanged.
    pub fn append(&mut self, columns: Vec<NewColumn>) -> Result<(), TableError> {
        self.insert(self.data.width(), columns)
    }

    /// Adds columns before the first.
    ///
    /// # Errors
    ///
    /// As [`Frame::append`].
    pub fn prepend(&mut self, columns: Vec<NewColumn>) -> Result<(), TableError> {
        self.insert(0, columns)
    }

    fn insert(&mut self, at: usize, new: Vec<NewColumn>) -> Result<(), TableError> {
        let n_rows = if self.data.width() == 0 && self.n_rows() == 0 {
            new.first().map_or(0, |column| column.data.len())
        } else {
            self.n_rows()
        };
        let mut names: Vec<&str> = self
            .data
            .get_column_names()
            .into_iter()
            .map(|name| name.as_str())
            .collect();
        for column in &new {
            if names.contains(&column.name.as_str()) {
                return Err(TableError::ColumnExists {
                    name: column.name.clone(),
                });
            }
            names.push(&column.name);
            if column.data.len() != n_rows {
                return Err(TableError::Shape {
                    message: format!(
                        "the new column '{}' has {} values for {n_rows} rows",
                        column.name,
                        column.data.len(),
                    ),
                });
            }
        }
        let mut columns = self.data.columns().to_vec();
        let added = new
            .into_iter()
            .map(|column| new_series(&column.name, column.data).into_column());
        columns.splice(at..at, added);
        self.data = DataFrame::new(n_rows, columns).map_err(|error| TableError::Shape {
            message: error.to_string(),
        })?;
        Ok(())
    }
}

fn unlike(one: &Frame, other: &Frame) -> TableError {
    TableError::Shape {
        message: format!(
            "tables with different columns: {} and {}",
            one.names().join(", "),
            other.names().join(", ")
        ),
    }
}
