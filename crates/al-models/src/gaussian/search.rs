//! The hyperparameters that explain some rows best.

use al_core::Seed;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::descent::minimised;
use super::evidence::{MarginalLikelihood, bounds, start};
use super::kernel::KernelParameters;
use super::left_out::TakenRows;
use super::points::{GaussianData, PointSpace, SearchEffort};

/// Rows on which searches begin.
const FEW: usize = 200;

/// For values: more rows do not change the hyperparameters much, and then hardly know a row.
pub(crate) const OF_VALUES: SearchEffort = SearchEffort {
    rows: 300,
    folded: 150,
    by_value: false,
};

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
        let rows = match data.effort.by_value {
            true => some_of_each(values, most, seed),
            false => some(n, most, seed),
        };
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
    let (logarithms, _) = searched(&space, logs, data.effort.rows, LAST_STEPS);
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

/// As [`some`], as many of each value as all rows have, and of none fewer than one.
fn some_of_each(values: &[f64], most: usize, seed: Seed) -> Vec<usize> {
    if values.len() <= most {
        return (0..values.len()).collect();
    }
    let mixed = mixed_by_value(values, seed);
    let mut rows: Vec<usize> = mixed.into_iter().take(most).collect();
    rows.sort_unstable();
    rows
}

/// All rows in an order of which every beginning has about as many of each value as all have,
/// drawn by the seed.
pub(super) fn mixed_by_value(values: &[f64], seed: Seed) -> Vec<usize> {
    let mut rng = seed.stream("rows by value", 0);
    let mut drawn: Vec<usize> = (0..values.len()).collect();
    drawn.shuffle(&mut rng);
    let count_of = |value: f64| values.iter().filter(|&&other| other == value).count();
    let mut counts: Vec<(f64, usize, usize)> = Vec::new();
    let mut placed: Vec<(f64, usize)> = Vec::with_capacity(drawn.len());
    for row in drawn {
        let value = values[row];
        let at = counts.iter().position(|(known, ..)| *known == value);
        let at = at.unwrap_or_else(|| {
            counts.push((value, count_of(value), 0));
            counts.len() - 1
        });
        let (_, of, before) = &mut counts[at];
        // The first of each value come first.
        placed.push((*before as f64 / *of as f64, row));
        *before += 1;
    }
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    placed.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_of_a_value_are_among_those_searched() {
        let mut values = vec![-1.0; 300];
        for row in [17, 130, 222] {
            values[row] = 1.0;
        }
        let rows = some_of_each(&values, 100, Seed(4));
        assert_eq!(rows.len(), 100);
        assert_eq!(rows.iter().filter(|&&row| values[row] > 0.0).count(), 1);
        assert!(rows.is_sorted());
        let mut all = mixed_by_value(&values, Seed(4));
        all.sort_unstable();
        assert_eq!(all, (0..300).collect::<Vec<usize>>());
    }
}
