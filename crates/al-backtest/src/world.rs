//! A table of which everything is known.

use std::collections::{BTreeMap, HashSet};

use al_campaign::{Classes, EvaluationRows, MeasuredTable, TrainOptions, measured_table};
use al_core::phrases::counted;
use al_core::{
    Direction, Encoder, Fault, Goal, Key, Matrix, Message, Messages, Observed, Role, Seed,
    TargetScale, Task, setting,
};
use al_tables::TableSource;

use crate::options::SimulateOptions;

/// A table of which everything is known.
pub(crate) struct World {
    pub(crate) task: Task,
    pub(crate) options: TrainOptions,
    pub(crate) classes: Classes,
    pub(crate) encoder: Encoder,
    /// All rows, failed ones included.
    pub(crate) rows: Observed,
    pub(crate) x: Matrix,
    /// What each row cost.
    pub(crate) cost: Option<Vec<f64>>,
    /// Rows to test on, at most.
    pub(crate) n_test: usize,
    /// From what they are chosen.
    tested: EvaluationRows,
    pub(crate) warnings: Messages,
    /// The options with sizes that the table has rows for.
    pub(crate) sizes: SimulateOptions,
}

/// The rows of a repeat.
pub(crate) struct Split {
    /// Rows to test on; all of them worked.
    pub(crate) test: Vec<usize>,
    /// Rows measured at first.
    pub(crate) known: Vec<usize>,
    /// Rows that can be measured.
    pub(crate) open: Vec<usize>,
}

impl World {
    /// Reads the table of `source`.
    pub(crate) fn new(
        source: &TableSource,
        train: &TrainOptions,
        options: &SimulateOptions,
    ) -> Result<World, Fault> {
        let MeasuredTable {
            input,
            task,
            classes,
            options: train,
            schema,
            rows,
            evaluation: tested,
            paid: cost,
            mut warnings,
        } = measured_table(source, train)?;
        let worked = rows.learned();
        let n = worked.len();
        let n_test = (options.test * n as f64).round() as usize;
        let n_test = match &tested {
            _ if options.goal == Goal::Best => 0,
            EvaluationRows::Random => n_test,
            EvaluationRows::These(these) => worked.iter().filter(|&&row| these[row]).count(),
            EvaluationRows::Whole(hashes) => n_test.max(smallest(hashes, &worked)),
        };
        let sizes = options.for_pool(n - n_test);
        if sizes != *options {
            warnings.push(format!(
                "{}: {} at first and {} of {} are replayed",
                available(n, n_test),
                counted(sizes.initial, "row"),
                counted(sizes.rounds, "round"),
                sizes.batch,
            ));
        }
        let options = &sizes;
        let needed = options.initial + options.batch * options.rounds;
        if (n_test == 0 && options.goal == Goal::Model) || n - n_test < needed {
            let problem = format!(
                "{}, and the {} initial rows and {} of {} need {needed}",
                available(n, n_test),
                options.initial,
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
        let encoder = Encoder::fit(schema, &rows.features().take(&worked))
            .map_err(|error| input.fault(&error))?;
        let x = encoder
            .encode(rows.features())
            .map_err(|error| input.fault(&error))?;
        Ok(World {
            task,
            classes,
            options: train,
            encoder,
            rows,
            x,
            cost,
            n_test,
            tested,
            warnings,
            sizes,
        })
    }

    /// Rows that can be measured and work.
    pub(crate) fn n_pool(&self) -> usize {
        self.rows.learned().len() - self.n_test
    }

    pub(crate) fn has_failures(&self) -> bool {
        self.rows.roles().contains(&Role::Failed)
    }

    pub(crate) fn seed(&self, repeat: usize) -> Seed {
        self.options.seed.derive("repeat", repeat as u64)
    }

    /// Of the models of a round, whatever chose the rows.
    pub(crate) fn round_seed(&self, repeat: usize, round: usize) -> Seed {
        self.seed(repeat).derive("round", round as u64)
    }

    pub(crate) fn keys(&self) -> &[Key] {
        self.rows.keys()
    }

    /// Whether measuring a row works.
    pub(crate) fn works(&self, row: usize) -> bool {
        self.rows.roles()[row] != Role::Failed
    }

    /// The rows of a repeat, in random order: `initial` that work are measured
    /// at first, with the failed ones that come before the last of them.
    pub(crate) fn split(&self, repeat: usize, initial: usize) -> Split {
        let seed = self.seed(repeat);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&row| (seed.order(self.keys()[row]), row));
        let mut split = Split {
            test: Vec::new(),
            known: Vec::new(),
            open: Vec::new(),
        };
        let tested = self.tested(seed);
        let mut worked = 0;
        for row in order {
            let works = self.works(row);
            let test = match &tested {
                None => split.test.len() < self.n_test,
                Some(tested) => tested[row],
            };
            if works && test {
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

    /// The best target of those of the rows that work; the worst number if none does.
    pub(crate) fn best(&self, rows: &[usize]) -> f64 {
        let direction = self.direction();
        let none = match direction {
            Direction::Min => f64::INFINITY,
            Direction::Max => f64::NEG_INFINITY,
        };
        let worked = rows.iter().filter(|&&row| self.works(row));
        worked.fold(none, |best, &row| {
            direction.best(best, self.rows.values()[row])
        })
    }

    /// By how much a target is worse than the best one, as a share of the size of that.
    pub(crate) fn shortfall(&self, best: f64, found: f64) -> f64 {
        match self.direction().advantage(best, found) {
            0.0 => 0.0,
            _ if best == 0.0 => f64::NAN,
            worse => worse / best.abs(),
        }
    }

    /// Rows of `n` that count as the best.
    pub(crate) fn top(&self, n: usize) -> usize {
        self.sizes.top.min(n / 10).max(1)
    }

    /// The share of the best rows of the `pool` that are among the rows `known`. Of rows as
    /// good as the last of the best any count.
    pub(crate) fn recall(&self, pool: &[usize], known: &[usize]) -> f64 {
        let direction = self.direction();
        let value = |row: &usize| self.rows.values()[*row];
        let worked = pool.iter().filter(|row| self.works(**row));
        let mut values: Vec<f64> = worked.map(value).collect();
        let top = self.top(values.len());
        values.sort_unstable_by(|a, b| direction.advantage(*b, *a).total_cmp(&0.0));
        let Some(&last) = values.get(top - 1) else {
            return f64::NAN;
        };
        let good = |row: &&usize| self.works(**row) && direction.advantage(value(row), last) >= 0.0;
        let found = known.iter().filter(good).count();
        found.min(top) as f64 / top as f64
    }

    /// Which rows are tested on where that is not any of them: whole values of a column in
    /// the order of the seed, as far as they fit, or given rows.
    fn tested(&self, seed: Seed) -> Option<Vec<bool>> {
        let hashes = match &self.tested {
            _ if self.n_test == 0 => return None,
            EvaluationRows::Random => return None,
            EvaluationRows::These(these) => return Some(these.clone()),
            EvaluationRows::Whole(hashes) => hashes,
        };
        let mut sizes = sizes(hashes, &self.rows.learned());
        let order = seed.derive("values to test on", 0);
        sizes.sort_by_key(|&(hash, _)| (order.word(hash), hash));
        let mut left = self.n_test;
        let mut chosen = HashSet::new();
        for (hash, size) in sizes {
            if size <= left {
                left -= size;
                chosen.insert(hash);
            }
        }
        Some(hashes.iter().map(|hash| chosen.contains(hash)).collect())
    }

    /// The fitted scale of the target, whatever models see.
    pub(crate) fn scale(&self) -> TargetScale {
        TargetScale {
            log: self.options.log_target,
            ..TargetScale::default()
        }
    }

    /// Which targets are wanted: small ones unless said otherwise.
    pub(crate) fn direction(&self) -> Direction {
        self.options.direction.unwrap_or(Direction::Min)
    }
}

/// How many rows there are to measure.
fn available(n: usize, n_test: usize) -> String {
    let rows = |rows: usize| match rows {
        1 => "1 row is".to_owned(),
        rows => format!("{rows} rows are"),
    };
    match n_test {
        0 => format!("{} there to measure", rows(n)),
        n_test => format!("{} left besides {n_test} to test on", rows(n - n_test)),
    }
}

/// How many of the rows `worked` each hash has.
fn sizes(hashes: &[u64], worked: &[usize]) -> Vec<(u64, usize)> {
    let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
    for &row in worked {
        *sizes.entry(hashes[row]).or_default() += 1;
    }
    sizes.into_iter().collect()
}

/// Rows of the hash that has the fewest.
fn smallest(hashes: &[u64], worked: &[usize]) -> usize {
    let sizes = sizes(hashes, worked).into_iter();
    sizes.map(|(_, size)| size).min().unwrap_or(0)
}
