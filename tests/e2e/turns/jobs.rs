//! The loop as a script runs it: the demo, a nightly job, a grid of candidates.

use super::assert_self_contained;
use crate::common::{COLUMNS, Csv, Place, QUICK, described, set};

#[test]
fn the_demo_runs_the_whole_loop() {
    let place = Place::new();
    let run = place.altool("demo here").succeeded();
    for command in ["train", "score", "select", "update", "report"] {
        assert!(
            run.stdout.contains(&format!("$ altool {command} ")),
            "{}",
            run.stdout
        );
    }
    assert_eq!(place.files(), ["here"]);
    assert_self_contained(&place.text("here/report.html"));
    assert!(place.csv("here/batch-2.csv").rows.len() > 1);
    let again = place.altool("demo here").succeeded();
    assert_eq!(again.stdout, run.stdout, "the same every time");
}

/// The job of the design, word for word but for the benchmark and the number
/// of rows.
const NIGHTLY: &str = r#"
[ -e model.altool ] || altool train results/*.parquet --target latency_ms --log-target --direction min -o model.altool
altool select candidates.parquet --model model.altool -n 10 --pending running.csv -o batch.csv; rc=$?
case $rc in
  0) run-benchmarks batch.csv > new.csv && altool update new.csv --model model.altool ;;
  4) echo "nothing worth measuring tonight" ;;
  *) exit $rc ;;
esac
altool report model.altool --html report.html
"#;

#[test]
fn the_nightly_job_runs_until_nothing_is_left() {
    let place = Place::new();
    std::fs::create_dir(place.path("results")).unwrap();
    place.write(
        "space.toml",
        "[values]\nhardware = [\"cuda\", \"cpu\"]\nbatch = { from = 1, to = 24, step = 1 }\n",
    );
    place.write("running.csv", "hardware,batch\ncuda,23\n");
    // A benchmark as it might be: a time for each row of the batch.
    let functions = r#"
        run-benchmarks() {
            awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "hardware,batch,latency_ms"; next }
                { h = $at["hardware"]; b = $at["batch"]; print h "," b "," (h == "cpu" ? 5 : 1) * (b + 3) }' "$1"
        }
    "#;
    let prepared = place.bash(&format!(
        "{functions} set -e
         altool grid space.toml -o all.csv
         altool grid space.toml -o candidates.parquet
         awk 'NR == 1 || NR % 2' all.csv > half.csv
         run-benchmarks half.csv > half-measured.csv
         altool train half-measured.csv --target latency_ms {QUICK} -o scratch.altool
         altool score half-measured.csv --model scratch.altool -o scored.csv
         cut -d, -f1-3 scored.csv > results/plain.csv
         altool select results/plain.csv -n 100 --columns hardware,batch,latency_ms -o results/1.parquet
         rm results/plain.csv"
    ));
    prepared.succeeded();
    // 24 of 48 rows are measured and one is running: 23 are left.
    let mut left = 23;
    let job = format!("{functions}{NIGHTLY}");
    for night in 1..=3 {
        let run = place.bash(&job).succeeded();
        let chosen = place.csv("batch.csv").rows.len();
        assert_eq!(chosen, left.min(10), "night {night}: {}", run.stderr);
        left -= chosen;
        assert!(run.stdout.contains("rmse_after,"), "{}", run.stdout);
        assert_self_contained(&place.text("report.html"));
    }
    let run = place.bash(&job).succeeded();
    assert!(
        run.stdout.contains("nothing worth measuring tonight"),
        "{}",
        run.stdout
    );
    // Anything else ends the job with its code.
    place.write("running.csv", "");
    place.bash(&job).ended(3);
}

#[test]
fn a_grid_keeps_its_rules_and_leaves_out_what_is_measured() {
    let place = Place::with_llm();
    place.write(
        "space.toml",
        "rules = [\"NOT (hardware = 'Nvidia A100 GPU' AND batch_size > 16)\"]\n\
         exclude = \"measured.csv\"\n\n[values]\n\
         hardware = [\"Nvidia A100 GPU\", \"AMD MI300X GPU\"]\n\
         num_devices = [1]\nframework = [\"vLLM\"]\nmodel = [\"mistralai/Mistral-7B-v0.1\"]\n\
         in_out_len = { from = 128, to = 2048, factor = 2 }\n\
         batch_size = { from = 1, to = 64, factor = 2 }\n",
    );
    place.altool("grid space.toml -o grid.parquet").succeeded();
    place.altool("grid space.toml -o grid.csv").succeeded();
    let grid = described(&place.csv("grid.csv"), &COLUMNS);
    let measured = set(&described(&place.csv("measured.csv"), &COLUMNS));
    assert!(set(&grid).is_disjoint(&measured));
    // All that is missing is forbidden or measured.
    let forbidden = |hardware: &str, batch: u32| hardware == "Nvidia A100 GPU" && batch > 16;
    let mut expected = 0;
    for hardware in ["Nvidia A100 GPU", "AMD MI300X GPU"] {
        for length in [128, 256, 512, 1024, 2048] {
            for batch in [1, 2, 4, 8, 16, 32, 64] {
                let row = [
                    hardware.to_owned(),
                    "1".to_owned(),
                    "vLLM".to_owned(),
                    "mistralai/Mistral-7B-v0.1".to_owned(),
                    length.to_string(),
                    batch.to_string(),
                ];
                expected +=
                    usize::from(!forbidden(hardware, batch) && !measured.contains(&row[..]));
            }
        }
    }
    assert_eq!(grid.len(), expected);
    assert!(
        grid.iter()
            .all(|row| !forbidden(&row[0], row[5].parse().unwrap()))
    );
    // A grid is a table of candidates like any other.
    place.train_llm(QUICK);
    let batch = place
        .altool("select grid.parquet --model model.altool -n 4")
        .succeeded();
    let batch = described(&Csv::parse(&batch.stdout), &COLUMNS);
    assert!(set(&batch).is_subset(&set(&grid)));
}
