//! The candidates: as the caller has them ([`Query`]) and as strategies see
//! them ([`Pool`]).

use std::sync::OnceLock;

use al_core::{Key, KeyBuilder, Seed};
use ndarray::{Array2, ArrayRef2, ArrayView2};
use rayon::prelude::*;

/// What is known of n candidates and of the rows measured or being measured
/// (the anchors), in the caller's order.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Identity of each candidate, n.
    pub keys: &'a [Key],
    /// Combined uncertainty of each candidate, n finite numbers ≥ 0, usually
    /// in [0, 1].
    pub scores: &'a [f32],
    /// Centred member predictions, n × f: see `al_core::Posterior::features`.
    /// f may be 0.
    pub features: ArrayView2<'a, f32>,
    /// Encoded inputs, n × d: see `al_core::Encoder::points`. d may be 0.
    pub points: ArrayView2<'a, f32>,
    /// Features of the rows measured or pending, a × f.
    pub anchor_features: ArrayView2<'a, f32>,
    /// Points of the same rows, a × d.
    pub anchor_points: ArrayView2<'a, f32>,
    /// Per candidate a finite weight ≥ 0: availability over cost. It
    /// multiplies scores and, for strategies that work with distances, squared
    /// distances; a candidate of weight 0 is never offered. `None`: all 1.
    pub weights: Option<&'a [f32]>,
}

/// The candidates on offer, in an order that depends on the seed and their
/// keys only, never on the file.
///
/// Candidate `i` of the pool is not row `i` of the caller. A strategy that
/// takes the first of equal candidates takes a random one, the same for any
/// order of rows in the file; sums over the pool come out the same to the
/// last bit. The anchors are in such an order too.
#[derive(Debug)]
pub struct Pool<'a> {
    all: All<'a>,
    seed: Seed,
    rows: Vec<u32>,
    scores: Vec<f32>,
    weights: Option<Vec<f32>>,
    // Gathered when first asked for: most strategies read one of the two.
    features: OnceLock<Array2<f32>>,
    points: OnceLock<Array2<f32>>,
    anchors: OnceLock<Vec<u32>>,
    anchor_features: OnceLock<Array2<f32>>,
    anchor_points: OnceLock<Array2<f32>>,
}

/// What the pool takes from a query, by plain references: a view's lifetime
/// cannot be shortened, so a pool of views could not be lent to a strategy.
#[derive(Debug)]
struct All<'a> {
    keys: &'a [Key],
    features: &'a ArrayRef2<f32>,
    points: &'a ArrayRef2<f32>,
    anchor_features: &'a ArrayRef2<f32>,
    anchor_points: &'a ArrayRef2<f32>,
}

impl<'a> Pool<'a> {
    /// The pool of the caller's rows `rows`, which are in the seed's order.
    pub(crate) fn new(query: &'a Query<'_>, rows: Vec<u32>, seed: Seed) -> Pool<'a> {
        let take = |values: &[f32]| rows.iter().map(|&row| values[row as usize]).collect();
        Pool {
            all: All {
                keys: query.keys,
                features: &query.features,
                points: &query.points,
                anchor_features: &query.anchor_features,
                anchor_points: &query.anchor_points,
            },
            seed,
            scores: take(query.scores),
            weights: query.weights.map(take),
            rows,
            features: OnceLock::new(),
            points: OnceLock::new(),
            anchors: OnceLock::new(),
            anchor_features: OnceLock::new(),
            anchor_points: OnceLock::new(),
        }
    }

    /// Number of candidates, n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Identity of a candidate.
    #[must_use]
    pub fn key(&self, candidate: usize) -> Key {
        self.all.keys[self.row(candidate)]
    }

    /// The caller's row of a candidate.
    #[must_use]
    pub fn row(&self, candidate: usize) -> usize {
        self.rows[candidate] as usize
    }

    /// Combined uncertainty of each candidate, without weights.
    #[must_use]
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The weight of a candidate, > 0.
    #[must_use]
    pub fn weight(&self, candidate: usize) -> f32 {
        self.weights
            .as_ref()
            .map_or(1.0, |weights| weights[candidate])
    }

    /// Centred member predictions, n × f, standard layout.
    pub fn features(&self) -> ArrayView2<'_, f32> {
        self.features
            .get_or_init(|| gather(self.all.features, &self.rows))
            .view()
    }

    /// Encoded inputs, n × d, standard layout.
    pub fn points(&self) -> ArrayView2<'_, f32> {
        self.points
            .get_or_init(|| gather(self.all.points, &self.rows))
            .view()
    }

    /// The points of some candidates, in the given order; reads no others.
    pub(crate) fn points_of(&self, candidates: &[usize]) -> Array2<f32> {
        let rows: Vec<u32> = candidates.iter().map(|&at| self.rows[at]).collect();
        gather(self.all.points, &rows)
    }

    /// Features of the anchors, a × f, standard layout.
    pub fn anchor_features(&self) -> ArrayView2<'_, f32> {
        self.anchor_features
            .get_or_init(|| gather(self.all.anchor_features, self.anchors()))
            .view()
    }

    /// Points of the anchors, a × d, standard layout.
    pub fn anchor_points(&self) -> ArrayView2<'_, f32> {
        self.anchor_points
            .get_or_init(|| gather(self.all.anchor_points, self.anchors()))
            .view()
    }

    /// Anchors have no keys: they are ordered by a hash of what is known of
    /// them, so equal ones are interchangeable and neighbours in the order are
    /// not neighbours in space.
    fn anchors(&self) -> &[u32] {
        self.anchors.get_or_init(|| {
            let (features, points) = (self.all.anchor_features, self.all.anchor_points);
            let mut anchors: Vec<(u64, Key, u32)> = (0..features.nrows())
                .into_par_iter()
                .with_min_len(1024)
                .map_init(KeyBuilder::new, |builder, anchor| {
                    for &value in features.row(anchor).iter().chain(points.row(anchor)) {
                        builder.number(f64::from(value));
                    }
                    let key = builder.finish();
                    (self.seed.order(key), key, anchor as u32)
                })
                .collect();
            anchors.sort_unstable();
            anchors.into_iter().map(|(_, _, anchor)| anchor).collect()
        })
    }
}

/// The given rows of `from`, in the given order.
fn gather(from: &ArrayRef2<f32>, rows: &[u32]) -> Array2<f32> {
    const BLOCK: usize = 4096;
    let width = from.ncols();
    let mut values = vec![0.0_f32; rows.len() * width];
    if width > 0 {
        values
            .par_chunks_mut(BLOCK * width)
            .zip(rows.par_chunks(BLOCK))
            .for_each(|(values, rows)| {
                for (value, &row) in values.chunks_exact_mut(width).zip(rows) {
                    match from.row(row as usize).to_slice() {
                        Some(slice) => value.copy_from_slice(slice),
                        None => value
                            .iter_mut()
                            .zip(from.row(row as usize))
                            .for_each(|(to, &value)| *to = value),
                    }
                }
            });
    }
    Array2::from_shape_vec((rows.len(), width), values).expect("rows × width values")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Axis, array};

    #[test]
    fn a_pool_takes_rows_from_any_layout() {
        let transposed = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let taken = gather(&transposed.t(), &[2, 0]);
        assert_eq!(taken, array![[3.0, 6.0], [1.0, 4.0]]);
        assert_eq!(gather(&array![[], []], &[1]).dim(), (1, 0));
    }

    #[test]
    fn anchors_come_in_an_order_of_their_own() {
        let anchors = array![[1.0_f32], [2.0], [3.0], [4.0], [5.0], [-0.0]];
        let reversed = anchors.select(Axis(0), &[5, 4, 3, 2, 1, 0]);
        let order = |anchors: &Array2<f32>, seed| {
            let query = Query {
                keys: &[],
                scores: &[],
                features: ArrayView2::from_shape((0, 1), &[]).unwrap(),
                points: ArrayView2::from_shape((0, 0), &[]).unwrap(),
                anchor_features: anchors.view(),
                anchor_points: ArrayView2::from_shape((6, 0), &[]).unwrap(),
                weights: None,
            };
            Pool::new(&query, Vec::new(), seed)
                .anchor_features()
                .to_owned()
        };
        assert_eq!(order(&anchors, Seed(0)), order(&reversed, Seed(0)));
        assert_ne!(order(&anchors, Seed(0)), order(&anchors, Seed(1)));
    }
}
