//! Learning from new rows: by continuing the members, or by a fit of everything.

use std::collections::HashMap;

use al_core::phrases::rounded;
use al_core::{Belief, Fault, Key, Message, Messages, Observed, Progress, Task, setting};
use al_models::{Continuation, Fitted, NewRows, RefitCause, TrainingRows};
use al_words::metrics::Metrics;
use al_words::rounds::RoundKind;

use super::super::Campaign;
use super::super::comparison::compare;
use super::super::train::calibration;
use super::said::{HowLearned, growth_of};
use super::{Refit, UpdateOptions};
use crate::derived::Learned;
use crate::scales::{Scales, labelled};

/// Trees an update adds to a member, as a share of the trees of a training, of so many rows
/// at most, or if the new rows are a quarter of the known ones; beyond that fewer trees are
/// enough for few rows, and many would cost what a fit costs.
const TREES_SHARE: f64 = 0.4;
const FULL_SHARE_TO: f64 = 10_000.0;
const FULL_SHARE_FROM: f64 = 0.25;

/// About how many of the rows that it knows a member sees again in an update: of more the
/// few trees that are added learn no more.
const MOST_REPLAYED: f64 = 100_000.0;

/// Fewest trees that an update adds, unless the share of many rows is less.
const FEWEST_TREES: usize = 10;

/// Largest number of trees of a member, in trainings; an update that would
/// pass it re-fits.
const MOST_TRAININGS: usize = 5;

/// Most trees that a refit keeps of members that have grown: more cost more than they bring.
const MOST_KEPT: usize = 1000;

/// How many times as many rows as before let a fit from scratch be compared with what was
/// continued: if somebody wishes the better of the two, and else, up to so many rows, to say
/// how far they are apart.
const DRIFT_SOUGHT_FROM: f64 = 1.1;
const DRIFT_TOLD_FROM: f64 = 1.25;
const DRIFT_TOLD_TO: usize = 100_000;

/// The share of the error from which it is said that a fit from scratch takes it away.
const DRIFT_TOLD: f64 = 0.02;

/// The metrics that tell which of two models is better.
const JUDGED_BY: [&str; 3] = ["rmse_log", "rmse", "log_loss"];

/// How many times as many rows as the last fit had make an update re-fit a stack: few
/// rows told little of how its learners are to be weighted.
const MOST_GROWTH: usize = 2;

/// Trees that an update with `new` rows adds to each member of a model of `old` rows that
/// was trained with `grown`, which were `enough` or not.
fn added_trees(grown: usize, new: usize, old: usize, enough: bool) -> usize {
    let many = ((grown as f64 * TREES_SHARE).round() as usize).max(1);
    let old = old.max(1) as f64;
    let part = (new as f64 / (FULL_SHARE_FROM * old))
        .sqrt()
        .max(if enough { 0.0 } else { FULL_SHARE_TO / old });
    let trees = (many as f64 * part).ceil() as usize;
    trees.max(FEWEST_TREES).min(many)
}

/// How far a model that was continued is from a fit from scratch.
pub(super) struct Drift {
    /// By how much the error of the latter is smaller, as a share.
    pub(super) fall: f64,
    /// Whether the latter was taken.
    pub(super) taken: bool,
}

impl Campaign {
    /// Learns from the rows of `new` and appends them; and how.
    pub(super) fn learn(
        &mut self,
        new: Observed,
        old_rows: &[usize],
        options: &UpdateOptions,
        warnings: &mut Messages,
        progress: &dyn Progress,
    ) -> Result<HowLearned, Fault> {
        let recipe = self.options.recipe.clone();
        let round = self.rounds.len() as u64;
        let trained = self.fitted.grown_options();
        let grown = trained.trees;
        // Trees that were grown until more bring nothing need none for their own sake.
        let enough = recipe.options.early_stopping;
        let trees = added_trees(grown, new.learned().len(), old_rows.len(), enough);
        let most = MOST_TRAININGS * grown;
        let mut refit = options.refit == Refit::Always;
        if !refit && self.outgrown(&new) {
            warnings.push(
                "the targets spread on another scale than those of the first training: the model is re-fitted"
                    .to_owned(),
            );
            refit = true;
        }
        if !refit && let Some(sentence) = self.new_hardware(&new) {
            warnings.push(sentence);
            refit = true;
        }
        let fitted_on = self.rows_of_last_fit();
        if !refit
            && self.options.recipe.learner == "auto"
            && old_rows.len() + self.unknown(&new) >= MOST_GROWTH * fitted_on
        {
            warnings.push(format!(
                "there are at least {MOST_GROWTH} times as many rows as the {fitted_on} of the last fit, which weighted the learners: the model is re-fitted",
            ));
            refit = true;
        }
        if !refit && self.fitted.n_trees() + trees > most {
            warnings.push(format!(
                "the members have grown to {} trees, and {most} are the most: the model is re-fitted",
                self.fitted.n_trees()
            ));
            refit = true;
        }
        if !refit {
            let old = self.labelled(old_rows);
            let how = Continuation {
                trees,
                learning_rate: options.learning_rate.unwrap_or(trained.learning_rate),
                replay: (MOST_REPLAYED / old_rows.len() as f64).min(1.0),
            };
            let seed = self.seed().derive("round", round);
            let grown = self.grown(&old, &new, how, seed)?;
            self.rows.append(new);
            let all = self.rows.learned();
            let fresh: Vec<usize> = all[old_rows.len()..].to_vec();
            // A configuration in another group is no repeat.
            let name = |row: usize| (self.rows.keys()[row], self.rows.groups().get(row).copied());
            let at: HashMap<(Key, Option<u64>), usize> = old_rows
                .iter()
                .enumerate()
                .map(|(at, &row)| (name(row), at))
                .collect();
            let repeats: Vec<Option<usize>> = fresh
                .iter()
                .map(|&row| at.get(&name(row)).copied())
                .collect();
            // Rows of one configuration beyond a pair cannot be kept out of bag
            // together: a fit of everything merges them.
            if at.len() < old_rows.len() && repeats.iter().any(Option::is_some) {
                warnings.push(
                    "configurations were measured again: the model is re-fitted on their means"
                        .to_owned(),
                );
                self.refit(progress)?;
                return Ok(HowLearned::Refitted);
            }
            let fresh = self.labelled(&fresh);
            let data = old.stack(&fresh);
            let new_rows = NewRows {
                data: &fresh,
                repeats: &repeats,
            };
            let cause = self.fitted.stack().refit_cause(old_rows.len(), &new_rows);
            let resumed = self.fitted.resume(
                &old,
                new_rows,
                TrainingRows {
                    data: &data,
                    calibration: &calibration(&self.rows, &all),
                    replicate_noise: self.noise(&all),
                },
                how,
                seed,
                progress,
            )?;
            if let Some(resumed) = resumed {
                self.fitted = resumed;
                return Ok(HowLearned::Continued(grown.map(Box::new)));
            }
            warnings.push(match cause {
                None => format!(
                    "learner '{}' cannot be continued: the model is re-fitted",
                    recipe.learner
                ),
                Some(RefitCause::Repeats) => {
                    "configurations were measured again: the model is re-fitted on their means"
                        .to_owned()
                }
                Some(RefitCause::ManyRows) => {
                    "there are more rows than the learner 'gp' is part of 'auto' for: the model is re-fitted without it, and its error may change"
                        .to_owned()
                }
            });
        } else {
            self.rows.append(new);
        }
        self.refit(progress)?;
        Ok(HowLearned::Refitted)
    }

    /// Re-fits everything on all rows: encoder, members and intervals.
    fn refit(&mut self, progress: &dyn Progress) -> Result<(), Fault> {
        *self = self.refitted(progress)?;
        Ok(())
    }

    /// This campaign with everything fitted on all rows anew. Members that have grown keep as
    /// many trees, unless how many they need is found by the fit.
    fn refitted(&self, progress: &dyn Progress) -> Result<Campaign, Fault> {
        let rows = self.rows.merged(&self.scale(), self.task);
        let learned = rows.learned();
        let features = rows.features().take(&learned);
        let encoder = self.encoder.refit(&features);
        let encoder = encoder.expect("the model's own rows fit its encoder");
        let mut options = self.options.clone();
        let trees = &mut options.recipe.options;
        if !trees.early_stopping {
            trees.trees = trees.trees.max(self.fitted.n_trees().min(MOST_KEPT));
        }
        let regression = self.task == Task::Regression;
        let scales = Scales::of(&rows, &learned, &options, regression);
        let x = encoder.encode(&features);
        let x = x.expect("the encoder was fitted on these rows");
        let data = labelled(&rows, &learned, x, &options, &self.classes, &scales);
        let fitted = Fitted::fit(
            &options.recipe,
            TrainingRows {
                data: &data,
                calibration: &calibration(&rows, &learned),
                replicate_noise: self.noise_of(&rows, &learned, &scales),
            },
            options.seed,
            progress,
        )?;
        Ok(Campaign {
            options,
            task: self.task,
            classes: self.classes.clone(),
            encoder,
            rows,
            fitted,
            rounds: self.rounds.clone(),
            ingested: self.ingested.clone(),
            stated_noise: self.stated_noise,
            scales,
            key_rule: self.key_rule,
            typed_by_files: self.typed_by_files,
            seen: self.seen.clone(),
            left_out: self.left_out.clone(),
            directories: self.directories.clone(),
            learned: Learned::default(),
        })
    }

    /// How the model that was continued compares with a fit from scratch, if so many rows
    /// have come since that was last known that it may be another; and takes the better of
    /// the two if that is wished.
    pub(super) fn against_refit(
        &mut self,
        wish: Refit,
        is_new: bool,
        warnings: &mut Messages,
        progress: &dyn Progress,
    ) -> Result<Option<Drift>, Fault> {
        let rows = self.rows.learned().len();
        let known = self.rows_when_last_compared() as f64;
        let is_due = match wish {
            Refit::Always => false,
            Refit::WhenBetter => !is_new || rows as f64 >= DRIFT_SOUGHT_FROM * known,
            Refit::WhenNeeded => rows as f64 >= DRIFT_TOLD_FROM * known && rows <= DRIFT_TOLD_TO,
        };
        if !is_due {
            return Ok(None);
        }
        progress.stage("fitting from scratch", 0);
        let refitted = self.refitted(progress)?;
        let Ok(both) = compare(self, &refitted) else {
            // No row is predicted by both without itself.
            return Ok(None);
        };
        let [continued, anew] = &both.metrics;
        let Some(fall) = growth_of(continued, anew) else {
            return Ok(None);
        };
        let is_sure = both
            .differences
            .iter()
            .any(|of| JUDGED_BY.contains(&of.metric.key) && of.difference.high < 0.0);
        let error = |of: &Metrics| {
            of.rmse_log
                .or(of.rmse)
                .or(of.log_loss)
                .map(|error| rounded(error, 4))
        };
        let errors = match (error(continued), error(anew)) {
            (Some(continued), Some(anew)) => {
                format!("{anew} instead of {continued} on the same rows")
            }
            _ => "on the same rows".to_owned(),
        };
        let percent = 100.0 * fall.abs();
        let taken = wish == Refit::WhenBetter && fall > 0.0;
        match (wish, taken) {
            (Refit::WhenBetter, true) => warnings.push(format!(
                "the model is fitted from scratch, which takes {percent:.1} % of its error away ({errors})"
            )),
            (Refit::WhenBetter, false) if percent < 0.05 => warnings.push(format!(
                "the model is kept as it is: a fit from scratch has the same error ({errors})"
            )),
            (Refit::WhenBetter, false) => warnings.push(format!(
                "the updated model is kept: a fit from scratch has {percent:.1} % more error ({errors})"
            )),
            _ if is_sure && fall >= DRIFT_TOLD => warnings.push(
                Message::from(format!(
                    "a fit from scratch has {percent:.1} % less error than the updated model ({errors}); give "
                ))
                .setting(setting::REFIT),
            ),
            _ => {}
        }
        if taken {
            *self = refitted;
        }
        Ok(Some(Drift { fall, taken }))
    }

    /// Rows that the model had when it was last fitted from scratch, or compared with such a
    /// fit.
    fn rows_when_last_compared(&self) -> usize {
        let mut rounds = self.rounds.iter().rev();
        let last = rounds.find(|round| round.kind != RoundKind::Update || round.drift.is_some());
        last.map_or(1, |round| round.total_rows.max(1))
    }

    fn noise(&self, rows: &[usize]) -> Option<f64> {
        self.noise_of(&self.rows, rows, &self.scales)
    }

    /// The variance of a measurement in the unit of `scales`, as it was stated or as
    /// repeats among these rows of `all` tell.
    fn noise_of(&self, all: &Observed, rows: &[usize], scales: &Scales) -> Option<f64> {
        let scale = scales.target(self.options.log_target);
        let stated = self.stated_noise.mean();
        stated
            .or_else(|| all.replicate_variance(rows, &scale))
            .map(|noise| noise / scales.spread / scales.spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_beside_many_add_few_trees() {
        let added = |grown, new, old| added_trees(grown, new, old, false);
        assert_eq!(added(100, 10, 500), 40);
        assert_eq!(added(100, 1, 10_000), 40);
        assert_eq!(added(1000, 50_000, 200_000), 400);
        // √(1000 / 50 000) of 400.
        assert_eq!(added(1000, 1000, 200_000), 57);
        assert_eq!(added(100, 1, 1_000_000), 10);
        assert_eq!(added(5, 1, 1_000_000), 2);
        assert_eq!(added(1, 1, 1), 1);
        // √(10 / 500) of 400, and of few rows all the same.
        assert_eq!(added_trees(1000, 10, 2000, true), 57);
        assert_eq!(added_trees(1000, 8, 30, true), 400);
    }
}
