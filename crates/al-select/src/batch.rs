//! A batch, and how it stands as a table.

mod columns;

use al_core::{Fault, Message, Messages, Tabular};
use al_sampling::Selection;
use al_tables::{Frame, NewColumn};

use crate::explain::{BatchGain, Explanation, NO_CANDIDATES};
use crate::read::{Candidates, Request};
use crate::score::far_beyond;
use crate::weigh::has_costs;
use al_words::columns::OWN_PREFIX;
use columns::{beyond_column, cost_columns, own_columns, target_columns, unplanned};

/// A chosen batch.
#[derive(Debug)]
pub struct Batch {
    /// The batch as a table: rank, score, reason, then the input's columns; where
    /// costs are known, expected_cost and value_per_cost; of several targets, or with
    /// limits, predicted_ and the target's name, and p_within_limits; with hosts,
    /// planned_host, planned_start_s and planned_end_s; beyond_range where a row is
    /// far beyond what was measured.
    pub frame: Frame,
    /// Rows chosen.
    pub rows: usize,
    /// Candidates that were read.
    pub candidates: usize,
    /// Candidates that were available.
    pub available: usize,
    /// What it is about.
    pub explanation: Explanation,
    /// The relative fall of the error that the batch brings, with a model.
    pub gain: Option<BatchGain>,
    /// Why it is empty, in words, if it is.
    pub why_empty: Option<Message>,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// The picks with what there is to say of each, `planned` among it.
pub(crate) fn table(
    belief: &dyn Tabular,
    request: &Request<'_>,
    candidates: &Candidates,
    selection: &Selection,
    worths: &[f32],
    planned: Vec<NewColumn>,
    explanation: &Explanation,
) -> Result<Frame, Fault> {
    let options = request.options;
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    let reasons = explanation.picks.iter().map(|pick| pick.reason.clone());
    let mut more = Vec::new();
    if has_costs(belief, options) {
        let costs = candidates
            .factors
            .costs(candidates.len(), &options.cost_weights);
        let costs: Vec<f64> = rows.iter().map(|&row| costs[row]).collect();
        more.extend(cost_columns(&costs, worths));
    }
    let taken = candidates.rows.take(&rows)?;
    let names: Vec<&str> = belief.encoder().schema.names().collect();
    more.extend(target_columns(explanation));
    more.extend(beyond_column(far_beyond(
        belief,
        &taken.table(Some(&names))?,
    )));
    more.extend(planned);
    let own = own_columns(&selection.picks, reasons.collect());
    with(request, taken, own, more)
}

/// The input's columns of `rows` between those that the batch adds.
fn with(
    request: &Request<'_>,
    rows: Frame,
    own: Vec<NewColumn>,
    more: Vec<NewColumn>,
) -> Result<Frame, Fault> {
    let names: Vec<&str> = request.columns.iter().map(String::as_str).collect();
    let mut frame = rows.select(&names)?;
    // What the user calls as altool calls its own stays the user's.
    let taken = |name: &String| names.contains(&name.as_str()) || request.known.contains(name);
    let apart = |columns: Vec<NewColumn>| -> Vec<NewColumn> {
        let named = columns.into_iter().map(|column| match taken(&column.name) {
            true => NewColumn {
                name: format!("{OWN_PREFIX}{}", column.name),
                ..column
            },
            false => column,
        });
        named.collect()
    };
    frame.prepend(apart(own))?;
    if !more.is_empty() {
        frame.append(apart(more))?;
    }
    match &request.options.columns {
        None => Ok(frame),
        Some(columns) => {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            Ok(frame.select(&columns)?)
        }
    }
}

/// A batch from no candidates.
pub(crate) fn empty(belief: &dyn Tabular, request: Request<'_>) -> Result<Batch, Fault> {
    let names: Vec<&str> = request.columns.iter().map(String::as_str).collect();
    let mut more = Vec::new();
    if has_costs(belief, request.options) {
        more.extend(cost_columns(&[], &[]));
    }
    if request.options.capacity.is_some() {
        more.extend(unplanned());
    }
    let rows = request.input.read(Some(&names))?;
    let frame = with(&request, rows, own_columns(&[], Vec::new()), more)?;
    Ok(Batch {
        frame,
        rows: 0,
        candidates: 0,
        available: 0,
        explanation: Explanation {
            strategy: request.strategy_name,
            ..Explanation::default()
        },
        gain: None,
        why_empty: Some(NO_CANDIDATES.into()),
        warnings: request.warnings,
    })
}
