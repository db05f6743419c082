//! Minimising a smooth function of a few variables: L-BFGS (Liu & Nocedal 1989)
//! with a backtracking search, every variable between two bounds.

use std::collections::VecDeque;

/// Steps that tell of the curvature.
const MEMORY: usize = 8;

/// The best point found from `start` in at most `steps` steps, and its value.
pub(super) fn minimised(
    function: impl Fn(&[f64]) -> (f64, Vec<f64>),
    start: Vec<f64>,
    bounds: &[(f64, f64)],
    steps: usize,
) -> (Vec<f64>, f64) {
    let mut point = start;
    let (mut value, mut gradient) = function(&point);
    held(&mut gradient, &point, bounds);
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..steps {
        let mut direction = descent(&gradient, &pairs);
        if dot(&direction, &gradient) >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|slope| -slope).collect();
        }
        // A first step has no curvature to tell its length.
        let longest = direction
            .iter()
            .fold(0.0_f64, |most, step| most.max(step.abs()));
        let limit = if pairs.is_empty() { 0.5 } else { 2.0 };
        let mut length = (limit / longest.max(1e-300)).min(1.0);
        let mut found = None;
        for _ in 0..12 {
            let next: Vec<f64> = point
                .iter()
                .zip(&direction)
                .zip(bounds)
                .map(|((at, step), &(low, high))| (at + length * step).clamp(low, high))
                .collect();
            let moved: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
            let (there, mut slopes) = function(&next);
            held(&mut slopes, &next, bounds);
            // Enough of what the slope promised (Armijo 1966).
            if there < value && there <= value + 1e-4 * dot(&moved, &gradient) {
                found = Some((next, moved, there, slopes));
                break;
            }
            length *= 0.4;
        }
        let Some((next, moved, there, slopes)) = found else {
            break;
        };
        let turned: Vec<f64> = slopes.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        if dot(&moved, &turned) > 1e-10 {
            pairs.push_back((moved, turned));
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        let gained = value - there;
        (point, value, gradient) = (next, there, slopes);
        if gained < 1e-4 * (1.0 + value.abs() * 1e-3) {
            break;
        }
    }
    (point, value)
}

/// Variables at a bound that would go beyond it have no slope.
fn held(gradient: &mut [f64], point: &[f64], bounds: &[(f64, f64)]) {
    for ((slope, &at), &(low, high)) in gradient.iter_mut().zip(point).zip(bounds) {
        if (at <= low && *slope > 0.0) || (at >= high && *slope < 0.0) {
            *slope = 0.0;
        }
    }
}

/// Minus the gradient times an estimate of the inverse curvature: the two-loop
/// recursion.
fn descent(gradient: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(pairs.len());
    for (moved, turned) in pairs.iter().rev() {
        let share = dot(moved, &direction) / dot(moved, turned);
        add(&mut direction, -share, turned);
        shares.push(share);
    }
    if let Some((moved, turned)) = pairs.back() {
        let scale = dot(moved, turned) / dot(turned, turned);
        direction.iter_mut().for_each(|step| *step *= scale);
    }
    for ((moved, turned), share) in pairs.iter().zip(shares.into_iter().rev()) {
        let back = dot(turned, &direction) / dot(moved, turned);
        add(&mut direction, share - back, moved);
    }
    direction
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, values: &[f64]) {
    for (to, value) in to.iter_mut().zip(values) {
        *to += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_point_of_a_bent_valley_is_found() {
        let rosenbrock = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            let value = a * a + 20.0 * b * b;
            (value, vec![-2.0 * a - 80.0 * b * x[0], 40.0 * b])
        };
        let (point, value) = minimised(rosenbrock, vec![-1.2, 1.0], &[(-7.0, 7.0); 2], 200);
        assert!(value < 1e-2, "{value} at {point:?}");
    }

    #[test]
    fn bounds_hold() {
        let slide = |x: &[f64]| (-x[0], vec![-1.0]);
        assert_eq!(minimised(slide, vec![0.0], &[(-2.0, 3.0)], 50).0, [3.0]);
    }

    #[test]
    fn nothing_is_done_where_nothing_is_better() {
        let flat = |_: &[f64]| (f64::INFINITY, vec![0.0]);
        assert_eq!(minimised(flat, vec![1.0], &[(-7.0, 7.0)], 5).0, [1.0]);
    }
}
