//! Bad input: what the binary says, and the code it ends with.
//!
//! Tests compare a transcript with `snapshots/errors/`: the commands, what they
//! said on standard error, and their exit codes.

mod commands;
mod models;
mod tables;

use crate::common::Place;

const TRAIN: &str =
    "--target ms --id id --learner boosted --members 3 --trees 8 --depth 3 -o m.altool";

/// Measured rows: `id,hardware,batch,ms`.
fn rows(n: usize) -> String {
    let mut text = String::from("id,hardware,batch,ms\n");
    for row in 0..n {
        let hardware = ["cuda", "cpu", "webgpu"][row % 3];
        let batch = 1 << (row % 5);
        let ms = (row % 3 + 1) as f64 * (f64::from(batch) + 0.5);
        text.push_str(&format!("r{row},{hardware},{batch},{ms}\n"));
    }
    text
}

/// The rows with one cell on one line, counted from 1, put in another's place.
fn rows_with(n: usize, line: usize, from: &str, to: &str) -> String {
    let text = rows(n);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
    lines[line - 1] = lines[line - 1].replacen(from, to, 1);
    lines.join("\n") + "\n"
}

/// Measured rows with a class: `id,hardware,batch,speed`.
fn classes(n: usize) -> String {
    let mut text = String::from("id,hardware,batch,speed\n");
    for line in rows(n).lines().skip(1) {
        let (row, ms) = line.rsplit_once(',').unwrap();
        let slow = ms.parse::<f64>().unwrap() > 5.0;
        text.push_str(&format!("{row},{}\n", if slow { "slow" } else { "fast" }));
    }
    text
}

/// A place with `rows.csv` and the model `m.altool` that was trained on it.
fn trained() -> Place {
    let place = Place::new();
    place.write("rows.csv", rows(40));
    place.altool(&format!("train rows.csv {TRAIN}")).succeeded();
    place
}
