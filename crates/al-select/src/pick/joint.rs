//! Several targets as one offer: what strategies see of candidates of which
//! several models believe something, or whose targets have limits.
//!
//! To teach several models, the draws of all stand side by side, each block in
//! units of its own typical standard deviation over the candidates: distances then
//! count disagreement about any target. To find the best trade-offs, each target
//! stands for itself, its sign turned so that larger is better, and limits turn into
//! a weight: the probability that a measurement is within all of them.

use std::collections::HashMap;

use al_core::{Direction, Fault, Goal, Key, Matrix, Messages, Table, Tabular, normal};
use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::anchors::Anchors;
use crate::options::OutcomeLimit;
use crate::read::{Candidates, Lists, Offer, Request, stacked};
use crate::score::noise;

/// A model with the candidates as it sees them.
#[derive(Clone, Copy)]
pub(crate) struct TargetRows<'a> {
    pub(crate) belief: &'a dyn Tabular,
    pub(crate) candidates: &'a Candidates,
}

/// What strategies see of several targets.
pub(crate) struct JointTargets {
    features: Array2<f32>,
    means: Array2<f32>,
    scores: Vec<f32>,
    gains: Vec<f32>,
    pub(crate) anchors: Anchors,
    /// Probability that a measurement is within all limits, per candidate; `None`
    /// without limits.
    pub(crate) within: Option<Vec<f64>>,
    /// Which values are wanted now.
    pub(crate) direction: Option<Direction>,
    /// Measured rows that are on the front, and those that are within the limits, for
    /// words; of the model as a goal none.
    pub(crate) front: Option<MeasuredFront>,
}

/// How measured rows stand where the best ones are looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MeasuredFront {
    /// Rows measured for all targets.
    pub(crate) measured: usize,
    /// Those of them that are within all limits.
    pub(crate) within: usize,
    /// Those of these that no other beats, by their places in `values`.
    pub(crate) best: Vec<usize>,
    /// What was measured of rows within the limits: per row a value per model, in the
    /// targets' units.
    pub(crate) values: Vec<Vec<f64>>,
}

impl JointTargets {
    /// Puts the targets together.
    ///
    /// # Errors
    ///
    /// No row was measured for all of the targets that trade-offs are wanted of.
    pub(crate) fn new(
        targets: &[TargetRows<'_>],
        request: &Request<'_>,
        lists: &Lists,
        warnings: &mut Messages,
    ) -> Result<JointTargets, Fault> {
        let mean = |of: &dyn Fn(&Candidates) -> &[f32]| -> Vec<f32> {
            let all: Vec<&[f32]> = targets.iter().map(|one| of(one.candidates)).collect();
            let share = 1.0 / all.len() as f32;
            let sum = |row: usize| share * all.iter().map(|one| one[row]).sum::<f32>();
            (0..all[0].len()).map(sum).collect()
        };
        let mut joint = match request.options.goal {
            Goal::Model => teaching(targets, lists),
            Goal::Best => seeking(targets, request, lists, warnings)?,
        };
        joint.scores = mean(&|candidates| &candidates.scores);
        joint.gains = mean(&|candidates| &candidates.gains);
        Ok(joint)
    }

    /// What strategies see of the candidates, which are those of the first model.
    pub(crate) fn offer<'a>(&'a self, first: &'a Candidates) -> Offer<'a> {
        Offer {
            features: self.features.view(),
            means: self.means.view(),
            scores: &self.scores,
            gains: &self.gains,
            ..first.offer()
        }
    }
}

/// Rows that count as covered: measured ones, then pending ones.
struct CoveredRows {
    table: Table,
    /// Per row of the table its key, of those that are measured.
    keys: Vec<Key>,
    /// Pending rows that are named among the candidates.
    among: Vec<usize>,
}

impl CoveredRows {
    /// The rows that `counts` of any model's, each once, and the pending ones.
    fn new(targets: &[TargetRows<'_>], lists: &Lists, counts: impl Fn(Key) -> bool) -> CoveredRows {
        let (mut keys, mut table): (Vec<Key>, Option<Table>) = (Vec::new(), None);
        let mut known = std::collections::HashSet::new();
        for target in targets {
            let observed = target.belief.observed();
            let new: Vec<usize> = observed
                .learned()
                .into_iter()
                .filter(|&row| counts(observed.keys()[row]) && known.insert(observed.keys()[row]))
                .collect();
            keys.extend(new.iter().map(|&row| observed.keys()[row]));
            let rows = observed.features().take(&new);
            table = Some(match table {
                None => rows,
                Some(above) if new.is_empty() => above,
                Some(above) => above.stack(&rows),
            });
        }
        let mut table = table.expect("a model at least");
        let pending = lists.pending.as_ref();
        let first = targets[0];
        let mut among = Vec::new();
        match pending.map(|pending| (pending, &pending.table)) {
            Some((_, Some(rows))) => table = table.stack(rows),
            Some((pending, None)) => {
                let measured = first.belief.observed().keys().iter().copied().collect();
                let keys = &first.candidates.keys;
                among = pending.among(keys, &measured, &mut Messages::default());
            }
            None => {}
        }
        CoveredRows { table, keys, among }
    }

    /// The rows as a model encodes them, with its draws and means of them.
    fn seen_by(&self, target: &TargetRows<'_>) -> SeenRows {
        let belief = target.belief;
        let x = belief
            .encoder()
            .encode(&self.table)
            .expect("of the same features");
        let believed = belief.posterior(&x);
        let noise = noise(belief, &believed);
        let of = |rows: &Array2<f32>| rows.select(Axis(0), &self.among);
        let candidates = target.candidates;
        SeenRows {
            x: x.stack(&candidates.x.take(&self.among)),
            features: stacked(vec![believed.features(), of(&candidates.features)]),
            means: stacked(vec![believed.means(), of(&candidates.means)]),
            noise,
        }
    }
}

/// Rows as one model sees them.
struct SeenRows {
    x: Matrix,
    features: Array2<f32>,
    means: Array2<f32>,
    noise: f32,
}

/// The typical length of rows, above 0; the same in whatever order they come.
fn unit(features: ArrayView2<'_, f32>) -> f32 {
    let squares = features.rows().into_iter().map(|row| {
        let squares = row.iter().map(|&value| f64::from(value).powi(2));
        squares.sum::<f64>()
    });
    let mut squares: Vec<f64> = squares.collect();
    squares.sort_unstable_by(f64::total_cmp);
    let mean = squares.iter().sum::<f64>() / squares.len().max(1) as f64;
    let unit = mean.sqrt() as f32;
    if unit.is_normal() { unit } else { 1.0 }
}

/// All models are to learn.
fn teaching(targets: &[TargetRows<'_>], lists: &Lists) -> JointTargets {
    let covered = CoveredRows::new(targets, lists, |_| true);
    let (mut features, mut anchors) = (Vec::new(), Vec::new());
    let (mut noise, mut x) = (0.0, None);
    for target in targets {
        let all = target.candidates.features.view();
        let unit = unit(all);
        let seen = covered.seen_by(target);
        features.push(all.mapv(|value| value / unit));
        anchors.push(seen.features.mapv(|value| value / unit));
        noise += seen.noise / (unit * unit) / targets.len() as f32;
        x.get_or_insert(seen.x);
    }
    let side_by_side = |blocks: &[Array2<f32>]| {
        let views: Vec<ArrayView2<'_, f32>> = blocks.iter().map(|block| block.view()).collect();
        concatenate(Axis(1), &views).expect("as many rows each")
    };
    let x = x.expect("a model at least");
    let features = side_by_side(&features);
    JointTargets {
        means: Array2::zeros((features.nrows(), 0)),
        anchors: Anchors {
            points: targets[0].belief.encoder().places(&x),
            features: side_by_side(&anchors),
            values: Vec::new(),
            noise: if noise.is_finite() { noise } else { 0.0 },
            x,
        },
        features,
        scores: Vec::new(),
        gains: Vec::new(),
        within: None,
        direction: None,
        front: None,
    }
}

/// The best trade-offs are wanted.
fn seeking(
    targets: &[TargetRows<'_>],
    request: &Request<'_>,
    lists: &Lists,
    warnings: &mut Messages,
) -> Result<JointTargets, Fault> {
    let wanted = &request.wanted;
    let measured = MeasuredValues::of(targets);
    if measured.rows.is_empty() {
        let problem = "no row was measured for all of these targets";
        let remedy = "train the models on the same rows";
        return Err(Fault::data(problem).remedy(remedy));
    }
    warnings.extend(measured.sentence(targets));
    let holds = |values: &[f64]| {
        let mut limits = wanted.limits.iter();
        limits.all(|(at, limit)| limit.bound.holds(values[*at]))
    };
    let covered = CoveredRows::new(targets, lists, |key| {
        measured.rows.get(&key).is_some_and(|values| holds(values))
    });
    let members = wanted
        .objectives
        .iter()
        .map(|&at| targets[at].belief.n_draws());
    let members = members.min().expect("an objective at least");
    let seen: Vec<SeenRows> = targets
        .iter()
        .map(|target| covered.seen_by(target))
        .collect();
    let (mut candidates, mut anchors, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut noise = 0.0;
    for &at in &wanted.objectives {
        let belief = targets[at].belief;
        let sign = match belief.direction() {
            Some(Direction::Max) => 1.0,
            _ => -1.0,
        };
        let rows = targets[at].candidates;
        candidates.push(SeenTarget::new(&rows.features, &rows.means, members, sign));
        anchors.push(SeenTarget::new(
            &seen[at].features,
            &seen[at].means,
            members,
            sign,
        ));
        let scale = belief.scale();
        let found = covered.keys.iter().map(|key| {
            let value = measured.rows[key][at];
            sign * scale.standardised(scale.fitted(value)) as f32
        });
        // Pending rows are taken to come out at their means.
        let pending = seen[at]
            .means
            .column(0)
            .into_iter()
            .skip(covered.keys.len());
        values.push(
            found
                .chain(pending.map(|&mean| sign * mean))
                .collect::<Vec<f32>>(),
        );
        noise += seen[at].noise / wanted.objectives.len() as f32;
    }
    let n = seen[0].x.n_rows();
    let pending_within = within(targets, &wanted.limits, |at| {
        (&seen[at].features, &seen[at].means)
    });
    let kept: Vec<usize> = (0..n)
        .filter(|&row| {
            row < covered.keys.len() || pending_within.as_ref().is_none_or(|p| p[row] >= 0.5)
        })
        .collect();
    let x = seen[0].x.take(&kept);
    let (features, means) = interleaved(&candidates);
    let (anchor_features, _) = interleaved(&anchors);
    Ok(JointTargets {
        features,
        means,
        anchors: Anchors {
            points: targets[0].belief.encoder().places(&x),
            features: anchor_features.select(Axis(0), &kept),
            values: kept
                .iter()
                .flat_map(|&row| values.iter().map(move |of| of[row]))
                .collect(),
            noise,
            x,
        },
        scores: Vec::new(),
        gains: Vec::new(),
        within: within(targets, &wanted.limits, |at| {
            (
                &targets[at].candidates.features,
                &targets[at].candidates.means,
            )
        }),
        direction: Some(Direction::Max),
        front: Some(measured.front(targets, &wanted.objectives, holds)),
    })
}

/// Centred draws and means of one target, larger being better.
struct SeenTarget {
    features: Array2<f32>,
    means: Vec<f32>,
}

impl SeenTarget {
    /// Of the first `members` draws; with all of them the features stay as they are.
    fn new(features: &Array2<f32>, means: &Array2<f32>, members: usize, sign: f32) -> SeenTarget {
        let all = features.ncols();
        if members == all {
            return SeenTarget {
                features: features.mapv(|value| sign * value),
                means: means.column(0).mapv(|mean| sign * mean).to_vec(),
            };
        }
        let (root, scale) = ((all as f64).sqrt(), 1.0 / (members as f64).sqrt());
        let mut kept = Array2::zeros((features.nrows(), members));
        let mut shifted = Vec::with_capacity(features.nrows());
        for ((row, mean), mut out) in features
            .rows()
            .into_iter()
            .zip(means.column(0))
            .zip(kept.rows_mut())
        {
            let draws: Vec<f64> = row
                .iter()
                .take(members)
                .map(|&v| f64::from(v) * root)
                .collect();
            let middle = draws.iter().sum::<f64>() / members as f64;
            for (out, draw) in out.iter_mut().zip(&draws) {
                *out = sign * ((draw - middle) * scale) as f32;
            }
            shifted.push(sign * (f64::from(*mean) + middle) as f32);
        }
        SeenTarget {
            features: kept,
            means: shifted,
        }
    }
}

/// Features with the targets of one member side by side, and means n × targets.
fn interleaved(targets: &[SeenTarget]) -> (Array2<f32>, Array2<f32>) {
    let (n, members) = targets[0].features.dim();
    let count = targets.len();
    let features = Array2::from_shape_fn((n, members * count), |(row, column)| {
        targets[column % count].features[[row, column / count]]
    });
    let means = Array2::from_shape_fn((n, count), |(row, at)| targets[at].means[row]);
    (features, means)
}

/// Probability per row that a measurement is within all limits; `None` without any.
/// Targets are normal and independent of each other: with the variance of the draws
/// and of an outcome around what is believed of it.
fn within<'r>(
    targets: &[TargetRows<'_>],
    limits: &[(usize, OutcomeLimit)],
    rows: impl Fn(usize) -> (&'r Array2<f32>, &'r Array2<f32>),
) -> Option<Vec<f64>> {
    let mut all: Option<Vec<f64>> = None;
    for (at, limit) in limits {
        let belief = targets[*at].belief;
        let scale = belief.scale();
        let end = scale.standardised(scale.fitted(limit.bound.end()));
        let sign = if limit.bound.holds(f64::NEG_INFINITY) {
            1.0
        } else {
            -1.0
        };
        let noise = belief.noise();
        let (features, means) = rows(*at);
        let all = all.get_or_insert_with(|| vec![1.0; features.nrows()]);
        for ((p, row), mean) in all.iter_mut().zip(features.rows()).zip(means.column(0)) {
            let variance = row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() + noise;
            let lead = sign * (end - f64::from(*mean));
            *p *= match variance > 0.0 {
                true => normal::cdf(lead / variance.sqrt()),
                false => f64::from(u8::from(lead >= 0.0)),
            };
        }
    }
    all
}

/// What was measured of rows that were measured for all targets.
struct MeasuredValues {
    /// Per row a value per model, in the targets' units.
    rows: HashMap<Key, Vec<f64>>,
    /// The rows as the first model has them.
    order: Vec<Key>,
}

impl MeasuredValues {
    fn of(targets: &[TargetRows<'_>]) -> MeasuredValues {
        let mut rows: HashMap<Key, Vec<f64>> = HashMap::new();
        let mut order = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            let observed = target.belief.observed();
            for row in observed.learned() {
                let (key, value) = (observed.keys()[row], observed.values()[row]);
                let values = rows.entry(key).or_default();
                if at == 0 && values.is_empty() {
                    order.push(key);
                }
                if values.len() == at {
                    values.push(value);
                }
            }
        }
        rows.retain(|_, values| values.len() == targets.len());
        order.retain(|key| rows.contains_key(key));
        MeasuredValues { rows, order }
    }

    /// That rows are measured for some of the targets only, if there are any.
    fn sentence(&self, targets: &[TargetRows<'_>]) -> Option<String> {
        let most = targets
            .iter()
            .map(|target| target.belief.observed().learned().len());
        let some = most.max().unwrap_or(0).saturating_sub(self.rows.len());
        (some > 0).then(|| {
            format!(
                "{} of the measured rows are not measured for every target, and do not count \
                 as trade-offs",
                some
            )
        })
    }

    fn front(
        &self,
        targets: &[TargetRows<'_>],
        objectives: &[usize],
        holds: impl Fn(&[f64]) -> bool,
    ) -> MeasuredFront {
        let values: Vec<Vec<f64>> = self
            .order
            .iter()
            .map(|key| self.rows[key].clone())
            .filter(|values| holds(values))
            .collect();
        let better = |a: &[f64], b: &[f64], at: usize| match targets[at].belief.direction() {
            Some(Direction::Max) => a[at] > b[at],
            _ => a[at] < b[at],
        };
        let beats = |a: &[f64], b: &[f64]| {
            objectives.iter().any(|&at| better(a, b, at))
                && !objectives.iter().any(|&at| better(b, a, at))
        };
        MeasuredFront {
            measured: self.order.len(),
            within: values.len(),
            best: (0..values.len())
                .filter(|&row| !values.iter().any(|other| beats(other, &values[row])))
                .collect(),
            values,
        }
    }
}
