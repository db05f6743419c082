//! Leaves as places: rows that fall into the same leaves lie near each other.
//!
//! Two rows in one leaf are one row to that tree, so the share of trees in
//! which they share a leaf says how alike the model finds them: the proximity
//! of random forests (Breiman 2001; as a kernel: Scornet 2016). Unlike
//! predictions it tells rows apart that are given the same value by chance,
//! and unlike inputs it ignores what the target does not depend on.
//!
//! The kernel is projected to a fixed width: every leaf has a vector of
//! [`WIDTH`] random signs, and a row lies at the sum of those of its leaves,
//! divided by √(width · trees). Over the draw of the signs the expected squared
//! distance of two rows is 2 · (1 − share of trees in which they share a leaf),
//! with a relative deviation of at most √(2/width), 25 % (Achlioptas 2003).
//!
//! Of each member the first [`ROUNDS`] rounds count. At a shrinkage of 0.1 they
//! make most of what a member predicts, later trees correct it, and a million
//! rows cost a tenth of the time that all trees would.

use al_core::{Matrix, Seed};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::layout::RowLayout;
use crate::learner::Model;

/// Numbers per row.
pub const WIDTH: usize = 32;

/// Boosting rounds of each member whose trees count.
pub const ROUNDS: usize = 10;

/// Rows whose leaves are in memory at a time.
const BLOCK: usize = 512;

/// Bits of a count of trees: 1000 members × 10 rounds × 1600 classes have room.
const PLANES: usize = 24;

/// The places of the rows of `x`, n × [`WIDTH`]; `None` if a member cannot tell
/// its leaves. `seed` draws the signs.
///
/// Cost: O(members · rounds · (depth + width/32)) per row.
pub(crate) fn places(
    members: &[Box<dyn Model>],
    layout: RowLayout,
    x: &Matrix,
    seed: Seed,
) -> Option<Array2<f32>> {
    let n = x.n_rows();
    let none = x.take(&[]);
    let none = layout.rows(&none);
    if members
        .iter()
        .any(|member| member.leaves_of_rounds(&none, ROUNDS).is_none())
    {
        return None;
    }
    let mut places = Array2::zeros((n, WIDTH));
    places
        .axis_chunks_iter_mut(Axis(0), BLOCK)
        .into_par_iter()
        .enumerate()
        .for_each(|(block, mut places)| {
            let rows: Vec<usize> = (block * BLOCK..n.min((block + 1) * BLOCK)).collect();
            let part = x.take(&rows);
            let part = layout.rows(&part);
            let mut counts = vec![[0_u32; PLANES]; rows.len()];
            let mut trees = 0;
            for (member, model) in members.iter().enumerate() {
                let leaves = model.leaves_of_rounds(&part, ROUNDS);
                let leaves = leaves.expect("members of one kind");
                let own = leaves.len() / rows.len();
                trees += own;
                for (counts, leaves) in counts.iter_mut().zip(leaves.chunks_exact(own.max(1))) {
                    for (tree, &leaf) in leaves.iter().enumerate() {
                        add(counts, signs(seed, member, tree, leaf));
                    }
                }
            }
            let scale = 1.0 / ((WIDTH * trees.max(1)) as f32).sqrt();
            for (mut place, counts) in places.rows_mut().into_iter().zip(&counts) {
                for (at, value) in place.iter_mut().enumerate() {
                    *value = (2 * count(counts, at) - trees as i64) as f32 * scale;
                }
            }
        });
    Some(places)
}

/// The signs of a leaf, as bits.
fn signs(seed: Seed, member: usize, tree: usize, leaf: u32) -> u32 {
    // Depth is at most 16, so that a tree has fewer than 2¹⁷ nodes.
    seed.word((member as u64) << 44 | (tree as u64) << 20 | u64::from(leaf)) as u32
}

/// Adds each bit to its own count. Plane p holds bit p of all counts, so
/// that a carry moves through all of them at once.
fn add(counts: &mut [u32; PLANES], bits: u32) {
    let mut carry = bits;
    for plane in counts {
        if carry == 0 {
            break;
        }
        let both = *plane & carry;
        *plane ^= carry;
        carry = both;
    }
}

/// The count of bit `at`.
fn count(counts: &[u32; PLANES], at: usize) -> i64 {
    let bits = counts.iter().enumerate();
    bits.map(|(plane, bits)| ((bits >> at & 1) << plane) as i64)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::{Labelled, Labels, LearnerOptions};
    use crate::registry;
    use al_core::{MatrixColumn, Silent};
    use rand::RngExt;

    #[test]
    fn counts_are_those_of_single_bits() {
        let mut rng = Seed(4).stream("bits", 0);
        let (mut counts, mut plain) = ([0; PLANES], [0_i64; WIDTH]);
        for _ in 0..1500 {
            let bits: u32 = rng.random();
            add(&mut counts, bits);
            (0..WIDTH).for_each(|at| plain[at] += (bits >> at & 1) as i64);
        }
        assert!((0..WIDTH).all(|at| count(&counts, at) == plain[at]));
    }

    fn data(rows: usize) -> Labelled {
        let mut rng = Seed(2).stream("rows", 0);
        let values = Array2::from_shape_fn((rows, 2), |_| rng.random::<f32>());
        let y = values.rows().into_iter();
        let y = y.map(|row| f64::from(row[0] * 3.0 + (row[1] * 9.0).sin()));
        Labelled {
            y: Labels::Values(y.collect()),
            weights: vec![1.0; rows],
            x: Matrix {
                values,
                columns: [MatrixColumn::Numeric; 2].into(),
                counts: None,
            },
            groups: Vec::new(),
        }
    }

    const OPTIONS: LearnerOptions = LearnerOptions {
        trees: 25,
        depth: 3,
        learning_rate: 0.1,
        early_stopping: false,
        symmetric: false,
        least_reduction: 0.0,
    };

    #[test]
    fn squared_distances_are_twice_the_share_of_leaves_apart() {
        let data = data(90);
        let bags: Vec<Vec<u16>> = (0..3_usize)
            .map(|member| (0..90).map(|row| ((row + member) % 3) as u16).collect())
            .collect();
        let learner = (registry::find("boosted").unwrap().make)(OPTIONS);
        let members = learner.fit(&data, &bags, Seed(1), &Silent).unwrap();
        let x = data.x.take(&(0..12).collect::<Vec<_>>());
        // All trees in one list per row.
        let rows = RowLayout::Codes.rows(&x);
        let leaves: Vec<Vec<u32>> = (0..12)
            .map(|row| {
                let of = |leaves: Vec<u32>| leaves[row * 25..row * 25 + ROUNDS].to_vec();
                let all = members.iter().map(|model| model.leaves(&rows).unwrap());
                all.flat_map(of).collect()
            })
            .collect();
        let draws = 200;
        let mut mean = Array2::<f64>::zeros((12, 12));
        for draw in 0..draws {
            let places = places(&members, RowLayout::Codes, &x, Seed(draw)).unwrap();
            for a in 0..12 {
                for b in 0..12 {
                    let apart = &places.row(a) - &places.row(b);
                    mean[[a, b]] += f64::from(apart.dot(&apart)) / draws as f64;
                }
            }
        }
        let mut shares = Vec::new();
        for a in 0..12 {
            for b in 0..12 {
                let both = leaves[a].iter().zip(&leaves[b]);
                let apart = both.filter(|(a, b)| a != b).count() as f64 / 30.0;
                // 25 % of it over √200 draws, five times.
                let error = (mean[[a, b]] - 2.0 * apart).abs();
                assert!(error <= 0.18 * apart, "{} of {apart}", mean[[a, b]]);
                shares.push(apart);
            }
        }
        assert!(shares.iter().any(|&s| s > 0.8) && shares.iter().any(|&s| s > 0.0 && s < 0.4));
    }

    #[test]
    fn members_without_trees_have_no_places() {
        let data = data(30);
        let learner = (registry::find("linear").unwrap().make)(OPTIONS);
        let members = learner.fit(&data, &[vec![1; 30]], Seed(1), &Silent);
        assert!(places(&members.unwrap(), RowLayout::Dense, &data.x, Seed(0)).is_none());
    }
}
