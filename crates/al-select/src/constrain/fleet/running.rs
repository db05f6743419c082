//! Rows that run already: on which host, and for how long.

use std::collections::{HashMap, HashSet};

use al_core::{Fault, Tabular, encoder};
use al_hw::{Nanoseconds, nanoseconds};
use al_words::columns::PLANNED_HOST;

use crate::options::SelectOptions;
use crate::read::{Candidates, Lists};
use crate::weigh::{TimeSource, Timing};

/// Rows that run already.
#[derive(Default)]
pub(crate) struct Running {
    /// Their hardware, their host if it is known, and how long they take.
    pub(crate) rows: Vec<(Option<String>, Option<usize>, Nanoseconds)>,
    /// Rows of which it is not known how long they take.
    timeless: usize,
    /// Names of hosts that are not listed.
    strange: Vec<String>,
}

impl Running {
    pub(crate) fn new(
        belief: &dyn Tabular,
        candidates: &Candidates,
        lists: &Lists,
        options: &SelectOptions,
        column: Option<&str>,
    ) -> Result<Running, Fault> {
        let (Some(pending), Some(capacity)) = (&lists.pending, &options.capacity) else {
            return Ok(Running::default());
        };
        let timing = Timing::new(belief, options)?;
        let measured: HashSet<_> = belief.observed().keys().iter().copied().collect();
        let among: HashMap<_, usize> = candidates.keys.iter().copied().zip(0..).collect();
        let expected = match &pending.table {
            Some(table) => timing.expected(belief, table)?,
            None => None,
        };
        let texts = |names: &[&str]| -> Result<Option<Vec<Option<String>>>, Fault> {
            let Some(frame) = &pending.frame else {
                return Ok(None);
            };
            let has = frame.names();
            let Some(name) = names
                .iter()
                .find(|name| has.iter().any(|known| known == *name))
            else {
                return Ok(None);
            };
            let table = frame.table(Some(&[name]))?;
            let texts = encoder::texts(&table, name).expect("a column of its own table");
            Ok(Some(
                (0..texts.codes.len())
                    .map(|row| texts.get(row).map(str::to_owned))
                    .collect(),
            ))
        };
        let hardware = column.map_or(Ok(None), |column| texts(&[column]))?;
        let own = column
            .map(|column| candidates.rows.column(column))
            .transpose()?;
        let own = match (&own, column) {
            (Some(table), Some(column)) => {
                Some(encoder::texts(table, column).expect("its own column"))
            }
            _ => None,
        };
        let hosts = texts(&[PLANNED_HOST.name, "host"])?;
        let times = match &timing.source {
            TimeSource::Column(name) => texts(&[name])?,
            TimeSource::Target => None,
        };
        let mut running = Running::default();
        for (row, key) in pending.keys.iter().enumerate() {
            if measured.contains(key) {
                continue;
            }
            let candidate = among.get(key).copied();
            let told = times
                .as_ref()
                .and_then(|times| times[row].as_ref()?.parse::<f64>().ok());
            let seconds = told
                .filter(|&time| time > 0.0 && time.is_finite())
                .map(|time| time * timing.unit.seconds())
                .or_else(|| Some(expected.as_ref()?[row]))
                .or_else(|| Some(candidates.factors.seconds[candidate?]));
            let Some(seconds) = seconds else {
                running.timeless += 1;
                continue;
            };
            let value = match (&hardware, &own, candidate) {
                (Some(values), ..) => values[row].clone(),
                (None, Some(values), Some(at)) => values.get(at).map(str::to_owned),
                _ => None,
            };
            let host = hosts.as_ref().and_then(|hosts| hosts[row].as_deref());
            let place =
                host.and_then(|name| capacity.hosts.all().iter().position(|h| h.name == name));
            if let Some(name) = host.filter(|_| place.is_none()).map(str::to_owned)
                && !running.strange.contains(&name)
            {
                running.strange.push(name);
            }
            running
                .rows
                .push((value, place, nanoseconds(seconds).max(1)));
        }
        Ok(running)
    }

    /// What could not be counted, `homeless` rows among it.
    pub(crate) fn sentences(&self, homeless: usize) -> Vec<String> {
        let mut said = Vec::new();
        if self.timeless > 0 {
            said.push(format!(
                "pending rows of which it is not known how long they take: {}; they count as taking no time of the hosts",
                self.timeless
            ));
        }
        if !self.strange.is_empty() {
            let names: Vec<String> = self
                .strange
                .iter()
                .map(|name| format!("'{name}'"))
                .collect();
            said.push(format!(
                "pending rows run on hosts that are not listed: {}; they count on the hosts that are free first",
                names.join(", ")
            ));
        }
        if homeless > 0 {
            said.push(format!(
                "pending rows that no host which is up can run: {homeless}; they count as taking no time"
            ));
        }
        said
    }
}
