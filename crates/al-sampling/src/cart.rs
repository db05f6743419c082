//! A small regression tree: which rows have like values, by their inputs.
//!
//! Splits are of one column at a threshold and lower the sum of squared
//! errors most; the leaf whose split lowers it most is split next, so a tree
//! of fewer leaves is the beginning of one of more (CART, Breiman, Friedman,
//! Olshen & Stone 1984, grown best first). This module knows rows and values;
//! it knows nothing of pools or picks.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

/// A gain below this share of a leaf's squared error is a rounding error.
const SMALLEST_GAIN: f64 = 1e-12;

/// A fitted tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CartTree {
    /// The root is the first.
    nodes: Vec<CartNode>,
    deviations: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum CartNode {
    Leaf(usize),
    /// Rows of which `column` is at most `threshold` go left.
    Split {
        column: usize,
        threshold: f64,
        left: usize,
        right: usize,
    },
}

/// A leaf while the tree grows.
struct Growing {
    node: usize,
    rows: Vec<u32>,
    split: Option<CartSplit>,
}

#[derive(Debug, Clone, Copy)]
struct CartSplit {
    column: usize,
    threshold: f64,
    /// By how much it lowers the sum of squared errors.
    gain: f64,
}

impl CartTree {
    /// The tree of the rows, n × d, and their values, n of them and 1 at
    /// least. A leaf has `min_leaf` rows or more, 1 at least; there are at
    /// most `max_leaves`, or one.
    pub(crate) fn fit(
        rows: ArrayView2<'_, f32>,
        values: &[f32],
        min_leaf: usize,
        max_leaves: usize,
    ) -> CartTree {
        let grow = |node: usize, members: Vec<u32>| Growing {
            node,
            split: best_split(rows, values, &members, min_leaf),
            rows: members,
        };
        let mut nodes = vec![CartNode::Leaf(0)];
        let mut leaves = vec![grow(0, (0..values.len() as u32).collect())];
        while leaves.len() < max_leaves {
            let gains = leaves.iter().enumerate();
            let best = gains
                .filter_map(|(at, leaf)| leaf.split.map(|split| (split, at)))
                .reduce(|a, b| if b.0.gain > a.0.gain { b } else { a });
            let Some((split, at)) = best else { break };
            let Growing { node, rows: of, .. } = leaves.swap_remove(at);
            let (left, right): (Vec<u32>, Vec<u32>) = of
                .into_iter()
                .partition(|&row| goes_left(rows.row(row as usize), &split));
            nodes[node] = CartNode::Split {
                column: split.column,
                threshold: split.threshold,
                left: nodes.len(),
                right: nodes.len() + 1,
            };
            for members in [left, right] {
                leaves.push(grow(nodes.len(), members));
                nodes.push(CartNode::Leaf(0));
            }
        }
        leaves.sort_unstable_by_key(|leaf| leaf.node);
        for (number, leaf) in leaves.iter().enumerate() {
            nodes[leaf.node] = CartNode::Leaf(number);
        }
        let deviations = leaves.iter().map(|leaf| deviation(values, &leaf.rows));
        CartTree {
            deviations: deviations.collect(),
            nodes,
        }
    }

    /// Per leaf the sample standard deviation of the values in it; 0 of one
    /// value.
    pub(crate) fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// The leaf that a row belongs to.
    pub(crate) fn leaf(&self, row: ArrayView1<'_, f32>) -> usize {
        let mut node = 0;
        loop {
            match self.nodes[node] {
                CartNode::Leaf(leaf) => return leaf,
                CartNode::Split {
                    column,
                    threshold,
                    left,
                    right,
                } => {
                    let small = f64::from(row[column]) <= threshold;
                    node = if small { left } else { right };
                }
            }
        }
    }
}

fn goes_left(row: ArrayView1<'_, f32>, split: &CartSplit) -> bool {
    f64::from(row[split.column]) <= split.threshold
}

fn mean(values: &[f32], rows: &[u32]) -> f64 {
    let sum: f64 = rows
        .iter()
        .map(|&row| f64::from(values[row as usize]))
        .sum();
    sum / rows.len() as f64
}

fn deviation(values: &[f32], rows: &[u32]) -> f64 {
    if rows.len() < 2 {
        return 0.0;
    }
    let mean = mean(values, rows);
    let squares = rows
        .iter()
        .map(|&row| (f64::from(values[row as usize]) - mean).powi(2));
    (squares.sum::<f64>() / (rows.len() - 1) as f64).sqrt()
}

/// The split that lowers the squared error most, of equal ones that of the
/// first column at its smallest threshold; `None` if none lowers it.
fn best_split(
    rows: ArrayView2<'_, f32>,
    values: &[f32],
    members: &[u32],
    min_leaf: usize,
) -> Option<CartSplit> {
    let first = values[members[0] as usize];
    let equal = members.iter().all(|&row| values[row as usize] == first);
    if equal || members.len() < 2 * min_leaf {
        return None;
    }
    // Around their mean, sums of values stay small and exact enough.
    let mean = mean(values, members);
    let error: f64 = members
        .iter()
        .map(|&row| (f64::from(values[row as usize]) - mean).powi(2))
        .sum();
    (0..rows.ncols())
        .into_par_iter()
        .filter_map(|column| {
            let mut pairs: Vec<(f32, u32)> = members
                .iter()
                // + 0.0 makes −0 a 0: the two are one value.
                .map(|&row| (rows[[row as usize, column]] + 0.0, row))
                .collect();
            pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let (threshold, gain) = best_threshold(&pairs, values, mean, min_leaf)?;
            (gain > SMALLEST_GAIN * error).then_some(CartSplit {
                column,
                threshold,
                gain,
            })
        })
        .reduce_with(|a, b| if b.gain > a.gain { b } else { a })
}

/// The best threshold between pairs of a column's value and a row, sorted, and
/// its gain.
fn best_threshold(
    pairs: &[(f32, u32)],
    values: &[f32],
    mean: f64,
    min_leaf: usize,
) -> Option<(f64, f64)> {
    let n = pairs.len();
    let value = |pair: &(f32, u32)| f64::from(values[pair.1 as usize]) - mean;
    let whole: f64 = pairs.iter().map(value).sum();
    let mut left = 0.0;
    let mut best: Option<(f64, f64)> = None;
    for (at, neighbours) in pairs.windows(2).enumerate() {
        left += value(&neighbours[0]);
        let on_left = at + 1;
        let (below, above) = (neighbours[0].0, neighbours[1].0);
        if on_left < min_leaf || n - on_left < min_leaf || below == above {
            continue;
        }
        let right = whole - left;
        let gain = left * left / on_left as f64 + right * right / (n - on_left) as f64
            - whole * whole / n as f64;
        if best.is_none_or(|(_, top)| gain > top) {
            best = Some((f64::midpoint(f64::from(below), f64::from(above)), gain));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::tests::numbers;
    use ndarray::{Array2, array};

    #[test]
    fn a_step_is_split_in_its_middle() {
        let rows = array![[1.0_f32], [2.0], [5.0], [6.0]];
        let tree = CartTree::fit(rows.view(), &[0.0, 2.0, 10.0, 14.0], 1, 2);
        // Between 2 and 5 the error falls from 131 to 2 + 8: the largest fall.
        let split = CartNode::Split {
            column: 0,
            threshold: 3.5,
            left: 1,
            right: 2,
        };
        assert_eq!(tree.nodes, [split, CartNode::Leaf(0), CartNode::Leaf(1)]);
        assert_eq!(tree.deviations(), [2.0_f64.sqrt(), 8.0_f64.sqrt()]);
        let leaves = [1.0, 3.5, 3.6, 99.0].map(|x| tree.leaf(array![x].view()));
        assert_eq!(leaves, [0, 0, 1, 1]);
        let best = best_split(rows.view(), &[0.0, 2.0, 10.0, 14.0], &[0, 1, 2, 3], 1);
        assert_eq!(best.unwrap().gain, 121.0);
    }

    #[test]
    fn the_column_that_matters_is_split_and_the_worst_leaf_next() {
        // Column 1 separates 0 from 10 and 30; column 0 says nothing.
        let rows = array![
            [1.0_f32, 0.0],
            [2.0, 0.0],
            [1.0, 1.0],
            [2.0, 1.0],
            [1.0, 2.0],
            [2.0, 2.0]
        ];
        let values = [0.0, 0.0, 10.0, 10.0, 30.0, 30.0];
        let tree = CartTree::fit(rows.view(), &values, 1, 2);
        assert_eq!(tree.leaf(rows.row(0)), tree.leaf(rows.row(3)));
        assert_ne!(tree.leaf(rows.row(3)), tree.leaf(rows.row(4)));
        let tree = CartTree::fit(rows.view(), &values, 1, 100);
        // All leaves are pure: nothing is left to split.
        assert_eq!(tree.deviations(), [0.0; 3]);
        assert_eq!(tree.nodes.len(), 5);
    }

    #[test]
    fn leaves_keep_their_smallest_size() {
        let rows = array![[0.0_f32], [1.0], [2.0], [3.0], [4.0]];
        // The best split of all would leave one row on the right.
        let values = [0.0, 0.0, 0.0, 0.0, 100.0];
        let tree = CartTree::fit(rows.view(), &values, 2, 10);
        assert_eq!(tree.deviations().len(), 2);
        assert_ne!(tree.leaf(rows.row(2)), tree.leaf(rows.row(3)));
        let tree = CartTree::fit(rows.view(), &values, 3, 10);
        assert_eq!(tree.deviations().len(), 1);
    }

    #[test]
    fn what_cannot_be_split_is_one_leaf() {
        let constant = CartTree::fit(numbers(20, 2, 1).view(), &[0.1; 20], 1, 9);
        assert_eq!(constant.deviations().len(), 1);
        let values: Vec<f32> = (0..20).map(|at| at as f32).collect();
        for rows in [Array2::ones((20, 2)), Array2::zeros((20, 0))] {
            assert_eq!(
                CartTree::fit(rows.view(), &values, 1, 9).deviations().len(),
                1
            );
        }
        let signs = array![[0.0_f32], [-0.0]];
        assert_eq!(
            CartTree::fit(signs.view(), &[1.0, 2.0], 1, 9)
                .deviations()
                .len(),
            1
        );
        assert_eq!(
            CartTree::fit(signs.view(), &[1.0, 2.0], 1, 0)
                .deviations()
                .len(),
            1
        );
    }

    #[test]
    fn extreme_numbers_are_split_alike() {
        let rows = numbers(60, 3, 5);
        let values: Vec<f32> = numbers(60, 1, 6).into_iter().collect();
        let plain = CartTree::fit(rows.view(), &values, 3, 8);
        let plain: Vec<usize> = rows.rows().into_iter().map(|row| plain.leaf(row)).collect();
        for unit in [2.0_f32.powi(-120), 2.0_f32.powi(120)] {
            let rows = &rows * unit;
            let values: Vec<f32> = values.iter().map(|value| value * unit).collect();
            let tree = CartTree::fit(rows.view(), &values, 3, 8);
            let found: Vec<usize> = rows.rows().into_iter().map(|row| tree.leaf(row)).collect();
            assert_eq!(found, plain);
        }
    }

    #[test]
    fn every_split_is_the_best_of_all() {
        // Coarse columns, so that many rows share a value.
        let rows = numbers(80, 3, 7).mapv(|v| (v * 9.0).floor());
        let values: Vec<f32> = numbers(80, 1, 8).into_iter().collect();
        let error = |members: &[u32]| {
            let mean = mean(&values, members);
            let squares = members
                .iter()
                .map(|&row| (f64::from(values[row as usize]) - mean).powi(2));
            squares.sum::<f64>()
        };
        let all: Vec<u32> = (0..80).collect();
        let mut least = f64::INFINITY;
        for column in 0..3 {
            for step in 0..9 {
                let (left, right): (Vec<u32>, Vec<u32>) = all
                    .iter()
                    .partition(|&&row| rows[[row as usize, column]] <= step as f32);
                if left.len() >= 5 && right.len() >= 5 {
                    least = least.min(error(&left) + error(&right));
                }
            }
        }
        let found = best_split(rows.view(), &values, &all, 5).unwrap();
        assert!((error(&all) - found.gain - least).abs() < 1e-9);
        let tree = CartTree::fit(rows.view(), &values, 5, 7);
        assert_eq!(tree.deviations().len(), 7);
        let mut sizes = [0; 7];
        for row in rows.rows() {
            sizes[tree.leaf(row)] += 1;
        }
        assert!(sizes.iter().all(|&size| size >= 5), "{sizes:?}");
    }
}
