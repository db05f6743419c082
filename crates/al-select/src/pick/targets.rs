//! Several models with what each sees of the candidates and of measured rows.

use std::collections::{HashMap, HashSet};

use al_core::{Direction, Key, Matrix, Messages, Table, Tabular};
use ndarray::{Array2, Axis};

use crate::read::{Candidates, Lists, stacked};
use crate::score::noise;

/// A model with the candidates as it sees them.
#[derive(Clone, Copy)]
pub(crate) struct TargetRows<'a> {
    pub(crate) belief: &'a dyn Tabular,
    pub(crate) candidates: &'a Candidates,
}

/// How measured rows stand where the best ones are looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MeasuredFront {
    /// Rows measured for all targets.
    pub(crate) measured: usize,
    /// Those of them that are within all limits.
    pub(crate) within: usize,
    /// Those of these that no other beats, by their places in `values`.
    pub(crate) best: Vec<usize>,
    /// Which of the first model's rows each of `values` is.
    pub(crate) places: Vec<usize>,
    /// What was measured of rows within the limits: per row a value per model, in the
    /// targets' units.
    pub(crate) values: Vec<Vec<f64>>,
}

/// What was measured of rows that were measured for all targets.
pub(super) struct MeasuredValues {
    /// Per row a value per model, in the targets' units.
    pub(super) rows: HashMap<Key, Vec<f64>>,
    /// The rows as the first model has them, each with its place there.
    order: Vec<(Key, usize)>,
}

impl MeasuredValues {
    pub(super) fn of(targets: &[TargetRows<'_>]) -> MeasuredValues {
        let mut rows: HashMap<Key, Vec<f64>> = HashMap::new();
        let mut order = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            let observed = target.belief.observed();
            for row in observed.learned() {
                let (key, value) = (observed.keys()[row], observed.values()[row]);
                let values = rows.entry(key).or_default();
                if at == 0 && values.is_empty() {
                    order.push((key, row));
                }
                if values.len() == at {
                    values.push(value);
                }
            }
        }
        rows.retain(|_, values| values.len() == targets.len());
        order.retain(|(key, _)| rows.contains_key(key));
        MeasuredValues { rows, order }
    }

    /// That rows are learned from for some of the targets only, if there are any.
    pub(super) fn sentence(&self, targets: &[TargetRows<'_>]) -> Option<String> {
        let mut all: HashSet<Key> = HashSet::new();
        for target in targets {
            let observed = target.belief.observed();
            all.extend(
                observed
                    .learned()
                    .into_iter()
                    .map(|row| observed.keys()[row]),
            );
        }
        let some = all.len() - self.rows.len();
        (some > 0).then(|| {
            format!(
                "{some} of the measured rows are learned from for some of the targets only, and do \
                 not count as trade-offs: they have no value of the others, are set aside, or not \
                 every model was updated with them",
            )
        })
    }

    pub(super) fn front(
        &self,
        targets: &[TargetRows<'_>],
        objectives: &[usize],
        holds: impl Fn(&[f64]) -> bool,
    ) -> MeasuredFront {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for (key, place) in &self.order {
            let found = &self.rows[key];
            if holds(found) {
                values.push(found.clone());
                places.push(*place);
            }
        }
        let better = |a: &[f64], b: &[f64], at: usize| match targets[at].belief.direction() {
            Some(Direction::Max) => a[at] > b[at],
            _ => a[at] < b[at],
        };
        let beats = |a: &[f64], b: &[f64]| {
            objectives.iter().any(|&at| better(a, b, at))
                && !objectives.iter().any(|&at| better(b, a, at))
        };
        // Each row against those that none has beaten so far, which are few.
        let mut best: Vec<usize> = Vec::new();
        for (row, found) in values.iter().enumerate() {
            if !best.iter().any(|&other| beats(&values[other], found)) {
                best.retain(|&other| !beats(found, &values[other]));
                best.push(row);
            }
        }
        let first = objectives.first().copied().unwrap_or(0);
        best.sort_by(|&a, &b| {
            values[a][first]
                .total_cmp(&values[b][first])
                .then(a.cmp(&b))
        });
        MeasuredFront {
            measured: self.order.len(),
            within: values.len(),
            best,
            places,
            values,
        }
    }
}

/// Rows that count as covered: measured ones, then pending ones.
pub(super) struct CoveredRows {
    pub(super) table: Table,
    /// Per row of the table its key, of those that are measured.
    pub(super) keys: Vec<Key>,
    /// Pending rows that are named among the candidates.
    among: Vec<usize>,
}

impl CoveredRows {
    /// The rows that `counts` of any model's, each once, and the pending ones.
    pub(super) fn new(
        targets: &[TargetRows<'_>],
        lists: &Lists,
        counts: impl Fn(Key) -> bool,
    ) -> CoveredRows {
        let (mut keys, mut table): (Vec<Key>, Option<Table>) = (Vec::new(), None);
        let mut known = HashSet::new();
        for target in targets {
            let observed = target.belief.observed();
            let new: Vec<usize> = observed
                .learned()
                .into_iter()
                .filter(|&row| counts(observed.keys()[row]) && known.insert(observed.keys()[row]))
                .collect();
            keys.extend(new.iter().map(|&row| observed.keys()[row]));
            let rows = observed.features().take(&new);
            table = Some(match table {
                None => rows,
                Some(above) if new.is_empty() => above,
                Some(above) => above.stack(&rows),
            });
        }
        let mut table = table.expect("a model at least");
        let pending = lists.pending.as_ref();
        let first = targets[0];
        let mut among = Vec::new();
        match pending.map(|pending| (pending, &pending.table)) {
            Some((_, Some(rows))) => table = table.stack(rows),
            Some((pending, None)) => {
                let measured = first.belief.observed().keys().iter().copied().collect();
                let keys = &first.candidates.keys;
                among = pending.among(keys, &measured, &mut Messages::default());
            }
            None => {}
        }
        CoveredRows { table, keys, among }
    }

    /// The rows as a model encodes them, with its draws and means of them.
    pub(super) fn seen_by(&self, target: &TargetRows<'_>) -> SeenRows {
        let belief = target.belief;
        let x = belief
            .encoder()
            .encode(&self.table)
            .expect("of the same features");
        let believed = belief.posterior(&x);
        let noise = noise(belief, &believed);
        let of = |rows: &Array2<f32>| rows.select(Axis(0), &self.among);
        let candidates = target.candidates;
        SeenRows {
            x: x.stack(&candidates.x.take(&self.among)),
            features: stacked(vec![believed.features(), of(&candidates.features)]),
            means: stacked(vec![believed.means(), of(&candidates.means)]),
            noise,
        }
    }
}

/// Rows as one model sees them.
pub(super) struct SeenRows {
    pub(super) x: Matrix,
    pub(super) features: Array2<f32>,
    pub(super) means: Array2<f32>,
    pub(super) noise: f32,
}
