//! Work on many like parts, each on a thread of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// Returns how many threads there are to work on.
#[must_use]
pub fn count() -> usize {
    rayon::current_num_threads()
}

/// `work` of each of `0..n`, in order.
///
/// A part that is itself parallel runs faster alone on one thread than many
/// parts do that share all threads: its rows stay in one core's cache, and
/// nothing waits. So as many parts as fill the threads evenly get one thread
/// each, and what is left over shares them all.
#[must_use]
pub fn each<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = rayon::current_num_threads();
    let alone = if threads > 1 { n - n % threads } else { 0 };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(n));
    let worker = || {
        // Without a pool the part itself would go to the shared one.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= alone {
                break;
            }
            let result = match &pool {
                Ok(pool) => pool.install(|| work(part)),
                Err(_) => work(part),
            };
            let mut done = done.lock().unwrap_or_else(|poison| poison.into_inner());
            done.push((part, result));
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(alone))
            .map(|_| scope.spawn(worker))
            .collect();
        for worker in workers {
            if let Err(panic) = worker.join() {
                // With its own message, not that of a thread.
                std::panic::resume_unwind(panic);
            }
        }
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(|poison| poison.into_inner());
    done.sort_unstable_by_key(|&(part, _)| part);
    let rest: Vec<T> = (alone..n).into_par_iter().map(&work).collect();
    done.into_iter()
        .map(|(_, result)| result)
        .chain(rest)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once_and_in_order() {
        for threads in 1..4 {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            for n in [0, 1, 2, 5, 12] {
                let parts = pool.install(|| each(n, |part| part * part));
                let expected: Vec<usize> = (0..n).map(|part| part * part).collect();
                assert_eq!(parts, expected, "{n} parts on {threads} threads");
            }
        }
    }

    #[test]
    #[should_panic(expected = "part 1 is bad")]
    fn a_panic_is_passed_on() {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .unwrap();
        pool.install(|| each(2, |part| assert!(part != 1, "part {part} is bad")));
    }
}
