//! How much of what an update changed may be chance.

use std::collections::HashMap;

use al_core::{Key, MeanInterval, Posterior, TargetScale, information, posterior};
use al_models::Labels;
use al_words::metrics::{ACCURACY, RMSE};

use super::super::comparison::{PairedLoss, differences};
use super::super::evaluation::Evaluation;

/// By how much the RMSE on the fitted scale, or of classes the accuracy, is above that
/// before, with its 95 % interval over the rows that both have; `None` of too few rows.
pub(super) fn change_between(
    both: [&Evaluation; 2],
    scales: [&TargetScale; 2],
) -> Option<MeanInterval> {
    let [before, after] = both;
    let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
    for (at, key) in after.keys.iter().enumerate().rev() {
        places.entry(*key).or_default().push(at);
    }
    let pair = |(at, key): (usize, &Key)| Some([at, places.get_mut(key)?.pop()?]);
    let pairs: Vec<[usize; 2]> = before.keys.iter().enumerate().filter_map(pair).collect();
    let losses = [0, 1].map(|model| row_losses(both[model], scales[model]));
    let of = |model: usize| {
        pairs
            .iter()
            .map(|pair| losses[model][pair[model]])
            .collect()
    };
    let groups: Vec<u64> = pairs.iter().map(|pair| before.groups[pair[0]]).collect();
    let is_root = matches!(before.truth, Labels::Values(_));
    let loss = PairedLoss {
        metric: if is_root { &RMSE } else { &ACCURACY },
        is_root,
        of: [of(0), of(1)],
    };
    let found = differences(vec![loss], &groups);
    found.first().map(|found| found.difference)
}

/// Per row the squared error on the fitted scale, or whether the class is right.
fn row_losses(evaluation: &Evaluation, scale: &TargetScale) -> Vec<f64> {
    match (&evaluation.truth, &evaluation.prediction.posterior) {
        (Labels::Values(truth), Posterior::Values { draws, .. }) => {
            let error = |(truth, mean): (&f64, f64)| {
                (scale.predicted(mean) - scale.predicted(*truth)).powi(2)
            };
            truth
                .iter()
                .zip(posterior::mean(draws))
                .map(error)
                .collect()
        }
        (Labels::Classes { codes, .. }, Posterior::Classes { draws }) => {
            let mean = posterior::mean_probabilities(draws);
            let predicted = information::predicted_classes(&mean);
            let right = |(code, class): (&u32, &u32)| f64::from(u8::from(code == class));
            codes.iter().zip(&predicted).map(right).collect()
        }
        _ => unreachable!("the posterior is of the model's task"),
    }
}
