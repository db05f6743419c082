//! Whether the inputs of a selection belong together.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::limits::{Groups, SelectionLimits};
use crate::query::Query;
use crate::select_error::SelectError;

/// Whether a query's inputs belong together and are finite numbers.
///
/// # Errors
///
/// The first input that does not, or is none.
pub(crate) fn query(query: &Query<'_>) -> Result<(), SelectError> {
    shapes(query)?;
    numbers(query)
}

/// Whether the inputs of a query have as many rows and columns as belong together.
fn shapes(query: &Query<'_>) -> Result<(), SelectError> {
    let n = query.keys.len();
    let anchors = query.anchor_features.nrows();
    // Rows are counted in 32 bits; longer files come in blocks.
    same("candidates", n.min(u32::MAX as usize), n)?;
    for (what, values) in [("scores", query.scores), ("gains", query.gains)] {
        if !values.is_empty() {
            same(what, n, values.len())?;
        }
    }
    same("rows of features", n, query.features.nrows())?;
    same("rows of means", n, query.means.nrows())?;
    same("rows of the embedding", n, query.embedding.nrows())?;
    same("rows of points", n, query.points.nrows())?;
    same("anchors' points", anchors, query.anchor_points.nrows())?;
    same(
        "columns of the anchors' embedding",
        query.embedding.ncols(),
        query.anchor_embedding.ncols(),
    )?;
    if query.embedding.ncols() > 0 {
        same(
            "anchors' embedding",
            anchors,
            query.anchor_embedding.nrows(),
        )?;
    }
    if !query.anchor_values.is_empty() {
        let values = anchors * query.means.ncols().max(1);
        same("anchors' values", values, query.anchor_values.len())?;
    }
    let (f, d) = (query.features.ncols(), query.points.ncols());
    let outputs = query.means.ncols();
    if outputs > 0 {
        same(
            "columns of features left over by the outputs",
            0,
            f % outputs,
        )?;
    }
    same(
        "columns of the anchors' features",
        f,
        query.anchor_features.ncols(),
    )?;
    same(
        "columns of the anchors' points",
        d,
        query.anchor_points.ncols(),
    )?;
    if !query.noises.is_empty() {
        same("noises", query.means.ncols(), query.noises.len())?;
    }
    if let Some(weights) = query.weights {
        same("weights", n, weights.len())?;
    }
    Ok(())
}

/// Whether each number of a query is what it may be.
fn numbers(query: &Query<'_>) -> Result<(), SelectError> {
    not_negative("the score", query.scores)?;
    not_negative("the gain", query.gains)?;
    not_negative("the noise", &[query.noise])?;
    not_negative("the noise", query.noises)?;
    let bad = query
        .anchor_values
        .iter()
        .position(|value| !value.is_finite());
    if let Some(row) = bad {
        return Err(SelectError::NotANumber {
            what: "the anchors' value",
            row,
            allowed: "a finite number",
        });
    }
    not_negative("the weight", query.weights.unwrap_or_default())?;
    for (what, values) in [
        ("the features", query.features),
        ("the means", query.means),
        ("the embedding", query.embedding),
        ("the anchors' embedding", query.anchor_embedding),
        ("the points", query.points),
        ("the anchors' features", query.anchor_features),
        ("the anchors' points", query.anchor_points),
    ] {
        finite(what, values)?;
    }
    Ok(())
}

/// Whether all values are finite and none is below 0.
fn not_negative(what: &'static str, values: &[f32]) -> Result<(), SelectError> {
    let bad = |&value: &f32| !(value.is_finite() && value >= 0.0);
    match values.par_iter().with_min_len(4096).position_first(bad) {
        None => Ok(()),
        Some(row) => Err(SelectError::NotANumber {
            what,
            row,
            allowed: "a finite number, 0 or more",
        }),
    }
}

/// Whether all values are finite.
fn finite(what: &'static str, values: ArrayView2<'_, f32>) -> Result<(), SelectError> {
    let bad = (0..values.nrows())
        .into_par_iter()
        .with_min_len(1024)
        .find_first(|&row| !values.row(row).iter().all(|value| value.is_finite()));
    match bad {
        None => Ok(()),
        Some(row) => Err(SelectError::NotANumber {
            what,
            row,
            allowed: "finite numbers",
        }),
    }
}

/// Whether an input has as many rows or columns as the others call for.
fn same(what: &'static str, expected: usize, found: usize) -> Result<(), SelectError> {
    if expected == found {
        Ok(())
    } else {
        Err(SelectError::Shape {
            what,
            expected,
            found,
        })
    }
}

/// Whether the limits belong to `n` rows.
///
/// # Errors
///
/// What does not.
pub(crate) fn limits(limits: &SelectionLimits, n: usize) -> Result<(), SelectError> {
    if let Some(budget) = &limits.budget {
        same("costs", n, budget.costs.len())?;
        let bad = |cost: &f64| !(cost.is_finite() && *cost >= 0.0);
        if let Some(row) = budget.costs.iter().position(bad) {
            return Err(SelectError::NotANumber {
                what: "the cost",
                row,
                allowed: "a finite number, 0 or more",
            });
        }
        if bad(&budget.total) {
            return Err(SelectError::Budget {
                total: budget.total,
            });
        }
    }
    if let Some(room) = &limits.room {
        same("kinds of room", n, room.kinds.len())?;
        same("sizes", n, room.sizes.len())?;
    }
    let quotas = limits.quotas.iter().map(|quota| &quota.groups);
    for groups in quotas.chain(&limits.together) {
        same("values of a column with a limit", n, groups.of.len())?;
        let bad = |&of: &u32| of != Groups::MISSING && of as usize >= groups.names.len();
        if let Some(row) = groups.of.iter().position(bad) {
            return Err(SelectError::UnknownValue {
                column: groups.column.clone(),
                row,
            });
        }
    }
    Ok(())
}
