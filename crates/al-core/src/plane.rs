//! A plane in which rows of many columns can be drawn: their first two
//! principal components (Pearson 1901).
//!
//! Found by orthogonal iteration, which cannot fail to end, as library
//! decompositions may on matrices of low rank; a picture needs few digits.

use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Steps of the iteration: a picture is as good when components of nearly
/// equal variance are mixed.
const STEPS: usize = 60;

/// A plane through the mean of some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    mean: Array1<f64>,
    /// d × 2, orthonormal columns, or zeros where rows have no such extent.
    axes: Array2<f64>,
    /// Share of the rows' variance along each axis, in [0, 1].
    pub shares: [f64; 2],
}

impl Plane {
    /// The plane of largest variance of `rows`, n × d finite numbers.
    #[must_use]
    pub fn of(rows: ArrayView2<'_, f32>) -> Plane {
        let d = rows.ncols();
        let wide = rows.mapv(f64::from);
        let mean = wide.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(d));
        let centred = wide - &mean;
        let total: f64 = centred.iter().map(|value| value * value).sum();
        let covariance = centred.t().dot(&centred);
        // Any start serves that is not orthogonal to what is sought.
        let mut axes = Array2::from_shape_fn((d, 2), |(row, column)| {
            ((row * (2 * column + 1) + column) as f64 + 0.5).cos()
        });
        for _ in 0..STEPS {
            axes = orthonormal(covariance.dot(&axes));
        }
        let along = covariance.dot(&axes);
        let share = |axis: usize| {
            let variance = axes.column(axis).dot(&along.column(axis));
            if total > 0.0 { variance / total } else { 0.0 }
        };
        let shares = [share(0), share(1)];
        // Either direction would do: the largest part points up.
        for mut axis in axes.columns_mut() {
            let largest = axis
                .iter()
                .copied()
                .fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                axis.mapv_inplace(|value| -value);
            }
        }
        Plane { mean, axes, shares }
    }

    /// Where `rows`, n × d, lie in the plane: n pairs.
    #[must_use]
    pub fn project(&self, rows: ArrayView2<'_, f32>) -> Vec<[f64; 2]> {
        let centred = rows.mapv(f64::from) - &self.mean;
        let placed = centred.dot(&self.axes);
        placed
            .rows()
            .into_iter()
            .map(|row| [row[0], row[1]])
            .collect()
    }

    /// How much each of the d columns counts in an axis, in [−1, 1].
    #[must_use]
    pub fn loadings(&self, axis: usize) -> Vec<f64> {
        self.axes.column(axis).to_vec()
    }
}

/// The columns of `axes`, d × 2, made orthonormal (Gram–Schmidt); a column
/// without length becomes zero.
fn orthonormal(mut axes: Array2<f64>) -> Array2<f64> {
    let largest = axes.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    if largest > 0.0 {
        // Squares of very large or small lengths would leave their range.
        axes.mapv_inplace(|value| value / largest);
    }
    let unit = |column: Array1<f64>| {
        let length = column.dot(&column).sqrt();
        if length > 1e-12 {
            column / length
        } else {
            column * 0.0
        }
    };
    let first = unit(axes.column(0).to_owned());
    let second = axes.column(1).to_owned();
    let along = first.dot(&second);
    let second = unit(second - &first * along);
    ndarray::stack![Axis(1), first, second]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_axes_are_those_of_the_spread() {
        // Variance 9 : 1 along the second and third column, shifted.
        let rows = array![
            [5.0_f32, 3.0, 0.0],
            [5.0, -3.0, 0.0],
            [5.0, 0.0, 1.0],
            [5.0, 0.0, -1.0]
        ];
        let plane = Plane::of(rows.view());
        assert!((plane.shares[0] - 0.9).abs() < 1e-9 && (plane.shares[1] - 0.1).abs() < 1e-9);
        for (at, expected) in [(0, [0.0, 1.0, 0.0]), (1, [0.0, 0.0, 1.0])] {
            for (found, expected) in plane.loadings(at).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{:?}", plane.loadings(at));
            }
        }
        let placed = plane.project(rows.view());
        assert!((placed[0][0] - 3.0).abs() < 1e-9 && placed[0][1].abs() < 1e-9);
        assert!((placed[3][1] + 1.0).abs() < 1e-9);
    }

    #[test]
    fn rows_without_extent_lie_in_one_point() {
        for rows in [
            Array2::<f32>::ones((4, 3)),
            Array2::ones((1, 1)),
            Array2::zeros((0, 2)),
            Array2::zeros((3, 0)),
        ] {
            let plane = Plane::of(rows.view());
            assert_eq!(plane.shares, [0.0, 0.0]);
            assert!(plane.project(rows.view()).iter().all(|&p| p == [0.0, 0.0]));
        }
        let line = array![[0.0_f32, 1e30], [0.0, -1e30]];
        let plane = Plane::of(line.view());
        assert!((plane.shares[0] - 1.0).abs() < 1e-9);
        assert!(plane.project(line.view())[0][0] > 0.9e30);
    }
}
