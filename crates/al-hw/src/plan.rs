//! Which host runs which job, and when: so that all is done soonest.
//!
//! A [`Board`] is the free time of the hosts that are up, as gaps: a slot from
//! one moment to another, reservations cut out. A job goes whole into one gap
//! that may run its kind. Jobs in a gap follow each other without a pause from
//! its start, so a plan is which gap each job is in, and the makespan, the
//! moment when the last job ends, is the latest of the gaps' ends.
//!
//! - *Longest first* (Graham 1969): the longest job that is left goes where it
//!   ends first. On m equal slots its makespan is at most 4/3 − 1/(3m) of the
//!   least. Moving and exchanging jobs of the gap that ends last follows.
//! - *Branch and bound*: of up to [`EXACT`] jobs the least makespan. A branch is
//!   given up if the jobs left cannot end before the best plan known: one of
//!   them in no gap, or all of some kinds together in the gaps that those kinds
//!   may use. With more jobs it looks for a better plan for a while.
//!
//! With jobs that only some hosts may run, longest first has no such bound;
//! [`Plan::least`] is what no plan can be shorter than.
//!
//! Times are whole nanoseconds: sums are exact and do not depend on the order.

mod bound;
mod search;
#[cfg(test)]
mod tests;

use crate::hosts::Hosts;
use bound::Bound;
use search::Search;

/// A moment or a length of time, in nanoseconds.
pub type Nanoseconds = u64;

/// Most jobs of which the least makespan is found for certain.
pub const EXACT: usize = 12;

/// Steps after which the search gives up: with few jobs none needs as many.
const STEPS: usize = 20_000_000;
/// Of more jobs than [`EXACT`].
const STEPS_OF_MANY: usize = 20_000;
/// For the question whether few jobs fit at all, and many.
const STEPS_TO_FIT: usize = 1_000_000;
const STEPS_TO_FIT_MANY: usize = 2_000;
/// Jobs above which nothing is searched.
const MANY: usize = 400;

/// The time of `seconds`, to the nearest nanosecond.
#[must_use]
pub fn nanoseconds(seconds: f64) -> Nanoseconds {
    // Beyond the type is for ever.
    (seconds.max(0.0) * 1e9).round() as u64
}

/// The seconds of a time.
#[must_use]
pub fn seconds_of(time: Nanoseconds) -> f64 {
    time as f64 / 1e9
}

/// A free stretch of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The host's place in the list.
    pub host: usize,
    /// The slot, from 0.
    pub slot: usize,
    /// When it begins.
    pub from: Nanoseconds,
    /// When it ends; the largest number for never.
    pub to: Nanoseconds,
}

impl Gap {
    fn length(&self) -> Nanoseconds {
        self.to - self.from
    }
}

/// A job: a kind of hardware and how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// The number of its kind on the board.
    pub kind: usize,
    /// How long it takes.
    pub time: Nanoseconds,
}

/// Where and when a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The host's place in the list.
    pub host: usize,
    /// The slot, from 0.
    pub slot: usize,
    /// When it begins.
    pub from: Nanoseconds,
    /// When it ends.
    pub to: Nanoseconds,
}

/// Where and when each job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The jobs, in the order given. Of two jobs in one gap the one given
    /// first comes first.
    pub runs: Vec<Run>,
    /// When the last of them ends; 0 of none.
    pub makespan: Nanoseconds,
    /// What no plan can be shorter than: the makespan itself, where it is known
    /// to be the least.
    pub least: Nanoseconds,
}

/// The free time of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    gaps: Vec<Gap>,
    /// Per kind the hosts that run it, up or down.
    hosts: Vec<Vec<usize>>,
    /// Per kind its gaps.
    runs: Vec<Vec<usize>>,
}

impl Board {
    /// The free time of the hosts that are up, for jobs with these values of the
    /// hardware column: kind 0 is the first.
    #[must_use]
    pub fn new<'v>(hosts: &Hosts, kinds: impl IntoIterator<Item = Option<&'v str>>) -> Board {
        let of = |kind: Option<&str>| -> Vec<usize> {
            let all = hosts.all().iter().enumerate();
            all.filter(|(_, host)| host.runs(kind))
                .map(|(at, _)| at)
                .collect()
        };
        let mut board = Board {
            gaps: Vec::new(),
            hosts: kinds.into_iter().map(of).collect(),
            runs: Vec::new(),
        };
        for (at, host) in hosts.up() {
            let to = host.time.map_or(u64::MAX, nanoseconds);
            for slot in 0..host.slots {
                board.gaps.push(Gap {
                    host: at,
                    slot,
                    from: 0,
                    to,
                });
                for reservation in &host.reservations {
                    if reservation.slots.is_none_or(|taken| slot < taken) {
                        let (from, to) =
                            (nanoseconds(reservation.from), nanoseconds(reservation.to));
                        board.cut(at, slot, from, to);
                    }
                }
            }
        }
        board.renew();
        board
    }

    /// Which gaps each kind may use.
    fn renew(&mut self) {
        let gaps = &self.gaps;
        let of = |hosts: &Vec<usize>| {
            (0..gaps.len())
                .filter(|&gap| hosts.contains(&gaps[gap].host))
                .collect()
        };
        self.runs = self.hosts.iter().map(of).collect();
    }

    /// Takes a slot from one moment to another.
    fn cut(&mut self, host: usize, slot: usize, from: Nanoseconds, to: Nanoseconds) {
        let mut left = Vec::with_capacity(self.gaps.len() + 1);
        for gap in self.gaps.drain(..) {
            if gap.host != host || gap.slot != slot || to <= gap.from || gap.to <= from {
                left.push(gap);
                continue;
            }
            if gap.from < from {
                left.push(Gap { to: from, ..gap });
            }
            if to < gap.to {
                left.push(Gap { from: to, ..gap });
            }
        }
        self.gaps = left;
    }

    /// Takes the time of jobs that run already, or are about to: each on its
    /// host, or where `None` is given on the one of its kind that is free first;
    /// the longest of those first. They began at the start, and what is left of
    /// them is not known: the whole of it counts. Returns how many of them no
    /// host that is up can run.
    pub fn occupy(&mut self, jobs: &[(Job, Option<usize>)]) -> usize {
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|&at| {
            let (job, host) = jobs[at];
            (host.is_none(), u64::MAX - job.time, at)
        });
        let mut homeless = 0;
        for at in order {
            let (job, host) = jobs[at];
            let may = |gap: &&Gap| match host {
                Some(host) => gap.host == host,
                None => self.hosts[job.kind].contains(&gap.host),
            };
            let free = self.gaps.iter().filter(may);
            match free
                .min_by_key(|gap| (gap.from, gap.host, gap.slot))
                .copied()
            {
                None => homeless += 1,
                Some(gap) => {
                    let to = gap.from.saturating_add(job.time);
                    self.cut(gap.host, gap.slot, gap.from, to);
                }
            }
        }
        self.renew();
        homeless
    }

    /// Number of kinds.
    #[must_use]
    pub fn kinds(&self) -> usize {
        self.hosts.len()
    }

    /// The free stretches.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The hosts that can run a kind, up or down.
    #[must_use]
    pub fn hosts_of(&self, kind: usize) -> &[usize] {
        &self.hosts[kind]
    }

    /// Whether any host that is up has free time for a kind.
    #[must_use]
    pub fn runs(&self, kind: usize) -> bool {
        !self.runs[kind].is_empty()
    }

    /// All the free time that a kind may use; the largest number for no end.
    #[must_use]
    pub fn free(&self, kind: usize) -> Nanoseconds {
        let gaps = self.runs[kind].iter();
        gaps.fold(0, |sum: u64, &gap| {
            sum.saturating_add(self.gaps[gap].length())
        })
    }

    /// The longest job of a kind that there is room for.
    #[must_use]
    pub fn longest(&self, kind: usize) -> Nanoseconds {
        let gaps = self.runs[kind].iter();
        gaps.map(|&gap| self.gaps[gap].length()).max().unwrap_or(0)
    }

    /// Whether all these jobs have room. Of up to [`EXACT`] jobs the answer is
    /// exact; of more, `false` may mean that none was found.
    #[must_use]
    pub fn fits(&self, jobs: &[Job]) -> bool {
        let ends = Bound::new(self, jobs);
        if !ends.possible(u64::MAX) {
            return false;
        }
        if ends.sure() || self.placed(jobs).is_some() {
            return true;
        }
        let steps = match jobs.len() {
            n if n <= EXACT => STEPS_TO_FIT,
            n if n <= MANY => STEPS_TO_FIT_MANY,
            _ => return false,
        };
        Search::new(self, jobs, u64::MAX, u64::MAX)
            .run(steps)
            .best
            .is_some()
    }

    /// A plan of these jobs; `None` if there is none, or none was found, as by
    /// [`Board::fits`].
    #[must_use]
    pub fn plan(&self, jobs: &[Job]) -> Option<Plan> {
        let bound = Bound::new(self, jobs);
        let least = bound.least()?;
        let mut best = self.placed(jobs);
        if let Some(places) = &mut best {
            self.improve(jobs, places, least);
        }
        let makespan = best
            .as_ref()
            .map_or(u64::MAX, |places| self.makespan(jobs, places));
        let mut proven = least;
        if best.is_none() || (makespan > least && jobs.len() <= MANY) {
            let few = jobs.len() <= EXACT;
            let steps = if few { STEPS } else { STEPS_OF_MANY };
            let found = Search::new(self, jobs, makespan, least).run(steps);
            if found.best.is_some() {
                best = found.best;
            }
            if let Some(places) = best.as_ref().filter(|_| found.complete) {
                proven = self.makespan(jobs, places);
            }
        }
        let places = best?;
        let makespan = self.makespan(jobs, &places);
        let mut at: Vec<Nanoseconds> = self.gaps.iter().map(|gap| gap.from).collect();
        let run = |(job, &place): (&Job, &usize)| {
            let gap = &self.gaps[place];
            let from = at[place];
            at[place] += job.time;
            Run {
                host: gap.host,
                slot: gap.slot,
                from,
                to: at[place],
            }
        };
        Some(Plan {
            runs: jobs.iter().zip(&places).map(run).collect(),
            makespan,
            least: proven.min(makespan),
        })
    }

    fn makespan(&self, jobs: &[Job], places: &[usize]) -> Nanoseconds {
        let ends = self.ends(jobs, places);
        places.iter().map(|&place| ends[place]).max().unwrap_or(0)
    }

    /// When each gap's last job ends; its beginning if it has none.
    fn ends(&self, jobs: &[Job], places: &[usize]) -> Vec<Nanoseconds> {
        let mut ends: Vec<Nanoseconds> = self.gaps.iter().map(|gap| gap.from).collect();
        for (job, &place) in jobs.iter().zip(places) {
            ends[place] += job.time;
        }
        ends
    }

    /// A gap for each job by one rule or another; `None` if none places all.
    fn placed(&self, jobs: &[Job]) -> Option<Vec<usize>> {
        // Where it ends first; where it leaves least; and both with those first
        // that have the fewest gaps.
        [(false, false), (true, false), (false, true), (true, true)]
            .into_iter()
            .find_map(|(tight, scarce)| self.greedy(jobs, tight, scarce))
    }

    fn greedy(&self, jobs: &[Job], tight: bool, scarce: bool) -> Option<Vec<usize>> {
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|&job| {
            let Job { kind, time } = jobs[job];
            let choice = self.runs[kind].len();
            (
                if scarce { choice } else { 0 },
                u64::MAX - time,
                choice,
                kind,
                job,
            )
        });
        let mut ends: Vec<Nanoseconds> = self.gaps.iter().map(|gap| gap.from).collect();
        let mut places = vec![0; jobs.len()];
        for job in order {
            let Job { kind, time } = jobs[job];
            let open = self.runs[kind].iter().copied();
            let open = open.filter(|&gap| self.gaps[gap].to - ends[gap] >= time);
            let left = |gap: usize| self.gaps[gap].to - ends[gap];
            let place = open.min_by_key(|&gap| (if tight { left(gap) } else { ends[gap] }, gap))?;
            ends[place] += time;
            places[job] = place;
        }
        Some(places)
    }

    /// Moves and exchanges jobs of the gap that ends last, as long as that lets
    /// it end sooner and no other as late.
    fn improve(&self, jobs: &[Job], places: &mut [usize], least: Nanoseconds) {
        let mut ends = self.ends(jobs, places);
        // Each round shortens the last gap, or leaves fewer that end last.
        for _ in 0..4 * jobs.len() {
            let Some(last) = places.iter().copied().max_by_key(|&gap| (ends[gap], gap)) else {
                return;
            };
            let makespan = ends[last];
            if makespan <= least {
                return;
            }
            let Some((job, other, to)) = self.better(jobs, places, &ends, last, makespan) else {
                return;
            };
            ends[last] -= jobs[job].time;
            ends[to] += jobs[job].time;
            places[job] = to;
            if let Some(other) = other {
                ends[to] -= jobs[other].time;
                ends[last] += jobs[other].time;
                places[other] = last;
            }
        }
    }

    /// A job of the gap `last` and where it may go, perhaps in exchange for
    /// another, so that both gaps end before `makespan`: the first such.
    fn better(
        &self,
        jobs: &[Job],
        places: &[usize],
        ends: &[Nanoseconds],
        last: usize,
        makespan: Nanoseconds,
    ) -> Option<(usize, Option<usize>, usize)> {
        let ours = (0..jobs.len()).filter(|&job| places[job] == last);
        for job in ours {
            let Job { kind, time } = jobs[job];
            for &to in self.runs[kind].iter().filter(|&&to| to != last) {
                let end = ends[to] + time;
                if end < makespan && end <= self.gaps[to].to {
                    return Some((job, None, to));
                }
            }
            for other in (0..jobs.len()).filter(|&other| places[other] != last) {
                let to = places[other];
                let Job {
                    kind: theirs,
                    time: less,
                } = jobs[other];
                let end = ends[to] - less + time;
                let may = self.runs[kind].contains(&to) && self.runs[theirs].contains(&last);
                if may && less < time && end < makespan && end <= self.gaps[to].to {
                    return Some((job, Some(other), to));
                }
            }
        }
        None
    }
}
