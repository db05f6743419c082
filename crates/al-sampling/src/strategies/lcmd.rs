//! `lcmd`: one row per region, regions with the largest spread of predictions
//! first.

use al_core::Seed;
use ndarray::{Array2, ArrayView2, Axis, concatenate};

use crate::cover::Cover;
use crate::entry::{StrategyDoc, StrategyEntry};
use crate::query::Pool;
use crate::strategies::spread::centrality;
use crate::strategy::{DistanceSpace, Greedy, Strategy, largest};
use crate::unit_scale::power_of_two_to_one;

const DOC: StrategyDoc = StrategyDoc {
    prefers: "The candidate that the batch covers worst, region by region. Measured, pending and \
        picked rows are cluster centres; each candidate belongs to its nearest centre. The next \
        pick is the candidate farthest from the centre in the cluster with the largest sum of \
        squared distances, so a region counts more the more candidates it has and the more the \
        members disagree about them.",
    score: "w·minⱼ ‖φ − φⱼ‖² over anchors and picks j: the variance of the difference between the \
        predictions for the row and for the nearest of them, in the squared unit of the fitted \
        target.",
    details: "Distances are measured in the embedding, by default the centred predictions of the \
        members: rows are close if their predictions vary together over the members, so that \
        measuring one also settles the other. If nothing is measured, the first centre is the \
        origin, a row on which all members agree. Where the embedding cannot tell candidates from \
        their centres (a constant model, no columns, more picks than distinct rows), distances \
        between inputs are used instead, starting with the row nearest the mean of the inputs if \
        nothing is chosen yet; the seed breaks the remaining ties.",
    cost: "O(n·a·m) at the start and at most O(n·m) per pick; the triangle inequality skips most \
        rows.",
    reference: "LCMD-TP: Holzmüller, Zaverkin, Kästner & Steinwart 2023, A framework and \
        benchmark for deep batch active learning for regression.",
    use_when: "To improve the model everywhere, in batches of tens to hundreds. In the benchmark \
        of the paper (15 tables) and on the development tables of this project, it is the best \
        strategy or close to it.",
    not_when: "To find the best configuration rather than the best model.",
};

/// Picks by largest cluster maximum distance; it has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lcmd {}

impl Strategy for Lcmd {
    fn begin<'q>(&self, pool: &'q Pool<'q>, _: Seed) -> Box<dyn Greedy + 'q> {
        let anchors = pool.anchor_embedding();
        let origin = Array2::zeros((1, anchors.ncols()));
        let centres = if anchors.is_empty() {
            origin.view()
        } else {
            anchors
        };
        let clusters = Clusters::new(pool, pool.embedding(), centres);
        let mut greedy = LargestCluster {
            pool,
            chosen: Vec::new(),
            space: DistanceSpace::Embedding,
            state: LcmdState::Clustered(Box::new(clusters)),
        };
        greedy.leave_flat_features();
        Box::new(greedy)
    }
}

struct LargestCluster<'q> {
    pool: &'q Pool<'q>,
    chosen: Vec<usize>,
    space: DistanceSpace,
    state: LcmdState<'q>,
}

enum LcmdState<'q> {
    Clustered(Box<Clusters<'q>>),
    /// In points space with no centre yet: how central each candidate is.
    First(Vec<f32>),
}

impl LargestCluster<'_> {
    /// Goes on in points space if the features tell nothing any more.
    fn leave_flat_features(&mut self) {
        let flat = matches!(&self.state, LcmdState::Clustered(clusters) if clusters.flat());
        if !flat || self.space == DistanceSpace::Points {
            return;
        }
        self.space = DistanceSpace::Points;
        let (points, anchors) = (self.pool.points(), self.pool.anchor_points());
        let chosen = points.select(Axis(0), &self.chosen);
        let centres = concatenate(Axis(0), &[anchors, chosen.view()]).expect("equal widths");
        self.state = if centres.nrows() == 0 {
            LcmdState::First(centrality(self.pool))
        } else {
            LcmdState::Clustered(Box::new(Clusters::new(self.pool, points, centres.view())))
        };
    }
}

impl Greedy for LargestCluster<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        match &mut self.state {
            LcmdState::Clustered(clusters) => clusters.best(open),
            LcmdState::First(centrality) => largest(centrality, open),
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        match &self.state {
            LcmdState::Clustered(clusters) => clusters.score(candidate),
            LcmdState::First(centrality) => centrality[candidate],
        }
    }

    fn chosen(&mut self, candidate: usize) {
        self.chosen.push(candidate);
        match &mut self.state {
            LcmdState::Clustered(clusters) => {
                clusters.add(candidate);
                self.leave_flat_features();
            }
            LcmdState::First(_) => {
                let points = self.pool.points();
                let first = points.select(Axis(0), &[candidate]);
                let clusters = Clusters::new(self.pool, points, first.view());
                self.state = LcmdState::Clustered(Box::new(clusters));
            }
        }
    }
}

/// Candidates in clusters around centres.
struct Clusters<'q> {
    pool: &'q Pool<'q>,
    cover: Cover<'q>,
    /// Weights are multiplied by this power of two, see [`quantised`].
    weight_scale: f32,
    /// Per candidate its cluster.
    cluster: Vec<u32>,
    /// Per candidate w·d², in the cover's and the weights' scale.
    values: Vec<f32>,
    /// Per cluster its candidates, and some that have left it since.
    members: Vec<Vec<u32>>,
    /// Per cluster the sum of its candidates' values. Integers add up to the
    /// same in any order, and taking a value away leaves no rounding error.
    sums: Vec<u128>,
}

impl<'q> Clusters<'q> {
    /// Clusters around `centres`, of which there is one at least.
    fn new(
        pool: &'q Pool<'q>,
        rows: ArrayView2<'q, f32>,
        centres: ArrayView2<'_, f32>,
    ) -> Clusters<'q> {
        let cover = Cover::new(rows, centres);
        let heaviest = (0..pool.len()).fold(0.0_f32, |a, at| a.max(pool.weight(at)));
        let mut clusters = Clusters {
            pool,
            weight_scale: power_of_two_to_one(heaviest),
            cluster: cover.nearest(),
            values: cover.squared(),
            members: vec![Vec::new(); centres.nrows()],
            sums: vec![0; centres.nrows()],
            cover,
        };
        for candidate in 0..pool.len() {
            let cluster = clusters.cluster[candidate] as usize;
            let value = clusters.weighted(candidate, clusters.values[candidate]);
            clusters.values[candidate] = value;
            clusters.sums[cluster] += quantised(value);
            clusters.members[cluster].push(candidate as u32);
        }
        clusters
    }

    fn weighted(&self, candidate: usize, squared: f32) -> f32 {
        self.pool.weight(candidate) * self.weight_scale * squared
    }

    /// Whether every candidate lies on its centre.
    fn flat(&self) -> bool {
        self.sums.iter().all(|&sum| sum == 0)
    }

    /// The farthest open candidate of the largest cluster that has one.
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let mut below = None;
        loop {
            let sums = self.sums.iter().copied();
            let largest = sums
                .filter(|&sum| sum > 0 && below.is_none_or(|below| sum < below))
                .max();
            let Some(largest) = largest else {
                // All that is left lies on its centre.
                return open.iter().position(|&open| open);
            };
            // Of equally large clusters the one with the farthest candidate.
            let mut best: Option<(f32, u32)> = None;
            for cluster in 0..self.sums.len() {
                if self.sums[cluster] != largest {
                    continue;
                }
                let of = &self.cluster;
                self.members[cluster].retain(|&row| of[row as usize] == cluster as u32);
                for &row in &self.members[cluster] {
                    let value = self.values[row as usize];
                    if open[row as usize]
                        && best.is_none_or(|(top, at)| value > top || (value == top && row < at))
                    {
                        best = Some((value, row));
                    }
                }
            }
            if let Some((_, row)) = best {
                return Some(row as usize);
            }
            below = Some(largest);
        }
    }

    fn score(&self, candidate: usize) -> f32 {
        let unit = self.cover.squared_scale() * f64::from(self.weight_scale);
        ((f64::from(self.values[candidate]) / unit) as f32).min(f32::MAX)
    }

    /// Makes a candidate a centre, which takes over what is nearest to it.
    fn add(&mut self, candidate: usize) {
        let cluster = self.sums.len() as u32;
        let changes = self.cover.add(candidate);
        let mut members = Vec::with_capacity(changes.len());
        let mut sum = 0;
        for change in changes {
            let row = change.row as usize;
            let left = std::mem::replace(&mut self.cluster[row], cluster) as usize;
            self.sums[left] -= quantised(self.values[row]);
            let value = self.weighted(row, change.squared);
            self.values[row] = value;
            sum += quantised(value);
            members.push(change.row);
        }
        self.sums.push(sum);
        self.members.push(members);
    }
}

/// A value as a multiple of 2⁻⁶⁴. Values are below 2⁵ times the number of
/// columns: coordinates and weights are scaled to below 2. So 2³² of them
/// with a million columns stay below 2¹²⁸.
fn quantised(value: f32) -> u128 {
    (value * 2.0_f32.powi(64)) as u128
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "lcmd",
    summary: "one row per region, regions with the largest spread of predictions first",
    doc: DOC,
    needs_model: true,
    needs_direction: false,
    regression: true,
    classification: true,
    several: true,
    anytime: true,
    options: &[],
    make: |_| Ok(Box::new(Lcmd {})),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;
    use ndarray::array;

    #[test]
    fn the_largest_cluster_gives_its_farthest_row() {
        // Around 0: sum 3·2² = 12 and farthest 2; around 10: one row at 3, 9.
        let mut case = Case::features(&[[2.0], [-2.0], [1.9], [13.0]]);
        case.anchor_features = array![[0.0], [10.0]];
        let batch = case.select(&Lcmd {}, 4);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        // Rows 0 and 1 are equally far; once one is picked, the cluster at 10
        // (9) is larger than what is left at 0.
        assert!(rows[0] < 2, "{rows:?}");
        assert_eq!(batch.picks[0].score, 4.0);
        assert_eq!((rows[1], batch.picks[1].score), (3, 9.0));
        // What is left at 0, rows at ±2 and 1.9 with sum 4 + 0.01 or
        // 4 + 3.61 at most, gives the row at distance 2 or 1.9.
    }

    #[test]
    fn without_anchors_the_most_uncertain_row_comes_first() {
        let case = Case::features(&[[1.0, 0.0], [0.0, -3.0], [2.0, 0.0]]);
        let batch = case.select(&Lcmd {}, 3);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        assert_eq!(found, [(1, 9.0), (2, 4.0), (0, 1.0)]);
    }

    #[test]
    fn weights_multiply_squared_distances() {
        let mut case = Case::features(&[[3.0], [-2.0]]);
        case.anchor_features = array![[0.0]];
        assert_eq!(case.picks(&Lcmd {}, 1), [0]);
        case.weights = Some(vec![0.5, 1.25]);
        let batch = case.select(&Lcmd {}, 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (1, 5.0));
    }

    #[test]
    fn tiny_and_huge_features_are_told_apart() {
        for unit in [1e-30_f32, 1e30] {
            let case = Case::features(&[[unit], [-3.0 * unit], [2.0 * unit]]);
            assert_eq!(case.picks(&Lcmd {}, 3), [1, 2, 0]);
        }
    }

    #[test]
    fn a_flat_posterior_falls_back_to_the_points() {
        // As space-filling: the row nearest the mean, then the farthest of the
        // one cluster there is.
        let mut case = Case::points(&[[0.0], [4.5], [10.0], [3.0], [8.0]]);
        case.features = Array2::ones((5, 3));
        case.anchor_features = Array2::zeros((0, 3));
        // Features equal but not 0: the first pick is any, then points decide.
        let picks = case.picks(&Lcmd {}, 5);
        let mut sorted = picks.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);

        for width in [0, 3] {
            case.features = Array2::zeros((5, width));
            case.anchor_features = Array2::zeros((0, width));
            assert_eq!(case.picks(&Lcmd {}, 2), [1, 2]);
        }
    }

    #[test]
    fn a_cluster_without_open_rows_is_passed_over() {
        let mut case = Case::features(&[[3.0], [11.0]]);
        case.anchor_features = array![[0.0], [10.0]];
        case.with_pool(|pool| {
            let mut greedy = Lcmd {}.begin(pool, Seed(0));
            let far = (0..2).find(|&at| pool.row(at) == 0).unwrap();
            let mut open = [true, true];
            assert_eq!(greedy.best(&open), Some(far));
            open[far] = false;
            assert_eq!(greedy.best(&open), Some(1 - far));
            open[1 - far] = false;
            assert_eq!(greedy.best(&open), None);
        });
    }
}
