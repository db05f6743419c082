//! How far predictions are off, learned from rows that the members never saw.
//!
//! The members of an ensemble disagree by a variance s², but are wrong by more
//! than that where they err together. The error of the mean of many members is
//! taken as normal with variance a·s² + b; the mean of k members adds s²/k, a
//! measurement adds its noise τ². So a residual that k members leave at a row
//! they did not learn from has variance
//!
//! ```text
//! (a + 1/k)·s² + b + τ²
//! ```
//!
//! and a, b ≥ 0 are those under which the residuals are most likely (maximum
//! likelihood: Fisher 1922). Errors of one kind of hardware may be larger than
//! those of another: each has a factor of its own, drawn towards 1 as if
//! [`PRIOR`] rows had said so (empirical Bayes).

/// Rows that say of every kind of hardware that its errors are like all others.
pub const PRIOR: f64 = 20.0;

/// A row that some members did not learn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Measured minus predicted.
    pub residual: f64,
    /// Variance of a member's prediction, s².
    pub variance: f64,
    /// Members that the prediction is the mean of, k ≥ 1.
    pub members: f64,
    /// Variance of the measurement, τ².
    pub noise: f64,
    /// Its kind of hardware.
    pub group: usize,
}

/// What variances of errors are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// How often the members' variance counts, a, besides the s²/m of a mean of
    /// m members.
    pub a: f64,
    /// Variance of what members err together, b.
    pub b: f64,
    /// Per kind of hardware the factor of its errors' variance.
    pub factors: Vec<f64>,
}

impl Calibration {
    /// The most likely numbers for residuals on `groups` kinds of hardware;
    /// `None` of fewer than ten rows.
    #[must_use]
    pub fn learn(rows: &[Residual], groups: usize) -> Option<Calibration> {
        if rows.len() < 10 {
            return None;
        }
        let square = rows.iter().map(|row| row.residual.powi(2)).sum::<f64>() / rows.len() as f64;
        let spread = rows.iter().map(|row| row.variance).sum::<f64>() / rows.len() as f64;
        // Residuals of nothing are rounding.
        let least = (square + spread).max(f64::MIN_POSITIVE) * 1e-6;
        let (mut best, mut a, mut b) = (f64::INFINITY, 0.0, square);
        for step in -1..=16 {
            let tried = match step {
                -1 => 0.0,
                step => 2.0_f64.powf(f64::from(step) / 2.0 - 4.0),
            };
            let (cost, with) = least_for(rows, tried, least, square.max(least));
            if cost < best {
                (best, a, b) = (cost, tried, with);
            }
        }
        let mut factors = vec![(PRIOR, PRIOR); groups];
        for row in rows {
            let model = (a + 1.0 / row.members) * row.variance + b;
            // What the noise takes of the square is not the model's error.
            let own = row.residual.powi(2) * model / (model + row.noise);
            let (sum, count) = &mut factors[row.group];
            *sum += own / model;
            *count += 1.0;
        }
        let factors = factors
            .into_iter()
            .map(|(sum, count)| sum / count)
            .collect();
        Some(Calibration { a, b, factors })
    }
}

/// The cost of the most likely b at this a, and that b: golden section on its
/// logarithm (Kiefer 1953).
fn least_for(rows: &[Residual], a: f64, least: f64, most: f64) -> (f64, f64) {
    let cost = |log: f64| unlikely(rows, a, log.exp());
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (least.ln(), (4.0 * most).ln());
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (cost(left), cost(right));
    for _ in 0..24 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = cost(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = cost(right);
        }
    }
    if at_left <= at_right {
        (at_left, left.exp())
    } else {
        (at_right, right.exp())
    }
}

/// Minus twice the log likelihood, but for a constant.
fn unlikely(rows: &[Residual], a: f64, b: f64) -> f64 {
    rows.iter()
        .map(|row| {
            let variance = (a + 1.0 / row.members) * row.variance + b + row.noise;
            variance.ln() + row.residual.powi(2) / variance
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Residuals of variance (a + 1/k)·s² + b + τ², a pair of signs each.
    fn rows(a: f64, b: f64, noise: f64) -> Vec<Residual> {
        (0..400)
            .map(|row| {
                let variance = [0.1, 1.0, 4.0, 16.0][row % 4];
                let members = [2.0, 4.0][(row / 4) % 2];
                // Equally likely quantiles of a normal of variance one.
                let unit = [0.32, 0.85, 1.45][row % 3] / 0.988_9;
                let spread: f64 = (a + 1.0 / members) * variance + b + noise;
                Residual {
                    residual: unit * spread.sqrt() * if row % 2 == 0 { 1.0 } else { -1.0 },
                    variance,
                    members,
                    noise,
                    group: 0,
                }
            })
            .collect()
    }

    #[test]
    fn what_made_the_residuals_is_found() {
        for (a, b, noise) in [(2.0, 1.0, 0.0), (0.5, 3.0, 0.5), (0.0, 2.0, 0.0)] {
            let found = Calibration::learn(&rows(a, b, noise), 1).unwrap();
            assert!((found.a - a).abs() < 0.25 * a.max(0.5), "{a} {found:?}");
            assert!((found.b - b).abs() < 0.25 * b, "{b} {found:?}");
            assert!((found.factors[0] - 1.0).abs() < 0.1, "{found:?}");
        }
        assert_eq!(Calibration::learn(&rows(1.0, 1.0, 0.0)[..9], 1), None);
    }

    #[test]
    fn hardware_that_errs_more_has_a_larger_factor() {
        let mut rows = rows(1.0, 1.0, 0.0);
        for (at, row) in rows.iter_mut().enumerate() {
            row.group = at / 200;
            if row.group == 1 {
                row.residual *= 3.0;
            }
        }
        let found = Calibration::learn(&rows, 3).unwrap();
        let ratio = found.factors[1] / found.factors[0];
        assert!(ratio > 5.0 && ratio < 9.5, "{found:?}");
        assert_eq!(found.factors[2], 1.0, "no row says otherwise");
    }

    #[test]
    fn residuals_of_nothing_give_next_to_nothing() {
        let mut rows = rows(1.0, 1.0, 0.0);
        for row in &mut rows {
            row.residual = 0.0;
            row.variance = 0.0;
        }
        let found = Calibration::learn(&rows, 1).unwrap();
        assert!(found.b >= 0.0 && found.b < 1e-12, "{found:?}");
        assert!(found.factors[0].is_finite(), "{found:?}");
    }
}
