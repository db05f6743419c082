//! How far a long piece of work is: a bar on a terminal, and how long each
//! stage took where that is asked for.

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use al_core::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

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
        self.counted(what, steps, "steps");
    }

    fn counted(&self, what: &str, steps: u64, unit: &str) {
        let mut current = self.current();
        self.end(current.take());
        *current = Some(Stage {
            name: what.to_owned(),
            begun: now(),
            bar: self.bars.then(|| bar(what, steps, unit)),
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

/// A bar such as `scoring candidates ████░░ 4,000 of 9,000 rows, about 9 s left`.
fn bar(what: &str, steps: u64, unit: &str) -> ProgressBar {
    let (steps, template) = match steps {
        0 => (None, "{spinner} {msg}, {past} so far"),
        steps => (
            Some(steps),
            "{msg} {wide_bar} {human_pos} of {human_len} {prefix}{left}",
        ),
    };
    // Drawn once it has its words.
    let bar = ProgressBar::with_draw_target(steps, ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template(template).expect("a template of ours");
    let style = style
        .with_key("past", |state: &ProgressState, text: &mut dyn Write| {
            // Text that cannot be written is not shown.
            let _ = text.write_str(&length(state.elapsed()));
        })
        .with_key("left", |state: &ProgressState, text: &mut dyn Write| {
            let _ = text.write_str(&left(state.pos(), state.eta()));
        });
    bar.set_style(style);
    bar.set_message(what.to_owned());
    bar.set_prefix(unit.to_owned());
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// How long the rest may take, once something is done that tells it.
fn left(done: u64, rest: Duration) -> String {
    match done {
        0 => String::new(),
        _ => format!(", about {} left", length(rest)),
    }
}

/// A length of time in its largest unit, or in two where one is coarse.
fn length(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) if minutes >= 10 => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_has_its_unit() {
        let told = |seconds: f64| left(1, Duration::from_secs_f64(seconds));
        assert_eq!(told(8.9), ", about 9 s left");
        assert_eq!(told(65.0), ", about 1 min 5 s left");
        assert_eq!(told(754.0), ", about 12 min left");
        assert_eq!(told(7260.0), ", about 2 h 1 min left");
        assert_eq!(left(0, Duration::from_secs(9)), "");
    }

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
