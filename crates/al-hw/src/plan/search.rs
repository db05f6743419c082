//! Branch and bound over which gap each job is in, the longest job first.

use super::board::{Board, Job, Nanoseconds};

/// The search for a plan that ends before one that is known.
pub(super) struct PlanSearch<'b> {
    board: &'b Board,
    /// The jobs, the longest first, with their places in the caller's order.
    jobs: Vec<(Job, usize)>,
    /// Per job and kind the time of it and the jobs after it that may use no
    /// other gaps than those of the kind; the last is of all of them.
    left: Vec<Vec<u128>>,
    /// Per gap which other gaps may run the same kinds.
    class: Vec<usize>,
    /// What is to be beaten, and what cannot be.
    best: Nanoseconds,
    least: Nanoseconds,
    /// When each gap is free.
    ends: Vec<Nanoseconds>,
    places: Vec<usize>,
    found: Option<Vec<usize>>,
    steps: usize,
    /// Whether the first plan will do.
    any: bool,
}

/// What a search came to.
pub(super) struct PlanFound {
    /// A gap for each job, in the caller's order, if a plan was found.
    pub(super) best: Option<Vec<usize>>,
    /// Whether there is no better one.
    pub(super) complete: bool,
}

impl<'b> PlanSearch<'b> {
    /// For a makespan below `best`, or any if that is the largest number; none
    /// is below `least`.
    pub(super) fn new(
        board: &'b Board,
        jobs: &[Job],
        best: Nanoseconds,
        least: Nanoseconds,
    ) -> PlanSearch<'b> {
        let mut sorted: Vec<(Job, usize)> = jobs.iter().copied().zip(0..).collect();
        sorted.sort_by_key(|&(job, at)| {
            (
                u64::MAX - job.time,
                board.runs[job.kind].len(),
                job.kind,
                at,
            )
        });
        let kinds = board.kinds();
        let mut left = vec![vec![0; kinds + 1]; jobs.len() + 1];
        for at in (0..sorted.len()).rev() {
            let job = sorted[at].0;
            let mut sums = left[at + 1].clone();
            for (kind, sum) in sums.iter_mut().enumerate() {
                if kind == kinds || board.within(job.kind, kind) {
                    *sum += u128::from(job.time);
                }
            }
            left[at] = sums;
        }
        let may = |gap: usize| -> Vec<bool> {
            let kinds = board.runs.iter();
            kinds.map(|gaps| gaps.binary_search(&gap).is_ok()).collect()
        };
        let signs: Vec<Vec<bool>> = (0..board.gaps.len()).map(may).collect();
        let class = signs.iter().map(|sign| {
            let first = signs.iter().position(|other| other == sign);
            first.expect("a gap is like itself")
        });
        PlanSearch {
            board,
            left,
            class: class.collect(),
            best,
            least,
            ends: board.gaps.iter().map(|gap| gap.from).collect(),
            places: vec![0; jobs.len()],
            jobs: sorted,
            found: None,
            steps: 0,
            any: least == u64::MAX,
        }
    }

    pub(super) fn run(mut self, steps: usize) -> PlanFound {
        self.steps = steps;
        self.descend(0, 0);
        PlanFound {
            best: self.found,
            complete: self.steps > 0,
        }
    }

    /// Whether the search is over.
    fn over(&self) -> bool {
        self.steps == 0 || self.best <= self.least && !self.any || self.any && self.found.is_some()
    }

    /// Places the jobs from `at` on; those before end at `makespan`.
    fn descend(&mut self, at: usize, makespan: Nanoseconds) {
        if at == self.jobs.len() {
            let mut found = vec![0; self.jobs.len()];
            for (&(_, job), &place) in self.jobs.iter().zip(&self.places) {
                found[job] = place;
            }
            self.found = Some(found);
            self.best = makespan;
            return;
        }
        if !self.possible(at) {
            return;
        }
        let Job { kind, time } = self.jobs[at].0;
        let mut open: Vec<usize> = self.board.runs[kind].clone();
        open.sort_by_key(|&gap| (self.ends[gap], self.board.gaps[gap].to, gap));
        let mut tried: Vec<(usize, Nanoseconds, Nanoseconds)> = Vec::new();
        for gap in open {
            if self.over() {
                return;
            }
            let (begin, to) = (self.ends[gap], self.board.gaps[gap].to);
            let Some(end) = begin.checked_add(time).filter(|&end| end <= to) else {
                continue;
            };
            // Gaps that are alike give plans that are alike.
            let alike = (self.class[gap], begin, to);
            if end >= self.best || tried.contains(&alike) {
                continue;
            }
            tried.push(alike);
            self.steps -= 1;
            self.ends[gap] = end;
            self.places[at] = gap;
            self.descend(at + 1, makespan.max(end));
            self.ends[gap] = begin;
        }
    }

    /// Whether the jobs from `at` on may end before the best plan known.
    fn possible(&self, at: usize) -> bool {
        let deadline = self.best.saturating_sub(1);
        let shortest = self.jobs.last().map_or(0, |&(job, _)| job.time);
        let usable = |gap: usize| {
            let free = self.board.gaps[gap]
                .to
                .min(deadline)
                .saturating_sub(self.ends[gap]);
            if free < shortest { 0 } else { free }
        };
        let room = |gaps: &mut dyn Iterator<Item = usize>| -> u128 {
            gaps.map(|gap| u128::from(usable(gap))).sum()
        };
        let left = &self.left[at];
        let kinds = self.board.kinds();
        let kinds_fit = (0..kinds).all(|kind| {
            left[kind] == 0 || room(&mut self.board.runs[kind].iter().copied()) >= left[kind]
        });
        kinds_fit && room(&mut (0..self.ends.len())) >= left[kinds]
    }
}
