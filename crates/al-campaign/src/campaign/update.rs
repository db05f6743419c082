//! Taking new results in.

mod chance;
mod movement;
mod outgrown;
mod reading;
mod said;

use std::collections::HashMap;
use std::path::Path;

use al_core::{Belief, Fault, Key, Messages, Observed, Progress, Role, Task};
use al_models::{Continuation, Fitted, NewRows, RefitCause, TrainingRows};
use al_tables::TableSource;
use al_words::metrics::{Improvement, Metrics, improvement};
use al_words::rounds::{Round, RoundKind};

use super::train::calibration;
use super::{Campaign, Ingested};
use crate::derived::Learned;
use crate::scales::Scales;
use reading::{Fresh, NewResults, TakingIn};
use said::{HowLearned, MetricsBeside, fresh_rows, growth_of};

/// Trees an update adds to a member, as a share of the trees of a training, of so many rows
/// at most, or if the new rows are a quarter of the known ones; beyond that fewer trees are
/// enough for few rows, and many would cost what a fit costs.
const TREES_SHARE: f64 = 0.4;
const FULL_SHARE_TO: f64 = 10_000.0;
const FULL_SHARE_FROM: f64 = 0.25;

/// Fewest trees that an update adds, unless the share of many rows is less.
const FEWEST_TREES: usize = 10;

/// Largest number of trees of a member, in trainings; an update that would
/// pass it re-fits.
const MOST_TRAININGS: usize = 5;

/// How many times as many rows as the last fit had make an update re-fit a stack: few
/// rows told little of how its learners are to be weighted.
const MOST_GROWTH: usize = 2;

/// How to take results in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateOptions {
    /// Shrinkage of the trees that are added; the training's if not given.
    pub learning_rate: Option<f64>,
    /// Re-fit everything instead of continuing.
    pub refit: bool,
    /// Take files in even if they are in the model already.
    pub again: bool,
    /// Leave out rows without a target, as if the model had been trained so.
    pub drop_missing_target: bool,
    /// The time to note in the history.
    pub at: Option<String>,
}

/// What an update did.
#[derive(Debug)]
pub struct Updated {
    /// The metrics before, on the evaluation rows.
    pub before: Option<Metrics>,
    /// The metrics after, on the same rows.
    pub after: Option<Metrics>,
    /// What that is in percent.
    pub improvement: Improvement,
    /// The metrics of the model before on the new rows that it had not seen.
    pub prequential: Option<Metrics>,
    /// By how much the error of the model before fell by growing as many trees as it has
    /// now on the rows it knew, as a share; `before` is the model so grown. `None` if it
    /// has not grown.
    pub growth: Option<f64>,
    /// Rows that were learned from.
    pub rows_added: usize,
    /// Rows that are evaluation rows and were not learned from.
    pub rows_skipped: usize,
    /// Measurements that are in the model already, with the same values.
    pub known_rows: usize,
    /// Rows whose measurement failed.
    pub rows_failed: usize,
    /// How far the predictions moved, as the share of the error that so much
    /// movement is expected to take away; `None` if nothing was learned.
    pub moved: Option<f64>,
    /// Files that are in the model already and were left out.
    pub known_files: Vec<String>,
    /// Whether the model changed at all.
    pub changed: bool,
    /// Whether it was re-fitted.
    pub refitted: bool,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Trees that an update with `new` rows adds to each member of a model of `old` rows that
/// was trained with `grown`.
fn added_trees(grown: usize, new: usize, old: usize) -> usize {
    let many = ((grown as f64 * TREES_SHARE).round() as usize).max(1);
    let old = old.max(1) as f64;
    let part = (new as f64 / (FULL_SHARE_FROM * old))
        .sqrt()
        .max(FULL_SHARE_TO / old);
    let trees = (many as f64 * part).ceil() as usize;
    trees.max(FEWEST_TREES).min(many)
}

/// Takes the results of `source` into the model file at `path` and writes it
/// to `to`. The file is locked from before it is read until after it is
/// written.
///
/// # Errors
///
/// Results that cannot be read or make no sense; a file that another process
/// is updating.
pub fn update_file(
    path: &Path,
    to: &Path,
    source: &TableSource,
    eval: Option<&TableSource>,
    options: &UpdateOptions,
    progress: &dyn Progress,
) -> Result<Updated, Fault> {
    if !path.exists() {
        Campaign::load(path)?;
    }
    let _lock = al_tables::exclusive(path)?;
    let mut campaign = Campaign::load(path)?;
    let updated = campaign.update(source, eval, options, progress)?;
    if to == path {
        if updated.changed {
            al_tables::write_atomic(path, &campaign.to_bytes()?)?;
        }
    } else {
        campaign.save(to)?;
    }
    Ok(updated)
}

impl Campaign {
    /// Takes the results of `source` in. `eval` replaces the evaluation rows
    /// for the metrics of this and later rounds.
    ///
    /// # Errors
    ///
    /// As [`update_file`].
    pub fn update(
        &mut self,
        source: &TableSource,
        eval: Option<&TableSource>,
        options: &UpdateOptions,
        progress: &dyn Progress,
    ) -> Result<Updated, Fault> {
        progress.stage("reading results", 0);
        let mut warnings = Messages::default();
        let Fresh {
            input,
            known: known_files,
            digests,
        } = self.fresh_files(source, options.again, &mut warnings)?;
        let round = self.rounds.len();
        if let Some(eval) = eval {
            self.replace_evaluation(eval, round as u32, &mut warnings)?;
            self.learned = Learned::default();
        }
        let known_scale = self.scale();
        let still = self.still_rows();
        let believed = self.means(&still);
        if input.is_none() && !options.refit {
            return Ok(self.unchanged(self.metrics(), known_files, eval.is_some(), warnings));
        }
        let how = TakingIn {
            again: options.again,
            drop_missing_target: options.drop_missing_target,
        };
        let NewResults {
            rows: new,
            skipped,
            known: known_rows,
            cost,
            seen,
        } = self.read_new(input.as_ref(), how, round as u32, &mut warnings)?;
        if new.is_empty() && skipped == 0 && !options.refit {
            if known_rows == 0 {
                warnings.push("there are no new results".to_owned());
            }
            return Ok(Updated {
                known_rows,
                ..self.unchanged(self.metrics(), known_files, eval.is_some(), warnings)
            });
        }
        warnings.extend(self.held_out_by_column());
        self.seen.extend(seen);
        let learned_new = new.learned().len();
        let fresh = fresh_rows(&new);
        let said = self.said(&new);
        let prequential = said.foretold.as_ref();
        let prequential = prequential.map(|foretold| foretold.metrics(&known_scale));
        warnings.extend(self.too_few_covered(prequential.as_ref()));
        let failed_new = new.with(&[Role::Failed]).len();
        let old_rows = self.rows.learned();
        let how = if options.refit || learned_new > 0 {
            self.learn(new, &old_rows, options, &mut warnings, progress)?
        } else {
            self.rows.append(new);
            warnings.push("no row of the new results can be learned from".to_owned());
            HowLearned::Nothing
        };
        let refitted = matches!(how, HowLearned::Refitted);
        self.learned = Learned::default();
        if !refitted {
            warnings.extend(self.unknown_levels(round as u32));
        }
        warnings.extend(self.fitted.interval_method().1);
        let now = self.evaluation(self.options.recipe.coverage);
        let scales = [&known_scale, &self.scale()];
        let mut both = said.beside(now.as_ref(), &fresh, scales);
        let mut growth = None;
        if let HowLearned::Continued(Some(grown)) = how {
            // What more trees bring is no merit of the new rows.
            let grown = grown.beside(now.as_ref(), &fresh, scales);
            growth = (both.before.as_ref().zip(grown.before.as_ref()))
                .and_then(|(before, grown)| growth_of(before, grown));
            both = MetricsBeside {
                after: both.after,
                ..grown
            };
        }
        let MetricsBeside {
            before,
            after,
            change,
        } = both;
        let moved = if learned_new > 0 || refitted {
            self.moved(&believed, &still, after.as_ref())
        } else {
            None
        };
        let total_rows = self.rows.learned().len();
        self.rounds.push(Round {
            index: round,
            at: options.at.clone(),
            kind: if refitted {
                RoundKind::Refit
            } else {
                RoundKind::Update
            },
            rows_added: learned_new,
            rows_skipped: skipped,
            total_rows,
            before: before.clone(),
            after: after.clone(),
            change,
            prequential: prequential.clone(),
            growth,
            moved,
            cost,
            cost_unit: cost.and(self.options.cost.clone()),
        });
        self.ingested
            .extend(digests.into_iter().map(|digest| Ingested { digest, round }));
        Ok(Updated {
            improvement: match (&before, &after) {
                (Some(before), Some(after)) => improvement(before, after),
                _ => Improvement::default(),
            },
            before,
            after,
            prequential,
            growth,
            rows_added: learned_new,
            rows_skipped: skipped,
            known_rows,
            rows_failed: failed_new,
            moved,
            known_files,
            changed: true,
            refitted,
            warnings,
        })
    }

    /// An update that added nothing to the rows learned from.
    fn unchanged(
        &self,
        metrics: Option<Metrics>,
        known_files: Vec<String>,
        changed: bool,
        warnings: Messages,
    ) -> Updated {
        Updated {
            improvement: match &metrics {
                Some(same) => improvement(same, same),
                None => Improvement::default(),
            },
            after: metrics.clone(),
            before: metrics,
            prequential: None,
            growth: None,
            rows_added: 0,
            rows_skipped: 0,
            known_rows: 0,
            rows_failed: 0,
            moved: None,
            known_files,
            changed,
            refitted: false,
            warnings,
        }
    }

    /// Learns from the rows of `new` and appends them; and how.
    fn learn(
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
        let trees = added_trees(grown, new.learned().len(), old_rows.len());
        let most = MOST_TRAININGS * grown;
        let mut refit = options.refit;
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
            && old_rows.len() + new.learned().len() >= MOST_GROWTH * fitted_on
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
                replay: 1.0,
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
        self.rows = self.rows.merged(&self.scale(), self.task);
        let learned = self.rows.learned();
        let features = self.rows.features().take(&learned);
        self.encoder = self
            .encoder
            .refit(&features)
            .expect("the model's own rows fit its encoder");
        let regression = self.task == Task::Regression;
        self.scales = Scales::of(&self.rows, &learned, &self.options, regression);
        let data = self.labelled(&learned);
        self.fitted = Fitted::fit(
            &self.options.recipe,
            TrainingRows {
                data: &data,
                calibration: &calibration(&self.rows, &learned),
                replicate_noise: self.noise(&learned),
            },
            self.seed(),
            progress,
        )?;
        Ok(())
    }

    fn noise(&self, rows: &[usize]) -> Option<f64> {
        self.stated_noise
            .mean()
            .or_else(|| self.rows.replicate_variance(rows, &self.scale()))
            .map(|noise| noise / self.scales.spread / self.scales.spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_beside_many_add_few_trees() {
        assert_eq!(added_trees(100, 10, 500), 40);
        assert_eq!(added_trees(100, 1, 10_000), 40);
        assert_eq!(added_trees(1000, 50_000, 200_000), 400);
        // √(1000 / 50 000) of 400.
        assert_eq!(added_trees(1000, 1000, 200_000), 57);
        assert_eq!(added_trees(100, 1, 1_000_000), 10);
        assert_eq!(added_trees(5, 1, 1_000_000), 2);
        assert_eq!(added_trees(1, 1, 1), 1);
    }
}
