//! Tables of which something is wrong: their format, columns, targets, features,
//! ids.

use super::{TRAIN, classes, rows, rows_with, trained};
use crate::common::{Place, QUICK, snapshot, transcript};

#[test]
fn files_that_are_no_tables() {
    let place = Place::new();
    place.write("results.csv", rows(12));
    place.write("empty.csv", "");
    place.write("header.csv", rows(0));
    place.write("notes.txt", rows(12));
    place.write("ragged.csv", rows_with(12, 5, ",8,", ",8,8,"));
    place.write(
        "latin.csv",
        [rows(3).as_bytes(), b"r9,caf\xe9,1,1\n"].concat(),
    );
    place.write(
        "twice.csv",
        rows(12).replace("id,hardware", "batch,hardware"),
    );
    place.write("lines.jsonl", "{\"batch\":1,\"ms\":2}\n{\"batch\":\n");
    place.write("no.parquet", "PAR1 nothing of the kind PAR1");
    std::fs::create_dir(place.path("folder")).unwrap();
    let train = |file: &str| format!("train {file} --target ms -o m.altool");
    let lines = [
        "reslts.csv",
        "other/*.csv",
        "folder",
        "notes.txt",
        "empty.csv",
        "header.csv",
        "ragged.csv",
        "latin.csv",
        "twice.csv",
        "lines.jsonl",
        "no.parquet",
    ]
    .map(train);
    snapshot!(
        "errors" / "files_that_are_no_tables",
        transcript(&place, &lines)
    );
    assert!(!place.exists("m.altool"));
}

#[test]
fn columns_that_are_missing() {
    let place = trained();
    place.write("other.csv", "hardwear,batch\ncuda,1\n");
    place.write("candidates.csv", "id,hardware,batch\na,cuda,3\nb,cpu,5\n");
    let lines = [
        "train rows.csv --target mss -o n.altool",
        "train rows.csv --target latency -o n.altool",
        "train rows.csv --target ms --id ids -o n.altool",
        "train rows.csv --target ms --status state -o n.altool",
        "train rows.csv --target ms --features hardware,bacth -o n.altool",
        "train rows.csv --target ms --ignore idd -o n.altool",
        "train rows.csv --target ms --categorical hardwares -o n.altool",
        "train rows.csv --target ms --features id,batch --ignore batch -o n.altool",
        "train rows.csv --target ms --ignore id,hardware,batch -o n.altool",
        "score other.csv --model m.altool",
        "select other.csv --model m.altool -n 1",
        "update other.csv --model m.altool",
        "select candidates.csv --model m.altool -n 1 --columns rank,hardwar",
        "train rows.csv other.csv --target ms -o n.altool",
    ];
    snapshot!(
        "errors" / "columns_that_are_missing",
        transcript(&place, &lines)
    );
    assert!(!place.exists("n.altool"));
}

#[test]
fn targets_that_are_no_targets() {
    let place = Place::new();
    place.write("text.csv", rows_with(12, 4, ",13.5", ",fast"));
    place.write("classes.csv", classes(12));
    place.write(
        "missing.csv",
        rows_with(12, 4, ",13.5", ",").replace("r7,cpu,4,9", "r7,cpu,4,"),
    );
    place.write("none.csv", "batch,ms\n1,\n2,\n3,\n");
    place.write("infinite.csv", rows_with(12, 4, ",13.5", ",inf"));
    place.write("zero.csv", rows_with(12, 4, ",13.5", ",0"));
    place.write("constant.csv", "batch,ms\n1,5\n2,5\n3,5\n4,5\n");
    place.write("one_class.csv", "batch,works\n1,yes\n2,yes\n3,yes\n");
    place.write("numbers.csv", rows(12));
    let train = |rest: &str| format!("train {rest} {QUICK} -o m.altool");
    let lines = [
        "text.csv --target ms",
        "classes.csv --target speed --log-target",
        "classes.csv --target speed --task regression",
        "text.csv --target ms --task regression",
        "missing.csv --target ms",
        "missing.csv --target ms --drop-missing-target",
        "none.csv --target ms",
        "none.csv --target ms --drop-missing-target",
        "infinite.csv --target ms",
        "zero.csv --target ms --log-target",
        "constant.csv --target ms",
        "one_class.csv --target works",
    ]
    .map(train);
    snapshot!(
        "errors" / "targets_that_are_no_targets",
        transcript(&place, &lines)
    );
}

#[test]
fn features_that_cannot_be_used() {
    let place = trained();
    place.write("infinite.csv", rows_with(12, 6, ",16,", ",-inf,"));
    place.write("text.csv", rows_with(12, 6, ",16,", ",many,"));
    place.write("empty_column.csv", "batch,speed,ms\n1,,2\n2,,4\n3,,5\n");
    place.write(
        "candidates.csv",
        "id,hardware,batch\na,cuda,1\nb,cuda,inf\n",
    );
    place.write("words.csv", "id,hardware,batch\na,cuda,1\nb,cuda,many\n");
    let infinite = format!("train infinite.csv {TRAIN}");
    let text = format!("train text.csv --numeric batch {TRAIN}");
    let lines = [
        infinite.as_str(),
        text.as_str(),
        "train empty_column.csv --target ms --learner boosted --trees 8 -o n.altool",
        "score candidates.csv --model m.altool",
        "score words.csv --model m.altool",
        "select words.csv --model m.altool -n 1",
    ];
    snapshot!(
        "errors" / "features_that_cannot_be_used",
        transcript(&place, &lines)
    );
}

#[test]
fn ids_that_stand_for_two_rows() {
    let place = trained();
    place.write("twice.csv", rows_with(12, 9, "r7,", "r2,"));
    place.write("none.csv", rows_with(12, 9, "r7,", ","));
    place.write("update.csv", "id,hardware,batch,ms\nr2,cuda,64,3\n");
    place.write("candidates.csv", "id,hardware,batch\nx,cuda,64\nx,cpu,64\n");
    let train = |file: &str| format!("train {file} {}", TRAIN.replace("m.altool", "n.altool"));
    let lines = [
        train("twice.csv"),
        train("none.csv"),
        "update update.csv --model m.altool".to_owned(),
        "select candidates.csv --model m.altool -n 2".to_owned(),
    ];
    snapshot!(
        "errors" / "ids_that_stand_for_two_rows",
        transcript(&place, &lines)
    );
}

#[test]
fn few_rows_are_a_model_with_a_warning() {
    let place = Place::new();
    place.write("one.csv", "hardware,batch,ms\ncuda,1,2.5\n");
    place.write("five.csv", rows(5));
    place.write("many.csv", rows(24));
    let five = format!("train five.csv {TRAIN} --holdout 0.2");
    let lines = [
        "train one.csv --target ms -o one.altool",
        "score one.csv --model one.altool -o scored.csv",
        five.as_str(),
        // Enough rows to tell names from categories.
        "train many.csv --target ms --learner boosted --trees 8 -o many.altool",
    ];
    snapshot!(
        "errors" / "few_rows_are_a_model_with_a_warning",
        transcript(&place, &lines)
    );
    assert_eq!(place.csv("scored.csv").numbers("prediction"), [2.5]);
}

#[test]
fn a_category_never_seen_is_a_warning() {
    let place = trained();
    place.write(
        "new.csv",
        "id,hardware,batch\nx,tpu,64\ny,cpu,64\nz,npu,64\n",
    );
    let lines = [
        "score new.csv --model m.altool -o scored.csv",
        "select new.csv --model m.altool -n 1 -o batch.csv",
        "score new.csv --model m.altool -o scored.csv --quiet",
        "score new.csv --model m.altool -o scored.csv --log-format json",
    ];
    let text = transcript(&place, &lines);
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("seconds"))
        .collect();
    snapshot!(
        "errors" / "a_category_never_seen_is_a_warning",
        text.join("\n")
    );
    let distance = place.csv("scored.csv").numbers("distance");
    assert!(distance[0] > distance[1], "{distance:?}");
}

#[test]
fn added_columns_that_are_there_already() {
    let place = trained();
    place.write("scored.csv", rows(12).replace("ms\n", "prediction\n"));
    let lines = [
        "score scored.csv --model m.altool",
        "score scored.csv --model m.altool --prefix my_ -o out.csv",
        "score out.csv --model m.altool --prefix my_",
    ];
    snapshot!(
        "errors" / "added_columns_that_are_there_already",
        transcript(&place, &lines)
    );
    let names = place.csv("out.csv").names;
    assert!(
        names.contains(&"prediction".to_owned()) && names.contains(&"my_prediction".to_owned())
    );
}
