//! The columns that a batch adds, and what is in them.

use al_sampling::Pick;
use al_tables::{NewColumn, NewData};
use al_words::columns::{BEYOND_RANGE, PICKED, PICKED_COSTS, PLANNED};

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
