//! How much each part of a stack counts, by what it says of rows that it has not
//! seen.

use al_core::OutOfBag;
use ndarray::{Array2, ArrayView2};

/// Rows of which the parts are held to be equally good, beside those there are: few
/// rows tell little, and weights are drawn to equal ones.
const PRIOR_ROWS: f64 = 2.0;

/// Probabilities below this count as it: no class is impossible.
const LEAST_PROBABILITY: f64 = 1e-6;

/// A part below this weight only costs time.
const LEAST_WEIGHT: f64 = 0.02;

/// The weights with which values are predicted with the least squared error. `said`
/// is per part, of `members` members, what it says of each row without the row.
pub(super) fn of_values(
    said: &[OutOfBag],
    members: usize,
    truth: &[f64],
    counts: &[f32],
) -> Vec<f64> {
    let known: Vec<usize> = (0..truth.len())
        .filter(|&row| said.iter().all(|said| said.mean[row].is_finite()))
        .collect();
    let total: f64 = known.iter().map(|&row| f64::from(counts[row])).sum();
    let k = said.len();
    let mut gram = Array2::<f64>::zeros((k, k));
    let mut taken = vec![0.0; k];
    for &row in &known {
        let weight = f64::from(counts[row]) / total;
        let error = |part: usize| said[part].mean[row] - truth[row];
        for one in 0..k {
            for other in 0..k {
                gram[[one, other]] += weight * error(one) * error(other);
            }
            taken[one] += weight * fewer(&said[one], row, members);
        }
    }
    // An estimate that is taken off the diagonal alone may be more than there is: then no
    // mean of two parts would err less than the worse of them.
    let bends = |share: f64| {
        (0..k).all(|one| {
            (0..one).all(|other| {
                let own = gram[[one, one]] + gram[[other, other]];
                let less = share * (taken[one] + taken[other]);
                own - less - 2.0 * gram[[one, other]] >= 0.0
            })
        })
    };
    let share = [1.0, 0.5, 0.25].into_iter().find(|&share| bends(share));
    for (part, taken) in taken.iter().enumerate() {
        gram[[part, part]] -= share.unwrap_or(0.0) * taken;
    }
    let largest = gram.diag().into_iter().map(|value| value.abs());
    let least = 1e-12 * largest.fold(0.0, f64::max);
    let best = gram.diag().iter().copied().fold(f64::INFINITY, f64::min);
    for part in 0..k {
        let own = gram[[part, part]].max(least);
        gram[[part, part]] = own + PRIOR_ROWS * best.max(least) / known.len().max(1) as f64;
    }
    kept(least_squares(&gram))
}

/// What a mean of few members errs more than that of all `m`.
fn fewer(said: &OutOfBag, row: usize, m: usize) -> f64 {
    let (k, variance) = (said.members[row], said.variance[row]);
    match k < m && variance.is_finite() {
        true => variance * (1.0 / k as f64 - 1.0 / m as f64),
        false => 0.0,
    }
}

/// The weights with which classes are predicted with the least log loss: those of a
/// mixture, found by expectation and maximisation. `said` is per part its
/// probabilities of each row without the row, n × c, NaN where nothing is said.
pub(super) fn of_classes(said: &[ArrayView2<'_, f32>], codes: &[u32], counts: &[f32]) -> Vec<f64> {
    let k = said.len();
    let own = |part: usize, row: usize| f64::from(said[part][[row, codes[row] as usize]]);
    let rows: Vec<(f64, Vec<f64>)> = (0..codes.len())
        .map(|row| {
            (
                f64::from(counts[row]),
                (0..k).map(|part| own(part, row)).collect(),
            )
        })
        .filter(|(_, own): &(f64, Vec<f64>)| own.iter().all(|p| p.is_finite()))
        .map(|(count, own)| {
            (
                count,
                own.iter().map(|p| p.max(LEAST_PROBABILITY)).collect(),
            )
        })
        .collect();
    let mean = rows.iter().map(|(count, _)| count).sum::<f64>() / rows.len().max(1) as f64;
    let mut weights = vec![1.0 / k as f64; k];
    for _ in 0..200 {
        let mut shares = vec![PRIOR_ROWS / k as f64; k];
        for (count, own) in &rows {
            let all: f64 = own.iter().zip(&weights).map(|(p, weight)| p * weight).sum();
            for part in 0..k {
                shares[part] += count / mean * weights[part] * own[part] / all;
            }
        }
        let total: f64 = shares.iter().sum();
        weights = shares.iter().map(|share| share / total).collect();
    }
    kept(weights)
}

/// The weights w ≥ 0 of sum 1 with the least wᵀ·G·w: mass is moved between pairs
/// until nothing is gained.
fn least_squares(gram: &Array2<f64>) -> Vec<f64> {
    let k = gram.nrows();
    let mut weights = vec![1.0 / k as f64; k];
    for _ in 0..500 {
        let mut moved = 0.0_f64;
        for to in 0..k {
            for from in 0..to {
                let slope: f64 = (0..k)
                    .map(|at| (gram[[to, at]] - gram[[from, at]]) * weights[at])
                    .sum();
                let bend = gram[[to, to]] + gram[[from, from]] - 2.0 * gram[[to, from]];
                if bend > 0.0 {
                    let step = (-slope / bend).clamp(-weights[to], weights[from]);
                    weights[to] += step;
                    weights[from] -= step;
                    moved = moved.max(step.abs());
                }
            }
        }
        if moved < 1e-9 {
            break;
        }
    }
    weights
}

/// The weights without those that are next to nothing.
fn kept(mut weights: Vec<f64>) -> Vec<f64> {
    weights.iter_mut().for_each(|weight| {
        if *weight < LEAST_WEIGHT {
            *weight = 0.0;
        }
    });
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn weights_are_those_of_the_least_error() {
        // Independent errors of variances 1 and 4: weights 4/5 and 1/5.
        let weights = least_squares(&array![[1.0, 0.0], [0.0, 4.0]]);
        assert!((weights[0] - 0.8).abs() < 1e-6 && (weights[1] - 0.2).abs() < 1e-6);
        // One that adds nothing gets nothing.
        assert_eq!(
            kept(least_squares(&array![[1.0, 1.5], [1.5, 4.0]])),
            [1.0, 0.0]
        );
        let three = least_squares(&array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!(three.iter().all(|weight| (weight - 1.0 / 3.0).abs() < 1e-6));
    }

    #[test]
    fn classes_are_weighed_by_their_log_loss() {
        // Of 100 rows the first part knows 80 and the second the other 20: with weights
        // w and 1 − w the loss is least at w = 0.8.
        let codes = vec![0_u32; 100];
        let own = |known: &dyn Fn(usize) -> bool| {
            Array2::from_shape_fn((100, 2), |(row, class)| {
                f32::from(u8::from(known(row) == (class == 0)))
            })
        };
        let (one, other) = (own(&|row| row < 80), own(&|row| row >= 80));
        let weights = of_classes(&[one.view(), other.view()], &codes, &[1.0; 100]);
        // Two rows more are shared.
        assert!((weights[0] - 81.0 / 102.0).abs() < 1e-4, "{weights:?}");
        // A row of which one part says nothing does not count.
        let mut silent = other.clone();
        silent.row_mut(99).fill(f32::NAN);
        let weights = of_classes(&[one.view(), silent.view()], &codes, &[1.0; 100]);
        assert!((weights[0] - 81.0 / 101.0).abs() < 1e-4, "{weights:?}");
    }
}
