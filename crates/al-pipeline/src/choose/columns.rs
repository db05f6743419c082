//! The columns of a batch: which there are, and what is in those that it adds.

use al_core::{Fault, Tabular};
use al_sampling::Pick;
use al_tables::{Input, NewColumn, NewData};
use al_words::columns::{BATCH, PICKED, PICKED_COSTS, PLANNED};

use super::SelectOptions;
use super::timing;
use crate::output_columns::new_columns;
use crate::results::check_columns;

/// Whether a batch adds a column of that name.
fn is_own(name: &str) -> bool {
    BATCH.columns.iter().any(|own| own.name == name)
}

/// The input's columns that go into the batch: all but those of an earlier
/// batch. The columns asked for are checked against what there will be.
pub(super) fn input_columns(input: &Input, options: &SelectOptions) -> Result<Vec<String>, Fault> {
    let asked = options.columns.iter().flatten().map(String::as_str);
    check_columns(input, asked.filter(|name| !is_own(name)))?;
    let names = input.names().iter();
    Ok(names.filter(|name| !is_own(name)).cloned().collect())
}

pub(super) fn own_columns(picks: &[Pick], reasons: Vec<String>) -> Vec<NewColumn> {
    let scores = picks.iter().map(|pick| f64::from(pick.score));
    let data = [
        NewData::Integer((1..=picks.len() as i64).collect()),
        NewData::Float(scores.collect()),
        NewData::Text(reasons.into_iter().map(Some).collect()),
    ];
    new_columns(&PICKED, data)
}

/// Whether a batch says what its rows cost.
pub(super) fn has_costs(belief: &dyn Tabular, options: &SelectOptions) -> bool {
    let spends = options.budget.is_some() || options.total_budget.is_some();
    spends || timing::cost(belief, options).is_some() || !options.cost_weights.is_empty()
}

/// What each pick costs, and what it is worth whatever it costs, per cost.
pub(super) fn cost_columns(costs: &[f64], worths: &[f32]) -> Vec<NewColumn> {
    let value = |(&worth, cost): (&f32, &f64)| f64::from(worth) / cost;
    let data = [
        NewData::Float(costs.to_vec()),
        NewData::Float(worths.iter().zip(costs).map(value).collect()),
    ];
    new_columns(&PICKED_COSTS, data)
}

/// The columns of a plan of nothing.
pub(super) fn unplanned() -> Vec<NewColumn> {
    let times = || NewData::Float(Vec::new());
    new_columns(&PLANNED, [NewData::Text(Vec::new()), times(), times()])
}
