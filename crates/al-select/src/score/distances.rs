//! How far rows are from everything the model has learned from.

use std::sync::OnceLock;

use al_core::neighbours::Neighbours;
use ndarray::{Array2, Axis};

/// Nearest learned rows. Columns that are 0 in all of them, such as those for
/// missing values where none is missing, add nothing to most distances: they
/// are left out, and only rows that need them are compared in full.
pub(crate) struct Distances {
    reference: Array2<f64>,
    used: Vec<usize>,
    unused: Vec<usize>,
    compact: Neighbours,
    full: OnceLock<Neighbours>,
}

impl Distances {
    pub(crate) fn new(reference: Array2<f64>) -> Distances {
        let (used, unused): (Vec<usize>, Vec<usize>) = (0..reference.ncols())
            .partition(|&column| reference.column(column).iter().any(|&value| value != 0.0));
        Distances {
            compact: Neighbours::new(reference.select(Axis(1), &used)),
            reference,
            used,
            unused,
            full: OnceLock::new(),
        }
    }

    /// Mean distance of each of `points` to its `k` nearest learned rows.
    pub(crate) fn mean(&self, points: &Array2<f64>, k: usize) -> Vec<f64> {
        let compact = points.select(Axis(1), &self.used);
        let mut distances = self.compact.mean_distance(compact.view(), k);
        let beyond: Vec<usize> = (0..points.nrows())
            .filter(|&row| {
                self.unused
                    .iter()
                    .any(|&column| points[[row, column]] != 0.0)
            })
            .collect();
        if !beyond.is_empty() {
            let full = self
                .full
                .get_or_init(|| Neighbours::new(self.reference.clone()));
            let points = points.select(Axis(0), &beyond);
            for (row, distance) in beyond.iter().zip(full.mean_distance(points.view(), k)) {
                distances[*row] = distance;
            }
        }
        distances
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn rows_that_need_an_unused_column_are_compared_in_full() {
        let distances = Distances::new(array![[0.0, 0.0], [3.0, 0.0]]);
        assert_eq!(
            distances.mean(&array![[0.0, 0.0], [0.0, 4.0], [3.0, 4.0]], 1),
            [0.0, 4.0, 4.0]
        );
        assert_eq!(distances.mean(&array![[0.0, 0.0]], 2), [1.5]);
    }
}
