//! How far a long piece of work is: a bar on a terminal, and how long each
//! stage took where that is asked for.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use al_core::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::log::Log;

/// Listens to one command's work. The last stage ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Reporter {
    log: Log,
    bars: bool,
    stage: Mutex<Option<Stage>>,
}

#[derive(Debug)]
struct Stage {
    name: String,
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl Reporter {
    pub(crate) fn new(log: Log) -> Reporter {
        Reporter {
            log,
            bars: log.shows_bars() && stderr().is_terminal(),
            stage: Mutex::new(None),
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, stage: Option<Stage>) {
        if let Some(stage) = stage {
            if let Some(bar) = stage.bar {
                bar.finish_and_clear();
            }
            self.log
                .timing(&stage.name, stage.begun.elapsed().as_secs_f64());
        }
    }
}

impl Progress for Reporter {
    fn stage(&self, what: &str, steps: u64) {
        let mut current = self.current();
        self.end(current.take());
        *current = Some(Stage {
            name: what.to_owned(),
            begun: now(),
            bar: self.bars.then(|| bar(what, steps)),
        });
    }

    fn advance(&self, steps: u64) {
        if let Some(Stage { bar: Some(bar), .. }) = &*self.current() {
            bar.inc(steps);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        let last = self.current().take();
        self.end(last);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "timings are for the user's eyes; no result depends on them"
)]
fn now() -> Instant {
    Instant::now()
}

fn bar(what: &str, steps: u64) -> ProgressBar {
    let (bar, template) = if steps == 0 {
        (ProgressBar::no_length(), "{spinner} {msg} {elapsed}")
    } else {
        (
            ProgressBar::new(steps),
            "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
        )
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).expect("a template of ours"));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_one_another_without_a_terminal() {
        let reporter = Reporter::new(Log::text(false, false));
        reporter.advance(3);
        reporter.stage("one", 10);
        reporter.advance(10);
        reporter.stage("two", 0);
        assert_eq!(reporter.current().as_ref().unwrap().name, "two");
    }
}
