//! Encoded rows.

use std::sync::Arc;

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

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
}

impl Matrix {
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
        }
    }
}
