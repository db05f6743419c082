//! Training: from results files to a campaign.

use std::collections::HashSet;

use al_core::phrases::counted;
use al_core::{
    Fault, Key, KnownColumns, Message, Messages, Observed, Progress, Role, Schema, Table, Task,
    key::RULE, setting,
};
use al_models::{CALIBRATION_FROM, Fitted, TrainingRows};
use al_tables::{TableSource, check_columns};
use al_words::{Round, RoundKind};

use super::{Campaign, Ingested};
use crate::derived::Learned;
use crate::groups::{EvaluationRows, HeldOutValues, held_out_values};
use crate::hints::hints_of_fit;
use crate::measured::{Measured, measured, observed};
use crate::options::TrainOptions;
use crate::results::{Classes, ReadingCommand, Results, fit_encoder, read_results, read_target};
use crate::scales::{Scales, labelled};

/// Share of the labelled rows, after evaluation rows are set aside, that
/// calibrate the intervals, and the most of them.
const CALIBRATION_SHARE: f64 = 0.2;
const MOST_CALIBRATION: usize = 5000;

/// Fewest rows of which some are held out for evaluation.
const HOLDOUT_FROM: usize = 10;

/// Share of the values of a column that are held out, if no share is given.
const HOLDOUT_BY_SHARE: f64 = 0.2;

/// A trained campaign and what to tell the user about it.
#[derive(Debug)]
pub struct Trained {
    /// The campaign.
    pub campaign: Campaign,
    /// The values of the column by which rows were held out, if they were held out so.
    pub held_out: Option<HeldOutValues>,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Trains on the results of `source`. Evaluation rows are those of `eval`, or
/// a random share of the rows. `at` is the time to note in the history.
///
/// # Errors
///
/// Results that cannot be read or make no sense, and what a learner refuses.
pub fn train(
    source: &TableSource,
    eval: Option<&TableSource>,
    options: &TrainOptions,
    at: Option<&str>,
    progress: &dyn Progress,
) -> Result<Trained, Fault> {
    progress.stage("reading results", 0);
    let Measured {
        input,
        table,
        target,
        schema,
        results,
        evaluation: chosen_from,
        mut options,
        mut warnings,
    } = measured(source, options)?;

    let evaluation = eval
        .map(|eval| read_evaluation(eval, &schema, &target.classes, &options))
        .transpose()?;
    let mut rows = observed(&table, &results, &schema, 0);
    let worked = rows.learned();
    check_groups(&rows, &worked, &options).map_err(|fault| fault.at(input.name()))?;
    if evaluation.is_none() {
        set_aside(&mut rows, &worked, &chosen_from, &options, &mut warnings)
            .map_err(|fault| fault.at(input.name()))?;
        options.held_out = chosen_from.held_out(&rows);
    }
    let held_out = match chosen_from {
        EvaluationRows::Whole(_) => {
            let role = |role: &Role| *role == Role::Evaluation;
            let held: Vec<bool> = rows.roles().iter().map(role).collect();
            held_out_values(&table, &results.source, &held, &options)
        }
        _ => None,
    };
    choose_calibration(&mut rows, &options);
    if let Some((table, results)) = &evaluation {
        let held = observed(table, results, &schema, 0);
        add_evaluation(&mut rows, held, results, &mut warnings);
    }

    let learned = rows.learned();
    if learned.is_empty() {
        return Err(Fault::data("every row is set aside for evaluation")
            .remedy(Message::from("give more rows, or lower ").setting(setting::HOLDOUT))
            .at(input.name()));
    }
    let encoder = fit_encoder(&input, schema, &rows.features().take(&learned))?;
    let x = encoder
        .encode(&rows.features().take(&learned))
        .map_err(|error| input.fault(&error))?;
    let scales = Scales::of(&rows, &learned, &options, target.task == Task::Regression);
    let data = labelled(&rows, &learned, x, &options, &target.classes, &scales);
    warn_of_few(&rows, &learned, target.task, &mut warnings);
    let fitted = Fitted::fit(
        &options.recipe,
        TrainingRows {
            data: &data,
            calibration: &calibration(&rows, &learned),
            replicate_noise: results
                .stated_noise
                .mean()
                .or_else(|| rows.replicate_variance(&learned, &scales.target(options.log_target)))
                .map(|noise| noise / scales.spread / scales.spread),
        },
        options.seed,
        progress,
    )?;
    warnings.extend(fitted.interval_method().1);

    let ingested = input
        .digests()?
        .into_iter()
        .map(|digest| source.digest(digest))
        .map(|digest| Ingested { digest, round: 0 })
        .collect();
    let left_out = table
        .names()
        .filter(|name| !encoder.schema.names().any(|feature| feature == *name))
        .filter(|name| !options.roles().any(|role| role == *name) && *name != options.target)
        .map(str::to_owned)
        .collect();
    let mut seen = results.seen;
    if let Some((_, results)) = evaluation {
        seen.extend(results.seen);
    }
    let cost_unit = results.cost.and(options.cost.clone());
    let mut campaign = Campaign {
        task: target.task,
        classes: target.classes,
        stated_noise: results.stated_noise,
        scales,
        options,
        encoder,
        rows,
        fitted,
        rounds: Vec::new(),
        ingested,
        key_rule: RULE,
        typed_by_files: false,
        seen,
        left_out: Some(left_out),
        directories: input.said_of_all().to_vec(),
        learned: Learned::default(),
    };
    campaign.rounds.push(Round {
        index: 0,
        at: at.map(str::to_owned),
        kind: RoundKind::Train,
        rows_added: learned.len(),
        rows_skipped: 0,
        total_rows: learned.len(),
        before: None,
        after: campaign.metrics(),
        change: None,
        prequential: None,
        growth: None,
        drift: None,
        moved: None,
        cost: results.cost,
        cost_unit,
    });
    let after = campaign.rounds[0].after.as_ref();
    warnings.extend(hints_of_fit(
        &campaign.encoder.schema,
        &campaign.rows.features().take(&learned),
        &campaign.importance(),
        after.and_then(|after| after.r2),
    ));
    Ok(Trained {
        campaign,
        held_out,
        warnings,
    })
}

/// Reads an evaluation file: its table and the labelled rows in it.
fn read_evaluation(
    eval: &TableSource,
    schema: &Schema,
    classes: &Classes,
    options: &TrainOptions,
) -> Result<(Table, Results), Fault> {
    let classes_of = (!classes.is_empty()).then_some(options.target.as_str());
    let known = KnownColumns::of(schema, options.id.as_deref())
        .and_texts(options.status.iter().map(|(column, _)| column.as_str()))
        .and_texts(classes_of)
        .written(&options.dialect);
    let input = eval.open_knowing(&known)?;
    check_columns(
        &input,
        schema
            .names()
            .chain(std::iter::once(options.target.as_str())),
    )?;
    let rows = input.read(None)?.table(None)?;
    let target = read_target(&input, &rows, options, Some(classes))?;
    // Evaluation files need none of the columns that only training reads.
    let plain = TrainOptions {
        noise: None,
        weights: None,
        cost: None,
        ..options.clone()
    };
    let results = read_results(
        &input,
        &rows,
        &target,
        schema,
        &plain,
        ReadingCommand::Train,
        None,
    )?;
    Ok((rows, results))
}

/// Adds the rows `held` of an evaluation file, whose results these are, and
/// keeps what is measured in it from being learned.
fn add_evaluation(
    rows: &mut Observed,
    mut held: Observed,
    results: &Results,
    warnings: &mut Messages,
) {
    let held_out: HashSet<Key> = results.worked().map(|row| results.keys[row]).collect();
    let before = rows.len();
    rows.keep(|key, role| role == Role::Failed || !held_out.contains(&key));
    if rows.len() < before {
        warnings.push(format!(
            "not trained on, as the evaluation file has them too: {}",
            counted(before - rows.len(), "row")
        ));
    }
    held.keep(|_, role| role != Role::Failed);
    held.set_roles(Role::Evaluation);
    rows.append(held);
}

/// That rows belong to more than one group.
fn check_groups(rows: &Observed, worked: &[usize], options: &TrainOptions) -> Result<(), Fault> {
    let group = |&row: &usize| rows.groups()[row];
    match (&options.group, worked.first().map(group)) {
        (Some(column), Some(first)) if worked.iter().map(group).all(|other| other == first) => {
            let problem =
                format!("every row has the same '{column}', so that none can be held out");
            let remedy = Message::from("remove ").setting(setting::GROUP);
            Err(Fault::data(problem).remedy(remedy.text(", or name another column")))
        }
        _ => Ok(()),
    }
}

/// A group, or the value of a column, as what rows are told apart by.
fn unit(hash: u64) -> Key {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&hash.to_le_bytes());
    Key::from_bytes(bytes)
}

/// The distinct units of rows in the order of the seed, not of the file.
fn shuffled(units: impl Iterator<Item = Key>, options: &TrainOptions) -> Vec<Key> {
    let order = options.seed.derive("split", 0);
    let mut units: Vec<Key> = units.collect();
    units.sort_unstable_by_key(|&unit| (order.order(unit), unit));
    units.dedup();
    units
}

/// Sets evaluation rows aside: all of a configuration or, where rows are told apart by a
/// column, all of its value.
fn set_aside(
    rows: &mut Observed,
    worked: &[usize],
    chosen_from: &EvaluationRows,
    options: &TrainOptions,
    warnings: &mut Messages,
) -> Result<(), Fault> {
    let share = match (&options.holdout_by, options.holdout) {
        (Some(_), 0.0) => HOLDOUT_BY_SHARE,
        (_, share) => share,
    };
    let held: Vec<usize> = match chosen_from {
        EvaluationRows::These(these) => worked.iter().copied().filter(|&row| these[row]).collect(),
        _ if share == 0.0 => return Ok(()),
        EvaluationRows::Random | EvaluationRows::Whole(_) => {
            let unit_of = |row: usize| match chosen_from {
                EvaluationRows::Whole(hashes) => unit(hashes[row]),
                _ => rows.keys()[row],
            };
            let units = shuffled(worked.iter().map(|&row| unit_of(row)), options);
            let whole = matches!(chosen_from, EvaluationRows::Whole(_));
            if whole && units.len() < 2 {
                let column = options.holdout_by.as_deref().unwrap_or_default();
                let problem = format!(
                    "every row has the same '{column}', so that none is left to learn from"
                );
                let remedy = Message::from("name another column in ").setting(setting::HOLDOUT_BY);
                return Err(Fault::data(problem).remedy(remedy));
            }
            if !whole && units.len() < HOLDOUT_FROM {
                warnings.push(format!(
                    "{} too few to hold some out: metrics are out of bag, if there are any",
                    match units.len() {
                        1 => "1 labelled row is".to_owned(),
                        n => format!("{n} labelled rows are"),
                    }
                ));
                return Ok(());
            }
            let count = (share * units.len() as f64).round() as usize;
            let held: HashSet<Key> = units[..count.clamp(1, units.len() - 1)]
                .iter()
                .copied()
                .collect();
            worked
                .iter()
                .copied()
                .filter(|&row| held.contains(&unit_of(row)))
                .collect()
        }
    };
    // What a column holds out may have configurations in common with the rest.
    for row in held {
        rows.set_role(row, Role::Evaluation);
    }
    Ok(())
}

/// Sets calibration rows aside, for learners that need some: whole groups where rows
/// have groups, so that replicates and the classes of one row stay together.
fn choose_calibration(rows: &mut Observed, options: &TrainOptions) {
    let left = rows.learned();
    let boosted = options.recipe.learner == "boosted";
    let regression = options.task != Some(Task::Classification);
    let configurations: HashSet<Key> = left.iter().map(|&row| rows.keys()[row]).collect();
    if configurations.len() < CALIBRATION_FROM || !boosted || !regression {
        return;
    }
    let unit_of = |row: usize| match rows.groups()[row] {
        0 => rows.keys()[row],
        group => unit(group),
    };
    let units = shuffled(left.iter().map(|&row| unit_of(row)), options);
    let count = (units.len() as f64 * CALIBRATION_SHARE).round() as usize;
    let chosen: HashSet<Key> = units[..count.min(MOST_CALIBRATION)]
        .iter()
        .copied()
        .collect();
    let calibrating: Vec<usize> = left
        .into_iter()
        .filter(|&row| chosen.contains(&unit_of(row)))
        .collect();
    for row in calibrating {
        rows.set_role(row, Role::Calibration);
    }
}

fn warn_of_few(rows: &Observed, learned: &[usize], task: Task, warnings: &mut Messages) {
    if learned.len() == 1 {
        warnings.push("there is one labelled row: predictions are constant".to_owned());
    } else if task == Task::Regression
        && learned
            .iter()
            .all(|&row| rows.values()[row] == rows.values()[learned[0]])
    {
        warnings.push(format!(
            "every target is {}: there is nothing to learn, and predictions are constant",
            rows.values()[learned[0]]
        ));
    }
}

/// The calibration rows, as positions in `learned`.
pub(crate) fn calibration(rows: &Observed, learned: &[usize]) -> Vec<usize> {
    (0..learned.len())
        .filter(|&at| rows.roles()[learned[at]] == Role::Calibration)
        .collect()
}
