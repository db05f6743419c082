//! A batch as a table.

use al_core::{Fault, Tabular};
use al_sampling::Selection;
use al_tables::{Frame, NewColumn};

use super::candidates::Candidates;
use super::columns::{cost_columns, has_costs, own_columns, unplanned};
use super::explain::Explanation;
use super::request::Request;
use super::{Batch, NO_CANDIDATES};

/// The picks with what there is to say of each, `planned` among it.
pub(super) fn of(
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
    more.extend(planned);
    let own = own_columns(&selection.picks, reasons.collect());
    with(request, candidates.rows.take(&rows)?, own, more)
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
    frame.prepend(own)?;
    if !more.is_empty() {
        frame.append(more)?;
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
pub(super) fn empty(belief: &dyn Tabular, request: Request<'_>) -> Result<Batch, Fault> {
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
        expected_gain: None,
        why_empty: Some(NO_CANDIDATES.into()),
        warnings: request.warnings,
    })
}
