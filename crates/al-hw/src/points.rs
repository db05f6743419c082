//! Combinations of a space, by the places of their values.

use al_core::key::KeyBuilder;
use al_core::{Key, Texts};

/// The place of a value that is missing.
pub(crate) const MISSING: u32 = Texts::MISSING;

/// Combinations of a space, one per row: per column of the space its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    pub(crate) columns: Vec<PointCells>,
    pub(crate) n_rows: usize,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum PointCells {
    /// Of a list: per row the place of its value in it, [`Texts::MISSING`] if
    /// missing.
    Places(Vec<u32>),
    /// Of a range: per row the number, NaN if missing.
    Numbers(Vec<f64>),
}

impl PointCells {
    /// Whether the value of `row` is missing.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            PointCells::Places(places) => places[row] == MISSING,
            PointCells::Numbers(numbers) => numbers[row].is_nan(),
        }
    }

    /// Makes it missing.
    pub(crate) fn clear(&mut self, row: usize) {
        match self {
            PointCells::Places(places) => places[row] = MISSING,
            PointCells::Numbers(numbers) => numbers[row] = f64::NAN,
        }
    }
}

impl Points {
    /// Number of combinations.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns, in the order of the space.
    #[must_use]
    pub fn columns(&self) -> &[PointCells] {
        &self.columns
    }

    /// What tells the combination of a row from all others of its space.
    #[must_use]
    pub fn key(&self, row: usize) -> Key {
        let mut builder = KeyBuilder::new();
        for cells in &self.columns {
            match cells {
                PointCells::Places(places) if places[row] == MISSING => builder.missing(),
                PointCells::Places(places) => builder.number(f64::from(places[row])),
                PointCells::Numbers(numbers) => builder.number(numbers[row]),
            }
        }
        builder.finish()
    }

    /// The rows of `other`, of the same space, after these.
    pub(crate) fn append(&mut self, other: Points) {
        self.n_rows += other.n_rows;
        for (cells, more) in self.columns.iter_mut().zip(other.columns) {
            match (cells, more) {
                (PointCells::Places(places), PointCells::Places(more)) => places.extend(more),
                (PointCells::Numbers(numbers), PointCells::Numbers(more)) => numbers.extend(more),
                _ => unreachable!("columns of one space"),
            }
        }
    }

    /// `length` rows from row `offset`, fewer if they end before.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Points {
        let end = self.n_rows.min(offset + length);
        let rows = offset.min(end)..end;
        let columns = self.columns.iter().map(|cells| match cells {
            PointCells::Places(places) => PointCells::Places(places[rows.clone()].to_vec()),
            PointCells::Numbers(numbers) => PointCells::Numbers(numbers[rows.clone()].to_vec()),
        });
        Points {
            columns: columns.collect(),
            n_rows: rows.len(),
        }
    }

    /// The given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Points {
        let columns = self.columns.iter().map(|cells| match cells {
            PointCells::Places(places) => {
                PointCells::Places(rows.iter().map(|&row| places[row]).collect())
            }
            PointCells::Numbers(numbers) => {
                PointCells::Numbers(rows.iter().map(|&row| numbers[row]).collect())
            }
        });
        Points {
            columns: columns.collect(),
            n_rows: rows.len(),
        }
    }
}
