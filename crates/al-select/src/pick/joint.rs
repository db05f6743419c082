//! Several targets as one offer: what strategies see of candidates of which
//! several models believe something, or whose targets have limits.
//!
//! To teach several models, the draws of all stand side by side, each block in
//! units of its own typical standard deviation over the candidates: distances then
//! count disagreement about any target. To find the best trade-offs, each target
//! stands for itself, its sign turned so that larger is better, and limits turn into
//! a weight: the probability that a measurement is within all of them.

use al_core::{Direction, Fault, Goal, Messages, normal};
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
    /// Probability that a measurement is within all limits, per candidate; `None`
    /// without limits.
    pub(crate) within: Option<Vec<f64>>,
    /// Which values are wanted now.
    pub(crate) direction: Option<Direction>,
    /// Measured rows that are on the front, and those that are within the limits, for
    /// words; of the model as a goal none.
    pub(crate) front: Option<MeasuredFront>,
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
        let noise = belief.noise();
        let (features, means) = rows(*at);
        let all = all.get_or_insert_with(|| vec![1.0; features.nrows()]);
        for ((p, row), mean) in all.iter_mut().zip(features.rows()).zip(means.column(0)) {
            let variance = row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() + noise;
            *p *= probability(limit.bound, end, f64::from(*mean), variance);
        }
    }
    all
}

/// Probability that a normal value is as `bound` asks, whose end is `end` in its unit.
fn probability(bound: OutcomeBound, end: f64, mean: f64, variance: f64) -> f64 {
    let lead = match bound {
        OutcomeBound::AtMost(_) => end - mean,
        OutcomeBound::AtLeast(_) => mean - end,
    };
    match variance > 0.0 {
        true => normal::cdf(lead / variance.sqrt()),
        false => f64::from(u8::from(lead >= 0.0)),
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
        let p = |mean: f64, variance: f64, end: f64, most: bool| {
            let bound = match most {
                true => OutcomeBound::AtMost(end),
                false => OutcomeBound::AtLeast(end),
            };
            probability(bound, end, mean, variance)
        };
        assert_eq!(p(1.0, 0.0, 1.0, true), 1.0);
        assert_eq!(p(1.1, 0.0, 1.0, true), 0.0);
        assert_eq!(p(1.1, 0.0, 1.0, false), 1.0);
        assert!((p(0.0, 4.0, 2.0, true) - normal::cdf(1.0)).abs() < 1e-12);
        assert!((p(0.0, 4.0, 2.0, false) - normal::cdf(-1.0)).abs() < 1e-12);
    }
}
