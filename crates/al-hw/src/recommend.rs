//! Which hardware is the best for one workload, and how sure that is.
//!
//! What is believed of the values of a workload on its H kinds of hardware is a
//! joint normal distribution, or one with heavier tails ([`Joint`], [`Normals`]): the measured ones are conditioned on,
//! and draws of the rest say how often each is the best (the probability of
//! being best, as in ranking and selection: Chen & Lee 2010) and what is lost in
//! expectation by another choice (the opportunity cost, or regret).
//!
//! All workloads are given the same standard normal numbers ([`Normals`], common
//! random numbers): what a workload is told depends on its own belief alone, not
//! on other workloads, threads or the order of rows. Each number comes with its
//! negative (antithetic variates, Hammersley & Morton 1956), so the mean of the
//! draws is the mean of the belief.
//!
//! Cost of a workload: O(H³ + draws · H²).

use al_core::{Direction, Seed};
use rand::RngExt;

/// Draws per workload: a share of them is within 0.016 of the probability that
/// it estimates, one standard deviation.
pub const DRAWS: usize = 1024;

/// Largest factor of a draw with heavy tails: what lies beyond is nowhere
/// measured, and an expectation must not hang on it.
const MOST_STRETCHED: f64 = 3.0;

/// Independent standard normal numbers: [`DRAWS`] for each place of a workload.
#[derive(Debug, Clone)]
pub struct Normals(Vec<f64>);

/// Half as many normal numbers as draws.
fn half(seed: Seed, name: &str, at: usize) -> Vec<f64> {
    let mut rng = seed.stream(name, at as u64);
    let mut values = Vec::with_capacity(DRAWS / 2);
    // Box & Muller 1958.
    for _ in 0..DRAWS / 4 {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        values.extend([radius * angle.cos(), radius * angle.sin()]);
    }
    values
}

impl Normals {
    /// For workloads of at most `width` values. With degrees of freedom the
    /// draws of a workload are of a multivariate t distribution: each is
    /// stretched by √(ν/χ²), a factor of at most 3 (Kotz & Nadarajah 2004).
    #[must_use]
    pub fn new(seed: Seed, width: usize, freedom: Option<u32>) -> Normals {
        let mut stretch = vec![1.0; DRAWS / 2];
        if let Some(freedom) = freedom {
            let mut squares = vec![0.0; DRAWS / 2];
            for at in 0..freedom {
                let normals = half(seed, "stretch", at as usize);
                for (sum, value) in squares.iter_mut().zip(normals) {
                    *sum += value * value;
                }
            }
            for (stretch, square) in stretch.iter_mut().zip(squares) {
                *stretch = (f64::from(freedom) / square).sqrt().min(MOST_STRETCHED);
            }
        }
        let mut values = Vec::with_capacity(width * DRAWS);
        for place in 0..width {
            let normals = half(seed, "normals", place);
            let one = normals.iter().zip(&stretch).map(|(z, stretch)| z * stretch);
            let first = values.len();
            values.extend(one);
            for at in first..first + DRAWS / 2 {
                values.push(-values[at]);
            }
        }
        Normals(values)
    }

    fn of(&self, place: usize) -> &[f64] {
        &self.0[place * DRAWS..(place + 1) * DRAWS]
    }
}

/// A joint normal belief about the H values of one workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint {
    mean: Vec<f64>,
    /// H × H, row after row.
    covariance: Vec<f64>,
}

impl Joint {
    /// With a mean per value and their covariance, row after row.
    ///
    /// # Panics
    ///
    /// If the covariance is not H × H: a bug of the caller.
    #[must_use]
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Joint {
        assert_eq!(covariance.len(), mean.len() * mean.len(), "H × H values");
        Joint { mean, covariance }
    }

    /// The number of values, H.
    #[must_use]
    pub fn len(&self) -> usize {
        self.mean.len()
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mean.is_empty()
    }

    /// The mean of each value.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance of value `at`.
    #[must_use]
    pub fn variance(&self, at: usize) -> f64 {
        self.covariance[at * self.len() + at]
    }

    /// Takes in that value `at` was measured to be `value`, with a measurement's
    /// variance `noise` ≥ 0: the belief about it and about all that vary
    /// together with it is conditioned on that.
    pub fn observe(&mut self, at: usize, value: f64, noise: f64) {
        let h = self.len();
        let column: Vec<f64> = (0..h).map(|row| self.covariance[row * h + at]).collect();
        let total = column[at] + noise;
        if total <= 0.0 {
            self.mean[at] = value;
            return;
        }
        let surprise = value - self.mean[at];
        for row in 0..h {
            self.mean[row] += column[row] / total * surprise;
            for other in 0..h {
                self.covariance[row * h + other] -= column[row] * column[other] / total;
            }
        }
        if noise == 0.0 {
            // Exactly, whatever was rounded.
            self.settle(at, value, 0.0);
        }
    }

    /// Takes in that value `at` is `value` with variance `noise`, which says
    /// nothing of the others.
    pub fn settle(&mut self, at: usize, value: f64, noise: f64) {
        let h = self.len();
        self.mean[at] = value;
        for other in 0..h {
            self.covariance[at * h + other] = 0.0;
            self.covariance[other * h + at] = 0.0;
        }
        self.covariance[at * h + at] = noise;
    }

    /// Value `at` in another unit, `factor` times as large; or, on a logarithmic
    /// scale, moved by the factor's logarithm with [`Joint::shift`].
    pub fn scale(&mut self, at: usize, factor: f64) {
        let h = self.len();
        self.mean[at] *= factor;
        for other in 0..h {
            self.covariance[at * h + other] *= factor;
            self.covariance[other * h + at] *= factor;
        }
    }

    /// Value `at` moved by `by`.
    pub fn shift(&mut self, at: usize, by: f64) {
        self.mean[at] += by;
    }

    /// How far the means of the values `of` move, in standard deviations of the
    /// outcome, if value `at` is measured with variance `noise`: covariance over
    /// √(variance + noise); 0 where nothing is left to learn.
    #[must_use]
    pub fn slopes(&self, of: &[usize], at: usize, noise: f64) -> Vec<f64> {
        let total = self.variance(at) + noise;
        let h = self.len();
        let slope = |&other: &usize| match total > 0.0 {
            true => self.covariance[other * h + at] / total.sqrt(),
            false => 0.0,
        };
        of.iter().map(slope).collect()
    }

    /// Joint draws of the values `of`, in that order: [`DRAWS`] of the first,
    /// then those of the next. A covariance that rounding has left without full
    /// rank counts as the nearest one that has none beside its own.
    ///
    /// # Panics
    ///
    /// If `normals` are for fewer values: a bug of the caller.
    pub fn draw(&self, normals: &Normals, of: &[usize], out: &mut Vec<f64>) {
        let (h, n) = (self.len(), of.len());
        let cell = |row: usize, column: usize| self.covariance[of[row] * h + of[column]];
        let largest = (0..n).map(|at| cell(at, at)).fold(0.0, f64::max);
        // Cholesky; a pivot of nothing but rounding adds nothing.
        let mut lower = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let dot: f64 = (0..column)
                    .map(|k| lower[row * n + k] * lower[column * n + k])
                    .sum();
                let rest = cell(row, column) - dot;
                lower[row * n + column] = if row == column {
                    if rest > largest * 1e-12 {
                        rest.sqrt()
                    } else {
                        0.0
                    }
                } else if lower[column * n + column] > 0.0 {
                    rest / lower[column * n + column]
                } else {
                    0.0
                };
            }
        }
        out.clear();
        out.resize(n * DRAWS, 0.0);
        for (row, drawn) in out.chunks_exact_mut(DRAWS).enumerate() {
            drawn.fill(self.mean[of[row]]);
            for column in 0..=row {
                let weight = lower[row * n + column];
                if weight != 0.0 {
                    for (value, &z) in drawn.iter_mut().zip(normals.of(column)) {
                        *value += weight * z;
                    }
                }
            }
        }
    }
}

/// How the values of a workload stand to each other over joint draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Per value the probability that it is the best; they sum to 1.
    pub p_best: Vec<f64>,
    /// Per draw the best value.
    best: Vec<f64>,
}

impl Standing {
    /// Of `draws` as [`Joint::draw`] gives them. Values that are equally good in
    /// a draw share it.
    #[must_use]
    pub fn of(draws: &[f64], better: Direction) -> Standing {
        let mut best = draws[..DRAWS.min(draws.len())].to_vec();
        for drawn in draws.chunks_exact(DRAWS).skip(1) {
            for (best, &value) in best.iter_mut().zip(drawn) {
                *best = better.best(*best, value);
            }
        }
        let mut equal = vec![0.0_f64; best.len()];
        for drawn in draws.chunks_exact(DRAWS) {
            for ((count, &value), &best) in equal.iter_mut().zip(drawn).zip(&best) {
                *count += f64::from(u8::from(value == best));
            }
        }
        let p_best = draws
            .chunks_exact(DRAWS)
            .map(|drawn| {
                let won = drawn.iter().zip(&best).zip(&equal);
                let shares = won.map(
                    |((value, best), count)| {
                        if value == best { 1.0 / count } else { 0.0 }
                    },
                );
                shares.sum::<f64>() / DRAWS as f64
            })
            .collect();
        Standing { p_best, best }
    }

    /// What is lost in expectation by taking value `at` instead of the best one,
    /// in the unit to which `unit` takes a value: E|unit(best) − unit(value)|,
    /// for an increasing `unit`.
    #[must_use]
    pub fn regret(&self, draws: &[f64], at: usize, unit: impl Fn(f64) -> f64) -> f64 {
        let drawn = &draws[at * DRAWS..(at + 1) * DRAWS];
        let lost = drawn.iter().zip(&self.best).map(|(&value, &best)| {
            if value == best {
                0.0
            } else {
                (unit(best) - unit(value)).abs()
            }
        });
        lost.sum::<f64>() / DRAWS as f64
    }
}

/// The places of `values` from the best to the worst; of equal ones the more
/// often best first, then the earlier.
#[must_use]
pub fn ranked(values: &[f64], p_best: &[f64], better: Direction) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| {
        let by_value = match better {
            Direction::Min => values[a].total_cmp(&values[b]),
            Direction::Max => values[b].total_cmp(&values[a]),
        };
        by_value.then_with(|| p_best[b].total_cmp(&p_best[a]))
    });
    order
}

#[cfg(test)]
mod tests {
    use al_core::normal;

    use super::*;

    fn draws(joint: &Joint, of: &[usize]) -> Vec<f64> {
        let mut out = Vec::new();
        joint.draw(&Normals::new(Seed(3), joint.len(), None), of, &mut out);
        out
    }

    #[test]
    fn draws_have_the_mean_and_covariance() {
        let joint = Joint::new(vec![1.0, -2.0], vec![4.0, 1.5, 1.5, 1.0]);
        let out = draws(&joint, &[0, 1]);
        let (a, b) = out.split_at(DRAWS);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / DRAWS as f64;
        assert!((mean(a) - 1.0).abs() < 1e-12, "antithetic: exact");
        assert!((mean(b) + 2.0).abs() < 1e-12);
        let cross: f64 = a.iter().zip(b).map(|(a, b)| (a - 1.0) * (b + 2.0)).sum();
        assert!((cross / DRAWS as f64 - 1.5).abs() < 0.3, "{cross}");
        let square: f64 = a.iter().map(|a| (a - 1.0).powi(2)).sum();
        assert!((square / DRAWS as f64 - 4.0).abs() < 0.6, "{square}");
    }

    #[test]
    fn two_values_win_as_the_normal_says() {
        // The difference has mean 1 and variance 1 + 4 − 2 · 0.5 = 4.
        let joint = Joint::new(vec![0.0, 1.0], vec![1.0, 0.5, 0.5, 4.0]);
        let out = draws(&joint, &[0, 1]);
        let standing = Standing::of(&out, Direction::Min);
        assert!((standing.p_best[0] - normal::cdf(0.5)).abs() < 0.03);
        assert!((standing.p_best.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let larger = Standing::of(&out, Direction::Max);
        assert!((larger.p_best[1] - standing.p_best[0]).abs() < 1e-12);
        // E max(0, N(−1, 4)) = 2 φ(½) − 1 · Φ(−½).
        let expected = 2.0 * normal::pdf(0.5) - normal::cdf(-0.5);
        let regret = standing.regret(&out, 0, |value| value);
        assert!((regret - expected).abs() < 0.08, "{regret} {expected}");
    }

    #[test]
    fn heavy_tails_say_less_of_what_is_far_and_nothing_else_of_the_middle() {
        let joint = Joint::new(vec![0.0, 3.0], vec![1.0, 0.0, 0.0, 0.0]);
        let chance = |freedom| {
            let mut out = Vec::new();
            joint.draw(&Normals::new(Seed(3), 2, freedom), &[0, 1], &mut out);
            Standing::of(&out, Direction::Max).p_best[0]
        };
        // P(t₄ > 3) = 0.01997, P(z > 3) = 0.00135.
        assert!(
            (chance(Some(4)) - 0.01997).abs() < 0.01,
            "{}",
            chance(Some(4))
        );
        assert!(chance(None) < 0.006, "{}", chance(None));
        let even = Joint::new(vec![0.0, 0.0], vec![1.0, 0.0, 0.0, 0.0]);
        let mut out = Vec::new();
        even.draw(&Normals::new(Seed(3), 2, Some(4)), &[0, 1], &mut out);
        assert_eq!(Standing::of(&out, Direction::Max).p_best[0], 0.5);
    }

    #[test]
    fn certain_values_are_best_or_not_and_equal_ones_share() {
        let joint = Joint::new(vec![2.0, 1.0, 1.0], vec![0.0; 9]);
        let out = draws(&joint, &[0, 1, 2]);
        let standing = Standing::of(&out, Direction::Min);
        assert_eq!(standing.p_best, [0.0, 0.5, 0.5]);
        assert_eq!(standing.regret(&out, 0, |value| value), 1.0);
        assert_eq!(standing.regret(&out, 0, |value| 3.0 * value), 3.0);
        assert_eq!(standing.regret(&out, 1, |value| value), 0.0);
        let largest = Standing::of(&out, Direction::Max);
        assert_eq!(largest.p_best, [1.0, 0.0, 0.0]);
        // Only the two: as if the first were not there.
        let out = draws(&joint, &[1, 0]);
        assert_eq!(Standing::of(&out, Direction::Max).p_best, [0.0, 1.0]);
    }

    #[test]
    fn a_measured_value_tells_of_the_others() {
        // Bivariate normal: mean₂ + ρσ₂/σ₁ · surprise, variance₂ (1 − ρ²).
        let mut joint = Joint::new(vec![0.0, 10.0], vec![4.0, 3.0, 3.0, 9.0]);
        joint.observe(0, 2.0, 0.0);
        assert_eq!(joint.mean(), [2.0, 11.5]);
        assert!((joint.variance(1) - 6.75).abs() < 1e-12);
        assert_eq!(joint.variance(0), 0.0);
        // With noise half of the surprise is believed.
        let mut joint = Joint::new(vec![0.0, 10.0], vec![4.0, 3.0, 3.0, 9.0]);
        joint.observe(0, 2.0, 4.0);
        assert_eq!(joint.mean(), [1.0, 10.75]);
        assert_eq!(joint.variance(0), 2.0);
        let mut joint = Joint::new(vec![0.0, 10.0], vec![4.0, 3.0, 3.0, 9.0]);
        joint.settle(0, 2.0, 0.5);
        assert_eq!(joint.mean(), [2.0, 10.0]);
        assert_eq!((joint.variance(0), joint.variance(1)), (0.5, 9.0));
    }

    #[test]
    fn units_change_one_value() {
        let mut joint = Joint::new(vec![1.0, 10.0], vec![4.0, 3.0, 3.0, 9.0]);
        joint.scale(0, 3.0);
        joint.shift(1, 1.0);
        assert_eq!(joint.mean(), [3.0, 11.0]);
        assert_eq!((joint.variance(0), joint.variance(1)), (36.0, 9.0));
    }

    #[test]
    fn equal_values_are_ranked_by_their_probability() {
        let order = ranked(&[2.0, 1.0, 1.0, 3.0], &[0.1, 0.2, 0.5, 0.2], Direction::Min);
        assert_eq!(order, [2, 1, 0, 3]);
        let order = ranked(&[2.0, 1.0], &[0.0, 1.0], Direction::Max);
        assert_eq!(order, [0, 1]);
    }
}
