//! What README.md tells a newcomer to type works as it stands there.

use std::path::Path;

use crate::common::{Place, fixture};

/// Sections whose commands need nothing but the repository.
const SECTIONS: [&str; 2] = ["## See it work", "## Sixty seconds"];

/// The fenced blocks of a section.
fn blocks(readme: &str, section: &str) -> Vec<String> {
    let start = readme
        .find(&format!("{section}\n"))
        .unwrap_or_else(|| panic!("README.md has a section {section:?}"));
    let text = &readme[start + section.len()..];
    let text = &text[..text.find("\n## ").unwrap_or(text.len())];
    // Before a fence, inside, after, inside, …
    let parts: Vec<&str> = text.split("\n```").collect();
    assert!(parts.len() % 2 == 1, "{section}: every fence is closed");
    parts
        .chunks_exact(2)
        .map(|pair| pair[1].trim_start_matches("sh\n").to_owned())
        .collect()
}

/// What the test binary stands for: built and installed it is already.
fn with_binary(block: &str) -> String {
    block
        .lines()
        .filter(|line| !line.starts_with("cargo install"))
        .map(|line| line.replace("cargo run --release -- ", "altool ") + "\n")
        .collect()
}

/// A scratch folder that looks like the repository's root.
fn root() -> Place {
    let place = Place::new();
    let fixtures = std::fs::canonicalize(fixture("")).unwrap();
    std::os::unix::fs::symlink(Path::new(&fixtures), place.path("fixtures")).unwrap();
    place
}

#[test]
fn the_batch_that_a_guide_explains_is_the_one_of_the_readme() {
    let readme = std::fs::read_to_string(fixture("../README.md")).unwrap();
    let guide = std::fs::read_to_string(fixture("../docs/CHOOSING.md")).unwrap();
    let place = root();
    let training = with_binary(&blocks(&readme, "## Sixty seconds")[0]);
    let training = training.split("\n\n").next().unwrap();
    place
        .bash(&format!("set -eo pipefail\n{training}"))
        .succeeded();
    let shown = &blocks(&guide, "## Why this batch")[0];
    let (command, summary) = shown.trim().split_once('\n').unwrap();
    let run = place.altool(command.strip_prefix("$ altool ").unwrap());
    assert_eq!(run.succeeded().stderr.trim(), summary);
    let gain = summary.lines().last().unwrap();
    assert_eq!(blocks(&guide, "## When to stop")[0].trim(), gain);
}

#[test]
fn the_first_commands_of_the_readme_work() {
    let readme = std::fs::read_to_string(fixture("../README.md")).unwrap();
    let place = root();
    let mut commands = 0;
    for section in SECTIONS {
        let blocks = blocks(&readme, section);
        assert!(!blocks.is_empty(), "{section} has commands");
        for block in blocks {
            let script = with_binary(&block);
            assert!(!script.contains("cargo"), "what to do with this? {script}");
            commands += script
                .lines()
                .filter(|line| line.starts_with("altool "))
                .count();
            // Stops at the first command that fails, with its code.
            place
                .bash(&format!("set -eo pipefail\n{script}"))
                .succeeded();
        }
    }
    assert!(commands >= 8, "only {commands} commands were found");
    for file in ["m.altool", "scored.csv", "batch.csv", "report.html"] {
        assert!(place.exists(file), "{file} is written");
    }
    // What stands below the block, about a first batch without a model.
    place
        .altool("select fixtures/llm/candidates.csv -n 20 -o first.csv")
        .succeeded();
}

/// The nightly job, with a benchmark that looks results up: it rests, it stops where the
/// benchmark fails, and nothing needs to be running.
#[test]
fn the_nightly_job_of_the_readme_is_right() {
    let readme = std::fs::read_to_string(fixture("../README.md")).unwrap();
    let job = &blocks(&readme, "## In a nightly job")[0];
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
