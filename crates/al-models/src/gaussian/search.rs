//! The hyperparameters that explain some rows best.

use al_core::Seed;
use rayon::prelude::*;

use super::descent::minimised;
use super::evidence::{MarginalLikelihood, bounds, start};
use super::kernel::KernelParameters;
use super::left_out::TakenRows;
use super::points::{GaussianData, PointSpace};

/// Rows on which searches begin, and rows on which the best one goes on: more do
/// not change the hyperparameters much.
const FEW: usize = 200;
const ENOUGH: usize = 300;

/// Steps of the searches.
const FIRST_STEPS: usize = 15;
const LAST_STEPS: usize = 25;

/// How much longer than at the priors' modes lengths are where searches begin, in
/// logarithms; and where they begin once more if these take most of the variance for noise,
/// as they take a target that turns often.
const STARTS: [f64; 2] = [0.7, 2.2];
const SHORT_START: f64 = -0.8;
const MOSTLY_NOISE: f64 = 0.3;

/// Hyperparameters that explain some rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundParameters {
    /// Whether numbers are taken by their ranks.
    is_warped: bool,
    pub(super) logarithms: Vec<f64>,
}

/// How rows become points, and the hyperparameters that explain them best.
pub(super) fn learned(
    data: GaussianData<'_>,
    values: &[f64],
    weights: &[f64],
    seed: Seed,
    elsewhere: &[FoundParameters],
) -> (PointSpace, FoundParameters) {
    let n = values.len();
    let plain = PointSpace::of(data.rows.values, data.columns, false);
    let warped = PointSpace::of(data.rows.values, data.columns, true);
    let mut spaces = vec![plain];
    if warped.is_warped() {
        spaces.push(warped);
    }
    let searched = |space: &PointSpace, from: Vec<f64>, most: usize, steps: usize| {
        let rows = some(n, most, seed);
        let taken = TakenRows::of(data.rows, space.width(), &rows);
        let points = space.points(taken.rows());
        let pick = |all: &[f64]| rows.iter().map(|&row| all[row]).collect::<Vec<f64>>();
        let (values, weights) = (pick(values), pick(weights));
        let evidence = MarginalLikelihood {
            points: &points,
            values: &values,
            weights: &weights,
        };
        let bounds = bounds(space.shape());
        minimised(|logs| evidence.cost(logs), from, &bounds, steps)
    };
    let begun: Vec<(usize, f64)> = (0..spaces.len())
        .flat_map(|space| STARTS.map(|longer| (space, longer)))
        .collect();
    let begin = |at: usize, longer: f64| {
        let space = &spaces[at];
        let from = start(space.shape(), longer);
        (at, searched(space, from, FEW, FIRST_STEPS))
    };
    let mut found: Vec<(usize, (Vec<f64>, f64))> = begun
        .par_iter()
        .map(|&(at, longer)| begin(at, longer))
        .collect();
    for other in elsewhere {
        let at = usize::from(other.is_warped);
        // A part of the rows may have fewer categories.
        let fits = |space: &PointSpace| start(space.shape(), 0.0).len() == other.logarithms.len();
        if let Some(space) = spaces.get(at).filter(|space| fits(space)) {
            found.push((at, searched(space, other.logarithms.clone(), FEW, 0)));
        }
    }
    let best = |found: &[(usize, (Vec<f64>, f64))]| {
        let costs = found.iter().min_by(|(_, a), (_, b)| a.1.total_cmp(&b.1));
        costs.cloned().expect("at least one search")
    };
    let (mut at, (mut logs, _)) = best(&found);
    if KernelParameters::from_logarithms(&logs, spaces[at].shape()).noise > MOSTLY_NOISE {
        let again = (0..spaces.len()).into_par_iter();
        found.extend(again.map(|at| begin(at, SHORT_START)).collect::<Vec<_>>());
        (at, (logs, _)) = best(&found);
    }
    let space = spaces[at].clone();
    let (logarithms, _) = searched(&space, logs, ENOUGH, LAST_STEPS);
    let found = FoundParameters {
        is_warped: at == 1,
        logarithms,
    };
    (space, found)
}

/// At most `most` of `n` rows, drawn by the seed, in order.
fn some(n: usize, most: usize, seed: Seed) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut rng = seed.stream("rows of the evidence", 0);
    let mut rows = rand::seq::index::sample(&mut rng, n, most).into_vec();
    rows.sort_unstable();
    rows
}
