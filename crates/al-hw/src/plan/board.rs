//! The free time of hosts, as gaps, and the jobs that want it.

use crate::hosts::Hosts;

/// A moment or a length of time, in nanoseconds.
pub type Nanoseconds = u64;

/// The time of `seconds`, to the nearest nanosecond.
#[must_use]
pub fn nanoseconds(seconds: f64) -> Nanoseconds {
    // Times beyond the type saturate.
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
    pub(super) fn length(&self) -> Nanoseconds {
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

/// The free time of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    pub(super) gaps: Vec<Gap>,
    /// Per kind the hosts that run it, up or down.
    hosts: Vec<Vec<usize>>,
    /// Per kind its gaps.
    pub(super) runs: Vec<Vec<usize>>,
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

    /// Whether a kind may use no other gaps than another.
    pub(super) fn within(&self, kind: usize, other: usize) -> bool {
        self.runs[kind]
            .iter()
            .all(|gap| self.runs[other].binary_search(gap).is_ok())
    }
}
