//! Two targets of a batch against each other: what is measured and what is predicted.

use al_core::Direction;
use al_words::numbers::page::{clean, shortened};
use plotters::prelude::*;

use super::ReportError;
use super::axis::{Axis, extent, log_padded, padded};
use super::figures::Figure;
use super::plots::{MAIN, PlotFrame, WARN, WIDE, WIDTH, draw, line, units};
use super::views::TradeOffs;
use super::words::headed;

/// Values that span more than this many times are drawn on a logarithmic axis.
const DECADES: f64 = 30.0;

/// The figure of two targets.
pub(super) fn trade_offs(of: &TradeOffs) -> Result<Figure, ReportError> {
    let titles = of
        .targets
        .each_ref()
        .map(|(target, unit)| shortened(&headed(target, unit.as_deref()), 50));
    let titles: [String; 2] = std::array::from_fn(|at| {
        let wanted = match of.wanted[at] {
            Direction::Min => "smaller",
            Direction::Max => "larger",
        };
        format!("{} ({wanted} is better)", titles[at])
    });
    let [(first, _), (second, _)] = &of.targets;
    let label = "Measured trade-offs and the batch's predictions of two targets";
    Ok(Figure {
        title: "Trade-offs".to_owned(),
        text: format!(
            "Measured rows that no other beats in both {} and {}, and what is predicted of the \
             batch.",
            clean(first),
            clean(second)
        ),
        svg: drawn(of, &titles, label, WIDE, 420)?,
        narrow_svg: drawn(of, &titles, label, WIDTH, 380)?,
        legend: vec![
            ("triangle", "batch, predicted".to_owned()),
            ("dot", "measured, and beaten by no other".to_owned()),
        ],
        is_wide: true,
    })
}

/// The border of what the front beats: steps from point to point, which are sorted by the
/// first target.
fn steps(front: &[(f64, f64)], wanted: [Direction; 2]) -> Vec<(f64, f64)> {
    let mut path = Vec::new();
    for (at, &(x, y)) in front.iter().enumerate() {
        if let Some(&(next_x, next_y)) = front.get(at + 1) {
            let corner_x = match wanted[0] {
                Direction::Max => x,
                Direction::Min => next_x,
            };
            let corner_y = match wanted[1] {
                Direction::Max => y.min(next_y),
                Direction::Min => y.max(next_y),
            };
            path.extend([(x, y), (corner_x, corner_y)]);
        } else {
            path.push((x, y));
        }
    }
    path
}

fn axis(values: &[f64], count: usize) -> Axis {
    let (low, high) = extent(values.iter().copied()).unwrap_or((0.0, 0.0));
    match low > 0.0 && high / low > DECADES {
        true => Axis::logarithmic(log_padded((low, high), 0.06), count),
        false => Axis::linear(padded((low, high), 0.06), count),
    }
}

fn drawn(
    of: &TradeOffs,
    titles: &[String; 2],
    label: &str,
    width: u32,
    height: u32,
) -> Result<String, ReportError> {
    let all = |at: usize| -> Vec<f64> {
        let points = of.front.iter().chain(&of.rows);
        points.map(|point| point[at]).collect()
    };
    let frame = PlotFrame {
        name: "trade-offs",
        label,
        width,
        height: Some(height),
        x: axis(&all(0), (width / 140) as usize),
        y: axis(&all(1), 5),
        x_title: &titles[0],
        y_title: &titles[1],
        has_x_grid: true,
        right: 0,
    };
    let mut front: Vec<(f64, f64)> = of.front.iter().map(|point| (point[0], point[1])).collect();
    front.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    draw(frame, |chart| {
        chart.draw_series([PathElement::new(steps(&front, of.wanted), line(MAIN, 1.25))])?;
        let style = MAIN.filled();
        let dots = front.iter();
        chart.draw_series(dots.map(|&point| Circle::new(point, units(3.6), style)))?;
        let rows = of.rows.iter().map(|point| (point[0], point[1]));
        let style = WARN.filled();
        chart.draw_series(rows.map(|point| TriangleMarker::new(point, units(6.0), style)))?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beaten_has_steps() {
        use Direction::{Max, Min};
        let path = |front: [(f64, f64); 2], wanted| steps(&front, wanted)[1];
        assert_eq!(path([(1.0, 5.0), (2.0, 3.0)], [Max, Max]), (1.0, 3.0));
        assert_eq!(path([(1.0, 5.0), (2.0, 3.0)], [Min, Min]), (2.0, 5.0));
        assert_eq!(path([(1.0, 3.0), (2.0, 5.0)], [Max, Min]), (1.0, 5.0));
        assert_eq!(path([(1.0, 3.0), (2.0, 5.0)], [Min, Max]), (2.0, 3.0));
    }

    #[test]
    fn measured_and_predicted_rows_are_drawn() {
        let of = TradeOffs {
            targets: [
                ("time".to_owned(), Some("ms".to_owned())),
                ("cost <$>".to_owned(), None),
            ],
            wanted: [Direction::Min; 2],
            front: vec![[1.0, 90.0], [2.0, 3.0], [50.0, 1.0]],
            rows: vec![[1.5, 4.0], [40.0, 0.5]],
        };
        let figure = trade_offs(&of).unwrap();
        assert_eq!(figure.svg.matches("<circle").count(), 3);
        assert!(figure.svg.contains("time, ms") && figure.svg.contains("cost &lt;$&gt;"));
        assert!(
            figure.text.contains("both time and cost"),
            "{}",
            figure.text
        );
    }
}
