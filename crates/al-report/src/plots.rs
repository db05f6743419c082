//! The plots of a report as SVG text for the page.
//!
//! Coordinates are whole numbers in the drawing library, so a plot is drawn
//! [`FINE`] times too large and its view box scales it down. Colours are those
//! of the light page; its style sheet replaces them by name in the dark.

use al_words::metrics::{Metric, MetricForm};
use al_words::numbers::page::{clean, shortened};
use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::{Axis, extent, log_padded, padded};
use super::{CalibrationPoint, Prediction, ReportError};

/// Drawing units per pixel.
const FINE: u32 = 4;

/// Pixels above, below and to the right of a plotting area.
pub(super) const TOP: u32 = 34;
pub(super) const BOTTOM: u32 = 48;
const RIGHT: u32 = 20;

/// Width of a plot in pixels; a wide one is twice that and the gap between.
pub(super) const WIDTH: u32 = 470;
/// Width of a plot across the page in pixels.
pub(super) const WIDE: u32 = 980;

/// Most points drawn on a curve or a scatter plot.
pub(super) const POINTS: usize = 2000;
/// Most bars drawn.
const BARS: usize = 60;

pub(super) const INK: RGBColor = RGBColor(0x1F, 0x29, 0x33);
pub(super) const MUTED: RGBColor = RGBColor(0x5B, 0x68, 0x75);
pub(super) const AXIS: RGBColor = RGBColor(0x9A, 0xA5, 0xB1);
const GRID: RGBColor = RGBColor(0xE4, 0xE8, 0xEC);
pub(super) const MAIN: RGBColor = RGBColor(0x00, 0x72, 0xB2);
pub(super) const WARN: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

pub(super) type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>;
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// What a plot is, beside its data.
pub(super) struct PlotFrame<'a> {
    pub(super) name: &'static str,
    /// Read out instead of the picture.
    pub(super) label: &'a str,
    pub(super) width: u32,
    /// Height in pixels; none makes the plotting area a square.
    pub(super) height: Option<u32>,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) x_title: &'a str,
    pub(super) y_title: &'a str,
    pub(super) has_x_grid: bool,
    /// Pixels beside the plotting area, for what is written there.
    pub(super) right: u32,
}

impl PlotFrame<'_> {
    /// Pixels to the left of the plotting area.
    pub(super) fn left(&self) -> u32 {
        20 + 7 * u32::try_from(self.y.label_width().min(24)).unwrap_or(24)
    }
}

/// One point of the learning curve.
pub(super) struct RoundPoint {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) is_refit: bool,
}

/// A metric over rounds, with the titles of both axes.
pub(super) fn learning_curve(
    points: &[RoundPoint],
    metric: &Metric,
    (x_title, y_title): (&str, &str),
    label: &str,
    width: u32,
) -> Result<String, ReportError> {
    let drawn: Vec<&RoundPoint> = thinned(points, POINTS / 4);
    let at = |p: &RoundPoint| (p.x, p.y);
    let (x_low, x_high) = extent(drawn.iter().map(|p| p.x)).unwrap_or((0.0, 0.0));
    let y_range = curve_range(extent(drawn.iter().map(|p| p.y)).unwrap_or((0.0, 0.0)));
    let y = match metric.form {
        MetricForm::Share => Axis::shares((y_range.0, y_range.1.min(1.0)), 5),
        MetricForm::Number => Axis::linear(y_range, 5),
    };
    let bottom = y_range.0;
    let y_scale = y.clone();
    let frame = PlotFrame {
        name: "learning curve",
        label,
        width,
        height: Some(320),
        x: Axis::whole(padded((x_low, x_high), 0.03), (width / 140) as usize),
        y,
        x_title,
        y_title,
        has_x_grid: false,
        right: RIGHT,
    };
    draw(frame, |chart| {
        let curve: Vec<(f64, f64)> = drawn.iter().map(|p| at(p)).collect();
        let (Some(first), Some(last)) = (curve.first().copied(), curve.last().copied()) else {
            return Ok(());
        };
        // An area says how much there is: only from 0 on.
        if bottom == 0.0 {
            let ends = [(last.0, bottom), (first.0, bottom)];
            let area: Vec<(f64, f64)> = curve.iter().copied().chain(ends).collect();
            chart.draw_series([Polygon::new(area, MAIN.mix(0.08))])?;
        }
        chart.draw_series([PathElement::new(
            vec![(first.0, first.1), (last.0, first.1)],
            line(AXIS, 1.0),
        )])?;
        chart.draw_series([PathElement::new(curve, line(MAIN, 2.0))])?;
        if drawn.len() <= 60 {
            let plain = drawn.iter().filter(|p| !p.is_refit);
            chart.draw_series(plain.map(|p| Circle::new(at(p), units(4.0), MAIN.filled())))?;
            let refits = drawn.iter().filter(|p| p.is_refit);
            chart.draw_series(
                refits.map(|p| TriangleMarker::new(at(p), units(6.0), INK.filled())),
            )?;
        }
        // Beside the curve, but never on the axis.
        let falls = last.1 < first.1;
        let is_low = |value: f64| y_scale.position(value) < 0.12;
        let value = |v: f64| metric.say(v);
        annotate(
            chart,
            first,
            value(first.1),
            HPos::Left,
            falls || is_low(first.1),
        )?;
        if drawn.len() > 1 {
            annotate(
                chart,
                last,
                value(last.1),
                HPos::Right,
                !falls || is_low(last.1),
            )?;
        }
        Ok(())
    })
}

/// From zero where the curve falls by much of its height, else around it.
fn curve_range((low, high): (f64, f64)) -> (f64, f64) {
    let (padded_low, padded_high) = padded((low, high), 0.2);
    if low >= 0.0 && (low < 0.6 * high || padded_low < 0.0) {
        (0.0, padded_high)
    } else {
        (padded_low, padded_high)
    }
}

/// Writes a value above or below its point.
fn annotate(chart: &mut Chart<'_>, at: (f64, f64), text: String, side: HPos, above: bool) -> Drawn {
    let (anchor, dy) = if above {
        (VPos::Bottom, -8.0)
    } else {
        (VPos::Top, 9.0)
    };
    let dx = match side {
        HPos::Left => -4.0,
        HPos::Right => 4.0,
        HPos::Center => 0.0,
    };
    let style = text_style(13.0, &INK).pos(Pos::new(side, anchor));
    chart.draw_series([EmptyElement::at(at) + Text::new(text, (units(dx), units(dy)), style)])?;
    Ok(())
}

/// Predictions against measurements on a square of equal axes.
pub(super) fn scatter(
    rows: &[Prediction],
    range: (f64, f64),
    is_log: bool,
    target: &str,
    label: &str,
) -> Result<String, ReportError> {
    let rows = thinned(rows, POINTS);
    let axis = || {
        if is_log && range.0 > 0.0 {
            Axis::logarithmic(log_padded(range, 0.04), 6)
        } else {
            Axis::linear(padded(range, 0.04), 5)
        }
    };
    let corner = axis().range();
    let target = shortened(target, 46);
    let (x_title, y_title) = (format!("measured {target}"), format!("predicted {target}"));
    let frame = PlotFrame {
        name: "predicted against measured",
        label,
        width: WIDTH,
        height: None,
        x: axis(),
        y: axis(),
        x_title: &x_title,
        y_title: &y_title,
        has_x_grid: true,
        right: RIGHT,
    };
    let shown = |row: &&&Prediction| row.measured.is_finite() && row.predicted.is_finite();
    let many = rows.len() > 400;
    let (radius, strength) = if many { (2.2, 0.45) } else { (3.2, 0.75) };
    draw(frame, |chart| {
        chart.draw_series([PathElement::new(
            vec![(corner.start, corner.start), (corner.end, corner.end)],
            line(AXIS, 1.25),
        )])?;
        if !many {
            let bars = rows.iter().filter(shown).filter_map(|row| {
                let ends = vec![(row.measured, row.low?), (row.measured, row.high?)];
                let is_drawn = ends.iter().all(|(_, y)| !y.is_nan());
                let colour = if is_outside(row) { WARN } else { MAIN };
                is_drawn.then(|| PathElement::new(ends, faint(colour, 0.28, 1.25)))
            });
            chart.draw_series(bars)?;
        }
        let at = |row: &Prediction| (row.measured, row.predicted);
        let inside = rows.iter().filter(shown).filter(|row| !is_outside(row));
        let style = MAIN.mix(strength).filled();
        chart.draw_series(inside.map(|row| Circle::new(at(row), units(radius), style)))?;
        let outside = rows.iter().filter(shown).filter(|row| is_outside(row));
        let style = WARN.mix(strength).filled();
        let side = units(radius + 1.6);
        chart.draw_series(outside.map(|row| TriangleMarker::new(at(row), side, style)))?;
        Ok(())
    })
}

/// Whether a row's measurement lies outside its interval.
pub(super) fn is_outside(row: &Prediction) -> bool {
    row.low.is_some_and(|low| row.measured < low)
        || row.high.is_some_and(|high| row.measured > high)
}

/// Stated against observed coverage: the band holds 95 % of what chance alone
/// gives well calibrated intervals on `rows` rows.
pub(super) fn coverage_curve(
    points: &[CalibrationPoint],
    rows: usize,
    label: &str,
) -> Result<String, ReportError> {
    let frame = probability_frame("calibration", label, "stated coverage", "observed coverage");
    draw(frame, |chart| {
        if rows > 0 {
            let grid = || (0..=50).map(|i| f64::from(i) / 50.0);
            let upper = grid().map(|p| (p, (p + chance(p, rows)).min(1.0)));
            let lower = grid().rev().map(|p| (p, (p - chance(p, rows)).max(0.0)));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            chart.draw_series([Polygon::new(band, AXIS.mix(0.22))])?;
        }
        diagonal(chart, "wider than needed", "too narrow")?;
        let points = thinned(points, POINTS / 4);
        let finite = points.iter().map(|p| (p.nominal, p.observed));
        let curve: Vec<(f64, f64)> = finite.filter(is_finite).collect();
        chart.draw_series([PathElement::new(curve.clone(), line(MAIN, 2.0))])?;
        if curve.len() <= 60 {
            let dots = curve.into_iter();
            chart.draw_series(dots.map(|at| Circle::new(at, units(3.5), MAIN.filled())))?;
        }
        Ok(())
    })
}

/// Predicted probability against the share that was right, per bin: larger
/// dots stand for more rows, bars for two standard errors.
pub(super) fn reliability(points: &[CalibrationPoint], label: &str) -> Result<String, ReportError> {
    let frame = probability_frame(
        "reliability",
        label,
        "predicted probability",
        "share correct",
    );
    let largest = points
        .iter()
        .filter_map(|p| p.rows)
        .max()
        .unwrap_or(1)
        .max(1);
    draw(frame, |chart| {
        diagonal(chart, "underconfident", "overconfident")?;
        let points = thinned(points, POINTS / 4);
        let shown = || {
            points
                .iter()
                .filter(|p| is_finite(&(p.nominal, p.observed)))
        };
        let bars = shown().filter_map(|p| {
            let reach = chance(p.observed.clamp(0.0, 1.0), p.rows.filter(|rows| *rows > 0)?);
            let ends = [p.observed - reach, p.observed + reach];
            let ends = ends.map(|y| (p.nominal, y.clamp(0.0, 1.0))).to_vec();
            Some(PathElement::new(ends, faint(MAIN, 0.4, 1.5)))
        });
        chart.draw_series(bars)?;
        let curve: Vec<(f64, f64)> = shown().map(|p| (p.nominal, p.observed)).collect();
        chart.draw_series([PathElement::new(curve, faint(MAIN, 0.5, 1.5))])?;
        chart.draw_series(shown().map(|p| {
            let share = p.rows.map_or(0.1, |rows| rows as f64 / largest as f64);
            let radius = 3.0 + 6.0 * share.sqrt();
            Circle::new(
                (p.nominal, p.observed),
                units(radius),
                MAIN.mix(0.85).filled(),
            )
        }))?;
        Ok(())
    })
}

fn probability_frame<'a>(
    name: &'static str,
    label: &'a str,
    x_title: &'a str,
    y_title: &'a str,
) -> PlotFrame<'a> {
    PlotFrame {
        name,
        label,
        width: WIDTH,
        height: None,
        x: Axis::shares((0.0, 1.0), 5),
        y: Axis::shares((0.0, 1.0), 5),
        x_title,
        y_title,
        has_x_grid: true,
        right: RIGHT,
    }
}

/// The line of perfect agreement, with what it means to be off it.
fn diagonal(chart: &mut Chart<'_>, above: &str, below: &str) -> Drawn {
    let ends = vec![(0.0, 0.0), (1.0, 1.0)];
    chart.draw_series([PathElement::new(ends, line(AXIS, 1.25))])?;
    for (text, at, side) in [
        (above, (0.03, 0.94), HPos::Left),
        (below, (0.97, 0.06), HPos::Right),
    ] {
        let style = text_style(12.0, &MUTED).pos(Pos::new(side, VPos::Center));
        chart.draw_series([Text::new(text.to_owned(), at, style)])?;
    }
    Ok(())
}

/// Half the width of a 95 % range of an observed share of probability `p`.
fn chance(p: f64, rows: usize) -> f64 {
    1.96 * (p * (1.0 - p) / rows as f64).sqrt()
}

/// Costs per round as bars, `costs` by round, drawn `height` pixels high or as
/// a square; of very many rounds each bar sums several. The second value is
/// how many.
pub(super) fn cost_bars(
    costs: &[(usize, f64)],
    height: Option<u32>,
    y_title: &str,
    label: &str,
) -> Result<(String, usize), ReportError> {
    let last = costs.iter().map(|(round, _)| *round).max().unwrap_or(0);
    let per_bar = (last + 1).div_ceil(BARS);
    let mut bars = vec![0.0; last / per_bar + 1];
    for (round, cost) in costs.iter().filter(|(_, cost)| cost.is_finite()) {
        bars[round / per_bar] += cost;
    }
    let (low, high) = extent(bars.iter().copied()).unwrap_or((0.0, 0.0));
    let high = if high > 0.0 || low < 0.0 {
        high.max(0.0) * 1.08
    } else {
        1.0
    };
    let frame = PlotFrame {
        name: "cost per round",
        label,
        width: WIDTH,
        height,
        x: Axis::whole((-0.6, (bars.len() * per_bar) as f64 - 0.4), 8),
        y: Axis::linear((low.min(0.0) * 1.08, high), 5),
        x_title: "round (0 is the training)",
        y_title,
        has_x_grid: false,
        right: RIGHT,
    };
    let svg = draw(frame, |chart| {
        let rectangles = bars.iter().enumerate().map(|(i, cost)| {
            let left = (i * per_bar) as f64 - 0.5;
            let gap = 0.15 * per_bar as f64;
            let right = left + per_bar as f64;
            let corners = [(left + gap, *cost), (right - gap, 0.0)];
            Rectangle::new(corners, MAIN.mix(0.85).filled())
        });
        chart.draw_series(rectangles)?;
        Ok(())
    })?;
    Ok((svg, per_bar))
}

/// Draws frame, grid and body, and gives the SVG element.
pub(super) fn draw(
    frame: PlotFrame<'_>,
    body: impl FnOnce(&mut Chart<'_>) -> Drawn,
) -> Result<String, ReportError> {
    let left = frame.left();
    let square = frame.width - left - frame.right + TOP + BOTTOM;
    let height = frame.height.unwrap_or(square);
    let size = (frame.width * FINE, height * FINE);

    let mut svg = String::new();
    let paint = || -> Drawn {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin_top(TOP * FINE)
            .margin_right(frame.right * FINE)
            .x_label_area_size(BOTTOM * FINE)
            .y_label_area_size(left * FINE)
            .build_cartesian_2d(frame.x.clone(), frame.y.clone())?;
        let mut mesh = chart.configure_mesh();
        if !frame.has_x_grid {
            mesh.disable_x_mesh();
        }
        mesh.bold_line_style(line(GRID, 1.0))
            .light_line_style(TRANSPARENT)
            .axis_style(line(AXIS, 1.0))
            .label_style(text_style(12.0, &MUTED))
            .set_all_tick_mark_size(FINE * 4)
            .draw()?;
        let title = |h, v| text_style(12.5, &INK).pos(Pos::new(h, v));
        let (top_left, below) = ((units(2.0), units(8.0)), units(f64::from(height) - 6.0));
        root.draw_text(frame.y_title, &title(HPos::Left, VPos::Top), top_left)?;
        let right = units(f64::from(frame.width - frame.right));
        root.draw_text(
            frame.x_title,
            &title(HPos::Right, VPos::Bottom),
            (right, below),
        )?;
        body(&mut chart)?;
        root.present()
    };
    paint().map_err(|cause| ReportError::Plot {
        plot: frame.name,
        cause: cause.to_string(),
    })?;
    // The page gives the element its size and its words; the library's opening
    // tag has fixed ones.
    let content = svg.split_once('>').map_or("", |(_, content)| content);
    Ok(format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">{content}",
        size.0,
        size.1,
        minijinja::HtmlEscape(&clean(frame.label)),
    ))
}

/// Pixels in drawing units.
pub(super) fn units(pixels: f64) -> i32 {
    (pixels * f64::from(FINE)).round() as i32
}

pub(super) fn line(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width(units(width).unsigned_abs())
}

pub(super) fn faint(colour: RGBColor, strength: f64, width: f64) -> ShapeStyle {
    colour
        .mix(strength)
        .stroke_width(units(width).unsigned_abs())
}

/// Text of a size in pixels; the drawing library divides sizes by 1.24.
pub(super) fn text_style(pixels: f64, colour: &'static RGBColor) -> TextStyle<'static> {
    let size = pixels * f64::from(FINE) * 1.24;
    TextStyle::from(("sans-serif", size).into_font()).color(colour)
}

fn is_finite((x, y): &(f64, f64)) -> bool {
    x.is_finite() && y.is_finite()
}

/// At most `limit` items at even distances, the first and the last among them.
pub(super) fn thinned<T>(items: &[T], limit: usize) -> Vec<&T> {
    if items.len() <= limit || limit < 2 {
        return items.iter().collect();
    }
    let last = items.len() - 1;
    (0..limit).map(|i| &items[i * last / (limit - 1)]).collect()
}
