//! When an update is a fit from scratch, and what is said of the one that it might be.

use crate::common::{Dice, Place, json};

/// Rows of two numbers and what they come to.
fn rows(from: u32, to: u32) -> String {
    let mut rng = Dice(u64::from(from) + 1);
    let mut text = "a,b,ms\n".to_owned();
    for _ in from..to {
        let (a, b) = (10.0 * rng.share(), 10.0 * rng.share());
        let ms = (a - 4.0).powi(2) + 3.0 * b + rng.share();
        text += &format!("{a:.3},{b:.3},{ms:.3}\n");
    }
    text
}

const TRAIN: &str = "train m.csv --target ms --learner boosted --trees 40 --members 20 -o m.altool";

/// Trees that hardly count leave the members where they were: a fit from scratch is better.
#[test]
fn members_that_have_drifted_are_told_and_replaced() {
    let place = Place::new();
    place.write("m.csv", rows(0, 60));
    place.write("more.csv", rows(100, 180));
    place.write("few.csv", rows(200, 203));
    place.altool(TRAIN).succeeded();
    let update = |options: &str| {
        let line = format!("update {options} --model m.altool -o n.altool --format json");
        let run = place.altool(&line).succeeded();
        (json(&run.stdout), run.stderr)
    };
    let stuck = "more.csv --learning-rate 0.001";
    let (told, said) = update(stuck);
    assert_eq!(told["refitted"], false);
    let gain = told["refit_improvement_percent"].as_f64().unwrap();
    assert!(gain > 5.0, "{gain}");
    let text = format!("a fit from scratch has {gain:.1} % less error than the updated model");
    assert!(
        said.contains(&text) && said.contains("give --refit"),
        "{said}"
    );
    let shown = place.altool("report n.altool --format json").succeeded();
    let drift = json(&shown.stdout)["rounds"][1]["drift"].as_f64().unwrap();
    assert!((100.0 * drift - gain).abs() < 1e-9);
    // With the value apart, too, and with results behind it.
    for options in ["--refit=auto", "--refit auto"] {
        let (told, said) = update(&format!("{options} {stuck}"));
        assert_eq!(told["refitted"], true, "{options}");
        assert!(
            said.contains("is fitted from scratch, which takes"),
            "{said}"
        );
        let after = told["rmse_after"].as_f64().unwrap();
        assert!(after < told["rmse_before"].as_f64().unwrap());
    }
    let (told, _) = update("--refit more.csv");
    assert_eq!(told["refitted"], true);
    assert!(told["refit_improvement_percent"].is_null());
    // A few rows more are no reason to ask.
    let (told, _) = update("--refit=auto few.csv");
    assert_eq!(told["refitted"], false);
    assert!(told["refit_improvement_percent"].is_null());
    let run = place
        .altool("update --refit=often few.csv --model m.altool")
        .ended(2);
    assert!(run.stderr.contains("often"), "{}", run.stderr);
    place.write("altool.toml", "[update]\nrefit = true\n");
    let (told, _) = update("few.csv");
    assert_eq!(told["refitted"], true);
    place.write("altool.toml", "[update]\nrefit = \"auto\"\n");
    let (told, _) = update("few.csv");
    assert_eq!(told["refitted"], false);
}

/// A refit has the trees that the members had grown to.
#[test]
fn a_refit_keeps_what_was_grown() {
    let place = Place::new();
    place.write("m.csv", rows(0, 60));
    place.altool(TRAIN).succeeded();
    let trees = || {
        let shown = place.altool("inspect m.altool --format json").succeeded();
        json(&shown.stdout)["summary"]["trees"].as_u64().unwrap()
    };
    assert_eq!(trees(), 40);
    for round in 0..2 {
        place.write("r.csv", rows(300 + 10 * round, 308 + 10 * round));
        place.altool("update r.csv --model m.altool").succeeded();
    }
    let grown = trees();
    assert!(grown > 60, "{grown}");
    place.altool("update --refit --model m.altool").succeeded();
    assert_eq!(trees(), grown);
    // Nothing is better than what was just fitted, and nothing is written.
    let before = place.bytes("m.altool");
    for line in [
        "update --refit=auto --model m.altool --format table",
        "update r.csv --refit=auto --model m.altool --format table",
    ] {
        let run = place.altool(line).succeeded();
        let kept = run.stderr.contains("the model is kept as it is");
        assert_eq!(kept, !line.contains("r.csv"), "{}", run.stderr);
        assert!(place.bytes("m.altool") == before, "{line}");
    }
}

#[test]
fn an_update_keeps_no_part_that_came_out_much_worse() {
    // With these rows a Gaussian process that was fitted again had a fifth more error.
    let rounds: [[usize; 8]; 3] = [
        [266, 267, 217, 216, 264, 265, 241, 208],
        [240, 292, 347, 239, 319, 13, 348, 293],
        [43, 40, 14, 6, 291, 70, 320, 80],
    ];
    let place = Place::with_llm();
    place
        .altool(
            "train measured.csv --target latency_s --log-target --direction min \
             --ignore throughput_tok_s -o m.altool",
        )
        .succeeded();
    let text = place.text("results.csv");
    let lines: Vec<&str> = text.lines().collect();
    for rows in rounds {
        let mut new = format!("{}\n", lines[0]);
        for row in rows {
            new += &format!("{}\n", lines[1 + row]);
        }
        place.write("new.csv", new);
        let run = place
            .altool("update new.csv --model m.altool --format json")
            .succeeded();
        let told = json(&run.stdout);
        let [before, after] = ["rmse_log_before", "rmse_log_after"].map(|name| told[name].as_f64());
        let (before, after) = (before.unwrap(), after.unwrap());
        assert!(after < 1.1 * before, "{before} to {after}");
    }
}
