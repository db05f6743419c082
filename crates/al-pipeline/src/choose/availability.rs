//! How available hardware is.

use std::collections::{BTreeMap, HashSet};

use al_core::{Fault, Messages, Tabular, did_you_mean, encoder, meant, nearest};
use al_tables::{Frame, Input};

use super::SelectOptions;
use super::candidates::Candidates;
use super::lists::Lists;
use crate::results::check_columns;

/// How available each kind of hardware is: a share from 0, for hardware that is
/// down, to 1. It multiplies how wanted a row is; rows on hardware with 0 are
/// left out.
///
/// ```
/// use al_pipeline::Availability;
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

/// The column that names a row's hardware: the one that the user names, else the
/// one that the model was told of.
#[must_use]
pub(super) fn hardware_column(belief: &dyn Tabular, named: Option<&str>) -> Option<String> {
    named.or(belief.columns().hardware).map(str::to_owned)
}

/// The values of a feature among the rows of the model.
pub(super) fn measured_values(belief: &dyn Tabular, column: &str) -> Vec<String> {
    let measured = encoder::texts(belief.observed().features(), column);
    measured.map_or_else(|_| Vec::new(), |texts| texts.levels.clone())
}

/// That availability is of hardware that there is, and that rows to include can
/// be had.
pub(super) fn check(
    belief: &dyn Tabular,
    candidates: &Candidates,
    lists: &Lists,
    options: &SelectOptions,
    warnings: &mut Messages,
) -> Result<(), Fault> {
    if let Some(availability) = &options.availability {
        let streamed = options.stream.is_some();
        known(availability, belief, candidates, streamed, warnings)?;
    }
    includable(candidates, lists)
}

/// The values of the hardware column that the candidates or the measured rows
/// have, those of the candidates first.
pub(super) fn hardware_values<'a>(
    candidates: &'a [String],
    measured: &'a [String],
) -> Vec<&'a String> {
    let more = measured.iter().filter(|name| !candidates.contains(name));
    candidates.iter().chain(more).collect()
}

/// That there is such hardware: a misspelt name would go unnoticed. One that
/// only measured rows have is a warning; of candidates that are not all kept,
/// any is.
fn known(
    availability: &Availability,
    belief: &dyn Tabular,
    candidates: &Candidates,
    streamed: bool,
    warnings: &mut Messages,
) -> Result<(), Fault> {
    let table = candidates.rows.column(&availability.column)?;
    let values = encoder::texts(&table, &availability.column).expect("a column of its own table");
    let measured = measured_values(belief, &availability.column);
    for name in availability.shares.keys() {
        if values.levels.contains(name) {
            continue;
        }
        if streamed || measured.contains(name) {
            warnings.push(format!(
                "no candidate has the hardware '{name}', whose availability is given"
            ));
            continue;
        }
        let all = hardware_values(&values.levels, &measured);
        let lead = format!("'{}' has", availability.column);
        return Err(Fault::data(format!("unknown hardware '{name}'"))
            .maybe_remedy(did_you_mean(name, &all, &lead)));
    }
    Ok(())
}

/// That the rows to include are on hardware that can be had.
fn includable(candidates: &Candidates, lists: &Lists) -> Result<(), Fault> {
    let wanted: HashSet<_> = lists.included.keys.iter().collect();
    let available = candidates.factors.available.iter().zip(&candidates.keys);
    let mut lost = available.filter(|(share, key)| **share == 0.0 && wanted.contains(key));
    match lost.next() {
        None => Ok(()),
        Some((_, &key)) => Err(lists.included.fault(
            key,
            "the availability of its hardware is 0",
            "raise it, or remove the row from the list",
        )),
    }
}
