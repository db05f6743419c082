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

/// A trained campaign and what to tell the user about it.
#[derive(Debug)]
pub struct Trained {
    /// The campaign.
    pub campaign: Campaign,
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
        options,
        mut warnings,
    } = measured(source, options)?;

    let evaluation = eval
        .map(|eval| read_evaluation(eval, &schema, &target.classes, &options))
        .transpose()?;
    let mut rows = observed(&table, &results, &schema, 0);
    let worked = rows.learned();
    assign_roles(
        &mut rows,
        &worked,
        evaluation.is_some(),
        &options,
        &mut warnings,
    );
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
        prequential: None,
        moved: None,
        cost: results.cost,
        cost_unit,
    });
    Ok(Trained { campaign, warnings })
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

/// Sets evaluation and calibration rows aside, by key: replicates and the
/// classes of one row stay together. The order is the seed's, not the file's.
fn assign_roles(
    rows: &mut Observed,
    worked: &[usize],
    has_eval: bool,
    options: &TrainOptions,
    warnings: &mut Messages,
) {
    let order = options.seed.derive("split", 0);
    let mut keys: Vec<Key> = worked.iter().map(|&row| rows.keys()[row]).collect();
    keys.sort_unstable_by_key(|&key| (order.order(key), key));
    keys.dedup();
    let mut held_out = 0;
    if !has_eval && options.holdout > 0.0 {
        if keys.len() >= HOLDOUT_FROM {
            held_out = (options.holdout * keys.len() as f64).round() as usize;
            held_out = held_out.clamp(1, keys.len() - 1);
        } else {
            warnings.push(format!(
                "{} too few to hold some out: metrics are out of bag, if there are any",
                match keys.len() {
                    1 => "1 labelled row is".to_owned(),
                    n => format!("{n} labelled rows are"),
                }
            ));
        }
    }
    let left = keys.len() - held_out;
    let boosted = options.recipe.learner == "boosted";
    let regression = options.task != Some(Task::Classification);
    let calibrating = if left >= CALIBRATION_FROM && boosted && regression {
        ((left as f64 * CALIBRATION_SHARE).round() as usize).min(MOST_CALIBRATION)
    } else {
        0
    };
    let evaluation: HashSet<Key> = keys[..held_out].iter().copied().collect();
    let calibration: HashSet<Key> = keys[held_out..held_out + calibrating]
        .iter()
        .copied()
        .collect();
    for &row in worked {
        let key = rows.keys()[row];
        if evaluation.contains(&key) {
            rows.set_role(row, Role::Evaluation);
        } else if calibration.contains(&key) {
            rows.set_role(row, Role::Calibration);
        }
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
