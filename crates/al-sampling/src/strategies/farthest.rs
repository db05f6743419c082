//! For strategies that pick the candidate farthest from all that is measured
//! or chosen, whatever they call far.

use ndarray::{Array2, Axis, concatenate};

use crate::query::Pool;
use crate::strategies::spread::{Spread, centrality};
use crate::strategy::{DistanceSpace, Greedy, largest};

/// How far each candidate is from what is measured or chosen.
pub(crate) trait CandidateDistances {
    /// √w · distance of each candidate, n numbers ≥ 0, in a unit of its own.
    fn all(&self) -> &[f32];

    /// √w · distance of a candidate in the unit the strategy documents.
    fn distance(&self, candidate: usize) -> f32;

    /// Tells that a candidate is chosen.
    fn add(&mut self, candidate: usize);
}

impl CandidateDistances for Spread<'_> {
    fn all(&self) -> &[f32] {
        &self.distances
    }

    fn distance(&self, candidate: usize) -> f32 {
        Spread::distance(self, candidate)
    }

    fn add(&mut self, candidate: usize) {
        Spread::add(self, candidate);
    }
}

/// Distances of one kind or another.
pub(crate) type BoxedDistances<'q> = Box<dyn CandidateDistances + 'q>;

/// The distances to a first pick.
pub(crate) type FromFirst<'q> = fn(&'q Pool<'q>, usize) -> BoxedDistances<'q>;

/// Picks what is farthest by some distances. Where those tell no candidate
/// from what is chosen any more, it goes on by distances between points.
pub(crate) struct Farthest<'q> {
    pool: &'q Pool<'q>,
    space: DistanceSpace,
    by_points: bool,
    chosen: Vec<usize>,
    state: FarthestState<'q>,
}

enum FarthestState<'q> {
    /// Nothing is measured or chosen: how central each candidate is.
    First(Vec<f32>, FromFirst<'q>),
    Later(BoxedDistances<'q>),
}

impl<'q> Farthest<'q> {
    /// Starts from the distances to what is measured; without any, from the
    /// candidate nearest the mean of the points. `space` is where rows that
    /// are near by these distances lie near each other.
    pub(crate) fn new(
        pool: &'q Pool<'q>,
        space: DistanceSpace,
        measured: Option<BoxedDistances<'q>>,
        from_first: FromFirst<'q>,
    ) -> Farthest<'q> {
        let mut farthest = Farthest {
            pool,
            space,
            by_points: false,
            chosen: Vec::new(),
            state: FarthestState::start(pool, measured, from_first),
        };
        farthest.leave_if_flat();
        farthest
    }

    /// By the distances between points.
    pub(crate) fn in_points(pool: &'q Pool<'q>) -> Farthest<'q> {
        let mut farthest = Farthest {
            pool,
            space: DistanceSpace::Points,
            by_points: true,
            chosen: Vec::new(),
            state: FarthestState::First(Vec::new(), points_from),
        };
        farthest.start_in_points();
        farthest
    }

    /// By the distances in the pool's embedding. With nothing measured the
    /// first centre is the origin, a row that all members agree on.
    pub(crate) fn in_embedding(pool: &'q Pool<'q>) -> Farthest<'q> {
        let anchors = pool.anchor_embedding();
        let origin = Array2::zeros((1, anchors.ncols()));
        let centres = if anchors.is_empty() {
            origin.view()
        } else {
            anchors
        };
        let weights = pool.weights().map(Into::into);
        let spread = Spread::over(pool.embedding(), weights, centres);
        // There is a centre, so the first pick starts no distances.
        Farthest::new(
            pool,
            DistanceSpace::Embedding,
            Some(Box::new(spread)),
            points_from,
        )
    }

    /// √w · distance of each candidate, n numbers ≥ 0, in some unit; `None`
    /// while the first candidate in points space is to be picked.
    pub(crate) fn distances(&self) -> Option<&[f32]> {
        match &self.state {
            FarthestState::First(..) => None,
            FarthestState::Later(measure) => Some(measure.all()),
        }
    }

    /// Number of picks so far.
    pub(crate) fn picks(&self) -> usize {
        self.chosen.len()
    }

    fn leave_if_flat(&mut self) {
        if self.by_points {
            return;
        }
        // As a rule the first candidate is away from what is chosen.
        let flat = matches!(&self.state, FarthestState::Later(measure)
            if measure.all().iter().all(|&distance| distance == 0.0));
        if flat {
            self.by_points = true;
            self.space = DistanceSpace::Points;
            self.start_in_points();
        }
    }

    fn start_in_points(&mut self) {
        let (points, anchors) = (self.pool.points(), self.pool.anchor_points());
        let chosen = points.select(Axis(0), &self.chosen);
        let centres = concatenate(Axis(0), &[anchors, chosen.view()]).expect("equal widths");
        let measured = (centres.nrows() > 0)
            .then(|| Box::new(Spread::new(self.pool, centres.view())) as BoxedDistances<'q>);
        self.state = FarthestState::start(self.pool, measured, points_from);
    }
}

impl<'q> FarthestState<'q> {
    fn start(
        pool: &Pool<'_>,
        measured: Option<BoxedDistances<'q>>,
        from_first: FromFirst<'q>,
    ) -> FarthestState<'q> {
        match measured {
            Some(measure) => FarthestState::Later(measure),
            None => FarthestState::First(centrality(pool), from_first),
        }
    }
}

fn points_from<'q>(pool: &'q Pool<'q>, first: usize) -> BoxedDistances<'q> {
    let first = pool.points().select(Axis(0), &[first]);
    Box::new(Spread::new(pool, first.view()))
}

impl Greedy for Farthest<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        match &self.state {
            FarthestState::First(centrality, _) => largest(centrality, open),
            FarthestState::Later(measure) => largest(measure.all(), open),
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        match &self.state {
            FarthestState::First(centrality, _) => centrality[candidate],
            FarthestState::Later(measure) => measure.distance(candidate),
        }
    }

    fn chosen(&mut self, candidate: usize) {
        self.chosen.push(candidate);
        match &mut self.state {
            FarthestState::First(_, from_first) => {
                self.state = FarthestState::Later(from_first(self.pool, candidate));
            }
            FarthestState::Later(measure) => measure.add(candidate),
        }
        self.leave_if_flat();
    }
}
