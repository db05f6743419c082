//! How far parts that extrapolate may: a quarter of a range.
//!
//! A trend that goes on for ten times the range that it was learned from ends anywhere,
//! while trees go on as constants. Beyond the reach, rows are predicted as those at its
//! end.

use al_core::Matrix;
use serde::{Deserialize, Serialize};

/// How far beyond a range rows are predicted as they are, in ranges.
const FARTHER: f32 = 0.25;

/// Per column the lowest and the highest number that counts as it is; none for
/// categories.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Reach(Vec<Option<(f32, f32)>>);

impl Reach {
    /// Whether nothing is kept within reach.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// That of parts which learn from `x`.
    pub(super) fn of(x: &Matrix) -> Reach {
        let farther = |(low, high): (f32, f32)| {
            let more = FARTHER * (high - low);
            let finite = |value: f32| value.clamp(f32::MIN, f32::MAX);
            (finite(low - more), finite(high + more))
        };
        let ranges = x.ranges().into_iter();
        Reach(ranges.map(|range| range.map(farther)).collect())
    }

    /// Whether it is one of rows with so many columns.
    pub(crate) fn fits(&self, columns: usize) -> bool {
        let sound = |(low, high): &(f32, f32)| low <= high && low.is_finite() && high.is_finite();
        self.0.len() == columns && self.0.iter().flatten().all(sound)
    }

    /// The rows with their numbers within reach; `None` if all are.
    pub(super) fn within(&self, x: &Matrix) -> Option<Matrix> {
        let mut there: Option<Matrix> = None;
        for (at, reach) in self.0.iter().enumerate() {
            let Some((low, high)) = *reach else { continue };
            let beyond = |value: &f32| *value < low || *value > high;
            if x.values.column(at).iter().any(beyond) {
                let there = there.get_or_insert_with(|| x.clone());
                // A missing number stays missing.
                let values = there.values.column_mut(at);
                values
                    .into_iter()
                    .for_each(|value| *value = value.clamp(low, high));
            }
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use al_core::MatrixColumn;
    use ndarray::array;

    use super::*;

    #[test]
    fn numbers_stay_within_a_quarter_of_the_range() {
        let columns: std::sync::Arc<[MatrixColumn]> = [
            MatrixColumn::Numeric,
            MatrixColumn::Categorical { levels: 3 },
        ]
        .into();
        let rows = |values| Matrix {
            values,
            columns: columns.clone(),
            counts: None,
        };
        let reach = Reach::of(&rows(array![[1.0, 0.0], [5.0, 2.0], [f32::NAN, 1.0]]));
        assert!(reach.fits(2));
        assert_eq!(reach.within(&rows(array![[0.0, 3.0], [6.0, 0.0]])), None);
        let moved = reach
            .within(&rows(array![[-9.0, 3.0], [90.0, 0.0]]))
            .unwrap();
        assert_eq!(moved.values, array![[0.0, 3.0], [6.0, 0.0]]);
        let missing = reach
            .within(&rows(array![[f32::NAN, 0.0], [90.0, 0.0]]))
            .unwrap();
        assert!(missing.values[[0, 0]].is_nan());
    }
}
