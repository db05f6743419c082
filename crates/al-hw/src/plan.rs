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
//! [`JobPlan::least`] is what no plan can be shorter than.
//!
//! Times are whole nanoseconds: sums are exact and do not depend on the order.

mod board;
mod bound;
mod search;
#[cfg(test)]
mod tests;

pub use board::{Board, Gap, Job, Nanoseconds, nanoseconds, seconds_of};
use bound::PlanBound;
use search::PlanSearch;

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

/// Where and when a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRun {
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
pub struct JobPlan {
    /// The jobs, in the order given. Of two jobs in one gap the one given
    /// first comes first.
    pub runs: Vec<JobRun>,
    /// When the last of them ends; 0 of none.
    pub makespan: Nanoseconds,
    /// What no plan can be shorter than: the makespan itself, where it is known
    /// to be the least.
    pub least: Nanoseconds,
}

impl Board {
    /// Whether all these jobs have room. Of up to [`EXACT`] jobs the answer is
    /// exact; of more, `false` may mean that none was found.
    #[must_use]
    pub fn fits(&self, jobs: &[Job]) -> bool {
        let ends = PlanBound::new(self, jobs);
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
        PlanSearch::new(self, jobs, u64::MAX, u64::MAX)
            .run(steps)
            .best
            .is_some()
    }

    /// A plan of these jobs; `None` if there is none, or none was found, as by
    /// [`Board::fits`].
    #[must_use]
    pub fn plan(&self, jobs: &[Job]) -> Option<JobPlan> {
        let bound = PlanBound::new(self, jobs);
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
            let found = PlanSearch::new(self, jobs, makespan, least).run(steps);
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
            JobRun {
                host: gap.host,
                slot: gap.slot,
                from,
                to: at[place],
            }
        };
        Some(JobPlan {
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
