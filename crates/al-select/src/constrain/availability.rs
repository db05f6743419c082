//! That availability is of hardware that there is.

use std::collections::HashSet;

use al_core::{Fault, Messages, Tabular, did_you_mean, encoder};

use crate::options::{Availability, SelectOptions};
use crate::read::{Candidates, Lists};
use crate::weigh::{hardware_values, measured_values};

/// That availability is of hardware that there is, and that rows to include can
/// be had.
pub(crate) fn check_availability(
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
