//! The hosts that a batch must fit: what there is room for, who runs what and
//! when, and what to relax where nothing fits.

mod relax;
mod running;
mod told;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use al_core::phrases::counted;
use al_core::{Fault, Messages, Tabular, did_you_mean, encoder};
use al_hw::{Board, Job, Nanoseconds, nanoseconds};
use al_sampling::limits::{Fit, Room};

use crate::options::{Capacity, SelectOptions};
use crate::read::{Candidates, Lists};
use crate::weigh::{hardware_column, hardware_values, measured_values};
use running::Running;

pub(crate) use told::PlannedBatch;
pub use told::{HostPlan, HostRuns};

/// What messages call the room that there is.
const ROOM: &str = "the time of the hosts";

/// The hosts and the candidates that they may run.
pub(crate) struct Fleet<'a> {
    capacity: &'a Capacity,
    /// The column of hardware, if it matters.
    column: Option<String>,
    /// The values of the column; a missing one is the last kind.
    values: Vec<String>,
    /// Per candidate its kind.
    kinds: Vec<u32>,
    /// Per candidate how long it takes.
    times: Vec<Nanoseconds>,
    board: Arc<Board>,
}

/// Room on the board.
#[derive(Debug)]
struct OnBoard(Arc<Board>);

impl Fit for OnBoard {
    fn fits(&self, items: &[(u32, u64)]) -> bool {
        let job = |&(kind, time): &(u32, u64)| Job {
            kind: kind as usize,
            time,
        };
        self.0.fits(&items.iter().map(job).collect::<Vec<Job>>())
    }
}

impl<'a> Fleet<'a> {
    /// The hosts of `options`, if there are any, with what runs on them already.
    pub(crate) fn new(
        belief: &dyn Tabular,
        candidates: &Candidates,
        lists: &Lists,
        options: &'a SelectOptions,
        warnings: &mut Messages,
    ) -> Result<Option<Fleet<'a>>, Fault> {
        let Some(capacity) = &options.capacity else {
            return Ok(None);
        };
        let column = hardware_column(belief, capacity.hardware.as_deref())
            .filter(|_| capacity.hosts.tell_hardware_apart());
        let (mut values, codes) = match &column {
            None => (Vec::new(), vec![None; candidates.len()]),
            Some(name) => {
                let table = candidates.rows.column(name)?;
                let texts = encoder::texts(&table, name).expect("a column of its own table");
                let codes = (0..texts.codes.len()).map(|row| texts.get(row).map(str::to_owned));
                (texts.levels.clone(), codes.collect::<Vec<_>>())
            }
        };
        if let Some(column) = &column {
            let strange = strangers(belief, capacity, column, &values);
            match options.stream {
                None => strange.map_or(Ok(()), Err)?,
                // Rows that were not kept may have it.
                Some(_) => warnings.extend(strange.map(|fault| fault.message())),
            }
        }
        let pending = Running::new(belief, candidates, lists, options, column.as_deref())?;
        for (value, ..) in &pending.rows {
            if let Some(value) = value.as_ref().filter(|value| !values.contains(value)) {
                values.push(value.clone());
            }
        }
        // Kinds are told apart by their numbers, which the order of the rows must
        // not decide.
        values.sort_unstable();
        let place: HashMap<&str, usize> = values.iter().map(String::as_str).zip(0..).collect();
        let kind = |value: Option<&str>| value.map_or(values.len(), |value| place[value]);
        let named = values.iter().map(|value| Some(value.as_str()));
        let mut board = Board::new(&capacity.hosts, named.chain([None]));
        let jobs = pending.rows.iter().map(|(value, host, time)| {
            let kind = kind(value.as_deref());
            (Job { kind, time: *time }, *host)
        });
        let homeless = board.occupy(&jobs.collect::<Vec<_>>());
        warnings.extend(pending.sentences(homeless));
        let seconds = candidates.factors.seconds.iter();
        let kinds = codes.iter().map(|value| kind(value.as_deref()) as u32);
        let fleet = Fleet {
            capacity,
            kinds: kinds.collect(),
            times: seconds
                .map(|&seconds| nanoseconds(seconds).max(1))
                .collect(),
            column,
            values,
            board: Arc::new(board),
        };
        fleet.includable(candidates, lists)?;
        Ok(Some(fleet))
    }

    fn job(&self, row: usize) -> Job {
        Job {
            kind: self.kinds[row] as usize,
            time: self.times[row],
        }
    }

    /// What rows take up of the hosts' time.
    pub(crate) fn room(&self) -> Room {
        Room {
            name: ROOM.to_owned(),
            kinds: self.kinds.clone(),
            sizes: self.times.clone(),
            fit: Arc::new(OnBoard(Arc::clone(&self.board))),
        }
    }

    /// The weights without rows that no host runs.
    pub(crate) fn weights(&self, weights: Option<Vec<f32>>) -> Vec<f32> {
        let mut weights = weights.unwrap_or_else(|| vec![1.0; self.kinds.len()]);
        for (weight, &kind) in weights.iter_mut().zip(&self.kinds) {
            if !self.board.runs(kind as usize) {
                *weight = 0.0;
            }
        }
        weights
    }

    /// A kind in words: `'cuda'`, or nothing where hardware does not matter.
    fn kind(&self, kind: usize) -> String {
        match (self.values.get(kind), &self.column) {
            (Some(value), _) => format!("'{value}'"),
            (None, Some(column)) => format!("no value of '{column}'"),
            (None, None) => "any hardware".to_owned(),
        }
    }

    /// The hosts that run a kind and are up, or are down.
    fn named(&self, kind: usize, down: bool) -> Vec<String> {
        let hosts = self.board.hosts_of(kind).iter();
        let hosts = hosts.map(|&at| &self.capacity.hosts.all()[at]);
        let some = hosts.filter(|host| host.down == down);
        some.map(|host| format!("'{}'", host.name)).collect()
    }

    /// Why no host runs a kind.
    fn absent(&self, kind: usize) -> String {
        let (up, down) = (self.named(kind, false), self.named(kind, true));
        match (up.as_slice(), down.as_slice()) {
            ([], []) => "no host lists it".to_owned(),
            ([], down) => format!("{} {} down", down.join(", "), verb(down)),
            (up, _) => format!("{} {} taken", up.join(", "), verb(up)),
        }
    }

    /// Rows that no host runs, of the available ones: how many, and which.
    pub(crate) fn homeless(
        &self,
        candidates: &Candidates,
        lists: &Lists,
    ) -> Option<(usize, String)> {
        let mut kinds: BTreeMap<usize, usize> = BTreeMap::new();
        let mut known = HashSet::new();
        for (row, &kind) in self.kinds.iter().enumerate() {
            let key = candidates.keys[row];
            let runs = self.board.runs(kind as usize);
            if !runs && !lists.excluded.contains(&key) && known.insert(key) {
                *kinds.entry(kind as usize).or_default() += 1;
            }
        }
        let n: usize = kinds.values().sum();
        let of = |(&kind, &n): (&usize, &usize)| {
            format!(
                "{} on {} ({})",
                counted(n, "row"),
                self.kind(kind),
                self.absent(kind)
            )
        };
        let all: Vec<String> = kinds.iter().map(of).collect();
        (n > 0).then(|| (n, all.join("; ")))
    }

    /// That the rows to include can run at all.
    fn includable(&self, candidates: &Candidates, lists: &Lists) -> Result<(), Fault> {
        let wanted: HashSet<_> = lists.included.keys.iter().collect();
        let lost = (0..self.kinds.len()).find(|&row| {
            wanted.contains(&candidates.keys[row]) && !self.board.runs(self.kinds[row] as usize)
        });
        match lost {
            None => Ok(()),
            Some(row) => {
                let kind = self.kinds[row] as usize;
                Err(lists.included.fault(
                    candidates.keys[row],
                    &format!(
                        "no host that is up can run {} ({})",
                        self.kind(kind),
                        self.absent(kind)
                    ),
                    "bring one up, or remove the row from the list",
                ))
            }
        }
    }
}

/// The fault of a host that lists hardware which nothing has.
fn strangers(
    belief: &dyn Tabular,
    capacity: &Capacity,
    column: &str,
    values: &[String],
) -> Option<Fault> {
    let measured = measured_values(belief, column);
    let known = |name: &String| values.contains(name) || measured.contains(name);
    for (at, host) in capacity.hosts.all().iter().enumerate() {
        let mut named = host.hardware.iter().flatten().enumerate();
        if let Some((which, name)) = named.find(|(_, name)| !known(name)) {
            let place = capacity
                .hosts
                .place(at, which)
                .map_or_else(String::new, |place| {
                    format!(", line {}, column {}", place.line, place.column)
                });
            let problem = format!(
                "unknown hardware '{name}' of the host '{}': no candidate and no measured row has it in '{column}'",
                host.name
            );
            let all = hardware_values(values, &measured);
            return Some(
                Fault::data(problem)
                    .maybe_remedy(did_you_mean(name, &all, "it has"))
                    .at(format!("{}{place}", capacity.name)),
            );
        }
    }
    None
}

fn verb(names: &[String]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}
