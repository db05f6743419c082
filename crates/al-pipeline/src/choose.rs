//! Choosing the next batch, with a reason for every pick.

mod anchors;
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
mod reasons;
mod regions;
mod repeats;
mod timing;
pub(crate) mod weights;
mod worth;

use al_core::{Posterior, Progress, Seed, posterior};
use al_sampling::{Entry, Goal, Limits, Query, Selection, Strategy, registry, rescored, select};
use al_tables::{Frame, Input};
use ndarray::{Array2, Axis};

use crate::campaign::Campaign;
use crate::error::Error;
use crate::options::{Direction, Task};
use crate::source::Source;
use crate::space;
use crate::unreadable::left_out;
use anchors::Anchors;
use capacity::Fleet;
use columns::{cost_columns, has_costs, input_columns, own_columns, unplanned};
use explain::Known;
use lists::Lists;
use reasons::Telling;
use timing::Timing;

pub use availability::{Availability, hardware_column};
pub use capacity::{Capacity, HostPlan, HostRuns};
pub use explain::{ExplainedPick, Explanation, Map};
pub use options::SelectOptions;
pub use regions::BatchRegion;
pub(crate) use worth::REFERENCE;

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
    pub why_empty: Option<String>,
    /// Warnings, a sentence each.
    pub warnings: Vec<String>,
}

/// Chooses a batch from the candidates of `source`: by the model's belief, or
/// without a model by where they lie.
///
/// # Errors
///
/// Candidates that do not fit, an unknown strategy, or limits that cannot be
/// met.
pub fn choose(
    campaign: Option<&Campaign>,
    source: &Source,
    options: &SelectOptions,
    progress: &dyn Progress,
) -> Result<Batch, Error> {
    let strategy = strategy(campaign, options)?;
    let input = source.open()?;
    let mut warnings = left_out(&input, &options.ignore);
    let columns = input_columns(&input, options)?;
    limits::check(&input, options)?;
    capacity::check(campaign, &input, options)?;
    let seed = options
        .seed
        .or_else(|| campaign.map(Campaign::seed))
        .unwrap_or_default();
    progress.stage("reading candidates", input.n_rows_hint() as u64);
    let (candidates, lists) = match campaign {
        Some(campaign) => {
            let id = campaign.options.id.as_deref();
            let measured = campaign.rows.keys.iter().copied().collect();
            let lists = Lists::read(options, &campaign.encoder, id, measured)?;
            let needs = strategy.needs();
            let candidates = candidates::with_model(
                campaign,
                &input,
                &lists,
                options,
                needs,
                &mut warnings,
                progress,
            )?;
            (Some(candidates), lists)
        }
        None => match candidates::without_model(&input, options, &mut warnings)? {
            None => (None, Lists::default()),
            Some((candidates, lists)) => (Some(candidates), lists),
        },
    };
    let Some(mut candidates) = candidates else {
        return empty(campaign, &input, &columns, options, warnings);
    };
    progress.stage("choosing", 0);
    let streamed = options.stream.is_some();
    if let Some(availability) = &options.availability {
        availability::known(availability, campaign, &candidates, streamed, &mut warnings)?;
    }
    availability::includable(&candidates, &lists)?;
    let fleet = Fleet::new(campaign, &candidates, &lists, options, &mut warnings)?;
    let fleet = fleet.as_ref();
    fleet.map_or(Ok(()), |fleet| fleet.includable(&candidates, &lists))?;
    let anchors = Anchors::new(campaign, &candidates, &lists, options.space, &mut warnings)?;
    let cooling = cooling(campaign, options);
    let weights = |cooling: f64| {
        let weights = candidates.factors.weights(
            candidates.len(),
            &options.cost_weights,
            cooling,
            options.least_feasible,
        );
        match fleet {
            Some(fleet) => Some(fleet.weights(weights)),
            None => weights,
        }
    };
    // Without costs, for what a pick is worth whatever it costs.
    let (weights, costless) = (weights(cooling), weights(0.0));
    let leaves = match campaign {
        Some(campaign) => options
            .space
            .leaves(&campaign.fitted, &candidates.x, campaign.seed())?,
        None => Array2::zeros((candidates.len(), 0)),
    };
    let place = |rows: &space::Rows<'_>| match campaign {
        Some(_) => options.space.embedding(rows).into_owned(),
        None => Array2::zeros((rows.features.nrows(), 0)),
    };
    let embedding = place(&space::Rows {
        features: candidates.features.view(),
        points: candidates.points.view(),
        leaves: leaves.view(),
    });
    let anchor_embedding = place(&space::Rows {
        features: anchors.features.view(),
        points: anchors.points.view(),
        leaves: anchors.leaves.view(),
    });
    let query = Query {
        embedding: embedding.view(),
        anchor_embedding: anchor_embedding.view(),
        scores: &candidates.scores,
        gains: &candidates.gains,
        features: candidates.features.view(),
        means: candidates.means.view(),
        noise: anchors.noise,
        points: candidates.points.view(),
        anchor_features: anchors.features.view(),
        anchor_points: anchors.points.view(),
        anchor_values: &anchors.values,
        goal: campaign.and_then(goal),
        weights: weights.as_deref(),
        ..Query::new(&candidates.keys)
    };
    let repeats = match campaign {
        Some(campaign) => repeats::worthwhile(campaign, &candidates, &lists, options.n),
        None => Vec::new(),
    };
    let spent = left_to_spend(campaign, options).is_some_and(|left| left <= 0.0);
    let most = if spent { 0 } else { options.repeats };
    // As many as the limits let in: nobody asked for one of them by name.
    let mut repeated = &repeats[..repeats.len().min(most)];
    let (mut selection, limits) = loop {
        let limits = limits::limits(campaign, &candidates, &lists, repeated, fleet, options)?;
        match select(strategy.as_ref(), &query, &limits, seed) {
            Ok(selection) => break (selection, limits),
            Err(_) if !repeated.is_empty() => repeated = &repeated[..repeated.len() - 1],
            Err(error) => return Err(limits::placed(error, &candidates, &lists, fleet)),
        }
    };
    let worths = match has_costs(campaign, options) {
        true => {
            let query = Query {
                weights: costless.as_deref(),
                ..query
            };
            worths(
                strategy.as_ref(),
                &query,
                &limits,
                &selection,
                cooling,
                seed,
            )?
        }
        false => Vec::new(),
    };
    warnings.extend(repeats::remark(&repeats, options));
    if let Some(available) = candidates.available {
        selection.available = available;
    }
    let sample = candidates.sampled(seed)?;
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    let expected_gain =
        campaign.map(|campaign| worth::gain(campaign, &candidates, &sample, &rows, anchors.noise));
    selection.unavailable += candidates.hopeless;
    let stopped = match (campaign, expected_gain) {
        (Some(campaign), Some(gain)) if !rows.is_empty() => {
            worth::stops(campaign, gain, options.min_gain)
        }
        _ => None,
    };
    if stopped.is_some() {
        selection.picks.clear();
    } else if !rows.is_empty() {
        let homeless = fleet.and_then(|fleet| fleet.homeless(&candidates, &lists));
        let n = homeless.as_ref().map_or(0, |(n, _)| *n);
        warnings.extend(limits::shortcomings(&selection, n, options));
        warnings.extend(
            homeless
                .map(|(_, rows)| format!("left out, as no host that is up can run them: {rows}")),
        );
    }
    let why_empty = selection.picks.is_empty().then(|| {
        let hosts = fleet.filter(|_| stopped.is_none());
        hosts
            .and_then(|fleet| fleet.why_empty(&candidates, &lists, &selection))
            .unwrap_or_else(|| {
                worth::why_empty(campaign, &candidates, &selection, stopped, options)
            })
    });
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    let telling = Telling::new(
        campaign,
        &candidates,
        &sample,
        &selection,
        &lists.excluded,
        repeated,
    )?;
    let known = Known {
        campaign,
        strategy: strategy_name(campaign, options),
        candidates: &candidates,
        sample: &sample,
        anchors: &anchors,
        telling: &telling,
        expected_gain: expected_gain.filter(|_| !rows.is_empty()),
    };
    let mut explanation = known.explanation()?;
    let mut planned = Vec::new();
    if let Some(fleet) = fleet {
        let plan = fleet.plan(&rows)?;
        planned = fleet.columns(&plan);
        let told = fleet.told(&plan);
        let timing = Timing::new(campaign, options)?;
        explanation.sentences.push(timing.told(campaign));
        explanation.sentences.extend(told.sentences());
        explanation.plan = Some(told);
    }
    let reasons = explanation.picks.iter().map(|pick| pick.reason.clone());
    let reasons = reasons.collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut frame = candidates.rows.take(&rows)?.select(&columns)?;
    frame.prepend(own_columns(&selection.picks, reasons))?;
    let mut more = Vec::new();
    if has_costs(campaign, options) {
        let costs = candidates
            .factors
            .costs(candidates.len(), &options.cost_weights);
        let costs: Vec<f64> = rows.iter().map(|&row| costs[row]).collect();
        more.extend(cost_columns(&costs, &worths));
    }
    more.extend(planned);
    if !more.is_empty() {
        frame.append(more)?;
    }
    if let Some(columns) = &options.columns {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        frame = frame.select(&columns)?;
    }
    Ok(Batch {
        frame,
        rows: rows.len(),
        candidates: candidates.seen,
        available: selection.available,
        explanation,
        expected_gain,
        why_empty,
        warnings,
    })
}

/// What each pick of `selection` is worth by `query`, whose weights know no
/// cost; with a `cooling` of 0 it was picked by such weights.
fn worths(
    strategy: &dyn Strategy,
    query: &Query<'_>,
    limits: &Limits,
    selection: &Selection,
    cooling: f64,
    seed: Seed,
) -> Result<Vec<f32>, Error> {
    let picks = &selection.picks;
    if cooling == 0.0 {
        return Ok(picks.iter().map(|pick| pick.score).collect());
    }
    Ok(rescored(strategy, query, limits, picks, seed)?)
}

fn strategy_name<'a>(campaign: Option<&Campaign>, options: &'a SelectOptions) -> &'a str {
    options.strategy.as_deref().unwrap_or(match campaign {
        Some(_) => al_sampling::DEFAULT,
        None => al_sampling::DEFAULT_WITHOUT_MODEL,
    })
}

/// The strategy asked for, if there is what it needs.
fn strategy(
    campaign: Option<&Campaign>,
    options: &SelectOptions,
) -> Result<Box<dyn Strategy>, Error> {
    let name = strategy_name(campaign, options);
    let entry = registry::find(name)?;
    match campaign {
        None if entry.needs_model => {
            return Err(Error::usage(format!(
                "strategy '{name}' needs a model: give --model FILE, or --strategy {} for a first batch",
                al_sampling::DEFAULT_WITHOUT_MODEL
            )));
        }
        Some(campaign) => suits(entry, campaign.task)?,
        None => {}
    }
    Ok((entry.make)(&options.settings)?)
}

/// That a strategy is for the kind of target there is.
pub(crate) fn suits(entry: &Entry, task: Task) -> Result<(), Error> {
    let (suits, kind) = match task {
        Task::Regression => (entry.regression, "classes, and the target is a number"),
        Task::Classification => (entry.classification, "numbers, and the target is a class"),
    };
    if suits {
        return Ok(());
    }
    Err(Error::usage(format!(
        "strategy '{}' is for {kind}; altool strategies lists those for both",
        entry.name
    )))
}

/// How much costs count: 1 where no end of the money is known.
fn cooling(campaign: Option<&Campaign>, options: &SelectOptions) -> f64 {
    match (options.cooling, options.total_budget) {
        (Some(cooling), _) => cooling,
        (None, None) => 1.0,
        (None, Some(total)) => {
            let spent = campaign.map_or(0.0, Campaign::spent);
            ((total - spent) / total).clamp(0.0, 1.0)
        }
    }
}

/// What the batch may cost.
fn left_to_spend(campaign: Option<&Campaign>, options: &SelectOptions) -> Option<f64> {
    let spent = campaign.map_or(0.0, Campaign::spent);
    let left = options.total_budget.map(|total| (total - spent).max(0.0));
    match (left, options.budget) {
        (Some(left), Some(budget)) => Some(left.min(budget)),
        (left, budget) => left.or(budget),
    }
}

const NO_CANDIDATES: &str = "there are no candidates: no row was read";

/// A batch from no candidates.
fn empty(
    campaign: Option<&Campaign>,
    input: &Input,
    columns: &[String],
    options: &SelectOptions,
    warnings: Vec<String>,
) -> Result<Batch, Error> {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut frame = input.read(Some(&columns))?;
    frame.prepend(own_columns(&[], Vec::new()))?;
    let mut more = Vec::new();
    if has_costs(campaign, options) {
        more.extend(cost_columns(&[], &[]));
    }
    if options.capacity.is_some() {
        more.extend(unplanned());
    }
    if !more.is_empty() {
        frame.append(more)?;
    }
    if let Some(columns) = &options.columns {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        frame = frame.select(&columns)?;
    }
    Ok(Batch {
        frame,
        rows: 0,
        candidates: 0,
        available: 0,
        explanation: Explanation {
            strategy: strategy_name(campaign, options).to_owned(),
            ..Explanation::default()
        },
        expected_gain: None,
        why_empty: Some(NO_CANDIDATES.to_owned()),
        warnings,
    })
}

fn goal(campaign: &Campaign) -> Option<Goal> {
    campaign.options.direction.map(|direction| match direction {
        Direction::Min => Goal::Min,
        Direction::Max => Goal::Max,
    })
}

/// The mean of the draws: a value per row, or its class probabilities.
pub(crate) fn mean(posterior: &Posterior) -> Array2<f32> {
    match posterior {
        Posterior::Values { draws, .. } => {
            let means = posterior::mean(draws).into_iter().map(|v| v as f32);
            ndarray::Array1::from_iter(means).insert_axis(Axis(1))
        }
        Posterior::Classes { draws } => {
            posterior::mean_probabilities(draws).mapv(|probability| probability as f32)
        }
    }
}
