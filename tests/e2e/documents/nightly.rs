//! The nightly job of README.md, night after night.

use super::page::{Part, Placed};
use super::parts_of;
use crate::common::Place;

fn job() -> String {
    let shells = parts_of("README.md").into_iter();
    let mut shells = shells.filter_map(|Placed { part, .. }| match part {
        Part::Shell(script) => Some(script),
        _ => None,
    });
    shells
        .find(|script| script.contains("run-benchmarks batch.csv"))
        .expect("README.md has a nightly job")
}

/// With a benchmark that looks results up: it rests, it stops where the benchmark
/// fails, and nothing needs to be running.
#[test]
fn the_nightly_job_of_the_readme_is_right() {
    let job = job();
    let place = Place::new();
    let rows = |range: std::ops::Range<u32>| -> String {
        range
            .map(|n| format!("{n},{},{}.5\n", n % 7, 3 * n + n % 7))
            .collect()
    };
    std::fs::create_dir(place.path("results")).unwrap();
    let measured = format!("n,k,latency_ms\n{}", rows(1..41));
    place.write("measured.csv", measured);
    let candidates: String = (41..70).map(|n| format!("{n},{}\n", n % 7)).collect();
    place.write("c.csv", format!("n,k\n{candidates}"));
    place.write("results.csv", format!("n,k,latency_ms\n{}", rows(41..70)));
    // The tables of the job are Parquet.
    for (from, to) in [
        ("measured.csv", "results/m.parquet"),
        ("c.csv", "candidates.parquet"),
    ] {
        let line = format!("select {from} -n 100 --columns n,k -o {to}");
        let line = match from {
            "measured.csv" => line.replace("n,k", "n,k,latency_ms"),
            _ => line,
        };
        place.altool(&line).succeeded();
    }
    let benchmark = "run-benchmarks() { head -1 results.csv; tail -n +2 \"$1\" | cut -d, -f4,5 | \
                     while read -r row; do grep \"^$row,\" results.csv; done; }\n";
    let night = |functions: &str| place.bash(&format!("{functions}{}", job.replace("0.03", "0")));
    // A benchmark that fails ends the job, and the model stays as it was.
    let failed = night("run-benchmarks() { return 7; }\n");
    assert_eq!(failed.code, Some(7), "{}", failed.stderr);
    assert!(place.exists("model.altool") && !place.exists("report.html"));
    let mut rested = None;
    for _ in 0..4 {
        let run = night(benchmark).succeeded();
        assert!(place.exists("report.html"));
        if run.stdout.contains("nothing worth measuring") {
            rested = Some(run);
            break;
        }
    }
    assert!(rested.is_some(), "29 candidates are three nights of ten");
}
