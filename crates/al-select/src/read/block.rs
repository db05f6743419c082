//! Candidates as they were read, block by block and all together.

use std::collections::HashSet;

use al_core::{Fault, Key, Matrix, Seed, Table};
use al_tables::Frame;
use ndarray::{Array2, ArrayView2, Axis};

use crate::weigh::Factors;

/// Rows of the sample that tells of all candidates.
pub(crate) const SAMPLE: usize = 20_000;

/// Rows looked at at a time.
pub(crate) const BLOCK: usize = 1 << 16;

/// What is known of n candidates.
#[derive(Clone, Copy)]
pub struct Offer<'a> {
    /// Their identities.
    pub keys: &'a [Key],
    /// As they are encoded.
    pub x: &'a Matrix,
    /// Encoded inputs in one unit, n × d.
    pub points: ArrayView2<'a, f32>,
    /// Centred draws Φ, n × f.
    pub features: ArrayView2<'a, f32>,
    /// Mean predictions, n × o.
    pub means: ArrayView2<'a, f32>,
    /// Combined uncertainties, and gains; none where the strategy reads none.
    pub scores: &'a [f32],
    /// See `scores`.
    pub gains: &'a [f32],
    /// How much each is wanted whatever it would teach; `None`: all alike.
    pub weights: Option<&'a [f32]>,
}

/// Rows as they were read, in blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowBlocks {
    frames: Vec<Frame>,
    /// The number of each block's first row.
    starts: Vec<usize>,
    n: usize,
}

impl RowBlocks {
    pub(crate) fn push(&mut self, frame: Frame) {
        self.starts.push(self.n);
        self.n += frame.n_rows();
        self.frames.push(frame);
    }

    /// The blocks, in order.
    pub(crate) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Whether rows have a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        let first = self.frames.first();
        first.is_some_and(|frame| frame.names().iter().any(|known| known == name))
    }

    /// One column of all rows.
    pub(crate) fn column(&self, name: &str) -> Result<Table, Fault> {
        let parts = self.frames.iter().map(|frame| frame.select(&[name]));
        let parts = parts.collect::<Result<Vec<Frame>, _>>()?;
        Ok(Frame::concat(parts)?.table(None)?)
    }

    /// The given rows, in the given order.
    pub(crate) fn take(&self, rows: &[usize]) -> Result<Frame, Fault> {
        // The rows of each block at once, then back into the order asked for.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&at| rows[at]);
        let mut taken = Vec::new();
        let mut at = 0;
        for (block, frame) in self.frames.iter().enumerate() {
            let start = self.starts[block];
            let end = start + frame.n_rows();
            let from = at;
            while at < order.len() && rows[order[at]] < end {
                at += 1;
            }
            let here: Vec<usize> = order[from..at].iter().map(|&at| rows[at] - start).collect();
            // A block without rows has the columns, too.
            if !here.is_empty() || (block == 0 && rows.is_empty()) {
                taken.push(frame.take(&here));
            }
        }
        let mut place = vec![0; rows.len()];
        for (sorted, &at) in order.iter().enumerate() {
            place[at] = sorted;
        }
        Ok(Frame::concat(taken)?.take(&place))
    }
}

/// What is known of the candidates, for any strategy.
pub(crate) struct Candidates {
    pub rows: RowBlocks,
    pub keys: Vec<Key>,
    pub x: Matrix,
    pub points: Array2<f32>,
    /// Centred member predictions; without columns where there is no model.
    pub features: Array2<f32>,
    pub means: Array2<f32>,
    /// Combined uncertainties and gains, if the strategy reads them.
    pub scores: Vec<f32>,
    pub gains: Vec<f32>,
    /// What they cost and whether they work.
    pub factors: Factors,
    /// Of a table read in one pass, a random sample of all of it.
    pub sample: Option<Block>,
    /// Rows that were read.
    pub seen: usize,
    /// Of a table read in one pass, how many of its rows could be picked.
    pub available: Option<usize>,
    /// Of such a table, rows left out for being all but sure to fail.
    pub hopeless: usize,
}

impl Candidates {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// What strategies see of them, all wanted alike.
    pub(crate) fn offer(&self) -> Offer<'_> {
        Offer {
            keys: &self.keys,
            x: &self.x,
            points: self.points.view(),
            features: self.features.view(),
            means: self.means.view(),
            scores: &self.scores,
            gains: &self.gains,
            weights: None,
        }
    }

    /// Rows that tell of all candidates but the `excluded`, if others are left: at most
    /// [`SAMPLE`], the same ones in whatever order they come.
    pub(crate) fn sampled(&mut self, seed: Seed, excluded: &HashSet<Key>) -> Result<Block, Fault> {
        if let Some(sample) = self.sample.take() {
            return Ok(sample);
        }
        let seed = seed.derive("looked at", 0);
        let order = |&row: &usize| (seed.order(self.keys[row]), row);
        let open = |row: &usize| !excluded.contains(&self.keys[*row]);
        let mut rows: Vec<usize> = (0..self.len()).filter(open).collect();
        if rows.is_empty() {
            rows = (0..self.len()).collect();
        }
        if rows.len() > SAMPLE {
            rows.select_nth_unstable_by_key(SAMPLE, order);
            rows.truncate(SAMPLE);
        }
        // The first of them are a sample of the sample.
        rows.sort_unstable_by_key(order);
        Ok(Block {
            frame: self.rows.take(&rows)?,
            keys: rows.iter().map(|&row| self.keys[row]).collect(),
            x: self.x.take(&rows),
            features: self.features.select(Axis(0), &rows),
            means: self.means.select(Axis(0), &rows),
            factors: self.factors.take(&rows),
        })
    }
}

/// A block of candidates as far as every strategy needs it.
pub(crate) struct Block {
    pub frame: Frame,
    pub keys: Vec<Key>,
    pub x: Matrix,
    pub features: Array2<f32>,
    pub means: Array2<f32>,
    pub factors: Factors,
}

impl Block {
    pub(crate) fn take(&self, rows: &[usize]) -> Block {
        Block {
            frame: self.frame.take(rows),
            keys: rows.iter().map(|&row| self.keys[row]).collect(),
            x: self.x.take(rows),
            features: self.features.select(Axis(0), rows),
            means: self.means.select(Axis(0), rows),
            factors: self.factors.take(rows),
        }
    }

    /// Blocks one after the other.
    pub(crate) fn stack(blocks: Vec<Block>) -> Result<Block, Fault> {
        let mut frames = Vec::with_capacity(blocks.len());
        let (mut keys, mut x, mut features, mut means) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut factors = Vec::new();
        for block in blocks {
            frames.push(block.frame);
            keys.extend(block.keys);
            x.push(block.x);
            features.push(block.features);
            means.push(block.means);
            factors.push(block.factors);
        }
        Ok(Block {
            frame: Frame::concat(frames)?,
            keys,
            x: stacked_matrix(x),
            features: stacked(features),
            means: stacked(means),
            factors: Factors::stack(factors),
        })
    }
}

/// Blocks one after the other, but for their frames, which stay as they are.
pub(crate) fn joined(blocks: Vec<Block>) -> Block {
    let frame = blocks[0].frame.slice(0, 0);
    let without = blocks.into_iter().map(|block| Block {
        frame: frame.clone(),
        ..block
    });
    Block::stack(without.collect()).expect("frames of one table")
}

/// Arrays one below the other.
pub(crate) fn stacked(blocks: Vec<Array2<f32>>) -> Array2<f32> {
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    ndarray::concatenate(Axis(0), &views).expect("at least one block, of equal widths")
}

fn stacked_matrix(blocks: Vec<Matrix>) -> Matrix {
    let columns = blocks[0].columns.clone();
    let mut counts = blocks[0].counts.clone();
    if let Some(counts) = &mut counts {
        let others = blocks[1..].iter().filter_map(|block| block.counts.as_ref());
        others.for_each(|other| counts.rows.extend(&other.rows));
    }
    Matrix {
        values: stacked(blocks.into_iter().map(|block| block.values).collect()),
        columns,
        counts,
    }
}
