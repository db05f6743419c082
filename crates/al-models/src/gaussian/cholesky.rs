//! Cholesky factors of positive definite matrices, in blocks: nearly all work is
//! in products of matrices, which `matrixmultiply` computes as fast as the
//! processor can. Results do not depend on the number of threads.
//!
//! A library for this, faer, would add 33 crates to the 284 of the workspace for
//! the two hundred lines that a Gaussian process needs
//! (docs/design/008-what-a-label-can-teach.md).

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, linalg::general_mat_mul, s};

/// Rows and columns of a block: three blocks fit into the nearest cache.
const BLOCK: usize = 48;

/// L with A = L·Lᵀ, lower triangular.
#[derive(Debug, Clone)]
pub(crate) struct CholeskyFactor {
    lower: Array2<f64>,
}

impl CholeskyFactor {
    /// The factor of `matrix`, of which the lower triangle is read; `None` if it
    /// is not positive definite.
    pub(crate) fn of(mut matrix: Array2<f64>) -> Option<CholeskyFactor> {
        let n = matrix.nrows();
        for from in (0..n).step_by(BLOCK) {
            let to = n.min(from + BLOCK);
            factor_block(matrix.slice_mut(s![from..to, from..to]))?;
            let (above, mut below) = matrix.view_mut().split_at(Axis(0), to);
            let corner = above.slice(s![from..to, from..to]);
            solve_panel(corner, below.slice_mut(s![.., from..to]));
            // The columns to the right, a block at a time: what is above the
            // diagonal is never needed.
            let panel = below.slice(s![.., from..to]).to_owned();
            for left in (to..n).step_by(BLOCK) {
                let right = n.min(left + BLOCK);
                let rows = panel.slice(s![left - to.., ..]);
                let columns = panel.slice(s![left - to..right - to, ..]);
                let mut rest = below.slice_mut(s![left - to.., left..right]);
                general_mat_mul(-1.0, &rows, &columns.t(), 1.0, &mut rest);
            }
        }
        for row in 0..n {
            matrix.slice_mut(s![row, row + 1..]).fill(0.0);
        }
        Some(CholeskyFactor { lower: matrix })
    }

    /// ln det A.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * self
            .lower
            .diag()
            .iter()
            .map(|value| value.ln())
            .sum::<f64>()
    }

    /// L⁻¹·B.
    pub(crate) fn forward(&self, right: Array2<f64>) -> Array2<f64> {
        forward(self.lower.view(), right)
    }

    /// L⁻ᵀ·B.
    pub(crate) fn backward(&self, mut right: Array2<f64>) -> Array2<f64> {
        let n = self.lower.nrows();
        let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
        for &from in starts.iter().rev() {
            let to = n.min(from + BLOCK);
            let (mut before, done) = right.view_mut().split_at(Axis(0), to);
            let mut block = before.slice_mut(s![from.., ..]);
            let below = self.lower.slice(s![to.., from..to]);
            general_mat_mul(-1.0, &below.t(), &done, 1.0, &mut block);
            let corner = self.lower.slice(s![from..to, from..to]);
            for row in (0..to - from).rev() {
                let (mut above, below) = block.view_mut().split_at(Axis(0), row + 1);
                let mut this = above.row_mut(row);
                for (at, solved) in below.rows().into_iter().enumerate() {
                    this.scaled_add(-corner[[row + 1 + at, row]], &solved);
                }
                this /= corner[[row, row]];
            }
        }
        right
    }

    /// A⁻¹·B.
    pub(crate) fn solve(&self, right: Array2<f64>) -> Array2<f64> {
        self.backward(self.forward(right))
    }

    /// A⁻¹.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.lower.nrows();
        // The columns of L⁻¹ are 0 above the diagonal.
        let mut root = Array2::zeros((n, n));
        for from in (0..n).step_by(BLOCK) {
            let to = n.min(from + BLOCK);
            let unit = Array2::eye(n - from);
            let columns = unit.slice(s![.., ..to - from]).to_owned();
            let solved = forward(self.lower.slice(s![from.., from..]), columns);
            root.slice_mut(s![from.., from..to]).assign(&solved);
        }
        let mut inverse = Array2::zeros((n, n));
        for from in (0..n).step_by(BLOCK) {
            let to = n.min(from + BLOCK);
            let columns = root.slice(s![from.., from..to]);
            let others = root.slice(s![from.., ..to]);
            let mut rows = inverse.slice_mut(s![from..to, ..to]);
            general_mat_mul(1.0, &columns.t(), &others, 0.0, &mut rows);
        }
        for row in 0..n {
            for column in row + 1..n {
                inverse[[row, column]] = inverse[[column, row]];
            }
        }
        inverse
    }
}

/// L⁻¹·B of a lower triangle L.
fn forward(lower: ArrayView2<'_, f64>, mut right: Array2<f64>) -> Array2<f64> {
    let n = lower.nrows();
    for from in (0..n).step_by(BLOCK) {
        let to = n.min(from + BLOCK);
        let (done, mut rest) = right.view_mut().split_at(Axis(0), from);
        let mut block = rest.slice_mut(s![..to - from, ..]);
        let left = lower.slice(s![from..to, ..from]);
        general_mat_mul(-1.0, &left, &done, 1.0, &mut block);
        let corner = lower.slice(s![from..to, from..to]);
        for row in 0..to - from {
            let (above, mut below) = block.view_mut().split_at(Axis(0), row);
            let mut this = below.row_mut(0);
            for (at, solved) in above.rows().into_iter().enumerate() {
                this.scaled_add(-corner[[row, at]], &solved);
            }
            this /= corner[[row, row]];
        }
    }
    right
}

/// The factor of a block, in its place.
fn factor_block(mut block: ArrayViewMut2<'_, f64>) -> Option<()> {
    for column in 0..block.nrows() {
        let done = block.slice(s![column, ..column]);
        let pivot = block[[column, column]] - done.dot(&done);
        // NaN is no pivot either.
        if !(pivot > 0.0 && pivot.is_finite()) {
            return None;
        }
        let root = pivot.sqrt();
        block[[column, column]] = root;
        for row in column + 1..block.nrows() {
            let one = block.slice(s![row, ..column]);
            let other = block.slice(s![column, ..column]);
            block[[row, column]] = (block[[row, column]] - one.dot(&other)) / root;
        }
    }
    Some(())
}

/// B·L⁻ᵀ of the rows B below a block L on the diagonal.
fn solve_panel(corner: ArrayView2<'_, f64>, mut panel: ArrayViewMut2<'_, f64>) {
    for mut row in panel.rows_mut() {
        for column in 0..corner.nrows() {
            let known = row
                .slice(s![..column])
                .dot(&corner.slice(s![column, ..column]));
            row[column] = (row[column] - known) / corner[[column, column]];
        }
    }
}

#[cfg(test)]
mod tests {
    use al_core::Seed;
    use ndarray::array;
    use rand::RngExt;

    use super::*;

    fn positive(n: usize) -> Array2<f64> {
        let mut rng = Seed(n as u64).stream("cholesky", 0);
        let root = Array2::from_shape_fn((n, n), |_| rng.random_range(-1.0..1.0));
        root.dot(&root.t()) + Array2::<f64>::eye(n) * 0.5
    }

    #[test]
    fn by_hand() {
        let factor = CholeskyFactor::of(array![[4.0, 9.0], [2.0, 10.0]]).unwrap();
        assert_eq!(factor.lower, array![[2.0, 0.0], [1.0, 3.0]]);
        assert!((factor.log_determinant() - 36.0_f64.ln()).abs() < 1e-12);
        let solved = factor.solve(array![[6.0], [12.0]]);
        assert!(
            (solved - array![[1.0], [1.0]])
                .iter()
                .all(|d| d.abs() < 1e-12)
        );
        assert!(CholeskyFactor::of(array![[1.0, 0.0], [2.0, 1.0]]).is_none());
        assert!(CholeskyFactor::of(array![[f64::NAN]]).is_none());
        assert_eq!(
            CholeskyFactor::of(Array2::zeros((0, 0)))
                .unwrap()
                .log_determinant(),
            0.0
        );
    }

    #[test]
    fn blocks_make_no_difference() {
        for n in [1, 47, 48, 49, 96, 150] {
            let matrix = positive(n);
            let factor = CholeskyFactor::of(matrix.clone()).unwrap();
            let near = |one: &Array2<f64>, other: &Array2<f64>| {
                (one - other)
                    .iter()
                    .all(|difference| difference.abs() < 1e-8)
            };
            assert!(near(&factor.lower.dot(&factor.lower.t()), &matrix), "{n}");
            assert!(near(&factor.inverse().dot(&matrix), &Array2::eye(n)), "{n}");
            let right = Array2::from_shape_fn((n, 3), |(row, column)| (row * 3 + column) as f64);
            assert!(
                near(&matrix.dot(&factor.solve(right.clone())), &right),
                "{n}"
            );
            assert!(
                near(&factor.lower.dot(&factor.forward(right.clone())), &right),
                "{n}"
            );
            assert!(
                near(
                    &factor.lower.t().dot(&factor.backward(right.clone())),
                    &right
                ),
                "{n}"
            );
        }
    }
}
