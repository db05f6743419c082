//! Choosing the next batch, with a reason for every pick.

mod anchors;
mod assemble;
mod availability;
mod buffer;
mod candidates;
mod capacity;
mod columns;
mod explain;
pub(crate) mod identity;
mod limits;
mod lists;
mod options;
mod pick;
mod reasons;
mod regions;
mod repeats;
mod request;
mod spend;
mod table;
mod timing;
pub(crate) mod weights;
mod worth;

use al_core::{Fault, Message, Messages, Progress, Tabular, Unmeasured};
use al_tables::Frame;

use crate::source::Source;
use anchors::Anchors;
use candidates::{Candidates, Plain};
use capacity::Fleet;
use explain::Known;
use lists::Lists;
use reasons::Telling;
use request::Request;
use worth::Outlook;

pub(crate) use anchors::Anchors as QueryAnchors;
pub(crate) use assemble::{Assembly, Offer};
pub use availability::Availability;
pub(crate) use candidates::mean;
pub use capacity::{Capacity, HostPlan, HostRuns};
pub use explain::{ExplainedPick, Explanation, Map};
pub(crate) use options::LEAST_FEASIBLE;
pub use options::SelectOptions;
pub use regions::BatchRegion;
pub(crate) use request::suits;
pub(crate) use worth::REFERENCE;

const NO_CANDIDATES: &str = "there are no candidates: no row was read";

/// A chosen batch.
#[derive(Debug)]
pub struct Batch {
    /// The batch as a table: rank, score, reason, then the input's columns; where
    /// costs are known, expected_cost and value_per_cost; with hosts,
    /// planned_host, planned_start_s and planned_end_s.
    pub frame: Frame,
    /// Rows chosen.
    pub rows: usize,
    /// Candidates that were read.
    pub candidates: usize,
    /// Candidates that were on offer.
    pub available: usize,
    /// What it is about.
    pub explanation: Explanation,
    /// The relative fall of the error that the batch may bring, with a model:
    /// what its members' belief expects, and more than most batches bring.
    pub expected_gain: Option<f64>,
    /// Why it is empty, in words, if it is.
    pub why_empty: Option<Message>,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Chooses a batch from the candidates of `source` by what is believed of them.
///
/// # Errors
///
/// Candidates that do not fit, an unknown strategy, or limits that cannot be
/// met.
pub fn choose(
    belief: &dyn Tabular,
    source: &Source,
    options: &SelectOptions,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    let mut request = Request::new(belief, source, options)?;
    progress.stage("reading candidates", request.input.n_rows_hint() as u64);
    let measured = belief.observed().keys().iter().copied().collect();
    let id = belief.columns().id;
    let lists = Lists::read(options, belief.encoder(), id, measured)?;
    let candidates = candidates::with_model(belief, &mut request, &lists, progress)?;
    batch(belief, request, candidates, lists, progress)
}

/// Chooses a first batch from the candidates of `source`, of which nothing is
/// measured, by where they lie.
///
/// # Errors
///
/// As [`choose`], and a strategy that needs a model.
pub fn choose_first(
    source: &Source,
    options: &SelectOptions,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    let nothing = Unmeasured::new(options.id.as_deref(), options.seed.unwrap_or_default());
    let mut request = Request::new(&nothing, source, options)?;
    progress.stage("reading candidates", request.input.n_rows_hint() as u64);
    match candidates::without_model(&nothing, &mut request)? {
        Some(Plain {
            candidates,
            lists,
            belief,
        }) => batch(&belief, request, candidates, lists, progress),
        None => table::empty(&nothing, request),
    }
}

/// Weighs candidates, constrains the batch, picks, and says why.
fn batch(
    belief: &dyn Tabular,
    request: Request<'_>,
    mut candidates: Candidates,
    lists: Lists,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    let options = request.options;
    let mut warnings = request.warnings.clone();
    progress.stage("choosing", 0);

    // Who may run, and what is covered already.
    availability::check(belief, &candidates, &lists, options, &mut warnings)?;
    let fleet = Fleet::new(belief, &candidates, &lists, options, &mut warnings)?;
    let fleet = fleet.as_ref();
    let anchors = Anchors::new(belief, &candidates, &lists, &mut warnings)?;

    // Which rows.
    let picked = pick::pick(belief, &request, &candidates, &lists, fleet, &anchors)?;
    warnings.extend(picked.remark(options));
    let mut selection = picked.selection;
    selection.available = candidates.available.unwrap_or(selection.available);
    selection.unavailable += candidates.hopeless;

    // Whether they are worth it.
    let sample = candidates.sampled(request.seed)?;
    let outlook = Outlook::of(
        belief,
        &candidates,
        &sample,
        &selection,
        anchors.noise,
        options,
    );
    if outlook.stopped.is_some() {
        selection.picks.clear();
    } else if !selection.picks.is_empty() {
        warnings.extend(limits::shortcomings(
            &selection,
            &candidates,
            &lists,
            fleet,
            options,
        ));
    }
    let why_empty = selection.picks.is_empty().then(|| {
        worth::why_empty(
            belief,
            &candidates,
            &lists,
            &selection,
            &outlook,
            fleet,
            options,
        )
    });

    // Why.
    let repeated = &picked.repeated;
    let excluded = &lists.excluded;
    let telling = Telling::new(belief, &candidates, &sample, &selection, excluded, repeated)?;
    let known = Known {
        belief,
        strategy: &request.strategy_name,
        candidates: &candidates,
        sample: &sample,
        anchors: &anchors,
        telling: &telling,
        expected_gain: outlook.gain.filter(|_| !selection.picks.is_empty()),
    };
    let mut explanation = known.explanation()?;
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    let planned = match fleet {
        Some(fleet) => fleet.planned(belief, &rows, options, &mut explanation)?,
        None => Vec::new(),
    };

    // All of that as a table.
    let frame = table::of(
        belief,
        &request,
        &candidates,
        &selection,
        &picked.worths,
        planned,
        &explanation,
    )?;
    Ok(Batch {
        frame,
        rows: rows.len(),
        candidates: candidates.seen,
        available: selection.available,
        explanation,
        expected_gain: outlook.gain,
        why_empty,
        warnings,
    })
}
