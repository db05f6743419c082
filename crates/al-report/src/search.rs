//! A backtest that looks for the best row, as a web page of the same kind.

use al_core::Direction;
use al_words::numbers::page::{clean, count, counted, fixed, shortened};

use super::ReportError;
use super::backtest::{BANDS, BacktestPage, Measure, drawn, figure};
use super::curves::{AxisValues, CurveAxes};
use super::figures::Figure;
use super::html::filled;
use super::sheet::Sheet;
use super::views::{BacktestView, CurvePoint};

/// A backtest that looks for the best row as one self-contained HTML page: no scripts,
/// nothing fetched.
///
/// # Errors
/// If a plot cannot be drawn or the template cannot be filled in.
pub fn search_html(backtest: &BacktestView) -> Result<String, ReportError> {
    let found = &backtest.found;
    let best = found
        .iter()
        .find(|search| search.strategy != backtest.baseline);
    let best = best.or(found.first());
    let page = BacktestPage {
        title: format!("altool search: {}", shortened(&backtest.target, 60)),
        kind: "the best row",
        target: shortened(&backtest.target, 120),
        headline: best.map_or_else(String::new, |best| format!("{}.", best.sentence)),
        details: format!(
            "{}, each with a different start of {} and {} of {}; {} could be chosen. Within a \
             repeat, all strategies start from the same rows.",
            counted(backtest.repeats, "repeat"),
            counted(backtest.initial, "row"),
            counted(backtest.rounds, "round"),
            count(backtest.batch),
            counted(backtest.known, "row"),
        ),
        notes: backtest.notes.iter().map(|note| clean(note)).collect(),
        verdicts: table(backtest),
        verdicts_remark: "Regret is how much worse the best measured row is than the best of the \
                          table after the last round, relative to that. It is compared with that \
                          of random from the same start, in percentage points, on average over \
                          the rounds: below 0 is better. Intervals are bootstrapped over repeats. \
                          Rows are those measured until one was within 1 % or 0.1 % of the best: \
                          the median, and the repeats that got there. Of the best rows the share \
                          is given that was measured after the last round, and how many times as \
                          many these are as by chance: the enrichment.",
        figures: figures(backtest)?,
        facts: backtest.facts.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    filled("backtest.html", page)
}

fn table(backtest: &BacktestView) -> Sheet {
    let top = backtest.found.first().map_or(1, |search| search.top);
    let top = format!("Of the best {top}");
    let headers = [
        "Strategy",
        "Regret",
        "Above random’s",
        "95 % interval",
        "Rows to 1 %",
        "Rows to 0.1 %",
        &top,
        "Enrichment",
    ];
    let known = |value: f64, text: String| match value.is_nan() {
        true => String::new(),
        false => text,
    };
    let rows = backtest.found.iter().map(|search| {
        let (regret, apart) = (search.regret.mean, search.difference);
        let reached = |(labels, repeats): (Option<f64>, usize)| {
            let median = labels.map_or_else(|| "—".to_owned(), |labels| fixed(labels, 0));
            format!("{median} ({repeats} of {})", backtest.repeats)
        };
        vec![
            search.strategy.clone(),
            known(regret, format!("{}\u{202f}%", fixed(regret, 2))),
            known(apart.mean, fixed(apart.mean, 2)),
            known(
                apart.mean,
                format!("{} to {}", fixed(apart.low, 2), fixed(apart.high, 2)),
            ),
            reached(search.reached[0]),
            reached(search.reached[1]),
            known(
                search.recall,
                format!("{}\u{202f}%", fixed(100.0 * search.recall, 0)),
            ),
            known(search.enrichment, fixed(search.enrichment, 1)),
        ]
    });
    Sheet {
        title: "Verdicts".to_owned(),
        rows: rows.collect(),
        right_aligned: (0..headers.len()).map(|at| at > 0).collect(),
        headers: headers.map(str::to_owned).to_vec(),
        ..Sheet::default()
    }
}

fn figures(backtest: &BacktestView) -> Result<Vec<Figure>, ReportError> {
    let bands = if backtest.found.len().saturating_sub(1) <= BANDS {
        "bands"
    } else {
        "bands (of random and the best strategy)"
    };
    let held = format!("{bands} are 95 % intervals of the mean, bootstrapped over repeats");
    // Where the best is 0 there are no shares of it.
    let mut points = backtest.runs.iter().flat_map(|run| &run.points);
    let is_share = points.all(|point| !point.shortfall.is_nan());
    let regret = |point: &CurvePoint, _: &CurvePoint| match is_share {
        true => point.shortfall,
        false => point.regret,
    };
    let best = match backtest.direction {
        Some(Direction::Max) => "below the largest",
        _ => "above the smallest",
    };
    let text = |against: &str| {
        format!(
            "How far the best target measured so far is {best} of the table{}, against {against}: \
             mean over repeats; {held}. Lower is better.",
            if is_share {
                ", as a share of it"
            } else {
                ", on the fitted scale"
            }
        )
    };
    let y = match is_share {
        true => AxisValues::Share,
        false => AxisValues::Amount,
    };
    let labels = |point: &CurvePoint| point.labels;
    let measure = Measure {
        x: &labels,
        y: &regret,
        is_geometric: false,
    };
    let mut figures = vec![figure(
        "Regret against labels",
        text("the measured rows"),
        &drawn(backtest, &measure),
        CurveAxes {
            name: "regret against labels",
            x_title: "labels",
            y_title: "regret",
            y,
            is_whole: true,
        },
    )?];
    let mut points = backtest.runs.iter().flat_map(|run| &run.points);
    if points.all(|point| !point.recall.is_nan()) {
        let recall = |point: &CurvePoint, _: &CurvePoint| point.recall;
        let top = backtest.found.first().map_or(1, |search| search.top);
        figures.push(figure(
            "Best rows measured against labels",
            format!(
                "The share of the best {} of the table that is measured, against the measured \
                 rows: mean over repeats; {held}. Higher is better.",
                counted(top, "row")
            ),
            &drawn(
                backtest,
                &Measure {
                    x: &labels,
                    y: &recall,
                    is_geometric: false,
                },
            ),
            CurveAxes {
                name: "recall against labels",
                x_title: "labels",
                y_title: "recall",
                y: AxisValues::Share,
                is_whole: true,
            },
        )?);
    }
    if let Some(name) = &backtest.cost {
        let cost = |point: &CurvePoint| point.cost;
        let title = format!("cost, {}", shortened(name, 24));
        figures.push(figure(
            "Regret against cost",
            text("what the measured rows cost"),
            &drawn(
                backtest,
                &Measure {
                    x: &cost,
                    ..measure
                },
            ),
            CurveAxes {
                name: "regret against cost",
                x_title: &title,
                y_title: "regret",
                y,
                is_whole: false,
            },
        )?);
    }
    Ok(figures)
}
