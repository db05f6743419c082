//! What measuring one of some values is expected to improve the choice among
//! them: the knowledge gradient (Frazier, Powell & Dayanik 2009, "The
//! knowledge-gradient policy for correlated normal beliefs").
//!
//! If the value at `i` is measured with noise τ², the means of all values move
//! to μ + σ̃·Z with Z standard normal and σ̃ⱼ = Cov(j, i)/√(Var(i) + τ²). The
//! best of them is then better in expectation, by
//!
//! ```text
//! E[maxⱼ(μⱼ + σ̃ⱼ·Z)] − maxⱼ μⱼ = Σ (b₊ − b)·f(−|c|),  f(z) = φ(z) + z·Φ(z)
//! ```
//!
//! summed over the corners c of the upper envelope of the lines μⱼ + σ̃ⱼ·z, where
//! the slope goes from b to b₊. A value that can change no choice is worth
//! nothing, however unsure it is.

use crate::normal;

/// The expected gain of the best of lines `means` + `slopes`·Z over the best
/// mean, ≥ 0; large values are good. Cost: O(h log h) for h lines.
///
/// # Panics
///
/// If there are not as many slopes as means: a bug of the caller.
#[must_use]
pub fn knowledge_gradient(means: &[f64], slopes: &[f64]) -> f64 {
    assert_eq!(means.len(), slopes.len(), "a slope per mean");
    let mut lines: Vec<(f64, f64)> = slopes.iter().copied().zip(means.iter().copied()).collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    // The envelope from the left: each line with where it takes over.
    let mut envelope: Vec<(f64, f64, f64)> = Vec::with_capacity(lines.len());
    for (slope, mean) in lines {
        let mut from = f64::NEG_INFINITY;
        while let Some(&(other, height, start)) = envelope.last() {
            // Of parallel lines the last one is the highest.
            from = match slope > other {
                true => (height - mean) / (slope - other),
                false => f64::NEG_INFINITY,
            };
            if from > start {
                break;
            }
            envelope.pop();
            from = f64::NEG_INFINITY;
        }
        envelope.push((slope, mean, from));
    }
    let corner = |pair: &[(f64, f64, f64)]| {
        let ((before, ..), (after, _, at)) = (pair[0], pair[1]);
        let z = -at.abs();
        (after - before) * (normal::pdf(z) + z * normal::cdf(z)).max(0.0)
    };
    envelope.windows(2).map(corner).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_doubtful_value_has_the_expected_improvement() {
        // max(0, −1 + 2Z): 2·f(−1/2).
        let f = |z: f64| normal::pdf(z) + z * normal::cdf(z);
        let found = knowledge_gradient(&[0.0, -1.0], &[0.0, 2.0]);
        assert!((found - 2.0 * f(-0.5)).abs() < 1e-12);
        // The same for the best one: it may turn out worse than the next.
        let best = knowledge_gradient(&[0.0, -1.0], &[2.0, 0.0]);
        assert!((best - found).abs() < 1e-12);
    }

    #[test]
    fn it_is_what_many_outcomes_come_to() {
        let means = [0.3, 0.1, -0.4, 0.25];
        let slopes = [0.2, -0.5, 1.0, 0.2];
        let n = 200_000;
        let (mut sum, mut mass) = (0.0, 0.0);
        for step in 0..n {
            let z = -8.0 + 16.0 * (f64::from(step) + 0.5) / f64::from(n);
            let weight = normal::pdf(z);
            let lines = means.iter().zip(slopes);
            let best = lines
                .map(|(m, s)| m + s * z)
                .fold(f64::NEG_INFINITY, f64::max);
            sum += weight * best;
            mass += weight;
        }
        let expected = sum / mass - 0.3;
        let found = knowledge_gradient(&means, &slopes);
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
    }

    #[test]
    fn what_changes_no_choice_is_worth_nothing() {
        assert_eq!(knowledge_gradient(&[1.0, 0.0], &[0.5, 0.5]), 0.0);
        assert_eq!(knowledge_gradient(&[1.0], &[3.0]), 0.0);
        assert_eq!(knowledge_gradient(&[], &[]), 0.0);
        assert_eq!(knowledge_gradient(&[2.0, 2.0], &[0.0, 0.0]), 0.0);
        let far = knowledge_gradient(&[0.0, -60.0], &[0.0, 1.0]);
        assert!((0.0..1e-300).contains(&far));
    }
}
