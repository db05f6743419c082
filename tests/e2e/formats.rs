//! Model files of every format there has been: today's binary reads them, and
//! they say what they said when they were written.

use crate::common::{Csv, Place, fixture};
use serde_json::Value;

/// The cells agree: numbers to six digits, all else to the letter.
#[track_caller]
/// Columns that have come since are not compared.
fn assert_same(found: &Csv, expected: &Csv) {
    let place = |name: &String| found.names.iter().position(|known| known == name);
    let places: Vec<usize> = expected
        .names
        .iter()
        .map(|name| place(name).unwrap())
        .collect();
    assert_eq!(found.rows.len(), expected.rows.len());
    for (at, (found, expected)) in found.rows.iter().zip(&expected.rows).enumerate() {
        for (&place, expected) in places.iter().zip(expected) {
            let found = &found[place];
            let same = match (found.parse::<f64>(), expected.parse::<f64>()) {
                (Ok(a), Ok(b)) => a == b || (a - b).abs() <= 1e-6 * b.abs().max(1e-3),
                _ => found == expected,
            };
            assert!(same, "row {at}: {found} was {expected}");
        }
    }
}

fn model(format: u32, name: &str, candidates: &str) -> Place {
    let place = Place::new();
    let folder = fixture("formats").join(format.to_string());
    for file in [
        format!("{name}.altool"),
        candidates.to_owned(),
        format!("{name}.csv"),
    ] {
        place.write(&file, std::fs::read(folder.join(&file)).unwrap());
    }
    let line = format!("score {candidates} --model {name}.altool -o now.csv");
    place.altool(&line).succeeded();
    assert_same(&place.csv("now.csv"), &place.csv(&format!("{name}.csv")));
    place
}

fn inspected(place: &Place, file: &str) -> Value {
    let run = place
        .altool(&format!("inspect {file} --format json"))
        .succeeded();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn a_regression_model_of_format_1_is_read_and_goes_on() {
    let place = model(1, "regression", "candidates.csv");
    let rounds = &inspected(&place, "regression.altool")["rounds"];
    assert_eq!(
        (&rounds[0]["at"], &rounds[1]["at"]),
        (&"first".into(), &"second".into())
    );
    place
        .altool("report regression.altool --html report.html")
        .succeeded();
    place
        .altool("select candidates.csv --model regression.altool -n 3")
        .succeeded();
    let results = std::fs::read(fixture("llm/results.csv")).unwrap();
    place.write("results.csv", results);
    for refit in ["", "--refit"] {
        let line = format!("update results.csv --model regression.altool {refit} -o next.altool");
        place.altool(&line).succeeded();
        let rounds = &inspected(&place, "next.altool")["rounds"];
        assert_eq!(rounds.as_array().unwrap().len(), 3);
    }
}

#[test]
fn a_stack_of_format_2_is_read_and_goes_on() {
    let place = model(2, "stack", "candidates.csv");
    let learners = &inspected(&place, "stack.altool")["summary"]["learner_weights"];
    assert!(learners["gp"].as_f64().is_some(), "{learners}");
    let results = std::fs::read(fixture("llm/results.csv")).unwrap();
    place.write("results.csv", results);
    for refit in ["", "--refit"] {
        let line = format!("update results.csv --model stack.altool {refit} -o next.altool");
        place.altool(&line).succeeded();
    }
    place
        .altool("report next.altool --html report.html")
        .succeeded();
}

#[test]
fn a_classification_model_of_format_1_is_read_and_goes_on() {
    let place = model(1, "classification", "configurations.csv");
    assert_eq!(
        inspected(&place, "classification.altool")["summary"]["failed_rows"],
        27
    );
    place
        .altool("update --refit --model classification.altool")
        .succeeded();
    place
        .altool("report classification.altool --html report.html")
        .succeeded();
}
