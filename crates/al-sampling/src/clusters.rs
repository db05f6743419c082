//! Rows in groups around their means (k-means, Lloyd 1982).
//!
//! The first centre is the row nearest the mean of all, each further one the
//! row farthest from the centres before it; so nothing is random, and a group
//! far from all others has a centre from the start.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::cover::Cover;
use crate::strategy::largest;

/// The groups hardly change after as many rounds.
const ROUNDS: usize = 10;

/// Rows added up together; the partial sums are added in order, so they come
/// out the same on any number of threads.
const BLOCK: usize = 1 << 14;

/// Per row, n × width in standard layout, the number of its group, below
/// `count`. There are fewer groups if fewer rows are distinct, and some may be
/// empty.
pub(crate) fn k_means(rows: ArrayView2<'_, f32>, count: usize) -> Vec<u32> {
    if rows.ncols() == 0 || rows.nrows() == 0 || count < 2 {
        return vec![0; rows.nrows()];
    }
    let mut centres = spread_out(rows, count);
    let mut groups = Cover::new(rows, centres.view()).nearest();
    for _ in 0..ROUNDS {
        move_to_means(rows, &groups, &mut centres);
        let next = Cover::new(rows, centres.view()).nearest();
        if next == groups {
            break;
        }
        groups = next;
    }
    groups
}

/// The mean of each column.
pub(crate) fn column_means(rows: ArrayView2<'_, f32>) -> Vec<f64> {
    let groups = vec![0; rows.nrows()];
    let (sums, counts) = sums(rows, &groups, 1);
    sums.iter().map(|sum| sum / counts[0] as f64).collect()
}

/// Up to `count` rows, each the farthest from those before.
fn spread_out(rows: ArrayView2<'_, f32>, count: usize) -> Array2<f32> {
    let means = column_means(rows);
    let squared = |row: usize| -> f64 {
        let pairs = rows.row(row).into_iter().zip(&means);
        pairs
            .map(|(&value, mean)| (f64::from(value) - mean).powi(2))
            .sum()
    };
    // In f64, in which squares of no f32 go out of range.
    let first = (0..rows.nrows())
        .into_par_iter()
        .with_min_len(4096)
        .map(|row| (squared(row), row))
        .reduce_with(|a, b| if b.0 < a.0 { b } else { a })
        .map_or(0, |(_, row)| row);
    let all = vec![true; rows.nrows()];
    let mut chosen = vec![first];
    let mut cover = Cover::new(rows, rows.select(Axis(0), &chosen).view());
    let mut squared = cover.squared();
    while chosen.len() < count {
        let next = largest(&squared, &all).expect("a row");
        if squared[next] == 0.0 {
            break;
        }
        chosen.push(next);
        for change in cover.add(next) {
            squared[change.row as usize] = change.squared;
        }
    }
    rows.select(Axis(0), &chosen)
}

/// Moves each centre to the mean of its group; that of an empty one stays.
fn move_to_means(rows: ArrayView2<'_, f32>, groups: &[u32], centres: &mut Array2<f32>) {
    let (sums, counts) = sums(rows, groups, centres.nrows());
    let sums = sums.chunks_exact(rows.ncols());
    for ((mut centre, sums), &count) in centres.rows_mut().into_iter().zip(sums).zip(&counts) {
        if count > 0 {
            for (value, sum) in centre.iter_mut().zip(sums) {
                *value = (sum / count as f64) as f32;
            }
        }
    }
}

/// Per group the sums of its rows, count × width, and the number of them.
fn sums(rows: ArrayView2<'_, f32>, groups: &[u32], count: usize) -> (Vec<f64>, Vec<usize>) {
    let width = rows.ncols();
    let parts: Vec<(Vec<f64>, Vec<usize>)> = rows
        .axis_chunks_iter(Axis(0), BLOCK)
        .into_par_iter()
        .zip(groups.par_chunks(BLOCK))
        .map(|(rows, groups)| {
            let (mut sums, mut counts) = (vec![0.0; count * width], vec![0; count]);
            for (row, &group) in rows.rows().into_iter().zip(groups) {
                let group = group as usize;
                counts[group] += 1;
                for (sum, &value) in sums[group * width..].iter_mut().zip(row) {
                    *sum += f64::from(value);
                }
            }
            (sums, counts)
        })
        .collect();
    let (mut sums, mut counts) = (vec![0.0; count * width], vec![0; count]);
    for (part, numbers) in parts {
        sums.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
        counts
            .iter_mut()
            .zip(numbers)
            .for_each(|(sum, part)| *sum += part);
    }
    (sums, counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::numbers;
    use ndarray::array;

    #[test]
    fn groups_gather_around_their_means() {
        let rows = array![[0.0_f32], [1.0], [10.0], [11.0], [12.0], [30.0]];
        // The mean is 64/6: row 3, then row 5, then row 0.
        assert_eq!(spread_out(rows.view(), 3), array![[11.0], [30.0], [0.0]]);
        assert_eq!(k_means(rows.view(), 3), [2, 2, 0, 0, 0, 1]);
        assert_eq!(k_means(rows.view(), 1), [0; 6]);
        // Two groups: from 11 and 30 to the means 34/5 and 30.
        assert_eq!(k_means(rows.view(), 2), [0, 0, 0, 0, 0, 1]);
        assert_eq!(column_means(rows.view()), [64.0 / 6.0]);
    }

    #[test]
    fn fewer_distinct_rows_are_fewer_groups() {
        let rows = array![[1.0_f32, 2.0], [1.0, 2.0], [3.0, 2.0]];
        let groups = k_means(rows.view(), 10);
        assert_eq!(groups[0], groups[1]);
        assert_ne!(groups[0], groups[2]);
        assert_eq!(k_means(Array2::ones((4, 2)).view(), 3), [0; 4]);
        assert_eq!(k_means(Array2::ones((4, 0)).view(), 3), [0; 4]);
        assert!(k_means(Array2::ones((0, 2)).view(), 3).is_empty());
    }

    #[test]
    fn a_centre_moves_to_the_mean_and_stays_without_rows() {
        let rows = array![[1.0_f32, 0.0], [2.0, 4.0], [7.0, 7.0]];
        let mut centres = array![[9.0_f32, 9.0], [8.0, 8.0], [7.0, 7.0]];
        move_to_means(rows.view(), &[0, 0, 2], &mut centres);
        assert_eq!(centres, array![[1.5, 2.0], [8.0, 8.0], [7.0, 7.0]]);
    }

    #[test]
    fn rounds_lower_the_squared_distances() {
        let rows = numbers(3000, 3, 1);
        let error = |groups: &[u32]| {
            let mut centres = Array2::zeros((8, 3));
            move_to_means(rows.view(), groups, &mut centres);
            let of = |row: usize| &rows.row(row) - &centres.row(groups[row] as usize);
            (0..3000).map(|row| of(row).dot(&of(row))).sum::<f32>()
        };
        let start = Cover::new(rows.view(), spread_out(rows.view(), 8).view()).nearest();
        let (before, after) = (error(&start), error(&k_means(rows.view(), 8)));
        assert!(after < 0.98 * before, "{after} after {before}");
    }

    #[test]
    fn extreme_numbers_are_grouped_alike() {
        let rows = numbers(300, 3, 2);
        let plain = k_means(rows.view(), 5);
        for unit in [2.0_f32.powi(-110), 2.0_f32.powi(120)] {
            assert_eq!(k_means((&rows * unit).view(), 5), plain);
        }
    }
}
