//! New results: which files are new, and which of their rows can be learned
//! from.

use std::collections::{HashMap, HashSet};

use al_core::phrases::{counted, listed, rounded};
use al_core::twins::{of_rounded_twins, rounded_twins};
use al_core::{
    DataError, Fault, Key, Message, Messages, Observed, Role, Table, Tabular, Task, encoder,
    setting,
};
use al_tables::{Input, TableSource, another_row_of_the_model, check_columns};
use al_words::columns::written;

use super::super::Campaign;
use crate::groups::held_out;
use crate::measured::observed;
use crate::results::{ReadingCommand, Results, read_results, read_target};
use crate::seen::SeenMeasurements;

/// How many times as large or as small new targets are from which they may be in another
/// unit.
const OTHER_UNIT: f64 = 100.0;

/// The files of an update.
#[derive(Default)]
pub(super) struct Fresh {
    /// The table of those that are not in the model yet, if any.
    pub(super) input: Option<Input>,
    /// Those that are.
    pub(super) known: Vec<String>,
    /// The digests of the former.
    pub(super) digests: Vec<String>,
}

/// Which new results are taken in.
#[derive(Debug, Clone, Copy)]
pub(super) struct TakingIn {
    /// Measurements that are in the model already, too.
    pub(super) again: bool,
    /// Those that have a target, if others have none.
    pub(super) drop_missing_target: bool,
}

/// The rows of new results.
pub(super) struct NewResults {
    /// Those to learn from, and those whose measurement failed.
    pub(super) rows: Observed,
    /// Evaluation rows, which are not learned from.
    pub(super) skipped: usize,
    /// Measurements that are in the model already.
    pub(super) known: usize,
    /// What all cost.
    pub(super) cost: Option<f64>,
    /// All of them.
    pub(super) seen: SeenMeasurements,
}

impl Campaign {
    /// Tells the files of `source` that are in the model from those that are
    /// not.
    pub(super) fn fresh_files(
        &self,
        source: &TableSource,
        again: bool,
        warnings: &mut Messages,
    ) -> Result<Fresh, Fault> {
        if source.is_nothing() {
            return Ok(Fresh::default());
        }
        let known_columns = self.known_columns();
        let input = source.open_once(&known_columns, warnings)?;
        warnings.extend(input.notes().iter().cloned());
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
            let problem = format!("{} is in the model already", known.join(", "));
            return Err(Fault::usage(problem).remedy("give standard input alone, without it"));
        }
        Ok(Fresh {
            input: Some(source.only(paths).open_knowing(&known_columns)?),
            known,
            digests: fresh,
        })
    }

    /// The rows of new results: those to learn from, and what became of the others.
    pub(super) fn read_new(
        &mut self,
        input: Option<&Input>,
        how: TakingIn,
        round: u32,
        warnings: &mut Messages,
    ) -> Result<NewResults, Fault> {
        let Some(input) = input else {
            return Ok(NewResults {
                rows: self.rows.take(&[]),
                skipped: 0,
                known: 0,
                cost: None,
                seen: SeenMeasurements::default(),
            });
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
        let classes = (!self.classes.is_empty()).then_some(&self.classes);
        let target = read_target(input, &table, &self.options, classes)?;
        self.check_unit(input, target.unit.as_deref())?;
        let mut reading = self.options.clone();
        reading.drop_missing_target |= how.drop_missing_target;
        let results = read_results(
            input,
            &table,
            &target,
            schema,
            &reading,
            ReadingCommand::Update,
            (!how.again).then_some(&self.seen),
        )?;
        if results.known > 0 {
            warnings.push(
                Message::from(format!(
                    "{} in the model already, with the same values, {} skipped; give ",
                    counted(results.known, "measurement"),
                    if results.known == 1 { "is" } else { "are" },
                ))
                .setting(setting::AGAIN)
                .text(" to add them as new measurements"),
            );
        }
        warnings.extend(self.strangers(input, &results.values));
        warnings.extend(self.rounded(input, &table, &results)?);
        self.check_ids(input, &table, &results)?;
        self.check_magnitudes(input, &results)?;
        self.stated_noise.add(results.stated_noise);
        // Told here, with the line, rather than when the rows are encoded.
        self.encoder
            .encode(&table)
            .map_err(|error| input.fault(&error))?;
        if results.dropped > 0 {
            warnings.push(format!(
                "excluded because they have no target: {}",
                counted(results.dropped, "row")
            ));
        }
        let mut rows = observed(&table, &results, schema, round);
        let (held, skipped_whole) = self.of_held_out(input, &table, &results, warnings)?;
        rows = rows.take(&held);
        // Configurations that are on both sides of what a column holds out are learned from.
        let mut evaluation = self.rows.keys_with(&[Role::Evaluation]);
        let learned = self.rows.keys_with(&[Role::Training, Role::Calibration]);
        evaluation.retain(|key| !learned.contains(key));
        let calibrating = self.rows.keys_with(&[Role::Calibration]);
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
            if rows.roles()[row] == Role::Training && calibrating.contains(&rows.keys()[row]) {
                rows.set_role(row, Role::Calibration);
            }
        }
        Ok(NewResults {
            rows,
            skipped: skipped + skipped_whole,
            known: results.known,
            cost: results.cost,
            seen: results.seen,
        })
    }

    /// The new rows that are not of values held out for evaluation, and how many others
    /// there are.
    fn of_held_out(
        &self,
        input: &Input,
        table: &Table,
        results: &Results,
        warnings: &mut Messages,
    ) -> Result<(Vec<usize>, usize), Fault> {
        let held = held_out(input, table, &self.options)?;
        let by = self.options.held_out_by();
        if let Some(by) = by.filter(|by| table.column(by).is_none()) {
            warnings.push(format!(
                "there is no column '{by}', by whose values evaluation rows are held out: all rows are learned from"
            ));
        }
        let of_others = |&row: &usize| !held[results.source[row]];
        let all = results.keys.len();
        let kept: Vec<usize> = (0..all).filter(of_others).collect();
        let skipped = all - kept.len();
        if let Some(by) = by.filter(|_| skipped > 0) {
            warnings.push(format!(
                "not trained on, as their values of '{by}' are held out for evaluation: {}",
                counted(skipped, "row")
            ));
        }
        Ok((kept, skipped))
    }

    /// A sentence per category that came with this round and that the encoder
    /// does not know.
    pub(super) fn unknown_levels(&self, round: u32) -> Messages {
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|&row| self.rows.rounds()[row] == round)
            .collect();
        let unseen = self.encoder.unseen(&self.rows.features().take(&rows));
        unseen
            .expect("the model's own rows fit its encoder")
            .into_iter()
            .map(|(column, level)| {
                let message = Message::from(format!(
                    "'{level}' in column '{column}' was not there at training: it counts as an unknown category until "
                ))
                .setting(setting::REFIT);
                match self.encoder.schema.spelled_otherwise(&column, &level) {
                    Some(known) => message.text(format!("; is it '{known}'?")),
                    None => message,
                }
            })
            .collect()
    }

    /// That lengths of time come to a model that knows in which unit its numbers are.
    fn check_unit(&self, input: &Input, unit: Option<&str>) -> Result<(), Fault> {
        if unit.is_none() || self.options.target_unit.is_some() {
            return Ok(());
        }
        Err(Fault::data(format!(
            "the target '{}' holds lengths of time, and the model learned numbers without a unit",
            self.options.target
        ))
        .remedy("write plain numbers in the unit of the training table")
        .at(input.name()))
    }

    /// What is new about new results: columns that the model does not know, and targets of
    /// another order of magnitude, as those of another unit are.
    fn strangers(&self, input: &Input, values: &[f64]) -> Messages {
        let mut told = Messages::default();
        let options = &self.options;
        let own = written(input.names(), &self.classes);
        let is_known = |name: &&String| {
            self.encoder
                .schema
                .names()
                .any(|feature| feature == name.as_str())
                || options.target == **name
                || options.roles().any(|role| role == name.as_str())
                || options.ignore.contains(name)
                || own.contains(name)
                || self.left_out.iter().flatten().any(|left| left == *name)
        };
        // An older model does not know what its training table had besides.
        let names = input.names().iter().filter(|_| self.left_out.is_some());
        let new: Vec<&String> = names.filter(|name| !is_known(name)).collect();
        for (name, value) in input.said_of_all() {
            let before = self.directories.iter().find(|(other, _)| other == name);
            if let Some((_, before)) = before.filter(|(_, before)| before != value) {
                told.push(format!(
                    "the directories say {name}={value}, and those of the training said {name}={before}: the model cannot tell their rows apart; train on both together to have the column '{name}'"
                ));
            }
        }
        if !new.is_empty() {
            told.push(format!(
                "not read, as the training table did not have {}: {}",
                if new.len() == 1 {
                    "this column"
                } else {
                    "these columns"
                },
                listed(&new, 8)
            ));
        }
        let middle = |mut values: Vec<f64>| {
            values.retain(|value| value.is_finite());
            values.sort_unstable_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let known = self.rows.learned();
        let known = known
            .iter()
            .map(|&row| self.rows.values()[row].abs())
            .collect();
        let new = values.iter().map(|value| value.abs()).collect();
        if let (Task::Regression, Some(before), Some(now)) = (self.task, middle(known), middle(new))
            && before > 0.0
            && now > 0.0
            && !(1.0 / OTHER_UNIT..=OTHER_UNIT).contains(&(now / before))
        {
            told.push(format!(
                "the new targets are about {} times those of the model in the median ({} and {}): are they in another unit?",
                rounded(now / before, 2),
                rounded(now, 4),
                rounded(before, 4),
            ));
        }
        told
    }

    /// That new rows are rows of the model but for the rounding of their numbers.
    fn rounded(
        &self,
        input: &Input,
        table: &Table,
        results: &Results,
    ) -> Result<Option<Message>, Fault> {
        let known: HashSet<Key> = self.rows.keys().iter().copied().collect();
        let rows = results.source.iter().zip(&results.keys);
        let rows = rows.filter(|(_, key)| !known.contains(key));
        let rows: Vec<usize> = rows.map(|(&row, _)| row).collect();
        let twins = rounded_twins(&self.encoder.schema, table, &rows, self.rows.features());
        let twins = twins.map_err(|error| input.fault(&error))?;
        Ok(of_rounded_twins(&twins, rows.len(), "new rows"))
    }

    /// That no id of the new results stands for another row in the model.
    fn check_ids(&self, input: &Input, table: &Table, results: &Results) -> Result<(), Fault> {
        let Some(id) = &self.options.id else {
            return Ok(());
        };
        let schema = &self.encoder.schema;
        let wrong = |error: DataError| input.fault(&error);
        let old = encoder::feature_keys(schema, self.rows.features()).map_err(wrong)?;
        let old: HashMap<Key, Key> = self.rows.keys().iter().copied().zip(old).collect();
        let new = encoder::feature_keys(schema, table).map_err(wrong)?;
        for (&row, key) in results.source.iter().zip(&results.keys) {
            if old.get(key).is_some_and(|&features| features != new[row]) {
                let text = table.column(id).and_then(|ids| ids.text(row));
                let id = text.unwrap_or_default();
                return Err(another_row_of_the_model(&id).at(input.place(row)));
            }
        }
        Ok(())
    }

    /// That no new target is beyond everything that was measured: a number that
    /// stands for a missing one would drown all others.
    fn check_magnitudes(&self, input: &Input, results: &Results) -> Result<(), Fault> {
        if self.task != Task::Regression {
            return Ok(());
        }
        let learned = self.rows.learned();
        let values = || learned.iter().map(|&row| self.rows.values()[row]);
        let largest = values().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (&row, &value) in results.source.iter().zip(&results.values) {
            // Measured magnitudes differ by a few powers of ten, not by this.
            if value.abs() > 1e15 * largest.max(f64::MIN_POSITIVE) && largest > 0.0 {
                let problem = format!(
                    "the target '{}' is {value:e}, and the largest measured so far is {largest:e}",
                    self.options.target
                );
                return Err(Fault::data(problem)
                    .remedy("correct the cell, or train again if it is right")
                    .at(input.place(row)));
            }
        }
        Ok(())
    }

    /// Makes the rows of `eval` the evaluation rows. Those that the model has
    /// learned from are left out.
    pub(super) fn replace_evaluation(
        &mut self,
        eval: &TableSource,
        round: u32,
        warnings: &mut Messages,
    ) -> Result<(), Fault> {
        let input = eval.open_knowing(&self.known_columns())?;
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
        self.check_unit(&input, target.unit.as_deref())?;
        let plain = crate::options::TrainOptions {
            noise: None,
            weights: None,
            cost: None,
            ..self.options.clone()
        };
        let results = read_results(
            &input,
            &table,
            &target,
            schema,
            &plain,
            ReadingCommand::Update,
            None,
        )?;
        self.encoder
            .encode(&table)
            .map_err(|error| input.fault(&error))?;
        let learned = self.rows.keys_with(&Role::LEARNED);
        let mut rows = observed(&table, &results, schema, round);
        let before = rows.len();
        rows.keep(|key, role| role != Role::Failed && !learned.contains(&key));
        if rows.len() < before {
            warnings.push(format!(
                "excluded from the evaluation because the model was trained on them: {}",
                counted(before - rows.len(), "row")
            ));
        }
        if rows.is_empty() {
            return Err(Fault::data("no row is left to evaluate on").at(input.name()));
        }
        rows.set_roles(Role::Evaluation);
        self.rows.keep(|_, role| role != Role::Evaluation);
        self.rows.append(rows);
        Ok(())
    }
}
