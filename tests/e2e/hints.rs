//! What may not be meant as it stands is said in a line, and never an error.

use crate::common::{Place, Run};
use crate::real_files::table;

fn train(place: &Place, text: &str, options: &str) -> Run {
    place.write("m.csv", text);
    let line =
        format!("train m.csv --learner boosted --members 5 --trees 20 -o m.altool {options}");
    place.altool(&line).succeeded()
}

#[track_caller]
fn says(run: &Run, said: &str) {
    assert!(run.stderr.contains(said), "no {said:?} in {}", run.stderr);
}

#[test]
fn a_fit_that_tells_nothing_is_said() {
    let place = Place::new();
    // The same values in an order that has nothing to do with the feature.
    let noise = |n: u32| format!("{},{n},{}", n % 7, (n * 37 + n * n * 11) % 101);
    let run = train(&place, &table("a,n,y", 0..80, noise), "--target y");
    says(&run, "no better than the mean of the target");
}

#[test]
fn one_feature_that_carries_most_is_named() {
    let place = Place::new();
    let leak = |n: u32| format!("{n},{},{},{}.5", n % 3, n % 5, n * n);
    let run = train(&place, &table("cost,a,b,y", 0..60, leak), "--target y");
    says(&run, "column 'cost' has ");
    says(
        &run,
        "if it is known only after measuring, give --ignore cost",
    );
}

#[test]
fn ratings_may_be_classes() {
    let place = Place::new();
    let rating = |n: u32| format!("{n},{},{}", n % 7, 1 + n % 3);
    let run = train(&place, &table("a,b,stars", 0..60, rating), "--target stars");
    says(
        &run,
        "has 3 values only, 1, 2, 3: if they are classes, give --task classification",
    );
}

#[test]
fn numbers_and_words_that_all_but_coincide_are_named() {
    let place = Place::new();
    let near = |n: u32| {
        let dose = ["0.1", "0.2", "0.3", "0.30000001"][n as usize % 4];
        let resin = if n == 7 { "plsatic" } else { "plastic" };
        format!("{dose},{resin},{n},{n}.5")
    };
    let run = train(&place, &table("dose,resin,n,y", 0..40, near), "--target y");
    says(
        &run,
        "column 'dose' holds 0.3 and 0.30000001, which count as different values",
    );
    says(&run, "column 'resin' holds 'plsatic' and 'plastic'");
}

/// 98: rows that lie beyond what was measured are told apart in every table.
#[test]
fn rows_beyond_the_measured_range_are_marked() {
    let place = Place::new();
    const OLD: [&str; 3] = ["28.0", "90.0", "14.5"];
    let gpus = ["A", "B"];
    let row = |n: u32| format!("{},{},{},{n}.5", n % 14, n % 5, gpus[n as usize % 2]);
    train(
        &place,
        &table("age,dose,gpu,y", 0..60, row),
        "--target y --direction min",
    );
    place.write(
        "c.csv",
        "age,dose,gpu\n3,9,A\n28,2,B\n90,40,A\n7,3,B\n14.5,1,B\n,3.5,A\n",
    );
    let run = place
        .altool("score c.csv --model m.altool -o s.csv")
        .succeeded();
    run.says(
        "beyond the range",
        &["age", "0", "13", "3", "6 rows", "5.9 times"],
    );
    let marks = ["dose", "age", "age; dose", "", "age", ""];
    assert_eq!(place.csv("s.csv").column("beyond_range"), marks);
    place
        .altool("select c.csv --model m.altool -n 6 --format csv -o b.csv")
        .succeeded();
    let batch = place.csv("b.csv");
    let ages = batch.texts("age");
    for (age, mark) in ages.iter().zip(batch.column("beyond_range")) {
        assert_eq!(mark.contains("age"), OLD.contains(&age.as_str()), "{age}");
    }
    // Where no row is beyond, the batch has no such column.
    place.write("near.csv", "age,dose,gpu\n3.5,2,A\n4.5,1,B\n");
    let run = place
        .altool("select near.csv --model m.altool -n 2")
        .succeeded();
    assert!(!run.stdout.contains("beyond_range"), "{}", run.stdout);
    let line =
        "recommend c.csv --model m.altool --hardware gpu --optimize-for y --all-hardware -o a.csv";
    let run = place.altool(line).succeeded();
    says(&run, "pairs are outside");
    let advice = place.csv("a.csv");
    let ages = advice.texts("age");
    for (age, mark) in ages.iter().zip(advice.column("beyond_range")) {
        assert_eq!(mark.contains("age"), OLD.contains(&age.as_str()), "{age}");
    }
    // A table with such a mark is no other table to learn from.
    place.write("done.csv", "age,dose,gpu,beyond_range,y\n28,2,B,age,3\n");
    place.altool("update done.csv --model m.altool").succeeded();
}

#[test]
fn lists_that_exclude_nothing_are_said() {
    let place = Place::new();
    train(
        &place,
        &table("a,b,y", 0..30, |n| format!("{n},{},{n}.5", n % 4)),
        "--target y",
    );
    place.write("c.csv", table("a,b", 40..50, |n| format!("{n},{}", n % 4)));
    place.write("other.csv", "a,b\n900,1\n");
    let run = place
        .altool("select c.csv --model m.altool -n 3 --exclude other.csv")
        .succeeded();
    says(&run, "other.csv");
    place.write("some.csv", "a,b\n41,1\n900,1\n");
    let run = place
        .altool("select c.csv --model m.altool -n 3 --exclude some.csv")
        .succeeded();
    assert!(!run.stderr.contains("some.csv"), "{}", run.stderr);
}

#[test]
fn the_line_by_which_spreadsheets_say_their_delimiter_is_read() {
    let place = Place::new();
    let rows = table("a;b;y", 0..30, |n| format!("{n};{};{n}.5", n % 4));
    train(&place, &format!("sep=;\n{rows}"), "--target y");
    let known = place.altool("inspect m.altool --format csv").succeeded();
    assert_eq!(known.value("training_rows"), 30.0);
    // Errors name the lines of the file as they stand.
    place.write(
        "bad.csv",
        format!("sep=;\n{}", rows.replace("\n5;1;5.5", "\n5;1;x5")),
    );
    let run = place
        .altool("train bad.csv --target y -o n.altool")
        .ended(3);
    says(&run, "bad.csv, line 8");
    let blanks = table("a,y", 0..30, |n| format!("{n},1 {n:03}"));
    place.write("t.csv", blanks);
    let run = place.altool("train t.csv --target y -o n.altool").ended(3);
    says(&run, "--thousands");
}
