//! Rows as kernels see them: numbers on a common scale, and codes of categories.

use std::sync::{Arc, OnceLock};

use al_core::MatrixColumn;
use al_core::tanimoto::{CountIndex, CountRows};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Knots of a warp: as many as tell a distribution well.
const KNOTS: usize = 64;

/// Rows of which the similarities to each other are kept: 32 MB.
const REMEMBERED: usize = 2000;

/// How the columns of a learner's rows become points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PointSpace {
    columns: Vec<PointColumn>,
    /// Numbers of a point, p.
    pub(super) numbers: usize,
    /// Levels of each category of a point, those for unseen and missing values
    /// included; q of them.
    pub(super) levels: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum PointColumn {
    /// A number, warped where there are knots. A missing one is 0, the mean; if
    /// any training row misses it, a number of its own says so.
    Number {
        knots: Vec<(f64, f64)>,
        indicated: bool,
    },
    /// A category of so many levels; one more is for unseen and one for missing
    /// values.
    Category { levels: u32 },
    /// A structure, which stands beside the numbers and categories.
    Structure,
}

/// What there is to learn of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpaceShape {
    /// Numbers of a point, p.
    pub(super) numbers: usize,
    /// Categories of a point, q.
    pub(super) categories: usize,
    /// Whether points have structures.
    pub(super) structured: bool,
}

/// Rows that a process learns from or speaks of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KernelRows<'a> {
    /// Row-major: numbers with NaN where missing, codes of categories.
    pub(crate) values: &'a [f32],
    /// What their structures consist of, if they have any.
    pub(crate) counts: Option<&'a CountRows>,
}

/// What is learned from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GaussianData<'a> {
    /// The rows.
    pub(crate) rows: KernelRows<'a>,
    /// What the columns hold.
    pub(crate) columns: &'a [MatrixColumn],
    /// A value per row.
    pub(crate) values: &'a [f64],
    /// How much each row counts.
    pub(crate) weights: &'a [f64],
    /// How much is done for the hyperparameters.
    pub(crate) effort: SearchEffort,
    /// The group of each row; none where every row stands for itself.
    pub(crate) groups: &'a [u64],
}

/// How much is done for hyperparameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchEffort {
    /// Most rows on which they are searched.
    pub(crate) rows: usize,
    /// Rows up to which they are found without each row, too, for what is said of it.
    pub(crate) folded: usize,
    /// Whether folds and searched rows have as many of each value as all rows have, as few
    /// of a class would else be missed.
    pub(crate) by_value: bool,
}

/// Some points.
#[derive(Debug, Clone)]
pub(super) struct KernelPoints {
    /// n × p.
    pub(super) numbers: Array2<f64>,
    /// n × q.
    pub(super) codes: Array2<u32>,
    /// What their structures consist of.
    pub(super) structures: Option<PointStructures>,
}

/// What the structures of points consist of.
#[derive(Debug, Clone)]
pub(super) struct PointStructures {
    pub(super) rows: CountRows,
    /// For points that others are compared with.
    index: OnceLock<CountIndex>,
    /// For points that are compared with themselves.
    likeness: OnceLock<Arc<Vec<Vec<f64>>>>,
}

impl PointStructures {
    pub(super) fn of(rows: CountRows) -> PointStructures {
        PointStructures {
            rows,
            index: OnceLock::new(),
            likeness: OnceLock::new(),
        }
    }
}

impl KernelPoints {
    /// The Tanimoto similarity of each structure to each of `other`, row by row; `None`
    /// without structures.
    pub(super) fn likeness(&self, other: &KernelPoints) -> Option<Arc<Vec<Vec<f64>>>> {
        let (own, other) = (self.structures.as_ref()?, other.structures.as_ref()?);
        // A search asks for those of its own rows again and again.
        if std::ptr::eq(own, other) && own.rows.n_rows() <= REMEMBERED {
            let known = own.likeness.get_or_init(|| Arc::new(own.similarities(own)));
            return Some(Arc::clone(known));
        }
        Some(Arc::new(own.similarities(other)))
    }
}

impl PointStructures {
    fn similarities(&self, other: &PointStructures) -> Vec<Vec<f64>> {
        let index = other.index.get_or_init(|| {
            let rows = &other.rows;
            CountIndex::new((0..rows.n_rows()).map(|row| rows.row(row)))
        });
        let rows = (0..self.rows.n_rows()).into_par_iter().with_min_len(64);
        rows.map(|row| index.similarities(self.rows.row(row)))
            .collect()
    }
}

impl PointSpace {
    /// The space of training rows, row-major, with these columns. `warped` puts
    /// numbers at their ranks: values of a grid such as 1, 2, 4, … 1024 are then
    /// equally far apart.
    pub(super) fn of(rows: &[f32], columns: &[MatrixColumn], warped: bool) -> PointSpace {
        let width = columns.len();
        let mut levels = Vec::new();
        let mut numbers = 0;
        let columns = columns
            .iter()
            .enumerate()
            .map(|(at, column)| match *column {
                MatrixColumn::Categorical { levels: known } => {
                    levels.push(known + 2);
                    PointColumn::Category { levels: known }
                }
                MatrixColumn::Structure { .. } => PointColumn::Structure,
                MatrixColumn::Numeric => {
                    let values = rows.iter().skip(at).step_by(width).copied();
                    let (missing, mut there): (Vec<f32>, Vec<f32>) =
                        values.partition(|value| value.is_nan());
                    let indicated = !missing.is_empty();
                    numbers += 1 + usize::from(indicated);
                    there.sort_unstable_by(f32::total_cmp);
                    PointColumn::Number {
                        knots: if warped { knots(&there) } else { Vec::new() },
                        indicated,
                    }
                }
            })
            .collect();
        PointSpace {
            columns,
            numbers,
            levels,
        }
    }

    /// Whether the parts of a space that was read go together.
    pub(super) fn is_sound(&self) -> bool {
        let (numbers, categories) = self.origins();
        let knots = self.columns.iter().all(|column| match column {
            PointColumn::Number { knots, .. } => {
                let finite = knots.iter().all(|(x, y)| x.is_finite() && y.is_finite());
                finite && knots.len() != 1 && knots.is_sorted_by(|a, b| a.0 < b.0)
            }
            PointColumn::Category { levels } => *levels < u32::MAX - 2,
            PointColumn::Structure => true,
        });
        let levels = self.columns.iter().filter_map(|column| match column {
            PointColumn::Category { levels } => Some(levels + 2),
            PointColumn::Number { .. } | PointColumn::Structure => None,
        });
        knots
            && numbers.len() == self.numbers
            && categories.len() == self.levels.len()
            && levels.eq(self.levels.iter().copied())
    }

    /// Values per row.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Whether any number is warped.
    pub(super) fn is_warped(&self) -> bool {
        let warped = |column: &PointColumn| match column {
            PointColumn::Number { knots, .. } => !knots.is_empty(),
            PointColumn::Category { .. } | PointColumn::Structure => false,
        };
        self.columns.iter().any(warped)
    }

    /// What there is to learn of it.
    pub(super) fn shape(&self) -> SpaceShape {
        SpaceShape {
            numbers: self.numbers,
            categories: self.levels.len(),
            structured: self.structure().is_some(),
        }
    }

    /// The column that is a structure.
    pub(super) fn structure(&self) -> Option<usize> {
        let structure = |column: &PointColumn| matches!(column, PointColumn::Structure);
        self.columns.iter().position(structure)
    }

    /// For each column the numbers and the categories that it became.
    pub(super) fn origins(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        for (at, column) in self.columns.iter().enumerate() {
            match column {
                PointColumn::Number { indicated, .. } => {
                    numbers.extend(std::iter::repeat_n(at, 1 + usize::from(*indicated)));
                }
                PointColumn::Category { .. } => categories.push(at),
                PointColumn::Structure => {}
            }
        }
        (numbers, categories)
    }

    /// The points of rows.
    pub(super) fn points(&self, rows: KernelRows<'_>) -> KernelPoints {
        let structures = rows.counts.cloned().map(PointStructures::of);
        let rows = rows.values;
        let n = rows.len() / self.width().max(1);
        let mut numbers = Vec::with_capacity(n * self.numbers);
        let mut codes = Vec::with_capacity(n * self.levels.len());
        for row in rows.chunks_exact(self.width().max(1)) {
            for (column, &value) in self.columns.iter().zip(row) {
                match column {
                    PointColumn::Number { knots, indicated } => {
                        let missing = value.is_nan();
                        let value = f64::from(value);
                        numbers.push(if missing { 0.0 } else { warp(knots, value) });
                        if *indicated {
                            numbers.push(f64::from(u8::from(missing)));
                        }
                    }
                    PointColumn::Category { levels } => codes.push(match value.is_nan() {
                        true => levels + 1,
                        false => (value as u32).min(*levels),
                    }),
                    PointColumn::Structure => {}
                }
            }
        }
        KernelPoints {
            numbers: Array2::from_shape_vec((n, self.numbers), numbers).expect("n × p numbers"),
            codes: Array2::from_shape_vec((n, self.levels.len()), codes).expect("n × q codes"),
            structures,
        }
    }
}

/// Where sorted values go: to the mean of their ranks, on the scale of a uniform
/// distribution of variance 1; linear in between. None for fewer than three
/// distinct values, which no warp moves.
fn knots(sorted: &[f32]) -> Vec<(f64, f64)> {
    let n = sorted.len() as f64;
    let mut all: Vec<(f64, f64)> = Vec::new();
    let mut from = 0;
    while from < sorted.len() {
        let equal = sorted[from..]
            .iter()
            .take_while(|&&v| v == sorted[from])
            .count();
        let rank = (from as f64 + equal as f64 / 2.0) / n;
        all.push((f64::from(sorted[from]), (rank - 0.5) * 12.0_f64.sqrt()));
        from += equal;
    }
    if all.len() < 3 {
        return Vec::new();
    }
    if all.len() <= KNOTS {
        return all;
    }
    let last = all.len() - 1;
    (0..KNOTS)
        .map(|knot| all[knot * last / (KNOTS - 1)])
        .collect()
}

/// The value on the piecewise linear curve through the knots, continued beyond
/// them by the slope of the whole.
fn warp(knots: &[(f64, f64)], value: f64) -> f64 {
    let (Some(&first), Some(&last)) = (knots.first(), knots.last()) else {
        return value;
    };
    let slope = (last.1 - first.1) / (last.0 - first.0);
    if value <= first.0 {
        return first.1 + slope * (value - first.0);
    }
    if value >= last.0 {
        return last.1 + slope * (value - last.0);
    }
    let above = knots.partition_point(|knot| knot.0 <= value);
    let ((x0, y0), (x1, y1)) = (knots[above - 1], knots[above]);
    y0 + (y1 - y0) * (value - x0) / (x1 - x0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(values: &[f32]) -> KernelRows<'_> {
        KernelRows {
            values,
            counts: None,
        }
    }

    #[test]
    fn missing_and_unseen_values_have_places_of_their_own() {
        let columns = [
            MatrixColumn::Numeric,
            MatrixColumn::Categorical { levels: 2 },
        ];
        let space = PointSpace::of(&[0.5, 0.0, f32::NAN, 1.0], &columns, false);
        assert_eq!((space.numbers, space.levels.as_slice()), (2, &[4][..]));
        let points = space.points(plain(&[0.5, 1.0, f32::NAN, f32::NAN, 2.0, 7.0]));
        assert_eq!(
            points.numbers,
            ndarray::array![[0.5, 0.0], [0.0, 1.0], [2.0, 0.0]]
        );
        assert_eq!(points.codes, ndarray::array![[1], [3], [2]]);
        assert_eq!(space.origins(), (vec![0, 0], vec![1]));
    }

    #[test]
    fn warped_values_of_a_grid_are_equally_far_apart() {
        let rows = [1.0, 2.0, 4.0, 8.0, 1.0, 2.0, 4.0, 8.0];
        let space = PointSpace::of(&rows, &[MatrixColumn::Numeric], true);
        assert!(space.is_warped());
        let points = space.points(plain(&rows)).numbers;
        let steps: Vec<f64> = (1..4)
            .map(|row| points[[row, 0]] - points[[row - 1, 0]])
            .collect();
        assert!(
            steps
                .iter()
                .all(|step| (step - steps[0]).abs() < 1e-12 && *step > 0.0)
        );
        // Between and beyond the knots.
        let beyond = space.points(plain(&[3.0, 16.0])).numbers;
        assert!((beyond[[0, 0]] - (points[[1, 0]] + points[[2, 0]]) / 2.0).abs() < 1e-12);
        assert!(beyond[[1, 0]] > points[[3, 0]]);
    }
}
