//! What a process says of training rows that it has not seen: of each without itself,
//! or, where rows have groups, without its group.

use al_core::tanimoto::CountRows;
use ndarray::{Array1, Array2};

use super::cholesky::CholeskyFactor;
use super::points::KernelRows;
use crate::groups::by_group;

/// Means and variances of the function at each training row by the rows of other
/// groups, n × 2, in closed form: leave-one-out of Sundararajan & Keerthi 2001, for
/// blocks. `noise` is the variance of each measurement.
pub(super) fn without_own(
    inverse: &Array2<f64>,
    alpha: &Array1<f64>,
    values: &[f64],
    noise: &[f64],
    groups: &[u64],
) -> Array2<f64> {
    let n = values.len();
    let mut found = Array2::from_elem((n, 2), f64::NAN);
    for rows in by_group(groups, n) {
        if let [row] = rows[..] {
            let precision = inverse[[row, row]];
            found[[row, 0]] = values[row] - alpha[row] / precision;
            found[[row, 1]] = (1.0 / precision - noise[row]).max(0.0);
            continue;
        }
        let size = rows.len();
        let block = Array2::from_shape_fn((size, size), |(a, b)| inverse[[rows[a], rows[b]]]);
        let Some(factor) = CholeskyFactor::of(block) else {
            continue;
        };
        let covariance = factor.inverse();
        let own = Array1::from_iter(rows.iter().map(|&row| alpha[row]));
        let missed = covariance.dot(&own);
        for (at, &row) in rows.iter().enumerate() {
            found[[row, 0]] = values[row] - missed[at];
            found[[row, 1]] = (covariance[[at, at]] - noise[row]).max(0.0);
        }
    }
    found
}

/// The fold of each row, one of at most `folds`, and how many there are: groups stay
/// whole, and are dealt in the order in which `rows` first has one of theirs.
pub(super) fn folds(groups: &[u64], rows: &[usize], folds: usize) -> (Vec<usize>, usize) {
    let mut place = vec![0; rows.len()];
    for (at, &row) in rows.iter().enumerate() {
        place[row] = at;
    }
    let mut groups = by_group(groups, rows.len());
    groups.sort_by_key(|group| group.iter().map(|&row| place[row]).min());
    let folds = folds.min(groups.len());
    let mut fold_of = vec![0; rows.len()];
    for (at, rows) in groups.iter().enumerate() {
        rows.iter().for_each(|&row| fold_of[row] = at % folds);
    }
    (fold_of, folds)
}

/// Some rows, taken out of others.
pub(super) struct TakenRows {
    values: Vec<f32>,
    counts: Option<CountRows>,
}

impl TakenRows {
    /// The rows `which` of rows with so many values each.
    pub(super) fn of(rows: KernelRows<'_>, width: usize, which: &[usize]) -> TakenRows {
        let values = which
            .iter()
            .flat_map(|&row| &rows.values[row * width..(row + 1) * width]);
        TakenRows {
            values: values.copied().collect(),
            counts: rows.counts.map(|counts| counts.take(which)),
        }
    }

    pub(super) fn rows(&self) -> KernelRows<'_> {
        KernelRows {
            values: &self.values,
            counts: self.counts.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn folds_keep_groups_whole() {
        let all = [0, 1, 2, 3, 4];
        assert_eq!(folds(&[], &all[..4], 3), (vec![0, 1, 2, 0], 3));
        assert_eq!(folds(&[], &[3, 1, 0, 2], 3), (vec![2, 1, 0, 0], 3));
        assert_eq!(folds(&[5, 6, 5, 6, 5], &all, 3), (vec![0, 1, 0, 1, 0], 2));
    }

    #[test]
    fn a_group_left_out_is_what_the_other_rows_say() {
        // Three rows; the last two are a group. By the first alone, of mean 0:
        // k/(1 + s)·y and 1 − k²/(1 + s).
        let (near, s) = (0.6_f64, 0.1);
        let covariance = array![
            [1.0 + s, near, near],
            [near, 1.0 + s, 0.8],
            [near, 0.8, 1.0 + s]
        ];
        let inverse = CholeskyFactor::of(covariance).unwrap().inverse();
        let values = [2.0, -1.0, 0.5];
        let alpha = inverse.dot(&Array1::from(values.to_vec()));
        let found = without_own(&inverse, &alpha, &values, &[s; 3], &[4, 9, 9]);
        for row in 1..3 {
            assert!((found[[row, 0]] - near / (1.0 + s) * 2.0).abs() < 1e-9);
            assert!((found[[row, 1]] - (1.0 - near * near / (1.0 + s))).abs() < 1e-9);
        }
        let alone = without_own(&inverse, &alpha, &values, &[s; 3], &[]);
        assert_eq!(alone.row(0), found.row(0));
        assert!((alone[[1, 0]] - found[[1, 0]]).abs() > 0.1);
    }
}
