//! Candidates from named values and rules.

use al_core::Silent;
use al_hw::{Space, Value};
use al_tables::Frame;

use crate::error::Error;
use crate::grid::grid;

/// Most combinations that are gone through for a table in memory.
const MOST: u128 = 100_000_000;

/// All combinations of the values of named columns for which every rule is
/// true, one per row; the last column varies fastest. Rules are SQL conditions
/// over the columns. A column's values are of one kind: numbers, texts or
/// truth values.
///
/// Rows that are measured already are among them; choosing leaves them out. For
/// ranges, exclusions and spaces too large for memory parse a [`Space`] and call
/// [`grid`].
///
/// ```
/// use al_pipeline::{Value, generate_candidate_configurations};
///
/// let candidates = generate_candidate_configurations(
///     [
///         ("hardware", Value::list(["cuda", "webgpu"])),
///         ("batch", Value::list([1, 8, 16])),
///     ],
///     &["NOT (hardware = 'webgpu' AND batch > 8)"],
/// )?;
/// assert_eq!(candidates.n_rows(), 5);
/// # Ok::<(), al_pipeline::Error>(())
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
) -> Result<Frame, Error> {
    let values = values.into_iter();
    let columns: Vec<(String, Vec<Value>)> =
        values.map(|(name, values)| (name.into(), values)).collect();
    if columns.is_empty() {
        return Err(Error::usage(
            "there are no columns to combine; name one at least",
        ));
    }
    let rules = rules.iter().map(|&rule| rule.to_owned()).collect();
    let space =
        Space::new(columns, rules, None).map_err(|error| Error::usage(error.to_string()))?;
    if space.size() > MOST {
        return Err(Error::usage(format!(
            "the values have {} combinations, and {MOST} are the most in memory; give fewer values, or write a grid to a file",
            space.size()
        )));
    }
    let mut blocks: Vec<Frame> = Vec::new();
    grid(&space, None, None, || Ok(&mut blocks), &Silent)?;
    Ok(Frame::concat(blocks)?)
}
