//! One pass over a table of any length: what is kept of it.
//!
//! Most of what is kept is a plain random sample, so that strategies which weigh
//! regions by their candidates find them as they are; drawn by their uncertainty
//! instead, uncertain regions would count twice. With it come the most uncertain
//! rows and those that could be the best, for strategies that want the extremes.
//! Each are the rows with the largest values of something that depends on the
//! row and the seed alone: the order of the file does not matter.

use std::collections::HashSet;

use al_core::{Direction, Fault, Key, KeyBuilder, Seed};
use al_tables::{Frame, Input};

use super::block::{BLOCK, Block, SAMPLE};

/// Pieces of which what is kept may consist.
const PIECES: usize = 32;

/// Of so many rows of the sample one more is kept of each kind of extreme rows.
const EXTREME: usize = 16;

/// The rows with the largest values.
struct Largest {
    most: usize,
    /// What must be passed to be kept.
    floor: f64,
    values: Vec<f64>,
    blocks: Vec<Block>,
}

impl Largest {
    fn new(most: usize) -> Largest {
        Largest {
            most,
            floor: f64::NEG_INFINITY,
            values: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn offer(&mut self, block: &Block, values: &[f64]) -> Result<(), Fault> {
        let kept: Vec<usize> = (0..values.len())
            .filter(|&row| values[row] >= self.floor)
            .collect();
        if kept.is_empty() {
            return Ok(());
        }
        self.values.extend(kept.iter().map(|&row| values[row]));
        self.blocks.push(block.take(&kept));
        // Sorting out now and then costs less than a heap of rows. Late in a long
        // table a block has few rows worth keeping, and many small pieces take
        // more memory than one.
        if self.values.len() > 2 * self.most || self.blocks.len() > PIECES {
            self.sort_out()?;
        }
        Ok(())
    }

    fn sort_out(&mut self) -> Result<(), Fault> {
        if self.blocks.is_empty() {
            return Ok(());
        }
        let all = Block::stack(std::mem::take(&mut self.blocks))?;
        let mut rows: Vec<usize> = (0..self.values.len()).collect();
        let mut known = HashSet::new();
        rows.retain(|&row| known.insert(all.keys[row]));
        let values = &self.values;
        let order = |&row: &usize| (all.keys[row], row);
        rows.sort_unstable_by(|a, b| {
            values[*b]
                .total_cmp(&values[*a])
                .then_with(|| order(a).cmp(&order(b)))
        });
        rows.truncate(self.most);
        if rows.len() == self.most {
            self.floor = rows.last().map_or(self.floor, |&row| values[row]);
        }
        self.values = rows.iter().map(|&row| values[row]).collect();
        self.blocks = vec![all.take(&rows)];
        Ok(())
    }

    fn finish(mut self) -> Result<Option<Block>, Fault> {
        self.sort_out()?;
        Ok(self.blocks.pop())
    }
}

/// What is kept of the candidates.
pub(crate) struct Buffer {
    seed: Seed,
    /// Rows never to pick.
    excluded: HashSet<Key>,
    /// Rows kept in any case, as far as they have not come by.
    named: HashSet<Key>,
    certain: Vec<Block>,
    /// Rows that may be picked, repeated ones included.
    available: usize,
    /// 1 where large values are wanted, else −1.
    sign: f64,
    /// Probability of working below which a row is not chosen.
    least_feasible: f64,
    /// Rows left out for that.
    hopeless: usize,
    /// Whether extreme rows are kept beside the sample.
    extremes: bool,
    uncertain: Largest,
    promising: Largest,
    drawn: Largest,
    sample: Largest,
    /// A block without rows, for tables that have none.
    none: Option<Block>,
}

impl Buffer {
    /// That keeps `most` rows of a sample, and if `extremes`, some more.
    pub(crate) fn new(
        most: usize,
        extremes: bool,
        seed: Seed,
        excluded: HashSet<Key>,
        named: HashSet<Key>,
        direction: Option<Direction>,
        least_feasible: f64,
    ) -> Buffer {
        Buffer {
            seed,
            excluded,
            named,
            certain: Vec::new(),
            available: 0,
            sign: if direction == Some(Direction::Max) {
                1.0
            } else {
                -1.0
            },
            least_feasible,
            hopeless: 0,
            extremes,
            uncertain: Largest::new(most / EXTREME),
            promising: Largest::new(most / EXTREME),
            drawn: Largest::new(most),
            sample: Largest::new(SAMPLE),
            none: None,
        }
    }

    pub(crate) fn offer(&mut self, block: Block) -> Result<(), Fault> {
        if self.none.is_none() {
            self.none = Some(block.take(&[]));
        }
        let n = block.keys.len();
        let place = self.seed.derive("looked at", 0);
        let chance = |keys: &[Key]| -> Vec<f64> {
            // The rows that come first in the order.
            let digits = |&key: &Key| -((place.order(key) >> 11) as f64);
            keys.iter().map(digits).collect()
        };
        self.sample.offer(&block, &chance(&block.keys))?;
        // Each once, however often it comes by.
        let named: Vec<usize> = (0..n)
            .filter(|&row| self.named.remove(&block.keys[row]))
            .collect();
        if !named.is_empty() {
            self.certain.push(block.take(&named));
        }
        let mut open: Vec<usize> = (0..n)
            .filter(|&row| !self.excluded.contains(&block.keys[row]))
            .collect();
        let known = open.len();
        let feasible = &block.factors.feasible;
        let works = |row: usize| feasible.get(row).is_none_or(|&p| p >= self.least_feasible);
        open.retain(|&row| works(row));
        self.hopeless += known - open.len();
        self.available += open.len();
        let block = block.take(&open);
        self.drawn.offer(&block, &chance(&block.keys))?;
        if !self.extremes {
            return Ok(());
        }
        let variance = |row: usize| -> f64 {
            let features = block.features.row(row);
            features.iter().map(|&f| f64::from(f).powi(2)).sum()
        };
        let factor = |row: usize| {
            let feasible = block.factors.feasible.get(row).copied().unwrap_or(1.0);
            let available = block.factors.available.get(row).copied().unwrap_or(1.0);
            feasible * available / block.factors.cost.get(row).copied().unwrap_or(1.0)
        };
        let rows = 0..open.len();
        let uncertain: Vec<f64> = rows
            .clone()
            .map(|row| variance(row) * factor(row))
            .collect();
        self.uncertain.offer(&block, &uncertain)?;
        if block.means.ncols() == 1 {
            // Upper bounds of two standard deviations on what is wanted.
            let bound = |row: usize| {
                self.sign * f64::from(block.means[[row, 0]]) + 2.0 * variance(row).sqrt()
            };
            let promising: Vec<f64> = rows.map(bound).collect();
            self.promising.offer(&block, &promising)?;
        }
        Ok(())
    }

    /// The rows to choose from, each once, and the sample.
    pub(crate) fn finish(self) -> Result<Streamed, Fault> {
        let none = self.none.expect("a table has at least one block");
        let mut kept = self.certain;
        kept.extend(self.drawn.finish()?);
        kept.extend(self.uncertain.finish()?);
        kept.extend(self.promising.finish()?);
        kept.push(none.take(&[]));
        let kept = Block::stack(kept)?;
        let mut known = HashSet::new();
        let once: Vec<usize> = (0..kept.keys.len())
            .filter(|&row| known.insert(kept.keys[row]))
            .collect();
        let sample = self.sample.finish()?;
        Ok(Streamed {
            kept: kept.take(&once),
            sample: sample.unwrap_or(none),
            available: self.available,
            hopeless: self.hopeless,
        })
    }
}

/// What is left of a table after one pass.
pub(crate) struct Streamed {
    /// The rows to choose from, each once.
    pub(crate) kept: Block,
    /// A random sample of all rows.
    pub(crate) sample: Block,
    /// Rows that could be picked, repeated ones included.
    pub(crate) available: usize,
    /// Rows left out for being all but sure to fail.
    pub(crate) hopeless: usize,
}

/// What becomes of a row that passes by without a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It may be chosen.
    Offered,
    /// It is named by the user, and kept in any case.
    Named,
    /// It must not be chosen.
    Dropped,
}

/// What is kept of a table of which nothing is known.
pub(crate) struct Sampled {
    /// At most so many different rows as asked for, and those that are named.
    pub(crate) frame: Frame,
    /// Rows read.
    pub(crate) seen: usize,
    /// Rows that may be chosen, repeated ones included.
    pub(crate) offered: usize,
}

/// Judges the rows of a block, whose first is the row of that number.
type Judge<'a> = dyn Fn(&Frame, usize) -> Result<Vec<Fate>, Fault> + 'a;

/// A row of the sample: its place in the order of the sample, who it is, and
/// its place in the file.
type SampledRow = (u64, Key, usize);

/// A sample of `most` rows of `input` that depends on what they hold and not on
/// their order. `fates` says what becomes of each.
pub(crate) fn any(
    input: &Input,
    most: usize,
    seed: Seed,
    fates: &Judge<'_>,
) -> Result<Sampled, Fault> {
    let seed = seed.derive("looked at", 0);
    let (mut drawn, mut pieces): (Vec<SampledRow>, Vec<Frame>) = (Vec::new(), Vec::new());
    let (mut seen, mut offered) = (0, 0);
    for frame in input.blocks(BLOCK, None)? {
        let frame = frame?;
        let fates = fates(&frame, seen)?;
        offered += fates.iter().filter(|&&fate| fate == Fate::Offered).count();
        let kept: Vec<usize> = (0..fates.len())
            .filter(|&row| fates[row] != Fate::Dropped)
            .collect();
        let frame_kept = frame.take(&kept);
        let table = frame_kept.table(None)?;
        let mut key = KeyBuilder::new();
        for (at, &row) in kept.iter().enumerate() {
            for column in table.columns() {
                match column.data.text(at) {
                    Some(text) => key.text(&text),
                    None => key.missing(),
                }
            }
            let key = key.finish();
            let order = match fates[row] {
                Fate::Named => 0,
                _ => seed.order(key).max(1),
            };
            drawn.push((order, key, seen + row));
        }
        seen += frame.n_rows();
        pieces.push(frame_kept);
        if drawn.len() > 2 * most.max(BLOCK) || pieces.len() > PIECES {
            shrink(&mut drawn, &mut pieces, most)?;
        }
    }
    shrink(&mut drawn, &mut pieces, most)?;
    Ok(Sampled {
        frame: pieces.pop().expect("a table has at least one block"),
        seen,
        offered,
    })
}

/// Only the rows that come first in their order, each once, and those that are
/// named; in the order of the file.
fn shrink(drawn: &mut Vec<SampledRow>, pieces: &mut Vec<Frame>, most: usize) -> Result<(), Fault> {
    let whole = Frame::concat(std::mem::take(pieces))?;
    let mut order: Vec<usize> = (0..drawn.len()).collect();
    order.sort_unstable_by_key(|&at| drawn[at]);
    let mut known = HashSet::new();
    order.retain(|&at| known.insert(drawn[at].1));
    let named = order.iter().filter(|&&at| drawn[at].0 == 0).count();
    order.truncate(most.max(named));
    order.sort_unstable_by_key(|&at| drawn[at].2);
    *drawn = order.iter().map(|&at| drawn[at]).collect();
    *pieces = vec![whole.take(&order)];
    Ok(())
}
