//! Expected model change: how far predictions would move if a row were
//! measured.
//!
//! One more row x of weight 1 with outcome y leaves the structure of a
//! boosted member as it is and changes the value of the leaf that x falls
//! into, tree after tree. With squared error a leaf of value v, weight H and
//! penalty λ becomes
//!
//! v + (η·e − v) / (H + λ + 1),  e = y − F(x),
//!
//! where F(x) is what the changed member predicts for x before that tree and η
//! its shrinkage: what earlier trees have learned of y, later ones need not
//! learn, so that x never moves past its outcome. To first order along the
//! sequence the other rows' residuals stay what they were, so that a reference
//! row r moves by the sum of these changes over the trees in which it shares the
//! leaf of x: a straight line α·y − β in the outcome. With y of mean μ and
//! variance σ² it moves by (α·μ − β)² + α²·σ² in the mean square; the expected
//! model change of x is the root of the mean of this over members and reference
//! rows.
//!
//! It ranks rows much as training again with them does (how well is in
//! docs/MEASUREMENTS.md); of the size of the movement it says less, since trees
//! trained again take other shapes.
//!
//! Each member looks at a share of the reference rows, all members together at
//! all of them: a candidate is judged by as many rows at a fraction of the cost.
//!
//! Settles, Craven & Ray 2008 (expected gradient length); Cai, Zhang & Zhou
//! 2013 (for regression, boosting included).

use al_core::{ExpectedChange, Matrix};
use rayon::prelude::*;

use crate::layout::RowLayout;
use crate::learner::{Boosting, Model};

/// Rows whose leaves are in memory at a time.
const BLOCK: usize = 512;

/// Reference rows that one member looks at.
const PER_MEMBER: usize = 24;

/// The reference rows as the members of an ensemble see them.
pub struct ModelChange<'a> {
    layout: RowLayout,
    rate: f64,
    members: Vec<ChangeMember<'a>>,
    /// Reference rows of each member.
    n_reference: usize,
}

impl std::fmt::Debug for ModelChange<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModelChange")
            .field("members", &self.members.len())
            .field("n_reference", &self.n_reference)
            .finish_non_exhaustive()
    }
}

struct ChangeMember<'a> {
    model: &'a dyn Model,
    base: f32,
    /// Per tree where its nodes begin.
    trees: Vec<u32>,
    nodes: Vec<ChangeNode>,
}

#[derive(Clone, Copy)]
struct ChangeNode {
    value: f32,
    /// 1/(weight + penalty + 1).
    share: f32,
    /// The member's reference rows in it, as bits.
    reference: u32,
}

impl ExpectedChange for ModelChange<'_> {
    /// Cost: O(trees · reference rows in a leaf) per row and member.
    fn expected(&self, x: &Matrix, mean: &[f64], variance: &[f64]) -> Vec<f64> {
        let n = x.n_rows();
        if self.n_reference == 0 || self.members.is_empty() {
            return vec![0.0; n];
        }
        (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .flat_map_iter(|block| {
                let range = block * BLOCK..n.min((block + 1) * BLOCK);
                let part = x.take(&range.clone().collect::<Vec<_>>());
                self.of_block(&part, &mean[range.clone()], &variance[range])
            })
            .collect()
    }
}

impl<'a> ModelChange<'a> {
    /// `None` if a member is not boosted or has several outputs. `rate` is the
    /// shrinkage of the trees. Of the reference rows, n, member j looks at
    /// min(n, 24), from row 24·j on, and from the first again after the last.
    pub(crate) fn new(
        members: &'a [Box<dyn Model>],
        layout: RowLayout,
        rate: f64,
        reference: &Matrix,
    ) -> Option<ModelChange<'a>> {
        let n = reference.n_rows();
        let n_reference = n.min(PER_MEMBER);
        let members = members
            .iter()
            .enumerate()
            .map(|(member, model)| {
                let own = (0..n_reference).map(|at| (member * PER_MEMBER + at) % n);
                let own = reference.take(&own.collect::<Vec<_>>());
                let boosting = model.boosting()?;
                let leaves = model.leaves(&layout.rows(&own))?;
                Some(ChangeMember::new(model.as_ref(), &boosting, &leaves))
            })
            .collect::<Option<Vec<ChangeMember<'a>>>>()?;
        Some(ModelChange {
            layout,
            rate,
            members,
            n_reference,
        })
    }

    fn of_block(&self, x: &Matrix, mean: &[f64], variance: &[f64]) -> Vec<f64> {
        let rows = self.layout.rows(x);
        let mut sums = vec![0.0_f64; mean.len()];
        for member in &self.members {
            let leaves = member.model.leaves(&rows).expect("it has trees");
            let trees = member.trees.len();
            let mut moves = vec![Move::default(); trees];
            for (row, sum) in sums.iter_mut().enumerate() {
                let lines = member.lines(
                    &leaves[row * trees..(row + 1) * trees],
                    self.rate as f32,
                    mean[row] as f32,
                    &mut moves,
                );
                let spread = variance[row] as f32;
                // Offsets are those at the mean outcome: no large numbers are
                // taken from each other.
                let squares: f32 = lines
                    .iter()
                    .map(|[slope, offset]| offset * offset + slope * slope * spread)
                    .sum();
                *sum += f64::from(squares);
            }
        }
        let count = (self.members.len() * self.n_reference) as f64;
        sums.iter().map(|sum| (sum / count).sqrt()).collect()
    }
}

impl<'a> ChangeMember<'a> {
    /// `leaves` are those of the reference rows, of which there are at most
    /// 24.
    fn new(model: &'a dyn Model, boosting: &Boosting, leaves: &[u32]) -> ChangeMember<'a> {
        let mut nodes = Vec::new();
        let mut trees = Vec::with_capacity(boosting.trees.len());
        for (tree, leaf_of) in boosting.trees.iter().enumerate() {
            let first = nodes.len();
            trees.push(first as u32);
            nodes.extend(leaf_of.iter().map(|leaf| ChangeNode {
                value: leaf.value,
                share: 1.0 / (leaf.weight + boosting.penalty + 1.0),
                reference: 0,
            }));
            for (row, leaves) in leaves.chunks_exact(boosting.trees.len()).enumerate() {
                nodes[first + leaves[tree] as usize].reference |= 1 << row;
            }
        }
        ChangeMember {
            model,
            base: boosting.base,
            trees,
            nodes,
        }
    }

    /// How each reference row moves: per unit of the outcome, and at the
    /// outcome `mean`. `moves` has room for one per tree.
    fn lines(
        &self,
        leaves: &[u32],
        rate: f32,
        mean: f32,
        moves: &mut [Move],
    ) -> [[f32; 2]; PER_MEMBER] {
        let mut lines = [[0.0_f32; 2]; PER_MEMBER];
        // Of the row itself: its prediction at the outcome `mean`, and the
        // share of any other outcome that no tree has learned yet.
        let (mut prediction, mut unlearned) = (self.base, 1.0);
        // Which leaves hold reference rows, and how many, no processor can
        // guess: lists that grow by 0 or 1 take the place of branches.
        let mut count = 0;
        for (&first, &leaf) in self.trees.iter().zip(leaves) {
            let node = self.nodes[(first + leaf) as usize];
            let step = rate * node.share;
            moves[count] = Move {
                rows: node.reference,
                slope: step * unlearned,
                offset: step * (mean - prediction) - node.share * node.value,
            };
            count += usize::from(node.reference != 0);
            // The prediction plus value and offset, arranged so that one tree
            // waits for a product and a sum of the tree before and no more.
            let value = node.value - node.share * node.value;
            prediction = (1.0 - step) * prediction + (value + step * mean);
            unlearned *= 1.0 - step;
        }
        while count > 0 {
            let mut left = 0;
            for at in 0..count {
                let mut one = moves[at];
                let line = &mut lines[one.rows.trailing_zeros() as usize];
                line[0] += one.slope;
                line[1] += one.offset;
                one.rows &= one.rows - 1;
                moves[left] = one;
                left += usize::from(one.rows != 0);
            }
            count = left;
        }
        lines
    }
}

/// What one tree adds to the movement of the reference rows in a leaf.
#[derive(Clone, Copy, Default)]
struct Move {
    /// The rows, as bits.
    rows: u32,
    slope: f32,
    offset: f32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::{Bag, Labelled, Labels, LearnerOptions};
    use crate::registry;
    use al_core::{MatrixColumn, Seed, Silent};
    use ndarray::Array2;
    use rand::RngExt;

    fn matrix(rows: usize, stream: &str) -> Matrix {
        let mut rng = Seed(3).stream(stream, 0);
        Matrix {
            values: Array2::from_shape_fn((rows, 3), |_| rng.random::<f32>() * 4.0 - 2.0),
            columns: [MatrixColumn::Numeric; 3].into(),
            counts: None,
        }
    }

    fn labelled(rows: usize) -> Labelled {
        let x = matrix(rows, "training");
        let y = x.values.rows().into_iter();
        let y = y.map(|row| f64::from(row[0] * row[1] + row[2].sin()));
        Labelled {
            y: Labels::Values(y.collect()),
            x,
            weights: (0..rows).map(|row| 0.5 + (row % 3) as f32 / 2.0).collect(),
            groups: Vec::new(),
        }
    }

    const OPTIONS: LearnerOptions = LearnerOptions {
        trees: 15,
        depth: 3,
        learning_rate: 0.3,
        early_stopping: false,
        symmetric: false,
        least_reduction: 0.0,
    };

    fn members(data: &Labelled, bags: &[Bag]) -> Vec<Box<dyn Model>> {
        let learner = (registry::find("boosted").unwrap().make)(OPTIONS);
        learner.fit(data, bags, Seed(1), &Silent).unwrap()
    }

    /// The mean square by which the reference rows move, by refitting the
    /// leaves with the row in the training set at two outcomes μ ± σ, which
    /// have the mean and the variance asked for. The row's own residuals are
    /// those that the refitted leaves leave.
    fn refitted(
        model: &dyn Model,
        data: &Labelled,
        bag: &Bag,
        reference: &Matrix,
        row: &Matrix,
        (mean, variance): (f64, f64),
    ) -> f64 {
        let boosting = model.boosting().unwrap();
        let n_trees = boosting.trees.len();
        let leaves = |x: &Matrix| model.leaves(&RowLayout::Codes.rows(x)).unwrap();
        let (training, reference, own) = (leaves(&data.x), leaves(reference), leaves(row));
        let n_reference = reference.len() / n_trees;
        let mut total = 0.0;
        for outcome in [mean - variance.sqrt(), mean + variance.sqrt()] {
            let mut before: Vec<f64> = vec![f64::from(boosting.base); data.n_rows()];
            let mut prediction = f64::from(boosting.base);
            let mut moved = vec![0.0; n_reference];
            for tree in 0..n_trees {
                let leaf = own[tree];
                let old = f64::from(boosting.trees[tree][leaf as usize].value);
                let (mut sum, mut weight) = (outcome - prediction, 1.0);
                for at in 0..data.n_rows() {
                    if bag[at] > 0 && training[at * n_trees + tree] == leaf {
                        let counts = f64::from(bag[at]) * f64::from(data.weights[at]);
                        sum += counts * (data.y.values()[at] - before[at]);
                        weight += counts;
                    }
                }
                let new = OPTIONS.learning_rate * sum / (weight + f64::from(boosting.penalty));
                for (at, moved) in moved.iter_mut().enumerate() {
                    if reference[at * n_trees + tree] == leaf {
                        *moved += new - old;
                    }
                }
                prediction += new;
                for (at, before) in before.iter_mut().enumerate() {
                    let leaf = training[at * n_trees + tree] as usize;
                    *before += f64::from(boosting.trees[tree][leaf].value);
                }
            }
            total += moved.iter().map(|moved| moved * moved).sum::<f64>() / 2.0;
        }
        total / n_reference as f64
    }

    #[test]
    fn it_is_what_refitting_the_leaves_gives() {
        let data = labelled(120);
        let bags: Vec<Bag> = (0..3_usize)
            .map(|member| {
                (0..120)
                    .map(|row| ((row * 7 + member) % 3) as u16)
                    .collect()
            })
            .collect();
        let models = members(&data, &bags);
        let (reference, rows) = (matrix(40, "reference"), matrix(25, "candidates"));
        let change =
            ModelChange::new(&models, RowLayout::Codes, OPTIONS.learning_rate, &reference).unwrap();
        let mean: Vec<f64> = (0..25).map(|row| f64::from(row) / 10.0 - 1.0).collect();
        let variance: Vec<f64> = (0..25).map(|row| f64::from(row % 4) / 8.0).collect();
        let found = change.expected(&rows, &mean, &variance);
        for row in 0..25 {
            let one = rows.take(&[row]);
            let expected: f64 = (0..3)
                .map(|member| {
                    let own: Vec<usize> = (0..PER_MEMBER)
                        .map(|at| (PER_MEMBER * member + at) % 40)
                        .collect();
                    refitted(
                        models[member].as_ref(),
                        &data,
                        &bags[member],
                        &reference.take(&own),
                        &one,
                        (mean[row], variance[row]),
                    )
                })
                .sum();
            let expected = (expected / 3.0).sqrt();
            assert!(
                (found[row] - expected).abs() <= 1e-5 * (1.0 + expected),
                "{} instead of {expected}",
                found[row]
            );
        }
    }

    #[test]
    fn members_without_trees_have_none() {
        let data = labelled(60);
        let bags = vec![vec![1; 60]; 2];
        let learner = (registry::find("linear").unwrap().make)(OPTIONS);
        let models = learner.fit(&data, &bags, Seed(1), &Silent).unwrap();
        let reference = matrix(5, "reference");
        assert!(ModelChange::new(&models, RowLayout::Dense, 0.1, &reference).is_none());
        // Nothing to look at does not move.
        let models = members(&data, &bags);
        let none = ModelChange::new(&models, RowLayout::Codes, 0.3, &reference.take(&[])).unwrap();
        assert_eq!(none.expected(&reference, &[0.0; 5], &[1.0; 5]), [0.0; 5]);
    }
}
