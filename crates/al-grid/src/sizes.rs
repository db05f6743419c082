//! How large a grid will be, before it is written.

use al_core::Fault;
use al_hw::ConfigSpace;

use super::made::BLOCK;
use super::made::Maker;
use super::{GridOptions, check};

/// Combinations drawn for an estimate; that many are gone through instead.
const DRAWN: usize = 20_000;

/// z of a 95 % interval.
const Z: f64 = 1.959_964;

/// What share of the combinations is allowed by the rules and the filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowed {
    /// How many of those looked at.
    pub allowed: usize,
    /// How many were looked at.
    pub of: usize,
    /// Whether those were all there are.
    pub exact: bool,
    /// Interval of the share that covers the true one with 95 % probability
    /// (Wilson 1927); the share itself if exact.
    pub interval: (f64, f64),
}

impl Allowed {
    /// The share.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.allowed as f64 / self.of.max(1) as f64
    }
}

/// What share of the combinations of `space` its rules and the filter allow,
/// from a random sample of them; `None` without rules. What is measured is
/// not looked at.
///
/// # Errors
///
/// As [`grid`](crate::grid()): rules that are no conditions over the columns, a
/// space that cannot be written.
pub fn sizes(space: &ConfigSpace, options: &GridOptions) -> Result<Option<Allowed>, Fault> {
    check(space)?;
    let maker = Maker::new(space, options.filter.as_deref())?;
    if !maker.has_rules() {
        return Ok(None);
    }
    let exact = space.size().is_some_and(|size| size <= DRAWN as u128);
    let points = match space.size() {
        Some(size) if exact => space.points(0..size),
        _ => space.at_random(DRAWN, options.seed.derive("sizes", 0)),
    };
    let mut allowed = 0;
    for start in (0..points.n_rows()).step_by(BLOCK) {
        let frame = maker.frame(&points.slice(start, BLOCK));
        let kept = maker.allowed(&frame)?.unwrap_or_default();
        allowed += kept.iter().filter(|&&kept| kept).count();
    }
    let of = points.n_rows();
    let share = allowed as f64 / of.max(1) as f64;
    Ok(Some(Allowed {
        allowed,
        of,
        exact,
        interval: if exact {
            (share, share)
        } else {
            wilson(share, of)
        },
    }))
}

fn wilson(share: f64, of: usize) -> (f64, f64) {
    let n = of as f64;
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_shares() {
        // Wilson's interval of 10 of 100, as tables have it.
        let (low, high) = wilson(0.1, 100);
        assert!((low - 0.0552).abs() < 1e-4 && (high - 0.1744).abs() < 1e-4);
        assert_eq!(wilson(0.0, 100).0, 0.0);
    }

    #[test]
    fn small_spaces_are_counted_and_large_ones_estimated() {
        let space = |text: &str| ConfigSpace::parse(text).unwrap();
        let of = |text: &str| sizes(&space(text), &GridOptions::default()).unwrap();
        assert_eq!(of("[values]\na = [1, 2]"), None);
        let all = of("rules = ['a > 1']\n[values]\na = [1, 2]\nb = [1, 2, 3]").unwrap();
        assert_eq!((all.allowed, all.of, all.exact), (3, 6, true));
        let text = "rules = ['a <= 250']\n[values]\n\
                    a = { from = 1, to = 1000, step = 1 }\nb = { from = 1, to = 1000, step = 1 }";
        let some = of(text).unwrap();
        assert!(!some.exact && some.of == DRAWN);
        assert!((some.share() - 0.25).abs() < 0.015, "{some:?}");
        assert!(some.interval.0 < some.share() && some.share() < some.interval.1);
        assert_eq!(of(text), Some(some), "the same seed");
    }
}
