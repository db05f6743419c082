//! Few-shot transfer: a device with few measurements borrows from those
//! measured before.
//!
//! An ensemble has to learn a new level of a category from its few rows alone.
//! What devices have in common is more: each *source*, a device with enough
//! rows, gets a predictor of its own that any row can be put to, and the new
//! device is a Bayesian linear model over the sources' predictions
//! ([`prior`](self)), as in latency predictors that adapt to devices (HELP, Lee,
//! Lee, Chong & Hwang 2021, learn the adaptation; here it is linear, which needs
//! no training and knows how sure it is).
//!
//! A source's predictor is a ridge on the encoded inputs and boosted trees on
//! what the ridge leaves: inputs that add up, such as the blocks of a network,
//! are for the first, those that interact, such as tile sizes, for the second.

mod prior;

use std::collections::BTreeMap;

use al_core::{Borrowing, Matrix, MatrixColumn, Posterior, RowPredictions, Seed, normal};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::ensemble::Ensemble;
use crate::fitted::Fitted;
use crate::learner::{FitError, Labelled, Labels, LearnerOptions};
use crate::registry;
use prior::{Device, DeviceMeasurement, DevicePrior};

/// Labels from which a device is left to the ensemble.
pub const FEW: usize = 100;

/// Least labels of a source.
const SOURCE: usize = 50;

/// A device with few labels has at most this share of a source's.
const SHARE: usize = 4;

/// Most sources: those with the most labels.
const MOST_SOURCES: usize = 64;

/// Most rows that a source's predictor is fitted on: more would cost memory and
/// say what these do.
const MOST_ROWS: usize = 20_000;

/// Most rows from which the scales of the sources are taken.
const REFERENCE: usize = 2000;

/// Labels from which it is tried whether borrowing beats the ensemble.
const TRIED: usize = 5;

/// The devices of a model that borrow from others.
#[derive(Debug)]
pub struct Transfer {
    /// The column of the matrix that tells the device.
    column: usize,
    sources: Vec<SourceDevice>,
    prior: DevicePrior,
    /// Per code of the column that borrows, what is believed of it.
    devices: BTreeMap<u32, Borrower>,
}

/// A device that borrows.
#[derive(Debug)]
struct Borrower {
    device: Device,
    /// Draws of its coefficients, p × m.
    draws: Array2<f64>,
    labels: usize,
}

/// A device with enough labels, and what predicts it.
#[derive(Debug)]
struct SourceDevice {
    additive: Ensemble,
    rest: Ensemble,
}

impl Borrowing for Transfer {
    fn borrows(&self, x: &Matrix) -> Vec<bool> {
        codes(x, self.column)
            .map(|code| code.is_some_and(|code| self.devices.contains_key(&code)))
            .collect()
    }

    fn borrowers(&self) -> Vec<(u32, usize)> {
        let devices = self.devices.iter();
        devices.map(|(&code, own)| (code, own.labels)).collect()
    }

    fn n_sources(&self) -> usize {
        self.sources.len()
    }
}

impl Transfer {
    /// What devices with few labels borrow; `None` if there is no such device
    /// or nobody to borrow from.
    ///
    /// `data` are the rows that `fitted` was fitted on, `column` is the
    /// categorical column of their devices, with the levels `levels`; the code
    /// `levels` itself stands for any device never measured. A device borrows
    /// below [`FEW`] labels, unless the ensemble's error on its rows (out of
    /// bag) is smaller than that of the transfer (leave one out).
    ///
    /// # Errors
    ///
    /// The learners'.
    pub fn learn(
        fitted: &Fitted,
        data: &Labelled,
        column: usize,
        options: LearnerOptions,
        seed: Seed,
    ) -> Result<Option<Transfer>, FitError> {
        let (Labels::Values(values), MatrixColumn::Categorical { levels }) =
            (&data.y, &data.x.columns[column])
        else {
            return Ok(None);
        };
        let rows = rows_of_devices(&data.x, column);
        let counts = LabelCounts::of(&rows);
        let from = counts.sources(&rows, *levels);
        if from.len() < 2 {
            return Ok(None);
        }
        let inputs = without(&data.x, column);
        let sources = from
            .par_iter()
            .map(|&(code, rows)| {
                let own = sample(data, values, &inputs, rows);
                SourceDevice::fit(&own, options, seed.derive("source", u64::from(code)))
            })
            .collect::<Result<Vec<SourceDevice>, FitError>>()?;
        let step = data.n_rows().div_ceil(REFERENCE).max(1);
        let reference: Vec<usize> = (0..data.n_rows()).step_by(step).collect();
        let reference = inputs.take(&reference);
        let Some(prior) = DevicePrior::new(&predicted(&sources, &reference).view()) else {
            return Ok(None);
        };
        let mut devices = BTreeMap::new();
        for code in 0..=*levels {
            let own = rows.get(&code).map_or(&[][..], Vec::as_slice);
            if !counts.few(own.len()) {
                continue;
            }
            let measured = measurements(data, values, own);
            let seen = predicted(&sources, &inputs.take(own));
            let device = prior.device(&seen.view(), &measured);
            let loses = |error| error < prior.left_out(&seen.view(), &measured, &device);
            if own.len() >= TRIED && fitted.out_of_bag_error(data, own).is_some_and(loses) {
                continue;
            }
            let mut rng = seed.stream("transfer", u64::from(code));
            let borrower = Borrower {
                draws: prior.draws(&device, fitted.recipe().members, &mut rng),
                device,
                labels: own.len(),
            };
            devices.insert(code, borrower);
        }
        Ok(Some(Transfer {
            column,
            sources,
            prior,
            devices,
        }))
    }

    /// Puts what is borrowed in the place of what the ensemble says of the rows
    /// of `x` whose device borrows: draws and noise.
    pub fn correct(&self, x: &Matrix, posterior: &mut Posterior) {
        self.replace(x, posterior, None);
    }

    /// As [`Transfer::correct`], with intervals that are meant to cover a
    /// measurement with probability `coverage`: those of a normal with the
    /// variance of all doubt and the noise, whose two tails are to each other as
    /// those of `quantiles`.
    pub fn correct_prediction(
        &self,
        x: &Matrix,
        prediction: &mut RowPredictions,
        quantiles: (f64, f64),
        coverage: f64,
    ) {
        let (below, above) = (quantiles.0, 1.0 - quantiles.1);
        let tail = |share: f64| (1.0 - coverage) * share / (below + above);
        let ends = (quantile(tail(below)), -quantile(tail(above)));
        let bounds = prediction
            .interval
            .as_mut()
            .map(|(low, high)| Bounds { low, high, ends });
        self.replace(x, &mut prediction.posterior, bounds);
    }

    fn replace(&self, x: &Matrix, posterior: &mut Posterior, mut interval: Option<Bounds<'_>>) {
        let Posterior::Values { draws, noise } = posterior else {
            return;
        };
        let mut rows = rows_of_devices(x, self.column);
        rows.retain(|code, _| self.devices.contains_key(code));
        let inputs = match rows.is_empty() {
            true => return,
            false => without(x, self.column),
        };
        for (code, rows) in rows {
            let own = &self.devices[&code];
            let sources = predicted(&self.sources, &inputs.take(&rows));
            let (values, variances) = self.prior.values(&sources.view(), &own.device, &own.draws);
            for (at, &row) in rows.iter().enumerate() {
                let value = values.column(at);
                for (cell, value) in draws.column_mut(row).iter_mut().zip(value) {
                    *cell = *value as f32;
                }
                noise[row] = own.device.noise() as f32;
                if let Some(bounds) = &mut interval {
                    let mean = value.sum() / value.len() as f64;
                    let deviation = (variances[at] + own.device.noise()).sqrt();
                    bounds.low[row] = mean + bounds.ends.0 * deviation;
                    bounds.high[row] = mean + bounds.ends.1 * deviation;
                }
            }
        }
    }
}

/// How many labels make a source, and how few a device that borrows.
struct LabelCounts {
    /// Labels of the median source; 0 if there is none.
    typical: usize,
}

impl LabelCounts {
    fn of(rows: &BTreeMap<u32, Vec<usize>>) -> LabelCounts {
        let sizes = rows.values().map(Vec::len);
        let mut sizes: Vec<usize> = sizes.filter(|&n| n >= SOURCE).collect();
        sizes.sort_unstable();
        LabelCounts {
            typical: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
        }
    }

    /// Whether a device with `n` labels may borrow.
    fn few(&self, n: usize) -> bool {
        n < FEW && n * SHARE <= self.typical
    }

    /// The devices that others borrow from, with their rows: those with the most
    /// labels first.
    fn sources<'r>(
        &self,
        rows: &'r BTreeMap<u32, Vec<usize>>,
        levels: u32,
    ) -> Vec<(u32, &'r Vec<usize>)> {
        let devices = rows.iter().map(|(&code, rows)| (code, rows));
        let mut from: Vec<(u32, &Vec<usize>)> = devices
            .filter(|(code, rows)| *code < levels && rows.len() >= SOURCE && !self.few(rows.len()))
            .collect();
        from.sort_by_key(|(code, rows)| (std::cmp::Reverse(rows.len()), *code));
        from.truncate(MOST_SOURCES);
        from
    }
}

/// Intervals that are to be replaced.
struct Bounds<'a> {
    low: &'a mut [f64],
    high: &'a mut [f64],
    /// Where they end, in standard deviations from the mean.
    ends: (f64, f64),
}

impl SourceDevice {
    fn fit(data: &Labelled, options: LearnerOptions, seed: Seed) -> Result<SourceDevice, FitError> {
        let fit = |name: &str, data: &Labelled| {
            let entry = registry::find(name).expect("a learner of the registry");
            Ensemble::alone(entry, options, data, seed.derive(name, 0))
        };
        let additive = fit("linear", data)?;
        let explained = mean(&additive, &data.x);
        let left = data.y.values().iter().zip(&explained).map(|(y, e)| y - e);
        let rest = Labelled {
            y: Labels::Values(left.collect()),
            ..data.clone()
        };
        Ok(SourceDevice {
            additive,
            rest: fit("boosted", &rest)?,
        })
    }
}

/// The measurements of a source's rows, thinned out to the most that are used.
fn sample(data: &Labelled, values: &[f64], inputs: &Matrix, rows: &[usize]) -> Labelled {
    let step = rows.len().div_ceil(MOST_ROWS);
    let rows: Vec<usize> = rows.iter().copied().step_by(step).collect();
    Labelled {
        x: inputs.take(&rows),
        y: Labels::Values(rows.iter().map(|&row| values[row]).collect()),
        weights: rows.iter().map(|&row| data.weights[row]).collect(),
        groups: data.groups_of(&rows),
    }
}

/// The measurements of a device that may borrow.
fn measurements(data: &Labelled, values: &[f64], rows: &[usize]) -> Vec<DeviceMeasurement> {
    let measured = rows.iter().map(|&row| DeviceMeasurement {
        value: values[row],
        weight: f64::from(data.weights[row]),
    });
    measured.collect()
}

/// The members' mean per row.
fn mean(ensemble: &Ensemble, x: &Matrix) -> Vec<f64> {
    al_core::posterior::mean(&ensemble.values(x))
}

/// What the sources predict for the rows `inputs`, n × q.
fn predicted(sources: &[SourceDevice], inputs: &Matrix) -> Array2<f64> {
    let mut out = Array2::zeros((inputs.n_rows(), sources.len()));
    out.axis_iter_mut(Axis(1))
        .into_par_iter()
        .zip(sources)
        .for_each(|(mut out, source)| {
            let parts = mean(&source.additive, inputs).into_iter();
            let parts = parts.zip(mean(&source.rest, inputs));
            for (cell, (additive, rest)) in out.iter_mut().zip(parts) {
                *cell = additive + rest;
            }
        });
    out
}

/// Per row the code of its device; `None` where it is missing.
fn codes(x: &Matrix, column: usize) -> impl Iterator<Item = Option<u32>> + '_ {
    let code = |&value: &f32| (!value.is_nan()).then_some(value as u32);
    x.values.column(column).into_iter().map(code)
}

/// The rows of each device, by its code.
fn rows_of_devices(x: &Matrix, column: usize) -> BTreeMap<u32, Vec<usize>> {
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, code) in codes(x, column).enumerate() {
        if let Some(code) = code {
            rows.entry(code).or_default().push(row);
        }
    }
    rows
}

/// The rows without one of their columns.
fn without(x: &Matrix, column: usize) -> Matrix {
    let kept: Vec<usize> = (0..x.columns.len()).filter(|&at| at != column).collect();
    Matrix {
        values: x.values.select(Axis(1), &kept),
        columns: kept.iter().map(|&at| x.columns[at]).collect(),
        counts: x.counts.clone(),
    }
}

/// The value that a standard normal number is below with probability `p`, which
/// is above 0 and below 1: by bisection.
fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if normal::cdf(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_the_normal() {
        for (p, expected) in [(0.5, 0.0), (0.9, 1.281_551_565_5), (0.025, -1.959_963_985)] {
            assert!((quantile(p) - expected).abs() < 1e-8);
        }
    }
}
