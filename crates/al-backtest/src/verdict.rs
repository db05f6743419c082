//! What the runs of a backtest come to.

use al_core::{MeanInterval, Seed, Task};
use al_words::metrics::Metrics;
use serde::Serialize;

use crate::curve::{Point, Run};
use crate::options::RANDOM;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 10_000;

/// What the runs of one strategy come to beside random's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The strategy.
    pub strategy: String,
    /// Its error over random's with the same start: the geometric mean over
    /// rounds and repeats, with a paired bootstrap interval over repeats.
    pub ratio: MeanInterval,
    /// Its error after the last round over random's.
    pub last_ratio: MeanInterval,
    /// Labels needed for random's error after its last round, as a share of
    /// the labels that random needed: the median over repeats; `None` if fewer
    /// than half of the repeats get there.
    pub labels: Option<f64>,
    /// The same of what the labels cost.
    pub cost: Option<f64>,
    /// Mean regret after the last round, on the fitted scale; NaN for classes.
    pub regret: f64,
    /// The metrics on the test rows after the last round, means over repeats.
    pub after: Metrics,
    /// The same in a sentence.
    pub sentence: String,
}

/// What the errors of runs are errors of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestedScale {
    pub(crate) task: Task,
    pub(crate) log_target: bool,
    /// Rows tested on.
    pub(crate) rows: usize,
}

impl TestedScale {
    /// The metrics that the last points of runs come to.
    fn metrics(self, runs: &[&Run]) -> Metrics {
        let mean = |of: fn(&Point) -> f64| {
            let values = runs.iter().filter_map(|run| run.points.last().map(of));
            let mean = values.sum::<f64>() / runs.len() as f64;
            Some(mean).filter(|mean| mean.is_finite())
        };
        let (error, absolute) = (mean(|point| point.error), mean(|point| point.absolute));
        let r2 = mean(|point| point.r2);
        let rows = Some(self.rows);
        match (self.task, self.log_target) {
            (Task::Regression, false) => Metrics {
                rows,
                rmse: error,
                mae: absolute,
                r2,
                ..Metrics::default()
            },
            (Task::Regression, true) => Metrics {
                rows,
                rmse_log: error,
                mae_log: absolute,
                r2_log: r2,
                ..Metrics::default()
            },
            (Task::Classification, _) => Metrics {
                rows,
                log_loss: error,
                accuracy: absolute.map(|wrong| 1.0 - wrong),
                ..Metrics::default()
            },
        }
    }
}

/// The verdicts, smallest ratio first.
pub(crate) fn verdicts(
    runs: &[Run],
    strategies: &[String],
    scale: TestedScale,
    seed: Seed,
) -> Vec<Verdict> {
    let of = |name: &str| -> Vec<&Run> { runs.iter().filter(|run| run.strategy == name).collect() };
    let random = of(RANDOM);
    let mut verdicts: Vec<Verdict> = strategies
        .iter()
        .map(|name| {
            let runs = of(name);
            Verdict {
                after: scale.metrics(&runs),
                ..verdict(name, &runs, &random, seed)
            }
        })
        .collect();
    verdicts.sort_by(|a, b| a.ratio.mean.total_cmp(&b.ratio.mean));
    verdicts
}

fn verdict(name: &str, runs: &[&Run], random: &[&Run], seed: Seed) -> Verdict {
    let pairs = || runs.iter().zip(random);
    let logs: Vec<f64> = pairs()
        .map(|(run, random)| {
            let both = run.points.iter().zip(&random.points);
            let logs: Vec<f64> = both.map(|(a, b)| log_ratio(a, b)).collect();
            logs.iter().sum::<f64>() / logs.len() as f64
        })
        .collect();
    let last = |run: &Run| *run.points.last().expect("round 0 at least");
    let last_logs: Vec<f64> = pairs()
        .map(|(run, random)| log_ratio(&last(run), &last(random)))
        .collect();
    let share = |of: fn(&Point) -> f64| {
        let mut shares: Vec<f64> = pairs()
            .map(|(run, random)| {
                let end = last(random);
                let there = run.points.iter().find(|point| point.error <= end.error);
                there.map_or(f64::INFINITY, |point| of(point) / of(&end))
            })
            .collect();
        shares.sort_unstable_by(f64::total_cmp);
        let median = al_core::uncertainty::percentile(&shares, 0.5);
        median.is_finite().then_some(median)
    };
    let n = runs.len().max(1) as f64;
    let mut verdict = Verdict {
        strategy: name.to_owned(),
        ratio: MeanInterval::of(&logs, RESAMPLES, seed).exp(),
        last_ratio: MeanInterval::of(&last_logs, RESAMPLES, seed).exp(),
        labels: share(|point| point.labels as f64),
        cost: share(|point| point.cost),
        regret: runs.iter().map(|run| last(run).regret).sum::<f64>() / n,
        after: Metrics::default(),
        sentence: String::new(),
    };
    verdict.sentence = verdict.in_words();
    verdict
}

/// ln of the ratio of two errors; 0 where both are 0.
fn log_ratio(a: &Point, b: &Point) -> f64 {
    let floor = f64::MIN_POSITIVE;
    (a.error.max(floor) / b.error.max(floor)).ln()
}

impl Verdict {
    fn in_words(&self) -> String {
        let name = &self.strategy;
        if name == RANDOM {
            return "random is what the others are compared with".to_owned();
        }
        let percent = 100.0 * (self.ratio.mean - 1.0);
        let size = format!("{:.1} %", percent.abs());
        let standing = if self.ratio.high < 1.0 {
            format!("{name} is better than random here: its error is {size} smaller on average")
        } else if self.ratio.low > 1.0 {
            format!("{name} is worse than random here: its error is {size} larger on average")
        } else {
            format!("{name} and random cannot be told apart here")
        };
        match self.labels {
            Some(share) => format!(
                "{standing}; it reaches random's final error with {:.0} % of the labels",
                100.0 * share
            ),
            None => format!("{standing}; it does not reach random's final error in most repeats"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Within;

    fn run(strategy: &str, repeat: usize, errors: &[f64]) -> Run {
        let points = errors.iter().enumerate().map(|(round, &error)| Point {
            round,
            labels: 10 * (round + 1),
            error,
            absolute: error,
            r2: 0.0,
            best: 1.0,
            regret: 0.5,
            ..Point::unknown()
        });
        Run {
            strategy: strategy.to_owned(),
            repeat,
            points: points.collect(),
            within: Within::default(),
        }
    }

    #[test]
    fn ratios_shares_and_words() {
        let mut runs = Vec::new();
        for repeat in 0..6 {
            let unit = 1.0 + repeat as f64;
            runs.push(run(RANDOM, repeat, &[8.0 * unit, 4.0 * unit, 2.0 * unit]));
            runs.push(run("good", repeat, &[8.0 * unit, 2.0 * unit, 1.0 * unit]));
            runs.push(run("bad", repeat, &[8.0 * unit, 8.0 * unit, 4.0 * unit]));
        }
        let names = [RANDOM, "good", "bad"].map(str::to_owned);
        let scale = TestedScale {
            task: Task::Regression,
            log_target: false,
            rows: 7,
        };
        let verdicts = verdicts(&runs, &names, scale, Seed(0));
        let order: Vec<&str> = verdicts.iter().map(|v| v.strategy.as_str()).collect();
        assert_eq!(order, ["good", RANDOM, "bad"]);
        // 1 · ½ · ½ to the third root, the same in every repeat.
        let expected = 0.25_f64.cbrt();
        let MeanInterval { mean, low, high } = verdicts[0].ratio;
        assert!((mean - expected).abs() < 1e-12 && low <= mean && mean <= high);
        assert!((high - low).abs() < 1e-12);
        assert!((verdicts[0].last_ratio.mean - 0.5).abs() < 1e-12);
        // Random's last error, 2, is there after 20 of 30 labels.
        assert_eq!(verdicts[0].labels, Some(20.0 / 30.0));
        assert_eq!(verdicts[1].labels, Some(1.0));
        assert_eq!(verdicts[2].labels, None);
        assert_eq!(verdicts[0].cost, None);
        assert!(
            verdicts[0].sentence.contains("37.0 % smaller"),
            "{}",
            verdicts[0].sentence
        );
        assert!(verdicts[0].sentence.contains("67 % of the labels"));
        assert!(verdicts[2].sentence.contains("worse than random"));
        assert_eq!(verdicts[0].regret, 0.5);
        // 1 to 6, and the same with a logarithm and for classes.
        let after = &verdicts[0].after;
        assert_eq!((after.rmse, after.rows), (Some(3.5), Some(7)));
        let good: Vec<&Run> = runs.iter().filter(|run| run.strategy == "good").collect();
        let log = TestedScale {
            log_target: true,
            ..scale
        };
        assert_eq!(log.metrics(&good).rmse_log, Some(3.5));
        assert_eq!(log.metrics(&good).rmse, None);
        let classes = TestedScale {
            task: Task::Classification,
            ..scale
        };
        assert_eq!(classes.metrics(&good).accuracy, Some(-2.5));
        assert_eq!(classes.metrics(&good).r2, None);
    }
}
