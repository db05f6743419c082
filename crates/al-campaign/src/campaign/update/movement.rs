//! How far an update moves what the model predicts.

use al_core::{Belief, Role, Table, Task, stop};
use al_words::metrics::Metrics;
use ndarray::Array2;

use super::super::Campaign;

/// Most rows that tell how far an update moves the model.
const STILL: usize = 2000;

impl Campaign {
    /// Rows whose predictions tell how far an update moves the model: those of
    /// the evaluation, or without them those learned from before.
    pub(super) fn still_rows(&self) -> Table {
        let held_out = self.rows.with(&[Role::Evaluation]);
        let mut rows = match held_out.len() {
            0 => self.rows.learned(),
            _ => held_out,
        };
        let order = self.seed().derive("still", 0);
        rows.sort_by_key(|&row| (order.order(self.rows.keys()[row]), row));
        rows.truncate(STILL);
        self.rows.features().take(&rows)
    }

    /// What the model predicts of `rows`, on the fitted scale or as
    /// probabilities.
    pub(super) fn means(&self, rows: &Table) -> Array2<f64> {
        let x = self.encoder.encode(rows);
        let belief = self.posterior(&x.expect("the model's own rows fit its encoder"));
        let means = belief.means();
        match self.task {
            Task::Regression => means.mapv(|value| self.scale().predicted(f64::from(value))),
            Task::Classification => means.mapv(f64::from),
        }
    }

    /// The gain that the movement of `rows` from `before` comes to.
    pub(super) fn moved(
        &self,
        before: &Array2<f64>,
        rows: &Table,
        metrics: Option<&Metrics>,
    ) -> Option<f64> {
        let after = self.means(rows);
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
