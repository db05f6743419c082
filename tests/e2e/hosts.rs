//! Hosts in a batch: availability, capacity, the plan, what rows cost; and every
//! error of these by its words (`snapshots/hosts/`).

mod costs;
mod errors;
mod plans;

use crate::common::{Csv, Place, QUICK};

const HARDWARE: [&str; 4] = ["cuda", "rocm", "cpu", "webgpu"];

const SELECT: &str = "select candidates.csv --model m.altool --hardware hardware";

const HOSTED: &str = "--capacity hosts.toml --duration run_s";

/// Five hosts, two of them down.
const HOSTS: &str = r#"
[[host]]
name = "g1"
hardware = ["cuda", "rocm"]
minutes = 15

[[host]]
name = "g2"
hardware = ["cuda"]
minutes = 60
down = true

[[host]]
name = "c1"
hardware = ["cpu", "rocm"]
minutes = 15

[[host]]
name = "c2"
hardware = ["cpu"]
time = "0.25 h"

[[host]]
name = "w1"
hardware = ["webgpu"]
down = true

[[reservation]]
host = "c2"
to = "5 min"
"#;

/// Which hosts that are up run what, and from when.
const UP: [(&str, &[&str], f64); 3] = [
    ("g1", &["cuda", "rocm"], 0.0),
    ("c1", &["cpu", "rocm"], 0.0),
    ("c2", &["cpu"], 300.0),
];

/// A hundred measured rows and three hundred candidates on four kinds of
/// hardware, of which each takes one to five minutes.
fn place() -> Place {
    let place = Place::new();
    let row = |at: usize| {
        let hardware = HARDWARE[at % 4];
        let (batch, threads) = (1 + at / 4 % 10, 1 + at / 40);
        let ms = (at % 4 + 1) as f64 * (batch as f64 + 0.5) / (threads as f64).sqrt();
        let run = 60 + (at * 37) % 241;
        (format!("r{at},{hardware},{batch},{threads},{run}"), ms)
    };
    let measured: String = (0..400)
        .filter(|at| at % 7 < 2)
        .map(|at| format!("{},{}\n", row(at).0, row(at).1))
        .collect();
    place.write(
        "measured.csv",
        format!("id,hardware,batch,threads,run_s,ms\n{measured}"),
    );
    let candidates: String = (0..400)
        .filter(|at| at % 7 >= 2)
        .map(|at| row(at).0 + "\n")
        .collect();
    place.write(
        "candidates.csv",
        format!("id,hardware,batch,threads,run_s\n{candidates}"),
    );
    place.write("hosts.toml", HOSTS);
    let line = format!("train measured.csv --target ms --id id --ignore run_s {QUICK} -o m.altool");
    place.altool(&line).succeeded();
    place
}

/// The rows of a batch: hardware, host, beginning, end and how long it takes.
fn planned(batch: &Csv) -> Vec<(String, String, f64, f64, f64)> {
    let (start, end) = (
        batch.numbers("planned_start_s"),
        batch.numbers("planned_end_s"),
    );
    let (hardware, host) = (batch.column("hardware"), batch.column("planned_host"));
    let takes = batch.numbers("run_s");
    (0..batch.rows.len())
        .map(|row| {
            (
                hardware[row].to_owned(),
                host[row].to_owned(),
                start[row],
                end[row],
                takes[row],
            )
        })
        .collect()
}

/// That hosts run what they can, one row after the other, within their time.
fn sound(batch: &Csv) {
    let rows = planned(batch);
    for (at, (hardware, host, start, end, takes)) in rows.iter().enumerate() {
        assert!((end - start - takes).abs() < 1e-6);
        let (_, runs, from) = UP
            .iter()
            .find(|(name, ..)| name == host)
            .expect("a host that is up");
        assert!(runs.contains(&hardware.as_str()), "{hardware} on {host}");
        assert!(start >= from && *end <= 900.0, "{start} to {end} on {host}");
        for (_, other, begin, until, _) in &rows[..at] {
            assert!(host != other || end <= begin || until <= start);
        }
    }
}
