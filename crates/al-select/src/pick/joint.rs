//! Several targets as one offer: what strategies see of candidates of which
//! several models believe something, or whose targets have limits.
//!
//! To teach several models, the draws of all stand side by side, each block in
//! units of its own typical standard deviation over the candidates: distances then
//! count disagreement about any target. To find the best trade-offs, each target
//! stands for itself, its sign turned so that larger is better, and limits turn into
//! a weight: the probability that a measurement is within all of them.

use al_core::{Direction, Fault, Messages, normal};
use al_sampling::HARDLY_WANTED;
use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::anchors::Anchors;
use super::draws::{SeenTarget, interleaved};
use super::targets::{CoveredRows, MeasuredFront, MeasuredValues, SeenRows, TargetRows};
use crate::options::{OutcomeBound, OutcomeLimit};
use crate::read::{Candidates, Lists, Offer, Request};

/// What strategies see of several targets.
pub(crate) struct JointTargets {
    features: Array2<f32>,
    means: Array2<f32>,
    scores: Vec<f32>,
    gains: Vec<f32>,
    pub(crate) anchors: Anchors,
    /// The noise of each target that is improved; none where draws stand side by side.
    pub(crate) noises: Vec<f32>,
    /// Probability that a measurement is within all limits, per candidate; `None`
    /// without limits.
    pub(crate) within: Option<Vec<f64>>,
    /// Which values are wanted now.
    pub(crate) direction: Option<Direction>,
    /// Measured rows that are on the front, and those that are within the limits, for
    /// words; of the model as a goal none.
    pub(crate) front: Option<MeasuredFront>,
}

/// Below this probability of being within the limits a row comes after all others.
const UNLIKELY: f64 = 0.05;

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
        let mut joint = match request.seeks {
            false => teaching(targets, lists),
            true => seeking(targets, request, lists, warnings)?,
        };
        joint.scores = mean(&|candidates| &candidates.scores);
        joint.gains = mean(&|candidates| &candidates.gains);
        Ok(joint)
    }

    /// These weights times the probabilities of being within limits. A row that is all but
    /// sure to break them is wanted least, but is not excluded: of few rows models are too
    /// sure.
    pub(crate) fn weighed(&self, weights: Option<Vec<f32>>) -> Option<Vec<f32>> {
        let Some(within) = &self.within else {
            return weights;
        };
        let mut weights = weights.unwrap_or_else(|| vec![1.0; within.len()]);
        let open = weights
            .iter()
            .zip(within)
            .filter(|(weight, _)| **weight > 0.0);
        let likeliest = open.map(|(_, &p)| p).fold(0.0, f64::max);
        for (weight, &p) in weights.iter_mut().zip(within) {
            if *weight > 0.0 {
                *weight = match p < UNLIKELY {
                    // Where no row is likely, the way leads by those that are nearest to it.
                    true if likeliest < UNLIKELY && likeliest > 0.0 => {
                        (*weight * (p / likeliest) as f32).max(HARDLY_WANTED)
                    }
                    // The likelier of such rows come first.
                    true => f32::MIN_POSITIVE + p as f32 * HARDLY_WANTED,
                    false => (*weight * p as f32).max(HARDLY_WANTED),
                };
            }
        }
        Some(weights)
    }

    /// That no pick is likely to be within the limits, if that is so.
    pub(crate) fn beyond_limits(&self, rows: &[usize]) -> Option<&'static str> {
        let within = self.within.as_ref()?;
        let none = !rows.is_empty() && rows.iter().all(|&row| within[row] < UNLIKELY);
        none.then_some(
            "no chosen row is likely to be within the limits: each has a probability below 0.05",
        )
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
        // Variances add up over the blocks, and so does the noise around them.
        noise += seen.noise / (unit * unit);
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
        noises: Vec::new(),
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
    let members = members.max().expect("an objective at least");
    let seen: Vec<SeenRows> = targets
        .iter()
        .map(|target| covered.seen_by(target))
        .collect();
    let (mut candidates, mut anchors, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut noises = Vec::new();
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
        noises.push(seen[at].noise);
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
            noise: noises.iter().sum::<f32>() / noises.len() as f32,
            x,
        },
        scores: Vec::new(),
        gains: Vec::new(),
        noises,
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

/// Probability per row that a measurement is within all limits; `None` without any.
/// Targets are normal and independent of each other: with the variance of the draws
/// and of an outcome around what is believed of it.
fn within<'r>(
    targets: &[TargetRows<'_>],
    limits: &[(usize, OutcomeLimit)],
    rows: impl Fn(usize) -> (&'r Array2<f32>, &'r Array2<f32>),
) -> Option<Vec<f64>> {
    let mut all: Option<Vec<f64>> = None;
    for (at, target) in targets.iter().enumerate() {
        let own = limits.iter().filter(|(of, _)| *of == at);
        let bounds: Vec<OutcomeBound> = own.map(|(_, limit)| limit.bound).collect();
        if bounds.is_empty() {
            continue;
        }
        let belief = target.belief;
        let scale = belief.scale();
        // An end that is open has no logarithm.
        let ends = ends(&bounds).map(|end| match end.is_infinite() {
            true => end,
            false => scale.standardised(scale.fitted(end)),
        });
        let noise = belief.noise();
        let (features, means) = rows(at);
        let all = all.get_or_insert_with(|| vec![1.0; features.nrows()]);
        for ((p, row), mean) in all.iter_mut().zip(features.rows()).zip(means.column(0)) {
            let variance = row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() + noise;
            *p *= probability(ends, f64::from(*mean), variance);
        }
    }
    all
}

/// The lowest and the highest value that all of the bounds allow.
fn ends(bounds: &[OutcomeBound]) -> [f64; 2] {
    let mut ends = [f64::NEG_INFINITY, f64::INFINITY];
    for bound in bounds {
        match *bound {
            OutcomeBound::AtLeast(end) => ends[0] = ends[0].max(end),
            OutcomeBound::AtMost(end) => ends[1] = ends[1].min(end),
        }
    }
    ends
}

/// Probability that a normal value lies between the ends.
fn probability([low, high]: [f64; 2], mean: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return f64::from(u8::from((low..=high).contains(&mean)));
    }
    let sd = variance.sqrt();
    let below = |end: f64| match end.is_infinite() {
        true => f64::from(u8::from(end > 0.0)),
        false => normal::cdf((end - mean) / sd),
    };
    // From the nearer tail, so that small probabilities keep their digits.
    match low.is_infinite() {
        true => below(high),
        false if high.is_infinite() => normal::cdf((mean - low) / sd),
        false => (below(high) - below(low)).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_typical_length_is_the_same_in_any_order() {
        let rows = array![[3.0_f32, 4.0], [1e-4, 0.0], [0.3, 0.1], [7.0, 1e-3]];
        let turned = rows.select(Axis(0), &[2, 0, 3, 1]);
        assert_eq!(unit(rows.view()).to_bits(), unit(turned.view()).to_bits());
        assert_eq!(unit(array![[3.0_f32, 4.0]].view()), 5.0);
        // Where a model is sure of all, nothing is divided by nothing.
        assert_eq!(unit(Array2::zeros((2, 2)).view()), 1.0);
        assert_eq!(unit(Array2::zeros((0, 2)).view()), 1.0);
    }

    #[test]
    fn probabilities_of_limits_are_normal_ones() {
        let most = |end: f64| ends(&[OutcomeBound::AtMost(end)]);
        let least = |end: f64| ends(&[OutcomeBound::AtLeast(end)]);
        assert_eq!(probability(most(1.0), 1.0, 0.0), 1.0);
        assert_eq!(probability(most(1.0), 1.1, 0.0), 0.0);
        assert_eq!(probability(least(1.0), 1.1, 0.0), 1.0);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(probability(most(2.0), 0.0, 4.0), normal::cdf(1.0)));
        assert!(near(probability(least(2.0), 0.0, 4.0), normal::cdf(-1.0)));
        // Two limits on one target are one interval, not two chances.
        let both = ends(&[OutcomeBound::AtMost(1.0), OutcomeBound::AtLeast(-1.0)]);
        let within = normal::cdf(1.0) - normal::cdf(-1.0);
        assert!(near(probability(both, 0.0, 1.0), within));
        let tighter = [OutcomeBound::AtMost(1.0), OutcomeBound::AtMost(3.0)];
        assert_eq!(ends(&tighter), most(1.0));
    }
}
