//! `altool`: which benchmark, sample or comparison to run next.
//!
//! The binary reads options, shows progress and turns failures into exit
//! codes; everything else is `al_pipeline`'s.

mod args;
mod cli;
mod columns;
mod commands;
mod config;
mod exit;
mod help;
mod log;
mod output;
mod progress;
mod prose;
mod sheet;
mod signals;
mod wording;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::commands::CommandContext;

fn main() -> ExitCode {
    exit::explain_panics();
    let arguments = args::joined(std::env::args_os());
    std::panic::catch_unwind(|| run(&arguments)).unwrap_or(exit::FAILED)
}

fn run(arguments: &[OsString]) -> ExitCode {
    let cli = match config::parse(arguments) {
        Ok(cli) => cli,
        Err(refusal) => return refusal.show(arguments),
    };
    let log = cli.global.log();
    // A server ends by itself: requests that were begun are answered.
    if !matches!(cli.command, cli::Command::Serve(_)) {
        signals::install(log);
    }
    if let Some(threads) = cli.global.threads {
        // Fails only if the pool exists already, and nothing has run yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }
    let context = CommandContext {
        log,
        seed: cli.global.seed,
    };
    match cli.command.run(&context) {
        Ok(outcome) => outcome.into(),
        Err(error) => exit::report(&error, log),
    }
}
