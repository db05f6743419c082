//! How encoded rows are laid out for a learner.

use std::borrow::Cow;

use al_core::encoder::StructureCounts;
use al_core::{Matrix, MatrixColumn};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The columns a learner sees, made from those of a [`Matrix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowLayout {
    /// The matrix itself: categories are codes, missing values NaN, and each count of
    /// structures that varies is a number, or NaN for 0: histograms then add up the few
    /// that are there, and a split sends the others to the side that suits them. For
    /// learners that rank the categories themselves.
    Codes,
    /// Each category a column of 0 and 1, all 0 for an unseen one and NaN
    /// where missing; counts as in [`RowLayout::Codes`]. For trees that split on numbers only.
    OneHot,
    /// As [`RowLayout::OneHot`], and every value a number: a missing number is
    /// 0, the mean, with a 1 in a column of its own; a missing category has a
    /// column too. For learners that know no missing values.
    Dense,
    /// As [`RowLayout::Codes`], with structures beside the values: for learners that compare
    /// whole structures.
    Kernel,
}

/// Rows as a learner reads them: n × width, row-major.
#[derive(Debug, Clone)]
pub struct LearnerRows<'a> {
    /// The values, row after row.
    pub values: Cow<'a, [f32]>,
    /// Values per row.
    pub width: usize,
    /// What structures consist of, in [`RowLayout::Kernel`].
    pub counts: Option<&'a StructureCounts>,
}

impl LearnerRows<'_> {
    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }
}

impl RowLayout {
    /// Columns that `column` becomes.
    fn width_of(self, column: MatrixColumn) -> usize {
        match (self, column) {
            (RowLayout::Kernel, _) => 1,
            (_, MatrixColumn::Structure { counted }) => counted as usize,
            (RowLayout::Codes, _) | (RowLayout::OneHot, MatrixColumn::Numeric) => 1,
            (RowLayout::OneHot, MatrixColumn::Categorical { levels }) => levels as usize,
            (RowLayout::Dense, MatrixColumn::Numeric) => 2,
            (RowLayout::Dense, MatrixColumn::Categorical { levels }) => levels as usize + 1,
        }
    }

    /// For each column of the layout, the column of the matrix it comes from.
    #[must_use]
    pub fn origins(self, columns: &[MatrixColumn]) -> Vec<usize> {
        columns
            .iter()
            .enumerate()
            .flat_map(|(at, &column)| std::iter::repeat_n(at, self.width_of(column)))
            .collect()
    }

    /// The rows of `matrix` in this layout.
    #[must_use]
    pub fn rows(self, matrix: &Matrix) -> LearnerRows<'_> {
        let source = matrix
            .values
            .as_slice()
            .expect("an encoded matrix is in standard layout");
        let as_it_is = |column: &MatrixColumn| match column {
            MatrixColumn::Numeric => true,
            MatrixColumn::Categorical { .. } => self == RowLayout::Codes,
            MatrixColumn::Structure { .. } => false,
        };
        let same = self != RowLayout::Dense && matrix.columns.iter().all(as_it_is);
        if self == RowLayout::Kernel || same {
            let kernel = self == RowLayout::Kernel;
            return LearnerRows {
                values: Cow::Borrowed(source),
                width: matrix.columns.len(),
                counts: matrix.counts.as_ref().filter(|_| kernel),
            };
        }
        let width: usize = matrix.columns.iter().map(|&c| self.width_of(c)).sum();
        let narrow = matrix.columns.len();
        let mut values = vec![0.0_f32; matrix.n_rows() * width];
        values
            .par_chunks_exact_mut(width.max(1))
            .zip(source.par_chunks_exact(narrow.max(1)))
            .enumerate()
            .with_min_len(1024)
            .for_each(|(index, (out, row))| self.fill(matrix, (index, row), out));
        LearnerRows {
            values: Cow::Owned(values),
            width,
            counts: None,
        }
    }

    /// One row; `out` is all 0 and has this layout's width.
    fn fill(self, matrix: &Matrix, (index, row): (usize, &[f32]), out: &mut [f32]) {
        let mut at = 0;
        for (&column, &value) in matrix.columns.iter().zip(row) {
            let width = self.width_of(column);
            let cells = &mut out[at..at + width];
            match (column, self) {
                (MatrixColumn::Structure { .. }, _) => {
                    let dense = self == RowLayout::Dense;
                    if !dense {
                        cells.fill(f32::NAN);
                    }
                    if let Some(counts) = &matrix.counts {
                        counts.spread(index, cells);
                    }
                    // Where a node has seen no missing value, trees send one to the right, as if
                    // it were the largest: a count of 0 is next to 1 where counts are negative.
                    if !dense {
                        cells.iter_mut().for_each(|count| *count = -*count);
                    }
                }
                (MatrixColumn::Categorical { .. }, RowLayout::Codes | RowLayout::Kernel) => {
                    cells[0] = value;
                }
                (MatrixColumn::Numeric, RowLayout::Dense) if value.is_nan() => cells[1] = 1.0,
                (MatrixColumn::Numeric, _) => cells[0] = value,
                (MatrixColumn::Categorical { .. }, RowLayout::Dense) if value.is_nan() => {
                    cells[width - 1] = 1.0;
                }
                (MatrixColumn::Categorical { .. }, _) if value.is_nan() => cells.fill(f32::NAN),
                (MatrixColumn::Categorical { levels }, _) if (value as u32) < levels => {
                    cells[value as usize] = 1.0;
                }
                (MatrixColumn::Categorical { .. }, _) => {}
            }
            at += width;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use al_core::tanimoto::CountRows;
    use ndarray::array;

    fn matrix() -> Matrix {
        Matrix {
            values: array![[0.5, 1.0], [f32::NAN, f32::NAN], [2.0, 2.0]],
            columns: [
                MatrixColumn::Numeric,
                MatrixColumn::Categorical { levels: 2 },
            ]
            .into(),
            counts: None,
        }
    }

    #[test]
    fn dense_has_no_missing_value() {
        let matrix = matrix();
        let rows = RowLayout::Dense.rows(&matrix);
        assert_eq!(rows.width, 5);
        assert_eq!(
            rows.values.as_ref(),
            [
                0.5, 0.0, 0.0, 1.0, 0.0, // level 1
                0.0, 1.0, 0.0, 0.0, 1.0, // both missing
                2.0, 0.0, 0.0, 0.0, 0.0, // unseen level
            ]
        );
        assert_eq!(RowLayout::Dense.origins(&matrix.columns), [0, 0, 1, 1, 1]);
    }

    #[test]
    fn one_hot_keeps_missing_for_the_trees() {
        let matrix = matrix();
        let rows = RowLayout::OneHot.rows(&matrix);
        assert_eq!(rows.width, 3);
        assert_eq!(&rows.values[..3], [0.5, 0.0, 1.0]);
        assert!(rows.values[3..6].iter().all(|v| v.is_nan()));
        assert_eq!(&rows.values[6..], [2.0, 0.0, 0.0]);
    }

    #[test]
    fn counts_that_are_0_are_missing_for_trees_and_numbers_for_others() {
        let mut rows = CountRows::default();
        rows.push([(3, 2), (9, 1)]);
        rows.push([]);
        let matrix = Matrix {
            values: array![[0.0, 0.5], [0.0, -0.5]],
            columns: [
                MatrixColumn::Structure { counted: 2 },
                MatrixColumn::Numeric,
            ]
            .into(),
            counts: Some(StructureCounts {
                rows,
                counted: [3, 7].into(),
                size: 64,
            }),
        };
        let codes = RowLayout::Codes.rows(&matrix);
        assert_eq!((codes.width, &codes.values[..1]), (3, &[-2.0][..]));
        let missing: Vec<bool> = codes.values.iter().map(|value| value.is_nan()).collect();
        assert_eq!(missing, [false, true, false, true, true, false]);
        let dense = RowLayout::Dense.rows(&matrix);
        assert_eq!(
            dense.values.as_ref(),
            [2.0, 0.0, 0.5, 0.0, 0.0, 0.0, -0.5, 0.0]
        );
        assert_eq!(RowLayout::Dense.origins(&matrix.columns), [0, 0, 1, 1]);
        let kernel = RowLayout::Kernel.rows(&matrix);
        assert_eq!((kernel.width, kernel.counts), (2, matrix.counts.as_ref()));
    }

    #[test]
    fn codes_are_the_matrix_itself() {
        let matrix = matrix();
        let rows = RowLayout::Codes.rows(&matrix);
        assert!(matches!(rows.values, Cow::Borrowed(_)));
        assert_eq!(rows.n_rows(), 3);
    }
}
