//! Prints the measures of a checkout: `cargo run -q -p house -- [--root DIR]
//! [--list]`. Without `--root` it is this one; `--list` adds each thing that is
//! counted.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use house::measures::WorkspaceMeasures;
use house::table::{lists, tables};
use house::workspace::this_checkout;

const USAGE: &str = "the arguments are --root DIR and --list";

fn main() -> ExitCode {
    let mut root = this_checkout();
    let mut listed = false;
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--list") => listed = true,
            Some("--root") => match arguments.next() {
                Some(folder) => root = PathBuf::from(folder),
                None => return told(USAGE),
            },
            _ => return told(USAGE),
        }
    }
    match WorkspaceMeasures::read(&root) {
        Err(error) => told(&error.to_string()),
        Ok(measures) => {
            let mut text = tables(&measures);
            if listed {
                text += &lists(&measures);
            }
            // Whoever closes the pipe has seen enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
    }
}

/// Says what is wrong, and fails.
fn told(problem: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "house: {problem}");
    ExitCode::FAILURE
}
