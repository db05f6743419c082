//! Two campaigns side by side.

use al_campaign::{Campaign, ModelComparison, PredictedValue, compare};
use al_core::phrases::listed;
use al_core::{Belief, Direction, Fault, Role, Tabular, Task};
use al_report::{ComparedModel, ComparisonView, Prediction};
use al_words::numbers::page::{NONE, count, counted};
use al_words::numbers::short;

use crate::describe::report_of;

/// Most rows shown one by one.
const MOST_POINTS: usize = 2000;

/// Most columns that are named.
const NAMED: usize = 8;

/// Compares two models of one target, each given with its name, on the rows that both
/// have and that each predicted without having learned from them. `identical` says that
/// their files are the same.
///
/// # Errors
///
/// Targets or tasks differ, or no row is common.
pub fn comparison_of(
    models: [(&str, &Campaign); 2],
    identical: bool,
) -> Result<ComparisonView, Fault> {
    let [(_, first), (_, second)] = models;
    let found = compare(first, second)?;
    let mut metrics = found.metrics.clone().into_iter();
    let mut predictions = found.predictions.iter().map(|rows| sample(rows));
    let compared = models.map(|(name, campaign)| ComparedModel {
        name: name.to_owned(),
        report: report_of(campaign),
        metrics: metrics.next().unwrap_or_default(),
        predictions: predictions.next().unwrap_or_default(),
    });
    let differences = found.differences.iter();
    Ok(ComparisonView {
        models: compared,
        held_out: found.held_out,
        identical,
        differences: differences
            .map(|one| (one.metric, one.difference))
            .collect(),
        settings: settings(first, second),
        notes: notes(&found, first, second),
    })
}

fn sample(rows: &[PredictedValue]) -> Vec<Prediction> {
    let step = rows.len().div_ceil(MOST_POINTS).max(1);
    let bound = |value: f64| value.is_finite().then_some(value);
    rows.iter()
        .step_by(step)
        .map(|row| Prediction {
            measured: row.measured,
            predicted: row.predicted,
            low: bound(row.low),
            high: bound(row.high),
        })
        .collect()
}

fn notes(found: &ModelComparison, first: &Campaign, second: &Campaign) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(features) = &found.shared_features {
        notes.push(format!(
            "The models have different features or ids: rows with equal values of {} and the same measurement are taken for the same.",
            listed(features, NAMED)
        ));
    }
    if found.measured_otherwise > 0 {
        notes.push(format!(
            "Not compared: {} that both models have, measured differently in one than in the other.",
            counted(found.measured_otherwise, "row")
        ));
    }
    if found.differences.is_empty() {
        notes.push(
            "There are too few rows to tell how much of the differences is chance.".to_owned(),
        );
    }
    if first.options().log_target != second.options().log_target {
        notes.push(
            "One model was fitted on the logarithm of the target: its predictions are medians, those of the other means, which counts for the RMSE."
                .to_owned(),
        );
    }
    notes
}

/// Settings that differ, the most telling first.
fn settings(first: &Campaign, second: &Campaign) -> Vec<(&'static str, [String; 2])> {
    let both = [first, second];
    let [only_first, only_second] = [(first, second), (second, first)].map(|(one, other)| {
        let names: Vec<&str> = one.encoder().schema.names().collect();
        let known: Vec<&str> = other.encoder().schema.names().collect();
        let only: Vec<&str> = names.into_iter().filter(|n| !known.contains(n)).collect();
        match only.is_empty() {
            true => NONE.to_owned(),
            false => listed(&only, NAMED),
        }
    });
    let rows =
        |roles: &'static [Role]| move |one: &Campaign| count(one.observed().with(roles).len());
    let named = |name: &Option<String>| name.clone().unwrap_or_else(|| NONE.to_owned());
    let of = |value: &dyn Fn(&Campaign) -> String| both.map(value);
    let mut all = vec![
        ("Training rows", of(&rows(&Role::LEARNED))),
        ("Evaluation rows", of(&rows(&[Role::Evaluation]))),
        ("Failed rows", of(&rows(&[Role::Failed]))),
        ("Rounds", of(&|one| count(one.rounds().len()))),
        ("Features only here", [only_first, only_second]),
        ("Learner", of(&|one| one.options().recipe.learner.clone())),
        ("Members", of(&|one| count(one.options().recipe.members))),
        ("Trees per member", of(&|one| count(one.fitted().n_trees()))),
        (
            "Depth of trees",
            of(&|one| one.fitted().grown_options().depth.to_string()),
        ),
        (
            "Learning rate",
            of(&|one| short(one.fitted().grown_options().learning_rate)),
        ),
        (
            "Settings searched",
            of(&|one| yes(one.options().recipe.searched)),
        ),
        (
            "Logarithm of the target",
            of(&|one| yes(one.options().log_target)),
        ),
        ("Wanted", of(&wanted)),
        ("Classes", of(&|one| count(one.classes().len()))),
        ("Id", of(&|one| named(&one.options().id))),
        ("Group", of(&|one| named(&one.options().group))),
        ("Hardware", of(&|one| named(&one.options().hardware))),
        ("Weights", of(&|one| named(&one.options().weights))),
        ("Noise", of(&|one| named(&one.options().noise))),
        ("Seed", of(&|one| one.options().seed.0.to_string())),
    ];
    if first.task() == Task::Regression {
        all.push((
            "Stated coverage",
            of(&|one| short(one.options().recipe.coverage)),
        ));
    }
    all.retain(|(_, [first, second])| first != second);
    all
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn wanted(one: &Campaign) -> String {
    match one.options().direction {
        Some(Direction::Min) => "small targets",
        Some(Direction::Max) => "large targets",
        None => "no direction given",
    }
    .to_owned()
}
