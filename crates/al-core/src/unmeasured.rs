//! The belief before anything is measured.

use ndarray::Array2;

use crate::belief::{Belief, Borrowing, ColumnRoles, ExpectedChange, RowPredictor, Tabular};
use crate::encoder::{Encoder, Matrix};
use crate::fault::Fault;
use crate::observed::Observed;
use crate::posterior::{OutOfBag, Posterior, RowPredictions};
use crate::scale::TargetScale;
use crate::schema::Schema;
use crate::seed::Seed;
use crate::stop::TrackRecord;
use crate::table::{Column, Table};
use crate::task::{Direction, Task};

/// No model yet: nothing is measured, and the posterior has no draws.
#[derive(Debug, Clone)]
pub struct Unmeasured {
    id: Option<String>,
    seed: Seed,
    encoder: Encoder,
    observed: Observed,
}

impl Unmeasured {
    /// Nothing is known, not even the features; rows are identified by the
    /// column `id`, or without one by their features.
    #[must_use]
    pub fn new(id: Option<&str>, seed: Seed) -> Unmeasured {
        let nothing = Table::new(Vec::new());
        let schema = Schema {
            features: Vec::new(),
        };
        Unmeasured {
            id: id.map(str::to_owned),
            seed,
            encoder: Encoder::fit(schema, &nothing).expect("no column is missing from no columns"),
            observed: Observed::none(&nothing),
        }
    }

    /// The same, with rows like those of `table` encoded by `encoder`.
    ///
    /// # Panics
    ///
    /// If `table` lacks a feature: a bug of the caller.
    #[must_use]
    pub fn encoded(self, encoder: Encoder, table: &Table) -> Unmeasured {
        let features = encoder.schema.names().map(|name| Column {
            name: name.to_owned(),
            data: table.column(name).expect("a feature").take(&[]),
        });
        Unmeasured {
            observed: Observed::none(&Table::new(features.collect())),
            encoder,
            ..self
        }
    }
}

impl Belief for Unmeasured {
    fn task(&self) -> Task {
        Task::Regression
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn direction(&self) -> Option<Direction> {
        None
    }

    fn seed(&self) -> Seed {
        self.seed
    }

    fn is_informed(&self) -> bool {
        false
    }

    fn n_draws(&self) -> usize {
        0
    }

    fn posterior(&self, x: &Matrix) -> Posterior {
        Posterior::Values {
            draws: Array2::zeros((0, x.n_rows())),
            noise: vec![0.0; x.n_rows()],
        }
    }

    fn predict(&self, x: &Matrix) -> RowPredictions {
        RowPredictions {
            posterior: self.posterior(x),
            interval: None,
        }
    }

    fn observed(&self) -> &Observed {
        &self.observed
    }

    fn scale(&self) -> TargetScale {
        TargetScale::default()
    }

    fn noise(&self) -> f64 {
        0.0
    }

    fn measurement_variance(&self) -> Option<f64> {
        None
    }

    fn squared_error(&self) -> f64 {
        f64::INFINITY
    }

    fn moved(&self) -> Option<f64> {
        None
    }

    fn track_record(&self) -> TrackRecord {
        TrackRecord::default()
    }

    fn spent(&self) -> f64 {
        0.0
    }
}

impl Tabular for Unmeasured {
    fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    fn columns(&self) -> ColumnRoles<'_> {
        ColumnRoles {
            id: self.id.as_deref(),
            ..ColumnRoles::default()
        }
    }

    fn learner(&self) -> &str {
        "none"
    }

    fn leaves(&self, _: &Matrix) -> Option<Array2<f32>> {
        None
    }

    fn change(&self, _: &Matrix) -> Option<Box<dyn ExpectedChange + '_>> {
        None
    }

    fn feasibility(&self) -> Result<Option<&dyn RowPredictor>, Fault> {
        Ok(None)
    }

    fn cost(&self) -> Result<Option<&dyn RowPredictor>, Fault> {
        Ok(None)
    }

    fn out_of_bag(&self) -> OutOfBag {
        OutOfBag::default()
    }

    fn borrowing(&self) -> Option<&dyn Borrowing> {
        None
    }

    fn borrowing_failure(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ColumnData, Numbers};
    use crate::{ColumnChoice, posterior};

    #[test]
    fn nothing_is_believed_of_any_row() {
        let table = Table::new(vec![Column {
            name: "x".to_owned(),
            data: ColumnData::Number(Numbers::from(vec![1.0, 2.0, 3.0])),
        }]);
        let (schema, _) = Schema::infer(&table, &ColumnChoice::default()).unwrap();
        let encoder = Encoder::fit(schema, &table).unwrap();
        let belief = Unmeasured::new(Some("name"), Seed(3)).encoded(encoder, &table);
        let x = belief.encoder().encode(&table).unwrap();
        let flat = belief.posterior(&x);
        assert_eq!((flat.n_rows(), flat.n_draws()), (3, 0));
        assert_eq!(flat.features().dim(), (3, 0));
        assert_eq!(belief.predict(&x).interval, None);
        assert!(!belief.is_informed() && belief.observed().is_empty());
        assert_eq!(belief.columns().id, Some("name"));
        let Posterior::Values { draws, .. } = flat else {
            unreachable!("it is of values")
        };
        assert!(posterior::variance(&draws).iter().all(|v| v.is_nan()));
    }
}
