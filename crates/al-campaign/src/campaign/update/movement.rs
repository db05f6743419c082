//! How far an update moves what the model predicts.

use std::collections::HashMap;

use al_core::{Belief, Key, Role, Table, Task, stop};
use al_words::metrics::Metrics;
use ndarray::Array2;

use super::super::Campaign;

/// Most rows that tell how far an update moves the model.
const STILL: usize = 2000;

/// Rows whose predictions tell how far an update moves the model.
pub(super) struct StillRows {
    features: Table,
    keys: Vec<Key>,
    /// Whether they are rows learned from, of which some parts of a model say what they
    /// were told.
    learned: bool,
}

impl Campaign {
    /// Rows whose predictions tell how far an update moves the model: those of
    /// the evaluation, or without them those learned from before.
    pub(super) fn still_rows(&self) -> StillRows {
        let held_out = self.rows.with(&[Role::Evaluation]);
        let learned = held_out.is_empty();
        let mut rows = match learned {
            true => self.rows.learned(),
            false => held_out,
        };
        let order = self.seed().derive("still", 0);
        rows.sort_by_key(|&row| (order.order(self.rows.keys()[row]), row));
        rows.truncate(STILL);
        StillRows {
            features: self.rows.features().take(&rows),
            keys: rows.iter().map(|&row| self.rows.keys()[row]).collect(),
            learned,
        }
    }

    /// What the model says of rows as [`Campaign::means`], where parts that pass through what
    /// they learned say of a learned row what they would without it.
    pub(super) fn said_of(&self, rows: &StillRows) -> Array2<f64> {
        if !rows.learned {
            return self.means(&rows.features);
        }
        let learned = self.rows.learned();
        let keys = self.rows.keys();
        let place_of: HashMap<Key, usize> = (0..learned.len())
            .rev()
            .map(|place| (keys[learned[place]], place))
            .collect();
        let places = rows.keys.iter().map(|key| place_of.get(key).copied());
        let places: Vec<Option<usize>> = places.collect();
        let x = self.encoder.encode(&rows.features);
        let x = x.expect("the model's own rows fit its encoder");
        self.unscaled(&self.fitted.without_own_answers(&x, &places))
    }

    /// What the model predicts of `rows`, on the fitted scale or as
    /// probabilities.
    pub(super) fn means(&self, rows: &Table) -> Array2<f64> {
        let x = self.encoder.encode(rows);
        let belief = self.posterior(&x.expect("the model's own rows fit its encoder"));
        self.unscaled(&belief.means())
    }

    fn unscaled(&self, means: &Array2<f32>) -> Array2<f64> {
        match self.task {
            Task::Regression => means.mapv(|value| self.scale().predicted(f64::from(value))),
            Task::Classification => means.mapv(f64::from),
        }
    }

    /// The gain that the movement of `rows` from `before` comes to.
    pub(super) fn moved(
        &self,
        before: &Array2<f64>,
        rows: &StillRows,
        metrics: Option<&Metrics>,
    ) -> Option<f64> {
        let after = self.said_of(rows);
        let n = after.nrows();
        let squares = (&after - before).mapv(|difference| difference * difference);
        let movement = squares.sum() / n as f64;
        (n > 0).then(|| stop::gain(movement, self.squared_error_of(metrics)))
    }

    /// Mean squared error on the fitted scale, of probabilities for classes: as
    /// `metrics` have it, or as far as the model knows.
    pub(crate) fn squared_error_of(&self, metrics: Option<&Metrics>) -> f64 {
        let unit = self.scales.spread * self.scales.spread;
        let known = metrics.and_then(|metrics| match self.task {
            Task::Regression if self.options.log_target => {
                stop::squared(metrics.rmse_log, metrics.mae_log)
            }
            Task::Regression => stop::squared(metrics.rmse, metrics.mae),
            Task::Classification => metrics.brier,
        });
        known.unwrap_or_else(|| match self.task {
            Task::Regression => self.fitted.noise() * unit,
            // What the model itself expects of its probabilities.
            Task::Classification => {
                let mut learned = self.rows.learned();
                learned.truncate(STILL);
                let means = self.means(&self.rows.features().take(&learned));
                let right: f64 = means.iter().map(|p| p * p).sum();
                1.0 - right / means.nrows().max(1) as f64
            }
        })
    }
}
