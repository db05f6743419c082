//! Models that cannot be read, and results that they do not take in.

use std::io::Write as _;

use super::{classes, rows, trained};
use crate::common::{LLM, Place, QUICK, Run, container, snapshot, transcript};

#[test]
fn models_that_cannot_be_read() {
    let place = trained();
    let model = place.bytes("m.altool");
    place.write("empty.altool", "");
    place.write("cut.altool", &model[..model.len() / 2]);
    let mut flipped = model.clone();
    flipped[1000] ^= 4;
    place.write("flipped.altool", flipped);
    let newer = container::rewritten(&model, |name, bytes| match name {
        "manifest.json" => String::from_utf8(bytes)
            .unwrap()
            .replacen("\"format\": 2", "\"format\": 3", 1)
            .replacen("\"altool\": \"0.1.0\"", "\"altool\": \"7.0.0\"", 1)
            .into(),
        _ => bytes,
    });
    place.write("newer.altool", newer);
    // The container alone makes no difference.
    place.write(
        "same.altool",
        container::rewritten(&model, |_, bytes| bytes),
    );
    let lines = [
        "inspect m.altol",
        "inspect rows.csv",
        "inspect empty.altool",
        "report cut.altool",
        "score rows.csv --model flipped.altool",
        "select rows.csv --model newer.altool -n 1",
        "update rows.csv --model newer.altool",
    ];
    snapshot!(
        "errors" / "models_that_cannot_be_read",
        transcript(&place, &lines)
    );
    place.altool("inspect same.altool").succeeded();
}

#[test]
fn results_that_are_in_the_model_already() {
    let place = trained();
    place.write(
        "new.csv",
        "id,hardware,batch,ms\nn1,cuda,64,9\nn2,cpu,64,9\n",
    );
    place.altool("update new.csv --model m.altool").succeeded();
    let model = place.bytes("m.altool");
    let mut text = transcript(
        &place,
        &[
            "update new.csv --model m.altool",
            "update rows.csv --model m.altool",
        ],
    );
    assert!(place.bytes("m.altool") == model, "nothing changed");
    text.push_str(&transcript(
        &place,
        &["update new.csv --model m.altool --again"],
    ));
    assert!(place.bytes("m.altool") != model);
    snapshot!("errors" / "results_that_are_in_the_model_already", text);
}

#[test]
fn results_that_do_not_fit_leave_the_model_as_it_was() {
    let place = trained();
    let model = place.bytes("m.altool");
    place.write(
        "text.csv",
        "id,hardware,batch,ms\nn1,cuda,64,9\nn2,cpu,64,slow\n",
    );
    place.write(
        "missing.csv",
        "id,hardware,batch,ms\nn1,cuda,64,\nn2,cpu,64,3\n",
    );
    place.write("infinite.csv", "id,hardware,batch,ms\nn1,cuda,64,inf\n");
    place.write("short.csv", "id,batch,ms\nn1,64,1\n");
    let lines = [
        "update text.csv --model m.altool",
        "update missing.csv --model m.altool",
        "update infinite.csv --model m.altool",
        "update short.csv --model m.altool",
        "update none.csv --model m.altool",
    ];
    snapshot!(
        "errors" / "results_that_do_not_fit_leave_the_model_as_it_was",
        transcript(&place, &lines)
    );
    assert!(place.bytes("m.altool") == model);
}

/// Rows that the model is evaluated on are never learned from.
#[test]
fn results_of_evaluation_rows_are_told_and_skipped() {
    let place = trained();
    let line = format!("train rows.csv {} --holdout 0.2", super::TRAIN);
    place.altool(&line).succeeded();
    // The same configurations in another file: a fifth of them are evaluation
    // rows.
    place.write("again.csv", rows(40).replace(".5\n", ".6\n"));
    let run = place
        .altool("update again.csv --model m.altool --again")
        .succeeded();
    assert_eq!(run.value("rows_skipped"), 8.0);
    assert_eq!(run.value("rows_added"), 32.0);
    snapshot!(
        "errors" / "results_of_evaluation_rows_are_told_and_skipped",
        run.told()
    );
}

#[test]
fn a_class_that_the_model_does_not_know() {
    let place = Place::new();
    place.write("two.csv", classes(12));
    place.write(
        "three.csv",
        "id,hardware,batch,speed\nn1,cuda,64,fast\nn2,cpu,64,medium\n",
    );
    let lines = [
        "train two.csv --target speed --learner boosted --trees 8 -o m.altool",
        "update three.csv --model m.altool",
        "train two.csv three.csv --target speed --learner boosted --trees 8 -o m.altool",
    ];
    snapshot!(
        "errors" / "a_class_that_the_model_does_not_know",
        transcript(&place, &lines)
    );
}

#[test]
fn a_second_update_at_the_same_moment() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let line = "update - --model model.altool";
    let mut first = place.start(line);
    let mut input = first.stdin.take().unwrap();
    // More than a pipe holds: when all of it is written, the first update is
    // reading, and so holds the model. It waits for the end of its input.
    let text = place.text("results.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    input.write_all(format!("{header}\n").as_bytes()).unwrap();
    for _ in 0..1 + (1 << 18) / rows.len() {
        input.write_all(rows.as_bytes()).unwrap();
    }
    let second = format!("train measured.csv {LLM} {QUICK} -o model.altool");
    let said = transcript(
        &place,
        &["update results.csv --model model.altool", second.as_str()],
    );
    // Reading needs no lock.
    place.altool("report model.altool").succeeded();
    drop(input);
    let first = Run::of(line, first).succeeded();
    assert!(first.value("rows_added") > 0.0);
    snapshot!("errors" / "a_second_update_at_the_same_moment", said);
    place
        .altool("update results.csv --model model.altool")
        .succeeded();
}
