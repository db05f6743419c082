//! Taking new results in.

mod chance;
mod learn;
mod movement;
mod outgrown;
mod reading;
mod said;

use std::path::Path;

use al_core::{Belief, Fault, Message, Messages, Progress, Role, setting};
use al_tables::TableSource;
use al_words::metrics::{Improvement, Metrics, improvement};
use al_words::rounds::{Round, RoundKind};

use super::{Campaign, Ingested};
use crate::derived::Learned;
use reading::{Fresh, NewResults, TakingIn};
use said::{HowLearned, MetricsBeside, fresh_rows, growth_of};

/// The share by which the error of a fit from scratch may be above that of the model before
/// without a word.
const WORSE: f64 = 0.01;

/// When an update fits everything from scratch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refit {
    /// Where members cannot be continued, or have grown too far. Where so many rows have come
    /// that a fit from scratch may be better, it is said by how much.
    #[default]
    WhenNeeded,
    /// Where its error is smaller, too, which is tried once there are a tenth more rows.
    WhenBetter,
    /// In any case.
    Always,
}

/// How to take results in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateOptions {
    /// Shrinkage of the trees that are added; the training's if not given.
    pub learning_rate: Option<f64>,
    /// When everything is fitted anew instead of continuing.
    pub refit: Refit,
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
    /// By how much the error of a fit from scratch is smaller than that of the model that was
    /// continued, on the same rows, as a share; `None` if that was not asked.
    pub drift: Option<f64>,
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

/// That a fit from scratch has more error than the model had before, which is only to be
/// found out.
fn worse(before: Option<&Metrics>, after: Option<&Metrics>) -> Option<Message> {
    let fall = growth_of(before?, after?)?;
    (fall < -WORSE).then(|| {
        Message::from(format!(
            "the re-fitted model has {:.1} % more error than the model before on the same rows",
            -100.0 * fall
        ))
    })
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
        let believed = self.said_of(&still);
        // Results that are known are no reason to ask whether a refit is better.
        let anew = match options.refit {
            Refit::WhenNeeded => false,
            Refit::WhenBetter => source.is_nothing(),
            Refit::Always => true,
        };
        if input.is_none() && !anew {
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
        if new.is_empty() && skipped == 0 && !anew {
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
        let mut how = if options.refit == Refit::Always || learned_new > 0 {
            self.learn(new, &old_rows, options, &mut warnings, progress)?
        } else {
            self.rows.append(new);
            if input.is_some() {
                warnings.push("no row of the new results can be learned from".to_owned());
            }
            HowLearned::Nothing
        };
        let mut drift = None;
        if !matches!(how, HowLearned::Refitted) && (anew || learned_new > 0) {
            let is_new = learned_new > 0;
            drift = self.against_refit(options.refit, is_new, &mut warnings, progress)?;
            if drift.as_ref().is_some_and(|drift| drift.taken) {
                how = HowLearned::Refitted;
            }
        }
        if matches!(how, HowLearned::Nothing) && drift.is_some() && skipped == 0 && failed_new == 0
        {
            return Ok(Updated {
                drift: drift.map(|drift| drift.fall),
                ..self.unchanged(self.metrics(), known_files, eval.is_some(), warnings)
            });
        }
        let drift = drift.map(|drift| drift.fall);
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
        if refitted && drift.is_none() {
            let worse = worse(before.as_ref(), after.as_ref());
            warnings.extend(worse.map(|message| {
                match options.refit {
                    Refit::Always => message
                        .text("; to keep the better of the two, give ")
                        .setting(setting::REFIT.to("auto")),
                    _ => message,
                }
            }));
        }
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
            drift,
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
            drift,
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
            drift: None,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refit_that_is_worse_is_told() {
        let of = |rmse: f64| Metrics {
            rmse: Some(rmse),
            ..Metrics::default()
        };
        let said = worse(Some(&of(1.0)), Some(&of(1.22))).unwrap().to_string();
        assert!(said.contains("has 22.0 % more error"), "{said}");
        for after in [1.005, 0.9, f64::NAN] {
            assert!(worse(Some(&of(1.0)), Some(&of(after))).is_none());
        }
        assert!(worse(None, Some(&of(1.0))).is_none());
    }
}
