//! What the present model is worth on the evaluation rows.

use std::collections::HashSet;

use al_core::{
    Belief, Key, Observed, Posterior, Role, RowPredictions, Seed, TargetScale, information,
    metrics, posterior,
};
use al_models::{Labels, MOST_JUDGED};
use al_words::Metrics;
use ndarray::Array2;

use super::Campaign;
use crate::scales::labelled;

/// Predictions of the evaluation rows with what was measured on them; without
/// evaluation rows, of the rows learned from, each by what has not seen it.
pub struct Evaluation {
    /// Whether they are rows that were learned from.
    pub out_of_bag: bool,
    /// Who the rows are.
    pub keys: Vec<Key>,
    /// The group that each belongs to; 0 of all where rows have none.
    pub groups: Vec<u64>,
    /// What was measured, as models see it.
    pub truth: Labels,
    /// What is predicted.
    pub prediction: RowPredictions,
}

impl Campaign {
    /// The metrics of the present model on the evaluation rows, or out of bag
    /// without any; `None` if no row can be predicted without itself.
    #[must_use]
    pub fn metrics(&self) -> Option<Metrics> {
        let evaluation = self.evaluation(self.options().recipe.coverage)?;
        Some(evaluation.metrics(&self.scale()))
    }

    /// The metrics of the present model out of bag, also where it has evaluation rows;
    /// `None` if no row can be predicted without itself.
    #[must_use]
    pub fn metrics_out_of_bag(&self) -> Option<Metrics> {
        let (_, evaluation) = self.without_own(self.options().recipe.coverage)?;
        Some(evaluation.metrics(&self.scale()))
    }

    /// What the present model says of the evaluation rows, with intervals of this
    /// coverage; without evaluation rows, what those of its members that have not
    /// seen them say of the rows learned from. `None` if nothing is said of any.
    #[must_use]
    pub fn evaluation(&self, coverage: f64) -> Option<Evaluation> {
        let (_, evaluation) = self
            .held_out(coverage)
            .or_else(|| self.without_own(coverage))?;
        Some(evaluation)
    }

    /// The evaluation rows and what the present model says of them; `None` without any.
    pub(super) fn held_out(&self, coverage: f64) -> Option<(Vec<usize>, Evaluation)> {
        let rows = self.rows.with(&[Role::Evaluation]);
        if rows.is_empty() {
            return None;
        }
        let data = self.labelled(&rows);
        let mut prediction = self.predict(&data.x);
        if coverage != self.options().recipe.coverage {
            prediction.interval = self.interval(&data.x, coverage);
        }
        let evaluation = Evaluation {
            out_of_bag: false,
            keys: self.keys_of(&rows),
            groups: groups_of(&self.rows, &rows),
            prediction,
            truth: data.y,
        };
        Some((rows, evaluation))
    }

    /// The rows learned from that members predict which have not seen them, and what
    /// those say of them; `None` if there are none.
    pub(super) fn without_own(&self, coverage: f64) -> Option<(Vec<usize>, Evaluation)> {
        let learned = self.rows.learned();
        let places = self.judging(&learned);
        let learned: Vec<usize> = places.iter().map(|&place| learned[place]).collect();
        let data = self.labelled(&learned);
        let (at, prediction) = self.fitted().evaluated(&data, &places, coverage);
        let rows: Vec<usize> = at.iter().map(|&at| learned[at]).collect();
        if rows.is_empty() {
            return None;
        }
        let evaluation = Evaluation {
            out_of_bag: true,
            keys: self.keys_of(&rows),
            groups: groups_of(&self.rows, &rows),
            truth: data.y.take(&at),
            prediction,
        };
        Some((rows, evaluation))
    }

    /// Places of the rows by which the model is judged among those learned from: of many a
    /// sample by key, so that models of the same rows are judged by the same.
    fn judging(&self, learned: &[usize]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..learned.len()).collect();
        if learned.len() > MOST_JUDGED {
            let (order, keys) = (Seed(0).derive("judged", 0), self.rows.keys());
            places.sort_by_cached_key(|&place| (order.order(keys[learned[place]]), place));
            places.truncate(MOST_JUDGED);
            places.sort_unstable();
        }
        places
    }

    fn keys_of(&self, rows: &[usize]) -> Vec<Key> {
        rows.iter().map(|&row| judged_as(&self.rows, row)).collect()
    }

    /// What the present model predicts of those rows of `new` that can be learned from and
    /// that it has not seen; `None` if there are none.
    pub(super) fn foretold(&self, new: &Observed) -> Option<Evaluation> {
        let mut known = self.rows.learned();
        known.extend(self.rows.with(&[Role::Evaluation]));
        let known: HashSet<Key> = self.keys_of(&known).into_iter().collect();
        let unseen = |row: &usize| !known.contains(&judged_as(new, *row));
        let rows: Vec<usize> = new.learned().into_iter().filter(unseen).collect();
        if rows.is_empty() {
            return None;
        }
        let x = self.encoder.encode(&new.features().take(&rows)).ok()?;
        let data = labelled(new, &rows, x, &self.options, &self.classes, &self.scales);
        Some(Evaluation {
            out_of_bag: false,
            keys: rows.iter().map(|&row| judged_as(new, row)).collect(),
            groups: groups_of(new, &rows),
            prediction: self.predict(&data.x),
            truth: data.y,
        })
    }
}

/// The group of each of the rows; 0 without groups.
fn groups_of(all: &Observed, rows: &[usize]) -> Vec<u64> {
    let groups = all.groups();
    let group = |&row: &usize| groups.get(row).copied().unwrap_or(0);
    rows.iter().map(group).collect()
}

/// Who a row is where models are judged: its configuration and, where rows have groups,
/// its group, since a configuration in a new group is not known.
pub(super) fn judged_as(rows: &Observed, row: usize) -> Key {
    let key = rows.keys()[row];
    match rows.groups().get(row) {
        None | Some(0) => key,
        Some(group) => {
            let mut bytes = key.bytes();
            for (byte, more) in bytes.iter_mut().zip(group.to_le_bytes()) {
                *byte ^= more;
            }
            Key::from_bytes(bytes)
        }
    }
}

impl Evaluation {
    /// The metrics of what was said. Out of bag there is no coverage: intervals are
    /// made of the same residuals, which they cover as often as they should.
    pub(crate) fn metrics(&self, scale: &TargetScale) -> Metrics {
        let mut metrics = measure(self, scale);
        metrics.out_of_bag = self.out_of_bag;
        if self.out_of_bag {
            metrics.coverage = None;
        }
        metrics
    }

    /// What two models say of the rows that neither of them had seen: `before` and `after`
    /// out of bag, and `foretold` by the former of rows that only the latter learned from.
    /// Rows among `fresh` that were known before are left out: their measurements may have
    /// been merged. `None` if there are no such rows.
    pub(crate) fn compared(
        [before, after]: [&Evaluation; 2],
        foretold: Option<&Evaluation>,
        fresh: &HashSet<Key>,
    ) -> Option<[Evaluation; 2]> {
        let of_each = |first: &Evaluation, second: &Evaluation, left_out: &HashSet<Key>| {
            Some([
                first.shared(second, left_out)?,
                second.shared(first, left_out)?,
            ])
        };
        let known = of_each(before, after, fresh);
        let new = foretold.and_then(|foretold| of_each(foretold, after, &HashSet::new()));
        let both = match (known, new) {
            (Some([before, after]), Some([foretold, learned])) => {
                [before.joined(&foretold), after.joined(&learned)]
            }
            (known, new) => known.or(new)?,
        };
        Some(both.map(|evaluation| Evaluation {
            out_of_bag: true,
            ..evaluation
        }))
    }

    /// The same of those rows that `other` speaks of, too, and that are not among
    /// `left_out`; `None` if there are none.
    fn shared(&self, other: &Evaluation, left_out: &HashSet<Key>) -> Option<Evaluation> {
        let others: HashSet<Key> = other.keys.iter().copied().collect();
        let kept: Vec<usize> = (0..self.keys.len())
            .filter(|&row| others.contains(&self.keys[row]) && !left_out.contains(&self.keys[row]))
            .collect();
        (!kept.is_empty()).then(|| Evaluation {
            out_of_bag: self.out_of_bag,
            keys: kept.iter().map(|&row| self.keys[row]).collect(),
            groups: kept.iter().map(|&row| self.groups[row]).collect(),
            truth: self.truth.take(&kept),
            prediction: self.prediction.take(&kept),
        })
    }

    /// These rows and those of `other`, with the means of what is predicted.
    fn joined(self, other: &Evaluation) -> Evaluation {
        Evaluation {
            keys: [self.keys.as_slice(), &other.keys].concat(),
            groups: [self.groups.as_slice(), &other.groups].concat(),
            truth: self.truth.stack(&other.truth),
            prediction: self.prediction.means_with(&other.prediction),
            out_of_bag: self.out_of_bag,
        }
    }
}

fn measure(evaluation: &Evaluation, scale: &TargetScale) -> Metrics {
    match (&evaluation.truth, &evaluation.prediction.posterior) {
        (Labels::Values(truth), Posterior::Values { draws, .. }) => {
            let fitted = |values: &[f64]| -> Vec<f64> {
                values.iter().map(|&value| scale.predicted(value)).collect()
            };
            let interval = evaluation.prediction.interval.as_ref();
            let interval = interval.map(|(low, high)| (fitted(low), fitted(high)));
            regression(
                &fitted(truth),
                &fitted(&posterior::mean(draws)),
                interval.as_ref(),
                scale,
            )
        }
        (Labels::Classes { codes, classes }, Posterior::Classes { draws }) => {
            classification(codes, &posterior::mean_probabilities(draws), *classes)
        }
        _ => unreachable!("the posterior is of the model's task"),
    }
}

/// The metrics of probabilities `mean`, rows × classes, where `codes` were measured.
pub(super) fn classification(codes: &[u32], mean: &Array2<f64>, classes: usize) -> Metrics {
    let predicted = information::predicted_classes(mean);
    Metrics {
        rows: Some(codes.len()),
        accuracy: finite(metrics::accuracy(codes, &predicted)),
        balanced_accuracy: finite(balanced(codes, &predicted, classes)),
        log_loss: finite(metrics::log_loss(codes, mean)),
        brier: finite(metrics::brier(codes, mean)),
        roc_auc: metrics::roc_auc(codes, mean).and_then(finite),
        calibration_error: metrics::calibration_error(codes, mean).and_then(finite),
        ..Metrics::default()
    }
}

/// The metrics of predictions and intervals, all on the fitted scale.
pub(super) fn regression(
    truth: &[f64],
    predicted: &[f64],
    interval: Option<&(Vec<f64>, Vec<f64>)>,
    scale: &TargetScale,
) -> Metrics {
    let unit = |values: &[f64]| -> Vec<f64> { values.iter().map(|&v| scale.unfitted(v)).collect() };
    let (truth_unit, predicted_unit) = (unit(truth), unit(predicted));
    let mut found = Metrics {
        rows: Some(truth.len()),
        rmse: finite(metrics::rmse(&truth_unit, &predicted_unit)),
        mae: finite(metrics::mae(&truth_unit, &predicted_unit)),
        r2: finite(metrics::r2(&truth_unit, &predicted_unit)),
        spearman: finite(metrics::spearman(truth, predicted)),
        ..Metrics::default()
    };
    if scale.log {
        found.rmse_log = finite(metrics::rmse(truth, predicted));
        found.mae_log = finite(metrics::mae(truth, predicted));
        found.r2_log = finite(metrics::r2(truth, predicted));
    }
    if let Some((low, high)) = interval {
        found.coverage = finite(metrics::coverage(truth, low, high));
        found.width = finite(metrics::mean_width(&unit(low), &unit(high)));
        if scale.log {
            found.width_log = finite(metrics::mean_width(low, high));
        }
    }
    found
}

/// Mean over the classes present of the share of their rows predicted right.
fn balanced(truth: &[u32], predicted: &[u32], classes: usize) -> f64 {
    let (mut right, mut all) = (vec![0.0; classes], vec![0.0; classes]);
    for (&truth, &predicted) in truth.iter().zip(predicted) {
        all[truth as usize] += 1.0;
        if truth == predicted {
            right[truth as usize] += 1.0;
        }
    }
    let shares: Vec<f64> = right
        .iter()
        .zip(&all)
        .filter(|&(_, &all)| all > 0.0)
        .map(|(right, all)| right / all)
        .collect();
    shares.iter().sum::<f64>() / shares.len() as f64
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
