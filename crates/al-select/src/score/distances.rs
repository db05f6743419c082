//! How far rows are from everything the model has learned from.

use std::sync::OnceLock;

use al_core::neighbours::Neighbours;
use al_core::tanimoto::{BitFingerprint, FingerprintIndex, SimilarRow, tanimoto};
use al_core::{Matrix, Tabular};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// The measured structure that is most like that of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MostSimilar {
    /// Its place among the learned rows.
    pub(crate) learned: usize,
    /// Tanimoto similarity of the fingerprints, 0 to 1.
    pub(crate) similarity: f64,
}

/// What rows are compared with: of rows with structures these alone count.
pub(crate) enum LearnedPlaces {
    /// Points of the learned rows.
    Points(Box<Distances>),
    /// Fingerprints of the learned rows.
    Structures(FingerprintIndex),
}

impl LearnedPlaces {
    /// Those of what `belief` has learned from.
    ///
    /// # Panics
    ///
    /// If its own rows do not fit its encoder: a bug of the belief.
    pub(crate) fn of(belief: &dyn Tabular) -> LearnedPlaces {
        let learned = belief.observed().learned();
        let table = belief.observed().features().take(&learned);
        let encoder = belief.encoder();
        let fits = "the model's own rows fit its encoder";
        match encoder.structure {
            None => {
                let points = encoder.points(&table).expect(fits);
                LearnedPlaces::Points(Box::new(Distances::new(points)))
            }
            Some(_) => {
                let x = encoder.encode(&table).expect(fits);
                LearnedPlaces::Structures(FingerprintIndex::new(&fingerprints(&x)))
            }
        }
    }

    /// Mean distance of each row to its `k` nearest learned rows, which of structures is 1
    /// less their similarity, and of structures the most similar one.
    pub(crate) fn look(
        &self,
        x: &Matrix,
        points: impl FnOnce() -> Array2<f64>,
        k: usize,
    ) -> (Vec<f64>, Vec<MostSimilar>) {
        match self {
            LearnedPlaces::Points(distances) => (distances.mean(&points(), k), Vec::new()),
            LearnedPlaces::Structures(index) => {
                let found = index.nearest_all(&fingerprints(x), k.max(1));
                let distance = |near: &Vec<SimilarRow>| {
                    let near = &near[..near.len().min(k)];
                    near.iter().map(|row| 1.0 - row.similarity).sum::<f64>() / near.len() as f64
                };
                let similar = found.iter().filter_map(|near| near.first());
                let similar = similar.map(|row| MostSimilar {
                    learned: row.index,
                    similarity: row.similarity,
                });
                (found.iter().map(distance).collect(), similar.collect())
            }
        }
    }
}

/// Of each of `rows` of `x` the similarity of its structure to the most similar one of those
/// before it; none for the first, and without structures none for any.
pub(crate) fn similar_to_earlier(x: &Matrix, rows: &[usize]) -> Vec<Option<f64>> {
    if x.counts.is_none() {
        return vec![None; rows.len()];
    }
    let prints = fingerprints(&x.take(rows));
    let nearest = |at: usize| {
        let before = prints[..at]
            .iter()
            .map(|other| tanimoto(&prints[at], other));
        before.max_by(f64::total_cmp)
    };
    (0..rows.len()).into_par_iter().map(nearest).collect()
}

/// The fingerprints of rows with structures.
fn fingerprints(x: &Matrix) -> Vec<BitFingerprint> {
    let counts = x.counts.as_ref().expect("rows with structures");
    let rows = (0..x.n_rows()).into_par_iter();
    rows.map(|row| counts.rows.bits(row, counts.size)).collect()
}

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
    use al_core::encoder::StructureCounts;
    use al_core::tanimoto::CountRows;
    use ndarray::array;

    #[test]
    fn structures_are_compared_with_those_before() {
        let mut rows = CountRows::default();
        for row in [&[(1, 1), (2, 1)][..], &[(9, 1)], &[(1, 3), (2, 1), (3, 1)]] {
            rows.push(row.iter().copied());
        }
        let mut x = Matrix::new(Array2::zeros((3, 0)), Vec::new());
        assert_eq!(similar_to_earlier(&x, &[0, 2]), [None, None]);
        x.counts = Some(StructureCounts {
            rows,
            counted: [].into(),
            size: 64,
        });
        let similar = similar_to_earlier(&x, &[1, 0, 2]);
        assert_eq!(similar, [None, Some(0.0), Some(2.0 / 3.0)]);
    }

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
