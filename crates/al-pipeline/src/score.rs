//! Scoring: what the model says of each candidate.

use al_core::{
    Fault, Matrix, Message, Messages, Posterior, Prediction, Progress, RowPredictor, Seed, Tabular,
    Task, information, posterior, setting,
};
use al_tables::{Frame, Input, NewColumn, NewData};
use al_words::columns::{OF_GAIN, SCORED_CLASSES, SCORED_VALUES};

use crate::borrowers::Borrowers;
use crate::distances::Distances;
use crate::gain::{Gain, Informant, Information, ReferenceRows, Wanted};
use crate::measures::{Look, Measures, Ranges, UncertaintyWeights, scores};
use crate::results::check_columns;
use crate::sink::Sink;
use crate::source::Source;
use crate::unreadable::left_out;

/// Rows scored at a time.
const BLOCK: usize = 1 << 16;

/// Most rows from which the ranges of the measures are taken.
const SAMPLE: usize = 100_000;

/// Candidates kept in memory between scoring and writing, in cells. A larger
/// table is read twice: once for a sample, once to be scored.
const CELLS_KEPT: usize = 64 << 20;

/// How to score.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreOptions {
    /// Put before the names of the columns that are added.
    pub prefix: String,
    /// Number of nearest learned rows of the distance, k.
    pub neighbours: usize,
    /// Which gain is called information gain; without one the columns of what
    /// a row would teach are left out.
    pub gain: Option<Gain>,
    /// How much each measure counts in the combined uncertainty.
    pub weights: UncertaintyWeights,
}

impl ScoreOptions {
    fn wanted(&self) -> Wanted {
        match self.gain {
            None => Wanted::Nothing,
            Some(_) => Wanted::All,
        }
    }
}

impl Default for ScoreOptions {
    fn default() -> Self {
        ScoreOptions {
            prefix: String::new(),
            neighbours: 5,
            gain: Some(Gain::default()),
            weights: UncertaintyWeights::default(),
        }
    }
}

/// What scoring did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scored {
    /// Rows scored.
    pub rows: usize,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Which of `n` rows the ranges are taken from: all, or a seeded sample.
pub(crate) fn sampled(seed: Seed, n: usize) -> Vec<usize> {
    if n <= SAMPLE {
        return (0..n).collect();
    }
    let mut rng = seed.stream("ranges", n as u64);
    let mut rows = rand::seq::index::sample(&mut rng, n, SAMPLE).into_vec();
    rows.sort_unstable();
    rows
}

/// A belief made ready to score.
pub(crate) struct Scorer<'a> {
    belief: &'a dyn Tabular,
    distances: Distances,
    neighbours: usize,
    /// Whether intervals are computed.
    bounded: bool,
    names: Vec<String>,
    /// `None` where no failure is known: then every row may work.
    feasibility: Option<&'a dyn RowPredictor>,
}

impl<'a> Scorer<'a> {
    /// # Errors
    ///
    /// The learner's, of the failures.
    pub(crate) fn new(belief: &'a dyn Tabular, neighbours: usize) -> Result<Scorer<'a>, Fault> {
        let learned = belief.observed().learned();
        let points = belief
            .encoder()
            .points(&belief.observed().features().take(&learned))
            .expect("the model's own rows fit its encoder");
        Ok(Scorer {
            belief,
            distances: Distances::new(points),
            neighbours,
            bounded: true,
            names: belief.encoder().schema.names().map(str::to_owned).collect(),
            feasibility: belief.feasibility()?,
        })
    }

    /// The same without intervals, which take time.
    pub(crate) fn unbounded(self) -> Scorer<'a> {
        Scorer {
            bounded: false,
            ..self
        }
    }

    /// Probability that each row of `table` works; none where no failure is
    /// known.
    pub(crate) fn feasible(&self, table: &al_core::Table) -> Vec<f64> {
        let learned = self.feasibility;
        learned.map_or_else(Vec::new, |learned| learned.of(table))
    }

    /// The features of `frame`.
    pub(crate) fn table(&self, frame: &Frame) -> Result<al_core::Table, Fault> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        Ok(frame.table(Some(&names))?)
    }

    /// Mean distance of rows already encoded to their nearest learned rows.
    pub(crate) fn distances(&self, x: &Matrix) -> Vec<f64> {
        let points = self.belief.encoder().places(x).mapv(f64::from);
        self.distances.mean(&points, self.neighbours)
    }

    /// What the model says of the rows of `table`.
    pub(crate) fn look(&self, table: &al_core::Table) -> Result<Look, al_core::DataError> {
        let belief = self.belief;
        let x = belief.encoder().encode(table)?;
        let points = belief.encoder().points(table)?;
        let mut measures = Measures {
            feasible: self.feasible(table),
            ..Measures::default()
        };
        let (distance, prediction) = rayon::join(
            || self.distances.mean(&points, self.neighbours),
            || match self.bounded {
                true => belief.predict(&x),
                false => Prediction {
                    posterior: belief.posterior(&x),
                    interval: None,
                },
            },
        );
        measures.distance = distance;
        match &prediction.posterior {
            Posterior::Values { draws, .. } => {
                let unit = |values: &[f64]| -> Vec<f64> {
                    values.iter().map(|&v| belief.scale().unit(v)).collect()
                };
                measures.prediction = unit(&posterior::mean(draws));
                let spread = belief.scale().spread;
                measures.variance = posterior::variance(draws)
                    .into_iter()
                    .map(|variance| variance * spread * spread)
                    .collect();
                // Without intervals nothing bounds a row.
                let n = x.n_rows();
                let (low, high) = prediction
                    .interval
                    .unwrap_or_else(|| (vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n]));
                measures.width = low
                    .iter()
                    .zip(&high)
                    .map(|(low, high)| (high - low) * spread)
                    .collect();
                measures.low = unit(&low);
                measures.high = unit(&high);
            }
            Posterior::Classes { draws } => {
                measures.probabilities = Some(posterior::mean_probabilities(draws));
                measures.classes = information::class_uncertainty(draws);
            }
        }
        Ok(Look {
            measures,
            posterior: prediction.posterior,
            x,
        })
    }

    /// To be shown all candidates.
    pub(crate) fn reference_rows(&self) -> ReferenceRows {
        ReferenceRows::new(
            self.belief.seed(),
            self.belief.encoder().columns(),
            self.belief.classes().len(),
        )
    }

    /// Ready to say what a row teaches about the rows taken.
    pub(crate) fn informant(&self, reference: &ReferenceRows) -> Informant<'a> {
        Informant::new(self.belief, &reference.matrix())
    }

    /// What scoring adds, as [`added`] names it.
    fn columns(
        &self,
        measures: Measures,
        ranges: &Ranges,
        options: &ScoreOptions,
    ) -> Vec<NewColumn> {
        let (uncertainty, gain) = (ranges.combine(&measures), ranges.gain(&measures));
        let feasible = match measures.feasible.as_slice() {
            [] => vec![1.0; uncertainty.len()],
            feasible => feasible.to_vec(),
        };
        let score = scores(&uncertainty, &gain)
            .into_iter()
            .zip(&feasible)
            .map(|(score, feasible)| score * feasible)
            .collect();
        let taught = |columns: Vec<Vec<f64>>| match options.gain {
            Some(_) => columns,
            None => Vec::new(),
        };
        let Information { gains, change } = measures.information;
        let data: Vec<NewData> = match &measures.probabilities {
            None => {
                let width = measures
                    .low
                    .iter()
                    .zip(&measures.high)
                    .map(|(low, high)| high - low)
                    .collect();
                [
                    vec![
                        measures.prediction,
                        measures.variance,
                        measures.low,
                        measures.high,
                        width,
                        measures.distance,
                        uncertainty,
                    ],
                    taught(vec![
                        change,
                        gains.entropy_reduction,
                        gains.mutual_information,
                        gain,
                    ]),
                    vec![feasible],
                    taught(vec![score]),
                ]
                .into_iter()
                .flatten()
                .map(NewData::Float)
                .collect()
            }
            Some(probabilities) => {
                let mut data: Vec<NewData> = probabilities
                    .columns()
                    .into_iter()
                    .map(|column| NewData::Float(column.to_vec()))
                    .collect();
                data.push(NewData::Labels {
                    codes: information::predicted_classes(probabilities),
                    levels: self.belief.classes().to_vec(),
                });
                let classes = measures.classes;
                let numbers = [
                    vec![
                        classes.entropy,
                        classes.margin,
                        classes.least_confidence,
                        classes.vote_entropy,
                        classes.mutual_information,
                        measures.distance,
                        uncertainty,
                    ],
                    taught(vec![change, gains.entropy_reduction, gain]),
                    vec![feasible],
                    taught(vec![score]),
                ];
                data.extend(numbers.into_iter().flatten().map(NewData::Float));
                data
            }
        };
        added(self.belief, options)
            .into_iter()
            .zip(data)
            .map(|(name, data)| NewColumn { name, data })
            .collect()
    }
}

/// The names of the columns that scoring adds.
pub(crate) fn added(belief: &dyn Tabular, options: &ScoreOptions) -> Vec<String> {
    let table = match belief.task() {
        Task::Regression => &SCORED_VALUES,
        Task::Classification => &SCORED_CLASSES,
    };
    let columns = table.columns.iter().copied();
    let wanted = columns.filter(|column| options.gain.is_some() || !OF_GAIN.contains(column));
    let names = wanted.flat_map(|column| match column.is_pattern() {
        true => belief.classes().iter().map(|c| column.named(c)).collect(),
        false => vec![column.name.to_owned()],
    });
    names
        .map(|name| format!("{}{name}", options.prefix))
        .collect()
}

/// Reads the candidates of `source`, appends what the model says of each, and
/// gives them all to what `make_sink` makes. It is called after the first look
/// at the candidates, once they are known to be good.
///
/// # Errors
///
/// Candidates that do not fit the model, a column that is there already, and
/// an output that cannot be written.
pub fn score<S: Sink>(
    belief: &dyn Tabular,
    source: &Source,
    options: &ScoreOptions,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Scored, Fault> {
    score_input(belief, &source.open()?, options, make_sink, progress)
}

/// [`score`] of candidates that are open already.
pub(crate) fn score_input<S: Sink>(
    belief: &dyn Tabular,
    input: &Input,
    options: &ScoreOptions,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Scored, Fault> {
    check_columns(input, belief.encoder().schema.names())?;
    let scorer = Scorer::new(belief, options.neighbours)?;
    for name in added(belief, options) {
        if input.names().contains(&name) {
            return Err(taken_name(&name, input));
        }
    }
    let mut warnings = Unseen::default();
    let mut sink = make_sink()?;
    let hint = input.n_rows_hint();
    progress.stage("scoring candidates", hint as u64);
    let outputs = belief.n_draws() * belief.classes().len().max(1);
    let cells = input.names().len() + belief.encoder().columns().len() + outputs;
    let rows = if hint.saturating_mul(cells) <= CELLS_KEPT {
        score_in_memory(&scorer, input, options, &mut sink, &mut warnings, progress)?
    } else {
        score_in_two_passes(&scorer, input, options, &mut sink, &mut warnings, progress)?
    };
    sink.finish()?;
    Ok(Scored {
        rows,
        warnings: left_out(input, &[])
            .into_iter()
            .chain(warnings.sentences(belief))
            .collect(),
    })
}

fn score_in_memory(
    scorer: &Scorer<'_>,
    input: &Input,
    options: &ScoreOptions,
    sink: &mut dyn Sink,
    unseen: &mut Unseen,
    progress: &dyn Progress,
) -> Result<usize, Fault> {
    let (mut frames, mut looks) = (Vec::new(), Vec::new());
    let mut n = 0;
    for frame in input.blocks(BLOCK, None)? {
        let frame = frame?;
        let table = scorer.table(&frame)?;
        let look = scorer
            .look(&table)
            .map_err(|error| shifted(input, error, n))?;
        unseen.note(scorer.belief, &table);
        n += frame.n_rows();
        progress.advance(frame.n_rows() as u64);
        frames.push(frame);
        looks.push(look);
    }
    let measures = informed(scorer, looks, None, n, options.wanted(), progress);
    let mut all = Measures::default();
    for measures in &measures {
        all.append(measures.clone());
    }
    let sample = all.sample(&sampled(scorer.belief.seed(), n));
    drop(all);
    let ranges = Ranges::of(&sample, scorer.belief.task(), options.gain, options.weights);
    progress.stage("writing", n as u64);
    for (mut frame, measures) in frames.into_iter().zip(measures) {
        frame.append(scorer.columns(measures, &ranges, options))?;
        sink.write(&frame)?;
        progress.advance(frame.n_rows() as u64);
    }
    Ok(n)
}

/// The measures of all `n` candidates, with what each would teach about a
/// sample of the rows of `over`, or of themselves.
pub(crate) fn informed(
    scorer: &Scorer<'_>,
    looks: Vec<Look>,
    over: Option<&Matrix>,
    n: usize,
    wanted: Wanted,
    progress: &dyn Progress,
) -> Vec<Measures> {
    if wanted == Wanted::Nothing {
        return looks.into_iter().map(|look| look.measures).collect();
    }
    progress.stage("weighing what each would teach", n as u64);
    let mut reference = scorer.reference_rows();
    match over {
        Some(x) => reference.look(x),
        None => looks.iter().for_each(|look| reference.look(&look.x)),
    }
    let informant = scorer.informant(&reference);
    let with = |look: Look| {
        let information = informant.information(&look.x, &look.posterior, wanted);
        progress.advance(look.x.n_rows() as u64);
        Measures {
            information,
            ..look.measures
        }
    };
    looks.into_iter().map(with).collect()
}

/// For tables too large to be kept: the sample that the ranges are taken from
/// first, with the reference rows, then block after block.
fn score_in_two_passes(
    scorer: &Scorer<'_>,
    input: &Input,
    options: &ScoreOptions,
    sink: &mut dyn Sink,
    unseen: &mut Unseen,
    progress: &dyn Progress,
) -> Result<usize, Fault> {
    let names: Vec<&str> = scorer.names.iter().map(String::as_str).collect();
    let n = match input.n_rows() {
        Some(n) => n,
        None => {
            let mut n = 0;
            for frame in input.blocks(BLOCK, Some(&names[..1]))? {
                n += frame?.n_rows();
            }
            n
        }
    };
    let rows = sampled(scorer.belief.seed(), n);
    let wanted = options.wanted();
    let mut reference = scorer.reference_rows();
    let mut looks = Vec::new();
    let (mut first, mut at) = (0, 0);
    for frame in input.blocks(BLOCK, Some(&names))? {
        let frame = frame?;
        let end = first + frame.n_rows();
        let taken: Vec<usize> = rows[at..]
            .iter()
            .take_while(|&&row| row < end)
            .map(|&row| row - first)
            .collect();
        at += taken.len();
        if wanted != Wanted::Nothing {
            let x = scorer.belief.encoder().encode(&scorer.table(&frame)?);
            reference.look(&x.map_err(|error| shifted(input, error, first))?);
        }
        if !taken.is_empty() {
            let table = scorer.table(&frame.take(&taken))?;
            let look = scorer
                .look(&table)
                .map_err(|error| shifted(input, error, first))?;
            looks.push(look);
        }
        first = end;
    }
    let informant = scorer.informant(&reference);
    let mut sample = Measures::default();
    for look in looks {
        sample.append(Measures {
            information: informant.information(&look.x, &look.posterior, wanted),
            ..look.measures
        });
    }
    let ranges = Ranges::of(&sample, scorer.belief.task(), options.gain, options.weights);
    let mut first = 0;
    for frame in input.blocks(BLOCK, None)? {
        let mut frame = frame?;
        let table = scorer.table(&frame)?;
        let look = scorer
            .look(&table)
            .map_err(|error| shifted(input, error, first))?;
        unseen.note(scorer.belief, &table);
        let measures = Measures {
            information: informant.information(&look.x, &look.posterior, wanted),
            ..look.measures
        };
        frame.append(scorer.columns(measures, &ranges, options))?;
        sink.write(&frame)?;
        first += frame.n_rows();
        progress.advance(frame.n_rows() as u64);
    }
    Ok(first)
}

/// The fault of a column that would be added and is there already.
pub(crate) fn taken_name(name: &str, input: &Input) -> Fault {
    let remedy = Message::from("give ")
        .setting(setting::PREFIX.given())
        .text(" to name the new columns differently");
    Fault::data(format!("there is a column '{name}' already"))
        .remedy(remedy)
        .at(input.name())
}

/// An error of a block as one of the whole table.
pub(crate) fn shifted(input: &Input, error: al_core::DataError, first: usize) -> Fault {
    input.fault(&error.shifted(first))
}

/// What is worth a warning about candidates: categories that training never saw,
/// and hardware that borrows.
#[derive(Debug, Default)]
pub(crate) struct Unseen {
    levels: std::collections::BTreeSet<(String, String)>,
    borrowers: Borrowers,
}

impl Unseen {
    pub(crate) fn note(&mut self, belief: &dyn Tabular, table: &al_core::Table) {
        self.levels
            .extend(belief.encoder().unseen(table).expect("encoded before"));
        self.borrowers.note(belief, table);
    }

    /// A sentence per column, naming at most five categories.
    /// Then what there is to say of borrowing.
    pub(crate) fn sentences(&self, belief: &dyn Tabular) -> Messages {
        let mut columns: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
        for (column, level) in &self.levels {
            let borrows =
                belief.columns().hardware == Some(column.as_str()) && self.borrowers.has(level);
            if !borrows {
                columns.entry(column).or_default().push(level);
            }
        }
        let unknown = columns
            .into_iter()
            .map(|(column, levels)| {
                let more = match levels.len().saturating_sub(5) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let named: Vec<String> =
                    levels.iter().take(5).map(|level| format!("'{level}'")).collect();
                format!(
                    "column '{column}' holds {}{more}, never measured: these rows count as unknown and are more uncertain",
                    named.join(", ")
                )
            });
        unknown
            .chain(self.borrowers.sentences(belief))
            .chain(belief.borrowing_failure())
            .collect()
    }
}
