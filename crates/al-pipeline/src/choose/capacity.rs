//! The hosts that a batch must fit: what there is room for, who runs what and
//! when, and what to relax where nothing fits.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use al_core::encoder;
use al_hw::{Board, Hosts, Job, Nanoseconds, Plan, in_words, nanoseconds, seconds_of};
use al_sampling::Selection;
use al_sampling::limits::{Collision, Fit, Room};
use al_tables::{Input, NewColumn, NewData};
use serde::Serialize;

use super::SelectOptions;
use super::availability::{hardware_column, measured_values};
use super::candidates::Candidates;
use super::lists::Lists;
use super::timing::{Source, Timing};
use crate::campaign::Campaign;
use crate::error::Error;
use crate::phrases::counted;
use crate::results::check_columns;

/// What messages call the room that there is.
const ROOM: &str = "the time of the hosts";

/// Most hosts that are told of one by one.
const TOLD: usize = 20;

/// The hosts that a batch must fit.
///
/// ```
/// use al_pipeline::{Capacity, Hosts};
///
/// let hosts = Hosts::parse("[[host]]\nname = 'gpu-1'\nhardware = ['cuda']\nminutes = 30")?;
/// let capacity = Capacity::new(hosts, Some("hardware"));
/// assert_eq!(capacity.hosts.all()[0].time, Some(1800.0));
/// # Ok::<(), al_pipeline::HostsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// The hosts.
    pub hosts: Hosts,
    /// What messages call the list of them: the name of its file.
    pub name: String,
    /// The column that names a row's hardware; not needed where every host runs
    /// everything.
    pub hardware: Option<String>,
}

impl Capacity {
    /// That of `hosts`, which run values of the column `hardware`.
    #[must_use]
    pub fn new(hosts: Hosts, hardware: Option<&str>) -> Capacity {
        Capacity {
            hosts,
            name: "the list of hosts".to_owned(),
            hardware: hardware.map(str::to_owned),
        }
    }
}

/// What the hosts run: on each some rows, one after the other on each slot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostPlan {
    /// When the last row is done, in seconds from the start.
    pub makespan_s: f64,
    /// What no plan can be shorter than; the makespan where that is known to be
    /// the least.
    pub least_s: f64,
    /// The hosts that are up.
    pub hosts: Vec<HostRuns>,
}

/// What a host runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostRuns {
    /// Its name.
    pub host: String,
    /// The ranks of its rows, in the order in which they begin.
    pub ranks: Vec<usize>,
    /// How long they take together, in seconds.
    pub busy_s: f64,
    /// When the last of them ends, in seconds from the start.
    pub until_s: f64,
}

/// The hosts and the candidates that they may run.
pub(super) struct Fleet<'a> {
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

/// That a capacity can be used at all, before anything is read.
pub(super) fn check(
    campaign: Option<&Campaign>,
    input: &Input,
    options: &SelectOptions,
) -> Result<(), Error> {
    let Some(capacity) = &options.capacity else {
        return Ok(());
    };
    let column = hardware_column(campaign, capacity.hardware.as_deref());
    if column.is_none() && capacity.hosts.tell_hardware_apart() {
        return Err(Error::usage(format!(
            "{} says which hardware its hosts run: name the column with a row's hardware, --hardware COL",
            capacity.name
        )));
    }
    check_columns(
        input,
        column
            .as_deref()
            .into_iter()
            .chain(options.duration.as_deref().filter(|_| campaign.is_none())),
    )?;
    if options.n == SelectOptions::ANY
        && !capacity.hosts.bounded()
        && options.budget.is_none()
        && options.total_budget.is_none()
    {
        let mut endless = capacity.hosts.up().filter(|(_, host)| host.time.is_none());
        let name = endless.next().map_or("", |(_, host)| &host.name);
        return Err(Error::usage(format!(
            "how many rows? The host '{name}' has no end to its time: give -n N, or '{name}' minutes in {}",
            capacity.name
        )));
    }
    Ok(())
}

impl<'a> Fleet<'a> {
    /// The hosts of `options`, if there are any, with what runs on them already.
    pub(super) fn new(
        campaign: Option<&Campaign>,
        candidates: &Candidates,
        lists: &Lists,
        options: &'a SelectOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Fleet<'a>>, Error> {
        let Some(capacity) = &options.capacity else {
            return Ok(None);
        };
        let column = hardware_column(campaign, capacity.hardware.as_deref())
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
            let strange = strangers(campaign, capacity, column, &values);
            match options.stream {
                None => strange.map_or(Ok(()), |fault| Err(Error::data(fault)))?,
                // Rows that were not kept may have it.
                Some(_) => warnings.extend(strange),
            }
        }
        let pending = Running::new(campaign, candidates, lists, options, column.as_deref())?;
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
        Ok(Some(Fleet {
            capacity,
            kinds: kinds.collect(),
            times: seconds
                .map(|&seconds| nanoseconds(seconds).max(1))
                .collect(),
            column,
            values,
            board: Arc::new(board),
        }))
    }

    fn job(&self, row: usize) -> Job {
        Job {
            kind: self.kinds[row] as usize,
            time: self.times[row],
        }
    }

    /// What rows take up of the hosts' time.
    pub(super) fn room(&self) -> Room {
        Room {
            name: ROOM.to_owned(),
            kinds: self.kinds.clone(),
            sizes: self.times.clone(),
            fit: Arc::new(OnBoard(Arc::clone(&self.board))),
        }
    }

    /// The weights without rows that no host runs.
    pub(super) fn weights(&self, weights: Option<Vec<f32>>) -> Vec<f32> {
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

    /// Rows that no host runs, of those on offer: how many, and which.
    pub(super) fn homeless(
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
        (n > 0).then(|| {
            let all = all.join("; ");
            (
                n,
                format!("left out, as no host that is up can run them: {all}"),
            )
        })
    }

    /// That the rows to include can run at all.
    pub(super) fn includable(&self, candidates: &Candidates, lists: &Lists) -> Result<(), Error> {
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

    /// What to relax for `rows` to fit, with numbers.
    fn relax(&self, rows: &[usize]) -> String {
        let mut kinds: BTreeMap<usize, (Nanoseconds, Nanoseconds)> = BTreeMap::new();
        for &row in rows {
            let Job { kind, time } = self.job(row);
            let (sum, longest) = kinds.entry(kind).or_default();
            *sum = sum.saturating_add(time);
            *longest = time.max(*longest);
        }
        let words = |time| in_words(seconds_of(time));
        let mut needs = Vec::new();
        let mut short = Vec::new();
        for (&kind, &(sum, longest)) in &kinds {
            let (free, most) = (self.board.free(kind), self.board.longest(kind));
            let name = self.kind(kind);
            let up = match self.named(kind, false).as_slice() {
                [] => "no host that is up runs it".to_owned(),
                up if free == Nanoseconds::MAX => format!("{} {} no end", up.join(", "), has(up)),
                up if sum > free => {
                    format!("{} {} {} free", up.join(", "), has(up), words(free))
                }
                up if longest > most => format!(
                    "one of them {}, and the longest time free on {} is {}",
                    words(longest),
                    up.join(", "),
                    words(most)
                ),
                up => format!("{} {} {} free", up.join(", "), has(up), words(free)),
            };
            needs.push(format!(
                "{} on {name} need {}, and {up}",
                counted(rows_of(self, rows, kind), "row"),
                words(sum)
            ));
            if sum > free || longest > most || kinds.len() == 1 {
                short.push(kind);
            }
        }
        if kinds.len() > 1 {
            let sum = kinds.values().map(|(sum, _)| sum);
            let sum = sum.fold(0, |all: Nanoseconds, &sum| all.saturating_add(sum));
            let free = self.board.gaps().iter().map(|gap| gap.to - gap.from);
            let free = free.fold(0, Nanoseconds::saturating_add);
            if sum > free {
                needs.push(format!(
                    "all of them need {}, and the hosts that are up have {} free",
                    words(sum),
                    words(free)
                ));
            }
        }
        if short.is_empty() {
            short = kinds.keys().copied().collect();
        }
        format!("{}; {}", needs.join("; "), self.remedies(&short))
    }

    /// What would give kinds more time.
    fn remedies(&self, kinds: &[usize]) -> String {
        let mut down: Vec<String> = Vec::new();
        let mut up: Vec<String> = Vec::new();
        for &kind in kinds {
            down.extend(self.named(kind, true));
            up.extend(self.named(kind, false));
        }
        down.sort_unstable();
        down.dedup();
        up.sort_unstable();
        up.dedup();
        let mut ways = Vec::new();
        if !down.is_empty() {
            ways.push(format!("bring {} up", down.join(" or ")));
        }
        if !up.is_empty() {
            ways.push(format!("give {} more minutes or slots", up.join(" or ")));
        }
        ways.push(format!("add a host to {}", self.capacity.name));
        ways.join(", or ")
    }

    /// A collision over the hosts' time, with numbers and what to relax.
    pub(super) fn collision(
        &self,
        collision: &Collision,
        candidates: &Candidates,
        lists: &Lists,
    ) -> Option<Error> {
        let (rows, remedy) = match collision {
            Collision::IncludedAboveRoom { .. } => {
                let wanted: HashSet<_> = lists.included.keys.iter().collect();
                let mut known = HashSet::new();
                let rows = (0..self.kinds.len()).filter(|&row| {
                    let key = &candidates.keys[row];
                    wanted.contains(key) && known.insert(*key)
                });
                (rows.collect(), "include fewer rows")
            }
            Collision::RequiredAboveRoom { rows, .. } => {
                (rows.clone(), "loosen one of these limits")
            }
            _ => return None,
        };
        Some(Error::data(format!(
            "{collision}: {}, or {remedy}",
            self.relax(&rows)
        )))
    }

    /// Why there is no row in the batch, if it is for the hosts.
    pub(super) fn why_empty(
        &self,
        candidates: &Candidates,
        lists: &Lists,
        selection: &Selection,
    ) -> Option<String> {
        if selection.available == 0 {
            let (_, sentence) = self.homeless(candidates, lists)?;
            let lost = (0..self.values.len() + 1)
                .filter(|&kind| !self.board.runs(kind) && self.kinds.contains(&(kind as u32)));
            let lost: Vec<usize> = lost.collect();
            return Some(format!(
                "no candidate is left that a host can run: {sentence}; {}",
                self.remedies(&lost)
            ));
        }
        let open = (0..self.kinds.len()).filter(|&row| {
            self.board.runs(self.kinds[row] as usize)
                && !lists.excluded.contains(&candidates.keys[row])
        });
        let shortest = open.min_by_key(|&row| (self.times[row], self.kinds[row]))?;
        let Job { kind, time } = self.job(shortest);
        if self.board.longest(kind) >= time {
            return None;
        }
        Some(format!(
            "no candidate fits in {ROOM}: the shortest takes {} on {}, and the longest time free there is {}; {}",
            in_words(seconds_of(time)),
            self.kind(kind),
            in_words(seconds_of(self.board.longest(kind))),
            self.remedies(&[kind])
        ))
    }

    /// Who runs the picked rows, and when.
    pub(super) fn plan(&self, rows: &[usize]) -> Result<Plan, Error> {
        let jobs: Vec<Job> = rows.iter().map(|&row| self.job(row)).collect();
        self.board.plan(&jobs).ok_or_else(|| {
            Error::data(format!(
                "no plan was found for the batch: {}",
                self.relax(rows)
            ))
        })
    }

    /// The columns that tell of a plan.
    pub(super) fn columns(&self, plan: &Plan) -> Vec<NewColumn> {
        let hosts = plan
            .runs
            .iter()
            .map(|run| Some(self.capacity.hosts.all()[run.host].name.clone()));
        let begin = plan.runs.iter().map(|run| seconds_of(run.from));
        let end = plan.runs.iter().map(|run| seconds_of(run.to));
        let data = [
            NewData::Text(hosts.collect()),
            NewData::Float(begin.collect()),
            NewData::Float(end.collect()),
        ];
        let named = PLANNED.iter().zip(data);
        named
            .map(|(name, data)| NewColumn {
                name: (*name).to_owned(),
                data,
            })
            .collect()
    }

    /// A plan by hosts.
    pub(super) fn told(&self, plan: &Plan) -> HostPlan {
        let host = |(at, host): (usize, &al_hw::Host)| {
            let runs = plan.runs.iter().enumerate();
            let mut ours: Vec<_> = runs.filter(|(_, run)| run.host == at).collect();
            ours.sort_by_key(|&(rank, run)| (run.from, rank));
            let busy: Nanoseconds = ours.iter().map(|(_, run)| run.to - run.from).sum();
            HostRuns {
                host: host.name.clone(),
                ranks: ours.iter().map(|(at, _)| at + 1).collect(),
                busy_s: seconds_of(busy),
                until_s: seconds_of(ours.iter().map(|(_, run)| run.to).max().unwrap_or(0)),
            }
        };
        HostPlan {
            makespan_s: seconds_of(plan.makespan),
            least_s: seconds_of(plan.least),
            hosts: self.capacity.hosts.up().map(host).collect(),
        }
    }
}

/// The columns of a plan.
pub(super) const PLANNED: [&str; 3] = ["planned_host", "planned_start_s", "planned_end_s"];

fn rows_of(fleet: &Fleet<'_>, rows: &[usize], kind: usize) -> usize {
    rows.iter()
        .filter(|&&row| fleet.kinds[row] as usize == kind)
        .count()
}

fn verb(names: &[String]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}

fn has(names: &[String]) -> &'static str {
    if names.len() == 1 { "has" } else { "have" }
}

impl HostPlan {
    /// What there is to say of it, a sentence each.
    pub(super) fn sentences(&self) -> Vec<String> {
        let (busy, idle): (Vec<&HostRuns>, Vec<&HostRuns>) =
            self.hosts.iter().partition(|host| !host.ranks.is_empty());
        if busy.is_empty() {
            return Vec::new();
        }
        let shortest = if self.least_s < self.makespan_s {
            format!("no plan is shorter than {}", in_words(self.least_s))
        } else {
            "no plan is shorter".to_owned()
        };
        let mut said = vec![format!(
            "all rows are done after {}; {shortest}",
            in_words(self.makespan_s)
        )];
        said.extend(busy.iter().take(TOLD).map(|host| {
            format!(
                "{} runs {} in {}, done after {}",
                host.host,
                counted(host.ranks.len(), "row"),
                in_words(host.busy_s),
                in_words(host.until_s)
            )
        }));
        if busy.len() > TOLD {
            said.push(format!(
                "and {} run the others",
                counted(busy.len() - TOLD, "host")
            ));
        }
        if !idle.is_empty() {
            let names: Vec<&str> = idle.iter().map(|host| host.host.as_str()).collect();
            said.push(format!("nothing for {}", names.join(", ")));
        }
        said
    }
}

/// The fault of a host that lists hardware which nothing has.
fn strangers(
    campaign: Option<&Campaign>,
    capacity: &Capacity,
    column: &str,
    values: &[String],
) -> Option<String> {
    let measured = measured_values(campaign, column);
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
            let all: Vec<&String> = values.iter().chain(&measured).collect();
            let hint = al_tables::nearest(name, &all)
                .map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
            return Some(format!(
                "{}{place}: unknown hardware '{name}' of the host '{}': no candidate and no measured row has it in '{column}'{hint}",
                capacity.name, host.name
            ));
        }
    }
    None
}

/// Rows that run already.
#[derive(Default)]
struct Running {
    /// Their hardware, their host if it is known, and how long they take.
    rows: Vec<(Option<String>, Option<usize>, Nanoseconds)>,
    /// Rows of which it is not known how long they take.
    timeless: usize,
    /// Names of hosts that are not listed.
    strange: Vec<String>,
}

impl Running {
    fn new(
        campaign: Option<&Campaign>,
        candidates: &Candidates,
        lists: &Lists,
        options: &SelectOptions,
        column: Option<&str>,
    ) -> Result<Running, Error> {
        let (Some(pending), Some(capacity)) = (&lists.pending, &options.capacity) else {
            return Ok(Running::default());
        };
        let timing = Timing::new(campaign, options)?;
        let measured: HashSet<_> = campaign
            .iter()
            .flat_map(|c| c.rows.keys.iter().copied())
            .collect();
        let among: HashMap<_, usize> = candidates.keys.iter().copied().zip(0..).collect();
        let expected = match (campaign, &pending.table) {
            (Some(campaign), Some(table)) => timing.expected(campaign, table)?,
            _ => None,
        };
        let texts = |names: &[&str]| -> Result<Option<Vec<Option<String>>>, Error> {
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
        let hosts = texts(&[PLANNED[0], "host"])?;
        let times = match &timing.source {
            Source::Column(name) => texts(&[name])?,
            Source::Target => None,
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
    fn sentences(&self, homeless: usize) -> Vec<String> {
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
