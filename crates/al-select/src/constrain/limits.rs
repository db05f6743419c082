//! What a batch may hold and cost, from the user's words to the driver's.

use al_core::phrases::counted;
use al_core::{Fault, Message, Messages, StructureKind, Table, Tabular, encoder, setting};
use al_sampling::limits::{Budget, Groups, Quota};
use al_sampling::{SelectError, Selection, SelectionLimits};

use super::fleet::Fleet;
use super::repeats::Repeat;
use crate::options::{SCAFFOLD, SelectOptions};
use crate::read::{Candidates, Lists};
use crate::weigh::left_to_spend;

/// The limits of a batch; `repeated` are measured rows to measure again.
pub(crate) fn limits(
    belief: &dyn Tabular,
    candidates: &Candidates,
    lists: &Lists,
    repeated: &[Repeat],
    fleet: Option<&Fleet<'_>>,
    options: &SelectOptions,
) -> Result<SelectionLimits, Fault> {
    let left = left_to_spend(belief, options);
    if left.is_some_and(|left| left <= 0.0) {
        return Ok(SelectionLimits::first(0));
    }
    let mut limits = SelectionLimits::first(options.n);
    limits.excluded = lists.excluded.clone();
    limits.included = lists.included.keys.clone();
    for repeat in repeated {
        limits.excluded.remove(&repeat.key);
        limits.included.push(repeat.key);
    }
    limits.budget = left.map(|total| Budget {
        costs: candidates.factors.cost.clone(),
        total,
    });
    for (name, n) in &options.at_most {
        let groups = groups(belief, candidates, name)?;
        limits.quotas.push(Quota::at_most(*n, groups));
    }
    for (name, n) in &options.at_least {
        let groups = groups(belief, candidates, name)?;
        limits.quotas.push(Quota::at_least(*n, groups));
    }
    if let Some(name) = &options.same {
        limits.together = Some(groups(belief, candidates, name)?);
    }
    limits.room = fleet.map(Fleet::room);
    Ok(limits)
}

/// Structures whose scaffolds are found at once.
const STRUCTURES: usize = 1 << 14;

/// The candidates by their value of a column, or by their scaffold.
fn groups(belief: &dyn Tabular, candidates: &Candidates, name: &str) -> Result<Groups, Fault> {
    let encoder = belief.encoder();
    if let Some((column, kind)) = encoder.schema.structure() {
        // Molecules without rings share no scaffold: each is its own.
        let by_scaffold = name == SCAFFOLD && !candidates.rows.has(SCAFFOLD);
        if by_scaffold || name == column {
            let table = candidates.rows.column(column)?;
            let names = names(&table, column, kind, by_scaffold);
            let names = names.iter().map(|name| Some(name.as_str()));
            return Ok(Groups::new(name, names));
        }
    }
    let table = candidates.rows.column(name)?;
    let texts = encoder::texts(&table, name).expect("a column of its own table");
    let values = (0..texts.codes.len()).map(|row| texts.get(row));
    Ok(Groups::new(name, values))
}

/// The scaffolds of structures, or their canonical spellings, also where there is no scaffold.
/// They are found in blocks: a million structures are gigabytes.
fn names(table: &Table, column: &str, kind: &StructureKind, by_scaffold: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(table.n_rows());
    for from in (0..table.n_rows()).step_by(STRUCTURES) {
        let block: Vec<usize> = (from..table.n_rows().min(from + STRUCTURES)).collect();
        let block = table.take(&block);
        let read = encoder::structures(&block, column, kind).expect("encoded before");
        let scaffolds = by_scaffold.then(|| read.scaffolds(kind));
        names.extend((0..read.n_rows()).map(|row| {
            let scaffold = scaffolds.as_ref().and_then(|scaffolds| scaffolds.get(row));
            let scaffold = scaffold.filter(|scaffold| !scaffold.is_empty());
            scaffold.unwrap_or(&read.row(row).canonical).to_owned()
        }));
    }
    names
}

/// An error in the user's words.
pub(crate) fn placed(
    error: SelectError,
    candidates: &Candidates,
    lists: &Lists,
    fleet: Option<&Fleet<'_>>,
) -> Fault {
    if let (SelectError::Collision(collision), Some(fleet)) = (&error, fleet)
        && let Some(error) = fleet.collision(collision, candidates, lists)
    {
        return error;
    }
    lists.included.place(error)
}

/// Why a batch is not what was asked for, a sentence each.
pub(crate) fn shortcomings(
    selection: &Selection,
    candidates: &Candidates,
    lists: &Lists,
    fleet: Option<&Fleet<'_>>,
    options: &SelectOptions,
) -> Messages {
    let homeless = fleet.and_then(|fleet| fleet.homeless(candidates, lists));
    let n = homeless.as_ref().map_or(0, |(n, _)| *n);
    let mut said = Messages::default();
    // Without a number of rows, the money decides.
    let asked = options.n < SelectOptions::ANY;
    if let Some(short) = selection.short.as_ref().filter(|_| asked) {
        said.push(format!(
            "asked for {}, and the batch has {}: {short}",
            counted(options.n, "row"),
            selection.picks.len()
        ));
    }
    if selection.duplicates > 0 {
        said.push(format!(
            "excluded as duplicates of another candidate: {}",
            counted(selection.duplicates, "row")
        ));
    }
    if selection.short.is_some() && options.stream.is_some() && asked {
        said.push(
            Message::from(setting::STREAM)
                .text(" keeps a part of the candidates; among the others may be more that fit"),
        );
    }
    if selection.unavailable > n {
        said.push(unavailable(selection.unavailable - n, options));
    }
    said.extend(
        homeless
            .map(|(_, rows)| format!("excluded because no available host can run them: {rows}")),
    );
    said
}

/// Rows of weight 0.
pub(crate) fn unavailable(n: usize, options: &SelectOptions) -> Message {
    let hardware = match options.availability {
        None => "",
        Some(_) => "hardware that is not available, or for ",
    };
    Message::from(format!(
        "excluded for {hardware}a success probability below {} (",
        options.least_feasible
    ))
    .setting(setting::MIN_FEASIBLE)
    .text(format!("): {}", counted(n, "row")))
}
