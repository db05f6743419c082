//! What the present model is worth on the evaluation rows.

use al_core::{
    Belief, Posterior, Role, RowPredictions, TargetScale, information, metrics, posterior,
};
use al_models::Labels;
use al_words::Metrics;

use super::Campaign;

/// Predictions of the evaluation rows with what was measured on them.
pub struct Evaluation {
    /// What was measured, as models see it.
    pub truth: Labels,
    /// What is predicted.
    pub prediction: RowPredictions,
}

impl Campaign {
    /// The metrics of the present model on the evaluation rows; `None`
    /// without any.
    #[must_use]
    pub fn metrics(&self) -> Option<Metrics> {
        let evaluation = self.evaluation()?;
        Some(measure(&evaluation, &self.scale()))
    }

    /// What the present model says of the evaluation rows; `None` without any.
    #[must_use]
    pub fn evaluation(&self) -> Option<Evaluation> {
        let held_out = self.rows.with(&[Role::Evaluation]);
        if held_out.is_empty() {
            return None;
        }
        let data = self.labelled(&held_out);
        Some(Evaluation {
            prediction: self.predict(&data.x),
            truth: data.y,
        })
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
            let mean = posterior::mean_probabilities(draws);
            let predicted = information::predicted_classes(&mean);
            Metrics {
                rows: Some(codes.len()),
                accuracy: finite(metrics::accuracy(codes, &predicted)),
                balanced_accuracy: finite(balanced(codes, &predicted, *classes)),
                log_loss: finite(metrics::log_loss(codes, &mean)),
                brier: finite(metrics::brier(codes, &mean)),
                ..Metrics::default()
            }
        }
        _ => unreachable!("the posterior is of the model's task"),
    }
}

fn regression(
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
