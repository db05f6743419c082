//! Choosing the next batch, with a reason for every pick.

mod lists;
mod reasons;

use std::collections::{HashMap, HashSet};

use al_core::{Encoder, Key, Posterior, Progress, Schema, Seed, posterior};
use al_models::Target;
use al_sampling::{Entry, Goal, Limits, Options, Query, registry, select};
use al_tables::{Frame, Input, NewColumn, NewData};
use ndarray::{Array2, Axis};

use crate::campaign::{Campaign, LEARNED};
use crate::error::Error;
use crate::gain::{Gain, Wanted, noise};
use crate::measures::{Measures, Ranges, UncertaintyWeights};
use crate::options::{Direction, Task, TrainOptions};
use crate::phrases::counted;
use crate::results::{check_columns, row_keys, two_rows_of_one_id};
use crate::score::{Scorer, Unseen, informed, sampled, shifted};
use crate::space::Space;
use crate::train::Source;
use crate::unreadable::{ignored, left_out};
use lists::{Listed, Pending, id_keys};
use reasons::{reasons, shared_values};

/// Rows looked at at a time.
const BLOCK: usize = 1 << 16;

/// What to choose.
#[derive(Debug, Clone, Default)]
pub struct SelectOptions {
    /// Batch size.
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
    /// The seed; the model's if not given.
    pub seed: Option<Seed>,
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
    /// Warnings, a sentence each.
    pub warnings: Vec<String>,
}

/// What is known of the candidates, for any strategy.
struct Candidates {
    frame: Frame,
    keys: Vec<Key>,
    scores: Vec<f32>,
    gains: Vec<f32>,
    features: Array2<f32>,
    means: Array2<f32>,
    points: Array2<f32>,
    measures: Option<Measures>,
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
    let name = options.strategy.as_deref().unwrap_or(match campaign {
        Some(_) => al_sampling::DEFAULT,
        None => al_sampling::DEFAULT_WITHOUT_MODEL,
    });
    let entry = registry::find(name)?;
    if campaign.is_none() && entry.needs_model {
        return Err(Error::usage(format!(
            "strategy '{name}' needs a model: give --model FILE, or --strategy {} for a first batch",
            al_sampling::DEFAULT_WITHOUT_MODEL
        )));
    }
    if let Some(campaign) = campaign {
        suits(entry, campaign.task)?;
    }
    let strategy = (entry.make)(&options.settings)?;
    let input = source.open()?;
    let mut warnings = left_out(&input, &options.ignore);
    let columns = input_columns(&input, options)?;
    let seed = options
        .seed
        .or_else(|| campaign.map(Campaign::seed))
        .unwrap_or_default();
    progress.stage("reading candidates", input.n_rows_hint() as u64);
    let (candidates, known) = match campaign {
        Some(campaign) => with_model(campaign, &input, options, &mut warnings, progress)?,
        None => without_model(&input, options, &mut warnings)?,
    };
    progress.stage("choosing", 0);
    let limits = Limits {
        n: options.n,
        excluded: known.excluded,
        included: known.included.keys.clone(),
    };
    let place = |features: &Array2<f32>, points: &Array2<f32>| {
        options.space.embedding(features.view(), points.view())
    };
    let embedding = match campaign {
        Some(_) => place(&candidates.features, &candidates.points),
        None => Array2::zeros((candidates.keys.len(), 0)),
    };
    let anchor_embedding = match campaign {
        Some(_) => place(&known.anchor_features, &known.anchor_points),
        None => Array2::zeros((0, 0)),
    };
    let query = Query {
        embedding: embedding.view(),
        anchor_embedding: anchor_embedding.view(),
        scores: &candidates.scores,
        gains: &candidates.gains,
        features: candidates.features.view(),
        means: candidates.means.view(),
        noise: known.noise,
        points: candidates.points.view(),
        anchor_features: known.anchor_features.view(),
        anchor_points: known.anchor_points.view(),
        anchor_values: &known.anchor_values,
        goal: campaign.and_then(goal),
        ..Query::new(&candidates.keys)
    };
    let selection = select(strategy.as_ref(), &query, &limits, seed)
        .map_err(|error| known.included.place(error))?;
    if selection.picks.len() < options.n {
        warnings.push(format!(
            "asked for {}, and there are {} to choose from",
            counted(options.n, "row"),
            selection.picks.len()
        ));
    }
    if selection.duplicates > 0 {
        warnings.push(format!(
            "left out for repeating another candidate: {}",
            counted(selection.duplicates, "row")
        ));
    }
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    let shared = match campaign {
        Some(campaign) => shared_values(campaign, &candidates, &rows)?,
        None => vec![None; rows.len()],
    };
    let reasons = reasons(campaign, &candidates, &selection, &shared);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut frame = candidates.frame.take(&rows).select(&columns)?;
    let column = |name: &str, data| NewColumn {
        name: name.to_owned(),
        data,
    };
    frame.prepend(vec![
        column("rank", NewData::Integer((1..=rows.len() as i64).collect())),
        column(
            "score",
            NewData::Float(
                selection
                    .picks
                    .iter()
                    .map(|pick| f64::from(pick.score))
                    .collect(),
            ),
        ),
        column(
            "reason",
            NewData::Text(reasons.into_iter().map(Some).collect()),
        ),
    ])?;
    if let Some(columns) = &options.columns {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        frame = frame.select(&columns)?;
    }
    Ok(Batch {
        frame,
        rows: rows.len(),
        candidates: candidates.keys.len(),
        available: selection.available,
        warnings,
    })
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

/// What is known besides the candidates.
struct Known {
    excluded: HashSet<Key>,
    included: Listed,
    anchor_features: Array2<f32>,
    anchor_points: Array2<f32>,
    /// Measured values, and the means of pending rows; none for classes.
    anchor_values: Vec<f32>,
    /// Variance of an outcome that is not the model's doubt.
    noise: f32,
}

fn goal(campaign: &Campaign) -> Option<Goal> {
    campaign.options.direction.map(|direction| match direction {
        Direction::Min => Goal::Min,
        Direction::Max => Goal::Max,
    })
}

fn with_model(
    campaign: &Campaign,
    input: &Input,
    options: &SelectOptions,
    warnings: &mut Vec<String>,
    progress: &dyn Progress,
) -> Result<(Candidates, Known), Error> {
    let schema = &campaign.encoder.schema;
    let id = campaign.options.id.as_deref();
    check_columns(input, schema.names().chain(id))?;
    let scorer = Scorer::new(campaign, 5);
    let mut unseen = Unseen::default();
    let mut frames = Vec::new();
    let mut keys = Vec::new();
    let mut looks = Vec::new();
    let mut points = Vec::new();
    let mut seen: HashMap<Key, (usize, Key)> = HashMap::new();
    let mut first = 0;
    // By id, what is measured, to find ids that now stand for other rows.
    let measured: HashMap<Key, Key> = match id {
        None => HashMap::new(),
        Some(_) => {
            let features = al_core::encoder::feature_keys(schema, &campaign.rows.features);
            let features = features.expect("the model's own rows fit its schema");
            campaign.rows.keys.iter().copied().zip(features).collect()
        }
    };
    for frame in input.blocks(BLOCK, None)? {
        let frame = frame?;
        let table = scorer.table(&frame)?;
        let look = scorer
            .look(&table)
            .map_err(|error| shifted(input, error, first))?;
        unseen.note(campaign, &table);
        looks.push(look);
        points.push(single(&campaign.encoder, &table));
        match id {
            None => keys.extend(campaign.encoder.keys(&table).expect("encoded above")),
            Some(id) => {
                let ids = frame.table(Some(&[id]))?;
                let features = campaign.encoder.keys(&table).expect("encoded above");
                for (row, key) in id_keys(input, &ids, id, first)?.into_iter().enumerate() {
                    if measured
                        .get(&key)
                        .is_some_and(|&known| known != features[row])
                    {
                        return Err(Error::data(format!(
                            "{}: the id '{}' stands for another row in the model; give each configuration an id of its own",
                            input.place(first + row),
                            ids.column(id)
                                .and_then(|ids| ids.text(row))
                                .unwrap_or_default()
                        )));
                    }
                    let (before, same) = *seen.entry(key).or_insert((first + row, features[row]));
                    if same != features[row] {
                        return Err(two_rows_of_one_id(
                            (input, before),
                            (input, first + row),
                            &ids.column(id)
                                .and_then(|ids| ids.text(row))
                                .unwrap_or_default(),
                        ));
                    }
                    keys.push(key);
                }
            }
        }
        first += frame.n_rows();
        progress.advance(frame.n_rows() as u64);
        frames.push(frame);
    }
    warnings.extend(unseen.sentences());
    let (mut features, mut means) = (Vec::new(), Vec::new());
    for look in &looks {
        features.push(look.posterior.features());
        means.push(mean(&look.posterior));
    }
    let mut all = Measures::default();
    let wanted = match options.gain {
        Gain::ModelChange => Wanted::All,
        _ => Wanted::Gains,
    };
    for measures in informed(&scorer, looks, first, wanted, progress) {
        all.extend(measures);
    }
    let sample = all.sample(&sampled(campaign, first));
    let ranges = Ranges::of(&sample, campaign.task, Some(options.gain), options.weights);
    let narrow = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect();
    let (scores, gains) = (narrow(ranges.combine(&all)), narrow(ranges.gain(&all)));

    // Pending rows count as covered, as measured ones do.
    let learned = campaign.rows.with(&LEARNED);
    let mut anchors = campaign.rows.features.take(&learned);
    let mut excluded: HashSet<Key> = campaign.rows.keys.iter().copied().collect();
    let (features, points) = (stacked(features), stacked(points));
    let mut among = Vec::new();
    if let Some(source) = &options.pending {
        let pending = Pending::read(source, &campaign.encoder, id)?;
        match &pending.table {
            Some(table) => anchors = anchors.stack(table),
            None => among = pending.among(&keys, &excluded, warnings),
        }
        excluded.extend(&pending.keys);
    }
    let x = campaign.encoder.encode(&anchors).expect("encoded before");
    let belief = campaign.fitted.posterior(&x);
    let anchor_features = belief.features();
    let anchor_points = single(&campaign.encoder, &anchors);
    let means = stacked(means);
    let anchor_values = match campaign.labelled(&learned).y {
        Target::Classes { .. } => Vec::new(),
        Target::Values(values) => {
            let pending = mean(&belief);
            let measured = values.iter().map(|&value| value as f32);
            let pending = pending.iter().skip(values.len()).copied();
            let among = among.iter().map(|&row| means[[row, 0]]);
            measured.chain(pending).chain(among).collect()
        }
    };
    let known = Known {
        excluded,
        included: Listed::default(),
        anchor_features: stacked(vec![anchor_features, features.select(Axis(0), &among)]),
        anchor_points: stacked(vec![anchor_points, points.select(Axis(0), &among)]),
        anchor_values,
        noise: noise(&campaign.fitted, &belief),
    }
    .with_lists(options, schema, id)?;
    let candidates = Candidates {
        frame: Frame::concat(frames)?,
        keys,
        scores,
        gains,
        features,
        means,
        points,
        measures: Some(all),
    };
    Ok((candidates, known))
}

fn without_model(
    input: &Input,
    options: &SelectOptions,
    warnings: &mut Vec<String>,
) -> Result<(Candidates, Known), Error> {
    let frame = input.read(None)?;
    let table = frame.table(None)?;
    let mut plain = TrainOptions::new("");
    plain.id = options.id.clone();
    plain.ignore = options.ignore.clone();
    let mut choice = plain.choice();
    choice.target = None;
    choice.ignore = ignored(input, &plain.ignore).map(str::to_owned).collect();
    let named = choice.ignore.iter().map(String::as_str);
    check_columns(input, plain.roles().chain(named))?;
    if table.n_rows() == 0 {
        let none = || Array2::zeros((0, 0));
        let candidates = Candidates {
            frame,
            keys: Vec::new(),
            scores: Vec::new(),
            gains: Vec::new(),
            features: none(),
            means: none(),
            points: none(),
            measures: None,
        };
        let known = Known {
            excluded: HashSet::new(),
            included: Listed::default(),
            anchor_features: none(),
            anchor_points: none(),
            anchor_values: Vec::new(),
            noise: 0.0,
        };
        return Ok((candidates, known));
    }
    let (schema, unnamed) =
        Schema::infer(&table, &choice).map_err(|error| Error::in_table(input, &error))?;
    warnings.extend(unnamed);
    let id = options.id.as_deref();
    let keys = row_keys(input, &table, &schema, id)?;
    let encoder = Encoder::fit(schema, &table).map_err(|error| Error::in_table(input, &error))?;
    let schema = &encoder.schema;
    let mut excluded = HashSet::new();
    let points = single(&encoder, &table);
    let mut anchor_points = Array2::zeros((0, encoder.point_width()));
    if let Some(source) = &options.pending {
        let pending = Pending::read(source, &encoder, id)?;
        anchor_points = match &pending.table {
            Some(table) => single(&encoder, table),
            None => points.select(Axis(0), &pending.among(&keys, &excluded, warnings)),
        };
        excluded.extend(&pending.keys);
    }
    let n = table.n_rows();
    let known = Known {
        excluded,
        included: Listed::default(),
        anchor_features: Array2::zeros((anchor_points.nrows(), 0)),
        anchor_points,
        anchor_values: Vec::new(),
        noise: 0.0,
    }
    .with_lists(options, schema, id)?;
    let candidates = Candidates {
        points,
        frame,
        keys,
        scores: vec![0.0; n],
        gains: Vec::new(),
        features: Array2::zeros((n, 0)),
        means: Array2::zeros((n, 0)),
        measures: None,
    };
    Ok((candidates, known))
}

fn single(encoder: &Encoder, table: &al_core::Table) -> Array2<f32> {
    encoder
        .points(table)
        .expect("encoded before")
        .mapv(|value| value as f32)
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

fn stacked(blocks: Vec<Array2<f32>>) -> Array2<f32> {
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    ndarray::concatenate(Axis(0), &views).expect("at least one block, of equal widths")
}

impl Known {
    fn with_lists(
        mut self,
        options: &SelectOptions,
        schema: &Schema,
        id: Option<&str>,
    ) -> Result<Known, Error> {
        if let Some(exclude) = &options.exclude {
            self.excluded
                .extend(Listed::read(exclude, schema, id)?.keys);
        }
        if let Some(include) = &options.include {
            self.included = Listed::read(include, schema, id)?;
        }
        Ok(self)
    }
}
