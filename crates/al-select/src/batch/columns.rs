//! The columns that a batch adds, and what is in them.

use al_sampling::Pick;
use al_tables::{NewColumn, NewData};
use al_words::columns::{
    BEYOND_RANGE, P_WITHIN_LIMITS, PICKED, PICKED_COSTS, PLANNED, PREDICTED_TARGET,
};

use crate::explain::Explanation;
use crate::output_columns::{new_column, new_columns};

pub(crate) fn own_columns(picks: &[Pick], reasons: Vec<String>) -> Vec<NewColumn> {
    let scores = picks.iter().map(|pick| f64::from(pick.score));
    let data = [
        NewData::Integer((1..=picks.len() as i64).collect()),
        NewData::Float(scores.collect()),
        NewData::Text(reasons.into_iter().map(Some).collect()),
    ];
    new_columns(&PICKED, data)
}

/// What each pick costs, and what it is worth whatever it costs, per cost.
pub(crate) fn cost_columns(costs: &[f64], worths: &[f32]) -> Vec<NewColumn> {
    let value = |(&worth, cost): (&f32, &f64)| f64::from(worth) / cost;
    let data = [
        NewData::Float(costs.to_vec()),
        NewData::Float(worths.iter().zip(costs).map(value).collect()),
    ];
    new_columns(&PICKED_COSTS, data)
}

/// What is predicted of each target, and how likely a measurement is within the limits,
/// as far as there are several targets or limits.
pub(crate) fn target_columns(explanation: &Explanation) -> Vec<NewColumn> {
    let picks = &explanation.picks;
    let mut columns = Vec::new();
    for (at, target) in explanation.targets.iter().enumerate() {
        let predicted = picks.iter().map(|pick| pick.targets[at].prediction);
        if let Some(predicted) = predicted.collect::<Option<Vec<f64>>>() {
            columns.push(NewColumn {
                name: PREDICTED_TARGET.named(&target.target),
                ..new_column(&PREDICTED_TARGET, NewData::Float(predicted))
            });
        }
    }
    let within = picks.iter().map(|pick| pick.p_within_limits);
    match within.collect::<Option<Vec<f64>>>() {
        Some(within) if !picks.is_empty() => {
            columns.push(new_column(&P_WITHIN_LIMITS, NewData::Float(within)));
        }
        _ => {}
    }
    columns
}

/// Which numbers of each pick are guessed from, unless none are.
pub(crate) fn beyond_column(beyond: Vec<Option<String>>) -> Option<NewColumn> {
    let any = beyond.iter().any(Option::is_some);
    any.then(|| new_column(&BEYOND_RANGE, NewData::Text(beyond)))
}

/// The columns of a plan of nothing.
pub(crate) fn unplanned() -> Vec<NewColumn> {
    let times = || NewData::Float(Vec::new());
    new_columns(&PLANNED, [NewData::Text(Vec::new()), times(), times()])
}
