//! Ensembles of several learners, weighted by how well each predicts the rows that
//! it has not seen (stacked regression: Wolpert 1992; Breiman 1996).
//!
//! Weights are at least 0 and sum to 1: those with the least squared error, or log
//! loss of classes, of the weighted mean, where each part predicts each row without
//! it. Of parts whose members leave rows out, only some members speak of a row, and
//! their mean errs more than that of all: of values, what that adds is taken off. A
//! draw of the stack is a draw of one part, each part giving draws in proportion to
//! its weight, moved so that the mean of all draws is the weighted mean.

mod again;
mod draws;
mod parts;
mod reach;
mod weights;
mod without_own;

use std::borrow::Cow;

use al_core::{Matrix, MatrixColumn, OutOfBag, Posterior, Progress, Seed};
use ndarray::Array2;
use rayon::prelude::*;

use crate::change::ModelChange;
use crate::ensemble::{Continuation, Ensemble, NewRows};
use crate::learner::{FitError, Labelled, Labels, LearnerOptions};
use crate::learners::{auto, boosted};
use crate::recipe::Recipe;
use crate::registry;
use draws::{mixed, mixed_classes, shares};
use parts::most_gp_rows;

pub(crate) use reach::Reach;

/// Least weight of the trees of a stack for which their expected change stands for its.
const LEADING: f64 = 0.5;

/// Why a stack is fitted anew rather than continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefitCause {
    /// Rows were measured again, and some parts learn from means.
    Repeats,
    /// There are more rows than a Gaussian process is for.
    ManyRows,
}

/// Ensembles and how much each counts.
#[derive(Debug)]
pub struct Stack {
    parts: Vec<StackPart>,
    members: usize,
    /// Where parts other than trees predict rows as they are.
    reach: Reach,
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

/// Parts of a stack with more trees and no more rows; `None` for those that cannot be
/// continued.
#[derive(Debug)]
pub struct GrownParts(Vec<Option<Ensemble>>);

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
        let wanted = parts::parts_of(recipe, data);
        let mut parts = Vec::with_capacity(wanted.len());
        for (learner, options) in wanted {
            let entry = registry::find(learner).expect("a learner of the registry");
            let tried = match recipe.searched && learner == boosted::NAME {
                true => parts::tried(options),
                false => vec![options],
            };
            let mut best: Option<(f64, StackPart)> = None;
            for options in tried {
                let fitted = Ensemble::fit(entry, options, recipe.members, data, seed, progress);
                // What trees learned stands without a part that numbers are too much for.
                let ensemble = match fitted {
                    Err(_) if learner != boosted::NAME && recipe.learner == auto::NAME => continue,
                    other => other?,
                };
                let loss = match recipe.searched {
                    true => ensemble.out_of_bag_loss(data),
                    false => 0.0,
                };
                if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                    let part = StackPart {
                        learner: learner.to_owned(),
                        weight: 1.0,
                        options,
                        ensemble,
                    };
                    best = Some((loss, part));
                }
            }
            parts.extend(best.map(|(_, part)| part));
        }
        let reach = match recipe.learner == auto::NAME {
            true => Reach::of(&data.x),
            false => Reach::default(),
        };
        let mut stack = Stack::of(parts, recipe.members, reach);
        if stack.parts.len() > 1 {
            stack.weigh(data);
            // Trees stay, since only they can be continued.
            let counts = |part: &StackPart| part.weight > 0.0 || part.learner == boosted::NAME;
            stack.parts.retain(counts);
        }
        Ok(stack)
    }

    /// Gives the parts the weights with which they err least on rows they have not
    /// seen.
    fn weigh(&mut self, data: &Labelled) {
        let all: Vec<usize> = (0..data.n_rows()).collect();
        let ensembles: Vec<&Ensemble> = self.parts.iter().map(|part| &part.ensemble).collect();
        let found = match &data.y {
            Labels::Values(truth) => {
                let said: Vec<OutOfBag> = ensembles
                    .par_iter()
                    .map(|ensemble| ensemble.without_own_of(&data.x, &all))
                    .collect();
                weights::of_values(&said, self.members, truth, &data.weights)
            }
            Labels::Classes { codes, .. } => {
                let said: Vec<Array2<f32>> = ensembles
                    .par_iter()
                    .map(|ensemble| ensemble.classes_without_own(&data.x, &all))
                    .collect();
                let views: Vec<_> = said.iter().map(|said| said.view()).collect();
                weights::of_classes(&views, codes, &data.weights)
            }
        };
        for (part, weight) in self.parts.iter_mut().zip(found) {
            part.weight = weight;
        }
    }

    /// A stack of these parts, each of so many members.
    pub(crate) fn of(parts: Vec<StackPart>, members: usize, reach: Reach) -> Stack {
        Stack {
            parts,
            members,
            reach,
        }
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
        if self.refit_cause(old.n_rows(), &new).is_some() {
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
                    let fit = |seed| {
                        let options = part.options;
                        Ensemble::fit(entry, options, self.members, &all, seed, progress)
                    };
                    again::no_worse(&part.ensemble, old, seed, fit)?
                }
            };
            parts.push(StackPart {
                learner: part.learner.clone(),
                weight: part.weight,
                options: part.options,
                ensemble,
            });
        }
        let reach = match self.reach.is_empty() {
            true => Reach::default(),
            false => Reach::of(&old.x.stack(&new.data.x)),
        };
        Ok(continued.then(|| Stack::of(parts, self.members, reach)))
    }

    /// Those parts that can be continued, each continued on the rows `old` alone, which it
    /// has seen: what more trees bring without more rows.
    ///
    /// # Errors
    ///
    /// The learners' errors.
    pub(crate) fn grown(
        &self,
        old: &Labelled,
        how: Continuation,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Option<GrownParts>, FitError> {
        let nothing = Labelled {
            x: old.x.take(&[]),
            y: old.y.take(&[]),
            weights: Vec::new(),
            groups: Vec::new(),
        };
        let new = NewRows {
            data: &nothing,
            repeats: &[],
        };
        let parts = self.parts.iter();
        let parts = parts
            .map(|part| part.ensemble.resume(old, new, how, seed, progress))
            .collect::<Result<Vec<_>, FitError>>()?;
        let any = parts.iter().any(Option::is_some);
        Ok(any.then_some(GrownParts(parts)))
    }

    /// Exchanges the ensembles of its parts for the grown ones, or back.
    pub(crate) fn exchange(&mut self, grown: &mut GrownParts) {
        for (part, other) in self.parts.iter_mut().zip(&mut grown.0) {
            if let Some(other) = other {
                std::mem::swap(&mut part.ensemble, other);
            }
        }
    }

    /// Why it would be fitted anew rather than continued on `new`, where that is known
    /// before trying; `old` is the number of rows fitted on so far.
    #[must_use]
    pub fn refit_cause(&self, old: usize, new: &NewRows<'_>) -> Option<RefitCause> {
        if self.parts.len() < 2 {
            return None;
        }
        // Parts that are fitted on all rows must not see one configuration twice: a
        // fit of everything merges its measurements.
        if new.repeats.iter().any(Option::is_some) {
            return Some(RefitCause::Repeats);
        }
        let many = old + new.data.n_rows() > most_gp_rows(new.data);
        let has_gp = self.parts.iter().any(|part| part.learner == "gp");
        (many && has_gp).then_some(RefitCause::ManyRows)
    }

    /// Joint draws of values, m × n.
    #[must_use]
    pub fn values(&self, x: &Matrix) -> Array2<f32> {
        let parts: Vec<&StackPart> = self.counting().collect();
        if let [part] = parts.as_slice() {
            return part.ensemble.values(&self.seen_by(part, x));
        }
        let draws: Vec<Array2<f32>> = parts
            .iter()
            .map(|part| part.ensemble.values(&self.seen_by(part, x)))
            .collect();
        let weights: Vec<f64> = parts.iter().map(|part| part.weight).collect();
        mixed(&draws, &weights, &shares(&weights, self.members))
    }

    /// The belief about `x`; `noise` is the variance of a measurement, and not used
    /// for classes.
    #[must_use]
    pub fn posterior(&self, x: &Matrix, noise: f64) -> Posterior {
        let counting: Vec<&StackPart> = self.counting().collect();
        match counting.as_slice() {
            [part] => part.ensemble.posterior(&self.seen_by(part, x), noise),
            parts if parts[0].ensemble.n_outputs() > 1 => {
                let draws: Vec<Vec<Array2<f32>>> = parts
                    .iter()
                    .map(|part| part.ensemble.probabilities(&self.seen_by(part, x)))
                    .collect();
                let weights: Vec<f64> = parts.iter().map(|part| part.weight).collect();
                let shares = shares(&weights, self.members);
                Posterior::Classes {
                    draws: mixed_classes(&draws, &weights, &shares),
                }
            }
            _ => Posterior::Values {
                draws: self.values(x),
                noise: vec![noise as f32; x.n_rows()],
            },
        }
    }

    /// Rows as a part of a stack sees them: trees as they are, others within reach.
    fn seen_by<'a>(&self, part: &StackPart, x: &'a Matrix) -> Cow<'a, Matrix> {
        let moved = match part.learner == boosted::NAME {
            true => None,
            false => self.reach.within(x),
        };
        moved.map_or(Cow::Borrowed(x), Cow::Owned)
    }

    /// How far parts extrapolate.
    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The parts that count.
    fn counting(&self) -> impl Iterator<Item = &StackPart> {
        self.parts.iter().filter(|part| part.weight > 0.0)
    }

    /// How far predictions of `reference` would move with one row more; `None`
    /// without boosted trees of one output.
    #[must_use]
    pub fn change(&self, reference: &Matrix) -> Option<ModelChange<'_>> {
        // The closed form of trees tells of the stack only where they lead it.
        let mut leading = self.counting().filter(|part| part.weight >= LEADING);
        leading.find_map(|part| part.ensemble.change(reference, part.options.learning_rate))
    }

    /// Where rows lie by the leaves they fall into; `None` without trees to tell.
    #[must_use]
    pub fn leaf_places(&self, x: &Matrix, seed: Seed) -> Option<Array2<f32>> {
        // Trees tell rows apart whatever they count.
        let mut parts = self.parts.iter();
        parts.find_map(|part| part.ensemble.leaf_places(x, seed))
    }

    /// Trees of the largest member of the first part, which is the one that can be
    /// continued.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        let first = self.parts.first();
        first.map_or(0, |part| part.ensemble.n_trees())
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
