//! When jobs can be done at the earliest: what no plan can beat.

use super::board::{Board, Job, Nanoseconds};

/// What the jobs ask of the board.
pub(super) struct PlanBound<'b> {
    board: &'b Board,
    /// Per kind that a job has: the kind, the longest job, and all the time of
    /// the jobs that may use no other gaps than those of this kind.
    kinds: Vec<(usize, Nanoseconds, u128)>,
    /// The shortest job.
    shortest: Nanoseconds,
    /// The longest job.
    longest: Nanoseconds,
    /// All the time of all jobs.
    total: u128,
}

impl<'b> PlanBound<'b> {
    pub(super) fn new(board: &'b Board, jobs: &[Job]) -> PlanBound<'b> {
        let n = board.kinds();
        let (mut sums, mut longest) = (vec![0_u128; n], vec![None; n]);
        for job in jobs {
            sums[job.kind] += u128::from(job.time);
            longest[job.kind] = longest[job.kind].max(Some(job.time));
        }
        let kinds = (0..n).filter_map(|kind| {
            let within = (0..n).filter(|&other| board.within(other, kind));
            let sum = within.map(|other| sums[other]).sum();
            longest[kind].map(|longest| (kind, longest, sum))
        });
        PlanBound {
            board,
            kinds: kinds.collect(),
            shortest: jobs.iter().map(|job| job.time).min().unwrap_or(0),
            longest: jobs.iter().map(|job| job.time).max().unwrap_or(0),
            total: sums.iter().sum(),
        }
    }

    /// The time of the gaps of a kind that jobs can use which end by `deadline`.
    fn usable(&self, gaps: impl Iterator<Item = usize>, deadline: Nanoseconds) -> u128 {
        gaps.map(|gap| {
            let gap = &self.board.gaps[gap];
            let usable = gap.to.min(deadline).saturating_sub(gap.from);
            u128::from(if usable < self.shortest { 0 } else { usable })
        })
        .sum()
    }

    /// Whether the jobs may all end by `deadline`: `false` is certain.
    pub(super) fn possible(&self, deadline: Nanoseconds) -> bool {
        let gaps = |kind: usize| self.board.runs[kind].iter().copied();
        let ends = |gap: usize, time: Nanoseconds| {
            let gap = &self.board.gaps[gap];
            gap.from
                .checked_add(time)
                .is_some_and(|end| end <= gap.to.min(deadline))
        };
        self.kinds.iter().all(|&(kind, longest, sum)| {
            gaps(kind).any(|gap| ends(gap, longest)) && self.usable(gaps(kind), deadline) >= sum
        }) && self.usable(0..self.board.gaps.len(), deadline) >= self.total
    }

    /// Whether the jobs fit in any order: with as much time to spare in the gaps
    /// of each kind as keeps one of them open for the longest job.
    pub(super) fn sure(&self) -> bool {
        self.kinds.iter().all(|&(kind, ..)| {
            let gaps = &self.board.runs[kind];
            let free: u128 = gaps
                .iter()
                .map(|&gap| u128::from(self.board.gaps[gap].length()))
                .sum();
            free >= self.total + gaps.len() as u128 * u128::from(self.longest)
        })
    }

    /// The earliest deadline that is possible; `None` if none is.
    pub(super) fn least(&self) -> Option<Nanoseconds> {
        if self.kinds.is_empty() {
            return Some(0);
        }
        if !self.possible(u64::MAX) {
            return None;
        }
        let (mut low, mut high) = (0, u64::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.possible(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }
}
