//! How available hardware is.

use std::collections::BTreeMap;

use al_core::{Fault, Messages, encoder, meant, nearest};
use al_tables::{Frame, Input, check_columns};

/// How available each kind of hardware is: a share from 0, for hardware that is
/// down, to 1. It multiplies how wanted a row is; rows on hardware with 0 are
/// left out.
///
/// ```
/// use al_select::Availability;
///
/// let tonight = Availability::new("hardware", [("gpu", 0.5), ("phone", 0.0)]);
/// assert_eq!(tonight.shares["gpu"], 0.5);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Availability {
    /// The column that names a row's hardware.
    pub column: String,
    /// Per value of that column, as text, its share. A value that is not
    /// listed, and a missing one, counts as 1.
    pub shares: BTreeMap<String, f64>,
}

impl Availability {
    /// That of the values of `column`.
    #[must_use]
    pub fn new<N: Into<String>>(
        column: impl Into<String>,
        shares: impl IntoIterator<Item = (N, f64)>,
    ) -> Availability {
        let shares = shares.into_iter();
        Availability {
            column: column.into(),
            shares: shares.map(|(name, share)| (name.into(), share)).collect(),
        }
    }

    /// That the shares are some, and the column is there.
    pub(crate) fn check(&self, input: &Input) -> Result<(), Fault> {
        let unsound = |(_, share): &(&String, &f64)| !(0.0..=1.0).contains(*share);
        if let Some((value, share)) = self.shares.iter().find(unsound) {
            return Err(
                Fault::usage(format!("the availability of '{value}' is {share}"))
                    .remedy("it must be from 0 to 1"),
            );
        }
        check_columns(input, std::iter::once(self.column.as_str()))
    }

    /// The share of each row of `frame`, which has the column.
    pub(crate) fn of(&self, frame: &Frame) -> Result<Vec<f64>, Fault> {
        let table = frame.table(Some(&[&self.column]))?;
        let values = encoder::texts(&table, &self.column).expect("a column of its own table");
        let share = |row| match values.get(row) {
            None => 1.0,
            Some(value) => self.shares.get(value).copied().unwrap_or(1.0),
        };
        Ok((0..table.n_rows()).map(share).collect())
    }

    /// A sentence per listed value that no row of `frame` has: a misspelt one
    /// would go unnoticed.
    pub(crate) fn strangers(&self, frame: &Frame) -> Result<Messages, Fault> {
        let table = frame.table(Some(&[&self.column]))?;
        let values = encoder::texts(&table, &self.column).expect("a column of its own table");
        let unknown = |name: &&String| !values.levels.contains(name);
        let say = |name: &String| {
            Fault::data(format!(
                "no row has {} '{name}', whose availability is given",
                self.column
            ))
            .maybe_remedy(nearest(name, &values.levels).map(meant))
            .message()
        };
        Ok(self.shares.keys().filter(unknown).map(say).collect())
    }
}
