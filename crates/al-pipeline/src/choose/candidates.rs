//! The candidates: read, encoded and predicted, whole or in one pass.

use std::collections::HashSet;

use al_core::{
    Encoder, Fault, Key, Matrix, Posterior, Progress, Schema, Seed, Table, Tabular, Unmeasured,
    posterior,
};
use al_tables::Frame;
use ndarray::{Array2, Axis};

use super::assemble::Offer;
use super::buffer::{Buffer, Fate, SAMPLE, Sampled, Streamed, any};
use super::identity::Identities;
use super::lists::{Lists, id_keys};
use super::request::Request;
use super::weights::{Factors, Weigher};
use crate::gain::{Gain, Wanted};
use crate::measures::{Measures, Ranges};
use crate::options::TrainOptions;
use crate::output_columns::own_columns;
use crate::results::{check_columns, row_keys};
use crate::score::{Scorer, Unseen, informed, sampled, shifted};
use crate::unreadable::ignored;

/// Rows looked at at a time.
pub(super) const BLOCK: usize = 1 << 16;

/// Rows as they were read, in blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    frames: Vec<Frame>,
    /// The number of each block's first row.
    starts: Vec<usize>,
    n: usize,
}

impl Blocks {
    pub(super) fn push(&mut self, frame: Frame) {
        self.starts.push(self.n);
        self.n += frame.n_rows();
        self.frames.push(frame);
    }

    /// One column of all rows.
    pub(super) fn column(&self, name: &str) -> Result<Table, Fault> {
        let parts = self.frames.iter().map(|frame| frame.select(&[name]));
        let parts = parts.collect::<Result<Vec<Frame>, _>>()?;
        Ok(Frame::concat(parts)?.table(None)?)
    }

    /// The given rows, in the given order.
    pub(super) fn take(&self, rows: &[usize]) -> Result<Frame, Fault> {
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
pub(super) struct Candidates {
    pub rows: Blocks,
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
    sample: Option<Block>,
    /// Rows that were read.
    pub seen: usize,
    /// Of a table read in one pass, how many of its rows could be picked.
    pub available: Option<usize>,
    /// Of such a table, rows left out for being all but sure to fail.
    pub hopeless: usize,
}

impl Candidates {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// What strategies see of them, all wanted alike.
    pub(super) fn offer(&self) -> Offer<'_> {
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

    /// Rows that tell of all candidates: at most [`SAMPLE`], the same ones in
    /// whatever order they come.
    pub(super) fn sampled(&mut self, seed: Seed) -> Result<Block, Fault> {
        if let Some(sample) = self.sample.take() {
            return Ok(sample);
        }
        let seed = seed.derive("looked at", 0);
        let order = |&row: &usize| (seed.order(self.keys[row]), row);
        let mut rows: Vec<usize> = (0..self.len()).collect();
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
pub(super) struct Block {
    pub frame: Frame,
    pub keys: Vec<Key>,
    pub x: Matrix,
    pub features: Array2<f32>,
    pub means: Array2<f32>,
    pub factors: Factors,
}

impl Block {
    pub(super) fn take(&self, rows: &[usize]) -> Block {
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
    pub(super) fn stack(blocks: Vec<Block>) -> Result<Block, Fault> {
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

/// Reads the candidates and what is believed of them.
pub(super) fn with_model(
    belief: &dyn Tabular,
    request: &mut Request<'_>,
    lists: &Lists,
    progress: &dyn Progress,
) -> Result<Candidates, Fault> {
    let (input, options) = (&request.input, request.options);
    let needs = request.strategy.needs();
    let encoder = belief.encoder();
    let id = belief.columns().id;
    check_columns(input, encoder.schema.names().chain(id))?;
    let scorer = Scorer::new(belief, 5)?;
    let weigher = Weigher::new(belief, input, options)?;
    let mut identities = Identities::new(belief, options.stream.is_none());
    let mut unseen = Unseen::default();
    let mut buffer = match options.stream {
        None => None,
        Some(most) => {
            // Measured rows may be worth measuring again.
            let mut named = lists.named();
            if belief.measurement_variance().is_some() {
                named.extend(belief.observed().keys());
            }
            Some(Buffer::new(
                most,
                !needs.typical,
                request.seed,
                lists.excluded.clone(),
                named,
                belief.direction(),
                options.least_feasible,
            ))
        }
    };
    // Whatever is read of every row is read when it passes by.
    let full = (needs.scores || needs.gains) && buffer.is_none();
    let (mut rows, mut blocks, mut looks) = (Blocks::default(), Vec::new(), Vec::new());
    let mut first = 0;
    for frame in input.blocks(BLOCK, None)? {
        let frame = frame?;
        let table = scorer.table(&frame)?;
        let x = encoder
            .encode(&table)
            .map_err(|error| shifted(input, error, first))?;
        unseen.note(belief, &table);
        let keys = identities.keys(input, &frame, &table, first)?;
        let factors = weigher.factors(input, &frame, &table, first)?;
        let believed = if full {
            let look = scorer
                .look(&table)
                .map_err(|error| shifted(input, error, first))?;
            let believed = (look.posterior.features(), mean(&look.posterior));
            looks.push(look);
            believed
        } else {
            let posterior = belief.posterior(&x);
            (posterior.features(), mean(&posterior))
        };
        let block = Block {
            keys,
            x,
            features: believed.0,
            means: believed.1,
            factors,
            frame,
        };
        let n = block.keys.len();
        first += n;
        progress.advance(n as u64);
        match &mut buffer {
            Some(buffer) => buffer.offer(block)?,
            None => {
                rows.push(block.frame.clone());
                blocks.push(block);
            }
        }
    }
    request.warnings.extend(unseen.sentences(belief));
    let wanted = match (needs.gains, options.gain) {
        (false, _) => Wanted::Nothing,
        (true, Gain::ModelChange) => Wanted::All,
        (true, _) => Wanted::Gains,
    };
    let gain = needs.gains.then_some(options.gain);
    let ranges = |sample: &Measures| Ranges::of(sample, belief.task(), gain, options.weights);
    let (block, sample, (available, hopeless), measures) = match buffer {
        None => {
            let block = joined(blocks);
            let n = block.keys.len();
            let mut all = Measures::default();
            for measures in informed(&scorer, looks, None, n, wanted, progress) {
                all.extend(measures);
            }
            let ranges = full.then(|| ranges(&all.sample(&sampled(belief.seed(), n))));
            (block, None, (None, 0), ranges.map(|ranges| (ranges, all)))
        }
        Some(buffer) => {
            let Streamed {
                kept,
                sample,
                available,
                hopeless,
            } = buffer.finish()?;
            rows.push(kept.frame.clone());
            let measures = if needs.scores || needs.gains {
                // What is kept is special: the sample stands for all rows.
                let measure = |block: &Block| -> Result<Measures, Fault> {
                    let table = scorer.table(&block.frame)?;
                    let looks = vec![scorer.look(&table).expect("encoded before")];
                    let n = block.keys.len();
                    let mut all =
                        informed(&scorer, looks, Some(&sample.x), n, wanted, &al_core::Silent);
                    Ok(all.pop().expect("one block"))
                };
                Some((ranges(&measure(&sample)?), measure(&kept)?))
            } else {
                None
            };
            (kept, Some(sample), (Some(available), hopeless), measures)
        }
    };
    let (scores, gains) = match measures {
        None => (Vec::new(), Vec::new()),
        Some((ranges, all)) => (narrow(&ranges.combine(&all)), narrow(&ranges.gain(&all))),
    };
    Ok(Candidates {
        points: encoder.places(&block.x),
        rows,
        keys: block.keys,
        x: block.x,
        features: block.features,
        means: block.means,
        scores,
        gains,
        factors: block.factors,
        sample,
        seen: first,
        available,
        hopeless,
    })
}

/// Blocks one after the other, but for their frames, which stay as they are.
fn joined(blocks: Vec<Block>) -> Block {
    let frame = blocks[0].frame.slice(0, 0);
    let without = blocks.into_iter().map(|block| Block {
        frame: frame.clone(),
        ..block
    });
    Block::stack(without.collect()).expect("frames of one table")
}

/// Candidates of which nothing is known but what they are.
pub(super) struct Plain {
    pub(super) candidates: Candidates,
    pub(super) lists: Lists,
    /// Nothing is measured, and rows are encoded like these.
    pub(super) belief: Unmeasured,
}

/// Reads the candidates of `input`, of which nothing is known but what they
/// are, and the rows that the user names; `None` without any. With `stream`, a
/// random sample of them is kept.
pub(super) fn without_model(
    belief: &Unmeasured,
    request: &mut Request<'_>,
) -> Result<Option<Plain>, Fault> {
    let (input, options, warnings) = (&request.input, request.options, &mut request.warnings);
    let mut plain = TrainOptions::new("");
    plain.id = options.id.clone();
    plain.ignore = options.ignore.clone();
    // What a row costs is not what it is.
    plain.ignore.extend(options.cost.clone());
    plain.ignore.extend(options.duration.clone());
    let weighed = options.cost_weights.iter().map(|(name, _)| name.clone());
    plain.ignore.extend(weighed);
    let mut choice = plain.choice();
    choice.target = None;
    choice.ignore = ignored(input, &plain.ignore).map(str::to_owned).collect();
    let named = choice.ignore.iter().map(String::as_str);
    check_columns(input, plain.roles().chain(named))?;
    let id = options.id.as_deref();
    let weigher = Weigher::new(belief, input, options)?;
    let seed = request.seed;
    let all = |frame: &Frame, _: usize| Ok(vec![Fate::Offered; frame.n_rows()]);
    let mut read = match options.stream {
        None => {
            let frame = input.read(None)?;
            let n = frame.n_rows();
            Sampled {
                frame,
                seen: n,
                offered: n,
            }
        }
        Some(most) => any(input, most, seed, &all)?,
    };
    let table = read.frame.table(None)?;
    if table.n_rows() == 0 {
        return Ok(None);
    }
    choice.written = own_columns(&table, &[]);
    let (schema, unnamed) = Schema::infer(&table, &choice).map_err(|error| input.fault(&error))?;
    warnings.extend(unnamed);
    let mut encoder = Encoder::fit(schema, &table).map_err(|error| input.fault(&error))?;
    let lists = Lists::read(options, &encoder, id, HashSet::new())?;
    let mut table = table;
    let named = lists.named();
    if let Some(most) = options.stream
        && !(named.is_empty() && lists.excluded.is_empty())
    {
        // What is named can be told from the rest only now that it is known
        // what a row is.
        let schema = encoder.schema.clone();
        let fates = |frame: &Frame, first: usize| -> Result<Vec<Fate>, Fault> {
            let table = frame.table(None)?;
            let keys = match id {
                Some(id) => id_keys(input, &table, id, first)?,
                None => al_core::encoder::feature_keys(&schema, &table)
                    .map_err(|error| shifted(input, error, first))?,
            };
            let fate = |key| {
                if named.contains(key) {
                    Fate::Named
                } else if lists.excluded.contains(key) {
                    Fate::Dropped
                } else {
                    Fate::Offered
                }
            };
            Ok(keys.iter().map(fate).collect())
        };
        read = any(input, most, seed, &fates)?;
        table = read.frame.table(None)?;
        if table.n_rows() > 0 {
            encoder = Encoder::fit(encoder.schema, &table).map_err(|error| input.fault(&error))?;
        }
    }
    let keys = row_keys(input, &table, &encoder.schema, id)?;
    let x = encoder.encode(&table).expect("fitted on it");
    let factors = weigher.factors(input, &read.frame, &table, 0)?;
    let n = table.n_rows();
    let mut rows = Blocks::default();
    rows.push(read.frame);
    let candidates = Candidates {
        points: encoder.places(&x),
        rows,
        keys,
        x,
        features: Array2::zeros((n, 0)),
        means: Array2::zeros((n, 0)),
        scores: Vec::new(),
        gains: Vec::new(),
        factors,
        sample: None,
        available: options.stream.map(|_| read.offered),
        seen: read.seen,
        hopeless: 0,
    };
    let belief = belief.clone().encoded(encoder, &table);
    Ok(Some(Plain {
        candidates,
        lists,
        belief,
    }))
}

/// The mean of the draws: a value per row, or its class probabilities; n × 0
/// without draws.
pub(crate) fn mean(posterior: &Posterior) -> Array2<f32> {
    match posterior {
        _ if posterior.n_draws() == 0 => Array2::zeros((posterior.n_rows(), 0)),
        Posterior::Values { draws, .. } => {
            let means = posterior::mean(draws).into_iter().map(|v| v as f32);
            ndarray::Array1::from_iter(means).insert_axis(Axis(1))
        }
        Posterior::Classes { draws } => {
            posterior::mean_probabilities(draws).mapv(|probability| probability as f32)
        }
    }
}

pub(super) fn stacked(blocks: Vec<Array2<f32>>) -> Array2<f32> {
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    ndarray::concatenate(Axis(0), &views).expect("at least one block, of equal widths")
}

fn stacked_matrix(blocks: Vec<Matrix>) -> Matrix {
    let columns = blocks[0].columns.clone();
    Matrix {
        values: stacked(blocks.into_iter().map(|block| block.values).collect()),
        columns,
    }
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}
