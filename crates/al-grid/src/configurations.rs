//! Candidates from named values and rules.

use al_core::{Fault, Seed, Silent};
use al_hw::{ConfigSpace, Value};
use al_tables::Frame;

use crate::{GridOptions, grid};

/// Most combinations that are gone through for a table in memory.
const MOST: u128 = 100_000_000;

/// All combinations of the values of named columns for which every rule is
/// true, one per row; the last column varies fastest. Rules are SQL conditions
/// over the columns. A column's values are of one kind: numbers, texts or
/// truth values.
///
/// Rows that are measured already are among them; choosing leaves them out. For
/// columns that are not always there, ranges and samples make a [`ConfigSpace`] and
/// give it to [`generate_candidates_of`]; for exclusions and spaces too large for
/// memory to [`grid`].
///
/// ```
/// use al_grid::generate_candidate_configurations;
/// use al_hw::Value;
///
/// let candidates = generate_candidate_configurations(
///     [
///         ("hardware", Value::list(["cuda", "webgpu"])),
///         ("batch", Value::list([1, 8, 16])),
///     ],
///     &["NOT (hardware = 'webgpu' AND batch > 8)"],
/// )?;
/// assert_eq!(candidates.n_rows(), 5);
/// # Ok::<(), al_core::Fault>(())
/// ```
///
/// # Errors
///
/// No columns; a column without values, with repeated, mixed or infinite ones,
/// or named twice; a rule that is no condition over the columns; more than 10⁸
/// combinations before the rules.
pub fn generate_candidate_configurations<N: Into<String>>(
    values: impl IntoIterator<Item = (N, Vec<Value>)>,
    rules: &[&str],
) -> Result<Frame, Fault> {
    let values = values.into_iter();
    let columns: Vec<(String, Vec<Value>)> =
        values.map(|(name, values)| (name.into(), values)).collect();
    if columns.is_empty() {
        return Err(Fault::usage("there are no columns to combine").remedy("name one at least"));
    }
    let rules = rules.iter().map(|&rule| rule.to_owned()).collect();
    let space = ConfigSpace::new(columns, rules, None)?;
    generate_candidates_of(&space, Seed(0))
}

/// The combinations of a space that its rules allow, or the sample of them that
/// it asks for, which depends on the seed. What it names as excluded is not
/// looked at.
///
/// ```
/// use al_core::Seed;
/// use al_grid::generate_candidates_of;
/// use al_hw::ConfigSpace;
///
/// let space = ConfigSpace::parse(
///     "[values]
///      kernel = ['direct', 'tiled']
///      tile = [8, 16, 32]
///      [when]
///      tile = { kernel = 'tiled' }",
/// )
/// .expect("a space");
/// assert_eq!(generate_candidates_of(&space, Seed(0))?.n_rows(), 1 + 3);
/// # Ok::<(), al_core::Fault>(())
/// ```
///
/// # Errors
///
/// As [`grid`], and more than 10⁸ combinations before the rules.
pub fn generate_candidates_of(space: &ConfigSpace, seed: Seed) -> Result<Frame, Fault> {
    if let (None, Some(size)) = (space.sample(), space.size())
        && size > MOST
    {
        let problem =
            format!("the values have {size} combinations, and {MOST} are the most in memory");
        return Err(Fault::usage(problem).remedy("give fewer values, or write a grid to a file"));
    }
    let options = GridOptions { filter: None, seed };
    let mut blocks: Vec<Frame> = Vec::new();
    grid(space, None, &options, || Ok(&mut blocks), &Silent)?;
    Ok(Frame::concat(blocks)?)
}
