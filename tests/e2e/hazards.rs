//! What a careful user fears: odd magnitudes, filters, unknown categories.

use crate::common::{Place, QUICK, fixture, json};
use serde_json::Value;

/// What a command says with `--format json`.
fn told(place: &Place, line: &str) -> Value {
    json(
        &place
            .altool(&format!("{line} --format json"))
            .succeeded()
            .stdout,
    )
}

#[test]
fn targets_and_weights_of_any_magnitude_learn_alike() {
    let place = Place::new();
    let table = |scale: f64, offset: f64, weight: f64| {
        let rows = (0..200).map(|row| {
            let (a, b) = (f64::from(row % 17), f64::from(row % 5));
            let y = (a + 3.0 * b) * scale + offset;
            format!("{a},{b},{y:e},{weight:e}\n")
        });
        format!("a,b,y,w\n{}", rows.collect::<String>())
    };
    for (scale, offset, weight) in [
        (1.0, 0.0, 1.0),
        (1e-9, 0.0, 1.0),
        (1e39, 0.0, 1.0),
        (1.0, 1e9, 1.0),
        (1.0, 0.0, 1e-6),
        (1.0, 0.0, 1e60),
    ] {
        place.write("rows.csv", table(scale, offset, weight));
        place
            .altool("train rows.csv --target y --weights w -o m.altool")
            .succeeded();
        let after = &told(&place, "report m.altool")["rounds"][0]["after"];
        let r2 = after["r2"].as_f64();
        assert!(
            r2.is_some_and(|r2| r2 > 0.95),
            "× {scale} + {offset}, weight {weight}: {after}"
        );
    }
}

#[test]
fn a_column_asked_for_twice_is_a_wrong_command() {
    let place = Place::with_llm();
    for columns in ["rank,rank", "model,rank,hardware,model"] {
        let twice = columns.split(',').next().unwrap();
        let run = place
            .altool(&format!("select candidates.csv -n 2 --columns {columns}"))
            .ended(2);
        assert!(
            run.stderr.contains(&format!("names '{twice}' twice")) && run.stdout.is_empty(),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn one_thing_is_not_called_several() {
    let place = Place::with_llm();
    place.write("space.toml", "[values]\nbatch_size = [1]\n");
    let run = place.altool("grid space.toml -o grid.csv").succeeded();
    assert_eq!(
        run.stderr,
        "space.toml: 1 combination (1 batch_size)\ngrid.csv: 1 row\n"
    );
    place.train_llm(QUICK);
    let results = place.text("results.csv");
    let one: Vec<&str> = results.lines().take(2).collect();
    place.write("one.csv", one.join("\n") + "\n");
    let run = place
        .altool("update one.csv --model model.altool --format table")
        .succeeded();
    assert!(run.stderr.contains(", 1 row added"), "{}", run.stderr);
}

/// polars warns of casts that a later version of it will lack.
#[test]
fn a_filter_says_nothing_about_its_engine() {
    let place = Place::new();
    place.write("days.csv", "day,x\n2024-01-10,1\n2024-02-01,2\n");
    for filter in [
        "CAST(day AS DATE) > DATE '2024-01-20'",
        "CAST(day AS DATE) > '2024-01-20'",
    ] {
        let line = format!("altool select days.csv -n 1 --columns x --where \"{filter}\"");
        let run = place.bash(&line).succeeded();
        assert_eq!(run.stdout, "x\n2\n", "{filter}");
        let engine = ["eprecat", "olars", "to_date"];
        assert!(
            !engine.iter().any(|word| run.stderr.contains(word)),
            "{}",
            run.stderr
        );
    }
}

/// One column of a type that cannot be read is no reason to refuse a file.
#[test]
fn a_column_that_cannot_be_read_matters_only_if_it_is_needed() {
    let place = Place::new();
    for name in ["half.parquet", "decimal256.parquet"] {
        let file = fixture("../crates/al-tables/tests/types").join(name);
        place.write(name, std::fs::read(file).unwrap());
    }
    for (file, column) in [("half.parquet", "half"), ("decimal256.parquet", "wide")] {
        let train = format!("train {file} --target y {QUICK} -o m.altool");
        let run = place.altool(&train).succeeded();
        run.says("column left out", &[column]);
        let run = place
            .altool(&format!("{train} --ignore {column}"))
            .succeeded();
        assert!(!run.stderr.contains(column), "{}", run.stderr);
        for command in [
            format!("score {file} --model m.altool"),
            format!("select {file} -n 2"),
        ] {
            let run = place.altool(&command).succeeded();
            run.says("column left out", &[column]);
            assert!(run.stdout.contains(",x,") || run.stdout.starts_with("x,"));
        }
        for command in [
            format!("{train} --target {column}"),
            format!("{train} --features x,{column}"),
            format!("{train} --id {column}"),
            format!("select {file} -n 2 --columns {column}"),
            format!("select {file} -n 2 --where {column}<3"),
        ] {
            // The last --target counts.
            let command = command.replacen(
                "--target y ",
                "",
                usize::from(command.matches("--target").count() > 1),
            );
            let run = place.altool(&command).ended(3);
            let said = format!("{file}: column '{column}' cannot be read");
            assert!(
                run.stderr.contains(&said) && run.stderr.contains("cast it to a 32-bit float"),
                "{}",
                run.stderr
            );
        }
        place
            .altool(&format!("select {file} -n 2 --ignore {column}"))
            .succeeded();
    }
}

#[test]
fn rows_of_a_file_that_a_filter_left_out_are_new() {
    let place = Place::new();
    let rows = (0..60).map(|row| format!("{row},{},{}\n", row % 3, row * 2));
    place.write("rows.csv", format!("a,b,y\n{}", rows.collect::<String>()));
    let run = |line: &str| place.bash(line).succeeded();
    run("altool train rows.csv --where 'b = 0' --target y -o m.altool");
    run("altool update rows.csv --where 'b = 1' --model m.altool");
    let updated = place.bytes("m.altool");
    run("altool update rows.csv --where 'b = 1' --model m.altool");
    assert!(
        updated == place.bytes("m.altool"),
        "the second time changes nothing"
    );
    let rounds = &told(&place, "report m.altool")["rounds"];
    assert_eq!(rounds.as_array().unwrap().len(), 2);
    assert_eq!(rounds[1]["rows_added"], 20);
}

#[test]
fn a_category_never_seen_is_more_uncertain_for_classes_too() {
    let place = Place::new();
    let rows = (0..120).map(|row| {
        let class = if row % 10 > 4 { "high" } else { "low" };
        format!("{},{},{class}\n", row % 10, ["x", "y", "z"][row % 3])
    });
    place.write(
        "rows.csv",
        format!("a,b,class\n{}", rows.collect::<String>()),
    );
    place.write("pairs.csv", "a,b\n1,x\n1,new\n8,y\n8,new\n3,z\n3,new\n");
    place
        .altool("train rows.csv --target class -o m.altool")
        .succeeded();
    place
        .altool("score pairs.csv --model m.altool -o scored.csv")
        .succeeded();
    for pair in place.csv("scored.csv").numbers("uncertainty").chunks(2) {
        assert!(pair[1] > pair[0], "{} and {}", pair[1], pair[0]);
    }
}

#[test]
fn an_update_without_rows_changes_nothing() {
    let place = Place::new();
    let rows = (0..30).map(|row| format!("{row},{}\n", row * 2));
    place.write("rows.csv", format!("a,y\n{}", rows.collect::<String>()));
    place.write("empty.csv", "a,y\n");
    place
        .altool("train rows.csv --target y -o m.altool")
        .succeeded();
    let before = place.bytes("m.altool");
    let run = place
        .altool("update empty.csv --model m.altool")
        .succeeded();
    assert!(
        run.stderr.contains("there are no new results"),
        "{}",
        run.stderr
    );
    assert!(before == place.bytes("m.altool"));
}

#[test]
fn of_rows_with_an_id_the_id_is_enough() {
    let place = Place::new();
    let row = |at: u32| format!("r{at},{},{}", at % 7, at % 11);
    let list = |head: &str, rows: std::ops::Range<u32>, tail: fn(u32) -> String| {
        let rows: String = rows
            .map(|at| format!("{}{}\n", row(at), tail(at)))
            .collect();
        format!("{head}\n{rows}")
    };
    let y = |at: u32| format!(",{}", at % 7 + at % 11);
    place.write("rows.csv", list("name,a,b,y", 0..40, y));
    place.write("pool.csv", list("name,a,b", 40..77, |_| String::new()));
    place.write("full.csv", list("name,a,b", 50..53, |_| String::new()));
    place.write("ids.csv", "name\nr50\nr51\nr52\n");
    place.write("ids2.csv", "name\nr60\nr61\n");
    place.write("strangers.csv", "name\nr50\nr999\n");
    let run = |line: &str| place.altool(line).succeeded();
    run("train rows.csv --target y --id name --holdout 0 -o m.altool");
    for model in ["--model m.altool", "--id name"] {
        let select = format!("select pool.csv {model} -n 37 --format csv");
        // Told by id or in full, pending rows are the same rows.
        let by_id = run(&format!("{select} --pending ids.csv")).stdout;
        assert_eq!(by_id, run(&format!("{select} --pending full.csv")).stdout);
        assert_eq!(by_id.lines().count(), 1 + 37 - 3);
        let excluded = run(&format!("{select} --exclude ids2.csv")).stdout;
        assert!(!excluded.contains(",r60,") && !excluded.contains(",r61,"));
        let included = run(&format!("{select} --include ids2.csv")).stdout;
        let first: Vec<&str> = included.lines().skip(1).take(2).collect();
        assert!(
            first[0].contains(",r60,") && first[1].contains(",r61,"),
            "{first:?}"
        );
        let strange = run(&format!("{select} --pending strangers.csv"));
        assert!(
            strange.stderr.contains("not among the candidates: 1"),
            "{}",
            strange.stderr
        );
    }
}

#[test]
fn a_file_named_twice_counts_once() {
    let place = Place::new();
    let rows: String = (0..60)
        .map(|row| format!("{},{},{}\n", row % 7, row % 5, row % 7 + row % 5 + row % 3))
        .collect();
    place.write("rows.csv", format!("a,b,y\n{rows}"));
    place.write("copy.csv", format!("a,b,y\n{rows}"));
    place.write("more.csv", "a,b,y\n9,9,20\n8,9,18\n");
    let run = |line: &str| place.altool(line).succeeded();
    run("train rows.csv --target y -o once.altool");
    let twice = run("train ./rows.csv rows.csv --target y -o twice.altool");
    assert_eq!(place.bytes("once.altool"), place.bytes("twice.altool"));
    assert!(
        twice.stderr.contains("holds the same bytes"),
        "{}",
        twice.stderr
    );
    run("train rows.csv copy.csv --target y -o copied.altool");
    assert_eq!(place.bytes("once.altool"), place.bytes("copied.altool"));
    run("update more.csv --model once.altool");
    let twice = run("update more.csv more.csv --model twice.altool");
    assert!(
        twice.stderr.contains("more.csv is named twice"),
        "{}",
        twice.stderr
    );
    assert_eq!(place.bytes("once.altool"), place.bytes("twice.altool"));
}

#[test]
fn an_update_learns_whatever_the_first_rows_were() {
    for scale in [1.0, 1e-4, 1e-9, 1e30] {
        for first in [1, 12] {
            let place = Place::new();
            let table = |rows: std::ops::Range<u32>| {
                let rows = rows.map(|row| {
                    let (a, b) = (f64::from(row % 17), f64::from(row % 5));
                    format!("{a},{b},{row},{:e}\n", (1.0 + a + 3.0 * b) * scale)
                });
                format!("a,b,c,y\n{}", rows.collect::<String>())
            };
            // One row, or twelve with equal targets: neither has a scale.
            let start: String = (0..first)
                .map(|row| format!("{row}.5,0,0,{:e}\n", scale))
                .collect();
            place.write("first.csv", format!("a,b,c,y\n{start}"));
            place.write("more.csv", table(20..120));
            place.write("eval.csv", table(200..285));
            place
                .altool("train first.csv --target y --eval eval.csv -o m.altool")
                .succeeded();
            place.altool("update more.csv --model m.altool").succeeded();
            let rounds = &told(&place, "report m.altool")["rounds"];
            let r2 = rounds[1]["after"]["r2"].as_f64();
            assert!(
                r2.is_some_and(|r2| r2 > 0.9),
                "× {scale} after {first}: {rounds}"
            );
        }
    }
}

#[test]
fn a_number_that_stands_for_none_is_refused() {
    let place = Place::new();
    let rows: String = (0..40).map(|row| format!("{row},{}\n", row % 6)).collect();
    place.write("rows.csv", format!("a,y\n{rows}"));
    place.write("bad.csv", "a,y\n50,3\n51,1e60\n");
    place
        .altool("train rows.csv --target y -o m.altool")
        .succeeded();
    let before = place.bytes("m.altool");
    for line in [
        "update bad.csv --model m.altool",
        "update bad.csv --model m.altool --refit",
    ] {
        let refused = place.altool(line);
        assert_eq!(refused.code, Some(3), "{}", refused.stderr);
        assert!(
            refused
                .stderr
                .contains("bad.csv, line 3: the target 'y' is 1e60"),
            "{}",
            refused.stderr
        );
    }
    assert_eq!(place.bytes("m.altool"), before);
}

#[test]
fn an_id_that_stands_for_another_row_is_an_error_of_select() {
    let place = Place::new();
    let rows: String = (0..40)
        .map(|row| format!("r{row},{row},{},{}\n", row % 7, row % 6))
        .collect();
    place.write("rows.csv", format!("name,a,b,y\n{rows}"));
    place.write("pool.csv", "name,a,b\nr50,50,1\nr1,6,6\n");
    place.write("some.csv", "name,a\nr50,50\nr2,2\n");
    place.write("good.csv", "name,a,b\nr50,50,1\nr51,51,2\n");
    place
        .altool("train rows.csv --target y --id name -o m.altool")
        .succeeded();
    let refused = place.altool("select pool.csv --model m.altool -n 1");
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("pool.csv, line 3: the id 'r1'"),
        "{}",
        refused.stderr
    );
    // An id and some of the features is as good as an id; measured rows that
    // are still listed as pending are no matter.
    let batch =
        place.altool("select good.csv --model m.altool -n 1 --pending some.csv --format csv");
    let batch = batch.succeeded();
    assert!(
        batch.stdout.contains(",r51,") && !batch.stderr.contains("not among"),
        "{}",
        batch.stderr
    );
}

#[test]
fn an_output_does_not_replace_what_is_read() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let before = place.bytes("candidates.csv");
    for line in [
        "score candidates.csv --model model.altool -o ./candidates.csv",
        "select candidates.csv --model model.altool -n 2 -o candidates.csv",
    ] {
        let run = place.altool(line).ended(2);
        assert!(
            run.stderr.contains("would replace candidates.csv"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(place.bytes("candidates.csv"), before);
}

#[test]
fn a_target_of_names_is_questioned_and_escapes_are_shown() {
    let place = Place::new();
    let rows: String = (0..12)
        .map(|row| format!("{row},n\u{1b}[31m{row}\n"))
        .collect();
    place.write("names.csv", format!("a,name\n{rows}"));
    let run = place
        .altool(&format!(
            "train names.csv --target name {QUICK} -o m.altool"
        ))
        .succeeded();
    assert!(
        run.stderr.contains("12 classes in 12 rows"),
        "{}",
        run.stderr
    );
    let shown = place
        .altool("select names.csv -n 2 --ignore name --format table")
        .succeeded();
    assert!(!shown.stdout.contains('\u{1b}') && shown.stdout.contains("[31m"));
}
