//! A batch as one web page that needs nothing but itself.

use al_words::numbers::page::{clean, count, counted, grouped, shortened, significant};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Serialize;

use super::ReportError;
use super::axis::{Axis, extent, padded};
use super::figures::Figure;
use super::html::filled;
use super::labels::{LabelPlace, placed};
use super::plots::{
    BOTTOM, INK, MAIN, MUTED, PlotFrame, TOP, WARN, WIDE, WIDTH, draw, faint, text_style, units,
};
use super::sheet::Sheet;
use super::trade_offs::trade_offs;
use super::views::{BatchMap, BatchRow, BatchView};
use super::words::headed;

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
        let sentence = clean(&first.chain(letters).collect::<String>());
        format!("{}.", grouped(&sentence))
    });
    let headline = sentences
        .next()
        .unwrap_or_else(|| "There is nothing to measure.".to_owned());
    let mut figures = Vec::new();
    if let Some(of) = &batch.trade_offs {
        figures.push(trade_offs(of)?);
    }
    figures.push(map(&batch.map)?);
    let page = BatchPage {
        title: match n {
            0 => "An empty batch".to_owned(),
            n => format!("{} to measure next", counted(n, "row")),
        },
        strategy: clean(&batch.strategy),
        headline,
        sentences: sentences.collect(),
        figures,
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
        picks: table(batch),
        version: env!("CARGO_PKG_VERSION"),
    };
    filled("batch.html", page)
}

/// A column of the table, if any pick has a value for it.
type OptionalNumber = (String, fn(&BatchRow) -> Option<f64>);

fn table(batch: &BatchView) -> Sheet {
    let picks = &batch.rows;
    let optional: [OptionalNumber; 3] = [
        (headed("Predicted", batch.unit.as_deref()), |pick| {
            pick.prediction
        }),
        ("Success probability".to_owned(), |pick| pick.feasible),
        (headed("Cost", batch.cost_unit.as_deref()), |pick| pick.cost),
    ];
    let optional: Vec<OptionalNumber> = optional
        .into_iter()
        .filter(|(_, of)| picks.iter().any(|pick| of(pick).is_some()))
        .collect();
    let named = picks.first().map_or(&[][..], |pick| &pick.row);
    let names = named.iter().map(|(name, _)| clean(name));
    let heads = ["Score", "Stands for"].map(str::to_owned).into_iter();
    let more = picks.first().map_or(&[][..], |pick| &pick.more);
    let headers: Vec<String> = ["Rank".to_owned()]
        .into_iter()
        .chain(names)
        .chain(heads)
        .chain(optional.iter().map(|(head, _)| head.clone()))
        .chain(more.iter().map(|(head, _)| clean(head)))
        .chain(["Why".to_owned()])
        .collect();
    let rows = picks.iter().take(LISTED).map(|pick| {
        let mut cells = vec![pick.rank.to_string()];
        cells.extend(pick.row.iter().map(|(_, cell)| clean(cell)));
        cells.extend([significant(pick.score, 3), count(pick.stands_for)]);
        let value = |value: Option<f64>| value.map_or_else(String::new, |v| significant(v, 3));
        cells.extend(optional.iter().map(|(_, of)| value(of(pick))));
        cells.extend(pick.more.iter().map(|(_, number)| value(*number)));
        cells.push(grouped(&clean(&pick.reason)));
        cells
    });
    Sheet {
        title: "The batch".to_owned(),
        rows: rows.collect(),
        right_aligned: (0..headers.len())
            .map(|at| at > named.len() && at + 1 < headers.len())
            .collect(),
        headers,
        ..Sheet::default()
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
            ("ring", "measured or pending".to_owned()),
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
    let labels = rank_labels(map, &frame, height);
    draw(frame, |chart| {
        // Rings, so that a candidate within one is seen.
        let style = faint(MAIN, 0.75, 1.2);
        let rings = map.measured.iter();
        chart.draw_series(rings.map(|point| Circle::new(at(point), units(3.4), style)))?;
        let style = MUTED.mix(0.75).filled();
        let dots = map.candidates.iter();
        chart.draw_series(dots.map(|point| Circle::new(at(point), units(1.7), style)))?;
        let leaders = labels.iter().filter_map(|(point, place, _)| {
            let ends = place.leader?.map(|(dx, dy)| (units(dx), units(dy)));
            let path = PathElement::new(ends.to_vec(), faint(INK, 0.6, 1.0));
            Some(EmptyElement::at(at(point)) + path)
        });
        chart.draw_series(leaders)?;
        let style = WARN.filled();
        let marks = map.rows.iter();
        chart.draw_series(marks.map(|point| TriangleMarker::new(at(point), units(6.0), style)))?;
        let text = text_style(12.0, &INK).pos(Pos::new(HPos::Center, VPos::Center));
        chart.draw_series(labels.iter().map(|(point, place, rank)| {
            let shift = (units(place.middle.0), units(place.middle.1));
            EmptyElement::at(at(point)) + Text::new(rank.clone(), shift, text.clone())
        }))?;
        Ok(())
    })
}

/// The ranks of the first picks, each with its point and where it is written; those for
/// which there is no room are left out.
fn rank_labels(
    map: &BatchMap,
    frame: &PlotFrame<'_>,
    height: u32,
) -> Vec<([f64; 2], LabelPlace, String)> {
    let across = f64::from(frame.width - frame.left() - frame.right);
    let down = f64::from(height - TOP - BOTTOM);
    let pixels = |point: &[f64; 2]| {
        let right = across * frame.x.position(point[0]);
        (right, down * (1.0 - frame.y.position(point[1])))
    };
    let marks: Vec<(f64, f64)> = map.rows.iter().map(pixels).collect();
    let ranks: Vec<String> = (1..=map.rows.len().min(NUMBERED))
        .map(|rank| rank.to_string())
        .collect();
    let size = |rank: &String| (2.0 + 7.0 * rank.len() as f64, 13.0);
    let sizes: Vec<(f64, f64)> = ranks.iter().map(size).collect();
    let places = placed(&marks, &sizes, (across, down));
    let labels = map.rows.iter().zip(places).zip(ranks);
    labels
        .filter_map(|((point, place), rank)| Some((*point, place?, rank)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_row_is_on_the_map_and_ranks_that_meet_are_led_to() {
        let mut batch = BatchView {
            strategy: "lcmd".to_owned(),
            unit: Some("ms".to_owned()),
            cost_unit: Some("s".to_owned()),
            map: BatchMap {
                candidates: vec![[0.0, 0.0], [1.0, 1.0]],
                measured: vec![[0.0, 0.0]],
                rows: vec![[0.5, 0.5]; 12],
                ..BatchMap::default()
            },
            ..BatchView::default()
        };
        batch.rows = (1..=12)
            .map(|rank| BatchRow {
                rank,
                prediction: Some(12_345.6),
                cost: Some(3.0),
                ..BatchRow::default()
            })
            .collect();
        let page = batch_html(&batch).unwrap();
        for head in ["Predicted, ms", "Cost, s", "12\u{202f}346"] {
            assert!(page.contains(head), "{head}");
        }
        let broad = page.split("<svg").nth(1).unwrap();
        // Candidates are dots, measured rows rings, so that one on the other is seen.
        assert_eq!(broad.matches("<circle").count(), 3);
        assert_eq!(broad.matches("fill=\"none\" stroke=\"#0072B2\"").count(), 1);
        // Twelve ranks, of which at least the fourth has no place beside its mark.
        for rank in 1..=12 {
            assert!(broad.contains(&format!(">\n{rank}\n<")), "{rank}");
        }
        assert!(broad.matches("stroke=\"#1F2933\"").count() >= 4);
    }
}
