//! How far metrics of two models are apart, and how much of that is chance.

use al_core::bootstrap::resample;
use al_core::uncertainty::percentile;
use al_core::{MeanInterval, Seed};
use al_words::metrics::Metric;

/// Fewest rows, or groups of rows, of which a difference has an interval.
const INTERVAL_ROWS: usize = 10;

/// Most resamples, fewest, and rows that are drawn in all of them.
const RESAMPLES: (usize, usize, usize) = (2000, 200, 20_000_000);

/// The second model's metric less the first's, with its 95 % interval over rows.
#[derive(Clone)]
pub struct MetricDifference {
    /// The metric.
    pub metric: &'static Metric,
    /// The difference, in the metric's unit.
    pub difference: MeanInterval,
}

/// What a metric is the mean of, per row, of both models.
pub(in crate::campaign) struct PairedLoss {
    pub(in crate::campaign) metric: &'static Metric,
    /// Whether the metric is the root of the mean.
    pub(in crate::campaign) is_root: bool,
    pub(in crate::campaign) of: [Vec<f64>; 2],
}

/// The differences with their intervals, from resamples of the rows; none of too few.
pub(in crate::campaign) fn differences(
    losses: Vec<PairedLoss>,
    groups: &[u64],
) -> Vec<MetricDifference> {
    let of = |loss: &PairedLoss, rows: &[usize]| {
        let mean = |values: &[f64]| {
            let mean = rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64;
            if loss.is_root { mean.sqrt() } else { mean }
        };
        mean(&loss.of[1]) - mean(&loss.of[0])
    };
    let (most, fewest, drawn) = RESAMPLES;
    let resamples = (drawn / groups.len().max(1)).clamp(fewest, most);
    let mut found = vec![Vec::with_capacity(resamples); losses.len()];
    // Not the models' seeds: they differ, and the order of the models does not count.
    let n = resample(groups, resamples, Seed(0), |rows| {
        for (loss, found) in losses.iter().zip(&mut found) {
            found.push(of(loss, rows));
        }
    });
    if n < INTERVAL_ROWS {
        return Vec::new();
    }
    let all: Vec<usize> = (0..groups.len()).collect();
    losses
        .iter()
        .zip(found)
        .filter(|(_, found)| found.iter().all(|difference| difference.is_finite()))
        .map(|(loss, mut found)| {
            found.sort_unstable_by(f64::total_cmp);
            MetricDifference {
                metric: loss.metric,
                difference: MeanInterval {
                    mean: of(loss, &all),
                    low: percentile(&found, 0.025),
                    high: percentile(&found, 0.975),
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use al_words::metrics::{MAE, RMSE};

    use super::*;

    fn losses(first: Vec<f64>, second: Vec<f64>) -> Vec<PairedLoss> {
        let squared = |losses: &Vec<f64>| losses.iter().map(|loss| loss * loss).collect();
        vec![
            PairedLoss {
                metric: &RMSE,
                is_root: true,
                of: [squared(&first), squared(&second)],
            },
            PairedLoss {
                metric: &MAE,
                is_root: false,
                of: [first, second],
            },
        ]
    }

    #[test]
    fn differences_are_those_of_the_metrics_and_intervals_hold_them() {
        // The second is off by half as much everywhere: the difference is no chance.
        let first: Vec<f64> = (1..=40).map(f64::from).collect();
        let second: Vec<f64> = first.iter().map(|loss| 0.5 * loss).collect();
        let found = differences(losses(first.clone(), second), &[0; 40]);
        let mae = found[1].difference;
        assert!((mae.mean + 0.5 * 20.5).abs() < 1e-12);
        assert!(mae.low < mae.mean && mae.mean < mae.high && mae.high < 0.0);
        let rmse = (first.iter().map(|loss| loss * loss).sum::<f64>() / 40.0).sqrt();
        assert!((found[0].difference.mean + 0.5 * rmse).abs() < 1e-12);

        // The same errors in another order: nothing but chance.
        let turned: Vec<f64> = first.iter().rev().copied().collect();
        let found = differences(losses(first, turned), &[0; 40]);
        let mae = found[1].difference;
        assert!(
            mae.mean == 0.0 && mae.low < 0.0 && mae.high > 0.0,
            "{mae:?}"
        );
    }

    #[test]
    fn few_rows_and_few_groups_have_no_interval_and_groups_widen_it() {
        let first: Vec<f64> = (0..40).map(|row| f64::from(row / 4 % 3)).collect();
        let of = |groups: &[u64]| differences(losses(first.clone(), vec![1.0; 40]), groups);
        assert!(differences(losses(vec![1.0; 9], vec![2.0; 9]), &[0; 9]).is_empty());
        let five: Vec<u64> = (0..40).map(|row| 1 + row % 5).collect();
        assert!(of(&five).is_empty());
        // Four rows alike per group are as good as one.
        let ten: Vec<u64> = (0..40).map(|row| 1 + row / 4).collect();
        let width = |groups: &[u64]| {
            let mae = of(groups)[1].difference;
            mae.high - mae.low
        };
        assert!(width(&ten) > 1.5 * width(&[0; 40]));
    }

    #[test]
    fn a_difference_that_is_no_number_has_no_interval() {
        let found = differences(losses(vec![1.0; 12], vec![f64::NAN; 12]), &[0; 12]);
        assert!(found.is_empty());
    }
}
