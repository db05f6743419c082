//! What there is to say where several targets, or limits on them, come together.

use al_core::Tabular;
use al_words::numbers::short;

use super::explanation::Explanation;
use super::reasons::Telling;
use super::targets::{ExplainedTarget, MeasuredTradeOff, OtherTarget, PickedTarget};
use super::worth::BatchGain;
use crate::pick::MeasuredFront;
use crate::read::WantedTargets;

/// How the picks and measured rows stand to limits and trade-offs.
pub(crate) struct JointStanding<'a> {
    /// Measured rows, where the best ones are looked for.
    pub(crate) front: Option<&'a MeasuredFront>,
    /// Per pick the probability that a measurement is within the limits; `None` without.
    pub(crate) within: Option<Vec<f64>>,
    /// How many picks are expected to add to the front; `None` where the strategy does not
    /// say.
    pub(crate) promising: Option<usize>,
}

/// Adds what there is to say of several targets, or of limits, to an explanation that
/// has the `first` target's part.
pub(crate) fn add_targets(
    explanation: &mut Explanation,
    belief: &dyn Tabular,
    first: &Telling<'_>,
    others: &[OtherTarget<'_>],
    wanted: &WantedTargets,
    standing: &JointStanding<'_>,
) {
    let gain = explanation.expected_gain.zip(explanation.largest_gain);
    let gain = gain.map(|(expected, largest)| BatchGain { expected, largest });
    let mut targets = vec![(belief, first, gain)];
    targets.extend(
        others
            .iter()
            .map(|one| (one.belief, &one.telling, one.gain)),
    );
    explanation.targets = targets
        .iter()
        .enumerate()
        .map(|(at, (belief, _, gain))| {
            let roles = belief.columns();
            let limits = wanted.limits.iter().filter(|(of, _)| *of == at);
            ExplainedTarget {
                target: roles.target.to_owned(),
                unit: roles.target_unit.map(str::to_owned),
                direction: belief.direction(),
                is_objective: wanted.objectives.contains(&at),
                limits: limits.map(|(_, limit)| limit.to_string()).collect(),
                expected_gain: gain.map(|gain| gain.expected),
                largest_gain: gain.map(|gain| gain.largest),
            }
        })
        .collect();
    for (at, pick) in explanation.picks.iter_mut().enumerate() {
        if let Some(within) = &standing.within {
            let p = within[at];
            pick.reason = format!(
                "{}; within the limits with probability {}",
                pick.reason,
                chance(p)
            );
            pick.p_within_limits = Some(p);
        }
        pick.targets = targets
            .iter()
            .map(|(belief, telling, _)| {
                let (prediction, doubt) = telling.prediction(at);
                PickedTarget {
                    target: belief.columns().target.to_owned(),
                    prediction,
                    doubt,
                }
            })
            .collect();
    }
    if let Some(front) = standing.front {
        let beliefs: Vec<&dyn Tabular> = targets.iter().map(|(belief, _, _)| *belief).collect();
        explanation.front = trade_offs(front, &beliefs);
        if !explanation.picks.is_empty() {
            let mut said = sentences(front, &beliefs, wanted);
            said.extend(standing.within.as_deref().map(expected_within));
            let n = explanation.picks.len();
            said.extend(standing.promising.map(|promising| improving(promising, n)));
            explanation.sentences.splice(0..0, said);
        }
    }
}

/// The measured rows on the front, with what was measured.
fn trade_offs(front: &MeasuredFront, beliefs: &[&dyn Tabular]) -> Vec<MeasuredTradeOff> {
    let places: Vec<usize> = front.best.iter().map(|&row| front.places[row]).collect();
    let features = beliefs[0].observed().features().take(&places);
    let best = front.best.iter().enumerate();
    best.map(|(at, &row)| MeasuredTradeOff {
        row: features
            .columns()
            .iter()
            .map(|column| {
                let cell = column.data.text(at).unwrap_or_default();
                (column.name.clone(), cell)
            })
            .collect(),
        values: beliefs
            .iter()
            .zip(&front.values[row])
            .map(|(belief, &value)| (belief.columns().target.to_owned(), value))
            .collect(),
    })
    .collect()
}

/// How many of `n` picks are expected to improve the trade-offs.
fn improving(promising: usize, n: usize) -> String {
    let (who, rest) = match promising {
        0 => ("no chosen row is".to_owned(), "; these come nearest to it"),
        1 if n == 1 => ("the chosen row is".to_owned(), ""),
        1 => (
            format!("1 of {n} chosen rows is"),
            "; the others come nearest to it",
        ),
        _ if promising == n => (format!("all {n} chosen rows are"), ""),
        _ => (
            format!("{promising} of {n} chosen rows are"),
            "; the others come nearest to it",
        ),
    };
    format!("{who} expected to improve the trade-offs{rest}")
}

/// How many of the picks are expected to be within the limits.
fn expected_within(p: &[f64]) -> String {
    format!(
        "about {} of {} chosen rows are expected to be within the limits",
        short((10.0 * p.iter().sum::<f64>()).round() / 10.0),
        p.len()
    )
}

/// A probability as it is said: none is certain.
fn chance(p: f64) -> String {
    match p {
        p if p > 0.999 => "above 0.999".to_owned(),
        p if p < 0.001 => "below 0.001".to_owned(),
        p => short(p),
    }
}

/// How measured rows stand, in sentences.
fn sentences(
    front: &MeasuredFront,
    beliefs: &[&dyn Tabular],
    wanted: &WantedTargets,
) -> Vec<String> {
    let mut said = Vec::new();
    let limits: Vec<String> = wanted
        .limits
        .iter()
        .map(|(_, limit)| limit.to_string())
        .collect();
    if !limits.is_empty() {
        said.push(format!(
            "{} of {} measured rows {} within {}",
            front.within,
            front.measured,
            if front.within == 1 { "is" } else { "are" },
            limits.join(" and ")
        ));
    }
    let range = |at: usize| {
        let values = front.best.iter().map(|&row| front.values[row][at]);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let roles = beliefs[at].columns();
        let unit = roles
            .target_unit
            .map_or_else(String::new, |unit| format!(" {unit}"));
        match low == high {
            true => format!("{} {}{unit}", roles.target, short(low)),
            false => format!("{} {} to {}{unit}", roles.target, short(low), short(high)),
        }
    };
    let ranges: Vec<String> = wanted.objectives.iter().map(|&at| range(at)).collect();
    match (front.best.len(), wanted.objectives.len()) {
        (0, _) => {}
        (_, 1) if limits.is_empty() => {
            said.push(format!("the best measured so far: {}", ranges[0]))
        }
        (_, 1) => said.push(format!("the best of them so far: {}", ranges[0])),
        (n, _) => said.push(format!(
            "{n} measured {} a trade-off that no other beats: {}",
            if n == 1 { "row is" } else { "rows are each" },
            ranges.join(" and ")
        )),
    }
    said
}
