//! Ensembles of several learners, weighted by how well each predicts the rows that
//! it has not seen (stacked regression: Wolpert 1992; Breiman 1996).
//!
//! Weights are at least 0 and sum to 1: those with the least squared error of the
//! weighted mean, where each part predicts each row without it. Of parts whose
//! members leave rows out, only some members speak of a row, and their mean errs
//! more than that of all: what that adds is taken off. A draw of the stack is a
//! draw of one part, each part giving draws in proportion to its weight, moved so
//! that the mean of all draws is the weighted mean.

use al_core::{Matrix, MatrixColumn, OutOfBag, Posterior, Progress, Seed};
use ndarray::Array2;
use rayon::prelude::*;

use crate::calibration::OutOfBagResiduals;
use crate::change::ModelChange;
use crate::ensemble::{Continuation, Ensemble, NewRows};
use crate::learner::{FitError, Labelled, Labels, LearnerOptions};
use crate::learners::auto;
use crate::recipe::Recipe;
use crate::registry;

/// Most rows for which a Gaussian process is a part: it costs their cube.
const MOST_GP_ROWS: usize = 1500;

/// Most columns of the encoded rows for which ridge regression is a part.
const MOST_LINEAR_COLUMNS: usize = 500;

/// Rows below which trees of a stack are shallower, and how deep they are then.
const SHALLOW_BELOW: usize = 1000;
const SHALLOW: usize = 4;

/// Ensembles and how much each counts.
#[derive(Debug)]
pub struct Stack {
    parts: Vec<StackPart>,
    members: usize,
}

/// An ensemble of a stack.
#[derive(Debug)]
pub struct StackPart {
    /// Its learner.
    pub learner: String,
    /// How much it counts, 0 to 1; the weights of a stack sum to 1.
    pub weight: f64,
    /// The learner's options.
    pub options: LearnerOptions,
    /// Its members.
    pub ensemble: Ensemble,
}

impl Stack {
    /// Fits the parts that `recipe` asks for: one, or for `auto` those that suit
    /// the rows.
    ///
    /// # Errors
    ///
    /// The learners' errors. An unknown learner is a bug of the caller and panics.
    pub fn fit(
        recipe: &Recipe,
        data: &Labelled,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Stack, FitError> {
        let wanted = parts_of(recipe, data);
        let mut parts = Vec::with_capacity(wanted.len());
        for (learner, options) in wanted {
            let entry = registry::find(learner).expect("a learner of the registry");
            let ensemble = Ensemble::fit(entry, options, recipe.members, data, seed, progress)?;
            parts.push(StackPart {
                learner: learner.to_owned(),
                weight: 1.0,
                options,
                ensemble,
            });
        }
        if let (Labels::Values(truth), true) = (&data.y, parts.len() > 1) {
            weigh(&mut parts, data, truth);
            // Trees stay, since only they can be continued.
            parts.retain(|part| part.weight > 0.0 || part.learner == "boosted");
        }
        Ok(Stack::of(parts, recipe.members))
    }

    /// A stack of these parts, each of so many members.
    pub(crate) fn of(parts: Vec<StackPart>, members: usize) -> Stack {
        Stack { parts, members }
    }

    /// The parts, those that can be continued first.
    #[must_use]
    pub fn parts(&self) -> &[StackPart] {
        &self.parts
    }

    /// The parts' weights, such as `boosted 0.38, gp 0.62`; `None` for a single part.
    #[must_use]
    pub fn weights(&self) -> Option<String> {
        let told = |part: &StackPart| format!("{} {:.2}", part.learner, part.weight);
        let told: Vec<String> = self.parts.iter().map(told).collect();
        (told.len() > 1).then(|| told.join(", "))
    }

    /// Number of draws, m.
    #[must_use]
    pub fn n_members(&self) -> usize {
        self.members
    }

    /// The stack with those parts continued that can be, and the others fitted
    /// anew on old and new rows; weights stay. `None` if no part can be continued.
    ///
    /// # Errors
    ///
    /// The learners' errors.
    pub fn resume(
        &self,
        old: &Labelled,
        new: NewRows<'_>,
        how: Continuation,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Option<Stack>, FitError> {
        let stacked = self.parts.len() > 1;
        // Parts that are fitted on all rows must not see one configuration twice: a
        // fit of everything merges its measurements.
        let twice = new.repeats.iter().any(Option::is_some);
        let many = old.n_rows() + new.data.n_rows() > MOST_GP_ROWS
            && self.parts.iter().any(|part| part.learner == "gp");
        if stacked && (twice || many) {
            return Ok(None);
        }
        let mut parts = Vec::with_capacity(self.parts.len());
        let mut continued = false;
        for part in &self.parts {
            let ensemble = match part.ensemble.resume(old, new, how, seed, progress)? {
                Some(ensemble) => {
                    continued = true;
                    ensemble
                }
                None if self.parts.len() == 1 => return Ok(None),
                None => {
                    let entry = registry::find(&part.learner).expect("fitted before");
                    let all = old.stack(new.data);
                    Ensemble::fit(entry, part.options, self.members, &all, seed, progress)?
                }
            };
            parts.push(StackPart {
                learner: part.learner.clone(),
                weight: part.weight,
                options: part.options,
                ensemble,
            });
        }
        Ok(continued.then(|| Stack::of(parts, self.members)))
    }

    /// Joint draws of values, m × n.
    #[must_use]
    pub fn values(&self, x: &Matrix) -> Array2<f32> {
        let parts: Vec<&StackPart> = self.parts.iter().filter(|part| part.weight > 0.0).collect();
        if let [part] = parts.as_slice() {
            return part.ensemble.values(x);
        }
        let draws: Vec<Array2<f32>> = parts.iter().map(|part| part.ensemble.values(x)).collect();
        let weights: Vec<f64> = parts.iter().map(|part| part.weight).collect();
        mixed(&draws, &weights, &shares(&weights, self.members))
    }

    /// The belief about `x`; `noise` is the variance of a measurement, and not used
    /// for classes.
    #[must_use]
    pub fn posterior(&self, x: &Matrix, noise: f64) -> Posterior {
        match self.parts.as_slice() {
            [part] => part.ensemble.posterior(x, noise),
            _ => Posterior::Values {
                draws: self.values(x),
                noise: vec![noise as f32; x.n_rows()],
            },
        }
    }

    /// How far training rows are from what is predicted of them without them. `x`
    /// and `truth` are those of the rows `rows`, in the order in which they were
    /// learned from.
    pub(crate) fn residuals(&self, x: &Matrix, truth: &[f64], rows: &[usize]) -> OutOfBagResiduals {
        if let [part] = self.parts.as_slice() {
            return part.ensemble.residuals(x, truth, rows);
        }
        let said = self.left_out_of(x, rows);
        let mut found = OutOfBagResiduals::default();
        for (mean, y) in said.mean.iter().zip(truth) {
            if mean.is_finite() {
                found.masks.push(u64::MAX);
                found.residuals.push((y - mean).abs());
            }
        }
        found
    }

    /// What is said of the training rows `x`, in the order in which they were
    /// learned from, by members that have not seen them.
    #[must_use]
    pub fn without_own(&self, x: &Matrix) -> OutOfBag {
        match self.parts.as_slice() {
            [part] => part.ensemble.without_own(x),
            _ => self.left_out_of(x, &(0..x.n_rows()).collect::<Vec<_>>()),
        }
    }

    /// As [`Stack::without_own`], of classes: the rows that some member has not seen,
    /// and their probabilities.
    pub(crate) fn classes_without_own(&self, x: &Matrix) -> (Vec<usize>, Array2<f32>) {
        self.parts[0].ensemble.classes_without_own(x)
    }

    fn left_out_of(&self, x: &Matrix, rows: &[usize]) -> OutOfBag {
        let parts: Vec<(f64, OutOfBag)> = self
            .parts
            .iter()
            .filter(|part| part.weight > 0.0)
            .map(|part| (part.weight, part.ensemble.without_own_of(x, rows)))
            .collect();
        let mut found = OutOfBag::default();
        for row in 0..rows.len() {
            let mean: f64 = parts
                .iter()
                .map(|(weight, said)| weight * said.mean[row])
                .sum();
            let spread = |(weight, said): &(f64, OutOfBag)| {
                weight * (said.variance[row] + (said.mean[row] - mean).powi(2))
            };
            found
                .members
                .push(if mean.is_finite() { self.members } else { 0 });
            found.mean.push(mean);
            found.variance.push(parts.iter().map(spread).sum());
        }
        found
    }

    /// How far predictions of `reference` would move with one row more; `None`
    /// without boosted trees of one output.
    #[must_use]
    pub fn change(&self, reference: &Matrix) -> Option<ModelChange<'_>> {
        self.first_of(|part| part.ensemble.change(reference, part.options.learning_rate))
    }

    /// Where rows lie by the leaves they fall into; `None` without trees to tell.
    #[must_use]
    pub fn leaf_places(&self, x: &Matrix, seed: Seed) -> Option<Array2<f32>> {
        self.first_of(|part| part.ensemble.leaf_places(x, seed))
    }

    fn first_of<'a, T>(&'a self, of: impl Fn(&'a StackPart) -> Option<T>) -> Option<T> {
        let counting = self.parts.iter().filter(|part| part.weight > 0.0);
        counting.into_iter().find_map(of)
    }

    /// Trees of the largest member.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        let trees = self.parts.iter().map(|part| part.ensemble.n_trees());
        trees.max().unwrap_or(0)
    }

    /// How much each feature contributes, as shares that sum to 1; empty if no
    /// part says.
    #[must_use]
    pub fn importance(&self, columns: &[MatrixColumn]) -> Vec<f64> {
        if let [part] = self.parts.as_slice() {
            return part.ensemble.importance(columns);
        }
        let mut shares = vec![0.0; columns.len()];
        for part in &self.parts {
            let own = part.ensemble.importance(columns);
            for (share, own) in shares.iter_mut().zip(own) {
                *share += part.weight * own;
            }
        }
        let total: f64 = shares.iter().sum();
        if total <= 0.0 {
            return Vec::new();
        }
        shares.iter_mut().for_each(|share| *share /= total);
        shares
    }
}

/// The learners that a recipe asks for, with their options.
fn parts_of(recipe: &Recipe, data: &Labelled) -> Vec<(&'static str, LearnerOptions)> {
    let options = recipe.options;
    if recipe.learner != auto::NAME {
        let entry = registry::find(&recipe.learner).expect("a learner of the registry");
        return vec![(entry.name, options)];
    }
    let rows = data.n_rows();
    let asked = options.depth != LearnerOptions::default().depth;
    let depth = match rows < SHALLOW_BELOW && !asked {
        true => SHALLOW,
        false => options.depth,
    };
    let regression = matches!(data.y, Labels::Values(_));
    let boosted = LearnerOptions {
        depth,
        symmetric: regression,
        ..options
    };
    let mut parts = vec![("boosted", boosted)];
    if regression && rows <= MOST_GP_ROWS {
        parts.push(("gp", options));
    }
    let width: usize = data
        .x
        .columns
        .iter()
        .map(|column| match column {
            MatrixColumn::Numeric => 2,
            MatrixColumn::Categorical { levels } => *levels as usize + 1,
        })
        .sum();
    if regression && width <= MOST_LINEAR_COLUMNS {
        parts.push(("linear", options));
    }
    parts
}

/// Gives the parts the weights with which they err least on rows they have not
/// seen.
fn weigh(parts: &mut [StackPart], data: &Labelled, truth: &[f64]) {
    let all: Vec<usize> = (0..truth.len()).collect();
    let said: Vec<OutOfBag> = parts
        .par_iter()
        .map(|part| part.ensemble.without_own_of(&data.x, &all))
        .collect();
    let known: Vec<usize> = all
        .into_iter()
        .filter(|&row| said.iter().all(|said| said.mean[row].is_finite()))
        .collect();
    let total: f64 = known.iter().map(|&row| f64::from(data.weights[row])).sum();
    let k = parts.len();
    let mut gram = Array2::<f64>::zeros((k, k));
    for &row in &known {
        let weight = f64::from(data.weights[row]) / total;
        let error = |part: usize| said[part].mean[row] - truth[row];
        for one in 0..k {
            for other in 0..k {
                gram[[one, other]] += weight * error(one) * error(other);
            }
            gram[[one, one]] -= weight * fewer(&said[one], row, parts[one].ensemble.n_members());
        }
    }
    let least = 1e-12
        * gram
            .diag()
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
    let best = gram
        .diag()
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min)
        .max(least);
    for part in 0..k {
        // Few rows tell little: weights are then drawn to equal ones.
        let own = gram[[part, part]].max(least);
        gram[[part, part]] = own + 2.0 * best / known.len().max(1) as f64;
    }
    for (part, weight) in parts.iter_mut().zip(least_squares(&gram)) {
        part.weight = weight;
    }
}

/// What a mean of few members errs more than that of all `m`.
fn fewer(said: &OutOfBag, row: usize, m: usize) -> f64 {
    let (k, variance) = (said.members[row], said.variance[row]);
    match k < m && variance.is_finite() {
        true => variance * (1.0 / k as f64 - 1.0 / m as f64),
        false => 0.0,
    }
}

/// The weights w ≥ 0 of sum 1 with the least wᵀ·G·w: mass is moved between pairs
/// until nothing is gained.
fn least_squares(gram: &Array2<f64>) -> Vec<f64> {
    let k = gram.nrows();
    let mut weights = vec![1.0 / k as f64; k];
    for _ in 0..500 {
        let mut moved = 0.0_f64;
        for to in 0..k {
            for from in 0..to {
                let slope: f64 = (0..k)
                    .map(|at| (gram[[to, at]] - gram[[from, at]]) * weights[at])
                    .sum();
                let bend = gram[[to, to]] + gram[[from, from]] - 2.0 * gram[[to, from]];
                if bend > 0.0 {
                    let step = (-slope / bend).clamp(-weights[to], weights[from]);
                    weights[to] += step;
                    weights[from] -= step;
                    moved = moved.max(step.abs());
                }
            }
        }
        if moved < 1e-9 {
            break;
        }
    }
    // A part that hardly counts only costs time.
    weights.iter_mut().for_each(|weight| {
        if *weight < 0.02 {
            *weight = 0.0;
        }
    });
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The part that gives each of `m` draws: in proportion to the weights.
fn shares(weights: &[f64], m: usize) -> Vec<usize> {
    (0..m)
        .map(|draw| {
            let at = (draw as f64 + 0.5) / m as f64;
            let mut sum = 0.0;
            let found = weights.iter().position(|weight| {
                sum += weight;
                at < sum
            });
            found.unwrap_or(weights.len() - 1)
        })
        .collect()
}

/// Draws of several parts as draws of one belief.
fn mixed(parts: &[Array2<f32>], weights: &[f64], shares: &[usize]) -> Array2<f32> {
    let (m, n) = (shares.len(), parts[0].ncols());
    let columns: Vec<Vec<f32>> = (0..n)
        .into_par_iter()
        .with_min_len(512)
        .map(|row| {
            let mean: f64 = parts
                .iter()
                .zip(weights)
                .map(|(draws, weight)| {
                    let column = draws.column(row);
                    let sum: f64 = column.iter().map(|&value| f64::from(value)).sum();
                    weight * sum / column.len() as f64
                })
                .sum();
            let drawn = |draw: usize| f64::from(parts[shares[draw]][[draw, row]]);
            let shift = mean - (0..m).map(drawn).sum::<f64>() / m as f64;
            (0..m).map(|draw| (drawn(draw) + shift) as f32).collect()
        })
        .collect();
    Array2::from_shape_fn((m, n), |(draw, row)| columns[row][draw])
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn weights_are_those_of_the_least_error() {
        // Independent errors of variances 1 and 4: weights 4/5 and 1/5.
        let weights = least_squares(&array![[1.0, 0.0], [0.0, 4.0]]);
        assert!((weights[0] - 0.8).abs() < 1e-6 && (weights[1] - 0.2).abs() < 1e-6);
        // One that adds nothing gets nothing.
        assert_eq!(least_squares(&array![[1.0, 1.5], [1.5, 4.0]]), [1.0, 0.0]);
        let three = least_squares(&array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!(three.iter().all(|weight| (weight - 1.0 / 3.0).abs() < 1e-6));
    }

    #[test]
    fn draws_come_from_parts_in_proportion_and_keep_the_weighted_mean() {
        let shares = shares(&[0.7, 0.3], 10);
        assert_eq!(shares.iter().filter(|&&part| part == 0).count(), 7);
        let one = Array2::from_shape_fn((10, 2), |(draw, row)| (draw + row) as f32);
        let other = Array2::from_shape_fn((10, 2), |(draw, row)| (3 * draw) as f32 - row as f32);
        let draws = mixed(&[one.clone(), other.clone()], &[0.7, 0.3], &shares);
        for row in 0..2 {
            let mean = |draws: &Array2<f32>| draws.column(row).mean().unwrap();
            let expected = 0.7 * mean(&one) + 0.3 * mean(&other);
            assert!((mean(&draws) - expected).abs() < 1e-5);
            // Differences within a part are those of the part.
            assert!((draws[[1, row]] - draws[[0, row]] - 1.0).abs() < 1e-5);
        }
    }
}
