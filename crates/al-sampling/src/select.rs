//! The one loop: what may be picked, in which order, and what is said of each
//! pick. How good a candidate is, the strategy knows.

use std::collections::{BTreeMap, HashMap};

use al_core::{Key, Seed};
use ndarray::{ArrayView1, s};
use rayon::prelude::*;

use crate::check;
use crate::limits::{Gate, SelectionLimits, Shortfall};
use crate::query::{Pool, Query};
use crate::select_error::SelectError;
use crate::strategy::Strategy;

/// A row of the batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    /// The row, in the caller's order.
    pub row: usize,
    /// The strategy's score of it when it was picked; each strategy says what
    /// its score means.
    pub score: f32,
    /// Distance to the nearest anchor or earlier pick, in points space; `None`
    /// if there is neither, or no points.
    pub nearest: Option<f32>,
    /// Whether the user asked for it.
    pub included: bool,
}

/// A batch, and what became of the candidates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// The batch, in the order picked; fewer than asked for if no more were
    /// available.
    pub picks: Vec<Pick>,
    /// Candidates that could be picked.
    pub available: usize,
    /// Rows left out because an earlier row has the same key.
    pub duplicates: usize,
    /// Rows left out because their key is excluded.
    pub excluded: usize,
    /// Rows left out because their weight is 0.
    pub unavailable: usize,
    /// Why there are fewer picks than [`SelectionLimits::n`]; `None` if there are not.
    pub short: Option<Shortfall>,
}

/// Picks a batch.
///
/// Of rows with one key the first counts, the others are duplicates. Excluded
/// keys and rows of weight 0 are not offered. Rows to include are picked
/// first, in the order given; then the strategy's best, one after the other,
/// of those that the limits leave open.
///
/// The batch depends on the seed and on what the rows are, not on their order
/// nor on the number of threads. No row left to pick is no error: the batch is
/// empty.
///
/// # Errors
///
/// A row to include that cannot be, limits that collide, or inputs that are not
/// finite or do not belong together.
pub fn select(
    strategy: &dyn Strategy,
    query: &Query<'_>,
    limits: &SelectionLimits,
    seed: Seed,
) -> Result<Selection, SelectError> {
    check::query(query)?;
    let (rows, mut selection) = offered(query, limits, seed);
    let included = included(query, limits, &rows)?;
    let mut gate = gate(query, limits, &rows, &included)?;
    if limits.n == 0 || rows.is_empty() {
        selection.short = gate.short(&[]);
        return Ok(selection);
    }
    let pool = pool(strategy, query, rows, gate.batch(), seed);
    let mut greedy = strategy.begin(&pool, seed);
    let mut picks: Vec<(usize, f32)> = Vec::with_capacity(pool.batch());
    while picks.len() < limits.n {
        let next = match included.get(picks.len()) {
            Some(&candidate) => Some(candidate),
            None => gate.next(greedy.as_mut()),
        };
        let Some(candidate) = next else { break };
        picks.push((candidate, greedy.score(candidate)));
        if picks.len() < limits.n {
            greedy.chosen(candidate);
        }
    }
    selection.short = gate.short(&picks);
    selection.picks = described(&pool, &picks, included.len());
    Ok(selection)
}

/// What the strategy would say of the picks of a batch had the candidates the
/// weights of `query`: the score of each pick as it stood after the picks
/// before it. `limits` and `seed` are those the batch was picked with.
///
/// With the weights that the batch was picked with, and no limits, these are
/// the scores of the picks. Weights differ where something is to be told apart
/// from what a pick is worth, such as what it costs: how a weight is in a score
/// is the strategy's own affair, so the score cannot be divided by it.
///
/// # Errors
///
/// A query as in [`select`], or one in which a pick is not available.
pub fn rescored(
    strategy: &dyn Strategy,
    query: &Query<'_>,
    limits: &SelectionLimits,
    picks: &[Pick],
    seed: Seed,
) -> Result<Vec<f32>, SelectError> {
    check::query(query)?;
    if picks.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, _) = offered(query, limits, seed);
    let batch = {
        let included = included(query, limits, &rows)?;
        gate(query, limits, &rows, &included)?.batch()
    };
    let wanted: HashMap<usize, usize> = picks
        .iter()
        .enumerate()
        .map(|(at, p)| (p.row, at))
        .collect();
    let mut candidates = vec![None; picks.len()];
    for (candidate, &row) in rows.iter().enumerate() {
        if let Some(&at) = wanted.get(&(row as usize)) {
            candidates[at] = Some(candidate);
        }
    }
    let candidates = picks.iter().zip(candidates).map(|(pick, candidate)| {
        let key = query.keys[pick.row];
        candidate.ok_or(SelectError::IncludedUnavailable { key })
    });
    let candidates = candidates.collect::<Result<Vec<usize>, SelectError>>()?;
    let pool = pool(strategy, query, rows, batch, seed);
    let mut greedy = strategy.begin(&pool, seed);
    let mut open = vec![true; pool.len()];
    for (pick, &candidate) in picks.iter().zip(&candidates) {
        open[candidate] = !pick.included;
    }
    let mut scores = Vec::with_capacity(picks.len());
    for (pick, &candidate) in picks.iter().zip(&candidates) {
        if !pick.included {
            // Some strategies take stock when they are asked.
            greedy.best(&open);
            open[candidate] = false;
        }
        scores.push(greedy.score(candidate));
        if scores.len() < picks.len() {
            greedy.chosen(candidate);
        }
    }
    Ok(scores)
}

/// The candidates that the limits leave open, with `included` taken.
fn gate<'l>(
    query: &Query<'_>,
    limits: &'l SelectionLimits,
    rows: &[u32],
    included: &[usize],
) -> Result<Gate<'l>, SelectError> {
    check::limits(limits, query.keys.len())?;
    Ok(Gate::new(limits, rows, included)?)
}

/// What the strategy sees of the caller's rows `rows`.
fn pool<'q>(
    strategy: &dyn Strategy,
    query: &'q Query<'_>,
    rows: Vec<u32>,
    batch: usize,
    seed: Seed,
) -> Pool<'q> {
    let pool = Pool::new(query, rows, batch, seed);
    match strategy.weight_factors(&pool, seed) {
        Some(factors) => pool.reweighted(factors),
        None => pool,
    }
}

/// The available rows, in the seed's order, and how many were left out.
fn offered(query: &Query<'_>, limits: &SelectionLimits, seed: Seed) -> (Vec<u32>, Selection) {
    let mut rows: Vec<(u64, u32)> = query
        .keys
        .par_iter()
        .enumerate()
        .with_min_len(1024)
        .filter(|(_, key)| limits.excluded.is_empty() || !limits.excluded.contains(key))
        .map(|(row, &key)| (seed.order(key), row as u32))
        .collect();
    let key = |row: u32| query.keys[row as usize];
    rows.par_sort_unstable_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| key(a.1).cmp(&key(b.1)))
            .then(a.1.cmp(&b.1))
    });
    let kept = rows.len();
    rows.dedup_by(|a, b| a.0 == b.0 && key(a.1) == key(b.1));
    let distinct = rows.len();
    if let Some(weights) = query.weights {
        rows.retain(|&(_, row)| weights[row as usize] > 0.0);
    }
    let selection = Selection {
        picks: Vec::new(),
        available: rows.len(),
        duplicates: kept - distinct,
        excluded: query.keys.len() - kept,
        unavailable: distinct - rows.len(),
        short: None,
    };
    let rows = rows.into_par_iter().map(|(_, row)| row).collect();
    (rows, selection)
}

/// The candidates to include, each once.
fn included(
    query: &Query<'_>,
    limits: &SelectionLimits,
    rows: &[u32],
) -> Result<Vec<usize>, SelectError> {
    let mut wanted: BTreeMap<Key, Option<usize>> =
        limits.included.iter().map(|&key| (key, None)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    for (candidate, &row) in rows.iter().enumerate() {
        if let Some(place) = wanted.get_mut(&query.keys[row as usize]) {
            *place = Some(candidate);
        }
    }
    let mut candidates = Vec::with_capacity(wanted.len());
    for &key in &limits.included {
        match wanted.remove(&key) {
            // Named twice.
            None => {}
            Some(Some(candidate)) => candidates.push(candidate),
            Some(None) if limits.excluded.contains(&key) => {
                return Err(SelectError::IncludedExcluded { key });
            }
            Some(None) if query.keys.contains(&key) => {
                return Err(SelectError::IncludedUnavailable { key });
            }
            Some(None) => return Err(SelectError::IncludedMissing { key }),
        }
    }
    if candidates.len() > limits.n {
        return Err(SelectError::TooManyIncluded {
            included: candidates.len(),
            n: limits.n,
        });
    }
    Ok(candidates)
}

/// The picks with what the rest of the program tells of them.
fn described(pool: &Pool<'_>, picks: &[(usize, f32)], included: usize) -> Vec<Pick> {
    let candidates: Vec<usize> = picks.iter().map(|&(candidate, _)| candidate).collect();
    let nearest = nearest(pool, &candidates);
    picks
        .iter()
        .enumerate()
        .map(|(at, &(candidate, score))| Pick {
            row: pool.row(candidate),
            // −0 is 0.
            score: score + 0.0,
            nearest: nearest[at],
            included: at < included,
        })
        .collect()
}

/// Per pick the distance to the nearest anchor or earlier pick.
fn nearest(pool: &Pool<'_>, picks: &[usize]) -> Vec<Option<f32>> {
    let (points, anchors) = (pool.points_of(picks), pool.anchor_points());
    if points.ncols() == 0 {
        return vec![None; picks.len()];
    }
    (0..picks.len())
        .into_par_iter()
        .map(|at| {
            let earlier = points.slice(s![..at, ..]);
            anchors
                .rows()
                .into_iter()
                .chain(earlier.rows())
                .map(|other| squared(points.row(at), other))
                .reduce(f64::min)
                .map(|squared| squared.sqrt() as f32)
        })
        .collect()
}

fn squared(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum()
}
