//! A batch as one web page that needs nothing but itself.

use al_words::numbers::page::{clean, count, counted, shortened, significant};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Serialize;

use super::ReportError;
use super::axis::{Axis, extent, padded};
use super::figures::Figure;
use super::html::filled;
use super::plots::{AXIS, INK, MAIN, PlotFrame, WARN, WIDE, WIDTH, draw, text_style, units};
use super::sheet::Sheet;
use super::views::{BatchMap, BatchRow, BatchView};

/// Picks whose rank is written beside them.
const NUMBERED: usize = 30;

/// Picks in the table.
const LISTED: usize = 500;

#[derive(Serialize)]
struct BatchPage {
    title: String,
    strategy: String,
    headline: String,
    sentences: Vec<String>,
    figures: Vec<Figure>,
    picks: Sheet,
    picks_remark: String,
    version: &'static str,
}

/// The batch as one self-contained HTML page: no scripts, nothing fetched.
///
/// # Errors
/// If a plot cannot be drawn or the template cannot be filled in.
pub fn batch_html(batch: &BatchView) -> Result<String, ReportError> {
    let n = batch.rows.len();
    let mut sentences = batch.sentences.iter().map(|sentence| {
        let mut letters = sentence.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        format!("{}.", clean(&first.chain(letters).collect::<String>()))
    });
    let headline = sentences
        .next()
        .unwrap_or_else(|| "There is nothing to measure.".to_owned());
    let page = BatchPage {
        title: match n {
            0 => "An empty batch".to_owned(),
            n => format!("{} to measure next", counted(n, "row")),
        },
        strategy: clean(&batch.strategy),
        headline,
        sentences: sentences.collect(),
        figures: vec![map(&batch.map)?],
        picks_remark: format!(
            "Chosen from {}{}.{}",
            counted(batch.available, "candidate"),
            match batch.measured {
                0 => String::new(),
                n => format!("; the model was trained on {}", counted(n, "row")),
            },
            if n > LISTED {
                format!(" The first {} are listed.", count(LISTED))
            } else {
                String::new()
            }
        ),
        picks: table(&batch.rows),
        version: env!("CARGO_PKG_VERSION"),
    };
    filled("batch.html", page)
}

/// A column of the table, if any pick has a value for it.
type Shown = (&'static str, fn(&BatchRow) -> Option<f64>);

fn table(picks: &[BatchRow]) -> Sheet {
    let optional: [Shown; 3] = [
        ("Predicted", |pick| pick.prediction),
        ("Success probability", |pick| pick.feasible),
        ("Cost", |pick| pick.cost),
    ];
    let optional: Vec<Shown> = optional
        .into_iter()
        .filter(|(_, of)| picks.iter().any(|pick| of(pick).is_some()))
        .collect();
    let heads = ["Rank", "Score", "Stands for"].into_iter();
    let headers: Vec<String> = heads
        .chain(optional.iter().map(|(head, _)| *head))
        .chain(["Why"])
        .map(str::to_owned)
        .collect();
    let rows = picks.iter().take(LISTED).map(|pick| {
        let mut cells = vec![
            pick.rank.to_string(),
            significant(pick.score, 3),
            count(pick.stands_for),
        ];
        let value = |value: Option<f64>| value.map_or_else(String::new, |v| significant(v, 3));
        cells.extend(optional.iter().map(|(_, of)| value(of(pick))));
        cells.push(clean(&pick.reason));
        cells
    });
    Sheet {
        title: "The batch".to_owned(),
        rows: rows.collect(),
        right_aligned: (0..headers.len())
            .map(|at| at > 0 && at + 1 < headers.len())
            .collect(),
        headers,
    }
}

fn map(map: &BatchMap) -> Result<Figure, ReportError> {
    let share = |axis: usize| (100.0 * map.shares[axis]).round();
    let (first, second) = (share(0), share(1));
    let label =
        "Candidates, measured rows and the batch in the plane in which candidates differ most";
    let titles = map.axes.each_ref().map(|axis| shortened(axis, 60));
    Ok(Figure {
        title: "Map of the batch".to_owned(),
        text: format!(
            "The plane in which the candidates differ most: its axes are their first two principal \
             components, which explain {first} % and {second} % of the variance.",
        ),
        svg: drawn(map, &titles, label, WIDE, 460)?,
        narrow_svg: drawn(map, &titles, label, WIDTH, 380)?,
        legend: vec![
            ("triangle", "batch, with ranks".to_owned()),
            ("dot", "measured or pending".to_owned()),
            ("faint", "candidates (a sample)".to_owned()),
        ],
        is_wide: true,
    })
}

fn drawn(
    map: &BatchMap,
    titles: &[String; 2],
    label: &str,
    width: u32,
    height: u32,
) -> Result<String, ReportError> {
    let all = || map.candidates.iter().chain(&map.measured).chain(&map.rows);
    let range = |axis: usize| {
        let values = all().map(|point| point[axis]);
        padded(extent(values).unwrap_or((0.0, 0.0)), 0.04)
    };
    let frame = PlotFrame {
        name: "map",
        label,
        width,
        height: Some(height),
        x: Axis::linear(range(0), (width / 140) as usize),
        y: Axis::linear(range(1), 5),
        x_title: &titles[0],
        y_title: &titles[1],
        has_x_grid: true,
        right: 0,
    };
    let at = |point: &[f64; 2]| (point[0], point[1]);
    draw(frame, |chart| {
        let style = AXIS.mix(0.45).filled();
        let dots = map.candidates.iter();
        chart.draw_series(dots.map(|point| Circle::new(at(point), units(1.8), style)))?;
        let style = MAIN.mix(0.6).filled();
        let dots = map.measured.iter();
        chart.draw_series(dots.map(|point| Circle::new(at(point), units(2.8), style)))?;
        let style = WARN.filled();
        let marks = map.rows.iter();
        chart.draw_series(marks.map(|point| TriangleMarker::new(at(point), units(6.0), style)))?;
        let text = text_style(12.0, &INK).pos(Pos::new(HPos::Left, VPos::Center));
        let ranks = map.rows.iter().take(NUMBERED).enumerate();
        chart.draw_series(ranks.map(|(rank, point)| {
            let number = (rank + 1).to_string();
            EmptyElement::at(at(point)) + Text::new(number, (units(6.0), 0), text.clone())
        }))?;
        Ok(())
    })
}
