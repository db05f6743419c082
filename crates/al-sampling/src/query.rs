//! The candidates: as the caller has them ([`Query`]) and as strategies see
//! them ([`Pool`]).

use std::sync::OnceLock;

use al_core::{Direction, Key, KeyBuilder, Seed};
use ndarray::{Array2, ArrayRef2, ArrayView2};
use rayon::prelude::*;

/// Candidates of a weight below this come after all others with strategies that look for
/// the best row, whatever they promise.
pub const HARDLY_WANTED: f32 = 1e-30;

/// What is known of n candidates and of the rows measured or being measured
/// (the anchors), in the caller's order.
///
/// [`Query::new`] knows the candidates' identities and nothing else; the rest
/// is filled in as far as there is a model.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Identity of each candidate, n.
    pub keys: &'a [Key],
    /// Combined uncertainty of each candidate, n finite numbers ≥ 0, usually
    /// in [0, 1]; or none at all, which counts as 0.
    pub scores: &'a [f32],
    /// Information gain of each candidate, normalised: n finite numbers ≥ 0,
    /// usually in [0, 1]; or none at all, which counts as 0.
    pub gains: &'a [f32],
    /// Centred member predictions Φ, n × f: see
    /// `al_core::Posterior::features`. Squared lengths are variances, inner
    /// products covariances. f may be 0.
    pub features: ArrayView2<'a, f32>,
    /// Mean predictions, n × o on the fitted scale: one value, one of each of
    /// several targets, or the probability of each class; with o outputs, Φ has
    /// m·o columns for m members, those of one member side by side. o may be 0.
    pub means: ArrayView2<'a, f32>,
    /// Variance of a measurement around the truth, in the unit of squared
    /// features, ≥ 0.
    pub noise: f32,
    /// The same of each of several targets, o values; none: all have `noise`.
    pub noises: &'a [f32],
    /// Where rows lie for strategies that want distances, n × e; with e = 0
    /// they use the features.
    pub embedding: ArrayView2<'a, f32>,
    /// Encoded inputs, n × d: see `al_core::Encoder::points`. d may be 0.
    pub points: ArrayView2<'a, f32>,
    /// Features of the rows measured or pending, a × f.
    pub anchor_features: ArrayView2<'a, f32>,
    /// Embedding of the same rows, a × e.
    pub anchor_embedding: ArrayView2<'a, f32>,
    /// Points of the same rows, a × d.
    pub anchor_points: ArrayView2<'a, f32>,
    /// What was measured at the anchors, a × o values on the fitted scale, row
    /// after row, of pending ones the mean predictions; none at all for classes.
    pub anchor_values: &'a [f32],
    /// Which values are wanted, for strategies that look for the best row.
    pub direction: Option<Direction>,
    /// Per candidate a finite weight ≥ 0: availability over cost. It
    /// multiplies scores and, for strategies that work with distances, squared
    /// distances; a candidate of weight 0 is never offered. `None`: all 1.
    pub weights: Option<&'a [f32]>,
}

impl<'a> Query<'a> {
    /// Candidates of which nothing is known but who they are.
    #[must_use]
    pub fn new(keys: &'a [Key]) -> Query<'a> {
        let none =
            |rows: usize| ArrayView2::from_shape((rows, 0), &[]).expect("no column takes no value");
        let n = keys.len();
        Query {
            keys,
            scores: &[],
            gains: &[],
            features: none(n),
            means: none(n),
            noise: 0.0,
            noises: &[],
            embedding: none(n),
            points: none(n),
            anchor_features: none(0),
            anchor_embedding: none(0),
            anchor_points: none(0),
            anchor_values: &[],
            direction: None,
            weights: None,
        }
    }
}

/// The available candidates, in an order that depends on the seed and their
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
    batch: usize,
    rows: Vec<u32>,
    scores: Vec<f32>,
    gains: Vec<f32>,
    weights: Option<Vec<f32>>,
    // Gathered when first asked for: most strategies read one or two of them.
    features: OnceLock<Array2<f32>>,
    means: OnceLock<Array2<f32>>,
    embedding: OnceLock<Array2<f32>>,
    points: OnceLock<Array2<f32>>,
    anchors: OnceLock<Vec<u32>>,
    anchor_features: OnceLock<Array2<f32>>,
    anchor_embedding: OnceLock<Array2<f32>>,
    anchor_points: OnceLock<Array2<f32>>,
    anchor_values: OnceLock<Vec<f32>>,
}

/// What the pool takes from a query, by plain references: a view's lifetime
/// cannot be shortened, so a pool of views could not be lent to a strategy.
#[derive(Debug)]
struct All<'a> {
    keys: &'a [Key],
    features: &'a ArrayRef2<f32>,
    means: &'a ArrayRef2<f32>,
    noise: f32,
    noises: &'a [f32],
    embedding: &'a ArrayRef2<f32>,
    points: &'a ArrayRef2<f32>,
    anchor_features: &'a ArrayRef2<f32>,
    anchor_embedding: &'a ArrayRef2<f32>,
    anchor_points: &'a ArrayRef2<f32>,
    anchor_values: &'a [f32],
    direction: Option<Direction>,
}

impl All<'_> {
    /// What was measured at an anchor of the caller: a value per output, none for
    /// classes.
    fn values_of(&self, anchor: usize) -> &[f32] {
        let outputs = self.means.ncols().max(1);
        match self.anchor_values {
            [] => &[],
            values => &values[anchor * outputs..][..outputs],
        }
    }
}

impl<'a> Pool<'a> {
    /// The pool of the caller's rows `rows`, which are in the seed's order;
    /// `batch` of them are wanted.
    pub(crate) fn new(query: &'a Query<'_>, rows: Vec<u32>, batch: usize, seed: Seed) -> Pool<'a> {
        let take = |values: &[f32]| rows.iter().map(|&row| values[row as usize]).collect();
        let or_zero = |values: &[f32]| match values {
            [] => vec![0.0; rows.len()],
            values => take(values),
        };
        Pool {
            all: All {
                keys: query.keys,
                features: &query.features,
                means: &query.means,
                noise: query.noise,
                noises: query.noises,
                embedding: if query.embedding.ncols() == 0 {
                    &query.features
                } else {
                    &query.embedding
                },
                points: &query.points,
                anchor_features: &query.anchor_features,
                anchor_embedding: if query.embedding.ncols() == 0 {
                    &query.anchor_features
                } else {
                    &query.anchor_embedding
                },
                anchor_points: &query.anchor_points,
                anchor_values: query.anchor_values,
                direction: query.direction,
            },
            seed,
            batch: batch.min(rows.len()),
            scores: or_zero(query.scores),
            gains: or_zero(query.gains),
            weights: query.weights.map(take),
            rows,
            features: OnceLock::new(),
            means: OnceLock::new(),
            embedding: OnceLock::new(),
            points: OnceLock::new(),
            anchors: OnceLock::new(),
            anchor_features: OnceLock::new(),
            anchor_embedding: OnceLock::new(),
            anchor_points: OnceLock::new(),
            anchor_values: OnceLock::new(),
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

    /// Number of candidates to pick, at most [`Pool::len`].
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
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

    /// Information gain of each candidate, without weights.
    #[must_use]
    pub fn gains(&self) -> &[f32] {
        &self.gains
    }

    /// Variance of a measurement around the truth, in the unit of squared
    /// features, ≥ 0.
    #[must_use]
    pub fn noise(&self) -> f32 {
        self.all.noise
    }

    /// The noise of one of several targets: see [`Pool::noise`].
    #[must_use]
    pub fn noise_of(&self, output: usize) -> f32 {
        let own = self.all.noises.get(output);
        own.copied().unwrap_or(self.all.noise)
    }

    /// Which values are wanted.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.all.direction
    }

    /// Number of members that predicted the features, m; 0 without a model.
    #[must_use]
    pub fn n_members(&self) -> usize {
        self.all
            .features
            .ncols()
            .checked_div(self.all.means.ncols())
            .unwrap_or(0)
    }

    /// What a member predicts of a candidate: output `output` of `member`.
    #[must_use]
    pub fn draw(&self, candidate: usize, member: usize, output: usize) -> f32 {
        let row = self.row(candidate);
        let outputs = self.all.means.ncols();
        let deviation = self.all.features[[row, member * outputs + output]];
        self.all.means[[row, output]] + deviation * (self.n_members() as f32).sqrt()
    }

    /// The weight of a candidate, > 0.
    #[must_use]
    pub fn weight(&self, candidate: usize) -> f32 {
        self.weights
            .as_ref()
            .map_or(1.0, |weights| weights[candidate])
    }

    /// The weights of all candidates, n; `None`: all 1.
    pub(crate) fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The same pool with the candidates' weights multiplied by `factors`, n
    /// finite numbers ≥ 0. No weight becomes 0 by it, or infinite.
    pub(crate) fn reweighted(mut self, mut factors: Vec<f32>) -> Pool<'a> {
        assert_eq!(factors.len(), self.len(), "one factor per candidate");
        for (candidate, factor) in factors.iter_mut().enumerate() {
            let product = self.weight(candidate) * *factor;
            *factor = product.clamp(f32::MIN_POSITIVE, f32::MAX);
        }
        self.weights = Some(factors);
        self
    }

    /// Centred member predictions, n × f, standard layout.
    pub fn features(&self) -> ArrayView2<'_, f32> {
        self.features
            .get_or_init(|| gather(self.all.features, &self.rows))
            .view()
    }

    /// Mean predictions, n × o, standard layout.
    pub fn means(&self) -> ArrayView2<'_, f32> {
        self.means
            .get_or_init(|| gather(self.all.means, &self.rows))
            .view()
    }

    /// Where the candidates lie for strategies that want distances, n × e,
    /// standard layout: the query's embedding, or the features.
    pub fn embedding(&self) -> ArrayView2<'_, f32> {
        self.embedding
            .get_or_init(|| gather(self.all.embedding, &self.rows))
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

    /// Embedding of the anchors, a × e, standard layout.
    pub fn anchor_embedding(&self) -> ArrayView2<'_, f32> {
        self.anchor_embedding
            .get_or_init(|| gather(self.all.anchor_embedding, self.anchors()))
            .view()
    }

    /// What was measured at the anchors, a × o values, row after row; none for
    /// classes.
    #[must_use]
    pub fn anchor_values(&self) -> &[f32] {
        self.anchor_values.get_or_init(|| {
            let anchors = self.anchors().iter();
            let values = anchors.flat_map(|&anchor| self.all.values_of(anchor as usize));
            values.copied().collect()
        })
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
                    let known = features.row(anchor).into_iter().chain(points.row(anchor));
                    for &value in known.chain(self.all.values_of(anchor)) {
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
    fn draws_are_the_members_predictions() {
        // Two members, two classes: member 0 says (0.2, 0.8), member 1 (0.6, 0.4).
        let draws = vec![array![[0.2_f32, 0.8]], array![[0.6, 0.4]]];
        let features = al_core::Posterior::Classes { draws }.features();
        let means = array![[0.4_f32, 0.6]];
        let keys = [Key::of_id("a")];
        let query = Query {
            features: features.view(),
            means: means.view(),
            ..Query::new(&keys)
        };
        let pool = Pool::new(&query, vec![0], 1, Seed(0));
        assert_eq!(pool.n_members(), 2);
        for (member, output, value) in [(0, 0, 0.2), (0, 1, 0.8), (1, 0, 0.6), (1, 1, 0.4)] {
            assert!((pool.draw(0, member, output) - value).abs() < 1e-6);
        }
        let nothing = Pool::new(&Query::new(&keys), vec![0], 1, Seed(0)).n_members();
        assert_eq!(nothing, 0);
    }

    #[test]
    fn factors_multiply_weights_and_leave_every_candidate_on_offer() {
        let keys = ["a", "b", "c", "d"].map(Key::of_id);
        let weights = [2.0_f32, 3.0, 1e30, 5.0];
        let query = Query {
            weights: Some(&weights),
            ..Query::new(&keys)
        };
        let pool = Pool::new(&query, vec![3, 0, 2], 1, Seed(0));
        let pool = pool.reweighted(vec![0.5, 0.0, 1e30]);
        assert_eq!(
            pool.weights(),
            Some(&[2.5, f32::MIN_POSITIVE, f32::MAX][..])
        );
        let query = Query::new(&keys);
        let plain = Pool::new(&query, vec![1, 2], 1, Seed(0));
        assert_eq!(plain.weights(), None);
        let plain = plain.reweighted(vec![1.0, 0.25]);
        assert_eq!((plain.weight(0), plain.weight(1)), (1.0, 0.25));
    }

    #[test]
    fn anchors_come_in_an_order_of_their_own() {
        let anchors = array![[1.0_f32], [2.0], [3.0], [4.0], [5.0], [-0.0]];
        let reversed = anchors.select(Axis(0), &[5, 4, 3, 2, 1, 0]);
        let order = |anchors: &Array2<f32>, seed| {
            let query = Query {
                features: ArrayView2::from_shape((0, 1), &[]).unwrap(),
                anchor_features: anchors.view(),
                anchor_points: ArrayView2::from_shape((6, 0), &[]).unwrap(),
                ..Query::new(&[])
            };
            Pool::new(&query, Vec::new(), 0, seed)
                .anchor_features()
                .to_owned()
        };
        assert_eq!(order(&anchors, Seed(0)), order(&reversed, Seed(0)));
        assert_ne!(order(&anchors, Seed(0)), order(&anchors, Seed(1)));
    }
}
