//! What a result depends on: inputs, options and the seed; not threads, not the
//! order of rows.

use crate::common::{COLUMNS, Csv, LLM, Place, described, json};

#[test]
fn the_same_inputs_and_seed_give_the_same_bytes_on_any_number_of_threads() {
    let files = [
        "model.altool",
        "scored.parquet",
        "batch.csv",
        "updated.altool",
        "report.html",
    ];
    let made = |options: &str| -> Vec<Vec<u8>> {
        let place = Place::with_llm();
        for line in [
            format!("train measured.csv {LLM} --trees 30 -o model.altool"),
            "score candidates.csv --model model.altool -o scored.parquet".to_owned(),
            "select candidates.csv --model model.altool -n 20 -o batch.csv".to_owned(),
            "update results.csv --model model.altool -o updated.altool".to_owned(),
            "report updated.altool --html report.html".to_owned(),
        ] {
            place.altool(&format!("{line} {options}")).succeeded();
        }
        files.iter().map(|file| place.bytes(file)).collect()
    };
    let one = made("--threads 1");
    let two = made("--threads 2");
    let again = made("--threads 2");
    let other = made("--threads 2 --seed 1");
    for (at, file) in files.into_iter().enumerate() {
        assert!(one[at] == two[at], "{file} depends on the threads");
        assert!(two[at] == again[at], "{file} differs from run to run");
        assert!(two[at] != other[at], "{file} does not depend on the seed");
    }
}

#[test]
fn every_strategy_chooses_the_same_rows_whatever_their_order() {
    let place = Place::with_llm();
    place.train_llm("--trees 30");
    let text = place.text("candidates.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = rows.lines().rev().collect();
    lines.rotate_left(100);
    place.write("shuffled.csv", format!("{header}\n{}\n", lines.join("\n")));
    let strategies = place.altool("strategies --format json").succeeded().stdout;
    let strategies = json(&strategies);
    let names: Vec<&str> = strategies
        .as_array()
        .unwrap()
        .iter()
        .filter(|strategy| strategy["regression"] == true)
        .map(|strategy| strategy["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"lcmd") && !names.contains(&"margin"),
        "{names:?}"
    );
    for name in names {
        let chosen = |file: &str| {
            let line = format!("select {file} --model model.altool -n 12 --strategy {name}");
            let batch = Csv::parse(&place.altool(&line).succeeded().stdout);
            described(&batch, &COLUMNS)
        };
        assert_eq!(chosen("candidates.csv"), chosen("shuffled.csv"), "{name}");
    }
}
