//! The candidates of a configuration space: its combinations or a sample of
//! them, without what the rules forbid and what is measured already.
//!
//! A rule forbids a combination for which it is false. Where it depends on a
//! column that is missing it is neither true nor false, and forbids nothing,
//! as a `CHECK` of SQL does: a rule about tiles says nothing of a kernel
//! without tiles. A filter keeps what it is true for, as everywhere.

mod configurations;
mod gridded;
mod made;
mod sampled;
mod sizes;

use al_core::{Fault, KnownColumns, Message, Progress, Seed, setting};
use al_hw::{ConfigSpace, Points};
use al_tables::{Sink, TableSource, check_columns};

use made::{BLOCK, Maker};

pub use configurations::{generate_candidate_configurations, generate_candidates_of};
pub use gridded::Gridded;
pub use sizes::{Allowed, sizes};

/// Most combinations that are gone through, before any rule.
const MOST: u128 = 10_000_000_000;

/// What may be said about a grid besides its space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridOptions {
    /// A boolean SQL expression over the columns that must be true.
    pub filter: Option<String>,
    /// What draws depend on.
    pub seed: Seed,
}

/// Gives the combinations of `space`, or the sample of them that it asks for,
/// that no rule and no filter forbids and that are no rows of `measured`, to
/// what `make_sink` makes. It is called once all of that is known to be usable.
///
/// A sample has different combinations, in the order they were drawn. If the
/// rules leave so few that draws do not find enough, a space that can be gone
/// through is, and the rest is taken from there at random; else there are
/// fewer rows than asked for.
///
/// # Errors
///
/// A rule that is no condition over the columns, rows that cannot be
/// compared, a space too large to go through or one with a column that may be
/// any number of a range and no sample, an output that cannot be written.
pub fn grid<S: Sink>(
    space: &ConfigSpace,
    measured: Option<&TableSource>,
    options: &GridOptions,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Gridded, Fault> {
    check(space)?;
    let maker = Maker::new(space, options.filter.as_deref())?;
    let known = match measured {
        None => None,
        Some(measured) => Some(found(measured, space, progress)?),
    };
    match space.sample() {
        None => whole(space, &maker, known.as_ref(), make_sink, progress),
        Some(sample) => sampled::grid(
            space,
            sample,
            &maker,
            known.as_ref(),
            options.seed,
            make_sink,
            progress,
        ),
    }
}

/// That a space can be written as it is meant.
fn check(space: &ConfigSpace) -> Result<(), Fault> {
    match (space.sample(), space.size(), space.uncountable()) {
        (None, Some(size), _) if size > MOST => {
            let problem = format!("the space has {size} combinations, and {MOST} are the most");
            let remedy = Message::from("give its columns fewer values, or draw a sample with ")
                .setting(setting::SAMPLE);
            Err(Fault::data(problem).remedy(remedy))
        }
        (None, None, Some(column)) => {
            let place = column
                .place()
                .map(|(line, at)| format!(" (line {line}, column {at})"));
            let problem = format!(
                "'{}'{} may be any number of its range, so there is no end of combinations",
                column.name(),
                place.unwrap_or_default()
            );
            let remedy = Message::from(
                "give the range a step or a factor, list its values, or draw a sample with ",
            )
            .setting(setting::SAMPLE);
            Err(Fault::data(problem).remedy(remedy))
        }
        (Some(sample), ..) if sample.rows > sampled::MOST => Err(Fault::data(format!(
            "a sample of {} rows is asked for, and {} are the most",
            sample.rows,
            sampled::MOST
        ))
        .remedy("remove the sample for all combinations")),
        _ => Ok(()),
    }
}

/// All combinations.
fn whole<S: Sink>(
    space: &ConfigSpace,
    maker: &Maker<'_>,
    known: Option<&Points>,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Gridded, Fault> {
    let size = space.size().unwrap_or(0);
    let known = known.map_or_else(Vec::new, |known| numbers(space, known));
    let mut known = known.as_slice();
    progress.counted("writing combinations", size as u64, "rows");
    let mut gridded = Gridded {
        combinations: Some(size),
        all: true,
        ..Gridded::default()
    };
    let mut sink = make_sink()?;
    let mut begun = false;
    let mut first = 0;
    for block in space.blocks(BLOCK) {
        let rows = block.n_rows();
        let end = first + rows as u128;
        let (here, later) = known.split_at(known.partition_point(|&number| number < end));
        let mut frame = maker.frame(&block);
        let mut keep = maker.allowed(&frame)?;
        if let Some(keep) = &keep {
            gridded.forbidden += keep.iter().filter(|&&keep| !keep).count() as u64;
        }
        if !here.is_empty() {
            let keep = keep.get_or_insert_with(|| vec![true; rows]);
            for number in here {
                let kept = &mut keep[(number - first) as usize];
                gridded.measured += u64::from(std::mem::replace(kept, false));
            }
        }
        if let Some(keep) = keep.filter(|keep| keep.contains(&false)) {
            frame = frame.keep(&keep);
        }
        gridded.rows += frame.n_rows() as u64;
        if frame.n_rows() > 0 || !begun {
            sink.write(&frame)?;
            begun = true;
        }
        progress.advance(rows as u64);
        (known, first) = (later, end);
    }
    if !begun {
        sink.write(&maker.empty())?;
    }
    sink.finish()?;
    Ok(gridded)
}

/// Columns of words are read as such, whatever a file has of them.
fn known_columns(space: &ConfigSpace) -> KnownColumns {
    let columns = space.columns().iter();
    let words = columns.clone().filter(|column| !column.is_numeric());
    let mut known = KnownColumns::default().and_texts(words.map(|column| column.name()));
    known.needed = columns.map(|column| column.name().to_owned()).collect();
    known
}

/// The measured rows that are combinations of the space.
fn found(
    measured: &TableSource,
    space: &ConfigSpace,
    progress: &dyn Progress,
) -> Result<Points, Fault> {
    let input = measured.open_knowing(&known_columns(space))?;
    progress.counted("reading measured rows", input.n_rows_hint() as u64, "rows");
    let names: Vec<&str> = space.columns().iter().map(|column| column.name()).collect();
    check_columns(&input, names.iter().copied())?;
    let table = input.read(Some(&names))?.table(None)?;
    space.find(&table).map_err(|error| input.fault(&error))
}

/// The numbers of combinations, ascending, each once.
fn numbers(space: &ConfigSpace, points: &Points) -> Vec<u128> {
    let rows = 0..points.n_rows();
    let mut numbers: Vec<u128> = rows.filter_map(|row| space.number(points, row)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests;
