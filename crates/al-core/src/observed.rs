//! What is measured: rows with their identity, what each is used for, and what
//! was found.
//!
//! All columns have a value per row. `values` are in the target's unit (or codes
//! of classes) and NaN exactly where a measurement failed; weights are above 0;
//! `counts` are measurements merged into a row, at least 1.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::key::Key;
use crate::scale::TargetScale;
use crate::table::Table;
use crate::task::Task;

/// What a measured row is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Members and quantiles learn from it.
    Training,
    /// Members learn from it, intervals are calibrated by it.
    Calibration,
    /// Metrics are measured on it.
    Evaluation,
    /// Its measurement failed.
    Failed,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [
        Role::Training,
        Role::Calibration,
        Role::Evaluation,
        Role::Failed,
    ];

    /// The roles that members learn from.
    pub const LEARNED: [Role; 2] = [Role::Training, Role::Calibration];

    /// Returns its name in model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Training => "training",
            Role::Calibration => "calibration",
            Role::Evaluation => "evaluation",
            Role::Failed => "failed",
        }
    }
}

/// The columns of [`Observed`].
#[derive(Debug, Clone)]
pub struct ObservedColumns {
    /// The features.
    pub features: Table,
    /// The identity of each row.
    pub keys: Vec<Key>,
    /// What each is used for.
    pub roles: Vec<Role>,
    /// The round of the campaign that each came with.
    pub rounds: Vec<u32>,
    /// The target in its unit, or the code of the class; NaN where failed.
    pub values: Vec<f64>,
    /// How much each counts, above 0.
    pub weights: Vec<f64>,
    /// Measurements merged into each.
    pub counts: Vec<u32>,
    /// Sums of squared deviations of merged measurements from their mean, on the
    /// fitted scale.
    pub spreads: Vec<f64>,
    /// What one measurement of each cost; NaN where not known.
    pub costs: Vec<f64>,
    /// The group that each belongs to, as a hash of its name that is not 0; 0 of all
    /// where rows have none.
    pub groups: Vec<u64>,
}

/// Measured rows, in the order in which they came.
#[derive(Debug, Clone)]
pub struct Observed(ObservedColumns);

impl Observed {
    /// The rows with the given columns.
    ///
    /// # Panics
    ///
    /// If columns differ in their number of rows: a bug of the caller.
    #[must_use]
    pub fn new(columns: ObservedColumns) -> Observed {
        let n = columns.keys.len();
        let lengths = [
            columns.roles.len(),
            columns.rounds.len(),
            columns.values.len(),
            columns.weights.len(),
            columns.counts.len(),
            columns.spreads.len(),
            columns.costs.len(),
            columns.groups.len(),
        ];
        assert!(
            lengths.iter().all(|&length| length == n),
            "a value per row and column"
        );
        let features = &columns.features;
        assert!(
            features.columns().is_empty() || features.n_rows() == n,
            "features of each row"
        );
        Observed(columns)
    }

    /// No rows, of the features of `like`.
    #[must_use]
    pub fn none(like: &Table) -> Observed {
        Observed(ObservedColumns {
            features: like.take(&[]),
            keys: Vec::new(),
            roles: Vec::new(),
            rounds: Vec::new(),
            values: Vec::new(),
            weights: Vec::new(),
            counts: Vec::new(),
            spreads: Vec::new(),
            costs: Vec::new(),
            groups: Vec::new(),
        })
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.keys.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.keys.is_empty()
    }

    /// Returns the features.
    #[must_use]
    pub fn features(&self) -> &Table {
        &self.0.features
    }

    /// Returns the identity of each row.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.0.keys
    }

    /// The same rows, with these identities.
    ///
    /// # Panics
    ///
    /// If they are not one per row: a bug of the caller.
    #[must_use]
    pub fn with_keys(mut self, keys: Vec<Key>) -> Observed {
        assert_eq!(keys.len(), self.0.keys.len(), "a key per row");
        self.0.keys = keys;
        self
    }

    /// Returns what each row is used for.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.0.roles
    }

    /// Returns the round that each row came with.
    #[must_use]
    pub fn rounds(&self) -> &[u32] {
        &self.0.rounds
    }

    /// Returns the targets in their unit, or codes of classes; NaN where failed.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.0.values
    }

    /// Returns how much each row counts.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.0.weights
    }

    /// Returns the number of measurements of each row.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.0.counts
    }

    /// Returns the sums of squared deviations of each row's measurements from
    /// their mean, on the fitted scale.
    #[must_use]
    pub fn spreads(&self) -> &[f64] {
        &self.0.spreads
    }

    /// Returns what one measurement of each row cost; NaN where not known.
    #[must_use]
    pub fn costs(&self) -> &[f64] {
        &self.0.costs
    }

    /// Returns the group of each row; 0 of all where rows have none.
    #[must_use]
    pub fn groups(&self) -> &[u64] {
        &self.0.groups
    }

    /// Whether rows have groups.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        self.0.groups.iter().any(|&group| group != 0)
    }

    /// Whether the cost of any row is known.
    #[must_use]
    pub fn has_costs(&self) -> bool {
        self.0.costs.iter().any(|cost| !cost.is_nan())
    }

    /// Returns the rows with one of `roles`, in order.
    #[must_use]
    pub fn with(&self, roles: &[Role]) -> Vec<usize> {
        (0..self.len())
            .filter(|&row| roles.contains(&self.0.roles[row]))
            .collect()
    }

    /// Returns the rows that members learn from, in order.
    #[must_use]
    pub fn learned(&self) -> Vec<usize> {
        self.with(&Role::LEARNED)
    }

    /// Returns the identities of the rows with one of `roles`.
    #[must_use]
    pub fn keys_with(&self, roles: &[Role]) -> HashSet<Key> {
        let rows = self.with(roles).into_iter();
        rows.map(|row| self.0.keys[row]).collect()
    }

    /// Says what a row is used for.
    pub fn set_role(&mut self, row: usize, role: Role) {
        self.0.roles[row] = role;
    }

    /// Says what all rows are used for.
    pub fn set_roles(&mut self, role: Role) {
        self.0.roles.fill(role);
    }

    /// Keeps the rows that pass.
    pub fn keep(&mut self, pass: impl Fn(Key, Role) -> bool) {
        let kept: Vec<usize> = (0..self.len())
            .filter(|&row| pass(self.0.keys[row], self.0.roles[row]))
            .collect();
        *self = self.take(&kept);
    }

    /// Returns the given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Observed {
        fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row]).collect()
        }
        let all = &self.0;
        Observed(ObservedColumns {
            features: all.features.take(rows),
            keys: pick(&all.keys, rows),
            roles: pick(&all.roles, rows),
            rounds: pick(&all.rounds, rows),
            values: pick(&all.values, rows),
            weights: pick(&all.weights, rows),
            counts: pick(&all.counts, rows),
            spreads: pick(&all.spreads, rows),
            costs: pick(&all.costs, rows),
            groups: pick(&all.groups, rows),
        })
    }

    /// Puts the rows of `other` below these. Both have the same features.
    pub fn append(&mut self, other: Observed) {
        let (all, other) = (&mut self.0, other.0);
        all.features = all.features.stack(&other.features);
        all.keys.extend(other.keys);
        all.roles.extend(other.roles);
        all.rounds.extend(other.rounds);
        all.values.extend(other.values);
        all.weights.extend(other.weights);
        all.counts.extend(other.counts);
        all.spreads.extend(other.spreads);
        all.costs.extend(other.costs);
        all.groups.extend(other.groups);
    }

    /// Returns the rows with those of one identity, role and class merged, in the
    /// order in which they first came: weighted means on the fitted scale, and
    /// sums of squares around the joint mean (Chan, Golub & LeVeque 1979).
    #[must_use]
    pub fn merged(&self, scale: &TargetScale, task: Task) -> Observed {
        let mut first: HashMap<(Key, Role, i64), usize> = HashMap::new();
        let mut kept = Vec::new();
        let mut merged = self.clone();
        for row in 0..self.len() {
            let class = match task {
                Task::Classification if !self.0.values[row].is_nan() => self.0.values[row] as i64,
                _ => 0,
            };
            let identity = (self.0.keys[row], self.0.roles[row], class);
            let at = *first.entry(identity).or_insert(row);
            if at == row {
                kept.push(row);
            } else if self.0.roles[row] != Role::Failed {
                merged.merge(at, &self.0, row, scale, task);
            }
        }
        merged.take(&kept)
    }

    fn merge(
        &mut self,
        at: usize,
        other: &ObservedColumns,
        row: usize,
        scale: &TargetScale,
        task: Task,
    ) {
        let all = &mut self.0;
        let (m, n) = (f64::from(all.counts[at]), f64::from(other.counts[row]));
        all.costs[at] = mean_cost((all.costs[at], m), (other.costs[row], n));
        let (a, b) = (all.weights[at], other.weights[row]);
        if task == Task::Regression {
            let x = scale.fitted(all.values[at]);
            let y = scale.fitted(other.values[row]);
            all.spreads[at] += other.spreads[row] + (x - y).powi(2) * m * n / (m + n);
            if x != y {
                all.values[at] = scale.unfitted((x * a + y * b) / (a + b));
            }
        }
        all.weights[at] = a + b;
        all.counts[at] += other.counts[row];
    }

    /// Returns the variance of a measurement on the fitted scale from replicates
    /// of `rows`, pooled over the rows that have them, of whatever round; `None`
    /// below five degrees of freedom.
    #[must_use]
    pub fn replicate_variance(&self, rows: &[usize], scale: &TargetScale) -> Option<f64> {
        let all = &self.0;
        let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for &row in rows {
            groups.entry(all.keys[row]).or_default().push(row);
        }
        let (mut freedom, mut spread) = (0.0, 0.0);
        for rows in groups.values() {
            let count = |row: usize| f64::from(all.counts[row]);
            let total: f64 = rows.iter().map(|&row| count(row)).sum();
            let value = |row: usize| scale.fitted(all.values[row]);
            let mean = rows.iter().map(|&row| count(row) * value(row)).sum::<f64>() / total;
            freedom += total - 1.0;
            spread += rows
                .iter()
                .map(|&row| all.spreads[row] + count(row) * (value(row) - mean).powi(2))
                .sum::<f64>();
        }
        (freedom >= 5.0).then(|| spread / freedom)
    }
}

/// Returns what a measurement cost on average, from two averages over so many
/// each; one that is not known says nothing.
#[must_use]
pub fn mean_cost(a: (f64, f64), b: (f64, f64)) -> f64 {
    match (a.0.is_nan(), b.0.is_nan()) {
        (true, _) => b.0,
        (_, true) => a.0,
        _ => (a.0 * a.1 + b.0 * b.1) / (a.1 + b.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, ColumnData, Numbers};

    /// Rows of identities `keys` with targets `values`, one measurement each.
    fn rows(keys: &[u8], values: &[f64]) -> Observed {
        let n = keys.len();
        let features = Table::new(vec![Column {
            name: "x".to_owned(),
            data: ColumnData::Number(Numbers::from(
                keys.iter().map(|&k| f64::from(k)).collect::<Vec<_>>(),
            )),
        }]);
        Observed::new(ObservedColumns {
            features,
            keys: keys.iter().map(|&key| Key::from_bytes([key; 16])).collect(),
            roles: vec![Role::Training; n],
            rounds: vec![0; n],
            values: values.to_vec(),
            weights: vec![1.0; n],
            counts: vec![1; n],
            spreads: vec![0.0; n],
            costs: vec![f64::NAN; n],
            groups: vec![0; n],
        })
    }

    #[test]
    fn replicates_merge_to_their_mean_and_its_squares() {
        let scale = TargetScale::default();
        let merged = rows(&[1, 2, 1], &[1.0, 5.0, 3.0]).merged(&scale, Task::Regression);
        assert_eq!(merged.values(), [2.0, 5.0]);
        assert_eq!(merged.counts(), [2, 1]);
        // (1 − 2)² + (3 − 2)².
        assert_eq!(merged.spreads(), [2.0, 0.0]);
        assert_eq!(merged.features().n_rows(), 2);
        // Classes are not averaged.
        let classes = rows(&[1, 1, 1], &[0.0, 1.0, 1.0]).merged(&scale, Task::Classification);
        assert_eq!(
            (classes.values(), classes.counts()),
            (&[0.0, 1.0][..], &[1, 2][..])
        );
    }

    #[test]
    fn merging_before_or_after_gives_the_same_variance() {
        let scale = TargetScale::default();
        let all = rows(&[1, 1, 1, 2, 2, 2, 2], &[1.0, 2.0, 6.0, 4.0, 4.0, 8.0, 0.0]);
        let every: Vec<usize> = (0..all.len()).collect();
        // 14 + 32 over 2 + 3 degrees of freedom.
        let variance = all.replicate_variance(&every, &scale).unwrap();
        assert!((variance - 46.0 / 5.0).abs() < 1e-12);
        let merged = all.merged(&scale, Task::Regression);
        let again = merged.replicate_variance(&[0, 1], &scale).unwrap();
        assert!((again - variance).abs() < 1e-12);
        assert_eq!(merged.replicate_variance(&[0], &scale), None);
    }

    #[test]
    fn roles_keys_and_order() {
        let mut all = rows(&[3, 1, 2], &[1.0, 2.0, f64::NAN]);
        all.set_role(2, Role::Failed);
        assert_eq!(all.learned(), [0, 1]);
        assert!(
            all.keys_with(&[Role::Failed])
                .contains(&Key::from_bytes([2; 16]))
        );
        all.append(rows(&[4], &[9.0]));
        all.keep(|_, role| role != Role::Failed);
        assert_eq!(all.values(), [1.0, 2.0, 9.0]);
        assert!(!all.has_costs() && Observed::none(all.features()).is_empty());
        assert_eq!(mean_cost((f64::NAN, 1.0), (3.0, 2.0)), 3.0);
        assert_eq!(mean_cost((1.0, 1.0), (4.0, 2.0)), 3.0);
    }
}
