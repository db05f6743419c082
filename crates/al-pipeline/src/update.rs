//! Taking new results in.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use al_core::{DataError, Key, Progress, Table, encoder};
use al_models::{Continuation, Fitted, NewRows, TrainingRows};
use al_tables::Input;

use crate::campaign::{Campaign, Ingested, LEARNED, Rows, replicate_noise};
use crate::error::Error;
use crate::options::Task;
use crate::phrases::counted;
use crate::report::{Improvement, Metrics, Round, RoundKind, improvement};
use crate::results::{Reader, Results, Role, check_columns, read_results, read_target};
use crate::scales::Scales;
use crate::source::Source;
use crate::stop;
use crate::train::calibration;

/// Trees each update adds to a member, as a share of the trees of a training.
const TREES_SHARE: f64 = 0.4;

/// Largest number of trees of a member, in trainings; an update that would
/// pass it fits anew.
const MOST_TRAININGS: usize = 5;

/// Most rows that tell how far an update moves the model.
const STILL: usize = 2000;

/// How to take results in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateOptions {
    /// Shrinkage of the trees that are added; the training's if not given.
    pub learning_rate: Option<f64>,
    /// Fit everything anew instead of continuing.
    pub refit: bool,
    /// Take files in even if they are in the model already.
    pub again: bool,
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
    /// Rows that were learned from.
    pub rows_added: usize,
    /// Rows that are evaluation rows and were not learned from.
    pub rows_skipped: usize,
    /// Rows whose measurement failed.
    pub rows_failed: usize,
    /// How far the predictions moved, as the share of the error that so much
    /// movement is expected to take away; `None` if nothing was learned.
    pub moved: Option<f64>,
    /// Files that are in the model already and were left out.
    pub known_files: Vec<String>,
    /// Whether the model changed at all.
    pub changed: bool,
    /// Whether it was fitted anew.
    pub refitted: bool,
    /// Warnings, a sentence each.
    pub warnings: Vec<String>,
}

/// The files of an update.
#[derive(Default)]
struct Fresh {
    /// The table of those that are not in the model yet, if any.
    input: Option<Input>,
    /// Those that are.
    known: Vec<String>,
    /// The digests of the former.
    digests: Vec<String>,
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
    source: &Source,
    eval: Option<&Source>,
    options: &UpdateOptions,
    progress: &dyn Progress,
) -> Result<Updated, Error> {
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
        source: &Source,
        eval: Option<&Source>,
        options: &UpdateOptions,
        progress: &dyn Progress,
    ) -> Result<Updated, Error> {
        progress.stage("reading results", 0);
        let mut warnings = Vec::new();
        let Fresh {
            input,
            known: known_files,
            digests,
        } = self.fresh_files(source, options.again, &mut warnings)?;
        let round = self.rounds.len();
        if let Some(eval) = eval {
            self.replace_evaluation(eval, round as u32, &mut warnings)?;
        }
        let before = self.metrics();
        let still = self.still_rows();
        let believed = self.means(&still);
        if input.is_none() && !options.refit {
            return Ok(Updated {
                after: before.clone(),
                before,
                improvement: Improvement::default(),
                rows_added: 0,
                rows_skipped: 0,
                rows_failed: 0,
                moved: None,
                known_files,
                changed: eval.is_some(),
                refitted: false,
                warnings,
            });
        }
        let (new, skipped, cost) = self.read_new(input.as_ref(), round as u32, &mut warnings)?;
        let learned_new = new.with(&LEARNED).len();
        let failed_new = new.with(&[Role::Failed]).len();
        let old_rows = self.rows.with(&LEARNED);
        let refitted = if options.refit || learned_new > 0 {
            self.learn(new, &old_rows, options, &mut warnings, progress)?
        } else {
            self.rows.append(new);
            warnings.push("no row of the new results can be learned from".to_owned());
            false
        };
        if !refitted {
            warnings.extend(self.unknown_levels(round as u32));
        }
        warnings.extend(self.fitted.interval_method().1);
        let after = self.metrics();
        let moved = if learned_new > 0 || refitted {
            self.moved(&believed, &still, after.as_ref())
        } else {
            None
        };
        let total_rows = self.rows.with(&LEARNED).len();
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
            rows_added: learned_new,
            rows_skipped: skipped,
            rows_failed: failed_new,
            moved,
            known_files,
            changed: true,
            refitted,
            warnings,
        })
    }

    /// Learns from the rows of `new` and appends them; whether by fitting
    /// anew.
    fn learn(
        &mut self,
        new: Rows,
        old_rows: &[usize],
        options: &UpdateOptions,
        warnings: &mut Vec<String>,
        progress: &dyn Progress,
    ) -> Result<bool, Error> {
        let recipe = self.options.recipe.clone();
        let round = self.rounds.len() as u64;
        let trees = ((recipe.options.trees as f64 * TREES_SHARE).round() as usize).max(1);
        let most = MOST_TRAININGS * recipe.options.trees;
        let mut refit = options.refit;
        if !refit && self.outgrown(&new) {
            warnings.push(
                "the targets spread on another scale than those of the first training: the model is fitted anew"
                    .to_owned(),
            );
            refit = true;
        }
        if !refit && self.fitted.n_trees() + trees > most {
            warnings.push(format!(
                "the members have grown to {} trees, and {most} are the most: the model is fitted anew",
                self.fitted.n_trees()
            ));
            refit = true;
        }
        if !refit {
            let old = self.labelled(old_rows);
            self.rows.append(new);
            let all = self.rows.with(&LEARNED);
            let fresh: Vec<usize> = all[old_rows.len()..].to_vec();
            let at: HashMap<Key, usize> = old_rows
                .iter()
                .enumerate()
                .map(|(at, &row)| (self.rows.keys[row], at))
                .collect();
            let repeats: Vec<Option<usize>> = fresh
                .iter()
                .map(|&row| at.get(&self.rows.keys[row]).copied())
                .collect();
            let fresh = self.labelled(&fresh);
            let data = old.stack(&fresh);
            let resumed = self.fitted.resume(
                &old,
                NewRows {
                    data: &fresh,
                    repeats: &repeats,
                },
                TrainingRows {
                    data: &data,
                    calibration: &calibration(&self.rows, &all),
                    replicate_noise: self.noise(&all),
                },
                Continuation {
                    trees,
                    learning_rate: options
                        .learning_rate
                        .unwrap_or(recipe.options.learning_rate),
                    replay: 1.0,
                },
                self.seed().derive("round", round),
                progress,
            )?;
            if let Some(resumed) = resumed {
                self.fitted = resumed;
                return Ok(false);
            }
            warnings.push(format!(
                "learner '{}' cannot be continued: the model is fitted anew",
                recipe.learner
            ));
        } else {
            self.rows.append(new);
        }
        self.refit(progress)?;
        Ok(true)
    }

    /// Whether the targets with those of `new` spread by another order of
    /// magnitude than the model's unit, which is that of its last fit: members
    /// round in that unit, and penalties are in it. A first training of equal
    /// targets has no unit of its own.
    fn outgrown(&self, new: &Rows) -> bool {
        if self.task != Task::Regression {
            return false;
        }
        let mut rows = self.rows.clone();
        rows.append(new.clone());
        let learned = rows.with(&LEARNED);
        let scales = Scales::of(&rows, &learned, &self.options, true);
        let values = || {
            learned
                .iter()
                .map(|&row| self.options.fitted(rows.values[row]))
        };
        let first = values().next().unwrap_or(0.0);
        let ratio = scales.spread / self.scales.spread;
        values().any(|value| value != first) && !(0.1..=10.0).contains(&ratio)
    }

    /// Rows whose predictions tell how far an update moves the model: those of
    /// the evaluation, or without them those learned from before.
    fn still_rows(&self) -> al_core::Table {
        let held_out = self.rows.with(&[Role::Evaluation]);
        let mut rows = match held_out.len() {
            0 => self.rows.with(&LEARNED),
            _ => held_out,
        };
        let order = self.seed().derive("still", 0);
        rows.sort_by_key(|&row| (order.order(self.rows.keys[row]), row));
        rows.truncate(STILL);
        self.rows.features.take(&rows)
    }

    /// What the model predicts of `rows`, on the fitted scale or as
    /// probabilities.
    fn means(&self, rows: &Table) -> ndarray::Array2<f64> {
        let x = self.encoder.encode(rows);
        let belief = self
            .fitted
            .posterior(&x.expect("the model's own rows fit its encoder"));
        let means = crate::choose::mean(&belief);
        match self.task {
            Task::Regression => means.mapv(|value| self.scales.fitted(f64::from(value))),
            Task::Classification => means.mapv(f64::from),
        }
    }

    /// The gain that the movement of `rows` from `before` comes to.
    fn moved(
        &self,
        before: &ndarray::Array2<f64>,
        rows: &Table,
        metrics: Option<&Metrics>,
    ) -> Option<f64> {
        let after = self.means(rows);
        let n = after.nrows();
        let squares = (&after - before).mapv(|difference| difference * difference);
        let movement = squares.sum() / n as f64;
        (n > 0).then(|| stop::gain(movement, self.squared_error(metrics)))
    }

    /// Mean squared error on the fitted scale, of probabilities for classes: as
    /// `metrics` have it, or as far as the model knows.
    pub(crate) fn squared_error(&self, metrics: Option<&Metrics>) -> f64 {
        let unit = self.scales.spread * self.scales.spread;
        let known = metrics.and_then(|metrics| match self.task {
            Task::Regression if self.options.log_target => {
                stop::squared(metrics.rmse_log, metrics.mae_log)
            }
            Task::Regression => stop::squared(metrics.rmse, metrics.mae),
            Task::Classification => metrics.brier,
        });
        known.unwrap_or_else(|| match self.task {
            Task::Regression => self.fitted.noise() * unit,
            // What the model itself expects of its probabilities.
            Task::Classification => {
                let mut learned = self.rows.with(&LEARNED);
                learned.truncate(STILL);
                let means = self.means(&self.rows.features.take(&learned));
                let right: f64 = means.iter().map(|p| p * p).sum();
                1.0 - right / means.nrows().max(1) as f64
            }
        })
    }

    /// Fits everything anew on all rows: encoder, members and intervals.
    fn refit(&mut self, progress: &dyn Progress) -> Result<(), Error> {
        self.rows = self.rows.merged(&self.options, self.task);
        let learned = self.rows.with(&LEARNED);
        let features = self.rows.features.take(&learned);
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
            .or_else(|| replicate_noise(&self.rows, rows, &self.options))
            .map(|noise| noise / self.scales.spread / self.scales.spread)
    }

    /// Tells the files of `source` that are in the model from those that are
    /// not.
    fn fresh_files(
        &self,
        source: &Source,
        again: bool,
        warnings: &mut Vec<String>,
    ) -> Result<Fresh, Error> {
        if source.is_nothing() {
            return Ok(Fresh::default());
        }
        let input = source.open_once(warnings)?;
        let digests: Vec<String> = input
            .digests()?
            .into_iter()
            .map(|digest| source.digest(digest))
            .collect();
        let is_known =
            |digest: &String| !again && self.ingested.iter().any(|file| file.digest == *digest);
        if !digests.iter().any(is_known) {
            return Ok(Fresh {
                input: Some(input),
                known: Vec::new(),
                digests,
            });
        }
        let (mut paths, mut known, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
        for (file, digest) in input.files().iter().zip(digests) {
            if is_known(&digest) {
                known.push(file.path.clone());
            } else {
                paths.push(file.path.clone());
                fresh.push(digest);
            }
        }
        if paths.is_empty() {
            return Ok(Fresh {
                known,
                ..Fresh::default()
            });
        }
        if source.is_standard_input() {
            // It was read for its digest and cannot be read again.
            return Err(Error::usage(format!(
                "{} was taken in before; give standard input alone, without it",
                known.join(", ")
            )));
        }
        Ok(Fresh {
            input: Some(source.only(paths).open()?),
            known,
            digests: fresh,
        })
    }

    /// The rows of new results: those to learn from, how many are evaluation
    /// rows, and what all cost.
    fn read_new(
        &mut self,
        input: Option<&Input>,
        round: u32,
        warnings: &mut Vec<String>,
    ) -> Result<(Rows, usize, Option<f64>), Error> {
        let Some(input) = input else {
            return Ok((self.rows.take(&[]), 0, None));
        };
        let schema = &self.encoder.schema.clone();
        check_columns(
            input,
            schema
                .names()
                .chain(std::iter::once(self.options.target.as_str()))
                .chain(self.options.roles()),
        )?;
        let table = input.read(None)?.table(None)?;
        if table.n_rows() == 0 {
            return Err(Error::data(format!(
                "{}: there are no rows to take in",
                crate::error::files(input)
            )));
        }
        let classes = (!self.classes.is_empty()).then_some(&self.classes);
        let target = read_target(input, &table, &self.options, classes)?;
        let results = read_results(
            input,
            &table,
            &target,
            schema,
            &self.options,
            Reader::Update,
        )?;
        self.check_ids(input, &table, &results)?;
        self.check_magnitudes(input, &results)?;
        self.stated_noise.add(results.stated_noise);
        // Told here, with the line, rather than when the rows are encoded.
        self.encoder
            .encode(&table)
            .map_err(|error| Error::in_table(input, &error))?;
        if results.dropped > 0 {
            warnings.push(format!(
                "left out for want of a target: {}",
                counted(results.dropped, "row")
            ));
        }
        let mut rows = Rows::new(&table, &results, schema, round);
        let evaluation = self.keys_of(Role::Evaluation);
        let calibrating = self.keys_of(Role::Calibration);
        let before = rows.len();
        rows.keep(|key, role| role == Role::Failed || !evaluation.contains(&key));
        let skipped = before - rows.len();
        if skipped > 0 {
            warnings.push(format!(
                "not trained on, being evaluation rows: {}",
                counted(skipped, "row")
            ));
        }
        // A replicate of a calibration row must not reach the quantile pair.
        for row in 0..rows.len() {
            if rows.roles[row] == Role::Training && calibrating.contains(&rows.keys[row]) {
                rows.roles[row] = Role::Calibration;
            }
        }
        Ok((rows, skipped, results.cost))
    }

    /// A sentence per category that came with this round and that the encoder
    /// does not know.
    fn unknown_levels(&self, round: u32) -> Vec<String> {
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|&row| self.rows.rounds[row] == round)
            .collect();
        let unseen = self.encoder.unseen(&self.rows.features.take(&rows));
        unseen
            .expect("the model's own rows fit its encoder")
            .into_iter()
            .map(|(column, level)| {
                format!(
                    "'{level}' in column '{column}' was not there at training: it counts as an unknown category until --refit"
                )
            })
            .collect()
    }

    /// That no id of the new results stands for another row in the model.
    fn check_ids(&self, input: &Input, table: &Table, results: &Results) -> Result<(), Error> {
        let Some(id) = &self.options.id else {
            return Ok(());
        };
        let schema = &self.encoder.schema;
        let wrong = |error: DataError| Error::in_table(input, &error);
        let old = encoder::feature_keys(schema, &self.rows.features).map_err(wrong)?;
        let old: HashMap<Key, Key> = self.rows.keys.iter().copied().zip(old).collect();
        let new = encoder::feature_keys(schema, table).map_err(wrong)?;
        for (&row, key) in results.source.iter().zip(&results.keys) {
            if old.get(key).is_some_and(|&features| features != new[row]) {
                let text = table.column(id).and_then(|ids| ids.text(row));
                return Err(Error::data(format!(
                    "{}: the id '{}' stands for another row in the model; give each configuration an id of its own",
                    input.place(row),
                    text.unwrap_or_default()
                )));
            }
        }
        Ok(())
    }

    /// That no new target is beyond everything that was measured: a number that
    /// stands for a missing one would drown all others.
    fn check_magnitudes(&self, input: &Input, results: &Results) -> Result<(), Error> {
        if self.task != Task::Regression {
            return Ok(());
        }
        let learned = self.rows.with(&LEARNED);
        let values = || learned.iter().map(|&row| self.rows.values[row]);
        let largest = values().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (&row, &value) in results.source.iter().zip(&results.values) {
            // Measured magnitudes differ by a few powers of ten, not by this.
            if value.abs() > 1e15 * largest.max(f64::MIN_POSITIVE) && largest > 0.0 {
                return Err(Error::data(format!(
                    "{}: the target '{}' is {value:e}, and the largest measured so far is {largest:e}; mend the cell, or train anew if it is right",
                    input.place(row),
                    self.options.target
                )));
            }
        }
        Ok(())
    }

    fn keys_of(&self, role: Role) -> HashSet<Key> {
        let rows = self.rows.with(&[role]);
        rows.into_iter().map(|row| self.rows.keys[row]).collect()
    }

    /// Makes the rows of `eval` the evaluation rows. Those that the model has
    /// learned from are left out.
    fn replace_evaluation(
        &mut self,
        eval: &Source,
        round: u32,
        warnings: &mut Vec<String>,
    ) -> Result<(), Error> {
        let input = eval.open()?;
        let schema = &self.encoder.schema;
        check_columns(
            &input,
            schema
                .names()
                .chain(std::iter::once(self.options.target.as_str())),
        )?;
        let table = input.read(None)?.table(None)?;
        let classes = (!self.classes.is_empty()).then_some(&self.classes);
        let target = read_target(&input, &table, &self.options, classes)?;
        let plain = crate::options::TrainOptions {
            noise: None,
            weights: None,
            cost: None,
            ..self.options.clone()
        };
        let results = read_results(&input, &table, &target, schema, &plain, Reader::Update)?;
        self.encoder
            .encode(&table)
            .map_err(|error| Error::in_table(&input, &error))?;
        let mut learned = self.keys_of(Role::Training);
        learned.extend(self.keys_of(Role::Calibration));
        let mut rows = Rows::new(&table, &results, schema, round);
        let before = rows.len();
        rows.keep(|key, role| role != Role::Failed && !learned.contains(&key));
        if rows.len() < before {
            warnings.push(format!(
                "left out of the evaluation, having been trained on: {}",
                counted(before - rows.len(), "row")
            ));
        }
        if rows.len() == 0 {
            return Err(Error::data(format!(
                "{}: no row is left to evaluate on",
                crate::error::files(&input)
            )));
        }
        rows.roles.fill(Role::Evaluation);
        self.rows.keep(|_, role| role != Role::Evaluation);
        self.rows.append(rows);
        Ok(())
    }
}
