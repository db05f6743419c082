//! Looking for the best row instead of the best model: `--goal best`.

use crate::common::{Place, json};
use crate::simulate;

const TABLE: &str = "simulate rows.csv --target y --members 3 --trees 10 --depth 3 --goal best \
     --learner boosted --initial 8 --batch 6 --rounds 4 --repeats 3";

#[track_caller]
fn refused(place: &Place, line: &str, parts: &[&str]) {
    let run = place.altool(line).ended(2);
    for part in parts {
        assert!(run.stderr.contains(part), "no {part:?} in {}", run.stderr);
    }
}

/// A model of which small values are known to be better, or not.
fn with_model(direction: &str) -> Place {
    let place = simulate::place();
    let train = format!(
        "train rows.csv --target y --ignore cost --where a<15 --learner boosted --members 4 \
         --trees 12 {direction} -o m.altool"
    );
    place.altool(&train).succeeded();
    place
}

#[test]
fn a_batch_for_the_best_row_is_chosen_by_the_default_for_it() {
    let place = with_model("--direction max");
    let select = "select rows.csv --model m.altool -n 5 --goal best";
    let run = place.altool(&format!("{select} -o best.csv")).succeeded();
    let default = "thompson";
    assert!(
        run.stderr.contains(&format!("chosen by {default}")),
        "{}",
        run.stderr
    );
    let named = format!("select rows.csv --model m.altool -n 5 --strategy {default} -o named.csv");
    place.altool(&named).succeeded();
    assert_eq!(place.bytes("best.csv"), place.bytes("named.csv"));
    place
        .altool("select rows.csv --model m.altool -n 5 --goal model -o model.csv")
        .succeeded();
    place
        .altool("select rows.csv --model m.altool -n 5 -o plain.csv")
        .succeeded();
    assert_eq!(place.bytes("model.csv"), place.bytes("plain.csv"));
    assert_ne!(place.bytes("model.csv"), place.bytes("best.csv"));
    // Any strategy that looks for the best row will do, and before there is a model the
    // candidates are covered whatever the goal.
    for strategy in [
        "ucb",
        "expected-improvement",
        "knowledge-gradient",
        "epsilon-greedy",
    ] {
        place
            .altool(&format!("{select} --strategy {strategy}"))
            .succeeded();
    }
    let first = place
        .altool("select rows.csv -n 5 --ignore y --goal best -o first.csv")
        .succeeded();
    assert!(first.stderr.contains("space-filling"), "{}", first.stderr);
    let said = "without a model nothing is known of the best row";
    assert!(first.stderr.contains(said), "{}", first.stderr);
}

#[test]
fn the_best_row_needs_a_direction_a_number_and_a_strategy_that_looks_for_it() {
    let select = "select rows.csv --model m.altool -n 5 --goal best";
    let unknown = [
        "whether small or large targets are better",
        "--direction min",
        "--direction max",
    ];
    refused(&with_model(""), select, &unknown);
    let place = with_model("--direction min");
    let lcmd = format!("{select} --strategy lcmd");
    let parts = [
        "strategy 'lcmd' does not look for it",
        "leave out --goal best",
    ];
    refused(&place, &lcmd, &parts);
    let train = "train rows.csv --target kind --ignore y,cost --learner boosted --members 3 \
                 --trees 8 -o m.altool";
    place.altool(train).succeeded();
    refused(
        &place,
        select,
        &["of classes none is the best", "leave out --goal best"],
    );

    refused(&place, TABLE, &unknown);
    refused(&place, TABLE, &["give --direction min"]);
    for option in ["--test 0.3", "--holdout-by kind", "--eval-after a=9"] {
        let line = format!("{TABLE} --direction max {option}");
        let name = option.split(' ').next().unwrap();
        refused(&place, &line, &["with --goal best none is tested", name]);
    }
}

#[test]
fn a_replay_tells_how_soon_the_best_row_is_found() {
    let place = simulate::place();
    let line = format!("{TABLE} --direction max --cost cost --strategies ucb,lcmd");
    let run = place
        .altool(&format!("{line} --format json -o curves.csv"))
        .succeeded();
    let found = json(&run.stdout);
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 3);
    let random = found
        .iter()
        .find(|one| one["strategy"] == "random")
        .unwrap();
    assert_eq!(random["difference"]["mean"], 0.0);

    // The largest target of all 200 rows, none of which is held out, is 19·9 where 5 divides
    // the number of the row, and else 15·9.
    let curves = place.csv("curves.csv");
    assert_eq!(curves.rows.len(), 3 * 3 * 5);
    assert!(
        !curves
            .names
            .iter()
            .any(|name| name == "error" || name == "expected_gain")
    );
    let best = 135.0;
    let (found_best, percent) = (curves.numbers("best"), curves.numbers("regret_percent"));
    for (found, percent) in found_best.iter().zip(&percent) {
        let expected = 100.0 * (best - found) / best;
        assert!((percent - expected).abs() < 1e-6, "{found} {percent}");
    }
    // A curve never rises.
    for run in percent.chunks(5) {
        assert!(run.windows(2).all(|pair| pair[1] <= pair[0]), "{run:?}");
    }
    let labels = curves.numbers("labels");
    for one in found {
        let strategy = one["strategy"].as_str().unwrap();
        let of = |at: usize| curves.column("strategy")[at] == strategy;
        let ends: Vec<f64> = (0..labels.len())
            .filter(|&at| of(at) && at % 5 == 4)
            .map(|at| percent[at])
            .collect();
        let mean = ends.iter().sum::<f64>() / 3.0;
        let said = one["regret_percent"]["mean"].as_f64().unwrap();
        assert!((said - mean).abs() < 1e-6, "{one}");
        let there = ends.iter().filter(|&&end| end <= 1.0).count() as u64;
        assert_eq!(one["within_1_percent"]["repeats"], there, "{one}");
    }
    assert!(!place.exists("curves.csv.partial"));

    // The same on any number of threads, and for the eye.
    for threads in [1, 3] {
        let line = format!("{line} --threads {threads} -o {threads}.csv --format csv");
        let sheet = place.altool(&line).succeeded().stdout;
        assert!(
            sheet.starts_with("strategy,regret_percent,difference,low,high,labels_to_1_percent")
        );
        assert_eq!(
            place.bytes("curves.csv"),
            place.bytes(&format!("{threads}.csv"))
        );
    }
    let table = place.altool(&format!("{line} --format table"));
    let table = table.succeeded().stdout;
    assert!(table.contains("of the best 20"), "{table}");
    assert!(table.contains("(enrichment "), "{table}");
    assert!(
        table.contains("random is what the others are compared with"),
        "{table}"
    );
}

#[test]
fn a_page_shows_regret_against_labels_and_cost() {
    let place = simulate::place();
    let line = format!("{TABLE} --direction min --cost cost --strategies ucb --html b.html");
    place.altool(&line).succeeded();
    let page = place.text("b.html");
    for part in [
        "<!DOCTYPE html>",
        "Regret against labels",
        "Regret against cost",
        "Rows to 1 %",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for part in [
        "<script",
        "http:",
        "https:",
        "NaN",
        "{{",
        "{%",
        "Error against",
    ] {
        assert!(!page.contains(part), "{part}");
    }
    place.altool(&line.replace("b.html", "c.html")).succeeded();
    assert_eq!(place.text("c.html"), page);
}

#[test]
fn a_killed_search_goes_on() {
    let place = simulate::place();
    let line = format!("{TABLE} --repeats 8 --threads 1 --direction max --strategies ucb -o c.csv");
    let line = line.replacen(" --repeats 3", "", 1);
    place.altool(&line).succeeded();
    let whole = place.bytes("c.csv");
    std::fs::remove_file(place.path("c.csv")).unwrap();
    let mut child = place.start(&line);
    let finished = || match place.exists("c.csv.partial") {
        true => place.text("c.csv.partial").lines().count() > 2,
        false => false,
    };
    while !finished() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let was_killed = place.exists("c.csv.partial");
    let run = place.altool(&line).succeeded();
    if was_killed {
        assert!(run.stderr.contains("continuing after"), "{}", run.stderr);
    }
    assert_eq!(place.bytes("c.csv"), whole);
}
