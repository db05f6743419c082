//! A Bayesian linear model of a new device over what measured devices are
//! predicted to do.
//!
//! **Prior.** Standardised over reference rows, the source devices' predicted
//! values S₁ … S_q are q draws from the population of devices, and the new
//! device is taken for one more: with s̄ their typical spread and S̄ their mean,
//!
//! ```text
//! f(x) = c + s·S̄(x) + s̄·Σⱼ wⱼ·(Sⱼ(x) − S̄(x))/√q
//! c ~ N(c̄, v_c),  s ~ N(s̄, v_s),  w ~ N(0, I)
//! ```
//!
//! which has the sources' mean and covariance (a ridge with a mean to shrink to;
//! Hoerl & Kennard 1970). A device without any measurement is their mean, with
//! all their disagreement as its doubt.
//!
//! **Posterior.** A measurement is f plus noise of variance σ². σ² is one of a
//! few multiples of s̄²; each is conditioned on the measurements in turn, one
//! Kalman step per measurement, and weighs as much as its evidence (Bayesian
//! model averaging, Hoeting, Madigan, Raftery & Volinsky 1999). What a source
//! mispredicts and what is particular to the device both count as noise.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use rand::Rng;

use crate::normal::normal;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::evd::EVDDecomposable;

/// The variances of a measurement that are reckoned with, in units of s̄².
const NOISE: [f64; 6] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0];

/// Least v_s, in units of s̄²: few sources tell little of how spreads vary.
const LEAST_SPREAD_VARIANCE: f64 = 0.25;

/// Least v_c, in units of s̄².
const LEAST_CENTRE_VARIANCE: f64 = 1.0;

/// What the sources say of a device that is none of them.
#[derive(Debug, Clone)]
pub(super) struct DevicePrior {
    /// Mean and deviation of each source's predictions over the reference rows.
    scales: Vec<(f64, f64)>,
    /// c̄.
    centre: f64,
    /// √v_c.
    centre_deviation: f64,
    /// s̄.
    spread: f64,
    /// √v_s.
    spread_deviation: f64,
    /// Second moments of the design over the reference rows, p × p.
    moments: Array2<f64>,
}

/// A measurement of the device.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeviceMeasurement {
    pub value: f64,
    /// How much it counts; its noise is σ² over this.
    pub weight: f64,
}

/// What is believed of a device.
#[derive(Debug, Clone)]
pub(super) struct Device {
    /// Mean of the coefficients, p.
    mean: Array1<f64>,
    /// Their covariance, p × p.
    covariance: Array2<f64>,
    /// Expected variance of a measurement of weight 1.
    noise: f64,
    /// The posterior weight of each of [`NOISE`].
    shares: [f64; NOISE.len()],
}

impl DevicePrior {
    /// From the sources' predictions of the reference rows, n × q; `None` if
    /// fewer than two of them vary.
    pub(super) fn new(reference: &ArrayView2<'_, f64>) -> Option<DevicePrior> {
        let scale = |column: ArrayView1<'_, f64>| {
            let n = column.len() as f64;
            let mean = column.sum() / n;
            let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            (mean, variance.sqrt())
        };
        let scales: Vec<(f64, f64)> = reference.columns().into_iter().map(scale).collect();
        let varying: Vec<(f64, f64)> = scales.iter().copied().filter(|s| s.1 > 0.0).collect();
        if varying.len() < 2 {
            return None;
        }
        let q = varying.len() as f64;
        let spread = (varying.iter().map(|s| s.1.ln()).sum::<f64>() / q).exp();
        let centre = varying.iter().map(|s| s.0).sum::<f64>() / q;
        let of_centres = varying.iter().map(|s| (s.0 - centre).powi(2)).sum::<f64>() / q;
        let of_spreads = varying.iter().map(|s| (s.1 - spread).powi(2)).sum::<f64>() / q;
        let unit = spread * spread;
        let mut prior = DevicePrior {
            scales,
            centre,
            centre_deviation: of_centres.max(LEAST_CENTRE_VARIANCE * unit).sqrt(),
            spread,
            spread_deviation: of_spreads.max(LEAST_SPREAD_VARIANCE * unit).sqrt(),
            moments: Array2::zeros((0, 0)),
        };
        let (design, _) = prior.design(reference);
        prior.moments = design.t().dot(&design) / design.nrows() as f64;
        Some(prior)
    }

    /// The number of coefficients, p.
    fn width(&self) -> usize {
        2 + self.varying()
    }

    fn varying(&self) -> usize {
        self.scales.iter().filter(|scale| scale.1 > 0.0).count()
    }

    /// Rows as the model sees them, n × p, and their prior means, n; `sources`
    /// are the sources' predictions of the rows, n × q.
    fn design(&self, sources: &ArrayView2<'_, f64>) -> (Array2<f64>, Vec<f64>) {
        let q = self.varying() as f64;
        let mut design = Array2::zeros((sources.nrows(), self.width()));
        let mut means = Vec::with_capacity(sources.nrows());
        for (mut row, source) in design.rows_mut().into_iter().zip(sources.rows()) {
            let varying = source.iter().zip(&self.scales).filter(|(_, s)| s.1 > 0.0);
            for (at, (value, (mean, deviation))) in varying.enumerate() {
                row[2 + at] = (value - mean) / deviation;
            }
            let shared = row.iter().skip(2).sum::<f64>() / q;
            for value in row.iter_mut().skip(2) {
                *value = (*value - shared) * self.spread / q.sqrt();
            }
            row[0] = self.centre_deviation;
            row[1] = self.spread_deviation * shared;
            means.push(self.centre + self.spread * shared);
        }
        (design, means)
    }

    /// The belief about a device of which the rows with the sources'
    /// predictions `sources`, k × q, are measured; k may be 0.
    pub(super) fn device(
        &self,
        sources: &ArrayView2<'_, f64>,
        measured: &[DeviceMeasurement],
    ) -> Device {
        let rows = self.design(sources);
        let kept: Vec<(f64, Given)> = NOISE
            .iter()
            .map(|share| share * self.spread * self.spread)
            .map(|noise| (noise, given(&rows, measured, None, noise)))
            .collect();
        let most = kept.iter().map(|k| k.1.evidence).fold(f64::MIN, f64::max);
        let total: f64 = kept.iter().map(|k| (k.1.evidence - most).exp()).sum();
        let shares = std::array::from_fn(|at| (kept[at].1.evidence - most).exp() / total);
        // The mixture's first two moments.
        let p = self.width();
        let (mut mean, mut covariance) = (Array1::zeros(p), Array2::zeros((p, p)));
        let mut noise = 0.0;
        for (&share, (variance, given)) in shares.iter().zip(&kept) {
            mean.scaled_add(share, &given.mean);
            noise += share * variance;
        }
        for (&share, (_, given)) in shares.iter().zip(&kept) {
            covariance.scaled_add(share, &given.covariance);
            add_square(&mut covariance, share, &(&given.mean - &mean));
        }
        Device {
            mean,
            covariance,
            noise,
            shares,
        }
    }

    /// Mean squared error of predicting each of the device's measurements from
    /// the others; each of [`NOISE`] weighs what it weighs given them all.
    pub(super) fn left_out(
        &self,
        sources: &ArrayView2<'_, f64>,
        measured: &[DeviceMeasurement],
        device: &Device,
    ) -> f64 {
        let rows = self.design(sources);
        let error = |left: usize| {
            let predicted: f64 = NOISE
                .iter()
                .zip(device.shares)
                .map(|(noise, share)| {
                    let noise = noise * self.spread * self.spread;
                    let given = given(&rows, measured, Some(left), noise);
                    share * (rows.1[left] + rows.0.row(left).dot(&given.mean))
                })
                .sum();
            (measured[left].value - predicted).powi(2)
        };
        (0..measured.len()).map(error).sum::<f64>() / measured.len() as f64
    }

    /// Joint draws of the device's values, m × n, for the rows with the
    /// sources' predictions `sources`, and their variances, n.
    ///
    /// `coefficients`, p × m, are those of [`DevicePrior::draws`]. The variances are
    /// of all doubt, draws span m − 1 directions of it.
    pub(super) fn values(
        &self,
        sources: &ArrayView2<'_, f64>,
        device: &Device,
        coefficients: &Array2<f64>,
    ) -> (Array2<f64>, Vec<f64>) {
        let (design, means) = self.design(sources);
        let mut draws = design.dot(coefficients);
        for (mut row, mean) in draws.rows_mut().into_iter().zip(&means) {
            row += *mean;
        }
        let spread = design.dot(&device.covariance);
        let variances = spread.rows().into_iter().zip(design.rows());
        let variances = variances.map(|(a, b)| a.dot(&b).max(0.0)).collect();
        (draws.reversed_axes(), variances)
    }

    /// Coefficients, p × m, whose mean is the device's and whose population
    /// covariance is the device's as far as m − 1 directions go: those along
    /// which predictions of the reference rows are in doubt the most, scaled so
    /// that their mean variance is that of all directions.
    pub(super) fn draws(&self, device: &Device, m: usize, rng: &mut impl Rng) -> Array2<f64> {
        let p = self.width();
        let mut draws = Array2::zeros((p, m));
        for mut column in draws.columns_mut() {
            column.assign(&device.mean);
        }
        // With G the reference rows' moments, Cov = G^-½ (G^½ Cov G^½) G^-½, and
        // the largest eigenvalues of the middle are the largest doubts.
        let (values, vectors) = eigen(&self.moments);
        let least = values.iter().fold(0.0, |a: f64, &b| a.max(b)) * 1e-12;
        let power = |exponent: f64| {
            let scaled = |&value: &f64| {
                if value > least {
                    value.powf(exponent)
                } else {
                    0.0
                }
            };
            let scaled = Array1::from_iter(values.iter().map(scaled));
            (&vectors * &scaled).dot(&vectors.t())
        };
        let (root, inverse) = (power(0.5), power(-0.5));
        let (doubts, along) = eigen(&root.dot(&device.covariance).dot(&root));
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|&a, &b| doubts[b].total_cmp(&doubts[a]));
        let total: f64 = doubts.iter().map(|doubt| doubt.max(0.0)).sum();
        order.truncate(m - 1);
        let kept: f64 = order.iter().map(|&at| doubts[at].max(0.0)).sum();
        if kept <= 0.0 {
            return draws;
        }
        let contrasts = contrasts(m, order.len(), rng);
        for (at, contrast) in order.into_iter().zip(contrasts) {
            let size = (doubts[at].max(0.0) * total / kept * m as f64).sqrt();
            let direction = inverse.dot(&along.column(at)) * size;
            for (mut column, share) in draws.columns_mut().into_iter().zip(&contrast) {
                column.scaled_add(*share, &direction);
            }
        }
        draws
    }
}

impl Device {
    /// Expected variance of a measurement of weight 1.
    pub(super) fn noise(&self) -> f64 {
        self.noise
    }
}

/// A belief of one noise variance.
struct Given {
    /// Log-likelihood of the measurements, but for a constant.
    evidence: f64,
    mean: Array1<f64>,
    covariance: Array2<f64>,
}

/// The standard normal prior given all measurements but `skipped`, one Kalman
/// step each; `rows` are the design and the prior means.
fn given(
    rows: &(Array2<f64>, Vec<f64>),
    measured: &[DeviceMeasurement],
    skipped: Option<usize>,
    noise: f64,
) -> Given {
    let (design, means) = rows;
    let mut given = Given {
        evidence: 0.0,
        mean: Array1::zeros(design.ncols()),
        covariance: Array2::eye(design.ncols()),
    };
    for (at, outcome) in measured.iter().enumerate() {
        if skipped == Some(at) {
            continue;
        }
        let row = design.row(at);
        let along = given.covariance.dot(&row);
        let total = row.dot(&along) + noise / outcome.weight;
        let surprise = outcome.value - means[at] - row.dot(&given.mean);
        given.evidence -= 0.5 * (total.ln() + surprise * surprise / total);
        given.mean.scaled_add(surprise / total, &along);
        add_square(&mut given.covariance, -1.0 / total, &along);
    }
    given
}

/// Adds factor · v vᵀ.
fn add_square(matrix: &mut Array2<f64>, factor: f64, v: &Array1<f64>) {
    for (mut line, &at) in matrix.rows_mut().into_iter().zip(v) {
        line.scaled_add(factor * at, v);
    }
}

/// Eigenvalues and eigenvectors, in columns, of a symmetric matrix.
fn eigen(matrix: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let p = matrix.nrows();
    let values = matrix.iter().copied().collect();
    let form = DenseMatrix::new(p, p, values, false).expect("p × p values");
    let found = form.evd(true).expect("a symmetric matrix has eigenvalues");
    let vectors = Array2::from_shape_fn((p, p), |(row, column)| *found.V.get((row, column)));
    (found.d, vectors)
}

/// `count` < m orthonormal vectors of m values that each sum to 0, in random
/// directions: normal vectors, made orthogonal one after the other.
fn contrasts(m: usize, count: usize, rng: &mut impl Rng) -> Vec<Array1<f64>> {
    let mut found = vec![Array1::from_elem(m, 1.0 / (m as f64).sqrt())];
    while found.len() <= count {
        let mut next = Array1::from_iter((0..m).map(|_| normal(rng)));
        // Twice: what rounding left of the others the first time.
        for _ in 0..2 {
            for other in &found {
                let shared = next.dot(other);
                next.scaled_add(-shared, other);
            }
        }
        let length = next.dot(&next).sqrt();
        if length > 1e-6 {
            found.push(next / length);
        }
    }
    found.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use al_core::Seed;
    use ndarray::{Axis, array};

    /// Three sources over five rows, of spreads and centres of their own.
    fn sources() -> Array2<f64> {
        array![
            [0.0, 10.0, 1.0],
            [1.0, 12.0, 0.0],
            [2.0, 14.0, 3.0],
            [3.0, 16.0, 2.0],
            [4.0, 18.0, 4.0],
        ]
    }

    fn measured(values: &[f64]) -> Vec<DeviceMeasurement> {
        let one = |&value| DeviceMeasurement { value, weight: 1.0 };
        values.iter().map(one).collect()
    }

    #[test]
    fn a_device_without_measurements_is_the_mean_of_the_others() {
        let sources = sources();
        let prior = DevicePrior::new(&sources.view()).unwrap();
        let none = prior.device(&sources.slice(ndarray::s![..0, ..]), &[]);
        let draws = prior.draws(&none, 8, &mut Seed(1).stream("test", 0));
        let (values, variances) = prior.values(&sources.view(), &none, &draws);
        // The middle row is where the first two have their mean and the third
        // is 1/√2 of a deviation above it: c̄ = (2 + 14 + 2)/3.
        let mean = values.column(2).sum() / 8.0;
        let spread = (2.0_f64.sqrt() * 8.0_f64.sqrt() * 2.0_f64.sqrt()).cbrt();
        let expected = 6.0 + spread / 3.0 / 2.0_f64.sqrt();
        assert!((mean - expected).abs() < 1e-9, "{mean} {expected}");
        // Four directions of doubt and seven to show them: all of it is there.
        for (column, variance) in values.columns().into_iter().zip(&variances) {
            let mean = column.sum() / 8.0;
            let shown = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 8.0;
            assert!((shown / variance - 1.0).abs() < 1e-6, "{shown} {variance}");
        }
    }

    #[test]
    fn the_belief_is_that_of_the_normal_equations() {
        let sources = sources();
        let prior = DevicePrior::new(&sources.view()).unwrap();
        let rows = prior.design(&sources.view());
        let outcomes = measured(&[1.0, 0.5, 2.0, 2.5, 4.0]);
        let noise = 0.3;
        let found = given(&rows, &outcomes, None, noise);
        // Σ (I + AᵀA/σ²) = I, and (I + AᵀA/σ²) μ = Aᵀr/σ².
        let p = prior.width();
        let information = Array2::<f64>::eye(p) + rows.0.t().dot(&rows.0) / noise;
        let unit = found.covariance.dot(&information);
        assert!(
            (&unit - &Array2::<f64>::eye(p))
                .iter()
                .all(|v| v.abs() < 1e-9)
        );
        let residual: Array1<f64> = outcomes
            .iter()
            .zip(&rows.1)
            .map(|(outcome, mean)| outcome.value - mean)
            .collect();
        let wanted = rows.0.t().dot(&residual) / noise;
        let apart = information.dot(&found.mean) - wanted;
        assert!(apart.iter().all(|v| v.abs() < 1e-9), "{apart}");
    }

    #[test]
    fn a_device_like_one_source_is_found_out() {
        let sources = Array2::from_shape_fn((60, 3), |(row, source)| {
            let x = row as f64;
            [x / 10.0, (x * 0.7).sin() * 2.0, (x * 1.3).cos() + 5.0][source]
        });
        let prior = DevicePrior::new(&sources.view()).unwrap();
        let few: Vec<usize> = (0..60).step_by(5).collect();
        let truth = |row: usize| 3.0 * sources[[row, 1]] - 2.0;
        let seen = sources.select(Axis(0), &few);
        let outcomes = measured(&few.iter().map(|&row| truth(row)).collect::<Vec<_>>());
        let device = prior.device(&seen.view(), &outcomes);
        let draws = prior.draws(&device, 10, &mut Seed(1).stream("test", 0));
        let (values, _) = prior.values(&sources.view(), &device, &draws);
        let (mut error, mut total) = (0.0, 0.0);
        for row in 0..60 {
            error += (values.column(row).sum() / 10.0 - truth(row)).powi(2);
            total += (truth(row) + 2.0).powi(2);
        }
        assert!(error / total < 0.02, "{}", error / total);
        assert!(device.shares[0] > 0.5, "{:?}", device.shares);
        let left_out = prior.left_out(&seen.view(), &outcomes, &device);
        assert!(left_out / (total / 60.0) < 0.1, "{left_out}");
    }

    #[test]
    fn sources_that_do_not_vary_tell_nothing() {
        let sources = sources();
        let constant = Array2::from_elem((5, 1), 7.0);
        let both = ndarray::concatenate![Axis(1), sources, constant];
        let (with, without) = (
            DevicePrior::new(&both.view()).unwrap(),
            DevicePrior::new(&sources.view()).unwrap(),
        );
        let outcomes = measured(&[1.0, 3.0]);
        let device = |prior: &DevicePrior, sources: &Array2<f64>| {
            prior
                .device(&sources.slice(ndarray::s![..2, ..]), &outcomes)
                .mean
        };
        assert_eq!(device(&with, &both), device(&without, &sources));
        assert!(DevicePrior::new(&array![[1.0, 0.0], [1.0, 2.0]].view()).is_none());
    }
}
