//! What a batch is about: in sentences, in numbers for programs, and as a map.

use al_core::plane::Plane;
use al_core::{Fault, Tabular};
use al_tables::{Frame, NewColumn};
use al_words::numbers::short;
use ndarray::Axis;
use serde::Serialize;

use super::reasons::Telling;
use super::regions::{BatchRegion, regions, sentence};
use super::targets::{ExplainedTarget, MeasuredTradeOff, OtherTarget, PickedTarget, as_object};
use super::worth::{BatchGain, gain_sentence};
use crate::constrain::{HostPlan, PlannedBatch};
use crate::pick::Anchors;
use crate::read::{Block, Candidates};

/// Most rows of a kind on the map.
const DRAWN: usize = 2000;

/// What a batch is about.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Explanation {
    /// The strategy that chose it.
    pub strategy: String,
    /// What there is to say, a sentence each.
    pub sentences: Vec<String>,
    /// Candidates that were available.
    pub available: usize,
    /// Measured rows that the model has learned from; 0 without a model.
    pub measured: usize,
    /// The relative fall of the error that earlier batches let expect of this one, with a
    /// model.
    pub expected_gain: Option<f64>,
    /// The relative fall of the error that the batch can bring at most, with a model.
    pub largest_gain: Option<f64>,
    /// What measuring the batch costs, where costs are known.
    pub cost: Option<f64>,
    /// Where the batch goes and measurements have not gone.
    pub regions: Vec<BatchRegion>,
    /// The rows, in the order chosen.
    pub picks: Vec<ExplainedPick>,
    /// The targets, where there are several or limits on them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<ExplainedTarget>,
    /// Measured rows within the limits that no other beats. Empty unless the best row is
    /// looked for with several targets or limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub front: Vec<MeasuredTradeOff>,
    /// Which host runs which of them and when, where hosts are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<HostPlan>,
    /// Where they lie.
    pub map: ExplanationMap,
}

/// A row of the batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedPick {
    /// 1 is the best.
    pub rank: usize,
    /// In the strategy's unit.
    pub score: f32,
    /// Why, in words.
    pub reason: String,
    /// Which row it is: its id, or the features in which the rows of the batch differ, each
    /// with its value as it is written.
    #[serde(serialize_with = "as_object")]
    pub row: Vec<(String, String)>,
    /// Candidates that are nearest to it.
    pub stands_for: usize,
    /// What the model predicts, in the target's unit; none for classes.
    pub prediction: Option<f64>,
    /// Variance over the members on the fitted scale, or a class's entropy in
    /// nats.
    pub doubt: Option<f64>,
    /// Probability that it works, where failures are known.
    pub feasible: Option<f64>,
    /// What measuring it costs, where that is known.
    pub cost: Option<f64>,
    /// What is predicted of each target, where there are several or limits on them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<PickedTarget>,
    /// Probability that a measurement is within all limits, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_within_limits: Option<f64>,
}

/// Candidates, measured rows and picks in the plane in which the candidates
/// differ most.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ExplanationMap {
    /// What counts most along each axis.
    pub axes: [String; 2],
    /// Share of the candidates' variance along each axis.
    pub shares: [f64; 2],
    /// A sample of the candidates.
    pub candidates: Vec<[f64; 2]>,
    /// Rows measured or being measured, a sample if there are many.
    pub measured: Vec<[f64; 2]>,
    /// The batch, in its order.
    pub picks: Vec<[f64; 2]>,
}

impl Explanation {
    /// Adds which host runs which rows, and gives the columns that say so.
    pub(crate) fn add_plan(&mut self, plan: PlannedBatch) -> Vec<NewColumn> {
        self.sentences.extend(plan.sentences);
        self.plan = Some(plan.plan);
        plan.columns
    }
}

/// What is known of the batch when it is explained.
pub(crate) struct ExplanationInput<'a> {
    pub(crate) belief: &'a dyn Tabular,
    pub(crate) strategy: &'a str,
    pub(crate) candidates: &'a Candidates,
    pub(crate) sample: &'a Block,
    pub(crate) anchors: &'a Anchors,
    pub(crate) telling: &'a Telling<'a>,
    pub(crate) gain: Option<BatchGain>,
    /// The target's name, where sentences name it.
    pub(crate) named: Option<&'a str>,
    /// Targets beside the first.
    pub(crate) others: &'a [OtherTarget<'a>],
}

impl Explanation {
    /// Says which rows the picks are, by the rows `frame` as they were read.
    pub(crate) fn name_rows(&mut self, belief: &dyn Tabular, frame: &Frame) -> Result<(), Fault> {
        let names = match belief.columns().id {
            Some(id) => vec![id.to_owned()],
            None => belief.encoder().schema.names().map(str::to_owned).collect(),
        };
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let table = frame.table(Some(&known))?;
        let cell = |name: &str, row: usize| {
            let column = table.column(name);
            let text = column.and_then(|column| column.text(row));
            text.map_or_else(String::new, |text| text.to_string())
        };
        let n = self.picks.len();
        let differs = |name: &&String| (1..n).any(|row| cell(name, row) != cell(name, 0));
        let mut telling: Vec<&String> = names.iter().filter(differs).collect();
        if telling.is_empty() {
            telling = names.iter().collect();
        }
        for (row, pick) in self.picks.iter_mut().enumerate() {
            let cells = telling.iter().map(|&name| (name.clone(), cell(name, row)));
            pick.row = cells.collect();
        }
        Ok(())
    }
}

impl ExplanationInput<'_> {
    pub(crate) fn explanation(&self) -> Result<Explanation, Fault> {
        let ExplanationInput {
            belief,
            candidates,
            sample,
            telling,
            ..
        } = *self;
        let rows: Vec<usize> = telling.picks().iter().map(|pick| pick.row).collect();
        let cost = |row: usize| candidates.factors.cost.get(row).copied();
        let total: Option<f64> = rows.iter().map(|&row| cost(row)).sum();
        let learned = belief.observed().learned();
        let measured = learned.len();
        let schema = &belief.encoder().schema;
        let found = if belief.is_informed() && !rows.is_empty() {
            let names: Vec<&str> = schema.names().collect();
            regions(
                schema,
                &candidates.rows.take(&rows)?.table(Some(&names))?,
                &belief.observed().features().take(&learned),
                &sample.frame.table(Some(&names))?,
            )
        } else {
            Vec::new()
        };
        let n = rows.len();
        let mut sentences: Vec<String> = found
            .iter()
            .map(|region| sentence(region, n, measured))
            .collect();
        sentences.extend(telling.in_all());
        sentences.extend(telling.standing());
        let gain = self.gain.filter(|_| n > 0);
        sentences.extend(gain.map(|gain| gain_sentence(gain, self.named)));
        for other in self.others {
            sentences.extend(other.sentences(n));
        }
        if let Some(total) = total.filter(|_| n > 0) {
            let costs = if candidates.factors.expected {
                "is expected to cost"
            } else {
                "costs"
            };
            sentences.push(format!("measuring them {costs} {} in all", short(total)));
        }
        let others: Vec<&Telling<'_>> = self.others.iter().map(|one| &one.telling).collect();
        let reasons = telling.reasons(&others);
        let picks = telling
            .picks()
            .iter()
            .zip(reasons)
            .enumerate()
            .map(|(at, (pick, reason))| {
                let (prediction, doubt) = telling.prediction(at);
                ExplainedPick {
                    rank: at + 1,
                    score: pick.score,
                    reason,
                    row: Vec::new(),
                    stands_for: telling.stands_for(at),
                    prediction,
                    doubt,
                    feasible: candidates.factors.feasible.get(pick.row).copied(),
                    cost: cost(pick.row),
                    targets: Vec::new(),
                    p_within_limits: None,
                }
            })
            .collect();
        Ok(Explanation {
            strategy: self.strategy.to_owned(),
            sentences,
            available: telling.available(),
            measured,
            expected_gain: self.gain.map(|gain| gain.expected),
            largest_gain: self.gain.map(|gain| gain.largest),
            cost: total.filter(|_| n > 0),
            regions: found,
            picks,
            targets: Vec::new(),
            front: Vec::new(),
            plan: None,
            map: self.map(&rows),
        })
    }

    fn map(&self, picks: &[usize]) -> ExplanationMap {
        let candidates = self.candidates;
        let few: Vec<usize> = (0..self.sample.keys.len().min(DRAWN)).collect();
        let sample = self.belief.encoder().places(&self.sample.x.take(&few));
        let plane = Plane::of(sample.view());
        let anchors = &self.anchors.points;
        let step = anchors.nrows().div_ceil(DRAWN).max(1);
        let shown: Vec<usize> = (0..anchors.nrows()).step_by(step).collect();
        let labels = self.belief.encoder().point_labels();
        let structure = self.belief.encoder().schema.structure();
        let structure = structure.map(|(name, _)| name);
        let axis = |axis: usize| {
            let loadings = plane.loadings(axis);
            let most = (0..loadings.len())
                .filter(|&at| loadings[at].abs() > 1e-6)
                .max_by(|&a, &b| loadings[a].abs().total_cmp(&loadings[b].abs()));
            most.map_or_else(
                || "nothing differs".to_owned(),
                |most| match structure {
                    Some(name) if labels[most] == name => format!("likeness in '{name}'"),
                    _ => format!("mostly {}", labels[most]),
                },
            )
        };
        ExplanationMap {
            axes: [axis(0), axis(1)],
            shares: plane.shares,
            candidates: plane.project(sample.view()),
            measured: plane.project(anchors.select(Axis(0), &shown).view()),
            picks: plane.project(candidates.points.select(Axis(0), picks).view()),
        }
    }
}
