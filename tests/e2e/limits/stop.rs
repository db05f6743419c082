//! When no batch selected, and what a batch says of itself.

use super::{SELECT, place};
use crate::common::{LLM, Place, QUICK, json};

#[test]
fn a_campaign_without_money_left_chooses_nothing() {
    let place = place();
    let run = place.altool(&format!("{SELECT} -n 5 --total-budget 100 -o b.csv"));
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(
        run.stderr.contains("the budget of 100 is spent"),
        "{}",
        run.stderr
    );
    assert_eq!(place.csv("b.csv").rows.len(), 0);
}

#[test]
fn a_batch_that_is_not_worth_it_is_not_chosen() {
    let place = place();
    let run = place.altool(&format!("{SELECT} -n 5 --min-gain 0.9 -o b.csv"));
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    for words in [
        "no batch selected",
        "below the 90 % of --min-gain",
        "there has been no update yet",
    ] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    assert_eq!(place.text("b.csv").lines().count(), 1, "a header only");
    place
        .altool(&format!("{SELECT} -n 5 --min-gain 0 -o b.csv"))
        .succeeded();
    assert_eq!(place.csv("b.csv").rows.len(), 5);
    // An update that moves predictions says to go on, whatever is expected.
    let header = "a,b,host,cost,y\n";
    let new = "3,3,b,1,500\n4,3,c,1,600\n5,3,a,1,550\n";
    place.write("new.csv", format!("{header}{new}"));
    place.altool("update new.csv --model m.altool").succeeded();
    let report = place.altool("report m.altool --format json").succeeded();
    let moved = json(&report.stdout)["rounds"][1]["moved"].as_f64().unwrap();
    assert!(moved > 0.01 && moved < 0.98, "{moved}");
    place
        .altool(&format!("{SELECT} -n 5 --min-gain 0.01 -o b.csv"))
        .succeeded();
}

#[test]
fn few_labels_and_failures_stop_nothing() {
    let place = Place::new();
    place.write("few.csv", "a,status,y\n1,ok,1\n2,ok,2\n3,ok,4\n4,ok,3\n");
    place.write("candidates.csv", "a\n5\n6\n7\n8\n");
    place
        .altool(&format!(
            "train few.csv --target y --status status {QUICK} -o m.altool"
        ))
        .succeeded();
    let select = "select candidates.csv --model m.altool -n 2 --min-gain 0.99 -o b.csv";
    place.altool(select).succeeded();
    // Results that teach nothing move nothing, and that is no rest.
    place.write("failed.csv", "a,status,y\n5,crash,\n");
    let told = place
        .altool("update failed.csv --model m.altool --format json")
        .succeeded();
    let told = json(&told.stdout);
    assert!(told["moved_percent"].is_null(), "{told}");
    assert_eq!(told["rows_failed"], 1);
    place.altool(select).succeeded();
}

#[test]
fn a_classifier_without_evaluation_rows_has_a_gain_below_all() {
    let place = Place::new();
    let rows: String = (0..80)
        .map(|row| format!("{row},{}\n", if row * 7 % 11 < 5 { "x" } else { "y" }))
        .collect();
    place.write("rows.csv", format!("a,class\n{rows}"));
    let candidates: String = (0..99).map(|a| format!("{a}.5\n")).collect();
    place.write("candidates.csv", format!("a\n{candidates}"));
    place
        .altool(&format!(
            "train rows.csv --target class --holdout 0 {QUICK} -o m.altool"
        ))
        .succeeded();
    place
        .altool("select candidates.csv --model m.altool -n 3 -o b.csv --explain b.json")
        .succeeded();
    let gain = json(&place.text("b.json"))["expected_gain"]
        .as_f64()
        .unwrap();
    assert!(gain > 0.0 && gain < 0.9, "{gain}");
}

#[test]
fn a_model_without_failures_believes_that_all_works() {
    let place = place();
    place
        .altool("score candidates.csv --model m.altool -o scored.csv")
        .succeeded();
    let feasible = place.csv("scored.csv").numbers("feasible");
    assert!(feasible.iter().all(|&p| p == 1.0));
}

#[test]
fn rows_as_uncertain_as_all_others_are_not_called_the_least_certain() {
    let place = Place::new();
    let rows: String = (0..40).map(|a| format!("{a},{}\n", a % 9)).collect();
    place.write("rows.csv", format!("a,y\n{rows}"));
    // Beyond the last split all are one to the trees.
    let far: String = (0..100).map(|a| format!("{}\n", 1000 + a)).collect();
    place.write("far.csv", format!("a\n{far}"));
    place
        .altool(&format!("train rows.csv --target y {QUICK} -o m.altool"))
        .succeeded();
    place
        .altool("select far.csv --model m.altool -n 3 --strategy uncertainty -o b.csv")
        .succeeded();
    for reason in place.csv("b.csv").column("reason") {
        assert!(reason.contains("among the 50 % least certain"), "{reason}");
    }
}

#[test]
fn a_batch_is_explained_as_a_whole() {
    let place = Place::with_llm();
    place
        .altool(&format!("train measured.csv {LLM} {QUICK} -o model.altool"))
        .succeeded();
    let line = "select candidates.csv --model model.altool -n 10 -o b.csv";
    let run = place
        .altool(&format!("{line} --explain b.json"))
        .succeeded();
    let explained = json(&place.text("b.json"));
    let picks = explained["picks"].as_array().unwrap();
    assert_eq!(picks.len(), 10);
    assert_eq!(
        picks[0]["reason"],
        place.csv("b.csv").texts("reason")[0].as_str()
    );
    let sentences = explained["sentences"].as_array().unwrap();
    for sentence in sentences {
        assert!(
            run.stderr.contains(sentence.as_str().unwrap()),
            "{sentence}"
        );
    }
    assert!(sentences.len() >= 3, "{sentences:?}");
    for kind in ["candidates", "measured", "picks"] {
        assert!(!explained["map"][kind].as_array().unwrap().is_empty());
    }
    let gain = explained["expected_gain"].as_f64().unwrap();
    assert!(gain > 0.0 && gain < 1.0, "{gain}");
    place
        .altool(&format!("{line} --explain b.html"))
        .succeeded();
    let page = place.text("b.html");
    assert!(page.contains("10 rows to measure next") && page.contains("<svg"));
    assert!(!page.contains("<script") && !page.contains("src="));
    let run = place.altool(&format!("{line} --explain b.txt")).refused();
    assert!(run.stderr.contains(".html or .json"), "{}", run.stderr);
}
