//! Draws of several parts as draws of one belief.

use ndarray::Array2;
use rayon::prelude::*;

use crate::probabilities::drawn_to;

/// The part that gives each of `m` draws: in proportion to the weights.
pub(super) fn shares(weights: &[f64], m: usize) -> Vec<usize> {
    (0..m)
        .map(|draw| {
            let at = (draw as f64 + 0.5) / m as f64;
            let mut sum = 0.0;
            let found = weights.iter().position(|weight| {
                sum += weight;
                at < sum
            });
            found.unwrap_or(weights.len() - 1)
        })
        .collect()
}

/// Draws of values, m × n each, moved so that their mean is the weighted mean.
pub(super) fn mixed(parts: &[Array2<f32>], weights: &[f64], shares: &[usize]) -> Array2<f32> {
    let (m, n) = (shares.len(), parts[0].ncols());
    let columns: Vec<Vec<f32>> = (0..n)
        .into_par_iter()
        .with_min_len(512)
        .map(|row| {
            let mean: f64 = parts
                .iter()
                .zip(weights)
                .map(|(draws, weight)| {
                    let column = draws.column(row);
                    let sum: f64 = column.iter().map(|&value| f64::from(value)).sum();
                    weight * sum / column.len() as f64
                })
                .sum();
            let drawn = |draw: usize| f64::from(parts[shares[draw]][[draw, row]]);
            let shift = mean - (0..m).map(drawn).sum::<f64>() / m as f64;
            (0..m).map(|draw| (drawn(draw) + shift) as f32).collect()
        })
        .collect();
    Array2::from_shape_fn((m, n), |(draw, row)| columns[row][draw])
}

/// Draws of class probabilities, m of n × c each. The mean of the draws is the
/// weighted mean: each draw is drawn a little to what is missing of it, as little as
/// leaves no probability below 0.
pub(super) fn mixed_classes(
    parts: &[Vec<Array2<f32>>],
    weights: &[f64],
    shares: &[usize],
) -> Vec<Array2<f32>> {
    let m = shares.len();
    let (n, classes) = parts[0][0].dim();
    let rows: Vec<Vec<f32>> = (0..n)
        .into_par_iter()
        .with_min_len(512)
        .map(|row| {
            let value = |part: usize, draw: usize, class: usize| -> f64 {
                f64::from(parts[part][draw][[row, class]])
            };
            let mean_of = |of: &dyn Fn(usize) -> f64| (0..m).map(of).sum::<f64>() / m as f64;
            let wanted: Vec<f64> = (0..classes)
                .map(|class| {
                    let of_part = |part: usize| mean_of(&|draw| value(part, draw, class));
                    (0..parts.len())
                        .map(|part| weights[part] * of_part(part))
                        .sum()
                })
                .collect();
            let drawn = |draw: usize, class: usize| value(shares[draw], draw, class);
            drawn_to(&wanted, m, drawn)
        })
        .collect();
    (0..m)
        .map(|draw| {
            Array2::from_shape_fn((n, classes), |(row, class)| {
                rows[row][draw * classes + class]
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_come_from_parts_in_proportion_and_keep_the_weighted_mean() {
        let shares = shares(&[0.7, 0.3], 10);
        assert_eq!(shares.iter().filter(|&&part| part == 0).count(), 7);
        let one = Array2::from_shape_fn((10, 2), |(draw, row)| (draw + row) as f32);
        let other = Array2::from_shape_fn((10, 2), |(draw, row)| (3 * draw) as f32 - row as f32);
        let draws = mixed(&[one.clone(), other.clone()], &[0.7, 0.3], &shares);
        for row in 0..2 {
            let mean = |draws: &Array2<f32>| draws.column(row).mean().unwrap();
            let expected = 0.7 * mean(&one) + 0.3 * mean(&other);
            assert!((mean(&draws) - expected).abs() < 1e-5);
            // Differences within a part are those of the part.
            assert!((draws[[1, row]] - draws[[0, row]] - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn mixed_probabilities_stay_probabilities_and_keep_the_weighted_mean() {
        // Draws of two parts that disagree: one is sure of the first class.
        let sure = |first: f32| {
            Array2::from_shape_fn((1, 2), |(_, c)| if c == 0 { first } else { 1.0 - first })
        };
        let one: Vec<_> = (0..4).map(|draw| sure(1.0 - 0.01 * draw as f32)).collect();
        let other: Vec<_> = (0..4).map(|draw| sure(0.3 + 0.05 * draw as f32)).collect();
        let weights = [0.6, 0.4];
        let draws = mixed_classes(&[one, other], &weights, &shares(&weights, 4));
        let mean: f32 = draws.iter().map(|draw| draw[[0, 0]]).sum::<f32>() / 4.0;
        assert!((mean - (0.6 * 0.985 + 0.4 * 0.375)).abs() < 1e-6, "{mean}");
        for draw in &draws {
            assert!((draw.sum() - 1.0).abs() < 1e-6);
            assert!(draw.iter().all(|&p| (0.0..=1.0).contains(&p)));
        }
    }
}
