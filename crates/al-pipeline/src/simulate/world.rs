//! A table of which everything is known.

use al_core::{
    Direction, Encoder, Fault, Key, Matrix, Message, Messages, Observed, Role, Seed, TargetScale,
    Task, encoder, setting,
};

use super::SimulateOptions;
use crate::options::TrainOptions;
use crate::phrases::counted;
use crate::results::{Classes, fit_encoder};
use crate::source::Source;
use crate::train::{Measured, measured, observed};

/// A table of which everything is known.
pub(super) struct World {
    pub(super) task: Task,
    pub(super) options: TrainOptions,
    pub(super) classes: Classes,
    pub(super) encoder: Encoder,
    /// All rows, failed ones included.
    pub(super) rows: Observed,
    pub(super) x: Matrix,
    /// What each row cost.
    pub(super) cost: Option<Vec<f64>>,
    /// Rows to test on.
    pub(super) n_test: usize,
    pub(super) warnings: Messages,
}

/// The rows of a repeat.
pub(super) struct Split {
    /// Rows to test on; all of them worked.
    pub(super) test: Vec<usize>,
    /// Rows measured at first.
    pub(super) known: Vec<usize>,
    /// Rows that can be measured.
    pub(super) open: Vec<usize>,
}

impl World {
    /// Reads the table of `source`.
    pub(super) fn new(
        source: &Source,
        train: &TrainOptions,
        options: &SimulateOptions,
    ) -> Result<World, Fault> {
        let Measured {
            input,
            table,
            target,
            schema,
            results,
            options: train,
            warnings,
        } = measured(source, train)?;
        let rows = observed(&table, &results, &schema, 0);
        let worked = rows.learned();
        let n = worked.len();
        let n_test = (options.test * n as f64).round() as usize;
        let needed = options.initial + options.batch * options.rounds;
        if n_test == 0 || n - n_test < needed {
            let problem = format!(
                "{} can be known besides {n_test} to test on, and {} of {} need {needed}",
                counted(n - n_test, "row"),
                counted(options.rounds, "round"),
                options.batch,
            );
            let remedy = Message::from("lower ")
                .setting(setting::ROUNDS)
                .text(", ")
                .setting(setting::BATCH)
                .text(" or ")
                .setting(setting::INITIAL);
            return Err(Fault::data(problem).remedy(remedy).at(input.name()));
        }
        let encoder = fit_encoder(&input, schema, &rows.features().take(&worked))?;
        let x = encoder
            .encode(rows.features())
            .map_err(|error| input.fault(&error))?;
        let cost = match &train.cost {
            None => None,
            Some(name) => {
                let numbers =
                    encoder::numbers(&table, name).map_err(|error| input.fault(&error))?;
                let paid = results.source.iter().map(|&row| numbers.values[row]);
                // A measurement of unknown cost adds nothing.
                Some(
                    paid.map(|cost| if cost.is_nan() { 0.0 } else { cost })
                        .collect(),
                )
            }
        };
        Ok(World {
            task: target.task,
            classes: target.classes,
            options: train,
            encoder,
            rows,
            x,
            cost,
            n_test,
            warnings,
        })
    }

    /// Rows that can be measured and work.
    pub(super) fn n_pool(&self) -> usize {
        self.rows.learned().len() - self.n_test
    }

    pub(super) fn has_failures(&self) -> bool {
        self.rows.roles().contains(&Role::Failed)
    }

    pub(super) fn seed(&self, repeat: usize) -> Seed {
        self.options.seed.derive("repeat", repeat as u64)
    }

    pub(super) fn keys(&self) -> &[Key] {
        self.rows.keys()
    }

    /// Whether measuring a row works.
    pub(super) fn works(&self, row: usize) -> bool {
        self.rows.roles()[row] != Role::Failed
    }

    /// The rows of a repeat, in random order: `initial` that work are measured
    /// at first, with the failed ones that come before the last of them.
    pub(super) fn split(&self, repeat: usize, initial: usize) -> Split {
        let seed = self.seed(repeat);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&row| (seed.order(self.keys()[row]), row));
        let mut split = Split {
            test: Vec::new(),
            known: Vec::new(),
            open: Vec::new(),
        };
        let mut worked = 0;
        for row in order {
            let works = self.works(row);
            if works && split.test.len() < self.n_test {
                split.test.push(row);
            } else if worked < initial {
                worked += usize::from(works);
                split.known.push(row);
            } else {
                split.open.push(row);
            }
        }
        split
    }

    /// The fitted scale of the target, whatever models see.
    pub(super) fn scale(&self) -> TargetScale {
        TargetScale {
            log: self.options.log_target,
            ..TargetScale::default()
        }
    }

    /// Which targets are wanted: small ones unless said otherwise.
    pub(super) fn direction(&self) -> Direction {
        self.options.direction.unwrap_or(Direction::Min)
    }
}
