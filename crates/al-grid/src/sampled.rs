//! Some combinations of a space instead of all.

use std::collections::HashSet;

use al_core::{Fault, Key, Progress, Seed};
use al_hw::{ConfigSpace, Method, Points, Sample};
use al_tables::Sink;

use super::gridded::Gridded;
use super::made::{BLOCK, Maker};

/// Most rows of a sample: what was drawn is kept in memory.
pub(super) const MOST: u64 = 10_000_000;

/// Draws per row that is asked for, and beyond that in any case, before it is
/// clear that there are not enough.
const DRAWS: u64 = 50;
const MORE_DRAWS: u64 = 100_000;

/// Most combinations that are gone through for what draws did not find.
const SEARCHED: u128 = 4_000_000;

/// What has been found so far.
struct Finding<'a> {
    maker: &'a Maker<'a>,
    /// What is measured already, and what is written.
    measured: HashSet<Key>,
    seen: HashSet<Key>,
    gridded: Gridded,
}

impl Finding<'_> {
    /// Gives the new and allowed ones of some combinations to the sink, as
    /// many as are wanted.
    fn take(&mut self, points: &Points, wanted: u64, sink: &mut impl Sink) -> Result<(), Fault> {
        let frame = self.maker.frame(points);
        let mut keep = vec![false; points.n_rows()];
        let allowed = self.maker.allowed(&frame)?;
        for (row, keep) in keep.iter_mut().enumerate() {
            if self.gridded.rows == wanted {
                break;
            }
            self.gridded.drawn += 1;
            let key = points.key(row);
            if !self.seen.insert(key) {
                continue;
            }
            if allowed.as_ref().is_some_and(|allowed| !allowed[row]) {
                self.gridded.forbidden += 1;
            } else if self.measured.contains(&key) {
                self.gridded.measured += 1;
            } else {
                *keep = true;
                self.gridded.rows += 1;
            }
        }
        if keep.contains(&true) {
            sink.write(&frame.keep(&keep))?;
        }
        Ok(())
    }
}

pub(super) fn grid<S: Sink>(
    space: &ConfigSpace,
    sample: Sample,
    maker: &Maker<'_>,
    known: Option<&Points>,
    seed: Seed,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Gridded, Fault> {
    let wanted = sample.rows;
    let mut finding = Finding {
        maker,
        measured: keys(known),
        seen: HashSet::new(),
        gridded: Gridded {
            combinations: space.size(),
            ..Gridded::default()
        },
    };
    progress.counted("drawing combinations", wanted, "rows");
    let mut sink = make_sink()?;
    sink.write(&maker.empty())?;
    let mut draws = space.draws(sample.method, seed);
    // Where all can be gone through, drawing many more is no quicker.
    let most = match space.size() {
        Some(size) if size <= u128::from(wanted) && size <= SEARCHED => 0,
        Some(size) if size <= SEARCHED => 2 * size as u64,
        _ => wanted * DRAWS + MORE_DRAWS,
    };
    // Sobol points follow one another; a hypercube is drawn whole.
    let at_once = match sample.method {
        Method::Sobol => BLOCK as u64,
        Method::LatinHypercube => wanted.max(BLOCK as u64),
    };
    let mut next = wanted;
    while finding.gridded.rows < wanted && finding.gridded.drawn < most {
        let points = draws.next(next.min(at_once).min(most - finding.gridded.drawn) as usize);
        for start in (0..points.n_rows()).step_by(BLOCK) {
            let before = finding.gridded.rows;
            finding.take(&points.slice(start, BLOCK), wanted, &mut sink)?;
            progress.advance(finding.gridded.rows - before);
        }
        let Gridded { rows, drawn, .. } = finding.gridded;
        // As many more as the share found so far asks for, and some.
        let share = (rows as f64 / drawn as f64).max(0.01);
        next = (1.1 * (wanted - rows) as f64 / share) as u64 + 16;
    }
    if finding.gridded.rows < wanted {
        search(space, &mut finding, wanted, seed, &mut sink)?;
    }
    sink.finish()?;
    Ok(finding.gridded)
}

/// Goes through all combinations, if they are not too many, and takes what is
/// wanting from what is left of them, in an order of the seed.
fn search(
    space: &ConfigSpace,
    finding: &mut Finding<'_>,
    wanted: u64,
    seed: Seed,
    sink: &mut impl Sink,
) -> Result<(), Fault> {
    let Some(size) = space.size().filter(|&size| size <= SEARCHED) else {
        return Ok(());
    };
    let seed = seed.derive("search", 0);
    let mut left: Vec<(u64, u128)> = Vec::new();
    let mut first = 0;
    let mut counted = Gridded {
        combinations: Some(size),
        drawn: size as u64,
        rows: finding.gridded.rows,
        ..Gridded::default()
    };
    for block in space.blocks(BLOCK) {
        let allowed = finding.maker.allowed(&finding.maker.frame(&block))?;
        for row in 0..block.n_rows() {
            let number = first + row as u128;
            let key = block.key(row);
            if allowed.as_ref().is_some_and(|allowed| !allowed[row]) {
                counted.forbidden += 1;
            } else if finding.measured.contains(&key) {
                counted.measured += 1;
            } else if !finding.seen.contains(&key) {
                left.push((seed.word(number as u64), number));
            }
        }
        first += block.n_rows() as u128;
    }
    left.sort_unstable();
    counted.all = finding.gridded.rows + left.len() as u64 <= wanted;
    left.truncate((wanted - finding.gridded.rows) as usize);
    for part in left.chunks(BLOCK) {
        let points = space.points_of(part.iter().map(|(_, number)| *number));
        counted.rows += points.n_rows() as u64;
        sink.write(&finding.maker.frame(&points))?;
    }
    finding.gridded = counted;
    Ok(())
}

/// What tells the combinations from others.
fn keys(points: Option<&Points>) -> HashSet<Key> {
    let keys = |points: &Points| (0..points.n_rows()).map(|row| points.key(row)).collect();
    points.map_or_else(HashSet::new, keys)
}
