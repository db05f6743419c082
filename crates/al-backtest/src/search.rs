//! How soon the runs of a backtest found the best row.

use al_core::phrases::counted;
use al_core::{MeanInterval, Seed, uncertainty};
use serde::Serialize;

use crate::curve::{Point, Run, Within};
use crate::options::RANDOM;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 10_000;

/// How soon one strategy found the best row, beside random.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchVerdict {
    /// The strategy.
    pub strategy: String,
    /// By how much the best measured target is worse than the best of the table after
    /// the last round, on the fitted scale: the mean over repeats.
    pub regret: f64,
    /// The same in the unit of the target, in % of the best of the table, with a
    /// bootstrap interval over repeats; NaN where the best is 0.
    pub regret_percent: MeanInterval,
    /// How many percentage points more that is than random's in the same repeat, the
    /// mean over all rounds after the start, with a paired bootstrap interval over
    /// repeats; below 0 is better.
    pub difference: MeanInterval,
    /// When the best measured target was within 1 % of the best of the table.
    pub within_1_percent: Reached,
    /// When it was within 0.1 %.
    pub within_0_1_percent: Reached,
    /// How many of the best rows it measured.
    pub top: TopFound,
    /// The same in a sentence.
    pub sentence: String,
}

/// How many of the best rows of a table were measured after the last round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TopFound {
    /// Rows that count as the best.
    pub rows: usize,
    /// The share of them that was measured, with a bootstrap interval over repeats.
    pub recall: MeanInterval,
    /// How much more that is than random's in the same repeat, with a paired bootstrap
    /// interval over repeats; above 0 is better.
    pub difference: MeanInterval,
    /// How many times as many of them were measured as are among as many rows of the table
    /// on average.
    pub enrichment: f64,
}

/// What the best rows are among.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopRows {
    /// Rows that count as the best.
    pub(crate) rows: usize,
    /// Rows that could be measured, failures included.
    pub(crate) pool: usize,
}

impl TopFound {
    fn of(runs: &[&Run], random: &[&Run], top: TopRows, seed: Seed) -> TopFound {
        let last = |run: &&Run| *run.points.last().expect("round 0 at least");
        let recall: Vec<f64> = runs.iter().map(|run| last(run).recall).collect();
        let pairs = runs.iter().zip(random);
        let apart = pairs.map(|(run, random)| last(run).recall - last(random).recall);
        let n = runs.len().max(1) as f64;
        let labels = runs.iter().map(|run| last(run).labels as f64).sum::<f64>() / n;
        let mean = recall.iter().sum::<f64>() / n;
        TopFound {
            rows: top.rows,
            recall: MeanInterval::of(&recall, RESAMPLES, seed),
            difference: MeanInterval::of(&apart.collect::<Vec<f64>>(), RESAMPLES, seed),
            enrichment: mean * top.pool as f64 / labels,
        }
    }
}

/// When runs came near enough to the best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reached {
    /// Measured rows until then, failed ones included: the median over repeats; `None` unless
    /// more than half of them got there.
    pub labels: Option<f64>,
    /// Repeats that got there.
    pub repeats: usize,
}

impl Reached {
    fn of(runs: &[&Run], within: fn(&Within) -> Option<usize>) -> Reached {
        let mut labels: Vec<f64> = runs
            .iter()
            .map(|run| within(&run.within).map_or(f64::INFINITY, |labels| labels as f64))
            .collect();
        labels.sort_unstable_by(f64::total_cmp);
        let median = uncertainty::percentile(&labels, 0.5);
        Reached {
            labels: median.is_finite().then_some(median),
            repeats: labels.iter().filter(|labels| labels.is_finite()).count(),
        }
    }
}

/// Repeats from which an interval over them tells two strategies apart: of fewer it is too
/// narrow, as one lucky start makes it.
const TELLING_REPEATS: usize = 5;

/// The verdicts, the smallest regret over all rounds first.
pub(crate) fn search_verdicts(
    runs: &[Run],
    strategies: &[String],
    top: TopRows,
    seed: Seed,
) -> Vec<SearchVerdict> {
    let of = |name: &str| -> Vec<&Run> { runs.iter().filter(|run| run.strategy == name).collect() };
    let random = of(RANDOM);
    let mut verdicts: Vec<SearchVerdict> = strategies
        .iter()
        .map(|name| verdict(name, (&of(name), &random), top, seed))
        .collect();
    verdicts.sort_by(|a, b| {
        let by_difference = a.difference.mean.total_cmp(&b.difference.mean);
        by_difference.then(a.regret.total_cmp(&b.regret))
    });
    verdicts
}

fn verdict(
    name: &str,
    (runs, random): (&[&Run], &[&Run]),
    top: TopRows,
    seed: Seed,
) -> SearchVerdict {
    let last = |run: &Run| *run.points.last().expect("round 0 at least");
    let percent = |point: &Point| 100.0 * point.shortfall;
    let ends: Vec<f64> = runs.iter().map(|run| percent(&last(run))).collect();
    let apart: Vec<f64> = runs
        .iter()
        .zip(random)
        .map(|(run, random)| {
            let both = run.points.iter().zip(&random.points).skip(1);
            let apart: Vec<f64> = both.map(|(a, b)| percent(a) - percent(b)).collect();
            apart.iter().sum::<f64>() / apart.len().max(1) as f64
        })
        .collect();
    let n = runs.len().max(1) as f64;
    let mut verdict = SearchVerdict {
        strategy: name.to_owned(),
        regret: runs.iter().map(|run| last(run).regret).sum::<f64>() / n,
        regret_percent: MeanInterval::of(&ends, RESAMPLES, seed),
        difference: MeanInterval::of(&apart, RESAMPLES, seed),
        within_1_percent: Reached::of(runs, |within| within.one_percent),
        within_0_1_percent: Reached::of(runs, |within| within.tenth_of_a_percent),
        top: TopFound::of(runs, random, top, seed),
        sentence: String::new(),
    };
    verdict.sentence = verdict.in_words(runs.len());
    verdict
}

impl SearchVerdict {
    /// How it stands to random, and how many of the best rows it measured.
    fn in_words(&self, repeats: usize) -> String {
        let TopFound {
            rows,
            recall,
            difference,
            enrichment,
        } = self.top;
        if recall.mean.is_nan() || rows < 2 {
            return self.standing(repeats);
        }
        let compared = match self.strategy == RANDOM || difference.mean.is_nan() {
            true => String::new(),
            false => format!(", random {:.0} %", 100.0 * (recall.mean - difference.mean)),
        };
        format!(
            "{}; of the best {rows} rows it measured {:.0} %{compared} (enrichment {enrichment:.1})",
            self.standing(repeats),
            100.0 * recall.mean
        )
    }

    fn standing(&self, repeats: usize) -> String {
        let name = &self.strategy;
        let Reached {
            labels,
            repeats: there,
        } = self.within_1_percent;
        let near = match labels {
            Some(labels) => format!("is within 1 % of the best after {labels:.0} measured rows"),
            None => format!("is within 1 % of the best in {there} of {repeats} repeats"),
        };
        if name == RANDOM {
            return format!("random is what the others are compared with; it {near}");
        }
        if self.difference.mean.is_nan() {
            return format!("{name} {near}");
        }
        if repeats < TELLING_REPEATS {
            let few = counted(repeats, "repeat");
            return format!("{few} cannot tell {name} from random; {name} {near}");
        }
        let size = format!("{:.1} percentage points", self.difference.mean.abs());
        let standing = if self.difference.high < 0.0 {
            format!("{name} finds better rows than random here: its regret is {size} smaller")
        } else if self.difference.low > 0.0 {
            format!("{name} finds worse rows than random here: its regret is {size} larger")
        } else {
            return format!("{name} and random cannot be told apart here; {name} {near}");
        };
        format!("{standing} on average; it {near}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: TopRows = TopRows {
        rows: 10,
        pool: 300,
    };

    fn run(strategy: &str, repeat: usize, shortfalls: &[f64], within: Option<usize>) -> Run {
        let points = shortfalls
            .iter()
            .enumerate()
            .map(|(round, &shortfall)| Point {
                round,
                labels: 10 * (round + 1),
                regret: shortfall.ln_1p(),
                shortfall,
                ..Point::unknown()
            });
        Run {
            strategy: strategy.to_owned(),
            repeat,
            points: points.collect(),
            within: Within {
                one_percent: within,
                tenth_of_a_percent: within.filter(|labels| *labels > 20),
            },
        }
    }

    #[test]
    fn the_best_rows_that_were_measured_are_counted() {
        let with = |strategy: &str, repeat: usize, recall: f64| {
            let mut run = run(strategy, repeat, &[0.5, 0.4, 0.3], None);
            run.points[2].recall = recall;
            run
        };
        let runs: Vec<Run> = (0..4)
            .flat_map(|repeat| {
                let more = repeat as f64 / 10.0;
                [with(RANDOM, repeat, 0.1), with("good", repeat, 0.4 + more)]
            })
            .collect();
        let names = [RANDOM, "good"].map(str::to_owned);
        let verdicts = search_verdicts(&runs, &names, TOP, Seed(0));
        let good = verdicts.iter().find(|one| one.strategy == "good").unwrap();
        assert!((good.top.recall.mean - 0.55).abs() < 1e-12);
        assert!((good.top.difference.mean - 0.45).abs() < 1e-12);
        assert!(good.top.difference.low > 0.3 && good.top.difference.high < 0.6);
        // 30 of 300 rows are measured: a tenth of the best without a choice.
        assert!((good.top.enrichment - 5.5).abs() < 1e-12);
        assert!(
            good.sentence
                .ends_with("; of the best 10 rows it measured 55 %, random 10 % (enrichment 5.5)")
        );
    }

    #[test]
    fn regrets_are_compared_repeat_by_repeat() {
        let mut runs = Vec::new();
        for repeat in 0..4 {
            let more = repeat as f64 / 100.0;
            runs.push(run(RANDOM, repeat, &[0.5, 0.4 + more, 0.3 + more], None));
            let within = [Some(15), Some(25), Some(18), None][repeat];
            runs.push(run("good", repeat, &[0.5, 0.2 + more, 0.1 + more], within));
            let within = (repeat == 0).then_some(30);
            runs.push(run("bad", repeat, &[0.5, 0.5 + more, 0.4 + more], within));
        }
        let names = [RANDOM, "good", "bad"].map(str::to_owned);
        let verdicts = search_verdicts(&runs, &names, TOP, Seed(0));
        let order: Vec<&str> = verdicts.iter().map(|v| v.strategy.as_str()).collect();
        assert_eq!(order, ["good", RANDOM, "bad"]);
        let good = &verdicts[0];
        // The start, which all have, does not count.
        let MeanInterval { mean, low, high } = good.difference;
        assert!((mean + 20.0).abs() < 1e-9 && (high - low).abs() < 1e-9);
        assert!((good.regret_percent.mean - 11.5).abs() < 1e-9);
        assert_eq!(good.within_1_percent.labels, Some(21.5));
        assert_eq!(good.within_1_percent.repeats, 3);
        assert_eq!(good.within_0_1_percent.labels, None);
        assert_eq!(good.within_0_1_percent.repeats, 1);
        assert!(
            good.sentence
                .starts_with("4 repeats cannot tell good from random; good is")
        );
        assert_eq!(
            good.in_words(5),
            "good finds better rows than random here: its regret is 20.0 percentage points smaller \
             on average; it is within 1 % of the best after 22 measured rows"
        );
        assert!(verdicts[1].sentence.ends_with("in 0 of 4 repeats"));
        let bad = verdicts[2].in_words(5);
        assert!(bad.contains("10.0 percentage points larger"));
        // Where the best is 0, there are no shares of it.
        for run in &mut runs {
            let points = run.points.iter_mut();
            points.for_each(|point| point.shortfall = f64::NAN);
        }
        let verdicts = search_verdicts(&runs, &names, TOP, Seed(0));
        assert_eq!(verdicts[0].strategy, "good");
        assert_eq!(
            verdicts[0].sentence,
            "good is within 1 % of the best after 22 measured rows"
        );
        let good = &verdicts[0];
        let expected = [0.1_f64, 0.11, 0.12, 0.13]
            .map(f64::ln_1p)
            .iter()
            .sum::<f64>()
            / 4.0;
        assert!((good.regret - expected).abs() < 1e-12);
    }
}
