//! Plans against all plans there are.

use super::*;
use crate::hosts::{Host, Hosts, Reservation};

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn seconds(n: u64) -> Nanoseconds {
    nanoseconds(n as f64)
}

/// Hosts of a random instance: kinds `0` to `kinds`, some hosts down, some with
/// an end, some reserved.
fn hosts(random: &mut Random, n: usize, kinds: u64) -> Hosts {
    let host = |at: usize, random: &mut Random| {
        let some: Vec<String> = (0..kinds)
            .filter(|_| random.below(2) == 0)
            .map(|k| k.to_string())
            .collect();
        let slots = 1 + random.below(2) as usize;
        let from = random.below(20) as f64;
        Host {
            hardware: (!some.is_empty()).then_some(some),
            slots,
            time: (random.below(2) == 0).then(|| 20.0 + random.below(40) as f64),
            down: random.below(5) == 0,
            reservations: (0..random.below(2))
                .map(|_| Reservation {
                    from,
                    to: from + 1.0 + random.below(20) as f64,
                    slots: (random.below(2) == 0).then_some(1),
                })
                .collect(),
            ..Host::new(format!("h{at}"))
        }
    };
    Hosts::new((0..n).map(|at| host(at, random)).collect()).unwrap()
}

fn board(hosts: &Hosts, kinds: u64) -> Board {
    let names: Vec<String> = (0..kinds).map(|kind| kind.to_string()).collect();
    Board::new(hosts, names.iter().map(|name| Some(name.as_str())))
}

/// The least makespan of all ways to put the jobs into gaps.
fn exhaustive(board: &Board, jobs: &[Job]) -> Option<Nanoseconds> {
    fn rest(
        board: &Board,
        jobs: &[Job],
        ends: &mut [Nanoseconds],
        makespan: Nanoseconds,
    ) -> Option<Nanoseconds> {
        let Some((job, others)) = jobs.split_first() else {
            return Some(makespan);
        };
        let mut least = None;
        for &gap in &board.runs[job.kind] {
            let begin = ends[gap];
            let end = begin + job.time;
            if end > board.gaps[gap].to {
                continue;
            }
            ends[gap] = end;
            if let Some(found) = rest(board, others, ends, makespan.max(end)) {
                least = Some(least.map_or(found, |least: u64| least.min(found)));
            }
            ends[gap] = begin;
        }
        least
    }
    let mut ends: Vec<Nanoseconds> = board.gaps.iter().map(|gap| gap.from).collect();
    rest(board, jobs, &mut ends, 0)
}

/// That a plan breaks nothing.
fn sound(board: &Board, hosts: &Hosts, jobs: &[Job], plan: &JobPlan) {
    let mut taken: Vec<(usize, usize, Nanoseconds, Nanoseconds)> = Vec::new();
    for (job, run) in jobs.iter().zip(&plan.runs) {
        assert_eq!(run.to - run.from, job.time);
        let host = &hosts.all()[run.host];
        assert!(!host.down && host.runs(Some(&job.kind.to_string())) && run.slot < host.slots);
        assert!(host.time.is_none_or(|time| run.to <= nanoseconds(time)));
        for reservation in &host.reservations {
            let apart =
                run.to <= nanoseconds(reservation.from) || nanoseconds(reservation.to) <= run.from;
            assert!(apart || reservation.slots.is_some_and(|slots| run.slot >= slots));
        }
        for &(host, slot, from, to) in &taken {
            assert!((host, slot) != (run.host, run.slot) || run.to <= from || to <= run.from);
        }
        taken.push((run.host, run.slot, run.from, run.to));
    }
    assert_eq!(
        plan.makespan,
        plan.runs.iter().map(|run| run.to).max().unwrap_or(0)
    );
    assert!(plan.least <= plan.makespan);
    assert!(board.fits(jobs));
}

fn random_jobs(random: &mut Random, n: usize, kinds: u64, longest: u64) -> Vec<Job> {
    let job = |random: &mut Random| Job {
        kind: random.below(kinds) as usize,
        time: seconds(1 + random.below(longest)),
    };
    (0..n).map(|_| job(random)).collect()
}

#[test]
fn plans_of_few_jobs_are_the_best_of_all() {
    let mut random = Random(7);
    let (mut some, mut none) = (0, 0);
    for _ in 0..400 {
        let n = 1 + random.below(3) as usize;
        let hosts = hosts(&mut random, n, 3);
        let board = board(&hosts, 3);
        let most = if board.gaps.len() > 4 { 5 } else { 7 };
        let n = random.below(most + 1) as usize;
        let jobs = random_jobs(&mut random, n, 3, 15);
        let least = exhaustive(&board, &jobs);
        let plan = board.plan(&jobs);
        assert_eq!(
            plan.as_ref().map(|plan| plan.makespan),
            least,
            "{hosts:?} {jobs:?}"
        );
        assert_eq!(board.fits(&jobs), least.is_some(), "{hosts:?} {jobs:?}");
        match plan {
            None => none += 1,
            Some(plan) => {
                some += 1;
                assert_eq!(plan.least, plan.makespan, "known to be the least");
                sound(&board, &hosts, &jobs, &plan);
            }
        }
    }
    assert!(some > 100 && none > 50, "{some} {none}");
}

#[test]
fn twelve_jobs_on_two_and_three_slots_are_exact() {
    let mut random = Random(3);
    for slots in [2, 3] {
        for _ in 0..3 {
            let hosts = Hosts::new(vec![Host {
                slots,
                ..Host::new("a")
            }])
            .unwrap();
            let board = board(&hosts, 1);
            let jobs = random_jobs(&mut random, 12, 1, 1000);
            let plan = board.plan(&jobs).unwrap();
            assert_eq!(plan.least, plan.makespan);
            // All ways to split them: the first job stays where it is.
            let least = (0..slots.pow(11)).map(|code| {
                let mut ends = vec![0; slots];
                let mut code = code;
                ends[0] = jobs[0].time;
                for job in &jobs[1..] {
                    ends[code % slots] += job.time;
                    code /= slots;
                }
                ends.into_iter().max().unwrap()
            });
            assert_eq!(plan.makespan, least.min().unwrap());
        }
    }
}

#[test]
fn many_jobs_keep_grahams_bound_on_equal_slots() {
    let mut random = Random(11);
    for _ in 0..60 {
        let slots = 2 + random.below(5) as usize;
        let hosts = Hosts::new(vec![Host {
            slots,
            ..Host::new("a")
        }])
        .unwrap();
        let board = board(&hosts, 1);
        let n = 13 + random.below(60) as usize;
        let jobs = random_jobs(&mut random, n, 1, 500);
        let plan = board.plan(&jobs).unwrap();
        sound(&board, &hosts, &jobs, &plan);
        let bound = 4.0 / 3.0 - 1.0 / (3.0 * slots as f64);
        assert!(plan.makespan as f64 <= bound * plan.least as f64);
    }
    // Where longest first is as bad as can be: 2m + 1 jobs on m slots.
    let hosts = Hosts::new(vec![Host {
        slots: 7,
        ..Host::new("a")
    }])
    .unwrap();
    let times = [13, 13, 12, 12, 11, 11, 10, 10, 9, 9, 8, 8, 7, 7, 7];
    let jobs = times.map(|time| Job {
        kind: 0,
        time: seconds(time),
    });
    let plan = board(&hosts, 1).plan(&jobs).unwrap();
    assert!(
        plan.makespan < seconds(27),
        "better than longest first alone: {}",
        plan.makespan
    );
}

#[test]
fn many_jobs_that_some_hosts_run_are_near_what_is_possible() {
    let mut random = Random(5);
    let mut tried = 0;
    for _ in 0..80 {
        let hosts = hosts(&mut random, 5, 3);
        let board = board(&hosts, 3);
        let jobs = random_jobs(&mut random, 24, 3, 12);
        let Some(plan) = board.plan(&jobs) else {
            continue;
        };
        sound(&board, &hosts, &jobs, &plan);
        let slots = board.gaps.len() as f64;
        assert!(plan.makespan as f64 <= (2.0 - 1.0 / slots) * plan.least as f64);
        tried += 1;
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn jobs_wait_for_what_runs_already() {
    let host = |name: &str, kind: &str| Host {
        hardware: Some(vec![kind.to_owned()]),
        time: Some(30.0),
        ..Host::new(name)
    };
    let hosts = Hosts::new(vec![host("a", "0"), host("b", "0"), host("c", "1")]).unwrap();
    let mut board = board(&hosts, 2);
    assert_eq!(
        (board.free(0), board.longest(0)),
        (seconds(60), seconds(30))
    );
    let job = |kind, time| Job {
        kind,
        time: seconds(time),
    };
    // One on b by name, one where it is free first, one that runs longer than
    // its host is there, and one more that has no place.
    let busy = [
        (job(0, 10), Some(1)),
        (job(0, 20), None),
        (job(1, 40), None),
        (job(1, 1), None),
    ];
    assert_eq!(board.occupy(&busy), 1);
    assert_eq!(
        (board.free(0), board.longest(0), board.runs(1)),
        (seconds(30), seconds(20), false)
    );
    let plan = board.plan(&[job(0, 10), job(0, 15)]).unwrap();
    assert_eq!(plan.makespan, seconds(30));
    assert_eq!(
        plan.runs.iter().map(|run| run.host).collect::<Vec<_>>(),
        [0, 1]
    );
    assert!(board.plan(&[job(0, 21)]).is_none() && !board.fits(&[job(1, 1)]));
}

#[test]
fn those_given_first_come_first() {
    let hosts = Hosts::new(vec![Host::new("a")]).unwrap();
    let jobs = [3, 5, 1].map(|time| Job {
        kind: 0,
        time: seconds(time),
    });
    let plan = board(&hosts, 1).plan(&jobs).unwrap();
    assert_eq!(
        plan.runs.iter().map(|run| run.from).collect::<Vec<_>>(),
        [0, 3, 8].map(seconds)
    );
    assert_eq!(board(&hosts, 1).plan(&[]).unwrap().makespan, 0);
}
