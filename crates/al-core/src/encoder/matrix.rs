//! Encoded rows.

use std::sync::Arc;

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::tanimoto::CountRows;

/// What a column of a [`Matrix`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatrixColumn {
    /// Standardised numbers, NaN where missing.
    Numeric,
    /// Codes `0..levels`; `levels` is a level not seen at training, NaN is
    /// missing.
    Categorical {
        /// Number of levels seen at training.
        levels: u32,
    },
    /// 0: what the structure consists of stands in [`Matrix::counts`], and its descriptors
    /// in columns behind those of all features.
    Structure {
        /// How many of the counts vary so much at training that trees may split on them.
        counted: u32,
    },
}

/// What the structures of rows consist of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureCounts {
    /// The counts of each row, by identifiers below `size`.
    pub rows: CountRows,
    /// The identifiers whose counts vary at training, ascending.
    pub counted: Arc<[u16]>,
    /// Identifiers there are.
    pub size: usize,
}

impl StructureCounts {
    fn with(&self, rows: CountRows) -> StructureCounts {
        StructureCounts {
            rows,
            counted: Arc::clone(&self.counted),
            size: self.size,
        }
    }

    /// The given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> StructureCounts {
        self.with(self.rows.take(rows))
    }

    /// Writes the counts of a row whose identifiers are [`StructureCounts::counted`] into
    /// `out`, which is all 0 and has a place for each of these.
    pub fn spread(&self, row: usize, out: &mut [f32]) {
        let mut at = 0;
        for (id, n) in self.rows.row(row) {
            while self
                .counted
                .get(at)
                .is_some_and(|&other| u32::from(other) < id)
            {
                at += 1;
            }
            if self
                .counted
                .get(at)
                .is_some_and(|&other| u32::from(other) == id)
            {
                out[at] = n as f32;
            }
        }
    }
}

/// Encoded rows: n × p in `f32`, row-major.
///
/// Numbers are standardised by the training rows' mean and standard deviation
/// before they are rounded to `f32`, so a column such as a time stamp, whose
/// values differ in late digits only, keeps its differences.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The values, one row per row, standard layout.
    pub values: Array2<f32>,
    /// What each column holds.
    pub columns: Arc<[MatrixColumn]>,
    /// What structures consist of, if a column is of structures.
    pub counts: Option<StructureCounts>,
}

impl Matrix {
    /// Rows without structures.
    #[must_use]
    pub fn new(values: Array2<f32>, columns: impl Into<Arc<[MatrixColumn]>>) -> Matrix {
        Matrix {
            values,
            columns: columns.into(),
            counts: None,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.values.nrows()
    }

    /// Per column its lowest and highest number; none for categories and for columns
    /// without a finite value.
    #[must_use]
    pub fn ranges(&self) -> Vec<Option<(f32, f32)>> {
        let range = |(at, column): (usize, &MatrixColumn)| {
            let MatrixColumn::Numeric = column else {
                return None;
            };
            let values = self.values.column(at).into_iter().copied();
            let known = values.filter(|value| value.is_finite());
            let (low, high) = known.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            (low <= high).then_some((low, high))
        };
        self.columns.iter().enumerate().map(range).collect()
    }

    /// The given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Matrix {
        Matrix {
            values: self.values.select(Axis(0), rows),
            columns: Arc::clone(&self.columns),
            counts: self.counts.as_ref().map(|counts| counts.take(rows)),
        }
    }

    /// `self` followed by `other`, which has the same columns.
    #[must_use]
    pub fn stack(&self, other: &Matrix) -> Matrix {
        assert_eq!(self.columns, other.columns, "matrices of one encoder");
        Matrix {
            values: ndarray::concatenate(Axis(0), &[self.values.view(), other.values.view()])
                .expect("same number of columns"),
            columns: Arc::clone(&self.columns),
            counts: self
                .counts
                .as_ref()
                .zip(other.counts.as_ref())
                .map(|(own, other)| {
                    let mut rows = own.rows.clone();
                    rows.extend(&other.rows);
                    own.with(rows)
                }),
        }
    }
}
