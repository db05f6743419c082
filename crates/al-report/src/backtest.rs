//! A backtest as one web page that needs nothing but itself.

use al_core::{Direction, MeanInterval};
use al_words::numbers::page::{clean, count, counted, fixed, number, shortened, significant};
use serde::Serialize;

use super::ReportError;
use super::curves::{AxisValues, Curve, CurveAxes, CurveStyle, curves};
use super::figures::Figure;
use super::html::filled;
use super::plots::{WIDE, WIDTH};
use super::sheet::Sheet;
use super::views::{BacktestView, CurvePoint, StrategyRun};

/// Most strategies beside random that all have a band.
pub(super) const BANDS: usize = 3;

/// Resamples for a point of a band.
const RESAMPLES: usize = 1000;

#[derive(Serialize)]
pub(super) struct BacktestPage {
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) target: String,
    pub(super) headline: String,
    pub(super) details: String,
    pub(super) notes: Vec<String>,
    pub(super) verdicts: Sheet,
    pub(super) verdicts_remark: &'static str,
    pub(super) figures: Vec<Figure>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) version: &'static str,
}

/// The backtest as one self-contained HTML page: no scripts, nothing fetched.
///
/// # Errors
/// If a plot cannot be drawn or the template cannot be filled in.
pub fn backtest_html(backtest: &BacktestView) -> Result<String, ReportError> {
    let verdicts = &backtest.verdicts;
    let best = verdicts
        .iter()
        .find(|verdict| verdict.strategy != backtest.baseline);
    let best = best.or(verdicts.first());
    let target = shortened(&backtest.target, 120);
    let page = BacktestPage {
        title: format!("altool backtest: {}", shortened(&backtest.target, 60)),
        kind: if is_of_numbers(backtest) {
            "regression"
        } else {
            "classification"
        },
        target,
        headline: best.map_or_else(String::new, |best| format!("{}.", best.sentence)),
        details: format!(
            "{}, each with a different start of {} and {} of {}, tested on {} that no strategy \
             could choose; {} could be chosen. Within a repeat, all strategies start from the same \
             rows.",
            counted(backtest.repeats, "repeat"),
            counted(backtest.initial, "row"),
            counted(backtest.rounds, "round"),
            count(backtest.batch),
            counted(backtest.tested, "row"),
            count(backtest.known),
        ),
        notes: backtest.notes.iter().map(|note| clean(note)).collect(),
        verdicts: table(backtest),
        verdicts_remark: "Errors are relative to that of random from the same start: below 1 is \
                          better. Means over rounds and repeats are geometric; intervals are \
                          bootstrapped over repeats. Labels and cost are those needed to reach the \
                          final error of random, in % of what random needed; regret is on the \
                          fitted scale.",
        figures: figures(backtest)?,
        facts: backtest.facts.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    filled("backtest.html", page)
}

/// Classes have no R².
fn is_of_numbers(backtest: &BacktestView) -> bool {
    let mut points = backtest.runs.iter().flat_map(|run| &run.points);
    points.any(|point| !point.r2.is_nan())
}

fn table(backtest: &BacktestView) -> Sheet {
    let share = |share: Option<f64>| {
        share.map_or_else(
            || "never".to_owned(),
            |share| format!("{}\u{202f}%", fixed(100.0 * share, 0)),
        )
    };
    let has_regret = backtest.direction.is_some() && is_of_numbers(backtest);
    let heads = [
        ("Strategy", true),
        ("Error / random’s", true),
        ("95 % interval", true),
        ("At the end", true),
        ("Labels", true),
        ("Cost", backtest.cost.is_some()),
        ("Regret", has_regret),
    ];
    let rows = backtest.verdicts.iter().map(|verdict| {
        let cells = [
            verdict.strategy.clone(),
            fixed(verdict.ratio.mean, 3),
            format!(
                "{} to {}",
                fixed(verdict.ratio.low, 3),
                fixed(verdict.ratio.high, 3)
            ),
            fixed(verdict.last_ratio, 3),
            share(verdict.labels),
            share(verdict.cost),
            significant(verdict.regret, 3),
        ];
        let shown = cells
            .into_iter()
            .zip(heads)
            .filter(|(_, (_, is_shown))| *is_shown);
        shown.map(|(cell, _)| cell).collect()
    });
    let shown: Vec<&str> = heads
        .iter()
        .filter(|head| head.1)
        .map(|head| head.0)
        .collect();
    Sheet {
        title: "Verdicts".to_owned(),
        rows: rows.collect(),
        right_aligned: (0..shown.len()).map(|at| at > 0).collect(),
        headers: shown.into_iter().map(str::to_owned).collect(),
        ..Sheet::default()
    }
}

/// What of a run is drawn, and how repeats are joined.
pub(super) struct Measure<'a> {
    pub(super) x: &'a dyn Fn(&CurvePoint) -> f64,
    /// A value of a round, from the point of a run and that of random's run in
    /// the same repeat.
    pub(super) y: &'a dyn Fn(&CurvePoint, &CurvePoint) -> f64,
    /// Whether repeats are joined by their geometric mean.
    pub(super) is_geometric: bool,
}

/// A curve per strategy, best first.
pub(super) fn drawn(backtest: &BacktestView, measure: &Measure<'_>) -> Vec<Curve> {
    let of = |name: &str| -> Vec<&StrategyRun> {
        let runs = backtest.runs.iter();
        runs.filter(|run| run.strategy == name).collect()
    };
    let random = of(backtest.baseline);
    let names = backtest.strategies();
    let others = names.len().saturating_sub(1);
    let mut place = 0;
    names
        .into_iter()
        .map(|name| {
            let style = if name == backtest.baseline {
                CurveStyle::Baseline
            } else {
                place += 1;
                CurveStyle::Place(place - 1)
            };
            let runs = of(name);
            let rounds = runs.iter().map(|run| run.points.len()).min().unwrap_or(0);
            let points = (0..rounds).map(|round| {
                let x = runs.iter().map(|run| (measure.x)(&run.points[round]));
                let pairs = runs.iter().zip(&random);
                let y: Vec<f64> = pairs
                    .map(|(run, random)| (measure.y)(&run.points[round], &random.points[round]))
                    .map(|y| {
                        if measure.is_geometric {
                            y.max(f64::MIN_POSITIVE).ln()
                        } else {
                            y
                        }
                    })
                    .collect();
                let seed = backtest.seed.derive("round", round as u64);
                let MeanInterval { mean, low, high } = MeanInterval::of(&y, RESAMPLES, seed);
                let y = [mean, low, high];
                let y = if measure.is_geometric {
                    y.map(f64::exp)
                } else {
                    y
                };
                (x.sum::<f64>() / runs.len() as f64, y)
            });
            Curve {
                name: name.to_owned(),
                style,
                points: points.collect(),
                has_band: others <= BANDS
                    || matches!(style, CurveStyle::Baseline | CurveStyle::Place(0)),
                has_dots: false,
            }
        })
        .collect()
}

fn figures(backtest: &BacktestView) -> Result<Vec<Figure>, ReportError> {
    let error = if is_of_numbers(backtest) {
        if backtest.log_target {
            "RMSE of the logarithm"
        } else {
            "RMSE"
        }
    } else {
        "log loss"
    };
    let bands = if backtest.verdicts.len().saturating_sub(1) <= BANDS {
        "bands"
    } else {
        "bands (of random and the best strategy)"
    };
    let held = format!("{bands} are 95 % intervals of the mean, bootstrapped over repeats");
    let labels = |point: &CurvePoint| point.labels;
    let cost = |point: &CurvePoint| point.cost;
    let own = |point: &CurvePoint, _: &CurvePoint| point.error;
    let mut figures = vec![
        figure(
            "Error against labels",
            format!(
                "{error} on the test rows, geometric mean over repeats; {held}. Lower is better; \
                 the vertical axis is logarithmic."
            ),
            &drawn(
                backtest,
                &Measure {
                    x: &labels,
                    y: &own,
                    is_geometric: true,
                },
            ),
            CurveAxes {
                name: "error against labels",
                x_title: "labels",
                y_title: error,
                y: AxisValues::Positive,
                is_whole: true,
            },
        )?,
        figure(
            "Error relative to random",
            format!(
                "The same, divided by the error of random in the same repeat and round; {held}. \
                 Below 1 is better than random."
            ),
            &drawn(
                backtest,
                &Measure {
                    x: &labels,
                    y: &|point, random| {
                        point.error.max(f64::MIN_POSITIVE) / random.error.max(f64::MIN_POSITIVE)
                    },
                    is_geometric: true,
                },
            ),
            CurveAxes {
                name: "error relative to random",
                x_title: "labels",
                y_title: "error / random’s",
                y: AxisValues::Positive,
                is_whole: true,
            },
        )?,
    ];
    if let Some(name) = &backtest.cost {
        let title = format!("cost, {}", shortened(name, 24));
        figures.push(figure(
            "Error against cost",
            format!(
                "{error} against the cost of the labels, both means over repeats; {held}. Lower \
                 and further left is better."
            ),
            &drawn(
                backtest,
                &Measure {
                    x: &cost,
                    y: &own,
                    is_geometric: true,
                },
            ),
            CurveAxes {
                name: "error against cost",
                x_title: &title,
                y_title: error,
                y: AxisValues::Positive,
                is_whole: false,
            },
        )?);
    }
    if let (Some(direction), true) = (backtest.direction, is_of_numbers(backtest)) {
        figures.push(regret(backtest, direction, &held)?);
    }
    Ok(figures)
}

/// How far the best measured row is from the best there is.
fn regret(
    backtest: &BacktestView,
    direction: Direction,
    held: &str,
) -> Result<Figure, ReportError> {
    let (above, best) = match direction {
        Direction::Min => ("above", "smallest"),
        Direction::Max => ("below", "largest"),
    };
    // On the scale of a logarithm a difference is a factor.
    let y = |point: &CurvePoint, _: &CurvePoint| match (backtest.log_target, direction) {
        (false, _) => point.regret,
        (true, Direction::Min) => point.regret.exp_m1(),
        (true, Direction::Max) => -(-point.regret).exp_m1(),
    };
    let title = format!("gap to the {best} target");
    figure(
        "Best found",
        format!(
            "How far the best target measured so far is {above} the {best} of all rows that could \
             be chosen{}, mean over repeats; {held}. Lower is better.",
            if backtest.log_target {
                ", as a share of it"
            } else {
                ""
            },
        ),
        &drawn(
            backtest,
            &Measure {
                x: &|point| point.labels,
                y: &y,
                is_geometric: false,
            },
        ),
        CurveAxes {
            name: "best found",
            x_title: "labels",
            y_title: &title,
            y: if backtest.log_target {
                AxisValues::Share
            } else {
                AxisValues::Amount
            },
            is_whole: true,
        },
    )
}

pub(super) fn figure(
    title: &'static str,
    text: String,
    drawn: &[Curve],
    axes: CurveAxes<'_>,
) -> Result<Figure, ReportError> {
    let ends = drawn.iter().map(|curve| {
        let last = curve
            .points
            .last()
            .map_or(f64::NAN, |(_, [mean, ..])| *mean);
        format!("{} {}", curve.name, number(last))
    });
    let ends: Vec<String> = ends.collect();
    let label = format!("{title}, {} at the end: {}.", axes.y_title, ends.join(", "));
    Ok(Figure {
        title: title.to_owned(),
        text,
        svg: curves(drawn, &axes, &label, WIDE)?,
        narrow_svg: curves(drawn, &axes, &label, WIDTH)?,
        is_wide: true,
        ..Figure::default()
    })
}
