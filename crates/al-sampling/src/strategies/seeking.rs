//! For strategies that look for the best row: mean predictions in the
//! direction that is wanted, so that larger is better.

use al_core::{Direction, Seed};

use crate::query::Pool;

/// What to multiply values by so that larger is better; without a direction small
/// values are wanted.
pub(crate) fn sign(pool: &Pool<'_>) -> f32 {
    match pool.direction() {
        Some(Direction::Max) => 1.0,
        Some(Direction::Min) | None => -1.0,
    }
}

/// The seed for draws that must not be the same in every batch of a campaign, which has one
/// seed: a member that is never drawn in one batch would never be drawn at all.
pub(crate) fn of_batch(pool: &Pool<'_>, seed: Seed) -> Seed {
    seed.derive("anchors", pool.anchor_features().nrows() as u64)
}

/// Mean predictions times [`sign`], 0 without any.
pub(crate) fn means(pool: &Pool<'_>) -> Vec<f32> {
    let (means, sign) = (pool.means(), sign(pool));
    if means.ncols() == 0 {
        return vec![0.0; pool.len()];
    }
    means.column(0).iter().map(|mean| sign * mean).collect()
}

/// The smallest value, 0 of none.
///
/// A weight multiplies by how much a row is better than the worst one: scores
/// that may be negative have no other amount that a weight could multiply.
pub(crate) fn worst(values: &[f32]) -> f32 {
    values.iter().copied().reduce(f32::min).unwrap_or(0.0)
}

/// The number as `f32`, the largest finite one if it is beyond.
pub(crate) fn finite(number: f64) -> f32 {
    number.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::Case;

    #[test]
    fn larger_is_better() {
        let mut case = Case::draws(&[[1.0, 3.0], [-4.0, -2.0]]);
        assert_eq!(case.with_pool(means), [-2.0, 3.0]);
        case.direction = Some(Direction::Max);
        assert_eq!(case.with_pool(means), [2.0, -3.0]);
        assert_eq!(worst(&[2.0, -3.0]), -3.0);
        assert_eq!(Case::points(&[[0.0]]).with_pool(means), [0.0]);
        assert_eq!(worst(&[]), 0.0);
        assert_eq!(finite(-1e300), f32::MIN);
    }
}
