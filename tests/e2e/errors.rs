//! Bad input: what the binary says, and the code it ends with.
//!
//! Every test compares a transcript with `snapshots/errors/`: the commands,
//! what they said on standard error, and their exit codes.

use std::io::Write as _;

use crate::common::{LLM, Place, QUICK, Run, container, snapshot, transcript};

/// Measured rows: `id,hardware,batch,ms`.
fn rows(n: usize) -> String {
    let mut text = String::from("id,hardware,batch,ms\n");
    for row in 0..n {
        let hardware = ["cuda", "cpu", "webgpu"][row % 3];
        let batch = 1 << (row % 5);
        let ms = (row % 3 + 1) as f64 * (f64::from(batch) + 0.5);
        text.push_str(&format!("r{row},{hardware},{batch},{ms}\n"));
    }
    text
}

/// The rows with one cell on one line, counted from 1, put in another's place.
fn rows_with(n: usize, line: usize, from: &str, to: &str) -> String {
    let text = rows(n);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
    lines[line - 1] = lines[line - 1].replacen(from, to, 1);
    lines.join("\n") + "\n"
}

/// Measured rows with a class: `id,hardware,batch,speed`.
fn classes(n: usize) -> String {
    let mut text = String::from("id,hardware,batch,speed\n");
    for line in rows(n).lines().skip(1) {
        let (row, ms) = line.rsplit_once(',').unwrap();
        let slow = ms.parse::<f64>().unwrap() > 5.0;
        text.push_str(&format!("{row},{}\n", if slow { "slow" } else { "fast" }));
    }
    text
}

const TRAIN: &str = "--target ms --id id --members 3 --trees 8 --depth 3 -o m.altool";

/// A place with `rows.csv` and the model `m.altool` that was trained on it.
fn trained() -> Place {
    let place = Place::new();
    place.write("rows.csv", rows(40));
    place.altool(&format!("train rows.csv {TRAIN}")).succeeded();
    place
}

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
        "train empty_column.csv --target ms --trees 8 -o n.altool",
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
    let five = format!("train five.csv {TRAIN}");
    let lines = [
        "train one.csv --target ms -o one.altool",
        "score one.csv --model one.altool -o scored.csv",
        five.as_str(),
    ];
    snapshot!(
        "errors" / "few_rows_are_a_model_with_a_warning",
        transcript(&place, &lines)
    );
    assert_eq!(place.csv("scored.csv").numbers("prediction"), [2.5]);
}

#[test]
fn names_that_are_not_in_a_registry() {
    let place = trained();
    place.write("classes.csv", classes(12));
    let lines = [
        "select rows.csv --model m.altool -n 1 --strategy lcmdd",
        "select rows.csv -n 1 --strategy uncertainty",
        "train rows.csv --target ms --learner forrest -o n.altool",
        "train rows.csv --target ms --learner logistic -o n.altool",
        "train classes.csv --target speed --learner linear -o n.altool",
        "trian rows.csv --target ms -o n.altool",
    ];
    snapshot!(
        "errors" / "names_that_are_not_in_a_registry",
        transcript(&place, &lines)
    );
}

#[test]
fn options_that_do_not_fit() {
    let place = trained();
    place.write("unknown.toml", "[train]\nmember = 3\n");
    place.write("section.toml", "[trane]\nmembers = 3\n");
    place.write("value.toml", "[train]\nmembers = \"many\"\n");
    place.write("syntax.toml", "[train\n");
    let lines = [
        "train rows.csv --target ms --ok done -o n.altool",
        "train rows.csv --target ms --status hardware --ok tpu -o n.altool",
        "train rows.csv --target ms --quantiles 0.9,0.1 -o n.altool",
        "train rows.csv --target ms --holdout 1 -o n.altool",
        "train rows.csv --target ms --holdout 0.1 --eval rows.csv -o n.altool",
        "train rows.csv --target ms -o -",
        "train rows.csv -o n.altool",
        "update --model m.altool",
        "select rows.csv --model m.altool -n 0",
        "select rows.csv --model m.altool --id id -n 1",
        "select rows.csv --model m.altool -n 1 --no-header --format jsonl",
        "score rows.csv --model m.altool -o scored.xlsx",
        "score rows.csv --model m.altool --format table -o scored.csv",
        "train rows.csv --target ms -o n.altool --config unknown.toml",
        "train rows.csv --target ms -o n.altool --config section.toml",
        "train rows.csv --target ms -o n.altool --config value.toml",
        "train rows.csv --target ms -o n.altool --config syntax.toml",
        "train rows.csv --target ms -o n.altool --config none.toml",
    ];
    snapshot!(
        "errors" / "options_that_do_not_fit",
        transcript(&place, &lines)
    );
    assert!(!place.exists("n.altool"));
}

#[test]
fn filters_that_are_no_conditions() {
    let place = trained();
    let mut text = String::new();
    for filter in [
        "bacth > 1",
        "batch + 1",
        "batch >",
        "batch > 'x'",
        "batch > 1000",
    ] {
        let mut command = place.prepared(&format!("train rows.csv {TRAIN} --where"));
        let output = command.arg(filter).output().unwrap();
        text.push_str(&format!(
            "--where {filter:?}\n{}[exit {}]\n\n",
            String::from_utf8(output.stderr).unwrap(),
            output.status.code().unwrap()
        ));
    }
    snapshot!("errors" / "filters_that_are_no_conditions", text);
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

#[test]
fn outputs_that_cannot_be_written() {
    let place = trained();
    std::fs::create_dir(place.path("folder.csv")).unwrap();
    std::fs::create_dir(place.path("folder.altool")).unwrap();
    place.write("locked.csv", "kept");
    let mut permissions = std::fs::metadata(place.path("locked.csv"))
        .unwrap()
        .permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(place.path("locked.csv"), permissions).unwrap();
    let lines = [
        "train rows.csv --target ms -o none/m.altool",
        "train rows.csv --target ms -o folder.altool",
        "train rows.csv --target ms -o rows.csv",
        "score rows.csv --model m.altool -o none/scored.csv",
        "score rows.csv --model m.altool -o folder.csv",
        "score rows.csv --model m.altool -o locked.csv",
        "select rows.csv --model m.altool -n 1 -o none/batch.csv",
        "report m.altool --html none/report.html",
    ];
    snapshot!(
        "errors" / "outputs_that_cannot_be_written",
        transcript(&place, &lines)
    );
    assert_eq!(place.text("locked.csv"), "kept");
}

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
            .replacen("\"format\": 1", "\"format\": 2", 1)
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
    // The same configurations in another file: a fifth of them are evaluation
    // rows.
    place.write("again.csv", rows(40).replace(".5\n", ".6\n"));
    let run = place
        .altool("update again.csv --model m.altool")
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
        "train two.csv --target speed --trees 8 -o m.altool",
        "update three.csv --model m.altool",
        "train two.csv three.csv --target speed --trees 8 -o m.altool",
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

#[test]
fn nothing_is_left_to_choose() {
    let place = trained();
    let run = place.altool("select rows.csv --model m.altool -n 3 -o batch.csv");
    assert_eq!(
        place.text("batch.csv"),
        "rank,score,reason,id,hardware,batch,ms\n"
    );
    let mut text = run.told();
    let run = place
        .altool("select rows.csv --model m.altool -n 3")
        .ended(4);
    assert_eq!(run.stdout, "rank,score,reason,id,hardware,batch,ms\n");
    place.write(
        "two.csv",
        "id,hardware,batch\nx,cuda,64\ny,cpu,64\nx,cuda,64\n",
    );
    place.write("header.csv", "id,hardware,batch\n");
    text.push_str(&transcript(
        &place,
        &[
            "select two.csv --model m.altool -n 3 -o batch.csv",
            "select two.csv --model m.altool -n 3 --pending two.csv -o batch.csv",
            "select header.csv --model m.altool -n 3 -o batch.csv",
            "select header.csv -n 3 -o batch.csv",
            "score header.csv --model m.altool -o scored.csv",
        ],
    ));
    snapshot!("errors" / "nothing_is_left_to_choose", text);
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
fn rows_asked_for_that_cannot_be_chosen() {
    let place = trained();
    place.write(
        "candidates.csv",
        "id,hardware,batch\nx,cuda,64\ny,cpu,64\nz,cpu,32\n",
    );
    place.write("stranger.csv", "id,hardware,batch\nw,cuda,128\n");
    place.write("x.csv", "id,hardware,batch\nx,cuda,64\n");
    place.write("all.csv", place.text("candidates.csv"));
    let lines = [
        "select candidates.csv --model m.altool -n 1 --include stranger.csv",
        "select candidates.csv --model m.altool -n 1 --include x.csv --exclude x.csv",
        "select candidates.csv --model m.altool -n 1 --include all.csv",
    ];
    snapshot!(
        "errors" / "rows_asked_for_that_cannot_be_chosen",
        transcript(&place, &lines)
    );
}

#[test]
fn spaces_that_are_no_grids() {
    let place = Place::new();
    place.write(
        "rule.toml",
        "rules = [\"bacth > 1\"]\n[values]\nbatch = [1, 2]\n",
    );
    place.write("empty.toml", "[values]\n");
    place.write("none.toml", "[values]\nbatch = []\n");
    place.write("mixed.toml", "[values]\nbatch = [1, \"two\"]\n");
    place.write(
        "range.toml",
        "[values]\nbatch = { from = 8, to = 1, step = 1 }\n",
    );
    place.write("key.toml", "vlaues = 1\n[values]\nbatch = [1]\n");
    place.write(
        "exclude.toml",
        "exclude = \"gone.csv\"\n[values]\nbatch = [1]\n",
    );
    place.write("syntax.toml", "[values\n");
    let files = [
        "absent", "rule", "empty", "none", "mixed", "range", "key", "exclude", "syntax",
    ];
    let lines = files.map(|file| format!("grid {file}.toml"));
    snapshot!(
        "errors" / "spaces_that_are_no_grids",
        transcript(&place, &lines)
    );
}
