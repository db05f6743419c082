//! What a model believes of the values of pairs: its members' joint draws, how
//! far they were off where they could not know better, and what was measured.
//!
//! All numbers are on the fitted scale: the target's unit, or its logarithm.

use std::collections::HashMap;

use al_core::encoder::feature_keys;
use al_core::{DataError, Fault, Key, Matrix, Posterior, Role, Schema, Table, Tabular, posterior};
use al_hw::Joint;
use al_hw::calibrate::{ErrorModel, Residual};
use ndarray::Array2;

use crate::hardware::hardware_of;
use crate::pairs::Pairs;

/// Rows whose errors are looked at; more say the same.
const MOST: usize = 20_000;

/// Rows of the first training from which errors are learned without those that
/// came later.
const FIRST: usize = 100;

/// Pairs of rows of one workload from which is learned how far errors go
/// together, at least.
const SIBLINGS: usize = 30;

/// The belief about n pairs.
pub(crate) struct PairBelief {
    mean: Vec<f64>,
    /// n × m: inner products are covariances over the members (ddof 1).
    features: Array2<f32>,
    /// Per pair how much of its features counts.
    shares: Vec<f64>,
    /// Per pair the deviation of what the members do not know.
    rest: Vec<f64>,
    /// How much of that two pairs of one workload have in common, in [0, 1).
    common: f64,
    /// Per pair whether its hardware borrows from others: then its doubt is its
    /// own, and the ensemble's errors say nothing of it.
    borrowed: Vec<bool>,
    /// Degrees of freedom of errors with heavy tails.
    pub(crate) freedom: Option<u32>,
    /// Per pair what was measured.
    pub(crate) known: Vec<Option<MeasuredPair>>,
    /// Per pair whether it was measured and never worked.
    pub(crate) failed: Vec<bool>,
}

/// A measured pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeasuredPair {
    value: f64,
    noise: f64,
    prior: Prior,
}

/// What would be believed of a measured pair without its measurement.
#[derive(Debug, Clone, Copy)]
enum Prior {
    /// The prediction: the model has not learned from the row.
    Prediction,
    /// What the members that left it out say.
    OutOfBag(f64),
    /// Nothing: all members have seen it.
    Unknown,
}

/// What a model says of rows.
struct Predicted {
    mean: Vec<f64>,
    /// n × m, see [`Belief`].
    features: Array2<f32>,
    /// Variance of a measurement around the belief.
    noise: Vec<f64>,
}

/// The one place where predictions come from.
fn predict(model: &dyn Tabular, x: &Matrix) -> Predicted {
    let belief = model.posterior(x);
    let Posterior::Values { draws, noise } = &belief else {
        unreachable!("classes are refused")
    };
    let scale = model.scale();
    let unit = scale.variance_unit();
    let noise = noise.iter().map(|&noise| f64::from(noise) * unit).collect();
    let mean = posterior::mean(draws)
        .into_iter()
        .map(|v| scale.predicted(v))
        .collect();
    let m = belief.n_draws() as f64;
    // From the population variance of the draws to that of a member.
    let scale = scale.spread * (m / (m - 1.0).max(1.0)).sqrt();
    let mut features = belief.features();
    features.par_mapv_inplace(|value| (f64::from(value) * scale) as f32);
    Predicted {
        mean,
        features,
        noise,
    }
}

fn dot(features: &Array2<f32>, a: usize, b: usize) -> f64 {
    let (a, b) = (features.row(a), features.row(b));
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

/// How far a model is off.
struct Errors {
    calibration: ErrorModel,
    common: f64,
    /// Per learned row what those said that did not see it; NaN if all did.
    out_of_bag: Vec<f64>,
}

impl Errors {
    fn learn(model: &dyn Tabular, schema: &Schema, columns: &[String], names: &[String]) -> Errors {
        let learned = model.observed().learned();
        let observed = model.observed();
        let x = model
            .encoder()
            .encode(&observed.features().take(&learned))
            .expect("the model's own rows fit its encoder");
        let scale = model.scale();
        let said = model.out_of_bag();
        let out_of_bag: Vec<f64> = said.mean.iter().map(|&v| scale.predicted(v)).collect();
        let noise = model.measurement_variance().unwrap_or(0.0);
        let hardware = hardware_of(model.observed().features(), columns).expect("features");
        let place = |row: usize| {
            let name = hardware.get(row)?;
            names
                .binary_search_by(|known| known.as_str().cmp(name))
                .ok()
        };
        // What borrows is not predicted by the members.
        let borrowed = match model.borrowing() {
            Some(transfer) => transfer.borrows(&x),
            None => vec![false; learned.len()],
        };
        let mut rows: Vec<usize> = (0..learned.len())
            .filter(|&at| said.members[at] >= 2 && !borrowed[at])
            .collect();
        // Rows that a strategy chose are harder than others.
        let first = |&at: &usize| model.observed().rounds()[learned[at]] == 0;
        if rows.iter().filter(|at| first(at)).count() >= FIRST {
            rows.retain(first);
        }
        if rows.len() > MOST {
            let order = model.seed().derive("residuals", 0);
            rows.sort_by_key(|&at| (order.order(model.observed().keys()[learned[at]]), at));
            rows.truncate(MOST);
            rows.sort_unstable();
        }
        let residual = |&at: &usize| {
            let row = learned[at];
            Residual {
                residual: scale.fitted(observed.values()[row]) - out_of_bag[at],
                variance: said.variance[at] * scale.spread * scale.spread,
                members: said.members[at] as f64,
                noise: noise / f64::from(model.observed().counts()[row]),
                // Hardware that only the model knows has no pair to be told.
                group: place(row).unwrap_or(names.len()),
            }
        };
        let residuals: Vec<Residual> = rows.iter().map(residual).collect();
        let calibration = ErrorModel::learn(&residuals, names.len() + 1).unwrap_or_else(|| {
            // Too few rows to tell: what intervals take for the noise.
            ErrorModel {
                a: 1.0,
                b: model.noise() * scale.spread * scale.spread,
                freedom: None,
                factors: vec![1.0; names.len() + 1],
            }
        });
        let features = predict(model, &x.take(&rows)).features;
        let workloads = match schema.features.is_empty() {
            true => None,
            false => feature_keys(
                schema,
                &observed
                    .features()
                    .take(&rows.iter().map(|&at| learned[at]).collect::<Vec<_>>()),
            )
            .ok(),
        };
        let common = workloads.map_or(0.0, |keys| {
            common(&residuals, &features, &keys, &calibration)
        });
        Errors {
            calibration,
            common,
            out_of_bag,
        }
    }
}

/// A residual, of at most three times its scale: where tails are heavy, a few
/// rows would be all that their product says.
fn bounded(row: &Residual, calibration: &ErrorModel) -> f64 {
    let variance = (calibration.a + 1.0 / row.members) * row.variance + calibration.b;
    let most = 3.0 * (calibration.factors[row.group] * (variance + row.noise)).sqrt();
    row.residual.clamp(-most, most)
}

/// The share of b that two rows of one workload have in common: what the
/// product of their residuals is beyond the members' covariance, on average.
fn common(
    residuals: &[Residual],
    features: &Array2<f32>,
    workloads: &[Key],
    calibration: &ErrorModel,
) -> f64 {
    let mut of: HashMap<Key, Vec<usize>> = HashMap::new();
    for (at, key) in workloads.iter().enumerate() {
        of.entry(*key).or_default().push(at);
    }
    // Sums depend on the order: that of the rows, not of the table of keys.
    let mut groups: Vec<Vec<usize>> = of.into_values().filter(|rows| rows.len() > 1).collect();
    groups.sort_unstable();
    let (mut product, mut count) = (0.0, 0_usize);
    for rows in groups {
        for (at, &one) in rows.iter().enumerate() {
            for &other in &rows[at + 1..] {
                let (r, s) = (&residuals[one], &residuals[other]);
                let factors = calibration.factors[r.group] * calibration.factors[s.group];
                product += bounded(r, calibration) * bounded(s, calibration) / factors.sqrt()
                    - calibration.a * dot(features, one, other);
                count += 1;
            }
        }
    }
    if count < SIBLINGS || calibration.b <= 0.0 {
        return 0.0;
    }
    (product / count as f64 / calibration.b).clamp(0.0, 0.95)
}

impl PairBelief {
    /// Of the rows of `table`, pairs of the hardware `hardware` in `names`.
    pub(crate) fn of(
        model: &dyn Tabular,
        table: &Table,
        schema: &Schema,
        columns: &[String],
        names: &[String],
        hardware: &[u32],
    ) -> Result<PairBelief, DataError> {
        let x = model.encoder().encode(table)?;
        let Predicted {
            mean,
            features,
            noise,
        } = predict(model, &x);
        let borrowed = match model.borrowing() {
            Some(transfer) => transfer.borrows(&x),
            None => vec![false; mean.len()],
        };
        let errors = Errors::learn(model, schema, columns, names);
        let ErrorModel { a, b, factors, .. } = &errors.calibration;
        let keys = model.encoder().keys(table)?;
        let (mut known, failed) = measured(model, &keys, &errors.out_of_bag);
        let m = features.ncols() as f64;
        let measurement = model.measurement_variance().unwrap_or(0.0);
        let factor = |pair: usize| factors[hardware[pair] as usize];
        let (mut shares, mut rest) = (Vec::new(), Vec::new());
        for (pair, &borrowed) in borrowed.iter().enumerate() {
            if borrowed {
                // Its draws have the covariance itself, not that of a sample.
                shares.push(((m - 1.0).max(1.0) / m).sqrt());
                rest.push((noise[pair] - measurement).max(0.0).sqrt());
                if let Some(known) = &mut known[pair] {
                    known.prior = Prior::Unknown;
                }
            } else {
                shares.push((factor(pair) * (a + 1.0 / m)).sqrt());
                rest.push((factor(pair) * b).sqrt());
            }
        }
        Ok(PairBelief {
            mean,
            features,
            shares,
            rest,
            common: errors.common,
            borrowed,
            freedom: errors.calibration.freedom,
            known,
            failed,
        })
    }

    /// The joint belief about pairs of one workload, what is measured taken in.
    pub(crate) fn joint(&self, pairs: &[u32]) -> Joint {
        let h = pairs.len();
        let prior = |&pair: &u32| {
            let pair = pair as usize;
            match self.known[pair].map(|known| known.prior) {
                Some(Prior::OutOfBag(mean)) => mean,
                _ => self.mean[pair],
            }
        };
        let mut covariance = vec![0.0; h * h];
        for (row, &one) in pairs.iter().enumerate() {
            for (column, &other) in pairs[..=row].iter().enumerate() {
                let (one, other) = (one as usize, other as usize);
                let common = match (row == column, self.borrowed[one] || self.borrowed[other]) {
                    (true, _) => 1.0,
                    (false, false) => self.common,
                    // Its draws are none of the members': what they seem to
                    // have in common is chance.
                    (false, true) => continue,
                };
                let members = dot(&self.features, one, other);
                let cell = self.shares[one] * self.shares[other] * members
                    + common * self.rest[one] * self.rest[other];
                covariance[row * h + column] = cell;
                covariance[column * h + row] = cell;
            }
        }
        let mut joint = Joint::new(pairs.iter().map(prior).collect(), covariance);
        for (at, &pair) in pairs.iter().enumerate() {
            if let Some(known) = self.known[pair as usize] {
                match known.prior {
                    Prior::Unknown => joint.settle(at, known.value, known.noise),
                    _ => joint.observe(at, known.value, known.noise),
                }
            }
        }
        joint
    }
}

/// What the measurements of one key came to.
struct KeyMeasurements {
    sum: f64,
    count: f64,
    prior: Prior,
    failed: bool,
}

/// Which pairs are measured, and which failed whenever they were.
fn measured(
    model: &dyn Tabular,
    keys: &[Key],
    out_of_bag: &[f64],
) -> (Vec<Option<MeasuredPair>>, Vec<bool>) {
    let rows = model.observed();
    let own = model
        .encoder()
        .keys(rows.features())
        .expect("the model's own rows");
    let mut found: HashMap<Key, KeyMeasurements> = HashMap::with_capacity(own.len());
    let mut learned = out_of_bag.iter();
    for (row, key) in own.iter().enumerate() {
        let prior = match rows.roles()[row] {
            Role::Training | Role::Calibration => match learned.next() {
                Some(mean) if !mean.is_nan() => Prior::OutOfBag(*mean),
                _ => Prior::Unknown,
            },
            Role::Evaluation | Role::Failed => Prior::Prediction,
        };
        let entry = found.entry(*key).or_insert(KeyMeasurements {
            sum: 0.0,
            count: 0.0,
            prior,
            failed: false,
        });
        if rows.roles()[row] == Role::Failed {
            entry.failed = true;
        } else {
            let count = f64::from(rows.counts()[row]);
            entry.sum += count * model.scale().fitted(rows.values()[row]);
            if entry.count == 0.0 {
                entry.prior = prior;
            }
            entry.count += count;
        }
    }
    let noise = model.measurement_variance().unwrap_or(0.0);
    let known = keys.iter().map(|key| {
        let row = found.get(key).filter(|row| row.count > 0.0)?;
        Some(MeasuredPair {
            value: row.sum / row.count,
            noise: noise / row.count,
            prior: row.prior,
        })
    });
    let failed = |key: &Key| {
        found
            .get(key)
            .is_some_and(|row| row.failed && row.count == 0.0)
    };
    (known.collect(), keys.iter().map(failed).collect())
}

/// As an error of the candidates: rows of pairs are not rows of their file
/// where workloads were crossed with hardware.
pub(crate) fn misfit(pairs: &Pairs, mut error: DataError) -> Fault {
    if let DataError::NotANumber { row, .. } | DataError::Infinite { row, .. } = &mut error {
        *row = pairs.source[*row];
    }
    pairs.input.fault(&error)
}
