//! Choosing the next batch, with a reason for every pick.

mod availability;
mod buffer;
mod candidates;
mod explain;
pub(crate) mod identity;
mod limits;
mod lists;
mod reasons;
mod regions;
mod repeats;
pub(crate) mod weights;

use std::collections::HashSet;

use al_core::{Encoder, Key, Posterior, Progress, Seed, posterior};
use al_models::Target;
use al_sampling::{Entry, Goal, Options, Pick, Query, Strategy, registry, select};
use al_tables::{Frame, Input, NewColumn, NewData};
use ndarray::{Array2, Axis};

use crate::campaign::{Campaign, LEARNED};
use crate::derived::HOPELESS;
use crate::error::Error;
use crate::gain::{Gain, noise};
use crate::measures::UncertaintyWeights;
use crate::options::{Direction, Task};
use crate::results::check_columns;
use crate::source::Source;
use crate::space::{self, Space};
use crate::stop;
use crate::unreadable::left_out;
use candidates::{Block, Candidates, stacked};
use explain::Known;
use lists::Lists;
use reasons::{Telling, short};

pub use availability::Availability;
pub use explain::{ExplainedPick, Explanation, Map};
pub use regions::BatchRegion;

/// Rows over which the gain of a batch is expected.
const REFERENCE: usize = 2000;

/// What to choose.
#[derive(Debug, Clone)]
pub struct SelectOptions {
    /// Most rows; [`SelectOptions::ANY`] where only the money is limited.
    pub n: usize,
    /// Name of the strategy; the default of the registry if not given.
    pub strategy: Option<String>,
    /// What is set on it.
    pub settings: Options,
    /// Where rows lie for strategies that want distances.
    pub space: Space,
    /// Which gain is called information gain.
    pub gain: Gain,
    /// How much each measure counts in the combined uncertainty.
    pub weights: UncertaintyWeights,
    /// The column with what measuring a row costs; the model's, if what rows
    /// cost has to be known and no column is given. Rows that have no cost get
    /// the one that the model expects, if it has learned costs.
    pub cost: Option<String>,
    /// Several such columns and how much each counts in the weights.
    pub cost_weights: Vec<(String, f64)>,
    /// Most that the batch may cost.
    pub budget: Option<f64>,
    /// Most that the whole campaign may cost, with what the model's rows have
    /// cost. The less of it is left, the less costs count.
    pub total_budget: Option<f64>,
    /// How much costs count, from 0 to 1: the exponent of a row's relative
    /// cost. If not given, the share of the total budget that is left.
    pub cooling: Option<f64>,
    /// How available the hardware of a row is.
    pub availability: Option<Availability>,
    /// Most rows with one value of a column, of each column named.
    pub at_most: Vec<(String, usize)>,
    /// Fewest rows with each value of a column.
    pub at_least: Vec<(String, usize)>,
    /// The column of which all rows of the batch have one value.
    pub same: Option<String>,
    /// Most rows of the batch that are measured already and are measured again
    /// where noise dominates.
    pub repeats: usize,
    /// The least gain that a batch is worth choosing for: the relative fall of
    /// the error that it may bring.
    pub min_gain: Option<f64>,
    /// Rows less likely to work than this are not chosen.
    pub least_feasible: f64,
    /// Rows being measured: not chosen, and counted as covered.
    pub pending: Option<Source>,
    /// Rows not to choose.
    pub exclude: Option<Source>,
    /// Rows to choose first.
    pub include: Option<Source>,
    /// Exactly these columns are written: of the input, or rank, score and
    /// reason. If not given, those three and all of the input.
    pub columns: Option<Vec<String>>,
    /// The column that identifies a row, without a model.
    pub id: Option<String>,
    /// Columns that say nothing about a row, without a model.
    pub ignore: Vec<String>,
    /// Reads the candidates in one pass and keeps about so many of them to
    /// choose from.
    pub stream: Option<usize>,
    /// The seed; the model's if not given.
    pub seed: Option<Seed>,
}

impl SelectOptions {
    /// A number of rows that no batch has.
    pub const ANY: usize = usize::MAX;

    /// `n` rows, everything else at its default.
    #[must_use]
    pub fn new(n: usize) -> SelectOptions {
        SelectOptions {
            n,
            strategy: None,
            settings: Options::none(),
            space: Space::default(),
            gain: Gain::default(),
            weights: UncertaintyWeights::default(),
            cost: None,
            cost_weights: Vec::new(),
            budget: None,
            total_budget: None,
            cooling: None,
            availability: None,
            at_most: Vec::new(),
            at_least: Vec::new(),
            same: None,
            repeats: 0,
            min_gain: None,
            least_feasible: HOPELESS,
            pending: None,
            exclude: None,
            include: None,
            columns: None,
            id: None,
            ignore: Vec::new(),
            stream: None,
            seed: None,
        }
    }

    /// Rows kept in one pass over the candidates for this batch.
    #[must_use]
    pub fn buffer(&self) -> usize {
        buffer::size(self.n)
    }
}

/// A chosen batch.
#[derive(Debug)]
pub struct Batch {
    /// The batch as a table: rank, score, reason, then the input's columns.
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
            Some(candidates) => {
                let id = options.id.as_deref();
                let lists = Lists::read(options, &candidates.encoder, id, HashSet::new())?;
                (Some(candidates), lists)
            }
        },
    };
    let Some(mut candidates) = candidates else {
        return empty(campaign, &input, &columns, options, warnings);
    };
    progress.stage("choosing", 0);
    let anchors = Anchors::new(campaign, &candidates, &lists, options.space, &mut warnings)?;
    let weights = candidates.factors.weights(
        candidates.len(),
        &options.cost_weights,
        cooling(campaign, options),
        options.least_feasible,
    );
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
        Some(campaign) => {
            let excluded = |key: &Key| lists.excluded.contains(key);
            repeats::worthwhile(campaign, &candidates, excluded, options.n)
        }
        None => Vec::new(),
    };
    let (repeated, left) = repeats.split_at(repeats.len().min(options.repeats));
    if !left.is_empty() {
        warnings.push(format!(
            "{} noisier than the least certain candidates are uncertain; --repeats {} measures {} again",
            match left.len() {
                1 => "1 measured row is".to_owned(),
                n => format!("{n} measured rows are"),
            },
            repeats.len().min(options.n),
            match (left.len(), repeats.len() > options.n) {
                (1, false) => "it",
                (_, false) => "them",
                (_, true) => "the noisiest",
            },
        ));
    }
    let limits = limits::limits(campaign, &candidates, &lists, repeated, options)?;
    let mut selection = select(strategy.as_ref(), &query, &limits, seed)
        .map_err(|error| limits::placed(error, &lists))?;
    if let Some(available) = candidates.available {
        selection.available = available;
    }
    let sample = candidates.sampled(seed)?;
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    let expected_gain =
        campaign.map(|campaign| gain_of(campaign, &candidates, &sample, &rows, anchors.noise));
    selection.unavailable += candidates.hopeless;
    let stopped = stops(campaign, expected_gain, options.min_gain) && !rows.is_empty();
    if stopped {
        selection.picks.clear();
    } else if !rows.is_empty() {
        warnings.extend(limits::shortcomings(&selection, options));
    }
    let why_empty = selection.picks.is_empty().then(|| {
        let left = left_to_spend(campaign, options);
        match (stopped, expected_gain, left, &options.total_budget) {
            _ if candidates.seen == 0 => NO_CANDIDATES.to_owned(),
            (true, Some(gain), ..) => format!(
                "another batch is not worth it: it may take up to {:.1} % off the error, less than the {} % of --min-gain; {}",
                100.0 * gain,
                100.0 * options.min_gain.unwrap_or(0.0),
                match campaign.and_then(last_moved) {
                    None => "there was no update yet to say more".to_owned(),
                    Some(moved) => format!(
                        "the last update moved predictions by as much as takes {:.1} % off",
                        100.0 * moved
                    ),
                }
            ),
            (_, _, Some(left), Some(total)) if left <= 0.0 => format!(
                "the budget of {total} is spent: measurements have cost {}",
                short(campaign.map_or(0.0, Campaign::spent))
            ),
            (_, _, Some(left), _) if selection.available > 0 => {
                format!(
                    "no candidate costs as little as the {} there is to spend",
                    short(left)
                )
            }
            _ if selection.unavailable > 0 => format!(
                "no candidate is left that may work: {} all but sure to fail; --min-feasible 0 hands them out",
                match selection.unavailable {
                    1 => "1 row is".to_owned(),
                    n => format!("{n} rows are"),
                }
            ),
            _ => "no candidate is left: all are measured, pending or excluded".to_owned(),
        }
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
    let explanation = known.explanation()?;
    let reasons = explanation.picks.iter().map(|pick| pick.reason.clone());
    let reasons = reasons.collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut frame = candidates.rows.take(&rows)?.select(&columns)?;
    frame.prepend(own_columns(&selection.picks, reasons))?;
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

/// The relative fall of the error that measuring the rows `batch` is expected
/// to bring.
fn gain_of(
    campaign: &Campaign,
    candidates: &Candidates,
    sample: &Block,
    batch: &[usize],
    noise: f32,
) -> f64 {
    let few: Vec<usize> = (0..sample.keys.len().min(REFERENCE)).collect();
    let metrics = campaign
        .rounds
        .last()
        .and_then(|round| round.after.as_ref());
    let unit = campaign.scales.spread * campaign.scales.spread;
    stop::expected(
        sample.features.select(Axis(0), &few).view(),
        candidates.features.select(Axis(0), batch).view(),
        f64::from(noise),
        campaign.squared_error(metrics) / unit,
    )
}

/// Whether a batch of this gain is not worth it: neither is it expected to be,
/// nor was the last.
fn stops(campaign: Option<&Campaign>, expected: Option<f64>, least: Option<f64>) -> bool {
    let (Some(expected), Some(least)) = (expected, least) else {
        return false;
    };
    expected < least
        && campaign
            .and_then(last_moved)
            .is_none_or(|moved| moved < least)
}

fn last_moved(campaign: &Campaign) -> Option<f64> {
    campaign.rounds.last().and_then(|round| round.moved)
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

/// The columns that a batch adds.
const OWN: [&str; 3] = ["rank", "score", "reason"];

/// The input's columns that go into the batch: all but those of an earlier
/// batch. The columns asked for are checked against what there will be.
fn input_columns(input: &Input, options: &SelectOptions) -> Result<Vec<String>, Error> {
    let asked = options.columns.iter().flatten().map(String::as_str);
    check_columns(input, asked.filter(|name| !OWN.contains(name)))?;
    let names = input.names().iter();
    Ok(names
        .filter(|name| !OWN.contains(&name.as_str()))
        .cloned()
        .collect())
}

fn own_columns(picks: &[Pick], reasons: Vec<String>) -> Vec<NewColumn> {
    let scores = picks.iter().map(|pick| f64::from(pick.score));
    let data = [
        NewData::Integer((1..=picks.len() as i64).collect()),
        NewData::Float(scores.collect()),
        NewData::Text(reasons.into_iter().map(Some).collect()),
    ];
    OWN.iter()
        .zip(data)
        .map(|(name, data)| NewColumn {
            name: (*name).to_owned(),
            data,
        })
        .collect()
}

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

/// What is measured or being measured: rows that count as covered.
struct Anchors {
    features: Array2<f32>,
    points: Array2<f32>,
    /// Places by leaves, for the space that wants them.
    leaves: Array2<f32>,
    /// Measured values, and the means of pending rows; none for classes.
    values: Vec<f32>,
    /// Variance of an outcome that is not the model's doubt.
    noise: f32,
}

impl Anchors {
    fn new(
        campaign: Option<&Campaign>,
        candidates: &Candidates,
        lists: &Lists,
        space: Space,
        warnings: &mut Vec<String>,
    ) -> Result<Anchors, Error> {
        let encoder = &candidates.encoder;
        let measured: HashSet<_> = campaign
            .map(|campaign| campaign.rows.keys.iter().copied().collect())
            .unwrap_or_default();
        // Pending rows that are named by their id have their features among
        // the candidates.
        let among = match &lists.pending {
            Some(pending) if pending.table.is_none() => {
                pending.among(&candidates.keys, &measured, warnings)
            }
            _ => Vec::new(),
        };
        let pending = lists.pending.as_ref().and_then(|p| p.table.as_ref());
        let Some(campaign) = campaign else {
            let points = candidates.points.select(Axis(0), &among);
            let points = match pending {
                Some(table) => stacked(vec![places(encoder, table), points]),
                None => points,
            };
            return Ok(Anchors {
                features: Array2::zeros((points.nrows(), 0)),
                leaves: Array2::zeros((points.nrows(), 0)),
                points,
                values: Vec::new(),
                noise: 0.0,
            });
        };
        let learned = campaign.rows.with(&LEARNED);
        let mut table = campaign.rows.features.take(&learned);
        if let Some(pending) = pending {
            table = table.stack(pending);
        }
        let x = encoder.encode(&table).expect("encoded before");
        let belief = campaign.fitted.posterior(&x);
        let values = match campaign.labelled(&learned).y {
            Target::Classes { .. } => Vec::new(),
            Target::Values(values) => {
                let pending = mean(&belief);
                let measured = values.iter().map(|&value| value as f32);
                let pending = pending.iter().skip(values.len()).copied();
                let among = among.iter().map(|&row| candidates.means[[row, 0]]);
                measured.chain(pending).chain(among).collect()
            }
        };
        let of_candidates = |rows: &Array2<f32>| rows.select(Axis(0), &among);
        let all = x.stack(&candidates.x.take(&among));
        Ok(Anchors {
            features: stacked(vec![belief.features(), of_candidates(&candidates.features)]),
            points: stacked(vec![encoder.places(&x), of_candidates(&candidates.points)]),
            leaves: space.leaves(&campaign.fitted, &all, campaign.seed())?,
            values,
            noise: noise(&campaign.fitted, &belief),
        })
    }
}

fn places(encoder: &Encoder, table: &al_core::Table) -> Array2<f32> {
    encoder.places(&encoder.encode(table).expect("encoded before"))
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
