//! Labelling from a terminal: on a data folder, against a server, through kills.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::common::{Place, fixture, json};

/// A server that ends with the test.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    /// Starts one on the folder `labels` of a place, at a port that is free.
    fn start(place: &Place, options: &str, variables: &[(&str, &str)]) -> Served {
        let mut command = place.prepared(&format!(
            "serve --data labels --listen 127.0.0.1:0 --rate-limit 0 {options}"
        ));
        command.envs(variables.iter().copied());
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("listening on ")?;
                Some(rest.split(';').next()?.to_owned())
            })
            .expect("a server that listens");
        // Whoever writes to a pipe that nobody reads would wait.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Served { child, address }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder `labels` with 40 rows, a model that learns in no time, and a batch.
fn with_batch() -> Place {
    let place = Place::new();
    let rows: String = (0..40)
        .map(|at| format!("row {at},{},{}\n", at % 8, at / 8))
        .collect();
    place.write("items.csv", format!("name,x,z\n{rows}"));
    let results: String = (0..40)
        .map(|at| format!("row {at},{}\n", 2 * (at % 8) + at / 8))
        .collect();
    place.write("results.csv", format!("name,y\n{results}"));
    let lines = [
        "label init m --target y --learner linear --features x,z --data labels",
        "label import items.csv --dataset rows --rows-only --name name --data labels",
        "label select m -n 40 --strategy random --data labels",
    ];
    for line in lines {
        place.altool(line).ended(0);
    }
    place
}

#[test]
fn a_cycle_from_a_terminal_on_a_folder() {
    let place = with_batch();
    let held = place
        .altool("label next m --data labels --format json")
        .ended(0);
    let item = json(&held.stdout);
    let id = item["id"].as_str().unwrap();
    assert_eq!(item["status"], "in_progress");
    place
        .altool(&format!(
            "label submit {id} -2.5 --confidence low --data labels"
        ))
        .ended(0);
    let undone = place
        .altool("label undo --data labels --format json")
        .ended(0);
    assert_eq!(json(&undone.stdout)["items"], 1);
    place
        .altool_words(&[
            "label",
            "skip",
            id,
            "--reason",
            "the vial broke",
            "--data",
            "labels",
        ])
        .ended(0);
    let skipped = place
        .altool("label queue --status skipped --data labels")
        .ended(0);
    assert!(skipped.stdout.contains(id), "{}", skipped.stdout);
    place
        .altool(&format!("label requeue {id} --data labels"))
        .ended(0);

    let few = place.altool("label retrain m --data labels").ended(5);
    assert!(
        few.stderr
            .contains("0 of 10 new labels that are needed are there"),
        "{}",
        few.stderr
    );
    let preview = place
        .altool("label results m results.csv --preview --data labels")
        .ended(0);
    assert!(preview.stdout.contains("items,40\n"), "{}", preview.stdout);
    place
        .altool("label results m results.csv --data labels")
        .ended(0);
    let nothing = place.altool("label next m --data labels").ended(4);
    assert!(nothing.stderr.contains("there is nothing to label"));
    let job = place
        .altool("label retrain m --data labels --format json")
        .ended(0);
    let job = json(&job.stdout);
    assert_eq!(job["state"], "done");
    assert!(
        job["result"]["metrics_after"]["validation"]["rmse"]
            .as_f64()
            .unwrap()
            < 1.0
    );
    let cycles = place.altool("label cycles m --data labels").ended(0);
    assert!(cycles.stdout.contains("complete"), "{}", cycles.stdout);
    place
        .altool("label export m -o labels.csv --data labels")
        .ended(0);
    assert_eq!(place.csv("labels.csv").column("y").len(), 40);
    let stats = json(
        &place
            .altool("label stats m --data labels --format json")
            .ended(0)
            .stdout,
    );
    assert_eq!(stats["items_by_status"]["archived"], 40);
    let check = place
        .altool("db check --data labels --format json")
        .ended(0);
    assert_eq!(json(&check.stdout)["problems"], serde_json::json!([]));
    place.altool("db backup copy --data labels").ended(0);
    place.altool("db restore copy --data restored").ended(0);
    let restored = place
        .altool("label stats m --data restored --format json")
        .ended(0);
    assert_eq!(json(&restored.stdout)["items_by_status"]["archived"], 40);
    let twice = place.altool("db restore copy --data restored").ended(2);
    assert!(
        twice.stderr.contains("has a database already"),
        "{}",
        twice.stderr
    );
}

#[test]
fn a_model_of_train_is_taken_in_and_given_back() {
    let place = Place::new();
    let esol = fixture("esol");
    place.write(
        "measured.csv",
        std::fs::read(esol.join("measured.csv")).unwrap(),
    );
    place.write(
        "candidates.csv",
        std::fs::read(esol.join("candidates.csv")).unwrap(),
    );
    place
        .altool("train measured.csv --target log_s --smiles smiles --ignore name --learner linear -o m.altool")
        .ended(0);
    place
        .altool("label init sol --model m.altool --data labels")
        .ended(0);
    place
        .altool("label import candidates.csv --dataset esol --name name --data labels")
        .ended(0);
    let chosen = place
        .altool(
            "label select sol -n 6 --strategy uncertainty --dry-run --data labels --format json",
        )
        .ended(0);
    let chosen = json(&chosen.stdout);
    assert_eq!(chosen["items"].as_array().unwrap().len(), 6);
    let scored = place
        .altool("score candidates.csv --model m.altool --format csv")
        .ended(0);
    let table = crate::common::Csv::parse(&scored.stdout);
    let (smiles, predictions) = (table.column("smiles"), table.numbers("prediction"));
    for item in chosen["items"].as_array().unwrap() {
        let at = smiles
            .iter()
            .position(|one| *one == item["smiles"].as_str().unwrap())
            .unwrap();
        let prediction = item["prediction"].as_f64().unwrap();
        assert!((prediction - predictions[at]).abs() < 1e-9);
    }
    let taken = place
        .altool("label init sol --model m.altool --data labels")
        .ended(5);
    assert!(
        taken.stderr.contains("there is a model 'sol' already"),
        "{}",
        taken.stderr
    );
    let broken = place
        .altool("label init other --model measured.csv --data labels")
        .ended(3);
    assert!(broken.stderr.starts_with("error: "), "{}", broken.stderr);
}

#[test]
fn the_demo_starts_with_fifty_items_and_a_cycle() {
    let place = Place::new();
    let served = Served::start(&place, "--demo", &[]);
    let token = place.text("labels/admin-token");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(place.path("labels/admin-token"))
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let ask = |line: &str| -> Value {
        let mut command =
            place.prepared(&format!("{line} --server {} --format json", served.address));
        let output = command.env("ALTOOL_TOKEN", token.trim()).output().unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        json(&String::from_utf8(output.stdout).unwrap())
    };
    let pending = ask("label queue solubility --status pending --limit 1000");
    assert_eq!(pending["items"].as_array().unwrap().len(), 50);
    let cycles = ask("label cycles solubility");
    let statuses: Vec<&str> = cycles["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cycle| cycle["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["complete", "labeling"]);
    let stats = ask("label stats solubility");
    let r2 = &stats["metrics_per_version"][1]["metrics"]["validation"]["r2"];
    assert!(r2.as_f64().unwrap() > 0.7, "{r2}");
    // Served again it is served as it is.
    served.kill();
    let again = Served::start(&place, "--demo", &[]);
    drop(again);
    let queue =
        place.altool("label queue --status pending --limit 1000 --data labels --format json");
    assert_eq!(
        json(&queue.ended(0).stdout)["items"]
            .as_array()
            .unwrap()
            .len(),
        50
    );
    let nobody = place
        .altool("label stats solubility --server http://127.0.0.1:9")
        .ended(2);
    assert!(nobody.stderr.contains("ALTOOL_TOKEN"), "{}", nobody.stderr);
}

#[test]
fn labels_that_were_acknowledged_survive_kills() {
    let place = with_batch();
    let mut acknowledged = 0;
    for _ in 0..3 {
        let served = Served::start(&place, "", &[]);
        // A local admin makes the tokens of the server, too.
        let token = place
            .altool("user token admin --data labels")
            .ended(0)
            .stdout;
        for _ in 0..5 {
            let ask = |line: &str| {
                let mut command = place.prepared(&format!("{line} --server {}", served.address));
                let output = command.env("ALTOOL_TOKEN", token.trim()).output().unwrap();
                (
                    output.status.success(),
                    String::from_utf8(output.stdout).unwrap(),
                )
            };
            let (held, item) = ask("label next m --format json");
            assert!(held);
            let id = json(&item)["id"].as_str().unwrap().to_owned();
            acknowledged += usize::from(ask(&format!("label submit {id} 1.5")).0);
        }
        served.kill();
    }
    let stats = json(
        &place
            .altool("label stats m --data labels --format json")
            .ended(0)
            .stdout,
    );
    assert_eq!(
        (acknowledged, &stats["items_by_status"]["labeled"]),
        (15, &15.into())
    );
    place.altool("db check --data labels").ended(0);
}

#[test]
fn a_retraining_that_is_killed_is_done_once() {
    for place_of_kill in ["retrain:artefact", "retrain:before commit"] {
        let place = with_batch();
        place
            .altool("label results m results.csv --data labels")
            .ended(0);
        let mut command = place.prepared("label retrain m --data labels");
        let killed = command
            .env("ALTOOL_FAILPOINT", place_of_kill)
            .output()
            .unwrap();
        assert_eq!(killed.status.code(), None, "{place_of_kill}");
        // The lease of the killed worker runs out after half a minute.
        for _ in 0..80 {
            place.altool("label jobs --run --data labels").ended(0);
            let jobs = place
                .altool("label jobs --data labels --format json")
                .ended(0);
            let jobs = json(&jobs.stdout);
            if jobs["items"][0]["state"] == "done" {
                break;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        let stats = json(
            &place
                .altool("label stats m --data labels --format json")
                .ended(0)
                .stdout,
        );
        assert_eq!(stats["items_by_status"]["archived"], 40, "{place_of_kill}");
        assert_eq!(stats["metrics_per_version"].as_array().unwrap().len(), 2);
        place.altool("db check --data labels").ended(0);
    }
}

#[test]
fn a_server_beyond_this_machine_wants_a_token_first() {
    let place = Place::new();
    let refused = place
        .altool("serve --data labels --listen 0.0.0.0:0")
        .ended(2);
    assert!(
        refused.stderr.contains("is beyond this machine"),
        "{}",
        refused.stderr
    );
    assert!(!place.exists("labels/admin-token"));
    let two = place
        .altool("label stats m --data a --server http://x")
        .ended(2);
    assert!(two.stderr.contains("cannot be used with"), "{}", two.stderr);
    let wrong = place.altool("label stats m --database mysql://x").ended(2);
    assert!(
        wrong.stderr.contains("begins with postgres://"),
        "{}",
        wrong.stderr
    );
    let away = place
        .altool("label stats m --database postgres://127.0.0.1:9/x")
        .ended(5);
    assert!(away.stderr.contains("cannot be opened"), "{}", away.stderr);
}
