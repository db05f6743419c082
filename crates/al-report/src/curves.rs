//! Curves of several strategies in one plot, each with its name at its end.

use al_words::numbers::page::shortened;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::ReportError;
use super::axis::{Axis, extent, log_padded, padded};
use super::plots::{
    AXIS, BOTTOM, Drawn, MAIN, MUTED, PlotFrame, TOP, WARN, draw, faint, line, text_style, units,
};

/// Colours of strategies, the best first; the page's style sheet replaces them
/// in the dark.
static COLOURS: [RGBColor; 8] = [
    MAIN,
    WARN,
    RGBColor(0x00, 0x78, 0x5A),
    RGBColor(0xA0, 0x43, 0x9A),
    RGBColor(0x8A, 0x6D, 0x00),
    RGBColor(0xB3, 0x24, 0x3B),
    RGBColor(0x3D, 0x4D, 0xB8),
    RGBColor(0x5A, 0x7A, 0x1E),
];

/// Pixels from one name to the next, and from a curve to its name.
const LINE: f64 = 15.0;
const LEADER: f64 = 14.0;

/// Characters of a name that are shown.
const NAME: usize = 24;

/// How a curve is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CurveStyle {
    /// The baseline: grey and broad.
    Baseline,
    /// In the order of merit, counted from 0: lines, and dashes where the
    /// colours come again.
    Place(usize),
}

impl CurveStyle {
    /// Of the curve; grey beyond two times the colours.
    fn colour(self) -> &'static RGBColor {
        match self {
            CurveStyle::Place(place) if place < 2 * COLOURS.len() => {
                &COLOURS[place % COLOURS.len()]
            }
            CurveStyle::Place(_) => &AXIS,
            CurveStyle::Baseline => &MUTED,
        }
    }

    /// Of the name: the grey of curves is too pale to read.
    fn text(self) -> &'static RGBColor {
        match self {
            CurveStyle::Place(place) if place < 2 * COLOURS.len() => self.colour(),
            _ => &MUTED,
        }
    }

    fn width(self) -> f64 {
        match self {
            CurveStyle::Baseline => 3.5,
            CurveStyle::Place(place) if place < COLOURS.len() => 2.0,
            CurveStyle::Place(_) => 1.25,
        }
    }

    fn is_dashed(self) -> bool {
        matches!(self, CurveStyle::Place(place) if place >= COLOURS.len())
    }
}

/// One strategy.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) style: CurveStyle,
    /// x, then the mean and the two ends of its interval.
    pub(super) points: Vec<(f64, [f64; 3])>,
    pub(super) has_band: bool,
    /// Whether its points are marked.
    pub(super) has_dots: bool,
}

/// What stands at the axes.
pub(super) struct CurveAxes<'a> {
    pub(super) name: &'static str,
    pub(super) x_title: &'a str,
    pub(super) y_title: &'a str,
    pub(super) y: AxisValues,
    /// Whether x counts.
    pub(super) is_whole: bool,
}

/// What y is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AxisValues {
    /// Above 0: a logarithmic axis.
    Positive,
    /// From 0 on.
    Amount,
    /// Shares, from 0 on.
    Share,
}

/// The curves, drawn from the last to the first so that the best lie on top.
pub(super) fn curves(
    curves: &[Curve],
    axes: &CurveAxes<'_>,
    label: &str,
    width: u32,
) -> Result<String, ReportError> {
    let every = || curves.iter().flat_map(|curve| &curve.points);
    let x_range = extent(every().map(|(x, _)| *x)).unwrap_or((0.0, 0.0));
    // Bands may be cut where they are far wider than the curves; means may not.
    let means = extent(every().map(|(_, [mean, ..])| *mean)).unwrap_or((0.0, 0.0));
    let bands = curves.iter().filter(|curve| curve.has_band);
    let ends = bands.flat_map(|c| {
        c.points
            .iter()
            .flat_map(|(_, [_, low, high])| [*low, *high])
    });
    let ends = extent(ends).unwrap_or(means);
    let y_range = (means.0.min(ends.0), means.1.max(ends.1));
    let y = match axes.y {
        AxisValues::Positive if y_range.0 > 0.0 => Axis::logarithmic(log_padded(y_range, 0.05), 6),
        AxisValues::Share => Axis::shares((0.0, above(y_range.1)), 5),
        _ => Axis::linear((y_range.0.min(0.0), above(y_range.1)), 5),
    };
    let x_range = padded(x_range, 0.03);
    let ticks = (width / 140) as usize;
    let x = if axes.is_whole {
        Axis::whole(x_range, ticks)
    } else {
        Axis::linear(x_range, ticks)
    };
    let longest = curves
        .iter()
        .map(|curve| curve.name.chars().count().min(NAME));
    let right = LEADER + 12.0 + 7.0 * longest.max().unwrap_or(0) as f64;
    let height = 360_u32.max(TOP + BOTTOM + (LINE * (curves.len() + 1) as f64) as u32);
    let frame = PlotFrame {
        name: axes.name,
        label,
        width,
        height: Some(height),
        x: x.clone(),
        y: y.clone(),
        x_title: axes.x_title,
        y_title: axes.y_title,
        has_x_grid: false,
        right: right as u32,
    };
    let across = f64::from(width - frame.left() - frame.right);
    let down = f64::from(height - TOP - BOTTOM);
    let ends: Vec<f64> = curves
        .iter()
        .map(|c| c.points.last().map_or(0.0, |(_, [mean, ..])| *mean))
        .map(|mean| down * (1.0 - y.position(mean)))
        .collect();
    let places = spread(&ends, down);
    draw(frame, |chart| {
        for curve in curves.iter().rev().filter(|curve| curve.has_band) {
            let upper = curve.points.iter().map(|(x, [.., high])| (*x, *high));
            let lower = curve.points.iter().rev().map(|(x, [_, low, _])| (*x, *low));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            chart.draw_series([Polygon::new(band, curve.style.colour().mix(0.13))])?;
        }
        for at in (0..curves.len()).rev() {
            let curve = &curves[at];
            let means = curve.points.iter().map(|(x, [mean, ..])| (*x, *mean));
            let means: Vec<(f64, f64)> = means.collect();
            let Some(&end) = means.last() else { continue };
            let (colour, wide) = (*curve.style.colour(), curve.style.width());
            let style = line(colour, wide);
            if curve.style.is_dashed() {
                let (dash, gap) = (units(5.0), units(3.0));
                let path = DashedPathElement::new(means, dash, gap, style);
                chart.draw_series([path])?;
            } else {
                chart.draw_series([PathElement::new(means, style)])?;
            }
            if curve.has_dots && curve.points.len() <= 60 {
                let dots = curve.points.iter().map(|(x, [mean, ..])| (*x, *mean));
                let dot = |at| Circle::new(at, units(3.5), colour.filled());
                chart.draw_series(dots.map(dot))?;
            }
            let gap = across * (1.0 - x.position(end.0));
            let (dx, dy) = (units(gap + LEADER), units(places[at] - ends[at]));
            let style = text_style(12.0, curve.style.text());
            let style = style.pos(Pos::new(HPos::Left, VPos::Center));
            let leader = vec![
                (units(2.0), 0),
                (units(gap + 2.0), 0),
                (dx - units(2.0), dy),
            ];
            chart.draw_series([EmptyElement::at(end)
                + PathElement::new(leader, faint(colour, 0.5, 1.0))
                + Text::new(shortened(&curve.name, NAME), (dx + units(2.0), dy), style)])?;
        }
        Drawn::Ok(())
    })
}

/// A little above, and above 0.
fn above(high: f64) -> f64 {
    if high > 0.0 { 1.06 * high } else { 1.0 }
}

/// Places near `ends` from 0 to `down` that are at least a line apart.
fn spread(ends: &[f64], down: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|&a, &b| ends[a].total_cmp(&ends[b]));
    let mut places = ends.to_vec();
    // Downwards until all fit, then back from the lower end.
    let mut free = f64::NEG_INFINITY;
    for &at in &order {
        places[at] = places[at].max(free);
        free = places[at] + LINE;
    }
    let mut free = down;
    for &at in order.iter().rev() {
        places[at] = places[at].min(free);
        free = places[at] - LINE;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_a_line_apart_and_inside() {
        for ends in [
            vec![],
            vec![10.0],
            vec![10.0, 10.0, 11.0],
            vec![95.0, 100.0, 99.0, 0.0],
            vec![50.0; 7],
        ] {
            let mut places = spread(&ends, 105.0);
            places.sort_by(f64::total_cmp);
            assert!(places.iter().all(|&place| (0.0..=105.0).contains(&place)));
            let apart = places
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= LINE - 1e-9);
            assert!(apart, "{places:?}");
        }
        assert_eq!(spread(&[10.0, 60.0], 105.0), [10.0, 60.0]);
    }
}
