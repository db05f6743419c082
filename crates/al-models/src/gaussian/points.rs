//! Rows as kernels see them: numbers on a common scale, and codes of categories.

use al_core::MatrixColumn;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Knots of a warp: as many as tell a distribution well.
const KNOTS: usize = 64;

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
}

/// Some points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KernelPoints {
    /// n × p.
    pub(super) numbers: Array2<f64>,
    /// n × q.
    pub(super) codes: Array2<u32>,
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
        });
        let levels = self.columns.iter().filter_map(|column| match column {
            PointColumn::Category { levels } => Some(levels + 2),
            PointColumn::Number { .. } => None,
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
            PointColumn::Category { .. } => false,
        };
        self.columns.iter().any(warped)
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
            }
        }
        (numbers, categories)
    }

    /// The points of rows, row-major.
    pub(super) fn points(&self, rows: &[f32]) -> KernelPoints {
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
                }
            }
        }
        KernelPoints {
            numbers: Array2::from_shape_vec((n, self.numbers), numbers).expect("n × p numbers"),
            codes: Array2::from_shape_vec((n, self.levels.len()), codes).expect("n × q codes"),
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

    #[test]
    fn missing_and_unseen_values_have_places_of_their_own() {
        let columns = [
            MatrixColumn::Numeric,
            MatrixColumn::Categorical { levels: 2 },
        ];
        let space = PointSpace::of(&[0.5, 0.0, f32::NAN, 1.0], &columns, false);
        assert_eq!((space.numbers, space.levels.as_slice()), (2, &[4][..]));
        let points = space.points(&[0.5, 1.0, f32::NAN, f32::NAN, 2.0, 7.0]);
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
        let points = space.points(&rows).numbers;
        let steps: Vec<f64> = (1..4)
            .map(|row| points[[row, 0]] - points[[row - 1, 0]])
            .collect();
        assert!(
            steps
                .iter()
                .all(|step| (step - steps[0]).abs() < 1e-12 && *step > 0.0)
        );
        // Between and beyond the knots.
        let beyond = space.points(&[3.0, 16.0]).numbers;
        assert!((beyond[[0, 0]] - (points[[1, 0]] + points[[2, 0]]) / 2.0).abs() < 1e-12);
        assert!(beyond[[1, 0]] > points[[3, 0]]);
    }
}
