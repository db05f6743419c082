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
//! likelihood: Fisher 1922). Few rows with large errors would make the errors of
//! all others look large: residuals may also be of a t distribution with that
//! squared scale (Lange, Little & Taylor 1989), whichever of
//! [`FREEDOMS`] is the most likely. Errors of one kind of hardware may be larger than
//! those of another: each has a factor of its own, drawn towards 1 as if
//! [`PRIOR`] rows had said so (empirical Bayes).

/// Rows that say of every kind of hardware that its errors are like all others.
pub const PRIOR: f64 = 20.0;

/// Degrees of freedom that are tried besides the normal distribution.
pub const FREEDOMS: [u32; 3] = [4, 8, 16];

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
pub struct ErrorModel {
    /// How often the members' variance counts, a, besides the s²/m of a mean of
    /// m members.
    pub a: f64,
    /// Variance of what members err together, b.
    pub b: f64,
    /// Degrees of freedom of the errors; `None` if they are normal.
    pub freedom: Option<u32>,
    /// Per kind of hardware the factor of its errors' variance.
    pub factors: Vec<f64>,
}

impl ErrorModel {
    /// The most likely numbers for residuals on `groups` kinds of hardware;
    /// `None` of fewer than ten rows.
    #[must_use]
    pub fn learn(rows: &[Residual], groups: usize) -> Option<ErrorModel> {
        if rows.len() < 10 {
            return None;
        }
        let square = rows.iter().map(|row| row.residual.powi(2)).sum::<f64>() / rows.len() as f64;
        let spread = rows.iter().map(|row| row.variance).sum::<f64>() / rows.len() as f64;
        // Residuals of nothing are rounding.
        let least = (square + spread).max(f64::MIN_POSITIVE) * 1e-6;
        let (mut best, mut a, mut b, mut freedom) = (f64::INFINITY, 0.0, square, None);
        let tails = std::iter::once(None).chain(FREEDOMS.map(Some));
        for tail in tails {
            for step in -1..=12 {
                let tried = match step {
                    -1 => 0.0,
                    step => 2.0_f64.powf(f64::from(step) / 1.5 - 4.0),
                };
                let (cost, with) = least_for(rows, tried, tail, least, square.max(least));
                if cost < best {
                    (best, a, b, freedom) = (cost, tried, with, tail);
                }
            }
        }
        let mut factors = vec![(PRIOR, PRIOR); groups];
        for row in rows {
            let model = (a + 1.0 / row.members) * row.variance + b;
            let total = model + row.noise;
            let ratio = row.residual.powi(2) / total;
            // A row far out counts less where tails are heavy.
            let weight = freedom.map_or(1.0, |freedom| {
                let freedom = f64::from(freedom);
                (freedom + 1.0) / (freedom + ratio)
            });
            let (sum, count) = &mut factors[row.group];
            // Noise is expected of a square as the model's error is: a factor is of
            // both together.
            *sum += weight * ratio;
            *count += 1.0;
        }
        let factors = factors
            .into_iter()
            .map(|(sum, count)| sum / count)
            .collect();
        Some(ErrorModel {
            a,
            b,
            freedom,
            factors,
        })
    }
}

/// The cost of the most likely b at this a, and that b: golden section on its
/// logarithm (Kiefer 1953).
fn least_for(rows: &[Residual], a: f64, freedom: Option<u32>, least: f64, most: f64) -> (f64, f64) {
    let cost = |log: f64| unlikely(rows, a, log.exp(), freedom);
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

/// Minus twice the log likelihood, but for a constant that all distributions
/// share.
fn unlikely(rows: &[Residual], a: f64, b: f64, freedom: Option<u32>) -> f64 {
    let constant = freedom.map_or(0.0, |freedom| {
        // ln of Γ((ν+1)/2) / (Γ(ν/2) √(ν/2)) for an even ν.
        let half = freedom / 2;
        let gamma_half = (0..half).map(|k| (f64::from(k) + 0.5).ln()).sum::<f64>()
            + 0.5 * std::f64::consts::PI.ln();
        let gamma = (1..half).map(|k| f64::from(k).ln()).sum::<f64>();
        gamma_half - gamma - 0.5 * (f64::from(freedom) / 2.0).ln()
    });
    let cost = |row: &Residual| {
        let variance = (a + 1.0 / row.members) * row.variance + b + row.noise;
        let ratio = row.residual.powi(2) / variance;
        variance.ln()
            + match freedom {
                None => ratio,
                Some(freedom) => {
                    let freedom = f64::from(freedom);
                    (freedom + 1.0) * (ratio / freedom).ln_1p()
                }
            }
    };
    rows.iter().map(cost).sum::<f64>() - 2.0 * constant * rows.len() as f64
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
            let found = ErrorModel::learn(&rows(a, b, noise), 1).unwrap();
            assert!((found.a - a).abs() < 0.25 * a.max(0.5), "{a} {found:?}");
            assert!((found.b - b).abs() < 0.25 * b, "{b} {found:?}");
            assert!((found.factors[0] - 1.0).abs() < 0.1, "{found:?}");
        }
        assert_eq!(ErrorModel::learn(&rows(1.0, 1.0, 0.0)[..9], 1), None);
    }

    #[test]
    fn a_few_large_errors_do_not_make_all_others_large() {
        let mut rows = rows(0.0, 1.0, 0.0);
        for row in &mut rows {
            row.variance = 0.0;
            row.residual = row.residual.signum() * 0.8;
        }
        for row in rows.iter_mut().step_by(25) {
            row.residual *= 20.0;
        }
        let found = ErrorModel::learn(&rows, 1).unwrap();
        assert_eq!(found.freedom, Some(4), "{found:?}");
        assert!(found.b < 1.5, "{found:?}: the mean square is 10.9");
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
        let found = ErrorModel::learn(&rows, 3).unwrap();
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
        let found = ErrorModel::learn(&rows, 1).unwrap();
        assert!(found.b >= 0.0 && found.b < 1e-12, "{found:?}");
        assert!(found.factors[0].is_finite(), "{found:?}");
    }
}
