//! Everything that is fitted for one target: the ensemble, its intervals, and
//! the noise of a measurement.

use al_core::{Matrix, MatrixColumn, OutOfBag, Posterior, Progress, RowPredictions, Seed};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::calibration::{OutOfBagResiduals, conformal_quantile, rows_needed};
use crate::change::ModelChange;
use crate::ensemble::{Continuation, NewRows};
use crate::interval::IntervalMethod;
use crate::judged::JudgedLabels;
use crate::learner::{FitError, Labelled, Labels, LearnerOptions, LoadError};
use crate::quantiles::QuantilePair;
use crate::recipe::Recipe;
use crate::spread::LocalSpread;
use crate::stack::{GrownParts, Reach, Stack};
use crate::stacks::{self, SavedPart};

/// Labels below which calibration rows are not set aside: intervals then come
/// from out-of-bag residuals.
pub const CALIBRATION_FROM: usize = 200;

/// A fitted recipe.
#[derive(Debug)]
pub struct Fitted {
    recipe: Recipe,
    pub(crate) stack: Stack,
    pub(crate) interval: IntervalMethod,
    noise: f64,
    /// Trees of a member when all rows were last fitted on.
    grown: usize,
}

/// The rows to learn from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingRows<'a> {
    /// All rows; members learn from all of them.
    pub data: &'a Labelled,
    /// The calibration rows among them, which the quantile pair never sees.
    /// Empty for intervals from out-of-bag residuals.
    pub calibration: &'a [usize],
    /// Variance of a measurement, where replicates tell it.
    pub replicate_noise: Option<f64>,
}

impl TrainingRows<'_> {
    fn others(&self) -> Vec<usize> {
        let mut calibrates = vec![false; self.data.n_rows()];
        for &row in self.calibration {
            calibrates[row] = true;
        }
        (0..calibrates.len())
            .filter(|&row| !calibrates[row])
            .collect()
    }
}

impl Fitted {
    /// Fits `recipe`: the ensemble, one step of progress per member, then the
    /// intervals.
    ///
    /// # Errors
    ///
    /// An unknown learner is a bug of the caller and panics; otherwise the
    /// learner's errors.
    pub fn fit(
        recipe: &Recipe,
        rows: TrainingRows<'_>,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Fitted, FitError> {
        progress.counted("fitting the ensemble", recipe.members as u64, "members");
        let stack = Stack::fit(recipe, rows.data, seed, progress)?;
        progress.stage("calibrating intervals", 1);
        let judged = JudgedLabels::of(rows.data, seed);
        let residuals = judged.residuals(&stack);
        let interval = match &rows.data.y {
            Labels::Classes { .. } => IntervalMethod::None,
            Labels::Values(_) if recipe.has_pair(rows.calibration) => {
                let (low, high) = recipe.quantiles;
                let others = rows.others();
                let pair = QuantilePair::fit(rows.data, &others, low, high, recipe.options, seed)?;
                IntervalMethod::quantiles(pair, rows.data, rows.calibration)
            }
            Labels::Values(_) => {
                IntervalMethod::out_of_bag(&residuals, &stack, judged.rows(), recipe, seed)?
            }
        };
        progress.advance(1);
        Ok(Fitted {
            noise: noise(rows, &residuals),
            recipe: recipe.clone(),
            grown: grown(recipe, &stack),
            stack,
            interval,
        })
    }

    /// Continues every member, and the quantile pair, on new rows. `None` if
    /// the learner cannot; the caller then re-fits.
    ///
    /// `old` are the rows fitted on so far, in the same order; `rows` are
    /// those followed by the new ones.
    ///
    /// # Errors
    ///
    /// The learner's errors.
    pub fn resume(
        &self,
        old: &Labelled,
        new: NewRows<'_>,
        rows: TrainingRows<'_>,
        how: Continuation,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Option<Fitted>, FitError> {
        progress.counted(
            "updating the ensemble",
            self.recipe.members as u64,
            "members",
        );
        let options = self.recipe.options;
        let Some(stack) = self.stack.resume(old, new, how, seed, progress)? else {
            return Ok(None);
        };
        progress.stage("calibrating intervals", 1);
        let judged = JudgedLabels::of(rows.data, seed);
        let residuals = judged.residuals(&stack);
        let interval = match &self.interval {
            IntervalMethod::None => IntervalMethod::None,
            IntervalMethod::OutOfBag(..) => {
                let recipe = &self.recipe;
                IntervalMethod::out_of_bag(&residuals, &stack, judged.rows(), recipe, seed)?
            }
            IntervalMethod::Quantiles { pair, .. } => {
                let options = LearnerOptions {
                    trees: how.trees,
                    learning_rate: how.learning_rate,
                    ..options
                };
                let others = rows.others();
                let pair = pair.resume(rows.data, &others, self.recipe.quantiles, options, seed)?;
                IntervalMethod::quantiles(pair, rows.data, rows.calibration)
            }
        };
        progress.advance(1);
        Ok(Some(Fitted {
            noise: noise(rows, &residuals),
            recipe: self.recipe.clone(),
            grown: self.grown,
            stack,
            interval,
        }))
    }

    /// The parts that can be continued with as many trees more as an update would add,
    /// learned from the rows `old` alone, which are those fitted on. `None` if none can.
    ///
    /// # Errors
    ///
    /// The learner's errors.
    pub fn grown(
        &self,
        old: &Labelled,
        how: Continuation,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Option<GrownParts>, FitError> {
        self.stack.grown(old, how, seed, progress)
    }

    /// Exchanges the parts for the grown ones, or back.
    pub fn exchange(&mut self, grown: &mut GrownParts) {
        self.stack.exchange(grown);
    }

    /// The ensembles and how much each counts.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The options of the first part, with as many trees as a fit of all rows has
    /// grown.
    #[must_use]
    pub fn grown_options(&self) -> LearnerOptions {
        let first = self.stack.parts().first();
        LearnerOptions {
            trees: self.grown,
            early_stopping: false,
            ..first.map_or(self.recipe.options, |part| part.options)
        }
    }

    /// What was fitted.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Variance of a measurement on the fitted scale, τ²: from replicates,
    /// else the mean squared out-of-bag residual; at least 1e-12 of the
    /// targets' variance.
    #[must_use]
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// How far predictions of `reference` would move with one row more; `None`
    /// for members that are not boosted trees of one output.
    #[must_use]
    pub fn change(&self, reference: &Matrix) -> Option<ModelChange<'_>> {
        self.stack.change(reference)
    }

    /// Where rows lie by the leaves they fall into; `None` for members without
    /// trees to tell. `seed` draws the signs of the leaves.
    #[must_use]
    pub fn leaf_places(&self, x: &Matrix, seed: Seed) -> Option<Array2<f32>> {
        self.stack.leaf_places(x, seed)
    }

    /// Trees of the largest member.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.stack.n_trees()
    }

    /// Share of each feature in the members' gains; empty if not known.
    #[must_use]
    pub fn importance(&self, columns: &[MatrixColumn]) -> Vec<f64> {
        self.stack.importance(columns)
    }

    /// The belief about `x` and the intervals.
    #[must_use]
    pub fn predict(&self, x: &Matrix) -> RowPredictions {
        let (posterior, pair) = rayon::join(|| self.posterior(x), || self.pair(x));
        let interval = self.bounds(x, &posterior, pair, self.recipe.coverage);
        RowPredictions {
            posterior,
            interval,
        }
    }

    /// Intervals for `x` that are meant to cover a measurement with
    /// probability `coverage`; `None` for classes.
    #[must_use]
    pub fn interval(&self, x: &Matrix, coverage: f64) -> Option<(Vec<f64>, Vec<f64>)> {
        self.bounds(x, &self.posterior(x), self.pair(x), coverage)
    }

    fn pair(&self, x: &Matrix) -> Option<(Vec<f32>, Vec<f32>)> {
        match &self.interval {
            IntervalMethod::Quantiles { pair, .. } => Some(pair.predict(x)),
            _ => None,
        }
    }

    fn bounds(
        &self,
        x: &Matrix,
        posterior: &Posterior,
        pair: Option<(Vec<f32>, Vec<f32>)>,
        coverage: f64,
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        match (&self.interval, posterior, pair) {
            (IntervalMethod::Quantiles { scores, .. }, _, Some((low, high))) => {
                let margin = conformal_quantile(scores, coverage);
                let widened = |(&low, &high): (&f32, &f32)| {
                    let (low, high) = (f64::from(low) - margin, f64::from(high) + margin);
                    // A margin below 0 can turn a narrow pair around.
                    if low <= high {
                        (low, high)
                    } else {
                        let middle = (low + high) / 2.0;
                        (middle, middle)
                    }
                };
                Some(low.iter().zip(&high).map(widened).unzip())
            }
            (IntervalMethod::OutOfBag(residuals, spread), Posterior::Values { draws, .. }, _) => {
                let spread = spread.as_ref().map(|spread| spread.of(x));
                Some(residuals.intervals(draws, coverage, spread.as_deref()))
            }
            _ => None,
        }
    }

    /// What members say of the training rows `x`, given in the order in which
    /// they were learned from, that they never saw: for models of values.
    #[must_use]
    pub fn out_of_bag(&self, x: &Matrix) -> OutOfBag {
        let all: Vec<usize> = (0..x.n_rows()).collect();
        self.stack.without_own(x, &all)
    }

    /// As [`Fitted::out_of_bag`], of the rows `rows` in that order, which are `x`.
    pub(crate) fn out_of_bag_of(&self, x: &Matrix, rows: &[usize]) -> OutOfBag {
        self.stack.without_own(x, rows)
    }

    /// The belief about `x` without the intervals.
    #[must_use]
    pub fn posterior(&self, x: &Matrix) -> Posterior {
        self.stack.posterior(x, self.noise)
    }

    /// Mean squared error of the given rows of `data`, the rows that were fitted
    /// on, each predicted by the members that have not seen it; `None` for
    /// classes and where every member has seen every row.
    #[must_use]
    pub fn out_of_bag_error(&self, data: &Labelled, rows: &[usize]) -> Option<f64> {
        let Labels::Values(truth) = &data.y else {
            return None;
        };
        let truth: Vec<f64> = rows.iter().map(|&row| truth[row]).collect();
        let x = data.x.take(rows);
        self.stack.residuals(&x, &truth, rows).mean_square()
    }

    /// How the intervals were made, in words, and whether anything about
    /// them needs saying.
    #[must_use]
    pub fn interval_method(&self) -> (&'static str, Option<String>) {
        let short = |n: usize, what: &str| {
            let needed = rows_needed(self.recipe.coverage);
            (n < needed).then(|| {
                format!(
                    "intervals are infinite: a coverage of {} needs {needed} {what}, there are {n}",
                    self.recipe.coverage
                )
            })
        };
        match &self.interval {
            IntervalMethod::None => ("none", None),
            IntervalMethod::Quantiles { scores, .. } => (
                "conformalized quantiles",
                short(scores.len(), "calibration rows"),
            ),
            IntervalMethod::OutOfBag(residuals, _) => (
                "out-of-bag residuals",
                short(residuals.len(), "out-of-bag labelled rows"),
            ),
        }
    }

    /// The parts of a saved model: name and bytes.
    #[must_use]
    pub fn to_parts(&self) -> Vec<(String, Vec<u8>)> {
        let mut parts = Vec::new();
        let (scores, residuals) = match &self.interval {
            IntervalMethod::None => (None, None),
            IntervalMethod::Quantiles { pair, scores } => {
                parts.push(("quantiles.bin".to_owned(), pair.to_bytes()));
                (Some(scores.clone()), None)
            }
            IntervalMethod::OutOfBag(residuals, spread) => {
                if let Some(spread) = spread {
                    parts.push(("spread.bin".to_owned(), spread.to_bytes()));
                }
                (None, Some(residuals.clone()))
            }
        };
        let stacked = self.stack.parts();
        let saved = Saved {
            recipe: self.recipe.clone(),
            noise: self.noise,
            members: self.stack.n_members(),
            scores,
            residuals,
            parts: stacks::saved(&self.recipe, stacked),
            reach: self.stack.reach().clone(),
            grown: self.recipe.options.early_stopping.then_some(self.grown),
            spread: match &self.interval {
                IntervalMethod::OutOfBag(_, Some(spread)) => Some(spread.strength()),
                _ => None,
            },
        };
        let json = serde_json::to_vec_pretty(&saved).expect("plain values can be written");
        parts.push(("fitted.json".to_owned(), json));
        parts.extend(stacks::files(stacked));
        parts
    }

    /// Whether `fitted.json`, as it was written, can be read.
    #[must_use]
    pub fn is_sound(json: &[u8]) -> bool {
        serde_json::from_slice::<Saved>(json).is_ok()
    }

    /// A fitted recipe from its parts; `part` finds one by name. `rows` is the
    /// number of rows it was fitted on.
    ///
    /// # Errors
    ///
    /// A part is missing or holds something else.
    pub fn from_parts<'a>(
        part: impl Fn(&str) -> Option<&'a [u8]>,
        columns: &[MatrixColumn],
        outputs: usize,
        rows: usize,
    ) -> Result<Fitted, LoadError> {
        let wrong = |reason: String| LoadError {
            learner: "model",
            reason,
        };
        let find = |name: &str| part(name).ok_or_else(|| wrong(format!("part {name} is missing")));
        let saved: Saved = serde_json::from_slice(find("fitted.json")?)
            .map_err(|error| wrong(format!("fitted.json: {error}")))?;
        saved.recipe.check().map_err(wrong)?;
        if saved.members != saved.recipe.members {
            return Err(wrong("the samples do not fit the members".to_owned()));
        }
        if let Some(residuals) = &saved.residuals {
            residuals.check(saved.members).map_err(wrong)?;
        }
        let grown_before = saved.grown;
        if grown_before.is_some_and(|grown| !(1..=100_000).contains(&grown)) {
            return Err(wrong("its number of trees cannot be".to_owned()));
        }
        let shape = stacks::StackShape {
            columns,
            outputs,
            rows,
            members: saved.members,
        };
        let stack = stacks::read(&saved.recipe, (&saved.parts, saved.reach), &find, shape)?;
        let interval = match (saved.scores, saved.residuals) {
            (Some(scores), _) => IntervalMethod::Quantiles {
                pair: Box::new(QuantilePair::load(find("quantiles.bin")?, columns)?),
                scores,
            },
            (None, Some(residuals)) => {
                let spread = saved.spread.map(|strength| {
                    LocalSpread::load(find("spread.bin")?, strength, columns).map(Box::new)
                });
                IntervalMethod::OutOfBag(residuals, spread.transpose()?)
            }
            (None, None) if outputs > 1 => IntervalMethod::None,
            (None, None) => return Err(wrong("it has no intervals".to_owned())),
        };
        Ok(Fitted {
            grown: grown_before.unwrap_or(saved.recipe.options.trees),
            recipe: saved.recipe,
            stack,
            interval,
            noise: saved.noise,
        })
    }
}

/// `fitted.json`.
#[derive(Serialize, Deserialize)]
struct Saved {
    recipe: Recipe,
    noise: f64,
    members: usize,
    scores: Option<Vec<f64>>,
    residuals: Option<OutOfBagResiduals>,
    /// The parts of a stack; none for an ensemble of the recipe's learner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<SavedPart>,
    /// How far parts of a stack extrapolate.
    #[serde(default, skip_serializing_if = "Reach::is_empty")]
    reach: Reach,
    /// Trees that early stopping left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grown: Option<usize>,
    /// Strength of the spread of residuals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spread: Option<f64>,
}

/// Trees of a member that a fit of all rows has.
fn grown(recipe: &Recipe, stack: &Stack) -> usize {
    match recipe.options.early_stopping {
        true => stack.n_trees().max(1),
        false => recipe.options.trees,
    }
}

fn noise(rows: TrainingRows<'_>, residuals: &OutOfBagResiduals) -> f64 {
    let Labels::Values(values) = &rows.data.y else {
        return 0.0;
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / values.len() as f64;
    rows.replicate_noise
        .or_else(|| residuals.mean_square())
        .unwrap_or(variance)
        .max(variance * 1e-12)
        .max(f64::MIN_POSITIVE)
}
